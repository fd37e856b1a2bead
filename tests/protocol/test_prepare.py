"""PREPARE, EXECUTE and DEALLOCATE: the same as PostgreSQL 15's, to which each test also talks."""
import pytest

from support.sql import failure, run


@pytest.fixture(params=['postgres', 'shared_culvert'])
def server(request):
    """Each test runs against both; what it expects is PostgreSQL's answer."""
    return request.getfixturevalue(request.param)


@pytest.mark.sanitized
def test_arguments_are_assigned(server):
    with server.connect() as connection:
        run(connection, "PREPARE p (int, text) AS SELECT $1 + 1 AS a, $2 || 'x' AS b")
        assert run(connection, "EXECUTE p (1, 'y')") == [(2, 'yx')]
        assert run(connection, "EXECUTE p ('2', 3)") == [(3, '3x')]
        assert run(connection, "EXECUTE p (1.6, NULL)") == [(3, None)]
        assert run(connection, "EXECUTE p (2 + 3, upper('q'))") == [(6, 'Qx')]


def test_types_are_inferred(server):
    with server.connect() as connection:
        run(connection, 'PREPARE p AS SELECT $1, $2 + 1, $3::date')
        assert run(connection, "SELECT parameter_types::text[] FROM pg_prepared_statements "
                               "WHERE name = 'p'") == [(['text', 'integer', 'date'],)]


ERRORS = [
    ('EXECUTE p (1)', '42601', 'wrong number of parameters for prepared statement "p"',
     'Expected 2 parameters but got 1.', None),
    ('EXECUTE no_such', '26000', 'prepared statement "no_such" does not exist', None, None),
    ("EXECUTE p (true, 'x')", '42804',
     'parameter $1 of type boolean cannot be coerced to the expected type integer', None, '12'),
    ("EXECUTE p ('x', 'y')", '22P02', 'invalid input syntax for type integer: "x"', None, '12'),
    ("EXECUTE p (no_such, 'y')", '42703', 'column "no_such" does not exist', None, '12'),
    ('PREPARE p AS SELECT 1', '42P05', 'prepared statement "p" already exists', None, None),
    ('PREPARE q AS SELECT no_such', '42703', 'column "no_such" does not exist', None, '21'),
    ('PREPARE q (no_such) AS SELECT 1', '42704', 'type "no_such" does not exist', None, '12'),
    ('DEALLOCATE no_such', '26000', 'prepared statement "no_such" does not exist', None, None)]


@pytest.mark.parametrize('number', range(len(ERRORS)))
def test_errors(server, number):
    sql, *expected = ERRORS[number]
    with server.connect() as connection:
        run(connection, 'PREPARE p (int, text) AS SELECT $1, $2')
        error = failure(connection, sql)
        assert [error.sqlstate, error.diag.message_primary, error.diag.message_detail,
                error.diag.statement_position] == expected


@pytest.mark.sanitized
def test_one_list_for_both_protocols(server):
    with server.connect() as connection:
        connection.pgconn.prepare(b'wire', b'SELECT $1::int4 * 2 AS twice')
        assert run(connection, 'EXECUTE wire (21)') == [(42,)]
        run(connection, 'PREPARE written (int) AS SELECT $1 + 1')
        result = connection.pgconn.exec_prepared(b'written', [b'4'])
        assert result.get_value(0, 0) == b'5'
        found = run(connection, 'SELECT name, from_sql FROM pg_prepared_statements ORDER BY 1')
        assert found == [('wire', False), ('written', True)]
        run(connection, 'DEALLOCATE wire')
        assert connection.pgconn.exec_prepared(b'wire', [b'1']).error_message
        run(connection, 'DEALLOCATE ALL')
        assert run(connection, 'SELECT count(*) FROM pg_prepared_statements') == [(0,)]


def test_execute_through_the_extended_protocol(server):
    with server.connect() as connection:
        run(connection, 'PREPARE p (int) AS SELECT $1 AS a, $1::text AS b')
        connection.pgconn.prepare(b'outer', b'EXECUTE p (7)')
        described = connection.pgconn.describe_prepared(b'outer')
        assert [described.fname(column) for column in range(described.nfields)] == [b'a', b'b']
        result = connection.pgconn.exec_prepared(b'outer', [], result_format=1)
        assert (result.get_value(0, 0), result.get_value(0, 1)) == (b'\0\0\0\x07', b'7')


def test_tags_and_writes(server):
    with server.connect() as connection:
        run(connection, 'CREATE TABLE prepared_rows (a int)')
        run(connection, 'PREPARE p (int) AS INSERT INTO prepared_rows VALUES ($1), ($1 + 1)')
        assert connection.execute('EXECUTE p (1)').statusmessage == 'INSERT 0 2'
        assert connection.execute('DEALLOCATE p').statusmessage == 'DEALLOCATE'
        assert run(connection, 'SELECT a FROM prepared_rows ORDER BY a') == [(1,), (2,)]
        run(connection, 'PREPARE p AS SELECT * FROM prepared_rows')
        run(connection, 'ALTER TABLE prepared_rows ADD b int')
        error = failure(connection, 'EXECUTE p')
        assert (error.sqlstate, error.diag.message_primary) == (
            '0A000', 'cached plan must not change result type')
        run(connection, 'DROP TABLE prepared_rows')


def test_explain_execute(server):
    with server.connect() as connection:
        run(connection, 'PREPARE p (int) AS SELECT $1')
        assert run(connection, 'EXPLAIN (COSTS OFF) EXECUTE p (1)') == [('Result',)]
