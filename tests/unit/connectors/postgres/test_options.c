/* connectors/postgres/options: what is required, in which order faults are told,
 * defaults. */

#include "base/error.h"
#include "connectors/postgres/options.h"
#include "support/unit.h"

enum { VALUES_MAX = 16 };

/* Names and texts by turns; the list ends with NULL. A secret's text is "SECRET". */
static struct option_set set_of(struct option_value *values, const char *const *words)
{
    struct option_set set = {values, 0};
    for (; words[0] != NULL; words += 2) {
        const struct option_spec *spec =
            connection_kind_option(&postgres_connection_kind, words[0]);
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
        {{NULL}, "DATABASE option is required"},
        {{"DATABASE", "d", NULL}, "HOST option is required"},
        {{"DATABASE", "d", "HOST", "h", NULL}, "USER option is required"},
        {{"SSL KEY", "u1", NULL},
         "invalid CONNECTION: both SSL KEY and SSL CERTIFICATE are required"},
        {{"SSL CERTIFICATE", "pem", "SSL MODE", "x", NULL},
         "invalid CONNECTION: both SSL KEY and SSL CERTIFICATE are required"},
        {{"SSL MODE", "prefer", NULL}, "invalid CONNECTION: unknown SSL MODE \"prefer\""},
        {{"SSL MODE", "REQUIRE", NULL},
         "invalid CONNECTION: unknown SSL MODE \"REQUIRE\""},
        {{"SSH TUNNEL", "u1", "AWS PRIVATELINK", "u2", NULL},
         "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS PRIVATELINK"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct option_value values[VALUES_MAX];
        struct option_set set = set_of(values, refusals[i].words);
        struct error err;
        assert_int_equal(postgres_connection_kind.check(&set, &err), RC_FAILED);
        assert_string_equal(err.message, refusals[i].message);
        assert_string_equal(sqlstate_code(err.state), "XX000");
    }
}

static void a_full_set_is_read_with_defaults(void **state)
{
    (void)state;
    static const char *const words[] = {
        "HOST", "db.internal", "DATABASE", "d",        "USER",        "r", "PASSWORD",
        "u7",   "SSH TUNNEL",  "u1",       "SSL MODE", "verify_full", NULL};
    struct option_value values[VALUES_MAX];
    struct option_set set = set_of(values, words);
    struct error err;
    assert_int_equal(postgres_connection_kind.check(&set, &err), RC_OK);
    struct postgres_options options;
    postgres_options_read(&set, &options);
    assert_string_equal(options.host, "db.internal");
    assert_int_equal(options.port, 5432);
    assert_string_equal(options.password->secret_id, "u7");
    assert_string_equal(options.tunnel_id, "u1");
    assert_int_equal(options.tls_mode, POSTGRES_TLS_VERIFY_FULL);
    assert_null(options.tls_key);
}

static void specs_stand_in_alphabetical_order(void **state)
{
    (void)state;
    for (size_t i = 1; i < postgres_connection_kind.spec_count; i++)
        assert_true(strcmp(postgres_connection_kind.specs[i - 1].name,
                           postgres_connection_kind.specs[i].name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_in_order),
        cmocka_unit_test(a_full_set_is_read_with_defaults),
        cmocka_unit_test(specs_stand_in_alphabetical_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
