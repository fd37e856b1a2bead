/* Tables, views, indexes, sequences, schemas: statements and their words. After each test
 * the fixture verifies the whole catalog. */
#include "catalog/dependency.h"
#include "catalog/sequence.h"
#include "sql/command/temporary.h"
#include "unit/sql/command/command_fixture.h"

struct refusal {
    const char *text;
    const char *code;
    const char *message;
};

static void refuse_all(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        run_fails(refusals[i].text, refusals[i].code, refusals[i].message);
}

static void make_table(void)
{
    run_ok("CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL DEFAULT 5, "
           "b text CHECK (b <> ''), c numeric(10,2) UNIQUE)",
           "CREATE TABLE");
}

static const struct record_column *column(const char *table, const char *name)
{
    const struct record_columns *columns = &find(table)->table.columns;
    for (size_t i = 0; i < columns->count; i++) {
        if (!columns->items[i].is_dropped && strcmp(columns->items[i].name, name) == 0)
            return &columns->items[i];
    }
    return NULL;
}

static const struct record_constraint *constraint(const char *table, const char *name)
{
    const struct record_constraints *list = &find(table)->table.constraints;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    }
    return NULL;
}

static void a_table_has_its_parts(void **state)
{
    (void)state;
    make_table();
    assert_int_equal(find("t")->table.columns.count, 4);
    assert_true(column("t", "id")->not_null);
    assert_string_equal(column("t", "a")->default_sql, "5");
    assert_int_equal(column("t", "c")->typmod, 655366);
    assert_string_equal(constraint("t", "t_b_check")->expression_sql, "(b <> ''::text)");
    assert_int_equal(constraint("t", "t_pkey")->kind, 'p');
    assert_int_equal(constraint("t", "t_c_key")->kind, 'u');
    assert_true(find("t_pkey")->index.is_primary);
    assert_int_equal(find("t_id_seq")->sequence.column, 1);
    assert_true(catalog_id_equal(find("t_id_seq")->sequence.table_id, find("t")->id));
    run_ok("CREATE TABLE IF NOT EXISTS t (x int)", "CREATE TABLE");
    notice_is(0, COMMAND_NOTICE, "relation \"t\" already exists, skipping");
}

