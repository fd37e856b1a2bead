/* to_char() of numbers, and to_number(). A template says how many digits there are; the
 * number is brought to that many and then put into it, digit by digit. */
#include <math.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "sql/functions/format.h"
#include "sql/types/cast.h"
#include "sql/types/numeric.h"

enum {
    NUMBER_COMMA,
    NUMBER_POINT,
    NUMBER_0,
    NUMBER_9,
    NUMBER_B,
    NUMBER_C,
    NUMBER_D,
    NUMBER_E,
    NUMBER_FM,
    NUMBER_G,
    NUMBER_L,
    NUMBER_MI,
    NUMBER_PL,
    NUMBER_PR,
    NUMBER_RN,
    NUMBER_RN_LOW,
    NUMBER_SG,
    NUMBER_SP,
    NUMBER_S,
    NUMBER_TH,
    NUMBER_TH_LOW,
    NUMBER_V
};

static const struct format_key number_keys[] = {
    {",", NUMBER_COMMA, false, 0},   {".", NUMBER_POINT, false, 0},
    {"0", NUMBER_0, false, 0},       {"9", NUMBER_9, false, 0},
    {"B", NUMBER_B, false, 0},       {"C", NUMBER_C, false, 0},
    {"D", NUMBER_D, false, 0},       {"EEEE", NUMBER_E, false, 0},
    {"FM", NUMBER_FM, false, 0},     {"G", NUMBER_G, false, 0},
    {"L", NUMBER_L, false, 0},       {"MI", NUMBER_MI, false, 0},
    {"PL", NUMBER_PL, false, 0},     {"PR", NUMBER_PR, false, 0},
    {"RN", NUMBER_RN, false, 0},     {"SG", NUMBER_SG, false, 0},
    {"SP", NUMBER_SP, false, 0},     {"S", NUMBER_S, false, 0},
    {"TH", NUMBER_TH, false, 0},     {"V", NUMBER_V, false, 0},
    {"b", NUMBER_B, false, 0},       {"c", NUMBER_C, false, 0},
    {"d", NUMBER_D, false, 0},       {"eeee", NUMBER_E, false, 0},
    {"fm", NUMBER_FM, false, 0},     {"g", NUMBER_G, false, 0},
    {"l", NUMBER_L, false, 0},       {"mi", NUMBER_MI, false, 0},
    {"pl", NUMBER_PL, false, 0},     {"pr", NUMBER_PR, false, 0},
    {"rn", NUMBER_RN_LOW, false, 0}, {"sg", NUMBER_SG, false, 0},
    {"sp", NUMBER_SP, false, 0},     {"s", NUMBER_S, false, 0},
    {"th", NUMBER_TH_LOW, false, 0}, {"v", NUMBER_V, false, 0},
};

enum sign_place { SIGN_NONE, SIGN_BEFORE, SIGN_BEHIND };

/* What a template asks for. */
struct shape {
    int before; /* digits before the point */
    int behind;
    int multi;   /* digits behind V */
    int sign_at; /* digits before S */
    int zero_start;
    int zero_end;
    enum sign_place sign;
    bool decimal;
    bool zero;
    bool fill;
    bool has_s;
    bool bracket;
    bool minus;
    bool plus;
    bool roman;
    bool v;
    bool exponent;
    bool blank;
};

static enum rc bad_template(const char *message, struct error *err)
{
    return error_set(err, SQLSTATE_SYNTAX_ERROR, "%s", message);
}

static enum rc add_digit(struct shape *shape, bool zero, struct error *err)
{
    if (shape->bracket)
        return bad_template(zero ? "\"0\" must be ahead of \"PR\""
                                 : "\"9\" must be ahead of \"PR\"",
                            err);
    if (!zero) {
        if (shape->v)
            shape->multi++;
        else if (shape->decimal)
            shape->behind++;
        else
            shape->before++;
        return RC_OK;
    }
    if (!shape->zero && !shape->decimal) {
        shape->zero = true;
        shape->zero_start = shape->before + 1;
    }
    if (shape->decimal)
        shape->behind++;
    else
        shape->before++;
    shape->zero_end = shape->before + shape->behind;
    return RC_OK;
}

