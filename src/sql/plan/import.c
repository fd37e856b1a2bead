/* From bound queries to the planner's blocks: columns get the statement-wide numbers of
 * their sources, groups and aggregates become columns of the aggregation, references to
 * WITH queries are resolved. */
#include "sql/plan/import.h"

static enum rc import_common(struct planner *planner, struct import_scope *scope,
                             const struct bound_relation *relation,
                             struct source *source);

static enum rc import_block(struct planner *planner, struct import_scope *parent,
                            const struct bound_query *query, struct block **block_out);

static enum rc import_modifying(struct planner *planner, struct import_scope *scope);

struct import_scope *import_scope_out(struct import_scope *scope, uint32_t levels)
{
    while (levels-- != 0 && scope->parent != NULL)
        scope = scope->parent;
    return scope;
}

enum rc import_subquery(struct planner *planner, struct import_scope *scope,
                        const struct bound_query *query, struct block **block_out)
{
    return import_block(planner, scope, query, block_out);
}

static void source_types(struct source *source, const struct bound_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        source->types[i] = columns->items[i].type;
}

static enum rc import_calls(struct planner *planner, struct import_scope *scope,
                            const struct bound_relation *relation, struct source *source)
{
    static const struct bound_query no_query = {.kind = BOUND_QUERY_SELECT};
    struct import_scope inner = {.parent = scope, .query = &no_query};
    source->with_ordinality = relation->function.with_ordinality;
    source->widths = relation->function.widths;
    for (size_t i = 0; i < relation->function.call_count; i++) {
        const struct bound *call = NULL;
        /* The calls count as a level of their own. */
        TRY(import_expression(planner, &inner, relation->function.calls[i], &call));
        expressions_add(planner, &source->calls, call);
    }
    return RC_OK;
}

static enum rc import_relation(struct planner *planner, struct import_scope *scope,
                               const struct bound_relation *relation,
                               struct source *source)
{
    switch (relation->kind) {
    case BOUND_RELATION_SYSTEM:
        source->kind = SOURCE_SYSTEM;
        source->system = relation->system;
        return RC_OK;
    case BOUND_RELATION_TABLE:
        source->kind = SOURCE_TABLE;
        source->table = relation->table;
        return RC_OK;
    case BOUND_RELATION_QUERY:
        source->kind = SOURCE_BLOCK;
        return import_block(planner, scope, relation->query, &source->block);
    case BOUND_RELATION_FUNCTION:
        source->kind = SOURCE_FUNCTION;
        return import_calls(planner, scope, relation, source);
    case BOUND_RELATION_COMMON:
        return import_common(planner, scope, relation, source);
    }
    return RC_OK;
}

static enum rc import_relations(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    scope->ids = ARENA_ARRAY(planner->arena, uint32_t, query->relation_count);
    /* A lateral item reads those to its left, so all have their numbers first. */
    for (size_t i = 0; i < query->relation_count; i++) {
        const struct bound_relation *relation = &query->relations[i];
        bool is_table = relation->kind == BOUND_RELATION_TABLE;
        struct source *source = source_new(planner, SOURCE_SYSTEM, relation->alias,
                                           relation->columns.count + is_table);
        source_types(source, &relation->columns);
        if (is_table)
            source->types[relation->columns.count] = type_find_oid(TYPE_INT8);
        scope->ids[i] = source->id;
    }
    for (size_t i = 0; i < query->relation_count; i++)
        TRY(import_relation(planner, scope, &query->relations[i],
                            planner->sources[scope->ids[i]]));
    return RC_OK;
}

struct tree *tree_one_row(struct planner *planner)
{
    struct tree *tree = ARENA_NEW(planner->arena, struct tree);
    tree->kind = TREE_ONE_ROW;
    tree_measure(tree);
    return tree;
}

