/* Functions that every type has: input and output by name, casts by name; and small ones
 * that ask no surroundings (manual, chapter 9.26). */

#include "base/ascii.h"
#include "base/random.h"
#include "sql/functions/implementation.h"
#include "sql/types/cast.h"
#include "sql/types/datetime.h"
#include "sql/types/numeric.h"

/* int4in(cstring) and the like; array_in() and the typed ones have the typmod behind the
 * element's OID. */
FUNCTION_ROW(io_input)
{
    const struct type *type = call->result_type;
    int32_t typmod = call->argument_count > 2 ? arguments[2].datum.int32 : -1;
    if (type->methods->storage == TYPE_STORAGE_NONE)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cannot accept a value of type %s", type->name);
    struct type_context context = *call->types;
    context.arena = call->arena;
    return type_input(type, &context, arguments[0].datum.bytes, typmod, &result->datum,
                      err);
}

FUNCTION_ROW(io_output)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_output(call->argument_types[0], call->types, arguments[0].datum, &out);
    return implementation_text(call, &out, result, err);
}

/* The argument is of type internal, which no expression has. */
FUNCTION_ROW(io_receive)
{
    (void)arguments;
    (void)result;
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "cannot accept a value of type internal for function %s",
                     call->function->name);
}

FUNCTION_ROW(io_send)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_send(call->argument_types[0], call->types, arguments[0].datum, &out);
    return implementation_text(call, &out, result, err);
}

/* A typmod that comes as a number may be none. */
static enum rc check_typmod(const struct type *type, int32_t typmod, struct error *err)
{
    static const int32_t ranges[] = {
        DATETIME_FIELDS_ALL,
        DATETIME_FIELD_YEAR,
        DATETIME_FIELD_MONTH,
        DATETIME_FIELD_DAY,
        DATETIME_FIELD_HOUR,
        DATETIME_FIELD_MINUTE,
        DATETIME_FIELD_SECOND,
        DATETIME_FIELD_YEAR | DATETIME_FIELD_MONTH,
        DATETIME_FIELD_DAY | DATETIME_FIELD_HOUR,
        DATETIME_FIELD_DAY | DATETIME_FIELD_HOUR | DATETIME_FIELD_MINUTE,
        DATETIME_FIELD_DAY | DATETIME_FIELD_HOUR | DATETIME_FIELD_MINUTE |
            DATETIME_FIELD_SECOND,
        DATETIME_FIELD_HOUR | DATETIME_FIELD_MINUTE,
        DATETIME_FIELD_HOUR | DATETIME_FIELD_MINUTE | DATETIME_FIELD_SECOND,
        DATETIME_FIELD_MINUTE | DATETIME_FIELD_SECOND,
    };
    bool timestamp = type->oid == TYPE_TIMESTAMP || type->oid == TYPE_TIMESTAMPTZ;
    if (timestamp && typmod != -1 && (typmod < 0 || typmod > 6))
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "timestamp(%d) precision must be between 0 and 6", typmod);
    bool known = type->oid != TYPE_INTERVAL || typmod < 0;
    for (size_t i = 0; !known && i < ARRAY_COUNT(ranges); i++)
        known = ((typmod >> 16) & DATETIME_FIELDS_ALL) == ranges[i];
    return known ? RC_OK
                 : error_set(err, SQLSTATE_INTERNAL_ERROR,
                             "unrecognized interval typmod: %d", typmod);
}

/* (value [, typmod [, explicit]]) */
FUNCTION_ROW(cast)
{
    struct type_context context = *call->types;
    int32_t typmod = call->argument_count > 1 ? arguments[1].datum.int32 : -1;
    context.arena = call->arena;
    *result = arguments[0];
    bool is_time = call->result_type->oid == TYPE_TIMESTAMP ||
                   call->result_type->oid == TYPE_TIMESTAMPTZ;
    bool infinite = is_time && datetime_is_infinite(arguments[0].datum.int64);
    if (call->argument_types[0] == call->result_type && call->argument_count > 1 &&
        !infinite)
        TRY(check_typmod(call->result_type, typmod, err));
    if (call->argument_types[0] == call->result_type)
        return type_apply_typmod(call->result_type, &context, typmod,
                                 call->argument_count > 2 && arguments[2].datum.boolean,
                                 &result->datum, err);
    return cast_value(&context, call->argument_types[0], call->result_type, typmod,
                      &result->datum, err);
}

