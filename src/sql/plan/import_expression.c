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
                          (uint32_t)(block_call_column(home->block) + place), expression);
    return RC_OK;
}

/* A window's calls are computed over the rows of its own query. */
static enum rc import_window(struct planner *planner, struct import_scope *scope,
                             const struct bound *expression, const struct bound **out)
{
    struct expressions *calls = &scope->block->window_calls;
    struct bound *call = ARENA_NEW(planner->arena, struct bound);
    *call = *expression;
    TRY(import_arguments(planner, scope, expression, call));
    if (expression->window.filter != NULL)
        TRY(import_expression(planner, scope, expression->window.filter,
                              &call->window.filter));
    uint32_t place = 0;
    while (place < calls->count &&
           (has_subquery(call) || !bound_equal(calls->items[place], call)))
        place++;
    if (place == calls->count)
        expressions_add(planner, calls, call);
    *out = derived_column(planner, scope->block->windowing, place, expression);
    return RC_OK;
}

static bool set_has(const struct bound_grouping_set *set, uint32_t group)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->groups[i] == group)
            return true;
    }
    return false;
}

/* A bit for each argument, the last being the lowest: it is not in the row's set. */
static int32_t grouping_value(const struct bound *expression,
                              const struct bound_grouping_set *set)
{
    int32_t value = 0;
    for (size_t i = 0; i < expression->grouping.group_count; i++)
        value = value * 2 + (set_has(set, expression->grouping.groups[i]) ? 0 : 1);
    return value;
}

static enum rc import_grouping(struct planner *planner, struct import_scope *scope,
                               const struct bound *expression, const struct bound **out)
{
    const struct import_scope *home =
        import_scope_out(scope, expression->grouping.levels);
    const struct bound_query *query = home->query;
    struct bound *made = ARENA_NEW(planner->arena, struct bound);
    *out = made;
    *made = *expression;
    made->argument_count = 0;
    if (query->grouping_set_count == 0) {
        made->kind = BOUND_CONSTANT;
        made->constant = (struct value){.null = false};
        return RC_OK;
    }
    int32_t *values = ARENA_ARRAY(planner->arena, int32_t, query->grouping_set_count);
    for (size_t i = 0; i < query->grouping_set_count; i++)
        values[i] = grouping_value(expression, &query->grouping_sets[i]);
    made->grouping.values = values;
    made->arguments = ARENA_ARRAY(planner->arena, const struct bound *, 1);
    made->argument_count = 1;
    made->arguments[0] = derived_column(planner, home->block->aggregation,
                                        (uint32_t)query->group_count, expression);
    return RC_OK;
}

static bool node_is_column(void *argument, const struct bound *expression)
{
    (void)argument;
    return expression->kind == BOUND_COLUMN;
}

/* A strict function that is given NULL is never called, and what it would read of a row
 * is not computed for it: NULL * (1 / a) is NULL where a is 0. As in PostgreSQL, an
 * argument without a column is computed: NULL * (1 / 0) is an error. */
static bool is_null_call(const struct bound *bound)
{
    bool has_null = false;
    bool is_strict = bound->kind == BOUND_CAST ||
                     (bound->kind == BOUND_CALL && bound->call.function->strict);
    if (!is_strict || returns_set(bound) || has_subquery(bound))
        return false;
    for (size_t i = 0; i < bound->argument_count; i++) {
        const struct bound *argument = bound->arguments[i];
        if (argument->kind == BOUND_CONSTANT)
            has_null = has_null || argument->constant.null;
        else if (!walk_expression(argument, node_is_column, NULL))
            return false;
    }
    return has_null;
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
    if (is_null_call(&copy->bound))
        *out = constant_null(planner, expression->type);
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
    case BOUND_WINDOW:
        return import_window(planner, scope, expression, out);
    case BOUND_GROUPING:
        return import_grouping(planner, scope, expression, out);
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
