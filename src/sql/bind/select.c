/* SELECT, in the order in which PostgreSQL meets its errors. */
#include "sql/bind/binder.h"

static enum rc check_supported(struct binder *binder, const struct ast_query *query)
{
    const struct ast_select *select = &query->select;
    if (select->into.count > 0)
        return binder_unsupported(binder, select->into.span, "SELECT INTO");
    if (select->window_count > 0)
        return binder_unsupported(binder, select->windows[0]->span, "WINDOW");
    return RC_OK;
}

static enum rc bind_clauses(struct binder *binder, struct scope *scope,
                            const struct ast_query *query)
{
    const struct ast_select *select = &query->select;
    struct bound_query *bound = scope->query;
    TRY(from_list(binder, scope, &select->from));
    scope->clause = CLAUSE_SELECT;
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
    return query_limits(binder, scope, query);
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
