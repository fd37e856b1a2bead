/* Functions that make arrays (manual, chapter 9.19). */
#include "sql/types/array.h"

#include "sql/functions/implementation.h"

/* Copies what is left of `from` behind the first `count` items. */
static size_t copy_items(struct array from, struct value *items, size_t count)
{
    while (array_next(&from, &items[count]))
        count++;
    return count;
}

static enum rc append(struct call *call, const struct value *array, struct value item,
                      bool before, struct value *result, struct error *err)
{
    struct array shape = {.element = type_find_oid(call->result_type->element)};
    shape.lowers[0] = 1;
    if (!array->null)
        shape = array_open(array->datum.bytes);
    if (shape.dimensions > 1)
        return error_set(err, SQLSTATE_DATA_EXCEPTION,
                         "argument must be empty or one-dimensional array");
    if (shape.dimensions == 0)
        shape.lowers[0] = 1;
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 2);
    size_t count = 0;
    if (before)
        items[count++] = item;
    if (!array->null)
        count = copy_items(shape, items, count);
    if (!before)
        items[count++] = item;
    shape.dimensions = 1;
    shape.count = count;
    shape.lengths[0] = (int32_t)count;
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}

FUNCTION_ROW(array_append)
{
    return append(call, &arguments[0], arguments[1], false, result, err);
}

FUNCTION_ROW(array_prepend)
{
    return append(call, &arguments[1], arguments[0], true, result, err);
}

FUNCTION_ROW(string_to_array)
{
    (void)err;
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct bytes text = arguments[0].datum.bytes;
    struct bytes mark = arguments[1].datum.bytes;
    bool each = arguments[1].null; /* a NULL delimiter splits into characters */
    struct value *items = ARENA_ARRAY(call->arena, struct value, text.len + 1);
    size_t count = 0;
    while (text.len > 0) {
        const uint8_t *hit = NULL;
        size_t len = 1;
        if (each) {
            while (len < text.len && (text.at[len] & 0xC0) == 0x80)
                len++;
        } else {
            if (mark.len > 0)
                hit = memmem(text.at, text.len, mark.at, mark.len);
            len = hit == NULL ? text.len : (size_t)(hit - text.at);
        }
        items[count++].datum.bytes = bytes_of(text.at, len);
        size_t gone = len + (hit == NULL ? 0 : mark.len);
        text = bytes_of(text.at + gone, text.len - gone);
        if (hit != NULL && text.len == 0)
            items[count++].datum.bytes = bytes_of_text("");
    }
    for (size_t i = 0; call->argument_count > 2 && !arguments[2].null && i < count; i++)
        items[i].null = bytes_equal(items[i].datum.bytes, arguments[2].datum.bytes);
    result->datum.bytes =
        array_build_list(call->arena, type_find_oid(TYPE_TEXT), items, count);
    return RC_OK;
}
