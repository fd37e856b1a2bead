/* Calls over windows, and the windows of a query (manual, chapters 4.2.8 and 7.2.5). */
#include "sql/bind/binder.h"

/* ---- calls: PostgreSQL's transformWindowFuncCall() ---- */

static enum rc check_clause(struct binder *binder, const struct scope *scope,
                            int position)
{
    const char *where = NULL;
    switch (scope->clause) {
    case CLAUSE_SELECT:
    case CLAUSE_ORDER:
    case CLAUSE_DISTINCT_ON:
        return RC_OK;
    case CLAUSE_JOIN:
        where = "JOIN conditions";
        break;
    case CLAUSE_FROM_FUNCTION:
        where = "functions in FROM";
        break;
    case CLAUSE_WINDOW_PARTITION:
    case CLAUSE_WINDOW_ORDER:
    case CLAUSE_WINDOW_FRAME:
        where = "window definitions";
        break;
    case CLAUSE_NONE:
        where = "this context";
        break;
    default:
        where = clause_name(scope->clause);
        break;
    }
    return error_set_at(binder->err, position, SQLSTATE_WINDOWING_ERROR,
                        "window functions are not allowed in %s", where);
}

static enum rc not_implemented(struct binder *binder, int position, const char *what)
{
    return error_set_at(binder->err, position, SQLSTATE_FEATURE_NOT_SUPPORTED,
                        "%s is not implemented for %swindow functions", what,
                        strcmp(what, "FILTER") == 0 ? "non-aggregate " : "");
}

static enum rc check_form(struct binder *binder, const struct call_at *at,
                          const struct function *function)
{
    const struct ast_call *call = at->call;
    const char *name = binder_name(binder, &call->name);
    int position = binder_position(binder, at->expression->span);
    bool aggregates = function->kind == FUNCTION_AGGREGATE;
    if (call->is_distinct)
        return not_implemented(binder, position, "DISTINCT");
    if (aggregates && call->arguments.count == 0 && !call->is_star)
        return error_set_at(
            binder->err, position, SQLSTATE_WRONG_OBJECT_TYPE,
            "%s(*) must be used to call a parameterless aggregate function", name);
    if (!aggregates && call->is_star)
        return error_set_at(binder->err, position, SQLSTATE_WRONG_OBJECT_TYPE,
                            "%s(*) specified, but %s is not an aggregate function", name,
                            name);
    if (call->order_by.count > 0)
        return not_implemented(binder, position, "aggregate ORDER BY");
    if (!aggregates && call->filter != NULL)
        return not_implemented(binder, position, "FILTER");
    return RC_OK;
}

static enum rc check_arguments(struct binder *binder, const struct bound *bound)
{
    for (size_t i = 0; i < bound->argument_count; i++) {
        const struct bound *set = bound_find_set(bound->arguments[i]);
        if (set != NULL) {
            error_set_at(binder->err, binder_position_of(binder, set),
                         SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "window function calls cannot contain set-returning function "
                         "calls");
            return error_hint(binder->err, "You might be able to move the set-returning "
                                           "function into a LATERAL FROM item.");
        }
        const struct bound *inner = bound_find(bound->arguments[i], BOUND_WINDOW, 0);
        if (inner != NULL)
            return error_set_at(binder->err, binder_position_of(binder, inner),
                                SQLSTATE_WINDOWING_ERROR,
                                "window function calls cannot be nested");
    }
    return RC_OK;
}

static void add_window(struct binder *binder, struct scope *scope,
                       const struct ast_window *window)
{
    const struct ast_window **grown =
        ARENA_ARRAY(binder->arena, const struct ast_window *, scope->window_count + 1);
    if (scope->window_count > 0)
        memcpy(grown, scope->windows, scope->window_count * sizeof(*grown));
    grown[scope->window_count++] = window;
    scope->windows = grown;
}

static enum rc missing_window(struct binder *binder, const struct ast_window *window)
{
    return error_set_at(binder->err, binder_position(binder, window->span),
                        SQLSTATE_UNDEFINED_OBJECT, "window \"%s\" does not exist",
                        window->reference);
}

