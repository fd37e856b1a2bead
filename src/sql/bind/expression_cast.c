/* Casts, COLLATE, ARRAY[...], subscripts, and CURRENT_USER and its kin. */
#include "sql/bind/binder.h"

static enum rc cannot_cast(struct binder *binder, int position, const struct type *from,
                           const struct type *to)
{
    return error_set_at(binder->err, position, SQLSTATE_CANNOT_COERCE,
                        "cannot cast type %s to %s", type_title(binder->arena, from),
                        type_title(binder->arena, to));
}

static enum rc cast_bound(struct binder *binder, const struct ast_expression *expression,
                          const struct bound *operand, const struct coerce_target *target,
                          const struct bound **out)
{
    enum rc rc = coerce_to(binder, operand, target, out);
    if (rc == RC_NOTFOUND)
        return cannot_cast(binder, target->position, operand->type, target->type);
    TRY(rc);
    if ((*out)->kind == BOUND_CAST && *out != operand) {
        struct bound *placed = ARENA_NEW(binder->arena, struct bound);
        *placed = **out;
        placed->position = binder_place(binder, expression->span);
        *out = placed;
    }
    return RC_OK;
}

enum rc expression_cast(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, const struct bound **out)
{
    const struct ast_cast *cast = &expression->cast;
    struct coerce_target target = {.context = CAST_EXPLICIT};
    const struct bound *operand = NULL;
    target.position = binder_position(binder, expression->span);
    if (target.position == 0)
        target.position = binder_position(binder, cast->type->span);
    TRY(type_bind(binder, cast->type, &target.type, &target.typmod));
    if (cast->operand->kind == EXPRESSION_ARRAY && type_is_array(target.type))
        TRY(expression_array(binder, scope, cast->operand, target.type, &operand));
    else
        TRY(expression_bind(binder, scope, cast->operand, &operand));
    return cast_bound(binder, expression, operand, &target, out);
}

enum rc expression_collate(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression,
                           const struct bound **out)
{
    static const char *const known[] = {"C", "POSIX", "default", "ucs_basic"};
    const struct ast_name *name = &expression->collate.collation;
    const char *last = name->parts[name->count - 1];
    bool found = false;
    TRY(expression_bind(binder, scope, expression->collate.operand, out));
    TRY(coerce_unknown_to_text(binder, *out, out));
    const struct type *type = (*out)->type;
    const struct type *element =
        type_is_array(type) ? type_find_oid(type->element) : type;
    if (element->collation == 0)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "collations are not supported by type %s",
                            type_title(binder->arena, type));
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        found |= strcmp(known[i], last) == 0;
    if (found && (name->count == 1 || strcmp(name->parts[0], "pg_catalog") == 0))
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, expression->span),
                        SQLSTATE_UNDEFINED_OBJECT,
                        "collation \"%s\" for encoding \"UTF8\" does not exist",
                        binder_name(binder, name));
}

/* ---- ARRAY[...] ---- */

/* An inner ARRAY[...] is known by its form to be a dimension more. */
static enum rc array_items(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression,
                           const struct type *target, struct bound *array,
                           bool *nested_out)
{
    *nested_out = false;
    for (size_t i = 0; i < expression->list.count; i++) {
        const struct ast_expression *item = expression->list.items[i];
        if (item->kind == EXPRESSION_ARRAY)
            TRY(expression_array(binder, scope, item, target, &array->arguments[i]));
        else
            TRY(expression_bind(binder, scope, item, &array->arguments[i]));
        *nested_out |= type_is_array(array->arguments[i]->type);
    }
    return RC_OK;
}

