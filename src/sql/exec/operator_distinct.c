/* Operators that look for equal rows: DISTINCT, DISTINCT ON, INTERSECT, EXCEPT. */
#include "sql/exec/execute_internal.h"

/* Shrinks a batch to the given rows. */
static void batch_keep(struct node *node, struct batch *batch, const uint16_t *rows,
                       size_t count)
{
    if (count != batch->count)
        batch->columns = batch_take(node->batch_arena, batch->columns,
                                    node->plan->column_count, rows, count);
    batch->count = count;
}

/* A store of rows with a table over all of their columns. */
struct row_set {
    struct row_store rows;
    struct row_table table;
};

static enum rc row_set_init(struct row_set *set, struct node *node, struct error *err)
{
    const struct plan *plan = node->plan;
    row_store_init(&set->rows, node->arena, plan->types, plan->column_count);
    return row_table_init(&set->table, &set->rows, 0, plan->column_count, err);
}

struct distinct {
    struct node node;
    struct row_set seen;
    bool is_started;
};

static enum rc distinct_next(struct node *node, size_t room, struct batch *batch_out,
                             struct error *err)
{
    struct distinct *state = (struct distinct *)node;
    if (!state->is_started)
        TRY(row_set_init(&state->seen, node, err));
    state->is_started = true;
    for (;;) {
        size_t count = 0;
        size_t found = 0;
        TRY(operator_next(node->inputs[0], room, batch_out, err));
        arena_reset(node->batch_arena);
        uint16_t *rows = ARENA_ARRAY(node->batch_arena, uint16_t, batch_out->count);
        for (size_t i = 0; i < batch_out->count; i++) {
            if (row_table_put(&state->seen.table, batch_out->columns, i, &found))
                rows[count++] = (uint16_t)i;
        }
        batch_keep(node, batch_out, rows, count);
        if (count != 0)
            return RC_OK;
    }
}

const struct operator_class operator_distinct = {.size = sizeof(struct distinct),
                                                 .next = distinct_next};

struct distinct_on {
    struct node node;
    struct row_store last[2]; /* one of them holds the first row of the run at hand */
    struct arena *arenas[2];
    size_t current;
};

static bool is_same_run(const struct distinct_on *state, const struct vector *columns,
                        size_t row)
{
    const struct plan *plan = state->node.plan;
    const struct row_store *last = &state->last[state->current];
    if (last->count == 0)
        return false;
    for (size_t i = 0; i < plan->distinct.slot_count; i++) {
        uint32_t slot = plan->distinct.slots[i];
        if (!values_are_equal(columns[slot].type, row_value(last, 0, slot),
                              vector_value(&columns[slot], row)))
            return false;
    }
    return true;
}

static enum rc distinct_on_open(struct node *node, struct error *err)
{
    (void)err;
    struct distinct_on *state = (struct distinct_on *)node;
    for (size_t i = 0; i < 2; i++)
        state->arenas[i] = arena_new("run", node->arena);
    return RC_OK;
}

static void run_begin(struct distinct_on *state, const struct vector *columns, size_t row)
{
    const struct plan *plan = state->node.plan;
    size_t next = 1 - state->current;
    arena_reset(state->arenas[next]);
    row_store_init(&state->last[next], state->arenas[next], plan->types,
                   plan->column_count);
    row_store_add(&state->last[next], columns, plan->column_count, NULL, row);
    state->current = next;
}

static enum rc distinct_on_next(struct node *node, size_t room, struct batch *batch_out,
                                struct error *err)
{
    struct distinct_on *state = (struct distinct_on *)node;
    for (;;) {
        size_t count = 0;
        TRY(operator_next(node->inputs[0], room, batch_out, err));
        arena_reset(node->batch_arena);
        uint16_t *rows = ARENA_ARRAY(node->batch_arena, uint16_t, batch_out->count);
        for (size_t i = 0; i < batch_out->count; i++) {
            if (is_same_run(state, batch_out->columns, i))
                continue;
            run_begin(state, batch_out->columns, i);
            rows[count++] = (uint16_t)i;
        }
        batch_keep(node, batch_out, rows, count);
        if (count != 0)
            return RC_OK;
    }
}

