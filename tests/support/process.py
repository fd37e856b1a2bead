"""Starting, watching and ending child processes."""
import os
import signal
import subprocess
import time
from pathlib import Path


def wait_until(is_true, what, seconds=30.0, pause=0.02):
    """Returns the first true answer; AssertionError says what was waited for."""
    end = time.monotonic() + seconds
    while True:
        answer = is_true()
        if answer:
            return answer
        assert time.monotonic() < end, f'not within {seconds} s: {what}'
        time.sleep(pause)


def run(*command, check=True, **options):
    """Runs a helper program to its end and shows its words when it fails."""
    ended = subprocess.run([str(word) for word in command], text=True, capture_output=True,
                           stdin=options.pop('stdin', subprocess.DEVNULL), check=False, **options)
    if check and ended.returncode != 0:
        raise AssertionError(f'{command[0]} ended with {ended.returncode}:\n'
                             f'{ended.stdout}{ended.stderr}')
    return ended


def descendants(pid):
    """Children and theirs, whatever their process group is."""
    parents = {}
    for entry in Path('/proc').iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / 'stat').read_text().rpartition(')')[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(int(words[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


class Process:
    """One child with its output in a file. What a test left behind ends with the run."""
    started = []

    def __init__(self, command, log, environment=None, **options):
        self.command = [str(word) for word in command]
        self.log = Path(log)
        with open(self.log, 'ab') as output:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, **(environment or {})}, start_new_session=True, **options)
        self.pid = self.child.pid
        Process.started.append(self)

    def text(self):
        return self.log.read_text(encoding='utf-8', errors='replace')

    def is_running(self):
        return self.child.poll() is None

    def must_run(self):
        assert self.is_running(), (f'{self.command[0]} ended with {self.child.returncode}:\n'
                                   f'{self.text()[-4000:]}')

    def wait_until(self, is_true, what, seconds=30.0):
        def check():
            answer = is_true()
            if not answer:
                self.must_run()
            return answer
        try:
            return wait_until(check, what, seconds)
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.text()[-4000:]}') from None

    def send(self, number):
        if self.is_running():
            self.child.send_signal(number)

    def end(self, number=signal.SIGTERM, seconds=30.0):
        """Sends the signal and gives the exit status; SIGKILL when it takes too long."""
        self.send(number)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f'{self.command[0]} did not end within {seconds} s:\n'
                                 f'{self.text()[-4000:]}') from None

    def kill_with_children(self):
        below = descendants(self.pid)
        if self.is_running():
            self.child.kill()
        self.child.wait()
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    @classmethod
    def end_all(cls):
        for process in cls.started:
            if process.is_running():
                process.kill_with_children()
