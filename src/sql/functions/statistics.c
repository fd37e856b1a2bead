/* Aggregates of statistics: variance, deviation, regression (manual, chapter 9.21). */
#include <math.h>

#include "sql/functions/implementation.h"
#include "sql/types/cast.h"
#include "sql/types/numeric.h"

/* Doubles by the method of Youngs and Cramer, as PostgreSQL; all else exactly. */
struct spread_state {
    int64_t count;
    double sum;
    double squares; /* of the differences from the mean */
    struct bytes exact_sum;
    struct bytes exact_squares; /* of the numbers */
    bool not_finite;
};

static enum rc add_exact(struct call *call, struct spread_state *spread,
                         union datum datum, struct error *err)
{
    struct type_context context = *call->types;
    struct arena *arena = call->arena;
    struct bytes square;
    context.arena = arena;
    TRY(cast_value(&context, call->argument_types[0], type_find_oid(TYPE_NUMERIC), -1,
                   &datum, err));
    if (numeric_is_nan(datum.bytes) || numeric_is_infinite(datum.bytes)) {
        spread->not_finite = true;
        return RC_OK;
    }
    TRY(numeric_compute(arena, NUMERIC_MULTIPLY, datum.bytes, datum.bytes, &square, err));
    if (spread->exact_sum.len == 0) {
        spread->exact_sum = arena_bytes(arena, datum.bytes);
        spread->exact_squares = square;
        return RC_OK;
    }
    TRY(numeric_compute(arena, NUMERIC_ADD, spread->exact_sum, datum.bytes,
                        &spread->exact_sum, err));
    return numeric_compute(arena, NUMERIC_ADD, spread->exact_squares, square,
                           &spread->exact_squares, err);
}

/* What grew beyond bounds from finite numbers is an error, from others NaN. */
static enum rc check_sums(bool finite, double sum, double *squares, struct error *err)
{
    if (!isinf(sum) && !isinf(*squares))
        return RC_OK;
    if (finite)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: overflow");
    *squares = (double)NAN;
    return RC_OK;
}

static enum rc spread_step(struct call *call, void *state, const struct value *arguments,
                           struct error *err)
{
    struct spread_state *spread = state;
    enum type_storage storage = call->argument_types[0]->methods->storage;
    spread->count++;
    if (storage != TYPE_STORAGE_FLOAT4 && storage != TYPE_STORAGE_FLOAT8)
        return add_exact(call, spread, arguments[0].datum, err);
    double x = storage == TYPE_STORAGE_FLOAT4 ? (double)arguments[0].datum.float4
                                              : arguments[0].datum.float8;
    double count = (double)spread->count;
    double before = spread->sum;
    spread->sum += x;
    if (spread->count > 1) {
        double difference = x * count - spread->sum;
        spread->squares += difference * difference / (count * (count - 1));
        TRY(check_sums(isfinite(x) && isfinite(before), spread->sum, &spread->squares,
                       err));
    } else if (!isfinite(x)) {
        spread->squares = (double)NAN;
    }
    return RC_OK;
}

/* (N * sum of squares - square of the sum) / (N * (N or N - 1)) */
static enum rc exact_variance(struct call *call, const struct spread_state *spread,
                              bool sample, struct bytes *out, struct error *err)
{
    struct arena *arena = call->arena;
    struct bytes count = numeric_from_int64(arena, spread->count);
    struct bytes low = numeric_from_int64(arena, spread->count - (sample ? 1 : 0));
    struct bytes top;
    struct bytes square;
    if (spread->not_finite)
        return numeric_parse(arena, bytes_of_text("NaN"), out, err);
    TRY(numeric_compute(arena, NUMERIC_MULTIPLY, count, spread->exact_squares, &top,
                        err));
    TRY(numeric_compute(arena, NUMERIC_MULTIPLY, spread->exact_sum, spread->exact_sum,
                        &square, err));
    TRY(numeric_compute(arena, NUMERIC_SUBTRACT, top, square, &top, err));
    if (numeric_sign(top) <= 0) {
        *out = numeric_from_int64(arena, 0);
        return RC_OK;
    }
    TRY(numeric_compute(arena, NUMERIC_MULTIPLY, count, low, &low, err));
    return numeric_compute(arena, NUMERIC_DIVIDE, top, low, out, err);
}

/* The root has the scale of the quotient. */
static enum rc exact_root(struct call *call, struct bytes *number, struct error *err)
{
    int scale = numeric_scale(*number);
    struct bytes root;
    /* More digits than are kept, so that it is rounded but once. */
    *number = numeric_round(call->arena, *number, 2 * scale + 20, NUMERIC_ROUND);
    TRY(numeric_sqrt(call->arena, *number, &root, err));
    *number = numeric_round(call->arena, root, scale, NUMERIC_ROUND);
    return RC_OK;
}

static enum rc spread_final(struct call *call, struct spread_state *spread, bool sample,
                            bool root, struct value *result, struct error *err)
{
    result->null = spread->count <= (sample ? 1 : 0);
    if (result->null)
        return RC_OK;
    if (call->result_type->oid == TYPE_NUMERIC) {
        TRY(exact_variance(call, spread, sample, &result->datum.bytes, err));
        if (root && !numeric_is_nan(result->datum.bytes) &&
            numeric_sign(result->datum.bytes) > 0)
            return exact_root(call, &result->datum.bytes, err);
        return RC_OK;
    }
    double variance = spread->squares / (double)(spread->count - (sample ? 1 : 0));
    result->datum.float8 = root ? sqrt(variance) : variance;
    return RC_OK;
}

