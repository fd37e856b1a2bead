/* A query put one level further in: a copy whose references to what lies outside of it
 * count the levels more. Nodes may be shared, so nothing is changed in place. */
#include "sql/bind/binder.h"
#include "sql/bind/bound_modify.h"

struct copy {
    struct binder *binder;
    uint32_t depth;  /* levels from the start that are still inside */
    uint32_t levels; /* to add to what lies outside */
};

static const struct bound_query *copy_query(struct copy *copy,
                                            const struct bound_query *query);

static uint32_t shifted(const struct copy *copy, uint32_t levels)
{
    return levels >= copy->depth ? levels + copy->levels : levels;
}

static const struct bound *copy_bound(struct copy *copy, const struct bound *bound);

static const struct bound **copy_list(struct copy *copy, const struct bound *const *items,
                                      size_t count)
{
    const struct bound **list =
        ARENA_ARRAY(copy->binder->arena, const struct bound *, count + 1);
    for (size_t i = 0; i < count; i++)
        list[i] = copy_bound(copy, items[i]);
    return list;
}

static const struct bound *copy_bound(struct copy *copy, const struct bound *bound)
{
    if (bound == NULL)
        return NULL;
    struct bound *made = ARENA_NEW(copy->binder->arena, struct bound);
    *made = *bound;
    made->arguments = copy_list(copy, bound->arguments, bound->argument_count);
    if (made->kind == BOUND_COLUMN)
        made->column.levels = shifted(copy, made->column.levels);
    if (made->kind == BOUND_AGGREGATE) {
        made->aggregate.levels = shifted(copy, made->aggregate.levels);
        made->aggregate.filter = copy_bound(copy, made->aggregate.filter);
    }
    if (made->kind == BOUND_WINDOW)
        made->window.filter = copy_bound(copy, made->window.filter);
    if (made->kind == BOUND_GROUPING)
        made->grouping.levels = shifted(copy, made->grouping.levels);
    if (made->kind == BOUND_SUBQUERY) {
        copy->depth++;
        made->subquery.query = copy_query(copy, made->subquery.query);
        copy->depth--;
    }
    return made;
}

static const struct bound_from *copy_from(struct copy *copy,
                                          const struct bound_from *from)
{
    if (from == NULL || !from->is_join)
        return from;
    struct bound_from *made = ARENA_NEW(copy->binder->arena, struct bound_from);
    *made = *from;
    made->left = copy_from(copy, from->left);
    made->right = copy_from(copy, from->right);
    made->condition = copy_bound(copy, from->condition);
    return made;
}

static void copy_relation(struct copy *copy, struct bound_relation *relation)
{
    if (relation->kind == BOUND_RELATION_COMMON)
        relation->common.levels = shifted(copy, relation->common.levels);
    copy->depth++;
    if (relation->kind == BOUND_RELATION_QUERY)
        relation->query = copy_query(copy, relation->query);
    if (relation->kind == BOUND_RELATION_FUNCTION)
        relation->function.calls =
            copy_list(copy, relation->function.calls, relation->function.call_count);
    copy->depth--;
}

static void copy_relations(struct copy *copy, struct bound_query *query)
{
    struct bound_relation *relations = ARENA_ARRAY(
        copy->binder->arena, struct bound_relation, query->relation_count + 1);
    for (size_t i = 0; i < query->relation_count; i++) {
        relations[i] = query->relations[i];
        copy_relation(copy, &relations[i]);
    }
    query->relations = relations;
}

static const struct bound_modify *copy_modify(struct copy *copy,
                                              const struct bound_modify *modify)
{
    struct bound_modify *made = ARENA_NEW(copy->binder->arena, struct bound_modify);
    *made = *modify;
    made->source = copy_query(copy, modify->source);
    copy->depth--; /* the expressions are of the query itself */
    made->assignments = ARENA_ARRAY(copy->binder->arena, struct bound_assignment,
                                    modify->assignment_count + 1);
    for (size_t i = 0; i < modify->assignment_count; i++)
        made->assignments[i] = (struct bound_assignment){
            modify->assignments[i].place, copy_bound(copy, modify->assignments[i].value)};
    made->conflict_where = copy_bound(copy, modify->conflict_where);
    copy->depth++;
    return made;
}

static void copy_inner(struct copy *copy, struct bound_query *query)
{
    struct bound_common *commons =
        ARENA_ARRAY(copy->binder->arena, struct bound_common, query->common_count + 1);
    copy->depth++;
    query->left = copy_query(copy, query->left);
    query->right = copy_query(copy, query->right);
    for (size_t i = 0; i < query->common_count; i++) {
        commons[i] = query->commons[i];
        commons[i].query = copy_query(copy, commons[i].query);
    }
    query->commons = commons;
    if (query->modify != NULL)
        query->modify = copy_modify(copy, query->modify);
    copy->depth--;
}

static void copy_windows(struct copy *copy, struct bound_query *query)
{
    struct bound_window *windows =
        ARENA_ARRAY(copy->binder->arena, struct bound_window, query->window_count + 1);
    for (size_t i = 0; i < query->window_count; i++) {
        struct bound_window *window = &windows[i];
        *window = query->windows[i];
        window->partition = copy_list(copy, window->partition, window->partition_count);
        window->order = copy_list(copy, window->order, window->order_count);
        window->frame.start_offset = copy_bound(copy, window->frame.start_offset);
        window->frame.end_offset = copy_bound(copy, window->frame.end_offset);
    }
    query->windows = windows;
}

static const struct bound_query *copy_query(struct copy *copy,
                                            const struct bound_query *query)
{
    if (query == NULL)
        return NULL;
    struct bound_query *made = ARENA_NEW(copy->binder->arena, struct bound_query);
    *made = *query;
    copy_relations(copy, made);
    copy_inner(copy, made);
    made->from = copy_from(copy, query->from);
    made->where = copy_bound(copy, query->where);
    made->targets = copy_list(copy, query->targets, query->target_count);
    made->groups = copy_list(copy, query->groups, query->group_count);
    made->having = copy_bound(copy, query->having);
    copy_windows(copy, made);
    made->limit = copy_bound(copy, query->limit);
    made->offset = copy_bound(copy, query->offset);
    made->rows =
        ARENA_ARRAY(copy->binder->arena, const struct bound **, query->row_count + 1);
    for (size_t i = 0; i < query->row_count; i++)
        made->rows[i] = copy_list(copy, query->rows[i], query->columns.count);
    return made;
}

const struct bound_query *query_pushed_in(struct binder *binder,
                                          const struct bound_query *query)
{
    struct copy copy = {.binder = binder, .depth = 1, .levels = 1};
    return copy_query(&copy, query);
}