FUNCTION_ROW(pg_typeof)
{
    (void)arguments;
    (void)err;
    result->datum.oid = call->argument_types[0]->oid;
    return RC_OK;
}

FUNCTION_ROW(pg_column_size)
{
    (void)err;
    const struct type *type = call->argument_types[0];
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    if (type->length > 0)
        result->datum.int32 = type->length;
    else
        result->datum.int32 = (int32_t)arguments[0].datum.bytes.len + 4;
    return RC_OK;
}

FUNCTION_ROW(never)
{
    (void)call;
    (void)arguments;
    (void)err;
    result->datum.boolean = false;
    return RC_OK;
}

FUNCTION_ROW(zero)
{
    (void)call;
    (void)arguments;
    (void)err;
    result->datum.int32 = 0;
    return RC_OK;
}

FUNCTION_ROW(oid_none)
{
    (void)call;
    (void)arguments;
    (void)err;
    result->datum.oid = 0;
    return RC_OK;
}

/* pg_advisory_unlock_all(): no session holds advisory locks. */
FUNCTION_ROW(nothing_done)
{
    (void)call;
    (void)arguments;
    (void)result;
    (void)err;
    return RC_OK;
}

FUNCTION_ROW(gen_random_uuid)
{
    (void)arguments;
    (void)err;
    uint8_t bytes[16];
    random_fill(bytes, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    result->datum.bytes = arena_bytes(call->arena, bytes_of(bytes, sizeof(bytes)));
    return RC_OK;
}

/* The encodings and their numbers; only UTF8 is spoken here. */
static const char *const encodings[] = {
    "SQL_ASCII",    "EUC_JP",         "EUC_CN",        "EUC_KR",     "EUC_TW",
    "EUC_JIS_2004", "UTF8",           "MULE_INTERNAL", "LATIN1",     "LATIN2",
    "LATIN3",       "LATIN4",         "LATIN5",        "LATIN6",     "LATIN7",
    "LATIN8",       "LATIN9",         "LATIN10",       "WIN1256",    "WIN1258",
    "WIN866",       "WIN874",         "KOI8R",         "WIN1251",    "WIN1252",
    "ISO_8859_5",   "ISO_8859_6",     "ISO_8859_7",    "ISO_8859_8", "WIN1250",
    "WIN1253",      "WIN1254",        "WIN1255",       "WIN1257",    "KOI8U",
    "SJIS",         "BIG5",           "GBK",           "UHC",        "GB18030",
    "JOHAB",        "SHIFT_JIS_2004",
};

FUNCTION_ROW(pg_encoding_to_char)
{
    (void)call;
    (void)err;
    int32_t number = arguments[0].datum.int32;
    bool known = number >= 0 && (size_t)number < ARRAY_COUNT(encodings);
    result->datum.bytes = bytes_of_text(known ? encodings[number] : "");
    return RC_OK;
}

FUNCTION_ROW(pg_char_to_encoding)
{
    (void)call;
    (void)err;
    struct bytes name = arguments[0].datum.bytes;
    result->datum.int32 = -1;
    if (ascii_is_word(name, "utf-8") || ascii_is_word(name, "unicode"))
        result->datum.int32 = 6;
    for (size_t i = 0; i < ARRAY_COUNT(encodings); i++) {
        size_t len = strlen(encodings[i]);
        bool same = len == name.len;
        for (size_t at = 0; same && at < len; at++)
            same = ascii_lower((uint8_t)encodings[i][at]) == ascii_lower(name.at[at]);
        if (same)
            result->datum.int32 = (int32_t)i;
    }
    return RC_OK;
}

static const struct {
    const char *name;
    int64_t limit; /* where the next unit begins */
    bool rounds;
    unsigned bits; /* of the unit */
} size_units[] = {
    {"bytes", 10240, false, 0}, {"kB", 20479, true, 10}, {"MB", 20479, true, 20},
    {"GB", 20479, true, 30},    {"TB", 20479, true, 40}, {"PB", 20479, true, 50},
};

/* bigint: each step halves with the sign kept, as PostgreSQL's half_rounded(). */
static const char *pretty_whole(struct arena *arena, int64_t size)
{
    for (size_t i = 0;; i++) {
        uint64_t magnitude = size < 0 ? 0 - (uint64_t)size : (uint64_t)size;
        bool last = i + 1 == ARRAY_COUNT(size_units);
        if (last || magnitude < (uint64_t)size_units[i].limit) {
            if (size_units[i].rounds)
                size = (size + (size < 0 ? -1 : 1)) / 2;
            return arena_printf(arena, "%lld %s", (long long)size, size_units[i].name);
        }
        unsigned bits = size_units[i + 1].bits - size_units[i].bits -
                        (size_units[i + 1].rounds ? 1 : 0) +
                        (size_units[i].rounds ? 1 : 0);
        size /= INT64_C(1) << bits;
    }
}

static enum rc pretty_numeric(struct call *call, struct bytes size, struct value *result,
                              struct error *err)
{
    struct arena *arena = call->arena;
    struct bytes shown = size;
    size_t unit = 0;
    for (; unit < ARRAY_COUNT(size_units); unit++) {
        struct bytes limit = numeric_from_int64(arena, size_units[unit].limit);
        if (unit + 1 == ARRAY_COUNT(size_units) ||
            numeric_compare(numeric_absolute(arena, shown), limit) < 0)
            break;
        unsigned bits = size_units[unit + 1].bits - size_units[unit].bits -
                        (size_units[unit + 1].rounds ? 1 : 0) +
                        (size_units[unit].rounds ? 1 : 0);
        TRY(numeric_compute(arena, NUMERIC_DIVIDE_WHOLE, shown,
                            numeric_from_int64(arena, INT64_C(1) << bits), &shown, err));
    }
    if (size_units[unit].rounds) {
        struct bytes half = numeric_from_int64(arena, numeric_sign(shown) < 0 ? -1 : 1);
        TRY(numeric_compute(arena, NUMERIC_ADD, shown, half, &shown, err));
        TRY(numeric_compute(arena, NUMERIC_DIVIDE_WHOLE, shown,
                            numeric_from_int64(arena, 2), &shown, err));
    }
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    numeric_print(shown, &out);
    buffer_printf(&out, " %s", size_units[unit].name);
    return implementation_text(call, &out, result, err);
}

FUNCTION_ROW(pg_size_pretty)
{
    if (call->argument_types[0]->oid == TYPE_NUMERIC)
        return pretty_numeric(call, arguments[0].datum.bytes, result, err);
    result->datum.bytes =
        bytes_of_text(pretty_whole(call->arena, arguments[0].datum.int64));
    return RC_OK;
}

static enum rc bad_size(struct bytes text, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid size: \"%.*s\"",
                     BYTES_PRINT(text));
}

