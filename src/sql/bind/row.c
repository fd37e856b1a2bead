/* Rows: (a, b) = (c, d), (a, b) < (c, d), (a, b) IN (SELECT ...). Each
 * form becomes comparisons of its items; rows as values are in record.c. */
#include "sql/bind/binder.h"

enum row_order {
    ROW_EQUAL,
    ROW_UNEQUAL,
    ROW_LESS,
    ROW_LESS_EQUAL,
    ROW_MORE,
    ROW_MORE_EQUAL
};

static const char *const order_names[] = {"=", "<>", "<", "<=", ">", ">="};

static bool find_order(const char *name, enum row_order *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(order_names); i++) {
        if (strcmp(order_names[i], name) == 0) {
            *out = (enum row_order)i;
            return true;
        }
    }
    return false;
}

static enum rc compare(struct binder *binder, const char *name, struct ast_span span,
                       const struct row_pair *pair, size_t at, const struct bound **out)
{
    struct ast_name symbol = operator_name(binder, name);
    TRY(operator_bind(binder, &symbol, span, pair->left[at], pair->right[at], out));
    return coerce_boolean(binder, *out, "row comparison operator", out);
}

/* All equal, or any unequal. */
static enum rc compare_equal(struct binder *binder, bool negated, struct ast_span span,
                             const struct row_pair *pair, const struct bound **out)
{
    const struct bound **tests =
        ARENA_ARRAY(binder->arena, const struct bound *, pair->count);
    for (size_t i = 0; i < pair->count; i++)
        TRY(compare(binder, negated ? "<>" : "=", span, pair, i, &tests[i]));
    *out = bound_boolean(binder, negated ? BOUND_OR : BOUND_AND, tests, pair->count);
    return RC_OK;
}

/* a < c OR (a = c AND (b < d OR ...)): the first pair that differs decides, and a NULL
 * there leaves NULL. */
static enum rc compare_order(struct binder *binder, enum row_order order,
                             struct ast_span span, const struct row_pair *pair,
                             const struct bound **out)
{
    bool less = order == ROW_LESS || order == ROW_LESS_EQUAL;
    size_t last = pair->count - 1;
    TRY(compare(binder, order_names[order], span, pair, last, out));
    for (size_t i = last; i > 0; i--) {
        const struct bound *strict = NULL;
        const struct bound *equal = NULL;
        TRY(compare(binder, less ? "<" : ">", span, pair, i - 1, &strict));
        TRY(compare(binder, "=", span, pair, i - 1, &equal));
        *out = bound_pair(binder, BOUND_OR, strict,
                          bound_pair(binder, BOUND_AND, equal, *out));
    }
    return RC_OK;
}

enum rc row_compare(struct binder *binder, const struct ast_name *name,
                    struct ast_span span, const struct row_pair *pair,
                    const struct bound **out)
{
    enum row_order order = ROW_EQUAL;
    const char *symbol = name->parts[name->count - 1];
    if (pair->count == 0)
        return error_set_at(binder->err, binder_position(binder, span),
                            SQLSTATE_FEATURE_NOT_SUPPORTED,
                            "cannot compare rows of zero length");
    if (strcmp(symbol, "!=") == 0)
        symbol = "<>";
    if (!find_order(symbol, &order)) {
        error_set_at(
            binder->err, binder_position(binder, span), SQLSTATE_FEATURE_NOT_SUPPORTED,
            "could not determine interpretation of row comparison operator %s", symbol);
        return error_hint(binder->err,
                          "Row comparison operators must be associated with btree "
                          "operator families.");
    }
    if (order == ROW_EQUAL || order == ROW_UNEQUAL)
        return compare_equal(binder, order == ROW_UNEQUAL, span, pair, out);
    return compare_order(binder, order, span, pair, out);
}

static enum rc unequal(struct binder *binder, struct ast_span span)
{
    return error_set_at(binder->err, binder_position(binder, span), SQLSTATE_SYNTAX_ERROR,
                        "unequal number of entries in row expressions");
}

/* With a record that is no list of items the record as a whole is compared. */
static enum rc row_with_record(struct binder *binder, struct scope *scope,
                               const struct ast_expression *expression,
                               const struct bound **out)
{
    const struct ast_operation *operation = &expression->operation;
    const struct bound *left = NULL;
    const struct bound *right = NULL;
    TRY(expression_bind(binder, scope, operation->left, &left));
    TRY(expression_bind(binder, scope, operation->right, &right));
    return operator_bind(binder, &operation->name, expression->span, left, right, out);
}

