/* CREATE, ALTER and DROP SECRET. */
#include "unit/sql/command/command_fixture.h"

static void value_is(const char *name, const char *text)
{
    struct secret *value = NULL;
    assert_int_equal(catalog_unseal(f.keyring, f.catalog.transaction, find(name)->id, 0,
                                    &value, &f.err),
                     RC_OK);
    secret_is(value, text);
    secret_free(&value);
}

static void values_are_sealed(void **state)
{
    struct catalog_rows rows;
    (void)state;
    run_ok("CREATE SECRET s AS 'canary-7c1'", "CREATE SECRET");
    value_is("s", "canary-7c1");
    rows = catalog_rows_read(f.catalog.transaction, f.arena);
    for (size_t i = 0; i < rows.count; i++)
        assert_true(rows.values[i].len == 0 ||
                    memmem(rows.values[i].at, rows.values[i].len, "canary", 6) == NULL);
    run_ok("CREATE SECRET h AS '\\x616263'", "CREATE SECRET");
    value_is("h", "abc");
    run_ok("ALTER SECRET s AS 'second'", "ALTER SECRET");
    value_is("s", "second");
    assert_int_equal(find("s")->secret.value_version, 2);
    run_ok("ALTER SECRET s RENAME TO t", "ALTER SECRET");
    value_is("t", "second");
    run_ok("ALTER SECRET t OWNER TO mz_support", "ALTER SECRET");
    assert_int_equal(find("t")->owner_id.space, 's');
    run_ok("DROP SECRET t, h", "DROP SECRET");
    assert_null(find("t"));
}

static void taken_and_absent_names(void **state)
{
    (void)state;
    run_ok("CREATE SECRET s AS 'x'", "CREATE SECRET");
    run_fails("CREATE SECRET s AS 'x'", "XX000", "catalog item 's' already exists");
    run_ok("CREATE SECRET IF NOT EXISTS s AS 'y'", "CREATE SECRET");
    notice_is(0, COMMAND_NOTICE, "secret \"s\" already exists, skipping");
    value_is("s", "x");
    run_ok("CREATE CONNECTION b TO SSH TUNNEL (HOST 'x', USER 'y')", "CREATE CONNECTION");
    run_fails("ALTER SECRET b AS 'x'", "XX000", "b is a connection not a secret");
    run_fails("ALTER SECRET nobody AS 'x'", "XX000", "unknown catalog item 'nobody'");
    run_ok("ALTER SECRET IF EXISTS nobody AS 'x'", "ALTER SECRET");
    notice_is(0, COMMAND_NOTICE, "secret \"nobody\" does not exist, skipping");
    run_fails("DROP SECRET b", "XX000", "b is a connection not a secret");
    run_fails("DROP SECRET nobody", "XX000", "unknown catalog item 'nobody'");
    run_ok("DROP SECRET IF EXISTS nobody, s", "DROP SECRET");
    notice_is(0, COMMAND_NOTICE, "secret \"nobody\" does not exist, skipping");
    assert_null(find("s"));
    run_ok("DROP SECRET IF EXISTS nowhere.x", "DROP SECRET");
    notice_is(0, COMMAND_NOTICE, "secret \"nowhere.x\" does not exist, skipping");
}

/* Nothing of the value is in the error. */
static void bad_values(void **state)
{
    (void)state;
    run_fails("CREATE SECRET s AS NULL", "XX000", "secret value can not be null");
    run_fails("CREATE SECRET s AS 5", "XX000",
              "AS must have type bytea, not type integer");
    run_fails("CREATE SECRET s AS '\\xff'", "XX000", "secret value must be valid UTF-8");
    run_fails("CREATE SECRET s AS '\\xzz'", "22023", "invalid secret value");
    run_fails("CREATE SECRET s AS 'a\\b'", "22P02", "invalid secret value");
    run_fails("CREATE SECRET s AS 'a' || 'a'", "XX000",
              "AS must have type bytea, not type text");
    run_fails("CREATE SECRET s AS (SELECT 'x'::bytea)", "XX000",
              "AS does not allow subqueries");
    run_fails("CREATE SECRET s AS ('hunter2'::int)::text", "22P02",
              "invalid secret value");
    run_fails("CREATE SECRET s AS $1", "42P02", "there is no parameter $1");
    run_fails("CREATE SECRET s AS a", "42703", "column \"a\" does not exist");
    assert_null(find("s"));
}

static void expressions(void **state)
{
    (void)state;
    run_ok("CREATE SECRET s AS coalesce(NULL, CASE WHEN 1 = 1 THEN 'a\\142'::bytea END)",
           "CREATE SECRET");
    value_is("s", "ab");
}

static void size_has_a_limit(void **state)
{
    enum { SIZE = 524288 };
    char *value = ARENA_ARRAY(f.arena, char, SIZE + 2);
    (void)state;
    memset(value, 'a', SIZE);
    run_ok(arena_printf(f.arena, "CREATE SECRET s AS '%s'", value), "CREATE SECRET");
    run_ok("DROP SECRET s", "DROP SECRET");
    value[SIZE] = 'a';
    run_fails(arena_printf(f.arena, "CREATE SECRET s AS '%s'", value), "XX000",
              "secrets can not be bigger than 512KiB");
}

static void needs_keyring_and_rights(void **state)
{
    struct keyring *keyring = f.keyring;
    (void)state;
    f.keyring = keyring_new();
    run_fails("CREATE SECRET s AS 'x'", "55000",
              "secrets are sealed: the master key is missing");
    keyring_free(&f.keyring);
    f.keyring = keyring;
    run_ok("CREATE SECRET s AS 'x'", "CREATE SECRET");
    become("joe");
    run_fails("CREATE SECRET t AS 'x'", "42501",
              "permission denied for SCHEMA \"materialize.public\"");
    run_fails("ALTER SECRET s AS 'x'", "42501",
              "must be owner of SECRET materialize.public.s");
    run_fails("CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'y', DATABASE 'd', "
              "PASSWORD SECRET s) WITH (VALIDATE false)",
              "42501", "permission denied for SCHEMA \"materialize.public\"");
}

/* Another transaction that has the name makes the statement wait, and then run again. */
static void locks_are_passed_on(void **state)
{
    struct store_transaction *mine = f.catalog.transaction;
    struct store_transaction *other =
        fixture_begin(&f.catalog.store, STORE_READ_COMMITTED);
    (void)state;
    commit(&f.catalog.store, &mine); /* the keyring */
    mine = fixture_begin(&f.catalog.store, STORE_READ_COMMITTED);
    assert_int_equal(store_transaction_statement(other, &f.err), RC_OK);
    f.catalog.transaction = other;
    run_ok("CREATE SECRET s AS 'x'", "CREATE SECRET");
    f.catalog.transaction = mine;
    assert_int_equal(run("CREATE SECRET s AS 'y'"), RC_WAIT);
    store_lock_cancel_wait(mine);
    commit(&f.catalog.store, &other);
    assert_int_equal(run("CREATE SECRET s AS 'y'"), RC_AGAIN);
    assert_int_equal(store_transaction_statement(mine, &f.err), RC_OK);
    run_fails("CREATE SECRET s AS 'y'", "XX000", "catalog item 's' already exists");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_sealed, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(taken_and_absent_names, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(bad_values, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(expressions, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(size_has_a_limit, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(needs_keyring_and_rights, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(locks_are_passed_on, fixture_set_up,
                                        fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
