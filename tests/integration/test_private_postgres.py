"""A PostgreSQL that only the bastion can reach, by a name that only the bastion knows. Each of
the three has a network of its own; Culvert's has no route but to the bastion, and no resolver.

    culvert 10.97.3.1 -- 10.97.3.2 bastion 10.98.3.1 -- 10.98.3.2 db.internal"""
import concurrent.futures
import socket
import types

import psycopg
import pytest

from support import places
from support.culvert import Culvert
from support.namespaces import Namespace, join, needs_namespaces
from support.postgres import PASSWORD, PostgreSQL
from support.sql import failure, literal, run
from support.sshd import Bastion

DIALS, AT_ONCE = 200, 8


@pytest.fixture(scope='module')
def networks():
    needs_namespaces()
    folder = places.folder('networks')
    made = []
    try:
        for name, hosts in (('cv-culvert', ''), ('cv-bastion', '10.98.3.2 db.internal db.alias\n'),
                            ('cv-database', '')):
            made.append(Namespace(name, folder, hosts))
        join(made[0], '10.97.3.1', made[1], '10.97.3.2')
        join(made[1], '10.98.3.1', made[2], '10.98.3.2')
        yield made
    finally:
        for namespace in made:
            namespace.remove()


@pytest.fixture(scope='module')
def world(networks, culvert_binary, postgres_template, certificates):
    outside, middle, inside = networks
    database = PostgreSQL(postgres_template, places.folder('private'), '10.98.3.2', inside,
                          certificate=certificates.server('db.internal'),
                          hba=['host all all all scram-sha-256'], wal_level='logical')
    bastion = Bastion(places.folder('private-bastion'), '10.97.3.2', middle)
    culvert = Culvert(places.folder('private-culvert'), namespace=outside)
    with database, bastion, culvert:
        database.administer(f'ALTER USER postgres PASSWORD {literal(PASSWORD)}')
        culvert.run(f"CREATE CONNECTION b TO SSH TUNNEL (HOST '{bastion.host}', "
                    f"PORT {bastion.port}, USER '{bastion.user}')")
        bastion.authorize(culvert.run('SELECT public_key_1 FROM mz_ssh_tunnel_connections')[0][0])
        culvert.run(f'CREATE SECRET p AS {literal(PASSWORD)}')
        for name in ('authority', 'wrong_authority'):
            culvert.run(f'CREATE SECRET {name} AS {literal(certificates.text(name))}')
        yield types.SimpleNamespace(database=database, bastion=bastion, culvert=culvert,
                                    outside=outside, middle=middle)


def create(world, name, *options, host='db.internal', validate=True):
    words = [f"HOST '{host}'", f'PORT {world.database.port}', "USER 'postgres'",
             'PASSWORD SECRET p', "DATABASE 'postgres'", 'SSH TUNNEL b', *options]
    return (f'CREATE CONNECTION {name} TO POSTGRES ({", ".join(words)}) '
            f'WITH (VALIDATE = {str(validate).lower()})')


def test_culvert_reaches_only_the_bastion(world):
    """The ground under the other tests."""
    with world.outside.entered(), pytest.raises(OSError):
        socket.create_connection(('10.98.3.2', world.database.port), 2)
    for namespace, status in ((world.outside, 2), (world.middle, 0)):
        found = namespace.run('getent', 'hosts', 'db.internal', check=False)
        assert found.returncode == status


CASES = {
    'disable': (["SSL MODE 'disable'"], None),
    'no mode': ([], None),
    'require': (["SSL MODE 'require'"], None),
    'verify-ca': (["SSL MODE 'verify-ca'", 'SSL CERTIFICATE AUTHORITY SECRET authority'], None),
    'verify-full': (["SSL MODE 'verify-full'", 'SSL CERTIFICATE AUTHORITY SECRET authority'], None),
    'wrong authority': (["SSL MODE 'verify-ca'",
                         'SSL CERTIFICATE AUTHORITY SECRET wrong_authority'], 'certificate'),
    'wrong authority, full': (["SSL MODE 'verify-full'",
                               'SSL CERTIFICATE AUTHORITY SECRET wrong_authority'], 'certificate'),
    'no authority': (["SSL MODE 'verify-full'"], 'certificate'),
}


