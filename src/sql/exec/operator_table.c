/* TABLE and INDEX: rows of a user's table. LOCK: FOR UPDATE and its kin. */
#include "sql/exec/operator_table.h"

#include <stdlib.h>

#include "sql/exec/heap_internal.h"
#include "sql/types/array.h"

enum { FIRST_ROOM = 8, ROOM_GROWTH = 8 };

enum rc execution_heap(struct execution *execution, const struct table *table,
                       struct heap **heap_out, struct error *err)
{
    struct execution_heap *opened = execution->heaps;
    while (opened != NULL && heap_table(opened->heap) != table)
        opened = opened->next;
    if (opened == NULL) {
        opened = ARENA_NEW(execution->arena, struct execution_heap);
        TRY(heap_open(execution->arena, &execution->settings, table, &opened->heap, err));
        opened->heap->serial = execution->serial;
        opened->next = execution->heaps;
        execution->heaps = opened;
    }
    *heap_out = opened->heap;
    return RC_OK;
}

/* ---- by row id ---- */

struct table_scan_state {
    struct node node;
    struct heap *heap;
    struct heap_scan *scan;
};

static struct heap_wanted wanted_of(const struct plan *plan)
{
    return (struct heap_wanted){plan->table.places, plan->column_count};
}

static enum rc table_next(struct node *node, size_t room, struct batch *batch_out,
                          struct error *err)
{
    struct table_scan_state *state = (struct table_scan_state *)node;
    const struct plan *plan = node->plan;
    if (state->scan == NULL) {
        TRY(execution_heap(node->execution, plan->table.table, &state->heap, err));
        TRY(heap_scan_open(state->heap, node->arena, wanted_of(plan), &state->scan, err));
    }
    batch_out->columns =
        heap_vectors(node->batch_arena, state->heap, wanted_of(plan), room);
    return heap_scan_next(state->scan, batch_out->columns, room, &batch_out->count, err);
}

const struct operator_class operator_table = {.size = sizeof(struct table_scan_state),
                                              .next = table_next};

/* ---- by an index ---- */

struct index_scan_state {
    struct node node;
    struct heap *heap;
    struct heap_scan *scan;
    struct arena *keys_arena; /* of the values looked for */
    struct value *equal;
    struct value lower;
    struct value upper;
    struct value *items; /* of `any`, each once, in order */
    size_t item_count;
    size_t item_at;
    size_t room;     /* rows of the next batch */
    bool is_running; /* the scan has been started since the last rewind */
};

struct item_order {
    const struct type *type;
};

static int compare_items(const void *a, const void *b, void *argument)
{
    const struct item_order *order = argument;
    return type_compare(order->type, ((const struct value *)a)->datum,
                        ((const struct value *)b)->datum);
}

/* The array's items without NULLs, which equal nothing, each once. */
static void take_items(struct index_scan_state *state, struct bytes packed)
{
    struct array array = array_open(packed);
    struct item_order order = {array.element};
    struct value value;
    size_t count = 0;
    size_t kept = 0;
    state->items = ARENA_ARRAY(state->keys_arena, struct value, array.count + 1);
    while (array_next(&array, &value)) {
        if (!value.null)
            state->items[count++] = value;
    }
    if (count > 1)
        qsort_r(state->items, count, sizeof(struct value), compare_items, &order);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || type_compare(order.type, state->items[kept - 1].datum,
                                      state->items[i].datum) != 0)
            state->items[kept++] = state->items[i];
    }
    state->item_count = kept;
}

static enum rc evaluate_keys(struct index_scan_state *state, struct error *err)
{
    const struct plan *plan = state->node.plan;
    struct execution *execution = state->node.execution;
    struct arena *arena = state->keys_arena;
    for (size_t i = 0; i < plan->table.equal_count; i++)
        TRY(evaluate_value(execution, arena, plan->table.equal[i], &state->equal[i],
                           err));
    if (plan->table.lower != NULL)
        TRY(evaluate_value(execution, arena, plan->table.lower, &state->lower, err));
    if (plan->table.upper != NULL)
        TRY(evaluate_value(execution, arena, plan->table.upper, &state->upper, err));
    state->item_count = 0;
    if (plan->table.any == NULL)
        return RC_OK;
    struct value array;
    TRY(evaluate_value(execution, arena, plan->table.any, &array, err));
    if (!array.null)
        take_items(state, array.datum.bytes);
    return RC_OK;
}

/* Begins the next range: the only one, or that of the next item. RC_EOF: there is none.
 */
