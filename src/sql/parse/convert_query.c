/* Queries and what stands in FROM. */
#include <string.h>

#include "sql/parse/convert.h"

/* PostgreSQL's FRAMEOPTION_ bits (nodes/parsenodes.h); libpg_query hands them on raw. */
enum {
    PG_FRAME_NONDEFAULT = 0x1,
    PG_FRAME_RANGE = 0x2,
    PG_FRAME_ROWS = 0x4,
    PG_FRAME_GROUPS = 0x8,
    PG_FRAME_START_UNBOUNDED_PRECEDING = 0x20,
    PG_FRAME_START_UNBOUNDED_FOLLOWING = 0x80,
    PG_FRAME_START_CURRENT_ROW = 0x200,
    PG_FRAME_START_OFFSET_PRECEDING = 0x800,
    PG_FRAME_START_OFFSET_FOLLOWING = 0x2000,
    PG_FRAME_EXCLUDE_CURRENT_ROW = 0x8000,
    PG_FRAME_EXCLUDE_GROUP = 0x10000,
    PG_FRAME_EXCLUDE_TIES = 0x20000,
};

/* The bit of each bound's end form is twice that of its start form. */
static enum ast_frame_bound frame_bound(int32_t options, int32_t scale)
{
    if (options & (PG_FRAME_START_UNBOUNDED_PRECEDING * scale))
        return FRAME_UNBOUNDED_PRECEDING;
    if (options & (PG_FRAME_START_UNBOUNDED_FOLLOWING * scale))
        return FRAME_UNBOUNDED_FOLLOWING;
    if (options & (PG_FRAME_START_OFFSET_PRECEDING * scale))
        return FRAME_OFFSET_PRECEDING;
    if (options & (PG_FRAME_START_OFFSET_FOLLOWING * scale))
        return FRAME_OFFSET_FOLLOWING;
    return FRAME_CURRENT_ROW;
}

static void frame(struct convert *convert, const PgQuery__WindowDef *node,
                  struct ast_window *window)
{
    int32_t options = node->frame_options;
    window->mode = !(options & PG_FRAME_NONDEFAULT) ? FRAME_NONE
                   : options & PG_FRAME_ROWS        ? FRAME_ROWS
                   : options & PG_FRAME_GROUPS      ? FRAME_GROUPS
                                                    : FRAME_RANGE;
    window->start = frame_bound(options, 1);
    window->end = frame_bound(options, 2);
    window->exclusion = options & PG_FRAME_EXCLUDE_CURRENT_ROW ? FRAME_EXCLUDE_CURRENT_ROW
                        : options & PG_FRAME_EXCLUDE_GROUP     ? FRAME_EXCLUDE_GROUP
                        : options & PG_FRAME_EXCLUDE_TIES      ? FRAME_EXCLUDE_TIES
                                                               : FRAME_EXCLUDE_NONE;
    window->start_offset = convert_expression(convert, node->start_offset);
    window->end_offset = convert_expression(convert, node->end_offset);
}

struct ast_window *convert_window(struct convert *convert, const PgQuery__WindowDef *node,
                                  bool is_over)
{
    struct ast_window *window = ARENA_NEW(convert->arena, struct ast_window);
    const char *name = convert_text(convert, node->name);
    window->is_bare_name = is_over && name != NULL;
    window->name = is_over ? NULL : name;
    window->reference =
        window->is_bare_name ? name : convert_text(convert, node->refname);
    window->partition_by = convert_expressions(convert, NODES(node, partition_clause));
    window->order_by = convert_sorts(convert, NODES(node, order_clause));
    window->span = convert_span(convert, node->location);
    frame(convert, node, window);
    return window;
}

static struct ast_alias convert_alias(const struct convert *convert,
                                      const PgQuery__Alias *node)
{
    struct ast_alias alias = {NULL, {NULL, 0}};
    if (node == NULL)
        return alias;
    alias.name = arena_strdup(convert->arena, node->aliasname);
    alias.columns = convert_columns(convert, NODES(node, colnames));
    return alias;
}

static const struct show_place *find_show(const struct convert *convert,
                                          struct ast_span span)
{
    for (size_t i = 0; i < convert->show_count; i++) {
        if (span.to != 0 && convert->shows[i].at == span.from)
            return &convert->shows[i];
    }
    return NULL;
}

struct ast_from_item *convert_range(struct convert *convert,
                                    const PgQuery__RangeVar *node)
{
    struct ast_from_item *item = ARENA_NEW(convert->arena, struct ast_from_item);
    item->span = convert_span(convert, node->location);
    const struct show_place *show = find_show(convert, item->span);
    if (show != NULL) {
        item->kind = FROM_SHOW;
        item->span = show->show->span;
        item->show = show->show;
        return item;
    }
    item->kind = FROM_RELATION;
    item->alias = convert_alias(convert, node->alias);
    item->relation.name = convert_relation_name(convert, node);
    item->relation.is_only = !node->inh;
    return item;
}

