#include "sql/types/type.h"

#include "base/utf8.h"
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
    size_t low = 0;
    size_t high = ARRAY_COUNT(table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].oid == oid)
            return &table[middle];
        if (table[middle].oid < oid)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct type *type_find_name(struct bytes name)
{
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        if (bytes_equal(name, bytes_of_text(table[i].name)))
            return &table[i];
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

void type_format(const struct type *type, int32_t typmod, struct buffer *out)
{
    bool array = type_is_array(type);
    const struct type *base = array ? type_find_oid(type->element) : type;
    buffer_add_text(out, base_title(base));
    if (typmod >= 4 && base->oid == TYPE_VARCHAR)
        buffer_printf(out, "(%d)", typmod - 4);
    if (typmod >= 4 && base->oid == TYPE_NUMERIC)
        buffer_printf(out, "(%d,%d)", numeric_typmod_precision(typmod),
                      numeric_typmod_scale(typmod));
    if (array)
        buffer_add_text(out, "[]");
}

const char *type_title(struct arena *arena, const struct type *type)
{
    if (type_is_array(type))
        return arena_printf(arena, "%s[]", base_title(type_find_oid(type->element)));
    return base_title(type);
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
    if (type->oid != TYPE_VARCHAR)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "type modifier is not allowed for type \"%s\"", type->name);
    if (count != 1)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid type modifier");
    if (arguments[0] < 1)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "length for type varchar must be at least 1");
    if (arguments[0] > 10485760)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "length for type varchar cannot exceed 10485760");
    *typmod_out = arguments[0] + 4;
    return RC_OK;
}

/* Cuts at `limit` characters; trailing blanks beyond may always go. */
static enum rc varchar_limit(size_t limit, bool explicit_cast, struct bytes *bytes,
                             struct error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < limit && at < bytes->len; i++)
        at += utf8_char_len(bytes_of(bytes->at + at, bytes->len - at));
    for (size_t i = at; !explicit_cast && i < bytes->len; i++) {
        if (bytes->at[i] != ' ')
            return error_set(err, SQLSTATE_STRING_DATA_RIGHT_TRUNCATION,
                             "value too long for type character varying(%zu)", limit);
    }
    bytes->len = at;
    return RC_OK;
}

enum rc type_apply_typmod(const struct type *type, const struct type_context *context,
                          int32_t typmod, bool explicit_cast, union datum *datum,
                          struct error *err)
{
    if (typmod < 4)
        return RC_OK;
    if (type->oid == TYPE_VARCHAR)
        return varchar_limit((size_t)typmod - 4, explicit_cast, &datum->bytes, err);
    if (type->oid == TYPE_NUMERIC)
        return numeric_apply_typmod(context->arena, typmod, &datum->bytes, err);
    return RC_OK;
}

enum rc type_input(const struct type *type, const struct type_context *context,
                   struct bytes text, int32_t typmod, union datum *out, struct error *err)
{
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
    return type->methods->compare(type, a, b);
}

uint64_t type_hash(const struct type *type, union datum datum)
{
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
