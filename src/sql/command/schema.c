/* CREATE SCHEMA and CREATE DATABASE. */
#include "base/error.h"
#include "sql/command/table_internal.h"

static struct record_privileges full_privileges(struct command *command)
{
    struct catalog_id owner = command->context->role->id;
    struct record_privilege *items =
        ARENA_ARRAY(command->arena, struct record_privilege, 1);
    items[0] =
        (struct record_privilege){owner, owner, PRIVILEGE_USAGE | PRIVILEGE_CREATE};
    return (struct record_privileges){items, 1};
}

static enum rc find_owner(struct command *command, const char *name,
                          struct catalog_id *owner_out, struct error *err)
{
    struct catalog_place place = {.class = CATALOG_CLASS_ROLE, .name = name};
    struct catalog_object *role = NULL;
    *owner_out = command->context->role->id;
    if (name == NULL || strcmp(name, "current_user") == 0 ||
        strcmp(name, "session_user") == 0 || strcmp(name, "current_role") == 0)
        return RC_OK;
    TRY(catalog_require(command->transaction, &place, command->arena, &role, err));
    *owner_out = role->id;
    return RC_OK;
}

static enum rc require_create(struct command *command,
                              const struct catalog_object *database, struct error *err)
{
    const struct catalog_object *role = command->context->role;
    if (role->role.is_superuser || catalog_id_equal(database->owner_id, role->id))
        return RC_OK;
    return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                     "permission denied for database %s", database->name);
}

static enum rc schema_database(struct command *command, const struct ast_name *name,
                               struct catalog_object **database_out, struct error *err)
{
    const char *database = command->context->surroundings.path->database;
    if (name->count > 2)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper schema name (too many dotted names)");
    if (name->count == 2)
        database = name->parts[0];
    struct catalog_place place = {.class = CATALOG_CLASS_DATABASE, .name = database};
    TRY(catalog_require(command->transaction, &place, command->arena, database_out, err));
    return require_create(command, *database_out, err);
}

static enum rc check_schema_name(const char *name, struct error *err)
{
    if (strncmp(name, "pg_", 3) != 0 && strncmp(name, "mz_", 3) != 0)
        return RC_OK;
    error_set(err, SQLSTATE_RESERVED_NAME, "unacceptable schema name \"%s\"", name);
    return error_detail(err, "The prefix \"%.3s\" is reserved for system schemas.", name);
}

/* True when a schema of that name is there already, the system's included. */
static enum rc schema_exists(struct command *command, const struct ast_name *name,
                             const char *schema, bool *exists_out, struct error *err)
{
    struct catalog_name parts = {name->count == 2 ? name->parts[0] : NULL, schema, ""};
    struct catalog_object *present = NULL;
    enum rc rc =
        catalog_resolve_schema(command->transaction, command->context->surroundings.path,
                               &parts, command->arena, &present, err);
    *exists_out = rc == RC_OK;
    if (rc == RC_FAILED && err->state == SQLSTATE_INVALID_SCHEMA_NAME) {
        error_clear(err);
        return RC_OK;
    }
    return rc;
}

enum rc command_create_schema(struct command *command, struct error *err)
{
    const struct ast_create_schema *create = command->statement->create_schema;
    struct catalog_object *database = NULL;
    struct catalog_object *schema = ARENA_NEW(command->arena, struct catalog_object);
    bool exists = false;
    if (create->element_count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "CREATE SCHEMA with elements is not supported");
    TRY(find_owner(command, create->owner, &schema->owner_id, err));
    TRY(schema_database(command, &create->name, &database, err));
    schema->kind = OBJECT_KIND_SCHEMA;
    schema->parent_id = database->id;
    schema->name = create->name.count > 0 ? create->name.parts[create->name.count - 1]
                                          : create->owner;
    schema->privileges = full_privileges(command);
    TRY(check_schema_name(schema->name, err));
    TRY(schema_exists(command, &create->name, schema->name, &exists, err));
    if (exists && create->if_not_exists) {
        command_notice(command, COMMAND_NOTICE, SQLSTATE_DUPLICATE_SCHEMA,
                       arena_printf(command->arena,
                                    "schema \"%s\" already exists, skipping",
                                    schema->name),
                       NULL);
        return RC_OK;
    }
    if (exists)
        return error_set(err, SQLSTATE_DUPLICATE_SCHEMA, "schema \"%s\" already exists",
                         schema->name);
    return catalog_create(command->transaction, schema, NULL, 0, err);
}

enum rc command_create_database(struct command *command, struct error *err)
{
    const struct ast_create_database *create = command->statement->create_database;
    const struct record_role *role = &command->context->role->role;
    struct catalog_object *database = ARENA_NEW(command->arena, struct catalog_object);
    struct catalog_object *schema = ARENA_NEW(command->arena, struct catalog_object);
    struct catalog_place place = {.class = CATALOG_CLASS_DATABASE, .name = create->name};
    struct catalog_object *present = NULL;
    if (!role->is_superuser && !role->can_create_database)
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "permission denied to create database");
    enum rc rc =
        catalog_find(command->transaction, &place, command->arena, &present, err);
    if (rc == RC_OK && create->if_not_exists) {
        command_notice_exists(command, create->name, OBJECT_KIND_DATABASE);
        return RC_OK;
    }
    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    database->kind = OBJECT_KIND_DATABASE;
    database->name = create->name;
    database->owner_id = command->context->role->id;
    database->privileges = full_privileges(command);
    TRY(catalog_create(command->transaction, database, NULL, 0, err));
    schema->kind = OBJECT_KIND_SCHEMA;
    schema->parent_id = database->id;
    schema->name = "public";
    schema->owner_id = database->owner_id;
    schema->privileges = full_privileges(command);
    return catalog_create(command->transaction, schema, NULL, 0, err);
}
