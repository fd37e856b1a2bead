"""The guide of SSH tunnel connections, statement by statement, on a real sshd and a real
PostgreSQL. The statements are retyped from it; only placeholders are filled in."""
import re

import pytest

from support import places
from support.culvert import Culvert
from support.postgres import PASSWORD, PostgreSQL
from support.sql import columns, failure, literal, run

pytestmark = [pytest.mark.sanitized, pytest.mark.threaded]

CREATE_TUNNEL = """
CREATE CONNECTION ssh_connection TO SSH TUNNEL (
    HOST '<SSH_BASTION_HOST>',
    USER '<SSH_BASTION_USER>',
    PORT <SSH_BASTION_PORT>
);
"""
SELECT_KEYS = """
SELECT
    mz_connections.name,
    mz_ssh_tunnel_connections.*
FROM
    mz_connections JOIN
    mz_ssh_tunnel_connections USING(id)
WHERE
    mz_connections.name = 'ssh_connection';
"""
CREATE_POSTGRES = """
CREATE CONNECTION pg_connection TO POSTGRES (
  HOST 'instance.foo000.us-west-1.rds.amazonaws.com',
  PORT 5432,
  USER 'postgres',
  PASSWORD SECRET pgpass,
  SSL MODE 'require',
  DATABASE 'postgres'
  SSH TUNNEL ssh_connection
);
"""


def filled(text, bastion, postgres=None):
    text = (text.replace('<SSH_BASTION_HOST>', bastion.host)
            .replace('<SSH_BASTION_USER>', bastion.user)
            .replace('<SSH_BASTION_PORT>', str(bastion.port)))
    if postgres is not None:
        text = (text.replace('instance.foo000.us-west-1.rds.amazonaws.com', postgres.host)
                .replace('PORT 5432', f'PORT {postgres.port}'))
    return text


@pytest.fixture
def tunnel(culvert, bastion):
    """The guide's first two steps; gives both public keys."""
    culvert.psql(filled(CREATE_TUNNEL, bastion))
    return culvert.run(SELECT_KEYS)[0][2:]


@pytest.fixture(scope='module')
def private_postgres(postgres_template, certificates):
    with PostgreSQL(postgres_template, places.folder('guide-postgres'), wal_level='logical',
                    certificate=certificates.server('127.0.0.1'),
                    hba=['hostssl all all all scram-sha-256']) as server:
        server.administer(f'ALTER USER postgres PASSWORD {literal(PASSWORD)}')
        yield server


def test_placeholders_pasted_as_they_stand(culvert):
    with culvert.connect() as connection:
        error = failure(connection, CREATE_TUNNEL)
        assert error.sqlstate == '42601'
        assert 'replace' in (error.diag.message_hint or '').lower()
        error = failure(connection, CREATE_TUNNEL.replace('<SSH_BASTION_PORT>', '22'))
        assert 'SSH_BASTION_HOST' in str(error)
        assert 'replace' in (error.diag.message_hint or '').lower()
        assert run(connection, 'SELECT count(*) FROM mz_connections') == [(0,)]


def test_public_keys_are_rows(culvert, bastion):
    made = culvert.psql(filled(CREATE_TUNNEL, bastion), '-e')
    assert made.stdout.splitlines()[-1] == 'CREATE CONNECTION'
    with culvert.connect() as connection:
        cursor = connection.execute(SELECT_KEYS)
        assert columns(cursor) == ['name', 'id', 'public_key_1', 'public_key_2']
        [(name, number, first, second)] = cursor.fetchall()
    assert name == 'ssh_connection'
    assert re.fullmatch(r'u\d+', number)
    for key in (first, second):
        assert re.fullmatch(r'ssh-ed25519 [A-Za-z0-9+/]{68} materialize', key)
    assert first != second
    shown = culvert.psql(SELECT_KEYS, '-P', 'tuples_only=off', '-P', 'footer=off')
    assert shown.stdout.splitlines() == ['name|id|public_key_1|public_key_2',
                                         f'ssh_connection|{number}|{first}|{second}']


@pytest.mark.parametrize('number', [0, 1])
def test_each_key_alone_is_enough(culvert, bastion, tunnel, number):
    with culvert.connect() as connection:
        error = failure(connection, 'VALIDATE CONNECTION ssh_connection')
        assert error.sqlstate == '58000'
        bastion.authorize(tunnel[number])
        assert run(connection, 'VALIDATE CONNECTION ssh_connection') is None
    assert bastion.log().count('Accepted publickey') == 1


def test_validate_with_both_keys(culvert, bastion, tunnel):
    bastion.authorize(*tunnel)
    done = culvert.psql('VALIDATE CONNECTION ssh_connection;', '-e')
    assert done.stdout.splitlines()[-1] == 'VALIDATE CONNECTION'
    assert done.stderr == ''


def test_egress_addresses(culvert_binary, scratch):
    addresses = ['203.0.113.33', '198.51.100.213', '192.0.2.23']
    flags = [word for address in addresses for word in ('--announce-egress-address', address)]
    with Culvert(scratch, *flags) as server:
        rows = server.run('SELECT * FROM mz_catalog.mz_egress_ips;')
    assert sorted(rows) == sorted((address, 32, f'{address}/32') for address in addresses)


def test_the_telnet_of_the_guide(culvert, bastion, tunnel, private_postgres):
    """EXPLAIN ANALYZE CONNECTION b TO 'host:port' stands for its telnet on the bastion."""
    bastion.authorize(*tunnel)
    with culvert.connect() as connection:
        cursor = connection.execute('EXPLAIN ANALYZE CONNECTION ssh_connection TO '
                                    f"'127.0.0.1:{private_postgres.port}'")
        assert columns(cursor) == ['hop', 'stage', 'address', 'time', 'found', 'verdict', 'cause',
                                   'remedy', 'command']
        rows = [dict(zip(columns(cursor), row)) for row in cursor.fetchall()]
    assert [row['stage'] for row in rows][:7] == ['resolve', 'connect', 'banner', 'key exchange',
                                                  'host key', 'login', 'forward']
    assert 'failed' not in [row['verdict'] for row in rows]
    assert f'127.0.0.1:{private_postgres.port}' in rows[6]['address']


