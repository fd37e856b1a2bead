/* Mathematical functions (manual, chapter 9.3): double precision and numeric. */
#include <math.h>

#include "base/random.h"
#include "sql/functions/implementation.h"
#include "sql/types/array.h"
#include "sql/types/numeric.h"

static enum rc out_of_range(struct error *err)
{
    return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range");
}

static enum rc put(double number, bool finite_input, struct value *result,
                   struct error *err)
{
    if (isinf(number) && finite_input)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: overflow");
    result->datum.float8 = number;
    return RC_OK;
}

/* Functions that take any number, but no infinity. */
#define TRIGONOMETRIC(name, expression)                                                  \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        (void)call;                                                                      \
        double x = arguments[0].datum.float8;                                            \
        if (isinf(x))                                                                    \
            return out_of_range(err);                                                    \
        result->datum.float8 = (expression);                                             \
        return RC_OK;                                                                    \
    }

TRIGONOMETRIC(sin, sin(x))
TRIGONOMETRIC(cos, cos(x))
TRIGONOMETRIC(tan, tan(x))
TRIGONOMETRIC(cot, 1.0 / tan(x))

/* Functions whose argument must lie in bounds. */
#define BOUNDED(name, condition, expression)                                             \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        (void)call;                                                                      \
        double x = arguments[0].datum.float8;                                            \
        if (!isnan(x) && !(condition))                                                   \
            return out_of_range(err);                                                    \
        result->datum.float8 = (expression);                                             \
        return RC_OK;                                                                    \
    }

BOUNDED(asin, x >= -1 && x <= 1, asin(x))
BOUNDED(acos, x >= -1 && x <= 1, acos(x))
BOUNDED(atan, true, atan(x))
BOUNDED(acosh, x >= 1, acosh(x))
BOUNDED(asinh, true, asinh(x))
BOUNDED(atanh, x >= -1 && x <= 1, atanh(x))
BOUNDED(sinh, true, sinh(x))
BOUNDED(cosh, true, cosh(x))
BOUNDED(tanh, true, tanh(x))
BOUNDED(cube_root, true, cbrt(x))

#define DEGREE (M_PI / 180.0)

static double arc_sine_degrees(double x)
{
    double magnitude = x < 0 ? -x : x; /* -0 stays -0 */
    double angle = magnitude > 0.5 ? 90.0 - acos(magnitude) / acos(0.5) * 60.0
                                   : asin(magnitude) / asin(0.5) * 30.0;
    return x < 0 ? -angle : angle;
}

BOUNDED(asind, x >= -1 && x <= 1, arc_sine_degrees(x))
/* Exact at 0, 60, 90, 120 and 180. */
static double arc_cosine_degrees(double x)
{
    double magnitude = fabs(x);
    double angle = magnitude > 0.5 ? acos(magnitude) / acos(0.5) * 60.0
                                   : 90.0 - asin(magnitude) / asin(0.5) * 30.0;
    return x < 0 ? 180.0 - angle : angle;
}

BOUNDED(acosd, x >= -1 && x <= 1, arc_cosine_degrees(x))
BOUNDED(atand, true, atan(x) / atan(1.0) * 45.0)

FUNCTION_ROW(radians)
{
    (void)call;
    double x = arguments[0].datum.float8;
    if (fpclassify(x) != FP_ZERO && fpclassify(x * DEGREE) == FP_ZERO)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: underflow");
    return put(arguments[0].datum.float8 * DEGREE, !isinf(arguments[0].datum.float8),
               result, err);
}

FUNCTION_ROW(degrees)
{
    (void)call;
    return put(arguments[0].datum.float8 / DEGREE, !isinf(arguments[0].datum.float8),
               result, err);
}

static double sine_to_30(double x)
{
    return sin(x * DEGREE) / sin(30.0 * DEGREE) / 2.0;
}

