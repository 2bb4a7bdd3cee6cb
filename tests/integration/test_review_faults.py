#!/usr/bin/env python3
"""Faults under held mail: programs that are killed, a database that is locked, full or from yesterday,
keys that are wrong, a listener that is slow, a clock that is set back, reviewers who decide at once.

Whatever happens, no letter is lost, none leaves without a decision or again without somebody being
told that it may have left, and nobody sees what they have no role for.
"""

import contextlib
import itertools
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import unittest
from urllib.parse import quote

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import bin_directory, program
from milter_client import ConnectionEnded, MilterClient
from processes import Process
from review_case import FORMER_EMPLOYER, ReviewCase
from small_disk import fill, mount_small
from testing import send_letter
from waiting import until

EMPLOYER = f"hr@{people.CURRENT.domain}"
SANITIZED = float(os.environ.get("POSTWACHT_TEST_SLOWNESS", "1")) > 1
NUMBERS = itertools.count(1000)
WISHES = {"release": "released", "return": "returned", "correct": "corrected", "delete": "deleted"}


class FaultCase(ReviewCase):

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


class LockedTest(FaultCase):

    def test_the_milter_cannot_write(self):
        self.instance.start()
        for how in ("IMMEDIATE", "EXCLUSIVE"):
            with self.locked(how):
                # One after the other they would wait for a second each.
                answers = []
                threads = [threading.Thread(target=lambda: answers.append(
                    send_letter(self.instance, FORMER_EMPLOYER))) for _ in range(6)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertTrue(all(answer.is_tempfail for answer in answers), answers)
                # What needs no room there goes on its way.
                self.assertTrue(send_letter(self.instance, EMPLOYER).goes_on)
        self.assertEqual(self.instance.held(), [])
        self.assertEqual(list((self.instance.directory / "quarantine" / "items").iterdir()), [])
        self.hold_one()

    def test_a_reviewer_decides(self):
        self.instance.start()
        item = self.hold_one()
        self.passes()
        daemon = self.start_listening_daemon(interval='"1s"')
        with self.locked():
            for wish in WISHES:
                self.assertIn("busy", self.decide(wish, item, expect=1))
            self.assertEqual(len(self.queue()), 1)
        self.assert_nothing_left(item)
        self.assertTrue(daemon.is_running())
        self.decide("release", item)
        self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1))

    def test_after_the_hand_over(self):
        self.instance.start()
        item = self.hold_one()
        self.passes()
        self.start_listening_daemon()
        with contextlib.ExitStack() as stack:
            # From the moment in which the listener has the letter.
            self.sink.before_reply = lambda _: stack.enter_context(self.locked())
            self.assertIn("was handed over", self.decide("release", item, expect=1))
        self.sink.before_reply = None
        shown = self.row(item)
        self.assertEqual((shown["state"], shown["possibly_delivered"]), ("releasing", True))
        # The journal has it, so that the next start knows.
        self.stop_daemon()
        self.start_listening_daemon()
        self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1))
        self.assertIn("already released", self.decide("release", item, expect=1))

    def test_the_daemon_goes_on_by_itself(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        item = self.hold_one()
        self.passes()
        daemon = self.start_listening_daemon(interval='"1s"')
        with self.locked():
            self.correct_registry()
            until(lambda: "PW_REVIEW_FAILED" in daemon.output(), "a pass that fails")
            self.assert_nothing_left(item)
        # It may have come to the item, and then waits a minute for the next try; a new one does not.
        self.stop_daemon()
        self.start_listening_daemon()
        until(lambda: self.state(item) == "released", "the release")
        self.assertEqual(self.deliveries(item), 1)


class FullTest(FaultCase):

    def on_small_disk(self, which):
        folder = self.instance.directory / which
        mount_small(self, folder, "3m")
        self.addCleanup(self.instance.stop)
        self.instance.start()
        item = self.hold_one()
        self.passes()
        self.addCleanup(self.stop_daemon)  # before the unmounting
        daemon = self.start_listening_daemon(interval='"1s"')
        return item, daemon, folder

    def test_no_room_for_decisions(self):
        item, daemon, folder = self.on_small_disk("quarantine")
        filler = fill(folder)
        for wish in WISHES:
            self.assertIn("no room", self.decide(wish, item, expect=1))
        self.assertEqual(len(self.queue()), 1)
        self.assert_nothing_left(item)
        self.assertTrue(daemon.is_running())
        filler.unlink()
        self.decide("release", item)
        self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1))

    def test_no_room_after_the_hand_over(self):
        item, _, folder = self.on_small_disk("quarantine")
        self.sink.before_reply = lambda _: fill(folder)
        self.assertIn("was handed over", self.decide("release", item, expect=1))
        self.sink.before_reply = None
        shown = self.row(item)
        self.assertEqual((shown["state"], shown["possibly_delivered"]), ("releasing", True))
        (folder / "filler").unlink()
        self.stop_daemon()
        self.start_listening_daemon()
        self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1))

    def test_no_room_in_the_journal(self):
        item, daemon, folder = self.on_small_disk("journal")
        filler = fill(folder)
        # The page that was begun has room for some lines more; then nobody sees what cannot be
        # recorded, and nothing is decided.
        shown = until(lambda: self.refused("show", item["id"], "--content"), "an end of the page")
        self.assertNotIn(people.MARIT.bsn.encode(), shown.stdout + shown.stderr)
        for wish in WISHES:
            self.decide(wish, item, expect=1)
        self.assert_nothing_left(item)
        self.assertTrue(daemon.is_running())
        filler.unlink()
        self.decide("release", item)
        self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1))
        self.stop_daemon()
        self.instance.verify_journal()

    def refused(self, *arguments):
        done = self.instance.run("review", *arguments)
        return done if done.returncode != 0 else None


