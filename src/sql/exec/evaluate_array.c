/* Expressions over arrays: operator ANY | ALL (array), ARRAY[...] and subscripts. */
#include "sql/exec/evaluate_internal.h"
#include "sql/types/array.h"

/* One row of `left operator ANY|ALL (array)` by the rules for three values: ANY is
 * settled by the first true, ALL by the first false; a NULL comparison leaves NULL if
 * nothing settles (PostgreSQL manual, chapter 9.24.3). */
static enum rc compare_items(const struct bound *expression, struct call *call,
                             struct value left, struct bytes packed,
                             struct value *result_out, struct error *err)
{
    bool all = expression->call.all;
    bool any_null = false;
    struct array array = array_open(packed);
    struct value pair[2] = {left, {.null = true}};
    while (array_next(&array, &pair[1])) {
        struct value item = {0};
        TRY(function_evaluate_row(call, pair, &item, err));
        any_null = any_null || item.null;
        if (!item.null && item.datum.boolean != all) {
            *result_out = (struct value){.datum.boolean = !all};
            return RC_OK;
        }
    }
    *result_out = (struct value){.datum.boolean = all, .null = any_null};
    return RC_OK;
}

enum rc evaluate_quantified(const struct evaluation *evaluation,
                            const struct bound *expression, struct selection selection,
                            struct vector *out, struct error *err)
{
    struct vector *pair = NULL;
    struct call call = evaluate_call_of(evaluation, expression);
    TRY(evaluate_arguments(evaluation, expression, selection, &pair, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        struct value left = {pair[0].values[row], pair[0].nulls[row] != 0};
        struct value result = {.null = true};
        if (pair[1].nulls[row] == 0)
            TRY(compare_items(expression, &call, left, pair[1].values[row].bytes, &result,
                              err));
        out->values[row] = result.datum;
        out->nulls[row] = result.null;
    }
    return RC_OK;
}

/* ARRAY[...] of arrays: one dimension more. Empty and NULL operands are left out, but
 * only all together (ExecEvalArrayExpr of PostgreSQL 15). */
struct nesting {
    struct array shape;
    struct array *parts; /* those that count */
    size_t part_count;
    bool any_empty;
};

static enum rc nesting_add(struct nesting *nesting, struct value value, struct error *err)
{
    struct array part = {0};
    if (!value.null)
        part = array_open(value.datum.bytes);
    if (part.dimensions == 0) {
        nesting->any_empty = true;
        return RC_OK;
    }
    struct array *shape = &nesting->shape;
    if (part.dimensions + 1 > TYPE_ARRAY_DIMENSIONS_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "number of array dimensions (%u) exceeds the maximum allowed "
                         "(%d)",
                         part.dimensions + 1, TYPE_ARRAY_DIMENSIONS_MAX);
    if (nesting->part_count == 0) {
        shape->element = part.element;
        shape->dimensions = part.dimensions + 1;
        shape->lowers[0] = 1;
        memcpy(shape->lengths + 1, part.lengths, part.dimensions * sizeof(int32_t));
        memcpy(shape->lowers + 1, part.lowers, part.dimensions * sizeof(int32_t));
    }
    size_t size = part.dimensions * sizeof(int32_t);
    if (shape->dimensions != part.dimensions + 1 ||
        memcmp(shape->lengths + 1, part.lengths, size) != 0 ||
        memcmp(shape->lowers + 1, part.lowers, size) != 0)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "multidimensional arrays must have array expressions with "
                         "matching dimensions");
    shape->count += part.count;
    shape->lengths[0]++;
    nesting->parts[nesting->part_count++] = part;
    return RC_OK;
}

static enum rc nest(struct arena *arena, const struct type *element,
                    const struct value *items, size_t count, struct bytes *out,
                    struct error *err)
{
    struct nesting nesting = {.parts = ARENA_ARRAY(arena, struct array, count)};
    for (size_t i = 0; i < count; i++)
        TRY(nesting_add(&nesting, items[i], err));
    if (nesting.any_empty && nesting.part_count != 0)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "multidimensional arrays must have array expressions with "
                         "matching dimensions");
    if (nesting.part_count == 0) {
        *out = array_build_list(arena, element, NULL, 0);
        return RC_OK;
    }
    struct value *all = ARENA_ARRAY(arena, struct value, nesting.shape.count + 1);
    size_t at = 0;
    for (size_t i = 0; i < nesting.part_count; i++) {
        while (array_next(&nesting.parts[i], &all[at]))
            at++;
    }
    *out = array_build(arena, &nesting.shape, all);
    return RC_OK;
}

