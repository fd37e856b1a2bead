"""Flags, start, stop: what an operator sees before the first client connects."""
import re
import signal
import socket
import subprocess
import time

import psycopg
import pytest

from support import places
from support.culvert import Culvert
from support.process import run
from support.sql import failure, rows_as_dicts

FLAGS = ['--data-dir', '--listen', '--master-key-file', '--announce-egress-address', '--set',
         '--log-level', '--help', '--version']


def words_of_failed_start(server, seconds=10):
    """The start must fail by itself, with a status and a reason."""
    process = server.launch()
    server.process = None
    try:
        status = process.child.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill_with_children()
        pytest.fail(f'the server started: {server.log()}')
    server.must_be_clean()
    assert status in (1, 2), f'{status}: {server.log()}'
    return server.log()


@pytest.mark.sanitized
def test_help_names_every_flag(culvert_binary):
    ended = run(culvert_binary, '--help')
    for flag in FLAGS:
        assert flag in ended.stdout
    assert 'CULVERT_DATA_DIR' in ended.stdout
    assert ended.stderr == ''


def test_version(culvert_binary):
    assert re.fullmatch(r'culvert \d+\.\d+(\.\d+)?\S*\n', run(culvert_binary, '--version').stdout)


BAD_FLAGS = [
    (['--no-such-flag'], '--no-such-flag'),
    (['stray'], 'stray'),
    (['--log-level', 'loud'], 'loud'),
    (['--listen', '127.0.0.1'], '127.0.0.1'),
    (['--listen', '127.0.0.1:70000'], '70000'),
    (['--announce-egress-address', '203.0.113.256'], '203.0.113.256'),
    (['--announce-egress-address', '203.0.113.0/33'], '203.0.113.0/33'),
    (['--announce-egress-address', '198.51.100.1,,198.51.100.2'], 'egress address'),
    (['--announce-egress-address', ''], 'egress address'),
    (['--set', 'statement_timeout'], 'statement_timeout'),
    (['--set', 'no_such_setting=1'], 'no_such_setting'),
    (['--set', 'statement_timeout=soon'], 'statement_timeout'),
    (['--listen', '0.0.0.0:6875'], 'loopback'),
    (['--listen', '[::]:6875'], 'loopback'),
    (['--tls-cert', '/nowhere.pem'], '--tls-key'),
    (['--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.key'], '/nowhere'),
]


@pytest.mark.sanitized
@pytest.mark.parametrize('flags, words', BAD_FLAGS, ids=[' '.join(flags) for flags, _ in BAD_FLAGS])
def test_bad_flag_stops_the_start(culvert_binary, scratch, flags, words):
    server = Culvert(scratch, *flags)
    assert words in words_of_failed_start(server)
    assert not server.is_listening()


def test_bad_variable_stops_the_start(culvert_binary, scratch):
    variables = {'CULVERT_ANNOUNCE_EGRESS_ADDRESS': 'nowhere'}
    words = words_of_failed_start(Culvert(scratch, environment=variables))
    assert 'CULVERT_ANNOUNCE_EGRESS_ADDRESS' in words and 'nowhere' in words


def test_flags_may_be_variables(culvert_binary, scratch):
    variables = {'CULVERT_SET': 'application_name=from the environment',
                 'CULVERT_ANNOUNCE_EGRESS_ADDRESS': '203.0.113.7'}
    with Culvert(scratch, environment=variables) as server:
        assert server.run('SELECT egress_ip FROM mz_egress_ips') == [('203.0.113.7',)]
        assert server.run('SHOW statement_timeout') == [('0',)]
        assert server.run('SHOW application_name') == [('from the environment',)]


def test_egress_addresses_are_rows(culvert_binary, scratch):
    flags = ['--announce-egress-address', '203.0.113.33,198.51.100.0/24',
             '--announce-egress-address', '2001:db8::/32']
    with Culvert(scratch, *flags) as server, server.connect() as connection:
        rows = rows_as_dicts(connection, 'SELECT * FROM mz_catalog.mz_egress_ips ORDER BY cidr')
    assert rows == [
        {'egress_ip': '198.51.100.0', 'prefix_length': 24, 'cidr': '198.51.100.0/24'},
        {'egress_ip': '2001:db8::', 'prefix_length': 32, 'cidr': '2001:db8::/32'},
        {'egress_ip': '203.0.113.33', 'prefix_length': 32, 'cidr': '203.0.113.33/32'}]