static enum rc array_type(struct binder *binder, const struct ast_expression *expression,
                          struct bound *array)
{
    const struct type *item = NULL;
    if (array->argument_count == 0) {
        error_set_at(binder->err, binder_position(binder, expression->span),
                     SQLSTATE_INDETERMINATE_DATATYPE,
                     "cannot determine type of empty array");
        return error_hint(binder->err, "Explicitly cast to the desired type, for example "
                                       "ARRAY[]::integer[].");
    }
    TRY(coerce_common(binder, "ARRAY", array->arguments, array->argument_count, &item));
    TRY(coerce_all(binder, array->arguments, array->argument_count, item));
    array->type = type_is_array(item) ? item : type_find_oid(item->array);
    if (array->type == NULL)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_UNDEFINED_OBJECT,
                            "could not find array type for data type %s",
                            type_title(binder->arena, item));
    return RC_OK;
}

enum rc expression_array(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         const struct type *target, const struct bound **out)
{
    struct bound *array = bound_new(binder, BOUND_ARRAY, target, expression->list.count,
                                    binder_place(binder, expression->span));
    bool nested = false;
    *out = array;
    TRY(binder_enter(binder));
    TRY(array_items(binder, scope, expression, target, array, &nested));
    binder_leave(binder);
    if (target == NULL)
        return array_type(binder, expression, array);
    struct coerce_target item = {nested ? target : type_find_oid(target->element),
                                 TYPE_TYPMOD_NONE, CAST_EXPLICIT, 0};
    for (size_t i = 0; i < array->argument_count; i++) {
        const struct bound *argument = array->arguments[i];
        enum rc rc = coerce_to(binder, argument, &item, &array->arguments[i]);
        if (rc == RC_NOTFOUND)
            return cannot_cast(binder, binder_position_of(binder, argument),
                               argument->type, item.type);
        TRY(rc);
    }
    return RC_OK;
}

/* ---- a[1], (a).b ---- */

static enum rc subscript(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         const struct bound **out)
{
    struct coerce_target integer = {type_find_oid(TYPE_INT4), TYPE_TYPMOD_NONE,
                                    CAST_ASSIGNMENT, 0};
    const struct bound *bound = NULL;
    TRY(expression_bind(binder, scope, expression, &bound));
    enum rc rc = coerce_to(binder, bound, &integer, out);
    if (rc == RC_NOTFOUND)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "array subscript must have type integer");
    return rc;
}

static bool has_slice(const struct ast_indirection *indirection)
{
    for (size_t i = 0; i < indirection->step_count; i++) {
        if (indirection->steps[i].kind == INDIRECTION_SLICE)
            return true;
    }
    return false;
}

/* a[2:3][1]: with one slice all are, from 1 to a number that stands alone. */
static enum rc slice(struct binder *binder, struct scope *scope,
                     const struct ast_indirection *indirection, const struct bound *array,
                     const struct bound **out)
{
    struct bound *bound = bound_new(binder, BOUND_SLICE, array->type,
                                    2 * indirection->step_count + 1, array->position);
    bound->arguments[0] = array;
    for (size_t i = 0; i < indirection->step_count; i++) {
        const struct ast_indirection_step *step = &indirection->steps[i];
        bool is_slice = step->kind == INDIRECTION_SLICE;
        const struct ast_expression *bounds[2] = {is_slice ? step->lower : NULL,
                                                  is_slice ? step->upper : step->lower};
        for (size_t k = 0; k < 2; k++) {
            const struct type *type = type_find_oid(is_slice ? TYPE_UNKNOWN : TYPE_INT4);
            struct bound *none = bound_new(binder, BOUND_CONSTANT, type, 0, 0);
            none->constant = (struct value){.null = is_slice, .datum.int32 = 1};
            bound->arguments[2 * i + k + 1] = none;
            if (bounds[k] != NULL)
                TRY(subscript(binder, scope, bounds[k],
                              &bound->arguments[2 * i + k + 1]));
        }
    }
    *out = bound;
    return RC_OK;
}