class RestoredTest(FaultCase):

    def save(self):
        saved = self.folder / "saved.db"
        with contextlib.closing(sqlite3.connect(self.database)) as source, \
                contextlib.closing(sqlite3.connect(saved)) as copy:
            source.backup(copy)
        return saved

    def restore(self, saved):
        for old in self.database.parent.glob("quarantine.db*"):
            old.unlink()
        shutil.copy(saved, self.database)

    def test_a_database_from_yesterday(self):
        self.instance.start()
        before = {wish: self.hold_one() for wish in (*WISHES, "wait", "uncertain")}
        self.passes()
        saved = self.save()
        after = {wish: self.hold_one() for wish in (*WISHES, "wait", "uncertain")}
        self.passes()
        for items in (before, after):
            for wish in WISHES:
                self.decide(wish, items[wish])

        def hang_up(_):
            raise ConnectionError
        self.sink.before_reply = hang_up
        for items in (before, after):
            self.assertIn("may have taken it", self.decide("release", items["uncertain"], expect=1))
        self.sink.before_reply = None
        self.instance.stop()
        self.restore(saved)

        # What the milter finds is kept; what was decided, the journal knows.
        self.instance.start()
        self.assertIn("PW_QUARANTINE_ADOPTED", self.instance.log_text())
        self.start_listening_daemon(interval='"1s"')
        for items in (before, after):
            for wish, state in WISHES.items():
                # The content of a deleted item is gone, so that nobody adopts it.
                if not (wish == "delete" and items is after):
                    self.assertEqual(self.state(items[wish]), state)
            self.assertEqual(self.state(items["wait"]), "held")
            uncertain = self.row(items["uncertain"])
            self.assertTrue(uncertain["possibly_delivered"], uncertain)
        passes = self.daemon.output().count("PW_REVIEW_PASS")
        until(lambda: self.daemon.output().count("PW_REVIEW_PASS") > passes or
              all(self.shown(items["wait"]["id"]) for items in (before, after)), "a pass")
        for items in (before, after):
            for wish in ("release", "return", "correct"):
                self.assertEqual(self.deliveries(items[wish]), 1, wish)
                self.assertIn("already", self.decide("release", items[wish], expect=1))
            self.assertEqual(self.deliveries(items["wait"]), 0)
            self.decide("release", items["wait"])
            self.assertEqual(self.deliveries(items["wait"]), 1)

    def test_no_database_at_all(self):
        self.instance.start()
        released, held = self.hold_one(), self.hold_one()
        self.passes()
        self.decide("release", released)
        self.instance.stop()
        for old in self.database.parent.glob("quarantine.db*"):
            old.unlink()
        self.instance.start()
        self.start_listening_daemon(interval='"1s"')
        self.assertEqual((self.state(released), self.state(held)), ("released", "held"))
        self.assertEqual((self.deliveries(released), self.deliveries(held)), (1, 0))
        self.decide("release", held)
        self.assertEqual(self.deliveries(held), 1)


