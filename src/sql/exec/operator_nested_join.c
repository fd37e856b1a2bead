/* NESTED_JOIN: each left row against the right side, which is kept when no left row
 * changes it, and run again for each left row when it reads one. */
#include "sql/exec/operator_join.h"

struct nested_join {
    struct node node;
    struct join join;
    struct arena *right_arena;
    struct row_store rows; /* the right side; with bindings: its rows in the pairs */
    struct dependencies dependencies;
    bool is_built;
    bool is_checked;

    struct arena *left_arena;
    struct vector *bindings; /* their values for the left batch at hand */
    size_t asked;
    size_t at; /* left row at hand */
    bool left_has_ended;

    size_t right_at;    /* kept: the next right row for it */
    struct batch right; /* run again: rows that were not yet paired */
    size_t batch_at;
    bool is_running; /* the right side is under way for the left row at hand */
    bool was_run;    /* ... and must be rewound before the next one */
};

static enum rc nested_join_open(struct node *node, struct error *err)
{
    (void)err;
    struct nested_join *state = (struct nested_join *)node;
    join_init(&state->join, node);
    state->left_arena = arena_new("left", node->arena);
    state->join.right = &state->rows;
    return RC_OK;
}

static void rows_begin(struct nested_join *state)
{
    struct node *node = &state->node;
    const struct plan *right = node->plan->inputs[1];
    if (state->right_arena == NULL)
        state->right_arena = arena_new("right", node->execution->arena);
    arena_reset(state->right_arena);
    row_store_init(&state->rows, state->right_arena, right->types, right->column_count);
}

static enum rc build(struct nested_join *state, struct error *err)
{
    struct node *node = &state->node;
    rows_begin(state);
    dependencies_take(node->execution, &state->dependencies, state->right_arena);
    TRY(operator_load(node->inputs[1], &state->rows, err));
    state->is_built = true;
    return RC_OK;
}

static bool is_run_again(const struct nested_join *state)
{
    return state->node.plan->join.bindings.count != 0;
}

static enum rc check(struct nested_join *state, size_t room, struct error *err)
{
    struct node *node = &state->node;
    enum plan_join kind = node->plan->join.join;
    state->asked = room;
    state->is_checked = true;
    if (is_run_again(state)) {
        rows_begin(state);
        return RC_OK;
    }
    if (!state->is_built) {
        dependencies_find(node->execution, node->plan->inputs[1], &state->dependencies);
        TRY(build(state, err));
    } else if (!dependencies_hold(node->execution, &state->dependencies)) {
        TRY(operator_rewind(node->inputs[1], err));
        TRY(build(state, err));
    }
    if (kind == PLAN_JOIN_RIGHT || kind == PLAN_JOIN_FULL)
        state->join.right_matched =
            ARENA_ARRAY(node->arena, uint8_t, state->rows.count + 1);
    state->left_has_ended =
        state->rows.count == 0 &&
        (kind == PLAN_JOIN_INNER || kind == PLAN_JOIN_SEMI || kind == PLAN_JOIN_RIGHT);
    return RC_OK;
}

static enum rc left_next(struct nested_join *state, struct error *err)
{
    struct node *node = &state->node;
    struct evaluator evaluator;
    arena_reset(state->left_arena);
    state->at = 0;
    state->right_at = 0;
    TRY(join_left_next(&state->join, node, state->asked, state->left_arena, err));
    state->asked =
        state->asked * 2 > VECTOR_ROWS_MAX ? VECTOR_ROWS_MAX : state->asked * 2;
    evaluator_init(&evaluator, node->execution, state->left_arena,
                   state->join.left.columns);
    return bindings_evaluate(&evaluator.evaluation, &node->plan->join.bindings,
                             selection_all(state->join.left.count), &state->bindings,
                             err);
}

static void pair_add(struct nested_join *state, size_t right)
{
    state->join.pairs[state->join.pair_count++] =
        (struct join_pair){(uint16_t)state->at, right};
}

