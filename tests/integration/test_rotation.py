"""Keys and connections through rotations, restarts and cuts."""
import concurrent.futures

import psycopg
import pytest

from support import places
from support.postgres import PostgreSQL
from support.process import wait_until
from support.sql import failure, run
from support.sshd import Bastion

SNAPSHOT = """
SELECT c.id, c.oid, c.name, c.type, c.create_sql, t.public_key_1, t.public_key_2
FROM mz_connections c LEFT JOIN mz_ssh_tunnel_connections t ON t.id = c.id ORDER BY c.id
"""


@pytest.fixture
def keys(culvert, bastion):
    """A function that reads the tunnel's two public keys."""
    culvert.run(f"CREATE CONNECTION b TO SSH TUNNEL (HOST '{bastion.host}', PORT {bastion.port}, "
                f"USER '{bastion.user}')")
    return lambda: culvert.run('SELECT public_key_1, public_key_2 FROM mz_connections '
                               "JOIN mz_ssh_tunnel_connections USING (id) WHERE name = 'b'")[0]


@pytest.mark.sanitized
def test_old_second_key_becomes_the_first(culvert, bastion, keys):
    first, second = keys()
    bastion.authorize(first, second)
    with culvert.connect() as connection:
        run(connection, 'VALIDATE CONNECTION b')
        run(connection, 'ALTER CONNECTION b ROTATE KEYS')
        assert keys()[0] == second
        assert keys()[1] not in (first, second)
        run(connection, 'VALIDATE CONNECTION b')
        bastion.authorize(first)
        assert failure(connection, 'VALIDATE CONNECTION b').sqlstate == '58000'
        bastion.authorize(keys()[1])
        run(connection, 'VALIDATE CONNECTION b')


@pytest.mark.sanitized
@pytest.mark.parametrize('which', [0, 1])
def test_one_key_where_one_try_is_allowed(culvert, which):
    with Bastion(places.folder('onetry'), MaxAuthTries='1') as strict, \
            culvert.connect() as connection:
        run(connection, f"CREATE CONNECTION b TO SSH TUNNEL (HOST '{strict.host}', PORT {strict.port}, "
                        f"USER '{strict.user}')")
        lines = run(connection, 'SELECT public_key_1, public_key_2 FROM mz_ssh_tunnel_connections')[0]
        strict.authorize(lines[which])
        run(connection, 'VALIDATE CONNECTION b')
        strict.authorize()
        assert 'login_refused' in failure(connection, 'VALIDATE CONNECTION b').diag.message_detail


def test_second_rotation_warns_before_it_locks_out(culvert, bastion, keys):
    """The bastion knows neither of the keys that would be left."""
    first, second = keys()
    bastion.authorize(first, second)
    notices = []
    with culvert.connect() as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.severity))
        run(connection, 'VALIDATE CONNECTION b')
        run(connection, 'ALTER CONNECTION b ROTATE KEYS')
        assert notices == []
        run(connection, 'ALTER CONNECTION b ROTATE KEYS')
        assert notices == ['WARNING']
        error = failure(connection, 'VALIDATE CONNECTION b')
        assert 'login' in error.diag.message_detail


def test_rotation_in_a_transaction_that_rolls_back(culvert, keys):
    before = keys()
    with culvert.connect() as connection:
        run(connection, 'BEGIN')
        run(connection, 'ALTER CONNECTION b ROTATE KEYS')
        inside = run(connection, 'SELECT public_key_1 FROM mz_ssh_tunnel_connections')
        assert inside == [(before[1],)]
        run(connection, 'ROLLBACK')
    assert keys() == before


def test_rotation_is_alone_and_only_of_tunnels(culvert, keys):
    with culvert.connect() as connection:
        error = failure(connection, 'ALTER CONNECTION b ROTATE KEYS, SET (PORT 23)')
        assert 'cannot specify any other actions alongside ALTER CONNECTION...ROTATE KEYS' in str(error)
        run(connection, "CREATE CONNECTION p TO POSTGRES (HOST 'h', USER 'u', DATABASE 'd', "
                        'SSH TUNNEL b) WITH (VALIDATE = false)')
        error = failure(connection, 'ALTER CONNECTION p ROTATE KEYS')
        assert 'p is not an SSH connection' in str(error)
        run(connection, 'ALTER CONNECTION IF EXISTS nothing ROTATE KEYS')


@pytest.mark.sanitized
@pytest.mark.parametrize('how', ['restart', 'kill_and_restart'])
def test_all_is_the_same_after_a_restart(culvert, bastion, keys, how):
    bastion.authorize(*keys())
    with culvert.connect() as connection:
        run(connection, "CREATE SECRET s AS 'x'")
        run(connection, "CREATE CONNECTION p TO POSTGRES (HOST 'h', USER 'u', DATABASE 'd', "
                        'PASSWORD SECRET s, SSH TUNNEL b) WITH (VALIDATE = false)')
        run(connection, "COMMENT ON CONNECTION b IS 'the bastion'")
        run(connection, 'VALIDATE CONNECTION b')
        run(connection, 'ALTER CONNECTION b ROTATE KEYS')
    before = culvert.run(SNAPSHOT)
    getattr(culvert, how)()
    assert culvert.run(SNAPSHOT) == before
    assert culvert.run('SHOW CONNECTIONS') == [('b', 'ssh-tunnel', 'the bastion'),
                                               ('p', 'postgres', '')]
    bastion.authorize(keys()[0])
    culvert.run('VALIDATE CONNECTION b')
    bastion.authorize(keys()[1])
    culvert.run('VALIDATE CONNECTION b')