@pytest.mark.sanitized
def test_one_clear_line_when_ready(culvert):
    ready = [line for line in culvert.log().splitlines() if ' server_ready' in line]
    assert len(ready) == 1
    assert f'{culvert.host}:{culvert.port}' in culvert.log().partition('server_ready')[0] + ready[0]


def test_several_listeners(culvert_binary, scratch):
    second = places.free_port()
    with Culvert(scratch, '--listen', f'localhost:{second}') as server:
        assert server.run('SELECT 1', port=second) == [(1,)]
        assert server.run('SELECT 1') == [(1,)]


def test_taken_port_stops_the_start(culvert_binary, scratch):
    server = Culvert(scratch)
    with socket.create_server((server.host, server.port)):
        assert str(server.port) in words_of_failed_start(server)


def test_second_server_on_the_same_data_is_refused(culvert, culvert_binary):
    second = Culvert(culvert.folder)
    second.log_path = culvert.folder / 'second.log'
    assert str(culvert.data_dir) in words_of_failed_start(second)
    culvert.must_run()


def test_any_user_may_log_in_on_loopback_but_databases_must_exist(culvert):
    assert culvert.run('SELECT 1', user='anybody') == [(1,)]
    with pytest.raises(psycopg.OperationalError, match='database "nowhere" does not exist'):
        culvert.run('SELECT 1', dbname='nowhere')


def test_tls_when_a_certificate_is_given(culvert_binary, scratch, certificates):
    certificate, key = certificates.server('localhost')
    with Culvert(scratch, '--tls-cert', certificate, '--tls-key', key) as server:
        trusted = {'host': 'localhost', 'hostaddr': '127.0.0.1', 'sslmode': 'verify-full',
                   'sslrootcert': certificates.certificate('authority')}
        with server.connect(**trusted) as connection:
            assert connection.pgconn.ssl_in_use
            assert connection.execute('SELECT repeat(%s, 100000)', ['x']).fetchone()[0] == 'x' * 100000
        wrong = trusted | {'sslrootcert': certificates.certificate('wrong_authority')}
        with pytest.raises(psycopg.OperationalError, match='certificate verify failed'):
            server.connect(**wrong)
        assert server.run('SELECT 1') == [(1,)]


def test_tls_is_refused_without_a_certificate(culvert):
    with pytest.raises(psycopg.OperationalError, match='does not support SSL'):
        culvert.connect(sslmode='require')


def test_sigterm_drains(culvert):
    """An open transaction does not keep the server, and its client is told."""
    connection = culvert.connect(autocommit=False)
    connection.execute("CREATE SECRET unfinished AS 'x'")
    process = culvert.process
    process.send(signal.SIGTERM)
    assert process.child.wait(30) == 0
    assert failure(connection, 'SELECT 1').sqlstate in ('57P01', None)
    culvert.process = None
    culvert.start()
    assert culvert.run('SELECT count(*) FROM mz_secrets') == [(0,)]


def test_second_sigterm_ends_at_once(culvert):
    connection = culvert.connect(autocommit=False)
    connection.execute('SELECT 1')
    process, culvert.process = culvert.process, None
    process.send(signal.SIGTERM)
    time.sleep(0.1)
    began = time.monotonic()
    process.send(signal.SIGTERM)
    process.child.wait(10)
    assert time.monotonic() - began < 3
    connection.close()


def test_check_needs_a_data_directory(culvert_binary, scratch):
    ended = run(culvert_binary, 'check', scratch / 'nothing', check=False)
    assert ended.returncode != 0
    assert 'nothing' in ended.stdout + ended.stderr


def test_check_after_use(culvert):
    culvert.run("CREATE SECRET s AS 'x'")
    culvert.stop()
    culvert.check()


def test_without_its_master_key_the_server_starts_sealed(culvert):
    culvert.run("CREATE SECRET kept AS 'x'")
    culvert.stop()
    hidden = culvert.key_file.rename(culvert.folder / 'hidden.key')
    assert hidden.stat().st_mode & 0o777 == 0o400
    culvert.start()
    assert culvert.run('SELECT name FROM mz_secrets') == [('kept',)]
    with culvert.connect() as connection:
        assert 'sealed' in str(failure(connection, "CREATE SECRET other AS 'y'")).lower()
    culvert.stop()
    culvert.key_file.unlink(missing_ok=True)
    hidden.rename(culvert.key_file)
    culvert.start()
    culvert.run("CREATE SECRET other AS 'y'")
