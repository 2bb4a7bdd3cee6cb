#!/usr/bin/env python3
"""What comes in between: SIGKILL at every step, two people who decide on one item, and a clock that is
set back. No letter is lost, and none leaves twice without somebody being told that it may have left.
"""

import contextlib
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import bin_directory, program
from milter_client import ConnectionEnded
from processes import Process
from review_case import EMPLOYER, FORMER_EMPLOYER, WISHES, FaultCase
from testing import send_letter
from waiting import SLOWNESS, until

SANITIZED = SLOWNESS > 1


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
        today = time.time() + self.TODAY
        for file in self.instance.source.iterdir():  # the registry is as old as they are
            os.utime(file, (today, today))
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
