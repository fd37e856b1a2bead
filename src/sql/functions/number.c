/* Comparison of all types; arithmetic of numbers (manual, chapters 9.2 and 9.3). The
 * types of the call tell which numbers these are. */
#include <math.h>
#include <stdlib.h>

#include "sql/functions/implementation.h"
#include "sql/types/numeric.h"

static bool is_double(const struct type *type)
{
    return type->methods->storage == TYPE_STORAGE_FLOAT4 ||
           type->methods->storage == TYPE_STORAGE_FLOAT8;
}

int64_t implementation_whole(const struct type *type, union datum datum)
{
    switch (type->methods->storage) {
    case TYPE_STORAGE_INT16:
        return datum.int16;
    case TYPE_STORAGE_INT32:
        return datum.int32;
    default:
        return datum.int64;
    }
}

static double real(const struct type *type, union datum datum)
{
    return type->methods->storage == TYPE_STORAGE_FLOAT4 ? (double)datum.float4
                                                         : datum.float8;
}

static int order_of(const struct call *call, const struct value *arguments)
{
    const struct type *left = call->argument_types[0];
    const struct type *right = call->argument_types[1];
    union datum a = arguments[0].datum;
    union datum b = arguments[1].datum;
    if (left->methods == right->methods || left->methods->storage == TYPE_STORAGE_BYTES ||
        left->methods->storage == TYPE_STORAGE_OID)
        return type_compare(left, a, b);
    if (left->category == 'D')
        return implementation_order_times(call, arguments);
    if (is_double(left)) {
        union datum x = {.float8 = real(left, a)};
        union datum y = {.float8 = real(right, b)};
        return type_compare(type_find_oid(TYPE_FLOAT8), x, y);
    }
    int64_t x = implementation_whole(left, a);
    int64_t y = implementation_whole(right, b);
    return x < y ? -1 : x > y ? 1 : 0;
}

enum rc implementation_comparable(const struct type *type, bool order, struct error *err)
{
    if (type_is_array(type))
        type = type_find_oid(type->element);
    if (type->methods->compare != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_UNDEFINED_FUNCTION,
                     order ? "could not identify a comparison function for type %s"
                           : "could not identify an equality operator for type %s",
                     type->name);
}

/* "=" and "<>" ask for equality alone: they answer the same for -1 and 1. */
#define COMPARE(name, sign)                                                              \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        if (type_is_array(call->argument_types[0]))                                      \
            TRY(implementation_comparable(call->argument_types[0],                       \
                                          (-1 sign 0) != (1 sign 0), err));              \
        result->datum.boolean = order_of(call, arguments) sign 0;                        \
        return RC_OK;                                                                    \
    }

/* -1, 0 or 1: what the btree support functions of a type say. */
FUNCTION_ROW(compare_order)
{
    if (type_is_array(call->argument_types[0]))
        TRY(implementation_comparable(call->argument_types[0], true, err));
    int order = order_of(call, arguments);
    result->datum.int32 = order < 0 ? -1 : order > 0 ? 1 : 0;
    return RC_OK;
}

/* Of two equal values (-0 and 0) the second is given, of two bpchar the first. */
static int first_of_equals(const struct call *call)
{
    return call->argument_types[0]->oid == TYPE_BPCHAR ? 1 : 0;
}

FUNCTION_ROW(larger)
{
    if (type_is_array(call->argument_types[0]))
        TRY(implementation_comparable(call->argument_types[0], true, err));
    *result = arguments[order_of(call, arguments) > -first_of_equals(call) ? 0 : 1];
    return RC_OK;
}

FUNCTION_ROW(smaller)
{
    if (type_is_array(call->argument_types[0]))
        TRY(implementation_comparable(call->argument_types[0], true, err));
    *result = arguments[order_of(call, arguments) < first_of_equals(call) ? 0 : 1];
    return RC_OK;
}

