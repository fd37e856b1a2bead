#ifndef CONNECTORS_REGISTRY_OPTIONS_H
#define CONNECTORS_REGISTRY_OPTIONS_H

#include "base/option.h"

/* CREATE CONNECTION ... TO CONFLUENT SCHEMA REGISTRY. */
extern const struct connection_kind registry_connection_kind;

enum { REGISTRY_HOST_MAX = 256 };

/* Scheme, host and port; there is nothing else in a registry's URL. */
struct registry_url {
    bool is_https;
    char host[REGISTRY_HOST_MAX]; /* in lower case; an IPv6 address without brackets */
    uint16_t port;                /* 80 or 443 where none is written */
};

/* NULL when the text is the URL of a registry, else Materialize's words for what is
 * wrong. */
const char *registry_url_parse(const char *text, struct registry_url *url_out);

/* The options with their defaults filled in. Texts belong to the set it was read from. */
struct registry_options {
    struct registry_url url;
    const struct option_value *user;     /* NULL: no login */
    const struct option_value *password; /* unused without a user, as in Materialize */
    const struct option_value *tls_certificate;
    const struct option_value *tls_key;
    const struct option_value *tls_authority;
    const char *tunnel_id; /* NULL: reached without a tunnel */
};

/* The set must have passed the kind's check. */
void registry_options_read(const struct option_set *set,
                           struct registry_options *options_out);

#endif
