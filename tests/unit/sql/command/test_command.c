/* DROP, COMMENT, what does not exist yet, and settings. */
#include "catalog/comment.h"
#include "unit/sql/command/command_fixture.h"

static void drop_cascades(void **state)
{
    (void)state;
    run_ok("CREATE CONNECTION b TO SSH TUNNEL (HOST 'x', USER 'y')", "CREATE CONNECTION");
    run_ok("CREATE CONNECTION pg TO POSTGRES (HOST 'x', USER 'y', DATABASE 'd', SSH "
           "TUNNEL b) WITH (VALIDATE = false)",
           "CREATE CONNECTION");
    run_fails("DROP CONNECTION b RESTRICT", "XX000",
              "cannot drop connection \"b\": still depended upon by connection \"pg\"");
    run_fails("DROP SCHEMA public", "2BP01",
              "cannot drop schema public because other objects depend on it");
    run_ok("DROP CONNECTION b CASCADE", "DROP CONNECTION");
    notice_is(0, COMMAND_NOTICE, "drop cascades to connection pg");
    assert_null(find("pg"));
    run_ok("CREATE CONNECTION b TO SSH TUNNEL (HOST 'x', USER 'y')", "CREATE CONNECTION");
    run_ok("CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'y')", "CREATE CONNECTION");
    run_ok("DROP SCHEMA IF EXISTS nowhere, public CASCADE", "DROP SCHEMA");
    notice_is(0, COMMAND_NOTICE, "schema \"nowhere\" does not exist, skipping");
    notice_is(1, COMMAND_NOTICE, "drop cascades to 2 other objects");
    run_fails("CREATE CONNECTION b TO SSH TUNNEL (HOST 'x', USER 'y')", "3F000",
              "no schema has been selected to create in");
}

static void drop_refuses(void **state)
{
    (void)state;
    run_fails("DROP SCHEMA mz_catalog CASCADE", "42501",
              "system schema 'mz_catalog' cannot be modified");
    run_fails("DROP SCHEMA nowhere", "3F000", "schema \"nowhere\" does not exist");
    run_fails("DROP DATABASE materialize", "55006",
              "cannot drop the currently open database");
    run_fails("DROP DATABASE nowhere", "3D000", "database \"nowhere\" does not exist");
    run_ok("DROP DATABASE IF EXISTS nowhere", "DROP DATABASE");
    run_fails("DROP ROLE materialize", "55006", "current user cannot be dropped");
    run_fails("DROP ROLE mz_system", "42939", "role name \"mz_system\" is reserved");
    run_fails("DROP ROLE nobody", "42704", "role \"nobody\" does not exist");
    run_fails("DROP TYPE t", "0A000", "DROP TYPE is not supported");
    run_fails("DROP SOURCE t", "0A000", "DROP SOURCE is not supported");
}

static const char *comment_of(struct catalog_id id)
{
    const char *text = NULL;
    enum rc rc =
        catalog_comment_get(f.catalog.transaction, id, 0, f.arena, &text, &f.err);
    return rc == RC_OK ? text : NULL;
}

static void comments(void **state)
{
    struct catalog_id schema = {CATALOG_CLASS_SCHEMA, 'u', 3};
    (void)state;
    make_secret("s", "x");
    run_ok("COMMENT ON SECRET s IS 'of the database'", "COMMENT");
    assert_string_equal(comment_of(find("s")->id), "of the database");
    run_ok("COMMENT ON SECRET s IS NULL", "COMMENT");
    assert_null(comment_of(find("s")->id));
    run_ok("COMMENT ON SCHEMA public IS 'ours'", "COMMENT");
    assert_string_equal(comment_of(schema), "ours");
    run_ok("COMMENT ON DATABASE materialize IS 'x'", "COMMENT");
    run_ok("COMMENT ON ROLE materialize IS 'x'", "COMMENT");
    run_fails("COMMENT ON CONNECTION s IS 'x'", "XX000",
              "s is a secret not a connection");
    run_fails("COMMENT ON SECRET nobody IS 'x'", "XX000",
              "unknown catalog item 'nobody'");
    run_fails("COMMENT ON SCHEMA pg_catalog IS 'x'", "42501",
              "system schema 'pg_catalog' cannot be modified");
    run_fails("COMMENT ON TYPE s IS 'x'", "0A000", "COMMENT ON TYPE is not supported");
}

