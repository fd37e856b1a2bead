#ifndef CONNECTORS_POSTGRES_OPTIONS_H
#define CONNECTORS_POSTGRES_OPTIONS_H

#include "base/option.h"

/* CREATE CONNECTION ... TO POSTGRES. */
extern const struct connection_kind postgres_connection_kind;

enum postgres_tls_mode {
    POSTGRES_TLS_DISABLE,
    POSTGRES_TLS_REQUIRE, /* encrypted, nothing verified */
    POSTGRES_TLS_VERIFY_CA,
    POSTGRES_TLS_VERIFY_FULL, /* the certificate's name must be the declared host */
};

/* The options with their defaults filled in. Texts belong to the set it was read from.
 * Where an option may be a secret, one of text and secret id is set, or neither. */
struct postgres_options {
    const char *host;
    uint16_t port;
    const char *database;
    const struct option_value *user;
    const struct option_value *password; /* NULL: none was given */
    enum postgres_tls_mode tls_mode;
    const struct option_value *tls_certificate;
    const struct option_value *tls_key;
    const struct option_value *tls_authority;
    const char *tunnel_id; /* NULL: reached without a tunnel */
};

/* The set must have passed the kind's check. */
void postgres_options_read(const struct option_set *set,
                           struct postgres_options *options_out);

const char *postgres_tls_mode_name(enum postgres_tls_mode mode);

#endif
