"""Each way a connection can fail has its own hop, stage and cause, read as columns of EXPLAIN
ANALYZE CONNECTION, and the same stage in VALIDATE's error. All are provoked on real servers,
and side by side, as some of them are a silence that lasts until a time-out."""
import concurrent.futures
import contextlib
import dataclasses
import re
import socket
import types

import pytest

from support import peers, places
from support.culvert import Culvert
from support.postgres import PASSWORD, PostgreSQL
from support.sql import failure, literal, rows_as_dicts, run
from support.sshd import Bastion

COLUMNS = ['hop', 'stage', 'address', 'time', 'found', 'verdict', 'cause', 'remedy', 'command']
SILENCE_SECONDS = 90


@dataclasses.dataclass
class Case:
    """What is made, and where and why it must fail: a hop is named by its connection.
    `remedy` is a part of the remedy."""
    connection: str
    hop: str
    stage: str
    cause: str
    remedy: str


def unknown_name():
    """A machine without a name server can only say that it could not ask."""
    try:
        socket.getaddrinfo('bastion.invalid', 22)
    except socket.gaierror as error:
        return 'name_lookup_failed' if error.errno == socket.EAI_AGAIN else 'name_unknown'
    return pytest.fail('this machine knows bastion.invalid')


CASES = {
    'bastion name unknown': Case('t_name', 't_name', 'resolve', unknown_name(), 'HOST'),
    'bastion port closed': Case('t_closed', 't_closed', 'connect', 'refused', 'HOST and PORT'),
    'bastion drops packets': Case('t_dropped', 't_dropped', 'connect', 'timeout', 'mz_egress_ips'),
    'bastion silent': Case('t_silent', 't_silent', 'banner', 'timeout', 'mz_egress_ips'),
    'bastion is no sshd': Case('t_garbage', 't_garbage', 'banner', 'not_ssh', 'Check PORT'),
    'login refused': Case('t_stranger', 't_stranger', 'login', 'login_refused', 'authorized_keys'),
    'host key changed': Case('t_rebuilt', 't_rebuilt', 'host key', 'host_key_changed', 'HOST KEY'),
    'forward refused': Case('p_forbidden', 't_forbidding', 'forward', 'forward_prohibited',
                            'AllowTcpForwarding'),
    'target name unknown': Case('p_name', 't_good', 'forward', 'target_name_unknown', 'getent'),
    'target port closed': Case('p_closed', 't_good', 'forward', 'target_refused', 'telnet'),
    'target silent': Case('p_silent', 'p_silent', 'answer', 'timeout', 'silent'),
    'target is no PostgreSQL': Case('p_garbage', 'p_garbage', 'answer', 'not_postgres', 'PORT'),
    'TLS refused': Case('p_plain', 'p_plain', 'tls', 'tls_refused', 'SSL MODE'),
    'wrong authority': Case('p_authority', 'p_authority', 'tls', 'tls_untrusted', 'AUTHORITY'),
    'wrong name': Case('p_alias', 'p_alias', 'tls', 'tls_name_mismatch', 'HOST'),
    'password wrong': Case('p_password', 'p_password', 'target login', 'password_wrong',
                           'PASSWORD'),
    'database missing': Case('p_database', 'p_database', 'target login', 'database_missing',
                             'DATABASE'),
    'wal_level too low': Case('p_wal', 'p_wal', 'settings', 'wal_level_too_low', 'wal_level'),
}


def tunnel(name, host, port, user):
    return f"CREATE CONNECTION {name} TO SSH TUNNEL (HOST '{host}', PORT {port}, USER '{user}')"


def target(name, server, *options, tunnel_name='t_good', **changes):
    words = {'HOST': literal(server.host), 'PORT': server.port, 'USER': "'postgres'",
             'PASSWORD': 'SECRET p', 'DATABASE': "'postgres'", **changes}
    listed = ', '.join([f'{option} {value}' for option, value in words.items()] + list(options))
    return (f'CREATE CONNECTION {name} TO POSTGRES ({listed}, SSH TUNNEL {tunnel_name}) '
            'WITH (VALIDATE = false)')


