/* pgwire/query: the simple query, and what statements end with. */
#include "pgwire/query.h"
#include "support/unit.h"
#include "unit/pgwire/output.h"
#include "unit/pgwire/owner.h"

static void ends_of_statements_are_framed(void **state)
{
    (void)state;
    pgwire_write_command_complete(&out, "SELECT 1");
    pgwire_write_empty_query_response(&out);
    pgwire_write_ready_for_query(&out, PGWIRE_TRANSACTION_IDLE);
    pgwire_write_ready_for_query(&out, PGWIRE_TRANSACTION_OPEN);
    pgwire_write_ready_for_query(&out, PGWIRE_TRANSACTION_FAILED);
    assert_output(LITERAL("C\0\0\0\x0dSELECT 1\0I\0\0\0\4Z\0\0\0\5IZ\0\0\0\5TZ\0\0\0\5"
                          "E"));
}

static void a_query_is_one_text(void **state)
{
    (void)state;
    struct pgwire_query query;
    struct error err;
    assert_int_equal(pgwire_query_parse(LITERAL("select 1\0"), &query, &err), RC_OK);
    assert_string_equal(query.text, "select 1");
    assert_int_equal(query.len, 8);
    assert_int_equal(pgwire_query_parse(LITERAL("\0"), &query, &err), RC_OK);
    assert_int_equal(query.len, 0);
    assert_int_equal(pgwire_query_parse(LITERAL(""), &query, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid string in message");
    assert_int_equal(pgwire_query_parse(LITERAL("a\0b\0"), &query, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid message format");
    assert_int_equal(err.state, SQLSTATE_PROTOCOL_VIOLATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OUTPUT(ends_of_statements_are_framed),
        WITH_OUTPUT(a_query_is_one_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
