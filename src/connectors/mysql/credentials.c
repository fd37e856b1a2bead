/* Secrets and certificates of a MYSQL connection. */
#include "connectors/mysql/credentials.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "connectors/secret.h"

/* --- secrets ----------------------------------------------------------------------- */

static struct bytes content_of(const struct option_value *value,
                               const struct secret *secret)
{
    if (secret != NULL)
        return secret_bytes(secret);
    return value == NULL ? bytes_of("", 0) : bytes_of_text(value->text);
}

/* --- TLS --------------------------------------------------------------------------- */

static enum tls_verify verify_of(enum mysql_tls_mode mode)
{
    switch (mode) {
    case MYSQL_TLS_VERIFY_CA:
        return TLS_VERIFY_CA;
    case MYSQL_TLS_VERIFY_IDENTITY:
        return TLS_VERIFY_FULL;
    case MYSQL_TLS_DISABLED:
    case MYSQL_TLS_REQUIRED:
        break;
    }
    return TLS_VERIFY_NONE;
}

/* loop/stream_tls tells in words what it could not read. */
static enum stage_cause context_cause(const struct error *err)
{
    return strstr(err->message, "client") != NULL ? STAGE_CAUSE_CLIENT_CERTIFICATE_BAD
                                                  : STAGE_CAUSE_TLS_AUTHORITY_BAD;
}

/* The pieces that a context is made of; none is needed longer. */
struct pieces {
    struct secret *authority;
    struct secret *certificate;
    struct secret *key;
};

static bool make_context(struct mysql_credentials *credentials,
                         const struct mysql_options *options, const struct pieces *pieces,
                         struct stage_failure *failure)
{
    struct error err;
    enum tls_verify verify = verify_of(options->tls_mode);
    struct tls_client_options wanted = {
        .verify = verify,
        .certificate_pem = content_of(options->tls_certificate, pieces->certificate),
        .key_pem = pieces->key,
    };
    if (verify != TLS_VERIFY_NONE)
        wanted.authorities_pem = content_of(options->tls_authority, pieces->authority);
    error_clear(&err);
    if (tls_client_context_new(&wanted, &credentials->tls, &err) == RC_OK)
        return true;
    stage_failure_set(failure, STAGE_TLS, context_cause(&err), err.message);
    return false;
}

static bool load_tls(struct mysql_credentials *credentials,
                     const struct mysql_options *options,
                     const struct connector_probe *probe, struct stage_failure *failure)
{
    struct pieces pieces = {NULL, NULL, NULL};
    if (options->tls_mode == MYSQL_TLS_DISABLED)
        return true;
    bool is_fine =
        connector_secret_find(probe, options->tls_authority, STAGE_TLS, &pieces.authority,
                              failure) &&
        connector_secret_find(probe, options->tls_certificate, STAGE_TLS,
                              &pieces.certificate, failure) &&
        connector_secret_find(probe, options->tls_key, STAGE_TLS, &pieces.key, failure) &&
        make_context(credentials, options, &pieces, failure);
    secret_free(&pieces.authority);
    secret_free(&pieces.certificate);
    secret_free(&pieces.key);
    return is_fine;
}

/* --- the whole --------------------------------------------------------------------- */

static bool load_user(struct mysql_credentials *credentials,
                      const struct mysql_options *options,
                      const struct connector_probe *probe, struct stage_failure *failure)
{
    if (options->user == NULL) {
        stage_failure_set(failure, STAGE_TARGET_LOGIN, STAGE_CAUSE_USER_UNKNOWN,
                          "USER option is required");
        return false;
    }
    if (!connector_secret_find(probe, options->user, STAGE_TARGET_LOGIN,
                               &credentials->user_secret, failure))
        return false;
    credentials->user = content_of(options->user, credentials->user_secret);
    return true;
}

bool mysql_credentials_init(struct mysql_credentials *credentials,
                            const struct mysql_options *options,
                            const struct connector_probe *probe,
                            struct stage_failure *failure)
{
    memset(credentials, 0, sizeof(*credentials));
    return load_tls(credentials, options, probe, failure) &&
           load_user(credentials, options, probe, failure) &&
           connector_secret_find(probe, options->password, STAGE_TARGET_LOGIN,
                                 &credentials->password, failure);
}

void mysql_credentials_fini(struct mysql_credentials *credentials)
{
    tls_client_context_free(&credentials->tls);
    secret_free(&credentials->user_secret);
    secret_free(&credentials->password);
}

static void redact(char *text, const struct secret *secret)
{
    struct bytes value = secret_bytes(secret);
    size_t len = strlen(text);
    for (size_t at = 0; value.len > 0 && at + value.len <= len; at++) {
        if (memcmp(text + at, value.at, value.len) == 0)
            memset(text + at, '*', value.len);
    }
}

void mysql_credentials_redact(const struct mysql_credentials *credentials, char *text)
{
    if (credentials->user_secret != NULL)
        redact(text, credentials->user_secret);
    if (credentials->password != NULL)
        redact(text, credentials->password);
}
