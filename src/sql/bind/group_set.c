/* GROUPING SETS, ROLLUP, CUBE, and GROUPING(...) (manual, chapter 7.2.4). */
#include "sql/bind/binder.h"

enum { SETS_MAX = 4096, CUBE_MAX = 12, GROUPING_ARGUMENTS_MAX = 31 };

struct sets {
    struct bound_grouping_set *items;
    size_t count;
    size_t room;
};

bool group_is_in_set(const struct bound_grouping_set *set, uint32_t group)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->groups[i] == group)
            return true;
    }
    return false;
}

struct bound_grouping_set group_set_with(struct binder *binder,
                                         const struct bound_grouping_set *set,
                                         uint32_t group)
{
    uint32_t *groups = ARENA_ARRAY(binder->arena, uint32_t, set->count + 1);
    if (group_is_in_set(set, group))
        return *set;
    if (set->count > 0)
        memcpy(groups, set->groups, set->count * sizeof(*groups));
    groups[set->count] = group;
    return (struct bound_grouping_set){groups, set->count + 1};
}

static struct bound_grouping_set both(struct binder *binder,
                                      const struct bound_grouping_set *one,
                                      const struct bound_grouping_set *other)
{
    struct bound_grouping_set all = *one;
    for (size_t i = 0; i < other->count; i++)
        all = group_set_with(binder, &all, other->groups[i]);
    return all;
}

static void add_set(struct binder *binder, struct sets *sets,
                    struct bound_grouping_set set)
{
    if (sets->count == sets->room) {
        size_t room = sets->room == 0 ? 8 : sets->room * 2;
        struct bound_grouping_set *items =
            ARENA_ARRAY(binder->arena, struct bound_grouping_set, room);
        if (sets->count > 0)
            memcpy(items, sets->items, sets->count * sizeof(*items));
        sets->items = items;
        sets->room = room;
    }
    sets->items[sets->count++] = set;
}

static enum rc check_count(struct binder *binder, size_t count, struct ast_span span)
{
    if (count <= SETS_MAX)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, span),
                        SQLSTATE_STATEMENT_TOO_COMPLEX,
                        "too many grouping sets present (maximum %d)", SETS_MAX);
}

/* One expression, or a row of several that go together. */
static enum rc bind_set(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression,
                        struct bound_grouping_set *set)
{
    const struct ast_expression_list *list = &expression->list;
    uint32_t group = 0;
    *set = (struct bound_grouping_set){NULL, 0};
    if (expression->kind != EXPRESSION_ROW) {
        TRY(group_expression(binder, scope, expression, &group));
        *set = group_set_with(binder, set, group);
        return RC_OK;
    }
    for (size_t i = 0; i < list->count; i++) {
        TRY(group_expression(binder, scope, list->items[i], &group));
        *set = group_set_with(binder, set, group);
    }
    return RC_OK;
}

static enum rc bind_parts(struct binder *binder, struct scope *scope,
                          const struct ast_grouping_item *item,
                          struct bound_grouping_set **parts_out)
{
    *parts_out =
        ARENA_ARRAY(binder->arena, struct bound_grouping_set, item->list.count + 1);
    for (size_t i = 0; i < item->list.count; i++)
        TRY(bind_set(binder, scope, item->list.items[i], &(*parts_out)[i]));
    return RC_OK;
}

/* All parts, then one less each time. */
static enum rc rollup(struct binder *binder, struct scope *scope,
                      const struct ast_grouping_item *item, struct sets *sets)
{
    struct bound_grouping_set *parts = NULL;
    TRY(bind_parts(binder, scope, item, &parts));
    for (size_t count = item->list.count + 1; count > 0; count--) {
        struct bound_grouping_set set = {NULL, 0};
        for (size_t i = 0; i + 1 < count; i++)
            set = both(binder, &set, &parts[i]);
        add_set(binder, sets, set);
    }
    return RC_OK;
}

