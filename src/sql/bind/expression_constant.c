/* Constants and parameters. */
#include <errno.h>
#include <stdlib.h>

#include "sql/bind/binder.h"

enum { PARAMETER_MAX = 65535 /* as many as the protocol can bind */ };

static bool fits_int8(const char *text, int64_t *out)
{
    char *end = NULL;
    if (strspn(text, "-0123456789") != strlen(text))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static enum rc numeric_constant(struct binder *binder, const char *text,
                                uint32_t position, struct bound **out)
{
    int64_t integer = 0;
    if (fits_int8(text, &integer)) {
        *out = bound_new(binder, BOUND_CONSTANT, type_find_oid(TYPE_INT8), 0, position);
        (*out)->constant.datum.int64 = integer;
        return RC_OK;
    }
    const struct type *numeric = type_find_oid(TYPE_NUMERIC);
    *out = bound_new(binder, BOUND_CONSTANT, numeric, 0, position);
    return type_input(numeric, &binder->types, bytes_of_text(text), TYPE_TYPMOD_NONE,
                      &(*out)->constant.datum, binder->err);
}

static struct bound *plain(struct binder *binder, enum type_oid type, uint32_t position)
{
    return bound_new(binder, BOUND_CONSTANT, type_find_oid(type), 0, position);
}

enum rc expression_constant(struct binder *binder, struct scope *scope,
                            const struct ast_expression *expression,
                            const struct bound **out)
{
    const struct ast_constant *constant = &expression->constant;
    uint32_t position = binder_place(binder, expression->span);
    struct bound *bound = NULL;
    (void)scope;
    switch (constant->kind) {
    case CONSTANT_NULL:
        bound = plain(binder, TYPE_UNKNOWN, position);
        bound->constant.null = true;
        break;
    case CONSTANT_BOOL:
        bound = plain(binder, TYPE_BOOL, position);
        bound->constant.datum.boolean = constant->boolean;
        break;
    case CONSTANT_INTEGER:
        bound = plain(binder, TYPE_INT4, position);
        bound->constant.datum.int32 = constant->integer;
        break;
    case CONSTANT_NUMERIC:
        if (numeric_constant(binder, constant->text, position, &bound) != RC_OK)
            return binder_failed_at(binder, binder_position(binder, expression->span));
        break;
    case CONSTANT_STRING:
        bound = plain(binder, TYPE_UNKNOWN, position);
        bound->constant.datum.bytes =
            arena_bytes(binder->arena, bytes_of_text(constant->text));
        break;
    case CONSTANT_BITS:
        return binder_unsupported(binder, expression->span, "a bit string");
    }
    *out = bound;
    return RC_OK;
}

static void grow(struct binder *binder, size_t count)
{
    struct bind_parameters *parameters = binder->parameters;
    if (count <= parameters->count)
        return;
    const struct type **types = ARENA_ARRAY(binder->arena, const struct type *, count);
    if (parameters->count > 0)
        memcpy(types, parameters->types, parameters->count * sizeof(*types));
    parameters->types = types;
    parameters->count = count;
}

enum rc expression_parameter(struct binder *binder, struct scope *scope,
                             const struct ast_expression *expression,
                             const struct bound **out)
{
    struct bind_parameters *parameters = binder->parameters;
    int32_t number = expression->parameter;
    (void)scope;
    if (parameters == NULL || parameters->is_closed || number < 1 ||
        number > PARAMETER_MAX)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_UNDEFINED_PARAMETER, "there is no parameter $%d",
                            number);
    grow(binder, (size_t)number);
    const struct type *type = parameters->types[number - 1];
    struct bound *bound = bound_new(binder, BOUND_PARAMETER,
                                    type == NULL ? type_find_oid(TYPE_UNKNOWN) : type, 0,
                                    binder_place(binder, expression->span));
    bound->parameter = (uint32_t)number - 1;
    *out = bound;
    return RC_OK;
}