static enum rc add_s(struct shape *shape, struct error *err)
{
    if (shape->has_s)
        return bad_template("cannot use \"S\" twice", err);
    if (shape->plus || shape->minus || shape->bracket)
        return bad_template("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together",
                            err);
    shape->has_s = true;
    if (!shape->decimal) {
        shape->sign = SIGN_BEFORE;
        shape->sign_at = shape->before;
    } else if (shape->sign == SIGN_NONE) {
        shape->sign = SIGN_BEHIND;
    }
    return RC_OK;
}

static enum rc add_exponent(struct shape *shape, struct error *err)
{
    if (shape->exponent)
        return bad_template("cannot use \"EEEE\" twice", err);
    if (shape->blank || shape->fill || shape->has_s || shape->bracket || shape->minus ||
        shape->plus || shape->roman || shape->v) {
        bad_template("\"EEEE\" is incompatible with other formats", err);
        return error_detail(err, "\"EEEE\" may only be used together with digit and "
                                 "decimal point patterns.");
    }
    shape->exponent = true;
    return RC_OK;
}

static enum rc add_sign(struct shape *shape, int id, struct error *err)
{
    if (shape->has_s)
        return bad_template(id == NUMBER_MI   ? "cannot use \"S\" and \"MI\" together"
                            : id == NUMBER_PL ? "cannot use \"S\" and \"PL\" together"
                                              : "cannot use \"S\" and \"SG\" together",
                            err);
    shape->minus = shape->minus || id != NUMBER_PL;
    shape->plus = shape->plus || id != NUMBER_MI;
    return RC_OK;
}

static enum rc add_point(struct shape *shape, struct error *err)
{
    if (shape->decimal)
        return bad_template("multiple decimal points", err);
    if (shape->v)
        return bad_template("cannot use \"V\" and decimal point together", err);
    shape->decimal = true;
    return RC_OK;
}

static enum rc add_pattern(struct shape *shape, int id, struct error *err)
{
    if (shape->exponent && id != NUMBER_E)
        return bad_template("\"EEEE\" must be the last pattern used", err);
    switch (id) {
    case NUMBER_9:
    case NUMBER_0:
        return add_digit(shape, id == NUMBER_0, err);
    case NUMBER_B:
        shape->blank = shape->before == 0 && shape->behind == 0 && !shape->zero;
        return RC_OK;
    case NUMBER_D:
    case NUMBER_POINT:
        return add_point(shape, err);
    case NUMBER_FM:
        shape->fill = true;
        return RC_OK;
    case NUMBER_S:
        return add_s(shape, err);
    case NUMBER_MI:
    case NUMBER_PL:
    case NUMBER_SG:
        return add_sign(shape, id, err);
    case NUMBER_PR:
        if (shape->has_s || shape->plus || shape->minus)
            return bad_template(
                "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together", err);
        shape->bracket = true;
        return RC_OK;
    case NUMBER_RN:
    case NUMBER_RN_LOW:
        shape->roman = true;
        return RC_OK;
    case NUMBER_V:
        if (shape->decimal)
            return bad_template("cannot use \"V\" and decimal point together", err);
        shape->v = true;
        return RC_OK;
    case NUMBER_E:
        return add_exponent(shape, err);
    default:
        return RC_OK;
    }
}

static enum rc read_template(struct arena *arena, struct bytes text,
                             struct format *format, struct shape *shape,
                             struct error *err)
{
    *shape = (struct shape){0};
    format_split(arena, text, number_keys, ARRAY_COUNT(number_keys), false, format);
    for (size_t i = 0; i < format->count; i++) {
        if (format->pieces[i].kind == FORMAT_PATTERN)
            TRY(add_pattern(shape, format->pieces[i].key->id, err));
    }
    return RC_OK;
}

/* --- putting a number into its template ------------------------------------------- */

struct writer {
    struct shape shape;
    struct buffer *out;
    const char *number;      /* without its sign */
    const char *at;          /* next digit */
    const char *last_needed; /* with FM: the last digit that is no needless zero */
    char sign;
    bool sign_written;
    bool inside; /* a digit has been written */
    int blanks;  /* places before the number */
    int place;
    int places;
};

/* The last digit behind the point that is not 0, or the point; NULL: no point. */
static const char *last_needed(const char *number)
{
    const char *last = strchr(number, '.');
    if (last == NULL)
        return NULL;
    for (const char *at = last + 1; *at != '\0'; at++)
        last = *at != '0' ? at : last;
    return last;
}

