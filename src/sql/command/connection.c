/* CREATE, VALIDATE and EXPLAIN of connections. */
#include <stdlib.h>

#include "base/error.h"
#include "base/secret.h"
#include "catalog/seal.h"
#include "sql/command/command_internal.h"

/* Kinds that Materialize has, in the words of an answer. */
static const struct {
    const char *type;
    const char *title;
} foreign_kinds[] = {
    {"AWS PRIVATELINK", "AWS PrivateLink"},
};

static enum rc find_kind(struct command *command, const char *type,
                         const struct connection_kind **kind_out, struct error *err)
{
    const struct connection_kinds *kinds = &command->context->hooks->kinds;
    const char *title = type;
    const char *list = "";
    *kind_out = connection_kind_find(kinds, type);
    if (*kind_out != NULL)
        return RC_OK;
    for (size_t i = 0; i < ARRAY_COUNT(foreign_kinds); i++) {
        if (strcmp(foreign_kinds[i].type, type) == 0)
            title = foreign_kinds[i].title;
    }
    error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s connections are not supported",
              title);
    for (size_t i = 0; kinds->items != NULL && kinds->items[i] != NULL; i++)
        list = arena_printf(command->arena, "%s%s%s", list, i == 0 ? "" : ", ",
                            kinds->items[i]->sql_name);
    if (list[0] == '\0')
        return RC_FAILED;
    return error_hint(err, "Connections may be TO %s.", list);
}

enum rc command_kind_of(struct command *command, const struct catalog_object *object,
                        const struct connection_kind **kind_out, struct error *err)
{
    *kind_out = connection_kind_find(&command->context->hooks->kinds,
                                     object->connection.connection_kind);
    if (*kind_out != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "connection \"%s\" is of the kind %s, which is not supported",
                     object->name, object->connection.connection_kind);
}

enum rc command_require_key_pairs(const struct catalog_object *object,
                                  const struct connection_kind *kind, struct error *err)
{
    if (kind->has_key_pairs)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s is not an SSH connection",
                     object->name);
}

enum rc command_new_key(struct command *command, struct catalog_object *object,
                        uint32_t number, struct error *err)
{
    const struct command_context *context = command->context;
    const char *public_key = NULL;
    struct secret *private_key = NULL;
    TRY(context->hooks->make_key_pair(command->arena, &public_key, &private_key, err));
    enum rc rc = catalog_seal(context->keyring, command->transaction, object->id, number,
                              secret_bytes(private_key), err);
    secret_free(&private_key);
    if (number == 1)
        object->connection.public_key_1 = public_key;
    else
        object->connection.public_key_2 = public_key;
    return rc;
}

/* A tunnel that is not stored yet is tried with keys that nobody knows, as Materialize
 * does: it gets as far as the login. */
static enum rc give_keys(struct command *command,
                         struct connection_definition *definition, struct error *err)
{
    const struct command_hooks *hooks = command->context->hooks;
    for (size_t i = 0; i < ARRAY_COUNT(definition->public_keys); i++)
        TRY(hooks->make_key_pair(command->arena, &definition->public_keys[i],
                                 &definition->private_keys[i], err));
    return RC_OK;
}

enum rc command_ask_probe(struct command *command, const struct catalog_object *object,
                          const struct command_host_keys *keys, struct error *err)
{
    const struct command_context *context = command->context;
    struct command_probe *probe = ARENA_NEW(command->arena, struct command_probe);
    struct connection_definition *definition = &probe->definition;
    struct connection_source source = {command->transaction, context->keyring,
                                       &context->hooks->kinds};
    TRY(connection_definition_load(command->arena, &source, object, definition, err));
    if (keys != NULL) {
        definition->host_keys = keys->rows;
        definition->host_key_count = keys->count;
    }
    if (definition->kind->has_key_pairs && !catalog_id_is_set(object->id)) {
        enum rc rc = give_keys(command, definition, err);
        if (rc != RC_OK) {
            connection_definition_release(definition);
            return rc;
        }
    }
    command->result->outcome = COMMAND_PROBE;
    command->result->probe = probe;
    return RC_OK;
}

enum rc command_ask_validation(struct command *command,
                               const struct catalog_object *object,
                               const struct command_host_keys *keys, struct error *err)
{
    const uint8_t *key = NULL;
    uint32_t key_id = 0;
    TRY(command_ask_probe(command, object, keys, err));
    struct connection_definition *definition = &command->result->probe->definition;
    if (definition->secret_count == 0 && !definition->kind->has_key_pairs)
        return RC_OK;
    enum rc rc = keyring_data_key(command->context->keyring, 0, &key_id, &key, err);
    if (rc == RC_OK)
        return RC_OK;
    connection_definition_release(definition);
    command->result->outcome = COMMAND_DONE;
    command->result->probe = NULL;
    return rc;
}

/* What CREATE knows once the statement has been read and found right. */
struct creation {
    const struct connection_kind *kind;
    struct option_set options;
    struct catalog_ids references;
    struct command_host_keys host_keys;
    struct catalog_object object;
};

static enum rc store(struct command *command, struct creation *creation,
                     struct error *err)
{
    struct catalog_object *object = &creation->object;
    TRY(catalog_create(command->transaction, object, creation->references.items,
                       creation->references.count, err));
    if (!creation->kind->has_key_pairs)
        return RC_OK;
    for (uint32_t number = 1; number <= 2; number++)
        TRY(command_new_key(command, object, number, err));
    object->connection.key_version = 1;
    TRY(catalog_update(command->transaction, object, creation->references.items,
                       creation->references.count, err));
    return command_store_host_keys(command, object->id, &creation->host_keys, err);
}

