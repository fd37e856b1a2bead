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

static enum rc incompatible(const char *detail, struct error *err)
{
    (void)error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                    "cannot concatenate incompatible arrays");
    return error_detail(err, "%s", detail);
}

/* One below the other along the first dimension; an array of one dimension less becomes a
 * row of the other. */
static enum rc join_shapes(const struct array *a, const struct array *b,
                           struct array *out, struct error *err)
{
    static const char differing[] =
        "Arrays with differing element dimensions are not compatible for concatenation.";
    uint32_t more = a->dimensions > b->dimensions ? a->dimensions : b->dimensions;
    uint32_t less = a->dimensions > b->dimensions ? b->dimensions : a->dimensions;
    if (more - less > 1)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "cannot concatenate incompatible arrays");
    *out = a->dimensions >= b->dimensions ? *a : *b;
    for (uint32_t i = 1; i < more; i++) {
        uint32_t at_a = i - (more - a->dimensions);
        uint32_t at_b = i - (more - b->dimensions);
        if (a->lengths[at_a] != b->lengths[at_b])
            return incompatible(differing, err);
    }
    int32_t first = a->dimensions == more ? a->lengths[0] : 1;
    int32_t second = b->dimensions == more ? b->lengths[0] : 1;
    out->lengths[0] = first + second;
    out->count = a->count + b->count;
    return RC_OK;
}

FUNCTION_ROW(array_cat)
{
    if (arguments[0].null || arguments[1].null) {
        *result = arguments[0].null ? arguments[1] : arguments[0];
        return RC_OK;
    }
    struct array a = array_open(arguments[0].datum.bytes);
    struct array b = array_open(arguments[1].datum.bytes);
    if (a.dimensions == 0 || b.dimensions == 0) {
        *result = a.dimensions == 0 ? arguments[1] : arguments[0];
        return RC_OK;
    }
    struct array shape;
    TRY(join_shapes(&a, &b, &shape, err));
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 1);
    size_t count = copy_items(a, items, 0);
    (void)copy_items(b, items, count);
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}

static bool same(const struct type *type, const struct value *a, const struct value *b)
{
    if (a->null || b->null)
        return a->null && b->null;
    return type_compare(type, a->datum, b->datum) == 0;
}

FUNCTION_ROW(array_remove)
{
    if (!arguments[0].null)
        TRY(implementation_comparable(call->argument_types[0], false, err));
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct array shape = array_open(arguments[0].datum.bytes);
    struct array walk = shape;
    if (shape.dimensions > 1)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "removing elements from multidimensional arrays is not "
                         "supported");
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 1);
    size_t count = 0;
    while (array_next(&walk, &items[count])) {
        if (!same(shape.element, &items[count], &arguments[1]))
            count++;
    }
    shape.dimensions = count == 0 ? 0 : 1;
    shape.lengths[0] = (int32_t)count;
    shape.count = count;
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}

FUNCTION_ROW(array_replace)
{
    if (!arguments[0].null)
        TRY(implementation_comparable(call->argument_types[0], false, err));
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct array shape = array_open(arguments[0].datum.bytes);
    struct array walk = shape;
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 1);
    for (size_t i = 0; array_next(&walk, &items[i]); i++) {
        if (same(shape.element, &items[i], &arguments[1]))
            items[i] = arguments[2];
    }
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}

FUNCTION_ROW(trim_array)
{
    struct array shape = array_open(arguments[0].datum.bytes);
    int32_t gone = arguments[1].datum.int32;
    int32_t length = shape.dimensions == 0 ? 0 : shape.lengths[0];
    if (gone < 0 || gone > length)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "number of elements to trim must be between 0 and %d", length);
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 1);
    (void)copy_items(shape, items, 0);
    size_t each = length == 0 ? 0 : shape.count / (size_t)length;
    shape.lengths[0] = length - gone;
    shape.lowers[0] = 1;
    shape.count = each * (size_t)shape.lengths[0];
    if (shape.count == 0)
        shape.dimensions = 0;
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}

/* (value, lengths [, lower bounds]) */
/* The second and third argument: lists without NULL. */
static enum rc check_bounds(struct array bounds, struct error *err)
{
    struct value item;
    if (bounds.dimensions > 1)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "wrong number of array subscripts");
    while (array_next(&bounds, &item)) {
        if (item.null)
            return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                             "dimension values cannot be null");
    }
    return RC_OK;
}

FUNCTION_ROW(array_fill)
{
    struct array shape = {.element = type_find_oid(call->result_type->element)};
    bool bounded = call->argument_count > 2;
    if (arguments[1].null || (bounded && arguments[2].null))
        return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                         "dimension array or low bound array cannot be null");
    struct array lengths = array_open(arguments[1].datum.bytes);
    struct array lowers = bounded ? array_open(arguments[2].datum.bytes) : lengths;
    TRY(check_bounds(lengths, err));
    TRY(check_bounds(lowers, err));
    if (lengths.count > TYPE_ARRAY_DIMENSIONS_MAX || lowers.count != lengths.count)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "wrong number of array subscripts");
    struct value number = {0};
    shape.dimensions = (uint32_t)lengths.count;
    shape.count = lengths.count == 0 ? 0 : 1;
    for (uint32_t i = 0; array_next(&lengths, &number); i++) {
        if (number.null || number.datum.int32 < 0)
            return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                             "dimension values cannot be null");
        shape.lengths[i] = number.datum.int32;
        shape.lowers[i] = 1;
        shape.count *= (size_t)number.datum.int32;
        if (shape.count > TYPE_ARRAY_ITEMS_MAX)
            return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                             "array size exceeds the maximum allowed (%d)",
                             TYPE_ARRAY_ITEMS_MAX);
    }
    for (uint32_t i = 0; bounded && array_next(&lowers, &number); i++)
        shape.lowers[i] = number.datum.int32;
    if (shape.count == 0)
        shape.dimensions = 0;
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 1);
    for (size_t i = 0; i < shape.count; i++)
        items[i] = arguments[0];
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}
