/* What can be told from an expression alone: volatility, sets, size, equality. */
#include "sql/plan/planner.h"

/* A subquery counts as this many nodes: it is never worth a second copy. */
enum { WEIGHT_SUBQUERY = 10000, WEIGHT_ENOUGH = 20000 };

static const struct function *function_of(const struct bound *expression)
{
    switch (expression->kind) {
    case BOUND_CALL:
    case BOUND_DISTINCT:
    case BOUND_NULLIF:
    case BOUND_QUANTIFIED:
        return expression->call.function;
    case BOUND_SUBQUERY:
        return expression->subquery.function;
    case BOUND_AGGREGATE:
        return expression->aggregate.function;
    case BOUND_WINDOW:
        return expression->window.function;
    default:
        return NULL;
    }
}

static bool node_is_volatile(void *argument, const struct bound *expression)
{
    (void)argument;
    const struct function *function = function_of(expression);
    return function != NULL && function->volatility == 'v';
}

bool is_volatile(const struct bound *expression)
{
    return walk_expression(expression, node_is_volatile, NULL);
}

bool returns_set(const struct bound *expression)
{
    return expression->kind == BOUND_CALL &&
           expression->call.function->kind == FUNCTION_SET;
}

/* A set-returning call inside a subquery is that subquery's own. */
bool has_set_call(const struct bound *expression)
{
    if (returns_set(expression))
        return true;
    for (size_t i = 0; i < expression->argument_count; i++) {
        if (has_set_call(expression->arguments[i]))
            return true;
    }
    return false;
}

static bool node_is_subquery(void *argument, const struct bound *expression)
{
    (void)argument;
    return expression->kind == BOUND_SUBQUERY;
}

bool has_subquery(const struct bound *expression)
{
    return walk_expression(expression, node_is_subquery, NULL);
}

static bool node_weighs(void *argument, const struct bound *expression)
{
    size_t *weight = argument;
    *weight += expression->kind == BOUND_SUBQUERY ? WEIGHT_SUBQUERY : 1;
    return *weight >= WEIGHT_ENOUGH;
}

size_t weight_of(const struct bound *expression)
{
    size_t weight = 0;
    (void)walk_expression(expression, node_weighs, &weight);
    return weight;
}

bool is_constant_boolean(const struct bound *expression, bool *value_out)
{
    if (expression->kind != BOUND_CONSTANT || expression->type->oid != TYPE_BOOL)
        return false;
    *value_out = !expression->constant.null && expression->constant.datum.boolean;
    return true;
}

static bool function_is_equality(const struct function *function)
{
    size_t at = 0;
    for (const struct operator_row *row = operator_candidates(bytes_of_text("="), &at);
         row != NULL; row = operator_candidates(bytes_of_text("="), &at)) {
        if (row->function == function->oid)
            return true;
    }
    return false;
}

/* The wider one of two types whose cross-type "=" is that of the wider: PostgreSQL's
 * families of btree operators. */
static const struct type *common_key_type(const struct type *left,
                                          const struct type *right)
{
    static const uint32_t widening[][2] = {
        {TYPE_INT2, TYPE_INT4},     {TYPE_INT2, TYPE_INT8}, {TYPE_INT4, TYPE_INT8},
        {TYPE_FLOAT4, TYPE_FLOAT8}, {TYPE_NAME, TYPE_TEXT},
    };
    if (left == right)
        return left;
    for (size_t i = 0; i < ARRAY_COUNT(widening); i++) {
        if (left->oid == widening[i][0] && right->oid == widening[i][1])
            return right;
        if (left->oid == widening[i][1] && right->oid == widening[i][0])
            return left;
    }
    return NULL;
}

static const struct bound *
cast_to(struct planner *planner, const struct bound *expression, const struct type *type)
{
    if (expression->type == type)
        return expression;
    struct bound *cast = ARENA_NEW(planner->arena, struct bound);
    cast->kind = BOUND_CAST;
    cast->type = type;
    cast->typmod = TYPE_TYPMOD_NONE;
    cast->arguments = ARENA_ARRAY(planner->arena, const struct bound *, 1);
    cast->arguments[0] = expression;
    cast->argument_count = 1;
    return cast;
}

bool is_hashable_equality(struct planner *planner, const struct bound *expression,
                          const struct bound **left_out, const struct bound **right_out,
                          bool *nulls_match_out)
{
    bool distinct = expression->kind == BOUND_DISTINCT && expression->call.negated;
    if (expression->kind != BOUND_CALL && !distinct)
        return false;
    if (expression->argument_count != 2 ||
        !function_is_equality(expression->call.function))
        return false;
    const struct bound *left = expression->arguments[0];
    const struct bound *right = expression->arguments[1];
    const struct type *type = common_key_type(left->type, right->type);
    if (type == NULL || type->methods->hash == NULL)
        return false;
    *left_out = cast_to(planner, left, type);
    *right_out = cast_to(planner, right, type);
    *nulls_match_out = distinct;
    return true;
}

struct span_search {
    const struct planner *planner;
    const struct block *block;
    struct span span;
    const struct tree *tree; /* touches: stop at one of its leaves */
};

static bool node_spans(void *argument, const struct bound *expression)
{
    struct span_search *search = argument;
    if (expression->kind != BOUND_COLUMN)
        return false;
    const struct source *source = search->planner->sources[expression->column.relation];
    if (source->owner != search->block) {
        search->span.has_outer = true;
        return false;
    }
    size_t position = source->position;
    struct span *span = &search->span;
    span->first = span->is_empty || position < span->first ? position : span->first;
    span->last = span->is_empty || position > span->last ? position : span->last;
    span->is_empty = false;
    return search->tree != NULL &&
           position - search->tree->first_position < search->tree->position_count;
}

struct span span_of(const struct planner *planner, const struct block *block,
                    const struct bound *expression)
{
    struct span_search search = {planner, block, {.is_empty = true}, NULL};
    (void)walk_expression(expression, node_spans, &search);
    return search.span;
}

bool span_is_within(struct span span, const struct tree *tree)
{
    return !span.is_empty && span.first >= tree->first_position &&
           span.last < tree->first_position + tree->position_count;
}

bool span_touches(const struct planner *planner, const struct block *block,
                  const struct bound *expression, const struct tree *tree)
{
    struct span_search search = {planner, block, {.is_empty = true}, tree};
    return walk_expression(expression, node_spans, &search);
}