static void refusals_have_their_words(void **state)
{
    static const struct refusal refusals[] = {
        {"CREATE TABLE t (a int)", "42P07", "relation \"t\" already exists"},
        {"CREATE TABLE x (a int, a int)", "42701",
         "column \"a\" specified more than once"},
        {"CREATE TABLE x (ctid int)", "42701",
         "column name \"ctid\" conflicts with a system column name"},
        {"CREATE TABLE x (a nosuch)", "42704", "type \"nosuch\" does not exist"},
        {"CREATE TABLE x (a int NULL NOT NULL)", "42601",
         "conflicting NULL/NOT NULL declarations for column \"a\" of table \"x\""},
        {"CREATE TABLE x (a int DEFAULT 1 DEFAULT 2)", "42601",
         "multiple default values specified for column \"a\" of table \"x\""},
        {"CREATE TABLE x (a int DEFAULT 'q'::text)", "42804",
         "column \"a\" is of type integer but default expression is of type text"},
        {"CREATE TABLE x (a int DEFAULT b)", "0A000",
         "cannot use column reference in DEFAULT expression"},
        {"CREATE TABLE x (a int CHECK (a + 1))", "42804",
         "argument of CHECK must be type boolean, not type integer"},
        {"CREATE TABLE x (a int CHECK ((SELECT true)))", "0A000",
         "cannot use subquery in check constraint"},
        {"CREATE TABLE x (a int PRIMARY KEY, b int PRIMARY KEY)", "42P16",
         "multiple primary keys for table \"x\" are not allowed"},
        {"CREATE TABLE x (a int, PRIMARY KEY (z))", "42703",
         "column \"z\" named in key does not exist"},
        {"CREATE TABLE x (a int REFERENCES nosuch)", "42P01",
         "relation \"nosuch\" does not exist"},
        {"CREATE TABLE x (a int REFERENCES t (a))", "42830",
         "there is no unique constraint matching given keys for referenced table \"t\""},
        {"CREATE TABLE x (a text REFERENCES t)", "42804",
         "foreign key constraint \"x_a_fkey\" cannot be implemented"},
        {"CREATE TABLE x (a int GENERATED ALWAYS AS (b) STORED, "
         "b int GENERATED ALWAYS AS (1) STORED)",
         "42P17", "cannot use generated column \"b\" in column generation expression"},
        {"CREATE TABLE nosuch.x (a int)", "3F000", "schema \"nosuch\" does not exist"},
        {"CREATE TABLE pg_catalog.x (a int)", "42501",
         "permission denied to create \"pg_catalog.x\""},
        {"CREATE TEMP TABLE public.x (a int)", "42P16",
         "cannot create temporary relation in non-temporary schema"},
        {"DROP TABLE nosuch", "42P01", "table \"nosuch\" does not exist"},
        {"DROP VIEW t", "42809", "\"t\" is not a view"},
        {"DROP INDEX t_pkey", "2BP01",
         "cannot drop index t_pkey because constraint t_pkey on table t requires it"},
        {"DROP TABLE pg_class", "42501",
         "permission denied: \"pg_class\" is a system catalog"},
        {"CREATE INDEX ON t (nosuch)", "42703", "column \"nosuch\" does not exist"},
        {"CREATE INDEX ON t ((random()))", "42P17",
         "functions in index expression must be marked IMMUTABLE"},
        {"CREATE SEQUENCE s INCREMENT 0", "22023", "INCREMENT must not be zero"},
        {"CREATE SEQUENCE s MINVALUE 5 MAXVALUE 4", "22023",
         "MINVALUE (5) must be less than MAXVALUE (4)"},
        {"CREATE SCHEMA public", "42P06", "schema \"public\" already exists"},
        {"CREATE SCHEMA pg_x", "42939", "unacceptable schema name \"pg_x\""},
        {"CREATE DATABASE materialize", "42P04",
         "database \"materialize\" already exists"},
    };
    (void)state;
    make_table();
    refuse_all(refusals, ARRAY_COUNT(refusals));
}

static void drops_follow_dependencies(void **state)
{
    (void)state;
    make_table();
    run_ok("CREATE TABLE f (x int REFERENCES t ON DELETE CASCADE)", "CREATE TABLE");
    run_ok("CREATE VIEW v AS SELECT id, a + 1 AS a1 FROM t", "CREATE VIEW");
    run_fails("DROP TABLE t", "2BP01",
              "cannot drop table t because other objects depend on it");
    assert_string_equal(f.err.detail,
                        "constraint f_x_fkey on table f depends on table t\n"
                        "view v depends on table t");
    assert_string_equal(f.err.hint,
                        "Use DROP ... CASCADE to drop the dependent objects too.");
    run_fails("DROP SEQUENCE t_id_seq", "2BP01",
              "cannot drop sequence t_id_seq because other objects depend on it");
    assert_string_equal(f.err.detail, "default value for column id of table t depends on "
                                      "sequence t_id_seq");
    run_ok("DROP TABLE t CASCADE", "DROP TABLE");
    notice_is(0, COMMAND_NOTICE, "drop cascades to 2 other objects");
    assert_null(find("t"));
    assert_null(find("v"));
    assert_null(find("t_pkey"));
    assert_null(find("t_id_seq"));
    assert_int_equal(find("f")->table.constraints.count, 0);
    run_ok("DROP TABLE IF EXISTS t", "DROP TABLE");
    notice_is(0, COMMAND_NOTICE, "table \"t\" does not exist, skipping");
}

