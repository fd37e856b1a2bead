/* HASH_JOIN: the right side goes into a table, the left side streams past it. */
#include "sql/exec/operator_join.h"

struct hash_join {
    struct node node;
    struct join join;
    struct arena *right_arena; /* the right side, kept while what it reads is the same */
    struct row_store rows;     /* its columns, then its keys */
    struct row_table table;
    size_t *null_rows; /* ANTI for NOT IN: right rows with a NULL among the keys */
    size_t null_count;
    size_t null_room;
    struct dependencies dependencies;
    bool is_built;
    bool is_checked; /* since the last rewind */

    struct arena *left_arena; /* of the left batch at hand */
    struct vector *keys;      /* of that batch */
    size_t asked;             /* rows to ask of the left input next */
    size_t at;                /* left row at hand */
    bool is_probed;           /* its candidates have been looked for */
    bool sees_all;            /* NOT IN: candidates are all rows, not those of a key */
    size_t candidate;         /* the next, or ROW_NONE */
    size_t null_at;           /* of null_rows */
    bool left_has_ended;
};

static enum rc hash_join_open(struct node *node, struct error *err)
{
    (void)err;
    struct hash_join *state = (struct hash_join *)node;
    join_init(&state->join, node);
    state->left_arena = arena_new("left", node->arena);
    state->join.right = &state->rows;
    return RC_OK;
}

static bool never_matches(const struct plan *plan, const struct vector *keys, size_t row)
{
    for (size_t i = 0; i < plan->join.key_count; i++) {
        if (keys[i].nulls[row] != 0 && !plan->join.keys[i].nulls_match)
            return true;
    }
    return false;
}

static void null_row_add(struct hash_join *state, size_t row)
{
    if (state->null_count == state->null_room) {
        size_t room = state->null_room == 0 ? 16 : state->null_room * 2;
        size_t *rows = ARENA_ARRAY(state->right_arena, size_t, room);
        if (state->null_count != 0)
            memcpy(rows, state->null_rows, state->null_count * sizeof(*rows));
        state->null_rows = rows;
        state->null_room = room;
    }
    state->null_rows[state->null_count++] = row;
}

static enum rc build_batch(struct hash_join *state, const struct batch *batch,
                           struct error *err)
{
    const struct plan *plan = state->node.plan;
    struct evaluator evaluator;
    struct vector *keys =
        ARENA_ARRAY(state->left_arena, struct vector, plan->join.key_count);
    evaluator_init(&evaluator, state->node.execution, state->left_arena, batch->columns);
    for (size_t i = 0; i < plan->join.key_count; i++)
        TRY(evaluate(&evaluator.evaluation, plan->join.keys[i].right,
                     selection_all(batch->count), &keys[i], err));
    for (size_t i = 0; i < batch->count; i++) {
        size_t row = state->rows.count;
        bool lonely = never_matches(plan, keys, i);
        /* A row that nothing can equal matters only where it stands for itself. */
        if (lonely && state->join.kind != PLAN_JOIN_RIGHT &&
            state->join.kind != PLAN_JOIN_FULL && !plan->join.nulls_are_equal_to_all)
            continue;
        row_store_add(&state->rows, batch->columns, state->join.right_count, keys, i);
        if (!lonely)
            row_table_add(&state->table, row_hash(keys, plan->join.key_count, i), row);
        else if (plan->join.nulls_are_equal_to_all)
            null_row_add(state, row);
    }
    return RC_OK;
}

/* The store's types: the right columns, then the keys. */
static enum rc build_begin(struct hash_join *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    size_t right_count = state->join.right_count;
    size_t count = right_count + plan->join.key_count;
    if (state->right_arena == NULL)
        state->right_arena = arena_new("right", node->execution->arena);
    arena_reset(state->right_arena);
    const struct type **types =
        ARENA_ARRAY(state->right_arena, const struct type *, count);
    for (size_t i = 0; i < count; i++)
        types[i] = i < right_count ? plan->inputs[1]->types[i]
                                   : plan->join.keys[i - right_count].right->type;
    row_store_init(&state->rows, state->right_arena, types, count);
    state->null_rows = NULL;
    state->null_count = 0;
    state->null_room = 0;
    return row_table_init(&state->table, &state->rows, right_count, plan->join.key_count,
                          err);
}

