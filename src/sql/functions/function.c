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
#define F_WINDOW(name)                                                                   \
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

/* Where each row stands, from 1; the preprocessor fills the tables of OIDs from them. */
enum function_place {
    FUNCTION_PLACE_NONE,
#define F(oid, ...) FUNCTION_PLACE_##oid,
#include "sql/functions/functions.def"
#undef F
};

enum operator_place {
    OPERATOR_PLACE_NONE,
#define O(oid, ...) OPERATOR_PLACE_##oid,
#include "sql/functions/operators.def"
#undef O
};

static const uint16_t function_places[] = {
#define F(oid, ...) [oid] = FUNCTION_PLACE_##oid,
#include "sql/functions/functions.def"
#undef F
};

static const uint16_t operator_places[] = {
#define O(oid, ...) [oid] = OPERATOR_PLACE_##oid,
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
    if (oid >= ARRAY_COUNT(function_places) || function_places[oid] == 0)
        return NULL;
    return &functions[function_places[oid] - 1];
}

const struct function *function_candidates(struct bytes name, size_t *at)
{
    if (*at == 0) {
        size_t high = ARRAY_COUNT(functions);
        while (*at < high) {
            size_t middle = *at + (high - *at) / 2;
            if (bytes_compare(bytes_of_text(functions[middle].name), name) < 0)
                *at = middle + 1;
            else
                high = middle;
        }
    }
    if (*at >= ARRAY_COUNT(functions) ||
        !bytes_equal(name, bytes_of_text(functions[*at].name)))
        return NULL;
    return &functions[(*at)++];
}

uint32_t function_default_count(const struct function *function)
{
    static const struct {
        uint32_t oid;
        uint32_t count;
    } rows[] = {
        {1268, 1}, /* parse_ident(text, strict) */
        {2096, 1}, /* pg_terminate_backend(pid, timeout) */
        {3305, 1}, /* jsonb_set(target, path, value, create) */
        {4350, 1}, /* normalize(text, form) */
        {4351, 1}, /* is_normalized(text, form) */
        {3464, 7}, /* make_interval(years, months, weeks, days, hours, mins, secs) */
        {3579, 1}, /* jsonb_insert(target, path, value, after) */
        {5054, 2}, /* jsonb_set_lax(target, path, value, create, NULL's meaning) */
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].oid == function->oid)
            return rows[i].count;
    }
    return 0;
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
    if (oid >= ARRAY_COUNT(operator_places) || operator_places[oid] == 0)
        return NULL;
    return &operators[operator_places[oid] - 1];
}

const struct operator_row *operator_candidates(struct bytes name, size_t *at)
{
    /* "!=" is another spelling of "<>", which the table alone has. */
    if (bytes_equal(name, bytes_of_text("!=")))
        name = bytes_of_text("<>");
    if (*at == 0) {
        size_t high = ARRAY_COUNT(operators);
        while (*at < high) {
            size_t middle = *at + (high - *at) / 2;
            if (bytes_compare(bytes_of_text(operators[middle].name), name) < 0)
                *at = middle + 1;
            else
                high = middle;
        }
    }
    if (*at >= ARRAY_COUNT(operators) ||
        !bytes_equal(name, bytes_of_text(operators[*at].name)))
        return NULL;
    return &operators[(*at)++];
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
    if (function->kind == FUNCTION_ENVIRONMENT && call->environment == NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "function %s is not supported here", function->name);
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