static void views_keep_their_meaning(void **state)
{
    (void)state;
    make_table();
    run_ok("CREATE VIEW v (n) AS SELECT id, b FROM t", "CREATE VIEW");
    assert_string_equal(find("v")->view.query_sql, "SELECT id, b FROM t");
    assert_string_equal(find("v")->view.columns.items[0].name, "n");
    run_ok("ALTER TABLE t RENAME COLUMN b TO bb", "ALTER TABLE");
    run_ok("ALTER TABLE t RENAME TO t2", "ALTER TABLE");
    run_ok("CREATE VIEW w AS SELECT n, b FROM v", "CREATE VIEW");
    assert_string_equal(constraint("t2", "t_b_check")->expression_sql,
                        "(bb <> ''::text)");
    run_fails("ALTER TABLE t2 DROP COLUMN bb", "2BP01",
              "cannot drop column bb of table t2 because other objects depend on it");
    run_ok("ALTER TABLE t2 DROP COLUMN c", "ALTER TABLE");
    run_fails("CREATE OR REPLACE VIEW v AS SELECT id AS x, bb FROM t2", "42P16",
              "cannot change name of view column \"n\" to \"x\"");
    run_ok("CREATE OR REPLACE VIEW v AS SELECT id AS n, bb AS b, 1 AS z FROM t2",
           "CREATE VIEW");
    assert_int_equal(find("v")->view.columns.count, 3);
    run_fails("DROP VIEW v", "2BP01",
              "cannot drop view v because other objects depend on it");
}

static void tables_change(void **state)
{
    (void)state;
    make_table();
    run_ok("CREATE TABLE r (x int REFERENCES t)", "CREATE TABLE");
    run_ok("ALTER TABLE t ADD COLUMN z bigint DEFAULT 7, ADD CHECK (z > a)",
           "ALTER TABLE");
    assert_non_null(constraint("t", "t_check"));
    assert_int_equal(column("t", "z")->number, 5);
    run_ok("ALTER TABLE t ALTER a DROP DEFAULT, ALTER a DROP NOT NULL, "
           "ALTER b SET NOT NULL",
           "ALTER TABLE");
    assert_string_equal(column("t", "a")->default_sql, "");
    assert_true(column("t", "b")->not_null && !column("t", "a")->not_null);
    uint64_t storage = find("t")->table.storage;
    run_ok("ALTER TABLE t ALTER a TYPE text", "ALTER TABLE");
    assert_int_equal(column("t", "a")->type_oid, TYPE_TEXT);
    assert_true(find("t")->table.storage != storage);
    run_fails("ALTER TABLE t ALTER b TYPE integer", "42804",
              "column \"b\" cannot be cast automatically to type integer");
    run_fails("ALTER TABLE t DROP CONSTRAINT t_pkey", "2BP01",
              "cannot drop constraint t_pkey on table t because other objects depend on "
              "it");
    run_ok("ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE", "ALTER TABLE");
    assert_null(find("t_pkey"));
    assert_int_equal(find("r")->table.constraints.count, 0);
    run_ok("ALTER TABLE t DROP COLUMN id", "ALTER TABLE");
    assert_null(find("t_id_seq"));
    assert_null(column("t", "id"));
    run_fails("ALTER TABLE t DROP COLUMN id", "42703",
              "column \"id\" of relation \"t\" does not exist");
}

static void truncation_takes_new_storage(void **state)
{
    (void)state;
    make_table();
    run_ok("CREATE TABLE r (x int REFERENCES t)", "CREATE TABLE");
    uint64_t table = find("t")->table.storage;
    uint64_t index = find("t_pkey")->index.storage;
    run_fails("TRUNCATE t", "0A000",
              "cannot truncate a table referenced in a foreign key constraint");
    run_ok("TRUNCATE t, r", "TRUNCATE TABLE");
    assert_true(find("t")->table.storage != table);
    assert_true(find("t_pkey")->index.storage != index);
    run_ok("TRUNCATE t CASCADE", "TRUNCATE TABLE");
    notice_is(0, COMMAND_NOTICE, "truncate cascades to table \"r\"");
}

