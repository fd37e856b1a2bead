/* DROP of every kind of object that exists. */
#include "base/error.h"
#include "sql/command/table_internal.h"

static const struct {
    enum ast_object_kind object;
    enum object_kind kind;
} dropped_kinds[] = {
    {SQL_OBJECT_SECRET, OBJECT_KIND_SECRET},
    {SQL_OBJECT_CONNECTION, OBJECT_KIND_CONNECTION},
    {SQL_OBJECT_SCHEMA, OBJECT_KIND_SCHEMA},
    {SQL_OBJECT_DATABASE, OBJECT_KIND_DATABASE},
    {SQL_OBJECT_ROLE, OBJECT_KIND_ROLE},
    {SQL_OBJECT_TABLE, OBJECT_KIND_TABLE},
    {SQL_OBJECT_VIEW, OBJECT_KIND_VIEW},
    {SQL_OBJECT_INDEX, OBJECT_KIND_INDEX},
    {SQL_OBJECT_SEQUENCE, OBJECT_KIND_SEQUENCE},
};

static bool find_kind(enum ast_object_kind object, enum object_kind *kind_out)
{
    for (size_t i = 0; i < ARRAY_COUNT(dropped_kinds); i++) {
        if (dropped_kinds[i].object == object) {
            *kind_out = dropped_kinds[i].kind;
            return true;
        }
    }
    return false;
}

static enum rc find(struct command *command, const struct ast_name *name,
                    enum object_kind kind, struct catalog_object **object_out,
                    struct error *err)
{
    switch (object_kind_class(kind)) {
    case CATALOG_CLASS_SCHEMA:
        return command_find_schema(command, name, object_out, err);
    case CATALOG_CLASS_DATABASE:
    case CATALOG_CLASS_ROLE:
        return command_find_single(command, name, kind, object_out, err);
    default:
        return command_find_item(command, name, kind, object_out, err);
    }
}

/* The states with which the catalog says that a schema, database or role is absent. */
static bool is_absence(const struct error *err)
{
    return err->state == SQLSTATE_INVALID_SCHEMA_NAME ||
           err->state == SQLSTATE_INVALID_CATALOG_NAME ||
           err->state == SQLSTATE_UNDEFINED_OBJECT;
}

/* *object_out NULL: absent, and a NOTICE has said so. */
static enum rc find_if_exists(struct command *command, const struct ast_name *name,
                              enum object_kind kind, struct catalog_object **object_out,
                              struct error *err)
{
    if (object_kind_class(kind) == CATALOG_CLASS_ITEM)
        return command_find_item_if_exists(command, name, kind, object_out, err);
    enum rc rc = find(command, name, kind, object_out, err);
    if (rc != RC_FAILED || !is_absence(err))
        return rc;
    error_clear(err);
    *object_out = NULL;
    command_notice_absent(command, name, kind);
    return RC_OK;
}

/* A DROP that would take what the session itself stands on. */
static enum rc check_session(const struct command *command,
                             const struct catalog_object *object, struct error *err)
{
    const struct command_context *context = command->context;
    if (object->kind == OBJECT_KIND_DATABASE &&
        strcmp(object->name, context->surroundings.path->database) == 0)
        return error_set(err, SQLSTATE_OBJECT_IN_USE,
                         "cannot drop the currently open database");
    if (object->kind == OBJECT_KIND_ROLE &&
        catalog_id_equal(object->id, context->role->id))
        return error_set(err, SQLSTATE_OBJECT_IN_USE, "current user cannot be dropped");
    return RC_OK;
}

/* Roles have no owner: who may make them may drop them. */
static enum rc require_right(struct command *command, const struct catalog_object *object,
                             struct error *err)
{
    const struct record_role *role = &command->context->role->role;
    if (object->kind != OBJECT_KIND_ROLE)
        return command_require_owner(command, object, err);
    if (role->is_superuser || role->can_create_role)
        return RC_OK;
    return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                     "permission denied to drop role");
}

static bool is_named(const struct catalog_drop_list *list, struct catalog_id id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (catalog_id_equal(list->ids[i], id))
            return true;
    }
    return false;
}

/* PostgreSQL's notice of what went besides the named. */
static void notice_cascade(struct command *command, const struct catalog_drop_list *list,
                           const struct catalog_dropped *dropped)
{
    const struct catalog_object *only = NULL;
    const char *text = NULL;
    size_t count = 0;
    for (size_t i = 0; i < dropped->count; i++) {
        if (is_named(list, dropped->objects[i]->id))
            continue;
        only = dropped->objects[i];
        count++;
    }
    if (count == 0)
        return;
    if (count == 1)
        text = arena_printf(command->arena, "drop cascades to %s %s",
                            object_kind_word(only->kind), only->name);
    else
        text = arena_printf(command->arena, "drop cascades to %zu other objects", count);
    command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION, text, NULL);
}

enum rc command_drop(struct command *command, struct error *err)
{
    const struct ast_drop *drop = command->statement->drop;
    const char *kind_name = sql_object_kind_name(drop->object);
    enum object_kind kind = OBJECT_KIND_COUNT;
    if (!find_kind(drop->object, &kind))
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "DROP %s is not supported",
                         kind_name);
    command->result->tag = arena_printf(command->arena, "DROP %s", kind_name);
    if (object_kind_is_relation(kind))
        return command_drop_relations(command, kind, err);
    struct catalog_id *ids =
        ARENA_ARRAY(command->arena, struct catalog_id, drop->name_count + 1);
    struct catalog_drop_list list = {ids, 0, drop->cascade};
    struct catalog_dropped dropped = {NULL, 0};
    for (size_t i = 0; i < drop->name_count; i++) {
        struct catalog_object *object = NULL;
        if (drop->if_exists)
            TRY(find_if_exists(command, &drop->names[i], kind, &object, err));
        else
            TRY(find(command, &drop->names[i], kind, &object, err));
        if (object == NULL)
            continue;
        TRY(command_require_user_object(object, err));
        TRY(require_right(command, object, err));
        TRY(check_session(command, object, err));
        if (!is_named(&list, object->id))
            ids[list.count++] = object->id;
    }
    if (list.count == 0)
        return RC_OK;
    if (kind == OBJECT_KIND_SCHEMA || kind == OBJECT_KIND_DATABASE) {
        struct catalog_ids named = {ids, list.count};
        return relation_drop(command, &named, drop->cascade, err);
    }
    TRY(catalog_drop(command->transaction, &list, command->arena, &dropped, err));
    notice_cascade(command, &list, &dropped);
    return RC_OK;
}
