/* Looking into json and jsonb: ->, ->>, #>, #>>, @>, ?, lengths and kinds. */
#include <stdlib.h>

#include "sql/functions/json.h"
#include "sql/types/array.h"
#include "sql/types/numeric.h"

enum rc function_json_open(struct call *call, const struct value *arguments, size_t at,
                           struct json *out, struct error *err)
{
    struct bytes bytes = arguments[at].datum.bytes;
    if (call->argument_types[at]->oid == TYPE_JSONB) {
        *out = json_open(call->arena, bytes);
        return RC_OK;
    }
    return json_parse(call->arena, bytes, JSON_READ, out, err);
}

void function_json_put(struct call *call, struct json *json, struct value *result)
{
    result->null = json == NULL;
    if (json == NULL)
        return;
    result->datum.bytes = json->raw.len > 0 ? json->raw : json_pack(call->arena, json);
}

enum rc function_json_put_text(struct call *call, struct json *json, struct value *result,
                               struct error *err)
{
    result->null = json == NULL || json->kind == JSON_NULL;
    if (result->null)
        return RC_OK;
    if (json->kind == JSON_STRING || json->raw.len > 0) {
        result->datum.bytes = json->kind == JSON_STRING ? json->text : json->raw;
        return RC_OK;
    }
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    json_print(call->arena, json, false, &out);
    return implementation_text(call, &out, result, err);
}

struct json *function_json_item(const struct json *array, int64_t index)
{
    if (index < 0)
        index += (int64_t)array->count;
    if (index < 0 || index >= (int64_t)array->count)
        return NULL;
    return &array->members[index].value;
}

static struct json *field(struct json *json, const struct value *arguments)
{
    return json->kind == JSON_OBJECT ? json_find(json, arguments[1].datum.bytes) : NULL;
}

FUNCTION_ROW(json_object_field)
{
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    function_json_put(call, field(&json, arguments), result);
    return RC_OK;
}

FUNCTION_ROW(json_object_field_text)
{
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    return function_json_put_text(call, field(&json, arguments), result, err);
}

/* A jsonb that is no container counts as an array of one. */
static struct json *element(struct call *call, struct json *json,
                            const struct value *arguments)
{
    int32_t index = arguments[1].datum.int32;
    if (json->kind == JSON_ARRAY)
        return function_json_item(json, index);
    bool lone = json->kind != JSON_OBJECT && call->argument_types[0]->oid == TYPE_JSONB;
    return lone && (index == 0 || index == -1) ? json : NULL;
}

FUNCTION_ROW(json_array_element)
{
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    function_json_put(call, element(call, &json, arguments), result);
    return RC_OK;
}

FUNCTION_ROW(json_array_element_text)
{
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    return function_json_put_text(call, element(call, &json, arguments), result, err);
}

struct value *function_json_path(struct call *call, const struct value *arguments,
                                 size_t at, size_t *count_out, bool *null_out)
{
    struct value *steps = NULL;
    *null_out = false;
    if (type_is_array(call->argument_types[at])) {
        struct array array = array_open(arguments[at].datum.bytes);
        *count_out = array.count;
        steps = ARENA_ARRAY(call->arena, struct value, array.count + 1);
        for (size_t i = 0; i < array.count; i++)
            (void)array_next(&array, &steps[i]);
    } else {
        *count_out = call->argument_count - at;
        steps = ARENA_ARRAY(call->arena, struct value, *count_out + 1);
        for (size_t i = 0; i < *count_out; i++)
            steps[i] = arguments[at + i];
    }
    for (size_t i = 0; i < *count_out; i++)
        *null_out = *null_out || steps[i].null;
    return steps;
}

bool function_json_index(struct bytes step, int32_t *out)
{
    char text[32];
    char *end = NULL;
    if (step.len == 0 || step.len >= sizeof(text))
        return false;
    memcpy(text, step.at, step.len);
    text[step.len] = '\0';
    long long number = strtoll(text, &end, 10);
    *out = (int32_t)number;
    return end != text && *end == '\0' && number >= INT32_MIN && number <= INT32_MAX;
}

