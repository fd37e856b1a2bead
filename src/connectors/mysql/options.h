#ifndef CONNECTORS_MYSQL_OPTIONS_H
#define CONNECTORS_MYSQL_OPTIONS_H

#include "base/option.h"

/* CREATE CONNECTION ... TO MYSQL. A missing USER is no fault: the server fills in the
 * creating role's name (option_spec.defaults_to_role). */
extern const struct connection_kind mysql_connection_kind;

enum mysql_tls_mode {
    MYSQL_TLS_DISABLED,
    MYSQL_TLS_REQUIRED,  /* encrypted, nothing verified, whatever authority is given */
    MYSQL_TLS_VERIFY_CA, /* the certificate comes from a trusted authority */
    MYSQL_TLS_VERIFY_IDENTITY, /* and its name is the declared host */
};

/* The options with their defaults filled in. Texts belong to the set it was read from.
 * Where an option may be a secret, one of text and secret id is set, or neither. */
struct mysql_options {
    const char *host;
    uint16_t port;
    const struct option_value *user;     /* NULL: none was given */
    const struct option_value *password; /* NULL: none was given */
    enum mysql_tls_mode tls_mode;
    const struct option_value *tls_certificate;
    const struct option_value *tls_key;
    const struct option_value *tls_authority;
    const char *tunnel_id; /* NULL: reached without a tunnel */
};

/* The set must have passed the kind's check. */
void mysql_options_read(const struct option_set *set, struct mysql_options *options_out);

/* "VERIFY_CA", ...: as the mysql program takes it in --ssl-mode. */
const char *mysql_tls_mode_name(enum mysql_tls_mode mode);

#endif
