/* Wording of failures, and that peers' words are made harmless. */
#include <ctype.h>

#include "base/error.h"
#include "support/unit.h"
#include "tunnel/stage.h"

static const struct tunnel_hop hop = {"b", "bastion", 22, "etl", "db.internal", 5432};

/* The list of names and the list of causes are two texts: this holds them together. */
static void every_cause_has_its_name_in_lower_case(void **state)
{
    (void)state;
    static const char *const capitals[] = {
#define X(name, text) #name,
#include "tunnel/causes.def"
#undef X
    };
    for (int cause = 0; cause < TUNNEL_CAUSE_COUNT; cause++) {
        const char *name = tunnel_cause_name((enum tunnel_cause)cause);
        assert_non_null(name);
        assert_int_equal(strlen(name), strlen(capitals[cause]));
        for (size_t i = 0; name[i] != '\0'; i++)
            assert_int_equal(name[i], tolower((unsigned char)capitals[cause][i]));
    }
    for (int stage = 0; stage < TUNNEL_STAGE_COUNT; stage++)
        assert_non_null(tunnel_stage_name((enum tunnel_stage)stage));
}

static void a_refused_login_speaks_as_materialize_and_ssh(void **state)
{
    (void)state;
    struct error err;
    struct tunnel_failure failure;
    tunnel_failure_set(&failure, TUNNEL_STAGE_LOGIN, TUNNEL_CAUSE_LOGIN_REFUSED,
                       "etl@bastion: Permission denied (publickey).");
    assert_int_equal(tunnel_failure_error(&failure, &hop, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_SYSTEM_ERROR);
    assert_string_equal(err.message, "failed to connect to the remote host: "
                                     "etl@bastion: Permission denied (publickey).");
    assert_non_null(strstr(err.detail, "Hop SSH tunnel \"b\" (etl@bastion:22)"));
    assert_non_null(strstr(err.detail, "stage login"));
    assert_non_null(strstr(err.detail, "login_refused"));
    assert_non_null(strstr(err.hint, "authorized_keys"));
}

static void an_unknown_name_has_the_resolvers_words_only(void **state)
{
    (void)state;
    struct error err;
    struct tunnel_failure failure;
    tunnel_failure_set(&failure, TUNNEL_STAGE_RESOLVE, TUNNEL_CAUSE_NAME_UNKNOWN,
                       "failed to lookup address information: Name or service not known");
    assert_int_equal(tunnel_failure_error(&failure, &hop, &err), RC_FAILED);
    assert_string_equal(err.message, "failed to lookup address information: "
                                     "Name or service not known");
}

static void a_prohibited_forward_names_all_that_may_forbid_it(void **state)
{
    (void)state;
    struct error err;
    struct tunnel_failure failure;
    tunnel_failure_set(&failure, TUNNEL_STAGE_FORWARD, TUNNEL_CAUSE_FORWARD_PROHIBITED,
                       "administratively prohibited: open failed");
    assert_int_equal(tunnel_failure_error(&failure, &hop, &err), RC_FAILED);
    assert_non_null(strstr(err.detail, "to db.internal:5432"));
    assert_non_null(strstr(err.hint, "AllowTcpForwarding"));
    assert_non_null(strstr(err.hint, "PermitOpen"));
    assert_non_null(strstr(err.hint, "restrict"));
    assert_non_null(strstr(err.hint, "PermitTunnel is not needed"));
}

static void words_of_peers_are_made_harmless(void **state)
{
    (void)state;
    struct tunnel_failure failure;
    tunnel_failure_set(&failure, TUNNEL_STAGE_BANNER, TUNNEL_CAUSE_NOT_SSH,
                       "\x1b[2Jhello\xff\nworld\r\n  ");
    assert_string_equal(failure.words, "?[2Jhello? world");
    char long_words[TUNNEL_WORDS_MAX * 2];
    memset(long_words, 'x', sizeof(long_words));
    long_words[sizeof(long_words) - 1] = '\0';
    tunnel_failure_set(&failure, TUNNEL_STAGE_BANNER, TUNNEL_CAUSE_NOT_SSH, long_words);
    assert_int_equal(strlen(failure.words), TUNNEL_WORDS_MAX - 1);
}

static void a_remedy_of_the_failure_wins(void **state)
{
    (void)state;
    struct tunnel_failure failure;
    tunnel_failure_set(&failure, TUNNEL_STAGE_LOGIN, TUNNEL_CAUSE_LOGIN_REFUSED, NULL);
    assert_non_null(strstr(tunnel_failure_remedy(&failure), "authorized_keys"));
    snprintf(failure.remedy, sizeof(failure.remedy), "Do this.");
    assert_string_equal(tunnel_failure_remedy(&failure), "Do this.");
}

static void refusals_are_told_from_faults(void **state)
{
    (void)state;
    assert_true(tunnel_cause_is_refusal(TUNNEL_CAUSE_LOGIN_REFUSED));
    assert_true(tunnel_cause_is_refusal(TUNNEL_CAUSE_HOST_KEY_CHANGED));
    assert_false(tunnel_cause_is_refusal(TUNNEL_CAUSE_REFUSED));
    assert_false(tunnel_cause_is_refusal(TUNNEL_CAUSE_TIMEOUT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_has_its_name_in_lower_case),
        cmocka_unit_test(a_refused_login_speaks_as_materialize_and_ssh),
        cmocka_unit_test(an_unknown_name_has_the_resolvers_words_only),
        cmocka_unit_test(a_prohibited_forward_names_all_that_may_forbid_it),
        cmocka_unit_test(words_of_peers_are_made_harmless),
        cmocka_unit_test(a_remedy_of_the_failure_wins),
        cmocka_unit_test(refusals_are_told_from_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
