/* NUMERIC: arithmetic, rounding and conversion. Text and binary forms: numeric_text.c. */
#include "sql/types/numeric.h"

#include <stdio.h>
#include <stdlib.h>

#include "sql/types/methods.h"
#include "sql/types/numeric_number.h"

enum {
    DIGITS_GROUP = 4,     /* PostgreSQL counts in base 10000 */
    MIN_SIGNIFICANT = 16, /* its NUMERIC_MIN_SIG_DIGITS */
    DISPLAY_SCALE_MAX = 1000,
};

void number_open(struct number *number, struct bytes packed)
{
    mpz_init(number->magnitude);
    number->kind = packed.at[0];
    number->scale = packed.at[1] * 256 + packed.at[2];
    if (packed.len > 3)
        mpz_import(number->magnitude, packed.len - 3, 1, 1, 1, 0, packed.at + 3);
    if (number->kind == NUMBER_NEGATIVE)
        mpz_neg(number->magnitude, number->magnitude);
}

void number_init(struct number *number, enum number_kind kind)
{
    mpz_init(number->magnitude);
    number->kind = kind;
    number->scale = 0;
}

void number_close(struct number *number)
{
    mpz_clear(number->magnitude);
}

struct bytes number_pack(struct arena *arena, const struct number *number)
{
    size_t bits = mpz_sizeinbase(number->magnitude, 2);
    uint8_t *packed = ARENA_ARRAY(arena, uint8_t, 3 + (bits + 7) / 8);
    size_t count = 0;
    enum number_kind kind = number->kind;
    if (kind <= NUMBER_NEGATIVE) {
        kind = mpz_sgn(number->magnitude) < 0 ? NUMBER_NEGATIVE : NUMBER_POSITIVE;
        packed[1] = (uint8_t)(number->scale >> 8);
        packed[2] = (uint8_t)(number->scale & 255);
        mpz_export(packed + 3, &count, 1, 1, 1, 0, number->magnitude);
    }
    packed[0] = (uint8_t)kind;
    return bytes_of(packed, 3 + count);
}

static void power_of_ten(mpz_t out, int exponent)
{
    mpz_ui_pow_ui(out, 10, (unsigned long)exponent);
}

/* Divides, rounding as asked. */
static void divide_rounding(mpz_t quotient, const mpz_t dividend, const mpz_t divisor,
                            enum numeric_rounding rounding)
{
    if (rounding == NUMERIC_CEILING) {
        mpz_cdiv_q(quotient, dividend, divisor);
    } else if (rounding == NUMERIC_FLOOR) {
        mpz_fdiv_q(quotient, dividend, divisor);
    } else {
        mpz_t rest;
        mpz_init(rest);
        int sign = mpz_sgn(dividend) * mpz_sgn(divisor);
        mpz_tdiv_qr(quotient, rest, dividend, divisor);
        mpz_mul_2exp(rest, rest, 1);
        if (rounding == NUMERIC_ROUND && mpz_cmpabs(rest, divisor) >= 0) {
            if (sign < 0)
                mpz_sub_ui(quotient, quotient, 1);
            else
                mpz_add_ui(quotient, quotient, 1);
        }
        mpz_clear(rest);
    }
}

void number_rescale(struct number *number, int scale, enum numeric_rounding rounding)
{
    if (scale == number->scale)
        return;
    mpz_t factor;
    mpz_init(factor);
    power_of_ten(factor, abs(scale - number->scale));
    if (scale > number->scale)
        mpz_mul(number->magnitude, number->magnitude, factor);
    else
        divide_rounding(number->magnitude, number->magnitude, factor, rounding);
    mpz_clear(factor);
    number->scale = scale;
}

int number_digits(const struct number *number)
{
    if (mpz_sgn(number->magnitude) == 0)
        return 0;
    size_t guess = mpz_sizeinbase(number->magnitude, 10);
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, guess - 1);
    if (mpz_cmpabs(number->magnitude, power) < 0)
        guess--;
    mpz_clear(power);
    return (int)guess;
}