static struct ast_column_type *column_types(struct convert *convert, struct nodes nodes)
{
    struct ast_column_type *types =
        ARENA_ARRAY(convert->arena, struct ast_column_type, nodes.count);
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF)
            continue;
        const PgQuery__ColumnDef *node = nodes.items[i]->column_def;
        types[i].name = arena_strdup(convert->arena, node->colname);
        types[i].type = convert_type(convert, node->type_name);
        types[i].span = convert_span(convert, node->location);
        if (node->coll_clause != NULL)
            types[i].collation = convert_name(convert, NODES(node->coll_clause, collname),
                                              node->coll_clause->location);
    }
    return types;
}

/* Each function of RangeFunction is a list of the call and its column definitions. */
static void function(struct convert *convert, const PgQuery__Node *node,
                     struct ast_from_function *function)
{
    if (node->node_case != PG_QUERY__NODE__NODE_LIST || node->list->n_items == 0)
        return;
    function->call = convert_expression(convert, node->list->items[0]);
    const PgQuery__Node *columns = node->list->n_items > 1 ? node->list->items[1] : NULL;
    if (columns != NULL && columns->node_case == PG_QUERY__NODE__NODE_LIST) {
        function->columns = column_types(convert, NODES(columns->list, items));
        function->column_count = columns->list->n_items;
    }
}

static struct ast_from_item *functions(struct convert *convert,
                                       const PgQuery__RangeFunction *node)
{
    struct ast_from_item *item = ARENA_NEW(convert->arena, struct ast_from_item);
    struct ast_from_functions *functions = &item->functions;
    item->kind = FROM_FUNCTION;
    item->is_lateral = node->lateral;
    item->alias = convert_alias(convert, node->alias);
    functions->with_ordinality = node->ordinality;
    functions->is_rows_from = node->is_rowsfrom;
    functions->count = node->n_functions;
    functions->items =
        ARENA_ARRAY(convert->arena, struct ast_from_function, node->n_functions);
    for (size_t i = 0; i < node->n_functions; i++)
        function(convert, node->functions[i], &functions->items[i]);
    functions->columns = column_types(convert, NODES(node, coldeflist));
    functions->column_count = node->n_coldeflist;
    if (functions->count > 0 && functions->items[0].call != NULL)
        item->span = functions->items[0].call->span;
    return item;
}

static struct ast_from_item *subselect(struct convert *convert,
                                       const PgQuery__RangeSubselect *node)
{
    struct ast_from_item *item = ARENA_NEW(convert->arena, struct ast_from_item);
    item->kind = FROM_SUBQUERY;
    item->is_lateral = node->lateral;
    item->alias = convert_alias(convert, node->alias);
    item->subquery = convert_query_node(convert, node->subquery);
    if (item->subquery != NULL)
        item->span = item->subquery->span;
    return item;
}

static struct ast_from_item *from_item(struct convert *convert,
                                       const PgQuery__Node *node);

static struct ast_from_item *join(struct convert *convert, const PgQuery__JoinExpr *node)
{
    struct ast_from_item *item = ARENA_NEW(convert->arena, struct ast_from_item);
    struct ast_join *join = &item->join;
    item->kind = FROM_JOIN;
    item->alias = convert_alias(convert, node->alias);
    join->is_natural = node->is_natural;
    join->left = from_item(convert, node->larg);
    join->right = from_item(convert, node->rarg);
    join->using_columns = convert_columns(convert, NODES(node, using_clause));
    if (node->join_using_alias != NULL)
        join->using_alias = convert_text(convert, node->join_using_alias->aliasname);
    join->on = convert_expression(convert, node->quals);
    item->span = join->right->span;
    switch ((int)node->jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
        join->kind = JOIN_LEFT;
        break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
        join->kind = JOIN_RIGHT;
        break;
    case PG_QUERY__JOIN_TYPE__JOIN_FULL:
        join->kind = JOIN_FULL;
        break;
    default: {
        bool has_condition =
            join->on != NULL || join->using_columns.count > 0 || join->is_natural;
        join->kind = has_condition ? JOIN_INNER : JOIN_CROSS;
    }
    }
    return item;
}

static struct ast_from_item *unsupported_item(struct convert *convert, const char *what)
{
    struct ast_from_item *item = ARENA_NEW(convert->arena, struct ast_from_item);
    item->kind = FROM_UNSUPPORTED;
    item->what = what;
    return item;
}

