/* GROUP BY, and that nothing but groups and aggregates is read where rows are grouped. */
#include "sql/bind/binder.h"

static enum rc check_no_aggregate(struct binder *binder, const struct bound *bound)
{
    if (bound_find(bound, BOUND_AGGREGATE, 0) == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position_of(binder, bound),
                        SQLSTATE_GROUPING_ERROR,
                        "aggregate functions are not allowed in GROUP BY");
}

static void add_group(struct binder *binder, struct bound_query *query,
                      const struct bound *bound)
{
    for (size_t i = 0; i < query->group_count; i++) {
        if (bound_equal(query->groups[i], bound))
            return;
    }
    const struct bound **grown =
        ARENA_ARRAY(binder->arena, const struct bound *, query->group_count + 1);
    if (query->group_count > 0)
        memcpy(grown, query->groups, query->group_count * sizeof(*grown));
    grown[query->group_count++] = bound;
    query->groups = grown;
}

static enum rc group_expression(struct binder *binder, struct scope *scope,
                                const struct ast_expression *expression)
{
    struct target_place place;
    struct bound_query *query = scope->query;
    TRY(target_find(binder, scope, expression, &place));
    TRY(check_no_aggregate(binder, place.bound));
    TRY(coerce_unknown_to_text(binder, place.bound, &place.bound));
    if (place.is_found) {
        query->targets[place.target] = place.bound;
        if (place.target < query->columns.count)
            query->columns.items[place.target].type = place.bound->type;
    }
    TRY(order_check_equality(binder, place.bound->type,
                             binder_position(binder, expression->span)));
    add_group(binder, query, place.bound);
    return RC_OK;
}

/* GROUP BY (a, b) is GROUP BY a, b. */
static enum rc group_item(struct binder *binder, struct scope *scope,
                          const struct ast_grouping_item *item)
{
    static const char *const names[] = {
        [GROUPING_ROLLUP] = "ROLLUP",
        [GROUPING_CUBE] = "CUBE",
        [GROUPING_SETS] = "GROUPING SETS",
    };
    if (item->kind == GROUPING_EMPTY)
        return RC_OK;
    if (item->kind != GROUPING_EXPRESSION)
        return binder_unsupported(binder, item->span, names[item->kind]);
    if (item->expression->kind != EXPRESSION_ROW)
        return group_expression(binder, scope, item->expression);
    for (size_t i = 0; i < item->expression->list.count; i++)
        TRY(group_expression(binder, scope, item->expression->list.items[i]));
    return RC_OK;
}

enum rc group_bind(struct binder *binder, struct scope *scope,
                   const struct ast_select *select)
{
    enum bind_clause clause = scope->clause;
    scope->clause = CLAUSE_GROUP;
    for (size_t i = 0; i < select->group_count; i++)
        TRY(group_item(binder, scope, &select->groups[i]));
    scope->clause = clause;
    if (select->group_count > 0 || select->having != NULL)
        scope->query->is_grouped = true;
    return RC_OK;
}

/* ---- the check: PostgreSQL's check_ungrouped_columns() ---- */

struct ungrouped {
    const struct bound_query *query;
    const struct bound *column; /* the first one found */
    bool is_inside;             /* of a subquery */
};

static bool is_group(const struct ungrouped *ungrouped, const struct bound *bound,
                     uint32_t depth)
{
    for (size_t i = 0; i < ungrouped->query->group_count; i++) {
        const struct bound *group = ungrouped->query->groups[i];
        if (depth == 0 && bound_equal(group, bound))
            return true;
        if (bound->kind == BOUND_COLUMN && group->kind == BOUND_COLUMN &&
            group->column.levels == 0 && bound->column.levels == depth &&
            bound->column.relation == group->column.relation &&
            bound->column.column == group->column.column)
            return true;
    }
    return false;
}

static bool visit_ungrouped(struct bound_walk *walk, const struct bound *bound)
{
    struct ungrouped *ungrouped = (struct ungrouped *)walk->argument;
    if (ungrouped->column != NULL)
        return false;
    if (bound->kind == BOUND_AGGREGATE && bound->aggregate.levels >= walk->depth)
        return false;
    if (is_group(ungrouped, bound, walk->depth))
        return false;
    if (bound->kind == BOUND_COLUMN && bound->column.levels == walk->depth) {
        ungrouped->column = bound;
        ungrouped->is_inside = walk->depth > 0;
    }
    return true;
}

static enum rc check_grouped(struct binder *binder, const struct bound_query *query,
                             const struct bound *bound)
{
    struct ungrouped ungrouped = {.query = query};
    struct bound_walk walk = {.visit = visit_ungrouped, .argument = &ungrouped};
    bound_walk(&walk, bound);
    if (ungrouped.column == NULL)
        return RC_OK;
    const struct bound *column = ungrouped.column;
    const struct bound_relation *relation = &query->relations[column->column.relation];
    const char *name = relation->columns.items[column->column.column].name;
    return error_set_at(
        binder->err, binder_position_of(binder, column), SQLSTATE_GROUPING_ERROR,
        ungrouped.is_inside ? "subquery uses ungrouped column \"%s.%s\" from outer query"
                            : "column \"%s.%s\" must appear in the GROUP BY clause or be "
                              "used in an aggregate function",
        relation->alias == NULL ? "" : relation->alias, name);
}

enum rc group_check(struct binder *binder, struct scope *scope)
{
    struct bound_query *query = scope->query;
    query->is_grouped |= scope->has_aggregates;
    if (!query->is_grouped)
        return RC_OK;
    for (size_t i = 0; i < query->target_count; i++)
        TRY(check_grouped(binder, query, query->targets[i]));
    return query->having == NULL ? RC_OK : check_grouped(binder, query, query->having);
}
