"""psycopg 3, node-postgres and pgjdbc get the same typed rows, errors and transactions as from
PostgreSQL 15, to which each also talks here, and can run Culvert's own statements."""
import datetime
import decimal
import json
import os
import re
import shutil
from pathlib import Path

import psycopg
import pytest

from support import places
from support.process import run as run_program
from support.sql import failure, rows_as_dicts, run

DRIVERS = Path(__file__).parent / 'drivers'
NODE_PATH = f'{places.TREE}/build/node/usr/share/nodejs:/usr/share/nodejs'
PGJDBC = '/usr/share/java/postgresql.jar'
OWN_STATEMENTS = [
    "CREATE SECRET d_secret AS 'x'",
    "CREATE CONNECTION d_tunnel TO SSH TUNNEL (HOST 'h', USER 'u', PORT 2222)",
    "CREATE CONNECTION d_postgres TO POSTGRES (HOST 'h', USER 'u', DATABASE 'd', PASSWORD SECRET "
    'd_secret, SSH TUNNEL d_tunnel) WITH (VALIDATE = false)',
    "SELECT name, type FROM mz_connections WHERE name LIKE 'd\\_%' ORDER BY name",
    "SELECT oid >= 20000 AS mine FROM mz_secrets WHERE name = 'd_secret'",
    'SHOW CREATE CONNECTION d_tunnel', 'VALIDATE CONNECTION no_such',
    "CREATE SECRET d_secret AS 'y'",
    'DROP CONNECTION d_tunnel', 'DROP CONNECTION d_postgres, d_tunnel', 'DROP SECRET d_secret',
    "SELECT count(*) AS left FROM mz_connections WHERE name LIKE 'd\\_%'"]


@pytest.fixture(params=['postgres', 'shared_culvert'])
def server(request):
    """Each test runs against both; what it expects is PostgreSQL's answer."""
    return request.getfixturevalue(request.param)


TYPED = """
SELECT 1::int2 AS small, -2::int4 AS plain, 9007199254740993::int8 AS big, 0.5::float8 AS float,
    12.340::numeric AS number, true AS yes, 'ünï ''x'''::text AS words, 'n'::name AS name,
    '\\x00ff'::bytea AS bytes, '2026-01-02 03:04:05.678901+00'::timestamptz AS moment,
    ARRAY[1, 2, NULL]::int4[] AS numbers, ARRAY['a', 'b"c', NULL] AS texts, NULL::text AS nothing,
    20000::oid AS oid
"""
EXPECTED = {
    'small': 1, 'plain': -2, 'big': 9007199254740993, 'float': 0.5,
    'number': decimal.Decimal('12.340'), 'yes': True, 'words': "ünï 'x'", 'name': 'n',
    'bytes': b'\x00\xff', 'numbers': [1, 2, None], 'texts': ['a', 'b"c', None], 'nothing': None,
    'oid': 20000, 'moment': datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc)}


@pytest.mark.sanitized
@pytest.mark.parametrize('binary', [False, True])
def test_psycopg_types(server, binary):
    with server.connect() as connection, connection.cursor(binary=binary) as cursor:
        cursor.execute(TYPED)
        row = dict(zip([column.name for column in cursor.description], cursor.fetchone()))
        assert row == EXPECTED
        assert str(row['number']) == '12.340'
        assert [column.type_code for column in cursor.description] == [
            21, 23, 20, 701, 1700, 16, 25, 19, 17, 1184, 1007, 1009, 25, 26]


@pytest.mark.sanitized
@pytest.mark.parametrize('format_', ['%s', '%b', '%t'])
def test_psycopg_parameters(server, format_):
    values = [1, 1 << 40, 'ö', True, None, b'\x00\x01', decimal.Decimal('1.50'), 2.5, [1, 2],
              ['x', None], EXPECTED['moment']]
    kinds = ['int4', 'int8', 'text', 'bool', 'text', 'bytea', 'numeric', 'float8', 'int4[]',
             'text[]', 'timestamptz']
    text = 'SELECT ' + ', '.join(f'{format_}::{kind}' for kind in kinds)
    with server.connect() as connection:
        for _ in range(7):  # psycopg prepares from the sixth on
            assert run(connection, text, *values) == [tuple(values)]


