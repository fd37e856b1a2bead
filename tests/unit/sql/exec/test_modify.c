/* INSERT, UPDATE and DELETE over a real store: what they write, what they refuse, what
 * two sessions at once make of it. Expected outputs are PostgreSQL 15's. */
#include "unit/sql/exec/modify_fixture.h"

static struct test_session one;
static struct test_session two;

static int set_up(void **state)
{
    static const struct store_options options = {.map_size = (size_t)256 << 20,
                                                 .max_snapshots = 64};
    (void)state;
    modify_fixture_open(&options);
    session_open(&one);
    session_open(&two);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_close(&one);
    session_close(&two);
    modify_fixture_close();
    return 0;
}

static void expect(struct test_session *session, const char *text, const char *wanted)
{
    const char *got = session_run(session, text);
    if (strcmp(got, wanted) != 0)
        print_error("%s\n", text);
    assert_string_equal(got, wanted);
}

static void test_rows_and_defaults(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b text, c int DEFAULT 7)",
           "CREATE TABLE");
    expect(&one, "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', DEFAULT), (3, NULL)",
           "ERROR:  42601: VALUES lists must all be the same length");
    expect(&one, "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', DEFAULT)", "INSERT 0 2");
    expect(&one, "INSERT INTO t (a) VALUES (3) RETURNING *, a + 1",
           "3|-|7|4\nINSERT 0 1");
    expect(&one, "INSERT INTO t (b, a) SELECT 'x', 4", "INSERT 0 1");
    expect(&one, "SELECT * FROM t ORDER BY a", "1|one|1\n2|two|7\n3|-|7\n4|x|7");
    expect(&one, "INSERT INTO t (a, a) VALUES (1, 2)",
           "ERROR:  42701: column \"a\" specified more than once");
    expect(&one, "INSERT INTO t (z) VALUES (1)",
           "ERROR:  42703: column \"z\" of relation \"t\" does not exist");
    expect(&one, "INSERT INTO t (a) VALUES (1, 2)",
           "ERROR:  42601: INSERT has more expressions than target columns");
    expect(&one, "INSERT INTO t (a, b) VALUES (1)",
           "ERROR:  42601: INSERT has more target columns than expressions");
    expect(&one, "INSERT INTO t (a) VALUES (true)",
           "ERROR:  42804: column \"a\" is of type integer but expression is of type "
           "boolean");
}

static void test_constraints(void **state)
{
    (void)state;
    expect(&one,
           "CREATE TABLE t (a int PRIMARY KEY, b text UNIQUE, c int CHECK (c > 0), "
           "g int GENERATED ALWAYS AS (c * 2) STORED)",
           "CREATE TABLE");
    expect(&one, "INSERT INTO t VALUES (1, 'x', 5)", "INSERT 0 1");
    expect(&one, "INSERT INTO t VALUES (1, 'y', 5)",
           "ERROR:  23505: duplicate key value violates unique constraint \"t_pkey\"\n"
           "DETAIL:  Key (a)=(1) already exists.");
    expect(&one, "INSERT INTO t VALUES (2, 'x', 5)",
           "ERROR:  23505: duplicate key value violates unique constraint \"t_b_key\"\n"
           "DETAIL:  Key (b)=(x) already exists.");
    expect(&one, "INSERT INTO t VALUES (2, NULL, -5)",
           "ERROR:  23514: new row for relation \"t\" violates check constraint "
           "\"t_c_check\"\nDETAIL:  Failing row contains (2, null, -5, -10).");
    expect(
        &one, "INSERT INTO t (b) VALUES ('z')",
        "ERROR:  23502: null value in column \"a\" of relation \"t\" violates not-null "
        "constraint\nDETAIL:  Failing row contains (null, z, null, null).");
    expect(&one, "INSERT INTO t (a, g) VALUES (5, 1)",
           "ERROR:  428C9: cannot insert a non-DEFAULT value into column \"g\"\n"
           "DETAIL:  Column \"g\" is a generated column.");
    expect(&one, "UPDATE t SET g = 1",
           "ERROR:  428C9: column \"g\" can only be updated to DEFAULT\n"
           "DETAIL:  Column \"g\" is a generated column.");
    expect(&one, "UPDATE t SET c = c + 1 RETURNING c, g", "6|12\nUPDATE 1");
    expect(&one, "INSERT INTO t VALUES (3, NULL, 1), (4, NULL, 1)", "INSERT 0 2");
    expect(&one, "UPDATE t SET a = a + 1",
           "ERROR:  23505: duplicate key value violates "
           "unique constraint \"t_pkey\"\n"
           "DETAIL:  Key (a)=(4) already exists.");
    expect(&one, "SELECT a FROM t ORDER BY a", "1\n3\n4");
}

