/* Windows: a sort for each order of partitions, then the calls over it. */
#include "sql/plan/build.h"

struct windowing {
    struct planner *planner;
    struct block *block;
    struct border *border;
    struct built *built;
    struct plan_sort_key *keys;
    const struct plan_sort_key *sorted; /* what the rows are sorted by already */
    size_t sorted_count;
};

/* Puts an expression into a slot of the rows, unless it is one. */
static enum rc slot_for(struct windowing *windowing, const struct bound *expression,
                        struct expressions *added, uint32_t *slot_out)
{
    const struct bound *translated = NULL;
    size_t before = windowing->built->plan->column_count;
    TRY(translate(windowing->planner, &windowing->built->layout, windowing->border,
                  expression, &translated));
    if (translated->kind == BOUND_SLOT) {
        *slot_out = translated->slot;
        return RC_OK;
    }
    *slot_out = (uint32_t)(before + added->count);
    expressions_add(windowing->planner, added, translated);
    return RC_OK;
}

/* The rows with further columns, which no layout names. */
static void add_columns(struct windowing *windowing, const struct expressions *added)
{
    struct planner *planner = windowing->planner;
    struct built *built = windowing->built;
    size_t before = built->plan->column_count;
    if (added->count == 0)
        return;
    struct plan *plan = plan_new(planner, PLAN_PROJECT, before + added->count);
    plan->rows = built->plan->rows;
    plan_add_input(planner, plan, built->plan);
    plan->project.expressions =
        ARENA_ARRAY(planner->arena, const struct bound *, plan->column_count);
    struct layout more = layout_new(planner, added->count);
    for (size_t i = 0; i < plan->column_count; i++) {
        plan->project.expressions[i] = i < before
                                           ? slot_of(planner, built->plan->types[i], i)
                                           : added->items[i - before];
        plan->types[i] = plan->project.expressions[i]->type;
    }
    for (size_t i = 0; i < more.count; i++)
        more.items[i] = (struct layout_item){NO_SOURCE, (uint32_t)(before + i)};
    built->layout = layout_concat(planner, &built->layout, &more);
    built->plan = plan;
}

/* The keys of partition, then order. */
static enum rc find_keys(struct windowing *windowing, const struct block_window *window)
{
    struct expressions added = {0};
    size_t partition_count = window->partition.count;
    windowing->keys = ARENA_ARRAY(windowing->planner->arena, struct plan_sort_key,
                                  partition_count + window->order.count);
    for (size_t i = 0; i < partition_count + window->order.count; i++) {
        struct plan_sort_key *key = &windowing->keys[i];
        bool divides = i < partition_count;
        const struct bound *expression = divides
                                             ? window->partition.items[i]
                                             : window->order.items[i - partition_count];
        TRY(slot_for(windowing, expression, &added, &key->slot));
        if (divides)
            continue;
        key->is_descending = window->sort[i - partition_count].is_descending;
        key->nulls_first = window->sort[i - partition_count].nulls_first;
    }
    add_columns(windowing, &added);
    return RC_OK;
}

static bool is_sorted(const struct windowing *windowing, size_t key_count)
{
    if (key_count > windowing->sorted_count)
        return false;
    for (size_t i = 0; i < key_count; i++) {
        const struct plan_sort_key *one = &windowing->keys[i];
        const struct plan_sort_key *other = &windowing->sorted[i];
        if (one->slot != other->slot || one->is_descending != other->is_descending ||
            one->nulls_first != other->nulls_first)
            return false;
    }
    return true;
}

static void add_sort(struct windowing *windowing, size_t key_count)
{
    if (is_sorted(windowing, key_count))
        return;
    windowing->sorted = windowing->keys;
    windowing->sorted_count = key_count;
    struct plan *plan = plan_over(windowing->planner, PLAN_SORT, windowing->built->plan);
    plan->sort.keys = windowing->keys;
    plan->sort.key_count = key_count;
    plan->cost += plan->rows * 0.02;
    windowing->built->plan = plan;
}

static enum rc find_offset(struct windowing *windowing, const struct bound *offset,
                           const struct bound **out)
{
    struct layout none = {0};
    return offset == NULL
               ? RC_OK
               : translate(windowing->planner, &none, windowing->border, offset, out);
}

static enum rc add_calls(struct windowing *windowing, const struct block_window *window,
                         const struct expressions *calls, struct layout *more)
{
    struct planner *planner = windowing->planner;
    struct built *built = windowing->built;
    size_t before = built->plan->column_count;
    size_t partition_count = window->partition.count;
    struct plan *plan = plan_new(planner, PLAN_WINDOW, before + calls->count);
    TRY(translate_list(planner, &built->layout, windowing->border, calls,
                       &plan->window.calls));
    uint32_t *partition = ARENA_ARRAY(planner->arena, uint32_t, partition_count);
    for (size_t i = 0; i < partition_count; i++)
        partition[i] = windowing->keys[i].slot;
    plan->window.partition = partition;
    plan->window.partition_count = partition_count;
    plan->window.order = windowing->keys + partition_count;
    plan->window.order_count = window->order.count;
    plan->window.call_count = calls->count;
    plan->window.frame = window->frame;
    TRY(find_offset(windowing, window->frame.start_offset,
                    &plan->window.frame.start_offset));
    TRY(find_offset(windowing, window->frame.end_offset, &plan->window.frame.end_offset));
    for (size_t i = 0; i < plan->column_count; i++)
        plan->types[i] =
            i < before ? built->plan->types[i] : calls->items[i - before]->type;
    plan->rows = built->plan->rows;
    plan_add_input(planner, plan, built->plan);
    built->layout = layout_concat(planner, &built->layout, more);
    built->plan = plan;
    return RC_OK;
}

/* The calls over one window, if there are any. */
static enum rc build_one(struct windowing *windowing, size_t at)
{
    struct block *block = windowing->block;
    struct expressions calls = {0};
    struct layout more = layout_new(windowing->planner, block->window_calls.count);
    more.count = 0;
    for (size_t i = 0; i < block->window_calls.count; i++) {
        if (block->window_calls.items[i]->window.window != at)
            continue;
        expressions_add(windowing->planner, &calls, block->window_calls.items[i]);
        more.items[more.count++] =
            (struct layout_item){block->windowing->id, (uint32_t)i};
    }
    if (calls.count == 0)
        return RC_OK;
    const struct block_window *window = &block->windows[at];
    TRY(find_keys(windowing, window));
    add_sort(windowing, window->partition.count + window->order.count);
    return add_calls(windowing, window, &calls, &more);
}

enum rc build_windows(struct planner *planner, struct block *block, struct border *border,
                      struct built *built)
{
    struct windowing windowing = {
        .planner = planner, .block = block, .border = border, .built = built};
    for (size_t i = 0; i < block->window_count; i++)
        TRY(build_one(&windowing, i));
    return RC_OK;
}