def start_servers(stack, template, certificates):
    """Everything but Culvert."""
    enter, folder = stack.enter_context, places.folder
    plain = enter(PostgreSQL(template, folder('plain'), hba=['host all all all scram-sha-256'],
                             wal_level='logical'))
    secure = enter(PostgreSQL(template, folder('secure'), wal_level='replica',
                              certificate=certificates.server('localhost'),
                              hba=['host all all all scram-sha-256']))
    for server in (plain, secure):
        server.administer(f'ALTER USER postgres PASSWORD {literal(PASSWORD)}')
    return types.SimpleNamespace(
        plain=plain, secure=secure,
        good=enter(Bastion(folder('good'))), rebuilt=enter(Bastion(folder('rebuilt'))),
        forbidding=enter(Bastion(folder('forbidding'), AllowTcpForwarding='no')),
        silent=enter(peers.silent()), dropped=enter(peers.Unanswered()),
        garbage=enter(peers.saying(b'220 mail.example.com ESMTP\r\n' * 4)),
        target_silent=enter(peers.silent()),
        target_garbage=enter(peers.answering(b'HTTP/1.1 400 Bad Request\r\n\r\n')),
        closed=types.SimpleNamespace(host='127.0.0.1', port=places.free_port()))


def create_tunnels(connection, world):
    user = world.good.user
    for name, peer in (('t_good', world.good), ('t_forbidding', world.forbidding),
                       ('t_rebuilt', world.rebuilt), ('t_stranger', world.good),
                       ('t_closed', world.closed), ('t_dropped', world.dropped),
                       ('t_silent', world.silent), ('t_garbage', world.garbage)):
        run(connection, tunnel(name, peer.host, peer.port, user))
    run(connection, tunnel('t_name', 'bastion.invalid', 22, user))
    keys = dict(run(connection, 'SELECT name, public_key_1 FROM mz_connections '
                                'JOIN mz_ssh_tunnel_connections USING (id)'))
    for name, server in (('t_good', world.good), ('t_forbidding', world.forbidding),
                         ('t_rebuilt', world.rebuilt)):
        server.authorize(keys[name])
    run(connection, 'VALIDATE CONNECTION t_rebuilt')
    world.rebuilt.stop()
    world.rebuilt.make_host_key()
    world.rebuilt.start()


def create_targets(connection, world, certificates):
    run(connection, f'CREATE SECRET p AS {literal(PASSWORD)}')
    run(connection, "CREATE SECRET wrong AS 'wrong'")
    for name in ('authority', 'wrong_authority'):
        run(connection, f'CREATE SECRET {name} AS {literal(certificates.text(name))}')
    unknown = types.SimpleNamespace(host='database.invalid', port=5432)
    full = "SSL MODE 'verify-full', SSL CERTIFICATE AUTHORITY SECRET"
    for statement in (
            target('p_good', world.plain),
            target('p_forbidden', world.plain, tunnel_name='t_forbidding'),
            target('p_name', unknown), target('p_closed', world.closed),
            target('p_silent', world.target_silent, "SSL MODE 'require'"),
            target('p_garbage', world.target_garbage, "SSL MODE 'require'"),
            target('p_plain', world.plain, "SSL MODE 'require'"),
            target('p_authority', world.secure, f'{full} wrong_authority', HOST="'localhost'"),
            target('p_alias', world.secure, f'{full} authority'),
            target('p_password', world.plain, PASSWORD='SECRET wrong'),
            target('p_database', world.plain, DATABASE="'nowhere'"),
            target('p_wal', world.secure, "SSL MODE 'require'")):
        run(connection, statement)


def explain(culvert, name):
    with culvert.connect() as connection:
        return rows_as_dicts(connection, f'EXPLAIN ANALYZE CONNECTION {name}')


def validate(culvert, name):
    with culvert.connect() as connection:
        return failure(connection, f'VALIDATE CONNECTION {name}')


class Observed:
    """Rows and error of one case, asked for at the same time as all others'."""

    def __init__(self, pool, culvert, name):
        self.explained = pool.submit(explain, culvert, name)
        self.validated = pool.submit(validate, culvert, name)

    def rows(self):
        return self.explained.result(SILENCE_SECONDS)

    def error(self):
        return self.validated.result(SILENCE_SECONDS)