static void test_conflict(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b text)", "CREATE TABLE");
    expect(&one, "INSERT INTO t VALUES (1, 'x')", "INSERT 0 1");
    expect(&one, "INSERT INTO t VALUES (1, 'y'), (2, 'y') ON CONFLICT DO NOTHING",
           "INSERT 0 1");
    expect(&one,
           "INSERT INTO t VALUES (1, 'z'), (3, 'n') ON CONFLICT (a) DO UPDATE SET b = "
           "excluded.b || t.b RETURNING *",
           "1|zx\n3|n\nINSERT 0 2");
    expect(&one,
           "INSERT INTO t VALUES (2, 'q') ON CONFLICT (a) DO UPDATE SET b = excluded.b "
           "WHERE t.b = 'no'",
           "INSERT 0 0");
    expect(
        &one,
        "INSERT INTO t VALUES (7, 'q'), (7, 'r') ON CONFLICT (a) DO UPDATE SET b = "
        "excluded.b",
        "ERROR:  21000: ON CONFLICT DO UPDATE command cannot affect row a second time");
    expect(&one, "INSERT INTO t VALUES (1, 'q') ON CONFLICT (b) DO NOTHING",
           "ERROR:  42P10: there is no unique or exclusion constraint matching the ON "
           "CONFLICT specification");
}

static void test_own_writes_are_not_seen(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b int)", "CREATE TABLE");
    expect(&one, "INSERT INTO t SELECT g, g FROM generate_series(1, 3) g", "INSERT 0 3");
    expect(&one, "INSERT INTO t SELECT a + 10, b FROM t", "INSERT 0 3");
    expect(&one, "INSERT INTO t VALUES (50, 0) RETURNING (SELECT count(*) FROM t)",
           "6\nINSERT 0 1");
    expect(&one,
           "WITH d AS (DELETE FROM t WHERE a > 10 RETURNING a) SELECT count(*), (SELECT "
           "count(*) FROM t) FROM d",
           "4|7");
    expect(&one, "WITH d AS (DELETE FROM t WHERE a = 1) SELECT 5", "5");
    expect(&one, "UPDATE t SET b = x.b + 100 FROM t x WHERE x.a <> t.a", "UPDATE 2");
    expect(&one, "SELECT * FROM t ORDER BY a", "2|103\n3|102");
}

static void test_foreign_keys(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE");
    expect(&one,
           "CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p ON DELETE "
           "CASCADE ON UPDATE CASCADE)",
           "CREATE TABLE");
    expect(&one,
           "CREATE TABLE n (id int PRIMARY KEY, cid int REFERENCES c ON DELETE SET "
           "NULL)",
           "CREATE TABLE");
    expect(&one, "CREATE TABLE r (cid int REFERENCES c)", "CREATE TABLE");
    expect(&one, "INSERT INTO p VALUES (1), (2), (3)", "INSERT 0 3");
    expect(&one, "INSERT INTO c VALUES (10, 1), (20, 2), (30, NULL), (40, 1)",
           "INSERT 0 4");
    expect(&one, "INSERT INTO n VALUES (100, 10), (200, 20)", "INSERT 0 2");
    expect(
        &one, "INSERT INTO c VALUES (50, 9)",
        "ERROR:  23503: insert or update on table \"c\" violates foreign key constraint "
        "\"c_pid_fkey\"\nDETAIL:  Key (pid)=(9) is not present in table \"p\".");
    expect(&one, "INSERT INTO r VALUES (20)", "INSERT 0 1");
    expect(&one, "UPDATE p SET id = 11 WHERE id = 1", "UPDATE 1");
    expect(&one, "SELECT * FROM c ORDER BY id", "10|11\n20|2\n30|-\n40|11");
    expect(&one, "DELETE FROM p WHERE id = 11", "DELETE 1");
    expect(&one, "SELECT * FROM c ORDER BY id", "20|2\n30|-");
    expect(&one, "SELECT * FROM n ORDER BY id", "100|-\n200|20");
    expect(
        &one, "DELETE FROM p WHERE id = 2",
        "ERROR:  23503: update or delete on table \"c\" violates foreign key constraint "
        "\"r_cid_fkey\" on table \"r\"\n"
        "DETAIL:  Key (id)=(20) is still referenced from table \"r\".");
    expect(&one, "SELECT count(*) FROM c", "2");
    expect(&one, "CREATE TABLE s (id int PRIMARY KEY, up int REFERENCES s)",
           "CREATE TABLE");
    expect(&one, "INSERT INTO s VALUES (1, 2), (2, 1), (3, 3)", "INSERT 0 3");
}