static int floor_divide(int a, int b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* The weight of the first base-10000 digit, and that digit. */
static int weight_of(const struct number *number, int *first_out)
{
    *first_out = 0;
    int digits = number_digits(number);
    if (digits == 0)
        return 0;
    int exponent = digits - 1 - number->scale;
    int weight = floor_divide(exponent, DIGITS_GROUP);
    struct number top;
    number_init(&top, NUMBER_POSITIVE);
    mpz_abs(top.magnitude, number->magnitude);
    top.scale = number->scale;
    number_rescale(&top, -weight * DIGITS_GROUP, NUMERIC_TRUNCATE);
    *first_out = (int)mpz_get_si(top.magnitude);
    number_close(&top);
    return weight;
}

static int clamp_scale(int scale, int least)
{
    scale = scale < least ? least : scale;
    scale = scale < 0 ? 0 : scale;
    return scale > DISPLAY_SCALE_MAX ? DISPLAY_SCALE_MAX : scale;
}

/* PostgreSQL's select_div_scale(): at least 16 significant digits. */
static int division_scale(const struct number *a, const struct number *b)
{
    int first_a = 0;
    int first_b = 0;
    int weight = weight_of(a, &first_a);
    weight -= weight_of(b, &first_b);
    if (first_a <= first_b)
        weight--;
    int least = a->scale > b->scale ? a->scale : b->scale;
    return clamp_scale(MIN_SIGNIFICANT - weight * DIGITS_GROUP, least);
}

static void align(struct number *a, struct number *b)
{
    int scale = a->scale > b->scale ? a->scale : b->scale;
    number_rescale(a, scale, NUMERIC_TRUNCATE);
    number_rescale(b, scale, NUMERIC_TRUNCATE);
}

static void divide(struct number *a, const struct number *b, int scale,
                   enum numeric_rounding rounding)
{
    mpz_t factor;
    mpz_t divisor;
    mpz_init(factor);
    mpz_init_set(divisor, b->magnitude);
    int exponent = scale + b->scale - a->scale;
    power_of_ten(factor, abs(exponent));
    if (exponent >= 0)
        mpz_mul(a->magnitude, a->magnitude, factor);
    else
        mpz_mul(divisor, divisor, factor);
    divide_rounding(a->magnitude, a->magnitude, divisor, rounding);
    a->scale = scale;
    mpz_clear(factor);
    mpz_clear(divisor);
}

static void combine(enum numeric_operation operation, struct number *a, struct number *b)
{
    if (operation == NUMERIC_MULTIPLY) {
        mpz_mul(a->magnitude, a->magnitude, b->magnitude);
        a->scale += b->scale;
        if (a->scale > NUMERIC_SCALE_MAX)
            number_rescale(a, NUMERIC_SCALE_MAX, NUMERIC_ROUND);
        return;
    }
    if (operation == NUMERIC_DIVIDE || operation == NUMERIC_DIVIDE_WHOLE) {
        bool whole = operation == NUMERIC_DIVIDE_WHOLE;
        divide(a, b, whole ? 0 : division_scale(a, b),
               whole ? NUMERIC_TRUNCATE : NUMERIC_ROUND);
        return;
    }
    align(a, b);
    if (operation == NUMERIC_ADD)
        mpz_add(a->magnitude, a->magnitude, b->magnitude);
    else if (operation == NUMERIC_SUBTRACT)
        mpz_sub(a->magnitude, a->magnitude, b->magnitude);
    else if (operation == NUMERIC_MODULO)
        mpz_tdiv_r(a->magnitude, a->magnitude, b->magnitude);
    else if (operation == NUMERIC_GCD)
        mpz_gcd(a->magnitude, a->magnitude, b->magnitude);
    else
        mpz_lcm(a->magnitude, a->magnitude, b->magnitude);
}

static int sign_of(const struct number *number)
{
    if (number->kind == NUMBER_INFINITE)
        return 1;
    if (number->kind == NUMBER_INFINITE_NEGATIVE)
        return -1;
    return mpz_sgn(number->magnitude);
}

static enum number_kind infinite(int sign)
{
    return sign == 0 ? NUMBER_NAN : sign > 0 ? NUMBER_INFINITE : NUMBER_INFINITE_NEGATIVE;
}

static bool is_infinite(const struct number *number)
{
    return number->kind >= NUMBER_INFINITE;
}

/* One side at least is NaN or infinite; the result goes to a. */
static void combine_special(enum numeric_operation operation, struct number *a,
                            struct number *b)
{
    int sign_a = sign_of(a);
    int sign_b = operation == NUMERIC_SUBTRACT ? -sign_of(b) : sign_of(b);
    if (a->kind == NUMBER_NAN || b->kind == NUMBER_NAN) {
        a->kind = NUMBER_NAN;
    } else if (operation == NUMERIC_ADD || operation == NUMERIC_SUBTRACT) {
        if (is_infinite(a) && is_infinite(b))
            a->kind = sign_a == sign_b ? a->kind : NUMBER_NAN;
        else if (is_infinite(b))
            a->kind = infinite(sign_b);
    } else if (operation == NUMERIC_MULTIPLY) {
        a->kind = infinite(sign_a * sign_b);
    } else if (operation == NUMERIC_DIVIDE || operation == NUMERIC_DIVIDE_WHOLE) {
        if (is_infinite(a)) {
            a->kind = is_infinite(b) ? NUMBER_NAN : infinite(sign_a * sign_b);
        } else {
            mpz_set_ui(a->magnitude, 0);
            a->scale = 0;
        }
    } else if (operation != NUMERIC_MODULO || is_infinite(a)) {
        a->kind = NUMBER_NAN;
    }
}

static enum rc overflow(struct error *err)
{
    return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                     "value overflows numeric format");
}

