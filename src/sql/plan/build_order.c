/* A chain of inner joins in an order of its own: greedy, one FROM item after the other,
 * each time the one that leaves the fewest rows. The work grows with items times
 * conditions, so 64 tables are no trouble. */
#include "base/assert.h"
#include "sql/bind/table.h"
#include "sql/plan/build.h"

struct chain_condition {
    const struct bound *expression;
    bool is_key;
    size_t missing; /* items that it reads and that are not joined yet */
    bool is_done;
};

struct chain_item {
    struct tree *tree;
    struct built built;
    bool is_lateral; /* reads other items: built once they are there */
    bool is_joined;
    size_t waits_for; /* items that it reads and that are not joined yet */
    size_t *conditions;
    size_t condition_count;
    size_t condition_room;
    size_t *waiting; /* items that read this one */
    size_t waiting_count;
    size_t waiting_room;
};

struct chain {
    struct tree_build *build;
    struct border *border;
    struct chain_item *items;
    size_t item_count;
    size_t item_room;
    struct chain_condition *conditions;
    size_t condition_count;
    struct expressions expressions; /* the conditions, as collected */
    struct expressions filters;     /* of joins inside the chain: stay above it */
    size_t first_position;
    size_t *item_of; /* by position - first_position */
    struct built so_far;
};

static void collect(struct chain *chain, struct tree *tree, bool is_top)
{
    struct planner *planner = chain->build->planner;
    if (tree->kind != TREE_JOIN || tree->join != PLAN_JOIN_INNER) {
        chain->items = planner_grow(planner->arena, chain->items, chain->item_count,
                                    &chain->item_room, sizeof(struct chain_item));
        chain->items[chain->item_count++] = (struct chain_item){.tree = tree};
        return;
    }
    expressions_append(planner, &chain->expressions, &tree->conditions);
    if (!is_top)
        expressions_append(planner, &chain->filters, &tree->filters);
    collect(chain, tree->left, false);
    collect(chain, tree->right, false);
}

static void add_index(struct planner *planner, size_t **items, size_t *count,
                      size_t *room, size_t index)
{
    *items = planner_grow(planner->arena, *items, *count, room, sizeof(size_t));
    (*items)[(*count)++] = index;
}

/* Which items an expression reads: each is told to `found` once. */
struct item_search {
    struct chain *chain;
    bool *seen; /* per item */
};

static bool node_finds_item(void *argument, const struct bound *expression)
{
    struct item_search *search = argument;
    struct chain *chain = search->chain;
    if (expression->kind != BOUND_COLUMN)
        return false;
    const struct source *source =
        chain->build->planner->sources[expression->column.relation];
    size_t place = source->position - chain->first_position;
    size_t last = chain->item_count - 1;
    size_t positions = chain->items[last].tree->first_position +
                       chain->items[last].tree->position_count - chain->first_position;
    if (source->owner == chain->build->block && place < positions)
        search->seen[chain->item_of[place]] = true;
    return false;
}

static enum rc slot_finds_item(void *argument, const struct bound **slot)
{
    (void)walk_expression(*slot, node_finds_item, argument);
    return RC_OK;
}

static void number_items(struct chain *chain, const struct tree *tree)
{
    struct arena *arena = chain->build->planner->arena;
    chain->first_position = tree->first_position;
    chain->item_of = ARENA_ARRAY(arena, size_t, tree->position_count + 1);
    for (size_t i = 0; i < chain->item_count; i++) {
        const struct tree *item = chain->items[i].tree;
        for (size_t k = 0; k < item->position_count; k++)
            chain->item_of[item->first_position - tree->first_position + k] = i;
    }
}

