/* MODIFY: INSERT, UPDATE, DELETE. All rows are written before the first one is given, as
 * PostgreSQL does it. */
#include "sql/exec/operator_modify.h"

struct modify_state {
    struct node node;
    struct writer *writer;
    struct row_store rows; /* what is given; unused when nobody reads columns */
    size_t count;          /* rows that were written */
    size_t at;
    bool is_done;
};

/* The rows at hand. */
struct modify_batch {
    struct modify_state *state;
    const struct bound_modify *modify;
    const struct batch *input;
    struct writer_rows rows;
};

/* A row was written: `columns` are its values by place, in row `row`. */
static void give_row(struct modify_batch *batch, const struct vector *columns, size_t row,
                     size_t input_row)
{
    struct modify_state *state = batch->state;
    size_t width = batch->modify->table->column_count;
    state->count++;
    if (state->node.plan->column_count == 0)
        return;
    union datum *made = row_store_new(&state->rows);
    for (size_t i = 0; i < width; i++)
        row_store_set(&state->rows, made, i, vector_value(&columns[i], row));
    for (size_t i = width; i < state->rows.column_count; i++) {
        size_t from = batch->modify->extra_first + (i - width);
        row_store_set(&state->rows, made, i,
                      vector_value(&batch->input->columns[from], input_row));
    }
}

static void take_values(const struct vector *columns, size_t count, size_t row,
                        struct value *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = vector_value(&columns[i], row);
}

/* ---- ON CONFLICT ---- */

static enum rc find_conflict(struct modify_batch *batch, size_t *index_out,
                             uint64_t *row_id_out, struct error *err)
{
    const struct bound_modify *modify = batch->modify;
    struct writer *writer = batch->state->writer;
    size_t count =
        modify->arbiter_count > 0 ? modify->arbiter_count : modify->table->index_count;
    for (size_t i = 0; i < count; i++) {
        size_t index = modify->arbiter_count > 0 ? modify->arbiters[i] : i;
        if (!modify->table->indexes[index].is_unique)
            continue;
        enum rc rc = heap_conflict(writer->heap, index, writer->new, row_id_out, err);
        *index_out = index;
        if (rc != RC_NOTFOUND)
            return rc;
    }
    return RC_NOTFOUND;
}

/* The row that is there, then the one that was to be inserted. */
static enum rc conflict_columns(struct modify_batch *batch, uint64_t row_id, size_t row,
                                struct vector **out, struct error *err)
{
    struct writer *writer = batch->state->writer;
    struct arena *arena = writer->batch_arena;
    size_t width = writer->table->column_count;
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, width + 1);
    for (uint32_t i = 0; i < width; i++)
        places[i] = i;
    struct heap_wanted wanted = {places, width};
    struct vector *existing = heap_vectors(arena, writer->heap, wanted, 1);
    struct vector *both = ARENA_ARRAY(arena, struct vector, 2 * width + 1);
    enum rc rc = heap_fetch_newest(writer->heap, row_id, wanted, existing, 0, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "an index of table \"%s\" has an entry without a row",
                         writer->table->name);
    TRY(rc);
    for (size_t i = 0; i < width; i++) {
        both[i] = existing[i];
        both[width + i] = batch->rows.columns[i];
        both[width + i].values += row;
        both[width + i].nulls += row;
    }
    *out = both;
    return RC_OK;
}

static enum rc twice(struct error *err)
{
    error_set(err, SQLSTATE_CARDINALITY_VIOLATION,
              "ON CONFLICT DO UPDATE command cannot affect row a second time");
    return error_hint(err, "Ensure that no rows proposed for insertion within the same "
                           "command have duplicate constrained values.");
}

static enum rc update_existing(struct modify_batch *batch, uint64_t row_id, size_t row,
                               struct error *err)
{
    struct writer *writer = batch->state->writer;
    const struct plan *plan = batch->state->node.plan;
    size_t width = writer->table->column_count;
    struct evaluator evaluator;
    struct vector *both = NULL;
    struct value verdict = {.datum.boolean = true};
    struct vector column;
    TRY(heap_lock_row(writer->heap, row_id, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, err));
    if (heap_is_written(writer->heap, row_id))
        return twice(err);
    TRY(conflict_columns(batch, row_id, row, &both, err));
    evaluator_init(&evaluator, writer->execution, writer->batch_arena, both);
    if (plan->modify.where != NULL) {
        TRY(evaluate(&evaluator.evaluation, plan->modify.where, selection_all(1), &column,
                     err));
        verdict = vector_value(&column, 0);
    }
    if (verdict.null || !verdict.datum.boolean)
        return RC_OK;
    struct writer_rows rows = {
        .columns = ARENA_ARRAY(writer->batch_arena, struct vector, width + 1),
        .count = 1};
    memcpy(rows.columns, both, width * sizeof *both);
    for (size_t i = 0; i < batch->modify->assignment_count; i++)
        TRY(evaluate(&evaluator.evaluation, plan->modify.assignments[i], selection_all(1),
                     &rows.columns[batch->modify->assignments[i].place], err));
    TRY(writer_compute(writer, &rows, err));
    TRY(writer_check(writer, &rows, 0, err));
    take_values(both, width, 0, writer->old);
    take_values(rows.columns, width, 0, writer->new);
    TRY(writer_update(writer, row_id, err));
    give_row(batch, rows.columns, 0, row);
    return RC_OK;
}

