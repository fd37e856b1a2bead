"""Cursors, notifications and the session's small statements: the same as PostgreSQL 15's, to
which each test also talks."""
import time

import psycopg
import pytest

from support.sql import failure, run


@pytest.fixture(params=['postgres', 'shared_culvert'])
def server(request):
    """Each test runs against both; what it expects is PostgreSQL's answer."""
    return request.getfixturevalue(request.param)


def values(connection, sql):
    return [row[0] for row in run(connection, sql)]


def tag(connection, sql):
    return connection.execute(sql).statusmessage


TEN = 'DECLARE c {} CURSOR {} FOR SELECT x FROM generate_series(1, 10) AS t (x)'

WALKS = [
    (['FETCH c', 'FETCH 3 c', 'FETCH BACKWARD 2 c'], [[1], [2, 3, 4], [3, 2]]),
    (['FETCH ABSOLUTE 7 c', 'FETCH RELATIVE -2 c', 'FETCH RELATIVE 0 c'], [[7], [5], [5]]),
    (['FETCH LAST c', 'FETCH NEXT c', 'FETCH PRIOR c'], [[10], [], [10]]),
    (['FETCH FIRST c', 'FETCH PRIOR c', 'FETCH NEXT c'], [[1], [], [1]]),
    (['FETCH ABSOLUTE -3 c', 'FETCH ABSOLUTE 0 c', 'FETCH c'], [[8], [], [1]]),
    (['FETCH ABSOLUTE 11 c', 'FETCH BACKWARD ALL c'], [[], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]]),
    (['FETCH ABSOLUTE -11 c', 'FETCH FORWARD 0 c', 'FETCH 2 c', 'FETCH 0 c'], [[], [], [1, 2], [2]]),
    (['FETCH 10 c', 'FETCH c', 'FETCH -2 c'], [list(range(1, 11)), [], [10, 9]]),
    (['FETCH BACKWARD -2 c', 'FETCH RELATIVE 20 c'], [[1, 2], []]),
    (['FETCH ALL c', 'FETCH ALL c'], [list(range(1, 11)), []])]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(WALKS)))
def test_directions(server, number):
    statements, expected = WALKS[number]
    with server.connect() as connection:
        run(connection, 'BEGIN')
        run(connection, TEN.format('SCROLL', ''))
        assert [values(connection, sql) for sql in statements] == expected


def test_tags(server):
    with server.connect() as connection:
        run(connection, 'BEGIN')
        assert tag(connection, TEN.format('', '')) == 'DECLARE CURSOR'
        assert [tag(connection, sql) for sql in (
            'FETCH 3 c', 'MOVE 2 c', 'MOVE BACKWARD ALL c', 'MOVE ALL c', 'MOVE c',
            'MOVE ABSOLUTE 4 c', 'MOVE 0 c', 'CLOSE c', 'CLOSE ALL')] == [
                'FETCH 3', 'MOVE 2', 'MOVE 4', 'MOVE 10', 'MOVE 0', 'MOVE 1', 'MOVE 1',
                'CLOSE CURSOR', 'CLOSE CURSOR ALL']


@pytest.mark.sanitized
def test_forward_only(server):
    with server.connect() as connection:
        for sql in ('FETCH PRIOR c', 'FETCH BACKWARD ALL c', 'FETCH ABSOLUTE 1 c', 'FETCH 0 c',
                    'FETCH LAST c', 'MOVE BACKWARD 1 c'):
            run(connection, 'BEGIN')
            run(connection, TEN.format('NO SCROLL', ''))
            assert values(connection, 'FETCH 2 c') == [1, 2]
            assert values(connection, 'FETCH ABSOLUTE 4 c') == [4]
            error = failure(connection, sql)
            assert (error.sqlstate, error.diag.message_primary, error.diag.message_hint) == (
                '55000', 'cursor can only scan forward',
                'Declare it with SCROLL option to enable backward scan.')
            run(connection, 'ROLLBACK')


