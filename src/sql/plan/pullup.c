/* Subqueries and views in FROM become part of the query around them, so that their joins
 * are ordered and their conditions placed together. */
#include "sql/plan/planner.h"

enum {
    /* A column that has become more than this stays where it is computed. */
    PULLED_WEIGHT_MAX = 100,
    PULLED_TREE_DEPTH_MAX = PLAN_DEPTH_MAX / 2,
};

static void number_leaves(struct block *block, struct tree *tree, size_t *next)
{
    tree->first_position = *next;
    if (tree->kind == TREE_SOURCE) {
        tree->source->owner = block;
        tree->source->position = (*next)++;
    } else if (tree->kind == TREE_JOIN) {
        number_leaves(block, tree->left, next);
        number_leaves(block, tree->right, next);
    }
    tree->position_count = *next - tree->first_position;
}

void number_tree(struct block *block)
{
    size_t next = 0;
    number_leaves(block, block->tree, &next);
}

bool block_is_simple(const struct block *block)
{
    if (block->kind != BLOCK_SELECT || block->is_grouped || block->having.count != 0 ||
        block->window_count != 0 || block->lock_count != 0 || block->is_distinct ||
        block->distinct_on_count != 0 || block->order_count != 0 ||
        block->limit != NULL || block->offset != NULL)
        return false;
    for (size_t i = 0; i < block->targets.count; i++) {
        if (has_set_call(block->targets.items[i]))
            return false;
    }
    return true;
}

struct pulling {
    struct planner *planner;
    struct block *block;
    size_t *references; /* per column of the source at hand */
    uint32_t source;
};

static bool node_counts(void *argument, const struct bound *expression)
{
    struct pulling *pulling = argument;
    if (expression->kind == BOUND_COLUMN &&
        expression->column.relation == pulling->source)
        pulling->references[expression->column.column]++;
    return false;
}

/* A column, constant or parameter may be written any number of times; an expression once,
 * or a few times when it is small. Subqueries are never copied. */
static bool may_be_copied(const struct bound *target, size_t references)
{
    if (is_volatile(target))
        return false;
    size_t weight = weight_of(target);
    if (weight == 1 || references == 0)
        return true;
    if (has_subquery(target))
        return false;
    return weight * references <= PULLED_WEIGHT_MAX;
}

/* In the part of an outer join that may be missing, the column must be NULL by itself
 * when the rows below are. */
static bool targets_allow(struct pulling *pulling, struct block *inner, bool nullable)
{
    struct source *source = pulling->planner->sources[pulling->source];
    pulling->references =
        ARENA_ARRAY(pulling->planner->arena, size_t, source->column_count);
    (void)walk_block(pulling->block, node_counts, pulling);
    for (size_t i = 0; i < inner->column_count; i++) {
        const struct bound *target = inner->targets.items[i];
        if (!may_be_copied(target, pulling->references[i]))
            return false;
        if (nullable && pulling->references[i] != 0 &&
            !value_is_null_with(pulling->planner, inner, target, inner->tree))
            return false;
    }
    return true;
}

static bool node_reads_owner(void *argument, const struct bound *expression)
{
    const struct pulling *pulling = argument;
    return expression->kind == BOUND_COLUMN &&
           pulling->planner->sources[expression->column.relation]->owner ==
               pulling->block;
}

static enum rc slot_reads_owner(void *argument, const struct bound **slot)
{
    return walk_expression(*slot, node_reads_owner, argument) ? RC_EOF : RC_OK;
}

/* LATERAL: what it reads of its neighbours may stand in its WHERE and its targets; under
 * an outer join nowhere. */
static bool laterals_allow(struct pulling *pulling, struct block *inner,
                           bool below_outer_join)
{
    if (tree_each(inner->tree, slot_reads_owner, pulling) != RC_OK)
        return false;
    return !below_outer_join || block_each(inner, slot_reads_owner, pulling) == RC_OK;
}

struct place {
    bool nullable;         /* its rows may be missing in the result */
    bool below_outer_join; /* or it decides whether others are */
    bool is_whole;         /* nothing else is in FROM */
};

static bool can_pull(struct pulling *pulling, const struct tree *tree, struct place place)
{
    struct block *inner = tree->source->block;
    if (!block_is_simple(inner) || inner->is_empty)
        return false;
    /* A query without FROM has one row; as part of an outer join that row must stay. */
    if (inner->tree->kind == TREE_ONE_ROW &&
        (place.below_outer_join || (place.is_whole && inner->where.count != 0)))
        return false;
    return inner->tree->depth < PULLED_TREE_DEPTH_MAX &&
           targets_allow(pulling, inner, place.nullable) &&
           laterals_allow(pulling, inner, place.below_outer_join);
}

