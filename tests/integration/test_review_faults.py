#!/usr/bin/env python3
"""Faults under held mail: a database that is locked, full or from yesterday, keys that are wrong, a
listener that is slow or refuses.

Whatever happens, no letter is lost, none leaves without a decision or again without somebody being
told that it may have left, and nobody sees what they have no role for.
"""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from milter_client import MilterClient
from processes import Process
from review_case import EMPLOYER, FORMER_EMPLOYER, WISHES, FaultCase
from small_disk import fill, mount_small
from testing import send_letter
from waiting import until


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
        # The journal has it, so that whoever decides anew hears so.
        self.assertIn("already released", self.decide("release", item, expect=1))
        shown = self.row(item)
        self.assertEqual((shown["state"], shown["possibly_delivered"]), ("released", False))
        self.assertEqual(self.deliveries(item), 1)

    def test_the_end_of_a_hand_over_is_found_in_the_journal(self):
        self.instance.start()
        item, refused = self.hold_one(), self.hold_one()
        self.passes()
        self.start_listening_daemon(interval='"1s"')
        for each, reply in ((item, None), (refused, "451 4.3.0 not now")):
            self.sink.refuse_data(reply)
            with contextlib.ExitStack() as stack:
                self.sink.before_reply = lambda _, to=stack: to.enter_context(self.locked())
                self.decide("release", each, expect=1)
                self.sink.before_reply = None
        until(lambda: (self.state(item), self.state(refused)) == ("released", "held"),
              "what the journal tells")
        self.assertFalse(self.row(refused)["possibly_delivered"])
        self.assertEqual(self.deliveries(item), 1)

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

    def test_what_could_not_be_recorded_was_not_held(self):
        mount_small(self, self.instance.directory / "journal", "64k")
        self.addCleanup(self.instance.stop)
        self.instance.start()
        filler = fill(self.instance.directory / "journal")
        message = people.maternity_letter(FORMER_EMPLOYER)
        # The page that was begun may have room for some lines.
        until(lambda: send_letter(self.instance, FORMER_EMPLOYER, message).is_tempfail, "a refusal")
        accepted = len(self.rows("WHERE state = 'held'"))
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER, message).is_tempfail)
        self.assertEqual(len(self.rows("WHERE state = 'held'")), accepted)
        sealed = self.instance.directory / "quarantine" / "items"
        self.assertEqual(len(list(sealed.glob("*.cms"))), accepted)
        # The MTA tries again, and that is the only one to be sent on.
        filler.unlink()
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER, message).is_discard)
        self.passes()
        incident, = self.queue()
        self.assertEqual(incident["undecided"], accepted + 1)
        self.review("decide", "release", incident["incident"], "--items", str(accepted + 1),
                    "--reason", "a test")
        self.assertEqual(len(self.sink.messages), accepted + 1)
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
        self.review("pass")
        for items in (before, after):
            for wish in ("release", "return", "correct"):
                self.assertEqual(self.deliveries(items[wish]), 1, wish)
                self.assertIn("already", self.decide("release", items[wish], expect=1))
            self.assertEqual(self.deliveries(items["wait"]), 0)
            self.decide("release", items["wait"])
            self.assertEqual(self.deliveries(items["wait"]), 1)

    def test_a_database_from_yesterday_and_no_daemon(self):
        self.instance.start()
        items = {wish: self.hold_one() for wish in WISHES}
        self.passes()
        self.instance.stop()
        saved = self.save()
        for wish, item in items.items():
            self.decide(wish, item)
        sent = len(self.sink.messages)
        for first in ("decide", "pass"):
            self.restore(saved)
            if first == "pass":
                self.passes()
            for wish, item in items.items():
                self.assertIn("already", self.decide("release", item, expect=1), wish)
                self.assertEqual(self.state(item), WISHES[wish])
        self.assertEqual(len(self.sink.messages), sent)

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
        # Neither its sender nor the register hears that it was not sent.
        notice = self.sink.messages[-1].data.decode("utf-8")
        self.assertIn("mogelijk verzonden", notice)
        self.assertNotIn("niet verzonden.", notice)
        listed = json.loads(self.review("report", "--register", "--json"))["incidents"]
        self.assertEqual({each["nature"]["what"] for each in listed},
                         {"possibly sent to a wrong recipient"})

    def test_a_sender_is_not_told_that_it_was_not_sent(self):
        self.instance.configure("reinject", timeout='"1s"')
        self.instance.configure("review", notify_senders="true", notice_after='"1s"',
                                notice_from=f'"postwacht@{people.OWN_DOMAIN}"')
        self.instance.start()
        item = self.hold_one()
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.sink.before_reply = lambda _: go_on.wait(60)
        self.decide("release", item, expect=1)
        go_on.set()
        self.sink.before_reply = None
        self.start_daemon()
        notice = self.sink.wait_for_recipient(people.SENDER, 60).data.decode("utf-8")
        self.assertIn("mogelijk verzonden", notice)
        self.assertNotIn("niet verzonden", notice)

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


if __name__ == "__main__":
    testing.main()
