/* Tables, views, indexes, and ALTER TABLE. */
#include <string.h>

#include "sql/parse/convert.h"

static enum ast_foreign_action foreign_action(const char *letter)
{
    switch (letter == NULL ? 0 : letter[0]) {
    case 'r':
        return FOREIGN_RESTRICT;
    case 'c':
        return FOREIGN_CASCADE;
    case 'n':
        return FOREIGN_SET_NULL;
    case 'd':
        return FOREIGN_SET_DEFAULT;
    default:
        return FOREIGN_NO_ACTION;
    }
}

static void foreign_key(struct convert *convert, const PgQuery__Constraint *node,
                        struct ast_constraint *constraint)
{
    constraint->references = convert_relation_name(convert, node->pktable);
    constraint->columns = convert_columns(convert, NODES(node, fk_attrs));
    constraint->referenced = convert_columns(convert, NODES(node, pk_attrs));
    constraint->set_columns = convert_columns(convert, NODES(node, fk_del_set_cols));
    constraint->on_update = foreign_action(node->fk_upd_action);
    constraint->on_delete = foreign_action(node->fk_del_action);
    char match = node->fk_matchtype == NULL ? 's' : node->fk_matchtype[0];
    constraint->match = match == 'f'   ? FOREIGN_MATCH_FULL
                        : match == 'p' ? FOREIGN_MATCH_PARTIAL
                                       : FOREIGN_MATCH_SIMPLE;
}

static enum ast_constraint_kind constraint_kind(PgQuery__ConstrType type)
{
    static const enum ast_constraint_kind kinds[] = {
        CONSTRAINT_NULL,      CONSTRAINT_NULL,        CONSTRAINT_NOT_NULL,
        CONSTRAINT_DEFAULT,   CONSTRAINT_IDENTITY,    CONSTRAINT_GENERATED,
        CONSTRAINT_CHECK,     CONSTRAINT_PRIMARY_KEY, CONSTRAINT_UNIQUE,
        CONSTRAINT_EXCLUSION, CONSTRAINT_FOREIGN_KEY};
    return (size_t)type < ARRAY_COUNT(kinds) ? kinds[type] : CONSTRAINT_NULL;
}

static void constraint(struct convert *convert, const PgQuery__Constraint *node,
                       struct ast_constraint *constraint)
{
    constraint->kind = constraint_kind(node->contype);
    constraint->name = convert_text(convert, node->conname);
    constraint->span = convert_span(convert, node->location);
    constraint->expression = convert_expression(convert, node->raw_expr);
    constraint->columns = convert_columns(convert, NODES(node, keys));
    constraint->including = convert_columns(convert, NODES(node, including));
    constraint->options = convert_defines(convert, NODES(node, options));
    constraint->using_index = convert_text(convert, node->indexname);
    constraint->is_always =
        node->generated_when != NULL && node->generated_when[0] == 'a';
    constraint->nulls_not_distinct = node->nulls_not_distinct;
    constraint->is_deferrable = node->deferrable;
    constraint->is_initially_deferred = node->initdeferred;
    constraint->is_no_inherit = node->is_no_inherit;
    constraint->is_not_valid = node->skip_validation;
    if (constraint->kind == CONSTRAINT_FOREIGN_KEY)
        foreign_key(convert, node, constraint);
}

/* DEFERRABLE and its kin come as constraints of their own behind the one they change. */
static bool take_attribute(const PgQuery__Constraint *node, struct ast_constraint *last)
{
    switch ((int)node->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
        last->is_deferrable = true;
        return true;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
        last->is_deferrable = false;
        return true;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
        last->is_deferrable = true;
        last->is_initially_deferred = true;
        return true;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
        last->is_initially_deferred = false;
        return true;
    default:
        return false;
    }
}

