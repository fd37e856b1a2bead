"""Twenty canaries go into the server by every way that a secret can take. Afterwards none is in
its data directory, its log, an error, a relation, a core, or to be read in /proc by another
user. Planted ones prove that the search finds what is there."""
import os
import signal
import stat
import subprocess

import psycopg
import pytest

from support import canaries, places
from support.culvert import Culvert
from support.postgres import PostgreSQL
from support.process import Process, run as run_program, wait_until
from support.sql import rows_as_dicts
from support.sshd import Bastion

TUNNEL = "TO POSTGRES (HOST '127.0.0.1', USER 'postgres', DATABASE 'postgres', SSH TUNNEL b"
# label -> statement; @ stands for the canary. Many of them fail, and their errors are read, too.
STATEMENTS = {
    'plain': "CREATE SECRET plain AS '@'",
    'escape': "CREATE SECRET escaped AS E'@\\n'",
    'bytes': "CREATE SECRET bytes AS '@'::bytea",
    'changed': "ALTER SECRET plain AS '@'",
    'twice': "CREATE SECRET plain AS '@'",
    'typed': "CREATE SECRET typed AS '@' || 'x'",
    'dropped': "CREATE SECRET dropped AS '@'; DROP SECRET dropped",
    'undone': "BEGIN; CREATE SECRET undone AS '@'; ROLLBACK",
    'failed': "CREATE SECRET failed AS '@'; SELECT 1 / 0",
    'trailing': "CREATE SECRET trailing AS '@' nonsense",
    'misplaced': "CREATE SECRET misplaced '@'",
    'open': "CREATE SECRET unfinished AS '@",
    'misspelt': "CREAT SECRET misspelt AS '@'",
    'password': f"CREATE CONNECTION w1 {TUNNEL}, PASSWORD '@')",
    'key': f"CREATE CONNECTION w2 {TUNNEL}, SSL CERTIFICATE 'x', SSL KEY '@')",
    'set': "ALTER CONNECTION c SET (PASSWORD '@')",
    'unknown option': f"CREATE CONNECTION w3 {TUNNEL}, PASSWROD '@')",
}
USED = ['good password', 'wrong password', 'prepared']


class Trial:
    """A server that has seen all canaries, and all that it said to its client."""

    def __init__(self, culvert, bastion, database):
        self.culvert, self.bastion, self.database = culvert, bastion, database
        self.canaries = {label: canaries.new(number) for number, label in
                         enumerate([*STATEMENTS, *USED])}
        self.said = []

    def say(self, connection, statement):
        try:
            cursor = connection.execute(statement)
            self.said.append(repr(cursor.fetchall() if cursor.description else None))
        except psycopg.Error as error:
            # Not str(error): there libpq quotes the line that the client itself sent.
            self.said.append(' '.join(str(getattr(error.diag, name)) for name in dir(error.diag)
                                      if not name.startswith('_')))

    def play(self):
        with self.culvert.connect() as connection:
            connection.add_notice_handler(lambda notice: self.said.append(str(notice.message_primary)))
            self.say(connection, f"CREATE CONNECTION b TO SSH TUNNEL (HOST '{self.bastion.host}', "
                                 f"PORT {self.bastion.port}, USER '{self.bastion.user}')")
            self.say(connection, f'CREATE CONNECTION c {TUNNEL}) WITH (VALIDATE = false)')
            for label, statement in STATEMENTS.items():
                self.say(connection, statement.replace('@', self.canaries[label]))
                self.say(connection, 'ROLLBACK')
            self.log_in_to_target(connection)
            connection.execute('SELECT length(%s)', [self.canaries['prepared']], prepare=True)
            self.read_relations(connection)

    def log_in_to_target(self, connection):
        [(key,)] = connection.execute('SELECT public_key_2 FROM mz_ssh_tunnel_connections')
        self.bastion.authorize(key)
        for label in ('good password', 'wrong password'):
            self.say(connection, f"ALTER SECRET plain AS '{self.canaries[label]}'")
            self.say(connection, 'DROP CONNECTION IF EXISTS t')
            options = f'{TUNNEL}, PASSWORD SECRET plain, PORT {self.database.port})'
            self.say(connection, f'CREATE CONNECTION t {options} WITH (VALIDATE = false)')
            for statement in ('VALIDATE CONNECTION t', 'EXPLAIN ANALYZE CONNECTION t',
                              'SHOW CREATE CONNECTION t'):
                self.say(connection, statement)

    def read_relations(self, connection):
        """Every system relation, as whatever activity there is has its relation."""
        names = rows_as_dicts(connection, "SELECT s.name AS schema, r.name FROM mz_relations r "
                              'JOIN mz_schemas s ON s.id = r.schema_id')
        assert len(names) > 20
        for row in names:
            self.say(connection, f'SELECT * FROM {row["schema"]}."{row["name"]}"')


@pytest.fixture(scope='module')
def trial(culvert_binary, postgres_template):
    folder = places.folder('secrets')
    database = PostgreSQL(postgres_template, places.folder('secrets-postgres'),
                          wal_level='logical', hba=['host all all all scram-sha-256'])
    shell = ['sh', '-c', f'ulimit -c unlimited; cd {folder}; exec "$@"', 'sh']
    with database, Bastion(folder / 'bastion') as bastion:
        culvert = Culvert(folder, prefix=shell, log_level='trace').start()
        made = Trial(culvert, bastion, database)
        database.administer(f"ALTER USER postgres PASSWORD '{made.canaries['good password']}'")
        made.play()
        yield made
        if culvert.process is not None:
            culvert.stop()