@pytest.fixture(scope='module')
def world(culvert_binary, postgres_template, certificates):
    with contextlib.ExitStack() as stack:
        made = start_servers(stack, postgres_template, certificates)
        made.culvert = stack.enter_context(Culvert(places.folder('failures')))
        with made.culvert.connect() as connection:
            create_tunnels(connection, made)
            create_targets(connection, made, certificates)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(2 * len(CASES)))
        made.observed = {name: Observed(pool, made.culvert, case.connection)
                         for name, case in CASES.items()}
        yield made


@pytest.mark.sanitized
@pytest.mark.parametrize('name', CASES)
def test_stage_and_cause_are_columns(world, name):
    case = CASES[name]
    rows = world.observed[name].rows()
    assert list(rows[0]) == COLUMNS
    assert [row['verdict'] for row in rows if row['verdict'] == 'failed'] == ['failed']
    last = rows[-1]
    assert (last['stage'], last['cause'], last['verdict']) == (case.stage, case.cause, 'failed')
    assert last['hop'] == case.hop
    assert case.remedy in last['remedy'] and last['remedy'].endswith('.')
    for row in rows[:-1]:
        assert row['verdict'] == 'warning' or (row['cause'], row['remedy']) == (None, None)


@pytest.mark.sanitized
@pytest.mark.parametrize('name', CASES)
def test_validate_says_the_same(world, name):
    case = CASES[name]
    rows, error = world.observed[name].rows(), world.observed[name].error()
    assert error.sqlstate == '58000'
    detail = error.diag.message_detail
    assert f'stage {case.stage}' in detail
    assert case.cause in detail
    assert f'"{case.hop}"' in detail
    assert error.diag.message_hint == rows[-1]['remedy']


WORDS = {
    'bastion name unknown': 'failed to lookup address information',
    'bastion port closed': 'Connection refused',
    'login refused': r'Permission denied \(publickey\)',
    'target port closed': 'Connection refused',
    'TLS refused': 'does not support SSL|TLS',
    'password wrong': 'password authentication failed for user "postgres"',
    'database missing': 'database "nowhere" does not exist',
    'wal_level too low': 'server must have wal_level >= logical, but has replica',
}


@pytest.mark.parametrize('name', WORDS)
def test_messages_have_the_known_words(world, name):
    error = world.observed[name].error()
    assert re.search(WORDS[name], error.diag.message_primary)


def test_changed_host_key_names_both_prints(world):
    """The old print and the new one, and the statement that accepts the new one."""
    world.observed['host key changed'].rows()
    world.observed['host key changed'].error()
    with world.culvert.connect() as connection:
        error = failure(connection, 'VALIDATE CONNECTION t_rebuilt')
        told = ' '.join([str(error), error.diag.message_detail, error.diag.message_hint])
        assert world.rebuilt.fingerprint() in told
        assert len(set(re.findall(r'SHA256:[A-Za-z0-9+/]{43}', told))) == 2
        assert 'ALTER CONNECTION' in told
        run(connection, f"ALTER CONNECTION t_rebuilt SET (HOST KEY '{world.rebuilt.host_key()}')")
        run(connection, 'VALIDATE CONNECTION t_rebuilt')


def test_all_stages_of_what_works(world):
    with world.culvert.connect() as connection:
        run(connection, 'VALIDATE CONNECTION p_good')
        rows = rows_as_dicts(connection, 'EXPLAIN ANALYZE CONNECTION p_good')
    assert {row['verdict'] for row in rows} <= {'ok', 'warning'}
    stages = [row['stage'] for row in rows if row['hop'] == 't_good']
    assert stages == ['resolve', 'connect', 'banner', 'key exchange', 'host key', 'login',
                      'forward']
    commands = ' '.join(row['command'] or '' for row in rows)
    assert 'ssh ' in commands and 'psql' in commands
    assert PASSWORD not in str(rows)


def test_the_server_goes_on(world):
    for observed in world.observed.values():
        observed.rows()
        observed.error()
    world.culvert.must_run()
    assert world.culvert.run('SELECT count(*) FROM mz_connections') == [(9 + 12,)]