static bool is_lone_zero(const struct writer *writer)
{
    return !writer->shape.zero && writer->number == writer->at &&
           *writer->number == '0' && writer->shape.behind != 0;
}

static void write_sign(struct writer *writer)
{
    const struct shape *shape = &writer->shape;
    bool reached = writer->place >= writer->blanks ||
                   (shape->zero && shape->zero_start == writer->place);
    if (writer->sign_written || !reached ||
        (is_lone_zero(writer) &&
         !(writer->last_needed != NULL && *writer->last_needed == '.')))
        return;
    if (shape->has_s) {
        if (shape->sign != SIGN_BEFORE)
            return;
        buffer_add_u8(writer->out, writer->sign == '-' ? '-' : '+');
    } else if (shape->bracket) {
        buffer_add_u8(writer->out, writer->sign == '+' ? ' ' : '<');
    } else if (writer->sign == '+') {
        if (!shape->fill)
            buffer_add_u8(writer->out, ' ');
    } else if (writer->sign == '-') {
        buffer_add_u8(writer->out, '-');
    }
    writer->sign_written = true;
}

static void write_number_part(struct writer *writer, bool zero_pattern)
{
    const struct shape *shape = &writer->shape;
    const char *last = writer->last_needed;
    if (*writer->at == '.') {
        if (last == NULL || *last != '.' || shape->fill)
            buffer_add_u8(writer->out, '.');
    } else if (last != NULL && writer->at > last && !zero_pattern) {
        ; /* a needless zero */
    } else if (is_lone_zero(writer)) {
        if (!shape->fill)
            buffer_add_u8(writer->out, ' ');
        else if (last != NULL && *last == '.')
            buffer_add_u8(writer->out, '0');
    } else if (*writer->at != '\0') {
        buffer_add_u8(writer->out, (uint8_t)*writer->at);
        writer->inside = true;
    }
    if (*writer->at != '\0')
        writer->at++;
}

static void write_digit(struct writer *writer, bool zero_pattern)
{
    const struct shape *shape = &writer->shape;
    if (shape->roman)
        return;
    writer->inside = false;
    write_sign(writer);
    bool before = writer->place < writer->blanks;
    if (before && (!shape->zero || shape->zero_start > writer->place)) {
        if (!shape->fill)
            buffer_add_u8(writer->out, ' ');
    } else if (before) {
        buffer_add_u8(writer->out, '0');
        writer->inside = true;
    } else {
        write_number_part(writer, zero_pattern);
    }
    int end = writer->places + (writer->blanks != 0 ? 1 : 0) + (shape->decimal ? 1 : 0);
    if (writer->last_needed != NULL && writer->last_needed == writer->at)
        end = writer->place;
    if (writer->place + 1 == end) {
        if (writer->sign_written && shape->bracket)
            buffer_add_u8(writer->out, writer->sign == '+' ? ' ' : '>');
        else if (shape->has_s && shape->sign == SIGN_BEHIND)
            buffer_add_u8(writer->out, writer->sign == '-' ? '-' : '+');
    }
    writer->place++;
}

static void write_roman(const struct writer *writer, bool small)
{
    char text[20] = {0};
    size_t len = strlen(writer->number);
    for (size_t i = 0; i < len && i + 1 < sizeof(text); i++)
        text[i] = (char)(small ? ascii_lower((uint8_t)writer->number[i])
                               : (uint8_t)writer->number[i]);
    buffer_printf(writer->out, "%*s", writer->shape.fill ? 0 : 15, text);
}

static void write_ordinal(const struct writer *writer, bool capitals)
{
    if (!writer->shape.roman && *writer->number != '#' && writer->sign != '-' &&
        !writer->shape.decimal)
        buffer_add_text(writer->out,
                        format_ordinal(bytes_of_text(writer->number), capitals));
}

static void write_mark(struct writer *writer, char mark, bool shown)
{
    if (shown)
        buffer_add_u8(writer->out, (uint8_t)mark);
    else if (!writer->shape.fill)
        buffer_add_u8(writer->out, ' ');
}

