/* exp, ln, log and power of NUMERIC. Work is done on whole numbers that stand for a
 * multiple of 10^-digits; the scales of results are those of PostgreSQL 15's numeric.c.
 */
#include <math.h>
#include <stdlib.h>

#include "sql/types/numeric_number.h"

enum {
    SIGNIFICANT_MIN = 16,
    SCALE_MAX = 1000,    /* that these functions show */
    EXPONENT_MAX = 6000, /* of e, where PostgreSQL gives up */
    GUARD = 24,          /* digits that hide the rounding of each step */
    ROOTS = 8,           /* square roots before the series of ln */
    SQUARINGS = 10,      /* after the series of exp */
};

#define LOG10_E 0.434294481903252

struct fixed {
    unsigned long digits;
    mpz_t unit; /* 10^digits */
};

static void fixed_open(struct fixed *fixed, int digits)
{
    fixed->digits = (unsigned long)digits;
    mpz_init(fixed->unit);
    mpz_ui_pow_ui(fixed->unit, 10, fixed->digits);
}

static void multiply(mpz_t out, const mpz_t a, const mpz_t b, const struct fixed *fixed)
{
    mpz_mul(out, a, b);
    mpz_tdiv_q(out, out, fixed->unit);
}

static void divide(mpz_t out, const mpz_t a, const mpz_t b, const struct fixed *fixed)
{
    mpz_mul(out, a, fixed->unit);
    mpz_tdiv_q(out, out, b);
}

/* ln of a number from 1 to 10: roots bring it near 1, then 2 atanh((x-1)/(x+1)). */
static void ln_near(mpz_t out, const mpz_t x, const struct fixed *fixed)
{
    mpz_t root;
    mpz_t power;
    mpz_t square;
    mpz_t term;
    mpz_init_set(root, x);
    mpz_inits(power, square, term, NULL);
    for (int i = 0; i < ROOTS; i++) {
        mpz_mul(root, root, fixed->unit);
        mpz_sqrt(root, root);
    }
    mpz_sub(power, root, fixed->unit);
    mpz_add(term, root, fixed->unit);
    divide(power, power, term, fixed);
    multiply(square, power, power, fixed);
    mpz_set_ui(out, 0);
    for (unsigned long i = 1; mpz_sgn(power) != 0; i += 2) {
        mpz_tdiv_q_ui(term, power, i);
        mpz_add(out, out, term);
        multiply(power, power, square, fixed);
    }
    mpz_mul_2exp(out, out, ROOTS + 1);
    mpz_clears(root, power, square, term, NULL);
}

static void ln_ten(mpz_t out, const struct fixed *fixed)
{
    mpz_t ten;
    mpz_init(ten);
    mpz_mul_ui(ten, fixed->unit, 10);
    ln_near(out, ten, fixed);
    mpz_clear(ten);
}

/* ln of a positive number, as a multiple of the unit. */
static void ln_fixed(mpz_t out, const struct number *number, const struct fixed *fixed)
{
    mpz_t mantissa;
    mpz_t ten;
    long exponent = (long)number_digits(number) - 1 - number->scale;
    long shift = (long)fixed->digits - number->scale - exponent;
    mpz_inits(mantissa, ten, NULL);
    mpz_ui_pow_ui(ten, 10, (unsigned long)labs(shift));
    if (shift >= 0)
        mpz_mul(mantissa, number->magnitude, ten);
    else
        mpz_tdiv_q(mantissa, number->magnitude, ten);
    ln_near(out, mantissa, fixed);
    ln_ten(ten, fixed);
    if (exponent >= 0)
        mpz_addmul_ui(out, ten, (unsigned long)exponent);
    else
        mpz_submul_ui(out, ten, (unsigned long)-exponent);
    mpz_clears(mantissa, ten, NULL);
}

/* e^x; the result counts 10^-(digits - *exponent_out). */
static void exp_fixed(mpz_t out, const mpz_t x, long *exponent_out,
                      const struct fixed *fixed)
{
    mpz_t rest;
    mpz_t ten;
    mpz_t term;
    mpz_inits(rest, ten, term, NULL);
    ln_ten(ten, fixed);
    mpz_fdiv_qr(term, rest, x, ten);
    *exponent_out = mpz_get_si(term);
    mpz_tdiv_q_2exp(rest, rest, SQUARINGS);
    mpz_set(out, fixed->unit);
    mpz_set(term, fixed->unit);
    for (unsigned long i = 1; mpz_sgn(term) != 0; i++) {
        multiply(term, term, rest, fixed);
        mpz_tdiv_q_ui(term, term, i);
        mpz_add(out, out, term);
    }
    for (int i = 0; i < SQUARINGS; i++)
        multiply(out, out, out, fixed);
    mpz_clears(rest, ten, term, NULL);
}

