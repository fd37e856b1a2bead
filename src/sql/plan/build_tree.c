/* FROM: its leaves, and the way to joins. */
#include "catalog/relation.h"
#include "sql/plan/build.h"

static struct layout used_layout(struct planner *planner, const struct source *source)
{
    size_t count = 0;
    for (size_t i = 0; i < source->column_count; i++)
        count += source->used[i];
    struct layout layout = layout_new(planner, count);
    count = 0;
    for (uint32_t i = 0; i < source->column_count; i++) {
        if (source->used[i])
            layout.items[count++] = (struct layout_item){source->id, i};
    }
    return layout;
}

static struct layout whole_layout(struct planner *planner, const struct source *source)
{
    struct layout layout = layout_new(planner, source->column_count);
    for (uint32_t i = 0; i < source->column_count; i++)
        layout.items[i] = (struct layout_item){source->id, i};
    return layout;
}

static struct plan *leaf_plan(struct planner *planner, enum plan_kind kind,
                              const struct source *source, const struct layout *layout)
{
    struct plan *plan = plan_new(planner, kind, layout->count);
    for (size_t i = 0; i < layout->count; i++)
        plan->types[i] = source->types[layout->items[i].column];
    return plan;
}

static bool reads_own(const struct tree_build *build, const struct bound *expression)
{
    return !span_of(build->planner, build->block, expression).is_empty;
}

/* A literal of another type is a cast of a constant. */
static bool is_known_value(const struct bound *value)
{
    if (value->kind == BOUND_CAST)
        value = value->arguments[0];
    return value->kind == BOUND_CONSTANT || value->kind == BOUND_PARAMETER ||
           value->kind == BOUND_COLUMN;
}

/* The first `column = value` whose value is known before the scan begins. */
static enum rc find_key(struct tree_build *build, struct tree *tree,
                        struct border *border, struct plan *plan)
{
    for (size_t i = 0; i < tree->filters.count && plan->system.key == NULL; i++) {
        const struct bound *conjunct = tree->filters.items[i];
        const struct bound *left = NULL;
        const struct bound *right = NULL;
        bool nulls_match = false;
        if (!is_hashable_equality(build->planner, conjunct, &left, &right,
                                  &nulls_match) ||
            nulls_match)
            continue;
        size_t at = conjunct->arguments[0]->kind == BOUND_COLUMN &&
                            conjunct->arguments[0]->column.relation == tree->source->id
                        ? 0
                        : 1;
        const struct bound *column = conjunct->arguments[at];
        const struct bound *value = conjunct->arguments[1 - at];
        if (column->kind != BOUND_COLUMN || column->column.relation != tree->source->id ||
            !is_known_value(value) || value->type != column->type ||
            reads_own(build, value))
            continue;
        struct layout none = {0};
        TRY(translate(build->planner, &none, border, value, &plan->system.key));
        plan->system.key_column = column->column.column;
    }
    return RC_OK;
}

static enum rc build_system(struct tree_build *build, struct tree *tree,
                            struct border *border, struct built *built)
{
    struct planner *planner = build->planner;
    const struct source *source = tree->source;
    built->layout = used_layout(planner, source);
    struct plan *plan = leaf_plan(planner, PLAN_SYSTEM, source, &built->layout);
    uint32_t *columns = ARENA_ARRAY(planner->arena, uint32_t, built->layout.count);
    for (size_t i = 0; i < built->layout.count; i++)
        columns[i] = built->layout.items[i].column;
    plan->system.relation = source->system;
    plan->system.columns = columns;
    plan->system.alias = source->alias;
    plan->rows = estimate_relation(source->system);
    plan->cost = plan->rows * 0.02;
    built->plan = plan;
    return find_key(build, tree, border, plan);
}

static enum rc build_subquery(struct tree_build *build, const struct source *source,
                              struct border *border, struct built *built)
{
    built->layout = used_layout(build->planner, source);
    return build_block(build->planner, source->block, border, source->used, &built->plan);
}

