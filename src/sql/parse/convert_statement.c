/* The statement itself, and those that read and change rows. */
#include <string.h>

#include "sql/parse/convert.h"

static struct ast_assignment_list assignments(struct convert *convert, struct nodes nodes)
{
    struct ast_assignment_list list = {
        ARENA_ARRAY(convert->arena, struct ast_assignment, nodes.count), 0};
    struct ast_expression *shared = NULL; /* (a, b) = source: made for the first column */
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case != PG_QUERY__NODE__NODE_RES_TARGET)
            continue;
        const PgQuery__ResTarget *node = nodes.items[i]->res_target;
        struct ast_assignment *item = &list.items[list.count++];
        item->column = arena_strdup(convert->arena, node->name);
        item->steps = convert_steps(convert, NODES(node, indirection));
        item->step_count = node->n_indirection;
        item->span = convert_span(convert, node->location);
        if (node->val != NULL &&
            node->val->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) {
            const PgQuery__MultiAssignRef *ref = node->val->multi_assign_ref;
            if (ref->colno == 1)
                shared = convert_expression(convert, ref->source);
            item->value = shared;
            item->column_index = (size_t)ref->colno - 1;
            item->column_count = (size_t)ref->ncolumns;
        } else {
            item->value = convert_expression(convert, node->val);
        }
    }
    return list;
}

static void conflict(struct convert *convert, const PgQuery__OnConflictClause *node,
                     struct ast_conflict *conflict)
{
    if (node == NULL)
        return;
    conflict->action = node->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE
                           ? CONFLICT_UPDATE
                           : CONFLICT_NOTHING;
    conflict->span = convert_span(convert, node->location);
    conflict->set = assignments(convert, NODES(node, target_list));
    conflict->where = convert_expression(convert, node->where_clause);
    if (node->infer == NULL)
        return;
    conflict->elements = convert_index_elements(convert, NODES(node->infer, index_elems));
    conflict->element_count = node->infer->n_index_elems;
    conflict->index_where = convert_expression(convert, node->infer->where_clause);
    conflict->constraint = convert_text(convert, node->infer->conname);
}

static struct ast_insert *insert(struct convert *convert, const PgQuery__InsertStmt *node)
{
    struct ast_insert *insert = ARENA_NEW(convert->arena, struct ast_insert);
    insert->with = convert_with(convert, node->with_clause);
    insert->table = convert_relation_name(convert, node->relation);
    if (node->relation != NULL && node->relation->alias != NULL)
        insert->alias = convert_text(convert, node->relation->alias->aliasname);
    insert->columns = assignments(convert, NODES(node, cols));
    insert->source = convert_query_node(convert, node->select_stmt);
    insert->overriding =
        node->override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE
            ? OVERRIDING_USER
        : node->override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE
            ? OVERRIDING_SYSTEM
            : OVERRIDING_NONE;
    conflict(convert, node->on_conflict_clause, &insert->conflict);
    insert->returning = convert_targets(convert, NODES(node, returning_list));
    return insert;
}

static struct ast_update *update(struct convert *convert, const PgQuery__UpdateStmt *node)
{
    struct ast_update *update = ARENA_NEW(convert->arena, struct ast_update);
    update->with = convert_with(convert, node->with_clause);
    update->table = convert_range(convert, node->relation);
    update->set = assignments(convert, NODES(node, target_list));
    update->from = convert_from(convert, NODES(node, from_clause));
    update->where = convert_expression(convert, node->where_clause);
    update->returning = convert_targets(convert, NODES(node, returning_list));
    return update;
}

static struct ast_delete_rows *delete_rows(struct convert *convert,
                                           const PgQuery__DeleteStmt *node)
{
    struct ast_delete_rows *delete_rows =
        ARENA_NEW(convert->arena, struct ast_delete_rows);
    delete_rows->with = convert_with(convert, node->with_clause);
    delete_rows->table = convert_range(convert, node->relation);
    delete_rows->using_items = convert_from(convert, NODES(node, using_clause));
    delete_rows->where = convert_expression(convert, node->where_clause);
    delete_rows->returning = convert_targets(convert, NODES(node, returning_list));
    return delete_rows;
}

