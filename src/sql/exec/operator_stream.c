/* Operators that hold no more than the batch at hand: FILTER, PROJECT, LIMIT, APPEND. */
#include "sql/exec/execute_internal.h"

struct filter {
    struct node node;
    struct batch batch; /* of the input; rows from `at` on are not yet looked at */
    size_t at;
};

/* Looks at `count` rows of the batch at hand; what holds becomes the operator's batch. */
static enum rc filter_slice(struct filter *state, size_t count, struct batch *batch_out,
                            struct error *err)
{
    struct node *node = &state->node;
    struct evaluator evaluator;
    uint16_t *rows = ARENA_ARRAY(node->batch_arena, uint16_t, count);
    struct selection selection = selection_all(VECTOR_ROWS_MAX);
    selection.rows += state->at;
    selection.count = count;
    evaluator_init(&evaluator, node->execution, node->batch_arena, state->batch.columns);
    TRY(evaluate_filter(&evaluator.evaluation, node->plan->filter.condition, selection,
                        rows, &batch_out->count, err));
    state->at += count;
    batch_out->columns = state->batch.columns;
    if (batch_out->count != state->batch.count)
        batch_out->columns = batch_take(node->batch_arena, state->batch.columns,
                                        node->plan->column_count, rows, batch_out->count);
    return RC_OK;
}

/* Asks for as many rows as are wanted; while they do not hold, for twice as many. */
static enum rc filter_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct filter *state = (struct filter *)node;
    for (size_t asked = room; batch_out->count == 0;) {
        if (state->at == state->batch.count) {
            state->at = 0;
            state->batch.count = 0;
            TRY(operator_next(node->inputs[0], asked, &state->batch, err));
            arena_reset(node->batch_arena); /* nothing held so far */
        }
        size_t count = state->batch.count - state->at;
        TRY(filter_slice(state, count < room ? count : room, batch_out, err));
        asked = asked * 2 > VECTOR_ROWS_MAX ? VECTOR_ROWS_MAX : asked * 2;
    }
    return RC_OK;
}

const struct operator_class operator_filter = {.size = sizeof(struct filter),
                                               .next = filter_next};

static enum rc project_next(struct node *node, size_t room, struct batch *batch_out,
                            struct error *err)
{
    struct batch input;
    struct evaluator evaluator;
    TRY(operator_next(node->inputs[0], room, &input, err));
    evaluator_init(&evaluator, node->execution, node->batch_arena, input.columns);
    TRY(evaluate_all(&evaluator, node->plan->project.expressions,
                     node->plan->column_count, input.count, &batch_out->columns, err));
    batch_out->count = input.count;
    return RC_OK;
}

const struct operator_class operator_project = {.size = sizeof(struct node),
                                                .next = project_next};

struct limit {
    struct node node;
    bool is_started;
    bool has_limit;
    int64_t skip;          /* rows still to be left out */
    int64_t left;          /* rows still to be given */
    struct row_store last; /* WITH TIES: its row 0 is the last one within the limit */
};

static enum rc limit_start(struct limit *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct value value = {.null = true};
    if (plan->limit.offset != NULL)
        TRY(evaluate_value(node->execution, node->arena, plan->limit.offset, &value,
                           err));
    state->skip = value.null ? 0 : value.datum.int64;
    if (state->skip < 0)
        return error_set(err, SQLSTATE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE,
                         "OFFSET must not be negative");
    value.null = true;
    if (plan->limit.limit != NULL)
        TRY(evaluate_value(node->execution, node->arena, plan->limit.limit, &value, err));
    state->has_limit = !value.null;
    state->left = value.null ? 0 : value.datum.int64;
    if (state->left < 0)
        return error_set(err, SQLSTATE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
                         "LIMIT must not be negative");
    if (state->has_limit && plan->limit.tie_count == 0)
        operator_bound(node->inputs[0], (uint64_t)state->skip + (uint64_t)state->left);
    state->is_started = true;
    return RC_OK;
}

static size_t at_most(size_t room, int64_t count)
{
    return (uint64_t)count < room ? (size_t)count : room;
}

static enum rc limit_skip(struct limit *state, struct error *err)
{
    struct batch batch;
    while (state->skip > 0) {
        TRY(operator_next(state->node.inputs[0], at_most(VECTOR_ROWS_MAX, state->skip),
                          &batch, err));
        state->skip -= (int64_t)batch.count;
    }
    return RC_OK;
}

static bool is_tie(const struct limit *state, const struct vector *columns, size_t row)
{
    const struct plan *plan = state->node.plan;
    for (size_t i = 0; i < plan->limit.tie_count; i++) {
        uint32_t slot = plan->limit.ties[i];
        if (!values_are_equal(columns[slot].type, row_value(&state->last, 0, slot),
                              vector_value(&columns[slot], row)))
            return false;
    }
    return true;
}

/* WITH TIES, past the limit: rows that sort as the last one within it. */
static enum rc limit_ties(struct limit *state, size_t room, struct batch *batch_out,
                          struct error *err)
{
    struct node *node = &state->node;
    if (node->plan->limit.tie_count == 0 || state->last.count == 0)
        return RC_EOF;
    TRY(operator_next(node->inputs[0], room, batch_out, err));
    size_t count = 0;
    while (count < batch_out->count && is_tie(state, batch_out->columns, count))
        count++;
    if (count < batch_out->count)
        state->last.count = 0; /* the run has ended */
    batch_out->count = count;
    return count == 0 ? RC_EOF : RC_OK;
}

static enum rc limit_next(struct node *node, size_t room, struct batch *batch_out,
                          struct error *err)
{
    struct limit *state = (struct limit *)node;
    const struct plan *plan = node->plan;
    if (!state->is_started)
        TRY(limit_start(state, err));
    if (state->has_limit && state->left == 0)
        return limit_ties(state, room, batch_out, err);
    TRY(limit_skip(state, err));
    if (state->has_limit)
        room = at_most(room, state->left);
    TRY(operator_next(node->inputs[0], room, batch_out, err));
    if (!state->has_limit)
        return RC_OK;
    state->left -= (int64_t)batch_out->count;
    if (state->left == 0 && plan->limit.tie_count != 0) {
        row_store_init(&state->last, node->arena, plan->types, plan->column_count);
        row_store_add(&state->last, batch_out->columns, plan->column_count, NULL,
                      batch_out->count - 1);
    }
    return RC_OK;
}

const struct operator_class operator_limit = {.size = sizeof(struct limit),
                                              .next = limit_next};

struct append {
    struct node node;
    size_t at;
};

static enum rc append_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct append *state = (struct append *)node;
    for (; state->at < node->plan->input_count; state->at++) {
        enum rc rc = operator_next(node->inputs[state->at], room, batch_out, err);
        if (rc != RC_EOF)
            return rc;
    }
    return RC_EOF;
}

const struct operator_class operator_append = {.size = sizeof(struct append),
                                               .next = append_next};
