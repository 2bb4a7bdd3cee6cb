"""A private PostgreSQL: made in a folder of its own, on a Unix socket only, killed at the end.

The server refuses to run as root; as root it is run as `postgres` or `nobody`, who then owns the
folder.
"""

import os
import pathlib
import pwd
import shutil
import signal
import tempfile

from processes import Process, run
from waiting import until

OWNER = "owner"
READER = "reader"
READER_PASSWORD = "geheim-zoals-een-sleutel"


def bin_directory():
    """Where Debian's packages put the server's programs; None without them."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


def unprivileged():
    """What to put in front of a command so that it does not run as root, and the user's ids."""
    if os.getuid() != 0:
        return [], os.getuid(), os.getgid()
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return (["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                 "--pdeathsig", "KILL", "--"], user.pw_uid, user.pw_gid)
    raise RuntimeError("no user to run the server as")


class PostgreSQL:
    """`owner` comes in without a password, `reader` with READER_PASSWORD."""

    def __init__(self):
        self.bin = bin_directory()
        self.prefix, user, group = unprivileged()
        # The path of a socket has 107 bytes at most.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pw-pg-"))
        os.chown(self.folder, user, group)
        self.data = self.folder / "data"
        self.process = None
        self._must([self.bin / "initdb", "--pgdata", self.data, "--username", OWNER, "--encoding",
                    "UTF8", "--locale", "C", "--no-sync"])
        (self.data / "pg_hba.conf").write_text(
            f"local all {OWNER} trust\nlocal all all scram-sha-256\n", encoding="ascii")

    def _must(self, arguments):
        done = run(self.prefix + arguments, directory=self.folder)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode("utf-8", "replace"))

    def start(self):
        log = self.folder / "log"
        self.process = Process(
            self.prefix + [self.bin / "postgres", "-D", self.data, "-k", self.folder, "-c",
                           "listen_addresses=", "-c", "fsync=off"], log, directory=self.folder)
        until(lambda: run([self.bin / "pg_isready", "-h", self.folder]).returncode == 0,
              "the database server")
        self.sql(f"CREATE ROLE {READER} LOGIN PASSWORD '{READER_PASSWORD}'")

    def close(self):
        if self.process is not None and self.process.is_running():
            # Does not wait for those who are connected.
            self.process.signal(signal.SIGINT)
            self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statements, stdin=b""):
        """Runs statements as the owner; gives what they print."""
        done = run([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
                    self.folder, "-U", OWNER, "-d", "postgres", "-c", statements], stdin=stdin)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode("utf-8")

    def uri(self, user=OWNER, **more):
        options = "".join(f"&{name}={value}" for name, value in more.items())
        return f"postgresql:///postgres?host={self.folder}&user={user}{options}"
