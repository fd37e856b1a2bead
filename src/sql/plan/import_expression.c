/* Expressions of bound queries, brought over the planner's sources. */
#include "sql/plan/import.h"

/* The column of the aggregation that an expression above it stands for; NO_SOURCE: none.
 */
static uint32_t group_of(const struct import_scope *scope, const struct bound *expression)
{
    for (uint32_t i = 0; i < scope->query->group_count; i++) {
        if (bound_equal(scope->query->groups[i], expression))
            return i;
    }
    return NO_SOURCE;
}

/* From within a subquery only a group that is a plain column can be read. */
static uint32_t group_of_column(const struct import_scope *scope,
                                const struct bound *expression)
{
    for (uint32_t i = 0; i < scope->query->group_count; i++) {
        const struct bound *group = scope->query->groups[i];
        if (group->kind == BOUND_COLUMN && group->column.levels == 0 &&
            group->column.relation == expression->column.relation &&
            group->column.column == expression->column.column)
            return i;
    }
    return NO_SOURCE;
}

static const struct bound *derived_column(struct planner *planner,
                                          const struct source *source, uint32_t column,
                                          const struct bound *like)
{
    struct bound *bound = ARENA_NEW(planner->arena, struct bound);
    bound->kind = BOUND_COLUMN;
    bound->type = like->type;
    bound->typmod = like->typmod;
    bound->position = like->position;
    bound->column.relation = source->id;
    bound->column.column = column;
    return bound;
}

static const struct bound *import_column(struct planner *planner,
                                         struct import_scope *scope,
                                         const struct bound *expression)
{
    const struct import_scope *home = import_scope_out(scope, expression->column.levels);
    if (home->is_above_groups) {
        uint32_t group = group_of_column(home, expression);
        if (group != NO_SOURCE)
            return derived_column(planner, home->block->aggregation, group, expression);
    }
    struct source *source = planner->sources[home->ids[expression->column.relation]];
    return derived_column(planner, source, expression->column.column, expression);
}

static enum rc import_arguments(struct planner *planner, struct import_scope *scope,
                                const struct bound *expression, struct bound *copy)
{
    copy->arguments =
        ARENA_ARRAY(planner->arena, const struct bound *, expression->argument_count);
    for (size_t i = 0; i < expression->argument_count; i++)
        TRY(import_expression(planner, scope, expression->arguments[i],
                              &copy->arguments[i]));
    return RC_OK;
}

/* An equal call that is there already serves again. */
static uint32_t add_call(struct planner *planner, struct block *block,
                         const struct bound *call)
{
    for (uint32_t i = 0; i < block->calls.count; i++) {
        if (!has_subquery(call) && bound_equal(block->calls.items[i], call))
            return i;
    }
    expressions_add(planner, &block->calls, call);
    return (uint32_t)block->calls.count - 1;
}

static enum rc import_aggregate(struct planner *planner, struct import_scope *scope,
                                const struct bound *expression, const struct bound **out)
{
    struct import_scope *home = import_scope_out(scope, expression->aggregate.levels);
    struct bound *call = ARENA_NEW(planner->arena, struct bound);
    *call = *expression;
    call->aggregate.levels = 0;
    bool was_above = home->is_above_groups;
    home->is_above_groups = false;
    TRY(import_arguments(planner, scope, expression, call));
    if (expression->aggregate.filter != NULL)
        TRY(import_expression(planner, scope, expression->aggregate.filter,
                              &call->aggregate.filter));
    home->is_above_groups = was_above;
    uint32_t place = add_call(planner, home->block, call);
    *out = derived_column(planner, home->block->aggregation,
                          (uint32_t)home->query->group_count + place, expression);
    return RC_OK;
}

static enum rc import_node(struct planner *planner, struct import_scope *scope,
                           const struct bound *expression, const struct bound **out)
{
    struct subquery_expression *copy =
        ARENA_NEW(planner->arena, struct subquery_expression);
    copy->bound = *expression;
    *out = &copy->bound;
    TRY(import_arguments(planner, scope, expression, &copy->bound));
    if (expression->kind == BOUND_SUBQUERY)
        TRY(import_subquery(planner, scope, expression->subquery.query, &copy->block));
    return RC_OK;
}

static enum rc import_any(struct planner *planner, struct import_scope *scope,
                          const struct bound *expression, const struct bound **out)
{
    switch (expression->kind) {
    case BOUND_CONSTANT:
    case BOUND_PARAMETER:
        *out = expression;
        return RC_OK;
    case BOUND_COLUMN:
        *out = import_column(planner, scope, expression);
        return RC_OK;
    case BOUND_SLOT:
        *out = derived_column(planner, scope->block->rows, expression->slot, expression);
        return RC_OK;
    case BOUND_AGGREGATE:
        return import_aggregate(planner, scope, expression, out);
    default:
        return import_node(planner, scope, expression, out);
    }
}

enum rc import_expression(struct planner *planner, struct import_scope *scope,
                          const struct bound *expression, const struct bound **out)
{
    if (scope->is_above_groups && expression->kind != BOUND_CONSTANT) {
        uint32_t group = group_of(scope, expression);
        if (group != NO_SOURCE) {
            *out = derived_column(planner, scope->block->aggregation, group, expression);
            return RC_OK;
        }
    }
    TRY(planner_enter(planner));
    TRY(import_any(planner, scope, expression, out));
    planner_leave(planner);
    return RC_OK;
}
