/* Calls of functions: which one is meant, and where it may stand. */
#include "sql/bind/binder.h"

static const char *const function_schemas[] = {"pg_catalog", "mz_catalog", "mz_internal",
                                               "information_schema"};

enum rc call_named(struct binder *binder, const char *name,
                   const struct bound **arguments, size_t count, struct ast_span span,
                   const struct bound **out)
{
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, count + 1);
    struct resolved resolved;
    for (size_t i = 0; i < count; i++)
        types[i] = arguments[i]->type;
    if (resolve_function(binder->arena, bytes_of_text(name), types, count, &resolved,
                         binder->err) != RC_OK)
        return binder_failed_at(binder, binder_position(binder, span));
    return call_finish(binder, NULL, &resolved, arguments, span, out);
}

/* Where a set may be returned; PostgreSQL's check_srf_call_placement(). */
static enum rc check_set(struct binder *binder, const struct scope *scope,
                         struct ast_span span)
{
    switch (scope == NULL ? CLAUSE_NONE : scope->clause) {
    case CLAUSE_SELECT:
    case CLAUSE_GROUP:
    case CLAUSE_ORDER:
    case CLAUSE_DISTINCT_ON:
    case CLAUSE_FROM_FUNCTION:
        return RC_OK;
    case CLAUSE_NONE:
        return error_set_at(binder->err, binder_position(binder, span),
                            SQLSTATE_FEATURE_NOT_SUPPORTED,
                            "set-valued function called in context that cannot accept a "
                            "set");
    case CLAUSE_JOIN:
        return error_set_at(binder->err, binder_position(binder, span),
                            SQLSTATE_FEATURE_NOT_SUPPORTED,
                            "set-returning functions are not allowed in JOIN conditions");
    default:
        return error_set_at(
            binder->err, binder_position(binder, span), SQLSTATE_FEATURE_NOT_SUPPORTED,
            "set-returning functions are not allowed in %s", clause_name(scope->clause));
    }
}

enum rc call_finish(struct binder *binder, struct scope *scope,
                    const struct resolved *resolved, const struct bound **arguments,
                    struct ast_span span, const struct bound **out)
{
    size_t count = resolved->argument_count;
    if (resolved->function->kind == FUNCTION_SET)
        TRY(check_set(binder, scope, span));
    struct bound *bound = bound_new(binder, BOUND_CALL, resolved->result_type, count,
                                    binder_place(binder, span));
    bound->call.function = resolved->function;
    bound->call.argument_types = resolved->argument_types;
    for (size_t i = 0; i < count; i++)
        TRY(coerce_bind(binder, arguments[i], resolved->argument_types[i],
                        &bound->arguments[i]));
    *out = bound;
    return RC_OK;
}

static enum rc check_form(struct binder *binder, const struct call_at *at)
{
    const struct ast_call *call = at->call;
    const char *what = call->is_within_group          ? "WITHIN GROUP"
                       : call->argument_names != NULL ? "a named argument"
                       : call->is_variadic            ? "VARIADIC"
                                                      : NULL;
    return what == NULL ? RC_OK : binder_unsupported(binder, at->expression->span, what);
}

/* What only aggregates may have. */
static enum rc check_scalar(struct binder *binder, const struct call_at *at)
{
    const struct ast_call *call = at->call;
    const char *name = binder_name(binder, &call->name);
    int position = binder_position(binder, at->expression->span);
    if (call->is_star)
        return error_set_at(binder->err, position, SQLSTATE_WRONG_OBJECT_TYPE,
                            "%s(*) specified, but %s is not an aggregate function", name,
                            name);
    const char *what = call->is_distinct          ? "DISTINCT"
                       : call->order_by.count > 0 ? "ORDER BY"
                       : call->filter != NULL     ? "FILTER"
                                                  : NULL;
    if (what == NULL)
        return RC_OK;
    return error_set_at(binder->err, position, SQLSTATE_WRONG_OBJECT_TYPE,
                        "%s specified, but %s is not an aggregate function", what, name);
}

/* The name to look up, or NULL when its schema holds no functions of ours. */
static const char *plain_name(const struct ast_name *name)
{
    const char *last = name->parts[name->count - 1];
    if (name->count == 1)
        return last;
    for (size_t i = 0; name->count == 2 && i < ARRAY_COUNT(function_schemas); i++) {
        if (strcmp(name->parts[0], function_schemas[i]) == 0)
            return last;
    }
    return NULL;
}