/* Every choice of parts. */
static enum rc cube(struct binder *binder, struct scope *scope,
                    const struct ast_grouping_item *item, struct sets *sets)
{
    struct bound_grouping_set *parts = NULL;
    if (item->list.count > CUBE_MAX)
        return error_set_at(binder->err, binder_position(binder, item->span),
                            SQLSTATE_TOO_MANY_COLUMNS, "CUBE is limited to %d elements",
                            CUBE_MAX);
    TRY(bind_parts(binder, scope, item, &parts));
    for (size_t choice = (size_t)1 << item->list.count; choice > 0; choice--) {
        struct bound_grouping_set set = {NULL, 0};
        for (size_t i = 0; i < item->list.count; i++) {
            if (((choice - 1) >> (item->list.count - 1 - i) & 1) != 0)
                set = both(binder, &set, &parts[i]);
        }
        add_set(binder, sets, set);
    }
    return RC_OK;
}

static enum rc item_sets(struct binder *binder, struct scope *scope,
                         const struct ast_grouping_item *item, struct sets *sets)
{
    struct bound_grouping_set set = {NULL, 0};
    switch (item->kind) {
    case GROUPING_ROLLUP:
        return rollup(binder, scope, item, sets);
    case GROUPING_CUBE:
        return cube(binder, scope, item, sets);
    case GROUPING_SETS:
        TRY(binder_enter(binder));
        for (size_t i = 0; i < item->set_count; i++) {
            TRY(item_sets(binder, scope, &item->sets[i], sets));
            TRY(check_count(binder, sets->count, item->span));
        }
        binder_leave(binder);
        return RC_OK;
    case GROUPING_EXPRESSION:
        TRY(bind_set(binder, scope, item->expression, &set));
        break;
    case GROUPING_EMPTY:
        break;
    }
    add_set(binder, sets, set);
    return RC_OK;
}

/* Each set of the one with each of the other. */
static enum rc multiply(struct binder *binder, struct sets *all, const struct sets *by,
                        struct ast_span span)
{
    struct sets product = {NULL, 0, 0};
    TRY(check_count(binder, all->count * by->count, span));
    for (size_t i = 0; i < all->count; i++) {
        for (size_t k = 0; k < by->count; k++)
            add_set(binder, &product, both(binder, &all->items[i], &by->items[k]));
    }
    *all = product;
    return RC_OK;
}

static bool same_set(const struct bound_grouping_set *one,
                     const struct bound_grouping_set *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        if (!group_is_in_set(other, one->groups[i]))
            return false;
    }
    return true;
}

static void drop_repeated(struct sets *sets)
{
    size_t kept = 0;
    for (size_t i = 0; i < sets->count; i++) {
        bool is_new = true;
        for (size_t k = 0; k < kept && is_new; k++)
            is_new = !same_set(&sets->items[k], &sets->items[i]);
        if (is_new)
            sets->items[kept++] = sets->items[i];
    }
    sets->count = kept;
}

enum rc group_sets(struct binder *binder, struct scope *scope,
                   const struct ast_select *select)
{
    struct sets all = {NULL, 0, 0};
    bool has_sets = false;
    add_set(binder, &all, (struct bound_grouping_set){NULL, 0});
    for (size_t i = 0; i < select->group_count; i++) {
        const struct ast_grouping_item *item = &select->groups[i];
        struct sets sets = {NULL, 0, 0};
        TRY(item_sets(binder, scope, item, &sets));
        TRY(multiply(binder, &all, &sets, item->span));
        has_sets |= item->kind != GROUPING_EXPRESSION && item->kind != GROUPING_EMPTY;
    }
    if (select->is_group_distinct)
        drop_repeated(&all);
    if (!has_sets)
        return RC_OK; /* the one set of all groups */
    scope->query->grouping_sets = all.items;
    scope->query->grouping_set_count = all.count;
    return RC_OK;
}

/* ---- GROUPING(...) ---- */