/* NULL: the path leads nowhere. */
static struct json *follow(struct call *call, struct json *json,
                           const struct value *steps, size_t count)
{
    for (size_t i = 0; i < count && json != NULL; i++) {
        int32_t index = 0;
        json_expand(call->arena, json);
        if (json->kind == JSON_OBJECT)
            json = json_find(json, steps[i].datum.bytes);
        else if (json->kind == JSON_ARRAY &&
                 function_json_index(steps[i].datum.bytes, &index))
            json = function_json_item(json, index);
        else
            json = NULL;
    }
    return json;
}

static enum rc extract(struct call *call, const struct value *arguments,
                       struct json *root, struct json **out, struct error *err)
{
    size_t count = 0;
    bool null = false;
    struct value *steps = function_json_path(call, arguments, 1, &count, &null);
    *out = NULL;
    if (null)
        return RC_OK;
    TRY(function_json_open(call, arguments, 0, root, err));
    *out = follow(call, root, steps, count);
    return RC_OK;
}

FUNCTION_ROW(json_extract_path)
{
    struct json root;
    struct json *found = NULL;
    TRY(extract(call, arguments, &root, &found, err));
    function_json_put(call, found, result);
    return RC_OK;
}

FUNCTION_ROW(json_extract_path_text)
{
    struct json root;
    struct json *found = NULL;
    TRY(extract(call, arguments, &root, &found, err));
    return function_json_put_text(call, found, result, err);
}

FUNCTION_ROW(json_typeof)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_STRING] = "string", [JSON_NUMBER] = "number",
        [JSON_BOOLEAN] = "boolean", [JSON_ARRAY] = "array",   [JSON_OBJECT] = "object",
    };
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    result->datum.bytes = bytes_of_text(names[json.kind]);
    return RC_OK;
}

FUNCTION_ROW(json_array_length)
{
    struct json json;
    TRY(function_json_open(call, arguments, 0, &json, err));
    if (json.kind != JSON_ARRAY)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "cannot get array length of %s",
                         json.kind == JSON_OBJECT ? "a non-array" : "a scalar");
    result->datum.int32 = (int32_t)json.count;
    return RC_OK;
}

/* --- containment and existence ---------------------------------------------------- */

static bool contains(struct arena *arena, struct json *whole, struct json *part,
                     bool top);

static bool array_holds(struct arena *arena, struct json *whole, struct json *item)
{
    for (size_t i = 0; i < whole->count; i++) {
        struct json *own = &whole->members[i].value;
        if (own->kind == item->kind && contains(arena, own, item, false))
            return true;
    }
    return false;
}

/* Whether the part's structure is found in the whole; a top array holds a bare value. */
static bool contains(struct arena *arena, struct json *whole, struct json *part, bool top)
{
    json_expand(arena, whole);
    json_expand(arena, part);
    if (top && whole->kind == JSON_ARRAY && part->kind < JSON_ARRAY)
        return array_holds(arena, whole, part);
    if (whole->kind != part->kind)
        return false;
    if (whole->kind < JSON_ARRAY)
        return json_compare(arena, whole, part) == 0;
    for (size_t i = 0; i < part->count; i++) {
        struct json *item = &part->members[i].value;
        if (part->kind == JSON_ARRAY) {
            if (!array_holds(arena, whole, item))
                return false;
            continue;
        }
        struct json *own = json_find(whole, part->members[i].key);
        if (own == NULL || !contains(arena, own, item, false))
            return false;
    }
    return true;
}

FUNCTION_ROW(jsonb_contains)
{
    (void)err;
    struct json whole = json_open(call->arena, arguments[0].datum.bytes);
    struct json part = json_open(call->arena, arguments[1].datum.bytes);
    result->datum.boolean = contains(call->arena, &whole, &part, true);
    return RC_OK;
}