static enum rc import_from(struct planner *planner, struct import_scope *scope,
                           const struct bound_from *from, struct tree **tree_out)
{
    static const enum plan_join joins[] = {
        [BOUND_JOIN_INNER] = PLAN_JOIN_INNER,
        [BOUND_JOIN_LEFT] = PLAN_JOIN_LEFT,
        [BOUND_JOIN_RIGHT] = PLAN_JOIN_LEFT,
        [BOUND_JOIN_FULL] = PLAN_JOIN_FULL,
    };
    struct tree *tree = ARENA_NEW(planner->arena, struct tree);
    *tree_out = tree;
    tree->kind = from->is_join ? TREE_JOIN : TREE_SOURCE;
    if (!from->is_join) {
        tree->source = planner->sources[scope->ids[from->relation]];
        tree_measure(tree);
        return RC_OK;
    }
    TRY(planner_enter(planner));
    tree->join = joins[from->kind];
    bool turned = from->kind == BOUND_JOIN_RIGHT;
    TRY(import_from(planner, scope, from->left, turned ? &tree->right : &tree->left));
    TRY(import_from(planner, scope, from->right, turned ? &tree->left : &tree->right));
    tree_measure(tree);
    planner_leave(planner);
    if (from->condition == NULL)
        return RC_OK;
    const struct bound *condition = NULL;
    TRY(import_expression(planner, scope, from->condition, &condition));
    flatten_and(planner, condition, &tree->conditions);
    return RC_OK;
}

static enum rc import_list(struct planner *planner, struct import_scope *scope,
                           const struct bound *const *items, size_t count,
                           struct expressions *list)
{
    for (size_t i = 0; i < count; i++) {
        const struct bound *expression = NULL;
        TRY(import_expression(planner, scope, items[i], &expression));
        expressions_add(planner, list, expression);
    }
    return RC_OK;
}

static enum rc import_optional(struct planner *planner, struct import_scope *scope,
                               const struct bound *expression, const struct bound **out)
{
    *out = NULL;
    return expression == NULL ? RC_OK
                              : import_expression(planner, scope, expression, out);
}

static enum rc import_windows(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    struct block *block = scope->block;
    for (size_t i = 0; i < query->window_count; i++) {
        const struct bound_window *from = &query->windows[i];
        struct block_window *window = &block->windows[i];
        TRY(import_list(planner, scope, from->partition, from->partition_count,
                        &window->partition));
        TRY(import_list(planner, scope, from->order, from->order_count, &window->order));
        window->sort = from->sort;
        window->frame = from->frame;
        TRY(import_optional(planner, scope, from->frame.start_offset,
                            &window->frame.start_offset));
        TRY(import_optional(planner, scope, from->frame.end_offset,
                            &window->frame.end_offset));
    }
    return RC_OK;
}

static enum rc import_select(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    struct block *block = scope->block;
    block->kind = BLOCK_SELECT;
    TRY(import_relations(planner, scope));
    block->tree = tree_one_row(planner);
    if (query->from != NULL)
        TRY(import_from(planner, scope, query->from, &block->tree));
    const struct bound *where = NULL;
    TRY(import_optional(planner, scope, query->where, &where));
    flatten_and(planner, where, &block->where);

    block->is_grouped = query->is_grouped;
    block->grouping_sets = query->grouping_sets;
    block->grouping_set_count = query->grouping_set_count;
    if (query->is_grouped)
        block->aggregation = source_new(planner, SOURCE_DERIVED, "", 0);
    block->windows =
        ARENA_ARRAY(planner->arena, struct block_window, query->window_count);
    block->window_count = query->window_count;
    if (query->window_count != 0)
        block->windowing = source_new(planner, SOURCE_DERIVED, "", 0);
    TRY(import_list(planner, scope, query->groups, query->group_count, &block->groups));
    scope->is_above_groups = query->is_grouped;
    TRY(import_list(planner, scope, query->targets, query->target_count,
                    &block->targets));
    import_locks(planner, scope);
    const struct bound *having = NULL;
    TRY(import_optional(planner, scope, query->having, &having));
    flatten_and(planner, having, &block->having);
    return import_windows(planner, scope);
}

