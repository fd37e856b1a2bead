/* connectors/mysql/options: what is required, in which order faults are told, defaults.
 */

#include "base/error.h"
#include "connectors/mysql/options.h"
#include "support/unit.h"

enum { VALUES_MAX = 16 };

/* Names and texts by turns; the list ends with NULL. A secret's text is its id. */
static struct option_set set_of(struct option_value *values, const char *const *words)
{
    struct option_set set = {values, 0};
    for (; words[0] != NULL; words += 2) {
        const struct option_spec *spec =
            connection_kind_option(&mysql_connection_kind, words[0]);
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

struct refusal {
    const char *words[12];
    const char *message;
};

static void faults_are_told_in_order(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {{NULL}, "HOST option is required"},
        {{"USER", "u", NULL}, "HOST option is required"},
        {{"AWS CONNECTION", "u1", "PASSWORD", "u2", "SSL KEY", "u3", NULL},
         "invalid CONNECTION: AWS IAM authentication is not supported with password"},
        {{"SSL KEY", "u1", NULL},
         "invalid CONNECTION: both SSL KEY and SSL CERTIFICATE are required"},
        {{"SSL CERTIFICATE", "pem", "SSL MODE", "x", NULL},
         "invalid CONNECTION: both SSL KEY and SSL CERTIFICATE are required"},
        {{"SSL MODE", "preferred", NULL},
         "invalid CONNECTION: unknown SSL MODE \"PREFERRED\""},
        {{"SSL MODE", "", NULL}, "invalid CONNECTION: unknown SSL MODE \"\""},
        {{"AWS CONNECTION", "u1", NULL},
         "invalid CONNECTION: AWS IAM authentication requires SSL to be enabled"},
        {{"AWS CONNECTION", "u1", "SSL MODE", "Disabled", NULL},
         "invalid CONNECTION: AWS IAM authentication requires SSL to be enabled"},
        {{"SSH TUNNEL", "u1", "AWS PRIVATELINK", "u2", NULL},
         "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS PRIVATELINK"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct option_value values[VALUES_MAX];
        struct option_set set = set_of(values, refusals[i].words);
        struct error err;
        assert_int_equal(mysql_connection_kind.check(&set, &err), RC_FAILED);
        assert_string_equal(err.message, refusals[i].message);
        assert_string_equal(sqlstate_code(err.state), "XX000");
    }
}

/* As the guide prints it: host and tunnel, and no user. */
static void a_user_is_left_to_the_server(void **state)
{
    (void)state;
    static const char *const words[] = {"HOST", "db.internal", "SSH TUNNEL", "u1", NULL};
    struct option_value values[VALUES_MAX];
    struct option_set set = set_of(values, words);
    struct error err;
    assert_int_equal(mysql_connection_kind.check(&set, &err), RC_OK);
    struct mysql_options options;
    mysql_options_read(&set, &options);
    assert_null(options.user);
    assert_null(options.password);
    assert_int_equal(options.port, 3306);
    assert_int_equal(options.tls_mode, MYSQL_TLS_DISABLED);
    assert_string_equal(options.tunnel_id, "u1");
    assert_true(connection_kind_option(&mysql_connection_kind, "USER")->defaults_to_role);
    assert_false(
        connection_kind_option(&mysql_connection_kind, "HOST")->defaults_to_role);
}

static void modes_are_known_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mysql_tls_mode mode;
        const char *name;
    } modes[] = {
        {"disabled", MYSQL_TLS_DISABLED, "DISABLED"},
        {"required", MYSQL_TLS_REQUIRED, "REQUIRED"},
        {"REQUIRE", MYSQL_TLS_REQUIRED, "REQUIRED"},
        {"Verify_Ca", MYSQL_TLS_VERIFY_CA, "VERIFY_CA"},
        {"verify-ca", MYSQL_TLS_VERIFY_CA, "VERIFY_CA"},
        {"VERIFY_IDENTITY", MYSQL_TLS_VERIFY_IDENTITY, "VERIFY_IDENTITY"},
        {"verify-identity", MYSQL_TLS_VERIFY_IDENTITY, "VERIFY_IDENTITY"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        const char *words[] = {"HOST", "h", "SSL MODE", modes[i].text, NULL};
        struct option_value values[VALUES_MAX];
        struct option_set set = set_of(values, words);
        struct error err;
        struct mysql_options options;
        assert_int_equal(mysql_connection_kind.check(&set, &err), RC_OK);
        mysql_options_read(&set, &options);
        assert_int_equal(options.tls_mode, modes[i].mode);
        assert_string_equal(mysql_tls_mode_name(options.tls_mode), modes[i].name);
    }
}

static void specs_stand_in_alphabetical_order(void **state)
{
    (void)state;
    for (size_t i = 1; i < mysql_connection_kind.spec_count; i++)
        assert_true(strcmp(mysql_connection_kind.specs[i - 1].name,
                           mysql_connection_kind.specs[i].name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_in_order),
        cmocka_unit_test(a_user_is_left_to_the_server),
        cmocka_unit_test(modes_are_known_in_any_case),
        cmocka_unit_test(specs_stand_in_alphabetical_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
