/* From columns to slots: expressions as the executor evaluates them. */
#include "base/assert.h"
#include "sql/plan/build.h"

static struct bound *outer_of(struct planner *planner, const struct bound *column,
                              uint32_t place)
{
    struct bound *bound = ARENA_NEW(planner->arena, struct bound);
    *bound = *column;
    bound->kind = BOUND_OUTER;
    bound->slot = place;
    return bound;
}

/* The place that holds the column within the border; at each border on the way the value
 * is handed on to a place of its own, so that what a subplan depends on is in its own
 * bindings. */
static const struct bound *outer_column(struct planner *planner, struct border *border,
                                        const struct bound *column)
{
    ASSERT(border != NULL);
    uint32_t source = column->column.relation;
    for (size_t i = 0; i < border->bindings.count; i++) {
        if (border->bound[i].source == source &&
            border->bound[i].column == column->column.column)
            return outer_of(planner, column, border->bindings.items[i].outer);
    }
    size_t slot = layout_find(border->layout, source, column->column.column);
    const struct bound *value = slot != SIZE_MAX
                                    ? slot_of(planner, column->type, slot)
                                    : outer_column(planner, border->outer, column);
    size_t count = border->bindings.count;
    border->bindings.items = planner_grow(planner->arena, border->bindings.items, count,
                                          &border->capacity, sizeof(struct plan_binding));
    border->bound = planner_grow(planner->arena, border->bound, count,
                                 &border->bound_capacity, sizeof(struct layout_item));
    border->bound[count] = (struct layout_item){source, column->column.column};
    border->bindings.items[count] = (struct plan_binding){planner->outer_count, value};
    border->bindings.count++;
    return outer_of(planner, column, planner->outer_count++);
}

struct translation {
    const struct layout *layout;
    struct border *border;
};

static const struct bound *comparison_of(struct planner *planner,
                                         const struct bound *left,
                                         const struct function *function,
                                         const struct type *right)
{
    struct bound *call = ARENA_NEW(planner->arena, struct bound);
    call->kind = BOUND_CALL;
    call->type = type_find_oid(TYPE_BOOL);
    call->typmod = TYPE_TYPMOD_NONE;
    call->argument_count = 2;
    call->arguments = ARENA_ARRAY(planner->arena, const struct bound *, 2);
    call->arguments[0] = slot_of(planner, left->type, 0);
    call->arguments[1] = slot_of(planner, right, 1);
    call->call.function = function;
    call->call.argument_types = ARENA_ARRAY(planner->arena, const struct type *, 2);
    call->call.argument_types[0] = left->type;
    call->call.argument_types[1] = right;
    return call;
}

static enum rc translate_subquery(struct planner *planner, struct translation *at,
                                  const struct bound *expression,
                                  const struct bound **out)
{
    struct block *block = ((const struct subquery_expression *)expression)->block;
    struct border border = {.outer = at->border, .layout = at->layout};
    struct plan_subquery *subquery = ARENA_NEW(planner->arena, struct plan_subquery);
    struct plan *plan = NULL;
    TRY(build_block(planner, block, &border, NULL, &plan));
    subquery->form = expression->subquery.form;
    subquery->plan = plan;
    subquery->bindings = border.bindings;
    bool compares =
        subquery->form == BOUND_SUBQUERY_ANY || subquery->form == BOUND_SUBQUERY_ALL;
    struct bound *subplan = ARENA_NEW(planner->arena, struct bound);
    *subplan = *expression;
    subplan->kind = BOUND_SUBPLAN;
    subplan->subplan = subquery;
    subplan->arguments =
        ARENA_ARRAY(planner->arena, const struct bound *, expression->argument_count);
    for (size_t i = 0; i < expression->argument_count; i++)
        TRY(translate(planner, at->layout, at->border, expression->arguments[i],
                      &subplan->arguments[i]));
    if (compares) {
        const struct bound *left = NULL;
        const struct bound *right = NULL;
        bool nulls_match = false;
        subquery->comparison =
            comparison_of(planner, expression->arguments[0],
                          expression->subquery.function, plan->types[0]);
        subquery->is_hashed = subquery->form == BOUND_SUBQUERY_ANY &&
                              expression->arguments[0]->type == plan->types[0] &&
                              is_hashable_equality(planner, subquery->comparison, &left,
                                                   &right, &nulls_match);
    }
    *out = subplan;
    return RC_OK;
}

static enum rc translate_node(struct planner *planner, struct translation *at,
                              const struct bound *expression, const struct bound **out)
{
    struct bound *copy = ARENA_NEW(planner->arena, struct bound);
    *copy = *expression;
    *out = copy;
    copy->arguments =
        ARENA_ARRAY(planner->arena, const struct bound *, expression->argument_count);
    for (size_t i = 0; i < expression->argument_count; i++)
        TRY(translate(planner, at->layout, at->border, expression->arguments[i],
                      &copy->arguments[i]));
    if (expression->kind == BOUND_WINDOW && expression->window.filter != NULL)
        return translate(planner, at->layout, at->border, expression->window.filter,
                         &copy->window.filter);
    if (expression->kind != BOUND_AGGREGATE || expression->aggregate.filter == NULL)
        return RC_OK;
    return translate(planner, at->layout, at->border, expression->aggregate.filter,
                     &copy->aggregate.filter);
}

enum rc translate(struct planner *planner, const struct layout *layout,
                  struct border *border, const struct bound *expression,
                  const struct bound **out)
{
    struct translation at = {layout, border};
    switch (expression->kind) {
    case BOUND_CONSTANT:
    case BOUND_PARAMETER:
    case BOUND_SLOT:
    case BOUND_OUTER:
        *out = expression;
        return RC_OK;
    case BOUND_COLUMN: {
        size_t slot =
            layout_find(layout, expression->column.relation, expression->column.column);
        *out = slot != SIZE_MAX ? slot_of(planner, expression->type, slot)
                                : outer_column(planner, border, expression);
        return RC_OK;
    }
    case BOUND_SUBQUERY:
        return translate_subquery(planner, &at, expression, out);
    default:
        return translate_node(planner, &at, expression, out);
    }
}

enum rc translate_list(struct planner *planner, const struct layout *layout,
                       struct border *border, const struct expressions *list,
                       const struct bound ***out)
{
    *out = ARENA_ARRAY(planner->arena, const struct bound *, list->count);
    for (size_t i = 0; i < list->count; i++)
        TRY(translate(planner, layout, border, list->items[i], &(*out)[i]));
    return RC_OK;
}