static bool visit_level(struct bound_walk *walk, const struct bound *bound)
{
    uint32_t *level = (uint32_t *)walk->argument;
    if (bound->kind == BOUND_COLUMN && bound->column.levels >= walk->depth &&
        bound->column.levels - walk->depth < *level)
        *level = bound->column.levels - walk->depth;
    return true;
}

static enum rc check_clause(struct binder *binder, const struct scope *scope,
                            int position)
{
    switch (scope->clause) {
    case CLAUSE_SELECT:
    case CLAUSE_HAVING:
    case CLAUSE_ORDER:
    case CLAUSE_DISTINCT_ON:
    case CLAUSE_WINDOW_PARTITION:
    case CLAUSE_WINDOW_ORDER:
        return RC_OK;
    default:
        return error_set_at(binder->err, position, SQLSTATE_GROUPING_ERROR,
                            "grouping operations are not allowed in %s",
                            scope->clause == CLAUSE_JOIN ? "JOIN conditions"
                                                         : clause_name(scope->clause));
    }
}

static void remember(struct binder *binder, struct scope *scope, struct bound *bound)
{
    struct bound **grown =
        ARENA_ARRAY(binder->arena, struct bound *, scope->grouping_count + 1);
    if (scope->grouping_count > 0)
        memcpy(grown, scope->groupings, scope->grouping_count * sizeof(bound));
    grown[scope->grouping_count++] = bound;
    scope->groupings = grown;
    scope->has_aggregates = true;
}

enum rc expression_grouping(struct binder *binder, struct scope *scope,
                            const struct ast_expression *expression,
                            const struct bound **out)
{
    const struct ast_expression_list *list = &expression->list;
    struct bound *bound = bound_new(binder, BOUND_GROUPING, type_find_oid(TYPE_INT4),
                                    list->count, binder_place(binder, expression->span));
    uint32_t level = UINT32_MAX;
    struct bound_walk walk = {.visit = visit_level, .argument = &level};
    if (list->count > GROUPING_ARGUMENTS_MAX)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_TOO_MANY_ARGUMENTS,
                            "GROUPING must have fewer than 32 arguments");
    TRY(expression_list(binder, scope, list, &bound->arguments));
    for (size_t i = 0; i < list->count; i++)
        bound_walk(&walk, bound->arguments[i]);
    bound->grouping.levels = level == UINT32_MAX ? 0 : level;
    for (uint32_t i = 0; i < bound->grouping.levels && scope->outer != NULL; i++)
        scope = scope->outer;
    remember(binder, scope, bound);
    *out = bound;
    return check_clause(binder, scope, binder_position(binder, expression->span));
}

/* The group that an argument, as it stands `levels` queries further in, is. */
static enum rc find_group(struct binder *binder, const struct bound_query *query,
                          const struct bound *argument, uint32_t levels, uint32_t *out)
{
    for (size_t i = 0; i < query->group_count; i++) {
        *out = (uint32_t)i;
        if (bound_equal(bound_shift(binder, query->groups[i], levels), argument))
            return RC_OK;
    }
    return error_set_at(binder->err, binder_position_of(binder, argument),
                        SQLSTATE_GROUPING_ERROR,
                        "arguments to GROUPING must be grouping expressions of the "
                        "associated query level");
}

enum rc grouping_resolve(struct binder *binder, struct scope *scope)
{
    for (size_t i = 0; i < scope->grouping_count; i++) {
        struct bound *bound = scope->groupings[i];
        uint32_t *groups =
            ARENA_ARRAY(binder->arena, uint32_t, bound->argument_count + 1);
        for (size_t k = 0; k < bound->argument_count; k++)
            TRY(find_group(binder, scope->query, bound->arguments[k],
                           bound->grouping.levels, &groups[k]));
        bound->grouping.groups = groups;
        bound->grouping.group_count = bound->argument_count;
        bound->argument_count = 0;
    }
    return RC_OK;
}