/* OVER name is that window; OVER (...) a new one. */
static enum rc window_of(struct binder *binder, struct scope *scope,
                         const struct ast_window *window, uint32_t *out)
{
    if (!window->is_bare_name) {
        *out = (uint32_t)scope->window_count;
        add_window(binder, scope, window);
        return RC_OK;
    }
    for (size_t i = 0; i < scope->window_count; i++) {
        const char *name = scope->windows[i]->name;
        *out = (uint32_t)i;
        if (name != NULL && strcmp(name, window->reference) == 0)
            return RC_OK;
    }
    return missing_window(binder, window);
}

enum rc window_call(struct binder *binder, struct scope *scope, const struct call_at *at,
                    const struct resolved *resolved, const struct bound **arguments,
                    const struct bound **out)
{
    struct ast_span span = at->expression->span;
    struct bound *bound = bound_new(binder, BOUND_WINDOW, resolved->result_type,
                                    resolved->argument_count, binder_place(binder, span));
    bound->window.function = resolved->function;
    bound->window.argument_types = resolved->argument_types;
    for (size_t i = 0; i < resolved->argument_count; i++)
        TRY(coerce_bind(binder, arguments[i], resolved->argument_types[i],
                        &bound->arguments[i]));
    TRY(check_form(binder, at, resolved->function));
    TRY(check_arguments(binder, bound));
    if (at->call->filter != NULL)
        TRY(expression_condition(binder, scope, CLAUSE_FILTER, at->call->filter,
                                 &bound->window.filter));
    TRY(check_clause(binder, scope, binder_position(binder, span)));
    TRY(window_of(binder, scope, at->call->over, &bound->window.window));
    *out = bound;
    return RC_OK;
}

/* ---- definitions: PostgreSQL's transformWindowDefinitions() ---- */

static enum rc bind_partition(struct binder *binder, struct scope *scope,
                              const struct ast_window *window, struct bound_window *bound)
{
    const struct ast_expression_list *list = &window->partition_by;
    bound->partition = ARENA_ARRAY(binder->arena, const struct bound *, list->count + 1);
    bound->partition_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        TRY(expression_in_clause(binder, scope, CLAUSE_WINDOW_PARTITION, list->items[i],
                                 &bound->partition[i]));
        TRY(coerce_unknown_to_text(binder, bound->partition[i], &bound->partition[i]));
        TRY(order_check_equality(binder, bound->partition[i]->type,
                                 binder_position(binder, list->items[i]->span)));
    }
    return RC_OK;
}

static enum rc bind_order(struct binder *binder, struct scope *scope,
                          const struct ast_window *window, struct bound_window *bound)
{
    const struct ast_sort_list *list = &window->order_by;
    bound->order = ARENA_ARRAY(binder->arena, const struct bound *, list->count + 1);
    bound->sort = ARENA_ARRAY(binder->arena, struct bound_sort, list->count + 1);
    bound->order_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        TRY(expression_in_clause(binder, scope, CLAUSE_WINDOW_ORDER,
                                 list->items[i].expression, &bound->order[i]));
        TRY(coerce_unknown_to_text(binder, bound->order[i], &bound->order[i]));
        TRY(order_item(binder, &list->items[i], bound->order[i]->type, &bound->sort[i]));
        bound->sort[i].target = (uint32_t)i;
    }
    return RC_OK;
}

static bool has_frame(const struct ast_window *window)
{
    return window->mode != FRAME_NONE;
}

static enum rc windowing_error(struct binder *binder, const struct ast_window *window,
                               const char *format, const char *name)
{
    const char *message = arena_printf(binder->arena, "%s", format);
    const char *mark = strstr(message, "%s");
    if (mark != NULL)
        message = arena_printf(binder->arena, "%.*s%s%s", (int)(mark - message), message,
                               name, mark + 2);
    return error_set_at(binder->err, binder_position(binder, window->span),
                        SQLSTATE_WINDOWING_ERROR, "%s", message);
}

