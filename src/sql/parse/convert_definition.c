/* Schemas, databases, sequences, roles; what is renamed, owned, dropped, granted. */
#include <string.h>

#include "sql/parse/convert.h"

static bool is_cascade(PgQuery__DropBehavior behavior)
{
    return behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
}

static void create_schema(struct convert *convert, const PgQuery__CreateSchemaStmt *node,
                          struct ast_statement *statement)
{
    struct ast_create_schema *create =
        ARENA_NEW(convert->arena, struct ast_create_schema);
    statement->kind = STATEMENT_CREATE_SCHEMA;
    statement->create_schema = create;
    if (node->schemaname != NULL && node->schemaname[0] != 0)
        create->name = convert_single_name(convert, node->schemaname);
    create->owner = convert_role(convert, node->authrole);
    create->if_not_exists = node->if_not_exists;
    create->elements =
        ARENA_ARRAY(convert->arena, struct ast_statement *, node->n_schema_elts);
    create->element_count = node->n_schema_elts;
    for (size_t i = 0; i < node->n_schema_elts; i++)
        create->elements[i] = convert_statement(convert, node->schema_elts[i]);
}

static void create_database(struct convert *convert, const PgQuery__CreatedbStmt *node,
                            struct ast_statement *statement)
{
    struct ast_create_database *create =
        ARENA_NEW(convert->arena, struct ast_create_database);
    statement->kind = STATEMENT_CREATE_DATABASE;
    statement->create_database = create;
    create->name = arena_strdup(convert->arena, node->dbname);
    create->options = convert_defines(convert, NODES(node, options));
}

static struct ast_create_sequence *sequence(struct convert *convert,
                                            const PgQuery__RangeVar *relation,
                                            struct nodes options, bool if_exists)
{
    struct ast_create_sequence *create =
        ARENA_NEW(convert->arena, struct ast_create_sequence);
    create->name = convert_relation_name(convert, relation);
    create->persistence = convert_persistence(relation);
    create->options = convert_defines(convert, options);
    create->if_not_exists = if_exists;
    return create;
}

static struct ast_create_role *role(struct convert *convert, const char *name,
                                    struct nodes options)
{
    struct ast_create_role *create = ARENA_NEW(convert->arena, struct ast_create_role);
    create->name = arena_strdup(convert->arena, name);
    create->options = convert_defines(convert, options);
    return create;
}

static void create_role(struct convert *convert, const PgQuery__CreateRoleStmt *node,
                        struct ast_statement *statement)
{
    statement->kind = STATEMENT_CREATE_ROLE;
    statement->create_role = role(convert, node->role, NODES(node, options));
    statement->create_role->word =
        node->stmt_type == PG_QUERY__ROLE_STMT_TYPE__ROLESTMT_USER    ? ROLE_WORD_USER
        : node->stmt_type == PG_QUERY__ROLE_STMT_TYPE__ROLESTMT_GROUP ? ROLE_WORD_GROUP
                                                                      : ROLE_WORD_ROLE;
}

static void alter_role(struct convert *convert, const PgQuery__AlterRoleStmt *node,
                       struct ast_statement *statement)
{
    const char *name = convert_role(convert, node->role);
    statement->kind = STATEMENT_ALTER_ROLE;
    statement->create_role =
        role(convert, name == NULL ? "" : name, NODES(node, options));
}

static struct ast_alter_set *alter_set(struct convert *convert, const char *name,
                                       const char *database,
                                       const PgQuery__VariableSetStmt *set)
{
    struct ast_alter_set *alter = ARENA_NEW(convert->arena, struct ast_alter_set);
    alter->name = convert_text(convert, name);
    alter->database = convert_text(convert, database);
    alter->set = convert_set(convert, set);
    return alter;
}

/* The object is a relation, or a node that holds a name, or both are missing and the
 * name is the part's (roles, schemas, databases). */
static void alter_name(struct convert *convert, struct ast_alter_object *alter,
                       const PgQuery__RangeVar *relation, const PgQuery__Node *object,
                       const char *part)
{
    if (relation != NULL)
        alter->name = convert_relation_name(convert, relation);
    else if (object != NULL)
        alter->name = convert_any_name(convert, object);
    const char *text = convert_text(convert, part);
    if (alter->name.count == 0 && text != NULL)
        alter->name = convert_single_name(convert, text);
    else
        alter->column = text;
}

