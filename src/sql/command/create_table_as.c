/* CREATE TABLE AS and SELECT INTO. */
#include <inttypes.h>

#include "base/error.h"
#include "catalog/sequence.h"
#include "sql/command/table_internal.h"
#include "sql/exec/heap.h"
#include "sql/plan/plan.h"

/* The statement in both of its forms. */
struct table_as {
    const struct ast_name *name;
    struct ast_column_list columns;
    enum ast_persistence persistence;
    bool if_not_exists;
    bool with_data;
    enum ast_on_commit on_commit;
    const struct ast_query *query;
};

static enum rc add_columns(struct command *command, struct table_draft *draft,
                           const struct table_as *as, const struct bound_columns *columns,
                           struct error *err)
{
    if (as->columns.count > columns->count)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "too many column names were specified");
    for (size_t i = 0; i < columns->count; i++) {
        const struct bound_column *from = &columns->items[i];
        const char *name = i < as->columns.count ? as->columns.items[i] : from->name;
        if (draft_column(draft, name) != NULL)
            return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                             "column \"%s\" specified more than once", name);
        if (from->type->kind == 'p')
            return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                             "column \"%s\" has pseudo-type %s", name,
                             type_title(command->arena, from->type));
        struct record_column *column = draft_add_column(command, draft);
        column->name = name;
        column->type_oid = from->type->oid;
        column->typmod = from->typmod;
    }
    return RC_OK;
}

static enum rc insert_batch(struct heap *heap, const struct batch *batch,
                            struct value *values, struct error *err)
{
    size_t count = heap_table(heap)->column_count;
    for (size_t row = 0; row < batch->count; row++) {
        uint64_t row_id = 0;
        for (size_t i = 0; i < count; i++)
            values[i] = (struct value){batch->columns[i].values[row],
                                       batch->columns[i].nulls[row] != 0};
        TRY(heap_insert(heap, values, &row_id, err));
    }
    return RC_OK;
}

static enum rc run(struct command *command, struct heap *heap,
                   const struct bound_query *query, uint64_t *count_out,
                   struct error *err)
{
    const struct plan_statement *plan = NULL;
    struct execution *execution = NULL;
    struct batch batch = {NULL, 0};
    struct value *values =
        ARENA_ARRAY(command->arena, struct value, query->columns.count + 1);
    TRY(plan_query(command->arena, query, &plan, err));
    TRY(execution_open(&command->context->execution, plan, &execution, err));
    enum rc rc = RC_OK;
    while (rc == RC_OK) {
        rc = execution_next(execution, &batch, err);
        if (rc == RC_OK)
            rc = insert_batch(heap, &batch, values, err);
        *count_out += rc == RC_OK ? batch.count : 0;
    }
    execution_close(&execution);
    return rc == RC_EOF ? RC_OK : rc;
}

static enum rc fill(struct command *command, const struct catalog_object *object,
                    const struct bound_query *query, uint64_t *count_out,
                    struct error *err)
{
    const struct table *table = NULL;
    struct heap *heap = NULL;
    TRY(table_load(command->arena, command->transaction, object, &table, err));
    struct arena *arena = arena_new("create table as", NULL);
    enum rc rc = heap_open(arena, &command->context->execution, table, &heap, err);
    if (rc == RC_OK)
        rc = run(command, heap, query, count_out, err);
    arena_free(&arena);
    return rc;
}

static enum rc create_as(struct command *command, const struct table_as *as,
                         struct error *err)
{
    struct bind_surroundings surroundings = command->context->surroundings;
    struct bind_parameters none = {.is_closed = true};
    const struct bound_query *query = NULL;
    struct command_place place;
    uint64_t count = 0;
    surroundings.parameters = &none;
    TRY(relation_place(command, as->name, as->persistence, as->if_not_exists, &place,
                       err));
    command->result->tag = "CREATE TABLE AS";
    if (place.exists)
        return RC_OK;
    TRY(bind_query(command->arena, &surroundings, as->query, &query, err));
    struct table_draft draft = {.object =
                                    relation_new(command, OBJECT_KIND_TABLE, &place),
                                .schema = place.schema->id};
    draft.object->table.is_temporary =
        relation_schema_is_temporary(command, place.schema);
    draft.object->table.on_commit = table_on_commit_letter(as->on_commit);
    TRY(add_columns(command, &draft, as, &query->columns, err));
    TRY(draft_create(command, &draft, err));
    if (as->with_data) {
        TRY(fill(command, draft.object, query, &count, err));
        command->result->tag = arena_printf(command->arena, "SELECT %" PRIu64, count);
    }
    return RC_OK;
}

enum rc command_create_table_as(struct command *command, struct error *err)
{
    const struct ast_create_table_as *create = command->statement->create_table_as;
    struct table_as as = {&create->name,
                          create->columns,
                          create->persistence,
                          create->if_not_exists,
                          create->with_data,
                          create->on_commit,
                          NULL};
    if (create->statement->kind != STATEMENT_SELECT)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "CREATE TABLE AS %s is not supported",
                         sql_statement_kind_name(create->statement->kind));
    as.query = create->statement->query;
    return create_as(command, &as, err);
}

enum rc command_select_into(struct command *command, struct error *err)
{
    const struct ast_query *query = command->statement->query;
    struct ast_query *plain = ARENA_NEW(command->arena, struct ast_query);
    *plain = *query;
    plain->select.into = (struct ast_name){NULL, 0, {0, 0}};
    struct table_as as = {.name = &query->select.into,
                          .persistence = query->select.into_persistence,
                          .with_data = true,
                          .query = plain};
    return create_as(command, &as, err);
}
