/* Conditions go down to where their columns come from: through joins, then into
 * subqueries that could not be pulled up. */
#include "sql/plan/planner.h"

struct pushing {
    struct planner *planner;
    struct block *block;
};

/* The columns of one subquery, and what they are inside of it. */
struct entering {
    const struct source *source;
    const struct bound *const *inside;
};

static const struct bound *entered(struct mapper *mapper, const struct bound *expression)
{
    const struct entering *entering = mapper->argument;
    if (expression->kind != BOUND_COLUMN ||
        expression->column.relation != entering->source->id)
        return NULL;
    return entering->inside[expression->column.column];
}

static enum rc enter(struct planner *planner, const struct source *source,
                     const struct bound *const *inside, const struct bound **slot)
{
    struct entering entering = {source, inside};
    struct mapper mapper = {planner, entered, &entering};
    return map_expression(&mapper, slot);
}

struct columns {
    const struct source *source;
    const struct block *block;
    size_t limit; /* columns from here on are refused */
};

/* The column's place among the rows of the set; SIZE_MAX: it is more than that. */
static size_t set_column(const struct block *block, size_t column)
{
    const struct bound *target = block->targets.items[column];
    if (target->kind != BOUND_COLUMN || target->column.relation != block->rows->id)
        return SIZE_MAX;
    return target->column.column;
}

/* What all windows divide their rows by: whole partitions go, or stay. */
static bool is_of_partitions(const struct block *block, const struct bound *target)
{
    for (size_t i = 0; i < block->window_count; i++) {
        const struct expressions *partition = &block->windows[i].partition;
        bool found = false;
        for (size_t k = 0; k < partition->count && !found; k++)
            found = bound_equal(partition->items[k], target);
        if (!found)
            return false;
    }
    return true;
}

static bool column_accepts(const struct block *block, size_t column)
{
    if (block->kind == BLOCK_SET) {
        size_t inside = set_column(block, column);
        for (size_t i = 0; i < block->input_count && inside != SIZE_MAX; i++) {
            if (!column_accepts(block->inputs[i], inside))
                return false;
        }
        return inside != SIZE_MAX;
    }
    const struct bound *target = block->targets.items[column];
    if (is_volatile(target) || has_set_call(target) || has_subquery(target) ||
        !is_of_partitions(block, target))
        return false;
    bool in_run = block->distinct_on_count == 0;
    for (size_t i = 0; i < block->distinct_on_count && !in_run; i++)
        in_run = block->distinct_on[i] == column;
    return in_run;
}

/* PostgreSQL's subquery_is_pushdown_safe(). */
static bool block_accepts(const struct block *block)
{
    if (block->limit != NULL || block->offset != NULL)
        return false;
    if (block->kind == BLOCK_SELECT)
        return true;
    if (block->kind != BLOCK_SET || block->operation == BOUND_SET_EXCEPT)
        return false;
    for (size_t i = 0; i < block->input_count; i++) {
        if (!block_accepts(block->inputs[i]))
            return false;
    }
    return true;
}

static bool node_is_refused(void *argument, const struct bound *expression)
{
    const struct columns *columns = argument;
    return expression->kind == BOUND_COLUMN &&
           expression->column.relation == columns->source->id &&
           !column_accepts(columns->block, expression->column.column);
}

static bool node_is_beyond_groups(void *argument, const struct bound *expression)
{
    const struct columns *columns = argument;
    return expression->kind == BOUND_COLUMN &&
           expression->column.relation == columns->source->id &&
           expression->column.column >= columns->limit;
}

static bool can_enter(const struct source *source, const struct bound *conjunct)
{
    struct columns columns = {source, source->block, 0};
    if (is_volatile(conjunct) || !block_accepts(source->block))
        return false;
    /* It would have to be there once for each input. */
    if (source->block->kind == BLOCK_SET && has_subquery(conjunct))
        return false;
    return !walk_expression(conjunct, node_is_refused, &columns);
}

static enum rc enter_block(struct planner *planner, const struct source *source,
                           struct block *block, const struct bound *conjunct)
{
    TRY(enter(planner, source, block->targets.items, &conjunct));
    if (block->kind == BLOCK_SET) {
        for (size_t i = 0; i < block->input_count; i++)
            TRY(enter_block(planner, block->rows, block->inputs[i], conjunct));
        return RC_OK;
    }
    if (!block->is_grouped) {
        flatten_and(planner, conjunct, &block->where);
        return RC_OK;
    }
    struct columns columns = {block->aggregation, block, block->groups.count};
    if (block->groups.count == 0 || block->grouping_set_count != 0 ||
        walk_expression(conjunct, node_is_beyond_groups, &columns)) {
        flatten_and(planner, conjunct, &block->having);
        return RC_OK;
    }
    TRY(enter(planner, block->aggregation, block->groups.items, &conjunct));
    flatten_and(planner, conjunct, &block->where);
    return RC_OK;
}