/* ---- one row ---- */

static enum rc insert_row(struct modify_batch *batch, size_t row, struct error *err)
{
    struct writer *writer = batch->state->writer;
    uint64_t row_id = 0;
    size_t index = 0;
    TRY(writer_check(writer, &batch->rows, row, err));
    take_values(batch->rows.columns, writer->table->column_count, row, writer->new);
    if (batch->modify->conflict != BOUND_CONFLICT_NONE) {
        enum rc rc = find_conflict(batch, &index, &row_id, err);
        if (rc == RC_OK)
            return batch->modify->conflict == BOUND_CONFLICT_NOTHING
                       ? RC_OK
                       : update_existing(batch, row_id, row, err);
        if (rc != RC_NOTFOUND)
            return rc;
    }
    TRY(writer_insert(writer, err));
    give_row(batch, batch->rows.columns, row, row);
    return RC_OK;
}

/* UPDATE, DELETE: the row id, then the old values. A row that this statement has written
 * already is left alone, as in PostgreSQL. */
static enum rc change_row(struct modify_batch *batch, size_t row, struct error *err)
{
    struct writer *writer = batch->state->writer;
    const struct vector *columns = batch->input->columns;
    uint64_t row_id = (uint64_t)columns[0].values[row].int64;
    size_t width = writer->table->column_count;
    TRY(heap_lock_row(writer->heap, row_id, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, err));
    if (heap_is_written(writer->heap, row_id))
        return RC_OK;
    take_values(columns + 1, width, row, writer->old);
    if (batch->modify->kind == BOUND_DELETE) {
        TRY(writer_delete(writer, row_id, err));
        give_row(batch, columns + 1, row, row);
        return RC_OK;
    }
    TRY(writer_check(writer, &batch->rows, row, err));
    take_values(batch->rows.columns, width, row, writer->new);
    TRY(writer_update(writer, row_id, err));
    give_row(batch, batch->rows.columns, row, row);
    return RC_OK;
}

/* ---- the statement ---- */

static void new_columns(struct modify_batch *batch)
{
    const struct bound_modify *modify = batch->modify;
    size_t width = modify->table->column_count;
    if (modify->kind == BOUND_INSERT) {
        batch->rows.columns = batch->input->columns;
        return;
    }
    batch->rows.columns =
        ARENA_ARRAY(batch->state->writer->batch_arena, struct vector, width + 1);
    for (size_t i = 0; i < width; i++)
        batch->rows.columns[i] = batch->input->columns[1 + i];
    for (size_t i = 0; i < modify->assignment_count; i++)
        batch->rows.columns[modify->assignments[i].place] =
            batch->input->columns[1 + width + i];
}

static enum rc modify_rows(struct modify_state *state, const struct batch *input,
                           struct error *err)
{
    struct modify_batch batch = {
        .state = state, .modify = state->node.plan->modify.modify, .input = input};
    arena_reset(state->writer->batch_arena);
    batch.rows.count = input->count;
    if (batch.modify->kind != BOUND_DELETE) {
        new_columns(&batch);
        TRY(writer_compute(state->writer, &batch.rows, err));
    }
    for (size_t row = 0; row < input->count; row++)
        TRY(batch.modify->kind == BOUND_INSERT ? insert_row(&batch, row, err)
                                               : change_row(&batch, row, err));
    return RC_OK;
}

static enum rc modify_all(struct modify_state *state, struct error *err)
{
    struct node *node = &state->node;
    const struct bound_modify *modify = node->plan->modify.modify;
    struct batch batch;
    TRY(writer_open(node->execution, modify->table, &modify->rules, &state->writer, err));
    row_store_init(&state->rows, node->execution->arena, node->plan->types,
                   node->plan->column_count);
    for (;;) {
        enum rc rc = operator_next(node->inputs[0], VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            break;
        TRY(rc);
        TRY(modify_rows(state, &batch, err));
    }
    return writer_finish(state->writer, err);
}

static enum rc modify_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct modify_state *state = (struct modify_state *)node;
    if (!state->is_done)
        TRY(modify_all(state, err));
    state->is_done = true;
    if (node->plan->column_count > 0)
        return operator_give(node, &state->rows, &state->at, room, batch_out, err);
    size_t left = state->count - state->at;
    batch_out->count = left < room ? left : room;
    state->at += batch_out->count;
    return left == 0 ? RC_EOF : RC_OK;
}

/* What was written stays written: a second reading gives the same rows. */
static enum rc modify_rewind(struct node *node, struct error *err)
{
    struct modify_state *state = (struct modify_state *)node;
    (void)err;
    state->at = 0;
    return RC_OK;
}

const struct operator_class operator_modify = {
    .size = sizeof(struct modify_state), .next = modify_next, .rewind = modify_rewind};
