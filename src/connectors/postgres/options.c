/* The options of POSTGRES connections: names, checks and words as Materialize has them.
 */
#include "connectors/postgres/options.h"

#include <string.h>

#include "base/assert.h"
#include "base/error.h"

enum { DEFAULT_PORT = 5432 };

/* clang-format off */
static const struct option_spec specs[] = {
    {.name = "AWS PRIVATELINK",           .type = OPTION_CONNECTION},
    {.name = "DATABASE",                  .type = OPTION_TEXT},
    {.name = "HOST",                      .type = OPTION_TEXT},
    {.name = "PASSWORD",                  .type = OPTION_SECRET},
    {.name = "PORT",                      .type = OPTION_PORT},
    {.name = "SSH TUNNEL",                .type = OPTION_CONNECTION},
    {.name = "SSL CERTIFICATE",           .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL CERTIFICATE AUTHORITY", .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL KEY",                   .type = OPTION_SECRET},
    {.name = "SSL MODE",                  .type = OPTION_TEXT},
    {.name = "USER",                      .type = OPTION_TEXT_OR_SECRET},
};

/* PostgreSQL's "prefer" and "allow" are left out on purpose: both may end without TLS. */
static const struct {
    const char *text;
    enum postgres_tls_mode mode;
} tls_modes[] = {
    {"disable",     POSTGRES_TLS_DISABLE},
    {"require",     POSTGRES_TLS_REQUIRE},
    {"required",    POSTGRES_TLS_REQUIRE},
    {"verify_ca",   POSTGRES_TLS_VERIFY_CA},
    {"verify-ca",   POSTGRES_TLS_VERIFY_CA},
    {"verify_full", POSTGRES_TLS_VERIFY_FULL},
    {"verify-full", POSTGRES_TLS_VERIFY_FULL},
};
/* clang-format on */

static bool find_tls_mode(const char *text, enum postgres_tls_mode *mode_out)
{
    for (size_t i = 0; i < ARRAY_COUNT(tls_modes); i++) {
        if (strcmp(tls_modes[i].text, text) == 0) {
            *mode_out = tls_modes[i].mode;
            return true;
        }
    }
    return false;
}

static enum rc check_tls(const struct option_set *set, struct error *err)
{
    bool has_certificate = option_find(set, "SSL CERTIFICATE") != NULL;
    bool has_key = option_find(set, "SSL KEY") != NULL;
    if (has_certificate != has_key)
        return error_set(
            err, SQLSTATE_INTERNAL_ERROR,
            "invalid CONNECTION: both SSL KEY and SSL CERTIFICATE are required");
    const char *text = option_text(set, "SSL MODE");
    enum postgres_tls_mode mode;
    if (text == NULL || find_tls_mode(text, &mode))
        return RC_OK;
    error_set(err, SQLSTATE_INTERNAL_ERROR, "invalid CONNECTION: unknown SSL MODE \"%s\"",
              text);
    return error_hint(err, "Use one of disable, require, verify-ca, verify-full.");
}

static enum rc check_tunnel(const struct option_set *set, struct error *err)
{
    if (option_find(set, "SSH TUNNEL") == NULL ||
        option_find(set, "AWS PRIVATELINK") == NULL)
        return RC_OK;
    return error_set(
        err, SQLSTATE_INTERNAL_ERROR,
        "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS PRIVATELINK");
}

static enum rc check_required(const struct option_set *set, const char *name,
                              struct error *err)
{
    if (option_find(set, name) != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s option is required", name);
}

static enum rc check(const struct option_set *set, struct error *err)
{
    TRY(check_tls(set, err));
    TRY(check_tunnel(set, err));
    TRY(check_required(set, "DATABASE", err));
    TRY(check_required(set, "HOST", err));
    return check_required(set, "USER", err);
}

const struct connection_kind postgres_connection_kind = {
    .sql_name = "POSTGRES",
    .catalog_name = "postgres",
    .specs = specs,
    .spec_count = ARRAY_COUNT(specs),
    .validates_on_create = true,
    .check = check,
};

void postgres_options_read(const struct option_set *set,
                           struct postgres_options *options_out)
{
    const struct option_value *port = option_find(set, "PORT");
    const struct option_value *tunnel = option_find(set, "SSH TUNNEL");
    const char *mode = option_text(set, "SSL MODE");
    *options_out = (struct postgres_options){
        .host = option_text(set, "HOST"),
        .port = port == NULL ? DEFAULT_PORT : (uint16_t)port->number,
        .database = option_text(set, "DATABASE"),
        .user = option_find(set, "USER"),
        .password = option_find(set, "PASSWORD"),
        .tls_mode = POSTGRES_TLS_DISABLE,
        .tls_certificate = option_find(set, "SSL CERTIFICATE"),
        .tls_key = option_find(set, "SSL KEY"),
        .tls_authority = option_find(set, "SSL CERTIFICATE AUTHORITY"),
        .tunnel_id = tunnel == NULL ? NULL : tunnel->connection_id,
    };
    if (mode != NULL) {
        bool found = find_tls_mode(mode, &options_out->tls_mode);
        ASSERT(found);
    }
}

const char *postgres_tls_mode_name(enum postgres_tls_mode mode)
{
    switch (mode) {
    case POSTGRES_TLS_DISABLE:
        return "disable";
    case POSTGRES_TLS_REQUIRE:
        return "require";
    case POSTGRES_TLS_VERIFY_CA:
        return "verify-ca";
    case POSTGRES_TLS_VERIFY_FULL:
        return "verify-full";
    }
    UNREACHABLE();
}
