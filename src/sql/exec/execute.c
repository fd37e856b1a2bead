/* An execution: the tree of operators, its limits, and what they share. */
#include "sql/exec/execute.h"

#include "base/assert.h"
#include "base/clock.h"
#include "sql/exec/execute_internal.h"
#include "store/transaction.h"

static const struct operator_class *const classes[PLAN_KIND_COUNT] = {
    [PLAN_ONE_ROW] = &operator_one_row,
    [PLAN_EMPTY] = &operator_empty,
    [PLAN_SYSTEM] = &operator_system,
    [PLAN_TABLE] = &operator_table,
    [PLAN_INDEX] = &operator_index,
    [PLAN_MODIFY] = &operator_modify,
    [PLAN_LOCK] = &operator_lock,
    [PLAN_VALUES] = &operator_values,
    [PLAN_FUNCTION] = &operator_function,
    [PLAN_FILTER] = &operator_filter,
    [PLAN_PROJECT] = &operator_project,
    [PLAN_PROJECT_SET] = &operator_project_set,
    [PLAN_HASH_JOIN] = &operator_hash_join,
    [PLAN_NESTED_JOIN] = &operator_nested_join,
    [PLAN_AGGREGATE] = &operator_aggregate,
    [PLAN_WINDOW] = &operator_window,
    [PLAN_SORT] = &operator_sort,
    [PLAN_DISTINCT] = &operator_distinct,
    [PLAN_DISTINCT_ON] = &operator_distinct_on,
    [PLAN_LIMIT] = &operator_limit,
    [PLAN_APPEND] = &operator_append,
    [PLAN_INTERSECT] = &operator_intersect,
    [PLAN_EXCEPT] = &operator_except,
    [PLAN_MATERIALIZE] = &operator_materialize,
    [PLAN_COMMON] = &operator_common,
    [PLAN_RECURSIVE] = &operator_recursive,
    [PLAN_WORK] = &operator_work,
};

/* 0 .. VECTOR_ROWS_MAX-1 */
#define ROWS_4(n)   (n), (n) + 1, (n) + 2, (n) + 3
#define ROWS_16(n)  ROWS_4(n), ROWS_4((n) + 4), ROWS_4((n) + 8), ROWS_4((n) + 12)
#define ROWS_64(n)  ROWS_16(n), ROWS_16((n) + 16), ROWS_16((n) + 32), ROWS_16((n) + 48)
#define ROWS_256(n) ROWS_64(n), ROWS_64((n) + 64), ROWS_64((n) + 128), ROWS_64((n) + 192)

static const uint16_t every_row[VECTOR_ROWS_MAX] = {ROWS_256(0), ROWS_256(256),
                                                    ROWS_256(512), ROWS_256(768)};

struct selection selection_all(size_t count)
{
    return (struct selection){every_row, count};
}

void execution_set_deadline(struct execution *execution, int64_t until_us)
{
    execution->until_us = until_us;
}

bool execution_was_interrupted(const struct execution *execution)
{
    return execution->is_interrupted;
}

/* The clock is read at every eighth check only. */
static bool is_past_deadline(struct execution *execution)
{
    if (execution->until_us == 0 || (++execution->check_count & 7) != 0)
        return false;
    execution->is_interrupted = clock_monotonic_us() > execution->until_us;
    return execution->is_interrupted;
}

enum rc execution_check_cancelled(const struct execution_settings *settings,
                                  struct error *err)
{
    int state = settings->cancelled == NULL
                    ? 0
                    : atomic_load_explicit(settings->cancelled, memory_order_relaxed);
    if (state == 0)
        return RC_OK;
    return error_set(err, (enum sqlstate)state, "%s",
                     settings->cancel_message == NULL
                         ? "canceling statement due to user request"
                         : settings->cancel_message(state));
}

