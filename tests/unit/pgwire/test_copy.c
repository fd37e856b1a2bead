/* pgwire/copy: framing of COPY, both directions. */
#include "pgwire/copy.h"
#include "support/unit.h"
#include "unit/pgwire/output.h"
#include "unit/pgwire/owner.h"

static void copy_is_framed_both_ways(void **state)
{
    (void)state;
    pgwire_write_copy_in_response(&out, PGWIRE_FORMAT_TEXT, 2);
    pgwire_write_copy_out_response(&out, PGWIRE_FORMAT_BINARY, 1);
    pgwire_write_copy_data(&out, LITERAL("1\t2\n"));
    pgwire_write_copy_done(&out);
    assert_output(LITERAL("G\0\0\0\x0b\0\0\2\0\0\0\0"
                          "H\0\0\0\x09\1\0\1\0\1"
                          "d\0\0\0\x08"
                          "1\t2\nc\0\0\0\4"));
    const char *reason;
    struct error err;
    assert_int_equal(pgwire_copy_fail_parse(LITERAL("no\0"), &reason, &err), RC_OK);
    assert_string_equal(reason, "no");
    assert_int_equal(pgwire_copy_fail_parse(LITERAL("no"), &reason, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid string in message");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OUTPUT(copy_is_framed_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