static enum rc build_function(struct tree_build *build, const struct source *source,
                              struct border *border, struct built *built)
{
    struct layout none = {0};
    built->layout = whole_layout(build->planner, source);
    struct plan *plan = leaf_plan(build->planner, PLAN_FUNCTION, source, &built->layout);
    TRY(translate_list(build->planner, &none, border, &source->calls,
                       &plan->function.calls));
    plan->function.call_count = source->calls.count;
    plan->function.widths = source->widths;
    plan->function.with_ordinality = source->with_ordinality;
    plan->rows = 1;
    for (size_t i = 0; i < source->calls.count; i++) {
        if (returns_set(source->calls.items[i]))
            plan->rows = 100;
    }
    built->plan = plan;
    return RC_OK;
}

enum rc build_common(struct planner *planner, struct common *common)
{
    struct plan *plan = NULL;
    if (common->is_built)
        return RC_OK;
    TRY(build_block(planner, common->block, NULL, NULL, &plan));
    planner->commons =
        planner_grow(planner->arena, planner->commons, planner->common_count,
                     &planner->common_capacity, sizeof(const struct plan *));
    planner->must_finish =
        planner_grow(planner->arena, planner->must_finish, planner->common_count,
                     &planner->must_finish_room, sizeof(bool));
    common->number = (uint32_t)planner->common_count;
    common->rows = plan->rows;
    common->is_built = true;
    planner->must_finish[planner->common_count] = common->is_modify;
    planner->commons[planner->common_count++] = plan;
    return RC_OK;
}

static enum rc build_common_leaf(struct tree_build *build, const struct source *source,
                                 struct built *built)
{
    struct planner *planner = build->planner;
    struct common *common = source->common;
    TRY(build_common(planner, common));
    built->layout = whole_layout(planner, source);
    built->plan = leaf_plan(planner, PLAN_COMMON, source, &built->layout);
    built->plan->rows = common->rows;
    built->plan->common.number = common->number;
    return RC_OK;
}

static enum rc build_leaf(struct tree_build *build, struct tree *tree,
                          struct border *border, struct built *built)
{
    const struct source *source = tree->source;
    switch (source->kind) {
    case SOURCE_SYSTEM:
        return build_system(build, tree, border, built);
    case SOURCE_TABLE:
        return build_table(build, tree, border, built);
    case SOURCE_BLOCK:
        return build_subquery(build, source, border, built);
    case SOURCE_FUNCTION:
        return build_function(build, source, border, built);
    case SOURCE_COMMON:
        return build_common_leaf(build, source, built);
    case SOURCE_WORK:
        built->layout = whole_layout(build->planner, source);
        built->plan = leaf_plan(build->planner, PLAN_WORK, source, &built->layout);
        built->plan->rows = 10;
        built->plan->recursive.number = source->recursion;
        break;
    case SOURCE_DERIVED:
        break;
    }
    return RC_OK;
}

enum rc build_source(struct tree_build *build, struct tree *tree, struct border *border,
                     struct built *built)
{
    TRY(build_leaf(build, tree, border, built));
    return build_filter(build->planner, border, built, &tree->filters);
}

enum rc build_tree(struct tree_build *build, struct tree *tree, struct border *border,
                   struct built *built)
{
    struct planner *planner = build->planner;
    if (tree->kind == TREE_SOURCE)
        return build_source(build, tree, border, built);
    if (tree->kind == TREE_ONE_ROW) {
        built->plan = plan_new(planner, PLAN_ONE_ROW, 0);
        built->plan->rows = 1;
        built->layout = layout_new(planner, 0);
        return build_filter(planner, border, built, &tree->filters);
    }
    TRY(planner_enter(planner));
    TRY(tree->join == PLAN_JOIN_INNER ? build_chain(build, tree, border, built)
                                      : build_join(build, tree, border, built));
    planner_leave(planner);
    return build_filter(planner, border, built, &tree->filters);
}
