/* float4 and float8: shortest digits that read back as the same number. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "sql/types/methods.h"

enum { FLOAT4_DIGITS = 9, FLOAT8_DIGITS = 17 };

static bool reads_back(const char *text, double number, bool single)
{
    if (single)
        return !(strtof(text, NULL) < (float)number) &&
               !(strtof(text, NULL) > (float)number);
    double back = strtod(text, NULL);
    return !(back < number) && !(back > number);
}

/* At a power of two the lower neighbour is nearer: where a text is a tie and too low, the
 * next one above may do. */
static bool next_reads_back(char *text, double number, bool single)
{
    char other[40];
    size_t at = strcspn(text, "e");
    (void)snprintf(other, sizeof(other), "%s", text);
    if (at == 0 || other[at - 1] < '0' || other[at - 1] >= '9')
        return false;
    other[at - 1]++;
    if (!reads_back(other, number, single))
        return false;
    text[at - 1]++;
    return true;
}

/* PostgreSQL writes plain notation while the exponent is at least -4 and below the
 * digits that the type always holds (15, or 6 for float4). */
static void print_digits(const char *text, bool single, struct buffer *out)
{
    char digits[32];
    size_t count = 0;
    if (*text == '-')
        buffer_add_u8(out, '-');
    for (; *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9')
            digits[count++] = *text;
    }
    int exponent = (int)strtol(text + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = 0;
    if (exponent < -4 || exponent >= (single ? 6 : 15)) {
        buffer_printf(out, "%c%s%.*s%s", digits[0], count > 1 ? "." : "", (int)count - 1,
                      digits + 1, text);
    } else if (exponent < 0) {
        buffer_printf(out, "0.%.*s%s", -exponent - 1, "0000", digits);
    } else {
        for (int i = 0; i <= exponent || i < (int)count; i++) {
            if (i == exponent + 1)
                buffer_add_u8(out, '.');
            buffer_add_u8(out, i < (int)count ? (uint8_t)digits[i] : '0');
        }
    }
}

static void print(double number, bool single, int extra, struct buffer *out)
{
    if (isnan(number)) {
        buffer_add_text(out, "NaN");
    } else if (isinf(number)) {
        buffer_add_text(out, number < 0 ? "-Infinity" : "Infinity");
    } else if (extra <= 0) {
        int digits = (single ? 6 : 15) + extra;
        buffer_printf(out, "%.*g", digits < 1 ? 1 : digits, number);
    } else {
        char text[40];
        int most = single ? FLOAT4_DIGITS : FLOAT8_DIGITS;
        for (int digits = 1; digits <= most; digits++) {
            (void)snprintf(text, sizeof(text), "%.*e", digits - 1, number);
            if (reads_back(text, number, single) || next_reads_back(text, number, single))
                break;
        }
        print_digits(text, single, out);
    }
}

static enum rc parse(const struct type_context *context, struct bytes whole, bool single,
                     double *out, struct error *err)
{
    const char *title = single ? "real" : "double precision";
    struct bytes text = methods_trim(whole);
    char *copy = arena_strndup(context->arena, (const char *)text.at, text.len);
    char *end = NULL;
    errno = 0;
    *out = single ? (double)strtof(copy, &end) : strtod(copy, &end);
    if (text.len == 0 || end != copy + text.len || strchr(copy, '(') != NULL)
        return type_invalid(title, whole, err);
    bool lost = errno == ERANGE && (isinf(*out) || fpclassify(*out) == FP_ZERO);
    if (lost)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "\"%s\" is out of range for type %s", copy, title);
    return RC_OK;
}

static enum rc float4_input(const struct type *type, const struct type_context *context,
                            struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    double number = 0;
    TRY(parse(context, text, true, &number, err));
    out->float4 = (float)number;
    return RC_OK;
}

static enum rc float8_input(const struct type *type, const struct type_context *context,
                            struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    return parse(context, text, false, &out->float8, err);
}

static void float4_output(const struct type *type, const struct type_context *context,
                          union datum datum, struct buffer *out)
{
    (void)type;
    print((double)datum.float4, true, context->extra_float_digits, out);
}

static void float8_output(const struct type *type, const struct type_context *context,
                          union datum datum, struct buffer *out)
{
    (void)type;
    print(datum.float8, false, context->extra_float_digits, out);
}

static enum rc float4_receive(const struct type *type, const struct type_context *context,
                              struct bytes bytes, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    struct reader reader = reader_of(bytes);
    uint32_t bits = reader_u32(&reader);
    memcpy(&out->float4, &bits, sizeof(bits));
    return reader_done(&reader) ? RC_OK : type_invalid_binary(err);
}

static enum rc float8_receive(const struct type *type, const struct type_context *context,
                              struct bytes bytes, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    struct reader reader = reader_of(bytes);
    uint64_t bits = reader_u64(&reader);
    memcpy(&out->float8, &bits, sizeof(bits));
    return reader_done(&reader) ? RC_OK : type_invalid_binary(err);
}

static void float4_send(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    uint32_t bits = 0;
    memcpy(&bits, &datum.float4, sizeof(bits));
    buffer_add_u32(out, bits);
}

static void float8_send(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    uint64_t bits = 0;
    memcpy(&bits, &datum.float8, sizeof(bits));
    buffer_add_u64(out, bits);
}

/* NaN equals itself and is above all other numbers. */
static int compare_doubles(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) ? 1 : 0) - (isnan(b) ? 1 : 0);
    return a < b ? -1 : a > b ? 1 : 0;
}

static int float4_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return compare_doubles((double)a.float4, (double)b.float4);
}

static int float8_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return compare_doubles(a.float8, b.float8);
}

static uint64_t hash_double(double number)
{
    if (isnan(number))
        return methods_hash_number(1);
    double plain = fpclassify(number) == FP_ZERO ? 0.0 : number;
    uint64_t bits = 0;
    memcpy(&bits, &plain, sizeof(bits));
    return methods_hash_number(bits);
}

static uint64_t float4_hash(const struct type *type, union datum datum)
{
    (void)type;
    return hash_double((double)datum.float4);
}

static uint64_t float8_hash(const struct type *type, union datum datum)
{
    (void)type;
    return hash_double(datum.float8);
}

const struct type_methods float4_methods = {
    TYPE_STORAGE_FLOAT4, float4_input,   float4_output, float4_receive,
    float4_send,         float4_compare, float4_hash,
};

const struct type_methods float8_methods = {
    TYPE_STORAGE_FLOAT8, float8_input,   float8_output, float8_receive,
    float8_send,         float8_compare, float8_hash,
};
