/* TRUNCATE: the rows go with their storage. */
#include "base/error.h"
#include "catalog/sequence.h"
#include "sql/command/table_internal.h"
#include "sql/exec/heap.h"

static enum rc add_table(struct command *command, const struct ast_name *name,
                         struct catalog_ids *ids, struct error *err)
{
    struct catalog_object *table = NULL;
    TRY(relation_require_table(command, name, &table, err));
    ids_add(command->arena, ids, table->id);
    return RC_OK;
}

/* Tables whose foreign keys point at those listed must be listed, too. */
static enum rc add_referring(struct command *command, struct catalog_ids *ids,
                             bool cascade, struct error *err)
{
    for (size_t i = 0; i < ids->count; i++) {
        const struct table *table = NULL;
        TRY(relation_load_table(command, ids->items[i], &table, err));
        for (size_t k = 0; k < table->constraint_count; k++) {
            const struct table_constraint *constraint = &table->constraints[k];
            const struct table *other = NULL;
            if (constraint->kind != 'r' || ids_have(ids, constraint->other_id))
                continue;
            TRY(relation_load_table(command, constraint->other_id, &other, err));
            if (!cascade) {
                error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                          "cannot truncate a table referenced in a foreign key "
                          "constraint");
                error_detail(err, "Table \"%s\" references \"%s\".", other->name,
                             table->name);
                return error_hint(err,
                                  "Truncate table \"%s\" at the same time, or use "
                                  "TRUNCATE ... CASCADE.",
                                  other->name);
            }
            command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                           arena_printf(command->arena,
                                        "truncate cascades to table \"%s\"", other->name),
                           NULL);
            ids_add(command->arena, ids, constraint->other_id);
        }
    }
    return RC_OK;
}

enum rc relation_truncate(struct command *command, struct catalog_id id,
                          struct error *err)
{
    struct catalog_object *object = NULL;
    const struct table *table = NULL;
    TRY(catalog_object_get(command->transaction, id, command->arena, &object, err));
    TRY(table_load(command->arena, command->transaction, object, &table, err));
    TRY(catalog_storage_take(command->transaction, &object->table.storage, err));
    TRY(command_update(command, object, err));
    TRY(heap_drop_rows(command->transaction, table->storage, err));
    for (size_t i = 0; i < table->index_count; i++) {
        struct catalog_object *index = NULL;
        TRY(catalog_object_get(command->transaction, table->indexes[i].id, command->arena,
                               &index, err));
        TRY(heap_drop_index(command->transaction, index->index.storage, err));
        TRY(catalog_storage_take(command->transaction, &index->index.storage, err));
        TRY(command_update(command, index, err));
    }
    return RC_OK;
}

/* Sequences that belong to columns of the table begin again. */
static enum rc restart_sequences(struct command *command, struct catalog_id id,
                                 struct error *err)
{
    struct catalog_ids ids = {NULL, 0};
    TRY(catalog_dependents(command->transaction, id, command->arena, &ids, err));
    for (size_t i = 0; i < ids.count; i++) {
        struct catalog_object *object = NULL;
        TRY(catalog_object_get(command->transaction, ids.items[i], command->arena,
                               &object, err));
        if (object->kind == OBJECT_KIND_SEQUENCE &&
            catalog_id_equal(object->sequence.table_id, id))
            TRY(catalog_sequence_start(command->transaction, &object->sequence,
                                       object->sequence.start, false, err));
    }
    return RC_OK;
}

enum rc command_truncate(struct command *command, struct error *err)
{
    const struct ast_truncate *truncate = command->statement->truncate;
    struct catalog_ids ids = {NULL, 0};
    for (size_t i = 0; i < truncate->relation_count; i++)
        TRY(add_table(command, &truncate->relations[i].name, &ids, err));
    TRY(add_referring(command, &ids, truncate->cascade, err));
    for (size_t i = 0; i < ids.count; i++) {
        TRY(relation_truncate(command, ids.items[i], err));
        if (truncate->restart_identity)
            TRY(restart_sequences(command, ids.items[i], err));
    }
    return RC_OK;
}