enum rc number_check(const struct number *number, struct error *err)
{
    size_t limit = (size_t)(NUMERIC_WEIGHT_MAX + number->scale);
    size_t digits = mpz_sizeinbase(number->magnitude, 10);
    return digits > limit + 1 ? overflow(err) : RC_OK;
}

enum rc numeric_compute(struct arena *arena, enum numeric_operation operation,
                        struct bytes a, struct bytes b, struct bytes *out,
                        struct error *err)
{
    struct number left;
    struct number right;
    number_open(&left, a);
    number_open(&right, b);
    bool divides = operation == NUMERIC_DIVIDE || operation == NUMERIC_MODULO ||
                   operation == NUMERIC_DIVIDE_WHOLE;
    bool nan = left.kind == NUMBER_NAN || right.kind == NUMBER_NAN;
    enum rc rc = RC_OK;
    if (divides && !nan && sign_of(&right) == 0)
        rc = error_set(err, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
    else if (left.kind > NUMBER_NEGATIVE || right.kind > NUMBER_NEGATIVE)
        combine_special(operation, &left, &right);
    else
        combine(operation, &left, &right);
    if (rc == RC_OK)
        rc = number_check(&left, err);
    if (rc == RC_OK)
        *out = number_pack(arena, &left);
    number_close(&left);
    number_close(&right);
    return rc;
}

struct bytes numeric_negate(struct arena *arena, struct bytes a)
{
    struct number number;
    number_open(&number, a);
    mpz_neg(number.magnitude, number.magnitude);
    if (is_infinite(&number))
        number.kind = infinite(-sign_of(&number));
    struct bytes out = number_pack(arena, &number);
    number_close(&number);
    return out;
}

struct bytes numeric_absolute(struct arena *arena, struct bytes a)
{
    return numeric_sign(a) < 0 ? numeric_negate(arena, a) : a;
}

int numeric_sign(struct bytes a)
{
    if (a.at[0] == NUMBER_NEGATIVE || a.at[0] == NUMBER_INFINITE_NEGATIVE)
        return -1;
    return a.at[0] == NUMBER_INFINITE || (a.at[0] == NUMBER_POSITIVE && a.len > 3) ? 1
                                                                                   : 0;
}

bool numeric_is_nan(struct bytes a)
{
    return a.at[0] == NUMBER_NAN;
}

bool numeric_is_infinite(struct bytes a)
{
    return a.at[0] >= NUMBER_INFINITE;
}

int numeric_scale(struct bytes a)
{
    return a.at[1] * 256 + a.at[2];
}

struct bytes numeric_round(struct arena *arena, struct bytes a, int scale,
                           enum numeric_rounding rounding)
{
    if (a.at[0] > NUMBER_NEGATIVE)
        return a;
    int wanted = scale > NUMERIC_SCALE_MAX     ? NUMERIC_SCALE_MAX
                 : scale < -NUMERIC_WEIGHT_MAX ? -NUMERIC_WEIGHT_MAX
                                               : scale;
    struct number number;
    number_open(&number, a);
    number_rescale(&number, wanted, rounding);
    if (wanted < 0)
        number_rescale(&number, 0, NUMERIC_TRUNCATE);
    struct bytes out = number_pack(arena, &number);
    number_close(&number);
    return out;
}

struct bytes numeric_trim(struct arena *arena, struct bytes a)
{
    if (a.at[0] > NUMBER_NEGATIVE)
        return a;
    struct number number;
    number_open(&number, a);
    if (mpz_sgn(number.magnitude) == 0)
        number.scale = 0;
    while (number.scale > 0 && mpz_divisible_ui_p(number.magnitude, 10)) {
        mpz_divexact_ui(number.magnitude, number.magnitude, 10);
        number.scale--;
    }
    struct bytes out = number_pack(arena, &number);
    number_close(&number);
    return out;
}

/* One digit more than wanted is computed and then rounded: the root is irrational or
 * exact, so that this rounds correctly. */
static void root(struct number *number)
{
    int first = 0;
    int weight = weight_of(number, &first);
    int significant =
        weight >= 0 ? weight * DIGITS_GROUP / 2 + 1 : 1 - (1 - weight * DIGITS_GROUP) / 2;
    int scale = clamp_scale(MIN_SIGNIFICANT - significant, number->scale);
    number_rescale(number, (scale + 1) * 2, NUMERIC_TRUNCATE);
    mpz_sqrt(number->magnitude, number->magnitude);
    number->scale = scale + 1;
    number_rescale(number, scale, NUMERIC_ROUND);
}

enum rc numeric_sqrt(struct arena *arena, struct bytes a, struct bytes *out,
                     struct error *err)
{
    *out = a;
    if (numeric_sign(a) < 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "cannot take square root of a negative number");
    if (a.at[0] > NUMBER_NEGATIVE)
        return RC_OK;
    struct number number;
    number_open(&number, a);
    root(&number);
    *out = number_pack(arena, &number);
    number_close(&number);
    return RC_OK;
}

struct bytes numeric_from_int64(struct arena *arena, int64_t number)
{
    struct number wide;
    number_init(&wide, NUMBER_POSITIVE);
    mpz_set_si(wide.magnitude, number);
    struct bytes out = number_pack(arena, &wide);
    number_close(&wide);
    return out;
}

struct bytes numeric_from_uint64(struct arena *arena, uint64_t number)
{
    struct number wide;
    number_init(&wide, NUMBER_POSITIVE);
    mpz_set_ui(wide.magnitude, number);
    struct bytes out = number_pack(arena, &wide);
    number_close(&wide);
    return out;
}

struct bytes numeric_from_double(struct arena *arena, double number, int digits)
{
    char text[64];
    struct error err;
    struct bytes out = {0};
    int len = snprintf(text, sizeof(text), "%.*g", digits, number);
    /* A number that printf() wrote always parses. */
    (void)numeric_parse(arena, bytes_of(text, (size_t)len), &out, &err);
    return out;
}

/* Rounds to a whole number. */
static enum rc to_whole(struct bytes a, const char *title, struct number *out,
                        struct error *err)
{
    if (a.at[0] > NUMBER_NEGATIVE)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot convert %s to %s",
                         a.at[0] == NUMBER_NAN ? "NaN" : "infinity", title);
    number_open(out, a);
    number_rescale(out, 0, NUMERIC_ROUND);
    return RC_OK;
}