/* Each of these adds pairs of the left row at hand; *ended_out: its end is among them. */
static void kept_pairs(struct nested_join *state, size_t room, bool *ended_out)
{
    struct join *join = &state->join;
    bool once = state->node.plan->join.condition == NULL &&
                (join->kind == PLAN_JOIN_SEMI || join->kind == PLAN_JOIN_ANTI);
    size_t end = join_wants(join, state->at) ? state->rows.count : 0;
    if (once && end > 1)
        end = 1;
    while (state->right_at < end && join->pair_count < room)
        pair_add(state, state->right_at++);
    *ended_out = join->pair_count < room;
    if (*ended_out)
        pair_add(state, ROW_NONE);
}

static enum rc right_start(struct nested_join *state, struct error *err)
{
    struct node *node = &state->node;
    if (state->was_run)
        TRY(operator_rewind(node->inputs[1], err));
    state->was_run = true;
    state->is_running = true;
    state->right.count = 0;
    state->batch_at = 0;
    bindings_set(node->execution, &node->plan->join.bindings, state->bindings, state->at);
    return RC_OK;
}

static enum rc run_pairs(struct nested_join *state, size_t room, bool *ended_out,
                         struct error *err)
{
    struct node *node = &state->node;
    struct join *join = &state->join;
    if (!state->is_running)
        TRY(right_start(state, err));
    *ended_out = false;
    while (join->pair_count < room) {
        if (state->batch_at == state->right.count) {
            size_t wanted = room - join->pair_count;
            enum rc rc = join_wants(join, state->at)
                             ? operator_next(node->inputs[1], wanted, &state->right, err)
                             : RC_EOF;
            state->batch_at = 0;
            *ended_out = rc == RC_EOF;
            if (rc == RC_EOF)
                break;
            TRY(rc);
        }
        pair_add(state, state->rows.count);
        row_store_add(&state->rows, state->right.columns, join->right_count, NULL,
                      state->batch_at++);
    }
    if (*ended_out)
        pair_add(state, ROW_NONE);
    if (*ended_out)
        state->is_running = false;
    return RC_OK;
}

static enum rc pairs_add(struct nested_join *state, size_t room, struct error *err)
{
    struct join *join = &state->join;
    if (is_run_again(state))
        rows_begin(state); /* pairs were all given out */
    while (state->at < join->left.count && join->pair_count < room) {
        bool ended = false;
        if (is_run_again(state))
            TRY(run_pairs(state, room, &ended, err));
        else
            kept_pairs(state, room, &ended);
        if (!ended)
            break;
        state->at++;
        state->right_at = 0;
    }
    return RC_OK;
}

static enum rc nested_join_next(struct node *node, size_t room, struct batch *batch_out,
                                struct error *err)
{
    struct nested_join *state = (struct nested_join *)node;
    if (!state->is_checked)
        TRY(check(state, room, err));
    while (!state->left_has_ended) {
        if (state->at == state->join.left.count) {
            enum rc rc = left_next(state, err);
            state->left_has_ended = rc == RC_EOF;
            if (rc == RC_EOF)
                break;
            TRY(rc);
        }
        arena_reset(node->batch_arena);
        TRY(execution_check(node->execution, err));
        TRY(pairs_add(state, room, err));
        TRY(join_emit(&state->join, node, batch_out, err));
        if (batch_out->count != 0)
            return RC_OK;
    }
    return join_rest(&state->join, node, room, batch_out, err);
}

static enum rc nested_join_rewind(struct node *node, struct error *err)
{
    struct nested_join *state = (struct nested_join *)node;
    struct nested_join kept = *state;
    arena_reset(node->arena);
    arena_reset(node->batch_arena);
    memset(node + 1, 0, sizeof(*state) - sizeof(*node));
    state->right_arena = kept.right_arena;
    state->rows = kept.rows;
    state->dependencies = kept.dependencies;
    state->is_built = kept.is_built;
    state->was_run = kept.was_run;
    TRY(nested_join_open(node, err));
    return operator_rewind(node->inputs[0], err);
}

const struct operator_class operator_nested_join = {.size = sizeof(struct nested_join),
                                                    .open = nested_join_open,
                                                    .next = nested_join_next,
                                                    .rewind = nested_join_rewind};
