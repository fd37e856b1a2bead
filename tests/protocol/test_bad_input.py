"""Bad input of every kind gets its error, or a closed connection, and the server goes on: it
still answers, and has not grown. Where PostgreSQL's answer is defined, it is asked, too."""
import contextlib
import os
import random
import resource
import socket
import ssl
import struct
import time

import pytest

from support import wire
from support.culvert import Culvert
from support.sql import failure, run
from support.wire import Client, fields, message, query

GROWTH_KILOBYTES = 200 * 1024
IS_SANITIZED = 'asan' in os.environ.get('CULVERT', '')


@pytest.fixture(params=['postgres', 'shared_culvert'])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def goes_on(request):
    """After each test: a new client is served at once, and memory is where it was."""
    if 'shared_culvert' not in request.fixturenames and 'shared_culvert' not in str(
            getattr(request.node, 'callspec', '')):
        yield
        return
    culvert = request.getfixturevalue('shared_culvert')
    before = culvert.resident_kilobytes()
    yield
    culvert.must_run()
    if not IS_SANITIZED:
        assert culvert.resident_kilobytes() - before < GROWTH_KILOBYTES


def closed_with(client):
    """SQLSTATE of the error before the hang-up; '' when there was none."""
    errors = [fields(body)['C'] for kind, body in client.until_closed() if kind == b'E']
    return errors[-1] if errors else ''


GARBAGE = [
    b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', b'SSH-2.0-OpenSSH_9.2\r\n', b'\x16\x03\x01\x02\x00\x01',
    b'\0\0\0\0', b'\0\0\0\x04', b'\xff\xff\xff\xff', b'\0\0\0\x08\0\0\0\0', b'\x7f\xff\xff\xff' * 8,
    wire.start_up({}), wire.start_up({'user': ''}), wire.start_up({'user': 'x'}, version=0x20000),
    wire.start_up({'user': 'x' * 20000}), wire.start_up({'user': 'x'})[:-1] + b'x',
    struct.pack('!i', 100) + struct.pack('!i', wire.PROTOCOL) + b'user\0x\0' + b'\0' * 200,
    wire.request(wire.CANCEL_REQUEST), wire.request(wire.CANCEL_REQUEST, b'\0' * 7),
    wire.request(wire.CANCEL_REQUEST, b'\xff' * 8)]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(GARBAGE)))
def test_garbage_instead_of_a_start(shared_culvert, number):
    with Client(shared_culvert) as client:
        client.send(GARBAGE[number])
        client.socket.shutdown(socket.SHUT_WR)
        assert not [kind for kind, _ in client.until_closed() if kind == b'Z']


@pytest.mark.sanitized
def test_random_bytes(shared_culvert):
    chance = random.Random(7)
    for _ in range(100):
        with Client(shared_culvert) as client:
            if chance.random() < 0.5:
                client.log_in()
            try:
                client.send(chance.randbytes(chance.randint(1, 2000)))
                client.socket.shutdown(socket.SHUT_WR)
                client.until_closed()
            except OSError:
                pass


@pytest.mark.sanitized
def test_higher_minor_version_is_negotiated(server):
    with Client(server) as client:
        client.send(wire.start_up({'user': server.user, 'database': server.database,
                                   '_pq_.unknown': 'x'}, version=wire.PROTOCOL + 9))
        kinds = [kind for kind, _ in client.until_ready()]
        assert b'v' in kinds


@pytest.mark.sanitized
@pytest.mark.parametrize('parameters, state', [
    ({'no_such_option': 'x'}, '42704'), ({'options': '-c no_such_option=1'}, '42704'),
    ({'options': '-c statement_timeout=soon'}, '22023'), ({'client_encoding': 'KLINGON'}, '22023'),
    ({'database': 'no_such_database'}, '3D000')])
def test_unknown_options(server, parameters, state):
    with Client(server) as client:
        client.send(wire.start_up({'user': server.user, 'database': server.database, **parameters}))
        assert closed_with(client) == state


def test_known_options(server):
    with server.connect(options="'-c statement_timeout=123s -c work_mem=8MB'") as connection:
        assert run(connection, 'SHOW statement_timeout') == [('123s',)]