static struct ast_copy *copy(struct convert *convert, const PgQuery__CopyStmt *node)
{
    struct ast_copy *copy = ARENA_NEW(convert->arena, struct ast_copy);
    copy->table = convert_relation_name(convert, node->relation);
    copy->columns = convert_columns(convert, NODES(node, attlist));
    if (node->query != NULL)
        copy->query = convert_statement(convert, node->query);
    copy->is_from = node->is_from;
    copy->is_program = node->is_program;
    copy->file = convert_text(convert, node->filename);
    copy->options = convert_defines(convert, NODES(node, options));
    copy->where = convert_expression(convert, node->where_clause);
    return copy;
}

static struct ast_explain *explain(struct convert *convert,
                                   const PgQuery__ExplainStmt *node)
{
    struct ast_explain *explain = ARENA_NEW(convert->arena, struct ast_explain);
    explain->statement = convert_statement(convert, node->query);
    explain->options = convert_defines(convert, NODES(node, options));
    return explain;
}

static void truncate_rows(struct convert *convert, const PgQuery__TruncateStmt *node,
                          struct ast_truncate *truncate)
{
    truncate->relations =
        ARENA_ARRAY(convert->arena, struct ast_relation, node->n_relations);
    truncate->restart_identity = node->restart_seqs;
    truncate->cascade = node->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    for (size_t i = 0; i < node->n_relations; i++) {
        if (node->relations[i]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
            continue;
        const PgQuery__RangeVar *range = node->relations[i]->range_var;
        struct ast_relation *relation = &truncate->relations[truncate->relation_count++];
        relation->name = convert_relation_name(convert, range);
        relation->is_only = !range->inh;
    }
}

static bool rows(struct convert *convert, const PgQuery__Node *node,
                 struct ast_statement *statement)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        statement->kind = STATEMENT_SELECT;
        statement->query = convert_query(convert, node->select_stmt);
        return true;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        statement->kind = STATEMENT_INSERT;
        statement->insert = insert(convert, node->insert_stmt);
        return true;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
        statement->kind = STATEMENT_UPDATE;
        statement->update = update(convert, node->update_stmt);
        return true;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
        statement->kind = STATEMENT_DELETE;
        statement->delete_rows = delete_rows(convert, node->delete_stmt);
        return true;
    case PG_QUERY__NODE__NODE_COPY_STMT:
        statement->kind = STATEMENT_COPY;
        statement->copy = copy(convert, node->copy_stmt);
        return true;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
        statement->kind = STATEMENT_EXPLAIN;
        statement->explain = explain(convert, node->explain_stmt);
        return true;
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
        statement->kind = STATEMENT_TRUNCATE;
        statement->truncate = ARENA_NEW(convert->arena, struct ast_truncate);
        truncate_rows(convert, node->truncate_stmt, statement->truncate);
        return true;
    default:
        return false;
    }
}

struct other_kind {
    int node_case;
    enum ast_statement_kind kind;
};