static void write_piece(struct writer *writer, const struct format_piece *piece)
{
    if (piece->kind != FORMAT_PATTERN) {
        buffer_add(writer->out, piece->text);
        return;
    }
    switch (piece->key->id) {
    case NUMBER_9:
    case NUMBER_0:
    case NUMBER_POINT:
    case NUMBER_D:
        write_digit(writer, piece->key->id == NUMBER_0);
        break;
    case NUMBER_COMMA:
    case NUMBER_G:
        write_mark(writer, ',', writer->inside);
        break;
    case NUMBER_L:
        buffer_add_u8(writer->out, ' ');
        break;
    case NUMBER_RN:
    case NUMBER_RN_LOW:
        write_roman(writer, piece->key->id == NUMBER_RN_LOW);
        break;
    case NUMBER_TH:
    case NUMBER_TH_LOW:
        write_ordinal(writer, piece->key->id == NUMBER_TH);
        break;
    case NUMBER_MI:
        write_mark(writer, '-', writer->sign == '-');
        break;
    case NUMBER_PL:
        write_mark(writer, '+', writer->sign == '+');
        break;
    case NUMBER_SG:
        buffer_add_u8(writer->out, (uint8_t)writer->sign);
        break;
    default:
        break;
    }
}

static void prepare_sign(struct writer *writer)
{
    struct shape *shape = &writer->shape;
    if (shape->plus || shape->minus) {
        writer->sign_written = !(shape->plus && !shape->minus);
        return;
    }
    if (writer->sign != '-' && shape->bracket && shape->fill)
        shape->bracket = false;
    writer->sign_written = writer->sign == '+' && shape->fill && !shape->has_s;
    if (shape->sign == SIGN_BEFORE && shape->before == shape->sign_at)
        shape->sign = SIGN_BEHIND;
}

static enum rc write_number(struct call *call, struct writer *writer,
                            const struct format *format, struct value *result,
                            struct error *err)
{
    struct buffer out;
    struct shape *shape = &writer->shape;
    buffer_init(&out, TYPE_VALUE_MAX);
    writer->out = &out;
    writer->at = writer->number;
    if (shape->exponent) {
        buffer_add_text(&out, writer->number);
        return implementation_text(call, &out, result, err);
    }
    if (shape->roman) {
        *shape = (struct shape){.roman = true, .fill = shape->fill};
        writer->blanks = 0;
        writer->sign = '\0';
    }
    shape->zero_start -= shape->zero_start > 0 ? 1 : 0; /* from now on from 0 */
    prepare_sign(writer);
    writer->places = shape->behind + shape->before - 1;
    if (shape->fill && shape->decimal) {
        writer->last_needed = last_needed(writer->number);
        if (writer->last_needed != NULL && shape->zero_end > writer->blanks) {
            int most = (int)strlen(writer->number) - 1;
            int at = shape->zero_end - writer->blanks;
            const char *last_zero = writer->number + (at < most ? at : most);
            if (writer->last_needed < last_zero)
                writer->last_needed = last_zero;
        }
    }
    if (!writer->sign_written && writer->blanks == 0)
        writer->places++;
    for (size_t i = 0; i < format->count; i++)
        write_piece(writer, &format->pieces[i]);
    return implementation_text(call, &out, result, err);
}

/* --- the number's digits ---------------------------------------------------------- */

static const char *filled(struct arena *arena, size_t len, size_t point)
{
    char *text = ARENA_ARRAY(arena, char, len + 2);
    memset(text, '#', len);
    text[point] = '.';
    return text;
}

static const char *roman_digits(struct arena *arena, double number)
{
    static const struct {
        int value;
        const char *digits;
    } steps[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"},
                 {90, "XC"},  {50, "L"},   {40, "XL"}, {10, "X"},   {9, "IX"},
                 {5, "V"},    {4, "IV"},   {1, "I"}};
    char *text = ARENA_ARRAY(arena, char, 20);
    if (!(number >= 1 && number <= 3999))
        return memset(text, '#', 15);
    int rest = (int)number;
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        for (; rest >= steps[i].value; rest -= steps[i].value) {
            size_t len = strlen(steps[i].digits);
            memcpy(text + at, steps[i].digits, len);
            at += len;
        }
    }
    return text;
}

