/* COMMENT ON. */
#include "catalog/comment.h"

#include "base/error.h"
#include "sql/command/command_internal.h"
#include "sql/parse/ast.h"

static enum rc find(struct command *command, const struct ast_comment *comment,
                    struct catalog_object **object_out, struct error *err)
{
    switch ((int)comment->object) {
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

enum rc command_comment(struct command *command, struct error *err)
{
    const struct ast_comment *comment = command->statement->comment;
    const struct record_role *role = &command->context->role->role;
    struct catalog_object *object = NULL;
    TRY(find(command, comment, &object, err));
    TRY(command_require_user_object(object, err));
    if (object->kind != OBJECT_KIND_ROLE)
        TRY(command_require_owner(command, object, err));
    else if (!role->is_superuser && !role->can_create_role)
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "permission denied to comment on role");
    return catalog_comment_set(command->transaction, object->id, 0, comment->text, err);
}