/* A window that names another has its partition, and its order when it has none. */
static enum rc copy_from(struct binder *binder, struct scope *scope, size_t at,
                         struct bound_window *bound)
{
    const struct ast_window *window = scope->windows[at];
    size_t from = 0;
    for (; from < at; from++) {
        const char *name = scope->windows[from]->name;
        if (name != NULL && strcmp(name, window->reference) == 0)
            break;
    }
    if (from == at)
        return missing_window(binder, window);
    const struct bound_window *other = &scope->query->windows[from];
    if (bound->partition_count > 0)
        return windowing_error(binder, window,
                               "cannot override PARTITION BY clause of window \"%s\"",
                               window->reference);
    if (bound->order_count > 0 && other->order_count > 0)
        return windowing_error(binder, window,
                               "cannot override ORDER BY clause of window \"%s\"",
                               window->reference);
    bool is_plain = window->name == NULL && bound->order_count == 0 && !has_frame(window);
    if (has_frame(scope->windows[from])) {
        windowing_error(binder, window,
                        "cannot copy window \"%s\" because it has a frame clause",
                        window->reference);
        return is_plain
                   ? error_hint(binder->err, "Omit the parentheses in this OVER clause.")
                   : RC_FAILED;
    }
    bound->partition = other->partition;
    bound->partition_count = other->partition_count;
    if (bound->order_count == 0) {
        bound->order = other->order;
        bound->sort = other->sort;
        bound->order_count = other->order_count;
    }
    return RC_OK;
}

/* ---- frames ---- */

static enum rc check_offset(struct binder *binder, const struct bound *bound,
                            const char *mode)
{
    const struct bound *column = bound_find(bound, BOUND_COLUMN, 0);
    if (bound_find_set(bound) != NULL)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "argument of %s must not return a set", mode);
    if (column == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position_of(binder, column),
                        SQLSTATE_INVALID_COLUMN_REFERENCE,
                        "argument of %s must not contain variables", mode);
}

static enum rc count_offset(struct binder *binder, const struct bound *bound,
                            const char *mode, const struct bound **out)
{
    struct coerce_target target = {type_find_oid(TYPE_INT8), TYPE_TYPMOD_NONE,
                                   CAST_ASSIGNMENT, 0};
    enum rc rc = coerce_to(binder, bound, &target, out);
    if (rc == RC_NOTFOUND)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "argument of %s must be type bigint, not type %s", mode,
                            type_title(binder->arena, bound->type));
    return rc;
}

/* By which types a sort key of a type may be shifted: pg_amproc's in_range functions. */
static const struct {
    uint32_t key;
    uint32_t offset;
} in_range_types[] = {
    {TYPE_INT2, TYPE_INT8},
    {TYPE_INT2, TYPE_INT4},
    {TYPE_INT2, TYPE_INT2},
    {TYPE_INT4, TYPE_INT8},
    {TYPE_INT4, TYPE_INT4},
    {TYPE_INT4, TYPE_INT2},
    {TYPE_INT8, TYPE_INT8},
    {TYPE_FLOAT4, TYPE_FLOAT8},
    {TYPE_FLOAT8, TYPE_FLOAT8},
    {TYPE_NUMERIC, TYPE_NUMERIC},
    {TYPE_DATE, TYPE_INTERVAL},
    {TYPE_TIMESTAMP, TYPE_INTERVAL},
    {TYPE_TIMESTAMPTZ, TYPE_INTERVAL},
    {TYPE_TIME, TYPE_INTERVAL},
    {TYPE_TIMETZ, TYPE_INTERVAL},
    {TYPE_INTERVAL, TYPE_INTERVAL},
};

static enum rc range_error(struct binder *binder, const struct bound *offset,
                           const struct type *key, const char *what, const char *hint)
{
    bool tells_offset = hint != NULL;
    error_set_at(binder->err, binder_position_of(binder, offset),
                 SQLSTATE_FEATURE_NOT_SUPPORTED,
                 "RANGE with offset PRECEDING/FOLLOWING %s column type %s%s%s", what,
                 type_title(binder->arena, key), tells_offset ? " and offset type " : "",
                 tells_offset ? type_title(binder->arena, offset->type) : "");
    return tells_offset ? error_hint(binder->err, "%s", hint) : RC_FAILED;
}

