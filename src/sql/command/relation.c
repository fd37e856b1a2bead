/* Names of relations: finding them, and making new ones. PostgreSQL's rules and words. */
#include "base/error.h"
#include "base/utf8.h"
#include "sql/command/table_internal.h"

static enum rc check_database(struct command *command, const struct ast_name *name,
                              struct error *err)
{
    const char *database = command->context->surroundings.path->database;
    if (name->count > 3)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper qualified name (too many dotted names): %s",
                         command_written_name(command, name));
    if (name->count == 3 && strcmp(name->parts[0], database) != 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cross-database references are not implemented: \"%s\"",
                         command_written_name(command, name));
    return RC_OK;
}

static const char *const system_schemas[] = {"pg_catalog", "mz_catalog", "mz_internal",
                                             "information_schema"};

static bool is_system(const struct catalog_name *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(system_schemas); i++) {
        if (name->schema != NULL && strcmp(name->schema, system_schemas[i]) != 0)
            continue;
        if (system_relation_find(system_schemas[i], name->name) != NULL)
            return true;
    }
    return false;
}

enum rc relation_find(struct command *command, const struct ast_name *name,
                      bool missing_ok, struct catalog_object **object_out,
                      struct error *err)
{
    struct catalog_name parts;
    *object_out = NULL;
    TRY(check_database(command, name, err));
    TRY(bind_name(name, &parts, err));
    enum rc rc =
        catalog_resolve_find(command->transaction, command->context->surroundings.path,
                             &parts, command->arena, object_out, err);
    if (rc == RC_FAILED && missing_ok && err->state == SQLSTATE_INVALID_SCHEMA_NAME) {
        error_clear(err);
        rc = RC_NOTFOUND;
    }
    if (rc == RC_OK && !object_kind_is_relation((*object_out)->kind)) {
        *object_out = NULL;
        rc = RC_NOTFOUND;
    }
    if (rc == RC_NOTFOUND && is_system(&parts))
        return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "permission denied: \"%s\" is a system catalog", parts.name);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc relation_require(struct command *command, const struct ast_name *name,
                         struct catalog_object **object_out, struct error *err)
{
    TRY(relation_find(command, name, false, object_out, err));
    if (*object_out != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist",
                     command_written_name(command, name));
}

enum rc relation_require_table(struct command *command, const struct ast_name *name,
                               struct catalog_object **object_out, struct error *err)
{
    TRY(relation_require(command, name, object_out, err));
    if ((*object_out)->kind != OBJECT_KIND_TABLE)
        return error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not a table",
                         (*object_out)->name);
    return relation_require_owner(command, *object_out, err);
}

enum rc relation_require_owner(struct command *command,
                               const struct catalog_object *object, struct error *err)
{
    const struct catalog_object *role = command->context->role;
    if (role->role.is_superuser || catalog_id_equal(object->owner_id, role->id))
        return RC_OK;
    return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE, "must be owner of %s %s",
                     object_kind_word(object->kind), object->name);
}

bool relation_schema_is_temporary(const struct command *command,
                                  const struct catalog_object *schema)
{
    const char *temporary = command->context->surroundings.path->temporary;
    return temporary != NULL && strcmp(temporary, schema->name) == 0;
}

bool relation_is_temporary(const struct catalog_object *object)
{
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        return object->table.is_temporary;
    case OBJECT_KIND_VIEW:
        return object->view.is_temporary;
    case OBJECT_KIND_SEQUENCE:
        return object->sequence.is_temporary;
    default:
        return false;
    }
}

enum rc relation_load_table(struct command *command, struct catalog_id id,
                            const struct table **table_out, struct error *err)
{
    struct catalog_object *object = NULL;
    enum rc rc =
        catalog_object_get(command->transaction, id, command->arena, &object, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a table's record is absent");
    TRY(rc);
    return table_load(command->arena, command->transaction, object, table_out, err);
}

/* --- places ------------------------------------------------------------------------ */

/* The session's schema of temporary objects, made when it is first needed. */
static enum rc temporary_schema(struct command *command,
                                struct catalog_object **schema_out, struct error *err)
{
    const struct catalog_path *path = command->context->surroundings.path;
    struct catalog_place database = {.class = CATALOG_CLASS_DATABASE,
                                     .name = path->database};
    struct catalog_object *parent = NULL;
    if (path->temporary == NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "temporary objects are not supported in this session");
    command->result->made_temporary = true;
    TRY(catalog_require(command->transaction, &database, command->arena, &parent, err));
    struct catalog_place place = {parent->id, CATALOG_CLASS_SCHEMA, path->temporary};
    enum rc rc =
        catalog_find(command->transaction, &place, command->arena, schema_out, err);
    if (rc != RC_NOTFOUND)
        return rc;
    struct catalog_object *schema = ARENA_NEW(command->arena, struct catalog_object);
    schema->kind = OBJECT_KIND_SCHEMA;
    schema->parent_id = parent->id;
    schema->name = path->temporary;
    schema->owner_id = command->context->role->id;
    *schema_out = schema;
    return catalog_create(command->transaction, schema, NULL, 0, err);
}

static bool is_temporary_name(const struct catalog_path *path, const char *schema)
{
    return strcmp(schema, "pg_temp") == 0 ||
           (path->temporary != NULL && strcmp(schema, path->temporary) == 0);
}

static enum rc find_schema(struct command *command, const struct catalog_name *name,
                           enum ast_persistence persistence,
                           struct catalog_object **schema_out, struct error *err)
{
    const struct catalog_path *path = command->context->surroundings.path;
    bool is_temporary = persistence == PERSISTENCE_TEMPORARY;
    if (name->schema != NULL && is_temporary_name(path, name->schema))
        is_temporary = true;
    else if (name->schema != NULL && is_temporary)
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "cannot create temporary relation in non-temporary schema");
    if (is_temporary)
        return temporary_schema(command, schema_out, err);
    TRY(catalog_resolve_target(command->transaction, path, name, command->arena,
                               schema_out, err));
    if ((*schema_out)->schema.is_system) {
        error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                  "permission denied to create \"%s.%s\"", (*schema_out)->name,
                  name->name);
        return error_detail(err,
                            "System catalog modifications are currently disallowed.");
    }
    return RC_OK;
}