@pytest.mark.sanitized
@pytest.mark.parametrize('case', CASES)
def test_tls_modes_through_the_tunnel(world, case):
    options, words = CASES[case]
    with world.culvert.connect() as connection:
        if words is None:
            run(connection, create(world, 'c', *options))
            run(connection, 'VALIDATE CONNECTION c')
            run(connection, 'DROP CONNECTION c')
        else:
            error = failure(connection, create(world, 'c', *options))
            assert error.sqlstate == '58000'
            assert words in str(error)
            assert 'stage tls' in error.diag.message_detail.lower()


@pytest.mark.sanitized
@pytest.mark.parametrize('mode, is_refused', [('require', False), ('verify-ca', False),
                                              ('verify-full', True)])
def test_only_verify_full_minds_the_name(world, mode, is_refused):
    """db.alias is the same server, whose certificate says db.internal."""
    statement = create(world, 'alias', f"SSL MODE '{mode}'",
                       'SSL CERTIFICATE AUTHORITY SECRET authority', host='db.alias')
    with world.culvert.connect() as connection:
        if is_refused:
            error = failure(connection, statement)
            assert error.sqlstate == '58000'
            assert 'db.alias' in str(error)
        else:
            run(connection, statement)
            run(connection, 'DROP CONNECTION alias')


def test_a_name_nobody_knows(world):
    with world.culvert.connect() as connection:
        error = failure(connection, create(world, 'lost', host='nobody.internal'))
    assert error.sqlstate == '58000'
    assert 'nobody.internal' in str(error)
    assert 'bastion' in error.diag.message_hint


def test_without_the_tunnel_there_is_no_way(world):
    """What is meant for the tunnel never goes around it; what has none does not go in."""
    statement = create(world, 'direct').replace(', SSH TUNNEL b', '')
    with world.culvert.connect() as connection:
        assert failure(connection, statement).sqlstate == '58000'


def knock(world, port):
    """Another process's try at a port that was found: how many bytes it gets."""
    with world.outside.entered(), socket.socket() as client:
        client.settimeout(0.5)
        try:
            client.connect(('127.0.0.1', port))
            return len(client.recv(100))
        except OSError:
            return 0


def validate_often(world, count):
    with world.culvert.connect() as connection:
        for _ in range(count):
            run(connection, 'VALIDATE CONNECTION watched')
    return count


def test_nothing_listens_but_the_sql_port(world):
    world.culvert.run(create(world, 'watched'))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        dials = [pool.submit(validate_often, world, DIALS // AT_ONCE) for _ in range(AT_ONCE)]
        looks, got = 0, 0
        while not all(dial.done() for dial in dials):
            found = {port for _, port, _ in world.outside.listeners()}
            assert world.culvert.port in found
            got += sum(knock(world, port) for port in found - {world.culvert.port})
            assert found == {world.culvert.port}
            looks += 1
        assert sum(dial.result() for dial in dials) == DIALS
    assert looks > 5
    assert got == 0
    unix = world.outside.run('ss', '-H', '-l', '-x', '-p').stdout
    assert f'pid={world.culvert.process.pid},' not in unix


def test_a_planted_listener_is_seen(world):
    """The test of the test above."""
    with world.outside.entered():
        planted = socket.create_server(('127.0.0.1', places.free_port()))
    with planted:
        port = planted.getsockname()[1]
        assert port in {port for _, port, _ in world.outside.listeners()}


def test_the_tools_reach_the_database_by_that_way(world, certificates):
    """psql on the bastion sees what Culvert should see: the certificate, and its name."""
    psql = f'psql -X -At "host=db.internal port={world.database.port} user=postgres ' \
           f'sslmode=verify-full sslrootcert={certificates.certificate("authority")}" -c "SELECT 1"'
    done = world.middle.run('sh', '-c', f"PGPASSWORD='{PASSWORD}' {psql}")
    assert done.stdout == '1\n'
    with pytest.raises(psycopg.OperationalError):
        world.database.connect(password="'wrong'")
