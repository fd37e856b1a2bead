/* Changing jsonb: ||, -, #-, jsonb_set(), jsonb_insert(); nulls left out; pretty text. */
#include "sql/functions/json.h"
#include "sql/types/array.h"

static enum rc put(struct call *call, const struct json *json, struct value *result)
{
    result->datum.bytes = json_pack(call->arena, json);
    return RC_OK;
}

static void append_all(struct arena *arena, struct json *to, size_t *room,
                       struct json *from)
{
    for (size_t i = 0; i < from->count; i++)
        json_add(arena, to, room, from->members[i].key, from->members[i].value);
}

/* Two objects are merged; else both are lists, in which an object or a bare value is one
 * item. */
FUNCTION_ROW(jsonb_concat)
{
    (void)err;
    struct json sides[2] = {json_open(call->arena, arguments[0].datum.bytes),
                            json_open(call->arena, arguments[1].datum.bytes)};
    bool objects = sides[0].kind == JSON_OBJECT && sides[1].kind == JSON_OBJECT;
    struct json joined = {.kind = objects ? JSON_OBJECT : JSON_ARRAY};
    size_t room = 0;
    for (size_t i = 0; i < 2; i++) {
        if (sides[i].kind == joined.kind)
            append_all(call->arena, &joined, &room, &sides[i]);
        else
            json_add(call->arena, &joined, &room, (struct bytes){0}, sides[i]);
    }
    if (objects)
        json_sort(&joined);
    return put(call, &joined, result);
}

static bool is_among(struct call *call, const struct value *arguments, struct bytes key)
{
    size_t count = 0;
    bool null = false;
    struct value *keys = function_json_path(call, arguments, 1, &count, &null);
    for (size_t i = 0; i < count; i++) {
        if (!keys[i].null && bytes_equal(keys[i].datum.bytes, key))
            return true;
    }
    return false;
}

static void remove_index(struct json *array, int64_t index)
{
    index += index < 0 ? (int64_t)array->count : 0;
    if (index < 0 || index >= (int64_t)array->count)
        return;
    size_t at = (size_t)index;
    memmove(&array->members[at], &array->members[at + 1],
            (array->count - at - 1) * sizeof(*array->members));
    array->count--;
}

/* jsonb - text, text[] or integer */
FUNCTION_ROW(jsonb_delete)
{
    struct json json = json_open(call->arena, arguments[0].datum.bytes);
    bool by_index = call->argument_types[1]->oid == TYPE_INT4;
    if (type_is_array(call->argument_types[1]) &&
        array_open(arguments[1].datum.bytes).dimensions > 1)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "wrong number of array subscripts");
    if (json.kind < JSON_ARRAY)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "cannot delete from scalar");
    if (by_index && json.kind == JSON_OBJECT)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "cannot delete from object using integer index");
    if (by_index) {
        remove_index(&json, arguments[1].datum.int32);
        return put(call, &json, result);
    }
    size_t kept = 0;
    for (size_t i = 0; i < json.count; i++) {
        struct json_member member = json.members[i];
        bool object = json.kind == JSON_OBJECT;
        bool drops = (object || member.value.kind == JSON_STRING) &&
                     is_among(call, arguments, object ? member.key : member.value.text);
        if (!drops)
            json.members[kept++] = member;
    }
    json.count = kept;
    return put(call, &json, result);
}

/* --- changes at the end of a path ------------------------------------------------- */

enum change {
    CHANGE_DELETE,
    CHANGE_REPLACE,
    CHANGE_CREATE, /* replace, or add where there is none */
    CHANGE_INSERT_BEFORE,
    CHANGE_INSERT_AFTER,
};

struct edit {
    struct arena *arena;
    enum change change;
    const struct value *steps;
    size_t count;
    struct json value;
};

static enum rc change_at(const struct edit *edit, struct json *json, size_t level,
                         struct error *err);