static void pull(struct pulling *pulling, struct tree *tree)
{
    struct block *inner = tree->source->block;
    struct expressions filters = tree->filters;
    tree->source->replacements = inner->targets.items;
    *tree = *inner->tree;
    expressions_append(pulling->planner, &tree->filters, &inner->where);
    expressions_append(pulling->planner, &tree->filters, &filters);
}

static bool pull_up_tree(struct pulling *pulling, struct tree *tree, struct place place)
{
    if (tree->kind == TREE_SOURCE) {
        pulling->source = tree->source->id;
        if (tree->source->kind != SOURCE_BLOCK || !can_pull(pulling, tree, place))
            return false;
        pull(pulling, tree);
        return true;
    }
    if (tree->kind != TREE_JOIN)
        return false;
    struct place left = place;
    left.is_whole = false;
    struct place right = left;
    if (tree->join != PLAN_JOIN_INNER) {
        left.below_outer_join = true;
        right.below_outer_join = true;
    }
    left.nullable = left.nullable || tree->join == PLAN_JOIN_FULL;
    right.nullable =
        right.nullable || tree->join == PLAN_JOIN_FULL || tree->join == PLAN_JOIN_LEFT;
    bool any = pull_up_tree(pulling, tree->left, left);
    any = pull_up_tree(pulling, tree->right, right) || any;
    tree_measure(tree);
    return any;
}

/* Of an inner join with the one row without columns the other side remains. */
static void drop_one_rows(struct planner *planner, struct tree *tree)
{
    if (tree->kind != TREE_JOIN)
        return;
    drop_one_rows(planner, tree->left);
    drop_one_rows(planner, tree->right);
    bool left = tree->left->kind == TREE_ONE_ROW;
    bool right = tree->right->kind == TREE_ONE_ROW;
    if (tree->join != PLAN_JOIN_INNER || (!left && !right))
        return;
    struct expressions filters = tree->filters;
    expressions_append(planner, &filters, &tree->conditions);
    expressions_append(planner, &filters,
                       left ? &tree->left->filters : &tree->right->filters);
    struct tree rest = left ? *tree->right : *tree->left;
    *tree = rest;
    expressions_append(planner, &tree->filters, &filters);
}

static enum rc settle_replacements(struct planner *planner, size_t first_source)
{
    for (size_t i = first_source; i < planner->source_count; i++) {
        struct source *source = planner->sources[i];
        if (source->replacements == NULL)
            continue;
        for (size_t k = 0; k < source->column_count; k++)
            TRY(substitute_expression(planner, &source->replacements[k]));
    }
    return RC_OK;
}

static enum rc flatten_slot(struct planner *planner, struct expressions *list)
{
    struct expressions flat = {0};
    for (size_t i = 0; i < list->count; i++)
        flatten_and(planner, list->items[i], &flat);
    *list = flat;
    return RC_OK;
}

static bool tree_has_blocks(const struct tree *tree)
{
    if (tree->kind == TREE_JOIN)
        return tree_has_blocks(tree->left) || tree_has_blocks(tree->right);
    return tree->kind == TREE_SOURCE && tree->source->kind == SOURCE_BLOCK;
}

static size_t lowest_source(const struct tree *tree, size_t lowest)
{
    if (tree->kind == TREE_JOIN)
        return lowest_source(tree->right, lowest_source(tree->left, lowest));
    return tree->kind == TREE_SOURCE && tree->source->id < lowest ? tree->source->id
                                                                  : lowest;
}

enum rc pull_up(struct planner *planner, struct block *block)
{
    if (!tree_has_blocks(block->tree))
        return RC_OK;
    size_t first_source = lowest_source(block->tree, planner->source_count);
    struct pulling pulling = {.planner = planner, .block = block};
    struct place place = {.is_whole = block->tree->kind != TREE_JOIN};
    if (!pull_up_tree(&pulling, block->tree, place))
        return RC_OK;
    drop_one_rows(planner, block->tree);
    number_tree(block);
    TRY(settle_replacements(planner, first_source));
    TRY(substitute_block(planner, block));
    return flatten_slot(planner, &block->where);
}