static enum rc require_create(struct command *command,
                              const struct catalog_object *schema, struct error *err)
{
    const struct catalog_object *role = command->context->role;
    bool holds = role->role.is_superuser || catalog_id_equal(schema->owner_id, role->id);
    for (size_t i = 0; !holds && i < schema->privileges.count; i++) {
        const struct record_privilege *item = &schema->privileges.items[i];
        holds =
            (item->grantee.space == 'p' || catalog_id_equal(item->grantee, role->id)) &&
            (item->letters & PRIVILEGE_CREATE) != 0;
    }
    if (holds)
        return RC_OK;
    return error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                     "permission denied for schema %s", schema->name);
}

enum rc relation_place(struct command *command, const struct ast_name *name,
                       enum ast_persistence persistence, bool if_not_exists,
                       struct command_place *place_out, struct error *err)
{
    struct catalog_name parts;
    struct catalog_object *present = NULL;
    *place_out = (struct command_place){NULL, NULL, false};
    TRY(check_database(command, name, err));
    TRY(bind_name(name, &parts, err));
    TRY(find_schema(command, &parts, persistence, &place_out->schema, err));
    TRY(require_create(command, place_out->schema, err));
    place_out->name = parts.name;
    struct catalog_place place = {place_out->schema->id, CATALOG_CLASS_ITEM, parts.name};
    enum rc rc =
        catalog_find(command->transaction, &place, command->arena, &present, err);
    if (rc == RC_NOTFOUND)
        return RC_OK;
    TRY(rc);
    if (!if_not_exists)
        return error_set(err, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists",
                         parts.name);
    place_out->exists = true;
    command_notice(command, COMMAND_NOTICE, SQLSTATE_DUPLICATE_TABLE,
                   arena_printf(command->arena,
                                "relation \"%s\" already exists, skipping", parts.name),
                   NULL);
    return RC_OK;
}

struct catalog_object *relation_new(struct command *command, enum object_kind kind,
                                    const struct command_place *place)
{
    struct catalog_object *object = ARENA_NEW(command->arena, struct catalog_object);
    object->kind = kind;
    object->parent_id = place->schema->id;
    object->name = place->name;
    object->owner_id = command->context->role->id;
    return object;
}

/* --- chosen names ------------------------------------------------------------------ */

/* The longest part of the text with whole characters within `limit` bytes. */
static size_t clip(const char *text, size_t len, size_t limit)
{
    if (len <= limit)
        return len;
    while (limit > 0 && ((uint8_t)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

const char *relation_make_name(struct arena *arena, const char *first, const char *second,
                               const char *label)
{
    size_t first_len = strlen(first);
    size_t second_len = second == NULL ? 0 : strlen(second);
    size_t overhead = (second == NULL ? 0 : 1) + (label == NULL ? 0 : strlen(label) + 1);
    size_t room = TYPE_NAME_MAX - overhead;
    while (first_len + second_len > room) {
        if (first_len > second_len)
            first_len--;
        else
            second_len--;
    }
    first_len = clip(first, strlen(first), first_len);
    second_len = second == NULL ? 0 : clip(second, strlen(second), second_len);
    return arena_printf(arena, "%.*s%s%.*s%s%s", (int)first_len, first,
                        second == NULL ? "" : "_", (int)second_len,
                        second == NULL ? "" : second, label == NULL ? "" : "_",
                        label == NULL ? "" : label);
}

enum rc relation_choose_name(struct command *command, struct catalog_id schema,
                             const struct relation_label *wanted, const char **name_out,
                             struct error *err)
{
    const char *numbered = wanted->label;
    for (unsigned pass = 1;; pass++) {
        struct catalog_object *present = NULL;
        *name_out =
            relation_make_name(command->arena, wanted->first, wanted->second, numbered);
        struct catalog_place place = {schema, CATALOG_CLASS_ITEM, *name_out};
        enum rc rc =
            catalog_find(command->transaction, &place, command->arena, &present, err);
        if (rc == RC_NOTFOUND)
            return RC_OK;
        TRY(rc);
        numbered = arena_printf(command->arena, "%s%u", wanted->label, pass);
    }
}

/* --- lists of ids ------------------------------------------------------------------ */

bool ids_have(const struct catalog_ids *ids, struct catalog_id id)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (catalog_id_equal(ids->items[i], id))
            return true;
    }
    return false;
}

void ids_add(struct arena *arena, struct catalog_ids *ids, struct catalog_id id)
{
    size_t count = ids->count;
    if (ids_have(ids, id))
        return;
    if ((count & (count - 1)) == 0) {
        struct catalog_id *wider =
            ARENA_ARRAY(arena, struct catalog_id, count == 0 ? 1 : count * 2);
        if (count > 0)
            memcpy(wider, ids->items, count * sizeof *wider);
        ids->items = wider;
    }
    ids->items[ids->count++] = id;
}