static void find_condition_items(struct chain *chain)
{
    struct planner *planner = chain->build->planner;
    chain->condition_count = chain->expressions.count;
    chain->conditions =
        ARENA_ARRAY(planner->arena, struct chain_condition, chain->condition_count);
    for (size_t i = 0; i < chain->condition_count; i++) {
        struct chain_condition *condition = &chain->conditions[i];
        const struct bound *left = NULL;
        const struct bound *right = NULL;
        bool nulls_match = false;
        struct item_search search = {
            chain, ARENA_ARRAY(planner->arena, bool, chain->item_count)};
        condition->expression = chain->expressions.items[i];
        condition->is_key = is_hashable_equality(planner, condition->expression, &left,
                                                 &right, &nulls_match);
        (void)walk_expression(condition->expression, node_finds_item, &search);
        for (size_t k = 0; k < chain->item_count; k++) {
            struct chain_item *item = &chain->items[k];
            if (!search.seen[k])
                continue;
            condition->missing++;
            add_index(planner, &item->conditions, &item->condition_count,
                      &item->condition_room, i);
        }
    }
}

static void find_laterals(struct chain *chain)
{
    struct planner *planner = chain->build->planner;
    for (size_t i = 0; i < chain->item_count; i++) {
        struct chain_item *item = &chain->items[i];
        struct item_search search = {
            chain, ARENA_ARRAY(planner->arena, bool, chain->item_count)};
        (void)tree_each(item->tree, slot_finds_item, &search);
        for (size_t k = 0; k < chain->item_count; k++) {
            struct chain_item *other = &chain->items[k];
            if (k == i || !search.seen[k])
                continue;
            item->is_lateral = true;
            item->waits_for++;
            add_index(planner, &other->waiting, &other->waiting_count,
                      &other->waiting_room, i);
        }
    }
}

static double item_rows(const struct chain_item *item)
{
    return item->is_lateral ? 10 : item->built.plan->rows;
}

/* Rows after the item has been joined, as estimate_join() counts them; *linked_out: some
 * condition ties it to what is there. */
static double rows_with(const struct chain *chain, const struct chain_item *item,
                        bool *linked_out)
{
    double left = chain->so_far.plan->rows;
    double right = item_rows(item);
    double rows = left * right;
    bool has_key = false;
    *linked_out = item->is_lateral;
    for (size_t i = 0; i < item->condition_count; i++) {
        const struct chain_condition *condition = &chain->conditions[item->conditions[i]];
        if (condition->missing != 1)
            continue;
        *linked_out = true;
        if (!condition->is_key)
            rows /= 3;
        else if (has_key || item->is_lateral)
            rows *= 0.1;
        else
            rows = rows / (left * right) * (left > right ? left : right);
        has_key = has_key || condition->is_key;
    }
    return rows;
}

static struct chain_item *choose(struct chain *chain)
{
    struct chain_item *best = NULL;
    bool best_linked = false;
    double best_rows = 0;
    for (size_t i = 0; i < chain->item_count; i++) {
        struct chain_item *item = &chain->items[i];
        bool linked = false;
        if (item->is_joined || item->waits_for != 0)
            continue;
        double rows = chain->so_far.plan == NULL ? item_rows(item)
                                                 : rows_with(chain, item, &linked);
        if (best == NULL || (linked && !best_linked) ||
            (linked == best_linked && rows < best_rows)) {
            best = item;
            best_linked = linked;
            best_rows = rows;
        }
    }
    return best;
}

/* The conditions that can be tested once the item is there. */
static void take(struct chain *chain, struct chain_item *item,
                 struct expressions *conditions)
{
    item->is_joined = true;
    for (size_t i = 0; i < item->condition_count; i++)
        chain->conditions[item->conditions[i]].missing--;
    for (size_t i = 0; i < item->waiting_count; i++)
        chain->items[item->waiting[i]].waits_for--;
    for (size_t i = 0; i < chain->condition_count; i++) {
        struct chain_condition *condition = &chain->conditions[i];
        if (condition->is_done || condition->missing != 0)
            continue;
        condition->is_done = true;
        expressions_add(chain->build->planner, conditions, condition->expression);
    }
}

