/* CREATE and ALTER SEQUENCE, and the sequences of columns. */
#include "catalog/sequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "sql/command/table_internal.h"

static const struct {
    uint32_t type_oid;
    const char *name;
    int64_t minimum;
    int64_t maximum;
} sequence_types[] = {
    {TYPE_INT2, "smallint", INT16_MIN, INT16_MAX},
    {TYPE_INT4, "integer", INT32_MIN, INT32_MAX},
    {TYPE_INT8, "bigint", INT64_MIN, INT64_MAX},
};

static size_t type_place(uint32_t type_oid)
{
    for (size_t i = 0; i < ARRAY_COUNT(sequence_types); i++) {
        if (sequence_types[i].type_oid == type_oid)
            return i;
    }
    return ARRAY_COUNT(sequence_types);
}

static const struct ast_define *find_option(const struct ast_define_list *options,
                                            const char *name)
{
    for (size_t i = 0; i < options->count; i++) {
        if (strcmp(options->items[i].name, name) == 0)
            return &options->items[i];
    }
    return NULL;
}

static enum rc check_options(const struct ast_define_list *options, struct error *err)
{
    static const char *const known[] = {"as",       "increment",     "start", "restart",
                                        "minvalue", "maxvalue",      "cache", "cycle",
                                        "owned_by", "sequence_name", "logged"};
    for (size_t i = 0; i < options->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < ARRAY_COUNT(known); k++)
            is_known = is_known || strcmp(options->items[i].name, known[k]) == 0;
        if (!is_known)
            return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                             "sequence option \"%s\" is not supported",
                             options->items[i].name);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(options->items[i].name, options->items[k].name) == 0)
                return error_set(err, SQLSTATE_SYNTAX_ERROR,
                                 "conflicting or redundant options");
        }
    }
    return RC_OK;
}

static enum rc read_number(const struct ast_define *option, int64_t *out,
                           struct error *err)
{
    char *end = NULL;
    errno = 0;
    *out = option->text == NULL ? 0 : strtoll(option->text, &end, 10);
    if (option->text == NULL || !option->is_number || *end != '\0' || errno == ERANGE)
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value \"%s\" is out of range for type bigint",
                         option->text == NULL ? "" : option->text);
    return RC_OK;
}

static enum rc read_type(const struct ast_define_list *options,
                         struct record_sequence *record, struct error *err)
{
    const struct ast_define *as = find_option(options, "as");
    const struct type *type = NULL;
    if (as != NULL && as->name_value.count > 0)
        type =
            type_find_name(bytes_of_text(as->name_value.parts[as->name_value.count - 1]));
    if (as != NULL &&
        (type == NULL || type_place(type->oid) == ARRAY_COUNT(sequence_types)))
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "sequence type must be smallint, integer, or bigint");
    if (type != NULL)
        record->type_oid = type->oid;
    else if (record->type_oid == 0)
        record->type_oid = TYPE_INT8;
    return RC_OK;
}

static enum rc read_increment(const struct ast_define_list *options,
                              struct record_sequence *record, bool is_new,
                              struct error *err)
{
    const struct ast_define *increment = find_option(options, "increment");
    const struct ast_define *cycle = find_option(options, "cycle");
    const struct ast_define *cache = find_option(options, "cache");
    if (is_new) {
        record->increment = 1;
        record->cache = 1;
    }
    if (increment != NULL)
        TRY(read_number(increment, &record->increment, err));
    if (record->increment == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "INCREMENT must not be zero");
    if (cycle != NULL)
        record->cycles = cycle->text == NULL || strcmp(cycle->text, "false") != 0;
    if (cache != NULL)
        TRY(read_number(cache, &record->cache, err));
    if (record->cache <= 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "CACHE (%" PRId64 ") must be greater than zero", record->cache);
    return RC_OK;
}

/* Bounds; those that were the type's own follow a change of it. */
static enum rc read_bounds(const struct ast_define_list *options,
                           struct record_sequence *record, bool is_new, size_t old_type,
                           struct error *err)
{
    const struct ast_define *minimum = find_option(options, "minvalue");
    const struct ast_define *maximum = find_option(options, "maxvalue");
    size_t type = type_place(record->type_oid);
    bool is_up = record->increment > 0;
    bool changes = is_new || old_type != type;
    if (is_new || (maximum != NULL && maximum->text == NULL) ||
        (changes && record->maximum == sequence_types[old_type].maximum))
        record->maximum = is_up ? sequence_types[type].maximum : -1;
    if (is_new || (minimum != NULL && minimum->text == NULL) ||
        (changes && record->minimum == sequence_types[old_type].minimum))
        record->minimum = is_up ? 1 : sequence_types[type].minimum;
    if (maximum != NULL && maximum->text != NULL)
        TRY(read_number(maximum, &record->maximum, err));
    if (minimum != NULL && minimum->text != NULL)
        TRY(read_number(minimum, &record->minimum, err));
    if (record->maximum > sequence_types[type].maximum ||
        record->maximum < sequence_types[type].minimum)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "MAXVALUE (%" PRId64
                         ") is out of range for sequence data type %s",
                         record->maximum, sequence_types[type].name);
    if (record->minimum > sequence_types[type].maximum ||
        record->minimum < sequence_types[type].minimum)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "MINVALUE (%" PRId64
                         ") is out of range for sequence data type %s",
                         record->minimum, sequence_types[type].name);
    if (record->minimum >= record->maximum)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "MINVALUE (%" PRId64 ") must be less than MAXVALUE (%" PRId64
                         ")",
                         record->minimum, record->maximum);
    return RC_OK;
}

