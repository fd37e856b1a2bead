#include "catalog/object.h"

#include "base/clock.h"
#include "catalog/counter.h"
#include "catalog/dependency.h"
#include "catalog/row.h"

enum { RECORD_MAX = 16 * 1024 * 1024 };

enum rc catalog_object_get(struct store_transaction *transaction, struct catalog_id id,
                           struct arena *arena, struct catalog_object **object_out,
                           struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, id);
    struct bytes value = {0};

    TRY(catalog_row_get(transaction, &key, arena, &value, err));
    return record_decode(value, arena, object_out, err);
}

/* Follows an index entry, whose value is an id. */
static enum rc follow(struct store_transaction *transaction,
                      const struct catalog_key *key, struct arena *arena,
                      struct catalog_object **object_out, struct error *err)
{
    struct bytes value = {0};
    struct catalog_id id = {0};
    enum rc rc = RC_OK;

    TRY(catalog_row_get(transaction, key, arena, &value, err));
    if (!catalog_key_read_id(value, 0, &id))
        return error_set(err, SQLSTATE_INDEX_CORRUPTED, "catalog index is damaged");
    rc = catalog_object_get(transaction, id, arena, object_out, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_INDEX_CORRUPTED,
                         "catalog index names an object that is absent");
    return rc;
}

enum rc catalog_object_by_oid(struct store_transaction *transaction, uint32_t oid,
                              struct arena *arena, struct catalog_object **object_out,
                              struct error *err)
{
    struct catalog_key key = catalog_key_oid(oid);

    return follow(transaction, &key, arena, object_out, err);
}

enum rc catalog_find(struct store_transaction *transaction,
                     const struct catalog_place *place, struct arena *arena,
                     struct catalog_object **object_out, struct error *err)
{
    struct catalog_key key = catalog_key_name(place->parent, place->class, place->name);

    if (strlen(place->name) > CATALOG_NAME_MAX)
        return RC_NOTFOUND;
    return follow(transaction, &key, arena, object_out, err);
}

static enum rc relation_absent(const char *name, struct error *err)
{
    return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist",
                     name);
}

static enum rc absent(enum catalog_class class, const char *name, struct error *err)
{
    switch (class) {
    case CATALOG_CLASS_DATABASE:
        return error_set(err, SQLSTATE_INVALID_CATALOG_NAME,
                         "database \"%s\" does not exist", name);
    case CATALOG_CLASS_SCHEMA:
        return error_set(err, SQLSTATE_INVALID_SCHEMA_NAME,
                         "schema \"%s\" does not exist", name);
    case CATALOG_CLASS_ROLE:
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT, "role \"%s\" does not exist",
                         name);
    default:
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "unknown catalog item '%s'", name);
    }
}

static enum rc duplicate(enum object_kind kind, const char *name, struct error *err)
{
    if (object_kind_is_relation(kind))
        return error_set(err, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists",
                         name);
    switch (object_kind_class(kind)) {
    case CATALOG_CLASS_DATABASE:
        return error_set(err, SQLSTATE_DUPLICATE_DATABASE,
                         "database \"%s\" already exists", name);
    case CATALOG_CLASS_SCHEMA:
        return error_set(err, SQLSTATE_DUPLICATE_SCHEMA, "schema \"%s\" already exists",
                         name);
    case CATALOG_CLASS_ROLE:
        return error_set(err, SQLSTATE_DUPLICATE_OBJECT, "role \"%s\" already exists",
                         name);
    default:
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "catalog item '%s' already exists",
                         name);
    }
}

enum rc catalog_require(struct store_transaction *transaction,
                        const struct catalog_place *place, struct arena *arena,
                        struct catalog_object **object_out, struct error *err)
{
    enum rc rc = catalog_find(transaction, place, arena, object_out, err);

    return rc == RC_NOTFOUND ? absent(place->class, place->name, err) : rc;
}