@pytest.mark.sanitized
def test_hold(server):
    with server.connect() as connection:
        run(connection, TEN.format('', 'WITH HOLD'))
        assert values(connection, 'FETCH 2 c') == [1, 2]
        run(connection, 'BEGIN')
        run(connection, "DECLARE d CURSOR WITH HOLD FOR SELECT 'int4'::regtype")
        run(connection, 'COMMIT')
        assert run(connection, 'FETCH d')[0][0] == 'integer'
        run(connection, 'BEGIN')
        run(connection, 'DECLARE e CURSOR WITH HOLD FOR SELECT 1')
        run(connection, 'ROLLBACK')
        assert failure(connection, 'FETCH e').sqlstate == '34000'
        assert values(connection, 'FETCH c') == [3]
        run(connection, 'CLOSE ALL')
        assert failure(connection, 'CLOSE c').sqlstate == '34000'


def test_savepoints(server):
    with server.connect() as connection:
        run(connection, 'BEGIN')
        run(connection, TEN.format('', ''))
        run(connection, 'SAVEPOINT a')
        run(connection, 'DECLARE d CURSOR FOR SELECT 1')
        run(connection, 'ROLLBACK TO a')
        assert values(connection, 'FETCH c') == [1]
        assert failure(connection, 'FETCH d').sqlstate == '34000'
        run(connection, 'ROLLBACK TO a')
        assert values(connection, 'FETCH c') == [2]
        run(connection, 'COMMIT')
        assert failure(connection, 'FETCH c').sqlstate == '34000'


def test_a_cursor_does_not_see_later_changes(server):
    with server.connect() as connection:
        run(connection, 'CREATE TABLE cursor_rows (a int)')
        run(connection, 'INSERT INTO cursor_rows VALUES (1), (2)')
        run(connection, 'BEGIN')
        run(connection, 'DECLARE c CURSOR FOR SELECT a FROM cursor_rows ORDER BY a')
        run(connection, 'DELETE FROM cursor_rows')
        run(connection, 'INSERT INTO cursor_rows VALUES (3)')
        assert values(connection, 'FETCH ALL c') == [1, 2]
        run(connection, 'COMMIT')
        run(connection, 'DROP TABLE cursor_rows')


def test_an_error_comes_when_its_row_is_fetched(server):
    with server.connect() as connection:
        run(connection, 'BEGIN')
        run(connection, 'DECLARE c CURSOR FOR SELECT 1 / (x - x) FROM generate_series(1, 2) AS t (x)')
        run(connection, 'SAVEPOINT a')
        assert failure(connection, 'FETCH c').sqlstate == '22012'
        run(connection, 'ROLLBACK TO a')
        error = failure(connection, 'FETCH c')
        assert (error.sqlstate, error.diag.message_primary) == ('55000',
                                                               'portal "c" cannot be run')
        run(connection, 'ROLLBACK')


ERRORS = [
    ('DECLARE c CURSOR FOR SELECT 1', '25P01',
     'DECLARE CURSOR can only be used in transaction blocks'),
    ('FETCH c', '34000', 'cursor "c" does not exist'),
    ('MOVE c', '34000', 'cursor "c" does not exist'),
    ('CLOSE c', '34000', 'cursor "c" does not exist'),
    ('DECLARE c SCROLL NO SCROLL CURSOR FOR SELECT 1', '42P11',
     'cannot specify both SCROLL and NO SCROLL'),
    ('DECLARE c CURSOR WITH HOLD FOR SELECT no_such', '42703', 'column "no_such" does not exist'),
    ('LOCK TABLE no_such', '25P01', 'LOCK TABLE can only be used in transaction blocks'),
    ('VACUUM no_such', '42P01', 'relation "no_such" does not exist'),
    ('VACUUM (no_such)', '42601', 'unrecognized VACUUM option "no_such"'),
    ("NOTIFY a, '" + 'x' * 8000 + "'", '22023', 'payload string too long')]


