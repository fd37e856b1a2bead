/* The options of MYSQL connections: names, checks and words as Materialize has them. */
#include "connectors/mysql/options.h"

#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/error.h"

enum { DEFAULT_PORT = 3306, MODE_SHOWN_MAX = 64 };

/* clang-format off */
static const struct option_spec specs[] = {
    {.name = "AWS CONNECTION",            .type = OPTION_CONNECTION},
    {.name = "AWS PRIVATELINK",           .type = OPTION_CONNECTION},
    {.name = "HOST",                      .type = OPTION_TEXT},
    {.name = "PASSWORD",                  .type = OPTION_SECRET},
    {.name = "PORT",                      .type = OPTION_PORT},
    {.name = "SSH TUNNEL",                .type = OPTION_CONNECTION},
    {.name = "SSL CERTIFICATE",           .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL CERTIFICATE AUTHORITY", .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL KEY",                   .type = OPTION_SECRET},
    {.name = "SSL MODE",                  .type = OPTION_TEXT},
    {.name = "USER",                      .type = OPTION_TEXT_OR_SECRET,
     .defaults_to_role = true},
};

/* MySQL's "preferred" is left out on purpose: it may end without TLS. */
static const struct {
    const char *text;
    enum mysql_tls_mode mode;
} tls_modes[] = {
    {"disabled",        MYSQL_TLS_DISABLED},
    {"required",        MYSQL_TLS_REQUIRED},
    {"require",         MYSQL_TLS_REQUIRED},
    {"verify_ca",       MYSQL_TLS_VERIFY_CA},
    {"verify-ca",       MYSQL_TLS_VERIFY_CA},
    {"verify_identity", MYSQL_TLS_VERIFY_IDENTITY},
    {"verify-identity", MYSQL_TLS_VERIFY_IDENTITY},
};
/* clang-format on */

static bool find_tls_mode(const char *text, enum mysql_tls_mode *mode_out)
{
    for (size_t i = 0; i < ARRAY_COUNT(tls_modes); i++) {
        if (ascii_is_word(bytes_of_text(text), tls_modes[i].text)) {
            *mode_out = tls_modes[i].mode;
            return true;
        }
    }
    return false;
}

static enum rc fail(struct error *err, const char *words)
{
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s", words);
}

/* Materialize reads the mode in capitals, and shows it so. */
static enum rc fail_mode(const char *text, struct error *err)
{
    char shown[MODE_SHOWN_MAX];
    size_t len = 0;
    for (; text[len] != '\0' && len + 1 < sizeof(shown); len++)
        shown[len] =
            (char)(text[len] >= 'a' && text[len] <= 'z' ? text[len] - 0x20 : text[len]);
    shown[len] = '\0';
    error_set(err, SQLSTATE_INTERNAL_ERROR, "invalid CONNECTION: unknown SSL MODE \"%s\"",
              shown);
    return error_hint(err, "Use one of disabled, required, verify-ca, verify-identity.");
}

static enum rc check_tls(const struct option_set *set, struct error *err)
{
    bool has_certificate = option_find(set, "SSL CERTIFICATE") != NULL;
    bool has_key = option_find(set, "SSL KEY") != NULL;
    if (has_certificate != has_key)
        return fail(err,
                    "invalid CONNECTION: both SSL KEY and SSL CERTIFICATE are required");
    const char *text = option_text(set, "SSL MODE");
    enum mysql_tls_mode mode = MYSQL_TLS_DISABLED;
    if (text != NULL && !find_tls_mode(text, &mode))
        return fail_mode(text, err);
    if (mode == MYSQL_TLS_DISABLED && option_find(set, "AWS CONNECTION") != NULL)
        return fail(err, "invalid CONNECTION: AWS IAM authentication requires SSL to be "
                         "enabled");
    return RC_OK;
}

static enum rc check(const struct option_set *set, struct error *err)
{
    if (option_find(set, "AWS CONNECTION") != NULL &&
        option_find(set, "PASSWORD") != NULL)
        return fail(err, "invalid CONNECTION: AWS IAM authentication is not supported "
                         "with password");
    TRY(check_tls(set, err));
    if (option_find(set, "SSH TUNNEL") != NULL &&
        option_find(set, "AWS PRIVATELINK") != NULL)
        return fail(err, "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS "
                         "PRIVATELINK");
    if (option_find(set, "HOST") == NULL)
        return fail(err, "HOST option is required");
    return RC_OK;
}

const struct connection_kind mysql_connection_kind = {
    .sql_name = "MYSQL",
    .catalog_name = "mysql",
    .specs = specs,
    .spec_count = ARRAY_COUNT(specs),
    .validates_on_create = true,
    .check = check,
};

void mysql_options_read(const struct option_set *set, struct mysql_options *options_out)
{
    const struct option_value *port = option_find(set, "PORT");
    const struct option_value *tunnel = option_find(set, "SSH TUNNEL");
    const char *mode = option_text(set, "SSL MODE");
    *options_out = (struct mysql_options){
        .host = option_text(set, "HOST"),
        .port = port == NULL ? DEFAULT_PORT : (uint16_t)port->number,
        .user = option_find(set, "USER"),
        .password = option_find(set, "PASSWORD"),
        .tls_mode = MYSQL_TLS_DISABLED,
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

const char *mysql_tls_mode_name(enum mysql_tls_mode mode)
{
    switch (mode) {
    case MYSQL_TLS_DISABLED:
        return "DISABLED";
    case MYSQL_TLS_REQUIRED:
        return "REQUIRED";
    case MYSQL_TLS_VERIFY_CA:
        return "VERIFY_CA";
    case MYSQL_TLS_VERIFY_IDENTITY:
        return "VERIFY_IDENTITY";
    }
    UNREACHABLE();
}
