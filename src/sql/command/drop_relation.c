/* DROP of relations, schemas and databases: what goes with them, in PostgreSQL's words.
 */
#include "base/error.h"
#include "catalog/key.h"
#include "catalog/row.h"
#include "catalog/sequence.h"
#include "sql/command/table_internal.h"
#include "sql/exec/heap.h"

/* A constraint or default of a table that stays. */
struct drop_part {
    struct catalog_object *table;
    const char *constraint; /* NULL: the default of the column */
    const char *column;
};

struct dropping {
    struct command *command;
    bool cascade;
    struct catalog_ids ids;
    size_t named_count;
    struct drop_part *parts;
    size_t part_count;
    const char *first;   /* what the first dependent is, for one notice */
    const char *details; /* a line for each */
    size_t told_count;
};

static enum rc load(struct dropping *dropping, struct catalog_id id,
                    struct catalog_object **object_out, struct error *err)
{
    struct command *command = dropping->command;
    enum rc rc =
        catalog_object_get(command->transaction, id, command->arena, object_out, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "a dependency names an object that is absent");
    return rc;
}

/* With its schema unless the bare name means it. */
static const char *shown_name(struct command *command,
                              const struct catalog_object *object)
{
    const struct catalog_path *path = command->context->surroundings.path;
    struct catalog_name name = {NULL, NULL, object->name};
    struct catalog_object *found = NULL;
    struct catalog_object *schema = NULL;
    struct error ignored;
    if (object_kind_class(object->kind) != CATALOG_CLASS_ITEM)
        return object->name;
    enum rc rc = catalog_resolve_find(command->transaction, path, &name, command->arena,
                                      &found, &ignored);
    if (rc == RC_OK && catalog_id_equal(found->id, object->id))
        return object->name;
    rc = catalog_object_get(command->transaction, object->parent_id, command->arena,
                            &schema, &ignored);
    if (rc != RC_OK)
        return object->name;
    return arena_printf(command->arena, "%s.%s", schema->name, object->name);
}

static const char *describe(struct command *command, const struct catalog_object *object)
{
    return arena_printf(command->arena, "%s %s", object_kind_word(object->kind),
                        shown_name(command, object));
}

static void tell(struct dropping *dropping, const char *what,
                 const struct catalog_object *on)
{
    struct command *command = dropping->command;
    if (dropping->told_count++ == 0)
        dropping->first = what;
    dropping->details =
        arena_printf(command->arena, "%s%s%s depends on %s", dropping->details,
                     dropping->told_count == 1 ? "" : "\n", what, describe(command, on));
}

static void add_part(struct dropping *dropping, struct drop_part part)
{
    size_t count = dropping->part_count;
    for (size_t i = 0; i < count; i++) {
        const struct drop_part *other = &dropping->parts[i];
        bool is_same = catalog_id_equal(other->table->id, part.table->id) &&
                       (other->constraint == NULL) == (part.constraint == NULL);
        if (is_same &&
            strcmp(part.constraint == NULL ? other->column : other->constraint,
                   part.constraint == NULL ? part.column : part.constraint) == 0)
            return;
    }
    if ((count & (count - 1)) == 0) {
        struct drop_part *wider = ARENA_ARRAY(dropping->command->arena, struct drop_part,
                                              count == 0 ? 1 : count * 2);
        if (count > 0)
            memcpy(wider, dropping->parts, count * sizeof *wider);
        dropping->parts = wider;
    }
    dropping->parts[dropping->part_count++] = part;
}

static void add_foreign_keys(struct dropping *dropping, struct catalog_object *table,
                             const struct catalog_object *on)
{
    struct command *command = dropping->command;
    for (size_t i = 0; i < table->table.constraints.count; i++) {
        const struct record_constraint *constraint = &table->table.constraints.items[i];
        if (constraint->kind != 'f' || !catalog_id_equal(constraint->table_id, on->id))
            continue;
        add_part(dropping, (struct drop_part){table, constraint->name, NULL});
        tell(dropping,
             arena_printf(command->arena, "constraint %s on %s", constraint->name,
                          describe(command, table)),
             on);
    }
}

static void add_defaults(struct dropping *dropping, struct catalog_object *table,
                         const struct catalog_object *sequence)
{
    struct command *command = dropping->command;
    for (size_t i = 0; i < table->table.columns.count; i++) {
        const struct record_column *column = &table->table.columns.items[i];
        if (column->is_dropped || !catalog_id_equal(column->sequence_id, sequence->id))
            continue;
        add_part(dropping, (struct drop_part){table, NULL, column->name});
        tell(dropping,
             arena_printf(command->arena, "default value for column %s of %s",
                          column->name, describe(command, table)),
             sequence);
    }
}

static bool goes_along(const struct catalog_object *dependent,
                       const struct catalog_object *on)
{
    if (dependent->kind == OBJECT_KIND_INDEX)
        return catalog_id_equal(dependent->index.table_id, on->id);
    if (dependent->kind == OBJECT_KIND_SEQUENCE)
        return catalog_id_equal(dependent->sequence.table_id, on->id);
    return false;
}