static enum rc push_into_source(struct pushing *pushing, struct tree *tree)
{
    struct source *source = tree->source;
    size_t kept = 0;
    if (source->kind != SOURCE_BLOCK)
        return RC_OK;
    for (size_t i = 0; i < tree->filters.count; i++) {
        const struct bound *conjunct = tree->filters.items[i];
        if (can_enter(source, conjunct))
            TRY(enter_block(pushing->planner, source, source->block, conjunct));
        else
            tree->filters.items[kept++] = conjunct;
    }
    tree->filters.count = kept;
    return RC_OK;
}

/* HAVING that reads groups only may as well be WHERE. */
static enum rc push_having(struct planner *planner, struct block *block)
{
    struct columns columns = {block->aggregation, block, block->groups.count};
    size_t kept = 0;
    for (size_t i = 0; i < block->having.count; i++) {
        const struct bound *conjunct = block->having.items[i];
        if (block->groups.count == 0 || block->grouping_set_count != 0 ||
            is_volatile(conjunct) || has_subquery(conjunct) ||
            walk_expression(conjunct, node_is_beyond_groups, &columns)) {
            block->having.items[kept++] = conjunct;
            continue;
        }
        TRY(enter(planner, block->aggregation, block->groups.items, &conjunct));
        flatten_and(planner, conjunct, &block->where);
    }
    block->having.count = kept;
    return RC_OK;
}

static bool is_own_column(const struct pushing *pushing, const struct bound *expression)
{
    return expression->kind == BOUND_COLUMN &&
           pushing->planner->sources[expression->column.relation]->owner ==
               pushing->block;
}

static bool is_fixed(const struct pushing *pushing, const struct bound *expression)
{
    return span_of(pushing->planner, pushing->block, expression).is_empty &&
           !is_volatile(expression) && !has_subquery(expression);
}

/* The column and the value of `column = value`; false: it is something else. */
static bool is_column_with_value(struct pushing *pushing, const struct bound *conjunct,
                                 const struct bound **column, const struct bound **value)
{
    if (conjunct->kind != BOUND_CALL || conjunct->argument_count != 2)
        return false;
    size_t at = is_own_column(pushing, conjunct->arguments[0]) ? 0 : 1;
    *column = conjunct->arguments[at];
    *value = conjunct->arguments[1 - at];
    return is_own_column(pushing, *column) && is_fixed(pushing, *value);
}

static bool has_equal(const struct expressions *list, const struct bound *conjunct)
{
    for (size_t i = 0; i < list->count; i++) {
        if (bound_equal(list->items[i], conjunct))
            return true;
    }
    return false;
}

/* From a = b and a = value follows b = value, which may be a key of b's relation. Only
 * with one and the same "=" over one type, so that it is transitive. */
static void derive_from(struct pushing *pushing, struct expressions *list,
                        const struct bound *known, const struct bound *pair)
{
    const struct bound *column = NULL;
    const struct bound *value = NULL;
    if (pair->kind != BOUND_CALL || pair->call.function != known->call.function ||
        pair->argument_count != 2 ||
        pair->arguments[0]->type != pair->arguments[1]->type ||
        !is_own_column(pushing, pair->arguments[0]) ||
        !is_own_column(pushing, pair->arguments[1]) ||
        !is_column_with_value(pushing, known, &column, &value) ||
        value->type != column->type)
        return;
    size_t same = bound_equal(pair->arguments[0], column) ? 0 : 1;
    if (!bound_equal(pair->arguments[same], column))
        return;
    struct bound *derived = ARENA_NEW(pushing->planner->arena, struct bound);
    *derived = *known;
    derived->arguments = ARENA_ARRAY(pushing->planner->arena, const struct bound *, 2);
    derived->arguments[0] = pair->arguments[1 - same];
    derived->arguments[1] = value;
    if (!has_equal(list, derived))
        expressions_add(pushing->planner, list, derived);
}

static void derive_values(struct pushing *pushing, struct expressions *list)
{
    const struct bound *left = NULL;
    const struct bound *right = NULL;
    bool nulls_match = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct bound *known = list->items[i];
        if (!is_column_with_value(pushing, known, &left, &right) ||
            !is_hashable_equality(pushing->planner, known, &left, &right, &nulls_match))
            continue;
        size_t count = list->count;
        for (size_t k = 0; k < count; k++)
            derive_from(pushing, list, known, list->items[k]);
    }
}

