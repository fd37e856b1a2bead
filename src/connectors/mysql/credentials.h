#ifndef CONNECTORS_MYSQL_CREDENTIALS_H
#define CONNECTORS_MYSQL_CREDENTIALS_H

#include "connectors/connector.h"
#include "connectors/mysql/options.h"
#include "loop/stream_tls.h"

/* What the options say of trust, read once: secrets held, certificates parsed. */
struct mysql_credentials {
    struct bytes user;
    struct secret *user_secret;     /* only when the option names a secret; else NULL */
    struct secret *password;        /* NULL: none */
    struct tls_client_context *tls; /* NULL: TLS is off */
};

/* False with `failure` filled when a secret is not to be had, a certificate cannot be
 * read or no user was given. mysql_credentials_fini() in either case. */
bool mysql_credentials_init(struct mysql_credentials *credentials,
                            const struct mysql_options *options,
                            const struct connector_probe *probe,
                            struct stage_failure *failure);

void mysql_credentials_fini(struct mysql_credentials *credentials);

/* Overwrites each occurrence of a secret's value, should a peer have sent it back. */
void mysql_credentials_redact(const struct mysql_credentials *credentials, char *text);

#endif
