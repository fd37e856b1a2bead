/* AGGREGATE: groups in a hash table, in the order in which they were first seen. */
#include "sql/exec/execute_internal.h"

/* One aggregate call. With DISTINCT or ORDER BY the arguments are collected first: rows
 * of the group's number (int8) and the arguments. */
struct aggregation {
    const struct bound *bound;
    const struct aggregate *aggregate;
    struct call call;
    size_t state_at; /* offset in a group's block of states */
    bool is_collected;
    struct row_store rows;
    struct row_table seen; /* DISTINCT */
};

struct aggregate_scan {
    struct node node;
    struct evaluator evaluator; /* of the calls: what lives until the rewind */
    struct aggregation *calls;
    size_t state_size; /* of all calls of one group */
    struct row_store groups;
    struct row_table table;
    uint8_t **states; /* by group */
    size_t state_room;
    size_t at;
    bool is_done;
};

/* Arguments that the function takes; those behind them are there to sort by. */
static size_t taken_count(const struct bound *bound)
{
    const struct function *function = bound->aggregate.function;
    return function->variadic != 0 || bound->argument_count < function->argument_count
               ? bound->argument_count
               : function->argument_count;
}

static enum rc collect_begin(struct aggregate_scan *state,
                             struct aggregation *aggregation, struct error *err)
{
    struct arena *arena = state->node.arena;
    const struct bound *bound = aggregation->bound;
    size_t count = bound->argument_count + 1;
    const struct type **types = ARENA_ARRAY(arena, const struct type *, count);
    types[0] = type_find_oid(TYPE_INT8);
    for (size_t i = 1; i < count; i++)
        types[i] = bound->arguments[i - 1]->type;
    row_store_init(&aggregation->rows, arena, types, count);
    if (!bound->aggregate.distinct)
        return RC_OK;
    return row_table_init(&aggregation->seen, &aggregation->rows, 0, count, err);
}

static enum rc call_begin(struct aggregate_scan *state, const struct bound *bound,
                          struct aggregation *aggregation, struct error *err)
{
    const struct evaluation *evaluation = &state->evaluator.evaluation;
    *aggregation = (struct aggregation){
        .bound = bound,
        .aggregate = bound->aggregate.function->run.aggregate,
        .call = {.function = bound->aggregate.function,
                 .arena = evaluation->arena,
                 .types = evaluation->types,
                 .environment = evaluation->environment,
                 .argument_count = taken_count(bound),
                 .argument_types = bound->aggregate.argument_types,
                 .result_type = bound->type},
        .state_at = state->state_size,
        .is_collected = bound->aggregate.distinct || bound->aggregate.order_count != 0,
    };
    size_t align = alignof(max_align_t);
    state->state_size += (aggregation->aggregate->state_size + align - 1) / align * align;
    return aggregation->is_collected ? collect_begin(state, aggregation, err) : RC_OK;
}

/* Gives a new group its states. */
static void group_begin(struct aggregate_scan *state, size_t group)
{
    struct arena *arena = state->node.arena;
    if (group == state->state_room) {
        size_t room = state->state_room == 0 ? 16 : state->state_room * 2;
        uint8_t **states = ARENA_ARRAY(arena, uint8_t *, room);
        if (group != 0)
            memcpy(states, state->states, group * sizeof(*states));
        state->states = states;
        state->state_room = room;
    }
    state->states[group] = arena_alloc(arena, state->state_size, 1, alignof(max_align_t));
}

/* The columns that tell groups apart: with grouping sets the last is the set's number. */
static size_t key_count_of(const struct plan *plan)
{
    return plan->aggregate.group_count + (plan->aggregate.set_count != 0 ? 1 : 0);
}

/* The keys of rows in one grouping set: what is not in it is NULL. */
static struct vector *keys_of_set(const struct aggregate_scan *state,
                                  const struct vector *groups, size_t set, size_t count)
{
    const struct plan *plan = state->node.plan;
    struct arena *arena = state->node.batch_arena;
    size_t group_count = plan->aggregate.group_count;
    struct vector *keys = batch_columns(arena, plan->types, group_count + 1, count);
    for (size_t i = 0; i < group_count; i++)
        memset(keys[i].nulls, 1, count);
    for (size_t i = 0; i < plan->aggregate.sets[set].count && groups != NULL; i++)
        keys[plan->aggregate.sets[set].groups[i]] =
            groups[plan->aggregate.sets[set].groups[i]];
    for (size_t row = 0; row < count; row++)
        keys[group_count].values[row].int32 = (int32_t)set;
    return keys;
}

/* The set of no groups has its one row also when there is no other. */
static void empty_set_begin(struct aggregate_scan *state, size_t set)
{
    size_t group = 0;
    if (row_table_put(&state->table, keys_of_set(state, NULL, set, 1), 0, &group))
        group_begin(state, group);
}

