"""Statements that differ in literals alone share a plan: same answers as PostgreSQL 15's, and,
with culvert.check_plans on, each is planned again and compared."""
import psycopg

from support.sql import run

STATEMENTS = [
    'SELECT 1',
    'SELECT 2',
    'SELECT 3000000000',
    'SELECT 1.5',
    'SELECT 1.50',
    "SELECT 'a'",
    "SELECT 'b' AS x",
    "SELECT 'c' AS x",
    'SELECT a, b FROM kv WHERE a = 5',
    'SELECT a, b FROM kv WHERE a = 6',
    'SELECT a,b from kv where a = 7',
    "SELECT a, b FROM kv WHERE b = 'row 5'",
    "SELECT a, b FROM kv WHERE b = 'row 6'",
    'SELECT a FROM kv WHERE a > 5 AND a < 9 ORDER BY 1 LIMIT 2',
    'SELECT a FROM kv WHERE a > 9990 AND a < 9999 ORDER BY 1 LIMIT 3',
    'SELECT a+1 FROM kv WHERE a < 3 GROUP BY a+1 ORDER BY 1',
    'SELECT a+1 FROM kv WHERE a < 3 GROUP BY a+2',
    'SELECT count(*), sum(a) FROM kv WHERE a <= 10',
    'SELECT count(*), sum(a) FROM kv WHERE a <= 20',
    "SELECT date '2020-01-01' + 1",
    "SELECT date '2020-01-02' + 2",
    "SELECT date 'x' + 2",
    "SELECT '5'::int + 1",
    "SELECT 'x'::int + 1",
    "SELECT '6'::int + 1",
    'SELECT 1/0',
    'SELECT 1/1',
    'SELECT 2147483647 + 1',
    'SELECT 2147483646 + 1',
    "SELECT a FROM kv WHERE b LIKE 'row 1_'",
    "SELECT a FROM kv WHERE b LIKE 'row 2_' ORDER BY a",
    "SELECT 'abc'::varchar(2)",
    "SELECT 'xyz'::varchar(2)",
    'SELECT 007',
    'SELECT 007::text',
    'SELECT 8::text',
    'SELECT a FROM kv ORDER BY 1 LIMIT 1 OFFSET 3',
    'SELECT b FROM kv ORDER BY 2 LIMIT 1',
    'SELECT a FROM kv WHERE a IN (1,2)',
    'SELECT a FROM kv WHERE a IN (3,4)',
    'SELECT -1',
    'SELECT -2',
    'SELECT a - 1 FROM kv WHERE a = 4',
    'SELECT a -1 FROM kv WHERE a = 5',
    "SELECT CASE WHEN a = 1 THEN 'x' ELSE 'y' END FROM kv WHERE a < 3 ORDER BY a",
    "SELECT CASE WHEN a = 2 THEN 'q' ELSE 'r' END FROM kv WHERE a < 3 ORDER BY a",
    "SELECT E'a\\nb'",
    "SELECT E'c\\nd'",
    "SELECT coalesce(NULL, 'z')",
    "SELECT coalesce(NULL, 'w')",
    'SELECT 1 WHERE false',
    'SELECT 2 WHERE false',
    'SELECT true, 5',
    'SELECT true, 6',
    'SELECT 1 = 1',
    'SELECT 1 = 2',
    'SELECT DISTINCT a + 1 FROM kv WHERE a < 2 ORDER BY a + 1',
    'SELECT DISTINCT a + 1 FROM kv WHERE a < 2 ORDER BY a + 2',
    "SELECT numeric '1.10'",
    "SELECT numeric '1.100'",
    "SELECT float8 '1e3'",
    "SELECT float8 '1e400'",
    "SELECT 'now'::text",
    "SELECT timestamptz '2020-01-01'",
    "SELECT timestamptz '2020-01-01'"]


def answers(server, *first):
    found = []
    with server.connect() as connection:
        for sql in (*first, 'CREATE TABLE kv (a int PRIMARY KEY, b text)',
                    "INSERT INTO kv SELECT x, 'row ' || x FROM generate_series(1, 10000) AS t (x)"):
            run(connection, sql)
        for sql in STATEMENTS * 2:
            try:
                cursor = connection.execute(sql)
                found.append((sql, [column.name for column in cursor.description],
                              [column.type_code for column in cursor.description],
                              sorted(cursor.fetchall(), key=repr)))
            except psycopg.Error as error:
                found.append((sql, error.sqlstate, error.diag.message_primary,
                              error.diag.statement_position))
        run(connection, 'DROP TABLE kv')
    return found


def test_answers_are_postgresqls(postgres, shared_culvert):
    assert answers(shared_culvert, 'SET culvert.check_plans = on') == answers(postgres)


def test_settings_are_part_of_a_plan(shared_culvert):
    with shared_culvert.connect() as connection:
        texts = []
        for zone in ('UTC', 'Asia/Tokyo'):
            run(connection, f"SET TimeZone = '{zone}'")
            texts.append(run(connection, "SELECT timestamptz '2020-01-01' = "
                                         "timestamptz '2020-01-01 00:00:00+00'")[0][0])
        assert texts == [True, False]


def test_the_clock_is_read_each_time(shared_culvert):
    with shared_culvert.connect() as connection:
        moments = {run(connection, "SELECT timestamptz 'now'")[0][0] for _ in range(3)}
        assert len(moments) == 3
