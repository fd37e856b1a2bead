"""psql: start, its \\d family, and what scripts rely on. Where PostgreSQL has the same objects
its output is the expected one; else the system relations say what must be listed."""
import re

import pytest

from support.sql import run

COLUMNS = [  # of mz_connections, as documented
    ('id', 'text', 'not null'), ('oid', 'oid', 'not null'), ('schema_id', 'text', 'not null'),
    ('name', 'text', 'not null'), ('type', 'text', 'not null'), ('owner_id', 'text', 'not null'),
    ('privileges', 'mz_aclitem[]', 'not null'), ('create_sql', 'text', None),
    ('redacted_create_sql', 'text', None)]


@pytest.fixture(params=['postgres', 'shared_culvert'])
def server(request):
    return request.getfixturevalue(request.param)


def table(server, command):
    """(title, header, rows) of what a backslash command prints."""
    done = server.psql(command + '\n', '-P', 'tuples_only=off', '-P', 'footer=off')
    assert done.stderr == ''
    title, header, *rows = done.stdout.splitlines()
    return title, header.split('|'), [row.split('|') for row in rows]


def dicts(server, command):
    _, header, rows = table(server, command)
    return [dict(zip(header, row)) for row in rows]


@pytest.mark.sanitized
def test_list_of_databases(server):
    found = {row['Name']: row for row in dicts(server, '\\l')}
    own = found[server.database]
    assert own['Encoding'] == 'UTF8'
    assert own['Owner'] == server.run('SELECT r.rolname::text FROM pg_database d JOIN pg_roles r ON '
                                      'r.oid = d.datdba WHERE d.datname = %s', server.database)[0][0]
    if server.database == 'materialize':
        assert set(found) == {name for name, in server.run('SELECT name FROM mz_databases')}


@pytest.mark.sanitized
def test_list_of_schemas(server):
    title, header, rows = table(server, '\\dn')
    assert title == 'List of schemas'
    assert header == ['Name', 'Owner']
    names = [row[0] for row in rows]
    assert 'public' in names and names == sorted(names)
    assert 'pg_catalog' not in names and 'information_schema' not in names
    if server.database == 'materialize':
        expected = server.run('SELECT s.name, r.name FROM mz_schemas s JOIN mz_roles r ON '
                              "r.id = s.owner_id WHERE s.name !~ '^pg_' AND "
                              "s.name <> 'information_schema' ORDER BY 1")
        assert [tuple(row) for row in rows] == expected


@pytest.mark.sanitized
def test_list_of_roles(server):
    title, header, rows = table(server, '\\du')
    assert title == 'List of roles'
    assert header == ['Role name', 'Attributes', 'Member of']
    own = dict((row[0], row[1]) for row in rows)[server.user]
    assert own.startswith('Superuser')


@pytest.mark.sanitized
@pytest.mark.parametrize('command, kind', [('\\dt', 'table'), ('\\dv', 'view')])
def test_lists_of_relations(shared_culvert, command, kind):
    """All that are seen without a prefix, but for PostgreSQL's own schemas."""
    done = shared_culvert.psql(command + '\n', '-P', 'tuples_only=off', '-P', 'footer=off',
                               check=False)
    expected = shared_culvert.run(
        'SELECT s.name, r.name FROM mz_relations r JOIN mz_schemas s ON s.id = r.schema_id WHERE '
        "r.type = %s AND s.name IN ('mz_catalog', 'mz_internal', 'public') ORDER BY 1, 2", kind)
    if not expected:
        assert (done.stdout, done.stderr) == ('', 'Did not find any relations.\n')
        return
    lines = [line.split('|') for line in done.stdout.splitlines()]
    assert lines[:2] == [['List of relations'], ['Schema', 'Name', 'Type', 'Owner']]
    assert [tuple(row[:2]) for row in lines[2:]] == expected
    assert {row[2] for row in lines[2:]} == {kind}
    assert {row[3] for row in lines[2:]} == {'mz_system'}


@pytest.mark.sanitized
@pytest.mark.parametrize('name', ['mz_connections', 'mz_catalog.mz_connections'])
def test_description_of_a_relation(shared_culvert, name):
    title, header, rows = table(shared_culvert, f'\\d {name}')
    assert re.fullmatch(r'(Table|View) "mz_catalog\.mz_connections"', title)
    assert header == ['Column', 'Type', 'Collation', 'Nullable', 'Default']
    assert [(row[0], row[1]) for row in rows] == [(name, kind) for name, kind, _ in COLUMNS]
    if title.startswith('Table'):
        assert [row[3] or None for row in rows] == [null for _, _, null in COLUMNS]