/* Splits the sign off and pads or crosses out what does not fit. */
static void place_digits(struct arena *arena, struct writer *writer, const char *text)
{
    struct shape *shape = &writer->shape;
    writer->sign = text[0] == '-' ? '-' : '+';
    writer->number = text[0] == '-' ? text + 1 : text;
    const char *point = strchr(writer->number, '.');
    int len =
        (int)(point == NULL ? strlen(writer->number) : (size_t)(point - writer->number));
    if (len < shape->before)
        writer->blanks = shape->before - len;
    else if (len > shape->before)
        writer->number = filled(arena, (size_t)(shape->before + shape->behind + 1),
                                (size_t)shape->before);
}

static const char *numeric_text(struct arena *arena, struct bytes number)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    numeric_print(number, &out);
    struct bytes text = buffer_bytes(&out);
    const char *copy = arena_strndup(arena, (const char *)text.at, text.len);
    buffer_fini(&out);
    return copy;
}

/* d.ddde+dd of a NUMERIC, by moving the point of its digits. */
static enum rc scientific(struct arena *arena, struct bytes number, int digits,
                          const char **out, struct error *err)
{
    struct bytes magnitude = numeric_absolute(arena, number);
    const char *text = numeric_text(arena, magnitude);
    int exponent = 0;
    if (numeric_sign(number) != 0) {
        const char *first = text + strspn(text, "0.");
        const char *point = strchr(text, '.');
        const char *end = point == NULL ? text + strlen(text) : point;
        exponent = (int)(end - first) - (first < end ? 1 : 0);
    }
    struct bytes ten = numeric_from_int64(arena, 10);
    struct bytes power = numeric_from_int64(arena, abs(exponent));
    struct bytes scale = {0};
    TRY(numeric_power(arena, ten, power, &scale, err));
    scale = numeric_round(arena, scale, 0, NUMERIC_ROUND);
    struct bytes mantissa = magnitude;
    if (exponent < 0)
        TRY(numeric_compute(arena, NUMERIC_MULTIPLY, magnitude, scale, &mantissa, err));
    else if (exponent > 0) {
        /* Enough digits for one rounding at the end. */
        struct bytes wide =
            numeric_round(arena, magnitude, digits + exponent + 2, NUMERIC_TRUNCATE);
        TRY(numeric_compute(arena, NUMERIC_DIVIDE, wide, scale, &mantissa, err));
    }
    mantissa = numeric_round(arena, mantissa, digits, NUMERIC_ROUND);
    *out = arena_printf(arena, "%s%se%c%02d", numeric_sign(number) < 0 ? "-" : " ",
                        numeric_text(arena, mantissa), exponent < 0 ? '-' : '+',
                        abs(exponent));
    return RC_OK;
}

static const char *no_exponent(struct arena *arena, const struct shape *shape)
{
    size_t len = (size_t)(shape->before + shape->behind) + 6;
    char *text = ARENA_ARRAY(arena, char, len + 1);
    memset(text, '#', len);
    text[0] = ' ';
    text[shape->before + 1] = '.';
    return text;
}

static enum rc digits_of_numeric(struct call *call, struct bytes number,
                                 struct writer *writer, struct error *err)
{
    struct arena *arena = call->arena;
    struct shape *shape = &writer->shape;
    bool finite = !numeric_is_nan(number) && !numeric_is_infinite(number);
    if (shape->roman) {
        int64_t whole = 0;
        TRY(numeric_to_int64(numeric_round(arena, number, 0, NUMERIC_ROUND), INT32_MIN,
                             INT32_MAX, "integer", &whole, err));
        writer->number = roman_digits(arena, (double)whole);
        return RC_OK;
    }
    if (shape->exponent && !finite) {
        writer->number = no_exponent(arena, shape);
        return RC_OK;
    }
    if (shape->exponent)
        return scientific(arena, number, shape->behind, &writer->number, err);
    if (shape->v && finite) {
        struct bytes power = numeric_from_int64(arena, shape->multi);
        struct bytes scale = {0};
        TRY(numeric_power(arena, numeric_from_int64(arena, 10), power, &scale, err));
        TRY(numeric_compute(arena, NUMERIC_MULTIPLY, number, scale, &number, err));
    }
    shape->before += shape->multi;
    if (finite)
        number = numeric_round(arena, number, shape->behind, NUMERIC_ROUND);
    place_digits(arena, writer, numeric_text(arena, number));
    return RC_OK;
}

