/* Which casts there are, and what they do to a value. */
#include "sql/types/cast.h"

#include <math.h>

#include "sql/types/array.h"
#include "sql/types/datetime.h"
#include "sql/types/json.h"
#include "sql/types/numeric.h"

static const struct cast table[] = {
#define C(source, target, context, function, kind)                                       \
    {TYPE_##source, TYPE_##target, CAST_##context, (function), CAST_KIND_##kind},
#include "sql/types/casts.def"
#undef C
};

size_t cast_count(void)
{
    return ARRAY_COUNT(table);
}

const struct cast *cast_at(size_t index)
{
    return &table[index];
}

static const struct cast *find_row(uint32_t source, uint32_t target)
{
    size_t low = 0;
    size_t high = ARRAY_COUNT(table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cast *row = &table[middle];
        if (row->source == source && row->target == target)
            return row;
        if (row->source < source || (row->source == source && row->target < target))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Any type is assigned to a text type through its output, and a text type is cast, when
 * asked explicitly, to any type through its input (manual, chapter 10.4 and 38.10). */
static bool through_text(const struct type *source, const struct type *target,
                         enum cast_context context)
{
    if (source->oid == TYPE_RECORD)
        return target->category == 'S' && context >= CAST_ASSIGNMENT;
    if (source->kind == 'p' || target->kind == 'p')
        return false;
    if (target->category == 'S' && context >= CAST_ASSIGNMENT)
        return true;
    return source->category == 'S' && context == CAST_EXPLICIT;
}

enum cast_way cast_find(const struct type *source, const struct type *target,
                        enum cast_context context, const struct cast **cast_out)
{
    const struct cast *row = find_row(source->oid, target->oid);
    if (cast_out != NULL)
        *cast_out = row;
    if (source == target)
        return CAST_SAME;
    if (source->oid == TYPE_UNKNOWN && target->kind != 'p')
        return CAST_TEXT;
    if (row != NULL) {
        if (row->context > context)
            return CAST_NONE;
        return row->kind == CAST_KIND_BINARY ? CAST_SAME : CAST_FUNCTION;
    }
    bool is_vector = source->oid == TYPE_INT2VECTOR || source->oid == TYPE_OIDVECTOR;
    if (is_vector && target->oid == type_find_oid(source->element)->array)
        return CAST_SAME; /* a vector is an array of its items */
    if ((is_vector || type_is_array(source)) && type_is_array(target)) {
        enum cast_way way = cast_find(type_find_oid(source->element),
                                      type_find_oid(target->element), context, NULL);
        return way == CAST_NONE ? CAST_NONE : CAST_ARRAY;
    }
    return through_text(source, target, context) ? CAST_TEXT : CAST_NONE;
}

bool cast_is_binary(const struct type *source, const struct type *target)
{
    return cast_find(source, target, CAST_IMPLICIT, NULL) == CAST_SAME;
}

/* A number on its way: whole numbers as int64 (or uint64), others as they are. */
struct wide {
    enum { WIDE_INT64, WIDE_UINT64, WIDE_DOUBLE, WIDE_NUMERIC } form;
    union datum datum;
    bool single; /* came from float4 */
};

static struct wide widen(const struct type *source, union datum in)
{
    switch (source->methods->storage) {
    case TYPE_STORAGE_CHARACTER:
        return (struct wide){.form = WIDE_INT64, .datum.int64 = in.character};
    case TYPE_STORAGE_INT16:
        return (struct wide){.form = WIDE_INT64, .datum.int64 = in.int16};
    case TYPE_STORAGE_INT32:
        return (struct wide){.form = WIDE_INT64, .datum.int64 = in.int32};
    case TYPE_STORAGE_OID:
        return (struct wide){.form = WIDE_INT64, .datum.int64 = in.oid};
    case TYPE_STORAGE_UINT64:
        return (struct wide){.form = WIDE_UINT64, .datum = in};
    case TYPE_STORAGE_FLOAT4:
        return (struct wide){WIDE_DOUBLE, {.float8 = (double)in.float4}, true};
    case TYPE_STORAGE_FLOAT8:
        return (struct wide){.form = WIDE_DOUBLE, .datum = in};
    case TYPE_STORAGE_BYTES:
        return (struct wide){.form = WIDE_NUMERIC, .datum = in};
    default:
        return (struct wide){.form = WIDE_INT64, .datum = in};
    }
}

static enum rc out_of_range(const char *title, struct error *err)
{
    return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", title);
}

static enum rc to_int64(const struct wide *wide, int64_t low, int64_t high,
                        const char *title, int64_t *out, struct error *err)
{
    if (wide->form == WIDE_NUMERIC)
        return numeric_to_int64(wide->datum.bytes, low, high, title, out, err);
    if (wide->form == WIDE_DOUBLE) {
        double whole = rint(wide->datum.float8);
        if (!(whole >= -0x1p63 && whole < 0x1p63))
            return out_of_range(title, err);
        *out = (int64_t)whole;
    } else if (wide->form == WIDE_UINT64) {
        if (wide->datum.uint64 > INT64_MAX)
            return out_of_range(title, err);
        *out = (int64_t)wide->datum.uint64;
    } else {
        *out = wide->datum.int64;
    }
    return *out < low || *out > high ? out_of_range(title, err) : RC_OK;
}

static enum rc to_uint64(const struct wide *wide, uint64_t *out, struct error *err)
{
    if (wide->form == WIDE_NUMERIC)
        return numeric_to_uint64(wide->datum.bytes, out, err);
    if (wide->form == WIDE_DOUBLE) {
        double whole = rint(wide->datum.float8);
        if (!(whole >= 0 && whole < 0x1p64))
            return out_of_range("uint8", err);
        *out = (uint64_t)whole;
    } else if (wide->datum.int64 < 0) {
        return out_of_range("uint8", err);
    } else {
        *out = wide->datum.uint64;
    }
    return RC_OK;
}

static double to_double(const struct wide *wide)
{
    switch (wide->form) {
    case WIDE_INT64:
        return (double)wide->datum.int64;
    case WIDE_UINT64:
        return (double)wide->datum.uint64;
    case WIDE_NUMERIC:
        return numeric_to_double(wide->datum.bytes);
    default:
        return wide->datum.float8;
    }
}

static enum rc to_float4(const struct wide *wide, float *out, struct error *err)
{
    double number = to_double(wide);
    *out = (float)number;
    if (isinf(*out) && !isinf(number))
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: overflow");
    if (wide->form == WIDE_DOUBLE && fpclassify(*out) == FP_ZERO &&
        fpclassify(number) != FP_ZERO)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: underflow");
    return RC_OK;
}

static struct bytes to_numeric(struct arena *arena, const struct wide *wide)
{
    if (wide->form == WIDE_INT64)
        return numeric_from_int64(arena, wide->datum.int64);
    if (wide->form == WIDE_UINT64)
        return numeric_from_uint64(arena, wide->datum.uint64);
    return numeric_from_double(arena, wide->datum.float8, wide->single ? 6 : 15);
}

static enum rc narrow(struct arena *arena, const struct type *target,
                      const struct wide *wide, union datum *out, struct error *err)
{
    int64_t number = 0;
    switch (target->methods->storage) {
    case TYPE_STORAGE_CHARACTER:
        TRY(to_int64(wide, INT8_MIN, INT8_MAX, "\"char\"", &number, err));
        out->character = (int8_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT16:
        TRY(to_int64(wide, INT16_MIN, INT16_MAX, "smallint", &number, err));
        out->int16 = (int16_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT32:
        TRY(to_int64(wide, INT32_MIN, INT32_MAX, "integer", &number, err));
        out->int32 = (int32_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT64:
        return to_int64(wide, INT64_MIN, INT64_MAX, "bigint", &out->int64, err);
    case TYPE_STORAGE_OID:
        /* smallint goes through integer, whose bits an OID keeps. */
        TRY(to_int64(wide, INT16_MIN, UINT32_MAX, "OID", &number, err));
        out->oid = (uint32_t)number;
        return RC_OK;
    case TYPE_STORAGE_UINT64:
        return to_uint64(wide, &out->uint64, err);
    case TYPE_STORAGE_FLOAT4:
        return to_float4(wide, &out->float4, err);
    case TYPE_STORAGE_FLOAT8:
        out->float8 = to_double(wide);
        return RC_OK;
    default:
        out->bytes = to_numeric(arena, wide);
        return RC_OK;
    }
}

static enum rc convert_number(const struct type_context *context,
                              const struct type *source, const struct type *target,
                              union datum *datum, struct error *err)
{
    struct wide wide = widen(source, *datum);
    bool to_oid = target->methods->storage == TYPE_STORAGE_OID;
    if (to_oid && source->oid == TYPE_INT8 && wide.datum.int64 < 0)
        return out_of_range("OID", err);
    return narrow(context->arena, target, &wide, datum, err);
}

static enum rc convert_text(const struct type_context *context, const struct type *source,
                            const struct type *target, union datum *datum,
                            struct error *err)
{
    if (source->oid == TYPE_BOOL) {
        datum->bytes = bytes_of_text(datum->boolean ? "true" : "false");
        return RC_OK;
    }
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    type_output(source, context, *datum, &text);
    struct bytes bytes = buffer_bytes(&text);
    /* Blanks at the end of a bpchar mean nothing in another text type. */
    while (source->oid == TYPE_BPCHAR && target->oid != TYPE_BPCHAR && bytes.len > 0 &&
           bytes.at[bytes.len - 1] == ' ')
        bytes.len--;
    enum rc rc = target->methods->input(target, context, bytes, datum, err);
    buffer_fini(&text);
    return rc;
}

static enum rc convert_array(const struct type_context *context,
                             const struct type *target, union datum *datum,
                             struct error *err)
{
    struct array shape = array_open(datum->bytes);
    struct array walk = shape;
    const struct type *element = type_find_oid(target->element);
    struct value *items = ARENA_ARRAY(context->arena, struct value, shape.count + 1);
    for (size_t i = 0; array_next(&walk, &items[i]); i++) {
        if (!items[i].null)
            TRY(cast_value(context, shape.element, element, -1, &items[i].datum, err));
    }
    shape.element = element;
    datum->bytes = array_build(context->arena, &shape, items);
    return RC_OK;
}

/* 22023 "cannot cast jsonb string to type integer" */
static enum rc convert_json(const struct type_context *context, const struct type *target,
                            union datum *datum, struct error *err)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_STRING] = "string", [JSON_NUMBER] = "numeric",
        [JSON_BOOLEAN] = "boolean", [JSON_ARRAY] = "array",   [JSON_OBJECT] = "object",
    };
    struct json json = json_open(context->arena, datum->bytes);
    bool boolean = target->oid == TYPE_BOOL;
    if (json.kind != (boolean ? JSON_BOOLEAN : JSON_NUMBER))
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "cannot cast jsonb %s to type %s", names[json.kind],
                         type_title(context->arena, target));
    if (boolean)
        datum->boolean = json.boolean;
    else
        datum->bytes = json.text;
    if (boolean || target->oid == TYPE_NUMERIC)
        return RC_OK;
    return convert_number(context, type_find_oid(TYPE_NUMERIC), target, datum, err);
}

static enum rc convert(const struct type_context *context, const struct type *source,
                       const struct type *target, union datum *datum, struct error *err)
{
    const struct cast *row = NULL;
    switch (cast_find(source, target, CAST_EXPLICIT, &row)) {
    case CAST_SAME:
        return RC_OK;
    case CAST_ARRAY:
        return convert_array(context, target, datum, err);
    case CAST_TEXT:
        return convert_text(context, source, target, datum, err);
    case CAST_NONE:
        return error_set(err, SQLSTATE_CANNOT_COERCE, "cannot cast type %s to %s",
                         type_title(context->arena, source),
                         type_title(context->arena, target));
    default:
        break;
    }
    if (row->kind == CAST_KIND_TEXT)
        return convert_text(context, source, target, datum, err);
    if (row->kind == CAST_KIND_TIME)
        return datetime_convert(context, source, target, datum, err);
    if (row->kind == CAST_KIND_JSON)
        return convert_json(context, target, datum, err);
    if (row->kind == CAST_KIND_NUMBER)
        return convert_number(context, source, target, datum, err);
    if (target->oid == TYPE_BOOL)
        datum->boolean = datum->int32 != 0;
    else
        datum->int32 = datum->boolean ? 1 : 0;
    return RC_OK;
}

enum rc cast_value(const struct type_context *context, const struct type *source,
                   const struct type *target, int32_t typmod, union datum *datum,
                   struct error *err)
{
    TRY(convert(context, source, target, datum, err));
    return type_apply_typmod(target, context, typmod, true, datum, err);
}
