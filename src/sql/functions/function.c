/* The tables of functions and operators, look-ups and evaluation. */
#include "sql/functions/function.h"

#include "sql/functions/implementation.h"

#define F_SCALAR(name)                                                                   \
    {                                                                                    \
        .row = function_##name                                                           \
    }
#define F_AGGREGATE(name)                                                                \
    {                                                                                    \
        .aggregate = &aggregate_##name                                                   \
    }
#define F_SET(name)                                                                      \
    {                                                                                    \
        .set = &set_##name                                                               \
    }
#define F_ENVIRONMENT(name)                                                              \
    {                                                                                    \
        .row = NULL                                                                      \
    }

static const struct function functions[] = {
#define F(oid, name, kind, implementation, result, strict, volatility, variadic, count,  \
          ...)                                                                           \
    {                                                                                    \
        (oid),           name,                                                           \
        FUNCTION_##kind, (result),                                                       \
        (strict),        (volatility),                                                   \
        (variadic),      (count),                                                        \
        {__VA_ARGS__},   F_##kind(implementation)},
#include "sql/functions/functions.def"
#undef F
};

static const struct operator_row operators[] = {
#define O(...) {__VA_ARGS__},
#include "sql/functions/operators.def"
#undef O
};

size_t function_count(void)
{
    return ARRAY_COUNT(functions);
}

const struct function *function_at(size_t index)
{
    return &functions[index];
}

const struct function *function_find_oid(uint32_t oid)
{
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        if (functions[i].oid == oid)
            return &functions[i];
    }
    return NULL;
}

const struct function *function_candidates(struct bytes name, size_t *at)
{
    while (*at < ARRAY_COUNT(functions)) {
        const struct function *row = &functions[(*at)++];
        if (bytes_equal(name, bytes_of_text(row->name)))
            return row;
    }
    return NULL;
}

size_t operator_count(void)
{
    return ARRAY_COUNT(operators);
}

const struct operator_row *operator_at(size_t index)
{
    return &operators[index];
}

const struct operator_row *operator_find_oid(uint32_t oid)
{
    for (size_t i = 0; i < ARRAY_COUNT(operators); i++) {
        if (operators[i].oid == oid)
            return &operators[i];
    }
    return NULL;
}

const struct operator_row *operator_candidates(struct bytes name, size_t *at)
{
    /* "!=" is another spelling of "<>", which the table alone has. */
    if (bytes_equal(name, bytes_of_text("!=")))
        name = bytes_of_text("<>");
    while (*at < ARRAY_COUNT(operators)) {
        const struct operator_row *row = &operators[(*at)++];
        if (bytes_equal(name, bytes_of_text(row->name)))
            return row;
    }
    return NULL;
}

enum rc function_evaluate_row(struct call *call, const struct value *arguments,
                              struct value *result, struct error *err)
{
    const struct function *function = call->function;
    *result = (struct value){0};
    for (size_t i = 0; function->strict && i < call->argument_count; i++) {
        if (arguments[i].null) {
            result->null = true;
            return RC_OK;
        }
    }
    if (function->kind == FUNCTION_ENVIRONMENT)
        return call->environment->call(call->environment->owner, call, arguments, result,
                                       err);
    return function->run.row(call, arguments, result, err);
}

enum rc function_evaluate(struct call *call, const struct vector *arguments,
                          struct selection selection, struct vector *result,
                          struct error *err)
{
    struct value *values =
        ARENA_ARRAY(call->arena, struct value, call->argument_count + 1);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        for (size_t at = 0; at < call->argument_count; at++) {
            values[at].datum = arguments[at].values[row];
            values[at].null = arguments[at].nulls[row] != 0;
        }
        struct value value = {0};
        TRY(function_evaluate_row(call, values, &value, err));
        result->values[row] = value.datum;
        result->nulls[row] = value.null ? 1 : 0;
    }
    return RC_OK;
}

enum rc implementation_range(const char *title, struct error *err)
{
    return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", title);
}

enum rc implementation_division_by_zero(struct error *err)
{
    return error_set(err, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
}

enum rc implementation_text(struct call *call, struct buffer *buffer,
                            struct value *result, struct error *err)
{
    bool failed = buffer_failed(buffer);
    if (!failed)
        result->datum.bytes = arena_bytes(call->arena, buffer_bytes(buffer));
    buffer_fini(buffer);
    return failed ? error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                              "requested length too large")
                  : RC_OK;
}
