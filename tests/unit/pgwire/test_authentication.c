/* pgwire/authentication: framing of log-in messages, both directions. */
#include "pgwire/authentication.h"
#include "support/unit.h"
#include "unit/pgwire/output.h"
#include "unit/pgwire/owner.h"

static void log_in_requests_are_framed(void **state)
{
    (void)state;
    static const char *const mechanisms[] = {"SCRAM-SHA-256"};
    pgwire_write_authentication_ok(&out);
    pgwire_write_authentication_cleartext(&out);
    pgwire_write_authentication_sasl(&out, mechanisms, 1);
    pgwire_write_authentication_sasl_continue(&out, LITERAL("r=x"));
    pgwire_write_authentication_sasl_final(&out, LITERAL("v=y"));
    assert_output(LITERAL("R\0\0\0\x08\0\0\0\0"
                          "R\0\0\0\x08\0\0\0\3"
                          "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"
                          "R\0\0\0\x0b\0\0\0\x0br=x"
                          "R\0\0\0\x0b\0\0\0\x0cv=y"));
}

static void log_in_messages_are_read(void **state)
{
    (void)state;
    const char *password;
    struct pgwire_sasl_initial initial;
    struct error err;
    assert_int_equal(pgwire_password_parse(LITERAL("pw\0"), &password, &err), RC_OK);
    assert_string_equal(password, "pw");
    assert_int_equal(pgwire_password_parse(LITERAL("pw"), &password, &err), RC_FAILED);
    assert_int_equal(pgwire_password_parse(LITERAL("p\0w\0"), &password, &err),
                     RC_FAILED);
    assert_string_equal(err.message, "invalid password packet size");
    assert_int_equal(pgwire_password_parse(LITERAL("\0"), &password, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_INVALID_PASSWORD);
    assert_int_equal(pgwire_sasl_initial_parse(LITERAL("M\0\0\0\0\3n,,"), &initial, &err),
                     RC_OK);
    assert_string_equal(initial.mechanism, "M");
    assert_true(initial.has_response);
    assert_true(bytes_equal(initial.response, LITERAL("n,,")));
    assert_int_equal(
        pgwire_sasl_initial_parse(LITERAL("M\0\xff\xff\xff\xff"), &initial, &err), RC_OK);
    assert_false(initial.has_response);
    assert_int_equal(pgwire_sasl_initial_parse(LITERAL("M\0\0\0\0\4n,,"), &initial, &err),
                     RC_FAILED);
    assert_int_equal(pgwire_sasl_initial_parse(LITERAL("M\0\0\0\0\2n,,"), &initial, &err),
                     RC_FAILED);
    assert_int_equal(pgwire_sasl_initial_parse(LITERAL("M"), &initial, &err), RC_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OUTPUT(log_in_requests_are_framed),
        WITH_OUTPUT(log_in_messages_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