/* Floating-point numbers show no more digits than they surely have. */
static void digits_of_double(struct call *call, double number, int precision,
                             struct writer *writer)
{
    struct arena *arena = call->arena;
    struct shape *shape = &writer->shape;
    if (shape->roman) {
        writer->number = roman_digits(arena, rint(number));
        return;
    }
    if (shape->exponent) {
        char *text = arena_printf(arena, "%+.*e", shape->behind, number);
        text[0] = text[0] == '+' ? ' ' : text[0];
        writer->number = isfinite(number) ? text : no_exponent(arena, shape);
        return;
    }
    if (shape->v)
        number *= pow(10, shape->multi);
    shape->before += shape->multi;
    if (!isfinite(number)) {
        /* The word's length counts as that of the digits does. */
        int len = isnan(number) ? 3 : 8;
        shape->behind = len >= precision                  ? 0
                        : len + shape->behind > precision ? precision - len
                                                          : shape->behind;
        place_digits(arena, writer,
                     isnan(number) ? "NaN"
                     : number < 0  ? "-Infinity"
                                   : "Infinity");
        return;
    }
    int len = (int)strlen(arena_printf(arena, "%.0f", fabs(number)));
    if (len >= precision)
        shape->behind = 0;
    else if (len + shape->behind > precision)
        shape->behind = precision - len;
    place_digits(arena, writer, arena_printf(arena, "%.*f", shape->behind, number));
}

FUNCTION_ROW(to_char_number)
{
    struct format format;
    struct writer writer = {0};
    const struct type *type = call->argument_types[0];
    TRY(read_template(call->arena, arguments[1].datum.bytes, &format, &writer.shape,
                      err));
    if (arguments[1].datum.bytes.len == 0) {
        result->datum.bytes = bytes_of_text("");
        return RC_OK;
    }
    union datum number = arguments[0].datum;
    if (type->oid == TYPE_FLOAT8) {
        digits_of_double(call, number.float8, 15, &writer);
    } else if (type->oid == TYPE_FLOAT4) {
        digits_of_double(call, (double)number.float4, 6, &writer);
    } else {
        if (type->oid != TYPE_NUMERIC)
            number.bytes =
                numeric_from_int64(call->arena, implementation_whole(type, number));
        TRY(digits_of_numeric(call, number.bytes, &writer, err));
    }
    return write_number(call, &writer, &format, result, err);
}

/* --- to_number -------------------------------------------------------------------- */

struct scan {
    struct shape shape;
    struct bytes text;
    size_t at;
    struct buffer *out; /* digits */
    char sign;          /* ' ' while unknown */
    int read_before;
    int read_behind;
    bool point;
    bool inside;
};

