/* ALTER ... RENAME TO, OWNER TO, SET SCHEMA. */
#include "base/error.h"
#include "sql/command/table_internal.h"

/* --- renaming a column: texts that name it are written anew ------------------------ */

struct renaming {
    struct command *command;
    const struct table *from;
    const struct table *to;
};

static enum rc reprint(const struct renaming *renaming, enum table_clause clause,
                       const char **sql, struct error *err)
{
    struct command *command = renaming->command;
    struct table_definition about = {clause, renaming->from, "", NULL};
    const struct bound *bound = NULL;
    if (*sql == NULL || (*sql)[0] == '\0')
        return RC_OK;
    TRY(bind_definition_text(command->arena, &command->context->surroundings, &about,
                             *sql, &bound, err));
    return table_definition_print(command->arena, renaming->to, bound, sql, err);
}

static enum rc reprint_table(const struct renaming *renaming,
                             struct catalog_object *object, struct error *err)
{
    struct record_table *record = &object->table;
    for (size_t i = 0; i < record->columns.count; i++) {
        if (record->columns.items[i].generated != 0)
            TRY(reprint(renaming, TABLE_INDEX, &record->columns.items[i].default_sql,
                        err));
    }
    for (size_t i = 0; i < record->constraints.count; i++) {
        if (record->constraints.items[i].kind == 'c')
            TRY(reprint(renaming, TABLE_CHECK,
                        &record->constraints.items[i].expression_sql, err));
    }
    return RC_OK;
}

static enum rc reprint_index(const struct renaming *renaming,
                             const struct table_index *index, struct error *err)
{
    struct command *command = renaming->command;
    struct catalog_object *object = NULL;
    TRY(catalog_object_get(command->transaction, index->id, command->arena, &object,
                           err));
    for (size_t i = 0; i < object->index.parts.count; i++)
        TRY(reprint(renaming, TABLE_INDEX, &object->index.parts.items[i].expression_sql,
                    err));
    TRY(reprint(renaming, TABLE_PREDICATE, &object->index.predicate_sql, err));
    return command_update(command, object, err);
}

static enum rc rename_table_column(struct command *command, struct catalog_object *object,
                                   const struct ast_alter_object *alter,
                                   struct error *err)
{
    struct table_draft draft = {.object = object, .schema = object->parent_id};
    struct record_column *column = draft_column(&draft, alter->column);
    const struct table *table = NULL;
    if (column == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" does not exist",
                         alter->column);
    if (draft_column(&draft, alter->to) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                         "column \"%s\" of relation \"%s\" already exists", alter->to,
                         object->name);
    TRY(relation_load_table(command, object->id, &table, err));
    struct renaming renaming = {command, draft_table(command, &draft), NULL};
    column->name = alter->to;
    renaming.to = draft_table(command, &draft);
    TRY(reprint_table(&renaming, object, err));
    for (size_t i = 0; i < table->index_count; i++)
        TRY(reprint_index(&renaming, &table->indexes[i], err));
    return draft_store(command, &draft, err);
}

static enum rc rename_view_column(struct command *command, struct catalog_object *object,
                                  const struct ast_alter_object *alter, struct error *err)
{
    struct record_column *column = NULL;
    for (size_t i = 0; i < object->view.columns.count; i++) {
        struct record_column *at = &object->view.columns.items[i];
        if (strcmp(at->name, alter->to) == 0)
            return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                             "column \"%s\" of relation \"%s\" already exists", alter->to,
                             object->name);
        if (strcmp(at->name, alter->column) == 0)
            column = at;
    }
    if (column == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" does not exist",
                         alter->column);
    column->name = alter->to;
    return command_update(command, object, err);
}

/* --- constraints and their indexes have one name ----------------------------------- */

static enum rc rename_constraint(struct command *command, struct catalog_object *object,
                                 const char *from, const char *to, struct error *err)
{
    struct table_draft draft = {.object = object};
    struct record_constraints *list = &object->table.constraints;
    for (size_t i = 0; i < list->count; i++) {
        struct record_constraint *constraint = &list->items[i];
        struct catalog_object *index = NULL;
        if (strcmp(constraint->name, from) != 0)
            continue;
        TRY(draft_check_name(&draft, to, err));
        constraint->name = to;
        TRY(draft_store(command, &draft, err));
        if (constraint->kind != 'p' && constraint->kind != 'u')
            return RC_OK;
        TRY(catalog_object_get(command->transaction, constraint->index_id, command->arena,
                               &index, err));
        return catalog_rename(command->transaction, index, to, err);
    }
    return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                     "constraint \"%s\" for table \"%s\" does not exist", from,
                     object->name);
}

static enum rc rename_index(struct command *command, struct catalog_object *object,
                            const char *to, struct error *err)
{
    struct catalog_object *table = NULL;
    if (!object->index.is_constraint)
        return catalog_rename(command->transaction, object, to, err);
    TRY(catalog_object_get(command->transaction, object->index.table_id, command->arena,
                           &table, err));
    return rename_constraint(command, table, object->name, to, err);
}

/* --- SET SCHEMA -------------------------------------------------------------------- */

