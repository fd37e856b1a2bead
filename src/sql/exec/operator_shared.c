/* Operators that keep rows for several readings: MATERIALIZE, COMMON, RECURSIVE, WORK. */
#include "sql/exec/execute_internal.h"

/* Copies a batch to the end of a store. */
static void keep(struct row_store *store, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        row_store_add(store, batch->columns, store->column_count, NULL, i);
}

struct materialize {
    struct node node;
    struct row_store rows;
    struct dependencies dependencies;
    size_t at;
    bool is_open;     /* `rows` and `dependencies` are made */
    bool is_complete; /* the input has come to its end */
    bool is_checked;  /* since the last rewind */
};

/* Pulls no more than is read, so that LIMIT above it has its say. */
static enum rc materialize_pull(struct materialize *state, size_t room, struct error *err)
{
    struct batch batch;
    if (state->at < state->rows.count || state->is_complete)
        return RC_OK;
    enum rc rc = operator_next(state->node.inputs[0], room, &batch, err);
    state->is_complete = rc == RC_EOF;
    if (rc == RC_EOF)
        return RC_OK;
    TRY(rc);
    keep(&state->rows, &batch);
    return RC_OK;
}

static enum rc materialize_check(struct materialize *state, struct error *err)
{
    struct node *node = &state->node;
    bool had = state->is_open;
    state->is_checked = true;
    if (!had)
        dependencies_find(node->execution, node->plan, &state->dependencies);
    state->is_open = true;
    if (dependencies_hold(node->execution, &state->dependencies))
        return RC_OK;
    if (had)
        TRY(operator_rewind(node->inputs[0], err));
    arena_reset(node->arena);
    row_store_init(&state->rows, node->arena, node->plan->types,
                   node->plan->column_count);
    dependencies_take(node->execution, &state->dependencies, node->arena);
    state->is_complete = false;
    return RC_OK;
}

static enum rc materialize_next(struct node *node, size_t room, struct batch *batch_out,
                                struct error *err)
{
    struct materialize *state = (struct materialize *)node;
    if (!state->is_checked)
        TRY(materialize_check(state, err));
    TRY(materialize_pull(state, room, err));
    return operator_give(node, &state->rows, &state->at, room, batch_out, err);
}

static enum rc materialize_rewind(struct node *node, struct error *err)
{
    (void)err;
    struct materialize *state = (struct materialize *)node;
    state->at = 0;
    state->is_checked = false;
    return RC_OK;
}

const struct operator_class operator_materialize = {.size = sizeof(struct materialize),
                                                    .next = materialize_next,
                                                    .rewind = materialize_rewind};

struct common_reader {
    struct node node;
    size_t at;
    bool is_checked;
};

/* Opens the shared query, or runs it again when what it reads outside has changed. */
static enum rc common_check(struct execution *execution, uint32_t number,
                            struct error *err)
{
    struct common *common = &execution->commons[number];
    const struct plan *plan = execution->plan->commons[number];
    if (common->is_open && dependencies_hold(execution, &common->dependencies))
        return RC_OK;
    if (common->is_open) {
        TRY(operator_rewind(common->producer, err));
    } else {
        common->arena = arena_new("common", execution->arena);
        dependencies_find(execution, plan, &common->dependencies);
        TRY(operator_make(execution, plan, &common->producer, err));
    }
    common->is_open = true;
    common->is_complete = false;
    arena_reset(common->arena);
    row_store_init(&common->rows, common->arena, plan->types, plan->column_count);
    dependencies_take(execution, &common->dependencies, common->arena);
    return RC_OK;
}

static enum rc common_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct common_reader *state = (struct common_reader *)node;
    struct common *common = &node->execution->commons[node->plan->common.number];
    if (!state->is_checked)
        TRY(common_check(node->execution, node->plan->common.number, err));
    state->is_checked = true;
    if (state->at == common->rows.count && !common->is_complete) {
        struct batch batch;
        enum rc rc = operator_next(common->producer, room, &batch, err);
        if (rc != RC_EOF)
            TRY(rc);
        common->is_complete = rc == RC_EOF;
        keep(&common->rows, &batch);
    }
    return operator_give(node, &common->rows, &state->at, room, batch_out, err);
}

const struct operator_class operator_common = {.size = sizeof(struct common_reader),
                                               .next = common_next};