FATAL = [
    b'?' + struct.pack('!i', 4), message(b'q'), message(b'\0'), b'Q' + struct.pack('!i', 3),
    b'Q' + struct.pack('!i', 0), b'Q' + struct.pack('!i', -1), b'Q' + struct.pack('!i', 0x7fffffff),
    message(b'p', b'secret\0')]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(FATAL)))
def test_message_that_ends_the_session(server, number):
    with Client(server) as client:
        client.log_in()
        client.send(FATAL[number])
        assert closed_with(client) in ('08P01', '54000', '')  # PostgreSQL only logs it


MALFORMED = [
    message(b'Q', b''), message(b'Q', b'SELECT 1'), message(b'P', b'\0'), message(b'P', b'x'),
    message(b'B', b'\0\0'), message(b'B', b'\0\0\0\x01'), message(b'B', b'\0\0\0\0\x7f\xff'),
    message(b'E', b'\0'), message(b'D', b'?\0'), message(b'D', b'S'), message(b'C', b'?x\0'),
    wire.bind([b'1'] * 3)]


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(MALFORMED)))
def test_malformed_message(shared_culvert, number):
    """An error, after which either the session or the server's patience ends, never more."""
    with Client(shared_culvert) as client:
        client.log_in()
        client.send(wire.parse('SELECT 1') + MALFORMED[number] + wire.SYNC + query('SELECT 2'))
        client.socket.shutdown(socket.SHUT_WR)
        found = client.until_closed()
        assert [fields(body) for kind, body in found if kind == b'E']


@pytest.mark.sanitized
def test_half_messages(shared_culvert):
    whole = wire.start_up({'user': 'materialize', 'database': 'materialize'}) + query('SELECT 1')
    for size in range(1, len(whole)):
        with Client(shared_culvert) as client:
            client.send(whole[:size])


@pytest.mark.sanitized
def test_message_in_single_bytes(server):
    with Client(server) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in wire.start_up({'user': server.user, 'database': server.database}):
            client.send(bytes([byte]))
        client.until_ready()
        for byte in query('SELECT 42'):
            client.send(bytes([byte]))
        assert [body for kind, body in client.until_ready() if kind == b'D'] == [
            b'\0\1\0\0\0\x0242']


def test_oversized_statement(shared_culvert):
    with Client(shared_culvert, 60) as client:
        client.log_in()
        client.send(query(b"SELECT '" + b'x' * (17 << 20) + b"'"))
        assert client.error() == '54000'
        client.send(query('SELECT 1'))
        assert client.until_ready()[-1][0] == b'Z'


def test_oversized_message(shared_culvert):
    """Refused by its length alone, so the rest may never come."""
    with Client(shared_culvert) as client:
        client.log_in()
        client.send(b'Q' + struct.pack('!i', 300 << 20) + b'SELECT 1' * 1000)
        assert closed_with(client) == '54000'


def test_large_but_allowed(server):
    with server.connect() as connection:
        text = 'x' * (8 << 20)
        assert run(connection, 'SELECT length(%s)', text) == [(len(text),)]
        assert run(connection, f"SELECT '{text}'")[0][0] == text


DEEP = 20000
BOMBS = {
    'parentheses': 'SELECT ' + '(' * DEEP + '1' + ')' * DEEP,
    'sum': 'SELECT ' + '1+' * DEEP + '1',
    'not': 'SELECT ' + 'NOT ' * DEEP + 'true',
    'minus': 'SELECT ' + '- ' * DEEP + '1',
    'case': 'SELECT ' + 'CASE WHEN true THEN ' * 3000 + '1' + ' END' * 3000,
    'subselect': 'SELECT * FROM ' + '(SELECT * FROM ' * 3000 + 'mz_roles' + ') x' * 3000,
    'union': 'SELECT 1' + ' UNION SELECT 1' * DEEP,
    'array': 'SELECT ' + 'ARRAY[' * 5000 + ']' * 5000,
    'secret': 'CREATE SECRET s AS ' + '(' * DEEP + "'x'" + ')' * DEEP,
    'option': 'CREATE CONNECTION c TO SSH TUNNEL (HOST ' + '[' * DEEP + "'x'" + ']' * DEEP + ')',
    'cast': 'SELECT 1' + '::int4' * DEEP,
    'call': 'SELECT ' + 'abs(' * DEEP + '1' + ')' * DEEP,
    'and': 'SELECT true' + ' AND true' * DEEP,
    'concatenation': "SELECT 'x'" + " || 'x'" * DEEP,
    'comment': 'SELECT ' + '/*' * DEEP + '*/' * DEEP + '1',
}