static void rename_object(struct convert *convert, const PgQuery__RenameStmt *node,
                          struct ast_alter_object *alter)
{
    alter->object = convert_object_kind(node->rename_type);
    alter_name(convert, alter, node->relation, node->object, node->subname);
    alter->to = arena_strdup(convert->arena, node->newname);
    alter->if_exists = node->missing_ok;
    alter->cascade = is_cascade(node->behavior);
}

static void set_owner(struct convert *convert, const PgQuery__AlterOwnerStmt *node,
                      struct ast_alter_object *alter)
{
    alter->object = convert_object_kind(node->object_type);
    alter_name(convert, alter, node->relation, node->object, NULL);
    alter->to = convert_role(convert, node->newowner);
}

static void set_schema(struct convert *convert,
                       const PgQuery__AlterObjectSchemaStmt *node,
                       struct ast_alter_object *alter)
{
    alter->object = convert_object_kind(node->object_type);
    alter_name(convert, alter, node->relation, node->object, NULL);
    alter->to = arena_strdup(convert->arena, node->newschema);
    alter->if_exists = node->missing_ok;
}

static bool alter_object(struct convert *convert, const PgQuery__Node *node,
                         struct ast_statement *statement)
{
    struct ast_alter_object *alter = ARENA_NEW(convert->arena, struct ast_alter_object);
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_RENAME_STMT:
        statement->kind = STATEMENT_ALTER_RENAME;
        rename_object(convert, node->rename_stmt, alter);
        break;
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
        statement->kind = STATEMENT_ALTER_OWNER;
        set_owner(convert, node->alter_owner_stmt, alter);
        break;
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
        statement->kind = STATEMENT_ALTER_SET_SCHEMA;
        set_schema(convert, node->alter_object_schema_stmt, alter);
        break;
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
        statement->kind = STATEMENT_ALTER_DATABASE;
        alter->object = SQL_OBJECT_DATABASE;
        alter->name = convert_single_name(convert, node->alter_database_stmt->dbname);
        alter->options =
            convert_defines(convert, NODES(node->alter_database_stmt, options));
        break;
    default:
        return false;
    }
    statement->alter_object = alter;
    return true;
}

static struct ast_drop *drop(struct convert *convert, const PgQuery__DropStmt *node)
{
    struct ast_drop *drop = ARENA_NEW(convert->arena, struct ast_drop);
    drop->object = convert_object_kind(node->remove_type);
    drop->if_exists = node->missing_ok;
    drop->cascade = is_cascade(node->behavior);
    drop->is_concurrent = node->concurrent;
    drop->name_count = node->n_objects;
    drop->names = ARENA_ARRAY(convert->arena, struct ast_name, node->n_objects);
    for (size_t i = 0; i < node->n_objects; i++)
        drop->names[i] = convert_any_name(convert, node->objects[i]);
    return drop;
}

static struct ast_drop *drop_database(struct convert *convert,
                                      const PgQuery__DropdbStmt *node)
{
    struct ast_drop *drop = ARENA_NEW(convert->arena, struct ast_drop);
    drop->object = SQL_OBJECT_DATABASE;
    drop->if_exists = node->missing_ok;
    drop->names = ARENA_NEW(convert->arena, struct ast_name);
    drop->names[0] = convert_single_name(convert, node->dbname);
    drop->name_count = 1;
    drop->options = convert_defines(convert, NODES(node, options));
    return drop;
}

static struct ast_drop *drop_role(struct convert *convert,
                                  const PgQuery__DropRoleStmt *node)
{
    struct ast_drop *drop = ARENA_NEW(convert->arena, struct ast_drop);
    struct ast_text_list roles = convert_roles(convert, NODES(node, roles));
    drop->object = SQL_OBJECT_ROLE;
    drop->if_exists = node->missing_ok;
    drop->names = ARENA_ARRAY(convert->arena, struct ast_name, roles.count);
    drop->name_count = roles.count;
    for (size_t i = 0; i < roles.count; i++)
        drop->names[i] = convert_single_name(convert, roles.items[i]);
    return drop;
}