static int64_t next(const char *name)
{
    int64_t value = -1;
    assert_int_equal(
        catalog_sequence_next(f.catalog.transaction, find(name), &value, &f.err), RC_OK);
    return value;
}

static void sequences_count(void **state)
{
    int64_t value = 0;
    (void)state;
    run_ok("CREATE SEQUENCE s START 3 INCREMENT 2 MAXVALUE 6", "CREATE SEQUENCE");
    assert_int_equal(next("s"), 3);
    struct store_mark mark = store_savepoint(f.catalog.transaction);
    assert_int_equal(next("s"), 5);
    store_rollback_to(f.catalog.transaction, mark);
    store_savepoint_release(f.catalog.transaction, mark);
    /* What was rolled back stays taken. */
    assert_int_equal(
        catalog_sequence_next(f.catalog.transaction, find("s"), &value, &f.err),
        RC_FAILED);
    assert_string_equal(f.err.message,
                        "nextval: reached maximum value of sequence \"s\" (6)");
    error_clear(&f.err);
    run_ok("ALTER SEQUENCE s CYCLE RESTART WITH 5", "ALTER SEQUENCE");
    assert_int_equal(next("s"), 5);
    assert_int_equal(next("s"), 1);
    assert_int_equal(next("s"), 3);
    run_ok("CREATE SEQUENCE d INCREMENT -1", "CREATE SEQUENCE");
    assert_int_equal(next("d"), -1);
    assert_int_equal(next("d"), -2);
}

static void temporary_objects_end(void **state)
{
    struct catalog_place place = {
        {CATALOG_CLASS_DATABASE, 'u', 1}, CATALOG_CLASS_SCHEMA, "pg_temp_1"};
    struct catalog_object *schema = NULL;
    (void)state;
    make_table();
    run_ok("CREATE TEMP TABLE t (a int PRIMARY KEY)", "CREATE TABLE");
    assert_true(f.result.made_temporary);
    run_ok("CREATE VIEW tv AS SELECT * FROM t", "CREATE VIEW");
    notice_is(0, COMMAND_NOTICE, "view \"tv\" will be a temporary view");
    assert_int_equal(
        catalog_find(f.catalog.transaction, &place, f.arena, &schema, &f.err), RC_OK);
    assert_int_equal(
        temporary_drop(f.catalog.transaction, "materialize", "pg_temp_1", &f.err), RC_OK);
    assert_int_equal(
        catalog_find(f.catalog.transaction, &place, f.arena, &schema, &f.err),
        RC_NOTFOUND);
    assert_non_null(find("t"));
}

static void schemas_hold_tables(void **state)
{
    (void)state;
    run_ok("CREATE SCHEMA s", "CREATE SCHEMA");
    run_ok("CREATE TABLE s.q (a serial)", "CREATE TABLE");
    run_fails("DROP SCHEMA s", "2BP01",
              "cannot drop schema s because other objects depend on it");
    assert_string_equal(f.err.detail, "table s.q depends on schema s");
    run_ok("ALTER TABLE s.q SET SCHEMA public", "ALTER TABLE");
    assert_non_null(find("q"));
    assert_non_null(find("q_a_seq"));
    run_ok("DROP SCHEMA s", "DROP SCHEMA");
    run_ok("CREATE DATABASE d", "CREATE DATABASE");
    run_ok("DROP DATABASE d", "DROP DATABASE");
}

int main(void)
{
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_table_has_its_parts),
        TEST(refusals_have_their_words),
        TEST(drops_follow_dependencies),
        TEST(views_keep_their_meaning),
        TEST(tables_change),
        TEST(truncation_takes_new_storage),
        TEST(sequences_count),
        TEST(temporary_objects_end),
        TEST(schemas_hold_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