static void insert(const struct edit *edit, struct json *json, size_t at,
                   struct bytes key)
{
    struct json_member *members =
        ARENA_ARRAY(edit->arena, struct json_member, json->count + 1);
    if (at > 0)
        memcpy(members, json->members, at * sizeof(*members));
    members[at] = (struct json_member){key, edit->value};
    if (json->count > at)
        memcpy(members + at + 1, json->members + at,
               (json->count - at) * sizeof(*members));
    json->members = members;
    json->count++;
}

static enum rc change_object(const struct edit *edit, struct json *json, size_t level,
                             struct error *err)
{
    struct bytes key = edit->steps[level].datum.bytes;
    struct json *found = json_find(json, key);
    bool last = level + 1 == edit->count;
    if (found != NULL && !last)
        return change_at(edit, found, level + 1, err);
    if (!last)
        return RC_OK;
    if (found == NULL) {
        if (edit->change >= CHANGE_CREATE) {
            insert(edit, json, json->count, key);
            json_sort(json);
        }
        return RC_OK;
    }
    if (edit->change >= CHANGE_INSERT_BEFORE) {
        error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "cannot replace existing key");
        return error_hint(err, "Try using the function jsonb_set to replace key value.");
    }
    if (edit->change == CHANGE_DELETE) {
        size_t at = 0;
        while (&json->members[at].value != found)
            at++;
        remove_index(json, (int64_t)at);
    } else {
        *found = edit->value;
    }
    return RC_OK;
}

static enum rc change_array(const struct edit *edit, struct json *json, size_t level,
                            struct error *err)
{
    int32_t step = 0;
    if (!function_json_index(edit->steps[level].datum.bytes, &step))
        return error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                         "path element at position %zu is not an integer: \"%.*s\"",
                         level + 1, BYTES_PRINT(edit->steps[level].datum.bytes));
    int64_t count = (int64_t)json->count;
    int64_t index = step < 0 ? count + step : step;
    bool last = level + 1 == edit->count;
    bool inside = index >= 0 && index < count;
    if (inside && !last)
        return change_at(edit, &json->members[index].value, level + 1, err);
    if (!last)
        return RC_OK;
    if (!inside) {
        if (edit->change >= CHANGE_CREATE)
            insert(edit, json, index < 0 ? 0 : json->count, (struct bytes){0});
        return RC_OK;
    }
    if (edit->change == CHANGE_DELETE)
        remove_index(json, index);
    else if (edit->change >= CHANGE_INSERT_BEFORE)
        insert(edit, json, (size_t)index + (edit->change == CHANGE_INSERT_AFTER ? 1 : 0),
               (struct bytes){0});
    else
        json->members[index].value = edit->value;
    return RC_OK;
}

static enum rc change_at(const struct edit *edit, struct json *json, size_t level,
                         struct error *err)
{
    json_expand(edit->arena, json);
    if (edit->steps[level].null)
        return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                         "path element at position %zu is null", level + 1);
    if (json->kind == JSON_OBJECT)
        return change_object(edit, json, level, err);
    return json->kind == JSON_ARRAY ? change_array(edit, json, level, err) : RC_OK;
}

static enum rc edit_path(struct call *call, const struct value *arguments,
                         enum change change, struct value *result, struct error *err)
{
    bool null = false;
    struct json json = json_open(call->arena, arguments[0].datum.bytes);
    struct edit edit = {.arena = call->arena, .change = change};
    struct array path = array_open(arguments[1].datum.bytes);
    if (path.dimensions > 1)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "wrong number of array subscripts");
    edit.steps = function_json_path(call, arguments, 1, &edit.count, &null);
    if (json.kind < JSON_ARRAY)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         change == CHANGE_DELETE ? "cannot delete path in scalar"
                                                 : "cannot set path in scalar");
    if (change != CHANGE_DELETE)
        edit.value = json_open(call->arena, arguments[2].datum.bytes);
    if (edit.count > 0 && (json.count > 0 || change >= CHANGE_CREATE))
        TRY(change_at(&edit, &json, 0, err));
    return put(call, &json, result);
}

FUNCTION_ROW(jsonb_delete_path)
{
    return edit_path(call, arguments, CHANGE_DELETE, result, err);
}

