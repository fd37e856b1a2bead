/* pgwire/report: errors and notices field by field, parameters, notifications. */
#include "pgwire/report.h"
#include "support/unit.h"
#include "unit/pgwire/output.h"
#include "unit/pgwire/owner.h"

static void an_error_has_its_fields_in_order(void **state)
{
    (void)state;
    struct error err;
    error_set_at(&err, 8, SQLSTATE_UNDEFINED_COLUMN, "column \"x\" does not exist");
    error_detail(&err, "Detail.");
    error_hint(&err, "Hint.");
    error_log_only(&err, "never sent");
    pgwire_write_error(&out, &err);
    assert_output(LITERAL("E\0\0\0\x48"
                          "SERROR\0VERROR\0C42703\0Mcolumn \"x\" does not exist\0"
                          "DDetail.\0HHint.\0P8\0\0"));
}

static void absent_fields_are_left_out(void **state)
{
    (void)state;
    struct error err;
    error_set(&err, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
    error_widen(&err, ERROR_REACH_SESSION);
    pgwire_write_error(&out, &err);
    assert_output(LITERAL("E\0\0\0\x2c"
                          "SFATAL\0VFATAL\0C22012\0Mdivision by zero\0\0"));
}

static void severity_follows_the_reach(void **state)
{
    (void)state;
    struct error err;
    error_set(&err, SQLSTATE_INTERNAL_ERROR, "x");
    assert_int_equal(pgwire_severity_of(&err), PGWIRE_SEVERITY_ERROR);
    error_widen(&err, ERROR_REACH_SESSION);
    assert_int_equal(pgwire_severity_of(&err), PGWIRE_SEVERITY_FATAL);
    error_widen(&err, ERROR_REACH_SERVER);
    assert_int_equal(pgwire_severity_of(&err), PGWIRE_SEVERITY_PANIC);
    for (int i = 0; i < PGWIRE_SEVERITY_COUNT; i++)
        assert_true(pgwire_severity_name((enum pgwire_severity)i)[0] != '\0');
}

static void a_notice_names_its_severity(void **state)
{
    (void)state;
    struct error notice;
    error_set(&notice, SQLSTATE_SUCCESSFUL_COMPLETION, "n");
    pgwire_write_notice(&out, PGWIRE_SEVERITY_WARNING, &notice);
    assert_output(LITERAL("N\0\0\0\x21SWARNING\0VWARNING\0C00000\0Mn\0\0"));
}

static void parameters_and_notifications_are_framed(void **state)
{
    (void)state;
    pgwire_write_parameter_status(&out, "TimeZone", "UTC");
    pgwire_write_notification(&out, 7, "ch", "");
    assert_output(LITERAL("S\0\0\0\x11TimeZone\0UTC\0"
                          "A\0\0\0\x0c\0\0\0\7ch\0\0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OUTPUT(an_error_has_its_fields_in_order),
        WITH_OUTPUT(absent_fields_are_left_out),
        WITH_OUTPUT(severity_follows_the_reach),
        WITH_OUTPUT(a_notice_names_its_severity),
        WITH_OUTPUT(parameters_and_notifications_are_framed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
