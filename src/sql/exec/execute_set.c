/* Set-returning calls, one row at a time. */
#include "sql/exec/execute_internal.h"

bool set_is_call(const struct bound *expression)
{
    return expression->kind == BOUND_CALL &&
           expression->call.function->kind == FUNCTION_SET;
}

static bool any_null(const struct value *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].null)
            return true;
    }
    return false;
}

void set_run_open(struct set_run *run, const struct evaluation *evaluation,
                  const struct bound *expression, struct value *arguments)
{
    *run = (struct set_run){.arguments = arguments};
    if (!set_is_call(expression))
        return;
    const struct function *function = expression->call.function;
    run->call = (struct call){
        .function = function,
        .arena = evaluation->arena,
        .types = evaluation->types,
        .environment = evaluation->environment,
        .argument_count = expression->argument_count,
        .argument_types = expression->call.argument_types,
        .result_type = expression->type,
    };
    run->function = function->run.set;
    run->has_ended = function->strict && any_null(arguments, expression->argument_count);
    run->state = arena_alloc(evaluation->arena, 1, run->function->state_size,
                             alignof(max_align_t));
}

enum rc set_run_next(struct set_run *run, struct value *value_out, struct error *err)
{
    if (run->has_ended)
        return RC_EOF;
    *value_out = (struct value){0};
    if (run->function == NULL) {
        *value_out = run->arguments[0];
        run->has_ended = true;
        return RC_OK;
    }
    enum rc rc =
        run->function->next(&run->call, run->state, run->arguments, value_out, err);
    run->has_ended = rc != RC_OK;
    return rc;
}
