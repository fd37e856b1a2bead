/* What ALTER TABLE does to the rows: rewriting them all, and testing them. */
#include "base/error.h"
#include "catalog/sequence.h"
#include "sql/bind/bound_modify.h"
#include "sql/command/table_internal.h"
#include "sql/exec/evaluate.h"
#include "sql/exec/heap.h"

/* Calls back for each batch of all rows, every column decoded. */
struct row_pass {
    struct command *command;
    const struct table *table;
    enum rc (*batch)(struct row_pass *pass, const struct evaluation *evaluation,
                     size_t count, struct error *err);
    void *argument;
};

static enum rc run_batches(struct row_pass *pass, struct heap *heap, struct arena *arena,
                           struct error *err)
{
    const struct execution_settings *execution = &pass->command->context->execution;
    size_t columns = pass->table->column_count;
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, columns + 1);
    struct arena *batch_arena = arena_new("batch", NULL);
    struct type_context types = *execution->types;
    struct heap_scan *scan = NULL;
    for (size_t i = 0; i < columns; i++)
        places[i] = (uint32_t)i;
    struct heap_wanted wanted = {places, columns};
    struct vector *vectors = heap_vectors(arena, heap, wanted, VECTOR_ROWS_MAX);
    types.arena = batch_arena;
    struct evaluation evaluation = {.arena = batch_arena,
                                    .types = &types,
                                    .environment = execution->environment,
                                    .columns = vectors};
    enum rc rc = heap_scan_open(heap, arena, wanted, &scan, err);
    while (rc == RC_OK) {
        size_t count = 0;
        arena_reset(batch_arena);
        rc = heap_scan_next(scan, vectors, VECTOR_ROWS_MAX, &count, err);
        if (rc == RC_OK)
            rc = pass->batch(pass, &evaluation, count, err);
    }
    arena_free(&batch_arena);
    return rc == RC_EOF ? RC_OK : rc;
}

static enum rc each_batch(struct row_pass *pass, struct error *err)
{
    struct arena *arena = arena_new("table pass", NULL);
    struct heap *heap = NULL;
    enum rc rc =
        heap_open(arena, &pass->command->context->execution, pass->table, &heap, err);
    if (rc == RC_OK)
        rc = run_batches(pass, heap, arena, err);
    arena_free(&arena);
    return rc;
}

static struct selection all_rows(struct arena *arena, size_t count)
{
    uint16_t *rows = ARENA_ARRAY(arena, uint16_t, count + 1);
    for (size_t i = 0; i < count; i++)
        rows[i] = (uint16_t)i;
    return (struct selection){rows, count};
}

/* --- rewriting --------------------------------------------------------------------- */

struct rewriting {
    const struct bound *const *values; /* by place of the new table */
    struct heap *into;
};

static enum rc null_found(const struct table *table, size_t place, struct error *err)
{
    return error_set(err, SQLSTATE_NOT_NULL_VIOLATION,
                     "column \"%s\" of relation \"%s\" contains null values",
                     table->columns[place].name, table->name);
}

static enum rc rewrite_batch(struct row_pass *pass, const struct evaluation *evaluation,
                             size_t count, struct error *err)
{
    const struct rewriting *rewriting = pass->argument;
    const struct table *table = heap_table(rewriting->into);
    struct selection selection = all_rows(evaluation->arena, count);
    struct vector *made =
        ARENA_ARRAY(evaluation->arena, struct vector, table->column_count + 1);
    struct value *values =
        ARENA_ARRAY(evaluation->arena, struct value, table->column_count + 1);
    for (size_t i = 0; i < table->column_count; i++)
        TRY(evaluate(evaluation, rewriting->values[i], selection, &made[i], err));
    for (size_t row = 0; row < count; row++) {
        uint64_t row_id = 0;
        for (size_t i = 0; i < table->column_count; i++) {
            values[i] = (struct value){made[i].values[row], made[i].nulls[row] != 0};
            if (values[i].null && table->columns[i].not_null)
                return null_found(table, i, err);
            if (!values[i].null && table->columns[i].typmod != TYPE_TYPMOD_NONE)
                TRY(type_apply_typmod(table->columns[i].type, evaluation->types,
                                      table->columns[i].typmod, false, &values[i].datum,
                                      err));
        }
        TRY(heap_insert(rewriting->into, values, &row_id, err));
    }
    return RC_OK;
}

/* The indexes of the table go into new storage, too. */
static enum rc renew_indexes(struct command *command, const struct table *old,
                             struct error *err)
{
    for (size_t i = 0; i < old->index_count; i++) {
        struct catalog_object *index = NULL;
        TRY(catalog_object_get(command->transaction, old->indexes[i].id, command->arena,
                               &index, err));
        TRY(heap_drop_index(command->transaction, index->index.storage, err));
        TRY(catalog_storage_take(command->transaction, &index->index.storage, err));
        TRY(command_update(command, index, err));
    }
    return RC_OK;
}