static void test_savepoints(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b int)", "CREATE TABLE");
    expect(&one, "BEGIN", "BEGIN");
    expect(&one, "INSERT INTO t VALUES (1, 1), (2, 2)", "INSERT 0 2");
    expect(&one, "SAVEPOINT s", "SAVEPOINT");
    expect(&one, "DELETE FROM t WHERE a = 1", "DELETE 1");
    expect(&one, "INSERT INTO t VALUES (1, 9)", "INSERT 0 1");
    expect(&one, "UPDATE t SET a = a + 10", "UPDATE 2");
    expect(&one, "INSERT INTO t VALUES (11, 0)",
           "ERROR:  23505: duplicate key value violates unique constraint \"t_pkey\"\n"
           "DETAIL:  Key (a)=(11) already exists.");
    expect(&one, "ROLLBACK TO SAVEPOINT s", "ROLLBACK");
    expect(&one, "SELECT * FROM t ORDER BY a", "1|1\n2|2");
    expect(&one, "SELECT * FROM t WHERE a = 11", "");
    expect(&one, "COMMIT", "COMMIT");
    expect(&two, "SELECT * FROM t WHERE a > 0 AND a < 100 ORDER BY a", "1|1\n2|2");
}

/* Whoever comes second waits, and then sees what the first one did. */
static void test_unique_race(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b int)", "CREATE TABLE");
    expect(&one, "BEGIN", "BEGIN");
    expect(&two, "BEGIN", "BEGIN");
    expect(&one, "INSERT INTO t VALUES (1, 1)", "INSERT 0 1");
    expect(&two, "INSERT INTO t VALUES (1, 2)", "WAITS");
    expect(&one, "COMMIT", "COMMIT");
    expect(&two, "INSERT INTO t VALUES (1, 2)",
           "ERROR:  23505: duplicate key value violates unique constraint \"t_pkey\"\n"
           "DETAIL:  Key (a)=(1) already exists.");
    expect(&two, "ROLLBACK", "ROLLBACK");

    expect(&one, "BEGIN", "BEGIN");
    expect(&one, "DELETE FROM t WHERE a = 1", "DELETE 1");
    expect(&two, "INSERT INTO t VALUES (1, 3)", "WAITS");
    expect(&one, "COMMIT", "COMMIT");
    expect(&two, "INSERT INTO t VALUES (1, 3)", "INSERT 0 1");
    expect(&one, "BEGIN", "BEGIN");
    expect(&one, "INSERT INTO t VALUES (5, 5)", "INSERT 0 1");
    expect(&two, "INSERT INTO t VALUES (5, 6) ON CONFLICT DO NOTHING", "WAITS");
    expect(&one, "ROLLBACK", "ROLLBACK");
    expect(&two, "INSERT INTO t VALUES (5, 6) ON CONFLICT DO NOTHING", "INSERT 0 1");
}

static void test_row_race(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b int)", "CREATE TABLE");
    expect(&one, "INSERT INTO t VALUES (1, 10), (2, 20)", "INSERT 0 2");
    expect(&one, "BEGIN", "BEGIN");
    expect(&one, "UPDATE t SET b = b + 1 WHERE a = 1", "UPDATE 1");
    expect(&two, "UPDATE t SET b = b * 2 WHERE b = 11", "UPDATE 0");
    expect(&two, "UPDATE t SET b = b * 2 WHERE a = 1", "WAITS");
    expect(&one, "COMMIT", "COMMIT");
    expect(&two, "UPDATE t SET b = b * 2 WHERE a = 1", "UPDATE 1");
    expect(&one, "SELECT b FROM t WHERE a = 1", "22");

    expect(&one, "BEGIN", "BEGIN");
    expect(&one, "SELECT b FROM t WHERE a = 2 FOR UPDATE", "20");
    expect(&two, "SELECT a FROM t ORDER BY a FOR UPDATE SKIP LOCKED", "1");
    expect(&two, "SELECT a FROM t WHERE a = 2 FOR SHARE NOWAIT",
           "ERROR:  55P03: could not obtain lock on row in relation \"t\"");
    expect(&two, "DELETE FROM t WHERE a = 2", "WAITS");
    expect(&one, "DELETE FROM t WHERE a = 2", "DELETE 1");
    expect(&one, "COMMIT", "COMMIT");
    expect(&two, "DELETE FROM t WHERE a = 2", "DELETE 0");
}

