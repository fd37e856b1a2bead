#include "catalog/dependency.h"

#include "catalog/row.h"

/* Ids gathered from the second half of edge keys; the array doubles. */
struct gathering {
    struct arena *arena;
    struct catalog_ids ids;
    size_t capacity;
};

static void gather(struct gathering *gathering, struct catalog_id id)
{
    if (gathering->ids.count == gathering->capacity) {
        size_t capacity = gathering->capacity == 0 ? 8 : gathering->capacity * 2;
        struct catalog_id *items =
            ARENA_ARRAY(gathering->arena, struct catalog_id, capacity);

        if (gathering->ids.count > 0)
            memcpy(items, gathering->ids.items, gathering->ids.count * sizeof(*items));
        gathering->ids.items = items;
        gathering->capacity = capacity;
    }
    gathering->ids.items[gathering->ids.count++] = id;
}

static enum rc gather_edge(void *argument, struct bytes key, struct bytes value,
                           struct error *err)
{
    struct catalog_id id = {0};

    (void)value;
    if (!catalog_key_read_id(key, 1 + CATALOG_KEY_ID_LEN, &id))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog dependency is damaged");
    gather((struct gathering *)argument, id);
    return RC_OK;
}

static enum rc edges(struct store_transaction *transaction,
                     const struct catalog_key *prefix, struct arena *arena,
                     struct catalog_ids *ids_out, struct error *err)
{
    struct gathering gathering = {.arena = arena};

    TRY(catalog_row_each(transaction, prefix, gather_edge, &gathering, err));
    *ids_out = gathering.ids;
    return RC_OK;
}

enum rc catalog_dependencies(struct store_transaction *transaction, struct catalog_id id,
                             struct arena *arena, struct catalog_ids *ids_out,
                             struct error *err)
{
    struct catalog_key prefix = catalog_key_id(CATALOG_SPACE_DEPENDS, id);

    return edges(transaction, &prefix, arena, ids_out, err);
}

enum rc catalog_dependents(struct store_transaction *transaction, struct catalog_id id,
                           struct arena *arena, struct catalog_ids *ids_out,
                           struct error *err)
{
    struct catalog_key prefix = catalog_key_id(CATALOG_SPACE_DEPENDENT, id);

    return edges(transaction, &prefix, arena, ids_out, err);
}

static enum rc edge_remove(struct store_transaction *transaction, struct catalog_id id,
                           struct catalog_id referenced, struct error *err)
{
    struct catalog_key forward = catalog_key_edge(CATALOG_SPACE_DEPENDS, id, referenced);
    struct catalog_key back = catalog_key_edge(CATALOG_SPACE_DEPENDENT, referenced, id);

    TRY(catalog_row_remove(transaction, &forward, err));
    return catalog_row_remove(transaction, &back, err);
}

static enum rc edge_put(struct store_transaction *transaction, struct catalog_id id,
                        struct catalog_id referenced, struct error *err)
{
    struct catalog_key forward = catalog_key_edge(CATALOG_SPACE_DEPENDS, id, referenced);
    struct catalog_key back = catalog_key_edge(CATALOG_SPACE_DEPENDENT, referenced, id);
    struct bytes nothing = bytes_of("", 0);

    TRY(catalog_row_put(transaction, &forward, nothing, err));
    return catalog_row_put(transaction, &back, nothing, err);
}

/* A reference must exist and stay until we are done: a shared lock on each. */
static enum rc reference_lock(struct store_transaction *transaction,
                              struct catalog_id referenced, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, referenced);
    char text[CATALOG_ID_TEXT_MAX];
    enum rc rc = RC_OK;

    TRY(catalog_row_lock(transaction, &key, false, err));
    rc = catalog_row_exists(transaction, &key, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "dependency was dropped by another session: %s",
                         catalog_id_text(referenced, text));
    return rc;
}

enum rc catalog_dependencies_set(struct store_transaction *transaction,
                                 struct catalog_id id,
                                 const struct catalog_id *references, size_t count,
                                 struct error *err)
{
    struct arena *arena = arena_new("dependencies", NULL);
    struct catalog_ids old = {0};
    enum rc rc = catalog_dependencies(transaction, id, arena, &old, err);

    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = reference_lock(transaction, references[i], err);
    for (size_t i = 0; rc == RC_OK && i < old.count; i++)
        rc = edge_remove(transaction, id, old.items[i], err);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = edge_put(transaction, id, references[i], err);
    arena_free(&arena);
    return rc;
}

struct edge_visit {
    enum rc (*edge)(void *argument, struct catalog_id object,
                    struct catalog_id referenced, struct error *err);
    void *argument;
};

static enum rc visit_edge(void *argument, struct bytes key, struct bytes value,
                          struct error *err)
{
    const struct edge_visit *visit = (const struct edge_visit *)argument;
    struct catalog_id object = {0};
    struct catalog_id referenced = {0};

    (void)value;
    if (!catalog_key_read_id(key, 1, &object) ||
        !catalog_key_read_id(key, 1 + CATALOG_KEY_ID_LEN, &referenced))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog dependency is damaged");
    return visit->edge(visit->argument, object, referenced, err);
}

enum rc catalog_each_dependency(struct store_transaction *transaction,
                                enum rc (*edge)(void *argument, struct catalog_id object,
                                                struct catalog_id referenced,
                                                struct error *err),
                                void *argument, struct error *err)
{
    struct catalog_key prefix = catalog_key_space(CATALOG_SPACE_DEPENDS);
    struct edge_visit visit = {edge, argument};

    return catalog_row_each(transaction, &prefix, visit_edge, &visit, err);
}