def test_pinned_host_key_outlives_a_restart(culvert, bastion, keys):
    bastion.authorize(*keys())
    culvert.run('VALIDATE CONNECTION b')
    pinned = ('SELECT k.fingerprint FROM mz_internal.mz_ssh_host_keys k '
              "JOIN mz_connections c ON c.id = k.connection_id WHERE c.name = 'b'")
    wait_until(lambda: culvert.run(pinned) == [(bastion.fingerprint(),)], 'the key is pinned', 5)
    culvert.kill_and_restart()
    assert culvert.run(pinned) == [(bastion.fingerprint(),)]
    bastion.stop()
    bastion.make_host_key()
    bastion.start()
    with culvert.connect() as connection:
        assert 'host key' in failure(connection, 'VALIDATE CONNECTION b').diag.message_detail


def test_a_declared_host_key_is_the_only_one(culvert, bastion, keys):
    bastion.authorize(*keys())
    with culvert.connect() as connection:
        run(connection, f"ALTER CONNECTION b SET (HOST KEY '{bastion.host_key()}')")
        run(connection, 'VALIDATE CONNECTION b')
        bastion.stop()
        bastion.make_host_key()
        bastion.start()
        assert 'host key' in failure(connection, 'VALIDATE CONNECTION b').diag.message_detail
        run(connection, 'ALTER CONNECTION b RESET (HOST KEY)')
        error = failure(connection, "ALTER CONNECTION b SET (HOST KEY 'no key')")
        assert error.sqlstate == '0A000' and 'invalid ALTER CONNECTION: ' in str(error)


STATUS = ('SELECT state, connect_count, last_error_stage, failures_in_row '
          "FROM mz_internal.mz_ssh_tunnel_status WHERE name = 'b'")


def test_tunnel_heals_when_sshd_is_back(culvert, bastion, keys, postgres_template):
    """The tunnel that connectors share: up after its first use, seen as cut when sshd is gone,
    and up again by itself."""
    bastion.authorize(*keys())
    with PostgreSQL(postgres_template, places.folder('heals'), wal_level='logical') as database, \
            culvert.connect() as connection:
        run(connection, f"CREATE CONNECTION p TO POSTGRES (HOST '{database.host}', PORT "
                        f"{database.port}, USER 'postgres', DATABASE 'postgres', SSH TUNNEL b)")
        [(state, count, stage, failures)] = run(connection, STATUS)
        assert (state, int(count), stage, failures) == ('up', 1, None, 0)
        bastion.stop()
        wait_until(lambda: run(connection, STATUS)[0][0] != 'up', 'the cut is noticed', 5)
        error = failure(connection, 'VALIDATE CONNECTION p')
        assert error.sqlstate == '58000'
        assert 'SSH tunnel "b"' in error.diag.message_detail
        [(state, _, stage, failures)] = run(connection, STATUS)
        assert state != 'up' and stage == 'connect' and failures > 0
        bastion.start()
        wait_until(lambda: not is_failing(connection, 'VALIDATE CONNECTION p'), 'it heals', 15, 0.2)
        assert run(connection, STATUS)[0][0] == 'up'
        assert int(run(connection, STATUS)[0][1]) == 2


def is_failing(connection, statement):
    try:
        run(connection, statement)
        return False
    except psycopg.Error as error:
        assert error.sqlstate == '58000'
        return True


def test_one_session_for_many_connections(culvert, bastion, keys, postgres_template):
    """Ten connections, validated at once, share one login."""
    bastion.options['MaxStartups'] = 1
    bastion.restart()
    bastion.authorize(*keys())
    with PostgreSQL(postgres_template, places.folder('shared'), wal_level='logical') as database:
        culvert.run(f"CREATE CONNECTION p TO POSTGRES (HOST '{database.host}', PORT {database.port}, "
                    "USER 'postgres', DATABASE 'postgres', SSH TUNNEL b) WITH (VALIDATE = false)")
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda _: culvert.run('VALIDATE CONNECTION p'), range(10)))
    assert bastion.log().count('Accepted publickey') == 1
    assert culvert.run("SELECT dial_count::int8 FROM mz_internal.mz_ssh_tunnel_status") == [(10,)]


def test_keys_are_gone_with_the_connection(culvert, keys):
    keys()
    culvert.run('DROP CONNECTION b')
    assert culvert.run('SELECT count(*) FROM mz_ssh_tunnel_connections') == [(0,)]
    assert culvert.run('SELECT count(*) FROM mz_internal.mz_ssh_host_keys') == [(0,)]
    culvert.stop()
    culvert.check()