static enum rc add_dependent(struct dropping *dropping, struct catalog_id id,
                             const struct catalog_object *on, struct error *err)
{
    struct command *command = dropping->command;
    struct catalog_object *dependent = NULL;
    if (ids_have(&dropping->ids, id))
        return RC_OK;
    TRY(load(dropping, id, &dependent, err));
    if (dependent->kind == OBJECT_KIND_TABLE && on->kind == OBJECT_KIND_TABLE) {
        add_foreign_keys(dropping, dependent, on);
        return RC_OK;
    }
    if (dependent->kind == OBJECT_KIND_TABLE && on->kind == OBJECT_KIND_SEQUENCE) {
        add_defaults(dropping, dependent, on);
        return RC_OK;
    }
    if (!goes_along(dependent, on))
        tell(dropping, describe(command, dependent), on);
    ids_add(command->arena, &dropping->ids, id);
    return RC_OK;
}

struct children {
    struct dropping *dropping;
    const struct catalog_object *parent;
};

static enum rc add_child(void *argument, struct bytes key, struct bytes value,
                         struct error *err)
{
    const struct children *children = argument;
    struct dropping *dropping = children->dropping;
    struct catalog_object *child = NULL;
    struct catalog_id id = {0};
    (void)key;
    if (!catalog_key_read_id(value, 0, &id))
        return error_set(err, SQLSTATE_INDEX_CORRUPTED, "catalog index is damaged");
    if (ids_have(&dropping->ids, id))
        return RC_OK;
    TRY(load(dropping, id, &child, err));
    bool is_part =
        child->kind == OBJECT_KIND_INDEX || (child->kind == OBJECT_KIND_SEQUENCE &&
                                             catalog_id_is_set(child->sequence.table_id));
    if (!is_part && children->parent->kind == OBJECT_KIND_SCHEMA)
        tell(dropping, describe(dropping->command, child), children->parent);
    ids_add(dropping->command->arena, &dropping->ids, id);
    return RC_OK;
}

static enum rc add_children(struct dropping *dropping,
                            const struct catalog_object *parent, struct error *err)
{
    struct catalog_key prefix = catalog_key_children(parent->id);
    struct children children = {dropping, parent};
    if (parent->kind != OBJECT_KIND_SCHEMA && parent->kind != OBJECT_KIND_DATABASE)
        return RC_OK;
    return catalog_row_each(dropping->command->transaction, &prefix, add_child, &children,
                            err);
}

static enum rc gather(struct dropping *dropping, struct error *err)
{
    struct command *command = dropping->command;
    for (size_t i = 0; i < dropping->ids.count; i++) {
        struct catalog_object *object = NULL;
        struct catalog_ids dependents = {NULL, 0};
        TRY(load(dropping, dropping->ids.items[i], &object, err));
        TRY(add_children(dropping, object, err));
        TRY(catalog_dependents(command->transaction, object->id, command->arena,
                               &dependents, err));
        for (size_t k = 0; k < dependents.count; k++)
            TRY(add_dependent(dropping, dependents.items[k], object, err));
    }
    return RC_OK;
}

static enum rc refuse(struct dropping *dropping, struct error *err)
{
    struct catalog_object *first = NULL;
    TRY(load(dropping, dropping->ids.items[0], &first, err));
    if (dropping->named_count == 1)
        error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
                  "cannot drop %s because other objects depend on it",
                  describe(dropping->command, first));
    else
        error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
                  "cannot drop desired object(s) because other objects depend on them");
    error_detail(err, "%s", dropping->details);
    return error_hint(err, "Use DROP ... CASCADE to drop the dependent objects too.");
}

static void notice(struct dropping *dropping)
{
    struct command *command = dropping->command;
    const char *text = NULL;
    if (dropping->told_count == 0)
        return;
    text = dropping->told_count == 1
               ? arena_printf(command->arena, "drop cascades to %s", dropping->first)
               : arena_printf(command->arena, "drop cascades to %zu other objects",
                              dropping->told_count);
    command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION, text, NULL);
}

/* --- carrying it out --------------------------------------------------------------- */

void draft_remove_constraint(struct table_draft *draft, const char *name)
{
    struct record_constraints *list = &draft->object->table.constraints;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) != 0)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static enum rc remove_part(struct dropping *dropping, const struct drop_part *part,
                           struct error *err)
{
    struct catalog_object *table = NULL;
    TRY(load(dropping, part->table->id, &table, err));
    struct table_draft draft = {.object = table};
    if (part->constraint != NULL) {
        draft_remove_constraint(&draft, part->constraint);
    } else {
        struct record_column *column = draft_column(&draft, part->column);
        column->default_sql = "";
        column->sequence_id = (struct catalog_id){0};
    }
    return draft_store(dropping->command, &draft, err);
}

enum rc relation_drop_storage(struct command *command,
                              const struct catalog_object *object, struct error *err)
{
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        return heap_drop_rows(command->transaction, object->table.storage, err);
    case OBJECT_KIND_INDEX:
        return heap_drop_index(command->transaction, object->index.storage, err);
    case OBJECT_KIND_SEQUENCE:
        return catalog_sequence_remove(command->transaction, object->sequence.storage,
                                       err);
    default:
        return RC_OK;
    }
}