static enum rc import_values(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    struct block *block = scope->block;
    block->kind = BLOCK_VALUES;
    block->value_row_count = query->row_count;
    block->value_rows =
        ARENA_ARRAY(planner->arena, const struct bound **, query->row_count);
    for (size_t row = 0; row < query->row_count; row++) {
        const struct bound **values =
            ARENA_ARRAY(planner->arena, const struct bound *, block->column_count);
        for (size_t i = 0; i < block->column_count; i++)
            TRY(import_expression(planner, scope, query->rows[row][i], &values[i]));
        block->value_rows[row] = values;
    }
    return RC_OK;
}

/* The rows as they are: no targets, or each the column of its place. */
static bool targets_are_rows(const struct bound_query *query)
{
    for (size_t i = 0; i < query->target_count; i++) {
        if (query->targets[i]->kind != BOUND_SLOT || query->targets[i]->slot != i)
            return false;
    }
    return query->target_count == 0 || query->target_count == query->columns.count;
}

static bool is_bare_set(const struct bound_query *query)
{
    return query->kind == BOUND_QUERY_SET && query->order_count == 0 &&
           query->limit == NULL && query->offset == NULL && query->common_count == 0 &&
           targets_are_rows(query);
}

/* True when the side's rows may be added to those of the UNION around it. */
static bool joins_union(const struct bound_query *whole, const struct bound_query *side)
{
    return is_bare_set(side) && side->operation == BOUND_SET_UNION &&
           whole->operation == BOUND_SET_UNION && (side->is_all || !whole->is_all);
}

static void add_input(struct planner *planner, struct block *block, size_t *capacity,
                      struct block *input)
{
    block->inputs = planner_grow(planner->arena, block->inputs, block->input_count,
                                 capacity, sizeof(struct block *));
    block->inputs[block->input_count++] = input;
}

/* UNIONs nest to the left, hundreds of them: the spine is walked, not recursed into. */
static enum rc import_set(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    struct block *block = scope->block;
    block->kind = BLOCK_SET;
    block->operation = query->operation;
    block->is_all = query->is_all;

    bool flattens = query != planner->recursion;
    size_t spine_length = 1;
    for (const struct bound_query *at = query; flattens && joins_union(query, at->left);
         at = at->left)
        spine_length++;
    struct import_scope **spine =
        ARENA_ARRAY(planner->arena, struct import_scope *, spine_length);
    spine[0] = scope;
    for (size_t i = 1; i < spine_length; i++) {
        spine[i] = ARENA_NEW(planner->arena, struct import_scope);
        spine[i]->parent = spine[i - 1];
        spine[i]->query = spine[i - 1]->query->left;
        spine[i]->block = block;
    }
    size_t capacity = 0;
    struct block *input = NULL;
    TRY(import_block(planner, spine[spine_length - 1],
                     spine[spine_length - 1]->query->left, &input));
    add_input(planner, block, &capacity, input);
    for (size_t i = spine_length; i-- != 0;) {
        TRY(import_block(planner, spine[i], spine[i]->query->right, &input));
        bool flat = flattens && input->kind == BLOCK_SET &&
                    joins_union(query, spine[i]->query->right);
        for (size_t k = 0; flat && k < input->input_count; k++)
            add_input(planner, block, &capacity, input->inputs[k]);
        if (!flat)
            add_input(planner, block, &capacity, input);
    }
    return RC_OK;
}

static void import_shape(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    struct block *block = scope->block;
    block->column_count = query->columns.count;
    block->types = ARENA_ARRAY(planner->arena, const struct type *, query->columns.count);
    for (size_t i = 0; i < query->columns.count; i++)
        block->types[i] = query->columns.items[i].type;
    block->is_distinct = query->is_distinct;
    block->distinct_on = query->distinct_on;
    block->distinct_on_count = query->distinct_on_count;
    block->order = query->order;
    block->order_count = query->order_count;
    block->with_ties = query->with_ties;
    if (query->kind == BOUND_QUERY_SELECT)
        return;
    block->rows = source_new(planner, SOURCE_DERIVED, "", block->column_count);
    source_types(block->rows, &query->columns);
}

