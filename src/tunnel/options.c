/* The options of SSH TUNNEL, in Materialize's order and words. */
#include "tunnel/options.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "tunnel/hostkey.h"

static const struct option_spec specs[] = {
    {.name = "HOST", .type = OPTION_TEXT},
    {.name = "HOST KEY", .type = OPTION_TEXT},
    {.name = "PORT", .type = OPTION_PORT},
    {.name = "PUBLIC KEY 1",
     .type = OPTION_TEXT,
     .is_internal = true,
     .is_inalterable = true},
    {.name = "PUBLIC KEY 2",
     .type = OPTION_TEXT,
     .is_internal = true,
     .is_inalterable = true},
    {.name = "USER", .type = OPTION_TEXT_OR_SECRET},
};

static enum rc bad_value(struct error *err, const char *option, const char *why)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid %s: %s", option,
                     why);
}

/* What all names must keep to: they reach a bastion, a resolver, logs and statements. */
static enum rc check_name(const char *option, const char *text, size_t max,
                          struct error *err)
{
    size_t len = strlen(text);
    if (len == 0)
        return bad_value(err, option, "must not be empty");
    if (text[0] == '<' && text[len - 1] == '>' && len <= max) {
        error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                  "invalid %s: \"%s\" is a placeholder", option, text);
        return error_hint(err, "Replace it, angle brackets included, by your own value.");
    }
    if (len > max)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid %s: longer than %zu bytes", option, max);
    if (!utf8_is_valid(bytes_of(text, len), NULL))
        return bad_value(err, option, "not UTF-8");
    if (text[0] == '-')
        return bad_value(err, option, "must not start with \"-\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c == 0x7F)
            return bad_value(err, option, "must not have blanks or control characters");
    }
    return RC_OK;
}

static bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(".-_:%[]", c) != NULL);
}

enum rc tunnel_options_check_host(const char *option, const char *host, struct error *err)
{
    TRY(check_name(option, host, TUNNEL_HOST_MAX, err));
    for (const char *at = host; *at != '\0'; at++) {
        if (!is_host_character(*at))
            return bad_value(err, option,
                             "neither a host name nor an address (letters, digits, "
                             "\".\", \"-\", \"_\", \":\")");
    }
    return RC_OK;
}

static enum rc require_user(const struct option_set *set, struct error *err)
{
    const struct option_value *user = option_find(set, "USER");
    if (user == NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "USER option is required");
    if (user->secret_id != NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "SSH connections do not support supplying USER value as SECRET");
    return RC_OK;
}

static enum rc check_host_key(const struct option_set *set, struct error *err)
{
    const char *text = option_text(set, "HOST KEY");
    if (text == NULL)
        return RC_OK;
    struct arena *arena = arena_new("host-key-check", NULL);
    struct tunnel_host_key *keys = NULL;
    size_t count = 0;
    enum rc rc = tunnel_hostkey_parse(arena, text, &keys, &count, err);
    arena_free(&arena);
    return rc;
}

/* All required options are looked for before any value is judged. */
static enum rc check(const struct option_set *set, struct error *err)
{
    const char *host = option_text(set, "HOST");
    if (host == NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "HOST option is required");
    TRY(require_user(set, err));
    TRY(tunnel_options_check_host("HOST", host, err));
    TRY(check_name("USER", option_text(set, "USER"), TUNNEL_USER_MAX, err));
    const struct option_value *port = option_find(set, "PORT");
    if (port != NULL && (port->number < 1 || port->number > UINT16_MAX))
        return bad_value(err, "PORT", "must be between 1 and 65535");
    return check_host_key(set, err);
}

const struct connection_kind tunnel_connection_kind = {
    .sql_name = "SSH TUNNEL",
    .catalog_name = "ssh-tunnel",
    .specs = specs,
    .spec_count = ARRAY_COUNT(specs),
    .has_key_pairs = true,
    .validates_on_create = false,
    .check = check,
};