class KeyTest(FaultCase):

    def another_pair(self):
        """A key that fits its certificate, and none of what is held."""
        other = self.folder / "other"
        self.instance.command("init", "--directory", other, "--own-domain", people.OWN_DOMAIN,
                              config=False)
        return other / "keys"

    def test_the_key_of_another_house(self):
        self.policy('[review.critical]\nreturn_after = "1h"\n')
        self.instance.start()
        item = self.hold_one()
        keys = self.instance.directory / "keys"
        others = self.another_pair()
        own = {name: (keys / name).read_bytes() for name in ("review.key", "review.crt")}
        for name in own:
            (keys / name).write_bytes((others / name).read_bytes())
        daemon = self.start_listening_daemon(interval='"1s"')
        incident, = until(self.queue, "the item in the queue")
        self.assertEqual(incident["severity"], "critical")
        for look in ("--evidence", "--content"):
            shown = self.instance.run("review", "show", item["id"], look)
            self.assertNotIn(people.MARIT.bsn.encode(), shown.stdout + shown.stderr)
            self.assertNotIn(FORMER_EMPLOYER.encode(), shown.stdout + shown.stderr)
        for wish in ("release", "return", "correct"):
            self.decide(wish, item, expect=1)
        # A letter of that time is held too, to those who can open it.
        self.hold_one()
        self.assertTrue(daemon.is_running())
        self.stop_daemon()
        self.assert_nothing_left(*self.instance.held())
        for name, content in own.items():
            (keys / name).write_bytes(content)
        self.start_listening_daemon()
        self.decide("release", item)
        self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1))

    def test_a_key_that_does_not_fit_its_certificate(self):
        self.instance.start()
        item = self.hold_one()
        key = self.instance.directory / "keys" / "review.key"
        key.write_bytes((self.another_pair() / "review.key").read_bytes())
        daemon = self.start_daemon()
        self.assertEqual(daemon.wait(30), 2)
        self.assertIn("review.key", daemon.output())
        self.daemon = None
        self.assertNotEqual(self.instance.run("review", "show", item["id"]).returncode, 0)
        self.assert_nothing_left(item)

    def test_another_key_of_the_journal(self):
        self.instance.start()
        item = self.hold_one()
        self.instance.stop()
        key = self.instance.directory / "keys" / "journal.key"
        own = key.read_bytes()
        key.write_bytes(os.urandom(32).hex().encode() + b"\n")
        for name in ("postwacht-review", "postwacht-milter"):
            daemon = Process([program(name), "--config", self.instance.config],
                             self.folder / "other key.log")
            self.assertEqual(daemon.wait(30), 2, daemon.output())
            self.assertIn("journal", daemon.output())
        self.assertNotEqual(self.instance.run("review", "decide", "release", item["id"],
                                              "--reason", "r").returncode, 0)
        key.write_bytes(own)
        self.instance.start()
        self.assert_nothing_left(item)
        self.decide("release", item)
        self.instance.verify_journal()


