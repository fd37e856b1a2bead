/* Making json and jsonb of SQL values: to_json(), build, object and the aggregates. */
#include <math.h>

#include "sql/functions/json.h"
#include "sql/types/array.h"
#include "sql/types/datetime.h"

/* Whether the value of this type is written without quotes when it is a number. */
static bool is_number(const struct type *type)
{
    switch (type->oid) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
    case TYPE_NUMERIC:
        return true;
    default:
        return false;
    }
}

/* Dates as XML Schema writes them: ISO 8601, a T before the time, minutes of the zone. */
static bool write_time(struct call *call, const struct type *type, union datum datum,
                       struct buffer *out)
{
    if (type->oid != TYPE_DATE && type->oid != TYPE_TIMESTAMP &&
        type->oid != TYPE_TIMESTAMPTZ)
        return false;
    struct type_context context = *call->types;
    struct buffer text;
    context.date_style = TYPE_DATE_XSD;
    buffer_init(&text, TYPE_VALUE_MAX);
    type_output(type, &context, datum, &text);
    json_print_string(buffer_bytes(&text), out);
    buffer_fini(&text);
    return true;
}

static enum rc write_array(struct call *call, struct array *array, uint32_t dimension,
                           struct buffer *out, struct error *err)
{
    buffer_add_u8(out, '[');
    int32_t length = array->dimensions == 0 ? 0 : array->lengths[dimension];
    for (int32_t i = 0; i < length; i++) {
        if (i > 0)
            buffer_add_u8(out, ',');
        if (dimension + 1 < array->dimensions) {
            TRY(write_array(call, array, dimension + 1, out, err));
            continue;
        }
        struct value item;
        if (array_next(array, &item))
            TRY(function_json_write(call, array->element, &item, out, err));
    }
    buffer_add_u8(out, ']');
    return RC_OK;
}

static bool is_json_number(struct bytes text)
{
    return text.len > 0 && ((text.at[0] >= '0' && text.at[0] <= '9') ||
                            (text.at[0] == '-' && text.len > 1 && text.at[1] >= '0' &&
                             text.at[1] <= '9'));
}

enum rc function_json_write(struct call *call, const struct type *type,
                            const struct value *value, struct buffer *out,
                            struct error *err)
{
    if (value->null) {
        buffer_add_text(out, "null");
        return RC_OK;
    }
    if (type->oid == TYPE_BOOL) {
        buffer_add_text(out, value->datum.boolean ? "true" : "false");
        return RC_OK;
    }
    if (type->oid == TYPE_RECORD)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "JSON of a row is not supported");
    if (type->oid == TYPE_JSON || type->oid == TYPE_JSONB) {
        type_output(type, call->types, value->datum, out);
        return RC_OK;
    }
    if (type_is_array(type)) {
        struct array array = array_open(value->datum.bytes);
        return write_array(call, &array, 0, out, err);
    }
    if (write_time(call, type, value->datum, out))
        return RC_OK;
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    type_output(type, call->types, value->datum, &text);
    if (is_number(type) && is_json_number(buffer_bytes(&text)))
        buffer_add(out, buffer_bytes(&text));
    else
        json_print_string(buffer_bytes(&text), out);
    buffer_fini(&text);
    return RC_OK;
}

enum rc function_json_finish(struct call *call, struct buffer *buffer,
                             struct value *result, struct error *err)
{
    TRY(implementation_text(call, buffer, result, err));
    if (call->result_type->oid != TYPE_JSONB)
        return RC_OK;
    struct json json;
    TRY(json_parse(call->arena, result->datum.bytes, JSON_UNIQUE, &json, err));
    result->datum.bytes = json_pack(call->arena, &json);
    return RC_OK;
}

/* Ends a text that could not be completed. */
static enum rc finish(struct call *call, enum rc rc, struct buffer *out,
                      struct value *result, struct error *err)
{
    if (rc == RC_OK)
        return function_json_finish(call, out, result, err);
    buffer_fini(out);
    return rc;
}

FUNCTION_ROW(to_json)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    enum rc rc = function_json_write(call, call->argument_types[0], arguments, &out, err);
    return finish(call, rc, &out, result, err);
}