enum rc numeric_to_int64(struct bytes a, int64_t low, int64_t high, const char *title,
                         int64_t *out, struct error *err)
{
    struct number number;
    TRY(to_whole(a, title, &number, err));
    bool fits = mpz_fits_slong_p(number.magnitude) != 0;
    *out = fits ? mpz_get_si(number.magnitude) : 0;
    number_close(&number);
    if (!fits || *out < low || *out > high)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
                         title);
    return RC_OK;
}

enum rc numeric_to_uint64(struct bytes a, uint64_t *out, struct error *err)
{
    struct number number;
    TRY(to_whole(a, "uint8", &number, err));
    bool fits = mpz_fits_ulong_p(number.magnitude) != 0;
    *out = fits ? mpz_get_ui(number.magnitude) : 0;
    number_close(&number);
    return fits ? RC_OK
                : error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                            "uint8 out of range");
}

double numeric_to_double(struct bytes a)
{
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    numeric_print(a, &text);
    buffer_add_u8(&text, 0);
    double out = strtod((const char *)buffer_bytes(&text).at, NULL);
    buffer_fini(&text);
    return out;
}

/* Ranks -Infinity, finite numbers, Infinity and NaN. */
static int rank(const struct number *number)
{
    return number->kind == NUMBER_NAN        ? 3
           : number->kind == NUMBER_INFINITE ? 2
           : is_infinite(number)             ? 0
                                             : 1;
}

int numeric_compare(struct bytes a, struct bytes b)
{
    struct number left;
    struct number right;
    number_open(&left, a);
    number_open(&right, b);
    int order = rank(&left) - rank(&right);
    if (order == 0 && left.kind <= NUMBER_NEGATIVE) {
        align(&left, &right);
        order = mpz_cmp(left.magnitude, right.magnitude);
    }
    number_close(&left);
    number_close(&right);
    return order;
}

uint64_t numeric_hash(struct bytes a)
{
    if (a.at[0] > NUMBER_NEGATIVE)
        return methods_hash_number(a.at[0]);
    struct number number;
    number_open(&number, a);
    int scale = mpz_sgn(number.magnitude) == 0 ? 0 : number.scale;
    while (mpz_sgn(number.magnitude) != 0 && mpz_divisible_ui_p(number.magnitude, 10)) {
        mpz_divexact_ui(number.magnitude, number.magnitude, 10);
        scale--;
    }
    uint64_t low = mpz_get_ui(number.magnitude);
    uint64_t hash = methods_hash_number(low * 2 + (mpz_sgn(number.magnitude) < 0) +
                                        (uint64_t)(uint32_t)scale * 1000003);
    number_close(&number);
    return hash;
}
