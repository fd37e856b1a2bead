"""The server under test: a data directory of its own, a free port, a log."""
import signal
import socket

from support import places
from support.process import Process, run
from support.sql import Server

SANITIZER_WORDS = ('AddressSanitizer', 'runtime error:', 'LeakSanitizer', 'ThreadSanitizer')


class Culvert(Server):
    user, database = 'materialize', 'materialize'

    def __init__(self, folder, *flags, environment=None, prefix=(), namespace=None,
                 log_level='debug', port=None):
        self.folder = folder
        self.data_dir = folder / 'data'
        self.key_file = folder / 'data.key'
        self.log_path = folder / 'culvert.log'
        self.flags = list(flags)
        self.environment = environment
        self.namespace = namespace
        self.prefix = [*(namespace.prefix() if namespace is not None else ()), *prefix]
        self.log_level = log_level
        self.port = port or places.free_port()
        self.process = None

    def command(self):
        return [*self.prefix, places.CULVERT, '--data-dir', self.data_dir, '--listen',
                f'{self.host}:{self.port}', '--log-level', self.log_level, *self.flags]

    def launch(self):
        """Starts it without waiting, for tests whose start must fail."""
        self.process = Process(self.command(), self.log_path, self.environment)
        return self.process

    def start(self):
        self.launch()
        try:
            self.process.wait_until(self.is_listening, 'the server listens', 60)
        except AssertionError:
            self.process.kill_with_children()
            self.process = None
            raise
        return self

    def is_listening(self):
        try:
            if self.namespace is None:
                socket.create_connection((self.host, self.port), 1).close()
            else:
                with self.namespace.entered():
                    socket.create_connection((self.host, self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self, seconds=30):
        """SIGTERM must drain and end with status 0, and no sanitizer may have complained."""
        if self.process is None:
            return
        process, self.process = self.process, None
        status = process.end(signal.SIGTERM, seconds)
        self.must_be_clean()
        assert status == 0, f'the server ended with {status}:\n{process.text()[-4000:]}'

    def must_be_clean(self):
        text = self.log()
        for words in SANITIZER_WORDS:
            assert words not in text, text[text.index(words) - 200:][:6000]

    def kill(self):
        process, self.process = self.process, None
        process.end(signal.SIGKILL)

    def restart(self):
        self.stop()
        return self.start()

    def kill_and_restart(self):
        self.kill()
        return self.start()

    def must_run(self):
        """The server goes on: it has not died, and answers a new client."""
        self.process.must_run()
        assert self.run('SELECT 1') == [(1,)]

    def check(self, expected=0):
        """culvert check DIR, on a server that is not running."""
        ended = run(places.CULVERT, 'check', self.data_dir, check=False)
        assert ended.returncode == expected, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def log(self):
        if not self.log_path.exists():
            return ''
        return self.log_path.read_text(encoding='utf-8', errors='replace')

    def resident_kilobytes(self):
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as status:
            for line in status:
                if line.startswith('VmRSS:'):
                    return int(line.split()[1])
        raise AssertionError('no VmRSS')

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        elif self.process is not None:
            self.process.kill_with_children()
            self.process = None