static double cosine_to_60(double x)
{
    return 1.0 - (1.0 - cos(x * DEGREE)) / (1.0 - cos(60.0 * DEGREE)) / 2.0;
}

/* The sine of an angle in degrees, exact at the multiples of 30. */
static double sine_degrees(double x)
{
    double sign = x < 0 ? -1 : 1;
    x = fmod(x < 0 ? -x : x, 360.0); /* -0 stays -0 */
    if (x > 180.0) {
        x = 360.0 - x;
        sign = -sign;
    }
    x = x > 90.0 ? 180.0 - x : x;
    return sign * (x <= 30.0 ? sine_to_30(x) : cosine_to_60(90.0 - x));
}

static double cosine_degrees(double x)
{
    double sign = 1;
    x = fmod(fabs(x), 360.0);
    x = x > 180.0 ? 360.0 - x : x;
    if (x > 90.0) {
        x = 180.0 - x;
        sign = -1;
    }
    return sign * (x <= 60.0 ? cosine_to_60(x) : sine_to_30(90.0 - x));
}

TRIGONOMETRIC(sind, sine_degrees(x))
TRIGONOMETRIC(cosd, cosine_degrees(x))
/* Without -0, as PostgreSQL. */
TRIGONOMETRIC(tand, sine_degrees(x) / cosine_degrees(x) + 0.0)
TRIGONOMETRIC(cotd, cosine_degrees(x) / sine_degrees(x) + 0.0)

FUNCTION_ROW(atan2)
{
    (void)call;
    (void)err;
    result->datum.float8 = atan2(arguments[0].datum.float8, arguments[1].datum.float8);
    return RC_OK;
}

FUNCTION_ROW(atan2d)
{
    (void)call;
    (void)err;
    double angle = atan2(arguments[0].datum.float8, arguments[1].datum.float8);
    result->datum.float8 = angle / atan(1.0) * 45.0;
    return RC_OK;
}

FUNCTION_ROW(pi)
{
    (void)call;
    (void)arguments;
    (void)err;
    result->datum.float8 = M_PI;
    return RC_OK;
}

FUNCTION_ROW(random)
{
    (void)call;
    (void)arguments;
    (void)err;
    result->datum.float8 = (double)(random_u64() >> 11) * 0x1p-53;
    return RC_OK;
}

static enum rc bad_logarithm(bool zero, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_LOGARITHM,
                     zero ? "cannot take logarithm of zero"
                          : "cannot take logarithm of a negative number");
}

FUNCTION_ROW(exponential)
{
    if (call->result_type->oid == TYPE_NUMERIC)
        return numeric_exp(call->arena, arguments[0].datum.bytes, &result->datum.bytes,
                           err);
    double x = arguments[0].datum.float8;
    double out = exp(x);
    if (fpclassify(out) == FP_ZERO && !isinf(x))
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: underflow");
    return put(out, !isinf(x), result, err);
}

static enum rc logarithm(struct call *call, const struct value *arguments, bool decimal,
                         struct value *result, struct error *err)
{
    if (call->result_type->oid == TYPE_NUMERIC) {
        struct bytes number = arguments[0].datum.bytes;
        if (!numeric_is_nan(number) && numeric_sign(number) <= 0)
            return bad_logarithm(numeric_sign(number) == 0, err);
        if (!decimal)
            return numeric_ln(call->arena, number, &result->datum.bytes, err);
        return numeric_log(call->arena, numeric_from_int64(call->arena, 10), number,
                           &result->datum.bytes, err);
    }
    double x = arguments[0].datum.float8;
    if (x <= 0)
        return bad_logarithm(x >= 0, err);
    result->datum.float8 = decimal ? log10(x) : log(x);
    return RC_OK;
}

FUNCTION_ROW(logarithm)
{
    return logarithm(call, arguments, false, result, err);
}

/* log(x) and log(base, x). */
FUNCTION_ROW(logarithm_base)
{
    if (call->argument_count == 1)
        return logarithm(call, arguments, true, result, err);
    return numeric_log(call->arena, arguments[0].datum.bytes, arguments[1].datum.bytes,
                       &result->datum.bytes, err);
}