static struct ast_from_item *from_item(struct convert *convert, const PgQuery__Node *node)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
        return convert_range(convert, node->range_var);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
        return subselect(convert, node->range_subselect);
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
        return functions(convert, node->range_function);
    case PG_QUERY__NODE__NODE_JOIN_EXPR:
        return join(convert, node->join_expr);
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
        return unsupported_item(convert, "TABLESAMPLE");
    case PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC:
        return unsupported_item(convert, "XMLTABLE");
    default:
        return unsupported_item(convert, "this FROM item");
    }
}

struct ast_from_list convert_from(struct convert *convert, struct nodes nodes)
{
    struct ast_from_list list = {
        ARENA_ARRAY(convert->arena, struct ast_from_item *, nodes.count), nodes.count};
    for (size_t i = 0; i < nodes.count; i++)
        list.items[i] = from_item(convert, nodes.items[i]);
    return list;
}

struct ast_target_list convert_targets(struct convert *convert, struct nodes nodes)
{
    struct ast_target_list list = {
        ARENA_ARRAY(convert->arena, struct ast_target, nodes.count), 0};
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case != PG_QUERY__NODE__NODE_RES_TARGET)
            continue;
        const PgQuery__ResTarget *node = nodes.items[i]->res_target;
        struct ast_target *target = &list.items[list.count++];
        target->expression = convert_expression(convert, node->val);
        target->alias = convert_text(convert, node->name);
        target->span = convert_span(convert, node->location);
    }
    return list;
}

static void grouping(struct convert *convert, const PgQuery__Node *node,
                     struct ast_grouping_item *item);

static void grouping_set(struct convert *convert, const PgQuery__GroupingSet *node,
                         struct ast_grouping_item *item)
{
    item->span = convert_span(convert, node->location);
    switch ((int)node->kind) {
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_ROLLUP:
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE:
        item->kind = node->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE
                         ? GROUPING_CUBE
                         : GROUPING_ROLLUP;
        item->list = convert_expressions(convert, NODES(node, content));
        break;
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_SETS:
        item->kind = GROUPING_SETS;
        item->sets =
            ARENA_ARRAY(convert->arena, struct ast_grouping_item, node->n_content);
        item->set_count = node->n_content;
        for (size_t i = 0; i < node->n_content; i++)
            grouping(convert, node->content[i], &item->sets[i]);
        break;
    default:
        item->kind = GROUPING_EMPTY;
        break;
    }
}

static void grouping(struct convert *convert, const PgQuery__Node *node,
                     struct ast_grouping_item *item)
{
    if (node->node_case == PG_QUERY__NODE__NODE_GROUPING_SET) {
        grouping_set(convert, node->grouping_set, item);
        return;
    }
    item->kind = GROUPING_EXPRESSION;
    item->expression = convert_expression(convert, node);
    if (item->expression != NULL)
        item->span = item->expression->span;
}

static void common_table(struct convert *convert, const PgQuery__CommonTableExpr *node,
                         struct ast_common_table *table)
{
    table->name = arena_strdup(convert->arena, node->ctename);
    table->columns = convert_columns(convert, NODES(node, aliascolnames));
    table->span = convert_span(convert, node->location);
    table->materialized =
        node->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways
            ? MATERIALIZED_ALWAYS
        : node->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever
            ? MATERIALIZED_NEVER
            : MATERIALIZED_DEFAULT;
    table->statement = convert_statement(convert, node->ctequery);
    table->unsupported = node->search_clause != NULL  ? "SEARCH"
                         : node->cycle_clause != NULL ? "CYCLE"
                                                      : NULL;
}

struct ast_with_clause *convert_with(struct convert *convert,
                                     const PgQuery__WithClause *node)
{
    if (node == NULL)
        return NULL;
    struct ast_with_clause *with = ARENA_NEW(convert->arena, struct ast_with_clause);
    with->is_recursive = node->recursive;
    with->span = convert_span(convert, node->location);
    with->items = ARENA_ARRAY(convert->arena, struct ast_common_table, node->n_ctes);
    for (size_t i = 0; i < node->n_ctes; i++) {
        if (node->ctes[i]->node_case == PG_QUERY__NODE__NODE_COMMON_TABLE_EXPR)
            common_table(convert, node->ctes[i]->common_table_expr,
                         &with->items[with->count++]);
    }
    return with;
}

static void locking(struct convert *convert, const PgQuery__LockingClause *node,
                    struct ast_locking *locking)
{
    static const enum ast_lock_strength strengths[] = {LOCK_KEY_SHARE,     LOCK_KEY_SHARE,
                                                       LOCK_KEY_SHARE,     LOCK_SHARE,
                                                       LOCK_NO_KEY_UPDATE, LOCK_UPDATE};
    if ((size_t)node->strength < ARRAY_COUNT(strengths))
        locking->strength = strengths[node->strength];
    locking->wait = node->wait_policy == PG_QUERY__LOCK_WAIT_POLICY__LockWaitSkip
                        ? LOCK_WAIT_SKIP
                    : node->wait_policy == PG_QUERY__LOCK_WAIT_POLICY__LockWaitError
                        ? LOCK_WAIT_ERROR
                        : LOCK_WAIT_BLOCK;
    locking->relation_count = node->n_locked_rels;
    locking->relations =
        ARENA_ARRAY(convert->arena, struct ast_name, node->n_locked_rels);
    for (size_t i = 0; i < node->n_locked_rels; i++)
        locking->relations[i] = convert_any_name(convert, node->locked_rels[i]);
}