ERRORS = [
    ('SELECT * FROM no_such_table', '42P01', '15'), ('SELECT 1 +', '42601', '11'),
    ('SELECT no_such_column', '42703', '8'), ('SELECT 1 / 0', '22012', None),
    ("SELECT 'x'::int4", '22P02', '8'), ('SELECT no_such_function(1)', '42883', '8'),
    ('SELECT 1 = true', '42883', '10'), ('SELECT 2147483647 + 1', '22003', None),
    ('SELECT (SELECT 1 UNION SELECT 2)', '21000', None), ('SELECT $1', '42P02', '8'),
    ('COMMIT; SELECT 1 FROM', '42601', '22'), ('SELECT count(*), oid FROM pg_class', '42803', '18'),
    ("SELECT 'open", '42601', '8'), ('SELECT "open', '42601', '8')]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(ERRORS)))
def test_errors_have_state_and_position(server, number):
    sql, state, position = ERRORS[number]
    with server.connect() as connection:
        error = failure(connection, sql)
        assert (error.sqlstate, error.diag.statement_position) == (state, position)
        assert error.diag.severity == 'ERROR'
        assert run(connection, 'SELECT 1') == [(1,)]


def test_error_texts(server):
    with server.connect() as connection:
        for sql, text in (('SELECT * FROM no_such_table', 'relation "no_such_table" does not exist'),
                          ('SELECT 1 / 0', 'division by zero'),
                          ('SELECT 1 FROM', 'syntax error at end of input'),
                          ("SELECT 'x'::int4", 'invalid input syntax for type integer: "x"')):
            assert failure(connection, sql).diag.message_primary == text


@pytest.mark.sanitized
def test_transactions(server):
    with server.connect() as connection:
        status = psycopg.pq.TransactionStatus
        run(connection, 'BEGIN')
        assert connection.info.transaction_status == status.INTRANS
        run(connection, 'SAVEPOINT a')
        assert failure(connection, 'SELECT 1 / 0').sqlstate == '22012'
        assert connection.info.transaction_status == status.INERROR
        assert failure(connection, 'SELECT 1').sqlstate == '25P02'
        run(connection, 'ROLLBACK TO a')
        assert run(connection, 'SELECT 1') == [(1,)]
        run(connection, 'COMMIT')
        assert connection.info.transaction_status == status.IDLE
        assert failure(connection, 'SAVEPOINT b').sqlstate == '25P01'


def test_pipeline(server):
    with server.connect() as connection:
        with connection.pipeline() as pipeline:
            cursors = [connection.execute('SELECT %s::int4', [number]) for number in range(50)]
            pipeline.sync()
            assert [cursor.fetchone()[0] for cursor in cursors] == list(range(50))
        with pytest.raises(psycopg.errors.DivisionByZero), connection.pipeline() as pipeline:
            connection.execute('SELECT 1 / %s::int4', [0])
            connection.execute('SELECT 1')
            pipeline.sync()
        assert run(connection, 'SELECT 1') == [(1,)]


def test_several_statements_in_one_message(server):
    with server.connect() as connection:
        result = connection.pgconn.exec_(b'SELECT 1; SELECT 2; SELECT 3')
        assert result.get_value(0, 0) == b'3'
        assert failure(connection, 'SELECT 1; SELECT 1 / 0; SELECT 2').sqlstate == '22012'
        cursor = connection.execute('')
        assert cursor.description is None


def test_start_up_reports(server):
    with server.connect(application_name='tests') as connection:
        found = {name: connection.info.parameter_status(name) for name in (
            'server_encoding', 'client_encoding', 'DateStyle', 'IntervalStyle', 'TimeZone',
            'integer_datetimes', 'standard_conforming_strings', 'application_name',
            'is_superuser', 'in_hot_standby', 'default_transaction_read_only')}
        assert found == {
            'server_encoding': 'UTF8', 'client_encoding': 'UTF8', 'DateStyle': 'ISO, MDY',
            'IntervalStyle': 'postgres', 'TimeZone': 'UTC', 'integer_datetimes': 'on',
            'standard_conforming_strings': 'on', 'application_name': 'tests', 'is_superuser': 'on',
            'in_hot_standby': 'off', 'default_transaction_read_only': 'off'}
        assert connection.info.server_version // 10000 == 15
        assert connection.info.backend_pid > 0


def test_cancel(server):
    with server.connect() as connection:
        connection.cancel()
        assert run(connection, 'SELECT 1') == [(1,)]


def test_psycopg_runs_own_statements(shared_culvert):
    found = []
    with shared_culvert.connect() as connection:
        for statement in OWN_STATEMENTS:
            try:
                found.append(rows_as_dicts(connection, statement)
                             if statement[:4] in ('SELE', 'SHOW') else run(connection, statement))
            except psycopg.Error as error:
                found.append(error.sqlstate)
    shown = found.pop(5)[0]
    assert list(shown) == ['name', 'create_sql']
    assert found == [None, None, None, [{'name': 'd_postgres', 'type': 'postgres'},
                                        {'name': 'd_tunnel', 'type': 'ssh-tunnel'}],
                     [{'mine': True}], 'XX000', 'XX000', 'XX000', None, None, [{'left': 0}]]