FUNCTION_ROW(factorial)
{
    int64_t number = arguments[0].datum.int64;
    if (number < 0)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "factorial of a negative number is undefined");
    if (number > 32177)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value overflows numeric format");
    struct bytes product = numeric_from_int64(call->arena, 1);
    for (int64_t i = 2; i <= number; i++)
        TRY(numeric_compute(call->arena, NUMERIC_MULTIPLY, product,
                            numeric_from_int64(call->arena, i), &product, err));
    result->datum.bytes = product;
    return RC_OK;
}

FUNCTION_ROW(scale)
{
    (void)call;
    (void)err;
    result->null = numeric_is_nan(arguments[0].datum.bytes) ||
                   numeric_is_infinite(arguments[0].datum.bytes);
    if (!result->null)
        result->datum.int32 = numeric_scale(arguments[0].datum.bytes);
    return RC_OK;
}

FUNCTION_ROW(min_scale)
{
    struct value trimmed = {0};
    trimmed.datum.bytes = numeric_trim(call->arena, arguments[0].datum.bytes);
    return function_scale(call, &trimmed, result, err);
}

FUNCTION_ROW(trim_scale)
{
    (void)err;
    result->datum.bytes = numeric_trim(call->arena, arguments[0].datum.bytes);
    return RC_OK;
}

FUNCTION_ROW(least_multiple)
{
    if (call->result_type->oid == TYPE_NUMERIC)
        return numeric_compute(call->arena, NUMERIC_LCM, arguments[0].datum.bytes,
                               arguments[1].datum.bytes, &result->datum.bytes, err);
    int64_t a = implementation_whole(call->argument_types[0], arguments[0].datum);
    int64_t b = implementation_whole(call->argument_types[1], arguments[1].datum);
    int64_t x = a;
    int64_t y = b;
    if (a == 0 || b == 0)
        return implementation_put_whole(call, 0, false, result, err);
    while (y != 0) {
        int64_t rest = y == -1 ? 0 : x % y;
        x = y;
        y = rest;
    }
    int64_t out = 0;
    bool over = __builtin_mul_overflow(x == -1 ? a : a / x, b, &out);
    over = (out < 0 && __builtin_sub_overflow(0, out, &out)) || over;
    return implementation_put_whole(call, out, over, result, err);
}

static enum rc shift(struct call *call, const struct value *arguments, bool left,
                     struct value *result)
{
    int64_t number = implementation_whole(call->argument_types[0], arguments[0].datum);
    int32_t by = arguments[1].datum.int32;
    switch (call->result_type->methods->storage) {
    case TYPE_STORAGE_INT16:
        by &= 31;
        result->datum.int16 =
            (int16_t)(left ? (int32_t)((uint32_t)number << by) : (int32_t)number >> by);
        break;
    case TYPE_STORAGE_INT32:
        by &= 31;
        result->datum.int32 =
            left ? (int32_t)((uint32_t)number << by) : (int32_t)number >> by;
        break;
    default:
        by &= 63;
        result->datum.int64 = left ? (int64_t)((uint64_t)number << by) : number >> by;
        break;
    }
    return RC_OK;
}

FUNCTION_ROW(shift_left)
{
    (void)err;
    return shift(call, arguments, true, result);
}

FUNCTION_ROW(shift_right)
{
    (void)err;
    return shift(call, arguments, false, result);
}

FUNCTION_ROW(bits_not)
{
    int64_t number = implementation_whole(call->argument_types[0], arguments[0].datum);
    return implementation_put_whole(call, ~number, false, result, err);
}

static enum rc bucket_error(const char *text, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION, "%s",
                     text);
}

/* Whether the operand lies below (-1), in (0) or above (1) the bounds, which may descend.
 */
