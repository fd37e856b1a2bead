#include "sql/types/type.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "sql/types/datetime.h"
#include "sql/types/methods.h"
#include "sql/types/numeric.h"

static const struct type table[] = {
#define T(oid, name, upper, array, element, length, by_value, kind, category, preferred, \
          align, store, collation, input, output, receive, send, typmod_input, methods)  \
    {(oid),   (name),     (array),     (element), (length),       (by_value),            \
     (kind),  (category), (preferred), (align),   (store),        (collation),           \
     (input), (output),   (receive),   (send),    (typmod_input), &methods##_methods},
#include "sql/types/types.def"
#undef T
};

/* Where each row stands, from 1; the preprocessor fills the table of OIDs from them. */
enum place {
    PLACE_NONE,
#define T(oid, ...) PLACE_##oid,
#include "sql/types/types.def"
#undef T
};

static const uint16_t places[] = {
#define T(oid, ...) [oid] = PLACE_##oid,
#include "sql/types/types.def"
#undef T
};

/* SQL's names beside pg_type's, the one that format_type() shows first. */
static const struct {
    const char *name;
    uint32_t oid;
} titles[] = {
    {"boolean", TYPE_BOOL},
    {"smallint", TYPE_INT2},
    {"integer", TYPE_INT4},
    {"int", TYPE_INT4},
    {"bigint", TYPE_INT8},
    {"real", TYPE_FLOAT4},
    {"double precision", TYPE_FLOAT8},
    {"float", TYPE_FLOAT8},
    {"decimal", TYPE_NUMERIC},
    {"dec", TYPE_NUMERIC},
    {"character varying", TYPE_VARCHAR},
    {"character", TYPE_BPCHAR},
    {"time without time zone", TYPE_TIME},
    {"time with time zone", TYPE_TIMETZ},
    {"timestamp without time zone", TYPE_TIMESTAMP},
    {"timestamp with time zone", TYPE_TIMESTAMPTZ},
    {"string", TYPE_TEXT},
};

size_t type_count(void)
{
    return ARRAY_COUNT(table);
}

const struct type *type_at(size_t index)
{
    return &table[index];
}

const struct type *type_find_oid(uint32_t oid)
{
    if (oid >= ARRAY_COUNT(places) || places[oid] == 0)
        return NULL;
    return &table[places[oid] - 1];
}

const struct type *type_find_name(struct bytes name)
{
    size_t low = 0;
    size_t high = ARRAY_COUNT(table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(bytes_of_text(table[middle].name), name);
        if (order == 0)
            return &table[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = 0; i < ARRAY_COUNT(titles); i++) {
        if (bytes_equal(name, bytes_of_text(titles[i].name)))
            return type_find_oid(titles[i].oid);
    }
    return NULL;
}

bool type_is_array(const struct type *type)
{
    return type->methods == &array_methods;
}

static const char *base_title(const struct type *type)
{
    if (type->oid == TYPE_CHAR)
        return "\"char\"";
    if (type->oid == TYPE_ANY)
        return "\"any\"";
    for (size_t i = 0; i < ARRAY_COUNT(titles); i++) {
        if (titles[i].oid == type->oid && type->oid != TYPE_NUMERIC &&
            type->oid != TYPE_TEXT)
            return titles[i].name;
    }
    return type->name;
}

/* True for types whose typmod is a number of digits behind the seconds. */
static bool has_digits(const struct type *type)
{
    return type->oid == TYPE_TIME || type->oid == TYPE_TIMETZ ||
           type->oid == TYPE_TIMESTAMP || type->oid == TYPE_TIMESTAMPTZ;
}

static void format_base(const struct type *base, int32_t typmod, struct buffer *out)
{
    const char *title = base_title(base);
    if (typmod >= 0 && has_digits(base)) {
        /* The digits stand behind the first word. */
        int word = (int)strcspn(title, " ");
        buffer_printf(out, "%.*s(%d)%s", word, title, typmod, title + word);
        return;
    }
    buffer_add_text(out, title);
    if (typmod >= 4 && (base->oid == TYPE_VARCHAR || base->oid == TYPE_BPCHAR))
        buffer_printf(out, "(%d)", typmod - 4);
    if (typmod >= 4 && base->oid == TYPE_NUMERIC)
        buffer_printf(out, "(%d,%d)", numeric_typmod_precision(typmod),
                      numeric_typmod_scale(typmod));
    if (typmod >= 0 && base->oid == TYPE_INTERVAL)
        datetime_interval_format(typmod, out);
}

void type_format(const struct type *type, int32_t typmod, struct buffer *out)
{
    bool array = type_is_array(type);
    format_base(array ? type_find_oid(type->element) : type, typmod, out);
    if (array)
        buffer_add_text(out, "[]");
}

const char *type_title(struct arena *arena, const struct type *type)
{
    if (type_is_array(type))
        return arena_printf(arena, "%s[]", base_title(type_find_oid(type->element)));
    return base_title(type);
}

static enum rc length_typmod(const struct type *type, const int32_t *arguments,
                             size_t count, int32_t *typmod_out, struct error *err)
{
    const char *title = type->oid == TYPE_BPCHAR ? "char" : "varchar";
    if (count != 1)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid type modifier");
    if (arguments[0] < 1)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "length for type %s must be at least 1", title);
    if (arguments[0] > 10485760)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "length for type %s cannot exceed 10485760", title);
    *typmod_out = arguments[0] + 4;
    return RC_OK;
}

