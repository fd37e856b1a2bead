/* Columns of tables as they are written. */
#include "base/error.h"
#include "catalog/sequence.h"
#include "sql/bind/binder.h"
#include "sql/command/table_internal.h"

static const struct {
    const char *name;
    uint32_t type_oid;
} serial_types[] = {
    {"smallserial", TYPE_INT2}, {"serial2", TYPE_INT2},   {"serial", TYPE_INT4},
    {"serial4", TYPE_INT4},     {"bigserial", TYPE_INT8}, {"serial8", TYPE_INT8},
};

/* Columns that every table of PostgreSQL has. */
static const char *const system_columns[] = {"ctid", "xmin", "cmin",
                                             "xmax", "cmax", "tableoid"};

static uint32_t serial_type(const struct ast_type_name *type)
{
    if (type == NULL || type->name.count != 1)
        return 0;
    for (size_t i = 0; i < ARRAY_COUNT(serial_types); i++) {
        if (strcmp(serial_types[i].name, type->name.parts[0]) == 0)
            return serial_types[i].type_oid;
    }
    return 0;
}

static enum rc check_name(const struct table_draft *draft, const char *name,
                          struct error *err)
{
    if (draft_column(draft, name) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                         "column \"%s\" specified more than once", name);
    for (size_t i = 0; i < ARRAY_COUNT(system_columns); i++) {
        if (strcmp(system_columns[i], name) == 0)
            return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                             "column name \"%s\" conflicts with a system column name",
                             name);
    }
    if (draft->object->table.columns.count >= TABLE_COLUMNS_MAX)
        return error_set(err, SQLSTATE_TOO_MANY_COLUMNS,
                         "tables can have at most %d columns", TABLE_COLUMNS_MAX);
    return RC_OK;
}

static enum rc check_collation(const struct ast_name *collation, struct error *err)
{
    static const char *const known[] = {"default", "C", "POSIX"};
    if (collation->count == 0)
        return RC_OK;
    const char *name = collation->parts[collation->count - 1];
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (strcmp(known[i], name) == 0)
            return RC_OK;
    }
    return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                     "collation \"%s\" for encoding \"UTF8\" does not exist", name);
}

enum rc column_read_type(struct command *command,
                         const struct ast_column_definition *definition,
                         struct record_column *column, struct error *err)
{
    const struct type *type = NULL;
    TRY(check_collation(&definition->collation, err));
    TRY(bind_type(command->arena, &command->context->surroundings, definition->type,
                  &type, &column->typmod, err));
    if (type->kind == 'p')
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "column \"%s\" has pseudo-type %s", column->name,
                         type_title(command->arena, type));
    column->type_oid = type->oid;
    return RC_OK;
}

/* Which of the constraints that exclude each other were met. */
struct column_seen {
    bool null;
    bool not_null;
    bool has_default;
    bool identity;
    bool generated;
};

static enum rc conflict(const struct table_draft *draft, const char *column,
                        const char *what, struct error *err)
{
    return error_set(err, SQLSTATE_SYNTAX_ERROR, "%s for column \"%s\" of table \"%s\"",
                     what, column, draft->object->name);
}

static enum rc check_seen(const struct table_draft *draft, const char *column,
                          const struct column_seen *seen, struct error *err)
{
    if (seen->null && (seen->not_null || seen->identity))
        return conflict(draft, column, "conflicting NULL/NOT NULL declarations", err);
    if (seen->has_default && seen->identity)
        return conflict(draft, column, "both default and identity specified", err);
    if (seen->has_default && seen->generated)
        return conflict(draft, column, "both default and generation expression specified",
                        err);
    if (seen->identity && seen->generated)
        return conflict(draft, column,
                        "both identity and generation expression specified", err);
    return RC_OK;
}

