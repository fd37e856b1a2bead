"""The C programs of this folder, and what the kernel knows of running processes."""
import contextlib
import os
import select
import subprocess
import time

from support import places
from support.process import descendants

FOLDER = places.TREE / 'build/bench'
TICKS_A_SECOND = os.sysconf('SC_CLK_TCK')


class Helper:
    """A program that answers each line with one line, and ends with its input."""

    def __init__(self, name, *words, prefix=()):
        command = [str(word) for word in (*prefix, FOLDER / name, *words)]
        self.name = name
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.pid = self.child.pid

    def line(self, seconds=120):
        """The next line; what it had to say on standard error when there is none."""
        ready, _, _ = select.select([self.child.stdout], [], [], seconds)
        assert ready, f'{self.name} says nothing for {seconds} s'
        text = self.child.stdout.readline()
        if not text:
            raise AssertionError(self.child.stderr.read().strip() or f'{self.name} ended')
        return text.split()

    def ask(self, *words):
        try:
            self.child.stdin.write(' '.join(map(str, words)) + '\n')
            self.child.stdin.flush()
        except BrokenPipeError:
            pass  # line() tells why
        return self.line()

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.close()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()
        self.child.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def family(pid):
    return [pid, *descendants(pid)]


def processor_seconds(pid):
    """Of a process, its threads, and its children, those that have ended included."""
    ticks = 0
    for member in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f'/proc/{member}/stat', encoding='ascii', errors='replace') as file:
                words = file.read().rpartition(')')[2].split()
            ticks += sum(map(int, words[11:15]))
    return ticks / TICKS_A_SECOND


def memory_kilobytes(pid):
    """Proportional set size of a process and its children: a page that several of them
    share counts once in all, so that PostgreSQL's shared memory is not counted per client."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f'/proc/{member}/smaps_rollup', encoding='ascii') as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith('Pss:'))
    return total


def settle(pid, seconds=3):
    """Until the family has ended what it was doing, such as sessions of closed clients."""
    end = time.monotonic() + seconds
    before = None
    while (now := sorted(family(pid))) != before and time.monotonic() < end:
        before = now
        time.sleep(0.1)


@contextlib.contextmanager
def on_one_core(*pids):
    """Every thread of these processes and their children, and what they start meanwhile."""
    whole = os.sched_getaffinity(0)
    one = {min(whole)}
    try:
        set_cores(pids, one)
        yield
    finally:
        set_cores(pids, whole)


def set_cores(pids, cores):
    for pid in pids:
        for member in family(pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                for thread in os.listdir(f'/proc/{member}/task'):
                    os.sched_setaffinity(int(thread), cores)