def node(server, *statements):
    if shutil.which('node') is None:
        pytest.skip('node is not installed')
    environment = {**os.environ, 'NODE_PATH': os.environ.get('NODE_PATH', NODE_PATH)}
    return json.loads(run_program('node', DRIVERS / 'typed.js', server.host, server.port, server.user,
                                  server.database, *statements, env=environment).stdout)


def test_node_postgres(server):
    found = node(server)
    assert found['typed']['rows'] == [{
        'small': 1, 'plain': -2, 'big': '9007199254740993', 'float': 0.5, 'number': '12.340',
        'yes': True, 'words': "ünï 'x'", 'name': 'n', 'bytes': 'bytes 00ff',
        'moment': 'date 2026-01-02T03:04:05.678Z', 'numbers': [1, 2, None],
        'texts': ['a', 'b"c', None], 'nothing': None, 'oid': 20000}]
    assert found['parameters']['rows'] == [
        {'a': 42, 'b': 'ö!', 'c': True, 'd': ['x', None], 'e': None}]
    assert found['prepared'] == [2, 4, 6]
    assert (found['missing']['code'], found['missing']['position']) == ('42P01', '15')
    assert found['syntax']['code'] == '42601'
    assert found['division']['code'] == '22012'
    assert found['few'] == {'code': '08P01', 'message': (
        'bind message supplies 1 parameters, but prepared statement "" requires 2')}
    assert found['transaction'] == ['BEGIN', '22012', '25P02', 'ROLLBACK', 'SELECT']


def test_node_postgres_runs_own_statements(shared_culvert):
    found = node(shared_culvert, *OWN_STATEMENTS)['statements']
    assert [answer.get('code') or answer['command'] for answer in found] == [
        'CREATE', 'CREATE', 'CREATE', 'SELECT', 'SELECT', found[5]['command'], 'XX000', 'XX000',
        'XX000', 'DROP', 'DROP', 'SELECT']
    assert found[3]['rows'] == [{'name': 'd_postgres', 'type': 'postgres'},
                                {'name': 'd_tunnel', 'type': 'ssh-tunnel'}]
    assert found[4]['rows'] == [{'mine': True}]


def java(server, *statements):
    if shutil.which('javac') is None:
        pytest.skip('javac is not installed')
    # JAVA_TOOL_OPTIONS makes java talk on standard error only.
    return run_program('java', '-XX:TieredStopAtLevel=1', '-cp', PGJDBC, DRIVERS / 'Typed.java',
                       server.host, server.port, server.user, server.database,
                       *statements).stdout.splitlines()


TYPED_IN_JAVA = (
    'small int2 1; plain int4 -2; big int8 9007199254740993; float float8 0.5; '
    "number numeric 12.340; yes bool true; words text ünï 'x'; name name n; bytes bytea bytes 00ff; "
    'moment timestamptz 2026-01-02T03:04:05.678901Z; numbers _int4 [1, 2, null]; '
    'texts _text [a, b"c, null]; nothing text null; oid oid 20000; ')


def test_pgjdbc(server):
    lines = java(server)
    assert lines[0] == 'version: 15'
    assert lines[1:7] == [f'typed: {TYPED_IN_JAVA}'] * 6
    assert lines[7:14] == [
        f'parameters: a int4 {41 + number}; b text ö!; c bool {str(number % 2 == 0).lower()}; '
        f'd text null; e int8 {1 << 60}; f timestamptz 2026-01-02T03:04:05.678901Z; '
        f'g _int4 [1, 2, {number}]; ' for number in range(1, 8)]
    assert lines[14:] == ['SELECT * FROM no_such_table: error 42P01', 'SELECT 1 +: error 42601',
                          'SELECT 1 / 0: error 22012', "SELECT 'x'::int4: error 22P02",
                          'in transaction: error 22012', 'in transaction: error 25P02',
                          'after: two int4 2; ']


def test_pgjdbc_runs_own_statements(shared_culvert):
    lines = [line for line in java(shared_culvert, *OWN_STATEMENTS)
             if line.startswith('statement: ')]
    assert re.match('statement: name text .*d_tunnel; create_sql text CREATE CONNECTION', lines[5])
    del lines[5]
    assert lines == [f'statement: {words}' for words in (
        'done', 'done', 'done',
        'name text d_postgres; type text postgres; name text d_tunnel; type text ssh-tunnel; ',
        'mine bool true; ', 'error XX000', 'error XX000', 'error XX000', 'done', 'done',
        'left int8 0; ')]
