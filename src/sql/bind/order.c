/* ORDER BY, DISTINCT and DISTINCT ON. */
#include "sql/bind/binder.h"

enum rc order_check_equality(struct binder *binder, const struct type *type, int position)
{
    if (type->methods->compare != NULL || type->oid == TYPE_UNKNOWN)
        return RC_OK;
    return error_set_at(binder->err, position, SQLSTATE_UNDEFINED_FUNCTION,
                        "could not identify an equality operator for type %s",
                        type_title(binder->arena, type));
}

/* USING names an operator: < sorts up, > sorts down. */
static enum rc using_operator(struct binder *binder, const struct ast_sort_item *item,
                              const struct type *type, bool *is_descending_out)
{
    const struct ast_name *name = &item->using_operator;
    const char *last = name->parts[name->count - 1];
    struct resolved resolved;
    int position = binder_position(binder, name->span);
    if (resolve_operator(binder->arena, bytes_of_text(last), type, type, &resolved,
                         binder->err) != RC_OK)
        return binder_failed_at(binder, position);
    *is_descending_out = strcmp(last, ">") == 0;
    if (*is_descending_out || strcmp(last, "<") == 0)
        return RC_OK;
    error_set_at(binder->err, position, SQLSTATE_WRONG_OBJECT_TYPE,
                 "operator %s is not a valid ordering operator", last);
    return error_hint(binder->err, "Ordering operators must be \"<\" or \">\" members of "
                                   "btree operator families.");
}

enum rc order_item(struct binder *binder, const struct ast_sort_item *item,
                   const struct type *type, struct bound_sort *out)
{
    if (type->methods->compare == NULL) {
        error_set_at(binder->err, binder_position(binder, item->expression->span),
                     SQLSTATE_UNDEFINED_FUNCTION,
                     "could not identify an ordering operator for type %s",
                     type_title(binder->arena, type));
        return error_hint(binder->err,
                          "Use an explicit ordering operator or modify the query.");
    }
    out->is_descending = item->direction == SORT_DESCENDING;
    if (item->direction == SORT_USING)
        TRY(using_operator(binder, item, type, &out->is_descending));
    out->nulls_first = item->nulls == SORT_NULLS_DEFAULT
                           ? out->is_descending
                           : item->nulls == SORT_NULLS_FIRST;
    return RC_OK;
}

static bool is_sorted_by(const struct bound_sort *order, size_t count, uint32_t target)
{
    for (size_t i = 0; i < count; i++) {
        if (order[i].target == target)
            return true;
    }
    return false;
}

enum rc order_bind(struct binder *binder, struct scope *scope,
                   const struct ast_sort_list *list)
{
    enum bind_clause clause = scope->clause;
    struct bound_sort *order =
        ARENA_ARRAY(binder->arena, struct bound_sort, list->count + 1);
    size_t count = 0;
    scope->clause = CLAUSE_ORDER;
    for (size_t i = 0; i < list->count; i++) {
        uint32_t target = 0;
        TRY(target_find_or_add(binder, scope, list->items[i].expression, &target));
        TRY(order_item(binder, &list->items[i], scope->query->targets[target]->type,
                       &order[count]));
        order[count].target = target;
        if (!is_sorted_by(order, count, target))
            count++; /* a second mention of the same target changes nothing */
    }
    scope->clause = clause;
    scope->query->order = order;
    scope->query->order_count = count;
    return RC_OK;
}

static enum rc plain_distinct(struct binder *binder, struct scope *scope)
{
    struct bound_query *query = scope->query;
    TRY(query_resolve_unknown(binder, query));
    for (size_t i = 0; i < query->order_count; i++) {
        uint32_t target = query->order[i].target;
        if (target >= query->columns.count)
            return error_set_at(binder->err,
                                binder_position_of(binder, query->targets[target]),
                                SQLSTATE_INVALID_COLUMN_REFERENCE,
                                "for SELECT DISTINCT, ORDER BY expressions must appear "
                                "in select list");
    }
    for (size_t i = 0; i < query->columns.count; i++)
        TRY(order_check_equality(binder, query->targets[i]->type,
                                 binder_position_of(binder, query->targets[i])));
    query->is_distinct = true;
    return RC_OK;
}

/* The first sort keys must be the expressions of DISTINCT ON, in any order. */
static enum rc match_order(struct binder *binder, const struct bound_query *query,
                           const struct ast_expression_list *list)
{
    bool skipped = false;
    size_t matched = 0;
    for (size_t i = 0; i < query->order_count; i++) {
        bool is_on = false;
        for (size_t k = 0; k < query->distinct_on_count; k++)
            is_on |= query->distinct_on[k] == query->order[i].target;
        if (is_on && skipped)
            matched = query->distinct_on_count + 1;
        matched += is_on ? 1 : 0;
        skipped |= !is_on;
    }
    if (matched <= query->distinct_on_count &&
        (!skipped || matched == query->distinct_on_count))
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, list->items[0]->span),
                        SQLSTATE_INVALID_COLUMN_REFERENCE,
                        "SELECT DISTINCT ON expressions must match initial ORDER BY "
                        "expressions");
}

static enum rc distinct_on(struct binder *binder, struct scope *scope,
                           const struct ast_expression_list *list)
{
    struct bound_query *query = scope->query;
    query->distinct_on = ARENA_ARRAY(binder->arena, uint32_t, list->count);
    for (size_t i = 0; i < list->count; i++) {
        uint32_t target = 0;
        bool is_known = false;
        TRY(target_find_or_add(binder, scope, list->items[i], &target));
        TRY(order_check_equality(binder, query->targets[target]->type,
                                 binder_position(binder, list->items[i]->span)));
        for (size_t k = 0; k < query->distinct_on_count; k++)
            is_known |= query->distinct_on[k] == target;
        if (!is_known)
            query->distinct_on[query->distinct_on_count++] = target;
    }
    return match_order(binder, query, list);
}

enum rc order_distinct(struct binder *binder, struct scope *scope,
                       const struct ast_query *query)
{
    enum bind_clause clause = scope->clause;
    if (query->select.distinct_on.count == 0)
        return plain_distinct(binder, scope);
    scope->clause = CLAUSE_DISTINCT_ON;
    TRY(distinct_on(binder, scope, &query->select.distinct_on));
    scope->clause = clause;
    return RC_OK;
}