static enum rc see(const struct table_draft *draft, const struct ast_constraint *from,
                   const char *column, struct column_seen *seen, struct error *err)
{
    switch ((int)from->kind) {
    case CONSTRAINT_NULL:
        seen->null = true;
        break;
    case CONSTRAINT_NOT_NULL:
        seen->not_null = true;
        break;
    case CONSTRAINT_DEFAULT:
        if (seen->has_default)
            return conflict(draft, column, "multiple default values specified", err);
        seen->has_default = true;
        break;
    case CONSTRAINT_IDENTITY:
        if (seen->identity)
            return conflict(draft, column, "multiple identity specifications", err);
        seen->identity = true;
        break;
    case CONSTRAINT_GENERATED:
        if (seen->generated)
            return conflict(draft, column, "multiple generation clauses specified", err);
        seen->generated = true;
        break;
    default:
        break;
    }
    return check_seen(draft, column, seen, err);
}

static enum rc read_flags(struct table_draft *draft,
                          const struct ast_column_definition *definition, bool is_serial,
                          struct column_seen *seen, struct error *err)
{
    *seen = (struct column_seen){.has_default = is_serial, .not_null = is_serial};
    for (size_t i = 0; i < definition->constraint_count; i++)
        TRY(see(draft, &definition->constraints[i], definition->name, seen, err));
    return RC_OK;
}

static enum rc check_identity(const struct record_column *column, struct error *err)
{
    if (column->type_oid == TYPE_INT2 || column->type_oid == TYPE_INT4 ||
        column->type_oid == TYPE_INT8)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "identity column type must be smallint, integer, or bigint");
}

enum rc column_add(struct command *command, struct table_draft *draft,
                   const struct ast_column_definition *definition, struct error *err)
{
    struct column_seen seen;
    uint32_t serial = serial_type(definition->type);
    if (definition->type == NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "typed tables are not supported");
    TRY(check_name(draft, definition->name, err));
    struct record_column *column = draft_add_column(command, draft);
    column->name = definition->name;
    if (serial != 0 && definition->type->array_bound_count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "array of serial is not implemented");
    if (serial != 0)
        column->type_oid = serial;
    else
        TRY(column_read_type(command, definition, column, err));
    TRY(read_flags(draft, definition, serial != 0, &seen, err));
    column->not_null = seen.not_null || seen.identity;
    column->generated = seen.generated ? 's' : 0;
    if (serial != 0)
        return column_add_sequence(command, draft, column, NULL, false, err);
    for (size_t i = 0; i < definition->constraint_count; i++) {
        const struct ast_constraint *from = &definition->constraints[i];
        if (from->kind != CONSTRAINT_IDENTITY)
            continue;
        TRY(check_identity(column, err));
        column->identity = from->is_always ? 'a' : 'd';
        TRY(column_add_sequence(command, draft, column, &from->options, true, err));
    }
    return RC_OK;
}

/* --- the sequence of a column ------------------------------------------------------ */

enum rc column_add_sequence(struct command *command, struct table_draft *draft,
                            struct record_column *column,
                            const struct ast_define_list *options, bool is_identity,
                            struct error *err)
{
    static const struct ast_define_list none = {NULL, 0};
    struct catalog_object *object = ARENA_NEW(command->arena, struct catalog_object);
    struct record_sequence *record = &object->sequence;
    object->kind = OBJECT_KIND_SEQUENCE;
    object->parent_id = draft->schema;
    object->owner_id = draft->object->owner_id;
    record->type_oid = column->type_oid;
    record->is_identity = is_identity;
    record->is_temporary = draft->object->table.is_temporary;
    TRY(relation_choose_name(
        command, draft->schema,
        &(const struct relation_label){draft->object->name, column->name, "seq"},
        &object->name, err));
    TRY(sequence_read_options(command, record, options == NULL ? &none : options, true,
                              err));
    TRY(catalog_storage_take(command->transaction, &record->storage, err));
    TRY(catalog_create(command->transaction, object, NULL, 0, err));
    TRY(catalog_sequence_start(command->transaction, record, record->start, false, err));
    column->sequence_id = object->id;
    ids_add(command->arena, &draft->sequences, object->id);
    if (!is_identity)
        column->default_sql =
            arena_printf(command->arena, "nextval('%u'::regclass)", object->oid);
    return RC_OK;
}