class ListenerTest(FaultCase):

    def test_down_and_silent(self):
        self.instance.start()
        item = self.hold_one()
        self.passes()
        port = self.sink.port
        with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
            self.instance.configure("reinject", timeout='"1s"',
                                    url=f'"smtp://127.0.0.1:{silent.getsockname()[1]}"')
            self.decide("release", item, expect=1)
            self.assertFalse(self.row(item)["possibly_delivered"])
            where = silent.getsockname()[1]
        self.instance.configure("reinject", url=f'"smtp://127.0.0.1:{where}"')  # closed now
        self.decide("release", item, expect=1)
        self.assert_nothing_left(item)
        self.assertFalse(self.row(item)["possibly_delivered"])
        self.instance.configure("reinject", url=f'"smtp://127.0.0.1:{port}"')
        self.decide("release", item)
        self.assertEqual(self.deliveries(item), 1)

    def test_slow_once_it_has_the_letter(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.configure("reinject", timeout='"1s"')
        self.instance.start()
        items = [self.hold_one() for _ in range(3)]
        self.passes()
        self.correct_registry()
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.sink.before_reply = lambda _: go_on.wait(60)
        self.start_listening_daemon(interval='"1s"')
        until(lambda: [entry["result"] for entry in self.decisions()].count("uncertain") == 3,
              "each to be tried")
        # Perhaps they were delivered: no program tries that again, a person may.
        for item in items:
            shown = self.row(item)
            self.assertEqual((shown["state"], shown["possibly_delivered"]), ("releasing", True))
        begun = len(self.decisions())
        self.review("pass")
        self.assertEqual(len(self.decisions()), begun)
        go_on.set()
        self.sink.before_reply = None
        self.decide("return", items[0])
        self.assertTrue(self.row(items[0])["possibly_delivered"])

    def test_some_recipients_refused(self):
        self.instance.start()
        other = f"directie@{people.FORMER.domain}"
        with MilterClient(self.instance.socket) as client:
            client.open_session()
            self.assertTrue(client.send_message(
                f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>", f"<{other}>"],
                people.maternity_letter([FORMER_EMPLOYER, other])).is_discard)
        item, = self.instance.held()
        self.passes()
        for reply in ("450 4.2.0 later", "550 5.1.1 unknown"):
            self.sink.refuse_recipient(other, reply)
            self.assertIn(reply[:3], self.decide("release", item, expect=1))
            self.assert_nothing_left(item)
        self.sink.refuse_recipient(other, None)
        self.decide("release", item)
        self.assertEqual(self.sink.messages[0].recipients, (FORMER_EMPLOYER, other))


@unittest.skipIf(SANITIZED or not shutil.which("strace"), "strace is not there, or bears no sanitizer")
class KilledTest(FaultCase):
    """SIGKILL at every call by which something becomes durable or leaves."""

    def under_strace(self, call, when, *command):
        return ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e",
                f"inject={call}:signal=KILL:when={when}", *map(str, command)]

    def check(self, item, wish):
        shown = self.row(item)
        state, count = shown["state"], self.deliveries(item)
        if state in ("held", "reviewing"):
            self.assertEqual(count, 0)
        elif state in ("releasing", "returning"):
            self.assertTrue(shown["possibly_delivered"])
            self.assertLessEqual(count, 1)
        else:
            self.assertEqual((state, count), (WISHES[wish], 0 if wish == "delete" else 1))

    def test_a_decision_at_each_of_its_steps(self):
        self.instance.start()
        items = {}
        for wish in WISHES:
            # The others are handed over as a release is.
            for call in ("fdatasync", "sendto") if wish == "release" else ("fdatasync",):
                for when in range(1, 40):
                    item = self.hold_one()
                    items[item["id"]] = (item, wish)
                    to = ("--to", EMPLOYER) if wish == "correct" else ()
                    killed = subprocess.run(
                        self.under_strace(call, when, program("postwacht"), "review", "decide",
                                          wish, item["id"], "--reason", "a test", *to, "--config",
                                          self.instance.config),
                        capture_output=True, timeout=60, check=False)
                    self.check(item, wish)
                    if killed.returncode == 0:
                        break
                    self.assertEqual(killed.returncode, -9, (call, when, killed.stderr))
                self.assertEqual(killed.returncode, 0)
                self.assertGreater(when, 4)
        # What was cut off goes on from where it is, once more at most.
        self.start_listening_daemon()
        for item, wish in items.values():
            if self.state(item) == WISHES[wish]:
                self.assertIn("already", self.decide(wish, item, expect=1))
                continue
            possibly = self.row(item)["possibly_delivered"]
            before = self.deliveries(item)
            self.decide(wish, item)
            self.assertEqual(self.state(item), WISHES[wish])
            self.assertEqual(self.deliveries(item), before + (0 if wish == "delete" else 1))
            self.assertTrue(before == 0 or possibly)
        self.stop_daemon()
        self.instance.verify_journal()

    def test_the_daemon_at_each_of_its_steps(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        for call in ("fdatasync", "sendto"):
            for when in range(1, 60):
                item = self.hold_one()
                self.correct_registry()
                command = self.under_strace(call, when, program("postwacht-review"), "--config",
                                            self.instance.config)
                log = self.folder / f"{call} {when}.log"
                daemon = Process(command, log)
                until(lambda: not daemon.is_running() or self.state(item) == "released",
                      "the release, or the end", 60)
                whole = daemon.is_running()
                daemon.kill()
                self.check(item, "release")
                self.correct_registry(f"upsert,S-1042,employer,O-1,,2019-02-01,{people.ENDED}")
                if whole:
                    break
            self.assertTrue(whole)
            self.assertGreater(when, 4)
        # Each is released, or waits for people because it may have been delivered, or for the next
        # look at the registry.
        self.correct_registry()
        self.instance.run("review", "pass")
        for item in self.rows():
            shown = self.row(item)
            self.assertTrue(shown["state"] == "released" or shown["possibly_delivered"], shown)
            self.assertLessEqual(self.deliveries(item), 1)
        self.instance.verify_journal()

    def test_the_milter_at_each_of_its_steps(self):
        for call in ("fdatasync", "fsync", "rename"):
            for when in range(1, 30):
                command = self.under_strace(call, when, program("postwacht-milter"), "--config",
                                            self.instance.config)
                self.instance.process = Process(command, self.instance.log)
                answered = False
                with contextlib.suppress(OSError, ConnectionEnded, AssertionError):
                    until(lambda: self.instance.process.is_running() and
                          (self.instance.directory / "milter.sock").exists(), "the socket", 10)
                    answered = send_letter(self.instance, FORMER_EMPLOYER).is_discard
                alive = self.instance.process.is_running()
                self.instance.kill()
                (self.instance.directory / "milter.sock").unlink(missing_ok=True)
                self.count_kept(answered)
                if alive and answered:
                    break
            self.assertTrue(answered, call)
        self.instance.start()
        self.assert_still_serves(self.instance)
        for item in self.instance.held():
            self.assertIn(people.MARIT.bsn, self.shown(item["id"], "--content")["message"])
        self.instance.verify_journal()

    kept = 0

    def count_kept(self, answered):
        """Whoever got an answer has a letter in the quarantine."""
        self.kept += answered
        sealed = [name for name in (self.instance.directory / "quarantine" / "items").glob("*.cms")]
        self.assertGreaterEqual(len(sealed), self.kept)


class AtOnceTest(FaultCase):

    USERS = ("daemon", "bin")

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("to be two people at once takes root")
        self.people(**{user: ["reviewer", "privacy_officer"] for user in self.USERS})
        # They may come to the socket and to the configuration, and no further.
        for folder in (self.folder, self.instance.directory):
            folder.chmod(0o711)
        self.instance.config.chmod(0o644)
        self.client = self.folder / "postwacht"
        shutil.copy(program("postwacht"), self.client)

    def as_user(self, user, *arguments):
        return subprocess.Popen([self.client, "review", *arguments, "--config",
                                 self.instance.config], user=user, group=user, extra_groups=[],
                                cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_two_decide_on_one_item(self):
        self.instance.start()
        for wishes in (("release", "release"), ("release", "return"), ("return", "delete"),
                       ("release", "delete")):
            with self.subTest(wishes):
                item = self.hold_one()
                if self.daemon is None:
                    self.start_listening_daemon()
                inside, go_on = threading.Event(), threading.Event()

                def slow(_):
                    inside.set()
                    go_on.wait(60)
                self.sink.before_reply = slow
                first = self.as_user(self.USERS[0], "decide", wishes[0], item["id"], "--reason", "r")
                self.assertTrue(inside.wait(60), first)
                # The one is in the middle of it while the other asks.
                second = self.as_user(self.USERS[1], "decide", wishes[1], item["id"], "--reason",
                                      "r")
                output, error = second.communicate(timeout=60)
                self.assertEqual(second.returncode, 1, output + error)
                self.assertIn(b"acting on this item", error)
                go_on.set()
                output, error = first.communicate(timeout=60)
                self.assertEqual(first.returncode, 0, output + error)
                shown = self.row(item)
                self.assertEqual((shown["state"], shown["decided_by"]),
                                 (WISHES[wishes[0]], self.USERS[0]))
                self.assertEqual(self.deliveries(item), 1)

    def test_the_last_two_of_four_eyes(self):
        self.policy('[review.medium]\neyes = 2\n')
        self.instance.start()
        self.start_listening_daemon()
        for _ in range(5):
            item = self.hold_one()
            both = [self.as_user(user, "decide", "release", item["id"], "--reason", "r")
                    for user in self.USERS]
            ends = [process.communicate(timeout=60) for process in both]
            # One of them was the second, or both were.
            self.assertIn(0, [process.returncode for process in both], ends)
            self.assertEqual((self.state(item), self.deliveries(item)), ("released", 1), ends)


class ClockTest(FaultCase):

    DAY = 24 * 3600
    TODAY = 30 * DAY

    def setUp(self):
        super().setUp()
        library = bin_directory() / "shifted_clock.so"
        if not library.exists():
            self.skipTest("a sanitizer is in the way of the library that shifts the clock")
        self.clock = self.folder / "clock"
        # A month after all was made: before its certificate is valid no milter starts.
        self.shift(self.TODAY)
        self.instance.environment.update(LD_PRELOAD=str(library),
                                         POSTWACHT_TEST_CLOCK=str(self.clock))
        self.instance.build_registry()

    def shift(self, seconds):
        # In place: the programs have it mapped.
        with open(self.clock, "r+b" if self.clock.exists() else "w+b") as file:
            file.write(struct.pack("=q", seconds))

    def test_set_back_and_forth(self):
        self.policy('[review.medium]\nescalate_after = "4h"\nreturn_after = "5d"\n')
        self.instance.start()
        first = self.hold_one()
        daemon = self.start_listening_daemon(interval='"1s"')
        until(self.queue, "the item in the queue")
        self.shift(self.TODAY - 20 * self.DAY)
        second = self.hold_one()
        self.assertTrue(send_letter(self.instance, EMPLOYER).goes_on)
        until(lambda: sum(incident["undecided"] for incident in self.queue()) == 2, "both")
        self.passes()
        self.assert_nothing_left(first, second)
        self.assertLess(second["held_at"], first["held_at"])
        # Whoever decides still can, and nothing waits for a time that has been.
        self.decide("release", second)
        self.assertEqual(self.deliveries(second), 1)
        self.instance.reload()
        self.instance.stop()
        self.instance.start()
        self.instance.verify_journal()
        # Due by the clock on the wall, once.
        self.shift(self.TODAY + 6 * self.DAY)
        until(lambda: self.state(first) == "returned", "the return")
        self.assertTrue(daemon.is_running())
        self.shift(self.TODAY)
        self.passes()
        self.assertEqual((self.deliveries(first), self.deliveries(second)), (1, 1))
        self.instance.verify_journal()


if __name__ == "__main__":
    testing.main()
