/* connectors/registry/options: the URL, what is required, the order of faults. */

#include "base/error.h"
#include "connectors/registry/options.h"
#include "support/unit.h"

enum { VALUES_MAX = 16 };

/* Names and texts by turns; the list ends with NULL. */
static struct option_set set_of(struct option_value *values, const char *const *words)
{
    struct option_set set = {values, 0};
    for (; words[0] != NULL; words += 2) {
        const struct option_spec *spec =
            connection_kind_option(&registry_connection_kind, words[0]);
        assert_non_null(spec);
        struct option_value value = {.spec = spec};
        if (spec->type == OPTION_SECRET)
            value.secret_id = words[1];
        else if (spec->type == OPTION_CONNECTION)
            value.connection_id = words[1];
        else
            value.text = words[1];
        values[set.count++] = value;
    }
    return set;
}

static void faults_are_told_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *words[8];
        const char *message;
    } refusals[] = {
        {{"USER", "u", NULL}, "invalid CONNECTION: must specify URL"},
        {{"URL", "http://h/x", "SSL KEY", "u1", NULL},
         "invalid CONNECTION: URL must have an empty path"},
        {{"URL", "http://h", "SSL KEY", "u1", NULL},
         "invalid CONNECTION: reading from SSL-auth Confluent Schema Registry requires "
         "both SSL KEY and SSL CERTIFICATE"},
        {{"URL", "http://h", "SSL CERTIFICATE", "pem", NULL},
         "invalid CONNECTION: reading from SSL-auth Confluent Schema Registry requires "
         "both SSL KEY and SSL CERTIFICATE"},
        {{"URL", "http://h", "SSH TUNNEL", "u1", "AWS PRIVATELINK", "u2", NULL},
         "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS PRIVATELINK"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct option_value values[VALUES_MAX];
        struct option_set set = set_of(values, refusals[i].words);
        struct error err;
        assert_int_equal(registry_connection_kind.check(&set, &err), RC_FAILED);
        assert_string_equal(err.message, refusals[i].message);
        assert_string_equal(sqlstate_code(err.state), "XX000");
    }
}

#define PARSING    "parsing schema registry url: "
#define NO_DOMAIN  "invalid CONNECTION: URL must specify domain name"
#define EMPTY_PATH "invalid CONNECTION: URL must have an empty path"

static void urls_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words; /* NULL: it is right */
        const char *host;
        uint16_t port;
        bool is_https;
    } cases[] = {
        {"http://Registry.Internal", NULL, "registry.internal", 80, false},
        {"HTTPS://r/", NULL, "r", 443, true},
        {"http://r:8081/", NULL, "r", 8081, false},
        {"http://r:", NULL, "r", 80, false},
        {"https://[::1]:8081", NULL, "::1", 8081, true},
        {"r:8081", NO_DOMAIN, "", 0, false},
        {"", PARSING "relative URL without a base", "", 0, false},
        {"/r", PARSING "relative URL without a base", "", 0, false},
        {"mailto:r@x", NO_DOMAIN, "", 0, false},
        {"http://", PARSING "empty host", "", 0, false},
        {"http://:80", PARSING "empty host", "", 0, false},
        {"http://r:99999", PARSING "invalid port number", "", 0, false},
        {"http://r:80x", PARSING "invalid port number", "", 0, false},
        {"http://[::1", PARSING "invalid IPv6 address", "", 0, false},
        {"http://a b", PARSING "invalid domain character", "", 0, false},
        {"http://r/apis", EMPTY_PATH, "", 0, false},
        {"http://r?x", EMPTY_PATH, "", 0, false},
        {"ftp://r", "invalid CONNECTION: URL must begin with http:// or https://", "", 0,
         false},
        {"http://u:p@r",
         "invalid CONNECTION: URL must not hold a user or a password, which are options "
         "of their own",
         "", 0, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct registry_url url;
        const char *words = registry_url_parse(cases[i].text, &url);
        if (cases[i].words != NULL) {
            assert_non_null(words);
            assert_string_equal(words, cases[i].words);
            continue;
        }
        assert_null(words);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.is_https, cases[i].is_https);
    }
}

static void a_full_set_is_read(void **state)
{
    (void)state;
    static const char *const words[] = {"PASSWORD", "u7",     "SSH TUNNEL",
                                        "u1",       "URL",    "https://r:8081",
                                        "USER",     "reader", NULL};
    struct option_value values[VALUES_MAX];
    struct option_set set = set_of(values, words);
    struct registry_options options;
    struct error err;
    assert_int_equal(registry_connection_kind.check(&set, &err), RC_OK);
    registry_options_read(&set, &options);
    assert_string_equal(options.url.host, "r");
    assert_string_equal(options.user->text, "reader");
    assert_string_equal(options.password->secret_id, "u7");
    assert_string_equal(options.tunnel_id, "u1");
    assert_null(options.tls_key);
}

static void values_have_their_types(void **state)
{
    (void)state;
    const struct connection_kind *kind = &registry_connection_kind;
    assert_int_equal(connection_kind_option(kind, "PASSWORD")->type, OPTION_SECRET);
    assert_int_equal(connection_kind_option(kind, "SSL KEY")->type, OPTION_SECRET);
    assert_int_equal(connection_kind_option(kind, "USER")->type, OPTION_TEXT_OR_SECRET);
    assert_int_equal(connection_kind_option(kind, "URL")->type, OPTION_TEXT);
    assert_int_equal(connection_kind_option(kind, "PORT")->type, OPTION_PORT);
    assert_null(connection_kind_option(kind, "HOST"));
    for (size_t i = 1; i < kind->spec_count; i++)
        assert_true(strcmp(kind->specs[i - 1].name, kind->specs[i].name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_in_order),
        cmocka_unit_test(urls_are_read),
        cmocka_unit_test(a_full_set_is_read),
        cmocka_unit_test(values_have_their_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
