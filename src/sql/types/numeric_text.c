/* NUMERIC: text, binary form and typmods. */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/reader.h"
#include "sql/types/methods.h"
#include "sql/types/numeric_number.h"

enum {
    EXPONENT_MAX = 1000000,
    SIGN_NEGATIVE = 0x4000, /* the protocol's sign words */
    SIGN_NAN = 0xC000,
    SIGN_INFINITE = 0xD000,
    SIGN_INFINITE_NEGATIVE = 0xF000,
    BINARY_BASE = 10000,
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool parse_special(struct bytes text, struct number *out)
{
    bool sign = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+');
    struct bytes word = sign ? bytes_of(text.at + 1, text.len - 1) : text;
    if (!sign && ascii_is_word(text, "nan"))
        out->kind = NUMBER_NAN;
    else if (ascii_is_word(word, "infinity") || ascii_is_word(word, "inf"))
        out->kind =
            sign && text.at[0] == '-' ? NUMBER_INFINITE_NEGATIVE : NUMBER_INFINITE;
    else
        return false;
    return true;
}

/* Copies the digits, without the point, to `digits`; *scale_out is the count behind it.
 * What remains in *text is the exponent. False: there was no digit. */
static bool take_digits(struct bytes *text, char *digits, int *scale_out)
{
    size_t count = 0;
    size_t at = 0;
    bool point = false;
    *scale_out = 0;
    for (; at < text->len; at++) {
        if (text->at[at] == '.' && !point) {
            point = true;
        } else if (is_digit(text->at[at])) {
            digits[count++] = (char)text->at[at];
            *scale_out += point ? 1 : 0;
        } else {
            break;
        }
    }
    *text = bytes_of(text->at + at, text->len - at);
    digits[count] = 0;
    return count > 0;
}

/* An absent exponent is 0; false: bad syntax. */
static bool take_exponent(struct bytes text, int64_t *out)
{
    *out = 0;
    if (text.len == 0)
        return true;
    if ((text.at[0] | 0x20) != 'e' || text.len < 2 || methods_is_space(text.at[1]))
        return false;
    bool range = false;
    if (methods_parse_int64(bytes_of(text.at + 1, text.len - 1), out, &range))
        return true;
    *out = INT64_MAX;
    return range;
}

static enum rc scale_parsed(struct number *number, int scale, int64_t exponent,
                            struct error *err)
{
    if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value overflows numeric format");
    number->scale = scale - (int)exponent;
    if (number->scale < -NUMERIC_WEIGHT_MAX)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value overflows numeric format");
    if (number->scale < 0)
        number_rescale(number, 0, NUMERIC_TRUNCATE);
    if (number->scale > NUMERIC_SCALE_MAX)
        number_rescale(number, NUMERIC_SCALE_MAX, NUMERIC_ROUND);
    return number_check(number, err);
}

static enum rc parse_finite(struct arena *arena, struct bytes whole,
                            struct number *number, struct error *err)
{
    struct bytes text = methods_trim(whole);
    bool negative = text.len > 0 && text.at[0] == '-';
    if (negative || (text.len > 0 && text.at[0] == '+'))
        text = bytes_of(text.at + 1, text.len - 1);
    char *digits = ARENA_ARRAY(arena, char, text.len + 1);
    int scale = 0;
    int64_t exponent = 0;
    if (!take_digits(&text, digits, &scale) || !take_exponent(text, &exponent))
        return type_invalid("numeric", whole, err);
    mpz_set_str(number->magnitude, digits, 10);
    if (negative)
        mpz_neg(number->magnitude, number->magnitude);
    return scale_parsed(number, scale, exponent, err);
}

enum rc numeric_parse(struct arena *arena, struct bytes text, struct bytes *out,
                      struct error *err)
{
    struct number number;
    number_init(&number, NUMBER_POSITIVE);
    enum rc rc = RC_OK;
    if (!parse_special(methods_trim(text), &number))
        rc = parse_finite(arena, text, &number, err);
    if (rc == RC_OK)
        *out = number_pack(arena, &number);
    number_close(&number);
    return rc;
}

static void print_finite(const struct number *number, struct buffer *out)
{
    size_t room = mpz_sizeinbase(number->magnitude, 10) + 2;
    uint8_t *text = buffer_reserve(out, room + (size_t)number->scale + 3);
    if (text == NULL)
        return;
    struct number positive;
    number_init(&positive, NUMBER_POSITIVE);
    mpz_abs(positive.magnitude, number->magnitude);
    size_t len = 0;
    if (mpz_sgn(number->magnitude) < 0)
        text[len++] = '-';
    mpz_get_str((char *)text + len, 10, positive.magnitude);
    number_close(&positive);
    size_t digits = strlen((char *)text + len);
    size_t scale = (size_t)number->scale;
    if (digits <= scale) {
        size_t zeros = scale - digits + 1;
        memmove(text + len + zeros, text + len, digits);
        memset(text + len, '0', zeros);
        digits += zeros;
    }
    if (scale > 0) {
        size_t point = len + digits - scale;
        memmove(text + point + 1, text + point, scale);
        text[point] = '.';
        digits++;
    }
    buffer_commit(out, len + digits);
}

void numeric_print(struct bytes a, struct buffer *out)
{
    struct number number;
    number_open(&number, a);
    if (number.kind == NUMBER_NAN)
        buffer_add_text(out, "NaN");
    else if (number.kind == NUMBER_INFINITE)
        buffer_add_text(out, "Infinity");
    else if (number.kind == NUMBER_INFINITE_NEGATIVE)
        buffer_add_text(out, "-Infinity");
    else
        print_finite(&number, out);
    number_close(&number);
}

int numeric_typmod_precision(int32_t typmod)
{
    return ((typmod - 4) >> 16) & 0xffff;
}

int numeric_typmod_scale(int32_t typmod)
{
    return (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
}

enum rc numeric_typmod(const int32_t *arguments, size_t count, int32_t *typmod_out,
                       struct error *err)
{
    int32_t scale = count == 2 ? arguments[1] : 0;
    if (count == 0 || count > 2)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid NUMERIC type modifier");
    if (arguments[0] < 1 || arguments[0] > 1000)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "NUMERIC precision %d must be between 1 and 1000", arguments[0]);
    if (scale < -1000 || scale > 1000)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "NUMERIC scale %d must be between -1000 and 1000", scale);
    *typmod_out =
        (int32_t)(((uint32_t)arguments[0] << 16) | ((uint32_t)scale & 0x7ff)) + 4;
    return RC_OK;
}

