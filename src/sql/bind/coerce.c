/* Conversions (manual, chapter 10): each becomes a node, and a literal of no known type
 * becomes a constant of the type at once. */
#include "sql/bind/binder.h"

static enum rc literal(struct binder *binder, const struct bound *bound,
                       const struct type *type, const struct bound **out)
{
    struct bound *constant = bound_new(binder, BOUND_CONSTANT, type, 0, bound->position);
    constant->constant.null = bound->constant.null;
    *out = constant;
    if (bound->constant.null)
        return RC_OK;
    enum rc rc = type_input(type, &binder->types, bound->constant.datum.bytes,
                            TYPE_TYPMOD_NONE, &constant->constant.datum, binder->err);
    if (rc != RC_OK)
        return binder_failed_at(binder, binder_position_of(binder, bound));
    return RC_OK;
}

static enum rc parameter(struct binder *binder, const struct bound *bound,
                         const struct type *type, const struct bound **out)
{
    const struct type **known = &binder->parameters->types[bound->parameter];
    if (*known == NULL || (*known)->oid == TYPE_UNKNOWN)
        *known = type;
    if (*known != type) {
        error_set_at(
            binder->err, binder_position_of(binder, bound), SQLSTATE_AMBIGUOUS_PARAMETER,
            "inconsistent types deduced for parameter $%u", bound->parameter + 1);
        return error_detail(binder->err, "%s versus %s",
                            type_title(binder->arena, *known),
                            type_title(binder->arena, type));
    }
    struct bound *typed = bound_new(binder, BOUND_PARAMETER, type, 0, bound->position);
    typed->parameter = bound->parameter;
    *out = typed;
    return RC_OK;
}

enum rc coerce_bind(struct binder *binder, const struct bound *bound,
                    const struct type *type, const struct bound **out)
{
    *out = bound;
    if (bound->type == type)
        return RC_OK;
    if (bound->type->oid == TYPE_UNKNOWN && bound->kind == BOUND_CONSTANT)
        return literal(binder, bound, type, out);
    if (bound->type->oid == TYPE_UNKNOWN && bound->kind == BOUND_PARAMETER)
        return parameter(binder, bound, type, out);
    struct bound *cast = bound_new(binder, BOUND_CAST, type, 1, 0);
    cast->arguments[0] = bound;
    *out = cast;
    return RC_OK;
}

/* A constant is brought into its bounds here, so that the error has a place. */
static enum rc constant_typmod(struct binder *binder, const struct bound *bound,
                               int32_t typmod, bool is_assignment,
                               const struct bound **out)
{
    struct bound *constant = ARENA_NEW(binder->arena, struct bound);
    *constant = *bound;
    constant->typmod = typmod;
    *out = constant;
    if (bound->constant.null)
        return RC_OK;
    return type_apply_typmod(bound->type, &binder->types, typmod, !is_assignment,
                             &constant->constant.datum, binder->err);
}

enum rc coerce_typmod(struct binder *binder, const struct bound *bound, int32_t typmod,
                      bool is_assignment, const struct bound **out)
{
    *out = bound;
    if (typmod == TYPE_TYPMOD_NONE || bound->typmod == typmod)
        return RC_OK;
    if (bound->kind == BOUND_CONSTANT && !type_is_array(bound->type))
        return constant_typmod(binder, bound, typmod, is_assignment, out);
    struct bound *cast = bound_new(binder, BOUND_CAST, bound->type, 1, 0);
    cast->typmod = typmod;
    cast->is_assignment = is_assignment;
    cast->arguments[0] = bound;
    if (bound->kind == BOUND_CAST && bound->typmod == TYPE_TYPMOD_NONE &&
        bound->position == 0)
        cast->arguments[0] = bound->arguments[0]; /* one node does both */
    *out = cast;
    return RC_OK;
}

static bool is_untyped(const struct bound *bound)
{
    return bound->type->oid == TYPE_UNKNOWN &&
           (bound->kind == BOUND_CONSTANT || bound->kind == BOUND_PARAMETER);
}

