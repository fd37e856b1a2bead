/* Names of objects, and who may do what with them: Materialize's rules and words. */
#include "base/buffer.h"
#include "base/error.h"
#include "sql/command/command_internal.h"
#include "sql/parse/print.h"

void command_notice(struct command *command, enum command_severity severity,
                    enum sqlstate state, const char *message, const char *hint)
{
    size_t count = command->notice_count;
    if ((count & (count - 1)) == 0) {
        struct command_notice *wider = ARENA_ARRAY(command->arena, struct command_notice,
                                                   count == 0 ? 1 : count * 2);
        if (count > 0)
            memcpy(wider, command->notices, count * sizeof *wider);
        command->notices = wider;
    }
    command->notices[command->notice_count++] =
        (struct command_notice){severity, state, message, hint};
}

static const char *join(struct arena *arena, const struct ast_name *name)
{
    const char *text = "";
    for (size_t i = 0; i < name->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ".", name->parts[i]);
    return text;
}

const char *command_written_name(struct command *command, const struct ast_name *name)
{
    return join(command->arena, name);
}

static enum rc find_item(struct command *command, const struct ast_name *name,
                         struct catalog_object **object_out, struct error *err)
{
    struct catalog_name parts;
    TRY(bind_name(name, &parts, err));
    return catalog_resolve_item(command->transaction, command->context->surroundings.path,
                                &parts, command->arena, object_out, err);
}

enum rc command_find_item(struct command *command, const struct ast_name *name,
                          enum object_kind kind, struct catalog_object **object_out,
                          struct error *err)
{
    TRY(find_item(command, name, object_out, err));
    if (kind == OBJECT_KIND_COUNT)
        return RC_OK;
    return catalog_expect_kind(*object_out, kind, err);
}

/* The states with which the catalog says that a name means nothing. */
static bool is_absence(const struct error *err)
{
    return err->state == SQLSTATE_INTERNAL_ERROR ||
           err->state == SQLSTATE_INVALID_SCHEMA_NAME ||
           err->state == SQLSTATE_INVALID_CATALOG_NAME;
}

enum rc command_find_item_if_exists(struct command *command, const struct ast_name *name,
                                    enum object_kind kind,
                                    struct catalog_object **object_out, struct error *err)
{
    enum rc rc = find_item(command, name, object_out, err);
    if (rc == RC_FAILED && is_absence(err)) {
        error_clear(err);
        *object_out = NULL;
        command_notice_absent(command, name, kind);
        return RC_OK;
    }
    TRY(rc);
    return catalog_expect_kind(*object_out, kind, err);
}

enum rc command_find_schema(struct command *command, const struct ast_name *name,
                            struct catalog_object **object_out, struct error *err)
{
    if (name->count == 0 || name->count > 2)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper schema name (too many dotted names)");
    struct catalog_name parts = {name->count == 2 ? name->parts[0] : NULL,
                                 name->parts[name->count - 1], ""};
    return catalog_resolve_schema(command->transaction,
                                  command->context->surroundings.path, &parts,
                                  command->arena, object_out, err);
}

enum rc command_find_single(struct command *command, const struct ast_name *name,
                            enum object_kind kind, struct catalog_object **object_out,
                            struct error *err)
{
    struct catalog_place place = {.class = object_kind_class(kind)};
    if (name->count != 1)
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "improper %s name",
                         object_kind_word(kind));
    place.name = name->parts[0];
    return catalog_require(command->transaction, &place, command->arena, object_out, err);
}

void command_notice_absent(struct command *command, const struct ast_name *name,
                           enum object_kind kind)
{
    command_notice(command, COMMAND_NOTICE, SQLSTATE_UNDEFINED_OBJECT,
                   arena_printf(command->arena, "%s \"%s\" does not exist, skipping",
                                object_kind_word(kind),
                                command_written_name(command, name)),
                   NULL);
}