static enum rc width_bucket_double(const struct value *arguments, int64_t *out,
                                   struct error *err)
{
    double operand = arguments[0].datum.float8;
    double low = arguments[1].datum.float8;
    double high = arguments[2].datum.float8;
    int32_t count = arguments[3].datum.int32;
    if (isnan(operand) || isnan(low) || isnan(high))
        return bucket_error("operand, lower bound, and upper bound cannot be NaN", err);
    if (isinf(low) || isinf(high))
        return bucket_error("lower and upper bounds must be finite", err);
    if (!(low < high) && !(low > high))
        return bucket_error("lower bound cannot equal upper bound", err);
    bool rising = low < high;
    if (rising ? operand < low : operand > low)
        *out = 0;
    else if (rising ? operand >= high : operand <= high)
        *out = (int64_t)count + 1;
    else
        *out = (int64_t)(count * ((operand - low) / (high - low))) + 1;
    if (*out > (int64_t)count + 1)
        *out = (int64_t)count + 1;
    return RC_OK;
}

static enum rc width_bucket_numeric(struct call *call, const struct value *arguments,
                                    int64_t *out, struct error *err)
{
    struct bytes operand = arguments[0].datum.bytes;
    struct bytes low = arguments[1].datum.bytes;
    struct bytes high = arguments[2].datum.bytes;
    int32_t count = arguments[3].datum.int32;
    if (numeric_is_nan(operand) || numeric_is_nan(low) || numeric_is_nan(high))
        return bucket_error("operand, lower bound, and upper bound cannot be NaN", err);
    if (numeric_is_infinite(low) || numeric_is_infinite(high))
        return bucket_error("lower and upper bounds must be finite", err);
    int order = numeric_compare(low, high);
    if (order == 0)
        return bucket_error("lower bound cannot equal upper bound", err);
    if (numeric_compare(operand, low) * order > 0) {
        *out = 0;
        return RC_OK;
    }
    if (numeric_compare(operand, high) * order <= 0) {
        *out = (int64_t)count + 1;
        return RC_OK;
    }
    struct bytes part;
    struct bytes whole;
    TRY(numeric_compute(call->arena, NUMERIC_SUBTRACT, operand, low, &part, err));
    TRY(numeric_compute(call->arena, NUMERIC_SUBTRACT, high, low, &whole, err));
    TRY(numeric_compute(call->arena, NUMERIC_MULTIPLY, part,
                        numeric_from_int64(call->arena, count), &part, err));
    TRY(numeric_compute(call->arena, NUMERIC_DIVIDE_WHOLE, part, whole, &part, err));
    TRY(numeric_to_int64(part, 0, INT32_MAX, "integer", out, err));
    ++*out;
    return RC_OK;
}

/* How many of the ascending thresholds are at or below the operand. */
FUNCTION_ROW(width_bucket_array)
{
    struct array array = array_open(arguments[1].datum.bytes);
    struct value item;
    if (array.dimensions > 1)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "thresholds must be one-dimensional array");
    TRY(implementation_comparable(array.element, true, err));
    struct value *items = ARENA_ARRAY(call->arena, struct value, array.count + 1);
    for (size_t i = 0; array_next(&array, &item); i++) {
        items[i] = item;
        if (item.null)
            return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                             "thresholds array must not contain NULLs");
    }
    size_t low = 0;
    for (size_t high = array.count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (type_compare(array.element, arguments[0].datum, items[middle].datum) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    result->datum.int32 = (int32_t)low;
    return RC_OK;
}

FUNCTION_ROW(width_bucket)
{
    int64_t out = 0;
    if (arguments[3].datum.int32 <= 0)
        return bucket_error("count must be greater than zero", err);
    if (call->argument_types[0]->oid == TYPE_NUMERIC)
        TRY(width_bucket_numeric(call, arguments, &out, err));
    else
        TRY(width_bucket_double(arguments, &out, err));
    return implementation_put_whole(call, out, false, result, err);
}