#define SPREAD(name, sample, root)                                                       \
    static enum rc name##_final(struct call *call, void *state, struct value *result,    \
                                struct error *err)                                       \
    {                                                                                    \
        return spread_final(call, state, sample, root, result, err);                     \
    }                                                                                    \
    const struct aggregate aggregate_##name = {sizeof(struct spread_state), spread_step, \
                                               name##_final};

SPREAD(variance_sample, true, false)
SPREAD(variance_population, false, false)
SPREAD(deviation_sample, true, true)
SPREAD(deviation_population, false, true)

/* Pairs (y, x): sums, and sums of squares and products of differences from the means. */
struct pair_state {
    double count;
    double sum_x;
    double sum_xx;
    double sum_y;
    double sum_yy;
    double sum_xy;
};

static enum rc pair_step(struct call *call, void *state, const struct value *arguments,
                         struct error *err)
{
    (void)call;
    struct pair_state *pairs = state;
    double y = arguments[0].datum.float8;
    double x = arguments[1].datum.float8;
    pairs->count += 1;
    double before_x = pairs->sum_x;
    double before_y = pairs->sum_y;
    pairs->sum_x += x;
    pairs->sum_y += y;
    if (pairs->count > 1) {
        double dx = x * pairs->count - pairs->sum_x;
        double dy = y * pairs->count - pairs->sum_y;
        double scale = 1.0 / (pairs->count * (pairs->count - 1));
        pairs->sum_xx += dx * dx * scale;
        pairs->sum_yy += dy * dy * scale;
        pairs->sum_xy += dx * dy * scale;
        bool x_finite = isfinite(x) && isfinite(before_x);
        bool y_finite = isfinite(y) && isfinite(before_y);
        TRY(check_sums(x_finite, pairs->sum_x, &pairs->sum_xx, err));
        TRY(check_sums(y_finite, pairs->sum_y, &pairs->sum_yy, err));
        TRY(check_sums(x_finite && y_finite, 0, &pairs->sum_xy, err));
    } else if (!isfinite(x) || !isfinite(y)) {
        pairs->sum_xx = isfinite(x) ? 0 : (double)NAN;
        pairs->sum_yy = isfinite(y) ? 0 : (double)NAN;
        pairs->sum_xy = (double)NAN;
    }
    return RC_OK;
}

static bool is_zero(double number)
{
    return fpclassify(number) == FP_ZERO;
}

#define PAIRS(name, missing, expression)                                                 \
    static enum rc name##_final(struct call *call, void *state, struct value *result,    \
                                struct error *err)                                       \
    {                                                                                    \
        (void)call;                                                                      \
        (void)err;                                                                       \
        const struct pair_state *p = state;                                              \
        result->null = (missing);                                                        \
        if (!result->null)                                                               \
            result->datum.float8 = (expression);                                         \
        return RC_OK;                                                                    \
    }                                                                                    \
    const struct aggregate aggregate_##name = {sizeof(struct pair_state), pair_step,     \
                                               name##_final};

PAIRS(regr_sxx, p->count < 1, p->sum_xx)
PAIRS(regr_syy, p->count < 1, p->sum_yy)
PAIRS(regr_sxy, p->count < 1, p->sum_xy)
PAIRS(regr_avgx, p->count < 1, p->sum_x / p->count)
PAIRS(regr_avgy, p->count < 1, p->sum_y / p->count)
PAIRS(covar_pop, p->count < 1, p->sum_xy / p->count)
PAIRS(covar_samp, p->count < 2, p->sum_xy / (p->count - 1))
PAIRS(corr, p->count < 1 || is_zero(p->sum_xx) || is_zero(p->sum_yy),
      p->sum_xy / sqrt(p->sum_xx * p->sum_yy))
PAIRS(regr_r2, p->count < 1 || is_zero(p->sum_xx),
      is_zero(p->sum_yy) ? 1.0 : p->sum_xy * p->sum_xy / (p->sum_xx * p->sum_yy))
PAIRS(regr_slope, p->count < 1 || is_zero(p->sum_xx), p->sum_xy / p->sum_xx)
PAIRS(regr_intercept, p->count < 1 || is_zero(p->sum_xx),
      (p->sum_y - p->sum_x * p->sum_xy / p->sum_xx) / p->count)

static enum rc regr_count_final(struct call *call, void *state, struct value *result,
                                struct error *err)
{
    (void)call;
    (void)err;
    result->datum.int64 = (int64_t)((const struct pair_state *)state)->count;
    return RC_OK;
}

static enum rc regr_count_step(struct call *call, void *state,
                               const struct value *arguments, struct error *err)
{
    (void)call;
    (void)arguments;
    (void)err;
    ((struct pair_state *)state)->count += 1;
    return RC_OK;
}

const struct aggregate aggregate_regr_count = {sizeof(struct pair_state), regr_count_step,
                                               regr_count_final};
