/* IN, EXISTS and their negations at the top of WHERE become joins (decorrelation): a row
 * passes when it has a partner, or none. */
#include "sql/plan/planner.h"

struct unnesting {
    struct planner *planner;
    struct block *block;
    const struct subquery_expression *subquery;
    bool negated;
};

struct reads {
    const struct planner *planner;
    const struct block *block;
};

static bool node_reads(void *argument, const struct bound *expression)
{
    const struct reads *reads = argument;
    return expression->kind == BOUND_COLUMN &&
           reads->planner->sources[expression->column.relation]->owner == reads->block;
}

static bool reads_block(const struct planner *planner, const struct block *block,
                        const struct bound *expression)
{
    struct reads reads = {planner, block};
    return walk_expression(expression, node_reads, &reads);
}

static enum rc slot_reads(void *argument, const struct bound **slot)
{
    return walk_expression(*slot, node_reads, argument) ? RC_EOF : RC_OK;
}

/* Also the aggregation of the block around: its columns have no owner, but an expression
 * of WHERE cannot read them. */
static bool subquery_is_correlated(const struct unnesting *unnesting)
{
    struct reads reads = {unnesting->planner, unnesting->block};
    return block_each(unnesting->subquery->block, slot_reads, &reads) != RC_OK;
}

/* Correlated only in its WHERE, and there by an equality of its side with ours. */
static bool correlation_is_simple(const struct unnesting *unnesting)
{
    struct block *inner = unnesting->subquery->block;
    struct reads reads = {unnesting->planner, unnesting->block};
    if (!block_is_simple(inner) || tree_each(inner->tree, slot_reads, &reads) != RC_OK)
        return false;
    bool has_key = unnesting->subquery->bound.subquery.form == BOUND_SUBQUERY_ANY;
    for (size_t i = 0; i < inner->where.count; i++) {
        const struct bound *conjunct = inner->where.items[i];
        const struct bound *left = NULL;
        const struct bound *right = NULL;
        bool nulls_match = false;
        if (has_subquery(conjunct) || is_volatile(conjunct))
            return false;
        if (!is_hashable_equality(unnesting->planner, conjunct, &left, &right,
                                  &nulls_match))
            continue;
        bool left_is_ours = reads_block(unnesting->planner, unnesting->block, left);
        bool right_is_ours = reads_block(unnesting->planner, unnesting->block, right);
        bool left_is_inner = reads_block(unnesting->planner, inner, left);
        bool right_is_inner = reads_block(unnesting->planner, inner, right);
        has_key = has_key ||
                  (left_is_ours && !left_is_inner && right_is_inner && !right_is_ours);
        has_key = has_key ||
                  (right_is_ours && !right_is_inner && left_is_inner && !left_is_ours);
    }
    return has_key;
}

static struct tree *leaf(struct planner *planner, struct source *source)
{
    struct tree *tree = ARENA_NEW(planner->arena, struct tree);
    tree->kind = TREE_SOURCE;
    tree->source = source;
    tree_measure(tree);
    return tree;
}

static struct tree *join_above(struct unnesting *unnesting, struct tree *right)
{
    struct tree *join = ARENA_NEW(unnesting->planner->arena, struct tree);
    join->kind = TREE_JOIN;
    join->join = unnesting->negated ? PLAN_JOIN_ANTI : PLAN_JOIN_SEMI;
    join->left = unnesting->block->tree;
    join->right = right;
    tree_measure(join);
    unnesting->block->tree = join;
    number_tree(unnesting->block);
    return join;
}

/* The comparison of IN with the subquery's column in its second place. */
static const struct bound *comparison_with(struct unnesting *unnesting,
                                           const struct bound *column)
{
    const struct bound *any = &unnesting->subquery->bound;
    struct planner *planner = unnesting->planner;
    struct bound *call = ARENA_NEW(planner->arena, struct bound);
    call->kind = BOUND_CALL;
    call->type = any->type;
    call->typmod = TYPE_TYPMOD_NONE;
    call->position = any->position;
    call->argument_count = 2;
    call->arguments = ARENA_ARRAY(planner->arena, const struct bound *, 2);
    call->arguments[0] = any->arguments[0];
    call->arguments[1] = column;
    call->call.function = any->subquery.function;
    call->call.argument_types = ARENA_ARRAY(planner->arena, const struct type *, 2);
    call->call.argument_types[0] = any->arguments[0]->type;
    call->call.argument_types[1] = column->type;
    return call;
}

static bool is_plain_equality(struct planner *planner, const struct bound *comparison)
{
    const struct bound *left = NULL;
    const struct bound *right = NULL;
    bool nulls_match = false;
    return is_hashable_equality(planner, comparison, &left, &right, &nulls_match);
}