enum rc numeric_apply_typmod(struct arena *arena, int32_t typmod, struct bytes *bytes,
                             struct error *err)
{
    int precision = numeric_typmod_precision(typmod);
    int scale = numeric_typmod_scale(typmod);
    if (numeric_is_nan(*bytes))
        return RC_OK;
    if (numeric_is_infinite(*bytes)) {
        error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
        return error_detail(
            err, "A field with precision %d, scale %d cannot hold an infinite value.",
            precision, scale);
    }
    *bytes = numeric_round(arena, *bytes, scale, NUMERIC_ROUND);
    struct number number;
    number_open(&number, *bytes);
    int digits = number_digits(&number) - number.scale;
    bool zero = mpz_sgn(number.magnitude) == 0;
    number_close(&number);
    int most = precision - scale;
    if (zero || digits <= most)
        return RC_OK;
    error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
    return error_detail(err,
                        "A field with precision %d, scale %d must round to an absolute "
                        "value less than %s%d.",
                        precision, scale, most != 0 ? "10^" : "", most != 0 ? most : 1);
}

static enum rc numeric_input(const struct type *type, const struct type_context *context,
                             struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    return numeric_parse(context->arena, text, &out->bytes, err);
}

static void numeric_output(const struct type *type, const struct type_context *context,
                           union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    numeric_print(datum.bytes, out);
}

