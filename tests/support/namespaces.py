"""Network namespaces with a resolver of their own. Root only."""
import contextlib
import ctypes
import os

import pytest

from support import places
from support.process import run

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def needs_namespaces():
    """Skips, with the reason, where the kernel or the user cannot do it."""
    if not places.IS_ROOT:
        pytest.skip('network namespaces need root')
    name = f'culvert-probe-{os.getpid()}'
    if run('ip', 'netns', 'add', name, check=False).returncode != 0:
        pytest.skip('this machine allows no network namespaces')
    run('ip', 'netns', 'del', name)


class Namespace:
    """`hosts` is its /etc/hosts, seen by programs started in it; it has no name server."""

    def __init__(self, name, folder, hosts=''):
        self.name = f'{name}-{os.getpid()}'
        folder.mkdir(exist_ok=True)
        self.files = {'/etc/hosts': folder / f'{name}.hosts',
                      '/etc/resolv.conf': folder / f'{name}.resolv',
                      '/etc/nsswitch.conf': folder / f'{name}.nsswitch'}
        self.files['/etc/hosts'].write_text('127.0.0.1 localhost\n' + hosts)
        self.files['/etc/resolv.conf'].write_text(
            'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
        self.files['/etc/nsswitch.conf'].write_text(
            'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n')
        run('ip', 'netns', 'add', self.name)
        self.ip('link', 'set', 'lo', 'up')

    def ip(self, *words):
        return run('ip', '-n', self.name, *words)

    def prefix(self):
        """What to put before a command so that it runs in here; it replaces itself by it."""
        mounts = ' && '.join(f'mount --bind {source} {target}'
                             for target, source in self.files.items() if os.path.exists(target))
        return ['ip', 'netns', 'exec', self.name, 'unshare', '--mount', 'sh', '-c',
                f'{mounts} && exec "$@"', 'sh']

    def run(self, *command, **options):
        return run(*self.prefix(), *command, **options)

    @contextlib.contextmanager
    def entered(self):
        """Sockets that this thread opens belong to the namespace, and stay so."""
        with open('/proc/thread-self/ns/net', encoding='ascii') as old, \
                open(f'/run/netns/{self.name}', encoding='ascii') as new:
            if libc.setns(new.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), 'setns')
            try:
                yield
            finally:
                libc.setns(old.fileno(), CLONE_NEWNET)

    def listeners(self):
        """(address, port, pid text) of all that listens in here, TCP of both families."""
        lines = self.run('ss', '-H', '-l', '-n', '-t', '-p').stdout.splitlines()
        found = []
        for line in lines:
            words = line.split()
            address, _, port = words[3].rpartition(':')
            found.append((address, int(port), words[5] if len(words) > 5 else ''))
        return found

    def remove(self):
        run('ip', 'netns', 'del', self.name, check=False)


def join(first, first_address, second, second_address):
    """A cable between two namespaces; both addresses lie in one /30."""
    left, right = f'l{first_address.split(".")[2]}', f'r{first_address.split(".")[2]}'
    first.ip('link', 'add', left, 'type', 'veth', 'peer', 'name', right, 'netns', second.name)
    for namespace, device, address in ((first, left, first_address),
                                       (second, right, second_address)):
        namespace.ip('address', 'add', f'{address}/30', 'dev', device)
        namespace.ip('link', 'set', device, 'up')