static void column(struct convert *convert, const PgQuery__ColumnDef *node,
                   struct ast_column_definition *column)
{
    column->name = convert_text(convert, node->colname);
    column->type = convert_type(convert, node->type_name);
    column->span = convert_span(convert, node->location);
    if (node->coll_clause != NULL)
        column->collation = convert_name(convert, NODES(node->coll_clause, collname),
                                         node->coll_clause->location);
    column->constraints =
        ARENA_ARRAY(convert->arena, struct ast_constraint, node->n_constraints);
    for (size_t i = 0; i < node->n_constraints; i++) {
        if (node->constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT)
            continue;
        const PgQuery__Constraint *item = node->constraints[i]->constraint;
        size_t count = column->constraint_count;
        if (count > 0 && take_attribute(item, &column->constraints[count - 1]))
            continue;
        constraint(convert, item, &column->constraints[column->constraint_count++]);
    }
}

static void table_element(struct convert *convert, const PgQuery__Node *node,
                          struct ast_create_table *create)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_DEF:
        column(convert, node->column_def, &create->columns[create->column_count++]);
        break;
    case PG_QUERY__NODE__NODE_CONSTRAINT:
        constraint(convert, node->constraint,
                   &create->constraints[create->constraint_count++]);
        break;
    case PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE: {
        struct ast_table_like *like = &create->likes[create->like_count++];
        like->table = convert_relation_name(convert, node->table_like_clause->relation);
        like->options = node->table_like_clause->options;
        like->before_column = create->column_count;
        break;
    }
    default:
        break;
    }
}

static enum ast_on_commit on_commit(PgQuery__OnCommitAction action)
{
    switch ((int)action) {
    case PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_PRESERVE_ROWS:
        return ON_COMMIT_PRESERVE_ROWS;
    case PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DELETE_ROWS:
        return ON_COMMIT_DELETE_ROWS;
    case PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DROP:
        return ON_COMMIT_DROP;
    default:
        return ON_COMMIT_NONE;
    }
}

static struct ast_create_table *create_table(struct convert *convert,
                                             const PgQuery__CreateStmt *node)
{
    struct ast_create_table *create = ARENA_NEW(convert->arena, struct ast_create_table);
    size_t room = node->n_table_elts;
    create->name = convert_relation_name(convert, node->relation);
    create->persistence = convert_persistence(node->relation);
    create->if_not_exists = node->if_not_exists;
    create->columns = ARENA_ARRAY(convert->arena, struct ast_column_definition, room);
    create->constraints = ARENA_ARRAY(convert->arena, struct ast_constraint, room);
    create->likes = ARENA_ARRAY(convert->arena, struct ast_table_like, room);
    for (size_t i = 0; i < room; i++)
        table_element(convert, node->table_elts[i], create);
    create->inherits =
        ARENA_ARRAY(convert->arena, struct ast_name, node->n_inh_relations);
    create->inherit_count = node->n_inh_relations;
    for (size_t i = 0; i < node->n_inh_relations; i++)
        create->inherits[i] = convert_any_name(convert, node->inh_relations[i]);
    create->options = convert_defines(convert, NODES(node, options));
    create->on_commit = on_commit(node->oncommit);
    create->tablespace = convert_text(convert, node->tablespacename);
    create->access_method = convert_text(convert, node->access_method);
    create->unsupported = node->partspec != NULL      ? "PARTITION BY"
                          : node->partbound != NULL   ? "PARTITION OF"
                          : node->of_typename != NULL ? "OF"
                                                      : NULL;
    return create;
}

static void create_table_as(struct convert *convert,
                            const PgQuery__CreateTableAsStmt *node,
                            struct ast_statement *statement)
{
    struct ast_create_table_as *create =
        ARENA_NEW(convert->arena, struct ast_create_table_as);
    const PgQuery__IntoClause *into = node->into;
    bool is_view = node->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
    statement->kind =
        is_view ? STATEMENT_CREATE_MATERIALIZED_VIEW : STATEMENT_CREATE_TABLE_AS;
    statement->create_table_as = create;
    create->name = convert_relation_name(convert, into->rel);
    create->persistence = convert_persistence(into->rel);
    create->columns = convert_columns(convert, NODES(into, col_names));
    create->options = convert_defines(convert, NODES(into, options));
    create->on_commit = on_commit(into->on_commit);
    create->with_data = !into->skip_data;
    create->if_not_exists = node->if_not_exists;
    create->statement = convert_statement(convert, node->query);
}

