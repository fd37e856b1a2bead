/* A connection as the code of its kind needs it: options resolved, secrets opened. */
#include "sql/command/definition.h"

#include <strings.h>

#include "base/error.h"
#include "base/secret.h"
#include "catalog/keyring.h"
#include "catalog/seal.h"
#include "sql/command/command_internal.h"

const struct connection_kind *connection_kind_find(const struct connection_kinds *kinds,
                                                   const char *name)
{
    for (size_t i = 0; kinds->items != NULL && kinds->items[i] != NULL; i++) {
        if (strcasecmp(kinds->items[i]->sql_name, name) == 0 ||
            strcmp(kinds->items[i]->catalog_name, name) == 0)
            return kinds->items[i];
    }
    return NULL;
}

/* What all steps of a load share. */
struct loading {
    struct arena *arena;
    struct store_transaction *transaction;
    const struct keyring *keyring;
    struct connection_definition *definition;
};

static bool is_sealed(const struct loading *loading)
{
    return loading->keyring == NULL || keyring_is_sealed(loading->keyring);
}

static enum rc open_value(const struct loading *loading, struct catalog_id id,
                          uint32_t slot, struct secret **value_out, struct error *err)
{
    if (is_sealed(loading))
        return RC_OK;
    enum rc rc =
        catalog_unseal(loading->keyring, loading->transaction, id, slot, value_out, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "the catalog lacks a sealed value of connection \"%s\"",
                         loading->definition->name);
    return rc;
}

static bool has_secret(const struct connection_definition *definition, const char *id)
{
    for (size_t i = 0; i < definition->secret_count; i++) {
        if (strcmp(definition->secrets[i].id, id) == 0)
            return true;
    }
    return false;
}

static enum rc load_secret(const struct loading *loading, const char *id,
                           struct error *err)
{
    struct connection_definition *definition = loading->definition;
    struct connection_secret *secret = &definition->secrets[definition->secret_count];
    struct catalog_object *object = NULL;
    struct catalog_id secret_id = {0, 0, 0};
    enum rc rc = RC_NOTFOUND;
    if (catalog_id_parse(id, CATALOG_CLASS_ITEM, &secret_id))
        rc = catalog_object_get(loading->transaction, secret_id, loading->arena, &object,
                                err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "connection \"%s\" names a secret that is absent",
                         definition->name);
    TRY(rc);
    *secret = (struct connection_secret){id, object->name, NULL};
    definition->secret_count++;
    return open_value(loading, secret_id, SEAL_SLOT_VALUE, &secret->value, err);
}

static enum rc load_secrets(const struct loading *loading, struct error *err)
{
    struct connection_definition *definition = loading->definition;
    const struct option_set *options = &definition->options;
    definition->secrets =
        ARENA_ARRAY(loading->arena, struct connection_secret, options->count + 1);
    for (size_t i = 0; i < options->count; i++) {
        const char *id = options->values[i].secret_id;
        if (id != NULL && !has_secret(definition, id))
            TRY(load_secret(loading, id, err));
    }
    return RC_OK;
}

struct gathering {
    struct arena *arena;
    struct connection_definition *definition;
    size_t room;
};

static const char *text_or_null(struct arena *arena, const char *text)
{
    return text[0] == '\0' ? NULL : arena_strdup(arena, text);
}

static enum rc add_host_key(void *argument, const struct catalog_hostkey *row,
                            struct error *err)
{
    struct gathering *gathering = argument;
    struct connection_definition *definition = gathering->definition;
    (void)err;
    if (definition->host_key_count == gathering->room) {
        size_t room = gathering->room == 0 ? 4 : gathering->room * 2;
        struct catalog_hostkey *wider =
            ARENA_ARRAY(gathering->arena, struct catalog_hostkey, room);
        if (definition->host_key_count > 0)
            memcpy(wider, definition->host_keys,
                   definition->host_key_count * sizeof *wider);
        definition->host_keys = wider;
        gathering->room = room;
    }
    struct catalog_hostkey *copy = &definition->host_keys[definition->host_key_count++];
    *copy = *row;
    copy->type = text_or_null(gathering->arena, row->type);
    copy->key = text_or_null(gathering->arena, row->key);
    copy->fingerprint = arena_strdup(gathering->arena, row->fingerprint);
    return RC_OK;
}

/* An object that is not stored yet has no keys. */
static enum rc load_keys(const struct loading *loading,
                         const struct catalog_object *object, struct error *err)
{
    struct connection_definition *definition = loading->definition;
    struct gathering gathering = {loading->arena, definition, 0};
    if (!definition->kind->has_key_pairs || !catalog_id_is_set(object->id))
        return RC_OK;
    for (uint32_t slot = 0; slot < 2; slot++)
        TRY(open_value(loading, object->id, slot + 1, &definition->private_keys[slot],
                       err));
    return catalog_each_hostkey(loading->transaction, object->id, add_host_key,
                                &gathering, err);
}

static enum rc load(const struct loading *loading, const struct connection_kinds *kinds,
                    const struct catalog_object *object, struct error *err)
{
    struct connection_definition *definition = loading->definition;
    const struct record_connection *record = &object->connection;
    char text[CATALOG_ID_TEXT_MAX];
    definition->id = object->id;
    definition->id_text = arena_strdup(loading->arena, catalog_id_text(object->id, text));
    definition->name = arena_strdup(loading->arena, object->name);
    definition->kind = connection_kind_find(kinds, record->connection_kind);
    if (definition->kind == NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "connection \"%s\" is of the kind %s, which is not supported",
                         object->name, record->connection_kind);
    if (definition->kind->has_key_pairs) {
        definition->public_keys[0] = arena_strdup(loading->arena, record->public_key_1);
        definition->public_keys[1] = arena_strdup(loading->arena, record->public_key_2);
    }
    TRY(options_from_record(loading->arena, definition->kind, &record->options,
                            &definition->options, err));
    TRY(load_secrets(loading, err));
    return load_keys(loading, object, err);
}

enum rc connection_definition_load(struct arena *arena,
                                   const struct connection_source *source,
                                   const struct catalog_object *object,
                                   struct connection_definition *definition_out,
                                   struct error *err)
{
    struct loading loading = {arena, source->transaction, source->keyring,
                              definition_out};
    *definition_out = (struct connection_definition){.name = NULL};
    enum rc rc = load(&loading, source->kinds, object, err);
    if (rc != RC_OK)
        connection_definition_release(definition_out);
    return rc;
}

void connection_definition_release(struct connection_definition *definition)
{
    for (size_t i = 0; i < definition->secret_count; i++)
        secret_free(&definition->secrets[i].value);
    for (size_t i = 0; i < ARRAY_COUNT(definition->private_keys); i++)
        secret_free(&definition->private_keys[i]);
}

struct secret *
connection_definition_secret(const struct connection_definition *definition,
                             const char *option)
{
    const struct option_value *value = option_find(&definition->options, option);
    for (size_t i = 0;
         value != NULL && value->secret_id != NULL && i < definition->secret_count; i++) {
        if (strcmp(definition->secrets[i].id, value->secret_id) == 0)
            return definition->secrets[i].value;
    }
    return NULL;
}