/* VALUES and SET: the targets read the rows' columns as slots. */
static enum rc import_row_targets(struct planner *planner, struct import_scope *scope)
{
    if (scope->query->target_count != 0)
        return import_list(planner, scope, scope->query->targets,
                           scope->query->target_count, &scope->block->targets);
    for (uint32_t i = 0; i < scope->block->column_count; i++)
        expressions_add(planner, &scope->block->targets,
                        column_of(planner, scope->block->rows, i));
    return RC_OK;
}

/* The types of the aggregation's columns are known once all targets are read. */
static void finish_aggregation(struct planner *planner, struct block *block)
{
    struct source *source = block->aggregation;
    size_t first_call = block_call_column(block);
    size_t count = first_call + block->calls.count;
    source->column_count = count;
    source->types = ARENA_ARRAY(planner->arena, const struct type *, count);
    source->used = ARENA_ARRAY(planner->arena, bool, count);
    if (block->grouping_set_count != 0)
        source->types[block->groups.count] = type_find_oid(TYPE_INT4);
    for (size_t i = 0; i < block->groups.count; i++)
        source->types[i] = block->groups.items[i]->type;
    for (size_t i = 0; i < block->calls.count; i++)
        source->types[first_call + i] = block->calls.items[i]->type;
}

static void finish_windowing(struct planner *planner, struct block *block)
{
    struct source *source = block->windowing;
    source->column_count = block->window_calls.count;
    source->types =
        ARENA_ARRAY(planner->arena, const struct type *, source->column_count);
    source->used = ARENA_ARRAY(planner->arena, bool, source->column_count);
    for (size_t i = 0; i < source->column_count; i++)
        source->types[i] = block->window_calls.items[i]->type;
}

static enum rc import_block(struct planner *planner, struct import_scope *parent,
                            const struct bound_query *query, struct block **block_out)
{
    TRY(planner_enter(planner));
    struct import_scope *scope = ARENA_NEW(planner->arena, struct import_scope);
    struct block *block = ARENA_NEW(planner->arena, struct block);
    *block_out = block;
    scope->parent = parent;
    scope->query = query;
    scope->block = block;
    scope->commons =
        ARENA_ARRAY(planner->arena, struct import_common, query->common_count);
    import_shape(planner, scope);
    if (query->kind == BOUND_QUERY_SELECT) {
        TRY(import_select(planner, scope));
    } else {
        TRY(query->kind == BOUND_QUERY_VALUES   ? import_values(planner, scope)
            : query->kind == BOUND_QUERY_MODIFY ? import_modify(planner, scope)
                                                : import_set(planner, scope));
        TRY(import_row_targets(planner, scope));
    }
    TRY(import_optional(planner, scope, query->limit, &block->limit));
    TRY(import_optional(planner, scope, query->offset, &block->offset));
    if (block->is_grouped)
        finish_aggregation(planner, block);
    if (block->window_count != 0)
        finish_windowing(planner, block);
    planner_leave(planner);
    if (block->kind == BLOCK_SELECT) {
        number_tree(block);
        TRY(unnest_subqueries(planner, block));
        TRY(pull_up(planner, block));
    }
    return import_modifying(planner, scope);
}

enum rc import_query(struct planner *planner, const struct bound_query *query,
                     struct block **block_out)
{
    return import_block(planner, NULL, query, block_out);
}