static enum rc distribute(struct pushing *pushing, struct tree *tree,
                          struct expressions *coming);

/* Sorts conjuncts by the side that has all their columns. */
static void divide(struct pushing *pushing, const struct tree *tree,
                   const struct expressions *list, struct expressions *left,
                   struct expressions *right, struct expressions *rest)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct bound *conjunct = list->items[i];
        struct span span = span_of(pushing->planner, pushing->block, conjunct);
        struct expressions *to = rest;
        if (!is_volatile(conjunct) && left != NULL && span_is_within(span, tree->left))
            to = left;
        if (!is_volatile(conjunct) && right != NULL && span_is_within(span, tree->right))
            to = right;
        expressions_add(pushing->planner, to, conjunct);
    }
}

/* In ON of an outer join a condition that is false still matters. */
static void drop_true(struct expressions *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool value = false;
        if (!is_constant_boolean(list->items[i], &value) || !value)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static enum rc distribute_join(struct pushing *pushing, struct tree *tree,
                               struct expressions *coming)
{
    struct expressions left = {0};
    struct expressions right = {0};
    struct expressions above = {0};
    struct planner *planner = pushing->planner;
    drop_true(&tree->conditions);
    struct expressions conditions = tree->conditions;
    tree->conditions = (struct expressions){0};
    switch (tree->join) {
    case PLAN_JOIN_INNER:
        expressions_append(planner, coming, &conditions);
        derive_values(pushing, coming);
        divide(pushing, tree, coming, &left, &right, &tree->conditions);
        break;
    case PLAN_JOIN_SEMI:
        divide(pushing, tree, coming, &left, NULL, &above);
        divide(pushing, tree, &conditions, &left, &right, &tree->conditions);
        break;
    case PLAN_JOIN_FULL:
        expressions_append(planner, &above, coming);
        tree->conditions = conditions;
        break;
    default: /* LEFT, ANTI */
        divide(pushing, tree, coming, &left, NULL, &above);
        if (tree->nulls_are_equal_to_all)
            tree->conditions = conditions;
        else
            divide(pushing, tree, &conditions, NULL, &right, &tree->conditions);
        break;
    }
    tree->filters = above;
    TRY(distribute(pushing, tree->left, &left));
    return distribute(pushing, tree->right, &right);
}

static enum rc distribute(struct pushing *pushing, struct tree *tree,
                          struct expressions *coming)
{
    expressions_append(pushing->planner, coming, &tree->filters);
    tree->filters = (struct expressions){0};
    if (tree->kind == TREE_JOIN)
        return distribute_join(pushing, tree, coming);
    tree->filters = *coming;
    return tree->kind == TREE_SOURCE ? push_into_source(pushing, tree) : RC_OK;
}

/* True: no row can come of it. */
static bool fold_tree(struct tree *tree)
{
    bool is_false = conjuncts_fold(&tree->filters);
    if (tree->kind != TREE_JOIN)
        return is_false;
    bool is_inner = tree->join == PLAN_JOIN_INNER || tree->join == PLAN_JOIN_SEMI;
    bool left_survives =
        is_inner || tree->join == PLAN_JOIN_LEFT || tree->join == PLAN_JOIN_ANTI;
    if (is_inner)
        is_false = conjuncts_fold(&tree->conditions) || is_false;
    if (!left_survives)
        return is_false;
    is_false = fold_tree(tree->left) || is_false;
    return is_inner ? fold_tree(tree->right) || is_false : is_false;
}

/* What can only be told of the rows as a whole stays above the whole FROM: conditions
 * without columns, and those that must be computed once for each row of the result. */
enum rc push_down(struct planner *planner, struct block *block)
{
    struct pushing pushing = {planner, block};
    if (block->kind != BLOCK_SELECT)
        return RC_OK;
    if (block->is_grouped)
        TRY(push_having(planner, block));
    reduce_outer_joins(planner, block);
    block->is_empty = conjuncts_fold(&block->where) || block->is_empty;
    block->is_empty = fold_tree(block->tree) || block->is_empty;
    struct expressions coming = {0};
    struct expressions staying = {0};
    for (size_t i = 0; i < block->where.count; i++) {
        const struct bound *conjunct = block->where.items[i];
        bool stays = block->tree->kind == TREE_ONE_ROW || is_volatile(conjunct) ||
                     span_of(planner, block, conjunct).is_empty;
        expressions_add(planner, stays ? &staying : &coming, conjunct);
    }
    block->where = staying;
    return distribute(&pushing, block->tree, &coming);
}