enum rc row_operator(struct binder *binder, struct scope *scope,
                     const struct ast_expression *expression, const struct bound **out)
{
    const struct ast_operation *operation = &expression->operation;
    const struct ast_expression *right = operation->right;
    struct row_pair pair = {.count = operation->left->list.count};
    if (right->kind == EXPRESSION_SUBQUERY && right->subquery->kind == SUBQUERY_SCALAR) {
        struct ast_subquery subquery = *right->subquery;
        subquery.operator_name = operation->name;
        return row_subquery(binder, scope, expression, &operation->left->list, &subquery,
                            out);
    }
    if (right->kind != EXPRESSION_ROW)
        return row_with_record(binder, scope, expression, out);
    if (right->list.count != pair.count)
        return unequal(binder, expression->span);
    TRY(expression_list(binder, scope, &operation->left->list, &pair.left));
    TRY(expression_list(binder, scope, &right->list, &pair.right));
    return row_compare(binder, &operation->name, expression->span, &pair, out);
}

/* The query's columns as a subquery in FROM of `scope`. */
static enum rc add_query(struct binder *binder, struct scope *scope,
                         const struct ast_query *query, struct ast_span span,
                         struct row_pair *pair)
{
    struct ast_from_item item = {.kind = FROM_SUBQUERY, .span = query->span};
    struct from_result part = {.from = NULL};
    const char *recursion = binder->recursion;
    binder->recursion = "a subquery";
    TRY(from_query(binder, scope, &item, query, "", &part));
    binder->recursion = recursion;
    scope->query->from = part.from;
    pair->right =
        ARENA_ARRAY(binder->arena, const struct bound *, part.item->column_count + 1);
    for (size_t i = 0; i < part.item->column_count; i++)
        pair->right[i] = part.item->columns[i].expression;
    if (part.item->column_count == pair->count)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, span), SQLSTATE_SYNTAX_ERROR,
                        "subquery has too %s columns",
                        part.item->column_count > pair->count ? "many" : "few");
}

static void one_boolean(struct binder *binder, struct scope *scope,
                        const struct bound *test)
{
    struct bound_columns *columns = &scope->query->columns;
    columns->items = ARENA_ARRAY(binder->arena, struct bound_column, 1);
    columns->items[0] = (struct bound_column){
        .name = "?column?", .type = test->type, .typmod = TYPE_TYPMOD_NONE};
    columns->count = 1;
    (void)target_add(binder, scope, test);
}

static enum rc any_true(struct binder *binder, struct bound *bound)
{
    const struct type *boolean = type_find_oid(TYPE_BOOL);
    struct resolved resolved;
    struct bound *constant = bound_new(binder, BOUND_CONSTANT, boolean, 0, 0);
    constant->constant.datum.boolean = true;
    TRY(resolve_operator(binder->arena, bytes_of_text("="), boolean, boolean, &resolved,
                         binder->err));
    bound->arguments[0] = constant;
    bound->argument_count = 1;
    bound->subquery.function = resolved.function;
    return RC_OK;
}

/* (a, b) op ANY (SELECT c, d ...) is true = ANY (SELECT (a, b) op (c, d) FROM (...)), and
 * (a, b) op (SELECT ...) the only row of that: the same three values come out. */
enum rc row_subquery(struct binder *binder, struct scope *scope,
                     const struct ast_expression *expression,
                     const struct ast_expression_list *row,
                     const struct ast_subquery *subquery, const struct bound **out)
{
    struct bound_query *query = ARENA_NEW(binder->arena, struct bound_query);
    struct scope inner = {.outer = scope, .query = query, .clause = CLAUSE_SELECT};
    struct row_pair pair = {.count = row->count};
    const struct bound *test = NULL;
    TRY(expression_list(binder, &inner, row, &pair.left));
    for (size_t i = 0; i < row->count; i++) {
        if (bound_find(pair.left[i], BOUND_AGGREGATE, 0) != NULL ||
            bound_find(pair.left[i], BOUND_AGGREGATE, 1) != NULL)
            return binder_unsupported(binder, expression->span,
                                      "an aggregate in a row before a subquery");
    }
    TRY(add_query(binder, &inner, subquery->query, expression->span, &pair));
    TRY(row_compare(binder, &subquery->operator_name, expression->span, &pair, &test));
    one_boolean(binder, &inner, test);
    struct bound *bound = bound_new(binder, BOUND_SUBQUERY, type_find_oid(TYPE_BOOL), 1,
                                    binder_place(binder, expression->span));
    bound->argument_count = 0;
    bound->subquery.query = query;
    bound->subquery.form = subquery->kind == SUBQUERY_ANY   ? BOUND_SUBQUERY_ANY
                           : subquery->kind == SUBQUERY_ALL ? BOUND_SUBQUERY_ALL
                                                            : BOUND_SUBQUERY_SCALAR;
    if (subquery->kind != SUBQUERY_SCALAR)
        TRY(any_true(binder, bound));
    *out = bound;
    return RC_OK;
}
