/* Parts of plans: operators, layouts, filters, projections. */
#include "sql/plan/build.h"

/* Cost of one row through an operator, in PostgreSQL's unit cpu_tuple_cost. */
static const double row_cost = 0.01;

struct plan *plan_new(struct planner *planner, enum plan_kind kind, size_t column_count)
{
    struct plan *plan = ARENA_NEW(planner->arena, struct plan);
    plan->kind = kind;
    plan->column_count = column_count;
    plan->types = ARENA_ARRAY(planner->arena, const struct type *, column_count);
    return plan;
}

void plan_add_input(struct planner *planner, struct plan *plan, const struct plan *input)
{
    const struct plan **inputs =
        ARENA_ARRAY(planner->arena, const struct plan *, plan->input_count + 1);
    if (plan->input_count != 0)
        memcpy(inputs, plan->inputs, plan->input_count * sizeof *inputs);
    inputs[plan->input_count++] = input;
    plan->inputs = inputs;
    plan->cost += input->cost + row_cost * input->rows;
}

struct plan *plan_over(struct planner *planner, enum plan_kind kind,
                       const struct plan *input)
{
    struct plan *plan = plan_new(planner, kind, 0);
    plan->column_count = input->column_count;
    plan->types = input->types;
    plan->rows = input->rows;
    plan_add_input(planner, plan, input);
    return plan;
}

struct layout layout_new(struct planner *planner, size_t count)
{
    return (struct layout){ARENA_ARRAY(planner->arena, struct layout_item, count), count};
}

struct layout layout_concat(struct planner *planner, const struct layout *left,
                            const struct layout *right)
{
    struct layout layout = layout_new(planner, left->count + right->count);
    if (left->count != 0)
        memcpy(layout.items, left->items, left->count * sizeof *layout.items);
    if (right->count != 0)
        memcpy(layout.items + left->count, right->items,
               right->count * sizeof *layout.items);
    return layout;
}

size_t layout_find(const struct layout *layout, uint32_t source, uint32_t column)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->items[i].source == source && layout->items[i].column == column)
            return i;
    }
    return SIZE_MAX;
}

const struct bound *slot_of(struct planner *planner, const struct type *type, size_t slot)
{
    struct bound *bound = ARENA_NEW(planner->arena, struct bound);
    bound->kind = BOUND_SLOT;
    bound->type = type;
    bound->typmod = TYPE_TYPMOD_NONE;
    bound->slot = (uint32_t)slot;
    return bound;
}

const struct bound *conjunction(struct planner *planner, const struct expressions *list)
{
    if (list->count == 0)
        return NULL;
    if (list->count == 1)
        return list->items[0];
    struct bound *both = ARENA_NEW(planner->arena, struct bound);
    both->kind = BOUND_AND;
    both->type = type_find_oid(TYPE_BOOL);
    both->typmod = TYPE_TYPMOD_NONE;
    both->arguments = ARENA_ARRAY(planner->arena, const struct bound *, list->count);
    /* Subplans are dear: all else is tested first, in written order. */
    for (int dear = 0; dear < 2; dear++) {
        for (size_t i = 0; i < list->count; i++) {
            if (has_subquery(list->items[i]) == (dear == 1))
                both->arguments[both->argument_count++] = list->items[i];
        }
    }
    return both;
}

enum rc build_filter(struct planner *planner, struct border *border, struct built *built,
                     const struct expressions *conjuncts)
{
    if (conjuncts->count == 0)
        return RC_OK;
    struct plan *plan = plan_over(planner, PLAN_FILTER, built->plan);
    plan->rows *= estimate_conditions(planner, conjuncts);
    if (plan->rows < 1)
        plan->rows = 1;
    TRY(translate(planner, &built->layout, border, conjunction(planner, conjuncts),
                  &plan->filter.condition));
    built->plan = plan;
    return RC_OK;
}

static bool is_identity(const struct built *built, const struct bound *const *expressions,
                        size_t count)
{
    if (count != built->plan->column_count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (expressions[i]->kind != BOUND_SLOT || expressions[i]->slot != i)
            return false;
    }
    return true;
}

/* The layout is the caller's to set. */
enum rc build_project(struct planner *planner, struct border *border, struct built *built,
                      const struct expressions *expressions)
{
    const struct bound **translated = NULL;
    TRY(translate_list(planner, &built->layout, border, expressions, &translated));
    if (is_identity(built, translated, expressions->count))
        return RC_OK;
    struct plan *plan = plan_new(planner, PLAN_PROJECT, expressions->count);
    plan->rows = built->plan->rows;
    plan_add_input(planner, plan, built->plan);
    plan->project.expressions = translated;
    for (size_t i = 0; i < expressions->count; i++)
        plan->types[i] = translated[i]->type;
    built->plan = plan;
    return RC_OK;
}