static struct bytes pack_fixed(struct arena *arena, const mpz_t value, long digits,
                               int scale)
{
    struct number out;
    number_init(&out, NUMBER_POSITIVE);
    mpz_set(out.magnitude, value);
    out.scale = (int)digits;
    if (mpz_sgn(value) < 0)
        out.kind = NUMBER_NEGATIVE;
    number_rescale(&out, scale, NUMERIC_ROUND);
    struct bytes packed = number_pack(arena, &out);
    number_close(&out);
    return packed;
}

static int bound_scale(int scale, int least)
{
    scale = scale < least ? least : scale;
    scale = scale < 0 ? 0 : scale;
    return scale > SCALE_MAX ? SCALE_MAX : scale;
}

static double log10_of(const struct number *number)
{
    long bits = 0;
    double mantissa = mpz_get_d_2exp(&bits, number->magnitude);
    return log10(fabs(mantissa)) + (double)bits * 0.30102999566398120 - number->scale;
}

/* The decimal weight of ln(number), roughly, as PostgreSQL estimates it. */
static int ln_weight(struct bytes packed)
{
    struct number number;
    double x = numeric_to_double(packed);
    int weight = 0;
    number_open(&number, packed);
    if (x >= 0.9 && x <= 1.1) {
        mpz_t one;
        mpz_init(one);
        mpz_ui_pow_ui(one, 10, (unsigned long)number.scale);
        mpz_sub(number.magnitude, number.magnitude, one);
        mpz_clear(one);
        if (mpz_sgn(number.magnitude) != 0)
            weight = (int)floor(log10_of(&number));
    } else if (mpz_sgn(number.magnitude) > 0) {
        double ln = log10_of(&number) / LOG10_E;
        weight = (int)log10(fabs(ln));
    }
    number_close(&number);
    return weight;
}

static struct bytes ln_to_scale(struct arena *arena, struct bytes packed, int scale)
{
    struct number number;
    struct fixed fixed;
    mpz_t out;
    number_open(&number, packed);
    fixed_open(&fixed, scale + GUARD);
    mpz_init(out);
    ln_fixed(out, &number, &fixed);
    struct bytes result = pack_fixed(arena, out, (long)fixed.digits, scale);
    mpz_clears(out, fixed.unit, NULL);
    number_close(&number);
    return result;
}

static bool is_special(struct bytes a)
{
    return numeric_is_nan(a) || numeric_is_infinite(a);
}

/* Where NaN or infinity take part the answer is one of a few, which double precision
 * gives as well. */
static enum rc special(struct arena *arena, double value, struct bytes *out,
                       struct error *err)
{
    const char *text = isnan(value)  ? "NaN"
                       : value > 1   ? "Infinity"
                       : value < -1  ? "-Infinity"
                       : value > 0.5 ? "1"
                                     : "0";
    return numeric_parse(arena, bytes_of_text(text), out, err);
}

static enum rc overflow(struct error *err)
{
    return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                     "value overflows numeric format");
}

enum rc numeric_ln(struct arena *arena, struct bytes a, struct bytes *out,
                   struct error *err)
{
    if (is_special(a))
        return special(arena, numeric_is_nan(a) ? (double)NAN : (double)INFINITY, out,
                       err);
    int scale = bound_scale(SIGNIFICANT_MIN - ln_weight(a), numeric_scale(a));
    *out = ln_to_scale(arena, a, scale);
    return RC_OK;
}