COMPARE(compare_eq, ==)
COMPARE(compare_ne, !=)
COMPARE(compare_lt, <)
COMPARE(compare_le, <=)
COMPARE(compare_gt, >)
COMPARE(compare_ge, >=)

/* Puts a whole number into the result's type; 22003 when it does not fit. */
enum rc implementation_put_whole(const struct call *call, int64_t number, bool overflowed,
                                 struct value *result, struct error *err)
{
    switch (call->result_type->methods->storage) {
    case TYPE_STORAGE_INT16:
        if (overflowed || number < INT16_MIN || number > INT16_MAX)
            return implementation_range("smallint", err);
        result->datum.int16 = (int16_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT32:
        if (overflowed || number < INT32_MIN || number > INT32_MAX)
            return implementation_range("integer", err);
        result->datum.int32 = (int32_t)number;
        return RC_OK;
    default:
        if (overflowed)
            return implementation_range("bigint", err);
        result->datum.int64 = number;
        return RC_OK;
    }
}

static enum rc compute_whole(const struct call *call, enum numeric_operation operation,
                             const struct value *arguments, struct value *result,
                             struct error *err)
{
    int64_t a = implementation_whole(call->argument_types[0], arguments[0].datum);
    int64_t b = implementation_whole(call->argument_types[1], arguments[1].datum);
    int64_t out = 0;
    bool over = false;
    if ((operation == NUMERIC_DIVIDE || operation == NUMERIC_MODULO) && b == 0)
        return implementation_division_by_zero(err);
    switch (operation) {
    case NUMERIC_ADD:
        over = __builtin_add_overflow(a, b, &out);
        break;
    case NUMERIC_SUBTRACT:
        over = __builtin_sub_overflow(a, b, &out);
        break;
    case NUMERIC_MULTIPLY:
        over = __builtin_mul_overflow(a, b, &out);
        break;
    case NUMERIC_DIVIDE:
        over = b == -1 && __builtin_sub_overflow(0, a, &out);
        out = b == -1 ? out : a / b;
        break;
    default:
        out = b == -1 ? 0 : a % b;
        break;
    }
    return implementation_put_whole(call, out, over, result, err);
}

static enum rc put_double(const struct call *call, double number, bool finite,
                          struct value *result, struct error *err)
{
    bool single = call->result_type->methods->storage == TYPE_STORAGE_FLOAT4;
    float narrow = (float)number;
    if (finite && (isinf(number) || (single && isinf(narrow))))
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: overflow");
    if (single)
        result->datum.float4 = narrow;
    else
        result->datum.float8 = number;
    return RC_OK;
}

static enum rc compute_double(const struct call *call, enum numeric_operation operation,
                              const struct value *arguments, struct value *result,
                              struct error *err)
{
    double a = real(call->argument_types[0], arguments[0].datum);
    double b = real(call->argument_types[1], arguments[1].datum);
    bool zero = fpclassify(b) == FP_ZERO;
    if (operation == NUMERIC_DIVIDE && zero && !isnan(a))
        return implementation_division_by_zero(err);
    double out = operation == NUMERIC_ADD        ? a + b
                 : operation == NUMERIC_SUBTRACT ? a - b
                 : operation == NUMERIC_MULTIPLY ? a * b
                                                 : a / b;
    bool product = operation == NUMERIC_MULTIPLY && !zero;
    bool quotient = operation == NUMERIC_DIVIDE && !isinf(b);
    bool vanished = fpclassify(out) == FP_ZERO ||
                    (call->result_type->methods->storage == TYPE_STORAGE_FLOAT4 &&
                     fpclassify((float)out) == FP_ZERO);
    if ((product || quotient) && vanished && fpclassify(a) != FP_ZERO)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: underflow");
    return put_double(call, out, !isinf(a) && !isinf(b), result, err);
}

static enum rc compute_uint64(enum numeric_operation operation,
                              const struct value *arguments, struct value *result,
                              struct error *err)
{
    uint64_t a = arguments[0].datum.uint64;
    uint64_t b = arguments[1].datum.uint64;
    uint64_t *out = &result->datum.uint64;
    bool over = false;
    if ((operation == NUMERIC_DIVIDE || operation == NUMERIC_MODULO) && b == 0)
        return implementation_division_by_zero(err);
    if (operation == NUMERIC_ADD)
        over = __builtin_add_overflow(a, b, out);
    else if (operation == NUMERIC_SUBTRACT)
        over = __builtin_sub_overflow(a, b, out);
    else if (operation == NUMERIC_MULTIPLY)
        over = __builtin_mul_overflow(a, b, out);
    else
        *out = operation == NUMERIC_DIVIDE ? a / b : a % b;
    return over ? implementation_range("uint8", err) : RC_OK;
}

static enum rc compute(struct call *call, enum numeric_operation operation,
                       const struct value *arguments, struct value *result,
                       struct error *err)
{
    if (is_double(call->result_type))
        return compute_double(call, operation, arguments, result, err);
    if (call->result_type->oid == TYPE_NUMERIC)
        return numeric_compute(call->arena, operation, arguments[0].datum.bytes,
                               arguments[1].datum.bytes, &result->datum.bytes, err);
    if (call->result_type->oid == TYPE_UINT8)
        return compute_uint64(operation, arguments, result, err);
    return compute_whole(call, operation, arguments, result, err);
}

#define ARITHMETIC(name, operation)                                                      \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        return compute(call, operation, arguments, result, err);                         \
    }

