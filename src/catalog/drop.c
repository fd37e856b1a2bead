#include "catalog/dependency.h"
#include "catalog/object.h"
#include "catalog/row.h"

/* DROP: gathers what goes in one breadth-first list, each object before its dependents,
 * then removes it from the end. */
struct dropping {
    struct store_transaction *transaction;
    struct arena *arena;
    struct catalog_object **objects;
    size_t count;
    size_t capacity;
    bool cascade;
};

static bool is_listed(const struct dropping *dropping, struct catalog_id id)
{
    for (size_t i = 0; i < dropping->count; i++)
        if (catalog_id_equal(dropping->objects[i]->id, id))
            return true;
    return false;
}

static void list_object(struct dropping *dropping, struct catalog_object *object)
{
    if (dropping->count == dropping->capacity) {
        size_t capacity = dropping->capacity == 0 ? 8 : dropping->capacity * 2;
        struct catalog_object **objects =
            ARENA_ARRAY(dropping->arena, struct catalog_object *, capacity);

        if (dropping->count > 0)
            memcpy(objects, dropping->objects,
                   dropping->count * sizeof(struct catalog_object *));
        dropping->objects = objects;
        dropping->capacity = capacity;
    }
    dropping->objects[dropping->count++] = object;
}

/* Locks and lists one object; one that is gone by now is an error for named ones only. */
static enum rc take(struct dropping *dropping, struct catalog_id id, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, id);
    struct catalog_object *object = NULL;
    char text[CATALOG_ID_TEXT_MAX];
    enum rc rc = RC_OK;

    if (is_listed(dropping, id))
        return RC_OK;
    TRY(catalog_row_lock(dropping->transaction, &key, true, err));
    rc = catalog_object_get(dropping->transaction, id, dropping->arena, &object, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "object %s was dropped by another session",
                         catalog_id_text(id, text));
    TRY(rc);
    list_object(dropping, object);
    return RC_OK;
}

static enum rc refuse(const struct dropping *dropping,
                      const struct catalog_object *object, struct catalog_id dependent_id,
                      struct error *err)
{
    struct catalog_object *dependent = NULL;
    enum rc rc = catalog_object_get(dropping->transaction, dependent_id, dropping->arena,
                                    &dependent, err);

    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_INDEX_CORRUPTED,
                         "catalog dependency names an object that is absent");
    TRY(rc);
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "cannot drop %s \"%s\": still depended upon by %s \"%s\"",
                     object_kind_word(object->kind), object->name,
                     object_kind_word(dependent->kind), dependent->name);
}

static enum rc dependents_add(struct dropping *dropping,
                              const struct catalog_object *object, struct error *err)
{
    struct catalog_ids ids = {0};

    TRY(catalog_dependents(dropping->transaction, object->id, dropping->arena, &ids,
                           err));
    for (size_t i = 0; i < ids.count; i++) {
        if (is_listed(dropping, ids.items[i]))
            continue;
        if (!dropping->cascade)
            return refuse(dropping, object, ids.items[i], err);
        TRY(take(dropping, ids.items[i], err));
    }
    return RC_OK;
}

struct children {
    struct dropping *dropping;
    const struct catalog_object *parent;
};

static enum rc child_add(void *argument, struct bytes key, struct bytes value,
                         struct error *err)
{
    const struct children *children = (const struct children *)argument;
    struct catalog_id id = {0};

    (void)key;
    if (!catalog_key_read_id(value, 0, &id))
        return error_set(err, SQLSTATE_INDEX_CORRUPTED, "catalog index is damaged");
    if (is_listed(children->dropping, id))
        return RC_OK;
    if (!children->dropping->cascade) {
        error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
                  "cannot drop %s %s because other objects depend on it",
                  object_kind_word(children->parent->kind), children->parent->name);
        return error_hint(err, "Use DROP ... CASCADE to drop the dependent objects too.");
    }
    return take(children->dropping, id, err);
}

static enum rc children_add(struct dropping *dropping,
                            const struct catalog_object *object, struct error *err)
{
    struct catalog_key prefix = catalog_key_children(object->id);
    struct children children = {dropping, object};

    return catalog_row_each(dropping->transaction, &prefix, child_add, &children, err);
}