enum rc numeric_log(struct arena *arena, struct bytes base, struct bytes a,
                    struct bytes *out, struct error *err)
{
    if (numeric_is_nan(base) || numeric_is_nan(a)) {
        *out = numeric_is_nan(base) ? base : a;
        return RC_OK;
    }
    bool special_one = is_special(base) || is_special(a);
    bool base_is_zero = !special_one && numeric_sign(base) == 0;
    if (!base_is_zero && (numeric_sign(base) < 0 || numeric_sign(a) < 0))
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_LOGARITHM,
                         "cannot take logarithm of a negative number");
    if (numeric_sign(base) == 0 || numeric_sign(a) == 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_LOGARITHM,
                         "cannot take logarithm of zero");
    if (is_special(base) || is_special(a))
        return special(arena, log(numeric_to_double(a)) / log(numeric_to_double(base)),
                       out, err);
    int base_weight = ln_weight(base);
    int weight = ln_weight(a);
    int scale =
        bound_scale(SIGNIFICANT_MIN - (weight - base_weight), numeric_scale(base));
    scale = bound_scale(scale, numeric_scale(a));
    int digits = scale + GUARD - (base_weight < 0 ? base_weight : 0) -
                 (weight < 0 ? weight : 0) + (weight > 0 ? weight : 0);
    struct bytes top = ln_to_scale(arena, a, digits);
    struct bytes low = ln_to_scale(arena, base, digits);
    if (numeric_sign(low) == 0)
        return error_set(err, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
    struct number x;
    struct number y;
    number_open(&x, top);
    number_open(&y, low);
    mpz_t unit;
    mpz_init(unit);
    mpz_ui_pow_ui(unit, 10, (unsigned long)digits);
    mpz_mul(x.magnitude, x.magnitude, unit);
    mpz_tdiv_q(x.magnitude, x.magnitude, y.magnitude);
    *out = pack_fixed(arena, x.magnitude, digits, scale);
    mpz_clear(unit);
    number_close(&x);
    number_close(&y);
    return RC_OK;
}

/* e^(number of `digits` decimals) at the scale. */
static struct bytes exp_to_scale(struct arena *arena, const mpz_t x,
                                 const struct fixed *fixed, int scale)
{
    mpz_t out;
    long exponent = 0;
    mpz_init(out);
    exp_fixed(out, x, &exponent, fixed);
    struct bytes result;
    long digits = (long)fixed->digits - exponent;
    if (digits < 0) {
        mpz_t ten;
        mpz_init(ten);
        mpz_ui_pow_ui(ten, 10, (unsigned long)-digits);
        mpz_mul(out, out, ten);
        mpz_clear(ten);
        digits = 0;
    }
    result = pack_fixed(arena, out, digits, scale);
    mpz_clear(out);
    return result;
}

static struct bytes zero_at(struct arena *arena, int scale)
{
    return numeric_round(arena, numeric_from_int64(arena, 0), scale, NUMERIC_ROUND);
}

enum rc numeric_exp(struct arena *arena, struct bytes a, struct bytes *out,
                    struct error *err)
{
    double x = numeric_to_double(a);
    if (is_special(a))
        return special(arena, x < 0 ? 0 : x, out, err);
    double ten = x * LOG10_E;
    ten = ten < -2000 ? -2000 : ten > 2000 ? 2000 : ten;
    int scale = bound_scale(SIGNIFICANT_MIN - (int)ten, numeric_scale(a));
    if (fabs(x) >= EXPONENT_MAX) {
        *out = zero_at(arena, scale);
        return x > 0 ? overflow(err) : RC_OK;
    }
    struct number number;
    struct fixed fixed;
    number_open(&number, a);
    fixed_open(&fixed, scale + GUARD + (ten > 0 ? (int)ten : 0));
    number_rescale(&number, (int)fixed.digits, NUMERIC_ROUND);
    *out = exp_to_scale(arena, number.magnitude, &fixed, scale);
    mpz_clear(fixed.unit);
    number_close(&number);
    return RC_OK;
}