static enum rc range_offset(struct binder *binder, const struct bound *bound,
                            const struct type *key, const struct bound **out)
{
    const struct type *wanted = bound->type->oid == TYPE_UNKNOWN ? key : bound->type;
    const struct type *chosen = NULL;
    size_t known = 0;
    size_t fitting = 0;
    for (size_t i = 0; i < ARRAY_COUNT(in_range_types); i++) {
        const struct type *type = type_find_oid(in_range_types[i].offset);
        if (in_range_types[i].key != key->oid)
            continue;
        known++;
        if (bound->type->oid != TYPE_UNKNOWN &&
            cast_find(bound->type, type, CAST_IMPLICIT, NULL) == CAST_NONE)
            continue;
        fitting++;
        if (chosen != wanted)
            chosen = type;
    }
    if (known == 0)
        return range_error(binder, bound, key, "is not supported for", NULL);
    if (fitting == 0)
        return range_error(binder, bound, key, "is not supported for",
                           "Cast the offset value to an appropriate type.");
    if (fitting > 1 && chosen != wanted)
        return range_error(binder, bound, key, "has multiple interpretations for",
                           "Cast the offset value to the exact intended type.");
    return coerce_bind(binder, bound, chosen, out);
}

static enum rc bind_offset(struct binder *binder, struct scope *scope,
                           const struct ast_window *window,
                           const struct ast_expression *expression,
                           const struct bound_window *bound, const struct bound **out)
{
    const char *mode = window->mode == FRAME_ROWS    ? "ROWS"
                       : window->mode == FRAME_RANGE ? "RANGE"
                                                     : "GROUPS";
    const struct bound *offset = NULL;
    if (expression == NULL)
        return RC_OK;
    TRY(expression_in_clause(binder, scope, CLAUSE_WINDOW_FRAME, expression, &offset));
    if (window->mode == FRAME_RANGE)
        TRY(range_offset(binder, offset, bound->order[0]->type, out));
    else
        TRY(count_offset(binder, offset, mode, out));
    return check_offset(binder, *out, mode);
}

static enum rc bind_frame(struct binder *binder, struct scope *scope,
                          const struct ast_window *window, struct bound_window *bound)
{
    struct bound_frame *frame = &bound->frame;
    bool has_offset = window->start_offset != NULL || window->end_offset != NULL;
    frame->end = BOUND_FRAME_CURRENT_ROW;
    if (!has_frame(window))
        return RC_OK;
    frame->mode = window->mode == FRAME_ROWS     ? BOUND_FRAME_ROWS
                  : window->mode == FRAME_GROUPS ? BOUND_FRAME_GROUPS
                                                 : BOUND_FRAME_RANGE;
    frame->start = (enum bound_frame_end)window->start; /* in the same order */
    frame->end = (enum bound_frame_end)window->end;
    frame->exclusion = (enum bound_frame_exclusion)window->exclusion;
    if (window->mode == FRAME_RANGE && has_offset && bound->order_count != 1)
        return windowing_error(binder, window,
                               "RANGE with offset PRECEDING/FOLLOWING requires exactly "
                               "one ORDER BY column",
                               NULL);
    if (window->mode == FRAME_GROUPS && bound->order_count == 0)
        return windowing_error(binder, window, "GROUPS mode requires an ORDER BY clause",
                               NULL);
    TRY(bind_offset(binder, scope, window, window->start_offset, bound,
                    &frame->start_offset));
    return bind_offset(binder, scope, window, window->end_offset, bound,
                       &frame->end_offset);
}

static enum rc check_name(struct binder *binder, const struct scope *scope, size_t at)
{
    const struct ast_window *window = scope->windows[at];
    for (size_t i = 0; i < at && window->name != NULL; i++) {
        if (scope->windows[i]->name != NULL &&
            strcmp(scope->windows[i]->name, window->name) == 0)
            return windowing_error(binder, window, "window \"%s\" is already defined",
                                   window->name);
    }
    return RC_OK;
}

void window_declare(struct binder *binder, struct scope *scope,
                    const struct ast_select *select)
{
    for (size_t i = 0; i < select->window_count; i++)
        add_window(binder, scope, select->windows[i]);
}

enum rc window_bind(struct binder *binder, struct scope *scope)
{
    struct bound_query *query = scope->query;
    size_t count = scope->window_count;
    query->windows = ARENA_ARRAY(binder->arena, struct bound_window, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct ast_window *window = scope->windows[i];
        struct bound_window *bound = &query->windows[i];
        TRY(check_name(binder, scope, i));
        TRY(bind_order(binder, scope, window, bound));
        TRY(bind_partition(binder, scope, window, bound));
        if (window->reference != NULL)
            TRY(copy_from(binder, scope, i, bound));
        TRY(bind_frame(binder, scope, window, bound));
    }
    query->window_count = count;
    return RC_OK;
}
