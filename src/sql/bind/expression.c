/* Expressions: which function binds which kind, and what may stand in which clause. */
#include "sql/bind/binder.h"

static const char *const clause_names[CLAUSE_COUNT] = {
    [CLAUSE_NONE] = "expression",
    [CLAUSE_SELECT] = "SELECT",
    [CLAUSE_FROM_QUERY] = "FROM",
    [CLAUSE_FROM_FUNCTION] = "function in FROM",
    [CLAUSE_JOIN] = "JOIN/ON",
    [CLAUSE_WHERE] = "WHERE",
    [CLAUSE_HAVING] = "HAVING",
    [CLAUSE_FILTER] = "FILTER",
    [CLAUSE_GROUP] = "GROUP BY",
    [CLAUSE_ORDER] = "ORDER BY",
    [CLAUSE_DISTINCT_ON] = "DISTINCT ON",
    [CLAUSE_LIMIT] = "LIMIT",
    [CLAUSE_OFFSET] = "OFFSET",
    [CLAUSE_VALUES] = "VALUES",
    [CLAUSE_WINDOW_PARTITION] = "window PARTITION BY",
    [CLAUSE_WINDOW_ORDER] = "window ORDER BY",
    [CLAUSE_WINDOW_FRAME] = "window frame",
};

const char *clause_name(enum bind_clause clause)
{
    return clause_names[clause];
}

static enum rc unsupported_kind(struct binder *binder, struct scope *scope,
                                const struct ast_expression *expression,
                                const struct bound **out)
{
    (void)scope;
    (void)out;
    switch (expression->kind) {
    case EXPRESSION_DEFAULT:
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "DEFAULT is not allowed in this context");
    case EXPRESSION_CURRENT_OF:
        return binder_unsupported(binder, expression->span, "WHERE CURRENT OF");
    case EXPRESSION_UNSUPPORTED:
        return binder_unsupported(binder, expression->span, expression->what);
    default:
        return binder_unsupported(binder, expression->span,
                                  sql_expression_kind_name(expression->kind));
    }
}

static enum rc plain_array(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression,
                           const struct bound **out)
{
    return expression_array(binder, scope, expression, NULL, out);
}

static expression_binder *const binders[EXPRESSION_KIND_COUNT] = {
    [EXPRESSION_CONSTANT] = expression_constant,
    [EXPRESSION_COLUMN] = scope_column_reference,
    [EXPRESSION_PARAMETER] = expression_parameter,
    [EXPRESSION_OPERATOR] = expression_operator,
    [EXPRESSION_OPERATOR_ANY] = expression_quantified,
    [EXPRESSION_OPERATOR_ALL] = expression_quantified,
    [EXPRESSION_DISTINCT] = expression_distinct,
    [EXPRESSION_NOT_DISTINCT] = expression_distinct,
    [EXPRESSION_NULLIF] = expression_nullif,
    [EXPRESSION_IN] = expression_in,
    [EXPRESSION_LIKE] = expression_like,
    [EXPRESSION_BETWEEN] = expression_between,
    [EXPRESSION_CALL] = expression_call,
    [EXPRESSION_AND] = expression_logic,
    [EXPRESSION_OR] = expression_logic,
    [EXPRESSION_NOT] = expression_logic,
    [EXPRESSION_NULL_TEST] = expression_test,
    [EXPRESSION_BOOLEAN_TEST] = expression_test,
    [EXPRESSION_CASE] = expression_case,
    [EXPRESSION_COALESCE] = expression_choice,
    [EXPRESSION_GREATEST] = expression_choice,
    [EXPRESSION_LEAST] = expression_choice,
    [EXPRESSION_CAST] = expression_cast,
    [EXPRESSION_COLLATE] = expression_collate,
    [EXPRESSION_ARRAY] = plain_array,
    [EXPRESSION_SUBQUERY] = expression_subquery,
    [EXPRESSION_GROUPING] = expression_grouping,
    [EXPRESSION_ROW] = expression_row,
    [EXPRESSION_INDIRECTION] = expression_indirection,
    [EXPRESSION_VALUE_FUNCTION] = expression_value_function,
};

enum rc expression_bind(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, const struct bound **out)
{
    expression_binder *bind = binders[expression->kind];
    const struct bound *bound = NULL;
    TRY(binder_enter(binder));
    TRY((bind == NULL ? unsupported_kind : bind)(binder, scope, expression, &bound));
    binder_leave(binder);
    *out = bound;
    return RC_OK;
}

enum rc expression_in_clause(struct binder *binder, struct scope *scope,
                             enum bind_clause clause,
                             const struct ast_expression *expression,
                             const struct bound **out)
{
    enum bind_clause before = scope->clause;
    scope->clause = clause;
    TRY(expression_bind(binder, scope, expression, out));
    scope->clause = before;
    return RC_OK;
}

enum rc expression_condition(struct binder *binder, struct scope *scope,
                             enum bind_clause clause,
                             const struct ast_expression *expression,
                             const struct bound **out)
{
    const struct bound *bound = NULL;
    TRY(expression_in_clause(binder, scope, clause, expression, &bound));
    return coerce_boolean(binder, bound, clause_name(clause), out);
}

enum rc expression_list(struct binder *binder, struct scope *scope,
                        const struct ast_expression_list *list, const struct bound ***out)
{
    *out = ARENA_ARRAY(binder->arena, const struct bound *, list->count + 1);
    for (size_t i = 0; i < list->count; i++)
        TRY(expression_bind(binder, scope, list->items[i], &(*out)[i]));
    return RC_OK;
}
