/* Subqueries in expressions. */
#include "sql/bind/binder.h"

static enum rc count_columns(struct binder *binder, const struct ast_subquery *subquery,
                             struct ast_span span, size_t count)
{
    if (subquery->kind == SUBQUERY_EXISTS || count == 1)
        return RC_OK;
    if (subquery->kind == SUBQUERY_ANY || subquery->kind == SUBQUERY_ALL)
        return error_set_at(binder->err, binder_position(binder, span),
                            SQLSTATE_SYNTAX_ERROR, "subquery has too %s columns",
                            count > 1 ? "many" : "few");
    return error_set_at(binder->err, binder_position(binder, span), SQLSTATE_SYNTAX_ERROR,
                        "subquery must return only one column");
}

/* left operator ANY | ALL (query): the query's column takes the operator's right type. */
static enum rc compare(struct binder *binder, const struct ast_expression *expression,
                       const struct bound *left, struct bound_query *query,
                       struct bound *bound)
{
    const struct ast_subquery *subquery = expression->subquery;
    struct resolved resolved;
    const struct ast_name *name = &subquery->operator_name;
    if (resolve_operator(binder->arena,
                         bytes_of_text(name->count == 1 ? name->parts[0]
                                                        : name->parts[name->count - 1]),
                         left->type, query->columns.items[0].type, &resolved,
                         binder->err) != RC_OK)
        return binder_failed_at(binder, binder_position(binder, expression->span));
    if (resolved.result_type->oid != TYPE_BOOL)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "row comparison operator must yield type boolean, not type "
                            "%s",
                            type_title(binder->arena, resolved.result_type));
    TRY(query_coerce_columns(binder, &query, &resolved.argument_types[1]));
    bound->argument_count = 1;
    bound->subquery.query = query;
    bound->subquery.function = resolved.function;
    return coerce_bind(binder, left, resolved.argument_types[0], &bound->arguments[0]);
}

static enum rc array_of(struct binder *binder, const struct ast_expression *expression,
                        struct bound *bound)
{
    const struct type *item = bound->subquery.query->columns.items[0].type;
    bound->type = type_is_array(item) ? item : type_find_oid(item->array);
    if (bound->type == NULL)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_UNDEFINED_OBJECT,
                            "could not find array type for data type %s",
                            type_title(binder->arena, item));
    return RC_OK;
}

static enum rc shape(struct binder *binder, const struct ast_expression *expression,
                     const struct bound *left, struct bound_query *query,
                     struct bound *bound)
{
    switch (expression->subquery->kind) {
    case SUBQUERY_SCALAR:
        bound->subquery.form = BOUND_SUBQUERY_SCALAR;
        bound->type = query->columns.items[0].type;
        bound->typmod = query->columns.items[0].typmod;
        return RC_OK;
    case SUBQUERY_EXISTS:
        bound->subquery.form = BOUND_SUBQUERY_EXISTS;
        return RC_OK;
    case SUBQUERY_ARRAY:
        bound->subquery.form = BOUND_SUBQUERY_ARRAY;
        return array_of(binder, expression, bound);
    case SUBQUERY_ANY:
    case SUBQUERY_ALL:
        break;
    }
    bound->subquery.form = expression->subquery->kind == SUBQUERY_ANY
                               ? BOUND_SUBQUERY_ANY
                               : BOUND_SUBQUERY_ALL;
    return compare(binder, expression, left, query, bound);
}

enum rc expression_subquery(struct binder *binder, struct scope *scope,
                            const struct ast_expression *expression,
                            const struct bound **out)
{
    const struct ast_subquery *subquery = expression->subquery;
    struct query_wish wish = {.common = NULL};
    struct bound_query *query = NULL;
    const struct bound *left = NULL;
    if (subquery->left != NULL && subquery->left->kind == EXPRESSION_ROW)
        return row_subquery(binder, scope, expression, &subquery->left->list, subquery,
                            out);
    const char *recursion = binder->recursion;
    binder->recursion = "a subquery";
    TRY(query_bind(binder, scope, subquery->query, &wish, &query));
    binder->recursion = recursion;
    if (subquery->left != NULL)
        TRY(expression_bind(binder, scope, subquery->left, &left));
    TRY(count_columns(binder, subquery, expression->span, query->columns.count));
    struct bound *bound = bound_new(binder, BOUND_SUBQUERY, type_find_oid(TYPE_BOOL), 1,
                                    binder_place(binder, expression->span));
    bound->argument_count = 0;
    bound->subquery.query = query;
    TRY(shape(binder, expression, left, query, bound));
    *out = bound;
    return RC_OK;
}