enum rc execution_check(struct execution *execution, struct error *err)
{
    TRY(execution_check_cancelled(&execution->settings, err));
    if (is_past_deadline(execution))
        return error_set(err, SQLSTATE_QUERY_CANCELED, "the execution was interrupted");
    if (!arena_over_limit(execution->arena))
        return RC_OK;
    error_set(err, SQLSTATE_OUT_OF_MEMORY, "out of memory");
    return error_detail(err, "The statement needs more than its limit of %zu bytes.",
                        execution->settings.memory_limit);
}

static enum rc check(void *owner, struct error *err)
{
    return execution_check(owner, err);
}

void evaluator_init(struct evaluator *evaluator, struct execution *execution,
                    struct arena *arena, const struct vector *columns)
{
    evaluator->types = *execution->settings.types;
    evaluator->types.arena = arena;
    evaluator->evaluation = (struct evaluation){
        .arena = arena,
        .types = &evaluator->types,
        .environment = execution->settings.environment,
        .columns = columns,
        .parameters = execution->settings.parameters,
        .outer = execution->places,
        .runner = &execution->runner,
    };
}

enum rc evaluate_all(const struct evaluator *evaluator, const struct bound *const *items,
                     size_t item_count, size_t row_count, struct vector **out,
                     struct error *err)
{
    *out = ARENA_ARRAY(evaluator->evaluation.arena, struct vector, item_count);
    for (size_t i = 0; i < item_count; i++)
        TRY(evaluate(&evaluator->evaluation, items[i], selection_all(row_count),
                     &(*out)[i], err));
    return RC_OK;
}

enum rc evaluate_value(struct execution *execution, struct arena *arena,
                       const struct bound *expression, struct value *value_out,
                       struct error *err)
{
    if (expression->kind == BOUND_CONSTANT) {
        *value_out = expression->constant;
        return RC_OK;
    }
    struct evaluator evaluator;
    struct vector column;
    evaluator_init(&evaluator, execution, arena, NULL);
    TRY(evaluate(&evaluator.evaluation, expression, selection_all(1), &column, err));
    *value_out = vector_value(&column, 0);
    return RC_OK;
}

void bindings_set(struct execution *execution, const struct plan_bindings *bindings,
                  const struct vector *values, size_t row)
{
    for (size_t i = 0; i < bindings->count; i++)
        execution->places[bindings->items[i].outer] = vector_value(&values[i], row);
}

enum rc bindings_evaluate(const struct evaluation *evaluation,
                          const struct plan_bindings *bindings,
                          struct selection selection, struct vector **out,
                          struct error *err)
{
    *out = ARENA_ARRAY(evaluation->arena, struct vector, bindings->count);
    for (size_t i = 0; i < bindings->count; i++)
        TRY(evaluate(evaluation, bindings->items[i].expression, selection, &(*out)[i],
                     err));
    return RC_OK;
}

enum rc operator_make(struct execution *execution, const struct plan *plan,
                      struct node **node_out, struct error *err)
{
    const struct operator_class *class = classes[plan->kind];
    struct node *node =
        arena_alloc(execution->arena, 1, class->size, alignof(max_align_t));
    node->class = class;
    node->plan = plan;
    node->execution = execution;
    node->inputs = ARENA_ARRAY(execution->arena, struct node *, plan->input_count);
    node->arena = arena_new("operator", execution->arena);
    node->batch_arena = arena_new("batch", execution->arena);
    for (size_t i = 0; i < plan->input_count; i++)
        TRY(operator_make(execution, plan->inputs[i], &node->inputs[i], err));
    *node_out = node;
    return class->open == NULL ? RC_OK : class->open(node, err);
}

enum rc operator_next(struct node *node, size_t room, struct batch *batch_out,
                      struct error *err)
{
    ASSERT(room >= 1 && room <= VECTOR_ROWS_MAX);
    *batch_out = (struct batch){0};
    if (node->has_ended)
        return RC_EOF;
    TRY(execution_check(node->execution, err));
    arena_reset(node->batch_arena);
    enum rc rc = node->class->next(node, room, batch_out, err);
    node->has_ended = rc == RC_EOF;
    return rc;
}