/* A row that refers to a key and the key's end cannot pass each other. */
static void test_foreign_race(void **state)
{
    (void)state;
    expect(&one, "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE");
    expect(&one, "CREATE TABLE c (pid int REFERENCES p)", "CREATE TABLE");
    expect(&one, "INSERT INTO p VALUES (1), (2)", "INSERT 0 2");
    expect(&one, "BEGIN", "BEGIN");
    expect(&one, "DELETE FROM p WHERE id = 1", "DELETE 1");
    expect(&two, "INSERT INTO c VALUES (1)", "WAITS");
    expect(&one, "COMMIT", "COMMIT");
    expect(
        &two, "INSERT INTO c VALUES (1)",
        "ERROR:  23503: insert or update on table \"c\" violates foreign key constraint "
        "\"c_pid_fkey\"\nDETAIL:  Key (pid)=(1) is not present in table \"p\".");
    expect(&two, "BEGIN", "BEGIN");
    expect(&two, "INSERT INTO c VALUES (2)", "INSERT 0 1");
    expect(&one, "DELETE FROM p WHERE id = 2", "WAITS");
    expect(&two, "COMMIT", "COMMIT");
    expect(
        &one, "DELETE FROM p WHERE id = 2",
        "ERROR:  23503: update or delete on table \"p\" violates foreign key constraint "
        "\"c_pid_fkey\" on table \"c\"\n"
        "DETAIL:  Key (id)=(2) is still referenced from table \"c\".");
}

/* ---- random edits against a model ---- */

enum { MODEL_KEYS = 40 };

static uint32_t random_state = 12345;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

/* b by a; -1: no such row. b has an index, too. */
static void check_model(const int *model)
{
    char text[128];
    char wanted[4096] = "";
    size_t len = 0;
    for (int b = 0; b < 8; b++) {
        len = 0;
        wanted[0] = '\0';
        for (int a = 0; a < MODEL_KEYS; a++) {
            if (model[a] == b)
                len += (size_t)snprintf(wanted + len, sizeof wanted - len, "%s%d",
                                        len == 0 ? "" : "\n", a);
        }
        (void)snprintf(text, sizeof text, "SELECT a FROM t WHERE b = %d ORDER BY a", b);
        expect(&one, text, wanted);
    }
}

static void model_step(int *model)
{
    char text[128];
    int a = (int)next_random(MODEL_KEYS);
    int b = (int)next_random(8);
    switch (next_random(3)) {
    case 0:
        (void)snprintf(text, sizeof text, "INSERT INTO t VALUES (%d, %d)", a, b);
        (void)session_run(&one, text);
        if (model[a] < 0 && !one.is_failed)
            model[a] = b;
        return;
    case 1:
        (void)snprintf(text, sizeof text, "UPDATE t SET b = %d WHERE a = %d", b, a);
        (void)session_run(&one, text);
        model[a] = model[a] < 0 ? -1 : b;
        return;
    default:
        (void)snprintf(text, sizeof text, "DELETE FROM t WHERE a = %d AND b = %d", a, b);
        (void)session_run(&one, text);
        model[a] = model[a] == b ? -1 : model[a];
    }
}

static void test_model(void **state)
{
    int model[MODEL_KEYS];
    int kept[MODEL_KEYS];
    (void)state;
    for (int i = 0; i < MODEL_KEYS; i++)
        model[i] = -1;
    expect(&one, "CREATE TABLE t (a int PRIMARY KEY, b int)", "CREATE TABLE");
    expect(&one, "CREATE INDEX t_b ON t (b DESC)", "CREATE INDEX");
    for (int round = 0; round < 12; round++) {
        memcpy(kept, model, sizeof kept);
        expect(&one, "BEGIN", "BEGIN");
        expect(&one, "SAVEPOINT s", "SAVEPOINT");
        for (int i = 0; i < 15; i++) {
            model_step(model);
            if (one.is_failed) /* a duplicate: back to the start of the round */
                break;
        }
        if (one.is_failed || next_random(3) == 0) {
            expect(&one, "ROLLBACK TO SAVEPOINT s", "ROLLBACK");
            memcpy(model, kept, sizeof kept);
        }
        check_model(model);
        expect(&one, "COMMIT", "COMMIT");
        check_model(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows_and_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_constraints, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_conflict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_own_writes_are_not_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_savepoints, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unique_race, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_row_race, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_race, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_model, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
