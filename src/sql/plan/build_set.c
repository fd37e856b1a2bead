/* Rows that are not of FROM: VALUES, UNION, INTERSECT, EXCEPT, WITH RECURSIVE. */
#include "sql/plan/build.h"

static void rows_layout(struct planner *planner, const struct block *block,
                        const bool *needed, struct built *built)
{
    struct layout layout = layout_new(planner, built->plan->column_count);
    size_t count = 0;
    for (uint32_t i = 0; i < block->rows->column_count; i++) {
        if (needed == NULL || needed[i])
            layout.items[count++] = (struct layout_item){block->rows->id, i};
    }
    built->layout = layout;
}

static enum rc build_values(struct planner *planner, const struct block *block,
                            struct border *border, struct built *built)
{
    struct layout none = {0};
    struct plan *plan = plan_new(planner, PLAN_VALUES, block->column_count);
    plan->values.rows =
        ARENA_ARRAY(planner->arena, const struct bound **, block->value_row_count);
    plan->values.row_count = block->value_row_count;
    for (size_t row = 0; row < block->value_row_count; row++) {
        struct expressions values = {block->value_rows[row], block->column_count,
                                     block->column_count};
        TRY(translate_list(planner, &none, border, &values, &plan->values.rows[row]));
    }
    for (size_t i = 0; i < block->column_count; i++)
        plan->types[i] = block->rows->types[i];
    plan->rows = (double)block->value_row_count;
    built->plan = plan;
    rows_layout(planner, block, NULL, built);
    return RC_OK;
}

static struct plan *plan_set(struct planner *planner, const struct block *block,
                             enum plan_kind kind, const struct plan *first)
{
    struct plan *plan = plan_new(planner, kind, 0);
    plan->column_count = first->column_count;
    plan->types = first->types;
    plan->inputs = ARENA_ARRAY(planner->arena, const struct plan *, block->input_count);
    return plan;
}

static void add_set_input(struct plan *plan, const struct plan *input)
{
    plan->inputs[plan->input_count++] = input;
    plan->rows += input->rows;
    plan->cost += input->cost;
}

/* Inputs of which it is known that they give no row are left out of a UNION. */
static bool is_no_input(const struct block *block, const struct plan *plan)
{
    while (plan->kind == PLAN_PROJECT || plan->kind == PLAN_FILTER ||
           plan->kind == PLAN_SORT)
        plan = plan->inputs[0];
    return block->operation == BOUND_SET_UNION && plan->kind == PLAN_EMPTY;
}

static enum rc build_set(struct planner *planner, struct block *block,
                         struct border *border, struct built *built)
{
    static const enum plan_kind kinds[] = {[BOUND_SET_UNION] = PLAN_APPEND,
                                           [BOUND_SET_INTERSECT] = PLAN_INTERSECT,
                                           [BOUND_SET_EXCEPT] = PLAN_EXCEPT};
    bool keeps_all = block->operation == BOUND_SET_UNION && block->is_all;
    const bool *needed = keeps_all ? block->rows->used : NULL;
    struct plan *plan = NULL;
    for (size_t i = 0; i < block->input_count; i++) {
        struct plan *input = NULL;
        TRY(build_block(planner, block->inputs[i], border, needed, &input));
        if (plan == NULL)
            plan = plan_set(planner, block, kinds[block->operation], input);
        bool is_last_chance = i + 1 == block->input_count && plan->input_count == 0;
        if (!is_no_input(block, input) || is_last_chance)
            add_set_input(plan, input);
    }
    plan->set.is_all = block->is_all;
    built->plan = plan;
    if (block->operation == BOUND_SET_UNION && !block->is_all) {
        built->plan = plan_over(planner, PLAN_DISTINCT, plan);
        built->plan->rows = plan->rows < 2 ? 1 : plan->rows / 2;
    }
    rows_layout(planner, block, needed, built);
    return RC_OK;
}

static enum rc build_recursive(struct planner *planner, struct block *block,
                               struct border *border, struct built *built)
{
    struct plan *plan = NULL;
    for (size_t i = 0; i < block->input_count; i++) {
        struct plan *input = NULL;
        TRY(build_block(planner, block->inputs[i], border, NULL, &input));
        if (plan == NULL)
            plan = plan_set(planner, block, PLAN_RECURSIVE, input);
        add_set_input(plan, input);
    }
    plan->rows *= 10;
    plan->recursive.number = block->recursion;
    plan->recursive.is_all = block->is_all;
    built->plan = plan;
    rows_layout(planner, block, NULL, built);
    return RC_OK;
}

enum rc build_rows(struct planner *planner, struct block *block, struct border *border,
                   struct built *built)
{
    switch (block->kind) {
    case BLOCK_VALUES:
        return build_values(planner, block, border, built);
    case BLOCK_SET:
        return build_set(planner, block, border, built);
    case BLOCK_RECURSIVE:
        return build_recursive(planner, block, border, built);
    case BLOCK_MODIFY:
        return build_modify(planner, block, border, built);
    case BLOCK_SELECT:
        break;
    }
    return RC_OK;
}