@pytest.mark.sanitized
@pytest.mark.parametrize('bomb', BOMBS)
def test_depth_bombs(shared_culvert, bomb):
    """Too deep, or too long a chain; never a dead thread. Some may simply work."""
    with Client(shared_culvert, 60) as client:
        client.log_in()
        client.send(query(BOMBS[bomb]))
        errors = [fields(body)['C'] for kind, body in client.until_ready() if kind == b'E']
        assert errors in (['54001'], ['42601'], ['54000'], [])
        client.send(query('SELECT 1'))
        client.until_ready()


INVALID = [b"SELECT '\xff'", b'SELECT \xc3', b"SELECT '\xed\xa0\x80'", b"SELECT '\xc0\x80'",
           b"SELECT '\xf4\x90\x80\x80'", b"CREATE SECRET s AS '\xff'", b'SELECT "\xff"']


@pytest.mark.sanitized
@pytest.mark.parametrize('number', range(len(INVALID)))
def test_invalid_utf8(server, number):
    text = INVALID[number]
    with Client(server) as client:
        client.log_in()
        client.send(query(text))
        assert client.error() == '22021'
        client.send(wire.parse('SELECT $1::text', types=[25]) + wire.bind([text]) +
                    wire.EXECUTE + wire.SYNC)
        assert client.error() == '22021'


def test_nul_bytes_in_parameters(server):
    with Client(server) as client:
        client.log_in()
        client.send(wire.parse('SELECT $1::text', types=[25]) + wire.bind([b'a\0b']) +
                    wire.EXECUTE + wire.SYNC)
        assert client.error() == '22021'


@pytest.mark.sanitized
def test_bad_values_in_binary(server):
    with Client(server) as client:
        client.log_in()
        for kind, value in ((23, b'\0\0\1'), (20, b'\0' * 4), (16, b''), (1700, b'\xff' * 7),
                            (1007, b'\0\0\0\x63' + b'\xff' * 40), (1184, b'\0'), (701, b'abc')):
            client.send(wire.parse('SELECT $1', types=[kind]) +
                        wire.bind([value], formats=[1]) + wire.EXECUTE + wire.SYNC)
            assert client.error() in ('22P03', '08P01', '22003', '54000'), kind


@pytest.mark.sanitized
def test_order_of_extended_messages(server):
    """Execute without Bind, unknown names, and errors that skip up to Sync."""
    with Client(server) as client:
        client.log_in()
        for data, state in ((wire.EXECUTE, '34000'), (wire.bind(name=b'none'), '26000'),
                            (message(b'D', b'Snone\0'), '26000'), (message(b'D', b'Pnone\0'), '34000'),
                            (wire.parse('SELECT 1; SELECT 2'), '42601'),
                            (wire.parse('SELECT') + wire.bind([b'1']), '08P01')):
            client.send(data + wire.parse('SELECT 1 / 0') + wire.bind() + wire.EXECUTE + wire.SYNC)
            assert client.error() == state
        client.send(message(b'C', b'Snone\0') + wire.FLUSH)
        assert client.read() == (b'3', b'')


