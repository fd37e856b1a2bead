/* GROUP BY, and that nothing but groups and aggregates is read where rows are grouped. */
#include "sql/bind/binder.h"
#include "sql/bind/table.h"

static enum rc check_no_aggregate(struct binder *binder, const struct bound *bound)
{
    if (bound_find(bound, BOUND_AGGREGATE, 0) == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position_of(binder, bound),
                        SQLSTATE_GROUPING_ERROR,
                        "aggregate functions are not allowed in GROUP BY");
}

static enum rc check_no_window(struct binder *binder, const struct bound *bound)
{
    const struct bound *window = bound_find(bound, BOUND_WINDOW, 0);
    if (window == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position_of(binder, window),
                        SQLSTATE_WINDOWING_ERROR,
                        "window functions are not allowed in GROUP BY");
}

/* Its place among the groups. */
static uint32_t add_group(struct binder *binder, struct bound_query *query,
                          const struct bound *bound)
{
    for (size_t i = 0; i < query->group_count; i++) {
        if (bound_equal(query->groups[i], bound))
            return (uint32_t)i;
    }
    const struct bound **grown =
        ARENA_ARRAY(binder->arena, const struct bound *, query->group_count + 1);
    if (query->group_count > 0)
        memcpy(grown, query->groups, query->group_count * sizeof(*grown));
    grown[query->group_count++] = bound;
    query->groups = grown;
    return (uint32_t)query->group_count - 1;
}

enum rc group_expression(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression, uint32_t *group_out)
{
    struct target_place place;
    struct bound_query *query = scope->query;
    TRY(target_find(binder, scope, expression, &place));
    TRY(check_no_aggregate(binder, place.bound));
    TRY(check_no_window(binder, place.bound));
    TRY(coerce_unknown_to_text(binder, place.bound, &place.bound));
    if (place.is_found) {
        query->targets[place.target] = place.bound;
        if (place.target < query->columns.count)
            query->columns.items[place.target].type = place.bound->type;
    }
    TRY(order_check_equality(binder, place.bound->type,
                             binder_position(binder, expression->span)));
    *group_out = add_group(binder, query, place.bound);
    return RC_OK;
}

enum rc group_bind(struct binder *binder, struct scope *scope,
                   const struct ast_select *select)
{
    enum bind_clause clause = scope->clause;
    scope->clause = CLAUSE_GROUP;
    TRY(group_sets(binder, scope, select));
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
    if (bound->kind == BOUND_GROUPING && bound->grouping.levels >= walk->depth)
        return false;
    if (is_group(ungrouped, bound, walk->depth))
        return false;
    if (bound->kind == BOUND_COLUMN && bound->column.levels == walk->depth) {
        ungrouped->column = bound;
        ungrouped->is_inside = walk->depth > 0;
    }
    return true;
}

static bool column_is_grouped(const struct bound_query *query, uint32_t relation,
                              uint32_t column)
{
    for (size_t i = 0; i < query->group_count; i++) {
        const struct bound *group = query->groups[i];
        bool found = group->kind == BOUND_COLUMN && group->column.levels == 0 &&
                     group->column.relation == relation && group->column.column == column;
        for (size_t k = 0; k < query->grouping_set_count && found; k++)
            found = group_is_in_set(&query->grouping_sets[k], (uint32_t)i);
        if (found)
            return true;
    }
    return false;
}

/* Rows grouped by a table's primary key have one value in each of its columns. */
static bool has_key_among_groups(const struct bound_query *query, uint32_t place)
{
    const struct bound_relation *relation = &query->relations[place];
    if (relation->kind != BOUND_RELATION_TABLE)
        return false;
    for (size_t i = 0; i < relation->table->index_count; i++) {
        const struct table_index *index = &relation->table->indexes[i];
        bool all = index->is_primary;
        for (size_t k = 0; k < index->part_count && all; k++)
            all = column_is_grouped(query, place, index->parts[k].place);
        if (all)
            return true;
    }
    return false;
}

/* The column becomes a group, which changes no group. */
static void add_dependent(struct binder *binder, struct bound_query *query,
                          const struct bound *column)
{
    struct bound *group = ARENA_NEW(binder->arena, struct bound);
    *group = *column;
    group->column.levels = 0;
    uint32_t place = add_group(binder, query, group);
    struct bound_grouping_set *sets = ARENA_ARRAY(
        binder->arena, struct bound_grouping_set, query->grouping_set_count + 1);
    for (size_t i = 0; i < query->grouping_set_count; i++)
        sets[i] = group_set_with(binder, &query->grouping_sets[i], place);
    query->grouping_sets = sets;
}

static enum rc check_grouped(struct binder *binder, struct bound_query *query,
                             const struct bound *bound)
{
    struct ungrouped ungrouped = {.query = query};
    struct bound_walk walk = {.visit = visit_ungrouped, .argument = &ungrouped};
    bound_walk(&walk, bound);
    const struct bound *column = ungrouped.column;
    if (column == NULL)
        return RC_OK;
    if (has_key_among_groups(query, column->column.relation)) {
        add_dependent(binder, query, column);
        return check_grouped(binder, query, bound);
    }
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
    TRY(grouping_resolve(binder, scope));
    for (size_t i = 0; i < query->target_count; i++)
        TRY(check_grouped(binder, query, query->targets[i]));
    for (size_t i = 0; i < query->window_count; i++) {
        const struct bound_window *window = &query->windows[i];
        for (size_t k = 0; k < window->partition_count; k++)
            TRY(check_grouped(binder, query, window->partition[k]));
        for (size_t k = 0; k < window->order_count; k++)
            TRY(check_grouped(binder, query, window->order[k]));
    }
    return query->having == NULL ? RC_OK : check_grouped(binder, query, query->having);
}