void command_notice_exists(struct command *command, const char *name,
                           enum object_kind kind)
{
    command_notice(command, COMMAND_NOTICE, SQLSTATE_DUPLICATE_OBJECT,
                   arena_printf(command->arena, "%s \"%s\" already exists, skipping",
                                object_kind_word(kind), name),
                   NULL);
}

/* Absent, or there: the error is catalog_create()'s, raised before anything is done. */
static enum rc place_taken(struct command_place *place, bool if_not_exists, enum rc rc,
                           struct error *err)
{
    if (rc == RC_NOTFOUND)
        return RC_OK;
    TRY(rc);
    place->exists = if_not_exists;
    if (if_not_exists)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "catalog item '%s' already exists",
                     place->name);
}

enum rc command_find_place(struct command *command, const struct ast_name *name,
                           bool if_not_exists, struct command_place *place_out,
                           struct error *err)
{
    struct catalog_name parts;
    struct catalog_object *present = NULL;
    *place_out = (struct command_place){NULL, NULL, false};
    TRY(bind_name(name, &parts, err));
    TRY(catalog_resolve_target(command->transaction, command->context->surroundings.path,
                               &parts, command->arena, &place_out->schema, err));
    TRY(command_require_user_object(place_out->schema, err));
    TRY(command_require_privilege(command, place_out->schema, PRIVILEGE_CREATE, err));
    place_out->name = parts.name;
    struct catalog_place place = {place_out->schema->id, CATALOG_CLASS_ITEM, parts.name};
    return place_taken(
        place_out, if_not_exists,
        catalog_find(command->transaction, &place, command->arena, &present, err), err);
}

enum rc command_name_parts(struct store_transaction *transaction, struct arena *arena,
                           const struct catalog_object *object, struct ast_name *name_out,
                           struct error *err)
{
    enum { PARTS_MAX = 3 };
    const char **parts = ARENA_ARRAY(arena, const char *, PARTS_MAX);
    size_t first = PARTS_MAX - 1;
    struct catalog_id parent = object->parent_id;
    parts[first] = object->name;
    while (catalog_id_is_set(parent) && first > 0) {
        struct catalog_object *outer = NULL;
        enum rc rc = catalog_object_get(transaction, parent, arena, &outer, err);
        if (rc == RC_NOTFOUND)
            return error_set(err, SQLSTATE_DATA_CORRUPTED, "the parent of \"%s\" is gone",
                             object->name);
        TRY(rc);
        parts[--first] = outer->name;
        parent = outer->parent_id;
    }
    *name_out = (struct ast_name){.parts = parts + first, .count = PARTS_MAX - first};
    return RC_OK;
}

enum rc command_full_name(struct command *command, const struct catalog_object *object,
                          const char **text_out, struct error *err)
{
    struct ast_name name;
    TRY(command_name_parts(command->transaction, command->arena, object, &name, err));
    *text_out = join(command->arena, &name);
    return RC_OK;
}

static const char *upper_kind(struct command *command, enum object_kind kind)
{
    char *word = arena_strdup(command->arena, object_kind_word(kind));
    for (char *at = word; *at != '\0'; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
    return word;
}

static bool holds(const struct catalog_object *object, struct catalog_id role,
                  enum privilege privilege)
{
    for (size_t i = 0; i < object->privileges.count; i++) {
        const struct record_privilege *item = &object->privileges.items[i];
        bool is_meant =
            item->grantee.space == 'p' || catalog_id_equal(item->grantee, role);
        if (is_meant && (item->letters & (uint32_t)privilege) != 0)
            return true;
    }
    return false;
}

enum rc command_require_privilege(struct command *command,
                                  const struct catalog_object *object,
                                  enum privilege privilege, struct error *err)
{
    const struct catalog_object *role = command->context->role;
    const char *name = NULL;
    if (role->role.is_superuser || catalog_id_equal(object->owner_id, role->id) ||
        holds(object, role->id, privilege))
        return RC_OK;
    TRY(command_full_name(command, object, &name, err));
    const char *kind = upper_kind(command, object->kind);
    error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for %s \"%s\"",
              kind, name);
    return error_detail(err, "The '%s' role needs %s privileges on %s \"%s\"", role->name,
                        privilege == PRIVILEGE_CREATE ? "CREATE" : "USAGE", kind, name);
}