/* Statements in WITH that nobody reads are run all the same. */
static enum rc import_modifying(struct planner *planner, struct import_scope *scope)
{
    for (size_t i = 0; i < scope->query->common_count; i++) {
        const struct bound_common *common = &scope->query->commons[i];
        struct common *shared = NULL;
        if (!common->is_modify || scope->commons[i].shared != NULL)
            continue;
        shared = ARENA_NEW(planner->arena, struct common);
        TRY(import_block(planner, scope, common->query, &shared->block));
        scope->commons[i].shared = shared;
        common_must_finish(planner, shared);
    }
    return RC_OK;
}

/* WITH. A query that is read once is put in its place; one that reads columns from
 * further out, or the rows of a recursion, must be run where it stands as well. */

struct freedom {
    const struct planner *planner;
    size_t first_source;
    uint32_t first_recursion;
    bool is_bound; /* to something outside of itself */
    bool is_volatile;
};

static bool node_binds(void *argument, const struct bound *expression)
{
    struct freedom *freedom = argument;
    if (expression->kind == BOUND_COLUMN &&
        expression->column.relation < freedom->first_source)
        freedom->is_bound = true;
    if (expression->kind == BOUND_CALL && expression->call.function->volatility == 'v')
        freedom->is_volatile = true;
    return false;
}

static void freedom_of(const struct planner *planner, struct block *block,
                       struct freedom *freedom)
{
    freedom->planner = planner;
    (void)walk_block(block, node_binds, freedom);
    for (size_t i = freedom->first_source; i < planner->source_count; i++) {
        const struct source *source = planner->sources[i];
        if (source->kind == SOURCE_WORK && source->recursion < freedom->first_recursion)
            freedom->is_bound = true;
    }
}

/* The recursive query: its first part, then the part that reads its own rows. */
static enum rc import_recursive(struct planner *planner, struct import_scope *scope,
                                struct import_common *state,
                                const struct bound_query *query, struct block **block_out)
{
    uint32_t before = state->recursion;
    state->recursion = planner->recursive_count++;
    state->is_open = true;
    planner->recursion = query;
    enum rc rc = import_block(planner, scope, query, block_out);
    state->is_open = false;
    struct block *block = *block_out;
    if (rc == RC_OK && block->kind == BLOCK_SET && block->input_count == 2) {
        block->kind = BLOCK_RECURSIVE;
        block->recursion = state->recursion;
    }
    state->recursion = before;
    return rc;
}

static enum rc import_common_query(struct planner *planner, struct import_scope *scope,
                                   struct import_common *state,
                                   const struct bound_common *common,
                                   struct block **block_out)
{
    if (common->is_recursive)
        return import_recursive(planner, scope, state, common->query, block_out);
    return import_block(planner, scope, common->query, block_out);
}

static enum rc import_common(struct planner *planner, struct import_scope *scope,
                             const struct bound_relation *relation, struct source *source)
{
    struct import_scope *home = import_scope_out(scope, relation->common.levels);
    const struct bound_common *common = &home->query->commons[relation->common.index];
    struct import_common *state = &home->commons[relation->common.index];
    if (state->is_open) {
        source->kind = SOURCE_WORK;
        source->recursion = state->recursion;
        return RC_OK;
    }
    source->kind = SOURCE_COMMON;
    source->common = state->shared;
    if (state->shared != NULL)
        return RC_OK;
    struct freedom freedom = {.first_source = planner->source_count,
                              .first_recursion = planner->recursive_count};
    TRY(import_common_query(planner, home, state, common, &source->block));
    freedom_of(planner, source->block, &freedom);
    bool inlines = !common->is_recursive && !common->is_materialized &&
                   !common->is_modify && common->reference_count <= 1 &&
                   !freedom.is_volatile;
    if (inlines || freedom.is_bound) {
        source->kind = SOURCE_BLOCK;
        return RC_OK;
    }
    state->shared = ARENA_NEW(planner->arena, struct common);
    state->shared->block = source->block;
    if (common->is_modify)
        common_must_finish(planner, state->shared);
    source->common = state->shared;
    source->block = NULL;
    return RC_OK;
}
