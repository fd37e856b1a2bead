/* COMMENT ON. */
#include "catalog/comment.h"

#include "base/error.h"
#include "sql/command/table_internal.h"

static enum rc find_relation(struct command *command, const struct ast_comment *comment,
                             enum object_kind kind, struct catalog_object **object_out,
                             struct error *err)
{
    TRY(relation_require(command, &comment->name, object_out, err));
    if (kind != OBJECT_KIND_COUNT && (*object_out)->kind != kind)
        return error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not %s %s",
                         (*object_out)->name, kind == OBJECT_KIND_INDEX ? "an" : "a",
                         object_kind_word(kind));
    return RC_OK;
}

static enum rc find(struct command *command, const struct ast_comment *comment,
                    struct catalog_object **object_out, struct error *err)
{
    switch ((int)comment->object) {
    case SQL_OBJECT_TABLE:
        return find_relation(command, comment, OBJECT_KIND_TABLE, object_out, err);
    case SQL_OBJECT_VIEW:
        return find_relation(command, comment, OBJECT_KIND_VIEW, object_out, err);
    case SQL_OBJECT_INDEX:
        return find_relation(command, comment, OBJECT_KIND_INDEX, object_out, err);
    case SQL_OBJECT_SEQUENCE:
        return find_relation(command, comment, OBJECT_KIND_SEQUENCE, object_out, err);
    case SQL_OBJECT_COLUMN:
        return find_relation(command, comment, OBJECT_KIND_COUNT, object_out, err);
    case SQL_OBJECT_SECRET:
        return command_find_item(command, &comment->name, OBJECT_KIND_SECRET, object_out,
                                 err);
    case SQL_OBJECT_CONNECTION:
        return command_find_item(command, &comment->name, OBJECT_KIND_CONNECTION,
                                 object_out, err);
    case SQL_OBJECT_SCHEMA:
        return command_find_schema(command, &comment->name, object_out, err);
    case SQL_OBJECT_DATABASE:
        return command_find_single(command, &comment->name, OBJECT_KIND_DATABASE,
                                   object_out, err);
    case SQL_OBJECT_ROLE:
        return command_find_single(command, &comment->name, OBJECT_KIND_ROLE, object_out,
                                   err);
    default:
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "COMMENT ON %s is not supported",
                         sql_object_kind_name(comment->object));
    }
}

static enum rc find_column(const struct catalog_object *object, const char *name,
                           uint32_t *number_out, struct error *err)
{
    const struct record_columns *columns = NULL;
    if (object->kind == OBJECT_KIND_TABLE)
        columns = &object->table.columns;
    if (object->kind == OBJECT_KIND_VIEW)
        columns = &object->view.columns;
    if (columns == NULL) {
        error_set(err, SQLSTATE_WRONG_OBJECT_TYPE,
                  "cannot set comment on relation \"%s\"", object->name);
        return error_detail(err, "This operation is not supported for %s.",
                            object->kind == OBJECT_KIND_INDEX ? "indexes" : "sequences");
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (!columns->items[i].is_dropped && strcmp(columns->items[i].name, name) == 0) {
            *number_out = columns->items[i].number;
            return RC_OK;
        }
    }
    return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                     "column \"%s\" of relation \"%s\" does not exist", name,
                     object->name);
}

enum rc command_comment(struct command *command, struct error *err)
{
    const struct ast_comment *comment = command->statement->comment;
    const struct record_role *role = &command->context->role->role;
    struct catalog_object *object = NULL;
    uint32_t number = 0;
    TRY(find(command, comment, &object, err));
    TRY(command_require_user_object(object, err));
    if (object->kind != OBJECT_KIND_ROLE)
        TRY(command_require_owner(command, object, err));
    else if (!role->is_superuser && !role->can_create_role)
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "permission denied to comment on role");
    if (comment->object == SQL_OBJECT_COLUMN)
        TRY(find_column(object, comment->column, &number, err));
    return catalog_comment_set(command->transaction, object->id, number, comment->text,
                               err);
}