enum rc evaluate_array(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err)
{
    struct vector *columns = NULL;
    size_t count = expression->argument_count;
    const struct type *element = type_find_oid(expression->type->element);
    bool nests = count != 0 && type_is_array(expression->arguments[0]->type);
    struct value *items = ARENA_ARRAY(evaluation->arena, struct value, count);
    TRY(evaluate_arguments(evaluation, expression, selection, &columns, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        for (size_t k = 0; k < count; k++)
            items[k] = (struct value){columns[k].values[row], columns[k].nulls[row] != 0};
        if (nests)
            TRY(nest(evaluation->arena, element, items, count, &out->values[row].bytes,
                     err));
        else
            out->values[row].bytes =
                array_build_list(evaluation->arena, element, items, count);
    }
    return RC_OK;
}

/* The item at the subscripts, or NULL. */
static struct value subscript(const struct vector *columns, size_t count, uint16_t row)
{
    struct value item = {.null = true};
    size_t index = 0;
    for (size_t i = 0; i < count; i++) {
        if (columns[i].nulls[row] != 0)
            return item;
    }
    struct array array = array_open(columns[0].values[row].bytes);
    if (array.dimensions != count - 1)
        return item;
    for (size_t i = 0; i < array.dimensions; i++) {
        int64_t at = (int64_t)columns[i + 1].values[row].int32 - array.lowers[i];
        if (at < 0 || at >= array.lengths[i])
            return item;
        index = index * (size_t)array.lengths[i] + (size_t)at;
    }
    if (!array_item(array, index, &item))
        item.null = true;
    return item;
}

enum rc evaluate_subscript(const struct evaluation *evaluation,
                           const struct bound *expression, struct selection selection,
                           struct vector *out, struct error *err)
{
    struct vector *columns = NULL;
    TRY(evaluate_arguments(evaluation, expression, selection, &columns, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        struct value item = subscript(columns, expression->argument_count, row);
        out->values[row] = item.datum;
        out->nulls[row] = item.null;
    }
    return RC_OK;
}

struct slice_side {
    int32_t from; /* from 0 */
    int32_t length;
};

/* The bounds of a slice in one dimension; false: nothing is in it. */
static bool slice_bounds(const struct array *array, size_t dimension,
                         const struct bound *const *given, const struct vector *columns,
                         uint16_t row, struct slice_side *out)
{
    int64_t low = array->lowers[dimension];
    int64_t high = low + array->lengths[dimension] - 1;
    if (given[0]->type->oid != TYPE_UNKNOWN && columns[0].values[row].int32 > low)
        low = columns[0].values[row].int32;
    if (given[1]->type->oid != TYPE_UNKNOWN && columns[1].values[row].int32 < high)
        high = columns[1].values[row].int32;
    out->from = (int32_t)(low - array->lowers[dimension]);
    out->length = (int32_t)(high - low + 1);
    return high >= low;
}

/* Items within the bounds, in row-major order. */
static void take_items(const struct array *array, const int32_t *from,
                       const struct array *shape, struct value *items)
{
    struct array walk = *array;
    struct value item;
    int32_t at[TYPE_ARRAY_DIMENSIONS_MAX] = {0};
    size_t count = 0;
    while (array_next(&walk, &item)) {
        bool inside = true;
        for (size_t i = 0; i < array->dimensions; i++)
            inside = inside && at[i] >= from[i] && at[i] < from[i] + shape->lengths[i];
        if (inside)
            items[count++] = item;
        for (size_t i = array->dimensions; i-- > 0;) {
            if (++at[i] < array->lengths[i])
                break;
            at[i] = 0;
        }
    }
}

static struct bytes slice_of(struct arena *arena, const struct bound *expression,
                             const struct vector *columns, uint16_t row)
{
    struct array array = array_open(columns[0].values[row].bytes);
    size_t given = (expression->argument_count - 1) / 2;
    int32_t from[TYPE_ARRAY_DIMENSIONS_MAX] = {0};
    struct array shape = array;
    bool any = given <= array.dimensions && array.dimensions != 0;
    shape.count = 1;
    for (size_t i = 0; any && i < array.dimensions; i++) {
        struct slice_side side = {0, shape.lengths[i]};
        if (i < given)
            any = slice_bounds(&array, i, &expression->arguments[2 * i + 1],
                               &columns[2 * i + 1], row, &side);
        from[i] = side.from;
        shape.lengths[i] = side.length;
        shape.lowers[i] = 1;
        shape.count *= (size_t)shape.lengths[i];
    }
    if (!any)
        return array_build_list(arena, array.element, NULL, 0);
    struct value *items = ARENA_ARRAY(arena, struct value, shape.count);
    take_items(&array, from, &shape, items);
    return array_build(arena, &shape, items);
}

enum rc evaluate_slice(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err)
{
    struct vector *columns = NULL;
    TRY(evaluate_arguments(evaluation, expression, selection, &columns, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        for (size_t k = 0; k < expression->argument_count; k++) {
            if (expression->arguments[k]->type->oid != TYPE_UNKNOWN &&
                columns[k].nulls[row] != 0)
                out->nulls[row] = 1;
        }
        if (out->nulls[row] == 0)
            out->values[row].bytes =
                slice_of(evaluation->arena, expression, columns, row);
    }
    return RC_OK;
}