static bool drops(struct convert *convert, const PgQuery__Node *node,
                  struct ast_statement *statement)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_DROP_STMT:
        statement->kind = STATEMENT_DROP;
        statement->drop = drop(convert, node->drop_stmt);
        return true;
    case PG_QUERY__NODE__NODE_DROPDB_STMT:
        statement->kind = STATEMENT_DROP_DATABASE;
        statement->drop = drop_database(convert, node->dropdb_stmt);
        return true;
    case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
        statement->kind = STATEMENT_DROP_ROLE;
        statement->drop = drop_role(convert, node->drop_role_stmt);
        return true;
    case PG_QUERY__NODE__NODE_DROP_OWNED_STMT:
        statement->kind = STATEMENT_DROP_OWNED;
        statement->drop_owned = ARENA_NEW(convert->arena, struct ast_drop_owned);
        statement->drop_owned->roles =
            convert_roles(convert, NODES(node->drop_owned_stmt, roles));
        statement->drop_owned->cascade = is_cascade(node->drop_owned_stmt->behavior);
        return true;
    case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
        statement->kind = STATEMENT_REASSIGN_OWNED;
        statement->drop_owned = ARENA_NEW(convert->arena, struct ast_drop_owned);
        statement->drop_owned->roles =
            convert_roles(convert, NODES(node->reassign_owned_stmt, roles));
        statement->drop_owned->to =
            convert_role(convert, node->reassign_owned_stmt->newrole);
        return true;
    default:
        return false;
    }
}

/* What belongs to a relation carries its own name as the last part. */
static bool is_part_of_relation(enum ast_object_kind kind)
{
    return kind == SQL_OBJECT_COLUMN || kind == SQL_OBJECT_CONSTRAINT ||
           kind == SQL_OBJECT_TRIGGER || kind == SQL_OBJECT_RULE ||
           kind == SQL_OBJECT_POLICY;
}

static void comment(struct convert *convert, const PgQuery__CommentStmt *node,
                    struct ast_statement *statement)
{
    struct ast_comment *comment = ARENA_NEW(convert->arena, struct ast_comment);
    statement->kind = STATEMENT_COMMENT;
    statement->comment = comment;
    comment->object = convert_object_kind(node->objtype);
    comment->name = convert_any_name(convert, node->object);
    comment->text = convert_text(convert, node->comment);
    if (is_part_of_relation(comment->object) && comment->name.count > 1)
        comment->column = comment->name.parts[--comment->name.count];
}

static void privileges(struct convert *convert, struct nodes nodes,
                       struct ast_grant *grant)
{
    grant->privileges = ARENA_ARRAY(convert->arena, struct ast_privilege, nodes.count);
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case != PG_QUERY__NODE__NODE_ACCESS_PRIV)
            continue;
        const PgQuery__AccessPriv *node = nodes.items[i]->access_priv;
        struct ast_privilege *privilege = &grant->privileges[grant->privilege_count++];
        privilege->name = convert_text(convert, node->priv_name);
        privilege->columns = convert_columns(convert, NODES(node, cols));
    }
}

static struct ast_grant *grant(struct convert *convert, const PgQuery__GrantStmt *node)
{
    struct ast_grant *grant = ARENA_NEW(convert->arena, struct ast_grant);
    grant->is_grant = node->is_grant;
    grant->target =
        node->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA
            ? GRANT_ON_ALL_IN_SCHEMA
        : node->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_DEFAULTS
            ? GRANT_ON_DEFAULTS
            : GRANT_ON_OBJECTS;
    grant->object = convert_object_kind(node->objtype);
    privileges(convert, NODES(node, privileges), grant);
    grant->name_count = node->n_objects;
    grant->names = ARENA_ARRAY(convert->arena, struct ast_name, node->n_objects);
    for (size_t i = 0; i < node->n_objects; i++)
        grant->names[i] = convert_any_name(convert, node->objects[i]);
    grant->roles = convert_roles(convert, NODES(node, grantees));
    grant->with_grant_option = node->grant_option;
    grant->granted_by = convert_role(convert, node->grantor);
    grant->cascade = is_cascade(node->behavior);
    return grant;
}