/* Subscripts that stand together are of one array. */
static enum rc subscripts(struct binder *binder, struct scope *scope,
                          const struct ast_indirection *indirection,
                          const struct bound *array, const struct bound **out)
{
    TRY(coerce_unknown_to_text(binder, array, &array));
    const struct type *type = array->type;
    bool is_vector = type->oid == TYPE_INT2VECTOR || type->oid == TYPE_OIDVECTOR;
    if (!type_is_array(type) && !is_vector)
        return error_set_at(
            binder->err, binder_position_of(binder, array), SQLSTATE_DATATYPE_MISMATCH,
            "cannot subscript type %s because it does not support subscripting",
            type_title(binder->arena, type));
    if (has_slice(indirection))
        return slice(binder, scope, indirection, array, out);
    struct bound *bound = bound_new(binder, BOUND_SUBSCRIPT, type_find_oid(type->element),
                                    indirection->step_count + 1, array->position);
    bound->arguments[0] = array;
    for (size_t i = 0; i < indirection->step_count; i++)
        TRY(subscript(binder, scope, indirection->steps[i].lower,
                      &bound->arguments[i + 1]));
    *out = bound;
    return RC_OK;
}

static bool is_subscript(const struct ast_indirection_step *step)
{
    return step->kind == INDIRECTION_SUBSCRIPT || step->kind == INDIRECTION_SLICE;
}

enum rc expression_indirection(struct binder *binder, struct scope *scope,
                               const struct ast_expression *expression,
                               const struct bound **out)
{
    const struct ast_indirection *indirection = &expression->indirection;
    TRY(expression_bind(binder, scope, indirection->operand, out));
    for (size_t at = 0; at < indirection->step_count;) {
        struct ast_indirection part = {.steps = indirection->steps + at};
        if (part.steps->kind == INDIRECTION_STAR)
            return error_set_at(binder->err, binder_position(binder, expression->span),
                                SQLSTATE_SYNTAX_ERROR,
                                "row expansion via \"*\" is not supported here");
        if (part.steps->kind == INDIRECTION_FIELD) {
            TRY(record_field(binder, scope, *out, part.steps->field, expression->span,
                             out));
            at++;
            continue;
        }
        while (at < indirection->step_count && is_subscript(&indirection->steps[at])) {
            part.step_count++;
            at++;
        }
        TRY(subscripts(binder, scope, &part, *out, out));
    }
    return RC_OK;
}

/* ---- CURRENT_USER, CURRENT_DATE and the like: calls of functions ---- */

static enum rc value_of_time(struct binder *binder,
                             const struct ast_value_function_call *call,
                             struct ast_span span, const struct bound **out)
{
    static const uint32_t types[] = {
        [VALUE_CURRENT_DATE] = TYPE_DATE,
        [VALUE_CURRENT_TIME] = TYPE_TIMETZ,
        [VALUE_CURRENT_TIMESTAMP] = TYPE_TIMESTAMPTZ,
        [VALUE_LOCALTIME] = TYPE_TIME,
        [VALUE_LOCALTIMESTAMP] = TYPE_TIMESTAMP,
    };
    enum { DIGITS_MAX = 6 };
    int32_t digits = call->precision > DIGITS_MAX ? DIGITS_MAX : call->precision;
    const struct bound *now = NULL;
    struct coerce_target target = {type_find_oid(types[call->function]),
                                   digits < 0 ? TYPE_TYPMOD_NONE : digits, CAST_EXPLICIT,
                                   0};
    TRY(call_named(binder, "now", NULL, 0, span, &now));
    return coerce_to(binder, now, &target, out);
}

enum rc expression_value_function(struct binder *binder, struct scope *scope,
                                  const struct ast_expression *expression,
                                  const struct bound **out)
{
    static const char *const functions[] = {
        [VALUE_CURRENT_ROLE] = "current_user",
        [VALUE_CURRENT_USER] = "current_user",
        [VALUE_USER] = "current_user",
        [VALUE_SESSION_USER] = "session_user",
        [VALUE_CURRENT_CATALOG] = "current_database",
        [VALUE_CURRENT_SCHEMA] = "current_schema",
    };
    const struct ast_value_function_call *call = &expression->value_function;
    (void)scope;
    if (functions[call->function] == NULL)
        return value_of_time(binder, call, expression->span, out);
    return call_named(binder, functions[call->function], NULL, 0, expression->span, out);
}