def test_postgres_connection_without_the_comma(culvert, bastion, tunnel, private_postgres):
    bastion.authorize(*tunnel)
    secret = f"CREATE SECRET pgpass AS {literal(PASSWORD)};"
    made = culvert.psql(secret, '-e')
    assert made.stdout.splitlines()[-1] == 'CREATE SECRET'
    made = culvert.psql(filled(CREATE_POSTGRES, bastion, private_postgres), '-e')
    assert made.stdout.splitlines()[-1] == 'CREATE CONNECTION'
    culvert.psql('VALIDATE CONNECTION pg_connection;')
    assert culvert.run('SELECT name, type FROM mz_connections ORDER BY name') == [
        ('pg_connection', 'postgres'), ('ssh_connection', 'ssh-tunnel')]
    assert culvert.run('SHOW CONNECTIONS') == [('pg_connection', 'postgres', ''),
                                               ('ssh_connection', 'ssh-tunnel', '')]
    assert bastion.log().count('Accepted publickey') == 1


def test_postgres_connection_is_validated_when_it_is_made(culvert, bastion, tunnel,
                                                          private_postgres):
    bastion.authorize(*tunnel)
    statement = filled(CREATE_POSTGRES, bastion, private_postgres)
    with culvert.connect() as connection:
        run(connection, "CREATE SECRET pgpass AS 'not the password'")
        error = failure(connection, statement)
        assert error.sqlstate == '58000'
        assert 'password authentication failed for user "postgres"' in str(error)
        assert run(connection, "SELECT count(*) FROM mz_connections") == [(1,)]
        run(connection, statement.rstrip().rstrip(';') + ' WITH (VALIDATE = false)')
        run(connection, f'ALTER SECRET pgpass AS {literal(PASSWORD)}')
        run(connection, 'VALIDATE CONNECTION pg_connection')


def test_drop_in_the_order_of_dependence(culvert, bastion, tunnel, private_postgres):
    bastion.authorize(*tunnel)
    with culvert.connect() as connection:
        run(connection, f'CREATE SECRET pgpass AS {literal(PASSWORD)}')
        run(connection, filled(CREATE_POSTGRES, bastion, private_postgres))
        for name in ('CONNECTION ssh_connection', 'SECRET pgpass'):
            error = failure(connection, f'DROP {name}')
            assert 'still depended upon by' in str(error) and 'pg_connection' in str(error)
        run(connection, 'DROP CONNECTION ssh_connection CASCADE')
        assert run(connection, 'SHOW CONNECTIONS') == []
        run(connection, 'DROP SECRET pgpass')
        assert run(connection, 'SELECT count(*) FROM mz_ssh_tunnel_connections') == [(0,)]
        run(connection, 'DROP CONNECTION IF EXISTS ssh_connection')


@pytest.mark.parametrize('statement', [
    "CREATE CONNECTION kafka_connection TO KAFKA (BROKER 'broker1:9092', SSH TUNNEL ssh_connection)",
    "CREATE SOURCE mz_source FROM POSTGRES CONNECTION pg_connection (PUBLICATION 'mz_source') "
    'FOR ALL TABLES'], ids=['kafka', 'source'])
def test_what_does_not_exist_yet_says_so_by_name(culvert, tunnel, statement):
    with culvert.connect() as connection:
        error = failure(connection, statement)
        assert error.sqlstate == '0A000'
        assert any(word in str(error) for word in ('KAFKA', 'CREATE SOURCE'))
        assert run(connection, 'SELECT 1') == [(1,)]


def test_mysql_connection_takes_the_role_as_its_user(culvert, tunnel):
    """The guide's statement, trailing comma and all; no MySQL is there to validate it."""
    notices = []
    with culvert.connect() as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        run(connection, "CREATE SECRET mysqlpass AS 'x'")
        run(connection, "CREATE CONNECTION mysql_connection TO MYSQL (HOST 'db.internal', "
                        'SSH TUNNEL ssh_connection,) WITH (VALIDATE = false)')
        assert notices == ['USER was not given: the role\'s name "materialize" is used']
        [(sql,)] = run(connection, "SELECT create_sql FROM mz_connections "
                                   "WHERE name = 'mysql_connection'")
        assert "USER = 'materialize'" in sql
        assert run(connection, 'SHOW CONNECTIONS LIKE $$my%$$') == [
            ('mysql_connection', 'mysql', '')]


@pytest.mark.parametrize('options, state', [
    ("HOST 'h', USER 'u',", None), ("HOST = 'h' USER = 'u' PORT = 22", None),
    ('HOST h, USER u', None), (", HOST 'h', USER 'u'", '42601'),
    ("HOST 'h',, USER 'u'", '42601'), ("HOST 'h', USER 'u', HOST 'i'", 'XX000'),
    ("USER 'u'", 'XX000'), ("HOST 'h'", 'XX000')], ids=range(8))
def test_commas_and_equals_signs(culvert, options, state):
    with culvert.connect() as connection:
        statement = f'CREATE CONNECTION c TO SSH TUNNEL ({options})'
        if state is None:
            run(connection, statement)
            assert run(connection, 'SHOW CREATE CONNECTION c')[0][1].startswith(
                'CREATE CONNECTION materialize.public.c TO SSH TUNNEL (HOST = ')
        else:
            assert failure(connection, statement).sqlstate == state
