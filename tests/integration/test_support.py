"""The tools of the tests, without the server under test: what they claim to start is real."""
import socket
import subprocess

import psycopg
import pytest

from support import peers, places
from support.namespaces import Namespace, join, needs_namespaces
from support.postgres import PostgreSQL
from support.process import run
from support.sshd import Bastion


@pytest.fixture
def identity(scratch):
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', scratch / 'identity')
    return scratch / 'identity'


def ssh(bastion, identity, *words, namespace=None):
    prefix = namespace.prefix() if namespace else []
    return subprocess.run(
        [*prefix, 'ssh', '-F', 'none', '-p', str(bastion.port), '-i', identity, '-o',
         'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null',
         '-o', 'IdentitiesOnly=yes', '-o', 'ConnectTimeout=5', f'{bastion.user}@{bastion.host}',
         *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False)


def test_sshd_takes_only_authorized_keys(bastion, identity):
    assert 'Permission denied' in ssh(bastion, identity, 'echo in').stderr
    bastion.authorize(identity.with_suffix('.pub').read_text().strip())
    assert ssh(bastion, identity, 'echo in').stdout == 'in\n'
    bastion.restart()
    assert ssh(bastion, identity, 'echo again').stdout == 'again\n'


def test_sshd_stops_with_all_its_sessions(bastion, identity):
    bastion.authorize(identity.with_suffix('.pub').read_text().strip())
    with subprocess.Popen(['ssh', '-F', 'none', '-N', '-p', str(bastion.port), '-i', identity, '-o',
                           'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null',
                           f'{bastion.user}@{bastion.host}'], stderr=subprocess.DEVNULL) as client:
        bastion.wait_for_log('Accepted publickey')
        bastion.stop()
        assert client.wait(10) != 0
    with pytest.raises(OSError):
        socket.create_connection((bastion.host, bastion.port), 2)


def test_postgres_with_certificate(postgres_template, certificates, scratch):
    with PostgreSQL(postgres_template, scratch, certificate=certificates.server('db.internal'),
                    hba=['hostssl all all all scram-sha-256']) as server:
        server.administer("ALTER USER postgres PASSWORD 'x y'")
        trusted = {'sslmode': 'verify-ca', 'sslrootcert': certificates.certificate('authority'),
                   'password': "'x y'"}
        assert server.run('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
                          **trusted) == [(True,)]
        for changes, words in (({'sslmode': 'verify-full'}, 'does not match host name'),
                               ({'sslrootcert': certificates.certificate('wrong_authority')},
                                'certificate verify failed'),
                               ({'password': 'z'}, 'password authentication failed'),
                               ({'sslmode': 'disable'}, 'no pg_hba.conf entry')):
            with pytest.raises(psycopg.OperationalError, match=words):
                server.run('SELECT 1', **(trusted | changes))


def test_bad_peers():
    def ask(peer, data=b''):
        with socket.create_connection((peer.host, peer.port), 2) as client:
            client.settimeout(0.3)
            client.sendall(data)
            return client.recv(100)
    with peers.silent() as peer, pytest.raises(TimeoutError):
        ask(peer, b'hello')
    with peers.closing() as peer:
        assert ask(peer) == b''
    with peers.saying(b'SSH-2.0-half') as peer:
        assert ask(peer) == b'SSH-2.0-half'
    with peers.answering(b'N') as peer:
        assert ask(peer, b'question') == b'N'
        assert peer.received == b'question'
    with peers.Unanswered() as peer, pytest.raises(TimeoutError):
        socket.create_connection((peer.host, peer.port), 1)


def test_namespaces_hide_each_other(scratch, identity, postgres_template):
    needs_namespaces()
    outside = Namespace('cv-out', scratch)
    middle = Namespace('cv-mid', scratch, '10.98.7.2 db.internal\n')
    inside = Namespace('cv-in', scratch)
    try:
        join(outside, '10.97.7.1', middle, '10.97.7.2')
        join(middle, '10.98.7.1', inside, '10.98.7.2')
        folder = places.folder('database')
        with Bastion(scratch / 'bastion', '10.97.7.2', middle) as bastion, \
                PostgreSQL(postgres_template, folder, '10.98.7.2', inside) as server:
            bastion.authorize(identity.with_suffix('.pub').read_text().strip())
            with outside.entered(), pytest.raises(OSError):
                socket.create_connection(('10.98.7.2', server.port), 2)
            assert outside.run('getent', 'hosts', 'db.internal', check=False).returncode != 0
            names = ssh(bastion, identity, 'getent hosts db.internal', namespace=outside)
            assert names.stdout.split() == ['10.98.7.2', 'db.internal']
            psql = f'psql -X -At -h db.internal -p {server.port} -U postgres -c "SELECT 41 + 1"'
            assert ssh(bastion, identity, psql, namespace=outside).stdout == '42\n'
            assert [port for _, port, _ in middle.listeners()] == [bastion.port]
    finally:
        for namespace in (outside, middle, inside):
            namespace.remove()