static void create_view(struct convert *convert, const PgQuery__ViewStmt *node,
                        struct ast_statement *statement)
{
    struct ast_create_view *create = ARENA_NEW(convert->arena, struct ast_create_view);
    statement->kind = STATEMENT_CREATE_VIEW;
    statement->create_view = create;
    create->name = convert_relation_name(convert, node->view);
    create->persistence = convert_persistence(node->view);
    create->columns = convert_columns(convert, NODES(node, aliases));
    create->or_replace = node->replace;
    create->options = convert_defines(convert, NODES(node, options));
    create->check_option =
        node->with_check_option == PG_QUERY__VIEW_CHECK_OPTION__LOCAL_CHECK_OPTION
            ? CHECK_OPTION_LOCAL
        : node->with_check_option == PG_QUERY__VIEW_CHECK_OPTION__CASCADED_CHECK_OPTION
            ? CHECK_OPTION_CASCADED
            : CHECK_OPTION_NONE;
    create->query = convert_query_node(convert, node->query);
}

static void index_element(struct convert *convert, const PgQuery__IndexElem *node,
                          struct ast_index_element *element)
{
    element->column = convert_text(convert, node->name);
    element->expression = convert_expression(convert, node->expr);
    element->collation = convert_name(convert, NODES(node, collation), -1);
    element->operator_class = convert_name(convert, NODES(node, opclass), -1);
    element->direction =
        node->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_ASC    ? SORT_ASCENDING
        : node->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC ? SORT_DESCENDING
                                                               : SORT_DEFAULT;
    element->nulls = node->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST
                         ? SORT_NULLS_FIRST
                     : node->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST
                         ? SORT_NULLS_LAST
                         : SORT_NULLS_DEFAULT;
    if (element->expression != NULL)
        element->span = element->expression->span;
}

struct ast_index_element *convert_index_elements(struct convert *convert,
                                                 struct nodes nodes)
{
    struct ast_index_element *elements =
        ARENA_ARRAY(convert->arena, struct ast_index_element, nodes.count);
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case == PG_QUERY__NODE__NODE_INDEX_ELEM)
            index_element(convert, nodes.items[i]->index_elem, &elements[i]);
    }
    return elements;
}

static void create_index(struct convert *convert, const PgQuery__IndexStmt *node,
                         struct ast_statement *statement)
{
    struct ast_create_index *create = ARENA_NEW(convert->arena, struct ast_create_index);
    statement->kind = STATEMENT_CREATE_INDEX;
    statement->create_index = create;
    create->name = convert_text(convert, node->idxname);
    create->table = convert_relation_name(convert, node->relation);
    create->is_only = !node->relation->inh;
    create->is_unique = node->unique;
    create->is_concurrent = node->concurrent;
    create->if_not_exists = node->if_not_exists;
    create->nulls_not_distinct = node->nulls_not_distinct;
    create->method = convert_text(convert, node->access_method);
    create->elements = convert_index_elements(convert, NODES(node, index_params));
    create->element_count = node->n_index_params;
    struct nodes including = NODES(node, index_including_params);
    create->including.items = ARENA_ARRAY(convert->arena, const char *, including.count);
    for (size_t i = 0; i < including.count; i++) {
        if (including.items[i]->node_case == PG_QUERY__NODE__NODE_INDEX_ELEM)
            create->including.items[create->including.count++] =
                arena_strdup(convert->arena, including.items[i]->index_elem->name);
    }
    create->options = convert_defines(convert, NODES(node, options));
    create->tablespace = convert_text(convert, node->table_space);
    create->where = convert_expression(convert, node->where_clause);
}

struct command_kind {
    int subtype;
    enum ast_alter_table_kind kind;
};

#define COMMAND(pg, ours)                                                                \
    {                                                                                    \
        PG_QUERY__ALTER_TABLE_TYPE__AT_##pg, ALTER_##ours                                \
    }