enum rc catalog_expect_kind(const struct catalog_object *object, enum object_kind kind,
                            struct error *err)
{
    if (object->kind == kind)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s is a %s not a %s", object->name,
                     object_kind_word(object->kind), object_kind_word(kind));
}

/* Takes the name for ourselves; refuses one that is in use. */
static enum rc name_take(struct store_transaction *transaction, struct catalog_id parent,
                         enum object_kind kind, const char *name, struct error *err)
{
    struct catalog_key key = {.len = 0};
    enum rc rc = RC_OK;

    if (name == NULL || name[0] == '\0' || strlen(name) > CATALOG_NAME_MAX)
        return error_set(err, SQLSTATE_NAME_TOO_LONG, "a name must have 1 to %d bytes",
                         CATALOG_NAME_MAX);
    key = catalog_key_name(parent, object_kind_class(kind), name);
    TRY(catalog_row_lock(transaction, &key, true, err));
    rc = catalog_row_exists(transaction, &key, err);
    if (rc == RC_OK)
        return duplicate(kind, name, err);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc index_put(struct store_transaction *transaction,
                         const struct catalog_key *key, struct catalog_id id,
                         struct error *err)
{
    uint8_t value[CATALOG_KEY_ID_LEN];

    catalog_id_write(value, id);
    return catalog_row_put(transaction, key, bytes_of(value, sizeof(value)), err);
}

static enum rc record_put(struct store_transaction *transaction,
                          const struct catalog_object *object, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, object->id);
    struct buffer record;
    enum rc rc = RC_OK;

    buffer_init(&record, RECORD_MAX);
    record_encode(object, &record);
    if (buffer_failed(&record))
        rc = error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                       "the definition of \"%s\" is too large", object->name);
    else
        rc = catalog_row_put(transaction, &key, buffer_bytes(&record), err);
    buffer_fini(&record);
    return rc;
}

/* The parent may not be dropped while a child of it is being made. */
static enum rc parent_hold(struct store_transaction *transaction,
                           struct catalog_id parent, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, parent);
    enum rc rc = RC_OK;

    if (!catalog_id_is_set(parent))
        return RC_OK;
    TRY(catalog_row_lock(transaction, &key, false, err));
    rc = catalog_row_exists(transaction, &key, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "the schema or database was dropped by another session");
    return rc;
}

static enum rc identity_fill(struct store_transaction *transaction,
                             struct catalog_object *object, struct error *err)
{
    enum catalog_class class = object_kind_class(object->kind);
    uint64_t number = 0;

    if (!catalog_id_is_set(object->id)) {
        TRY(catalog_counter_take(transaction, (uint8_t) class, &number, err));
        object->id = (struct catalog_id){(uint8_t) class, 'u', number};
    }
    if (object->oid == 0) {
        TRY(catalog_counter_take(transaction, CATALOG_COUNTER_OID, &number, err));
        object->oid = (uint32_t)number;
    }
    if (object->created_at == 0)
        object->created_at = clock_wall_us();
    return RC_OK;
}

enum rc catalog_create(struct store_transaction *transaction,
                       struct catalog_object *object, const struct catalog_id *references,
                       size_t reference_count, struct error *err)
{
    enum catalog_class class = object_kind_class(object->kind);
    struct catalog_key name = {.len = 0};
    struct catalog_key oid = {.len = 0};

    TRY(parent_hold(transaction, object->parent_id, err));
    TRY(name_take(transaction, object->parent_id, object->kind, object->name, err));
    TRY(identity_fill(transaction, object, err));
    name = catalog_key_name(object->parent_id, class, object->name);
    oid = catalog_key_oid(object->oid);
    TRY(record_put(transaction, object, err));
    TRY(index_put(transaction, &name, object->id, err));
    TRY(index_put(transaction, &oid, object->id, err));
    return catalog_dependencies_set(transaction, object->id, references, reference_count,
                                    err);
}

