/* Rows as values: making them, reading their fields. */
#include "sql/exec/evaluate_internal.h"
#include "sql/types/record.h"

enum rc evaluate_row(const struct evaluation *evaluation, const struct bound *expression,
                     struct selection selection, struct vector *out, struct error *err)
{
    struct vector *columns = NULL;
    size_t count = expression->argument_count;
    struct value *values = ARENA_ARRAY(evaluation->arena, struct value, count + 1);
    const struct type **types =
        ARENA_ARRAY(evaluation->arena, const struct type *, count + 1);
    for (size_t i = 0; i < count; i++)
        types[i] = expression->arguments[i]->type;
    TRY(evaluate_arguments(evaluation, expression, selection, &columns, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        for (size_t k = 0; k < count; k++)
            values[k] =
                (struct value){columns[k].values[row], columns[k].nulls[row] != 0};
        out->values[row].bytes = record_build(evaluation->arena, types, values, count);
    }
    return RC_OK;
}

enum rc evaluate_field(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err)
{
    struct vector records;
    TRY(evaluate(evaluation, expression->arguments[0], selection, &records, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        struct value field = {.null = true};
        const struct type *type = NULL;
        if (records.nulls[row] == 0) {
            struct record record = record_open(records.values[row].bytes);
            for (uint32_t at = 0; at <= expression->field; at++) {
                if (!record_next(&record, &type, &field))
                    field.null = true;
            }
        }
        out->values[row] = field.datum;
        out->nulls[row] = field.null;
    }
    return RC_OK;
}

void evaluate_record_test(const struct bound *expression, const struct vector *records,
                          struct selection selection, struct vector *out)
{
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        bool negated = expression->test.negated;
        bool holds = records->nulls[row] == 0 || !negated;
        const struct type *type = NULL;
        struct value field = {0};
        if (records->nulls[row] == 0) {
            struct record record = record_open(records->values[row].bytes);
            while (record_next(&record, &type, &field))
                holds = holds && field.null != negated;
        }
        out->values[row].boolean = holds;
    }
}
