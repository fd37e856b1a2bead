/* PROJECT_SET: expressions with set-returning calls. For each row of the input the calls
 * run side by side until the last of them ends; those that ended before give NULL
 * (PostgreSQL manual, chapter 38.5.9). */
#include "sql/exec/execute_internal.h"

struct set_call {
    const struct bound *bound;
    struct vector *arguments; /* for the input batch at hand */
    struct set_run run;       /* on the row at hand */
    struct set_call *next;
};

struct project_set {
    struct node node;
    struct set_call *calls; /* in the order of their columns */
    struct set_call **end;
    size_t call_count;
    const struct bound **expressions; /* the calls replaced by slots behind the input's */
    struct arena *input_arena;        /* of the input batch at hand */
    struct arena *row_arena;          /* of the row at hand */
    struct evaluator row_evaluator;
    struct batch input;
    size_t at;       /* row at hand */
    bool is_running; /* the calls are under way for it */
};

static const struct bound *replace_calls(struct project_set *state,
                                         const struct bound *expression);

/* The expression with the calls among its operands replaced. */
static const struct bound *replace_operands(struct project_set *state,
                                            const struct bound *expression)
{
    struct arena *arena = state->node.arena;
    struct bound *copy = NULL;
    for (size_t i = 0; i < expression->argument_count; i++) {
        const struct bound *operand = replace_calls(state, expression->arguments[i]);
        if (operand == expression->arguments[i])
            continue;
        if (copy == NULL) {
            copy = ARENA_NEW(arena, struct bound);
            *copy = *expression;
            copy->arguments =
                ARENA_ARRAY(arena, const struct bound *, expression->argument_count);
            memcpy(copy->arguments, expression->arguments,
                   expression->argument_count * sizeof(*copy->arguments));
        }
        copy->arguments[i] = operand;
    }
    return copy == NULL ? expression : copy;
}

static const struct bound *replace_calls(struct project_set *state,
                                         const struct bound *expression)
{
    struct arena *arena = state->node.arena;
    if (!set_is_call(expression))
        return replace_operands(state, expression);
    struct set_call *call = ARENA_NEW(arena, struct set_call);
    call->bound = expression;
    *state->end = call;
    state->end = &call->next;
    struct bound *slot = ARENA_NEW(arena, struct bound);
    *slot = (struct bound){
        .kind = BOUND_SLOT, .type = expression->type, .typmod = expression->typmod};
    slot->slot =
        (uint32_t)(state->node.plan->inputs[0]->column_count + state->call_count++);
    return slot;
}

static bool holds_call(const struct bound *expression)
{
    if (set_is_call(expression))
        return true;
    for (size_t i = 0; i < expression->argument_count; i++) {
        if (holds_call(expression->arguments[i]))
            return true;
    }
    return false;
}

static enum rc project_set_open(struct node *node, struct error *err)
{
    struct project_set *state = (struct project_set *)node;
    const struct plan *plan = node->plan;
    state->end = &state->calls;
    state->expressions =
        ARENA_ARRAY(node->arena, const struct bound *, plan->column_count);
    for (size_t i = 0; i < plan->column_count; i++)
        state->expressions[i] = replace_calls(state, plan->project.expressions[i]);
    state->input_arena = arena_new("input", node->arena);
    state->row_arena = arena_new("row", node->arena);
    for (const struct set_call *call = state->calls; call != NULL; call = call->next) {
        for (size_t i = 0; i < call->bound->argument_count; i++) {
            /* The planner puts one PROJECT_SET upon another for those. */
            if (holds_call(call->bound->arguments[i]))
                return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                                 "set-returning functions within set-returning "
                                 "functions are not supported");
        }
    }
    return RC_OK;
}

static enum rc input_next(struct project_set *state, size_t room, struct error *err)
{
    struct node *node = &state->node;
    struct evaluator evaluator;
    arena_reset(state->input_arena);
    state->at = 0;
    state->is_running = false;
    state->input.count = 0;
    TRY(operator_next(node->inputs[0], room, &state->input, err));
    evaluator_init(&evaluator, node->execution, state->input_arena, state->input.columns);
    for (struct set_call *call = state->calls; call != NULL; call = call->next)
        TRY(evaluate_all(&evaluator, call->bound->arguments, call->bound->argument_count,
                         state->input.count, &call->arguments, err));
    return RC_OK;
}

