/* The operators above FROM: aggregation, set-returning calls, order, limit. */
#include "sql/plan/build.h"

static void derived_layout(struct planner *planner, const struct source *source,
                           size_t count, struct built *built)
{
    built->layout = layout_new(planner, count);
    for (size_t i = 0; i < count; i++)
        built->layout.items[i] = (struct layout_item){source->id, (uint32_t)i};
}

enum rc build_groups(struct planner *planner, struct block *block, struct border *border,
                     struct built *built)
{
    size_t count = block_call_column(block) + block->calls.count;
    struct plan *plan = plan_new(planner, PLAN_AGGREGATE, count);
    plan_add_input(planner, plan, built->plan);
    TRY(translate_list(planner, &built->layout, border, &block->groups,
                       &plan->aggregate.groups));
    TRY(translate_list(planner, &built->layout, border, &block->calls,
                       &plan->aggregate.calls));
    plan->aggregate.group_count = block->groups.count;
    plan->aggregate.call_count = block->calls.count;
    plan->aggregate.sets = block->grouping_sets;
    plan->aggregate.set_count = block->grouping_set_count;
    for (size_t i = 0; i < count; i++)
        plan->types[i] = block->aggregation->types[i];
    plan->rows = block->groups.count == 0 ? 1 : built->plan->rows / 5;
    if (plan->rows < 1)
        plan->rows = 1;
    built->plan = plan;
    derived_layout(planner, block->aggregation, count, built);
    return build_filter(planner, border, built, &block->having);
}

/* Set-returning calls that have none among their arguments: they are run first, in step
 * with one another. */
struct collecting {
    struct planner *planner;
    struct expressions calls;
    struct source *source;
};

static bool is_innermost(const struct bound *expression)
{
    if (!returns_set(expression))
        return false;
    for (size_t i = 0; i < expression->argument_count; i++) {
        if (has_set_call(expression->arguments[i]))
            return false;
    }
    return true;
}

static void collect_sets(struct collecting *collecting, const struct bound *expression)
{
    if (is_innermost(expression)) {
        for (size_t i = 0; i < collecting->calls.count; i++) {
            if (collecting->calls.items[i] == expression)
                return;
        }
        expressions_add(collecting->planner, &collecting->calls, expression);
        return;
    }
    for (size_t i = 0; i < expression->argument_count; i++)
        collect_sets(collecting, expression->arguments[i]);
}

static const struct bound *set_column(struct mapper *mapper,
                                      const struct bound *expression)
{
    const struct collecting *collecting = mapper->argument;
    for (uint32_t i = 0; i < collecting->calls.count; i++) {
        if (collecting->calls.items[i] == expression)
            return column_of(mapper->planner, collecting->source, i);
    }
    return NULL;
}

/* One operator: all columns of its input, then the calls. */
static enum rc build_set_level(struct collecting *collecting, struct border *border,
                               struct built *built)
{
    struct planner *planner = collecting->planner;
    size_t before = built->plan->column_count;
    size_t count = before + collecting->calls.count;
    struct plan *plan = plan_new(planner, PLAN_PROJECT_SET, count);
    const struct bound **calls = NULL;
    const struct bound **all = ARENA_ARRAY(planner->arena, const struct bound *, count);
    TRY(translate_list(planner, &built->layout, border, &collecting->calls, &calls));
    for (size_t i = 0; i < count; i++) {
        all[i] =
            i < before ? slot_of(planner, built->plan->types[i], i) : calls[i - before];
        plan->types[i] = all[i]->type;
    }
    plan->project.expressions = all;
    plan_add_input(planner, plan, built->plan);
    plan->rows = built->plan->rows * 10;
    struct layout more = layout_new(planner, collecting->calls.count);
    for (uint32_t i = 0; i < more.count; i++)
        more.items[i] = (struct layout_item){collecting->source->id, i};
    built->layout = layout_concat(planner, &built->layout, &more);
    built->plan = plan;
    return RC_OK;
}

