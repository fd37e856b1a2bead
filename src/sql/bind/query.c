/* Queries: WITH, then SELECT, VALUES or a set operation, then LIMIT; and bringing the
 * columns of a whole query to types. */
#include "sql/bind/binder.h"

static enum rc check_supported(struct binder *binder, const struct ast_query *query)
{
    if (query->with_ties && query->order_by.count == 0)
        return error_set(binder->err, SQLSTATE_SYNTAX_ERROR,
                         "WITH TIES cannot be specified without ORDER BY clause");
    return RC_OK;
}

static enum rc bind_parts(struct binder *binder, struct scope *scope,
                          const struct ast_query *query, const struct query_wish *wish)
{
    TRY(check_supported(binder, query));
    if (query->with != NULL)
        TRY(common_bind(binder, scope, query->with));
    switch (query->kind) {
    case QUERY_SELECT:
        TRY(query_select(binder, scope, query, wish));
        break;
    case QUERY_VALUES:
        TRY(query_values(binder, scope, query, wish));
        break;
    case QUERY_SET:
        TRY(query_set(binder, scope, query, wish));
        break;
    }
    common_finish(scope);
    return query->kind == QUERY_SELECT ? lock_bind(binder, scope, query)
                                       : lock_check(binder, scope, query);
}

enum rc query_bind(struct binder *binder, struct scope *outer,
                   const struct ast_query *query, const struct query_wish *wish,
                   struct bound_query **out)
{
    struct scope scope = {.outer = outer, .recursive = wish->repeated};
    scope.query = ARENA_NEW(binder->arena, struct bound_query);
    TRY(binder_enter(binder));
    TRY(bind_parts(binder, &scope, query, wish));
    binder_leave(binder);
    *out = scope.query;
    return RC_OK;
}

static bool is_null_constant(const struct ast_expression *expression)
{
    return expression->kind == EXPRESSION_CONSTANT &&
           expression->constant.kind == CONSTANT_NULL;
}

static enum rc bind_limit(struct binder *binder, struct scope *scope,
                          enum bind_clause clause,
                          const struct ast_expression *expression,
                          const struct bound **out)
{
    struct coerce_target integer = {type_find_oid(TYPE_INT8), TYPE_TYPMOD_NONE,
                                    CAST_ASSIGNMENT, 0};
    const struct bound *bound = NULL;
    if (expression == NULL || is_null_constant(expression))
        return RC_OK;
    TRY(expression_in_clause(binder, scope, clause, expression, &bound));
    enum rc rc = coerce_to(binder, bound, &integer, out);
    if (rc == RC_NOTFOUND)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "argument of %s must be type %s, not type %s",
                            clause_name(clause), type_title(binder->arena, integer.type),
                            type_title(binder->arena, bound->type));
    TRY(rc);
    const struct bound *column = bound_find(bound, BOUND_COLUMN, 0);
    if (column != NULL)
        return error_set_at(binder->err, binder_position_of(binder, column),
                            SQLSTATE_INVALID_COLUMN_REFERENCE,
                            "argument of %s must not contain variables",
                            clause_name(clause));
    return RC_OK;
}

enum rc query_limits(struct binder *binder, struct scope *scope,
                     const struct ast_query *query)
{
    if (query->with_ties && query->limit != NULL && is_null_constant(query->limit))
        return error_set(binder->err, SQLSTATE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
                         "row count cannot be null in FETCH FIRST ... WITH TIES clause");
    TRY(bind_limit(binder, scope, CLAUSE_OFFSET, query->offset, &scope->query->offset));
    TRY(bind_limit(binder, scope, CLAUSE_LIMIT, query->limit, &scope->query->limit));
    scope->query->with_ties = query->with_ties;
    return RC_OK;
}

enum rc query_resolve_unknown(struct binder *binder, struct bound_query *query)
{
    for (size_t i = 0; i < query->target_count; i++) {
        TRY(coerce_unknown_to_text(binder, query->targets[i], &query->targets[i]));
        if (i < query->columns.count)
            query->columns.items[i].type = query->targets[i]->type;
    }
    return RC_OK;
}

static bool has_types(const struct bound_query *query, const struct type *const *types)
{
    for (size_t i = 0; i < query->columns.count; i++) {
        if (query->columns.items[i].type != types[i])
            return false;
    }
    return true;
}

/* SELECT * FROM (query), whose targets can be changed without changing the query. */
static struct bound_query *wrap(struct binder *binder, const struct bound_query *query)
{
    struct bound_query *outer = ARENA_NEW(binder->arena, struct bound_query);
    size_t count = query->columns.count;
    outer->kind = BOUND_QUERY_SELECT;
    outer->relations = ARENA_ARRAY(binder->arena, struct bound_relation, 1);
    outer->relations[0] =
        (struct bound_relation){.kind = BOUND_RELATION_QUERY,
                                .alias = "*SELECT*",
                                .columns = query->columns,
                                .query = query_pushed_in(binder, query)};
    outer->relation_count = 1;
    outer->from = ARENA_NEW(binder->arena, struct bound_from);
    outer->columns.items = ARENA_ARRAY(binder->arena, struct bound_column, count + 1);
    outer->columns.count = count;
    outer->targets = ARENA_ARRAY(binder->arena, const struct bound *, count + 1);
    outer->target_count = count;
    for (size_t i = 0; i < count; i++) {
        outer->columns.items[i] = query->columns.items[i];
        outer->targets[i] =
            bound_column_new(binder, 0, (uint32_t)i, &query->columns.items[i]);
    }
    return outer;
}

/* True when a conversion of its targets is seen in the output only. */
static bool is_plain(const struct bound_query *query)
{
    return query->kind == BOUND_QUERY_SELECT && !query->is_distinct &&
           query->distinct_on_count == 0 && query->order_count == 0;
}

enum rc query_coerce_columns(struct binder *binder, struct bound_query **query,
                             const struct type *const *types)
{
    struct coerce_target target = {.typmod = TYPE_TYPMOD_NONE,
                                   .context = CAST_ASSIGNMENT};
    if (has_types(*query, types))
        return RC_OK;
    if (!is_plain(*query))
        *query = wrap(binder, *query);
    for (size_t i = 0; i < (*query)->columns.count; i++) {
        const struct bound **place = &(*query)->targets[i];
        target.type = types[i];
        enum rc rc = coerce_to(binder, *place, &target, place);
        if (rc == RC_NOTFOUND)
            return error_set_at(binder->err, binder_position_of(binder, *place),
                                SQLSTATE_CANNOT_COERCE, "could not convert type %s to %s",
                                type_title(binder->arena, (*place)->type),
                                type_title(binder->arena, types[i]));
        TRY(rc);
        (*query)->columns.items[i].type = types[i];
        (*query)->columns.items[i].typmod = (*place)->typmod;
    }
    return RC_OK;
}
