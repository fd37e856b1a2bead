/* Operators without inputs: one row, no row, VALUES, functions in FROM. */
#include "sql/exec/execute_internal.h"
#include "sql/types/record.h"

struct one_row {
    struct node node;
    bool is_given;
};

static enum rc one_row_next(struct node *node, size_t room, struct batch *batch_out,
                            struct error *err)
{
    (void)room;
    (void)err;
    struct one_row *state = (struct one_row *)node;
    if (state->is_given)
        return RC_EOF;
    state->is_given = true;
    batch_out->count = 1;
    return RC_OK;
}

const struct operator_class operator_one_row = {.size = sizeof(struct one_row),
                                                .next = one_row_next};

static enum rc empty_next(struct node *node, size_t room, struct batch *batch_out,
                          struct error *err)
{
    (void)node;
    (void)room;
    (void)batch_out;
    (void)err;
    return RC_EOF;
}

const struct operator_class operator_empty = {.size = sizeof(struct node),
                                              .next = empty_next};

struct values {
    struct node node;
    size_t at;
};

static enum rc values_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct values *state = (struct values *)node;
    const struct plan *plan = node->plan;
    size_t count = plan->values.row_count - state->at;
    if (count == 0)
        return RC_EOF;
    if (count > room)
        count = room;
    batch_out->columns =
        batch_columns(node->batch_arena, plan->types, plan->column_count, count);
    for (size_t row = 0; row < count; row++) {
        const struct bound **expressions = plan->values.rows[state->at + row];
        for (size_t i = 0; i < plan->column_count; i++) {
            struct value value = {0};
            TRY(evaluate_value(node->execution, node->batch_arena, expressions[i], &value,
                               err));
            vector_set(&batch_out->columns[i], row, value);
        }
    }
    batch_out->count = count;
    state->at += count;
    return RC_OK;
}

const struct operator_class operator_values = {.size = sizeof(struct values),
                                               .next = values_next};

struct function_scan {
    struct node node;
    struct set_run *runs; /* NULL until the arguments are known */
    int64_t ordinal;
};

static enum rc function_start(struct function_scan *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct set_run *runs =
        ARENA_ARRAY(node->arena, struct set_run, plan->function.call_count);
    for (size_t i = 0; i < plan->function.call_count; i++) {
        const struct bound *call = plan->function.calls[i];
        bool is_set = set_is_call(call);
        size_t count = is_set ? call->argument_count : 1;
        struct value *arguments = ARENA_ARRAY(node->arena, struct value, count);
        for (size_t at = 0; at < count; at++)
            TRY(evaluate_value(node->execution, node->arena,
                               is_set ? call->arguments[at] : call, &arguments[at], err));
        /* The types it points to must live as long as the run. */
        struct evaluator *evaluator = ARENA_NEW(node->arena, struct evaluator);
        evaluator_init(evaluator, node->execution, node->arena, NULL);
        set_run_open(&runs[i], &evaluator->evaluation, call, arguments);
    }
    state->runs = runs;
    return RC_OK;
}

/* A record's fields, or as many NULLs. */
static void set_fields(struct vector *columns, size_t width, size_t row,
                       struct value value)
{
    struct record record = {0};
    const struct type *type = NULL;
    if (!value.null)
        record = record_open(value.datum.bytes);
    for (size_t i = 0; i < width; i++) {
        struct value field = {.null = true};
        if (!record_next(&record, &type, &field))
            field.null = true;
        vector_set(&columns[i], row, field);
    }
}

/* One row; RC_EOF when every call has ended. */
static enum rc function_row(struct function_scan *state, struct vector *columns,
                            size_t row, struct error *err)
{
    const struct plan *plan = state->node.plan;
    bool any = false;
    size_t column = 0;
    for (size_t i = 0; i < plan->function.call_count; i++) {
        struct value value = {.null = true};
        enum rc rc = set_run_next(&state->runs[i], &value, err);
        if (rc != RC_EOF)
            TRY(rc);
        any = any || rc == RC_OK;
        if (rc != RC_OK)
            value.null = true;
        size_t width = plan->function.widths == NULL ? 1 : plan->function.widths[i];
        if (plan->function.calls[i]->type->oid == TYPE_RECORD)
            set_fields(&columns[column], width, row, value);
        else
            vector_set(&columns[column], row, value);
        column += width;
    }
    if (!any)
        return RC_EOF;
    if (plan->function.with_ordinality)
        vector_set(&columns[column], row,
                   (struct value){.datum.int64 = ++state->ordinal});
    return RC_OK;
}

static enum rc function_next(struct node *node, size_t room, struct batch *batch_out,
                             struct error *err)
{
    struct function_scan *state = (struct function_scan *)node;
    const struct plan *plan = node->plan;
    if (state->runs == NULL)
        TRY(function_start(state, err));
    batch_out->columns =
        batch_columns(node->batch_arena, plan->types, plan->column_count, room);
    while (batch_out->count < room) {
        enum rc rc = function_row(state, batch_out->columns, batch_out->count, err);
        if (rc == RC_EOF)
            break;
        TRY(rc);
        batch_out->count++;
    }
    return batch_out->count == 0 ? RC_EOF : RC_OK;
}

const struct operator_class operator_function = {.size = sizeof(struct function_scan),
                                                 .next = function_next};