/* A schema that does not exist is told before a function that does not. */
static enum rc check_schema(struct binder *binder, const struct call_at *at)
{
    const struct ast_name *name = &at->call->name;
    if (name->count > 3)
        return error_set_at(binder->err, binder_position(binder, at->expression->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "improper qualified name (too many dotted names): %s",
                            binder_name(binder, name));
    return binder_check_schema(binder, name->parts[name->count - 2],
                               at->expression->span);
}

/* f(x) where f is a type: a cast (manual, chapter 10.3, step 3). */
static bool is_cast_call(const struct call_at *at, const struct bound *const *arguments,
                         size_t count, struct coerce_target *target_out)
{
    const struct ast_call *call = at->call;
    const char *name = plain_name(&call->name);
    if (name == NULL || count != 1 || call->is_star || call->is_distinct ||
        call->order_by.count > 0 || call->filter != NULL)
        return false;
    const struct type *type = type_find_name(bytes_of_text(name));
    if (type == NULL || strcmp(type->name, name) != 0 || type->kind == 'p')
        return false;
    *target_out = (struct coerce_target){type, TYPE_TYPMOD_NONE, CAST_EXPLICIT, 0};
    return arguments[0]->type->oid == TYPE_UNKNOWN ||
           cast_find(arguments[0]->type, type, CAST_EXPLICIT, NULL) != CAST_NONE;
}

/* The error of resolve_function(), with the name as written. */
static enum rc not_found(struct binder *binder, const struct call_at *at)
{
    const char *prefix = "function ";
    const char *last = at->call->name.parts[at->call->name.count - 1];
    const char *message = binder->err->message;
    size_t skip = strlen(prefix) + strlen(last);
    if (at->call->name.count > 1 && strncmp(message, prefix, strlen(prefix)) == 0 &&
        strlen(message) > skip) {
        struct error before = *binder->err;
        error_set(binder->err, before.state, "function %s%s",
                  binder_name(binder, &at->call->name), before.message + skip);
        error_hint(binder->err, "%s", before.hint);
    }
    return binder_failed_at(binder, binder_position(binder, at->expression->span));
}

static enum rc check_over(struct binder *binder, const struct call_at *at)
{
    if (at->call->over == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, at->expression->span),
                        SQLSTATE_WRONG_OBJECT_TYPE,
                        "OVER specified, but %s is not a window function nor an "
                        "aggregate function",
                        binder_name(binder, &at->call->name));
}

static enum rc dispatch(struct binder *binder, struct scope *scope,
                        const struct call_at *at, const struct resolved *resolved,
                        const struct bound **arguments, const struct bound **out)
{
    bool is_over = at->call->over != NULL;
    switch (resolved->function->kind) {
    case FUNCTION_AGGREGATE:
        if (is_over)
            return window_call(binder, scope, at, resolved, arguments, out);
        return aggregate_bind(binder, scope, at, resolved, arguments, out);
    case FUNCTION_WINDOW:
        if (is_over)
            return window_call(binder, scope, at, resolved, arguments, out);
        return error_set_at(binder->err, binder_position(binder, at->expression->span),
                            SQLSTATE_WRONG_OBJECT_TYPE,
                            "window function %s requires an OVER clause",
                            binder_name(binder, &at->call->name));
    case FUNCTION_SCALAR:
    case FUNCTION_ENVIRONMENT:
    case FUNCTION_SET:
        break;
    }
    TRY(check_scalar(binder, at));
    TRY(check_over(binder, at));
    return call_finish(binder, scope, resolved, arguments, at->expression->span, out);
}

enum rc expression_call(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, const struct bound **out)
{
    struct call_at at = {expression->call, expression};
    size_t count = at.call->arguments.count;
    const struct bound **arguments = NULL;
    struct resolved resolved;
    struct coerce_target target;
    const char *name = plain_name(&at.call->name);
    TRY(check_form(binder, &at));
    TRY(expression_list(binder, scope, &at.call->arguments, &arguments));
    if (name == NULL)
        TRY(check_schema(binder, &at));
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, count + 1);
    for (size_t i = 0; i < count; i++)
        types[i] = arguments[i]->type;
    bool is_found = resolve_function(binder->arena,
                                     name == NULL ? bytes_of("", 0) : bytes_of_text(name),
                                     types, count, &resolved, binder->err) == RC_OK;
    if (is_found)
        return dispatch(binder, scope, &at, &resolved, arguments, out);
    if ((binder->err->state == SQLSTATE_UNDEFINED_FUNCTION ||
         binder->err->state == SQLSTATE_AMBIGUOUS_FUNCTION) &&
        is_cast_call(&at, arguments, count, &target)) {
        error_clear(binder->err);
        return coerce_to(binder, arguments[0], &target, out);
    }
    return not_found(binder, &at);
}