static enum rc carry_out(struct dropping *dropping, struct error *err)
{
    struct command *command = dropping->command;
    struct catalog_drop_list list = {dropping->ids.items, dropping->ids.count, true};
    struct catalog_dropped dropped = {NULL, 0};
    for (size_t i = 0; i < dropping->part_count; i++) {
        if (!ids_have(&dropping->ids, dropping->parts[i].table->id))
            TRY(remove_part(dropping, &dropping->parts[i], err));
    }
    TRY(catalog_drop(command->transaction, &list, command->arena, &dropped, err));
    for (size_t i = 0; i < dropped.count; i++)
        TRY(relation_drop_storage(command, dropped.objects[i], err));
    return RC_OK;
}

enum rc relation_drop(struct command *command, const struct catalog_ids *named,
                      bool cascade, struct error *err)
{
    struct dropping dropping = {.command = command, .cascade = cascade, .details = ""};
    for (size_t i = 0; i < named->count; i++)
        ids_add(command->arena, &dropping.ids, named->items[i]);
    dropping.named_count = dropping.ids.count;
    if (dropping.named_count == 0)
        return RC_OK;
    TRY(gather(&dropping, err));
    if (!cascade && dropping.told_count > 0)
        return refuse(&dropping, err);
    TRY(carry_out(&dropping, err));
    notice(&dropping);
    return RC_OK;
}

/* --- DROP TABLE, VIEW, INDEX, SEQUENCE --------------------------------------------- */

static const char *upper_word(enum object_kind kind)
{
    switch ((int)kind) {
    case OBJECT_KIND_TABLE:
        return "TABLE";
    case OBJECT_KIND_VIEW:
        return "VIEW";
    case OBJECT_KIND_INDEX:
        return "INDEX";
    default:
        return "SEQUENCE";
    }
}

static const char *article(enum object_kind kind)
{
    return kind == OBJECT_KIND_INDEX ? "an" : "a";
}

static enum rc wrong_kind(const struct catalog_object *object, enum object_kind wanted,
                          struct error *err)
{
    error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not %s %s", object->name,
              article(wanted), object_kind_word(wanted));
    return error_hint(err, "Use DROP %s to remove %s %s.", upper_word(object->kind),
                      article(object->kind), object_kind_word(object->kind));
}

static enum rc absent(struct command *command, const struct ast_name *name,
                      enum object_kind kind, bool if_exists, struct error *err)
{
    const char *written = command_written_name(command, name);
    enum sqlstate state =
        kind == OBJECT_KIND_INDEX ? SQLSTATE_UNDEFINED_OBJECT : SQLSTATE_UNDEFINED_TABLE;
    if (!if_exists)
        return error_set(err, state, "%s \"%s\" does not exist", object_kind_word(kind),
                         written);
    command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                   arena_printf(command->arena, "%s \"%s\" does not exist, skipping",
                                object_kind_word(kind), name->parts[name->count - 1]),
                   NULL);
    return RC_OK;
}

/* What a table needs may not be taken from it alone. */
static enum rc check_needed(struct command *command, const struct catalog_object *object,
                            struct error *err)
{
    struct catalog_object *table = NULL;
    const char *part = NULL;
    bool is_key = object->kind == OBJECT_KIND_INDEX && object->index.is_constraint;
    bool is_identity =
        object->kind == OBJECT_KIND_SEQUENCE && object->sequence.is_identity;
    if (!is_key && !is_identity)
        return RC_OK;
    TRY(catalog_object_get(command->transaction,
                           is_key ? object->index.table_id : object->sequence.table_id,
                           command->arena, &table, err));
    part = arena_printf(command->arena, "constraint %s", object->name);
    for (size_t i = 0; is_identity && i < table->table.columns.count; i++) {
        if (table->table.columns.items[i].number == object->sequence.column)
            part = arena_printf(command->arena, "column %s",
                                table->table.columns.items[i].name);
    }
    const char *of = describe(command, table);
    error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
              "cannot drop %s because %s %s %s requires it", describe(command, object),
              part, is_key ? "on" : "of", of);
    return error_hint(err, "You can drop %s %s %s instead.", part, is_key ? "on" : "of",
                      of);
}

enum rc command_drop_relations(struct command *command, enum object_kind kind,
                               struct error *err)
{
    const struct ast_drop *drop = command->statement->drop;
    struct catalog_ids named = {NULL, 0};
    for (size_t i = 0; i < drop->name_count; i++) {
        struct catalog_object *object = NULL;
        TRY(relation_find(command, &drop->names[i], drop->if_exists, &object, err));
        if (object == NULL) {
            TRY(absent(command, &drop->names[i], kind, drop->if_exists, err));
            continue;
        }
        if (object->kind != kind)
            return wrong_kind(object, kind, err);
        TRY(relation_require_owner(command, object, err));
        TRY(check_needed(command, object, err));
        ids_add(command->arena, &named, object->id);
    }
    return relation_drop(command, &named, drop->cascade, err);
}