static int byte_at(const struct scan *scan, size_t at)
{
    return at < scan->text.len ? scan->text.at[at] : -1;
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static void skip_other(struct scan *scan, int count)
{
    for (; count > 0 && scan->at < scan->text.len; count--) {
        int byte = byte_at(scan, scan->at);
        if (byte != 0 && strchr("0123456789.,+-", byte) != NULL)
            return;
        struct bytes rest = bytes_of(scan->text.at + scan->at, scan->text.len - scan->at);
        scan->at += rest.len - implementation_skip(rest, 1).len;
    }
}

static void scan_first_sign(struct scan *scan)
{
    int byte = byte_at(scan, scan->at);
    const struct shape *shape = &scan->shape;
    if (scan->sign != ' ' || scan->read_before + scan->read_behind > 0)
        return;
    bool local = shape->has_s && shape->sign == SIGN_BEFORE;
    if (byte == '-' || (!local && shape->bracket && byte == '<'))
        scan->sign = '-';
    else if (byte == '+')
        scan->sign = '+';
    else
        return;
    scan->at++;
}

static void scan_last_sign(struct scan *scan, bool read)
{
    const struct shape *shape = &scan->shape;
    if (scan->sign != ' ' || scan->read_before + scan->read_behind == 0)
        return;
    if (shape->has_s && read && scan->at + 1 < scan->text.len &&
        !is_digit(byte_at(scan, scan->at + 1))) {
        int next = byte_at(scan, scan->at + 1);
        if (next == '-' || next == '+') {
            scan->sign = (char)next;
            scan->at++;
        }
    } else if (!read && !shape->has_s && (shape->plus || shape->minus)) {
        int byte = byte_at(scan, scan->at);
        if (byte == '-' || byte == '+')
            scan->sign = (char)byte;
    }
}

static void scan_digit(struct scan *scan, int id)
{
    bool read = false;
    if (byte_at(scan, scan->at) == ' ')
        scan->at++;
    if (scan->at >= scan->text.len)
        return;
    if (id == NUMBER_0 || id == NUMBER_9)
        scan_first_sign(scan);
    if (scan->at >= scan->text.len)
        return;
    int byte = byte_at(scan, scan->at);
    if (is_digit(byte)) {
        if (scan->point && scan->read_behind == scan->shape.behind)
            return;
        buffer_add_u8(scan->out, (uint8_t)byte);
        if (scan->point)
            scan->read_behind++;
        else
            scan->read_before++;
        read = true;
    } else if (scan->shape.decimal && !scan->point && byte == '.') {
        buffer_add_u8(scan->out, '.');
        scan->point = true;
        read = true;
    }
    scan_last_sign(scan, read);
}

/* True: one character of the text is passed afterwards. */
static bool scan_pattern(struct scan *scan, int id)
{
    int byte = byte_at(scan, scan->at);
    switch (id) {
    case NUMBER_9:
    case NUMBER_0:
    case NUMBER_POINT:
    case NUMBER_D:
        scan_digit(scan, id);
        return true;
    case NUMBER_COMMA:
    case NUMBER_G:
        return !(!scan->inside && scan->shape.fill) && byte == ',';
    case NUMBER_L:
        skip_other(scan, 1);
        return false;
    case NUMBER_TH:
    case NUMBER_TH_LOW:
        if (!scan->shape.roman && scan->sign != '-' && !scan->shape.decimal)
            skip_other(scan, 2);
        return false;
    case NUMBER_MI:
    case NUMBER_PL:
    case NUMBER_SG:
        if ((byte == '-' && id != NUMBER_PL) || (byte == '+' && id != NUMBER_MI)) {
            scan->sign = (char)byte;
            return true;
        }
        skip_other(scan, 1);
        return false;
    default:
        return false;
    }
}

static void scan_all(struct scan *scan, const struct format *format)
{
    for (size_t i = 0; i < format->count && scan->at < scan->text.len; i++) {
        if (format->pieces[i].kind == FORMAT_PATTERN) {
            scan->at += scan_pattern(scan, format->pieces[i].key->id) ? 1 : 0;
            continue;
        }
        struct bytes rest = bytes_of(scan->text.at + scan->at, scan->text.len - scan->at);
        scan->at += rest.len - implementation_skip(rest, 1).len;
    }
}

FUNCTION_ROW(to_number)
{
    struct format format;
    struct buffer out;
    struct scan scan = {.text = arguments[0].datum.bytes, .out = &out, .sign = ' '};
    result->null = arguments[1].datum.bytes.len == 0;
    if (result->null)
        return RC_OK;
    TRY(read_template(call->arena, arguments[1].datum.bytes, &format, &scan.shape, err));
    if (scan.shape.exponent || scan.shape.roman)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "%s not supported for input",
                         scan.shape.roman ? "\"RN\"" : "\"EEEE\"");
    buffer_init(&out, TYPE_VALUE_MAX);
    scan_all(&scan, &format);
    struct bytes digits = buffer_bytes(&out);
    size_t len = digits.len;
    len -= len > 0 && digits.at[len - 1] == '.' ? 1 : 0;
    const char *text =
        arena_printf(call->arena, "%c%.*s", scan.sign, (int)len, (const char *)digits.at);
    buffer_fini(&out);
    TRY(numeric_parse(call->arena, bytes_of_text(text), &result->datum.bytes, err));
    int32_t typmod = 0;
    int precision = scan.shape.before + scan.shape.multi + scan.read_behind;
    const int32_t arguments_of[] = {precision, scan.read_behind};
    if (precision > 0 && precision <= 1000) {
        TRY(numeric_typmod(arguments_of, 2, &typmod, err));
        TRY(numeric_apply_typmod(call->arena, typmod, &result->datum.bytes, err));
    }
    if (!scan.shape.v)
        return RC_OK;
    struct bytes scale = {0};
    TRY(numeric_power(call->arena, numeric_from_int64(call->arena, 10),
                      numeric_from_int64(call->arena, -scan.shape.multi), &scale, err));
    return numeric_compute(call->arena, NUMERIC_MULTIPLY, result->datum.bytes, scale,
                           &result->datum.bytes, err);
}
