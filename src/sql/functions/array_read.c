/* Functions that read arrays (manual, chapter 9.19). */
#include "sql/functions/implementation.h"
#include "sql/types/array.h"

FUNCTION_ROW(array_to_string)
{
    result->null = arguments[0].null || arguments[1].null;
    if (result->null)
        return RC_OK;
    struct array array = array_open(arguments[0].datum.bytes);
    const struct value *null_text =
        call->argument_count > 2 && !arguments[2].null ? &arguments[2] : NULL;
    struct buffer out;
    struct value item = {0};
    bool first = true;
    buffer_init(&out, TYPE_VALUE_MAX);
    while (array_next(&array, &item)) {
        if (item.null && null_text == NULL)
            continue;
        if (!first)
            buffer_add(&out, arguments[1].datum.bytes);
        first = false;
        if (item.null)
            buffer_add(&out, null_text->datum.bytes);
        else
            type_output(array.element, call->types, item.datum, &out);
    }
    return implementation_text(call, &out, result, err);
}

static enum rc dimension(const struct value *arguments, bool upper, struct value *result)
{
    struct array array = array_open(arguments[0].datum.bytes);
    int32_t number = arguments[1].datum.int32;
    result->null = number < 1 || number > (int32_t)array.dimensions;
    if (result->null)
        return RC_OK;
    int32_t length = array.lengths[number - 1];
    result->datum.int32 = upper ? array.lowers[number - 1] + length - 1 : length;
    return RC_OK;
}

FUNCTION_ROW(array_length)
{
    (void)call;
    (void)err;
    return dimension(arguments, false, result);
}

FUNCTION_ROW(array_upper)
{
    (void)call;
    (void)err;
    return dimension(arguments, true, result);
}

FUNCTION_ROW(array_lower)
{
    (void)call;
    (void)err;
    struct array array = array_open(arguments[0].datum.bytes);
    int32_t number = arguments[1].datum.int32;
    result->null = number < 1 || number > (int32_t)array.dimensions;
    if (!result->null)
        result->datum.int32 = array.lowers[number - 1];
    return RC_OK;
}

FUNCTION_ROW(cardinality)
{
    (void)call;
    (void)err;
    result->datum.int32 = (int32_t)array_open(arguments[0].datum.bytes).count;
    return RC_OK;
}

FUNCTION_ROW(array_ndims)
{
    (void)call;
    (void)err;
    result->datum.int32 = (int32_t)array_open(arguments[0].datum.bytes).dimensions;
    result->null = result->datum.int32 == 0;
    return RC_OK;
}

FUNCTION_ROW(array_dims)
{
    struct array array = array_open(arguments[0].datum.bytes);
    result->null = array.dimensions == 0;
    if (result->null)
        return RC_OK;
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    for (size_t i = 0; i < array.dimensions; i++)
        buffer_printf(&out, "[%d:%d]", array.lowers[i],
                      array.lowers[i] + array.lengths[i] - 1);
    return implementation_text(call, &out, result, err);
}

/* NULL equals NULL here. */
static bool same(const struct type *type, const struct value *a, const struct value *b)
{
    if (a->null || b->null)
        return a->null && b->null;
    return type_compare(type, a->datum, b->datum) == 0;
}

static enum rc check_dimensions(const struct array *array, const char *what,
                                struct error *err)
{
    return array->dimensions > 1
               ? error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                           "%s in multidimensional arrays is not supported", what)
               : RC_OK;
}

FUNCTION_ROW(array_position)
{
    if (!arguments[0].null && !arguments[1].null)
        TRY(implementation_comparable(call->argument_types[0], false, err));
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct array array = array_open(arguments[0].datum.bytes);
    TRY(check_dimensions(&array, "searching for elements", err));
    int32_t start = array.lowers[0];
    result->null = array.count == 0;
    if (result->null)
        return RC_OK;
    if (call->argument_count > 2) {
        if (arguments[2].null)
            return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                             "initial position must not be null");
        start = arguments[2].datum.int32;
    }
    struct value item = {0};
    for (int32_t at = array.lowers[0]; array_next(&array, &item); at++) {
        if (at >= start && same(array.element, &item, &arguments[1])) {
            result->datum.int32 = at;
            return RC_OK;
        }
    }
    result->null = true;
    return RC_OK;
}

FUNCTION_ROW(array_positions)
{
    if (!arguments[0].null && !arguments[1].null)
        TRY(implementation_comparable(call->argument_types[0], false, err));
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct array array = array_open(arguments[0].datum.bytes);
    TRY(check_dimensions(&array, "searching for elements", err));
    struct value *places = ARENA_ARRAY(call->arena, struct value, array.count + 1);
    struct value item = {0};
    size_t count = 0;
    for (int32_t at = array.lowers[0]; array_next(&array, &item); at++) {
        if (same(array.element, &item, &arguments[1]))
            places[count++].datum.int32 = at;
    }
    result->datum.bytes =
        array_build_list(call->arena, type_find_oid(TYPE_INT4), places, count);
    return RC_OK;
}

/* Every item of `part` stands in `whole`, or, with `any`, one does. NULL equals nothing.
 */
static bool holds(struct array whole, struct array part, bool any)
{
    struct value wanted = {0};
    while (array_next(&part, &wanted)) {
        struct array walk = whole;
        struct value item = {0};
        bool found = false;
        while (!wanted.null && !found && array_next(&walk, &item))
            found = !item.null && same(whole.element, &item, &wanted);
        if (found == any)
            return any;
    }
    return !any;
}

FUNCTION_ROW(array_contains)
{
    TRY(implementation_comparable(call->argument_types[0], false, err));
    result->datum.boolean = holds(array_open(arguments[0].datum.bytes),
                                  array_open(arguments[1].datum.bytes), false);
    return RC_OK;
}

FUNCTION_ROW(array_contained)
{
    TRY(implementation_comparable(call->argument_types[0], false, err));
    result->datum.boolean = holds(array_open(arguments[1].datum.bytes),
                                  array_open(arguments[0].datum.bytes), false);
    return RC_OK;
}

FUNCTION_ROW(array_overlaps)
{
    TRY(implementation_comparable(call->argument_types[0], false, err));
    result->datum.boolean = holds(array_open(arguments[0].datum.bytes),
                                  array_open(arguments[1].datum.bytes), true);
    return RC_OK;
}