/* The subquery's FROM and WHERE become the join's right side and condition. */
static void join_parts(struct unnesting *unnesting, const struct bound *comparison)
{
    struct block *inner = unnesting->subquery->block;
    struct tree *right = inner->tree;
    bool is_empty = inner->is_empty;
    struct expressions where = inner->where;
    struct tree *join = join_above(unnesting, right);
    if (comparison != NULL)
        expressions_add(unnesting->planner, &join->conditions, comparison);
    for (size_t i = 0; i < where.count; i++) {
        bool is_inner = span_is_within(
            span_of(unnesting->planner, unnesting->block, where.items[i]), right);
        expressions_add(unnesting->planner,
                        is_inner ? &right->filters : &join->conditions, where.items[i]);
    }
    if (is_empty) {
        struct bound *never = ARENA_NEW(unnesting->planner->arena, struct bound);
        never->kind = BOUND_CONSTANT;
        never->type = type_find_oid(TYPE_BOOL);
        never->typmod = TYPE_TYPMOD_NONE;
        expressions_add(unnesting->planner, &join->conditions, never);
    }
}

static bool unnest_exists(struct unnesting *unnesting)
{
    if (!subquery_is_correlated(unnesting) || !correlation_is_simple(unnesting))
        return false;
    join_parts(unnesting, NULL);
    return true;
}

/* A subquery that stands alone is a FROM item of its own, whatever it holds. */
static bool unnest_any_alone(struct unnesting *unnesting)
{
    struct planner *planner = unnesting->planner;
    struct block *inner = unnesting->subquery->block;
    struct source *source =
        source_new(planner, SOURCE_BLOCK, "ANY_subquery", inner->column_count);
    source->types[0] = inner->types[0];
    source->block = inner;
    const struct bound *comparison =
        comparison_with(unnesting, column_of(planner, source, 0));
    if (!is_plain_equality(planner, comparison))
        return false;
    struct tree *join = join_above(unnesting, leaf(planner, source));
    join->nulls_are_equal_to_all = unnesting->negated;
    expressions_add(planner, &join->conditions, comparison);
    return true;
}

static bool unnest_any(struct unnesting *unnesting)
{
    const struct bound *any = &unnesting->subquery->bound;
    struct block *inner = unnesting->subquery->block;
    if (any->argument_count != 1 || inner->column_count != 1 ||
        is_volatile(any->arguments[0]) || has_subquery(any->arguments[0]) ||
        !reads_block(unnesting->planner, unnesting->block, any->arguments[0]))
        return false;
    if (!subquery_is_correlated(unnesting))
        return unnest_any_alone(unnesting);
    /* NOT IN finds NULLs only among the rows of its own correlation. */
    if (unnesting->negated || !correlation_is_simple(unnesting))
        return false;
    const struct bound *comparison = comparison_with(unnesting, inner->targets.items[0]);
    if (!is_plain_equality(unnesting->planner, comparison))
        return false;
    join_parts(unnesting, comparison);
    return true;
}

/* `x <> ALL (subquery)` is NOT IN. */
static bool is_not_in(struct bound *all)
{
    size_t at = 0;
    const struct operator_row *row = NULL;
    while ((row = operator_candidates(bytes_of_text("<>"), &at)) != NULL) {
        if (row->function != all->subquery.function->oid || row->negator == 0)
            continue;
        all->subquery.form = BOUND_SUBQUERY_ANY;
        all->subquery.function =
            function_find_oid(operator_find_oid(row->negator)->function);
        return all->subquery.function != NULL;
    }
    return false;
}

static bool unnest(struct planner *planner, struct block *block,
                   const struct bound *conjunct)
{
    struct unnesting unnesting = {.planner = planner, .block = block};
    while (conjunct->kind == BOUND_NOT) {
        unnesting.negated = !unnesting.negated;
        conjunct = conjunct->arguments[0];
    }
    if (conjunct->kind != BOUND_SUBQUERY)
        return false;
    struct subquery_expression *copy =
        ARENA_NEW(planner->arena, struct subquery_expression);
    *copy = *(const struct subquery_expression *)conjunct;
    unnesting.subquery = copy;
    if (copy->bound.subquery.form == BOUND_SUBQUERY_ALL && is_not_in(&copy->bound))
        unnesting.negated = !unnesting.negated;
    if (copy->block->column_count != 0 && has_set_call(copy->block->targets.items[0]))
        return false;
    if (copy->bound.subquery.form == BOUND_SUBQUERY_EXISTS)
        return unnest_exists(&unnesting);
    if (copy->bound.subquery.form == BOUND_SUBQUERY_ANY)
        return unnest_any(&unnesting);
    return false;
}

enum rc unnest_subqueries(struct planner *planner, struct block *block)
{
    if (block->tree->kind == TREE_ONE_ROW)
        return RC_OK;
    size_t kept = 0;
    for (size_t i = 0; i < block->where.count; i++) {
        if (block->tree->depth >= PLAN_DEPTH_MAX / 2 ||
            !unnest(planner, block, block->where.items[i]))
            block->where.items[kept++] = block->where.items[i];
    }
    block->where.count = kept;
    return RC_OK;
}
