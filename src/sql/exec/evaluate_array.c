/* Expressions over arrays: operator ANY | ALL (array), and ARRAY[...]. */
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

enum rc evaluate_array(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err)
{
    struct vector *columns = NULL;
    size_t count = expression->argument_count;
    const struct type *element = type_find_oid(expression->type->element);
    struct value *items = ARENA_ARRAY(evaluation->arena, struct value, count);
    TRY(evaluate_arguments(evaluation, expression, selection, &columns, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        for (size_t k = 0; k < count; k++)
            items[k] = (struct value){columns[k].values[row], columns[k].nulls[row] != 0};
        out->values[row].bytes =
            array_build_list(evaluation->arena, element, items, count);
    }
    return RC_OK;
}