static enum rc seek(struct index_scan_state *state, struct error *err)
{
    const struct plan *plan = state->node.plan;
    struct heap_range range = {
        .index = plan->table.index,
        .equal = state->equal,
        .equal_count = plan->table.equal_count,
        .lower = plan->table.lower == NULL ? NULL : &state->lower,
        .upper = plan->table.upper == NULL ? NULL : &state->upper,
        .lower_inclusive = plan->table.lower_inclusive,
        .upper_inclusive = plan->table.upper_inclusive,
        .is_backward = plan->table.is_backward,
    };
    if (plan->table.any != NULL) {
        if (state->item_at == state->item_count)
            return RC_EOF;
        state->equal[range.equal_count++] = state->items[state->item_at++];
    } else if (state->item_at++ > 0) {
        return RC_EOF;
    }
    if (state->scan != NULL)
        return heap_index_seek(state->scan, &range, err);
    return heap_index_open(state->heap, state->node.execution->arena, &range,
                           wanted_of(plan), &state->scan, err);
}

static enum rc index_start(struct index_scan_state *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    if (state->heap == NULL) {
        TRY(execution_heap(node->execution, plan->table.table, &state->heap, err));
        state->keys_arena = arena_new("keys", node->execution->arena);
        state->equal = ARENA_ARRAY(node->execution->arena, struct value,
                                   plan->table.equal_count + 1);
    }
    arena_reset(state->keys_arena);
    state->item_at = 0;
    state->room = FIRST_ROOM;
    TRY(evaluate_keys(state, err));
    return seek(state, err);
}

static enum rc index_next(struct node *node, size_t room, struct batch *batch_out,
                          struct error *err)
{
    struct index_scan_state *state = (struct index_scan_state *)node;
    if (!state->is_running) {
        enum rc rc = index_start(state, err);
        if (rc != RC_OK)
            return rc;
        state->is_running = true;
    }
    if (room > state->room)
        room = state->room;
    batch_out->columns =
        heap_vectors(node->batch_arena, state->heap, wanted_of(node->plan), room);
    for (;;) {
        enum rc rc =
            heap_scan_next(state->scan, batch_out->columns, room, &batch_out->count, err);
        if (rc != RC_EOF) {
            size_t next = state->room * ROOM_GROWTH;
            state->room = next > VECTOR_ROWS_MAX ? VECTOR_ROWS_MAX : next;
            return rc;
        }
        TRY(seek(state, err));
    }
}

static enum rc index_rewind(struct node *node, struct error *err)
{
    struct index_scan_state *state = (struct index_scan_state *)node;
    (void)err;
    state->is_running = false;
    return RC_OK;
}

const struct operator_class operator_index = {
    .size = sizeof(struct index_scan_state), .next = index_next, .rewind = index_rewind};

/* ---- locks ---- */

/* Whether the row is locked; false: it is skipped. */
static enum rc lock_row(struct node *node, const struct plan_lock *lock,
                        struct value row_id, bool *locked_out, struct error *err)
{
    static const enum store_lock_wait waits[] = {[BOUND_LOCK_WAIT] = STORE_LOCK_WAIT,
                                                 [BOUND_LOCK_SKIP] = STORE_LOCK_SKIP,
                                                 [BOUND_LOCK_NOWAIT] = STORE_LOCK_NOWAIT};
    struct heap *heap = NULL;
    if (row_id.null) /* of the other side of an outer join */
        return RC_OK;
    TRY(execution_heap(node->execution, lock->table, &heap, err));
    enum rc rc = heap_lock_row(heap, (uint64_t)row_id.datum.int64,
                               lock->strength <= BOUND_LOCK_SHARE ? STORE_LOCK_SHARED
                                                                  : STORE_LOCK_EXCLUSIVE,
                               waits[lock->wait], err);
    if (rc != RC_NOTFOUND)
        return rc;
    *locked_out = false;
    return RC_OK;
}

static enum rc lock_next(struct node *node, size_t room, struct batch *batch_out,
                         struct error *err)
{
    const struct plan *plan = node->plan;
    struct batch batch;
    for (;;) {
        TRY(operator_next(node->inputs[0], room, &batch, err));
        uint16_t *kept = ARENA_ARRAY(node->batch_arena, uint16_t, batch.count);
        batch_out->count = 0;
        for (uint16_t row = 0; row < batch.count; row++) {
            bool is_locked = true;
            for (size_t i = 0; i < plan->lock.count && is_locked; i++)
                TRY(lock_row(node, &plan->lock.items[i],
                             vector_value(&batch.columns[plan->lock.items[i].slot], row),
                             &is_locked, err));
            if (is_locked)
                kept[batch_out->count++] = row;
        }
        if (batch_out->count == 0)
            continue;
        batch_out->columns = batch_take(node->batch_arena, batch.columns,
                                        plan->column_count, kept, batch_out->count);
        return RC_OK;
    }
}

const struct operator_class operator_lock = {.size = sizeof(struct node),
                                             .next = lock_next};