static void row_start(struct project_set *state)
{
    arena_reset(state->row_arena);
    evaluator_init(&state->row_evaluator, state->node.execution, state->row_arena, NULL);
    for (struct set_call *call = state->calls; call != NULL; call = call->next) {
        size_t count = call->bound->argument_count;
        struct value *arguments = ARENA_ARRAY(state->row_arena, struct value, count);
        for (size_t i = 0; i < count; i++)
            arguments[i] = vector_value(&call->arguments[i], state->at);
        set_run_open(&call->run, &state->row_evaluator.evaluation, call->bound,
                     arguments);
    }
    state->is_running = true;
}

/* One value of each call into row `row` of `sets`; RC_EOF when all have ended. */
static enum rc sets_next(struct project_set *state, struct vector *sets, size_t row,
                         struct error *err)
{
    bool any = false;
    size_t column = 0;
    for (struct set_call *call = state->calls; call != NULL; call = call->next) {
        struct value value = {.null = true};
        enum rc rc = set_run_next(&call->run, &value, err);
        if (rc == RC_EOF)
            value = (struct value){.null = true};
        else
            TRY(rc);
        any = any || rc == RC_OK;
        if (!value.null) /* what the call made goes with the row at hand */
            value.datum =
                type_copy(state->node.batch_arena, call->bound->type, value.datum);
        vector_set(&sets[column++], row, value);
    }
    return any ? RC_OK : RC_EOF;
}

/* Fills up to `room` rows from the input batch at hand: where each comes from, and the
 * calls' values. */
static enum rc sets_fill(struct project_set *state, size_t room, uint16_t *rows,
                         struct vector *sets, size_t *count_out, struct error *err)
{
    while (state->at < state->input.count && *count_out < room) {
        if (!state->is_running)
            row_start(state);
        enum rc rc = sets_next(state, sets, *count_out, err);
        if (rc == RC_EOF) {
            state->at++;
            state->is_running = false;
            continue;
        }
        TRY(rc);
        rows[(*count_out)++] = (uint16_t)state->at;
    }
    return RC_OK;
}

static enum rc project_set_next(struct node *node, size_t room, struct batch *batch_out,
                                struct error *err)
{
    struct project_set *state = (struct project_set *)node;
    struct arena *arena = node->batch_arena;
    size_t input_count = node->plan->inputs[0]->column_count;
    uint16_t *rows = ARENA_ARRAY(arena, uint16_t, room);
    struct vector *sets = ARENA_ARRAY(arena, struct vector, state->call_count);
    size_t column = 0;
    size_t count = 0;
    for (struct set_call *call = state->calls; call != NULL; call = call->next)
        sets[column++] = *batch_columns(arena, &call->bound->type, 1, room);
    while (count == 0) {
        if (state->at == state->input.count)
            TRY(input_next(state, room, err));
        TRY(sets_fill(state, room, rows, sets, &count, err));
    }
    struct vector *columns =
        ARENA_ARRAY(arena, struct vector, input_count + state->call_count);
    struct vector *input =
        batch_take(arena, state->input.columns, input_count, rows, count);
    struct evaluator evaluator;
    if (input_count != 0)
        memcpy(columns, input, input_count * sizeof(*columns));
    if (state->call_count != 0)
        memcpy(columns + input_count, sets, state->call_count * sizeof(*columns));
    evaluator_init(&evaluator, node->execution, arena, columns);
    TRY(evaluate_all(&evaluator, state->expressions, node->plan->column_count, count,
                     &batch_out->columns, err));
    batch_out->count = count;
    return RC_OK;
}

const struct operator_class operator_project_set = {.size = sizeof(struct project_set),
                                                    .open = project_set_open,
                                                    .next = project_set_next};