ARITHMETIC(add, NUMERIC_ADD)
ARITHMETIC(subtract, NUMERIC_SUBTRACT)
ARITHMETIC(multiply, NUMERIC_MULTIPLY)
ARITHMETIC(divide, NUMERIC_DIVIDE)
ARITHMETIC(modulo, NUMERIC_MODULO)

FUNCTION_ROW(identity)
{
    (void)call;
    (void)err;
    *result = arguments[0];
    return RC_OK;
}

FUNCTION_ROW(negate)
{
    const struct type *type = call->argument_types[0];
    if (is_double(type))
        return put_double(call, -real(type, arguments[0].datum), false, result, err);
    if (type->oid == TYPE_NUMERIC) {
        result->datum.bytes = numeric_negate(call->arena, arguments[0].datum.bytes);
        return RC_OK;
    }
    int64_t out = 0;
    bool over =
        __builtin_sub_overflow(0, implementation_whole(type, arguments[0].datum), &out);
    return implementation_put_whole(call, out, over, result, err);
}

FUNCTION_ROW(absolute)
{
    const struct type *type = call->argument_types[0];
    if (is_double(type))
        return put_double(call, fabs(real(type, arguments[0].datum)), false, result, err);
    bool negative = type->oid == TYPE_NUMERIC
                        ? numeric_sign(arguments[0].datum.bytes) < 0
                        : implementation_whole(type, arguments[0].datum) < 0;
    if (negative)
        return function_negate(call, arguments, result, err);
    *result = arguments[0];
    return RC_OK;
}

FUNCTION_ROW(sign)
{
    (void)err;
    if (is_double(call->result_type)) {
        double number = arguments[0].datum.float8;
        result->datum.float8 = number > 0 ? 1 : number < 0 ? -1 : 0;
    } else if (numeric_is_nan(arguments[0].datum.bytes)) {
        *result = arguments[0];
    } else {
        result->datum.bytes =
            numeric_from_int64(call->arena, numeric_sign(arguments[0].datum.bytes));
    }
    return RC_OK;
}

#define ROUNDING(name, rounding, real_function)                                          \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        (void)err;                                                                       \
        int scale = call->argument_count > 1 ? arguments[1].datum.int32 : 0;             \
        if (is_double(call->result_type))                                                \
            result->datum.float8 = real_function(arguments[0].datum.float8);             \
        else                                                                             \
            result->datum.bytes =                                                        \
                numeric_round(call->arena, arguments[0].datum.bytes, scale, rounding);   \
        return RC_OK;                                                                    \
    }