struct ownership {
    const struct dropping *dropping;
    const struct catalog_object *role;
};

static enum rc owned(void *argument, const struct catalog_object *object,
                     struct error *err)
{
    const struct ownership *ownership = (const struct ownership *)argument;

    if (!catalog_id_equal(object->owner_id, ownership->role->id) ||
        is_listed(ownership->dropping, object->id))
        return RC_OK;
    error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
              "role \"%s\" cannot be dropped because some objects depend on it",
              ownership->role->name);
    return error_detail(err, "owner of %s %s", object_kind_word(object->kind),
                        object->name);
}

static enum rc role_check(const struct dropping *dropping,
                          const struct catalog_object *role, struct error *err)
{
    struct ownership ownership = {dropping, role};
    struct catalog_visit visit = {owned, &ownership};

    for (int class = CATALOG_CLASS_DATABASE; class < CATALOG_CLASS_COUNT; class ++)
        TRY(catalog_each_of_class(dropping->transaction, (enum catalog_class) class,
                                  &visit, err));
    return RC_OK;
}

static enum rc sub_row_remove(void *argument, struct bytes key, struct bytes value,
                              struct error *err)
{
    struct dropping *dropping = (struct dropping *)argument;
    struct catalog_key copy = {.len = key.len};

    (void)value;
    if (key.len > sizeof(copy.at))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog key is too long");
    memcpy(copy.at, key.at, key.len);
    return catalog_row_remove(dropping->transaction, &copy, err);
}

static enum rc sub_rows_remove(struct dropping *dropping, struct catalog_id id,
                               struct error *err)
{
    static const enum catalog_space spaces[] = {
        CATALOG_SPACE_COMMENT, CATALOG_SPACE_SEALED, CATALOG_SPACE_HOST_KEY};

    for (size_t i = 0; i < ARRAY_COUNT(spaces); i++) {
        struct catalog_key prefix = catalog_key_id(spaces[i], id);

        TRY(catalog_row_each(dropping->transaction, &prefix, sub_row_remove, dropping,
                             err));
    }
    return RC_OK;
}

static enum rc object_remove(struct dropping *dropping,
                             const struct catalog_object *object, struct error *err)
{
    struct catalog_key record = catalog_key_id(CATALOG_SPACE_OBJECT, object->id);
    struct catalog_key name = catalog_key_name(
        object->parent_id, object_kind_class(object->kind), object->name);
    struct catalog_key oid = catalog_key_oid(object->oid);

    TRY(catalog_row_lock(dropping->transaction, &name, true, err));
    TRY(catalog_dependencies_set(dropping->transaction, object->id, NULL, 0, err));
    TRY(sub_rows_remove(dropping, object->id, err));
    TRY(catalog_row_remove(dropping->transaction, &name, err));
    TRY(catalog_row_remove(dropping->transaction, &oid, err));
    return catalog_row_remove(dropping->transaction, &record, err);
}

static enum rc gather(struct dropping *dropping, struct error *err)
{
    for (size_t i = 0; i < dropping->count; i++) {
        const struct catalog_object *object = dropping->objects[i];

        TRY(dependents_add(dropping, object, err));
        TRY(children_add(dropping, object, err));
        if (object->kind == OBJECT_KIND_ROLE)
            TRY(role_check(dropping, object, err));
    }
    return RC_OK;
}

enum rc catalog_drop(struct store_transaction *transaction,
                     const struct catalog_drop_list *list, struct arena *arena,
                     struct catalog_dropped *dropped_out, struct error *err)
{
    struct dropping dropping = {.transaction = transaction, .arena = arena};

    dropping.cascade = list->cascade;
    for (size_t i = 0; i < list->count; i++)
        TRY(take(&dropping, list->ids[i], err));
    TRY(gather(&dropping, err));
    dropped_out->count = dropping.count;
    dropped_out->objects =
        ARENA_ARRAY(arena, struct catalog_object *, dropping.count + 1);
    for (size_t i = 0; i < dropping.count; i++) {
        dropped_out->objects[i] = dropping.objects[dropping.count - 1 - i];
        TRY(object_remove(&dropping, dropped_out->objects[i], err));
    }
    return RC_OK;
}