def test_all_canaries_were_in_the_server(trial):
    """Without this, the other tests would prove nothing."""
    assert len(trial.canaries) == 20
    text = '\n'.join(trial.said)
    assert trial.database.log().count('password authentication failed') >= 1
    assert trial.bastion.log().count('Accepted publickey') >= 1
    assert 'must provide a secret value' in text
    [(count,)] = trial.culvert.run("SELECT count(*) FROM mz_secrets WHERE name = 'plain'")
    assert count == 1


def test_none_is_in_an_answer(trial):
    assert canaries.found_in('\n'.join(trial.said).encode(), trial.canaries) == set()


def test_none_is_in_the_log(trial):
    assert len(trial.culvert.log()) > 1000
    assert canaries.found_in(trial.culvert.log().encode(), trial.canaries) == set()
    assert 'PRIVATE KEY' not in trial.culvert.log()


def test_none_is_on_disk(trial):
    """The master key's file lies beside the data, readable by its owner only."""
    files = canaries.files_under(trial.culvert.data_dir) + [trial.culvert.key_file]
    assert sum(path.stat().st_size for path in files) > 4096
    assert canaries.found_in_files(files, trial.canaries) == set()
    for path in canaries.files_under(trial.culvert.data_dir):
        assert not any(b'PRIVATE KEY' in data for data in canaries.data_of(path)), path
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(trial.culvert.key_file.stat().st_mode) == 0o400
    assert trial.culvert.key_file.parent != trial.culvert.data_dir


PEEK = """
for name in cmdline environ maps mem stat status io auxv syscall stack wchan limits; do
    head -c 200000 /proc/$0/$name 2>/dev/null
done
for name in environ maps mem fd/0 io; do
    head -c 1 /proc/$0/$name >/dev/null 2>&1 && echo "READABLE $name"
done
ls -l /proc/$0/fd 2>&1
"""


@pytest.mark.skipif(not places.IS_ROOT, reason='becoming another user needs root')
def test_another_user_reads_nothing_in_proc(trial):
    peek = run_program('setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', 'sh', '-c',
                       PEEK, trial.culvert.process.pid, check=False)
    assert 'culvert' in peek.stdout
    assert 'READABLE' not in peek.stdout
    assert canaries.found_in(peek.stdout.encode(), trial.canaries) == set()


def core_after(process, signal_number, folder):
    process.end(signal_number)
    return [path for path in folder.iterdir() if path.name.startswith('core')]


def test_none_is_in_a_core(trial):
    """Last, as it ends the server. No core at all is the best answer."""
    with open(f'/proc/{trial.culvert.process.pid}/limits', encoding='ascii') as file:
        allowed = [line.split()[4] for line in file if line.startswith('Max core file size')]
    process, trial.culvert.process = trial.culvert.process, None
    cores = core_after(process, signal.SIGABRT, trial.culvert.folder)
    assert allowed in (['unlimited'], ['0'])
    assert canaries.found_in_files(cores, trial.canaries) == set()


# --- the tests of the tests


@pytest.mark.parametrize('form', canaries.forms('x' * 12))
def test_planted_text_is_found(scratch, form):
    planted = {'planted': canaries.new('p')}
    path = scratch / 'data.mdb'
    with open(path, 'wb') as file:
        file.truncate(1 << 36)  # sparse, as a store's map is
        file.seek((1 << 35) + canaries.CHUNK - 20)
        file.write(b'noise' + canaries.forms(planted['planted'])[form] + b'noise')
    assert ('data.mdb', 'planted', form) in canaries.found_in_files([path], planted)
    assert canaries.found_in_files([path], {'other': canaries.new('o')}) == set()


@pytest.mark.parametrize('offset', range(3))
def test_planted_base64_is_found_at_any_alignment(offset):
    planted = {'planted': canaries.new('p')}
    done = subprocess.run(['base64', '-w0'], input='z' * offset + planted['planted'] + 'zzzz',
                          capture_output=True, text=True, check=True)
    assert canaries.found_in(done.stdout.encode(), planted)


def test_planted_text_is_found_in_a_core(scratch):
    """Also shows that a core is written on this machine when a process allows it."""
    with open('/proc/sys/kernel/core_pattern', encoding='ascii') as file:
        pattern = file.read()
    if pattern.startswith('|') or '/' in pattern:
        pytest.skip(f'cores go to {pattern.strip()}')
    planted = {'planted': canaries.new('p')}
    process = Process(['sh', '-c', f'ulimit -c unlimited; cd {scratch}; exec sleep 60'],
                      scratch / 'log', {'CANARY': planted['planted']})
    wait_until(lambda: os.readlink(f'/proc/{process.pid}/exe').endswith('sleep'), 'sleep runs', 5)
    cores = core_after(process, signal.SIGABRT, scratch)
    assert len(cores) == 1
    assert canaries.found_in_files(cores, planted)


@pytest.mark.skipif(not places.IS_ROOT, reason='becoming another user needs root')
def test_planted_text_is_seen_in_proc(scratch):
    planted = {'planted': canaries.new('p')}
    process = Process(['sh', '-c', f': {planted["planted"]}; sleep 60'], scratch / 'log')
    peek = run_program('setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', 'sh', '-c',
                       PEEK, process.pid, check=False)
    process.kill_with_children()
    assert canaries.found_in(peek.stdout.encode(), planted)