/* Indexes and owned sequences live in their table's schema. */
static enum rc move(struct command *command, struct catalog_object *object,
                    struct catalog_id schema, struct error *err)
{
    struct catalog_ids ids = {NULL, 0};
    if (catalog_id_equal(object->parent_id, schema))
        return RC_OK;
    TRY(catalog_move(command->transaction, object, schema, err));
    if (object->kind != OBJECT_KIND_TABLE)
        return RC_OK;
    TRY(catalog_dependents(command->transaction, object->id, command->arena, &ids, err));
    for (size_t i = 0; i < ids.count; i++) {
        struct catalog_object *part = NULL;
        TRY(catalog_object_get(command->transaction, ids.items[i], command->arena, &part,
                               err));
        bool goes = (part->kind == OBJECT_KIND_INDEX &&
                     catalog_id_equal(part->index.table_id, object->id)) ||
                    (part->kind == OBJECT_KIND_SEQUENCE &&
                     catalog_id_equal(part->sequence.table_id, object->id));
        if (goes)
            TRY(catalog_move(command->transaction, part, schema, err));
    }
    return RC_OK;
}

static enum rc set_schema(struct command *command, struct catalog_object *object,
                          const char *name, struct error *err)
{
    const struct catalog_name parts = {NULL, name, ""};
    struct catalog_object *schema = NULL;
    TRY(catalog_resolve_schema(command->transaction, command->context->surroundings.path,
                               &parts, command->arena, &schema, err));
    TRY(command_require_user_object(schema, err));
    if (relation_schema_is_temporary(command, schema) || relation_is_temporary(object))
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cannot move objects into or out of temporary schemas");
    if (object->kind == OBJECT_KIND_SEQUENCE &&
        catalog_id_is_set(object->sequence.table_id))
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cannot move an owned sequence into another schema");
    return move(command, object, schema->id, err);
}

/* --- the statements ---------------------------------------------------------------- */

static enum rc rename_relation(struct command *command, struct catalog_object *object,
                               const struct ast_alter_object *alter, struct error *err)
{
    if (alter->object == SQL_OBJECT_CONSTRAINT)
        return rename_constraint(command, object, alter->column, alter->to, err);
    if (alter->column != NULL && object->kind == OBJECT_KIND_TABLE)
        return rename_table_column(command, object, alter, err);
    if (alter->column != NULL && object->kind == OBJECT_KIND_VIEW)
        return rename_view_column(command, object, alter, err);
    if (object->kind == OBJECT_KIND_INDEX)
        return rename_index(command, object, alter->to, err);
    return catalog_rename(command->transaction, object, alter->to, err);
}

static enum rc alter_relation(struct command *command,
                              const struct ast_alter_object *alter, struct error *err)
{
    struct catalog_object *object = NULL;
    TRY(relation_find(command, &alter->name, alter->if_exists, &object, err));
    if (object == NULL && alter->if_exists) {
        command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                       arena_printf(command->arena,
                                    "relation \"%s\" does not exist, skipping",
                                    command_written_name(command, &alter->name)),
                       NULL);
        return RC_OK;
    }
    if (object == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist",
                         command_written_name(command, &alter->name));
    TRY(relation_require_owner(command, object, err));
    switch ((int)command->statement->kind) {
    case STATEMENT_ALTER_RENAME:
        return rename_relation(command, object, alter, err);
    case STATEMENT_ALTER_OWNER:
        return command_change_owner(command, object, alter->to, err);
    default:
        return set_schema(command, object, alter->to, err);
    }
}

static enum rc alter_container(struct command *command,
                               const struct ast_alter_object *alter, struct error *err)
{
    struct catalog_object *object = NULL;
    if (alter->object == SQL_OBJECT_SCHEMA)
        TRY(command_find_schema(command, &alter->name, &object, err));
    else
        TRY(command_find_single(command, &alter->name, OBJECT_KIND_DATABASE, &object,
                                err));
    if (command->statement->kind == STATEMENT_ALTER_OWNER)
        return command_change_owner(command, object, alter->to, err);
    if (object->kind == OBJECT_KIND_DATABASE &&
        strcmp(object->name, command->context->surroundings.path->database) == 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "current database cannot be renamed");
    return command_rename(command, object, alter->to, err);
}

static const char *shown_kind(const struct ast_alter_object *alter)
{
    if (alter->object == SQL_OBJECT_COLUMN || alter->object == SQL_OBJECT_CONSTRAINT)
        return "TABLE";
    return sql_object_kind_name(alter->object);
}

enum rc command_alter_object(struct command *command, struct error *err)
{
    const struct ast_alter_object *alter = command->statement->alter_object;
    command->result->tag = arena_printf(command->arena, "ALTER %s", shown_kind(alter));
    switch ((int)alter->object) {
    case SQL_OBJECT_TABLE:
    case SQL_OBJECT_VIEW:
    case SQL_OBJECT_INDEX:
    case SQL_OBJECT_SEQUENCE:
    case SQL_OBJECT_COLUMN:
    case SQL_OBJECT_CONSTRAINT:
        return alter_relation(command, alter, err);
    case SQL_OBJECT_SCHEMA:
    case SQL_OBJECT_DATABASE:
        if (command->statement->kind != STATEMENT_ALTER_SET_SCHEMA)
            return alter_container(command, alter, err);
        break;
    default:
        break;
    }
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "ALTER %s is not supported",
                     sql_object_kind_name(alter->object));
}