/* --- expressions ------------------------------------------------------------------- */

/* The conversion that assignment would do again is left out, unless it was written. */
static const struct bound *without_conversion(const struct ast_expression *expression,
                                              const struct bound *bound)
{
    if (bound->kind == BOUND_CAST && expression->kind != EXPRESSION_CAST &&
        bound->arguments[0]->type->oid != TYPE_UNKNOWN)
        return bound->arguments[0];
    return bound;
}

/* A sequence that the default names by a constant of type regclass. */
struct naming {
    uint32_t oid;
};

static bool find_regclass(struct bound_walk *walk, const struct bound *bound)
{
    struct naming *naming = walk->argument;
    if (bound->kind == BOUND_CONSTANT && bound->type->oid == TYPE_REGCLASS &&
        !bound->constant.null)
        naming->oid = bound->constant.datum.oid;
    return true;
}

static enum rc link_sequence(struct command *command, struct record_column *column,
                             const struct bound *bound, struct error *err)
{
    struct naming naming = {0};
    struct bound_walk walk = {.visit = find_regclass, .argument = &naming};
    struct catalog_object *object = NULL;
    bound_walk(&walk, bound);
    if (naming.oid == 0)
        return RC_OK;
    enum rc rc = catalog_object_by_oid(command->transaction, naming.oid, command->arena,
                                       &object, err);
    if (rc == RC_OK && object->kind == OBJECT_KIND_SEQUENCE)
        column->sequence_id = object->id;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc set_expression(struct command *command, struct table_draft *draft,
                              struct record_column *column, enum table_clause clause,
                              const struct ast_expression *expression, struct error *err)
{
    const struct table *table = draft_table(command, draft);
    struct table_definition about = {clause, table, column->name,
                                     type_find_oid(column->type_oid)};
    const struct bound *bound = NULL;
    TRY(bind_definition(command->arena, &command->context->surroundings, &about,
                        expression, &bound, err));
    column->default_sql = "";
    if (clause == TABLE_DEFAULT && bound->kind == BOUND_CONSTANT && bound->constant.null)
        return RC_OK;
    if (clause == TABLE_DEFAULT)
        TRY(link_sequence(command, column, bound, err));
    return table_definition_print(command->arena, table,
                                  without_conversion(expression, bound),
                                  &column->default_sql, err);
}

enum rc column_set_default(struct command *command, struct table_draft *draft,
                           struct record_column *column,
                           const struct ast_expression *expression, struct error *err)
{
    return set_expression(command, draft, column, TABLE_DEFAULT, expression, err);
}

enum rc column_add_expressions(struct command *command, struct table_draft *draft,
                               const struct ast_column_definition *definition,
                               struct error *err)
{
    struct record_column *column = draft_column(draft, definition->name);
    for (size_t i = 0; i < definition->constraint_count; i++) {
        const struct ast_constraint *from = &definition->constraints[i];
        if (from->kind == CONSTRAINT_DEFAULT)
            TRY(column_set_default(command, draft, column, from->expression, err));
        if (from->kind == CONSTRAINT_GENERATED)
            TRY(set_expression(command, draft, column, TABLE_GENERATED, from->expression,
                               err));
    }
    return RC_OK;
}

enum rc column_add_constraints(struct command *command, struct table_draft *draft,
                               const struct ast_column_definition *definition,
                               struct error *err)
{
    for (size_t i = 0; i < definition->constraint_count; i++) {
        const struct ast_constraint *from = &definition->constraints[i];
        if (from->kind == CONSTRAINT_CHECK || from->kind == CONSTRAINT_PRIMARY_KEY ||
            from->kind == CONSTRAINT_UNIQUE || from->kind == CONSTRAINT_FOREIGN_KEY ||
            from->kind == CONSTRAINT_EXCLUSION)
            TRY(constraint_add(command, draft, from, definition->name, err));
    }
    return RC_OK;
}
