"""COPY in and out: the same bytes, rows and errors as PostgreSQL 15's, to which each test also
talks."""
import decimal

import psycopg
import pytest

from support.sql import run


@pytest.fixture(params=['postgres', 'shared_culvert'])
def server(request):
    """Each test runs against both; what it expects is PostgreSQL's answer."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def connection(server):
    with server.connect() as opened:
        run(opened, 'CREATE TABLE copied (a int PRIMARY KEY, b text NOT NULL, '
                    'c numeric(6, 2) DEFAULT 7)')
        yield opened
        run(opened, 'DROP TABLE copied')


def copy_out(connection, sql):
    with connection.cursor() as cursor:
        with cursor.copy(sql) as copy:
            return b''.join(bytes(part) for part in copy)


def copy_in(connection, sql, *parts):
    with connection.cursor() as cursor:
        with cursor.copy(sql) as copy:
            for part in parts:
                copy.write(part)
        return cursor.statusmessage


def copy_error(connection, sql, *parts):
    with pytest.raises(psycopg.Error) as caught:
        copy_in(connection, sql, *parts)
    diag = caught.value.diag
    return caught.value.sqlstate, diag.message_primary, diag.context


OUT = [
    ("COPY (SELECT 1, E'x\\ty', NULL::int, E'a\\nb\\\\') TO STDOUT", b'1\tx\\ty\t\\N\ta\\nb\\\\\n'),
    ("COPY (SELECT 1 AS a, 'x\"y' AS b, NULL AS c, '' AS d, ',' AS e) TO STDOUT CSV HEADER",
     b'a,b,c,d,e\n1,"x""y",,"",","\n'),
    ("COPY (SELECT 1 AS a, 'x\"y' AS b, 'z' AS c) TO STDOUT (FORMAT csv, FORCE_QUOTE (a, c), "
     "DELIMITER ';', QUOTE '''', ESCAPE '\\')", b"'1';x\"y;'z'\n"),
    ("COPY (SELECT 1, NULL, 'a|b') TO STDOUT (NULL 'nil', DELIMITER '|')", b'1|nil|a\\|b\n'),
    ("COPY (SELECT 1 AS \"A b\", 2 AS c) TO STDOUT (HEADER)", b'A b\tc\n1\t2\n'),
    ("COPY (SELECT '\\.') TO STDOUT CSV", b'"\\."\n'),
    ("COPY (SELECT 1::int4, NULL::text, 'ab') TO STDOUT (FORMAT binary)",
     b'PGCOPY\n\xff\r\n\0' + bytes(8) + b'\0\3' + b'\0\0\0\4\0\0\0\1' + b'\xff' * 4 +
     b'\0\0\0\2ab' + b'\xff\xff'),
    ('COPY (SELECT x FROM generate_series(1, 3) AS t (x)) TO STDOUT', b'1\n2\n3\n'),
    ('COPY (SELECT 1 WHERE false) TO STDOUT', b'')]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(OUT)))
def test_out(server, number):
    sql, expected = OUT[number]
    with server.connect() as connection:
        assert copy_out(connection, sql) == expected


OPTIONS = [
    "FORMAT foo", "FORMAT csv, FORMAT text", "DELIMITER 'ab'", "DELIMITER E'\\n'", "DELIMITER 'a'",
    "NULL E'\\n'", "QUOTE 'x'", "FORMAT csv, QUOTE ','", "FORMAT csv, QUOTE 'xx'",
    "FORMAT csv, ESCAPE 'xx'", "ESCAPE 'x'", "FORCE_QUOTE *", "FORMAT csv, FORCE_NOT_NULL (a)",
    "FORMAT csv, FORCE_NULL (a)", "FORMAT csv, FORCE_QUOTE (zz)", "FORMAT csv, FORCE_QUOTE 'x'",
    "FORMAT csv, NULL ','", "FORMAT csv, NULL '\"'", "FORMAT binary, DELIMITER ','",
    "FORMAT binary, NULL ''", "FORMAT binary, HEADER", "HEADER match", "HEADER foo", "HEADER 2",
    "ENCODING 'nope'", "foo 1", "DELIMITER"]


def test_options_are_refused_alike(postgres, shared_culvert):
    found = []
    for server in (postgres, shared_culvert):
        answers = []
        with server.connect() as connection:
            for options in OPTIONS:
                with pytest.raises(psycopg.Error) as caught:
                    copy_out(connection, f'COPY (SELECT 1 AS a) TO STDOUT ({options})')
                diag = caught.value.diag
                answers.append((options, diag.sqlstate, diag.message_primary,
                                diag.statement_position))
        found.append(answers)
    assert found[1] == found[0]


@pytest.mark.sanitized
def test_in_text(connection):
    assert copy_in(connection, 'COPY copied FROM STDIN',
                   b'1\tx\t1.5\n2\ty\\tz\\', b'\\\t\\N\n3\t\\x41\\101', b'\t1e2') == 'COPY 3'
    assert run(connection, 'SELECT * FROM copied ORDER BY 1') == [
        (1, 'x', decimal.Decimal('1.50')), (2, 'y\tz\\', None),
        (3, 'AA', decimal.Decimal('100.00'))]
    assert copy_out(connection, 'COPY copied (c, a) TO STDOUT') == (
        b'1.50\t1\n\\N\t2\n100.00\t3\n')


@pytest.mark.sanitized
def test_in_csv(connection):
    assert copy_in(connection, 'COPY copied (b, a) FROM STDIN (FORMAT csv, HEADER match)',
                   b'b,a\r\n"q""\nr",1\r\n', b"'s',2\r\n") == 'COPY 2'
    assert copy_in(connection, 'COPY copied FROM STDIN (FORMAT csv, FORCE_NULL (c), '
                               'FORCE_NOT_NULL (b))', b'3,,""\n4,"",3\n') == 'COPY 2'
    assert run(connection, 'SELECT * FROM copied ORDER BY 1') == [
        (1, 'q"\nr', decimal.Decimal('7')), (2, "'s'", decimal.Decimal('7')), (3, '', None),
        (4, '', decimal.Decimal('3'))]


@pytest.mark.sanitized
def test_in_binary_comes_back(connection):
    run(connection, "INSERT INTO copied SELECT x, 'row ' || x, x / 4.0 "
                    "FROM generate_series(1, 1000) AS t (x)")
    data = copy_out(connection, 'COPY copied TO STDOUT (FORMAT binary)')
    before = run(connection, 'SELECT * FROM copied ORDER BY 1')
    run(connection, 'DELETE FROM copied')
    parts = [data[at:at + 777] for at in range(0, len(data), 777)]
    assert copy_in(connection, 'COPY copied FROM STDIN (FORMAT binary)', *parts) == 'COPY 1000'
    assert run(connection, 'SELECT * FROM copied ORDER BY 1') == before


def test_many_rows(connection):
    lines = b''.join(b'%d\trow %d\t%d\n' % (i, i, i % 100) for i in range(20000))
    assert copy_in(connection, 'COPY copied FROM STDIN', lines) == 'COPY 20000'
    assert run(connection, 'SELECT count(*), sum(a), max(b) FROM copied') == [
        (20000, 199990000, 'row 9999')]
    data = copy_out(connection, 'COPY (SELECT * FROM copied ORDER BY a) TO STDOUT')
    assert data == b''.join(b'%d\trow %d\t%d.00\n' % (i, i, i % 100) for i in range(20000))


def test_where_and_defaults(connection):
    assert copy_in(connection, 'COPY copied (a, b) FROM STDIN WHERE a > 31 AND b <> $$z$$',
                   b'30\tx\n31\ty\n32\tz\n33\tw\n') == 'COPY 1'
    assert run(connection, 'SELECT * FROM copied') == [(33, 'w', decimal.Decimal('7'))]


def test_end_marker(connection):
    assert copy_in(connection, 'COPY copied (a, b) FROM STDIN',
                   b'1\tx\n\\.\n2\ty\n') == 'COPY 1'
    assert copy_in(connection, 'COPY copied (a, b) FROM STDIN', b'') == 'COPY 0'


ERRORS = [
    ('', b'1\tx\tzz\n', '22P02', 'invalid input syntax for type numeric: "zz"',
     'COPY copied, line 1, column c: "zz"'),
    ('', b'1\tx\n', '22P04', 'missing data for column "c"', 'COPY copied, line 1: "1\tx"'),
    ('', b'1\tx\t1\n1\tx\t1\t2\n', '22P04', 'extra data after last expected column',
     'COPY copied, line 2: "1\tx\t1\t2"'),
    ('', b'1\t\\N\t1\n', '23502',
     'null value in column "b" of relation "copied" violates not-null constraint',
     'COPY copied, line 1: "1\t\\N\t1"'),
    ('', b'1\tx\t1\n2\tx\t1\n1\tx\t1\n', '23505',
     'duplicate key value violates unique constraint "copied_pkey"', 'COPY copied, line 3'),
    ('', b'99999999999\tx\t1\n', '22003', 'value "99999999999" is out of range for type integer',
     'COPY copied, line 1, column a: "99999999999"'),
    ('', b'1\tx\t12345\n', '22003', 'numeric field overflow',
     'COPY copied, line 1, column c: "12345"'),
    ('', b'1\t\xff\t1\n', '22021', 'invalid byte sequence for encoding "UTF8": 0xff',
     'COPY copied, line 1'),
    ('', b'1\t' + b'x' * 200 + b'\n', '22P04', 'missing data for column "c"',
     'COPY copied, line 1: "1\t' + 'x' * 98 + '..."'),
    ('', b'1\tx\t1\r\n2\tx\t1\n', '22P04', 'literal newline found in data',
     'COPY copied, line 2'),
    ('', b'1\tx\t1\n\\.x\n', '22P04', 'end-of-copy marker corrupt', None),
    ('(FORMAT csv)', b'1,"x\n', '22P04', 'unterminated CSV quoted field', None),
    ('(FORMAT csv, HEADER match)', b'a,x,c\n', '22P04',
     'column name mismatch in header line field 2: got "x", expected "b"', None),
    ('(FORMAT csv, HEADER match)', b'a\n', '22P04',
     'wrong number of fields in header line: got 1, expected 3', None),
    ('(FORMAT binary)', b'PGCOPX\n\xff\r\n\0' + bytes(8), '22P04',
     'COPY file signature not recognized', None),
    ('(FORMAT binary)', b'PGCOPY\n\xff\r\n\0' + bytes(8) + b'\0\2', '22P04',
     'row field count is 2, expected 3', 'COPY copied, line 1'),
    ('(FORMAT binary)', b'PGCOPY\n\xff\r\n\0' + bytes(8) + b'\0\3\0\0\0\5abcde' +
     b'\xff' * 8, '22P03', 'incorrect binary data format', 'COPY copied, line 1, column a')]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(ERRORS)))
def test_errors(connection, number):
    options, data, *expected = ERRORS[number]
    state, text, context = copy_error(connection, f'COPY copied FROM STDIN {options}', data)
    assert (state, text) == tuple(expected[:2])
    if expected[2] is not None:
        assert context == expected[2]
    assert run(connection, 'SELECT count(*) FROM copied') == [(0,)]


def test_statement_errors(connection):
    for sql, state in (('COPY no_such FROM STDIN', '42P01'), ('COPY no_such TO STDOUT', '42P01'),
                       ('COPY copied (zz) FROM STDIN', '42703'),
                       ('COPY copied (a, a) TO STDOUT', '42701'),
                       ('COPY copied FROM STDIN WHERE zz > 1', '42703'),
                       ('COPY (SELECT 1 / 0) TO STDOUT', '22012')):
        with pytest.raises(psycopg.Error) as caught:
            copy_out(connection, sql) if 'STDOUT' in sql else copy_in(connection, sql)
        assert caught.value.sqlstate == state
        assert run(connection, 'SELECT 1') == [(1,)]


def test_the_client_gives_up(connection):
    with pytest.raises(psycopg.errors.QueryCanceled) as caught:
        with connection.cursor() as cursor, cursor.copy('COPY copied FROM STDIN') as copy:
            copy.write(b'1\tx\t1\n')
            raise RuntimeError('no more')
    assert caught.value.diag.message_primary.startswith('COPY from stdin failed: ')


def test_in_a_transaction(connection):
    run(connection, 'BEGIN')
    assert copy_in(connection, 'COPY copied (a, b) FROM STDIN', b'1\tx\n') == 'COPY 1'
    run(connection, 'SAVEPOINT s')
    assert copy_error(connection, 'COPY copied (a, b) FROM STDIN', b'2\tx\n1\tx\n')[0] == '23505'
    run(connection, 'ROLLBACK TO s')
    assert run(connection, 'SELECT a FROM copied') == [(1,)]
    run(connection, 'ROLLBACK')
    assert run(connection, 'SELECT a FROM copied') == []
