#ifndef CATALOG_HOSTKEY_H
#define CATALOG_HOSTKEY_H

#include "catalog/record.h"

struct store_transaction;

/* Host keys of a tunnel connection's bastion: what is trusted, what was seen instead. The
 * states and origins are on disk. */
enum hostkey_state { HOSTKEY_TRUSTED = 1, HOSTKEY_PENDING = 2, HOSTKEY_SUPERSEDED = 3 };
enum hostkey_origin { HOSTKEY_DECLARED = 1, HOSTKEY_FIRST_USE = 2, HOSTKEY_ACCEPTED = 3 };

struct catalog_hostkey {
    struct catalog_id connection_id;
    const char *type;        /* ssh-ed25519 */
    const char *key;         /* base64 of the wire form */
    const char *fingerprint; /* SHA256:... */
    enum hostkey_state state;
    enum hostkey_origin origin;
    int64_t first_seen; /* microseconds since 1970, UTC */
    int64_t last_seen;
};

/* Adds the row or replaces the one with the same fingerprint. */
enum rc catalog_hostkey_put(struct store_transaction *transaction,
                            const struct catalog_hostkey *hostkey,
                            struct error *err) MUST_USE;
enum rc catalog_hostkey_remove(struct store_transaction *transaction,
                               struct catalog_id connection_id, const char *fingerprint,
                               struct error *err) MUST_USE;

/* Calls back for each row of a connection, or of all when `connection_id` is none. The
 * row lives until the callback returns. */
enum rc catalog_each_hostkey(struct store_transaction *transaction,
                             struct catalog_id connection_id,
                             enum rc (*hostkey)(void *argument,
                                                const struct catalog_hostkey *hostkey,
                                                struct error *err),
                             void *argument, struct error *err) MUST_USE;

#endif