/* Statements that nothing else is read of than what they are. */
static const struct other_kind other_kinds[] = {
    {PG_QUERY__NODE__NODE_MERGE_STMT, STATEMENT_MERGE},
    {PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT, STATEMENT_CREATE_TYPE},
    {PG_QUERY__NODE__NODE_CREATE_ENUM_STMT, STATEMENT_CREATE_TYPE},
    {PG_QUERY__NODE__NODE_CREATE_RANGE_STMT, STATEMENT_CREATE_TYPE},
    {PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT, STATEMENT_CREATE_DOMAIN},
    {PG_QUERY__NODE__NODE_CREATE_TRIG_STMT, STATEMENT_CREATE_TRIGGER},
    {PG_QUERY__NODE__NODE_RULE_STMT, STATEMENT_CREATE_RULE},
    {PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT, STATEMENT_CREATE_EXTENSION},
    {PG_QUERY__NODE__NODE_CREATE_CAST_STMT, STATEMENT_CREATE_CAST},
    {PG_QUERY__NODE__NODE_CREATE_CONVERSION_STMT, STATEMENT_CREATE_CONVERSION},
    {PG_QUERY__NODE__NODE_CREATE_PLANG_STMT, STATEMENT_CREATE_LANGUAGE},
    {PG_QUERY__NODE__NODE_CREATE_POLICY_STMT, STATEMENT_CREATE_POLICY},
    {PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT, STATEMENT_CREATE_PUBLICATION},
    {PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT, STATEMENT_CREATE_SUBSCRIPTION},
    {PG_QUERY__NODE__NODE_CREATE_STATS_STMT, STATEMENT_CREATE_STATISTICS},
    {PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT, STATEMENT_CREATE_TABLESPACE},
    {PG_QUERY__NODE__NODE_CREATE_AM_STMT, STATEMENT_CREATE_ACCESS_METHOD},
    {PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT, STATEMENT_CREATE_EVENT_TRIGGER},
    {PG_QUERY__NODE__NODE_CREATE_FDW_STMT, STATEMENT_CREATE_FOREIGN_DATA_WRAPPER},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT, STATEMENT_CREATE_FOREIGN_TABLE},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT, STATEMENT_CREATE_SERVER},
    {PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT, STATEMENT_CREATE_USER_MAPPING},
    {PG_QUERY__NODE__NODE_CREATE_TRANSFORM_STMT, STATEMENT_CREATE_TRANSFORM},
    {PG_QUERY__NODE__NODE_CREATE_OP_CLASS_STMT, STATEMENT_CREATE_OPERATOR_CLASS},
    {PG_QUERY__NODE__NODE_CREATE_OP_FAMILY_STMT, STATEMENT_CREATE_OPERATOR_FAMILY},
    {PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT, STATEMENT_SET_CONSTRAINTS},
    {PG_QUERY__NODE__NODE_CHECK_POINT_STMT, STATEMENT_CHECKPOINT},
    {PG_QUERY__NODE__NODE_CLUSTER_STMT, STATEMENT_CLUSTER},
    {PG_QUERY__NODE__NODE_REINDEX_STMT, STATEMENT_REINDEX},
    {PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT, STATEMENT_REFRESH},
    {PG_QUERY__NODE__NODE_LOAD_STMT, STATEMENT_LOAD},
    {PG_QUERY__NODE__NODE_SEC_LABEL_STMT, STATEMENT_SECURITY_LABEL},
    {PG_QUERY__NODE__NODE_IMPORT_FOREIGN_SCHEMA_STMT, STATEMENT_IMPORT_FOREIGN_SCHEMA},
    {PG_QUERY__NODE__NODE_DROP_SUBSCRIPTION_STMT, STATEMENT_DROP},
    {PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT, STATEMENT_DROP},
    {PG_QUERY__NODE__NODE_DROP_USER_MAPPING_STMT, STATEMENT_DROP},
};

/* CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and TEXT SEARCH share one node. */
static enum ast_statement_kind define_kind(const PgQuery__DefineStmt *node)
{
    switch ((int)node->kind) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
        return STATEMENT_CREATE_AGGREGATE;
    case PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR:
        return STATEMENT_CREATE_OPERATOR;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        return STATEMENT_CREATE_TYPE;
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION:
        return STATEMENT_CREATE_COLLATION;
    default:
        return STATEMENT_CREATE_TEXT_SEARCH;
    }
}

static void other(struct convert *convert, const PgQuery__Node *node,
                  struct ast_statement *statement)
{
    statement->kind = STATEMENT_ALTER_OTHER;
    statement->other = ARENA_NEW(convert->arena, struct ast_name);
    if (node->node_case == PG_QUERY__NODE__NODE_DEFINE_STMT) {
        statement->kind = define_kind(node->define_stmt);
        *statement->other = convert_name(convert, NODES(node->define_stmt, defnames), -1);
        return;
    }
    if (node->node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT) {
        statement->kind = node->create_function_stmt->is_procedure
                              ? STATEMENT_CREATE_PROCEDURE
                              : STATEMENT_CREATE_FUNCTION;
        *statement->other =
            convert_name(convert, NODES(node->create_function_stmt, funcname), -1);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(other_kinds); i++) {
        if (other_kinds[i].node_case == (int)node->node_case)
            statement->kind = other_kinds[i].kind;
    }
    /* Their lists of what to drop are of forms of their own. */
    if (statement->kind == STATEMENT_DROP) {
        statement->drop = ARENA_NEW(convert->arena, struct ast_drop);
        statement->drop->object = SQL_OBJECT_OTHER;
    }
}

struct ast_statement *convert_statement(struct convert *convert,
                                        const PgQuery__Node *node)
{
    struct ast_statement *statement = ARENA_NEW(convert->arena, struct ast_statement);
    bool is_known = rows(convert, node, statement) ||
                    convert_session(convert, node, statement) ||
                    convert_table(convert, node, statement) ||
                    convert_definition(convert, node, statement);
    if (!is_known)
        other(convert, node, statement);
    return statement;
}
