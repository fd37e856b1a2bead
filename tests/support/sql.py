"""How tests speak SQL to a server: anything with host, port, user and database."""
import os
import re
import subprocess

import psycopg


class Server:
    """The part that is the same for PostgreSQL and Culvert."""
    host, port, user, database = '127.0.0.1', 0, '', ''
    namespace = None

    def conninfo(self, **changes):
        words = {'host': self.host, 'port': self.port, 'user': self.user,
                 'dbname': self.database, 'sslmode': 'disable', 'connect_timeout': 20, **changes}
        return ' '.join(f'{name}={value}' for name, value in words.items() if value is not None)

    def connect(self, autocommit=True, **changes):
        if self.namespace is None:
            return psycopg.connect(self.conninfo(**changes), autocommit=autocommit)
        with self.namespace.entered():
            return psycopg.connect(self.conninfo(**changes), autocommit=autocommit)

    def run(self, sql, *values, **changes):
        """One statement in a session of its own; its rows, or None."""
        with self.connect(**changes) as connection:
            return run(connection, sql, *values)

    def psql(self, sql, *options, check=True, **changes):
        """What psql prints: unaligned, no header, no settings file."""
        command = ['psql', '-X', '-w', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v',
                   'VERBOSITY=verbose', *options, '-d', self.conninfo(**changes)]
        if self.namespace is not None:
            command = self.namespace.prefix() + command
        ended = subprocess.run(command, input=sql, text=True, capture_output=True, check=False,
                               env={**os.environ, 'PGOPTIONS': '', 'PSQLRC': '/dev/null',
                                    'PAGER': 'cat'})
        if check:
            assert ended.returncode == 0, f'psql: {sql}\n{ended.stdout}{ended.stderr}'
        return ended


def run(connection, sql, *values):
    cursor = connection.execute(sql, values or None)
    return cursor.fetchall() if cursor.description is not None else None


def failure(connection, sql, *values):
    """The error that the statement must end with."""
    try:
        run(connection, sql, *values)
    except psycopg.Error as error:
        return error
    raise AssertionError(f'no error from: {sql}')


def columns(cursor):
    return [column.name for column in cursor.description]


def rows_as_dicts(connection, sql, *values):
    cursor = connection.execute(sql, values or None)
    return [dict(zip(columns(cursor), row)) for row in cursor.fetchall()]


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def statements(text):
    """Splits a script at semicolons that end a line; enough for scripts written here."""
    return [part.strip() for part in re.split(r';[ \t]*\n', text + '\n') if part.strip()]
