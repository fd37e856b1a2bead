/* What the rows of a plan depend on beside the snapshot: the places that it reads and
 * that somebody outside of it fills. */
#include "sql/bind/bound_modify.h"
#include "sql/exec/execute_internal.h"

/* Places are few; each is marked once. */
struct search {
    struct execution *execution;
    const struct type **read; /* by place; NULL: not read */
    bool *filled;             /* by place: within the plan itself */
    bool *common_seen;
    bool is_volatile;
};

static void search_plan(struct search *search, const struct plan *plan);
static void search_expression(struct search *search, const struct bound *expression);

static void search_expressions(struct search *search, const struct bound *const *items,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        search_expression(search, items[i]);
}

static void search_bindings(struct search *search, const struct plan_bindings *bindings)
{
    for (size_t i = 0; i < bindings->count; i++) {
        search->filled[bindings->items[i].outer] = true;
        search_expression(search, bindings->items[i].expression);
    }
}

static void search_function(struct search *search, const struct function *function)
{
    if (function != NULL && function->volatility == 'v')
        search->is_volatile = true;
}

static void search_expression(struct search *search, const struct bound *expression)
{
    if (expression == NULL)
        return;
    switch (expression->kind) {
    case BOUND_OUTER:
        search->read[expression->slot] = expression->type;
        break;
    case BOUND_CALL:
        search_function(search, expression->call.function);
        break;
    case BOUND_AGGREGATE:
        search_expression(search, expression->aggregate.filter);
        break;
    case BOUND_SUBPLAN:
        search_bindings(search, &expression->subplan->bindings);
        search_plan(search, expression->subplan->plan);
        search_expression(search, expression->subplan->comparison);
        break;
    default:
        break;
    }
    search_expressions(search, expression->arguments, expression->argument_count);
}

static uint32_t round_place(const struct search *search, uint32_t number)
{
    return (uint32_t)search->execution->plan->outer_count + number;
}

static void search_join(struct search *search, const struct plan *plan)
{
    for (size_t i = 0; i < plan->join.key_count; i++) {
        search_expression(search, plan->join.keys[i].left);
        search_expression(search, plan->join.keys[i].right);
    }
    search_expression(search, plan->join.condition);
    search_bindings(search, &plan->join.bindings);
}

/* What a plan holds beside its inputs. */
static void search_node(struct search *search, const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_SYSTEM:
        search_expression(search, plan->system.key);
        break;
    case PLAN_INDEX:
        search_expressions(search, plan->table.equal, plan->table.equal_count);
        search_expression(search, plan->table.any);
        search_expression(search, plan->table.lower);
        search_expression(search, plan->table.upper);
        break;
    case PLAN_MODIFY:
        search_expressions(search, plan->modify.assignments,
                           plan->modify.modify->assignment_count);
        search_expression(search, plan->modify.where);
        break;
    case PLAN_VALUES:
        for (size_t i = 0; i < plan->values.row_count; i++)
            search_expressions(search, plan->values.rows[i], plan->column_count);
        break;
    case PLAN_FUNCTION:
        search_expressions(search, plan->function.calls, plan->function.call_count);
        break;
    case PLAN_FILTER:
        search_expression(search, plan->filter.condition);
        break;
    case PLAN_PROJECT:
    case PLAN_PROJECT_SET:
        search_expressions(search, plan->project.expressions, plan->column_count);
        break;
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_JOIN:
        search_join(search, plan);
        break;
    case PLAN_AGGREGATE:
        search_expressions(search, plan->aggregate.groups, plan->aggregate.group_count);
        search_expressions(search, plan->aggregate.calls, plan->aggregate.call_count);
        break;
    case PLAN_WINDOW:
        search_expressions(search, plan->window.calls, plan->window.call_count);
        search_expression(search, plan->window.frame.start_offset);
        search_expression(search, plan->window.frame.end_offset);
        break;
    case PLAN_SORT:
        search_expression(search, plan->sort.at_most);
        break;
    case PLAN_LIMIT:
        search_expression(search, plan->limit.limit);
        search_expression(search, plan->limit.offset);
        break;
    case PLAN_COMMON:
        if (!search->common_seen[plan->common.number]) {
            search->common_seen[plan->common.number] = true;
            search_plan(search, search->execution->plan->commons[plan->common.number]);
        }
        break;
    case PLAN_RECURSIVE:
        search->filled[round_place(search, plan->recursive.number)] = true;
        break;
    case PLAN_WORK:
        search->read[round_place(search, plan->recursive.number)] =
            type_find_oid(TYPE_INT8);
        break;
    default:
        break;
    }
}

static void search_plan(struct search *search, const struct plan *plan)
{
    search_node(search, plan);
    for (size_t i = 0; i < plan->input_count; i++)
        search_plan(search, plan->inputs[i]);
}

void dependencies_find(struct execution *execution, const struct plan *plan,
                       struct dependencies *out)
{
    size_t places = execution->plan->outer_count + execution->plan->recursive_count;
    *out = (struct dependencies){0};
    if (places == 0) /* nothing that could change */
        return;
    struct search search = {
        .execution = execution,
        .read = ARENA_ARRAY(execution->arena, const struct type *, places),
        .filled = ARENA_ARRAY(execution->arena, bool, places),
        .common_seen = ARENA_ARRAY(execution->arena, bool, execution->plan->common_count),
    };
    search_plan(&search, plan);
    out->is_volatile = search.is_volatile;
    out->items = ARENA_ARRAY(execution->arena, struct dependency, places);
    out->values = ARENA_ARRAY(execution->arena, struct value, places);
    for (size_t i = 0; i < places; i++) {
        if (search.read[i] != NULL && !search.filled[i])
            out->items[out->count++] = (struct dependency){(uint32_t)i, search.read[i]};
    }
}

bool dependencies_hold(struct execution *execution,
                       const struct dependencies *dependencies)
{
    if (!dependencies->is_taken)
        return false;
    if (dependencies->is_volatile && dependencies->count != 0)
        return false;
    for (size_t i = 0; i < dependencies->count; i++) {
        const struct dependency *item = &dependencies->items[i];
        if (item->type->methods->compare == NULL ||
            !values_are_equal(item->type, dependencies->values[i],
                              execution->places[item->place]))
            return false;
    }
    return true;
}

void dependencies_take(struct execution *execution, struct dependencies *dependencies,
                       struct arena *arena)
{
    dependencies->is_taken = true;
    for (size_t i = 0; i < dependencies->count; i++) {
        const struct dependency *item = &dependencies->items[i];
        struct value value = execution->places[item->place];
        if (!value.null)
            value.datum = type_copy(arena, item->type, value.datum);
        dependencies->values[i] = value;
    }
}