static const struct command_kind command_kinds[] = {
    COMMAND(AddColumn, ADD_COLUMN),
    COMMAND(DropColumn, DROP_COLUMN),
    COMMAND(AlterColumnType, COLUMN_TYPE),
    COMMAND(ColumnDefault, COLUMN_DEFAULT),
    COMMAND(SetNotNull, SET_NOT_NULL),
    COMMAND(DropNotNull, DROP_NOT_NULL),
    COMMAND(AddIdentity, ADD_IDENTITY),
    COMMAND(SetIdentity, SET_IDENTITY),
    COMMAND(DropIdentity, DROP_IDENTITY),
    COMMAND(DropExpression, DROP_EXPRESSION),
    COMMAND(AddConstraint, ADD_CONSTRAINT),
    COMMAND(DropConstraint, DROP_CONSTRAINT),
    COMMAND(ValidateConstraint, VALIDATE_CONSTRAINT),
    COMMAND(AlterConstraint, ALTER_CONSTRAINT),
    COMMAND(ChangeOwner, CHANGE_OWNER),
    COMMAND(SetRelOptions, SET_OPTIONS),
    COMMAND(ResetRelOptions, RESET_OPTIONS),
};
#undef COMMAND

static void command_definition(struct convert *convert, const PgQuery__Node *node,
                               struct ast_alter_table_command *command)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_DEF:
        command->column = ARENA_NEW(convert->arena, struct ast_column_definition);
        column(convert, node->column_def, command->column);
        command->expression = convert_expression(convert, node->column_def->raw_default);
        break;
    case PG_QUERY__NODE__NODE_CONSTRAINT:
        command->constraint = ARENA_NEW(convert->arena, struct ast_constraint);
        constraint(convert, node->constraint, command->constraint);
        break;
    case PG_QUERY__NODE__NODE_LIST:
        command->options = convert_defines(convert, NODES(node->list, items));
        break;
    default:
        if (command->kind == ALTER_COLUMN_DEFAULT)
            command->expression = convert_expression(convert, node);
        break;
    }
}

static void command(struct convert *convert, const PgQuery__AlterTableCmd *node,
                    struct ast_alter_table_command *command)
{
    command->kind = ALTER_UNSUPPORTED;
    command->what = "this ALTER TABLE command";
    for (size_t i = 0; i < ARRAY_COUNT(command_kinds); i++) {
        if (command_kinds[i].subtype == (int)node->subtype) {
            command->kind = command_kinds[i].kind;
            command->what = NULL;
        }
    }
    command->name = convert_text(convert, node->name);
    command->role = convert_role(convert, node->newowner);
    command->cascade = node->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    command->if_exists = node->missing_ok;
    command->if_not_exists = command->kind == ALTER_ADD_COLUMN && node->missing_ok;
    if (node->def != NULL && command->kind != ALTER_UNSUPPORTED)
        command_definition(convert, node->def, command);
}

static void alter_table(struct convert *convert, const PgQuery__AlterTableStmt *node,
                        struct ast_statement *statement)
{
    struct ast_alter_table *alter = ARENA_NEW(convert->arena, struct ast_alter_table);
    statement->kind = STATEMENT_ALTER_TABLE;
    statement->alter_table = alter;
    alter->object = convert_object_kind(node->objtype);
    alter->name = convert_relation_name(convert, node->relation);
    alter->is_only = node->relation != NULL && !node->relation->inh;
    alter->if_exists = node->missing_ok;
    alter->commands =
        ARENA_ARRAY(convert->arena, struct ast_alter_table_command, node->n_cmds);
    for (size_t i = 0; i < node->n_cmds; i++) {
        if (node->cmds[i]->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_CMD)
            command(convert, node->cmds[i]->alter_table_cmd,
                    &alter->commands[alter->command_count++]);
    }
}

bool convert_table(struct convert *convert, const PgQuery__Node *node,
                   struct ast_statement *statement)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        statement->kind = STATEMENT_CREATE_TABLE;
        statement->create_table = create_table(convert, node->create_stmt);
        return true;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        create_table_as(convert, node->create_table_as_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        create_view(convert, node->view_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        create_index(convert, node->index_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        alter_table(convert, node->alter_table_stmt, statement);
        return true;
    default:
        return false;
    }
}