static void default_privileges(struct convert *convert,
                               const PgQuery__AlterDefaultPrivilegesStmt *node,
                               struct ast_statement *statement)
{
    statement->kind = STATEMENT_ALTER_DEFAULT_PRIVILEGES;
    statement->grant = grant(convert, node->action);
    struct ast_define_list options = convert_defines(convert, NODES(node, options));
    for (size_t i = 0; i < options.count; i++) {
        const struct ast_define *option = &options.items[i];
        if (strcmp(option->name, "roles") == 0) {
            statement->grant->for_roles = option->roles;
        } else if (strcmp(option->name, "schemas") == 0) {
            struct ast_grant *grant = statement->grant;
            grant->names =
                ARENA_ARRAY(convert->arena, struct ast_name, option->list.count);
            grant->name_count = option->list.count;
            for (size_t j = 0; j < option->list.count; j++)
                grant->names[j] = convert_single_name(convert, option->list.items[j]);
        }
    }
}

static void grant_role(struct convert *convert, const PgQuery__GrantRoleStmt *node,
                       struct ast_statement *statement)
{
    struct ast_grant_role *grant = ARENA_NEW(convert->arena, struct ast_grant_role);
    statement->kind = node->is_grant ? STATEMENT_GRANT_ROLE : STATEMENT_REVOKE_ROLE;
    statement->grant_role = grant;
    grant->is_grant = node->is_grant;
    grant->granted = convert_roles(convert, NODES(node, granted_roles));
    grant->roles = convert_roles(convert, NODES(node, grantee_roles));
    grant->with_admin_option = node->admin_opt;
    grant->granted_by = convert_role(convert, node->grantor);
    grant->cascade = is_cascade(node->behavior);
}

static bool rights(struct convert *convert, const PgQuery__Node *node,
                   struct ast_statement *statement)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
        comment(convert, node->comment_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_GRANT_STMT:
        statement->grant = grant(convert, node->grant_stmt);
        statement->kind = statement->grant->is_grant ? STATEMENT_GRANT : STATEMENT_REVOKE;
        return true;
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
        default_privileges(convert, node->alter_default_privileges_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
        grant_role(convert, node->grant_role_stmt, statement);
        return true;
    default:
        return false;
    }
}

static bool sequences(struct convert *convert, const PgQuery__Node *node,
                      struct ast_statement *statement)
{
    if (node->node_case == PG_QUERY__NODE__NODE_CREATE_SEQ_STMT) {
        const PgQuery__CreateSeqStmt *create = node->create_seq_stmt;
        statement->kind = STATEMENT_CREATE_SEQUENCE;
        statement->create_sequence = sequence(
            convert, create->sequence, NODES(create, options), create->if_not_exists);
        return true;
    }
    if (node->node_case == PG_QUERY__NODE__NODE_ALTER_SEQ_STMT) {
        const PgQuery__AlterSeqStmt *alter = node->alter_seq_stmt;
        statement->kind = STATEMENT_ALTER_SEQUENCE;
        statement->create_sequence =
            sequence(convert, alter->sequence, NODES(alter, options), alter->missing_ok);
        return true;
    }
    return false;
}

bool convert_definition(struct convert *convert, const PgQuery__Node *node,
                        struct ast_statement *statement)
{
    if (drops(convert, node, statement) || rights(convert, node, statement) ||
        sequences(convert, node, statement) || alter_object(convert, node, statement))
        return true;
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
        create_schema(convert, node->create_schema_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_CREATEDB_STMT:
        create_database(convert, node->createdb_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
        create_role(convert, node->create_role_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
        alter_role(convert, node->alter_role_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT: {
        const PgQuery__AlterRoleSetStmt *alter = node->alter_role_set_stmt;
        statement->kind = STATEMENT_ALTER_ROLE_SET;
        statement->alter_set = alter_set(convert, convert_role(convert, alter->role),
                                         alter->database, alter->setstmt);
        return true;
    }
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT:
        statement->kind = STATEMENT_ALTER_DATABASE_SET;
        statement->alter_set = alter_set(convert, node->alter_database_set_stmt->dbname,
                                         NULL, node->alter_database_set_stmt->setstmt);
        return true;
    default:
        return false;
    }
}