enum rc build_sets(struct planner *planner, struct border *border, struct built *built,
                   struct expressions *targets)
{
    for (;;) {
        struct collecting collecting = {.planner = planner};
        for (size_t i = 0; i < targets->count; i++)
            collect_sets(&collecting, targets->items[i]);
        if (collecting.calls.count == 0)
            return RC_OK;
        collecting.source =
            source_new(planner, SOURCE_DERIVED, "", collecting.calls.count);
        for (size_t i = 0; i < collecting.calls.count; i++)
            collecting.source->types[i] = collecting.calls.items[i]->type;
        TRY(build_set_level(&collecting, border, built));
        struct mapper mapper = {planner, set_column, &collecting};
        for (size_t i = 0; i < targets->count; i++)
            TRY(map_expression(&mapper, &targets->items[i]));
    }
}

static bool constant_count(const struct bound *expression, int64_t *count_out)
{
    *count_out = 0;
    if (expression == NULL)
        return true;
    if (expression->kind != BOUND_CONSTANT || expression->type->oid != TYPE_INT8 ||
        expression->constant.null || expression->constant.datum.int64 < 0)
        return false;
    *count_out = expression->constant.datum.int64;
    return true;
}

/* How many rows a LIMIT takes from the sort below; NULL: not known without running it. */
static const struct bound *rows_wanted(struct planner *planner, const struct block *block)
{
    int64_t limit = 0;
    int64_t offset = 0;
    if (block->limit == NULL || block->with_ties || block->distinct_on_count != 0)
        return NULL;
    if (block->offset == NULL && block->limit->kind == BOUND_PARAMETER)
        return block->limit;
    if (!constant_count(block->limit, &limit) || !constant_count(block->offset, &offset))
        return NULL;
    struct bound *sum = ARENA_NEW(planner->arena, struct bound);
    *sum = *block->limit;
    sum->constant.datum.int64 = limit > INT64_MAX - offset ? INT64_MAX : limit + offset;
    return sum;
}

static bool order_has(const struct block *block, uint32_t target)
{
    for (size_t i = 0; i < block->order_count; i++) {
        if (block->order[i].target == target)
            return true;
    }
    return false;
}

void build_order(struct planner *planner, const struct block *block, struct built *built)
{
    size_t room = block->order_count + block->distinct_on_count;
    if (room == 0)
        return;
    struct plan *plan = plan_over(planner, PLAN_SORT, built->plan);
    struct plan_sort_key *keys = ARENA_ARRAY(planner->arena, struct plan_sort_key, room);
    size_t count = 0;
    for (size_t i = 0; i < block->order_count; i++)
        keys[count++] =
            (struct plan_sort_key){block->order[i].target, block->order[i].is_descending,
                                   block->order[i].nulls_first};
    /* DISTINCT ON: the binder has seen to it that ORDER BY begins with some of these; the
     * others only bring equal rows together. */
    for (size_t i = 0; i < block->distinct_on_count; i++) {
        if (!order_has(block, block->distinct_on[i]))
            keys[count++] = (struct plan_sort_key){block->distinct_on[i], false, false};
    }
    plan->sort.keys = keys;
    plan->sort.key_count = count;
    plan->sort.at_most = rows_wanted(planner, block);
    plan->cost += plan->rows * 0.02;
    built->plan = plan;
}

enum rc build_limit(struct planner *planner, const struct block *block,
                    struct border *border, struct built *built)
{
    if (block->limit == NULL && block->offset == NULL)
        return RC_OK;
    struct layout none = {0};
    struct plan *plan = plan_over(planner, PLAN_LIMIT, built->plan);
    int64_t limit = 0;
    if (block->limit != NULL) {
        TRY(translate(planner, &none, border, block->limit, &plan->limit.limit));
        if (constant_count(block->limit, &limit) && (double)limit < plan->rows)
            plan->rows = limit == 0 ? 1 : (double)limit;
    }
    if (block->offset != NULL)
        TRY(translate(planner, &none, border, block->offset, &plan->limit.offset));
    if (block->with_ties && block->limit != NULL) {
        uint32_t *ties = ARENA_ARRAY(planner->arena, uint32_t, block->order_count);
        for (size_t i = 0; i < block->order_count; i++)
            ties[i] = block->order[i].target;
        plan->limit.ties = ties;
        plan->limit.tie_count = block->order_count;
    }
    built->plan = plan;
    return RC_OK;
}
