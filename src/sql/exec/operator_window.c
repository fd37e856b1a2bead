/* WINDOW: all rows are kept, then each partition's calls are computed. */
#include "sql/exec/operator_window.h"

enum { WORK_UNCHECKED = 8192 };

enum rc window_work(struct window_scan *state, size_t rows, struct error *err)
{
    state->work += rows;
    if (state->work < WORK_UNCHECKED)
        return RC_OK;
    state->work = 0;
    return execution_check(state->node.execution, err);
}

static void calls_begin(struct window_scan *state)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    const struct evaluation *evaluation = &state->evaluator.evaluation;
    size_t input_count = plan->column_count - plan->window.call_count;
    size_t column = plan->column_count;
    state->calls = ARENA_ARRAY(node->arena, struct window_call, plan->window.call_count);
    for (size_t i = 0; i < plan->window.call_count; i++) {
        const struct bound *bound = plan->window.calls[i];
        struct window_call *call = &state->calls[i];
        call->bound = bound;
        call->result = input_count + i;
        call->arguments = column;
        column += bound->argument_count;
        if (bound->window.filter != NULL)
            call->filter = column++;
        call->call = (struct call){.function = bound->window.function,
                                   .arena = state->state_arena,
                                   .types = evaluation->types,
                                   .environment = evaluation->environment,
                                   .argument_count = bound->argument_count,
                                   .argument_types = bound->window.argument_types,
                                   .result_type = bound->type};
    }
}

static void rows_begin(struct window_scan *state)
{
    const struct plan *plan = state->node.plan;
    struct arena *arena = state->node.arena;
    size_t count = plan->column_count;
    for (size_t i = 0; i < plan->window.call_count; i++)
        count += plan->window.calls[i]->argument_count + 1;
    const struct type **types = ARENA_ARRAY(arena, const struct type *, count);
    count = plan->column_count;
    memcpy(types, plan->types, count * sizeof(*types));
    for (size_t i = 0; i < plan->window.call_count; i++) {
        const struct bound *bound = plan->window.calls[i];
        for (size_t k = 0; k < bound->argument_count; k++)
            types[count++] = bound->arguments[k]->type;
        if (bound->window.filter != NULL)
            types[count++] = bound->window.filter->type;
    }
    row_store_init(&state->rows, arena, types, count);
}

static void window_begin(struct window_scan *state)
{
    struct node *node = &state->node;
    state->state_arena = arena_new("window", node->arena);
    state->offset_arena = arena_new("offset", node->arena);
    evaluator_init(&state->evaluator, node->execution, state->state_arena, NULL);
    rows_begin(state);
    calls_begin(state);
}

/* The results, NULL as yet, and what the calls read of a batch. */
static enum rc batch_more(struct window_scan *state, const struct batch *batch,
                          struct vector *more, struct error *err)
{
    const struct plan *plan = state->node.plan;
    struct arena *arena = state->node.batch_arena;
    struct evaluator evaluator;
    size_t at = 0;
    evaluator_init(&evaluator, state->node.execution, arena, batch->columns);
    for (size_t i = 0; i < plan->window.call_count; i++) {
        struct vector *result = &more[at++];
        result->type = plan->window.calls[i]->type;
        result->values = ARENA_ARRAY(arena, union datum, batch->count);
        result->nulls = ARENA_ARRAY(arena, uint8_t, batch->count);
        memset(result->nulls, 1, batch->count);
    }
    for (size_t i = 0; i < plan->window.call_count; i++) {
        const struct bound *bound = plan->window.calls[i];
        for (size_t k = 0; k < bound->argument_count; k++)
            TRY(evaluate(&evaluator.evaluation, bound->arguments[k],
                         selection_all(batch->count), &more[at++], err));
        if (bound->window.filter != NULL)
            TRY(evaluate(&evaluator.evaluation, bound->window.filter,
                         selection_all(batch->count), &more[at++], err));
    }
    return RC_OK;
}

