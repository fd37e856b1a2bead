/* SELECT, in the order in which PostgreSQL meets its errors. */
#include "sql/bind/binder.h"

static enum rc check_supported(struct binder *binder, const struct ast_query *query)
{
    const struct ast_select *select = &query->select;
    if (select->into.count > 0)
        return binder_unsupported(binder, select->into.span, "SELECT INTO");
    return RC_OK;
}

static enum rc bind_clauses(struct binder *binder, struct scope *scope,
                            const struct ast_query *query)
{
    const struct ast_select *select = &query->select;
    struct bound_query *bound = scope->query;
    TRY(from_list(binder, scope, &select->from));
    scope->clause = CLAUSE_SELECT;
    window_declare(binder, scope, select);
    TRY(target_list(binder, scope, &select->targets));
    if (select->where != NULL)
        TRY(expression_condition(binder, scope, CLAUSE_WHERE, select->where,
                                 &bound->where));
    if (select->having != NULL)
        TRY(expression_condition(binder, scope, CLAUSE_HAVING, select->having,
                                 &bound->having));
    TRY(order_bind(binder, scope, &query->order_by));
    TRY(group_bind(binder, scope, select));
    if (select->is_distinct)
        TRY(order_distinct(binder, scope, query));
    TRY(query_limits(binder, scope, query));
    return window_bind(binder, scope);
}

enum rc query_select(struct binder *binder, struct scope *scope,
                     const struct ast_query *query, const struct query_wish *wish)
{
    scope->query->kind = BOUND_QUERY_SELECT;
    TRY(check_supported(binder, query));
    TRY(bind_clauses(binder, scope, query));
    if (!wish->keeps_unknown)
        TRY(query_resolve_unknown(binder, scope->query));
    return group_check(binder, scope);
}