/* `what`: START, RESTART. */
static enum rc check_value(const struct record_sequence *record, const char *what,
                           int64_t value, struct error *err)
{
    if (value < record->minimum)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "%s value (%" PRId64 ") cannot be less than MINVALUE (%" PRId64
                         ")",
                         what, value, record->minimum);
    if (value > record->maximum)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "%s value (%" PRId64
                         ") cannot be greater than MAXVALUE (%" PRId64 ")",
                         what, value, record->maximum);
    return RC_OK;
}

enum rc sequence_read_options(struct command *command, struct record_sequence *record,
                              const struct ast_define_list *options, bool is_new,
                              struct error *err)
{
    const struct ast_define *start = find_option(options, "start");
    size_t old_type = is_new ? 2 : type_place(record->type_oid);
    (void)command;
    TRY(check_options(options, err));
    TRY(read_type(options, record, err));
    TRY(read_increment(options, record, is_new, err));
    TRY(read_bounds(options, record, is_new, old_type, err));
    if (start != NULL)
        TRY(read_number(start, &record->start, err));
    else if (is_new)
        record->start = record->increment > 0 ? record->minimum : record->maximum;
    return check_value(record, "START", record->start, err);
}

/* --- OWNED BY ---------------------------------------------------------------------- */

enum rc sequence_own(struct command *command, struct catalog_id sequence,
                     struct catalog_id table, uint32_t column, struct error *err)
{
    struct catalog_object *object = NULL;
    bool is_owned = catalog_id_is_set(table);
    TRY(catalog_object_get(command->transaction, sequence, command->arena, &object, err));
    object->sequence.table_id = table;
    object->sequence.column = column;
    return catalog_update(command->transaction, object, &table, is_owned ? 1 : 0, err);
}

static enum rc read_owner(struct command *command, const struct ast_define *owned,
                          struct catalog_object *sequence, struct error *err)
{
    struct ast_name table = owned->name_value;
    struct catalog_object *object = NULL;
    if (table.count <= 1) {
        if (owned->text == NULL || strcmp(owned->text, "none") == 0 ||
            (table.count == 1 && strcmp(table.parts[0], "none") == 0))
            return sequence_own(command, sequence->id, (struct catalog_id){0}, 0, err);
        error_set(err, SQLSTATE_SYNTAX_ERROR, "invalid OWNED BY option");
        return error_hint(err, "Specify OWNED BY table.column or OWNED BY NONE.");
    }
    const char *column = table.parts[--table.count];
    TRY(relation_require_table(command, &table, &object, err));
    struct table_draft draft = {.object = object};
    const struct record_column *found = draft_column(&draft, column);
    if (found == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                         "column \"%s\" of relation \"%s\" does not exist", column,
                         object->name);
    if (!catalog_id_equal(object->parent_id, sequence->parent_id))
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "sequence must be in same schema as table it is linked to");
    return sequence_own(command, sequence->id, object->id, found->number, err);
}

/* --- the statements ---------------------------------------------------------------- */

enum rc command_create_sequence(struct command *command, struct error *err)
{
    const struct ast_create_sequence *create = command->statement->create_sequence;
    const struct ast_define *owned = find_option(&create->options, "owned_by");
    struct command_place place;
    TRY(relation_place(command, &create->name, create->persistence, create->if_not_exists,
                       &place, err));
    if (place.exists)
        return RC_OK;
    struct catalog_object *object = relation_new(command, OBJECT_KIND_SEQUENCE, &place);
    struct record_sequence *record = &object->sequence;
    record->is_temporary = relation_schema_is_temporary(command, place.schema);
    TRY(sequence_read_options(command, record, &create->options, true, err));
    TRY(catalog_storage_take(command->transaction, &record->storage, err));
    TRY(catalog_create(command->transaction, object, NULL, 0, err));
    TRY(catalog_sequence_start(command->transaction, record, record->start, false, err));
    return owned == NULL ? RC_OK : read_owner(command, owned, object, err);
}

/* What was handed out stays so: the value goes on from where it was. */
static enum rc restart(struct command *command, const struct record_sequence *record,
                       const struct ast_define *option, struct error *err)
{
    int64_t last = 0;
    bool is_called = false;
    TRY(catalog_sequence_read(command->transaction, record, &last, &is_called, err));
    if (option != NULL) {
        last = record->start;
        is_called = false;
        if (option->text != NULL)
            TRY(read_number(option, &last, err));
    }
    TRY(check_value(record, "RESTART", last, err));
    return catalog_sequence_start(command->transaction, record, last, is_called, err);
}

enum rc sequence_alter(struct command *command, struct catalog_object *object,
                       const struct ast_define_list *options, struct error *err)
{
    TRY(sequence_read_options(command, &object->sequence, options, false, err));
    TRY(command_update(command, object, err));
    return restart(command, &object->sequence, find_option(options, "restart"), err);
}

enum rc command_alter_sequence(struct command *command, struct error *err)
{
    const struct ast_create_sequence *alter = command->statement->create_sequence;
    const struct ast_define *owned = find_option(&alter->options, "owned_by");
    struct catalog_object *object = NULL;
    if (alter->if_not_exists) { /* IF EXISTS */
        TRY(relation_find(command, &alter->name, true, &object, err));
        if (object == NULL) {
            command_notice(command, COMMAND_NOTICE, SQLSTATE_UNDEFINED_TABLE,
                           arena_printf(command->arena,
                                        "relation \"%s\" does not exist, skipping",
                                        command_written_name(command, &alter->name)),
                           NULL);
            return RC_OK;
        }
    } else {
        TRY(relation_require(command, &alter->name, &object, err));
    }
    if (object->kind != OBJECT_KIND_SEQUENCE)
        return error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence",
                         object->name);
    TRY(relation_require_owner(command, object, err));
    TRY(sequence_alter(command, object, &alter->options, err));
    return owned == NULL ? RC_OK : read_owner(command, owned, object, err);
}
