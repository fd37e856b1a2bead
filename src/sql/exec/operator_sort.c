/* SORT. When only the first rows are needed, the others are thrown away in time. */
#include "sql/exec/execute_internal.h"

enum { PRUNE_ROOM = 1024 /* rows beyond twice the wanted ones before pruning */ };

struct sort {
    struct node node;
    struct row_store rows;
    struct arena *arenas[2]; /* of the rows; pruning moves them from one to the other */
    size_t current;
    uint64_t wanted;    /* rows; UINT64_MAX: all */
    union datum *worst; /* the last of the wanted rows so far; NULL: not yet known */
    struct row_order order;
    size_t at;
    bool is_sorted;
};

static enum rc sort_start(struct sort *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct value value = {.null = true};
    if (plan->sort.at_most != NULL)
        TRY(evaluate_value(node->execution, node->arena, plan->sort.at_most, &value,
                           err));
    /* A negative number is LIMIT's to complain about. */
    state->wanted =
        value.null || value.datum.int64 < 0 ? UINT64_MAX : (uint64_t)value.datum.int64;
    if (node->bound != 0 && node->bound < state->wanted)
        state->wanted = node->bound;
    for (size_t i = 0; i < 2; i++)
        state->arenas[i] = arena_new("rows", node->arena);
    row_store_init(&state->rows, state->arenas[0], plan->types, plan->column_count);
    state->order = (struct row_order){.store = &state->rows,
                                      .keys = plan->sort.keys,
                                      .key_count = plan->sort.key_count,
                                      .execution = node->execution};
    return RC_OK;
}

/* Keeps the wanted rows alone, sorted. They stay before equal rows that come later. */
static enum rc sort_prune(struct sort *state, struct error *err)
{
    struct row_store old = state->rows;
    size_t count = (size_t)state->wanted;
    struct arena *arena = state->arenas[1 - state->current];
    TRY(rows_sort(&state->order, state->rows.rows, state->rows.count, err));
    row_store_init(&state->rows, arena, old.types, old.column_count);
    for (size_t i = 0; i < count; i++) {
        union datum *row = row_store_new(&state->rows);
        for (size_t column = 0; column < old.column_count; column++)
            row_store_set(&state->rows, row, column, row_value(&old, i, column));
    }
    arena_reset(state->arenas[state->current]);
    state->current = 1 - state->current;
    state->worst = count == 0 ? NULL : state->rows.rows[count - 1];
    return RC_OK;
}

/* Whether a row can be among the wanted ones: it must come before the worst of them. */
static bool is_wanted(const struct sort *state, const struct vector *columns, size_t row)
{
    if (state->worst == NULL)
        return true;
    const uint8_t *nulls = row_nulls(&state->rows, state->worst);
    for (size_t i = 0; i < state->order.key_count; i++) {
        const struct plan_sort_key *key = &state->order.keys[i];
        const struct vector *column = &columns[key->slot];
        bool null = column->nulls[row] != 0;
        if (null != (nulls[key->slot] != 0))
            return null == key->nulls_first;
        if (null)
            continue;
        int order =
            type_compare(column->type, column->values[row], state->worst[key->slot]);
        if (order != 0)
            return (order < 0) != key->is_descending;
    }
    return false;
}

static enum rc sort_rows(struct sort *state, struct error *err)
{
    struct node *node = &state->node;
    struct batch batch;
    TRY(sort_start(state, err));
    state->is_sorted = true;
    if (state->wanted == 0)
        return RC_OK;
    for (;;) {
        enum rc rc = operator_next(node->inputs[0], VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            break;
        TRY(rc);
        for (size_t i = 0; i < batch.count; i++) {
            if (is_wanted(state, batch.columns, i))
                row_store_add(&state->rows, batch.columns, state->rows.column_count, NULL,
                              i);
        }
        if (state->rows.count > PRUNE_ROOM &&
            (state->rows.count - PRUNE_ROOM) / 2 > state->wanted)
            TRY(sort_prune(state, err));
    }
    TRY(rows_sort(&state->order, state->rows.rows, state->rows.count, err));
    if (state->rows.count > state->wanted)
        state->rows.count = (size_t)state->wanted;
    return RC_OK;
}

static enum rc sort_next(struct node *node, size_t room, struct batch *batch_out,
                         struct error *err)
{
    struct sort *state = (struct sort *)node;
    if (!state->is_sorted)
        TRY(sort_rows(state, err));
    return operator_give(node, &state->rows, &state->at, room, batch_out, err);
}

const struct operator_class operator_sort = {.size = sizeof(struct sort),
                                             .next = sort_next};