static bool is_number_byte(struct bytes text, size_t at)
{
    uint8_t byte = text.at[at];
    bool exponent = ascii_lower(byte) == 'e' && at + 1 < text.len &&
                    (text.at[at + 1] == '-' || text.at[at + 1] == '+' ||
                     (text.at[at + 1] >= '0' && text.at[at + 1] <= '9'));
    return (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '+' ||
           exponent;
}

FUNCTION_ROW(pg_size_bytes)
{
    struct bytes whole = arguments[0].datum.bytes;
    struct bytes text = whole;
    struct bytes number;
    size_t end = 0;
    size_t unit = 0;
    while (text.len > 0 && text.at[0] == ' ')
        text = bytes_of(text.at + 1, text.len - 1);
    while (text.len > 0 && text.at[text.len - 1] == ' ')
        text.len--;
    while (end < text.len && is_number_byte(text, end))
        end++;
    if (end == 0)
        return bad_size(whole, err);
    TRY(numeric_parse(call->arena, bytes_of(text.at, end), &number, err));
    while (end < text.len && text.at[end] == ' ')
        end++;
    text = bytes_of(text.at + end, text.len - end);
    static const char *const words[] = {"bytes", "kb", "mb", "gb", "tb", "pb"};
    while (text.len > 0 && unit < ARRAY_COUNT(words) && !ascii_is_word(text, words[unit]))
        unit++;
    if (ascii_is_word(text, "b"))
        unit = 0;
    if (unit == ARRAY_COUNT(words)) {
        (void)bad_size(whole, err);
        (void)error_detail(err, "Invalid size unit: \"%.*s\".", BYTES_PRINT(text));
        return error_hint(err,
                          "Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", "
                          "\"TB\", and \"PB\".");
    }
    TRY(numeric_compute(
        call->arena, NUMERIC_MULTIPLY, number,
        numeric_from_int64(call->arena, INT64_C(1) << size_units[unit].bits), &number,
        err));
    return numeric_to_int64(number, INT64_MIN, INT64_MAX, "bigint", &result->datum.int64,
                            err);
}