/* array_to_json(array, pretty): a line for each item of the outermost dimension. */
FUNCTION_ROW(array_to_json)
{
    bool pretty = call->argument_count > 1 && arguments[1].datum.boolean;
    if (!pretty)
        return function_to_json(call, arguments, result, err);
    struct array array = array_open(arguments[0].datum.bytes);
    struct buffer out;
    enum rc rc = RC_OK;
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add_u8(&out, '[');
    int32_t length = array.dimensions == 0 ? 0 : array.lengths[0];
    for (int32_t i = 0; i < length && rc == RC_OK; i++) {
        struct value item;
        buffer_add_text(&out, i > 0 ? ",\n " : "");
        if (array.dimensions > 1)
            rc = write_array(call, &array, 1, &out, err);
        else if (array_next(&array, &item))
            rc = function_json_write(call, array.element, &item, &out, err);
    }
    buffer_add_u8(&out, ']');
    return finish(call, rc, &out, result, err);
}

FUNCTION_ROW(json_build_array)
{
    struct buffer out;
    enum rc rc = RC_OK;
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add_u8(&out, '[');
    for (size_t i = 0; i < call->argument_count && rc == RC_OK; i++) {
        buffer_add_text(&out, i > 0 ? ", " : "");
        rc = function_json_write(call, call->argument_types[i], &arguments[i], &out, err);
    }
    buffer_add_u8(&out, ']');
    return finish(call, rc, &out, result, err);
}

/* A key is any value that is no container, as a text. */
static enum rc write_key(struct call *call, const struct type *type,
                         const struct value *key, struct buffer *out, struct error *err)
{
    if (type_is_array(type) || type->oid == TYPE_JSON || type->oid == TYPE_JSONB ||
        type->oid == TYPE_RECORD)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "key value must be scalar, not array, composite, or json");
    if (write_time(call, type, key->datum, out))
        return RC_OK;
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    if (type->oid == TYPE_BOOL)
        buffer_add_text(&text, key->datum.boolean ? "true" : "false");
    else
        type_output(type, call->types, key->datum, &text);
    json_print_string(buffer_bytes(&text), out);
    buffer_fini(&text);
    return RC_OK;
}

static enum rc null_key(struct call *call, size_t at, struct error *err)
{
    if (call->result_type->oid == TYPE_JSONB)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "argument %zu: key must not be null", at + 1);
    error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "argument %zu cannot be null",
              at + 1);
    return error_hint(err, "Object keys should be text.");
}

FUNCTION_ROW(json_build_object)
{
    struct buffer out;
    enum rc rc = RC_OK;
    if (call->argument_count % 2 != 0) {
        error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                  "argument list must have even number of elements");
        return error_hint(
            err, "The arguments of %s must consist of alternating keys and values.",
            call->result_type->oid == TYPE_JSONB ? "jsonb_build_object()"
                                                 : "json_build_object()");
    }
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add_u8(&out, '{');
    for (size_t i = 0; i < call->argument_count && rc == RC_OK; i += 2) {
        buffer_add_text(&out, i > 0 ? ", " : "");
        rc = arguments[i].null
                 ? null_key(call, i, err)
                 : write_key(call, call->argument_types[i], &arguments[i], &out, err);
        buffer_add_text(&out, " : ");
        if (rc == RC_OK)
            rc = function_json_write(call, call->argument_types[i + 1], &arguments[i + 1],
                                     &out, err);
    }
    buffer_add_u8(&out, '}');
    return finish(call, rc, &out, result, err);
}

static void write_text_value(const struct value *value, struct buffer *out)
{
    if (value->null)
        buffer_add_text(out, "null");
    else
        json_print_string(value->datum.bytes, out);
}

/* Keys and values one after the other, or two items to a row. */
static enum rc write_pairs(struct array keys, struct array *values, struct buffer *out,
                           struct error *err)
{
    struct value key;
    struct value value;
    buffer_add_u8(out, '{');
    for (bool first = true; array_next(&keys, &key); first = false) {
        bool found = array_next(values == NULL ? &keys : values, &value);
        if (key.null || !found)
            return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                             "null value not allowed for object key");
        buffer_add_text(out, first ? "" : ", ");
        json_print_string(key.datum.bytes, out);
        buffer_add_text(out, " : ");
        write_text_value(&value, out);
    }
    buffer_add_u8(out, '}');
    return RC_OK;
}