static bool sign_kind(uint16_t sign, enum number_kind *out)
{
    static const struct {
        uint16_t sign;
        enum number_kind kind;
    } kinds[] = {
        {0, NUMBER_POSITIVE},
        {SIGN_NEGATIVE, NUMBER_NEGATIVE},
        {SIGN_NAN, NUMBER_NAN},
        {SIGN_INFINITE, NUMBER_INFINITE},
        {SIGN_INFINITE_NEGATIVE, NUMBER_INFINITE_NEGATIVE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (kinds[i].sign == sign) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static enum rc receive_digits(struct reader *reader, int count, struct number *number,
                              struct error *err)
{
    int weight = (int16_t)reader_u16(reader);
    if (!sign_kind(reader_u16(reader), &number->kind))
        return error_set(err, SQLSTATE_INVALID_BINARY_REPRESENTATION,
                         "invalid sign in external \"numeric\" value");
    int scale = reader_u16(reader);
    if (scale > NUMERIC_SCALE_MAX)
        return error_set(err, SQLSTATE_INVALID_BINARY_REPRESENTATION,
                         "invalid scale in external \"numeric\" value");
    for (int i = 0; i < count && !reader_failed(reader); i++) {
        uint16_t digit = reader_u16(reader);
        if (digit >= BINARY_BASE)
            return error_set(err, SQLSTATE_INVALID_BINARY_REPRESENTATION,
                             "invalid digit in external \"numeric\" value");
        mpz_mul_ui(number->magnitude, number->magnitude, BINARY_BASE);
        mpz_add_ui(number->magnitude, number->magnitude, digit);
    }
    if (!reader_done(reader))
        return type_invalid_binary(err);
    if (number->kind == NUMBER_NEGATIVE)
        mpz_neg(number->magnitude, number->magnitude);
    number->scale = (count - 1 - weight) * 4;
    number_rescale(number, scale, NUMERIC_TRUNCATE);
    return number_check(number, err);
}

static enum rc numeric_receive(const struct type *type,
                               const struct type_context *context, struct bytes bytes,
                               union datum *out, struct error *err)
{
    (void)type;
    struct reader reader = reader_of(bytes);
    struct number number;
    number_init(&number, NUMBER_POSITIVE);
    enum rc rc = receive_digits(&reader, reader_u16(&reader), &number, err);
    if (rc == RC_OK)
        out->bytes = number_pack(context->arena, &number);
    number_close(&number);
    return rc;
}

static void send_finite(struct number *number, struct buffer *out)
{
    int scale = number->scale;
    number_rescale(number, (scale + 3) / 4 * 4, NUMERIC_TRUNCATE);
    bool negative = mpz_sgn(number->magnitude) < 0;
    mpz_abs(number->magnitude, number->magnitude);
    int count = (number_digits(number) + 3) / 4;
    int weight = count - 1 - number->scale / 4;
    while (count > 0 && mpz_divisible_ui_p(number->magnitude, BINARY_BASE)) {
        mpz_divexact_ui(number->magnitude, number->magnitude, BINARY_BASE);
        count--;
    }
    buffer_add_u16(out, (uint16_t)count);
    buffer_add_u16(out, (uint16_t)(count == 0 ? 0 : weight));
    buffer_add_u16(out, negative ? SIGN_NEGATIVE : 0);
    buffer_add_u16(out, (uint16_t)scale);
    uint8_t *digits = buffer_reserve(out, (size_t)count * 2);
    if (digits == NULL)
        return;
    for (int i = count - 1; i >= 0; i--) {
        unsigned long digit =
            mpz_tdiv_q_ui(number->magnitude, number->magnitude, BINARY_BASE);
        digits[i * 2] = (uint8_t)(digit >> 8);
        digits[i * 2 + 1] = (uint8_t)(digit & 255);
    }
    buffer_commit(out, (size_t)count * 2);
}

static void numeric_send(const struct type *type, const struct type_context *context,
                         union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    struct number number;
    number_open(&number, datum.bytes);
    if (number.kind <= NUMBER_NEGATIVE) {
        send_finite(&number, out);
    } else {
        buffer_add_u32(out, 0);
        buffer_add_u16(out, number.kind == NUMBER_NAN        ? SIGN_NAN
                            : number.kind == NUMBER_INFINITE ? SIGN_INFINITE
                                                             : SIGN_INFINITE_NEGATIVE);
        buffer_add_u16(out, 0);
    }
    number_close(&number);
}

static int compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return numeric_compare(a.bytes, b.bytes);
}

static uint64_t hash(const struct type *type, union datum datum)
{
    (void)type;
    return numeric_hash(datum.bytes);
}

const struct type_methods numeric_methods = {
    TYPE_STORAGE_BYTES, numeric_input, numeric_output, numeric_receive,
    numeric_send,       compare,       hash,
};
