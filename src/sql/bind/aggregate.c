/* Calls of aggregates: the query whose rows they aggregate, and where they may stand. */
#include "sql/bind/binder.h"

/* The innermost levels that columns and aggregates in the arguments belong to. */
struct levels {
    bool has_column;
    uint32_t column;
    const struct bound *aggregate; /* NULL: none */
    uint32_t aggregate_level;
};

static bool visit_levels(struct bound_walk *walk, const struct bound *bound)
{
    struct levels *levels = (struct levels *)walk->argument;
    if (bound->kind == BOUND_COLUMN && bound->column.levels >= walk->depth) {
        uint32_t level = bound->column.levels - walk->depth;
        if (!levels->has_column || level < levels->column)
            levels->column = level;
        levels->has_column = true;
    }
    if (bound->kind == BOUND_AGGREGATE && bound->aggregate.levels >= walk->depth) {
        uint32_t level = bound->aggregate.levels - walk->depth;
        if (levels->aggregate == NULL || level < levels->aggregate_level) {
            levels->aggregate_level = level;
            levels->aggregate = bound;
        }
    }
    return true;
}

static enum rc find_level(struct binder *binder, const struct bound *bound,
                          uint32_t *level_out)
{
    struct levels levels = {.has_column = false};
    struct bound_walk walk = {.visit = visit_levels, .argument = &levels};
    for (size_t i = 0; i < bound->argument_count; i++)
        bound_walk(&walk, bound->arguments[i]);
    bound_walk(&walk, bound->aggregate.filter);
    *level_out = levels.has_column ? levels.column : 0;
    if (levels.aggregate == NULL)
        return RC_OK;
    if (!levels.has_column || levels.aggregate_level < *level_out)
        *level_out = levels.aggregate_level;
    if (*level_out != levels.aggregate_level)
        return RC_OK;
    return error_set_at(binder->err, binder_position_of(binder, levels.aggregate),
                        SQLSTATE_GROUPING_ERROR,
                        "aggregate function calls cannot be nested");
}

/* PostgreSQL's check_agglevels_and_constraints(). */
static enum rc check_clause(struct binder *binder, const struct scope *scope,
                            int position)
{
    const char *where = NULL;
    switch (scope->clause) {
    case CLAUSE_SELECT:
    case CLAUSE_HAVING:
    case CLAUSE_ORDER:
    case CLAUSE_DISTINCT_ON:
    case CLAUSE_WINDOW_PARTITION:
    case CLAUSE_WINDOW_ORDER:
        break;
    case CLAUSE_WINDOW_FRAME:
        where = "window definitions";
        break;
    case CLAUSE_JOIN:
        where = "JOIN conditions";
        break;
    case CLAUSE_FROM_QUERY:
        where = "FROM clause of their own query level";
        break;
    case CLAUSE_FROM_FUNCTION:
        where = "functions in FROM";
        break;
    case CLAUSE_NONE:
        where = "this context";
        break;
    default:
        where = clause_name(scope->clause);
        break;
    }
    if (where != NULL)
        return error_set_at(binder->err, position, SQLSTATE_GROUPING_ERROR,
                            "aggregate functions are not allowed in %s", where);
    if (scope->recursive != NULL && scope->recursive->own_reference_count > 0)
        return error_set_at(binder->err, position, SQLSTATE_INVALID_RECURSION,
                            "aggregate functions are not allowed in a recursive query's "
                            "recursive term");
    return RC_OK;
}

static enum rc settle_level(struct binder *binder, struct scope *scope,
                            struct bound *bound, int position)
{
    TRY(find_level(binder, bound, &bound->aggregate.levels));
    for (uint32_t i = 0; i < bound->aggregate.levels && scope->outer != NULL; i++)
        scope = scope->outer;
    scope->has_aggregates = true;
    return check_clause(binder, scope, position);
}

static uint32_t add_argument(struct binder *binder, struct bound *bound,
                             const struct bound *argument)
{
    size_t count = bound->argument_count;
    const struct bound **arguments =
        ARENA_ARRAY(binder->arena, const struct bound *, count + 1);
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, count + 1);
    if (count > 0) {
        memcpy(arguments, bound->arguments, count * sizeof(*arguments));
        memcpy(types, bound->aggregate.argument_types, count * sizeof(*types));
    }
    arguments[count] = argument;
    types[count] = argument->type;
    bound->arguments = arguments;
    bound->aggregate.argument_types = types;
    bound->argument_count = count + 1;
    return (uint32_t)count;
}

