"""Rows about tunnels: Culvert's tunnel manager beside `ssh` through the same private sshd."""
import contextlib
import os
import socket
import subprocess

from bench.programs import Helper, on_one_core
from bench.table import Figure, Goal
from support import places
from support.namespaces import Namespace
from support.process import Process, run
from support.sshd import Bastion

DELAY_MS = 25
CLIENT, BASTION = '10.77.0.1', '10.77.0.2'
BEST_CIPHER = 'aes128-gcm@openssh.com'
STREAMS = 40
MEBIBYTE = 1 << 20
SEED = 20260101


class Path:
    """A bastion and a target behind it. `here` and `there` are network namespaces, or None:
    then all is on loopback."""

    def __init__(self, stack, here=None, there=None, address='127.0.0.1'):
        self.stack, self.here, self.address = stack, here, address
        self.prefix = here.prefix() if here is not None else []
        folder = places.folder('tunnel')
        self.key, self.known_hosts = folder / 'key', folder / 'known_hosts'
        run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.key)
        self.bastion = Bastion(places.folder('bastion'), address, there, LogLevel='ERROR')
        self.bastion.authorize((folder / 'key.pub').read_text().strip())
        stack.enter_context(self.bastion)
        self.known_hosts.write_text(
            f'[{address}]:{self.bastion.port} {self.bastion.host_key()}\n')
        far_prefix = there.prefix() if there is not None else []
        self.target = stack.enter_context(Helper('bench_target', prefix=far_prefix))
        self.target_port = int(self.target.line()[0])

    def ssh_words(self, *options):
        return ['ssh', '-F', 'none', '-i', self.key, '-o', 'IdentitiesOnly=yes', '-o',
                f'UserKnownHostsFile={self.known_hosts}', '-o', 'StrictHostKeyChecking=yes',
                '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes', '-p', self.bastion.port,
                *options, f'{self.bastion.user}@{self.address}']

    def ssh_listening(self, *options):
        """(the ssh process, a client of its port)"""
        port = places.free_port()
        command = [*self.prefix, *self.ssh_words(
            '-N', '-L', f'127.0.0.1:{port}:127.0.0.1:{self.target_port}', *options)]
        process = Process(command, self.known_hosts.with_name(f'ssh-{port}.log'))
        self.stack.callback(process.kill_with_children)
        process.wait_until(lambda: self.listens(port), 'ssh listens')
        return process, self.helper('port', port)

    def listens(self, port):
        with self.here.entered() if self.here is not None else contextlib.nullcontext():
            with socket.socket() as probe:
                return probe.connect_ex(('127.0.0.1', port)) == 0

    def ssh_standard(self):
        return self.helper('command', *self.ssh_words('-W', f'127.0.0.1:{self.target_port}'))

    def ours(self):
        return self.helper('tunnel', self.address, self.bastion.port, self.bastion.user, self.key,
                           self.bastion.folder / 'host_key.pub', '127.0.0.1', self.target_port)

    def helper(self, *words):
        return self.stack.enter_context(Helper('bench_tunnel', *words, prefix=self.prefix))


def bulk(helper, direction, length):
    seconds, checksum = helper.ask(direction, length, SEED)
    return Figure(length / float(seconds) / 1e6, checksum)


def ping(helper, count, bystanders=()):
    """64 bytes there and back: the median and the 99th percentile."""
    with on_one_core(*bystanders) if bystanders else contextlib.nullcontext():
        return [Figure(float(text), 'all echoed') for text in helper.ask('ping', count, 64)]


def many(helper, rounds):
    return Figure(float(helper.ask('many', STREAMS, rounds)[0]), 'all echoed')


