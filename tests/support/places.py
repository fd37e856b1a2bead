"""Where things are: the tree, the programs, and one scratch folder for the whole run."""
import os
import random
import re
import shutil
import socket
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
CULVERT = os.environ.get('CULVERT', str(TREE / 'build/culvert'))
POSTGRES_PROGRAMS = Path('/usr/lib/postgresql/15/bin')
SSHD = '/usr/sbin/sshd'
IS_ROOT = os.geteuid() == 0

_root = None
_numbers = iter(range(1, 1 << 30))


def root():
    """Other users may pass through it, as PostgreSQL does not run as root."""
    global _root
    if _root is None:
        _root = Path(tempfile.mkdtemp(prefix='culvert-tests-', dir='/tmp'))
        _root.chmod(0o755)
    return _root


def remove_root():
    """CULVERT_KEEP=1 leaves all logs and data behind."""
    global _root
    if _root is not None and not os.environ.get('CULVERT_KEEP'):
        shutil.rmtree(_root, ignore_errors=True)
    _root = None


def folder(name):
    """Short, as a Unix socket's path has to fit into 107 bytes."""
    short = re.sub(r'\W+', '-', name)[:30].strip('-')
    path = root() / f'{next(_numbers)}-{short}'
    path.mkdir(mode=0o755)
    path.chmod(0o755)
    return path


def free_port():
    """Below 32768: the kernel gives higher ones to clients, which would collide."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(('127.0.0.1', port))
                return port
            except OSError:
                continue