static enum rc aggregate_begin(struct aggregate_scan *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    evaluator_init(&state->evaluator, node->execution, node->arena, NULL);
    state->calls =
        ARENA_ARRAY(node->arena, struct aggregation, plan->aggregate.call_count);
    for (size_t i = 0; i < plan->aggregate.call_count; i++)
        TRY(call_begin(state, plan->aggregate.calls[i], &state->calls[i], err));
    size_t key_count = key_count_of(plan);
    row_store_init(&state->groups, node->arena, plan->types, key_count);
    TRY(row_table_init(&state->table, &state->groups, 0, key_count, err));
    if (key_count == 0) {
        row_store_new(&state->groups);
        group_begin(state, 0);
    }
    for (size_t i = 0; i < plan->aggregate.set_count; i++) {
        if (plan->aggregate.sets[i].count == 0)
            empty_set_begin(state, i);
    }
    return RC_OK;
}

static void number_groups(struct aggregate_scan *state, const struct vector *keys,
                          size_t count, size_t *groups)
{
    for (size_t i = 0; i < count; i++) {
        if (row_table_put(&state->table, keys, i, &groups[i]))
            group_begin(state, groups[i]);
    }
}

/* The number of each row's group; with grouping sets, of each row in each set. */
static enum rc find_groups(struct aggregate_scan *state, struct evaluator *evaluator,
                           size_t count, size_t *groups, struct error *err)
{
    const struct plan *plan = state->node.plan;
    struct vector *keys = NULL;
    size_t set_count = plan->aggregate.set_count;
    if (key_count_of(plan) == 0)
        return RC_OK; /* all are group 0 */
    TRY(evaluate_all(evaluator, plan->aggregate.groups, plan->aggregate.group_count,
                     count, &keys, err));
    if (set_count == 0)
        number_groups(state, keys, count, groups);
    for (size_t i = 0; i < set_count; i++)
        number_groups(state, keys_of_set(state, keys, i, count), count,
                      groups + i * count);
    return RC_OK;
}

static bool is_skipped(const struct aggregation *aggregation, const struct value *values)
{
    for (size_t i = 0;
         aggregation->call.function->strict && i < aggregation->call.argument_count;
         i++) {
        if (values[i].null)
            return true;
    }
    return false;
}

static enum rc step(struct aggregate_scan *state, struct aggregation *aggregation,
                    size_t group, const struct value *values, struct error *err)
{
    return aggregation->aggregate->step(
        &aggregation->call, state->states[group] + aggregation->state_at, values, err);
}

/* A row of the collected arguments, unless DISTINCT has it already. */
static void collect(struct aggregation *aggregation, size_t group,
                    const struct vector *arguments, size_t row)
{
    size_t count = aggregation->rows.column_count;
    union datum number = {.int64 = (int64_t)group};
    uint8_t null = 0;
    union datum *made = NULL;
    if (!aggregation->bound->aggregate.distinct) {
        made = row_store_new(&aggregation->rows);
    } else {
        struct vector keys[FUNCTION_ARGUMENTS_MAX + 1];
        uint64_t hash = 0;
        keys[0] = (struct vector){aggregation->rows.types[0], &number, &null};
        for (size_t i = 1; i < count; i++)
            keys[i] =
                (struct vector){arguments[i - 1].type, &arguments[i - 1].values[row],
                                &arguments[i - 1].nulls[row]};
        hash = row_hash(keys, count, 0);
        if (row_table_find(&aggregation->seen, hash, keys, 0) != ROW_NONE)
            return;
        row_store_add(&aggregation->rows, keys, count, NULL, 0);
        row_table_add(&aggregation->seen, hash, aggregation->rows.count - 1);
        return;
    }
    made[0] = number;
    for (size_t i = 1; i < count; i++)
        row_store_set(&aggregation->rows, made, i, vector_value(&arguments[i - 1], row));
}

static enum rc call_batch(struct aggregate_scan *state, struct aggregation *aggregation,
                          struct evaluator *evaluator, size_t count, const size_t *groups,
                          struct error *err)
{
    const struct bound *bound = aggregation->bound;
    const struct evaluation *evaluation = &evaluator->evaluation;
    struct selection selection = selection_all(count);
    if (bound->aggregate.filter != NULL) {
        uint16_t *rows = ARENA_ARRAY(evaluation->arena, uint16_t, count);
        TRY(evaluate_filter(evaluation, bound->aggregate.filter, selection, rows,
                            &selection.count, err));
        selection.rows = rows;
    }
    struct vector *arguments =
        ARENA_ARRAY(evaluation->arena, struct vector, bound->argument_count);
    struct value *values =
        ARENA_ARRAY(evaluation->arena, struct value, bound->argument_count);
    for (size_t i = 0; i < bound->argument_count; i++)
        TRY(evaluate(evaluation, bound->arguments[i], selection, &arguments[i], err));
    size_t sets = state->node.plan->aggregate.set_count;
    size_t places = (sets == 0 ? 1 : sets) * count; /* of `groups` */
    for (size_t i = 0; i < selection.count; i++) {
        size_t row = selection.rows[i];
        for (size_t at = 0; at < aggregation->call.argument_count; at++)
            values[at] = vector_value(&arguments[at], row);
        if (is_skipped(aggregation, values))
            continue;
        for (size_t place = row; place < places; place += count) {
            if (aggregation->is_collected)
                collect(aggregation, groups[place], arguments, row);
            else
                TRY(step(state, aggregation, groups[place], values, err));
        }
    }
    return RC_OK;
}