@pytest.mark.parametrize('number', range(len(ERRORS)))
def test_errors(server, number):
    sql, state, text = ERRORS[number]
    with server.connect() as connection:
        error = failure(connection, sql)
        assert (error.sqlstate, error.diag.message_primary) == (state, text)


def test_server_side_cursor_of_psycopg(server):
    with server.connect(autocommit=False) as connection:
        for binary in (False, True):
            with connection.cursor(f"named_{binary}", binary=binary,
                                   scrollable=True) as cursor:
                cursor.execute('SELECT x, x::text FROM generate_series(1, %s) AS t (x)', [5])
                assert cursor.fetchmany(2) == [(1, '1'), (2, '2')]
                cursor.scroll(0, 'absolute')
                assert cursor.fetchall() == [(i, str(i)) for i in range(1, 6)]


def test_pg_cursors(server):
    with server.connect() as connection:
        run(connection, 'BEGIN')
        run(connection, 'DECLARE c BINARY NO SCROLL CURSOR FOR SELECT 1')
        run(connection, 'DECLARE d SCROLL CURSOR WITH HOLD FOR SELECT 1')
        assert run(connection, "SELECT name, statement, is_holdable, is_binary, is_scrollable "
                               "FROM pg_cursors WHERE name <> '' ORDER BY 1") == [
            ('c', 'DECLARE c BINARY NO SCROLL CURSOR FOR SELECT 1', False, True, False),
            ('d', 'DECLARE d SCROLL CURSOR WITH HOLD FOR SELECT 1', True, False, True)]


def heard(connection):
    """What comes within a moment. A statement is not needed for it."""
    return [(one.channel, one.payload) for one in connection.notifies(timeout=0.3)] \
        if 'timeout' in psycopg.Connection.notifies.__code__.co_varnames else heard_slowly(connection)


def heard_slowly(connection):
    found = []
    connection.add_notify_handler(lambda one: found.append((one.channel, one.payload)))
    time.sleep(0.2)
    run(connection, 'SELECT 1')
    return found


@pytest.mark.sanitized
def test_notifications(server):
    with server.connect() as listener, server.connect() as sender:
        run(listener, 'LISTEN news')
        run(sender, "NOTIFY news, 'one'")
        run(sender, 'NOTIFY other')
        run(sender, 'BEGIN')
        for payload in ('two', 'two', 'three'):
            run(sender, f"NOTIFY news, '{payload}'")
        run(sender, 'SAVEPOINT a')
        run(sender, "NOTIFY news, 'undone'")
        run(sender, 'ROLLBACK TO a')
        run(sender, 'COMMIT')
        run(sender, 'BEGIN')
        run(sender, "NOTIFY news, 'never'")
        run(sender, 'ROLLBACK')
        assert heard(listener) == [('news', 'one'), ('news', 'two'), ('news', 'three')]
        run(listener, 'UNLISTEN news')
        run(sender, 'NOTIFY news')
        assert heard(listener) == []


def test_small_statements(server):
    with server.connect() as connection:
        assert [tag(connection, sql) for sql in (
            'VACUUM', 'ANALYZE', 'CHECKPOINT', 'ANALYZE pg_class', 'DISCARD PLANS', 'DISCARD TEMP',
            'DISCARD SEQUENCES', 'UNLISTEN *')] == [
                'VACUUM', 'ANALYZE', 'CHECKPOINT', 'ANALYZE', 'DISCARD PLANS', 'DISCARD TEMP',
                'DISCARD SEQUENCES', 'UNLISTEN']
        run(connection, TEN.format('', 'WITH HOLD'))
        run(connection, 'PREPARE p AS SELECT 1')
        run(connection, 'DISCARD ALL')
        assert failure(connection, 'FETCH c').sqlstate == '34000'
        assert failure(connection, 'EXECUTE p').sqlstate == '26000'
        run(connection, 'BEGIN')
        for sql in ('VACUUM', 'DISCARD ALL'):
            run(connection, 'SAVEPOINT a')
            assert failure(connection, sql).sqlstate == '25001'
            run(connection, 'ROLLBACK TO a')
        run(connection, 'ROLLBACK')