@pytest.mark.sanitized
def test_plaintext_stuffed_behind_an_ssl_request(culvert_binary, certificates, scratch):
    """What comes with the request was not encrypted and must not be believed (CVE-2021-23214)."""
    certificate, key = certificates.server('localhost')
    stuffed = wire.start_up({'user': 'materialize', 'database': 'materialize'}) + query('SELECT 1')
    with Culvert(scratch, '--tls-cert', certificate, '--tls-key', key) as server:
        with Client(server) as client:
            client.send(wire.request(wire.SSL_REQUEST) + stuffed)
            answer = client.socket.recv(1)
            assert answer in (b'S', b'E', b'')
            kinds = [kind for kind, _ in client.until_closed()] if answer != b'S' else []
            assert b'Z' not in kinds
            if answer == b'S':
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                with pytest.raises((OSError, ssl.SSLError)):
                    client.socket = context.wrap_socket(client.socket)
                    assert client.log_in() == []
        for data in (b'\x16\x03\x01', b'not tls at all' * 100, b''):
            with Client(server) as client:
                client.send(wire.request(wire.SSL_REQUEST))
                assert client.socket.recv(1) == b'S'
                client.send(data)
                client.socket.shutdown(socket.SHUT_WR)
                client.until_closed() if data == b'' else client.socket.recv(1000)
        server.must_run()


def test_requests_for_encryption_without_a_certificate(shared_culvert):
    with Client(shared_culvert) as client:
        for code in (wire.SSL_REQUEST, wire.GSS_REQUEST):
            client.send(wire.request(code))
            assert client.socket.recv(10) == b'N'
        client.log_in()


def test_cancel_with_a_wrong_key(shared_culvert):
    with Client(shared_culvert) as client:
        keys = [body for kind, body in client.log_in() if kind == b'K'][0]
        wrong = keys[:4] + bytes(byte ^ 1 for byte in keys[4:])
        for body in (wrong, b'\0' * 8):
            with Client(shared_culvert) as other:
                other.send(wire.request(wire.CANCEL_REQUEST, body))
                assert other.until_closed() == []
        client.send(query('SELECT 1'))
        assert b'E' not in [kind for kind, _ in client.until_ready()]


def test_client_that_never_reads(shared_culvert):
    """Its answers do not pile up in the server."""
    before = shared_culvert.resident_kilobytes()
    with Client(shared_culvert) as client:
        client.log_in()
        client.socket.setblocking(False)
        batch = query("SELECT repeat('x', 1000000)") * 20
        end = time.monotonic() + 3
        while time.monotonic() < end:
            try:
                client.socket.send(batch)
            except BlockingIOError:
                time.sleep(0.05)
        if not IS_SANITIZED:
            assert shared_culvert.resident_kilobytes() - before < GROWTH_KILOBYTES
        shared_culvert.must_run()


def test_two_thousand_idle_clients(culvert_binary, scratch):
    """All stay, a new one is served, and each costs little."""
    count = 2000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * count:
        pytest.skip(f'only {hard} files may be open here')
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * count), hard))
    with Culvert(scratch, log_level='info') as server, contextlib.ExitStack() as open_ones:
        server.must_run()
        before = server.resident_kilobytes()
        clients = [open_ones.enter_context(Client(server)) for _ in range(count)]
        for client in clients:
            client.send(wire.start_up({'user': 'materialize', 'database': 'materialize'}))
        for client in clients:
            client.until_ready()
        began = time.monotonic()
        assert server.psql('SELECT 1').stdout == '1\n'  # psycopg's select() ends at 1,024 files
        assert time.monotonic() - began < 2
        if not IS_SANITIZED:
            assert (server.resident_kilobytes() - before) / count < 64
        for client in clients[::100]:
            client.send(query('SELECT 1'))
            client.until_ready()
        open_ones.close()
        server.must_run()


@pytest.mark.sanitized
def test_bad_statements_of_our_own_grammar(shared_culvert):
    """Every text cut short, and every token doubled: an error each, never an end."""
    whole = ("CREATE CONNECTION IF NOT EXISTS a.b.c TO POSTGRES (HOST = 'h', PORT 1, USER u, "
             "PASSWORD SECRET s, SSH TUNNEL t) WITH (VALIDATE = false)")
    words = whole.split(' ')
    with shared_culvert.connect() as connection:
        for size in range(1, len(whole), 3):
            assert failure(connection, whole[:size]).sqlstate[:2] in ('42', '22', 'XX', '3D', '3F')
        for number in range(len(words)):
            text = ' '.join(words[:number] + [words[number]] * 2 + words[number + 1:])
            assert failure(connection, text).sqlstate[:2] in ('42', '22', 'XX', '3D', '3F')
