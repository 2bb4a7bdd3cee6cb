"""A complete private Postwacht: made by `postwacht init`, in a folder of its own, run and stopped.

The programs come from POSTWACHT_BIN_DIR, which ctest sets. Readiness is judged by the socket
answering, the end by the process being gone.
"""

import json
import os
import pathlib
import re
import signal

import people
from processes import Process, run
from waiting import is_listening, until

SOURCE_DIRECTORY = pathlib.Path(__file__).resolve().parents[2]


def bin_directory():
    """Where the programs under test are."""
    given = os.environ.get("POSTWACHT_BIN_DIR")
    return pathlib.Path(given) if given else SOURCE_DIRECTORY / "build" / "dev" / "bin"


def program(name):
    path = bin_directory() / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is not built; set POSTWACHT_BIN_DIR")
    return path


class CommandFailed(AssertionError):
    """A command of ours ended with another status than expected."""


class Instance:
    """`directory` is made and filled; the caller removes it. Its name may hold spaces.

    `socket` is in libmilter's notation; by default a Unix socket in the folder.
    """

    def __init__(self, directory, socket=None, own_domain=people.OWN_DOMAIN, registry=True):
        self.directory = pathlib.Path(directory)
        self.config = self.directory / "postwacht.toml"
        self.log = self.directory.parent / (self.directory.name + ".log")
        self.process = None
        self.transcripts = []  # every output of our programs, for the search for leaks
        self.environment = {}
        # Small stacks of text are enough to find a fault, and a core file would hold mail.
        arguments = ["init", "--directory", self.directory, "--own-domain", own_domain]
        if socket:
            arguments += ["--socket", socket]
        self.command(*arguments, config=False)
        self.socket = socket or f"unix:{self.directory / 'milter.sock'}"
        if registry:
            self.source = people.write_registry(self.directory.parent / "registry source")
            self.build_registry()

    # Commands.
    def run(self, *arguments, stdin=b"", config=True):
        """Runs `postwacht`; gives the CompletedProcess. --config goes behind the subcommands."""
        full = [program("postwacht")]
        words = list(arguments)
        while words and not str(words[0]).startswith("-") and len(full) < 3:
            full.append(words.pop(0))
        if config:
            full += ["--config", self.config]
        done = run(full + words, stdin=stdin, environment=self.environment)
        self.transcripts += [done.stdout.decode("utf-8", "replace"),
                             done.stderr.decode("utf-8", "replace")]
        return done

    def command(self, *arguments, stdin=b"", config=True, expect=0):
        """Runs `postwacht` and wants that exit status; gives its standard output as text."""
        done = self.run(*arguments, stdin=stdin, config=config)
        if done.returncode != expect:
            raise CommandFailed(f"postwacht {' '.join(map(str, arguments))}: exit status "
                                f"{done.returncode}, expected {expect}\n"
                                f"{done.stdout.decode('utf-8', 'replace')}"
                                f"{done.stderr.decode('utf-8', 'replace')}")
        return done.stdout.decode("utf-8")

    def build_registry(self, source=None):
        return self.command("registry", "build", "--from", source or self.source)

    def check(self, sender, recipients, message):
        """The verdict on a message as an object."""
        arguments = ["check", "--json", "--mail-from", sender]
        for recipient in recipients:
            arguments += ["--rcpt", recipient]
        done = self.run(*arguments, "-", stdin=message)
        return json.loads(done.stdout)

    # The quarantine and the journal, as objects.
    def held(self, state="held"):
        """Items of the quarantine in that state (None: all), oldest first."""
        items = json.loads(self.command("quarantine", "list", "--json"))
        items = items if isinstance(items, list) else items["items"]
        return [item for item in items if state is None or item["state"] == state]

    def wait_for_held(self, count, seconds=20):
        until(lambda: len(self.held()) >= count, f"{count} held items", seconds)
        return self.held()

    def show(self, item_id):
        return json.loads(self.command("quarantine", "show", "--json", item_id))

    def release(self, item_id, expect=0):
        return self.command("quarantine", "release", item_id, "--by", "reviewer",
                            "--reason", "registry corrected", expect=expect)

    def verify_journal(self):
        return self.command("journal", "verify")

    def journal_text(self):
        return self.command("journal", "export")

    # The daemon.
    def start(self):
        """Starts the milter and waits until its socket answers."""
        self.process = Process([program("postwacht-milter"), "--config", self.config], self.log,
                               environment=self.environment)

        def ready_or_dead():
            if not self.process.is_running():
                raise CommandFailed(f"postwacht-milter ended with {self.process.returncode}:\n"
                                    f"{self.process.output()[-4000:]}")
            return is_listening(self.socket)
        until(ready_or_dead, "the milter's socket", 30)
        return self

    def stop(self):
        """Asks it to stop and wants it to end well, which with a sanitizer means: with nothing to
        report. Nothing happens where it does not run."""
        if self.process is None:
            return
        process, self.process = self.process, None
        status = process.stop(90)
        if status != 0:
            raise CommandFailed(f"postwacht-milter ended with {status}:\n"
                                f"{process.output()[-8000:]}")

    def kill(self):
        process, self.process = self.process, None
        process.kill()

    def reload(self):
        """Asks for a reload and waits until the log speaks of its end; gives that line."""
        before = len(self.log_lines())
        self.process.signal(signal.SIGUSR1)

        def outcome():
            for line in self.log_lines()[before:]:
                if "RELOAD" in line:
                    return line
            return None
        return until(outcome, "a line in the log about the reload")

    def log_text(self):
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def log_lines(self):
        return self.log_text().splitlines()

    def watch_no_runs(self):
        """For tests that send about one person to many strangers, each letter for itself: to the
        policy that is a run that goes wrong. Before start()."""
        policy = self.directory / "policy.toml"
        text = policy.read_text(encoding="utf-8")
        policy.write_text(text.replace("\n[run_guard]\n", "\n[run_guard]\nmode = \"simulate\"\n"),
                          encoding="utf-8")
        return self

    def configure(self, table, **values):
        """Sets keys of one table of postwacht.toml; values are TOML text."""
        text = self.config.read_text(encoding="utf-8")
        for key, value in values.items():
            text = _with_key(text, table, key, value)
        self.config.write_text(text, encoding="utf-8")


def _with_key(text, table, key, value):
    """`text` with `key = value` in [table], replaced or added."""
    header = re.search(rf"^\[{re.escape(table)}\][^\n]*\n", text, re.MULTILINE)
    line = f"{key} = {value}\n"
    if not header:
        return f"{text.rstrip()}\n\n[{table}]\n{line}"
    following = re.search(r"^\[", text[header.end():], re.MULTILINE)
    end = header.end() + following.start() if following else len(text)
    body = text[header.end():end]
    replaced, count = re.subn(rf"^{re.escape(key)}\s*=.*\n?", lambda _: line, body, count=1,
                              flags=re.MULTILINE)
    return text[:header.end()] + (replaced if count else line + body) + text[end:]
