"""Rows about statements: Culvert beside a private PostgreSQL 15, driven by pgbench."""
import contextlib
import os
import re

from bench.programs import memory_kilobytes, processor_seconds, settle
from bench.table import Figure, Goal
from support import places
from support.culvert import Culvert
from support.postgres import PostgreSQL, Template
from support.process import run

STATEMENTS = {
    'SELECT 1': 'SELECT 1',
    'catalog lookup by key': "SELECT name FROM mz_connections WHERE id = 'u1'",
}
CONNECTION_COUNT = 100
NUMBER_TYPES = (20, 21, 23, 26)
# Of the programs of PostgreSQL only: no TLS, no Kerberos, nothing from the home directory.
ENVIRONMENT = {**{name: value for name, value in os.environ.items() if not name.startswith('PG')},
               'PGSSLMODE': 'disable', 'PGGSSENCMODE': 'disable'}


class Load:
    """How long and how often; `quick` is a smoke run whose figures mean nothing."""

    def __init__(self, quick):
        self.quick = quick
        self.idle_clients = 50 if quick else 500

    def length(self, clients, connects):
        if not self.quick:
            return ['-T', '1']
        return ['-t', '20' if connects else '500' if clients == 1 else '50']


def pgbench(server, load, statement, mode='simple', clients=1, connects=False):
    """Transactions a second. Each client runs the statement again and again."""
    expected = answer(server, statement)
    script = places.folder('script') / 'statement.sql'
    script.write_text(statement + ';\n')
    before = processor_seconds(server.process.pid)
    ended = run(places.POSTGRES_PROGRAMS / 'pgbench', '-n', '-f', script, '-M', mode, '-c', clients,
                '-j', 1, *load.length(clients, connects), *(['-C'] if connects else []),
                '-h', server.host, '-p', server.port, '-U', server.user, server.database,
                env=ENVIRONMENT)
    settle(server.process.pid)
    used = processor_seconds(server.process.pid) - before
    count = int(re.search(r'transactions actually processed: (\d+)', ended.stdout)[1])
    rate = float(re.search(r'^tps = ([\d.]+)', ended.stdout, re.MULTILINE)[1])
    failed = re.search(r'number of failed transactions: (\d+)', ended.stdout)
    assert count > 0 and (failed is None or failed[1] == '0'), ended.stdout + ended.stderr
    processor = None if load.quick else used / count * 1e6
    return Figure(rate, expected, processor)


def answer(server, statement):
    """Names of columns and rows, by the simple and by the prepared protocol."""
    found = []
    with server.connect() as connection:
        for prepare in (False, True):
            cursor = connection.execute(statement, prepare=prepare)
            found.append(([column.name for column in cursor.description], cursor.fetchall()))
    assert found[0] == found[1], f'simple and prepared differ: {found}'
    assert len(found[0][1]) == 1, f'{statement}: {len(found[0][1])} rows'
    return found[0]


def idle_memory(server, count):
    """KiB that one more idle client costs, after one statement in each. A fresh server, as
    one that had many clients before would give the memory of those to the new ones."""
    server.restart()
    server.run('SELECT 1')
    pid = server.process.pid
    settle(pid)
    before = memory_kilobytes(pid)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(contextlib.closing(server.connect()))
            assert connection.execute('SELECT 1').fetchall() == [(1,)]
        grown = memory_kilobytes(pid) - before
    settle(pid)
    return Figure(grown / count)


def make_connections(culvert):
    with culvert.connect() as connection:
        for number in range(CONNECTION_COUNT):
            connection.execute(f"CREATE CONNECTION bench_{number} TO SSH TUNNEL "
                               f"(HOST 'bastion.invalid', USER 'etl', PORT 22)")
        cursor = connection.execute('SELECT * FROM mz_connections')
        columns = [(column.name, 'bigint' if column.type_code in NUMBER_TYPES else 'text')
                   for column in cursor.description]
        return columns, cursor.fetchall()


def stand_in_rows():
    columns = [('id', 'text'), ('oid', 'bigint'), ('schema_id', 'text'), ('name', 'text'),
               ('type', 'text'), ('owner_id', 'text'), ('privileges', 'text')]
    rows = [(f'u{number + 1}', 20000 + number, 'u1', f'bench_{number}', 'ssh-tunnel', 'u1', '{}')
            for number in range(CONNECTION_COUNT)]
    return columns, rows


def copy_into(postgres, columns, rows):
    """A table of the same name and rows, with the key that Culvert's catalog has."""
    shape = ', '.join(f'{name} {kind}' for name, kind in columns)
    places_of_values = ', '.join(['%s'] * len(columns))
    with postgres.connect() as connection:
        connection.execute(f'CREATE TABLE mz_connections ({shape}, PRIMARY KEY (id))')
        for row in rows:
            values = [value if value is None or kind == 'bigint' else str(value)
                      for value, (_, kind) in zip(row, columns)]
            connection.execute(f'INSERT INTO mz_connections VALUES ({places_of_values})', values)
        connection.execute('VACUUM ANALYZE mz_connections')


def start_postgres(template, stack):
    server = PostgreSQL(template, places.folder('postgres'), max_connections=600, jit='off',
                        shared_buffers='128MB')
    return stack.enter_context(server)


def prepare(table, stack, stands_in):
    """(peer, ours), with the same rows in both."""
    template = Template(places.folder('template'))
    peer = start_postgres(template, stack)
    if stands_in:
        ours = start_postgres(template, stack)
        columns, rows = stand_in_rows()
        copy_into(ours, columns, rows)
    else:
        ours = stack.enter_context(Culvert(places.folder('culvert'), log_level='warn'))
        try:
            columns, rows = make_connections(ours)
        except Exception as error:  # pylint: disable=broad-except
            table.fail('Culvert has no connections to look up', error)
            columns, rows = stand_in_rows()
    copy_into(peer, columns, rows)
    return peer, ours


def statement_rows(table, peer, ours, load):
    for name, statement in STATEMENTS.items():
        for mode in ('simple', 'prepared'):
            for clients in (1, 64):
                def measure(server, statement=statement, mode=mode, clients=clients):
                    return pgbench(server, load, statement, mode, clients)
                is_goal = clients == 64 and statement != 'SELECT 1'
                table.compare(f'{name}, {mode}, {clients} client{"s" if clients > 1 else ""}',
                              'PostgreSQL 15', '/s', lambda m=measure: m(peer),
                              lambda m=measure: m(ours), Goal('>=', 4) if is_goal else None)


def connection_rows(table, peer, ours, load):
    for clients in (1, 8):
        def measure(server, clients=clients):
            return pgbench(server, load, 'SELECT 1', clients=clients, connects=True)
        table.compare(f'connections, {clients} at a time', 'PostgreSQL 15', '/s',
                      lambda m=measure: m(peer), lambda m=measure: m(ours), Goal('>=', 10))
    table.compare(f'memory of an idle client, {load.idle_clients} clients', 'PostgreSQL 15', 'KiB',
                  lambda: idle_memory(peer, load.idle_clients),
                  lambda: idle_memory(ours, load.idle_clients), Goal('<=', 32, 'KiB'))


def measure_sql(table, quick, stands_in):
    load = Load(quick)
    with contextlib.ExitStack() as stack:
        peer, ours = prepare(table, stack, stands_in)
        if stands_in:
            table.note('a second PostgreSQL stands in for Culvert: the ratios of SQL rows show '
                       'only how even the two sides are')
        statement_rows(table, peer, ours, load)
        connection_rows(table, peer, ours, load)