static enum rc load(struct window_scan *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    size_t input_count = plan->column_count - plan->window.call_count;
    struct batch batch;
    for (;;) {
        enum rc rc = operator_next(node->inputs[0], VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            return RC_OK;
        TRY(rc);
        arena_reset(node->batch_arena);
        struct vector *more = ARENA_ARRAY(node->batch_arena, struct vector,
                                          state->rows.column_count - input_count + 1);
        TRY(batch_more(state, &batch, more, err));
        for (size_t row = 0; row < batch.count; row++)
            row_store_add(&state->rows, batch.columns, input_count, more, row);
    }
}

static bool differs(const struct window_scan *state, size_t column, size_t a, size_t b)
{
    struct value one = row_value(&state->rows, a, column);
    struct value other = row_value(&state->rows, b, column);
    if (one.null || other.null)
        return one.null != other.null;
    return type_compare(state->rows.types[column], one.datum, other.datum) != 0;
}

static bool begins_partition(const struct window_scan *state, size_t row)
{
    const struct plan *plan = state->node.plan;
    for (size_t i = 0; i < plan->window.partition_count; i++) {
        if (differs(state, plan->window.partition[i], row - 1, row))
            return true;
    }
    return false;
}

static bool begins_peers(const struct window_scan *state, size_t row)
{
    const struct plan *plan = state->node.plan;
    for (size_t i = 0; i < plan->window.order_count; i++) {
        if (differs(state, plan->window.order[i].slot, row - 1, row))
            return true;
    }
    return false;
}

static void find_peers(const struct window_scan *state,
                       struct window_partition *partition)
{
    for (size_t row = 0; row < partition->count; row++) {
        if (row == 0 || begins_peers(state, partition->first + row))
            partition->group_first[partition->group_count++] = row;
        partition->group[row] = partition->group_count - 1;
        partition->peers_first[row] = partition->group_first[partition->group_count - 1];
    }
    partition->group_first[partition->group_count] = partition->count;
    for (size_t row = 0; row < partition->count; row++)
        partition->peers_end[row] = partition->group_first[partition->group[row] + 1];
}

static enum rc compute_partition(struct window_scan *state, size_t first, size_t count,
                                 struct error *err)
{
    struct arena *arena = state->node.batch_arena;
    arena_reset(arena);
    struct window_partition partition = {
        .first = first,
        .count = count,
        .peers_first = ARENA_ARRAY(arena, size_t, count),
        .peers_end = ARENA_ARRAY(arena, size_t, count),
        .group = ARENA_ARRAY(arena, size_t, count),
        .group_first = ARENA_ARRAY(arena, size_t, count + 1),
    };
    struct window_frame *frames = ARENA_ARRAY(arena, struct window_frame, count);
    find_peers(state, &partition);
    TRY(window_frames(state, &partition, frames, err));
    for (size_t i = 0; i < state->node.plan->window.call_count; i++)
        TRY(window_function(state, &state->calls[i], &partition, frames, err));
    return RC_OK;
}

static enum rc compute(struct window_scan *state, struct error *err)
{
    size_t first = 0;
    window_begin(state);
    TRY(load(state, err));
    if (state->rows.count != 0)
        TRY(window_offsets(state, err));
    for (size_t row = 1; row <= state->rows.count; row++) {
        if (row < state->rows.count && !begins_partition(state, row))
            continue;
        TRY(compute_partition(state, first, row - first, err));
        first = row;
    }
    state->is_done = true;
    return RC_OK;
}

static enum rc window_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct window_scan *state = (struct window_scan *)node;
    if (!state->is_done)
        TRY(compute(state, err));
    arena_reset(node->batch_arena);
    return operator_give(node, &state->rows, &state->at, room, batch_out, err);
}

const struct operator_class operator_window = {.size = sizeof(struct window_scan),
                                               .next = window_next};
