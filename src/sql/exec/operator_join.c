/* What the joins share: from pairs of rows to rows of the join. */
#include "sql/exec/operator_join.h"

void join_init(struct join *join, const struct node *node)
{
    const struct plan *plan = node->plan;
    *join = (struct join){
        .kind = plan->join.join,
        .plan = plan,
        .left_count = plan->inputs[0]->column_count,
        .right_count = plan->inputs[1]->column_count,
        .pairs = ARENA_ARRAY(node->arena, struct join_pair, VECTOR_ROWS_MAX),
    };
}

enum rc join_left_next(struct join *join, struct node *node, size_t room,
                       struct arena *arena, struct error *err)
{
    TRY(operator_next(node->inputs[0], room, &join->left, err));
    join->matched = ARENA_ARRAY(arena, bool, join->left.count);
    return RC_OK;
}

bool join_wants(const struct join *join, size_t left)
{
    return !(join->matched[left] &&
             (join->kind == PLAN_JOIN_SEMI || join->kind == PLAN_JOIN_ANTI));
}

/* Columns of pairs, left ones first; what has no partner is NULL. */
static struct vector *pair_columns(const struct join *join, struct arena *arena,
                                   const struct join_pair *pairs, size_t count,
                                   size_t column_count)
{
    size_t right_count = column_count - join->left_count;
    struct vector *columns = ARENA_ARRAY(arena, struct vector, column_count);
    for (size_t i = 0; i < join->left_count; i++) {
        const struct vector *from = &join->left.columns[i];
        columns[i] = *batch_columns(arena, &from->type, 1, count);
        for (size_t at = 0; at < count; at++)
            vector_set(&columns[i], at, vector_value(from, pairs[at].left));
    }
    struct vector *right = columns + join->left_count;
    for (size_t i = 0; i < right_count; i++)
        right[i] = *batch_columns(arena, &join->plan->inputs[1]->types[i], 1, count);
    for (size_t at = 0; at < count; at++) {
        for (size_t i = 0; i < right_count; i++)
            vector_set(&right[i], at,
                       pairs[at].right == ROW_NONE
                           ? (struct value){.null = true}
                           : row_value(join->right, pairs[at].right, i));
    }
    return columns;
}

/* Which of the real pairs hold; `holds` has a byte a pair. */
static enum rc pairs_try(const struct join *join, const struct node *node, bool *holds,
                         struct error *err)
{
    const struct plan *plan = node->plan;
    struct arena *arena = node->batch_arena;
    struct join_pair *real = ARENA_ARRAY(arena, struct join_pair, join->pair_count);
    size_t *places = ARENA_ARRAY(arena, size_t, join->pair_count);
    size_t count = 0;
    for (size_t i = 0; i < join->pair_count; i++) {
        holds[i] = plan->join.condition == NULL;
        if (join->pairs[i].right == ROW_NONE)
            continue;
        places[count] = i;
        real[count++] = join->pairs[i];
    }
    if (plan->join.condition == NULL || count == 0)
        return RC_OK;
    struct evaluator evaluator;
    struct vector result;
    evaluator_init(
        &evaluator, node->execution, arena,
        pair_columns(join, arena, real, count, join->left_count + join->right_count));
    TRY(evaluate(&evaluator.evaluation, plan->join.condition, selection_all(count),
                 &result, err));
    for (size_t i = 0; i < count; i++)
        holds[places[i]] = result.nulls[i] != 0 ? plan->join.nulls_are_equal_to_all
                                                : result.values[i].boolean;
    return RC_OK;
}

/* Whether a pair that holds gives a row. */
static bool pair_gives(struct join *join, struct join_pair pair)
{
    bool first = !join->matched[pair.left];
    join->matched[pair.left] = true;
    if (join->right_matched != NULL)
        join->right_matched[pair.right] = 1;
    return join->kind == PLAN_JOIN_SEMI ? first : join->kind != PLAN_JOIN_ANTI;
}

/* Whether the end of a left row gives one. */
static bool end_gives(const struct join *join, struct join_pair pair)
{
    return !join->matched[pair.left] &&
           (join->kind == PLAN_JOIN_LEFT || join->kind == PLAN_JOIN_FULL ||
            join->kind == PLAN_JOIN_ANTI);
}

enum rc join_emit(struct join *join, struct node *node, struct batch *batch_out,
                  struct error *err)
{
    struct arena *arena = node->batch_arena;
    bool *holds = ARENA_ARRAY(arena, bool, join->pair_count);
    struct join_pair *given = ARENA_ARRAY(arena, struct join_pair, join->pair_count);
    size_t count = 0;
    TRY(pairs_try(join, node, holds, err));
    for (size_t i = 0; i < join->pair_count; i++) {
        struct join_pair pair = join->pairs[i];
        bool gives = pair.right == ROW_NONE ? end_gives(join, pair)
                                            : holds[i] && pair_gives(join, pair);
        if (gives)
            given[count++] = pair;
    }
    join->pair_count = 0;
    batch_out->count = count;
    if (count != 0)
        batch_out->columns =
            pair_columns(join, arena, given, count, node->plan->column_count);
    return RC_OK;
}

enum rc join_rest(struct join *join, struct node *node, size_t room,
                  struct batch *batch_out, struct error *err)
{
    (void)err;
    struct arena *arena = node->batch_arena;
    struct vector *columns = NULL;
    size_t count = 0;
    if (join->right_matched == NULL)
        return RC_EOF;
    while (join->right_at < join->right->count && count < room) {
        size_t row = join->right_at++;
        if (join->right_matched[row] != 0)
            continue;
        if (columns == NULL)
            columns =
                batch_columns(arena, node->plan->types, node->plan->column_count, room);
        for (size_t i = 0; i < join->left_count; i++)
            vector_set(&columns[i], count, (struct value){.null = true});
        for (size_t i = 0; i < join->right_count; i++)
            vector_set(&columns[join->left_count + i], count,
                       row_value(join->right, row, i));
        count++;
    }
    batch_out->columns = columns;
    batch_out->count = count;
    return count == 0 ? RC_EOF : RC_OK;
}
