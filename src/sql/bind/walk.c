/* Walking bound expressions and queries, and comparing them. */
#include "sql/bind/binder.h"
#include "sql/bind/bound_modify.h"

static void walk_list(struct bound_walk *walk, const struct bound *const *items,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        bound_walk(walk, items[i]);
}

static void walk_from(struct bound_walk *walk, const struct bound_from *from)
{
    if (from == NULL || !from->is_join)
        return;
    walk_from(walk, from->left);
    walk_from(walk, from->right);
    bound_walk(walk, from->condition);
}

void bound_walk(struct bound_walk *walk, const struct bound *bound)
{
    if (bound == NULL || !walk->visit(walk, bound))
        return;
    walk_list(walk, bound->arguments, bound->argument_count);
    if (bound->kind == BOUND_AGGREGATE)
        bound_walk(walk, bound->aggregate.filter);
    if (bound->kind == BOUND_WINDOW)
        bound_walk(walk, bound->window.filter);
    if (bound->kind == BOUND_SUBQUERY) {
        walk->depth++;
        bound_walk_query(walk, bound->subquery.query);
        walk->depth--;
    }
}

static void walk_relation(struct bound_walk *walk, const struct bound_relation *relation)
{
    walk->depth++;
    if (relation->kind == BOUND_RELATION_QUERY)
        bound_walk_query(walk, relation->query);
    if (relation->kind == BOUND_RELATION_FUNCTION)
        walk_list(walk, relation->function.calls, relation->function.call_count);
    walk->depth--;
}

static void walk_windows(struct bound_walk *walk, const struct bound_query *query)
{
    for (size_t i = 0; i < query->window_count; i++) {
        const struct bound_window *window = &query->windows[i];
        walk_list(walk, window->partition, window->partition_count);
        walk_list(walk, window->order, window->order_count);
        bound_walk(walk, window->frame.start_offset);
        bound_walk(walk, window->frame.end_offset);
    }
}

/* `depth` is already that of the query's own expressions. */
void bound_walk_query(struct bound_walk *walk, const struct bound_query *query)
{
    if (query == NULL)
        return;
    for (size_t i = 0; i < query->relation_count; i++)
        walk_relation(walk, &query->relations[i]);
    walk_from(walk, query->from);
    bound_walk(walk, query->where);
    walk_list(walk, query->targets, query->target_count);
    walk_list(walk, query->groups, query->group_count);
    bound_walk(walk, query->having);
    walk_windows(walk, query);
    bound_walk(walk, query->limit);
    bound_walk(walk, query->offset);
    for (size_t i = 0; i < query->row_count; i++)
        walk_list(walk, query->rows[i], query->columns.count);
    walk->depth++;
    bound_walk_query(walk, query->left);
    bound_walk_query(walk, query->right);
    for (size_t i = 0; i < query->common_count; i++)
        bound_walk_query(walk, query->commons[i].query);
    if (query->modify != NULL)
        bound_walk_query(walk, query->modify->source);
    walk->depth--;
    for (size_t i = 0; query->modify != NULL && i < query->modify->assignment_count; i++)
        bound_walk(walk, query->modify->assignments[i].value);
    if (query->modify != NULL)
        bound_walk(walk, query->modify->conflict_where);
}

struct wanted {
    enum bound_kind kind;
    uint32_t levels;
    const struct bound *found;
};

static bool visit_wanted(struct bound_walk *walk, const struct bound *bound)
{
    struct wanted *wanted = (struct wanted *)walk->argument;
    uint32_t levels = walk->depth + wanted->levels;
    bool fits = bound->kind == wanted->kind;
    if (bound->kind == BOUND_COLUMN)
        fits = fits && bound->column.levels == levels;
    if (bound->kind == BOUND_AGGREGATE)
        fits = fits && bound->aggregate.levels == levels;
    if (bound->kind == BOUND_WINDOW) /* always of the query where it stands */
        fits = fits && levels == 0;
    if (fits && wanted->found == NULL)
        wanted->found = bound;
    return wanted->found == NULL;
}

/* A node of the kind; of columns and aggregates one of that level. NULL: none. */
const struct bound *bound_find(const struct bound *bound, enum bound_kind kind,
                               uint32_t levels)
{
    struct wanted wanted = {.kind = kind, .levels = levels};
    struct bound_walk walk = {.visit = visit_wanted, .argument = &wanted};
    bound_walk(&walk, bound);
    return wanted.found;
}

static bool visit_set(struct bound_walk *walk, const struct bound *bound)
{
    const struct bound **found = (const struct bound **)walk->argument;
    if (bound->kind == BOUND_CALL && bound->call.function->kind == FUNCTION_SET)
        *found = bound;
    return *found == NULL && bound->kind != BOUND_SUBQUERY;
}