FUNCTION_ROW(jsonb_contained)
{
    struct value swapped[] = {arguments[1], arguments[0]};
    return function_jsonb_contains(call, swapped, result, err);
}

/* A key of an object, or a string in an array, or the string itself. */
static bool exists(const struct json *json, struct bytes key)
{
    if (json->kind == JSON_OBJECT)
        return json_find(json, key) != NULL;
    if (json->kind == JSON_STRING)
        return bytes_equal(json->text, key);
    for (size_t i = 0; json->kind == JSON_ARRAY && i < json->count; i++) {
        const struct json *item = &json->members[i].value;
        if (item->kind == JSON_STRING && bytes_equal(item->text, key))
            return true;
    }
    return false;
}

FUNCTION_ROW(jsonb_exists)
{
    (void)err;
    struct json json = json_open(call->arena, arguments[0].datum.bytes);
    result->datum.boolean = exists(&json, arguments[1].datum.bytes);
    return RC_OK;
}

/* NULL keys are passed over. */
static bool exists_many(struct call *call, const struct value *arguments, bool all)
{
    struct json json = json_open(call->arena, arguments[0].datum.bytes);
    struct array keys = array_open(arguments[1].datum.bytes);
    struct value key;
    while (array_next(&keys, &key)) {
        if (!key.null && exists(&json, key.datum.bytes) != all)
            return !all;
    }
    return all;
}

FUNCTION_ROW(jsonb_exists_any)
{
    (void)err;
    result->datum.boolean = exists_many(call, arguments, false);
    return RC_OK;
}

FUNCTION_ROW(jsonb_exists_all)
{
    (void)err;
    result->datum.boolean = exists_many(call, arguments, true);
    return RC_OK;
}

/* --- sets ------------------------------------------------------------------------- */

struct members_state {
    bool started;
    size_t at;
    struct json json;
};

static enum rc start_elements(struct call *call, struct members_state *state,
                              const struct value *arguments, struct error *err)
{
    if (state->started)
        return RC_OK;
    state->started = true;
    TRY(function_json_open(call, arguments, 0, &state->json, err));
    if (state->json.kind == JSON_ARRAY)
        return RC_OK;
    bool binary = call->argument_types[0]->oid == TYPE_JSONB;
    if (state->json.kind != JSON_OBJECT)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         binary ? "cannot extract elements from a scalar"
                                : "cannot call %s on a scalar",
                         call->function->name);
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     binary ? "cannot extract elements from an object"
                            : "cannot call %s on a non-array",
                     call->function->name);
}

static enum rc elements_next(struct call *call, void *state,
                             const struct value *arguments, struct value *result,
                             struct error *err)
{
    struct members_state *members = state;
    TRY(start_elements(call, members, arguments, err));
    if (members->at >= members->json.count)
        return RC_EOF;
    *result = (struct value){0};
    struct json *item = &members->json.members[members->at++].value;
    if (call->result_type->oid == TYPE_TEXT)
        return function_json_put_text(call, item, result, err);
    function_json_put(call, item, result);
    return RC_OK;
}

const struct set_function set_json_array_elements = {sizeof(struct members_state),
                                                     elements_next};

static enum rc keys_next(struct call *call, void *state, const struct value *arguments,
                         struct value *result, struct error *err)
{
    struct members_state *members = state;
    if (!members->started)
        TRY(function_json_open(call, arguments, 0, &members->json, err));
    members->started = true;
    if (members->json.kind != JSON_OBJECT)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "cannot call %s on %s",
                         call->function->name,
                         members->json.kind == JSON_ARRAY ? "an array" : "a scalar");
    if (members->at >= members->json.count)
        return RC_EOF;
    *result = (struct value){0};
    result->datum.bytes = members->json.members[members->at++].key;
    return RC_OK;
}

const struct set_function set_json_object_keys = {sizeof(struct members_state),
                                                  keys_next};
