/* From a block to its plan: FROM, WHERE, groups, targets, DISTINCT, ORDER BY, LIMIT. */
#include "sql/plan/build.h"

static enum rc build_from(struct planner *planner, struct block *block,
                          struct border *border, struct built *built)
{
    struct tree_build build = {planner, block};
    if (block->is_empty) {
        built->plan = plan_new(planner, PLAN_EMPTY, 0);
        built->layout = layout_new(planner, 0);
        /* The columns still have their slots, of which no row will be seen. */
        for (size_t i = 0; i < planner->source_count; i++) {
            const struct source *source = planner->sources[i];
            if (source->owner != block || source->replacements != NULL)
                continue;
            size_t first = built->layout.count;
            struct layout more = layout_new(planner, source->column_count);
            for (uint32_t k = 0; k < source->column_count; k++)
                more.items[k] = (struct layout_item){source->id, k};
            built->layout = layout_concat(planner, &built->layout, &more);
            const struct type **types =
                ARENA_ARRAY(planner->arena, const struct type *, built->layout.count);
            if (first != 0)
                memcpy(types, built->plan->types, first * sizeof *types);
            for (size_t k = 0; k < source->column_count; k++)
                types[first + k] = source->types[k];
            built->plan->types = types;
            built->plan->column_count = built->layout.count;
        }
        return RC_OK;
    }
    TRY(build_tree(&build, block->tree, border, built));
    return build_filter(planner, border, built, &block->where);
}

/* The slots of the plan's columns are now those of the targets. */
static void targets_are_columns(struct planner *planner, struct built *built,
                                size_t count)
{
    built->layout = layout_new(planner, count);
    for (size_t i = 0; i < count; i++)
        built->layout.items[i] = (struct layout_item){NO_SOURCE, (uint32_t)i};
}

static void build_distinct(struct planner *planner, struct built *built)
{
    struct plan *plan = plan_over(planner, PLAN_DISTINCT, built->plan);
    plan->rows = plan->rows / 5 < 1 ? 1 : plan->rows / 5;
    built->plan = plan;
}

static void build_distinct_on(struct planner *planner, const struct block *block,
                              struct built *built)
{
    struct plan *plan = plan_over(planner, PLAN_DISTINCT_ON, built->plan);
    plan->rows = plan->rows / 5 < 1 ? 1 : plan->rows / 5;
    plan->distinct.slots = block->distinct_on;
    plan->distinct.slot_count = block->distinct_on_count;
    built->plan = plan;
}

/* Hidden targets, and visible ones that nobody asked for, end here. */
static enum rc build_visible(struct planner *planner, const struct block *block,
                             const bool *needed, struct built *built)
{
    struct expressions visible = {0};
    for (size_t i = 0; i < block->column_count; i++) {
        if (needed == NULL || needed[i])
            expressions_add(planner, &visible,
                            slot_of(planner, built->plan->types[i], i));
    }
    return build_project(planner, NULL, built, &visible);
}

static bool targets_have_sets(const struct block *block)
{
    for (size_t i = 0; i < block->targets.count; i++) {
        if (has_set_call(block->targets.items[i]))
            return true;
    }
    return false;
}

/* Nothing above the projection looks at the columns, so it can yield what is asked for.
 */
static bool is_plain(const struct block *block)
{
    return !block->is_distinct && block->lock_count == 0 &&
           block->distinct_on_count == 0 && block->order_count == 0 && !block->with_ties;
}

static enum rc build_targets(struct planner *planner, struct block *block,
                             struct border *border, const bool *needed,
                             struct built *built)
{
    struct expressions targets = {0};
    for (size_t i = 0; i < block->targets.count; i++) {
        bool hidden = i >= block->column_count || (needed != NULL && !needed[i]);
        if (!hidden || !is_plain(block))
            expressions_add(planner, &targets, block->targets.items[i]);
    }
    if (targets_have_sets(block))
        TRY(build_sets(planner, border, built, &targets));
    TRY(build_project(planner, border, built, &targets));
    targets_are_columns(planner, built, targets.count);
    return RC_OK;
}

static enum rc build_body(struct planner *planner, struct block *block,
                          struct border *border, struct built *built)
{
    if (block->kind != BLOCK_SELECT)
        return build_rows(planner, block, border, built);
    TRY(build_from(planner, block, border, built));
    if (block->is_grouped)
        TRY(build_groups(planner, block, border, built));
    return build_windows(planner, block, border, built);
}

enum rc build_block(struct planner *planner, struct block *block, struct border *border,
                    const bool *needed, struct plan **plan_out)
{
    struct built built = {0};
    TRY(planner_enter(planner));
    TRY(push_down(planner, block));
    mark_used(planner, block, needed);
    TRY(build_body(planner, block, border, &built));
    TRY(build_targets(planner, block, border, needed, &built));
    if (block->is_distinct)
        build_distinct(planner, &built);
    build_order(planner, block, &built);
    if (block->distinct_on_count != 0)
        build_distinct_on(planner, block, &built);
    build_locks(planner, block, &built);
    TRY(build_limit(planner, block, border, &built));
    if (!is_plain(block))
        TRY(build_visible(planner, block, needed, &built));
    planner_leave(planner);
    *plan_out = built.plan;
    return RC_OK;
}
