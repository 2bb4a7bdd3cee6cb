"""The base of the tests of review: an instance whose released mail goes to a listener, and people who
call its commands."""

import contextlib
import itertools
import json
import re
import sqlite3
from urllib.parse import quote

import people
import testing
from instance import program
from processes import Process
from smtp_sink import SmtpSink
from testing import send_letter
from waiting import until

FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
REVIEW_ADDRESS = f"postwacht@{people.OWN_DOMAIN}"
# Marit's former employer, as if she had never left; and as if she had left long ago.
STAYED = "upsert,S-1042,employer,O-1,,2019-02-01,"
EMPLOYER = f"hr@{people.CURRENT.domain}"
# What can be decided on an item, and what it is then.
WISHES = {"release": "released", "return": "returned", "correct": "corrected", "delete": "deleted"}
NUMBERS = itertools.count(1000)
COLUMNS = "op,subject_id,relation,organisation_id,email,valid_from,valid_to"


def unlike_letter():
    """Held too, and of no run with the letters about maternity benefit."""
    return people.letter(people.JOOST.email, subject="Afspraak", text=(
        f"Beste meneer, op dinsdag om tien uur verwachten wij {people.FATMA.full_name}, geboren op "
        f"{people.dutch_date(people.FATMA.birth_date)}, aan de balie. Neemt u de brief mee?\n"))


class ReviewCase(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.sink = SmtpSink()
        self.addCleanup(self.sink.close)
        self.instance = self.make_instance().watch_no_runs()
        self.instance.configure("reinject", url=f'"smtp://127.0.0.1:{self.sink.port}"')
        self.daemon = None
        # Nobody at a terminal is root here; sudo says who it is.
        self.who("anna")

    def who(self, name):
        self.instance.environment["SUDO_USER"] = name

    def policy(self, text):
        file = self.instance.directory / "policy.toml"
        file.write_text(file.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")

    def people(self, **roles):
        """anna=["reviewer"] and so on; an address each of the own domain."""
        text = self.instance.config.read_text(encoding="utf-8")
        for name, theirs in roles.items():
            text += (f'\n[[review.person]]\nname = "{name}"\nroles = {json.dumps(theirs)}\n'
                     f'addresses = ["{name}@{people.OWN_DOMAIN}"]\n')
        self.instance.config.write_text(text, encoding="utf-8")

    def hold(self, recipient=FORMER_EMPLOYER, message=None, count=1):
        """Sends a letter that is held; gives the items that are held then."""
        before = {item["id"] for item in self.instance.held(None)}
        for _ in range(count):
            self.assertTrue(send_letter(self.instance, recipient, message).is_discard)
        return [item for item in self.instance.held(None) if item["id"] not in before]

    def correct_registry(self, row=STAYED):
        delta = self.folder / "relations.csv"
        delta.write_text(f"{COLUMNS}\n{row}\n", encoding="utf-8")
        self.instance.command("registry", "update", "--delta", delta)

    def review(self, *arguments, expect=0, stdin=b""):
        done = self.instance.run("review", *arguments, stdin=stdin)
        text = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, text)
        return text[0] if expect == 0 else text[1]

    def passes(self):
        return json.loads(self.review("pass", "--json"))

    def shown(self, item, *more):
        return json.loads(self.review("show", item, "--json", *more))

    def queue(self):
        return json.loads(self.review("queue", "--json"))["incidents"]

    def state(self, item):
        return self.instance.show(item["id"])["state"]

    def start_daemon(self):
        self.daemon = Process([program("postwacht-review"), "--config", self.instance.config],
                              self.folder / "review.log", environment=self.instance.environment)
        self.addCleanup(self.stop_daemon)
        return self.daemon

    def stop_daemon(self):
        daemon, self.daemon = self.daemon, None
        if daemon is not None:
            self.assertEqual(daemon.stop(60), 0, daemon.output()[-4000:])

    def decisions(self):
        entries = [json.loads(line) for line in self.instance.journal_text().splitlines()]
        return [entry["data"] for entry in entries if entry["kind"] == "decision"]


class FaultCase(ReviewCase):
    """What tests of faults look at: the rows of the quarantine, and how often a letter left."""

    def setUp(self):
        super().setUp()
        # What a program waits for another one's lock, in seconds.
        self.instance.environment["POSTWACHT_TEST_BUSY_TIMEOUT"] = "1"
        self.database = self.instance.directory / "quarantine" / "quarantine.db"
        self.ids = {}  # of messages, by item

    def rows(self, where="", *values):
        """Items as the database has them: looked at hundreds of times, and by no program of ours."""
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(self.database))}?mode=ro",
                                                uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row, possibly_delivered=row["open_attempts"] > 0)
                    for row in database.execute(f"SELECT * FROM item {where}", values)]

    def row(self, item):
        found, = self.rows("WHERE id = ?", item["id"])
        return found

    def state(self, item):
        return self.row(item)["state"]

    def hold_one(self):
        """Each says something else, so that none follows what was decided on another."""
        known = {row["id"] for row in self.rows()}
        message = people.letter(FORMER_EMPLOYER, text=people.maternity_text() +
                                f"Kenmerk {next(NUMBERS)}.\n")
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER, message).is_discard)
        item, = (row for row in self.rows() if row["id"] not in known)
        self.ids[item["id"]] = re.search(rb"(?mi)^Message-ID: (\S+)", message).group(1)
        return item

    def deliveries(self, item):
        """How often a letter left, itself or inside a notice."""
        return sum(self.ids[item["id"]] in message.data for message in self.sink.messages)

    def decide(self, wish, item, *more, expect=0):
        to = ("--to", EMPLOYER) if wish == "correct" else ()
        return self.review("decide", wish, item["id"], "--reason", "a test", *to, *more,
                           expect=expect)

    def start_listening_daemon(self, **settings):
        self.instance.configure("review", socket='"unix:review.sock"', **settings)
        daemon = self.start_daemon()
        until(lambda: (self.instance.directory / "review.sock").exists(), "the socket")
        return daemon

    @contextlib.contextmanager
    def locked(self, how="IMMEDIATE"):
        """Another program writes to the database, and goes on and on."""
        other = sqlite3.connect(self.database, isolation_level=None, timeout=30,
                                check_same_thread=False)
        other.execute(f"BEGIN {how}")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    def assert_nothing_left(self, *items):
        self.assertEqual(self.sink.messages, [])
        for item in items:
            self.assertIn(self.state(item), ("held", "reviewing"))
