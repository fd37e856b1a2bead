/* Expressions over the selected rows of a batch. Recursion follows the expression's
 * depth, which the binder has bounded. */
#include "base/assert.h"
#include "sql/exec/evaluate_internal.h"
#include "sql/types/cast.h"

void evaluate_vector(const struct evaluation *evaluation, const struct type *type,
                     struct selection selection, struct vector *out)
{
    /* Rows keep their places, so the last selected one tells how much room is needed. */
    size_t room =
        selection.count == 0 ? 0 : (size_t)selection.rows[selection.count - 1] + 1;
    out->type = type;
    out->values = ARENA_ARRAY(evaluation->arena, union datum, room);
    out->nulls = ARENA_ARRAY(evaluation->arena, uint8_t, room);
}

static void fill(const struct evaluation *evaluation, const struct bound *expression,
                 struct value value, struct selection selection, struct vector *out)
{
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        out->values[selection.rows[i]] = value.datum;
        out->nulls[selection.rows[i]] = value.null;
    }
}

static void copy_rows(const struct vector *from, struct selection selection,
                      struct vector *to)
{
    for (size_t i = 0; i < selection.count; i++) {
        to->values[selection.rows[i]] = from->values[selection.rows[i]];
        to->nulls[selection.rows[i]] = from->nulls[selection.rows[i]];
    }
}

struct call evaluate_call_of(const struct evaluation *evaluation,
                             const struct bound *expression)
{
    return (struct call){
        .function = expression->call.function,
        .arena = evaluation->arena,
        .types = evaluation->types,
        .environment = evaluation->environment,
        .argument_count = expression->argument_count,
        .argument_types = expression->call.argument_types,
        .result_type = expression->type,
    };
}

enum rc evaluate_arguments(const struct evaluation *evaluation,
                           const struct bound *expression, struct selection selection,
                           struct vector **out, struct error *err)
{
    *out = ARENA_ARRAY(evaluation->arena, struct vector, expression->argument_count);
    for (size_t i = 0; i < expression->argument_count; i++)
        TRY(evaluate(evaluation, expression->arguments[i], selection, &(*out)[i], err));
    return RC_OK;
}

enum {
    SLICE_SMALL = 64 * 1024 /* bytes that a slice of results may take without a look */
};

/* Results of any length: a slice of the rows at a time, and limits are looked at between
 * slices, so that one batch of large texts cannot outgrow the statement's memory. */
static enum rc evaluate_slices(const struct evaluation *evaluation, struct call *call,
                               const struct vector *arguments, struct selection selection,
                               struct vector *out, struct error *err)
{
    const struct evaluation_runner *runner = evaluation->runner;
    size_t slice = 1;
    for (size_t at = 0; at < selection.count;) {
        size_t count = selection.count - at < slice ? selection.count - at : slice;
        size_t before = arena_used(evaluation->arena);
        TRY(function_evaluate(call, arguments,
                              (struct selection){selection.rows + at, count}, out, err));
        at += count;
        if (arena_used(evaluation->arena) - before < SLICE_SMALL) {
            slice *= 2;
            continue;
        }
        slice = 1;
        TRY(runner->check(runner->owner, err));
    }
    return RC_OK;
}

