"""Processes that tests start: each is ended by its own id, whatever happens to the test.

A child is started in a session of its own, by way of setpriv(1), which asks the kernel to kill it when
this Python process dies: an aborted run leaves nothing behind either.
"""

import atexit
import os
import signal
import subprocess

from waiting import NotInTime, until

_alive = set()


class Process:
    """A running program with its output in a file."""

    def __init__(self, arguments, log, environment=None, directory=None):
        self.log = str(log)
        self.arguments = [str(argument) for argument in arguments]
        full_environment = dict(os.environ)
        full_environment.update(environment or {})
        with open(self.log, "ab") as output:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--"] + self.arguments,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=full_environment,
                cwd=directory, start_new_session=True)
        _alive.add(self)

    @property
    def pid(self):
        return self._child.pid

    @property
    def returncode(self):
        """None while it runs; negative for a signal."""
        return self._child.poll()

    def is_running(self):
        return self._child.poll() is None

    def signal(self, number):
        if self.is_running():
            self._child.send_signal(number)

    def wait(self, seconds=20.0):
        """Waits for its end and returns its exit status."""
        until(lambda: self._child.poll() is not None,
              f"the end of {os.path.basename(self.arguments[0])}", seconds)
        return self._child.returncode

    def stop(self, seconds=20.0):
        """SIGTERM, and SIGKILL if that is not enough; then whatever is left of its session."""
        try:
            self.signal(signal.SIGTERM)
            try:
                self.wait(seconds)
            except NotInTime:
                self.signal(signal.SIGKILL)
                self.wait(10)
                raise
            return self._child.returncode
        finally:
            end_session(self.pid)
            _alive.discard(self)

    def kill(self):
        """SIGKILL, as a crash or the out-of-memory killer would."""
        self.signal(signal.SIGKILL)
        self.wait(10)
        end_session(self.pid)
        _alive.discard(self)

    def output(self):
        with open(self.log, "r", encoding="utf-8", errors="replace") as text:
            return text.read()

    # What /proc says of it, for tests about leaks.
    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0


def processes_where(condition):
    """Ids of the processes whose (parent, session) satisfy `condition`; zombies left out."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                # The second field is the name in brackets and may hold anything.
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        state, parent, session = fields[0], int(fields[1]), int(fields[3])
        if state != "Z" and condition(parent, session):
            found.append(int(entry))
    return found


def end_session(session):
    """Kills what is still running in a session that we started."""
    def members():
        return processes_where(lambda _, its_session: its_session == session)
    for pid in members():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until(lambda: not members(), f"the end of session {session}", 10)


def _end_all():
    for process in list(_alive):
        try:
            process.kill()
        except Exception:  # at exit the next one matters more than a message about this one
            pass


atexit.register(_end_all)


def run(arguments, environment=None, directory=None, stdin=b"", timeout=120):
    """Runs a program to its end; gives the CompletedProcess with bytes."""
    full_environment = dict(os.environ)
    full_environment.update(environment or {})
    return subprocess.run([str(argument) for argument in arguments], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=full_environment,
                          cwd=directory, timeout=timeout, check=False)
