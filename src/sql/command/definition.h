#ifndef SQL_COMMAND_DEFINITION_H
#define SQL_COMMAND_DEFINITION_H

#include "base/option.h"
#include "catalog/hostkey.h"
#include "catalog/object.h"

struct keyring;
struct secret;

/* A connection as the code of its kind needs it: options resolved, secrets opened. */

struct connection_secret {
    const char *id; /* catalog id, as in option_value.secret_id */
    const char *name;
    struct secret *value; /* NULL when the keyring is sealed */
};

struct connection_definition {
    struct catalog_id id;
    const char *id_text; /* "u3" */
    const char *name;
    const struct connection_kind *kind;
    struct option_set options;
    struct connection_secret *secrets; /* that the options name */
    size_t secret_count;
    const char *public_keys[2]; /* kinds with key pairs */
    struct secret *private_keys[2];
    struct catalog_hostkey *host_keys;
    size_t host_key_count;
};

/* The kinds of connections that this server has, NULL-terminated. */
struct connection_kinds {
    const struct connection_kind *const *items;
};

/* By name as in SQL ("SSH TUNNEL") or as in the catalog ("ssh-tunnel"); NULL. */
const struct connection_kind *connection_kind_find(const struct connection_kinds *kinds,
                                                   const char *name);

/* What definitions are read from. */
struct connection_source {
    struct store_transaction *transaction;
    const struct keyring *keyring;
    const struct connection_kinds *kinds;
};

/* Reads an object of the catalog. All but the secrets lives in the arena; the secrets are
 * released by connection_definition_release(). With a sealed keyring the secrets are
 * NULL, which is no error here. */
enum rc connection_definition_load(struct arena *arena,
                                   const struct connection_source *source,
                                   const struct catalog_object *object,
                                   struct connection_definition *definition_out,
                                   struct error *err) MUST_USE;
void connection_definition_release(struct connection_definition *definition);

/* The value of a secret that an option names; NULL. */
struct secret *
connection_definition_secret(const struct connection_definition *definition,
                             const char *option);

#endif
