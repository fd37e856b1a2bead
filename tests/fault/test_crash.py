"""Eight sessions of DDL, killed at a random point: what was acknowledged is there, nothing is
there by half, and `culvert check` is content. CULVERT_CRASH_ROUNDS is the number of kills (20;
200 for the long run), CULVERT_SEED repeats a run."""
import dataclasses
import os
import random
import threading
import time

import psycopg
import pytest

from support.culvert import Culvert
from support.sql import run

SESSIONS = 8
ROUNDS = int(os.environ.get('CULVERT_CRASH_ROUNDS', '20'))
SEED = int(os.environ.get('CULVERT_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 31)


@dataclasses.dataclass
class Script:
    """What one session keeps in step with what the server acknowledged. `before` is the state
    after the last acknowledged statement; `after` differs only while one is in the air."""
    number: int
    random: random.Random
    before: dict = dataclasses.field(default_factory=dict)
    after: dict = dataclasses.field(default_factory=dict)
    acknowledged: int = 0
    error: Exception = None
    count: int = 0

    def new_name(self, kind):
        self.count += 1
        return f'{kind}_{self.number}_{self.count}'


def make_pair(script, state):
    """A transaction: secret, tunnel, and a connection that needs both. All or nothing."""
    name = script.new_name('pair')
    state.update({f'{name}_s': 'secret', f'{name}_t': 'ssh-tunnel', f'{name}_p': 'postgres'})
    return ['BEGIN', f"CREATE SECRET {name}_s AS '{name}'",
            f"CREATE CONNECTION {name}_t TO SSH TUNNEL (HOST 'h', USER 'u')",
            f"CREATE CONNECTION {name}_p TO POSTGRES (HOST 'h', USER 'u', DATABASE 'd', "
            f'PASSWORD SECRET {name}_s, SSH TUNNEL {name}_t) WITH (VALIDATE = false)', 'COMMIT']


def make_one(script, state):
    name = script.new_name('one')
    state[name] = 'secret'
    return [f"CREATE SECRET {name} AS '{name}'"]


def rename(script, state):
    old = pick(script, state, lambda name: name.startswith('one'))
    if old is None:
        return make_one(script, state)
    new = script.new_name('one')
    state[new] = state.pop(old)
    return [f'ALTER SECRET {old} RENAME TO {new}']


def drop_pair(script, state):
    """CASCADE takes the connection that needs the tunnel; the secret goes by itself."""
    name = pick(script, state, lambda name: name.endswith('_t'))
    if name is None:
        return make_pair(script, state)
    stem = name[:-2]
    for ending in 'tps':
        del state[f'{stem}_{ending}']
    return ['BEGIN', f'DROP CONNECTION {stem}_t CASCADE', f'DROP SECRET {stem}_s', 'COMMIT']


def roll_back(script, state):
    name = script.new_name('never')
    return ['BEGIN', f"CREATE SECRET {name} AS 'x'", 'ROLLBACK']


def savepoint(script, state):
    kept, lost = script.new_name('one'), script.new_name('never')
    state[kept] = 'secret'
    return ['BEGIN', f"CREATE SECRET {kept} AS 'x'", 'SAVEPOINT a', f"CREATE SECRET {lost} AS 'x'",
            'ROLLBACK TO SAVEPOINT a', 'COMMIT']


STEPS = [make_pair, make_one, make_one, rename, drop_pair, roll_back, savepoint]


def pick(script, state, is_wanted):
    names = sorted(name for name in state if is_wanted(name))
    return script.random.choice(names) if names else None


def is_end_of_server(error):
    """The connection broke; an error that the server answered is none."""
    return isinstance(error, psycopg.OperationalError) and error.sqlstate in (None, '57P01')


def play(server, script):
    """Until the server is gone."""
    try:
        with server.connect() as connection:
            while True:
                script.after = dict(script.before)
                for statement in script.random.choice(STEPS)(script, script.after):
                    run(connection, statement)
                script.before = script.after
                script.acknowledged += 1
    except Exception as error:  # kept for the main thread
        if is_end_of_server(error):
            return
        script.error = error


def stored(server):
    """name -> kind of all that is there."""
    return dict(server.run("SELECT name, 'secret' FROM mz_secrets UNION ALL "
                           'SELECT name, type FROM mz_connections'))


def must_match(script, found):
    mine = {name: kind for name, kind in found.items() if name.split('_')[1] == str(script.number)}
    assert mine in (script.before, script.after), (
        f'seed {SEED}, session {script.number}: lacks {script.before.items() - mine.items()}, '
        f'has {mine.items() - script.before.items()}; '
        f'in the air {script.before.items() ^ script.after.items()}')
    script.before = script.after = mine


def must_hang_together(server):
    """Every tunnel has its keys, every dependence both ends, every object its row."""
    assert server.run("SELECT count(*) FROM mz_connections c LEFT JOIN mz_ssh_tunnel_connections t "
                      "ON t.id = c.id WHERE (c.type = 'ssh-tunnel') <> (t.id IS NOT NULL)") == [(0,)]
    assert server.run('SELECT count(*) FROM mz_internal.mz_object_dependencies d WHERE NOT EXISTS '
                      '(SELECT 1 FROM mz_objects o WHERE o.id = d.object_id) OR NOT EXISTS '
                      '(SELECT 1 FROM mz_objects o WHERE o.id = d.referenced_object_id)') == [(0,)]
    assert server.run("SELECT count(*) FROM mz_objects WHERE id LIKE 'u%'")[0][0] == \
        len(stored(server))


def play_until_killed(server, scripts, seconds):
    threads = [threading.Thread(target=play, args=(server, script)) for script in scripts]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    for script in scripts:
        if script.error:
            raise script.error


def test_killed_at_random_points(culvert):
    chance = random.Random(SEED)
    scripts = [Script(number, random.Random(SEED + number)) for number in range(SESSIONS)]
    for _ in range(ROUNDS):
        play_until_killed(culvert, scripts, chance.uniform(0.02, 0.4))
        culvert.check()
        culvert.start()
        found = stored(culvert)
        assert not [name for name in found if name.startswith('never')]
        for script in scripts:
            must_match(script, found)
        must_hang_together(culvert)
    assert sum(script.acknowledged for script in scripts) > ROUNDS, f'seed {SEED}'


def test_a_lost_statement_is_noticed():
    """The test of the test."""
    script = Script(3, random.Random(1))
    script.before = script.after = {'one_3_1': 'secret'}
    with pytest.raises(AssertionError, match='one_3_1'):
        must_match(script, {'one_2_1': 'secret'})
    script.after = {'one_3_1': 'secret', 'pair_3_2_s': 'secret', 'pair_3_2_t': 'ssh-tunnel'}
    with pytest.raises(AssertionError, match='pair_3_2_s'):
        must_match(script, {'one_3_1': 'secret', 'pair_3_2_s': 'secret'})
    must_match(script, {'one_3_1': 'secret', 'pair_3_2_s': 'secret', 'pair_3_2_t': 'ssh-tunnel'})


def test_killed_while_it_makes_its_store(culvert_binary, scratch):
    """A start that was cut leaves nothing that stops the next one."""
    server = Culvert(scratch)
    for milliseconds in range(0, 60, 5):
        server.launch()
        time.sleep(milliseconds / 1000)
        server.kill()
    with server:
        server.run("CREATE SECRET s AS 'x'")
    server.check()