const struct operator_class operator_distinct_on = {.size = sizeof(struct distinct_on),
                                                    .open = distinct_on_open,
                                                    .next = distinct_on_next};

/* The right side is counted, then the left side streams past. */
struct set_operation {
    struct node node;
    struct row_set right;
    int64_t *counts; /* by row of it: how many are left; -1: was given once */
    size_t room;     /* of counts */
    bool is_loaded;
};

static int64_t *set_count(struct set_operation *state, size_t row)
{
    if (row >= state->room) {
        size_t room = state->right.rows.room;
        int64_t *counts = ARENA_ARRAY(state->node.arena, int64_t, room);
        if (state->room != 0)
            memcpy(counts, state->counts, state->room * sizeof(*counts));
        state->counts = counts;
        state->room = room;
    }
    return &state->counts[row];
}

static enum rc set_load(struct set_operation *state, struct error *err)
{
    struct node *node = &state->node;
    struct batch batch;
    size_t row = 0;
    TRY(row_set_init(&state->right, node, err));
    for (;;) {
        enum rc rc = operator_next(node->inputs[1], VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            break;
        TRY(rc);
        for (size_t i = 0; i < batch.count; i++) {
            row_table_put(&state->right.table, batch.columns, i, &row);
            ++*set_count(state, row);
        }
    }
    state->is_loaded = true;
    return RC_OK;
}

static bool intersect_gives(struct set_operation *state, const struct vector *columns,
                            size_t row)
{
    struct row_table *table = &state->right.table;
    size_t found =
        row_table_find(table, row_hash(columns, table->key_count, row), columns, row);
    int64_t *count = found == ROW_NONE ? NULL : set_count(state, found);
    if (count == NULL || *count <= 0)
        return false;
    *count = state->node.plan->set.is_all ? *count - 1 : -1;
    return true;
}

static bool except_gives(struct set_operation *state, const struct vector *columns,
                         size_t row)
{
    struct row_table *table = &state->right.table;
    size_t found = 0;
    if (state->node.plan->set.is_all) {
        found =
            row_table_find(table, row_hash(columns, table->key_count, row), columns, row);
        int64_t *count = found == ROW_NONE ? NULL : set_count(state, found);
        if (count == NULL || *count == 0)
            return true;
        --*count;
        return false;
    }
    /* A row that is given joins those that are not given any more. */
    return row_table_put(table, columns, row, &found);
}

static enum rc set_next(struct node *node, size_t room, struct batch *batch_out,
                        struct error *err)
{
    struct set_operation *state = (struct set_operation *)node;
    bool intersects = node->plan->kind == PLAN_INTERSECT;
    if (!state->is_loaded)
        TRY(set_load(state, err));
    if (intersects && state->right.rows.count == 0)
        return RC_EOF;
    for (;;) {
        size_t count = 0;
        TRY(operator_next(node->inputs[0], room, batch_out, err));
        arena_reset(node->batch_arena);
        uint16_t *rows = ARENA_ARRAY(node->batch_arena, uint16_t, batch_out->count);
        for (size_t i = 0; i < batch_out->count; i++) {
            bool gives = intersects ? intersect_gives(state, batch_out->columns, i)
                                    : except_gives(state, batch_out->columns, i);
            if (gives)
                rows[count++] = (uint16_t)i;
        }
        batch_keep(node, batch_out, rows, count);
        if (count != 0)
            return RC_OK;
    }
}

const struct operator_class operator_intersect = {.size = sizeof(struct set_operation),
                                                  .next = set_next};
const struct operator_class operator_except = {.size = sizeof(struct set_operation),
                                               .next = set_next};