static void values(struct convert *convert, const PgQuery__SelectStmt *node,
                   struct ast_query *query)
{
    query->kind = QUERY_VALUES;
    query->values.row_count = node->n_values_lists;
    query->values.rows =
        ARENA_ARRAY(convert->arena, struct ast_expression_list, node->n_values_lists);
    for (size_t i = 0; i < node->n_values_lists; i++) {
        const PgQuery__Node *row = node->values_lists[i];
        if (row->node_case == PG_QUERY__NODE__NODE_LIST)
            query->values.rows[i] = convert_expressions(convert, NODES(row->list, items));
    }
}

static void set_node(struct convert *convert, const PgQuery__SelectStmt *node,
                     struct ast_query *query)
{
    query->kind = QUERY_SET;
    query->set.operation = node->op == PG_QUERY__SET_OPERATION__SETOP_UNION ? SET_UNION
                           : node->op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT
                               ? SET_INTERSECT
                               : SET_EXCEPT;
    query->set.is_all = node->all;
    query->set.left = convert_query(convert, node->larg);
    query->set.right = convert_query(convert, node->rarg);
}

static void select_groups(struct convert *convert, const PgQuery__SelectStmt *node,
                          struct ast_select *select)
{
    select->is_group_distinct = node->group_distinct;
    select->group_count = node->n_group_clause;
    select->groups =
        ARENA_ARRAY(convert->arena, struct ast_grouping_item, node->n_group_clause);
    for (size_t i = 0; i < node->n_group_clause; i++)
        grouping(convert, node->group_clause[i], &select->groups[i]);
    select->having = convert_expression(convert, node->having_clause);
    select->windows =
        ARENA_ARRAY(convert->arena, struct ast_window *, node->n_window_clause);
    for (size_t i = 0; i < node->n_window_clause; i++) {
        if (node->window_clause[i]->node_case == PG_QUERY__NODE__NODE_WINDOW_DEF)
            select->windows[select->window_count++] =
                convert_window(convert, node->window_clause[i]->window_def, false);
    }
}

static void select_core(struct convert *convert, const PgQuery__SelectStmt *node,
                        struct ast_query *query)
{
    struct ast_select *select = &query->select;
    query->kind = QUERY_SELECT;
    /* Plain DISTINCT is a list of one empty node. */
    select->is_distinct = node->n_distinct_clause > 0;
    select->distinct_on = convert_expressions(convert, NODES(node, distinct_clause));
    select->targets = convert_targets(convert, NODES(node, target_list));
    select->from = convert_from(convert, NODES(node, from_clause));
    select->where = convert_expression(convert, node->where_clause);
    select_groups(convert, node, select);
    if (node->into_clause != NULL && node->into_clause->rel != NULL) {
        select->into = convert_relation_name(convert, node->into_clause->rel);
        select->into_persistence = convert_persistence(node->into_clause->rel);
    }
    if (select->targets.count > 0)
        query->span = select->targets.items[0].span;
}

struct ast_query *convert_query(struct convert *convert, const PgQuery__SelectStmt *node)
{
    if (node == NULL)
        return NULL;
    struct ast_query *query = ARENA_NEW(convert->arena, struct ast_query);
    query->with = convert_with(convert, node->with_clause);
    if (node->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
        set_node(convert, node, query);
    else if (node->n_values_lists > 0)
        values(convert, node, query);
    else
        select_core(convert, node, query);
    query->order_by = convert_sorts(convert, NODES(node, sort_clause));
    query->limit = convert_expression(convert, node->limit_count);
    query->offset = convert_expression(convert, node->limit_offset);
    query->with_ties =
        node->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
    query->locks =
        ARENA_ARRAY(convert->arena, struct ast_locking, node->n_locking_clause);
    for (size_t i = 0; i < node->n_locking_clause; i++) {
        if (node->locking_clause[i]->node_case == PG_QUERY__NODE__NODE_LOCKING_CLAUSE)
            locking(convert, node->locking_clause[i]->locking_clause,
                    &query->locks[query->lock_count++]);
    }
    return query;
}

struct ast_query *convert_query_node(struct convert *convert, const PgQuery__Node *node)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return NULL;
    return convert_query(convert, node->select_stmt);
}
