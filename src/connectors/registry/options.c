/* The options of CONFLUENT SCHEMA REGISTRY connections: names, checks and words as
 * Materialize has them. */
#include "connectors/registry/options.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/error.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

/* clang-format off */
static const struct option_spec specs[] = {
    {.name = "AWS PRIVATELINK",           .type = OPTION_CONNECTION},
    {.name = "PASSWORD",                  .type = OPTION_SECRET},
    {.name = "PORT",                      .type = OPTION_PORT}, /* accepted, not used */
    {.name = "SSH TUNNEL",                .type = OPTION_CONNECTION},
    {.name = "SSL CERTIFICATE",           .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL CERTIFICATE AUTHORITY", .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL KEY",                   .type = OPTION_SECRET},
    {.name = "URL",                       .type = OPTION_TEXT},
    {.name = "USER",                      .type = OPTION_TEXT_OR_SECRET},
};
/* clang-format on */

/* --- the URL ----------------------------------------------------------------------- */

#define NO_DOMAIN "invalid CONNECTION: URL must specify domain name"

/* RFC 3986 3.1; 0 when there is no scheme. */
static size_t scheme_length(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789+-.");
    return ascii_lower((uint8_t)text[0]) >= 'a' && ascii_lower((uint8_t)text[0]) <= 'z' &&
                   text[len] == ':'
               ? len
               : 0;
}

static const char *read_port(const char *text, size_t len, struct registry_url *url)
{
    if (len == 0)
        return NULL;
    if (len > 5 || strspn(text, "0123456789") < len)
        return "parsing schema registry url: invalid port number";
    long port = strtol(text, NULL, 10);
    if (port < 1 || port > UINT16_MAX)
        return "parsing schema registry url: invalid port number";
    url->port = (uint16_t)port;
    return NULL;
}

/* Internationalised names must come in their ASCII form: TLS compares that one. */
static bool is_host_byte(uint8_t byte, bool is_bracketed)
{
    uint8_t lower = ascii_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') ||
           strchr(is_bracketed ? ":." : "-._", byte) != NULL;
}

static const char *read_host(const char *text, size_t len, bool is_bracketed,
                             struct registry_url *url)
{
    if (len == 0)
        return "parsing schema registry url: empty host";
    if (len >= sizeof(url->host))
        return "parsing schema registry url: host name is too long";
    for (size_t i = 0; i < len; i++) {
        if (!is_host_byte((uint8_t)text[i], is_bracketed))
            return "parsing schema registry url: invalid domain character";
        url->host[i] = (char)ascii_lower((uint8_t)text[i]);
    }
    url->host[len] = '\0';
    return NULL;
}

/* What stands between "//" and the path. */
static const char *read_authority(const char *text, size_t len, struct registry_url *url)
{
    bool is_bracketed = text[0] == '[';
    const char *host = text + is_bracketed;
    size_t host_len = strcspn(host, is_bracketed ? "]/?#" : ":/?#");
    const char *rest = host + host_len;
    if (memchr(text, '@', len) != NULL)
        return "invalid CONNECTION: URL must not hold a user or a password, which are "
               "options of their own";
    if (is_bracketed && *rest++ != ']')
        return "parsing schema registry url: invalid IPv6 address";
    const char *words = read_host(host, host_len, is_bracketed, url);
    if (words != NULL)
        return words;
    if (rest == text + len)
        return NULL;
    if (rest[0] != ':')
        return "parsing schema registry url: invalid port number";
    return read_port(rest + 1, (size_t)(text + len - rest - 1), url);
}

const char *registry_url_parse(const char *text, struct registry_url *url_out)
{
    size_t scheme_len = scheme_length(text);
    struct bytes scheme = bytes_of(text, scheme_len);
    if (scheme_len == 0)
        return "parsing schema registry url: relative URL without a base";
    *url_out = (struct registry_url){.is_https = ascii_is_word(scheme, "https")};
    url_out->port = url_out->is_https ? PORT_HTTPS : PORT_HTTP;
    if (!url_out->is_https && !ascii_is_word(scheme, "http"))
        return strncmp(text + scheme_len, "://", 3) == 0
                   ? "invalid CONNECTION: URL must begin with http:// or https://"
                   : NO_DOMAIN;
    text += scheme_len + 1;
    text += strspn(text, "/");
    size_t len = strcspn(text, "/?#");
    const char *words = read_authority(text, len, url_out);
    if (words != NULL)
        return words;
    if (text[len] == '\0' || strcmp(text + len, "/") == 0)
        return NULL;
    return "invalid CONNECTION: URL must have an empty path";
}

/* --- the set ----------------------------------------------------------------------- */

static enum rc fail(struct error *err, const char *words)
{
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s", words);
}

static enum rc check(const struct option_set *set, struct error *err)
{
    struct registry_url url;
    const char *text = option_text(set, "URL");
    if (text == NULL)
        return fail(err, "invalid CONNECTION: must specify URL");
    const char *words = registry_url_parse(text, &url);
    if (words != NULL)
        return fail(err, words);
    if ((option_find(set, "SSL CERTIFICATE") != NULL) !=
        (option_find(set, "SSL KEY") != NULL))
        return fail(err, "invalid CONNECTION: reading from SSL-auth Confluent Schema "
                         "Registry requires both SSL KEY and SSL CERTIFICATE");
    if (option_find(set, "SSH TUNNEL") != NULL &&
        option_find(set, "AWS PRIVATELINK") != NULL)
        return fail(err, "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS "
                         "PRIVATELINK");
    return RC_OK;
}

const struct connection_kind registry_connection_kind = {
    .sql_name = "CONFLUENT SCHEMA REGISTRY",
    .catalog_name = "confluent-schema-registry",
    .specs = specs,
    .spec_count = ARRAY_COUNT(specs),
    .validates_on_create = true,
    .check = check,
};

void registry_options_read(const struct option_set *set,
                           struct registry_options *options_out)
{
    const struct option_value *tunnel = option_find(set, "SSH TUNNEL");
    *options_out = (struct registry_options){
        .user = option_find(set, "USER"),
        .password = option_find(set, "PASSWORD"),
        .tls_certificate = option_find(set, "SSL CERTIFICATE"),
        .tls_key = option_find(set, "SSL KEY"),
        .tls_authority = option_find(set, "SSL CERTIFICATE AUTHORITY"),
        .tunnel_id = tunnel == NULL ? NULL : tunnel->connection_id,
    };
    const char *words = registry_url_parse(option_text(set, "URL"), &options_out->url);
    ASSERT(words == NULL);
}
