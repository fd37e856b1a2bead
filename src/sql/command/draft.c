/* A table's definition while it is made or changed. */
#include "base/error.h"
#include "sql/command/table_internal.h"

struct record_column *draft_add_column(struct command *command, struct table_draft *draft)
{
    struct record_table *record = &draft->object->table;
    if (record->columns.count >= draft->column_room) {
        size_t room = record->columns.count * 2 + 8;
        struct record_column *wider =
            ARENA_ARRAY(command->arena, struct record_column, room);
        if (record->columns.count > 0)
            memcpy(wider, record->columns.items, record->columns.count * sizeof *wider);
        record->columns.items = wider;
        draft->column_room = room;
    }
    struct record_column *column = &record->columns.items[record->columns.count++];
    *column = (struct record_column){.number = ++record->last_number,
                                     .name = "",
                                     .default_sql = "",
                                     .typmod = TYPE_TYPMOD_NONE};
    return column;
}

struct record_constraint *draft_add_constraint(struct command *command,
                                               struct table_draft *draft)
{
    struct record_constraints *list = &draft->object->table.constraints;
    if (list->count >= draft->constraint_room) {
        size_t room = list->count * 2 + 4;
        struct record_constraint *wider =
            ARENA_ARRAY(command->arena, struct record_constraint, room);
        if (list->count > 0)
            memcpy(wider, list->items, list->count * sizeof *wider);
        list->items = wider;
        draft->constraint_room = room;
    }
    struct record_constraint *constraint = &list->items[list->count++];
    *constraint = (struct record_constraint){.name = "", .expression_sql = ""};
    return constraint;
}

struct record_column *draft_column(const struct table_draft *draft, const char *name)
{
    const struct record_columns *columns = &draft->object->table.columns;
    for (size_t i = 0; i < columns->count; i++) {
        if (!columns->items[i].is_dropped && strcmp(columns->items[i].name, name) == 0)
            return &columns->items[i];
    }
    return NULL;
}

const struct table *draft_table(struct command *command, const struct table_draft *draft)
{
    const struct record_columns *record = &draft->object->table.columns;
    struct table *table = ARENA_NEW(command->arena, struct table);
    struct table_column *columns =
        ARENA_ARRAY(command->arena, struct table_column, record->count + 1);
    for (size_t i = 0; i < record->count; i++) {
        const struct record_column *from = &record->items[i];
        if (from->is_dropped)
            continue;
        columns[table->column_count++] = (struct table_column){
            .name = from->name,
            .number = from->number,
            .type = type_find_oid(from->type_oid),
            .typmod = from->typmod,
            .not_null = from->not_null,
            .default_sql = from->default_sql,
            .identity = from->identity,
            .generated = from->generated,
            .sequence_id = from->sequence_id,
        };
    }
    table->id = draft->object->id;
    table->oid = draft->object->oid;
    table->name = draft->object->name;
    table->schema = "";
    table->columns = columns;
    return table;
}

static bool has_constraint(const struct table_draft *draft, const char *name)
{
    const struct record_constraints *list = &draft->object->table.constraints;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    }
    return false;
}

const char *draft_constraint_name(struct command *command,
                                  const struct table_draft *draft, const char *column,
                                  const char *label)
{
    const char *numbered = label;
    for (unsigned pass = 1;; pass++) {
        const char *name =
            relation_make_name(command->arena, draft->object->name, column, numbered);
        if (!has_constraint(draft, name))
            return name;
        numbered = arena_printf(command->arena, "%s%u", label, pass);
    }
}

enum rc draft_check_name(const struct table_draft *draft, const char *name,
                         struct error *err)
{
    if (!has_constraint(draft, name))
        return RC_OK;
    return error_set(err, SQLSTATE_DUPLICATE_OBJECT,
                     "constraint \"%s\" for relation \"%s\" already exists", name,
                     draft->object->name);
}

struct catalog_ids draft_references(struct command *command,
                                    const struct table_draft *draft)
{
    const struct record_table *record = &draft->object->table;
    struct catalog_ids ids = {NULL, 0};
    for (size_t i = 0; i < record->columns.count; i++) {
        const struct record_column *column = &record->columns.items[i];
        if (!column->is_dropped && catalog_id_is_set(column->sequence_id))
            ids_add(command->arena, &ids, column->sequence_id);
    }
    for (size_t i = 0; i < record->constraints.count; i++) {
        const struct record_constraint *constraint = &record->constraints.items[i];
        if (constraint->kind == 'f' &&
            !catalog_id_equal(constraint->table_id, draft->object->id))
            ids_add(command->arena, &ids, constraint->table_id);
    }
    return ids;
}
