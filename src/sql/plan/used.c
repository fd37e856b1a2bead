/* Which columns of the sources below a block are read at all. */
#include "sql/plan/planner.h"

struct marking {
    const struct planner *planner;
    const struct block *block;
};

/* Only what the block itself has below it: inside of a subquery in FROM more columns may
 * be named than will be needed. */
static bool node_marks(void *argument, const struct bound *expression)
{
    const struct marking *marking = argument;
    if (expression->kind != BOUND_COLUMN)
        return false;
    struct source *source = marking->planner->sources[expression->column.relation];
    if (source->owner == marking->block || source == marking->block->rows)
        source->used[expression->column.column] = true;
    return false;
}

static enum rc mark_slot(void *argument, const struct bound **slot)
{
    (void)walk_expression(*slot, node_marks, argument);
    return RC_OK;
}

static bool target_is_needed(const struct block *block, const bool *needed, size_t target)
{
    if (needed == NULL || target >= block->column_count || needed[target] ||
        block->is_distinct)
        return true;
    for (size_t i = 0; i < block->order_count; i++) {
        if (block->order[i].target == target)
            return true;
    }
    for (size_t i = 0; i < block->distinct_on_count; i++) {
        if (block->distinct_on[i] == target)
            return true;
    }
    return has_set_call(block->targets.items[target]);
}

/* A target that nobody reads becomes a NULL, which reads nothing. */
static void drop_targets(struct planner *planner, struct block *block, const bool *needed)
{
    for (size_t i = 0; i < block->targets.count; i++) {
        const struct bound *target = block->targets.items[i];
        if (target_is_needed(block, needed, i) || is_volatile(target))
            continue;
        block->targets.items[i] = constant_null(planner, target->type);
    }
}

void mark_used(struct planner *planner, struct block *block, const bool *needed)
{
    struct marking marking = {planner, block};
    drop_targets(planner, block, needed);
    struct expressions *lists[] = {&block->where, &block->groups, &block->calls,
                                   &block->having, &block->targets};
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        for (size_t k = 0; k < lists[i]->count; k++)
            (void)mark_slot(&marking, &lists[i]->items[k]);
    }
    (void)windows_each(block, mark_slot, &marking);
    if (block->tree != NULL)
        (void)tree_each(block->tree, mark_slot, &marking);
}
