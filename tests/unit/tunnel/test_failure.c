/* A failed stage of a tunnel as Materialize and ssh word it. */
#include "base/error.h"
#include "support/unit.h"
#include "tunnel/failure.h"

static const struct tunnel_hop hop = {"b", "bastion", 22, "etl", "db.internal", 5432};

static void a_refused_login_speaks_as_materialize_and_ssh(void **state)
{
    (void)state;
    struct error err;
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_LOGIN, STAGE_CAUSE_LOGIN_REFUSED,
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
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
                      "failed to lookup address information: Name or service not known");
    assert_int_equal(tunnel_failure_error(&failure, &hop, &err), RC_FAILED);
    assert_string_equal(err.message, "failed to lookup address information: "
                                     "Name or service not known");
}

static void a_prohibited_forward_names_all_that_may_forbid_it(void **state)
{
    (void)state;
    struct error err;
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
                      "administratively prohibited: open failed");
    assert_int_equal(tunnel_failure_error(&failure, &hop, &err), RC_FAILED);
    assert_non_null(strstr(err.detail, "to db.internal:5432"));
    assert_non_null(strstr(err.hint, "AllowTcpForwarding"));
    assert_non_null(strstr(err.hint, "PermitOpen"));
    assert_non_null(strstr(err.hint, "restrict"));
    assert_non_null(strstr(err.hint, "PermitTunnel is not needed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_login_speaks_as_materialize_and_ssh),
        cmocka_unit_test(an_unknown_name_has_the_resolvers_words_only),
        cmocka_unit_test(a_prohibited_forward_names_all_that_may_forbid_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
