/* The end of temporary objects. */
#include "sql/command/temporary.h"

#include "catalog/object.h"
#include "catalog/sequence.h"
#include "sql/exec/heap.h"

static enum rc drop_storage(struct store_transaction *transaction,
                            const struct catalog_object *object, struct error *err)
{
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        return heap_drop_rows(transaction, object->table.storage, err);
    case OBJECT_KIND_INDEX:
        return heap_drop_index(transaction, object->index.storage, err);
    case OBJECT_KIND_SEQUENCE:
        return catalog_sequence_remove(transaction, object->sequence.storage, err);
    default:
        return RC_OK;
    }
}

static enum rc drop_schema(struct store_transaction *transaction, struct catalog_id id,
                           struct error *err)
{
    struct arena *arena = arena_new("temporary objects", NULL);
    const struct catalog_drop_list list = {&id, 1, true};
    struct catalog_dropped dropped = {NULL, 0};
    enum rc rc = catalog_drop(transaction, &list, arena, &dropped, err);
    for (size_t i = 0; rc == RC_OK && i < dropped.count; i++)
        rc = drop_storage(transaction, dropped.objects[i], err);
    arena_free(&arena);
    return rc;
}

enum rc temporary_drop(struct store_transaction *transaction, const char *database,
                       const char *schema, struct error *err)
{
    struct arena *arena = arena_new("temporary schema", NULL);
    struct catalog_object *parent = NULL;
    struct catalog_object *object = NULL;
    struct catalog_place place = {.class = CATALOG_CLASS_DATABASE, .name = database};
    enum rc rc = catalog_find(transaction, &place, arena, &parent, err);
    if (rc == RC_OK) {
        place = (struct catalog_place){parent->id, CATALOG_CLASS_SCHEMA, schema};
        rc = catalog_find(transaction, &place, arena, &object, err);
    }
    if (rc == RC_OK)
        rc = drop_schema(transaction, object->id, err);
    arena_free(&arena);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum { LEFT_MAX = 64 /* in one round */ };

struct gathering {
    struct catalog_id ids[LEFT_MAX];
    size_t count;
};

static enum rc gather(void *argument, const struct catalog_object *object,
                      struct error *err)
{
    struct gathering *gathering = argument;
    (void)err;
    if (strncmp(object->name, "pg_temp_", 8) == 0 && gathering->count < LEFT_MAX)
        gathering->ids[gathering->count++] = object->id;
    return RC_OK;
}

enum rc temporary_drop_all(struct store_transaction *transaction, struct error *err)
{
    struct gathering gathering;
    struct catalog_visit visit = {gather, &gathering};
    do {
        gathering.count = 0;
        TRY(catalog_each(transaction, OBJECT_KIND_SCHEMA, &visit, err));
        for (size_t i = 0; i < gathering.count; i++)
            TRY(drop_schema(transaction, gathering.ids[i], err));
    } while (gathering.count == LEFT_MAX);
    return RC_OK;
}