static enum rc build(struct hash_join *state, struct error *err)
{
    struct node *node = &state->node;
    struct batch batch;
    TRY(build_begin(state, err));
    dependencies_take(node->execution, &state->dependencies, state->right_arena);
    for (;;) {
        enum rc rc = operator_next(node->inputs[1], VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            break;
        TRY(rc);
        arena_reset(state->left_arena);
        TRY(build_batch(state, &batch, err));
    }
    state->is_built = true;
    return RC_OK;
}

static enum rc build_check(struct hash_join *state, size_t room, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    if (!state->is_built) {
        dependencies_find(node->execution, plan->inputs[1], &state->dependencies);
        TRY(build(state, err));
    } else if (!dependencies_hold(node->execution, &state->dependencies)) {
        TRY(operator_rewind(node->inputs[1], err));
        TRY(build(state, err));
    }
    if (plan->join.join == PLAN_JOIN_RIGHT || plan->join.join == PLAN_JOIN_FULL)
        state->join.right_matched =
            ARENA_ARRAY(node->arena, uint8_t, state->rows.count + 1);
    state->asked = room;
    state->is_checked = true;
    return RC_OK;
}

/* Whether the left side need not be read at all. */
static bool left_is_idle(const struct hash_join *state)
{
    enum plan_join kind = state->join.kind;
    return state->rows.count == 0 &&
           (kind == PLAN_JOIN_INNER || kind == PLAN_JOIN_SEMI || kind == PLAN_JOIN_RIGHT);
}

static enum rc left_next(struct hash_join *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct evaluator evaluator;
    arena_reset(state->left_arena);
    state->at = 0;
    state->is_probed = false;
    TRY(join_left_next(&state->join, node, state->asked, state->left_arena, err));
    state->asked =
        state->asked * 2 > VECTOR_ROWS_MAX ? VECTOR_ROWS_MAX : state->asked * 2;
    evaluator_init(&evaluator, node->execution, state->left_arena,
                   state->join.left.columns);
    state->keys = ARENA_ARRAY(state->left_arena, struct vector, plan->join.key_count);
    for (size_t i = 0; i < plan->join.key_count; i++)
        TRY(evaluate(&evaluator.evaluation, plan->join.keys[i].left,
                     selection_all(state->join.left.count), &state->keys[i], err));
    return RC_OK;
}

static void probe(struct hash_join *state)
{
    const struct plan *plan = state->node.plan;
    bool lonely = never_matches(plan, state->keys, state->at);
    state->is_probed = true;
    state->sees_all = lonely && plan->join.nulls_are_equal_to_all;
    state->null_at = 0;
    state->candidate = ROW_NONE;
    if (state->sees_all && state->rows.count != 0)
        state->candidate = 0;
    else if (!lonely)
        state->candidate = row_table_find(
            &state->table, row_hash(state->keys, plan->join.key_count, state->at),
            state->keys, state->at);
}

/* NOT IN: whether the keys are equal where neither is NULL. */
static bool may_be_equal(const struct hash_join *state, size_t row)
{
    size_t count = state->node.plan->join.key_count;
    for (size_t i = 0; i < count; i++) {
        struct value right = row_value(&state->rows, row, state->join.right_count + i);
        struct value left = vector_value(&state->keys[i], state->at);
        if (!left.null && !right.null &&
            type_compare(state->keys[i].type, left.datum, right.datum) != 0)
            return false;
    }
    return true;
}

/* The next right row for the left row at hand, or ROW_NONE. */
static size_t candidate_next(struct hash_join *state)
{
    while (state->candidate != ROW_NONE) {
        size_t row = state->candidate;
        if (!state->sees_all) {
            state->candidate = row_table_next(&state->table, row);
            return row;
        }
        state->candidate = row + 1 < state->rows.count ? row + 1 : ROW_NONE;
        if (may_be_equal(state, row))
            return row;
    }
    while (!state->sees_all && state->null_at < state->null_count) {
        size_t row = state->null_rows[state->null_at++];
        if (may_be_equal(state, row))
            return row;
    }
    return ROW_NONE;
}

/* Adds the pairs of the left row at hand; true when its end is among them. */
static bool pairs_add(struct hash_join *state, size_t room)
{
    struct join *join = &state->join;
    bool once = state->node.plan->join.condition == NULL &&
                (join->kind == PLAN_JOIN_SEMI || join->kind == PLAN_JOIN_ANTI);
    if (!state->is_probed)
        probe(state);
    while (join->pair_count < room) {
        size_t row = join_wants(join, state->at) ? candidate_next(state) : ROW_NONE;
        join->pairs[join->pair_count++] = (struct join_pair){(uint16_t)state->at, row};
        if (row == ROW_NONE)
            return true;
        if (once)
            state->candidate = ROW_NONE;
        if (once)
            state->null_at = state->null_count;
    }
    return false;
}

static enum rc hash_join_next(struct node *node, size_t room, struct batch *batch_out,
                              struct error *err)
{
    struct hash_join *state = (struct hash_join *)node;
    if (!state->is_checked) {
        TRY(build_check(state, room, err));
        state->left_has_ended = left_is_idle(state);
    }
    while (!state->left_has_ended) {
        if (state->at == state->join.left.count) {
            enum rc rc = left_next(state, err);
            state->left_has_ended = rc == RC_EOF;
            if (rc == RC_EOF)
                break;
            TRY(rc);
        }
        while (state->at < state->join.left.count && state->join.pair_count < room) {
            if (!pairs_add(state, room))
                break;
            if (state->sees_all) /* a look at every right row */
                TRY(execution_check(node->execution, err));
            state->at++;
            state->is_probed = false;
        }
        arena_reset(node->batch_arena);
        TRY(execution_check(node->execution, err));
        TRY(join_emit(&state->join, node, batch_out, err));
        if (batch_out->count != 0)
            return RC_OK;
    }
    return join_rest(&state->join, node, room, batch_out, err);
}

/* Keeps what was built; whether it still holds is seen when rows are asked for. */
static enum rc hash_join_rewind(struct node *node, struct error *err)
{
    struct hash_join *state = (struct hash_join *)node;
    struct hash_join kept = *state;
    arena_reset(node->arena);
    arena_reset(node->batch_arena);
    memset(node + 1, 0, sizeof(*state) - sizeof(*node));
    state->right_arena = kept.right_arena;
    state->rows = kept.rows;
    state->table = kept.table;
    state->table.store = &state->rows;
    state->null_rows = kept.null_rows;
    state->null_count = kept.null_count;
    state->null_room = kept.null_room;
    state->dependencies = kept.dependencies;
    state->is_built = kept.is_built;
    TRY(hash_join_open(node, err));
    return operator_rewind(node->inputs[0], err);
}

const struct operator_class operator_hash_join = {.size = sizeof(struct hash_join),
                                                  .open = hash_join_open,
                                                  .next = hash_join_next,
                                                  .rewind = hash_join_rewind};
