/* One join: its keys, the rest of its condition, LATERAL. */
#include "sql/plan/build.h"

/* Does the expression read columns of the layout, and no others of the block? */
struct side {
    const struct tree_build *build;
    const struct layout *layout;
    bool reads;
    bool reads_other;
};

static bool node_is_of_side(void *argument, const struct bound *expression)
{
    struct side *side = argument;
    if (expression->kind != BOUND_COLUMN)
        return false;
    if (layout_find(side->layout, expression->column.relation,
                    expression->column.column) != SIZE_MAX)
        side->reads = true;
    else if (side->build->planner->sources[expression->column.relation]->owner ==
             side->build->block)
        side->reads_other = true;
    return side->reads_other;
}

static bool is_of_side(const struct tree_build *build, const struct layout *layout,
                       const struct bound *expression)
{
    struct side side = {.build = build, .layout = layout};
    (void)walk_expression(expression, node_is_of_side, &side);
    return side.reads && !side.reads_other;
}

/* The keys among the conditions; what is none goes to `rest`. */
struct key_search {
    struct tree_build *build;
    struct border *border;
    const struct built *left;
    const struct built *right;
    struct plan_key *keys;
    size_t key_count;
    struct expressions rest;
};

static enum rc search_key(struct key_search *search, const struct bound *conjunct)
{
    struct planner *planner = search->build->planner;
    const struct layout *left_layout = &search->left->layout;
    const struct layout *right_layout = &search->right->layout;
    const struct bound *left = NULL;
    const struct bound *right = NULL;
    struct plan_key *key = &search->keys[search->key_count];
    bool found =
        !is_volatile(conjunct) &&
        is_hashable_equality(planner, conjunct, &left, &right, &key->nulls_match);
    if (found && is_of_side(search->build, right_layout, left) &&
        is_of_side(search->build, left_layout, right)) {
        const struct bound *turned = left;
        left = right;
        right = turned;
    }
    /* The executor keeps the right side's table while that side's plan reads the same
     * outer places, so the keys in it may not read others. */
    if (!found || !is_of_side(search->build, left_layout, left) ||
        !is_of_side(search->build, right_layout, right) ||
        span_of(planner, search->build->block, right).has_outer) {
        expressions_add(planner, &search->rest, conjunct);
        return RC_OK;
    }
    search->key_count++;
    TRY(translate(planner, left_layout, search->border, left, &key->left));
    return translate(planner, right_layout, search->border, right, &key->right);
}

static bool keeps_left_only(enum plan_join join)
{
    return join == PLAN_JOIN_SEMI || join == PLAN_JOIN_ANTI;
}

static struct plan *join_plan(struct planner *planner, enum plan_kind kind,
                              enum plan_join join, const struct built *left,
                              const struct built *right)
{
    size_t left_count = left->plan->column_count;
    size_t right_count = keeps_left_only(join) ? 0 : right->plan->column_count;
    struct plan *plan = plan_new(planner, kind, left_count + right_count);
    for (size_t i = 0; i < left_count; i++)
        plan->types[i] = left->plan->types[i];
    for (size_t i = 0; i < right_count; i++)
        plan->types[left_count + i] = right->plan->types[i];
    plan_add_input(planner, plan, left->plan);
    plan_add_input(planner, plan, right->plan);
    plan->join.join = join;
    return plan;
}

static enum rc join_condition(struct tree_build *build, const struct layout *both,
                              struct border *border, const struct expressions *rest,
                              const struct bound **out)
{
    const struct bound *condition = conjunction(build->planner, rest);
    *out = NULL;
    return condition == NULL ? RC_OK
                             : translate(build->planner, both, border, condition, out);
}

enum rc join_built(struct tree_build *build, const struct tree *join,
                   struct border *border, struct built *left, struct built *right)
{
    struct planner *planner = build->planner;
    struct key_search search = {
        .build = build, .border = border, .left = left, .right = right};
    search.keys =
        ARENA_ARRAY(planner->arena, struct plan_key, join->conditions.count + 1);
    for (size_t i = 0; i < join->conditions.count; i++)
        TRY(search_key(&search, join->conditions.items[i]));
    struct plan *plan =
        join_plan(planner, search.key_count == 0 ? PLAN_NESTED_JOIN : PLAN_HASH_JOIN,
                  join->join, left, right);
    struct layout both = layout_concat(planner, &left->layout, &right->layout);
    plan->join.keys = search.keys;
    plan->join.key_count = search.key_count;
    plan->join.nulls_are_equal_to_all = join->nulls_are_equal_to_all;
    TRY(join_condition(build, &both, border, &search.rest, &plan->join.condition));
    estimate_join(plan);
    left->plan = plan;
    if (!keeps_left_only(join->join))
        left->layout = both;
    return RC_OK;
}

struct lateral {
    const struct tree_build *build;
    const struct tree *tree;
};

static bool node_is_lateral(void *argument, const struct bound *expression)
{
    const struct lateral *lateral = argument;
    if (expression->kind != BOUND_COLUMN)
        return false;
    const struct source *source =
        lateral->build->planner->sources[expression->column.relation];
    return source->owner == lateral->build->block &&
           source->position - lateral->tree->first_position >=
               lateral->tree->position_count;
}

static enum rc slot_is_lateral(void *argument, const struct bound **slot)
{
    return walk_expression(*slot, node_is_lateral, argument) ? RC_EOF : RC_OK;
}

bool tree_is_lateral(struct tree_build *build, struct tree *tree)
{
    struct lateral lateral = {build, tree};
    return tree_each(tree, slot_is_lateral, &lateral) != RC_OK;
}

/* The right side reads columns of the left one: it is run for each left row. */
static enum rc build_lateral(struct tree_build *build, struct tree *tree,
                             struct border *border, struct built *built)
{
    struct planner *planner = build->planner;
    struct border inner = {.outer = border, .layout = &built->layout};
    struct built right = {0};
    TRY(build_tree(build, tree->right, &inner, &right));
    struct plan *plan = join_plan(planner, PLAN_NESTED_JOIN, tree->join, built, &right);
    struct layout both = layout_concat(planner, &built->layout, &right.layout);
    plan->join.bindings = inner.bindings;
    TRY(join_condition(build, &both, border, &tree->conditions, &plan->join.condition));
    estimate_join(plan);
    built->plan = plan;
    if (!keeps_left_only(tree->join))
        built->layout = both;
    return RC_OK;
}

enum rc build_join(struct tree_build *build, struct tree *tree, struct border *border,
                   struct built *built)
{
    struct built right = {0};
    TRY(build_tree(build, tree->left, border, built));
    if (tree_is_lateral(build, tree->right))
        return build_lateral(build, tree, border, built);
    TRY(build_tree(build, tree->right, border, &right));
    return join_built(build, tree, border, built, &right);
}