def test_description_of_nothing(server):
    done = server.psql('\\d no_such_relation\n', check=False)
    assert done.stderr == 'Did not find any relation named "no_such_relation".\n'


def test_patterns(shared_culvert):
    done = shared_culvert.psql('\\d mz_ssh_tunnel_conn*\n', '-P', 'tuples_only=off')
    assert 'public_key_1|text|' in done.stdout and 'public_key_2|text|' in done.stdout


def test_connection_information(server):
    done = server.psql('\\conninfo\n')
    assert f'user "{server.user}"' in done.stdout and f'port "{server.port}"' in done.stdout
    done = server.psql('\\encoding\n\\echo :SERVER_VERSION_NUM :DBNAME :USER\n')
    assert re.fullmatch(f'UTF8\n15\\d\\d\\d\\d {server.database} {server.user}\n', done.stdout)


def test_variables_and_gset(server):
    script = "SELECT 41 + 1 AS answer \\gset\n\\echo :answer\nSELECT :'answer'::int4 + 1;\n"
    assert server.psql(script).stdout == '42\n43\n'


def test_gdesc_and_parameters(server):
    """\\gdesc asks Describe of a statement that is never run."""
    script = "SELECT 1::int4 AS a, 'x'::text AS b, now() AS c \\gdesc\n"
    assert server.psql(script).stdout == 'a|integer\nb|text\nc|timestamp with time zone\n'


def test_errors_show_the_place(server):
    done = server.psql('SELECT 1,\n  no_such_column;\n', check=False)
    assert done.returncode == 3
    assert done.stderr.splitlines()[:3] == [
        'ERROR:  42703: column "no_such_column" does not exist', 'LINE 2:   no_such_column;',
        '          ^']


def test_transaction_of_a_script(server):
    script = 'BEGIN;\nSELECT 1;\nSELECT 1 / 0;\n'
    done = server.psql(script, check=False)
    assert done.stdout == 'BEGIN\n1\n'
    done = server.psql('SELECT 1;\nSELECT 2;\n', '--single-transaction', '-f', '-')
    assert done.stdout == '1\n2\n'


def test_show_and_set(server):
    done = server.psql("SET TimeZone = 'Europe/Berlin';\nSHOW TimeZone;\nRESET TimeZone;\n"
                       'SHOW TimeZone;\nSHOW server_encoding;\n')
    assert done.stdout == 'SET\nEurope/Berlin\nRESET\nUTC\nUTF8\n'


def test_own_statements(shared_culvert):
    script = """
        CREATE SECRET q AS 'x';
        CREATE CONNECTION q_tunnel TO SSH TUNNEL (HOST 'h', USER 'u', PORT 2222);
        COMMENT ON CONNECTION q_tunnel IS 'for psql';
        SHOW CONNECTIONS LIKE 'q%';
        SHOW CONNECTIONS WHERE type = 'kafka';
        SHOW SECRETS FROM public;
        SHOW CREATE CONNECTION q_tunnel;
    """
    lines = shared_culvert.psql(script).stdout.splitlines()
    assert lines[:5] == ['CREATE SECRET', 'CREATE CONNECTION', 'COMMENT',
                         'q_tunnel|ssh-tunnel|for psql', 'q|']
    assert re.fullmatch(r'materialize\.public\.q_tunnel\|CREATE CONNECTION '
                        r'materialize\.public\.q_tunnel TO SSH TUNNEL '
                        r"\(HOST = '?h'?, .*PORT = 2222.*\);", lines[5])
    script = """
        ALTER CONNECTION q_tunnel SET (PORT 2223);
        ALTER CONNECTION q_tunnel RENAME TO q_renamed;
        ALTER SECRET q AS 'y';
        ALTER SECRET q RENAME TO q2;
        DROP CONNECTION q_renamed;
        DROP SECRET IF EXISTS q, q2;
    """
    done = shared_culvert.psql(script)
    assert done.stdout.splitlines() == ['ALTER CONNECTION', 'ALTER CONNECTION', 'ALTER SECRET',
                                        'ALTER SECRET', 'DROP CONNECTION', 'DROP SECRET']
    with shared_culvert.connect() as connection:
        assert run(connection, "SELECT count(*) FROM mz_objects WHERE id LIKE 'u%'") == [(0,)]