/* A statement that changes rows is run to its end, whoever reads what it gives. */
static enum rc common_finish_one(struct execution *execution, uint32_t number,
                                 struct error *err)
{
    struct common *common = &execution->commons[number];
    struct batch batch;
    if (!common->is_open)
        TRY(common_check(execution, number, err));
    while (!common->is_complete) {
        enum rc rc = operator_next(common->producer, VECTOR_ROWS_MAX, &batch, err);
        if (rc != RC_EOF)
            TRY(rc);
        common->is_complete = rc == RC_EOF;
    }
    return RC_OK;
}

enum rc commons_finish(struct execution *execution, struct error *err)
{
    const struct plan_statement *plan = execution->plan;
    for (uint32_t i = 0; i < plan->common_count; i++) {
        if (plan->must_finish != NULL && plan->must_finish[i])
            TRY(common_finish_one(execution, i, err));
    }
    return RC_EOF;
}

struct recursive {
    struct node node;
    struct row_store rounds[2]; /* that of the round before, and the one being made */
    struct arena *arenas[2];
    size_t current;         /* which of them is being made */
    struct row_store seen;  /* UNION: every row so far */
    struct row_table table; /* over it */
    bool is_started;
    bool is_repeating;
};

static void round_begin(struct recursive *state, size_t which)
{
    const struct plan *plan = state->node.plan;
    state->current = which;
    arena_reset(state->arenas[which]);
    row_store_init(&state->rounds[which], state->arenas[which], plan->types,
                   plan->column_count);
}

static enum rc recursive_start(struct recursive *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    state->is_started = true;
    for (size_t i = 0; i < 2; i++)
        state->arenas[i] = arena_new("round", node->arena);
    round_begin(state, 0);
    row_store_init(&state->seen, node->arena, plan->types, plan->column_count);
    if (plan->recursive.is_all)
        return RC_OK;
    return row_table_init(&state->table, &state->seen, 0, plan->column_count, err);
}

/* The rows made become those that WORK reads; RC_EOF when there are none. */
static enum rc round_end(struct recursive *state, struct error *err)
{
    struct node *node = &state->node;
    struct execution *execution = node->execution;
    uint32_t number = node->plan->recursive.number;
    struct row_store *made = &state->rounds[state->current];
    if (made->count == 0)
        return RC_EOF;
    execution->works[number] = made;
    execution->places[execution->plan->outer_count + number] =
        (struct value){.datum.int64 = ++execution->rounds};
    round_begin(state, 1 - state->current);
    if (state->is_repeating)
        return operator_rewind(node->inputs[1], err);
    state->is_repeating = true;
    return RC_OK;
}

/* Leaves out what UNION has seen; true when any row remains. */
static bool recursive_distinct(struct recursive *state, struct batch *batch)
{
    struct node *node = &state->node;
    uint16_t *rows = ARENA_ARRAY(node->batch_arena, uint16_t, batch->count);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        size_t found = 0;
        if (row_table_put(&state->table, batch->columns, i, &found))
            rows[count++] = (uint16_t)i;
    }
    if (count != batch->count)
        batch->columns = batch_take(node->batch_arena, batch->columns,
                                    node->plan->column_count, rows, count);
    batch->count = count;
    return count != 0;
}

static enum rc recursive_next(struct node *node, size_t room, struct batch *batch_out,
                              struct error *err)
{
    struct recursive *state = (struct recursive *)node;
    if (!state->is_started)
        TRY(recursive_start(state, err));
    for (;;) {
        enum rc rc = operator_next(node->inputs[state->is_repeating ? 1 : 0], room,
                                   batch_out, err);
        if (rc == RC_EOF) {
            TRY(round_end(state, err));
            continue;
        }
        TRY(rc);
        arena_reset(node->batch_arena);
        if (!node->plan->recursive.is_all && !recursive_distinct(state, batch_out))
            continue;
        keep(&state->rounds[state->current], batch_out);
        return RC_OK;
    }
}

const struct operator_class operator_recursive = {.size = sizeof(struct recursive),
                                                  .next = recursive_next};

struct work {
    struct node node;
    size_t at;
};

static enum rc work_next(struct node *node, size_t room, struct batch *batch_out,
                         struct error *err)
{
    struct work *state = (struct work *)node;
    const struct row_store *rows = node->execution->works[node->plan->recursive.number];
    return operator_give(node, rows, &state->at, room, batch_out, err);
}

const struct operator_class operator_work = {.size = sizeof(struct work),
                                             .next = work_next};