/* The argument to sort by; one that is only sorted by comes behind the call's own. */
static enum rc sort_argument(struct binder *binder, const struct ast_sort_item *item,
                             struct bound *bound, const struct bound *key,
                             uint32_t *place_out)
{
    for (size_t i = 0; i < bound->argument_count; i++) {
        if (bound_equal(bound->arguments[i], key)) {
            *place_out = (uint32_t)i;
            return RC_OK;
        }
    }
    if (bound->aggregate.distinct)
        return error_set_at(binder->err, binder_position(binder, item->expression->span),
                            SQLSTATE_INVALID_COLUMN_REFERENCE,
                            "in an aggregate with DISTINCT, ORDER BY expressions must "
                            "appear in argument list");
    *place_out = add_argument(binder, bound, key);
    return RC_OK;
}

static enum rc bind_order(struct binder *binder, struct scope *scope,
                          const struct ast_sort_list *list, struct bound *bound)
{
    struct bound_sort *order =
        ARENA_ARRAY(binder->arena, struct bound_sort, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        const struct bound *key = NULL;
        uint32_t place = 0;
        TRY(expression_bind(binder, scope, list->items[i].expression, &key));
        TRY(coerce_unknown_to_text(binder, key, &key));
        TRY(sort_argument(binder, &list->items[i], bound, key, &place));
        TRY(order_item(binder, &list->items[i], key->type, &order[i]));
        order[i].target = place;
    }
    bound->aggregate.order = order;
    bound->aggregate.order_count = list->count;
    return RC_OK;
}

static enum rc bind_extras(struct binder *binder, struct scope *scope,
                           const struct ast_call *call, struct bound *bound)
{
    bound->aggregate.distinct = call->is_distinct;
    TRY(bind_order(binder, scope, &call->order_by, bound));
    for (size_t i = 0; call->is_distinct && i < bound->argument_count; i++)
        TRY(order_check_equality(binder, bound->arguments[i]->type,
                                 binder_position_of(binder, bound->arguments[i])));
    if (call->filter != NULL)
        TRY(expression_condition(binder, scope, CLAUSE_FILTER, call->filter,
                                 &bound->aggregate.filter));
    return RC_OK;
}

static enum rc check_arguments(struct binder *binder, const struct call_at *at,
                               const struct bound *bound)
{
    const char *name = binder_name(binder, &at->call->name);
    if (at->call->arguments.count == 0 && !at->call->is_star)
        return error_set_at(
            binder->err, binder_position(binder, at->expression->span),
            SQLSTATE_WRONG_OBJECT_TYPE,
            "%s(*) must be used to call a parameterless aggregate function", name);
    for (size_t i = 0; i < bound->argument_count; i++) {
        const struct bound *window = bound_find(bound->arguments[i], BOUND_WINDOW, 0);
        if (window != NULL)
            return error_set_at(
                binder->err, binder_position_of(binder, window), SQLSTATE_GROUPING_ERROR,
                "aggregate function calls cannot contain window function calls");
        const struct bound *set = bound_find_set(bound->arguments[i]);
        if (set == NULL)
            continue;
        error_set_at(binder->err, binder_position_of(binder, set),
                     SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "aggregate function calls cannot contain set-returning function "
                     "calls");
        return error_hint(binder->err, "You might be able to move the set-returning "
                                       "function into a LATERAL FROM item.");
    }
    return RC_OK;
}

enum rc aggregate_bind(struct binder *binder, struct scope *scope,
                       const struct call_at *at, const struct resolved *resolved,
                       const struct bound **arguments, const struct bound **out)
{
    struct ast_span span = at->expression->span;
    struct bound *bound = bound_new(binder, BOUND_AGGREGATE, resolved->result_type,
                                    resolved->argument_count, binder_place(binder, span));
    bound->aggregate.function = resolved->function;
    bound->aggregate.argument_types = resolved->argument_types;
    for (size_t i = 0; i < resolved->argument_count; i++)
        TRY(coerce_bind(binder, arguments[i], resolved->argument_types[i],
                        &bound->arguments[i]));
    TRY(check_arguments(binder, at, bound));
    TRY(bind_extras(binder, scope, at->call, bound));
    TRY(settle_level(binder, scope, bound, binder_position(binder, span)));
    *out = bound;
    return RC_OK;
}