FUNCTION_ROW(jsonb_set)
{
    bool creates = call->argument_count < 4 || arguments[3].datum.boolean;
    return edit_path(call, arguments, creates ? CHANGE_CREATE : CHANGE_REPLACE, result,
                     err);
}

FUNCTION_ROW(jsonb_insert)
{
    bool after = call->argument_count > 3 && arguments[3].datum.boolean;
    return edit_path(call, arguments, after ? CHANGE_INSERT_AFTER : CHANGE_INSERT_BEFORE,
                     result, err);
}

/* jsonb_set_lax(target, path, value, create, what a NULL value means) */
FUNCTION_ROW(jsonb_set_lax)
{
    static const char *const words[] = {"raise_exception", "return_target", "delete_key",
                                        "use_json_null"};
    if (arguments[0].null || arguments[1].null ||
        (call->argument_count > 3 && arguments[3].null)) {
        result->null = true;
        return RC_OK;
    }
    if (call->argument_count > 4 && arguments[4].null)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "null_value_treatment must be \"delete_key\", "
                         "\"return_target\", \"use_json_null\", or \"raise_exception\"");
    if (!arguments[2].null)
        return function_jsonb_set(call, arguments, result, err);
    size_t word = 3;
    if (call->argument_count > 4) {
        for (word = 0; word < ARRAY_COUNT(words); word++) {
            if (bytes_equal(arguments[4].datum.bytes, bytes_of_text(words[word])))
                break;
        }
    }
    struct value replaced[4] = {arguments[0], arguments[1]};
    struct json null = {.kind = JSON_NULL};
    replaced[2].datum.bytes = json_pack(call->arena, &null);
    replaced[3].datum.boolean = call->argument_count < 4 || arguments[3].datum.boolean;
    switch (word) {
    case 0:
        error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED, "JSON value must not be null");
        error_detail(err, "Exception was raised because null_value_treatment is "
                          "\"raise_exception\".");
        return error_hint(err, "To avoid, either change the null_value_treatment "
                               "argument or ensure that an SQL NULL is not passed.");
    case 1:
        *result = arguments[0];
        return RC_OK;
    case 2:
        return function_jsonb_delete_path(call, arguments, result, err);
    case 3:
        return function_jsonb_set(call, replaced, result, err);
    default:
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "null_value_treatment must be \"delete_key\", "
                         "\"return_target\", \"use_json_null\", or \"raise_exception\"");
    }
}

/* --- text ------------------------------------------------------------------------- */

FUNCTION_ROW(jsonb_pretty)
{
    struct json json = json_open(call->arena, arguments[0].datum.bytes);
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    json_print(call->arena, &json, true, &out);
    return implementation_text(call, &out, result, err);
}

static void strip(struct arena *arena, struct json *json)
{
    size_t kept = 0;
    json_expand(arena, json);
    if (json->kind < JSON_ARRAY)
        return;
    for (size_t i = 0; i < json->count; i++) {
        struct json_member member = json->members[i];
        if (json->kind == JSON_OBJECT && member.value.kind == JSON_NULL)
            continue;
        strip(arena, &member.value);
        json->members[kept++] = member;
    }
    json->count = kept;
}

/* Without blanks; scalars as they were written, save the escapes of strings. */
static void write_compact(const struct json *json, struct buffer *out)
{
    if (json->kind == JSON_STRING) {
        json_print_string(json->text, out);
        return;
    }
    if (json->kind < JSON_ARRAY) {
        buffer_add(out, json->raw);
        return;
    }
    bool object = json->kind == JSON_OBJECT;
    buffer_add_u8(out, object ? '{' : '[');
    for (size_t i = 0; i < json->count; i++) {
        buffer_add_text(out, i > 0 ? "," : "");
        if (object) {
            json_print_string(json->members[i].key, out);
            buffer_add_u8(out, ':');
        }
        write_compact(&json->members[i].value, out);
    }
    buffer_add_u8(out, object ? '}' : ']');
}

FUNCTION_ROW(json_strip_nulls)
{
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    strip(call->arena, &json);
    if (call->result_type->oid == TYPE_JSONB)
        return put(call, &json, result);
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    write_compact(&json, &out);
    return implementation_text(call, &out, result, err);
}