static void unsupported(void **state)
{
    (void)state;
    run_fails("CREATE SOURCE s FROM POSTGRES CONNECTION c (PUBLICATION 'p')", "0A000",
              "CREATE SOURCE is not supported");
    run_fails("CREATE ROLE r", "0A000", "CREATE ROLE is not supported");
    run_fails("CREATE CLUSTER c SIZE 'x'", "0A000", "CREATE CLUSTER is not supported");
    assert_string_not_equal(f.err.hint, "");
    run_fails("CREATE TABLE t (a int) INHERITS (x)", "0A000",
              "INHERITS is not supported");
}

static void shows(const char *name, const char *text)
{
    const char *statement = arena_printf(f.arena, "SHOW %s", name);
    run_ok(statement, "SHOW");
    assert_int_equal(f.result.columns.count, 1);
    assert_int_equal(f.result.row_count, 1);
    assert_string_equal(cell(0, 0), text);
}

static void settings_are_set(void **state)
{
    (void)state;
    run_ok("SET search_path = a, \"B\"", "SET");
    shows("search_path", "a, \"B\"");
    run_ok("SET statement_timeout TO '2min'", "SET");
    shows("statement_timeout", "2min");
    run_ok("SET statement_timeout = 5000", "SET");
    shows("statement_timeout", "5s");
    run_ok("RESET statement_timeout", "RESET");
    shows("statement_timeout", "0");
    run_ok("SET application_name TO psql", "SET");
    shows("APPLICATION_NAME", "psql");
    run_ok("SET my.own = 'x'", "SET");
    shows("my.own", "x");
    run_ok("SET extra_float_digits = -2", "SET");
    shows("extra_float_digits", "-2");
    run_ok("SET TIME ZONE 'Europe/Berlin'", "SET");
    run_ok("SHOW timezone", "SHOW");
    assert_string_equal(f.result.columns.items[0].name, "TimeZone");
    assert_string_equal(cell(0, 0), "Europe/Berlin");
    run_ok("DISCARD ALL", "DISCARD ALL");
    shows("TimeZone", "UTC");
    run_ok("DISCARD PLANS", "DISCARD PLANS");
    run_ok("DISCARD TEMP", "DISCARD TEMP");
    run_ok("SET client_min_messages = warning", "SET");
    run_ok("RESET ALL", "RESET");
    shows("client_min_messages", "notice");
}

static void settings_refuse(void **state)
{
    (void)state;
    run_fails("SHOW nothing", "42704",
              "unrecognized configuration parameter \"nothing\"");
    run_fails("SET nothing = 1", "42704",
              "unrecognized configuration parameter \"nothing\"");
    run_fails("RESET nothing", "42704",
              "unrecognized configuration parameter \"nothing\"");
    run_fails("SET server_version = '9'", "55P02",
              "parameter \"server_version\" cannot be changed");
    run_fails("SET statement_timeout = 1, 2", "22023",
              "SET statement_timeout takes only one argument");
    run_fails("SET statement_timeout = 'x'", "22023",
              "invalid value for parameter \"statement_timeout\": \"x\"");
    run_fails("SET ROLE nobody", "22023", "role \"nobody\" does not exist");
    run_fails("SET ROLE mz_support", "0A000", "SET ROLE is not supported");
}

static void roles_and_transactions(void **state)
{
    (void)state;
    run_ok("SET ROLE none", "SET");
    run_ok("SET ROLE materialize", "SET");
    run_ok("RESET ROLE", "RESET");
    run_ok("SET SESSION AUTHORIZATION DEFAULT", "SET");
    shows("role", "none");
    run_ok(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ "
        "ONLY",
        "SET");
    shows("default_transaction_isolation", "serializable");
    shows("default_transaction_read_only", "on");
    run_ok("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET");
    shows("TRANSACTION ISOLATION LEVEL", "repeatable read");
    settings_commit(f.settings);
    shows("transaction_isolation", "read committed");
    run_ok("SET application_name = 'session'", "SET");
    run_ok("SET LOCAL application_name TO DEFAULT", "SET");
    shows("application_name", "");
    settings_commit(f.settings);
    shows("application_name", "session");
}

static void show_all(void **state)
{
    (void)state;
    run_ok("SHOW ALL", "SHOW");
    assert_int_equal(f.result.columns.count, 3);
    assert_int_equal(f.result.row_count, SETTING_COUNT);
    assert_string_equal(cell(0, 0), "application_name");
    struct bound_columns columns = command_columns(f.arena, parse("SHOW ALL"));
    assert_string_equal(columns.items[2].name, "description");
    assert_int_equal(command_columns(f.arena, parse("SET a.b = 1")).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drop_cascades, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(drop_refuses, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(comments, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(unsupported, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(settings_are_set, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(settings_refuse, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(roles_and_transactions, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(show_all, fixture_set_up, fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