/* Locks the object and makes sure that it is still there. */
static enum rc object_take(struct store_transaction *transaction,
                           const struct catalog_object *object, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, object->id);
    enum rc rc = RC_OK;

    TRY(catalog_row_lock(transaction, &key, true, err));
    rc = catalog_row_exists(transaction, &key, err);
    if (rc == RC_NOTFOUND)
        return object_kind_is_relation(object->kind)
                   ? relation_absent(object->name, err)
                   : absent(object_kind_class(object->kind), object->name, err);
    return rc;
}

enum rc catalog_update(struct store_transaction *transaction,
                       const struct catalog_object *object,
                       const struct catalog_id *references, size_t reference_count,
                       struct error *err)
{
    TRY(object_take(transaction, object, err));
    TRY(record_put(transaction, object, err));
    return catalog_dependencies_set(transaction, object->id, references, reference_count,
                                    err);
}

enum rc catalog_rename(struct store_transaction *transaction,
                       struct catalog_object *object, const char *name, struct error *err)
{
    enum catalog_class class = object_kind_class(object->kind);
    struct catalog_key old = catalog_key_name(object->parent_id, class, object->name);
    struct catalog_key new = {.len = 0};

    TRY(object_take(transaction, object, err));
    TRY(catalog_row_lock(transaction, &old, true, err));
    TRY(name_take(transaction, object->parent_id, object->kind, name, err));
    new = catalog_key_name(object->parent_id, class, name);
    object->name = name;
    TRY(catalog_row_remove(transaction, &old, err));
    TRY(index_put(transaction, &new, object->id, err));
    return record_put(transaction, object, err);
}

enum rc catalog_move(struct store_transaction *transaction, struct catalog_object *object,
                     struct catalog_id parent, struct error *err)
{
    enum catalog_class class = object_kind_class(object->kind);
    struct catalog_key old = catalog_key_name(object->parent_id, class, object->name);
    struct catalog_key new = catalog_key_name(parent, class, object->name);

    TRY(object_take(transaction, object, err));
    TRY(parent_hold(transaction, parent, err));
    TRY(catalog_row_lock(transaction, &old, true, err));
    TRY(name_take(transaction, parent, object->kind, object->name, err));
    object->parent_id = parent;
    TRY(catalog_row_remove(transaction, &old, err));
    TRY(index_put(transaction, &new, object->id, err));
    return record_put(transaction, object, err);
}

struct walk {
    const struct catalog_visit *visit;
    struct arena *arena;
    enum object_kind kind; /* OBJECT_KIND_COUNT: every kind */
};

static enum rc walk_row(void *argument, struct bytes key, struct bytes value,
                        struct error *err)
{
    struct walk *walk = (struct walk *)argument;
    struct catalog_object *object = NULL;

    (void)key;
    arena_reset(walk->arena);
    TRY(record_decode(value, walk->arena, &object, err));
    if (walk->kind != OBJECT_KIND_COUNT && object->kind != walk->kind)
        return RC_OK;
    return walk->visit->object(walk->visit->argument, object, err);
}

static enum rc walk_class(struct store_transaction *transaction, enum catalog_class class,
                          enum object_kind kind, const struct catalog_visit *visit,
                          struct error *err)
{
    struct catalog_key prefix = catalog_key_class(class);
    struct walk walk = {visit, arena_new("catalog walk", NULL), kind};
    enum rc rc = catalog_row_each(transaction, &prefix, walk_row, &walk, err);

    arena_free(&walk.arena);
    return rc;
}

enum rc catalog_each(struct store_transaction *transaction, enum object_kind kind,
                     const struct catalog_visit *visit, struct error *err)
{
    return walk_class(transaction, object_kind_class(kind), kind, visit, err);
}

enum rc catalog_each_of_class(struct store_transaction *transaction,
                              enum catalog_class class, const struct catalog_visit *visit,
                              struct error *err)
{
    return walk_class(transaction, class, OBJECT_KIND_COUNT, visit, err);
}
