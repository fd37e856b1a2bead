"""A private PostgreSQL 15. initdb runs once for each run; every server is a copy of it."""
import os
import pwd
import shutil
import signal

import psycopg

from support import places
from support.process import Process, run
from support.sql import Server

PASSWORD = 'postgres of the tests'


def as_server_user():
    """PostgreSQL refuses to run as root."""
    if not places.IS_ROOT:
        return []
    return ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups']


def give_to_server_user(path):
    if places.IS_ROOT:
        entry = pwd.getpwnam('postgres')
        os.chown(path, entry.pw_uid, entry.pw_gid)


class Template:
    def __init__(self, folder):
        self.data = folder / 'data'
        give_to_server_user(folder)
        run(*as_server_user(), places.POSTGRES_PROGRAMS / 'initdb', '-D', self.data, '-U',
            'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions',
            cwd='/')


class PostgreSQL(Server):
    """Over its Unix socket everybody is trusted; `hba` are the lines for TCP. `options` are
    settings of postgresql.conf. `certificate` is (certificate, key)."""
    user, database = 'postgres', 'postgres'

    def __init__(self, template, folder, host='127.0.0.1', namespace=None, certificate=None,
                 hba=('host all all all trust',), **options):
        self.template, self.folder = template, folder
        self.host, self.port = host, places.free_port()
        self.namespace = namespace
        self.data = folder / 'data'
        self.certificate, self.hba, self.options = certificate, hba, options
        self.process = None
        give_to_server_user(folder)
        run('cp', '-a', template.data, self.data)

    def write_settings(self):
        settings = {'listen_addresses': self.host, 'port': self.port, 'fsync': 'off',
                    'unix_socket_directories': self.folder, 'shared_buffers': '16MB',
                    'max_connections': 60, 'autovacuum': 'off', 'TimeZone': 'UTC',
                    'password_encryption': 'scram-sha-256', **self.options}
        if self.certificate:
            for source, name in zip(self.certificate, ('server.crt', 'server.key')):
                copy = self.data / name
                shutil.copy(source, copy)
                copy.chmod(0o600)
                give_to_server_user(copy)
            settings |= {'ssl': 'on', 'ssl_cert_file': 'server.crt', 'ssl_key_file': 'server.key'}
        with open(self.data / 'postgresql.auto.conf', 'w', encoding='utf-8') as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        (self.data / 'pg_hba.conf').write_text(
            'local all all trust\n' + ''.join(f'{line}\n' for line in self.hba))

    def start(self):
        self.write_settings()
        prefix = self.namespace.prefix() if self.namespace is not None else []
        self.process = Process([*prefix, *as_server_user(), places.POSTGRES_PROGRAMS / 'postgres',
                                '-D', self.data], self.folder / 'postgres.log', cwd='/')
        self.process.wait_until(self.answers, 'PostgreSQL answers')
        return self

    def answers(self):
        try:
            self.administrator().close()
            return True
        except psycopg.OperationalError:
            return False

    def administrator(self):
        """Over the Unix socket, which no network namespace hides."""
        return psycopg.connect(self.conninfo(host=self.folder), autocommit=True)

    def administer(self, sql):
        with self.administrator() as connection:
            connection.execute(sql)

    def stop(self):
        if self.process is not None:
            process, self.process = self.process, None
            assert process.end(signal.SIGINT) == 0, process.text()[-2000:]

    def restart(self, **options):
        self.options |= options
        self.stop()
        return self.start()

    def log(self):
        return (self.folder / 'postgres.log').read_text(errors='replace')

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
