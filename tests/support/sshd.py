"""A private sshd: own host keys, own configuration, an authorized_keys file that tests edit."""
import getpass
import os
import signal
import socket

from support import places
from support.process import Process, descendants, run, wait_until


class Bastion:
    """`options` are lines of sshd_config, by keyword; they may be changed before restart()."""

    def __init__(self, folder, host='127.0.0.1', namespace=None, **options):
        self.folder = folder
        self.folder.mkdir(mode=0o755, exist_ok=True)
        self.host, self.port = host, places.free_port()
        self.namespace = namespace
        self.user = getpass.getuser()
        self.options = options
        self.authorized_keys = folder / 'authorized_keys'
        self.log_path = folder / 'sshd.log'
        self.process = None
        self.authorize()
        self.make_host_key()

    def make_host_key(self):
        for ending in ('', '.pub'):
            (self.folder / f'host_key{ending}').unlink(missing_ok=True)
        run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'bastion', '-f',
            self.folder / 'host_key')

    def host_key(self):
        """`ssh-ed25519 AAAA...`, as HOST KEY takes it."""
        return ' '.join((self.folder / 'host_key.pub').read_text().split()[:2])

    def fingerprint(self):
        return run('ssh-keygen', '-l', '-f', self.folder / 'host_key.pub').stdout.split()[1]

    def authorize(self, *lines):
        """The file holds these lines and no other."""
        self.authorized_keys.write_text(''.join(f'{line}\n' for line in lines))
        self.authorized_keys.chmod(0o600)

    def write_config(self):
        settings = {
            'Port': self.port, 'ListenAddress': self.host, 'PidFile': 'none',
            'HostKey': self.folder / 'host_key', 'AuthorizedKeysFile': self.authorized_keys,
            'PasswordAuthentication': 'no', 'KbdInteractiveAuthentication': 'no',
            'UsePAM': 'no', 'StrictModes': 'no', 'AllowTcpForwarding': 'yes',
            'PermitRootLogin': 'prohibit-password', 'LogLevel': 'VERBOSE', 'UseDNS': 'no',
            'MaxStartups': 100,  # the default drops some of ten at once
            **self.options}
        path = self.folder / 'sshd_config'
        path.write_text(''.join(f'{name} {value}\n' for name, value in settings.items()))
        return path

    def start(self):
        if places.IS_ROOT:
            os.makedirs('/run/sshd', exist_ok=True)
        prefix = self.namespace.prefix() if self.namespace is not None else []
        self.process = Process([*prefix, places.SSHD, '-D', '-f', self.write_config(), '-E',
                                self.log_path], self.folder / 'sshd.out')
        self.process.wait_until(self.answers, 'sshd shows its banner')
        return self

    def answers(self):
        try:
            if self.namespace is None:
                return self.banner()
            with self.namespace.entered():
                return self.banner()
        except OSError:
            return False

    def banner(self):
        with socket.create_connection((self.host, self.port), 1) as connection:
            connection.settimeout(2)
            return connection.recv(64).startswith(b'SSH-2.0-')

    def stop(self):
        """The listener and every session of it end."""
        if self.process is not None:
            process, self.process = self.process, None
            process.kill_with_children()

    def cut_sessions(self):
        """Every session ends, the listener stays."""
        for pid in descendants(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        return self.log_path.read_text(errors='replace') if self.log_path.exists() else ''

    def wait_for_log(self, words, seconds=10):
        wait_until(lambda: words in self.log(), f'sshd logs {words!r}', seconds)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