enum rc operator_forget(struct node *node, struct error *err)
{
    arena_reset(node->arena);
    arena_reset(node->batch_arena);
    memset(node + 1, 0, node->class->size - sizeof(*node));
    for (size_t i = 0; i < node->plan->input_count; i++)
        TRY(operator_rewind(node->inputs[i], err));
    return node->class->open == NULL ? RC_OK : node->class->open(node, err);
}

void operator_bound(struct node *node, uint64_t rows)
{
    while (node->plan->kind == PLAN_PROJECT) /* gives a row for each that it takes */
        node = node->inputs[0];
    node->bound = rows;
}

enum rc operator_rewind(struct node *node, struct error *err)
{
    node->has_ended = false;
    return node->class->rewind == NULL ? operator_forget(node, err)
                                       : node->class->rewind(node, err);
}

enum rc operator_load(struct node *node, struct row_store *store, struct error *err)
{
    struct batch batch;
    for (;;) {
        enum rc rc = operator_next(node, VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            return RC_OK;
        TRY(rc);
        for (size_t i = 0; i < batch.count; i++)
            row_store_add(store, batch.columns, store->column_count, NULL, i);
    }
}

enum rc operator_give(struct node *node, const struct row_store *store, size_t *at,
                      size_t room, struct batch *batch_out, struct error *err)
{
    (void)err;
    size_t left = store->count - *at;
    if (left == 0)
        return RC_EOF;
    batch_out->count = left < room ? left : room;
    batch_out->columns = row_store_gather(store, node->batch_arena, store->rows + *at,
                                          batch_out->count, node->plan->column_count);
    *at += batch_out->count;
    return RC_OK;
}

static struct execution *execution_new(const struct execution_settings *settings)
{
    struct arena *arena = arena_new("execution", NULL);
    struct execution *execution = ARENA_NEW(arena, struct execution);
    execution->arena = arena;
    execution->settings = *settings;
    execution->runner = (struct evaluation_runner){
        .owner = execution, .subplan = subplan_evaluate, .check = check};
    arena_set_limit(arena, settings->memory_limit);
    return execution;
}

enum rc execution_open(const struct execution_settings *settings,
                       const struct plan_statement *plan,
                       struct execution **execution_out, struct error *err)
{
    struct execution *execution = execution_new(settings);
    execution->plan = plan;
    if (settings->transaction != NULL)
        execution->serial = store_transaction_serial(settings->transaction);
    execution->places = ARENA_ARRAY(execution->arena, struct value,
                                    plan->outer_count + plan->recursive_count);
    execution->works =
        ARENA_ARRAY(execution->arena, const struct row_store *, plan->recursive_count);
    execution->commons = ARENA_ARRAY(execution->arena, struct common, plan->common_count);
    enum rc rc = operator_make(execution, plan->root, &execution->root, err);
    if (rc != RC_OK)
        execution_close(&execution);
    *execution_out = execution;
    return rc;
}

enum rc execution_next(struct execution *execution, struct batch *batch_out,
                       struct error *err)
{
    if (execution->has_failed)
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "the statement has already failed");
    enum rc rc = operator_next(execution->root, VECTOR_ROWS_MAX, batch_out, err);
    if (rc == RC_EOF)
        rc = commons_finish(execution, err);
    execution->has_failed = rc != RC_OK && rc != RC_EOF;
    return rc;
}

void execution_close(struct execution **execution_ref)
{
    struct execution *execution = *execution_ref;
    *execution_ref = NULL;
    if (execution == NULL)
        return;
    struct arena *arena = execution->arena; /* holds the execution itself */
    arena_free(&arena);
}

enum rc execution_value(const struct execution_settings *settings, struct arena *arena,
                        const struct bound *expression, struct value *value_out,
                        struct error *err)
{
    struct execution *execution = execution_new(settings);
    enum rc rc = execution_check(execution, err);
    if (rc == RC_OK)
        rc = evaluate_value(execution, execution->arena, expression, value_out, err);
    if (rc == RC_OK)
        rc = execution_check(execution, err);
    if (rc == RC_OK && !value_out->null)
        value_out->datum = type_copy(arena, expression->type, value_out->datum);
    execution_close(&execution);
    return rc;
}
