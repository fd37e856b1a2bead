/* VALUES: rows of expressions, each column of one type. */
#include "sql/bind/binder.h"

static enum rc bind_rows(struct binder *binder, struct scope *scope,
                         const struct ast_values *values)
{
    struct bound_query *query = scope->query;
    size_t width = values->rows[0].count;
    query->rows = ARENA_ARRAY(binder->arena, const struct bound **, values->row_count);
    query->row_count = values->row_count;
    for (size_t i = 0; i < values->row_count; i++) {
        const struct ast_expression_list *row = &values->rows[i];
        if (row->count != width)
            return error_set_at(
                binder->err,
                row->count == 0 ? 0 : binder_position(binder, row->items[0]->span),
                SQLSTATE_SYNTAX_ERROR, "VALUES lists must all be the same length");
        TRY(expression_list(binder, scope, row, &query->rows[i]));
        for (size_t k = 0; k < width; k++) {
            const struct bound *set = bound_find_set(query->rows[i][k]);
            if (set != NULL)
                return error_set_at(binder->err, binder_position_of(binder, set),
                                    SQLSTATE_FEATURE_NOT_SUPPORTED,
                                    "set-returning functions are not allowed in VALUES");
        }
    }
    return RC_OK;
}

static enum rc unify_column(struct binder *binder, struct bound_query *query,
                            size_t column)
{
    const struct bound **items =
        ARENA_ARRAY(binder->arena, const struct bound *, query->row_count);
    const struct type *type = NULL;
    for (size_t i = 0; i < query->row_count; i++)
        items[i] = query->rows[i][column];
    TRY(coerce_common(binder, "VALUES", items, query->row_count, &type));
    TRY(coerce_all(binder, items, query->row_count, type));
    int32_t typmod = items[0]->typmod;
    for (size_t i = 0; i < query->row_count; i++) {
        query->rows[i][column] = items[i];
        if (items[i]->typmod != typmod)
            typmod = TYPE_TYPMOD_NONE;
    }
    query->columns.items[column] = (struct bound_column){
        .name = arena_printf(binder->arena, "column%zu", column + 1),
        .type = type,
        .typmod = typmod,
    };
    return RC_OK;
}

static enum rc bind_values(struct binder *binder, struct scope *scope,
                           const struct ast_values *values)
{
    struct bound_query *query = scope->query;
    size_t width = values->rows[0].count;
    query->kind = BOUND_QUERY_VALUES;
    scope->clause = CLAUSE_VALUES;
    TRY(bind_rows(binder, scope, values));
    query->columns.items = ARENA_ARRAY(binder->arena, struct bound_column, width + 1);
    query->columns.count = width;
    for (size_t i = 0; i < width; i++) {
        TRY(unify_column(binder, query, i));
        struct bound *slot =
            bound_new(binder, BOUND_SLOT, query->columns.items[i].type, 0, 0);
        slot->typmod = query->columns.items[i].typmod;
        slot->slot = (uint32_t)i;
        (void)target_add(binder, scope, slot);
    }
    return RC_OK;
}

/* VALUES ... ORDER BY may sort by any expression of the columns: it is
 * SELECT * FROM (VALUES ...) ORDER BY ... */
static enum rc bind_sorted(struct binder *binder, struct scope *scope,
                           const struct ast_query *query)
{
    struct ast_query rows = {.kind = QUERY_VALUES, .span = query->span};
    struct ast_from_item item = {.kind = FROM_SUBQUERY};
    struct from_result part = {.from = NULL};
    struct ast_expression star = {.kind = EXPRESSION_COLUMN};
    struct ast_target target = {.expression = &star};
    struct ast_target_list list = {&target, 1};
    star.column.has_star = true;
    rows.values = query->values;
    scope->query->kind = BOUND_QUERY_SELECT;
    scope->clause = CLAUSE_FROM_QUERY;
    TRY(from_query(binder, scope, &item, &rows, "*VALUES*", &part));
    scope->query->from = part.from;
    scope->names = part.names;
    scope->clause = CLAUSE_SELECT;
    TRY(target_list(binder, scope, &list));
    return order_bind(binder, scope, &query->order_by);
}

enum rc query_values(struct binder *binder, struct scope *scope,
                     const struct ast_query *query, const struct query_wish *wish)
{
    (void)wish; /* its literals have a type already */
    if (query->order_by.count > 0)
        TRY(bind_sorted(binder, scope, query));
    else
        TRY(bind_values(binder, scope, &query->values));
    return query_limits(binder, scope, query);
}