static enum rc add_lateral(struct chain *chain, struct chain_item *item,
                           const struct expressions *conditions)
{
    struct planner *planner = chain->build->planner;
    struct border inner = {.outer = chain->border, .layout = &chain->so_far.layout};
    struct tree join = {.kind = TREE_JOIN, .join = PLAN_JOIN_INNER};
    TRY(build_tree(chain->build, item->tree, &inner, &item->built));
    TRY(join_built(chain->build, &join, chain->border, &chain->so_far, &item->built));
    struct plan *plan = chain->so_far.plan;
    plan->join.bindings = inner.bindings;
    return build_filter(planner, chain->border, &chain->so_far, conditions);
}

/* Looking the item's rows up by an index for each row so far, where that reads less than
 * the whole of it. */
static enum rc add_by_index(struct chain *chain, struct chain_item *item,
                            const struct expressions *conditions, bool *done_out)
{
    struct planner *planner = chain->build->planner;
    double each =
        build_table_rows(chain->build, item->tree, conditions, &chain->so_far.layout);
    double whole = (double)item->tree->source->table->row_estimate;
    *done_out = each >= 0 && chain->so_far.plan->rows * (each + 1) * 10 < whole;
    if (!*done_out)
        return RC_OK;
    struct tree tree = *item->tree;
    tree.filters = (struct expressions){0};
    expressions_append(planner, &tree.filters, &item->tree->filters);
    expressions_append(planner, &tree.filters, conditions);
    struct border inner = {.outer = chain->border, .layout = &chain->so_far.layout};
    struct tree join = {.kind = TREE_JOIN, .join = PLAN_JOIN_INNER};
    struct built right = {0};
    double rows = chain->so_far.plan->rows * each;
    TRY(build_tree(chain->build, &tree, &inner, &right));
    TRY(join_built(chain->build, &join, chain->border, &chain->so_far, &right));
    chain->so_far.plan->join.bindings = inner.bindings;
    chain->so_far.plan->rows = rows < 1 ? 1 : rows;
    return RC_OK;
}

static bool item_is_table(const struct chain_item *item)
{
    return item->tree->kind == TREE_SOURCE && item->tree->source->kind == SOURCE_TABLE;
}

static enum rc add_item(struct chain *chain, struct chain_item *item)
{
    struct expressions conditions = {0};
    take(chain, item, &conditions);
    if (chain->so_far.plan == NULL) {
        chain->so_far = item->built;
        return build_filter(chain->build->planner, chain->border, &chain->so_far,
                            &conditions);
    }
    if (item->is_lateral)
        return add_lateral(chain, item, &conditions);
    bool is_done = false;
    if (item_is_table(item))
        TRY(add_by_index(chain, item, &conditions, &is_done));
    if (is_done)
        return RC_OK;
    struct tree join = {
        .kind = TREE_JOIN, .join = PLAN_JOIN_INNER, .conditions = conditions};
    /* The right side goes into the hash table: the smaller one. */
    bool turned = chain->so_far.plan->rows < item->built.plan->rows;
    struct built left = turned ? item->built : chain->so_far;
    struct built right = turned ? chain->so_far : item->built;
    TRY(join_built(chain->build, &join, chain->border, &left, &right));
    chain->so_far = left;
    return RC_OK;
}

enum rc build_chain(struct tree_build *build, struct tree *tree, struct border *border,
                    struct built *built)
{
    struct chain chain = {.build = build, .border = border};
    collect(&chain, tree, true);
    number_items(&chain, tree);
    find_condition_items(&chain);
    find_laterals(&chain);
    for (size_t i = 0; i < chain.item_count; i++) {
        struct chain_item *item = &chain.items[i];
        if (!item->is_lateral)
            TRY(build_tree(build, item->tree, border, &item->built));
    }
    for (size_t i = 0; i < chain.item_count; i++) {
        /* LATERAL only looks to the left, so there is always one that waits for none. */
        struct chain_item *item = choose(&chain);
        ASSERT(item != NULL);
        TRY(add_item(&chain, item));
    }
    TRY(build_filter(build->planner, border, &chain.so_far, &chain.filters));
    *built = chain.so_far;
    return RC_OK;
}
