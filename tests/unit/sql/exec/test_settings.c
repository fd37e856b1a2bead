/* sql/exec/settings: values and their canonical forms, transactions, reports, refusals.
 */

#include "base/error.h"
#include "sql/exec/settings.h"
#include "support/unit.h"

static int set_up(void **state)
{
    *state = settings_new();
    return 0;
}

static int tear_down(void **state)
{
    struct settings *settings = *state;
    settings_free(&settings);
    return 0;
}

static void set_ok(struct settings *settings, const char *name, const char *value,
                   enum settings_scope scope)
{
    struct error err;
    assert_int_equal(settings_set(settings, name, value, scope, &err), RC_OK);
}

static void values_have_one_canonical_form(void **state)
{
    struct settings *settings = *state;
    static const char *const cases[][3] = {
        {"statement_timeout", "120000", "2min"},
        {"STATEMENT_TIMEOUT", "90 s", "90s"},
        {"statement_timeout", "0", "0"},
        {"statement_timeout", "1d", "1d"},
        {"work_mem", "2048", "2MB"},
        {"work_mem", "1GB", "1GB"},
        {"extra_float_digits", "3", "3"},
        {"sql_safe_updates", "T", "on"},
        {"sql_safe_updates", "of", "off"},
        {"client_encoding", "'utf-8'", "UTF8"},
        {"IntervalStyle", "ISO_8601", "iso_8601"},
        {"schema", "etl", "etl"},
        {"my.own", "x", "x"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        set_ok(settings, cases[i][0], cases[i][1], SETTINGS_SESSION);
        assert_string_equal(settings_show(settings, cases[i][0]), cases[i][2]);
    }
    assert_int_equal(settings_number(settings, SETTING_statement_timeout), 86400000);
    assert_false(settings_is_on(settings, SETTING_sql_safe_updates));
    assert_null(settings_show(settings, "nothing"));
}

static void refusals_use_postgresql_words(void **state)
{
    struct settings *settings = *state;
    static const char *const cases[][4] = {
        {"nothing", "1", "42704", "unrecognized configuration parameter \"nothing\""},
        {"server_version", "9", "55P02",
         "parameter \"server_version\" cannot be changed"},
        {"statement_timeout", "x", "22023",
         "invalid value for parameter \"statement_timeout\": \"x\""},
        {"statement_timeout", "1 MB", "22023",
         "invalid value for parameter \"statement_timeout\": \"1 MB\""},
        {"statement_timeout", "-1", "22023",
         "-1 is outside the valid range for parameter \"statement_timeout\" (0 ms .. "
         "2147483647 ms)"},
        {"extra_float_digits", "4", "22023",
         "4 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)"},
        {"sql_safe_updates", "o", "22023",
         "parameter \"sql_safe_updates\" requires a Boolean value"},
        {"client_min_messages", "loud", "22023",
         "invalid value for parameter \"client_min_messages\": \"loud\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err;
        assert_int_equal(
            settings_set(settings, cases[i][0], cases[i][1], SETTINGS_SESSION, &err),
            RC_FAILED);
        assert_string_equal(sqlstate_code(err.state), cases[i][2]);
        assert_string_equal(err.message, cases[i][3]);
    }
    struct error err;
    assert_int_equal(settings_reset(settings, "nothing", &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_UNDEFINED_OBJECT);
}

static void a_transaction_keeps_or_undoes(void **state)
{
    struct settings *settings = *state;
    set_ok(settings, "application_name", "a", SETTINGS_SESSION);
    settings_commit(settings);
    set_ok(settings, "application_name", "b", SETTINGS_SESSION);
    set_ok(settings, "application_name", "c", SETTINGS_LOCAL);
    settings_mark mark = settings_savepoint(settings);
    set_ok(settings, "application_name", "d", SETTINGS_SESSION);
    assert_string_equal(settings_show(settings, "application_name"), "d");
    settings_rollback_to(settings, mark);
    assert_string_equal(settings_show(settings, "application_name"), "c");
    settings_commit(settings);
    assert_string_equal(settings_show(settings, "application_name"), "b");
    set_ok(settings, "application_name", "e", SETTINGS_SESSION);
    settings_rollback(settings);
    assert_string_equal(settings_show(settings, "application_name"), "b");
    set_ok(settings, "application_name", "f", SETTINGS_LOCAL);
    set_ok(settings, "application_name", "g", SETTINGS_SESSION);
    settings_commit(settings);
    assert_string_equal(settings_show(settings, "application_name"), "g");
}

static void reset_goes_to_the_sessions_default(void **state)
{
    struct settings *settings = *state;
    struct error err;
    set_ok(settings, "search_path", "mine", SETTINGS_DEFAULT);
    set_ok(settings, "search_path", "other", SETTINGS_SESSION);
    set_ok(settings, "my.own", "x", SETTINGS_SESSION);
    assert_int_equal(settings_reset(settings, NULL, &err), RC_OK);
    assert_string_equal(settings_show(settings, "search_path"), "mine");
    assert_string_equal(settings_show(settings, "my.own"), "");
}

static void only_changes_are_reported_again(void **state)
{
    struct settings *settings = *state;
    enum setting setting = SETTING_COUNT;
    int count = 0;
    while (settings_next_report(settings, &setting))
        count++;
    assert_int_equal(count, 13);
    set_ok(settings, "statement_timeout", "5s", SETTINGS_SESSION);
    set_ok(settings, "application_name", "", SETTINGS_SESSION);
    assert_false(settings_next_report(settings, &setting));
    set_ok(settings, "application_name", "psql", SETTINGS_SESSION);
    assert_true(settings_next_report(settings, &setting));
    assert_int_equal(setting, SETTING_application_name);
    settings_rollback(settings);
    assert_true(settings_next_report(settings, &setting));
    assert_false(settings_next_report(settings, &setting));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_have_one_canonical_form, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(refusals_use_postgresql_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_transaction_keeps_or_undoes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reset_goes_to_the_sessions_default, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_changes_are_reported_again, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