/* More than six digits are six; PostgreSQL warns there. */
static enum rc digits_typmod(const struct type *type, const int32_t *arguments,
                             size_t count, int32_t *typmod_out, struct error *err)
{
    bool zoned = type->oid == TYPE_TIMETZ || type->oid == TYPE_TIMESTAMPTZ;
    bool time = type->oid == TYPE_TIME || type->oid == TYPE_TIMETZ;
    if (count != 1)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid type modifier");
    if (arguments[0] < 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "%s(%d)%s precision must not be negative",
                         time ? "TIME" : "TIMESTAMP", arguments[0],
                         zoned ? " WITH TIME ZONE" : "");
    *typmod_out = arguments[0] > 6 ? 6 : arguments[0];
    return RC_OK;
}

/* As the grammar gives them: fields, then digits. */
static enum rc interval_typmod(const int32_t *arguments, size_t count,
                               int32_t *typmod_out, struct error *err)
{
    int32_t digits = count > 1 ? arguments[1] : 0xFFFF;
    if (count > 2)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid INTERVAL type modifier");
    if (digits < 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "INTERVAL(%d) precision must not be negative", digits);
    if (count == 1 && arguments[0] == DATETIME_FIELDS_ALL)
        return RC_OK;
    if (count > 1 && digits > 6)
        digits = 6;
    *typmod_out = (arguments[0] & DATETIME_FIELDS_ALL) << 16 | digits;
    return RC_OK;
}

enum rc type_typmod(const struct type *type, const int32_t *arguments, size_t count,
                    int32_t *typmod_out, struct error *err)
{
    *typmod_out = TYPE_TYPMOD_NONE;
    if (count == 0)
        return RC_OK;
    if (type_is_array(type))
        type = type_find_oid(type->element);
    if (type->oid == TYPE_NUMERIC)
        return numeric_typmod(arguments, count, typmod_out, err);
    if (type->oid == TYPE_VARCHAR || type->oid == TYPE_BPCHAR)
        return length_typmod(type, arguments, count, typmod_out, err);
    if (has_digits(type))
        return digits_typmod(type, arguments, count, typmod_out, err);
    if (type->oid == TYPE_INTERVAL)
        return interval_typmod(arguments, count, typmod_out, err);
    return error_set(err, SQLSTATE_SYNTAX_ERROR,
                     "type modifier is not allowed for type \"%s\"", type->name);
}

/* Cuts at `limit` characters; trailing blanks beyond may always go. */
static enum rc length_limit(const char *title, size_t limit, bool explicit_cast,
                            struct bytes *bytes, struct error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < limit && at < bytes->len; i++)
        at += utf8_char_len(bytes_of(bytes->at + at, bytes->len - at));
    for (size_t i = at; !explicit_cast && i < bytes->len; i++) {
        if (bytes->at[i] != ' ')
            return error_set(err, SQLSTATE_STRING_DATA_RIGHT_TRUNCATION,
                             "value too long for type %s(%zu)", title, limit);
    }
    bytes->len = at;
    return RC_OK;
}