static enum rc check_pairs(const struct array *array, struct error *err)
{
    if (array->dimensions > 2 || (array->dimensions == 2 && array->lengths[1] != 2))
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         array->dimensions > 2 ? "wrong number of array subscripts"
                                               : "array must have two columns");
    if (array->dimensions == 1 && array->count % 2 != 0)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "array must have even number of elements");
    return RC_OK;
}

FUNCTION_ROW(json_object)
{
    struct array keys = array_open(arguments[0].datum.bytes);
    struct array values = keys;
    bool two = call->argument_count > 1;
    if (two) {
        values = array_open(arguments[1].datum.bytes);
        if (keys.dimensions > 1 || keys.dimensions != values.dimensions)
            return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                             "wrong number of array subscripts");
        if (keys.count != values.count)
            return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                             "mismatched array dimensions");
    } else {
        TRY(check_pairs(&keys, err));
    }
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    enum rc rc = write_pairs(keys, two ? &values : NULL, &out, err);
    return finish(call, rc, &out, result, err);
}

/* --- aggregates ------------------------------------------------------------------- */

/* The text so far; it grows in the arena of the call. */
struct text_state {
    uint8_t *at;
    size_t len;
    size_t room;
};

static void keep_text(struct call *call, struct text_state *state, struct bytes text)
{
    if (state->len + text.len > state->room) {
        state->room = (state->len + text.len) * 2 + 64;
        uint8_t *grown = ARENA_ARRAY(call->arena, uint8_t, state->room);
        if (state->len > 0)
            memcpy(grown, state->at, state->len);
        state->at = grown;
    }
    if (text.len > 0)
        memcpy(state->at + state->len, text.at, text.len);
    state->len += text.len;
}

static enum rc keep(struct call *call, enum rc rc, struct text_state *state,
                    struct buffer *out, struct error *err)
{
    if (rc == RC_OK && state->len + buffer_len(out) > TYPE_VALUE_MAX)
        rc =
            error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    if (rc == RC_OK)
        keep_text(call, state, buffer_bytes(out));
    buffer_fini(out);
    return rc;
}

static enum rc array_step(struct call *call, void *state, const struct value *arguments,
                          struct error *err)
{
    struct text_state *text = state;
    const struct type *type = call->argument_types[0];
    bool lines = type_is_array(type) && !arguments[0].null;
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add_text(&out, text->len == 0 ? "[" : lines ? ", \n " : ", ");
    enum rc rc = function_json_write(call, type, arguments, &out, err);
    return keep(call, rc, text, &out, err);
}

static enum rc close_text(struct call *call, struct text_state *state, const char *end,
                          struct value *result, struct error *err)
{
    struct buffer out;
    result->null = state->len == 0;
    if (result->null)
        return RC_OK;
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add(&out, bytes_of(state->at, state->len));
    buffer_add_text(&out, end);
    return function_json_finish(call, &out, result, err);
}

static enum rc array_final(struct call *call, void *state, struct value *result,
                           struct error *err)
{
    return close_text(call, state, "]", result, err);
}

const struct aggregate aggregate_json = {sizeof(struct text_state), array_step,
                                         array_final};

static enum rc object_step(struct call *call, void *state, const struct value *arguments,
                           struct error *err)
{
    struct text_state *text = state;
    bool binary = call->result_type->oid == TYPE_JSONB;
    if (arguments[0].null)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "field name must not be null");
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add_text(&out, text->len == 0 ? binary ? "{" : "{ " : ", ");
    enum rc rc = write_key(call, call->argument_types[0], arguments, &out, err);
    buffer_add_text(&out, " : ");
    if (rc == RC_OK)
        rc = function_json_write(call, call->argument_types[1], &arguments[1], &out, err);
    return keep(call, rc, text, &out, err);
}

static enum rc object_final(struct call *call, void *state, struct value *result,
                            struct error *err)
{
    return close_text(call, state, " }", result, err);
}

const struct aggregate aggregate_json_object = {sizeof(struct text_state), object_step,
                                                object_final};