static enum rc evaluate_call(const struct evaluation *evaluation,
                             const struct bound *expression, struct selection selection,
                             struct vector *out, struct error *err)
{
    struct vector *arguments = NULL;
    struct call call = evaluate_call_of(evaluation, expression);
    TRY(evaluate_arguments(evaluation, expression, selection, &arguments, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    if (evaluation->runner != NULL &&
        expression->type->methods->storage == TYPE_STORAGE_BYTES)
        return evaluate_slices(evaluation, &call, arguments, selection, out, err);
    return function_evaluate(&call, arguments, selection, out, err);
}

static enum rc evaluate_cast(const struct evaluation *evaluation,
                             const struct bound *expression, struct selection selection,
                             struct vector *out, struct error *err)
{
    struct vector from;
    TRY(evaluate(evaluation, expression->arguments[0], selection, &from, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    struct type_context context = *evaluation->types;
    context.arena = evaluation->arena;
    copy_rows(&from, selection, out);
    bool is_strict = expression->is_assignment && !type_is_array(expression->type);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        if (out->nulls[row] != 0)
            continue;
        TRY(cast_value(&context, from.type, expression->type,
                       is_strict ? TYPE_TYPMOD_NONE : expression->typmod,
                       &out->values[row], err));
        if (is_strict && expression->typmod != TYPE_TYPMOD_NONE)
            TRY(type_apply_typmod(expression->type, &context, expression->typmod, false,
                                  &out->values[row], err));
    }
    return RC_OK;
}

static struct selection selection_make(const struct evaluation *evaluation,
                                       struct selection whole, uint16_t **rows_out)
{
    *rows_out = ARENA_ARRAY(evaluation->arena, uint16_t, whole.count);
    if (whole.count != 0)
        memcpy(*rows_out, whole.rows, whole.count * sizeof(uint16_t));
    return (struct selection){*rows_out, whole.count};
}

/* AND and OR by the SQL standard's three values: `decisive` (false for AND, true for OR)
 * settles a row, whose later operands are then not computed. */
static enum rc evaluate_logic(const struct evaluation *evaluation,
                              const struct bound *expression, struct selection selection,
                              struct vector *out, struct error *err)
{
    bool decisive = expression->kind == BOUND_OR;
    struct value start = {.datum.boolean = !decisive};
    fill(evaluation, expression, start, selection, out);
    uint16_t *rows = NULL;
    struct selection open = selection_make(evaluation, selection, &rows);
    for (size_t i = 0; i < expression->argument_count && open.count != 0; i++) {
        struct vector operand;
        TRY(evaluate(evaluation, expression->arguments[i], open, &operand, err));
        size_t left = 0;
        for (size_t k = 0; k < open.count; k++) {
            uint16_t row = open.rows[k];
            bool settles =
                operand.nulls[row] == 0 && operand.values[row].boolean == decisive;
            if (settles)
                out->values[row].boolean = decisive;
            else
                rows[left++] = row;
            out->nulls[row] =
                (uint8_t)(!settles && (out->nulls[row] | operand.nulls[row]));
        }
        open.count = left;
    }
    return RC_OK;
}

static enum rc evaluate_test(const struct evaluation *evaluation,
                             const struct bound *expression, struct selection selection,
                             struct vector *out, struct error *err)
{
    struct vector operand;
    TRY(evaluate(evaluation, expression->arguments[0], selection, &operand, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    bool of_fields = expression->kind == BOUND_IS_NULL && !expression->test.is_field &&
                     expression->arguments[0]->type->oid == TYPE_RECORD;
    if (of_fields) {
        evaluate_record_test(expression, &operand, selection, out);
        return RC_OK;
    }
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        bool null = operand.nulls[row] != 0;
        bool holds = false;
        if (expression->kind == BOUND_IS_NULL ||
            expression->test.boolean == BOUND_UNKNOWN)
            holds = null;
        else
            holds = !null && operand.values[row].boolean ==
                                 (expression->test.boolean == BOUND_TRUE);
        out->values[row].boolean = holds != expression->test.negated;
    }
    return RC_OK;
}

static enum rc evaluate_not(const struct evaluation *evaluation,
                            const struct bound *expression, struct selection selection,
                            struct vector *out, struct error *err)
{
    struct vector operand;
    TRY(evaluate(evaluation, expression->arguments[0], selection, &operand, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        out->values[row].boolean = !operand.values[row].boolean;
        out->nulls[row] = operand.nulls[row];
    }
    return RC_OK;
}

/* Compares two columns by the expression's "=", row by row; NULLs never reach it. */
static enum rc rows_are_equal(struct call *call, const struct vector *pair, uint16_t row,
                              bool *equal_out, struct error *err)
{
    struct value arguments[2] = {{.datum = pair[0].values[row]},
                                 {.datum = pair[1].values[row]}};
    struct value result = {0};
    TRY(function_evaluate_row(call, arguments, &result, err));
    *equal_out = !result.null && result.datum.boolean;
    return RC_OK;
}

static enum rc evaluate_distinct(const struct evaluation *evaluation,
                                 const struct bound *expression,
                                 struct selection selection, struct vector *out,
                                 struct error *err)
{
    struct vector *pair = NULL;
    struct call call = evaluate_call_of(evaluation, expression);
    TRY(evaluate_arguments(evaluation, expression, selection, &pair, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        bool equal = pair[0].nulls[row] != 0 && pair[1].nulls[row] != 0;
        if (pair[0].nulls[row] == 0 && pair[1].nulls[row] == 0)
            TRY(rows_are_equal(&call, pair, row, &equal, err));
        out->values[row].boolean = equal == expression->call.negated;
    }
    return RC_OK;
}

static enum rc evaluate_nullif(const struct evaluation *evaluation,
                               const struct bound *expression, struct selection selection,
                               struct vector *out, struct error *err)
{
    struct vector *pair = NULL;
    struct call call = evaluate_call_of(evaluation, expression);
    TRY(evaluate_arguments(evaluation, expression, selection, &pair, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    copy_rows(&pair[0], selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        bool equal = false;
        if (pair[0].nulls[row] == 0 && pair[1].nulls[row] == 0)
            TRY(rows_are_equal(&call, pair, row, &equal, err));
        if (equal)
            out->nulls[row] = 1;
    }
    return RC_OK;
}

/* Splits the open rows by a condition: those that hold go to `taken`, the others stay. */
static size_t split(const struct vector *condition, struct selection *open,
                    uint16_t *rows, uint16_t *taken)
{
    size_t taken_count = 0;
    size_t left = 0;
    for (size_t i = 0; i < open->count; i++) {
        uint16_t row = open->rows[i];
        if (condition->nulls[row] == 0 && condition->values[row].boolean)
            taken[taken_count++] = row;
        else
            rows[left++] = row;
    }
    open->count = left;
    return taken_count;
}

static enum rc evaluate_case(const struct evaluation *evaluation,
                             const struct bound *expression, struct selection selection,
                             struct vector *out, struct error *err)
{
    ASSERT(expression->argument_count % 2 == 1);
    uint16_t *rows = NULL;
    struct selection open = selection_make(evaluation, selection, &rows);
    uint16_t *taken = ARENA_ARRAY(evaluation->arena, uint16_t, selection.count);
    struct vector part;
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i + 1 < expression->argument_count && open.count != 0; i += 2) {
        TRY(evaluate(evaluation, expression->arguments[i], open, &part, err));
        struct selection holds = {taken, split(&part, &open, rows, taken)};
        if (holds.count == 0)
            continue;
        TRY(evaluate(evaluation, expression->arguments[i + 1], holds, &part, err));
        copy_rows(&part, holds, out);
    }
    if (open.count == 0)
        return RC_OK;
    const struct bound *otherwise = expression->arguments[expression->argument_count - 1];
    TRY(evaluate(evaluation, otherwise, open, &part, err));
    copy_rows(&part, open, out);
    return RC_OK;
}

static enum rc evaluate_coalesce(const struct evaluation *evaluation,
                                 const struct bound *expression,
                                 struct selection selection, struct vector *out,
                                 struct error *err)
{
    uint16_t *rows = NULL;
    struct selection open = selection_make(evaluation, selection, &rows);
    fill(evaluation, expression, (struct value){.null = true}, selection, out);
    for (size_t i = 0; i < expression->argument_count && open.count != 0; i++) {
        struct vector part;
        TRY(evaluate(evaluation, expression->arguments[i], open, &part, err));
        copy_rows(&part, open, out);
        size_t left = 0;
        for (size_t k = 0; k < open.count; k++) {
            if (part.nulls[open.rows[k]] != 0)
                rows[left++] = open.rows[k];
        }
        open.count = left;
    }
    return RC_OK;
}

/* GREATEST and LEAST skip NULLs; all operands are computed. */
static enum rc evaluate_extreme(const struct evaluation *evaluation,
                                const struct bound *expression,
                                struct selection selection, struct vector *out,
                                struct error *err)
{
    struct vector *operands = NULL;
    TRY(evaluate_arguments(evaluation, expression, selection, &operands, err));
    fill(evaluation, expression, (struct value){.null = true}, selection, out);
    for (size_t i = 0; i < expression->argument_count; i++) {
        for (size_t k = 0; k < selection.count; k++) {
            uint16_t row = selection.rows[k];
            if (operands[i].nulls[row] != 0)
                continue;
            int order = out->nulls[row] != 0
                            ? 0
                            : type_compare(expression->type, operands[i].values[row],
                                           out->values[row]);
            if (out->nulls[row] != 0 || (expression->greatest ? order > 0 : order < 0))
                out->values[row] = operands[i].values[row];
            out->nulls[row] = 0;
        }
    }
    return RC_OK;
}

static enum rc evaluate_let(const struct evaluation *evaluation,
                            const struct bound *expression, struct selection selection,
                            struct vector *out, struct error *err)
{
    struct evaluation_shared shared = {.number = expression->shared,
                                       .outer = evaluation->shared};
    struct evaluation inner = *evaluation;
    inner.shared = &shared;
    TRY(evaluate(evaluation, expression->arguments[0], selection, &shared.values, err));
    return evaluate(&inner, expression->arguments[1], selection, out, err);
}

static struct vector shared_values(const struct evaluation *evaluation, uint32_t number)
{
    const struct evaluation_shared *shared = evaluation->shared;
    while (shared->number != number)
        shared = shared->outer;
    return shared->values;
}

/* GROUPING(...): a value for each grouping set, by its number. */
static enum rc evaluate_grouping(const struct evaluation *evaluation,
                                 const struct bound *expression,
                                 struct selection selection, struct vector *out,
                                 struct error *err)
{
    struct vector sets;
    TRY(evaluate(evaluation, expression->arguments[0], selection, &sets, err));
    evaluate_vector(evaluation, expression->type, selection, out);
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        out->values[row].int32 = expression->grouping.values[sets.values[row].int32];
    }
    return RC_OK;
}

enum rc evaluate(const struct evaluation *evaluation, const struct bound *expression,
                 struct selection selection, struct vector *out, struct error *err)
{
    switch (expression->kind) {
    case BOUND_CONSTANT:
        fill(evaluation, expression, expression->constant, selection, out);
        return RC_OK;
    case BOUND_SLOT:
        *out = evaluation->columns[expression->slot];
        return RC_OK;
    case BOUND_OUTER:
        fill(evaluation, expression, evaluation->outer[expression->slot], selection, out);
        return RC_OK;
    case BOUND_PARAMETER:
        fill(evaluation, expression, evaluation->parameters[expression->parameter],
             selection, out);
        return RC_OK;
    case BOUND_CALL:
        return evaluate_call(evaluation, expression, selection, out, err);
    case BOUND_CAST:
        return evaluate_cast(evaluation, expression, selection, out, err);
    case BOUND_AND:
    case BOUND_OR:
        return evaluate_logic(evaluation, expression, selection, out, err);
    case BOUND_NOT:
        return evaluate_not(evaluation, expression, selection, out, err);
    case BOUND_IS_NULL:
    case BOUND_IS_BOOLEAN:
        return evaluate_test(evaluation, expression, selection, out, err);
    case BOUND_DISTINCT:
        return evaluate_distinct(evaluation, expression, selection, out, err);
    case BOUND_CASE:
        return evaluate_case(evaluation, expression, selection, out, err);
    case BOUND_COALESCE:
        return evaluate_coalesce(evaluation, expression, selection, out, err);
    case BOUND_NULLIF:
        return evaluate_nullif(evaluation, expression, selection, out, err);
    case BOUND_EXTREME:
        return evaluate_extreme(evaluation, expression, selection, out, err);
    case BOUND_QUANTIFIED:
        return evaluate_quantified(evaluation, expression, selection, out, err);
    case BOUND_ARRAY:
        return evaluate_array(evaluation, expression, selection, out, err);
    case BOUND_SUBSCRIPT:
        return evaluate_subscript(evaluation, expression, selection, out, err);
    case BOUND_SUBPLAN:
        if (evaluation->runner == NULL)
            break;
        return evaluation->runner->subplan(evaluation->runner->owner, evaluation,
                                           expression, selection, out, err);
    case BOUND_SUBQUERY: /* these three are the planner's to replace */
    case BOUND_COLUMN:
    case BOUND_AGGREGATE:
    case BOUND_WINDOW:
        break;
    case BOUND_GROUPING:
        return evaluate_grouping(evaluation, expression, selection, out, err);
    case BOUND_SLICE:
        return evaluate_slice(evaluation, expression, selection, out, err);
    case BOUND_LET:
        return evaluate_let(evaluation, expression, selection, out, err);
    case BOUND_SHARED:
        *out = shared_values(evaluation, expression->shared);
        return RC_OK;
    case BOUND_ROW:
        return evaluate_row(evaluation, expression, selection, out, err);
    case BOUND_FIELD:
        return evaluate_field(evaluation, expression, selection, out, err);
    }
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "expression kind %d cannot be evaluated", (int)expression->kind);
}

enum rc evaluate_filter(const struct evaluation *evaluation,
                        const struct bound *condition, struct selection selection,
                        uint16_t *rows_out, size_t *count_out, struct error *err)
{
    struct vector result;
    TRY(evaluate(evaluation, condition, selection, &result, err));
    size_t count = 0;
    for (size_t i = 0; i < selection.count; i++) {
        uint16_t row = selection.rows[i];
        if (result.nulls[row] == 0 && result.values[row].boolean)
            rows_out[count++] = row;
    }
    *count_out = count;
    return RC_OK;
}
