/* INSERT, UPDATE and DELETE over the plan of their source. */
#include "sql/bind/bound_modify.h"
#include "sql/plan/build.h"

/* More than a short statement may cost. */
static const double heavy_cost = 1e6;

/* Whether the plan may give many rows: all but single rows and look-ups. */
static bool reads_tables(const struct plan *plan)
{
    if (plan->kind == PLAN_TABLE || plan->kind == PLAN_FUNCTION ||
        plan->kind == PLAN_SYSTEM || plan->kind == PLAN_RECURSIVE)
        return true;
    for (size_t i = 0; i < plan->input_count; i++) {
        if (reads_tables(plan->inputs[i]))
            return true;
    }
    return false;
}

static struct layout layout_of(struct planner *planner, const struct source *source)
{
    struct layout layout = layout_new(planner, source->column_count);
    for (uint32_t i = 0; i < source->column_count; i++)
        layout.items[i] = (struct layout_item){source->id, i};
    return layout;
}

static enum rc build_conflict(struct planner *planner, struct block *block,
                              struct border *border, struct plan *plan)
{
    struct layout layout = layout_of(planner, block->conflict_rows);
    const struct bound **translated = NULL;
    TRY(translate_list(planner, &layout, border, &block->conflict, &translated));
    plan->modify.assignments = translated;
    if (block->conflict.count > block->modify->assignment_count)
        plan->modify.where = translated[block->modify->assignment_count];
    return RC_OK;
}

enum rc build_modify(struct planner *planner, struct block *block, struct border *border,
                     struct built *built)
{
    struct plan *input = NULL;
    TRY(build_block(planner, block->inputs[0], border, NULL, &input));
    bool is_read = false;
    for (size_t i = 0; i < block->column_count; i++)
        is_read = is_read || block->rows->used[i];
    struct plan *plan = plan_new(planner, PLAN_MODIFY, is_read ? block->column_count : 0);
    for (size_t i = 0; i < plan->column_count; i++)
        plan->types[i] = block->types[i];
    plan->rows = input->rows;
    plan_add_input(planner, plan, input);
    plan->modify.modify = block->modify;
    if (block->conflict_rows != NULL)
        TRY(build_conflict(planner, block, border, plan));
    if (reads_tables(input)) /* how many rows, nobody knows: not for a session's loop */
        plan->cost += heavy_cost;
    built->plan = plan;
    built->layout = is_read ? layout_of(planner, block->rows) : layout_new(planner, 0);
    return RC_OK;
}

void build_locks(struct planner *planner, const struct block *block, struct built *built)
{
    if (block->lock_count == 0)
        return;
    struct plan *plan = plan_over(planner, PLAN_LOCK, built->plan);
    plan->lock.items = block->locks;
    plan->lock.count = block->lock_count;
    built->plan = plan;
}

enum rc build_modifying(struct planner *planner)
{
    for (size_t i = 0; i < planner->modifying_count; i++)
        TRY(build_common(planner, planner->modifying[i]));
    return RC_OK;
}