ROUNDING(round, NUMERIC_ROUND, rint)
ROUNDING(truncate, NUMERIC_TRUNCATE, trunc)
ROUNDING(ceiling, NUMERIC_CEILING, ceil)
ROUNDING(floor, NUMERIC_FLOOR, floor)

FUNCTION_ROW(square_root)
{
    if (!is_double(call->result_type))
        return numeric_sqrt(call->arena, arguments[0].datum.bytes, &result->datum.bytes,
                            err);
    if (arguments[0].datum.float8 < 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "cannot take square root of a negative number");
    result->datum.float8 = sqrt(arguments[0].datum.float8);
    return RC_OK;
}

/* What infinite numbers are refused for as others are. */
static enum rc check_numeric_power(struct call *call, const struct value *arguments,
                                   struct error *err)
{
    struct bytes base = arguments[0].datum.bytes;
    struct bytes exponent = arguments[1].datum.bytes;
    if (numeric_is_nan(base) || numeric_is_nan(exponent))
        return RC_OK;
    if (numeric_sign(base) == 0 && numeric_sign(exponent) < 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "zero raised to a negative power is undefined");
    if (numeric_sign(base) >= 0 || numeric_is_infinite(exponent))
        return RC_OK;
    struct bytes whole = numeric_round(call->arena, exponent, 0, NUMERIC_TRUNCATE);
    if (numeric_compare(whole, exponent) == 0)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "a negative number raised to a non-integer power yields a complex "
                     "result");
}

FUNCTION_ROW(power)
{
    if (call->result_type->oid == TYPE_NUMERIC)
        TRY(check_numeric_power(call, arguments, err));
    if (call->result_type->oid == TYPE_NUMERIC)
        return numeric_power(call->arena, arguments[0].datum.bytes,
                             arguments[1].datum.bytes, &result->datum.bytes, err);
    double a = arguments[0].datum.float8;
    double b = arguments[1].datum.float8;
    if (fpclassify(a) == FP_ZERO && b < 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "zero raised to a negative power is undefined");
    if (a < 0 && isfinite(b) && (floor(b) < b || floor(b) > b))
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "a negative number raised to a non-integer power yields a "
                         "complex result");
    double power = pow(a, b);
    bool finite = !isinf(a) && !isinf(b);
    if (finite && fpclassify(power) == FP_ZERO && fpclassify(a) != FP_ZERO)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: underflow");
    return put_double(call, power, finite, result, err);
}

FUNCTION_ROW(divide_whole)
{
    return compute(call, NUMERIC_DIVIDE_WHOLE, arguments, result, err);
}

FUNCTION_ROW(greatest_common)
{
    if (call->result_type->oid == TYPE_NUMERIC)
        return compute(call, NUMERIC_GCD, arguments, result, err);
    int64_t a = implementation_whole(call->argument_types[0], arguments[0].datum);
    int64_t b = implementation_whole(call->argument_types[1], arguments[1].datum);
    while (b != 0) {
        int64_t rest = b == -1 ? 0 : a % b;
        a = b;
        b = rest;
    }
    int64_t out = 0;
    bool over = a < 0 && __builtin_sub_overflow(0, a, &out);
    return implementation_put_whole(call, a < 0 ? out : a, over, result, err);
}

#define BITS(name, sign)                                                                 \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        return implementation_put_whole(                                                 \
            call,                                                                        \
            implementation_whole(call->argument_types[0], arguments[0].datum)            \
                sign implementation_whole(call->argument_types[1], arguments[1].datum),  \
            false, result, err);                                                         \
    }

BITS(bits_and, &)
BITS(bits_or, |)
BITS(bits_xor, ^)
