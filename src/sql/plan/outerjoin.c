/* An outer join whose missing rows a condition above would reject is an inner one. */
#include "sql/plan/planner.h"

struct reducing {
    const struct planner *planner;
    const struct block *block;
};

/* A condition that stands above, with the list it is in; innermost first. */
struct above {
    const struct expressions *list;
    const struct above *next;
};

static bool rejects(const struct reducing *reducing, const struct above *above,
                    const struct tree *tree)
{
    for (; above != NULL; above = above->next) {
        for (size_t i = 0; i < above->list->count; i++) {
            if (condition_rejects_nulls(reducing->planner, reducing->block,
                                        above->list->items[i], tree))
                return true;
        }
    }
    return false;
}

static void turn(struct tree *tree)
{
    struct tree *left = tree->left;
    tree->left = tree->right;
    tree->right = left;
}

static void reduce(const struct reducing *reducing, struct tree *tree,
                   const struct above *outer)
{
    if (tree->kind != TREE_JOIN)
        return;
    struct above filters = {&tree->filters, outer};
    struct above conditions = {&tree->conditions, &filters};
    bool is_full = tree->join == PLAN_JOIN_FULL;
    bool left_must = is_full && rejects(reducing, &filters, tree->left);
    bool right_must = (is_full || tree->join == PLAN_JOIN_LEFT) &&
                      rejects(reducing, &filters, tree->right);
    if (is_full && left_must != right_must) {
        /* Rows without a partner remain only of the side that must be there. */
        tree->join = PLAN_JOIN_LEFT;
        if (right_must)
            turn(tree);
    } else if (right_must) {
        tree->join = PLAN_JOIN_INNER;
    }
    switch (tree->join) {
    case PLAN_JOIN_INNER:
    case PLAN_JOIN_SEMI:
        reduce(reducing, tree->left, &conditions);
        reduce(reducing, tree->right, &conditions);
        break;
    case PLAN_JOIN_FULL:
        reduce(reducing, tree->left, NULL);
        reduce(reducing, tree->right, NULL);
        break;
    default:
        reduce(reducing, tree->left, &filters);
        reduce(reducing, tree->right, &conditions);
        break;
    }
}

void reduce_outer_joins(struct planner *planner, struct block *block)
{
    struct reducing reducing = {planner, block};
    struct above where = {&block->where, NULL};
    reduce(&reducing, block->tree, &where);
    number_tree(block);
}