/* The order of collected rows: group, ORDER BY, and for DISTINCT all other arguments, as
 * PostgreSQL sorts them. */
static struct row_order collected_order(const struct aggregate_scan *state,
                                        const struct aggregation *aggregation)
{
    const struct bound *bound = aggregation->bound;
    size_t room = 1 + bound->aggregate.order_count + bound->argument_count;
    struct plan_sort_key *keys =
        ARENA_ARRAY(state->node.arena, struct plan_sort_key, room);
    size_t count = 1; /* the first is the group */
    for (size_t i = 0; i < bound->aggregate.order_count; i++) {
        const struct bound_sort *sort = &bound->aggregate.order[i];
        keys[count++] = (struct plan_sort_key){sort->target + 1, sort->is_descending,
                                               sort->nulls_first};
    }
    for (uint32_t i = 0; bound->aggregate.distinct && i < bound->argument_count; i++)
        keys[count++] = (struct plan_sort_key){.slot = i + 1};
    return (struct row_order){.store = &aggregation->rows,
                              .keys = keys,
                              .key_count = count,
                              .execution = state->node.execution};
}

/* Hands the collected rows to the function. */
static enum rc call_end(struct aggregate_scan *state, struct aggregation *aggregation,
                        struct error *err)
{
    struct row_store *rows = &aggregation->rows;
    struct row_order order = collected_order(state, aggregation);
    struct value *values =
        ARENA_ARRAY(state->node.arena, struct value, rows->column_count);
    TRY(rows_sort(&order, rows->rows, rows->count, err));
    for (size_t row = 0; row < rows->count; row++) {
        if (row % VECTOR_ROWS_MAX == 0)
            TRY(execution_check(state->node.execution, err));
        for (size_t i = 1; i < rows->column_count; i++)
            values[i - 1] = row_value(rows, row, i);
        TRY(step(state, aggregation, (size_t)rows->rows[row][0].int64, values, err));
    }
    return RC_OK;
}

static enum rc aggregate_all(struct aggregate_scan *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct batch batch;
    TRY(aggregate_begin(state, err));
    for (;;) {
        enum rc rc = operator_next(node->inputs[0], VECTOR_ROWS_MAX, &batch, err);
        if (rc == RC_EOF)
            break;
        TRY(rc);
        struct evaluator evaluator;
        arena_reset(node->batch_arena);
        evaluator_init(&evaluator, node->execution, node->batch_arena, batch.columns);
        size_t sets = plan->aggregate.set_count == 0 ? 1 : plan->aggregate.set_count;
        size_t *groups = ARENA_ARRAY(node->batch_arena, size_t, sets * batch.count);
        TRY(find_groups(state, &evaluator, batch.count, groups, err));
        for (size_t i = 0; i < plan->aggregate.call_count; i++)
            TRY(call_batch(state, &state->calls[i], &evaluator, batch.count, groups,
                           err));
    }
    for (size_t i = 0; i < plan->aggregate.call_count; i++) {
        if (state->calls[i].is_collected)
            TRY(call_end(state, &state->calls[i], err));
    }
    state->is_done = true;
    return RC_OK;
}

static enum rc aggregate_next(struct node *node, size_t room, struct batch *batch_out,
                              struct error *err)
{
    struct aggregate_scan *state = (struct aggregate_scan *)node;
    const struct plan *plan = node->plan;
    size_t group_count = key_count_of(plan);
    if (!state->is_done)
        TRY(aggregate_all(state, err));
    size_t count = state->groups.count - state->at;
    if (count == 0)
        return RC_EOF;
    count = count < room ? count : room;
    arena_reset(node->batch_arena);
    struct vector *columns =
        batch_columns(node->batch_arena, plan->types, plan->column_count, count);
    for (size_t row = 0; row < count; row++) {
        size_t group = state->at + row;
        for (size_t i = 0; i < group_count; i++)
            vector_set(&columns[i], row, row_value(&state->groups, group, i));
        for (size_t i = 0; i < plan->aggregate.call_count; i++) {
            struct aggregation *aggregation = &state->calls[i];
            struct value value = {0};
            TRY(aggregation->aggregate->final(
                &aggregation->call, state->states[group] + aggregation->state_at, &value,
                err));
            vector_set(&columns[group_count + i], row, value);
        }
    }
    state->at += count;
    *batch_out = (struct batch){columns, count};
    return RC_OK;
}

const struct operator_class operator_aggregate = {.size = sizeof(struct aggregate_scan),
                                                  .next = aggregate_next};