static void fill_object(struct command *command, struct creation *creation,
                        const struct command_place *place)
{
    struct catalog_object *object = &creation->object;
    object->kind = OBJECT_KIND_CONNECTION;
    object->name = place->name;
    object->parent_id = place->schema->id;
    object->owner_id = command->context->role->id;
    object->privileges = command_owner_privileges(command, object->owner_id);
    object->connection.connection_kind = creation->kind->catalog_name;
    object->connection.options = options_to_record(command->arena, &creation->options);
    object->connection.public_key_1 = "";
    object->connection.public_key_2 = "";
}

enum rc command_create_connection(struct command *command, struct error *err)
{
    const struct ast_create_connection *create = command->statement->create_connection;
    struct creation creation = {.kind = NULL};
    struct command_place place;
    TRY(find_kind(command, create->type, &creation.kind, err));
    bool validates = creation.kind->validates_on_create;
    TRY(command_read_options(command, creation.kind, &create->options, &creation.options,
                             err));
    const struct option_value *filled =
        command_default_options(command, creation.kind, &creation.options);
    TRY(creation.kind->check(&creation.options, err));
    TRY(command_read_with(command, &create->with, &validates, err));
    if (creation.kind->has_key_pairs)
        TRY(command_read_host_keys(command, option_text(&creation.options, "HOST KEY"),
                                   &creation.host_keys, err));
    TRY(command_find_place(command, &create->name, create->if_not_exists, &place, err));
    if (place.exists) {
        command_notice_exists(command, place.name, OBJECT_KIND_CONNECTION);
        return RC_OK;
    }
    creation.references = options_references(command->arena, &creation.options);
    TRY(command_require_references(command, &creation.references, err));
    fill_object(command, &creation, &place);
    if (validates && !command->context->is_probed)
        return command_ask_validation(command, &creation.object, &creation.host_keys,
                                      err);
    if (filled != NULL)
        command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                       arena_printf(command->arena,
                                    "%s was not given: the role's name \"%s\" is used",
                                    filled->spec->name, filled->text),
                       NULL);
    return store(command, &creation, err);
}

/* A connection that the session may use. */
static enum rc find_usable(struct command *command, const struct ast_name *name,
                           struct catalog_object **object_out, struct error *err)
{
    struct catalog_object *schema = NULL;
    TRY(command_find_item(command, name, OBJECT_KIND_CONNECTION, object_out, err));
    enum rc rc = catalog_object_get(command->transaction, (*object_out)->parent_id,
                                    command->arena, &schema, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "the schema of \"%s\" is gone",
                         (*object_out)->name);
    TRY(rc);
    TRY(command_require_privilege(command, schema, PRIVILEGE_USAGE, err));
    return command_require_privilege(command, *object_out, PRIVILEGE_USAGE, err);
}

enum rc command_validate_connection(struct command *command, struct error *err)
{
    struct catalog_object *object = NULL;
    TRY(find_usable(command, &command->statement->validate_connection->name, &object,
                    err));
    if (command->context->is_probed)
        return RC_OK;
    return command_ask_validation(command, object, NULL, err);
}

/* All text; the rows are made by who runs the probe. */
struct bound_columns command_explain_columns(struct arena *arena)
{
    static const char *const names[] = {"hop",     "stage", "address", "time",   "found",
                                        "verdict", "cause", "remedy",  "command"};
    return command_text_columns(arena, names, ARRAY_COUNT(names));
}

static enum rc bad_target(const char *text, struct error *err)
{
    error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid target \"%s\"", text);
    return error_hint(err, "Write it as 'host:port', an IPv6 address in brackets.");
}

/* 'host:port', '[::1]:port'. What a host may be is for the dial to say. */
static enum rc read_target(struct command *command, const char *text,
                           struct command_probe *probe, struct error *err)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    if (colon == NULL || colon == text || colon[1] < '0' || colon[1] > '9')
        return bad_target(text, err);
    unsigned long port = strtoul(colon + 1, &end, 10);
    size_t len = (size_t)(colon - text);
    bool has_brackets = text[0] == '[' && text[len - 1] == ']' && len > 2;
    if (*end != '\0' || port == 0 || port > UINT16_MAX ||
        (!has_brackets && memchr(text, ':', len) != NULL))
        return bad_target(text, err);
    probe->target_port = (uint16_t)port;
    probe->target_host = has_brackets ? arena_strndup(command->arena, text + 1, len - 2)
                                      : arena_strndup(command->arena, text, len);
    return RC_OK;
}

enum rc command_explain_connection(struct command *command, struct error *err)
{
    const struct ast_explain_connection *explain = command->statement->explain_connection;
    const struct connection_kind *kind = NULL;
    struct command_probe target = {.target_host = NULL};
    struct catalog_object *object = NULL;
    TRY(find_usable(command, &explain->name, &object, err));
    if (explain->to != NULL) {
        TRY(command_kind_of(command, object, &kind, err));
        TRY(command_require_key_pairs(object, kind, err));
        TRY(read_target(command, explain->to, &target, err));
    }
    TRY(command_ask_probe(command, object, NULL, err));
    command->result->probe->is_explain = true;
    command->result->probe->is_analyze = explain->is_analyze;
    command->result->probe->target_host = target.target_host;
    command->result->probe->target_port = target.target_port;
    return RC_OK;
}