/* Square and multiply on exact numbers where these stay short; else by logarithms. */
static enum rc power_whole(struct arena *arena, struct bytes base, int64_t exponent,
                           struct bytes *out, struct error *err)
{
    int scale = bound_scale(SIGNIFICANT_MIN, numeric_scale(base));
    if (numeric_sign(base) == 0) {
        if (exponent < 0)
            return error_set(err, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
        *out = zero_at(arena, scale);
        if (exponent == 0)
            *out =
                numeric_round(arena, numeric_from_int64(arena, 1), scale, NUMERIC_ROUND);
        return RC_OK;
    }
    struct number number;
    struct fixed fixed;
    mpz_t ln;
    number_open(&number, base);
    bool negative = mpz_sgn(number.magnitude) < 0 && exponent % 2 != 0;
    mpz_abs(number.magnitude, number.magnitude);
    double weight = (double)exponent * log10_of(&number);
    if (weight > NUMERIC_WEIGHT_MAX || weight + 1 < -scale) {
        number_close(&number);
        *out = zero_at(arena, scale);
        return weight > 0 ? overflow(err) : RC_OK;
    }
    /* Exact when the power has few digits: its value and its rounding are right. */
    double digits = (double)llabs(exponent) * number_digits(&number);
    if (digits < 200000) {
        mpz_t value;
        long decimals = (long)llabs(exponent) * number.scale;
        mpz_init(value);
        mpz_pow_ui(value, number.magnitude, (unsigned long)llabs(exponent));
        if (exponent < 0) {
            mpz_t top;
            mpz_init(top);
            mpz_ui_pow_ui(top, 10, (unsigned long)(decimals + scale + GUARD));
            mpz_tdiv_q(value, top, value);
            mpz_clear(top);
            decimals = scale + GUARD;
        }
        if (negative)
            mpz_neg(value, value);
        *out = pack_fixed(arena, value, decimals, scale);
        mpz_clear(value);
        number_close(&number);
        return RC_OK;
    }
    fixed_open(&fixed, scale + GUARD + (weight > 0 ? (int)weight : 0));
    mpz_init(ln);
    ln_fixed(ln, &number, &fixed);
    mpz_mul_si(ln, ln, (long)exponent);
    *out = exp_to_scale(arena, ln, &fixed, scale);
    if (negative)
        *out = numeric_negate(arena, *out);
    mpz_clears(ln, fixed.unit, NULL);
    number_close(&number);
    return RC_OK;
}

static enum rc power_real(struct arena *arena, struct bytes base, struct bytes exponent,
                          struct bytes *out, struct error *err)
{
    double power = log(numeric_to_double(base)) * numeric_to_double(exponent);
    if (fabs(power) > EXPONENT_MAX) {
        *out = zero_at(arena, SCALE_MAX);
        return power > 0 ? overflow(err) : RC_OK;
    }
    double ten = power * LOG10_E;
    int scale = bound_scale(SIGNIFICANT_MIN - (int)ten, numeric_scale(base));
    scale = bound_scale(scale, numeric_scale(exponent));
    struct number x;
    struct number y;
    struct fixed fixed;
    mpz_t ln;
    number_open(&x, base);
    number_open(&y, exponent);
    fixed_open(&fixed, scale + GUARD + number_digits(&y) + (ten > 0 ? (int)ten : 0));
    mpz_init(ln);
    ln_fixed(ln, &x, &fixed);
    number_rescale(&y, (int)fixed.digits, NUMERIC_ROUND);
    multiply(ln, ln, y.magnitude, &fixed);
    *out = exp_to_scale(arena, ln, &fixed, scale);
    mpz_clears(ln, fixed.unit, NULL);
    number_close(&x);
    number_close(&y);
    return RC_OK;
}

enum rc numeric_power(struct arena *arena, struct bytes base, struct bytes exponent,
                      struct bytes *out, struct error *err)
{
    if (is_special(base) || is_special(exponent))
        return special(arena, pow(numeric_to_double(base), numeric_to_double(exponent)),
                       out, err);
    struct bytes whole = numeric_round(arena, exponent, 0, NUMERIC_TRUNCATE);
    bool is_whole = numeric_compare(whole, exponent) == 0;
    if (numeric_sign(base) == 0 && numeric_sign(exponent) < 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "zero raised to a negative power is undefined");
    if (numeric_sign(base) < 0 && !is_whole)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "a negative number raised to a non-integer power yields a "
                         "complex result");
    int64_t number = 0;
    struct error ignored;
    if (is_whole && numeric_to_int64(whole, INT32_MIN, INT32_MAX, "integer", &number,
                                     &ignored) == RC_OK)
        return power_whole(arena, base, number, out, err);
    if (numeric_sign(base) == 0) {
        *out = zero_at(arena, SIGNIFICANT_MIN);
        return RC_OK;
    }
    if (numeric_sign(base) < 0)
        return overflow(err);
    return power_real(arena, base, exponent, out, err);
}