enum rc rewrite_table(struct command *command, const struct table *old,
                      struct catalog_object *object, const struct bound *const *values,
                      struct error *err)
{
    struct table_draft draft = {.object = object};
    struct rewriting rewriting = {values, NULL};
    struct row_pass pass = {command, old, rewrite_batch, &rewriting};
    const struct table *table = NULL;
    struct arena *arena = arena_new("rewrite", NULL);
    enum rc rc = catalog_storage_take(command->transaction, &object->table.storage, err);
    if (rc == RC_OK)
        rc = renew_indexes(command, old, err);
    if (rc == RC_OK)
        rc = draft_store(command, &draft, err);
    if (rc == RC_OK)
        rc = relation_load_table(command, object->id, &table, err);
    if (rc == RC_OK)
        rc = heap_open(arena, &command->context->execution, table, &rewriting.into, err);
    if (rc == RC_OK)
        rc = each_batch(&pass, err);
    arena_free(&arena);
    TRY(rc);
    return heap_drop_rows(command->transaction, old->storage, err);
}

/* --- testing ----------------------------------------------------------------------- */

static enum rc test_batch(struct row_pass *pass, const struct evaluation *evaluation,
                          size_t count, struct error *err)
{
    const struct row_test *test = pass->argument;
    struct selection selection = all_rows(evaluation->arena, count);
    struct vector verdict;
    if (test->check == NULL) {
        for (size_t row = 0; row < count; row++) {
            if (evaluation->columns[test->place].nulls[row] != 0)
                return null_found(pass->table, test->place, err);
        }
        return RC_OK;
    }
    TRY(evaluate(evaluation, test->check, selection, &verdict, err));
    for (size_t row = 0; row < count; row++) {
        if (verdict.nulls[row] == 0 && !verdict.values[row].boolean)
            return error_set(err, SQLSTATE_CHECK_VIOLATION,
                             "check constraint \"%s\" of relation \"%s\" is violated by "
                             "some row",
                             test->name, pass->table->name);
    }
    return RC_OK;
}

enum rc rewrite_test_rows(struct command *command, const struct row_test *test,
                          struct error *err)
{
    struct row_test copy = *test;
    struct row_pass pass = {command, test->table, test_batch, &copy};
    return each_batch(&pass, err);
}

/* --- foreign keys ------------------------------------------------------------------ */

struct foreign_test {
    const struct record_constraint *constraint;
    const struct table *other;
    struct heap *heap;
    size_t index;
    uint32_t *places;
};

static enum rc foreign_batch(struct row_pass *pass, const struct evaluation *evaluation,
                             size_t count, struct error *err)
{
    const struct foreign_test *test = pass->argument;
    size_t parts = test->constraint->column_count;
    struct value *key = ARENA_ARRAY(evaluation->arena, struct value, parts + 1);
    for (size_t row = 0; row < count; row++) {
        bool has_null = false;
        uint64_t row_id = 0;
        for (size_t i = 0; i < parts; i++) {
            const struct vector *column = &evaluation->columns[test->places[i]];
            key[i] = (struct value){column->values[row], column->nulls[row] != 0};
            has_null = has_null || key[i].null;
        }
        if (has_null)
            continue;
        enum rc rc =
            heap_lock_key(test->heap, test->index, key, STORE_LOCK_SHARED, &row_id, err);
        if (rc == RC_NOTFOUND) {
            error_set(err, SQLSTATE_FOREIGN_KEY_VIOLATION,
                      "insert or update on table \"%s\" violates foreign key constraint "
                      "\"%s\"",
                      pass->table->name, test->constraint->name);
            return error_detail(err, "A key is not present in table \"%s\".",
                                test->other->name);
        }
        TRY(rc);
    }
    return RC_OK;
}

/* Places of the columns in the order of the index' parts. */
static enum rc order_places(const struct table *table, const struct foreign_test *test,
                            struct error *err)
{
    const struct table_index *index = &test->other->indexes[test->index];
    const struct record_constraint *constraint = test->constraint;
    for (size_t part = 0; part < index->part_count; part++) {
        uint32_t number = test->other->columns[index->parts[part].place].number;
        for (size_t i = 0; i < constraint->column_count; i++) {
            if (constraint->foreign_columns[i] != number)
                continue;
            for (size_t k = 0; k < table->column_count; k++) {
                const struct table_column *mine = &table->columns[k];
                if (mine->number != constraint->columns[i])
                    continue;
                if (mine->type != test->other->columns[index->parts[part].place].type)
                    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                                     "adding a foreign key between columns of different "
                                     "types to a table with rows is not supported");
                test->places[part] = (uint32_t)k;
            }
        }
    }
    return RC_OK;
}

enum rc rewrite_test_foreign(struct command *command, const struct table *table,
                             const struct record_constraint *constraint,
                             struct error *err)
{
    struct foreign_test test = {.constraint = constraint};
    struct row_pass pass = {command, table, foreign_batch, &test};
    TRY(relation_load_table(command, constraint->table_id, &test.other, err));
    test.index = test.other->index_count;
    for (size_t i = 0; i < test.other->index_count; i++) {
        if (catalog_id_equal(test.other->indexes[i].id, constraint->index_id))
            test.index = i;
    }
    if (test.index == test.other->index_count)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "the index of a foreign key is absent");
    test.places = ARENA_ARRAY(command->arena, uint32_t, constraint->column_count + 1);
    TRY(order_places(table, &test, err));
    struct arena *arena = arena_new("foreign key", NULL);
    enum rc rc =
        heap_open(arena, &command->context->execution, test.other, &test.heap, err);
    if (rc == RC_OK)
        rc = each_batch(&pass, err);
    arena_free(&arena);
    return rc;
}