/* A set-returning call in it, subqueries aside; NULL: there is none. */
const struct bound *bound_find_set(const struct bound *bound)
{
    const struct bound *found = NULL;
    struct bound_walk walk = {.visit = visit_set, .argument = (void *)&found};
    bound_walk(&walk, bound);
    return found;
}

static bool equal_lists(const struct bound *const *a, const struct bound *const *b,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!bound_equal(a[i], b[i]))
            return false;
    }
    return true;
}

static bool equal_constants(const struct bound *a, const struct bound *b)
{
    if (a->constant.null || b->constant.null)
        return a->constant.null == b->constant.null;
    if (a->type->methods->storage == TYPE_STORAGE_BYTES)
        return bytes_equal(a->constant.datum.bytes, b->constant.datum.bytes);
    if (a->type->methods->compare == NULL)
        return false;
    return type_compare(a->type, a->constant.datum, b->constant.datum) == 0;
}

static bool equal_aggregates(const struct bound *a, const struct bound *b)
{
    if (a->aggregate.function != b->aggregate.function ||
        a->aggregate.levels != b->aggregate.levels ||
        a->aggregate.distinct != b->aggregate.distinct ||
        a->aggregate.order_count != b->aggregate.order_count ||
        (a->aggregate.filter == NULL) != (b->aggregate.filter == NULL))
        return false;
    for (size_t i = 0; i < a->aggregate.order_count; i++) {
        const struct bound_sort *one = &a->aggregate.order[i];
        const struct bound_sort *other = &b->aggregate.order[i];
        if (one->target != other->target || one->is_descending != other->is_descending ||
            one->nulls_first != other->nulls_first)
            return false;
    }
    return a->aggregate.filter == NULL ||
           bound_equal(a->aggregate.filter, b->aggregate.filter);
}

static bool equal_optional(const struct bound *a, const struct bound *b)
{
    return a == NULL || b == NULL ? a == b : bound_equal(a, b);
}

static bool equal_windows(const struct bound *a, const struct bound *b)
{
    return a->window.function == b->window.function &&
           a->window.window == b->window.window &&
           equal_optional(a->window.filter, b->window.filter);
}

static bool equal_groupings(const struct bound *a, const struct bound *b)
{
    size_t bytes = a->grouping.group_count * sizeof(*a->grouping.groups);
    return a->grouping.levels == b->grouping.levels &&
           a->grouping.group_count == b->grouping.group_count &&
           (bytes == 0 || memcmp(a->grouping.groups, b->grouping.groups, bytes) == 0);
}

static bool equal_own(const struct bound *a, const struct bound *b)
{
    switch (a->kind) {
    case BOUND_CONSTANT:
        return equal_constants(a, b);
    case BOUND_COLUMN:
        return a->column.levels == b->column.levels &&
               a->column.relation == b->column.relation &&
               a->column.column == b->column.column;
    case BOUND_SLOT:
    case BOUND_OUTER:
        return a->slot == b->slot;
    case BOUND_PARAMETER:
        return a->parameter == b->parameter;
    case BOUND_CALL:
    case BOUND_DISTINCT:
    case BOUND_NULLIF:
    case BOUND_QUANTIFIED:
        return a->call.function == b->call.function &&
               a->call.negated == b->call.negated && a->call.all == b->call.all;
    case BOUND_IS_NULL:
    case BOUND_IS_BOOLEAN:
        return a->test.negated == b->test.negated && a->test.boolean == b->test.boolean;
    case BOUND_EXTREME:
        return a->greatest == b->greatest;
    case BOUND_SUBQUERY:
        return a->subquery.query == b->subquery.query;
    case BOUND_SUBPLAN:
        return a->subplan == b->subplan;
    case BOUND_AGGREGATE:
        return equal_aggregates(a, b);
    case BOUND_WINDOW:
        return equal_windows(a, b);
    case BOUND_GROUPING:
        return equal_groupings(a, b);
    case BOUND_FIELD:
        return a->field == b->field;
    case BOUND_LET:
    case BOUND_SHARED:
        return a->shared == b->shared;
    default: /* all is in type and arguments */
        return true;
    }
}

bool bound_equal(const struct bound *a, const struct bound *b)
{
    if (a == b)
        return true;
    return a->kind == b->kind && a->type == b->type && a->typmod == b->typmod &&
           a->argument_count == b->argument_count && equal_own(a, b) &&
           equal_lists(a->arguments, b->arguments, a->argument_count);
}