enum rc coerce_to(struct binder *binder, const struct bound *bound,
                  const struct coerce_target *target, const struct bound **out)
{
    if (is_untyped(bound) && target->type->kind == 'p' &&
        target->type->oid != TYPE_CSTRING && target->type != bound->type &&
        !(target->type->oid == TYPE_RECORD && bound->kind == BOUND_CONSTANT))
        return RC_NOTFOUND;
    if (!is_untyped(bound) &&
        cast_find(bound->type, target->type, target->context, NULL) == CAST_NONE)
        return RC_NOTFOUND;
    TRY(coerce_bind(binder, bound, target->type, out));
    return coerce_typmod(binder, *out, target->typmod, target->context == CAST_ASSIGNMENT,
                         out);
}

enum rc coerce_boolean(struct binder *binder, const struct bound *bound,
                       const char *construct, const struct bound **out)
{
    struct coerce_target boolean = {type_find_oid(TYPE_BOOL), TYPE_TYPMOD_NONE,
                                    CAST_ASSIGNMENT, 0};
    enum rc rc = coerce_to(binder, bound, &boolean, out);
    if (rc == RC_NOTFOUND)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "argument of %s must be type boolean, not type %s", construct,
                            type_title(binder->arena, bound->type));
    TRY(rc);
    if (bound_find_set(bound) != NULL)
        return error_set_at(binder->err, binder_position_of(binder, bound),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "argument of %s must not return a set", construct);
    return RC_OK;
}

enum rc coerce_unknown_to_text(struct binder *binder, const struct bound *bound,
                               const struct bound **out)
{
    *out = bound;
    if (bound->type->oid != TYPE_UNKNOWN)
        return RC_OK;
    return coerce_bind(binder, bound, type_find_oid(TYPE_TEXT), out);
}

/* The first operand whose category is not that of those before it. */
static const struct bound *odd_one(const struct bound *const *items, size_t count)
{
    const struct bound *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (items[i]->type->oid == TYPE_UNKNOWN)
            continue;
        if (first != NULL && items[i]->type->category != first->type->category)
            return items[i];
        first = first == NULL ? items[i] : first;
    }
    return items[0];
}

enum rc coerce_common(struct binder *binder, const char *construct,
                      const struct bound **items, size_t count,
                      const struct type **type_out)
{
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, count + 1);
    for (size_t i = 0; i < count; i++)
        types[i] = items[i]->type;
    if (resolve_common_type(binder->arena, construct, types, count, type_out,
                            binder->err) != RC_OK)
        return binder_failed_at(binder,
                                binder_position_of(binder, odd_one(items, count)));
    return RC_OK;
}

enum rc coerce_all(struct binder *binder, const struct bound **items, size_t count,
                   const struct type *type)
{
    struct coerce_target target = {type, TYPE_TYPMOD_NONE, CAST_IMPLICIT, 0};
    for (size_t i = 0; i < count; i++) {
        enum rc rc = coerce_to(binder, items[i], &target, &items[i]);
        if (rc == RC_NOTFOUND)
            return error_set_at(binder->err, binder_position_of(binder, items[i]),
                                SQLSTATE_CANNOT_COERCE, "could not convert type %s to %s",
                                type_title(binder->arena, items[i]->type),
                                type_title(binder->arena, type));
        TRY(rc);
    }
    return RC_OK;
}

enum rc coerce_no_set(struct binder *binder, const struct bound *bound,
                      const char *construct)
{
    const struct bound *set = bound_find_set(bound);
    if (set == NULL)
        return RC_OK;
    error_set_at(binder->err, binder_position_of(binder, set),
                 SQLSTATE_FEATURE_NOT_SUPPORTED,
                 "set-returning functions are not allowed in %s", construct);
    return error_hint(binder->err, "You might be able to move the set-returning function "
                                   "into a LATERAL FROM item.");
}