static enum rc bpchar_limit(const struct type_context *context, size_t limit,
                            bool explicit_cast, struct bytes *bytes, struct error *err)
{
    TRY(length_limit("character", limit, explicit_cast, bytes, err));
    size_t missing = limit - utf8_count(*bytes);
    if (missing == 0)
        return RC_OK;
    uint8_t *padded = ARENA_ARRAY(context->arena, uint8_t, bytes->len + missing);
    if (bytes->len > 0)
        memcpy(padded, bytes->at, bytes->len);
    memset(padded + bytes->len, ' ', missing);
    *bytes = bytes_of(padded, bytes->len + missing);
    return RC_OK;
}

static enum rc apply_digits(const struct type *type, int32_t digits, union datum *datum,
                            struct error *err)
{
    if (type->oid == TYPE_TIMETZ) {
        datum->interval.microseconds =
            datetime_round(datum->interval.microseconds, digits);
    } else if (!datetime_is_infinite(datum->int64)) {
        datum->int64 = datetime_round(datum->int64, digits);
        if (type->oid != TYPE_TIME && !datetime_is_valid(datum->int64))
            return datetime_range("timestamp", err);
    }
    return RC_OK;
}

enum rc type_apply_typmod(const struct type *type, const struct type_context *context,
                          int32_t typmod, bool explicit_cast, union datum *datum,
                          struct error *err)
{
    if (typmod < 0)
        return RC_OK;
    if (has_digits(type))
        return apply_digits(type, typmod, datum, err);
    if (type->oid == TYPE_INTERVAL)
        datetime_interval_bound(typmod, &datum->interval);
    if (typmod < 4)
        return RC_OK;
    if (type->oid == TYPE_VARCHAR)
        return length_limit("character varying", (size_t)typmod - 4, explicit_cast,
                            &datum->bytes, err);
    if (type->oid == TYPE_BPCHAR && typmod > TYPE_VALUE_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "requested length too large");
    if (type->oid == TYPE_BPCHAR)
        return bpchar_limit(context, (size_t)typmod - 4, explicit_cast, &datum->bytes,
                            err);
    if (type->oid == TYPE_NUMERIC)
        return numeric_apply_typmod(context->arena, typmod, &datum->bytes, err);
    return RC_OK;
}

enum rc type_input(const struct type *type, const struct type_context *context,
                   struct bytes text, int32_t typmod, union datum *out, struct error *err)
{
    /* What a bare number counts depends on the typmod: INTERVAL '3' DAY. */
    if (type->oid == TYPE_INTERVAL)
        TRY(datetime_interval_parse(text, typmod, &out->interval, err));
    else
        TRY(type->methods->input(type, context, text, out, err));
    return type_apply_typmod(type, context, typmod, false, out, err);
}

void type_output(const struct type *type, const struct type_context *context,
                 union datum datum, struct buffer *out)
{
    type->methods->output(type, context, datum, out);
}

enum rc type_receive(const struct type *type, const struct type_context *context,
                     struct bytes bytes, int32_t typmod, union datum *out,
                     struct error *err)
{
    TRY(type->methods->receive(type, context, bytes, out, err));
    return type_apply_typmod(type, context, typmod, false, out, err);
}

void type_send(const struct type *type, const struct type_context *context,
               union datum datum, struct buffer *out)
{
    type->methods->send(type, context, datum, out);
}

int type_compare(const struct type *type, union datum a, union datum b)
{
    /* Items of arrays may be of a type without an order (json): told apart by bytes. */
    if (type->methods->compare == NULL)
        return bytes_compare(a.bytes, b.bytes);
    return type->methods->compare(type, a, b);
}

uint64_t type_hash(const struct type *type, union datum datum)
{
    if (type->methods->hash == NULL)
        return hash_bytes(datum.bytes, 0);
    return type->methods->hash(type, datum);
}

union datum type_copy(struct arena *arena, const struct type *type, union datum datum)
{
    if (type->methods->storage == TYPE_STORAGE_BYTES)
        datum.bytes = arena_bytes(arena, datum.bytes);
    return datum;
}

enum rc type_invalid(const char *title, struct bytes text, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                     "invalid input syntax for type %s: \"%.*s\"", title,
                     BYTES_PRINT(text));
}

enum rc type_invalid_binary(struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_BINARY_REPRESENTATION,
                     "incorrect binary data format");
}

uint64_t methods_hash_number(uint64_t number)
{
    number ^= number >> 33;
    number *= UINT64_C(0xff51afd7ed558ccd);
    number ^= number >> 33;
    number *= UINT64_C(0xc4ceb9fe1a85ec53);
    return number ^ (number >> 33);
}
