/* CREATE SECRET and ALTER SECRET. The value is evaluated, sealed and wiped; it enters no
 * error and no record. */
#include "base/secret.h"

#include "base/error.h"
#include "base/utf8.h"
#include "catalog/seal.h"
#include "sql/command/command_internal.h"
#include "sql/types/type.h"

/* A subquery anywhere in it; the binder has bounded the depth. */
static bool has_subquery(const struct bound *expression)
{
    if (expression->kind == BOUND_SUBQUERY)
        return true;
    for (size_t i = 0; i < expression->argument_count; i++) {
        if (has_subquery(expression->arguments[i]))
            return true;
    }
    return false;
}

/* A literal is bytea's own text form. Any other expression has to be bytea by itself:
 * text is not cast implicitly. */
static bool is_literal(const struct ast_expression *expression)
{
    return expression->kind == EXPRESSION_CONSTANT &&
           (expression->constant.kind == CONSTANT_STRING ||
            expression->constant.kind == CONSTANT_NULL);
}

static enum rc bind_value(struct command *command, struct arena *arena,
                          const struct ast_expression *expression,
                          const struct bound **bound_out, struct error *err)
{
    const struct type *bytea = type_find_oid(TYPE_BYTEA);
    const struct bind_surroundings *surroundings = &command->context->surroundings;
    TRY(bind_expression(arena, surroundings, expression,
                        is_literal(expression) ? bytea : NULL, bound_out, err));
    if (has_subquery(*bound_out))
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "AS does not allow subqueries");
    if ((*bound_out)->type == bytea)
        return RC_OK;
    error_set(err, SQLSTATE_INTERNAL_ERROR, "AS must have type bytea, not type %s",
              type_title(arena, (*bound_out)->type));
    if ((*bound_out)->type->oid != TYPE_TEXT)
        return RC_FAILED;
    return error_hint(err, "Use a plain literal, or an expression of type bytea.");
}

static enum rc check_value(const struct value *value, struct error *err)
{
    if (value->null)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "secret value can not be null");
    if (value->datum.bytes.len > SEAL_VALUE_MAX)
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "secrets can not be bigger than 512KiB");
    if (!utf8_is_valid(value->datum.bytes, NULL))
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "secret value must be valid UTF-8");
    return RC_OK;
}

static void wipe(struct bytes bytes)
{
    secret_wipe((void *)(uintptr_t)bytes.at, bytes.len);
}

/* Moves the value from the arena into the pool of secrets. A literal's bytes are the
 * arena's own and are wiped; those of another expression may be somebody else's. */
static enum rc take_value(struct command *command, struct arena *arena,
                          const struct bound *bound, struct secret **value_out,
                          struct error *err)
{
    struct value value = {.null = true};
    TRY(execution_value(&command->context->execution, arena, bound, &value, err));
    TRY(check_value(&value, err));
    TRY(secret_copy(value.datum.bytes, value_out, err));
    if (bound->kind == BOUND_CONSTANT) {
        wipe(value.datum.bytes);
        wipe(bound->constant.datum.bytes);
    }
    return RC_OK;
}

/* What says that a value is wrong may quote it. */
static enum rc without_value(enum rc rc, struct error *err)
{
    const char *code = sqlstate_code(err->state);
    if (rc != RC_FAILED || code[0] != '2' || code[1] != '2')
        return rc;
    return error_set(err, err->state, "invalid secret value");
}

/* Bound and evaluated in an arena of its own. */
static enum rc read_value(struct command *command,
                          const struct ast_expression *expression,
                          struct secret **value_out, struct error *err)
{
    struct arena *arena = arena_new("secret value", NULL);
    const struct bound *bound = NULL;
    enum rc rc = bind_value(command, arena, expression, &bound, err);
    if (rc == RC_OK)
        rc = take_value(command, arena, bound, value_out, err);
    arena_free(&arena);
    return without_value(rc, err);
}

static enum rc seal(struct command *command, struct catalog_id id,
                    const struct ast_expression *expression, struct error *err)
{
    struct secret *value = NULL;
    TRY(read_value(command, expression, &value, err));
    enum rc rc = catalog_seal(command->context->keyring, command->transaction, id,
                              SEAL_SLOT_VALUE, secret_bytes(value), err);
    secret_free(&value);
    return rc;
}

enum rc command_create_secret(struct command *command, struct error *err)
{
    const struct ast_create_secret *create = command->statement->create_secret;
    struct catalog_object object = {.kind = OBJECT_KIND_SECRET};
    struct command_place place;
    TRY(command_find_place(command, &create->name, create->if_not_exists, &place, err));
    if (place.exists) {
        command_notice_exists(command, place.name, OBJECT_KIND_SECRET);
        return RC_OK;
    }
    object.name = place.name;
    object.parent_id = place.schema->id;
    object.owner_id = command->context->role->id;
    object.privileges = command_owner_privileges(command, object.owner_id);
    object.secret.value_version = 1;
    TRY(catalog_create(command->transaction, &object, NULL, 0, err));
    return seal(command, object.id, create->value, err);
}

static enum rc alter_value(struct command *command, struct catalog_object *object,
                           const struct ast_expression *expression, struct error *err)
{
    TRY(command_require_user_object(object, err));
    TRY(command_require_owner(command, object, err));
    TRY(seal(command, object->id, expression, err));
    object->secret.value_version++;
    return command_update(command, object, err);
}

enum rc command_alter_secret(struct command *command, struct error *err)
{
    const struct ast_alter_secret *alter = command->statement->alter_secret;
    struct catalog_object *object = NULL;
    if (alter->if_exists)
        TRY(command_find_item_if_exists(command, &alter->name, OBJECT_KIND_SECRET,
                                        &object, err));
    else
        TRY(command_find_item(command, &alter->name, OBJECT_KIND_SECRET, &object, err));
    if (object == NULL)
        return RC_OK;
    switch (alter->kind) {
    case ALTER_SECRET_VALUE:
        return alter_value(command, object, alter->value, err);
    case ALTER_SECRET_RENAME:
        return command_rename(command, object, alter->to, err);
    case ALTER_SECRET_OWNER:
        return command_change_owner(command, object, alter->to, err);
    }
    return RC_OK;
}