enum rc command_require_owner(struct command *command,
                              const struct catalog_object *object, struct error *err)
{
    const struct catalog_object *role = command->context->role;
    const char *name = NULL;
    if (role->role.is_superuser || catalog_id_equal(object->owner_id, role->id))
        return RC_OK;
    TRY(command_full_name(command, object, &name, err));
    return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE, "must be owner of %s %s",
                     upper_kind(command, object->kind), name);
}

enum rc command_require_user_object(const struct catalog_object *object,
                                    struct error *err)
{
    if (object->id.space != 's')
        return RC_OK;
    switch (object_kind_class(object->kind)) {
    case CATALOG_CLASS_SCHEMA:
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "system schema '%s' cannot be modified", object->name);
    case CATALOG_CLASS_ROLE:
        return error_set(err, SQLSTATE_RESERVED_NAME, "role name \"%s\" is reserved",
                         object->name);
    default:
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "system item '%s' cannot be modified", object->name);
    }
}

struct record_privileges command_owner_privileges(struct command *command,
                                                  struct catalog_id owner)
{
    struct record_privilege *item = ARENA_NEW(command->arena, struct record_privilege);
    *item = (struct record_privilege){owner, owner, PRIVILEGE_USAGE};
    return (struct record_privileges){item, 1};
}

enum rc command_update(struct command *command, struct catalog_object *object,
                       struct error *err)
{
    struct catalog_ids references = {NULL, 0};
    TRY(catalog_dependencies(command->transaction, object->id, command->arena,
                             &references, err));
    return catalog_update(command->transaction, object, references.items,
                          references.count, err);
}

enum rc command_rename(struct command *command, struct catalog_object *object,
                       const char *name, struct error *err)
{
    TRY(command_require_user_object(object, err));
    TRY(command_require_owner(command, object, err));
    return catalog_rename(command->transaction, object, name, err);
}

static enum rc find_role(struct command *command, const char *name,
                         const struct catalog_object **role_out, struct error *err)
{
    struct catalog_place place = {.class = CATALOG_CLASS_ROLE, .name = name};
    struct catalog_object *role = NULL;
    if (strcmp(name, "current_user") == 0 || strcmp(name, "current_role") == 0 ||
        strcmp(name, "session_user") == 0) {
        *role_out = command->context->role;
        return RC_OK;
    }
    TRY(catalog_require(command->transaction, &place, command->arena, &role, err));
    *role_out = role;
    return RC_OK;
}

/* What the former owner held, the new one holds, as in PostgreSQL. */
static void hand_over(struct catalog_object *object, struct catalog_id from,
                      struct catalog_id to)
{
    for (size_t i = 0; i < object->privileges.count; i++) {
        struct record_privilege *item = &object->privileges.items[i];
        if (catalog_id_equal(item->grantee, from))
            item->grantee = to;
        if (catalog_id_equal(item->grantor, from))
            item->grantor = to;
    }
}

enum rc command_change_owner(struct command *command, struct catalog_object *object,
                             const char *name, struct error *err)
{
    const struct catalog_object *session = command->context->role;
    const struct catalog_object *role = NULL;
    TRY(command_require_user_object(object, err));
    TRY(command_require_owner(command, object, err));
    TRY(find_role(command, name, &role, err));
    if (!session->role.is_superuser && !catalog_id_equal(role->id, session->id))
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "must be a member of \"%s\"", role->name);
    hand_over(object, object->owner_id, role->id);
    object->owner_id = role->id;
    return command_update(command, object, err);
}
