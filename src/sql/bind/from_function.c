/* Functions in FROM: one, or several by ROWS FROM, WITH ORDINALITY. */
#include "sql/bind/binder.h"

/* While the calls are collected. */
struct function_list {
    struct binder *binder;
    struct scope *inner; /* of the calls: names to the left are one level out */
    const struct ast_from_item *item;
    struct bound_relation relation;
};

static void add_call(struct function_list *list, const struct bound *call,
                     const struct bound_column *more, size_t width)
{
    struct bound_relation *relation = &list->relation;
    struct arena *arena = list->binder->arena;
    size_t count = relation->function.call_count;
    size_t column_count = relation->columns.count;
    const struct bound **calls = ARENA_ARRAY(arena, const struct bound *, count + 1);
    size_t *widths = ARENA_ARRAY(arena, size_t, count + 1);
    struct bound_column *columns =
        ARENA_ARRAY(arena, struct bound_column, column_count + width + 1);
    if (count > 0) {
        memcpy(calls, relation->function.calls, count * sizeof(*calls));
        memcpy(widths, relation->function.widths, count * sizeof(*widths));
    }
    if (column_count > 0)
        memcpy(columns, relation->columns.items, column_count * sizeof(*columns));
    calls[count] = call;
    widths[count] = width;
    memcpy(columns + column_count, more, width * sizeof(*columns));
    relation->function.calls = calls;
    relation->function.widths = widths;
    relation->function.call_count = count + 1;
    relation->columns = (struct bound_columns){columns, column_count + width};
}

/* A record's fields are columns. */
static enum rc add_record(struct function_list *list, const struct bound *call,
                          struct ast_span span)
{
    struct binder *binder = list->binder;
    const struct bound *shape = record_shape(binder, list->inner, call);
    if (shape == NULL)
        return error_set_at(
            binder->err, binder_position(binder, span), SQLSTATE_SYNTAX_ERROR,
            "a column definition list is required for functions returning "
            "\"record\"");
    struct bound_column *columns =
        ARENA_ARRAY(binder->arena, struct bound_column, shape->argument_count + 1);
    for (size_t i = 0; i < shape->argument_count; i++)
        columns[i] = (struct bound_column){.name = shape->row.names[i],
                                           .type = shape->arguments[i]->type,
                                           .typmod = shape->arguments[i]->typmod};
    add_call(list, call, columns, shape->argument_count);
    return RC_OK;
}

static enum rc bind_call(struct function_list *list,
                         const struct ast_expression *expression)
{
    struct binder *binder = list->binder;
    const struct bound *bound = NULL;
    const struct bound *call = NULL;
    TRY(expression_bind(binder, list->inner, expression, &bound));
    TRY(coerce_unknown_to_text(binder, bound, &call));
    for (size_t i = 0; i < call->argument_count; i++) {
        const struct bound *set = bound_find_set(call->arguments[i]);
        if (set != NULL)
            return error_set_at(binder->err, binder_position_of(binder, set),
                                SQLSTATE_FEATURE_NOT_SUPPORTED,
                                "set-returning functions must appear at top level of "
                                "FROM");
    }
    if (list->relation.alias == NULL)
        list->relation.alias = target_name(expression, call);
    if (call->type->oid == TYPE_RECORD)
        return add_record(list, call, expression->span);
    struct bound_column column = {.name = target_name(expression, call),
                                  .type = call->type,
                                  .typmod = call->typmod};
    add_call(list, call, &column, 1);
    return RC_OK;
}

static bool is_unnest_of_several(const struct ast_expression *expression)
{
    if (expression->kind != EXPRESSION_CALL)
        return false;
    const struct ast_call *call = expression->call;
    const struct ast_name *name = &call->name;
    bool is_system = name->count == 1 ||
                     (name->count == 2 && strcmp(name->parts[0], "pg_catalog") == 0);
    return is_system && strcmp(name->parts[name->count - 1], "unnest") == 0 &&
           call->arguments.count > 1 && !call->is_variadic && !call->is_distinct &&
           call->argument_names == NULL && call->filter == NULL && call->over == NULL &&
           call->order_by.count == 0;
}

/* unnest(a, b) stands for ROWS FROM (unnest(a), unnest(b)). */
static enum rc bind_unnest(struct function_list *list,
                           const struct ast_expression *expression)
{
    for (size_t i = 0; i < expression->call->arguments.count; i++) {
        struct ast_call one = *expression->call;
        struct ast_expression single = *expression;
        one.arguments.items = &expression->call->arguments.items[i];
        one.arguments.count = 1;
        single.call = &one;
        TRY(bind_call(list, &single));
    }
    return RC_OK;
}

static enum rc bind_function(struct function_list *list,
                             const struct ast_from_function *function)
{
    const struct ast_from_functions *all = &list->item->functions;
    if (function->column_count > 0 || all->column_count > 0) {
        const struct ast_column_type *first =
            function->column_count > 0 ? function->columns : all->columns;
        return error_set_at(list->binder->err, binder_position(list->binder, first->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "a column definition list is only allowed for functions "
                            "returning \"record\"");
    }
    if (is_unnest_of_several(function->call))
        return bind_unnest(list, function->call);
    return bind_call(list, function->call);
}

/* A single function's only column bears the alias; WITH ORDINALITY adds one. */
static void name_columns(struct function_list *list)
{
    struct bound_relation *relation = &list->relation;
    struct bound_columns *columns = &relation->columns;
    const char *alias = list->item->alias.name;
    bool is_record = relation->function.calls[0]->type->oid == TYPE_RECORD;
    if (relation->function.call_count == 1 && alias != NULL && !is_record)
        columns->items[0].name = alias;
    relation->function.with_ordinality = list->item->functions.with_ordinality;
    if (relation->function.with_ordinality)
        columns->items[columns->count++] =
            (struct bound_column){.name = "ordinality",
                                  .type = type_find_oid(TYPE_INT8),
                                  .typmod = TYPE_TYPMOD_NONE};
}

enum rc from_functions(struct binder *binder, struct scope *scope,
                       const struct ast_from_item *item, struct from_result *out)
{
    struct bound_query *query = ARENA_NEW(binder->arena, struct bound_query);
    struct scope inner = {.outer = scope, .query = query, .clause = CLAUSE_FROM_FUNCTION};
    struct function_list list = {
        .binder = binder,
        .inner = &inner,
        .item = item,
        .relation = {.kind = BOUND_RELATION_FUNCTION, .is_lateral = true},
    };
    bool was_active = scope->is_lateral_active;
    enum bind_clause clause = scope->clause;
    scope->is_lateral_active = true; /* a function may always look to its left */
    scope->clause = CLAUSE_FROM_FUNCTION;
    for (size_t i = 0; i < item->functions.count; i++)
        TRY(bind_function(&list, &item->functions.items[i]));
    scope->is_lateral_active = was_active;
    scope->clause = clause;
    name_columns(&list);
    return from_add(binder, scope, item, &list.relation, out);
}
