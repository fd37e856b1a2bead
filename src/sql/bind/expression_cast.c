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
                         const struct ast_indirection_step *step,
                         const struct bound **out)
{
    struct coerce_target integer = {type_find_oid(TYPE_INT4), TYPE_TYPMOD_NONE,
                                    CAST_ASSIGNMENT, 0};
    const struct bound *bound = NULL;
    TRY(expression_bind(binder, scope, step->lower, &bound));
    enum rc rc = coerce_to(binder, bound, &integer, out);
    if (rc == RC_NOTFOUND)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "array subscript must have type integer");
    return rc;
}

static enum rc check_steps(struct binder *binder, const struct ast_expression *expression,
                           const struct type *type)
{
    const struct ast_indirection *indirection = &expression->indirection;
    for (size_t i = 0; i < indirection->step_count; i++) {
        const struct ast_indirection_step *step = &indirection->steps[i];
        if (step->kind == INDIRECTION_FIELD)
            return error_set_at(binder->err, binder_position(binder, expression->span),
                                SQLSTATE_WRONG_OBJECT_TYPE,
                                "column notation .%s applied to type %s, which is not a "
                                "composite type",
                                step->field, type_title(binder->arena, type));
        if (step->kind == INDIRECTION_STAR)
            return binder_unsupported(binder, expression->span, "expansion of a row");
        if (step->kind == INDIRECTION_SLICE)
            return binder_unsupported(binder, expression->span, "a slice of an array");
    }
    return RC_OK;
}

enum rc expression_indirection(struct binder *binder, struct scope *scope,
                               const struct ast_expression *expression,
                               const struct bound **out)
{
    const struct ast_indirection *indirection = &expression->indirection;
    const struct bound *array = NULL;
    TRY(expression_bind(binder, scope, indirection->operand, &array));
    TRY(coerce_unknown_to_text(binder, array, &array));
    TRY(check_steps(binder, expression, array->type));
    const struct type *type = array->type;
    bool is_vector = type->oid == TYPE_INT2VECTOR || type->oid == TYPE_OIDVECTOR;
    if (!type_is_array(type) && !is_vector)
        return error_set_at(
            binder->err, binder_position_of(binder, array), SQLSTATE_DATATYPE_MISMATCH,
            "cannot subscript type %s because it does not support subscripting",
            type_title(binder->arena, type));
    struct bound *bound = bound_new(binder, BOUND_SUBSCRIPT, type_find_oid(type->element),
                                    indirection->step_count + 1, array->position);
    bound->arguments[0] = array;
    for (size_t i = 0; i < indirection->step_count; i++)
        TRY(subscript(binder, scope, &indirection->steps[i], &bound->arguments[i + 1]));
    *out = bound;
    return RC_OK;
}

/* ---- CURRENT_USER and the like: calls of functions ---- */

enum rc expression_value_function(struct binder *binder, struct scope *scope,
                                  const struct ast_expression *expression,
                                  const struct bound **out)
{
    static const char *const functions[] = {
        [VALUE_CURRENT_DATE] = NULL,
        [VALUE_CURRENT_TIME] = NULL,
        [VALUE_CURRENT_TIMESTAMP] = "now",
        [VALUE_LOCALTIME] = NULL,
        [VALUE_LOCALTIMESTAMP] = NULL,
        [VALUE_CURRENT_ROLE] = "current_user",
        [VALUE_CURRENT_USER] = "current_user",
        [VALUE_USER] = "current_user",
        [VALUE_SESSION_USER] = "session_user",
        [VALUE_CURRENT_CATALOG] = "current_database",
        [VALUE_CURRENT_SCHEMA] = "current_schema",
    };
    const struct ast_value_function_call *call = &expression->value_function;
    const char *name = functions[call->function];
    (void)scope;
    if (name == NULL || call->precision >= 0)
        return binder_unsupported(binder, expression->span,
                                  name == NULL ? sql_value_function_name(call->function)
                                               : "a precision of current_timestamp");
    return call_named(binder, name, NULL, 0, expression->span, out);
}