def setup(helper, count):
    """The median of some, in milliseconds."""
    seconds = sorted(float(helper.ask('setup')[0]) for _ in range(count))
    return Figure(seconds[count // 2] * 1e3, 'echoed')


def bulk_rows(table, path, length, where, best):
    _, plain = path.ssh_listening()
    ours = path.ours()
    size = f'{length // MEBIBYTE} MiB{where}'
    for direction in ('up', 'down'):
        def measure(helper, direction=direction):
            return bulk(helper, direction, length)
        table.compare(f'bulk {direction}, {size}', 'ssh -L', 'MB/s', lambda m=measure: m(plain),
                      lambda m=measure: m(ours), Goal('>=', 1.5))
        if best:
            _, fast = path.ssh_listening('-c', BEST_CIPHER)
            table.compare(f'bulk {direction}, {size}, best cipher', f'ssh -L -c {BEST_CIPHER}',
                          'MB/s', lambda m=measure, f=fast: m(f), lambda m=measure: m(ours),
                          Goal('>=', 1))


def ping_rows(table, path, count):
    process, plain = path.ssh_listening()
    ours = path.ours()
    everybody = [process.pid, plain.pid, ours.pid, path.bastion.process.pid, path.target.pid]
    for place, bystanders in (('', ()), (', one core', everybody)):
        def measure(helper, bystanders=bystanders):
            return ping(helper, count, bystanders)
        name = f'round trip of 64 B{place}'
        table.compare_parts([(f'{name}, p50', Goal('<=', 0.8)), (f'{name}, p99', None)], 'ssh -L',
                            'us', lambda m=measure: m(plain), lambda m=measure: m(ours))
    rounds = max(count // 20, 1)
    table.compare(f'a round of 64 B in {STREAMS} streams at once', 'ssh -L', 'us',
                  lambda: many(plain, rounds), lambda: many(ours, rounds))


def setup_rows(table, path, count, where='', goal=None):
    plain, ours = path.ssh_standard(), path.ours()
    table.compare(f'tunnel up and first byte back{where}', 'ssh -W', 'ms',
                  lambda: setup(plain, count), lambda: setup(ours, count), goal)


def why_not_far():
    """Why this machine has no long path, or None."""
    if not places.IS_ROOT:
        return 'network namespaces need root'
    if not os.path.exists('/dev/net/tun'):
        return 'there is no /dev/net/tun'
    name = f'culvert-probe-{os.getpid()}'
    try:
        ended = run('ip', 'netns', 'add', name, check=False)
    except FileNotFoundError:
        return 'there is no ip command'
    if ended.returncode != 0:
        return f'no network namespaces: {ended.stderr.strip()}'
    run('ip', 'netns', 'del', name)
    return None


def lay_cable(stack):
    """Two namespaces, and a round trip of 2 * DELAY_MS between them."""
    folder = places.folder('cable')
    ends = []
    for name in ('near', 'far'):
        ends.append(Namespace(f'culvert-bench-{name}', folder))
        stack.callback(ends[-1].remove)
    cable = stack.enter_context(
        Helper('bench_delay', DELAY_MS, ends[0].name, ends[1].name))
    assert cable.line() == ['ready']
    for end, own, other in ((ends[0], CLIENT, BASTION), (ends[1], BASTION, CLIENT)):
        end.ip('address', 'add', own, 'peer', other, 'dev', 'cable0')
        # Room for a burst as large as a window; a loss here would be the cable's doing.
        end.ip('link', 'set', 'cable0', 'txqueuelen', '10000', 'up')
    return ends


def measure_near(table, quick):
    with contextlib.ExitStack() as stack:
        path = Path(stack)
        bulk_rows(table, path, (16 if quick else 256) * MEBIBYTE, '', True)
        ping_rows(table, path, 200 if quick else 2000)
        setup_rows(table, path, 1 if quick else 5, goal=Goal('<=', 0.25))


def measure_far(table, quick):
    reason = why_not_far()
    where = f', {2 * DELAY_MS} ms'
    if reason is not None:
        table.note(f'no rows at {2 * DELAY_MS} ms: {reason}')
        return
    with contextlib.ExitStack() as stack:
        path = Path(stack, *lay_cable(stack), BASTION)
        bulk_rows(table, path, (4 if quick else 64) * MEBIBYTE, where, False)
        setup_rows(table, path, 1 if quick else 3, where)


def measure_tunnels(table, quick):
    version = subprocess.run(['ssh', '-V'], capture_output=True, text=True, check=True).stderr
    table.note(f'the peer of tunnel rows is {version.split(",")[0].strip()}; its sshd serves both')
    for measure in (measure_near, measure_far):
        measure(table, quick)
