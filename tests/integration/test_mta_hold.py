#!/usr/bin/env python3
"""The MTA's own hold as the quarantine: a real Postfix and a real Sendmail keep the message, and its
administrator works on the queue as well."""

import fcntl
import json
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import sendmail
import testing
from instance import Instance, program
from milter_client import ALL_ACTIONS, PROGRESS, QUARANTINE, ConnectionEnded, MilterClient
from postfix import Postfix
from processes import Process, run
from testing import without_received
from waiting import free_port, until

EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"


def toml(words):
    return json.dumps([str(word) for word in words])


class HoldCase(testing.MailServerCase):
    """What is alike for both mail servers. Each has ids_on_hold(), `mta` and its own tools."""

    accept_within = "1h"

    @classmethod
    def hold_at_mta(cls, **more):
        cls.instance.configure("quarantine", backend='"mta"')
        cls.instance.configure("quarantine.mta", kind=f'"{cls.mta}"',
                               accept_within=f'"{cls.accept_within}"', **more)
        cls.instance.watch_no_runs()

    def setUp(self):
        super().setUp()
        self.reconcile()
        self.assertEqual(self.ids_on_hold(), set())
        self.addCleanup(self.clean)

    def clean(self):
        for item in self.newly_held():
            if item["state"] == "held":
                self.instance.run("quarantine", "delete", item["id"], "--by", "x", "--reason", "x")
        # What one test released must not arrive in the next.
        self.sink.refuse_data(None)
        until(self.server.queue_is_empty, "an empty queue for the next test")

    def hold(self, recipients=FORMER_EMPLOYER, message=None):
        """Sends a letter that the MTA then has on hold; gives its item."""
        self.submit(recipients, message or people.maternity_letter(recipients))
        item = self.only_held()
        until(lambda: item["queue_id"] in self.ids_on_hold(), "the message on hold")
        self.assertEqual(item["mta"], {"kind": self.mta, "copy": "pending"})
        return item

    def reconcile(self, expect=0):
        report = json.loads(self.instance.command("quarantine", "reconcile", "--json",
                                                  expect=expect))
        return report

    def found(self, expect=0):
        """{(item, what was found)} of this test's."""
        return {(each.get("item", each["queue_id"]), each["found"])
                for each in self.reconcile(expect)["findings"]
                if each.get("item") not in self._known}

    def decide(self, what, item, expect=0):
        done = self.instance.run("quarantine", what, item["id"], "--by", "m.devries",
                                 "--reason", "asked the sender")
        self.assertEqual(done.returncode, expect, done.stderr.decode())
        return (done.stdout if expect == 0 else done.stderr).decode()

    def state(self, item):
        shown = self.instance.show(item["id"])
        return shown["state"], shown["mta"]["copy"]

    def sealed(self, item):
        return (self.instance.directory / "quarantine" / "items" / (item["id"] + ".cms")).exists()

    def entries(self, kind, item):
        lines = [json.loads(line) for line in self.instance.journal_text().splitlines()]
        return [line["data"] for line in lines
                if line["kind"] == kind and line["data"]["item"] == item["id"]]

    def decision_results(self, item):
        return [(entry["action"], entry["result"]) for entry in self.entries("decision", item)]


class AnyMta:
    """The tests that both mail servers run."""

    def test_held_seen_and_released_it_arrives_as_it_was_sent(self):
        message = people.maternity_letter(FORMER_EMPLOYER)
        item = self.hold(message=message)
        self.assertEqual(self.sink.messages, [])
        self.assertEqual(self.reconcile()["confirmed"], 1)
        self.assertEqual(self.state(item), ("held", "held"))
        self.assertTrue(self.sealed(item))
        self.decide("release", item)
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assert_as_sent(message, arrived)
        self.assertEqual(self.ids_on_hold(), set())
        self.assertEqual(self.state(item), ("released", "gone"))
        self.assertTrue(self.sealed(item))
        self.assertEqual(self.decision_results(item), [("release", "begun"), ("release", "done")])
        # Once: nothing is left to do, and a second release is refused.
        self.assertEqual(self.found(), set())
        self.decide("release", item, expect=1)
        self.assertEqual(len(self.sink.messages), 1)
        self.instance.verify_journal()

    def test_deleted_it_is_gone_from_the_queue_and_delivered_to_nobody(self):
        item = self.hold()
        self.decide("delete", item)
        self.assertEqual(self.state(item), ("deleted", "gone"))
        self.assertFalse(self.sealed(item))
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.sink.messages, [])
        self.assertEqual(self.decision_results(item), [("delete", "begun"), ("delete", "done")])

    def test_returned_its_sender_has_a_notice_and_the_queue_nothing(self):
        item = self.hold()
        self.decide("return", item)
        notice = self.sink.wait_for_recipient(people.SENDER)
        self.assertEqual(notice.sender, "")
        self.assertEqual(self.state(item), ("returned", "gone"))
        self.assertTrue(self.sealed(item))
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.sink.recipients(), [people.SENDER])

    def test_of_several_recipients_the_wrong_one_is_kept_in_the_store(self):
        message = people.maternity_letter([EMPLOYER, FORMER_EMPLOYER])
        self.submit([EMPLOYER, FORMER_EMPLOYER], message)
        self.sink.wait_for_recipient(EMPLOYER)
        item = self.only_held()
        self.assertNotIn("mta", item)
        self.assertEqual(self.ids_on_hold(), set())
        self.decide("release", item)
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(arrived.body, message.partition(b"\r\n\r\n")[2])
        self.assertEqual(self.sink.recipients(), [EMPLOYER, FORMER_EMPLOYER])

    def test_what_an_administrator_releases_is_told(self):
        item = self.hold()
        self.reconcile()
        self.release_by_hand(item["queue_id"])
        self.sink.wait_for_recipient(FORMER_EMPLOYER)
        until(self.server.queue_is_empty, "an empty queue")
        # Nobody can decide on it as if it were held, and nobody's return notice goes out.
        self.assertIn("does not hold it any more", self.decide("return", item, expect=1))
        self.assertEqual(self.found(), {(item["id"], "gone")})
        self.assertEqual(self.state(item), ("gone", "gone"))
        self.assertTrue(self.sealed(item))
        entry, = self.entries("mta", item)
        self.assertEqual((entry["found"], entry["state"]), ("gone", "gone"))
        self.assertEqual(self.found(), set())
        self.assertEqual(self.sink.recipients(), [FORMER_EMPLOYER])
        review = lambda *more: self.instance.command("review", *more)
        outcome = lambda: next(each for each in json.loads(review("report", "--register", "--json"))[
            "incidents"] if item["id"] in each["items"])["outcome"]
        self.assertEqual(outcome(), "probable_breach")
        review("decide", "record", item["id"], "--reason", "x", "--outcome", "confirmed_breach")
        self.assertEqual(outcome(), "confirmed_breach")

    def test_what_an_administrator_releases_and_cannot_leave_yet_is_told_apart(self):
        item = self.hold()
        self.reconcile()
        self.sink.refuse_data("451 4.3.0 not now")
        self.release_by_hand(item["queue_id"])
        self.assertEqual(self.found(), {(item["id"], "released_outside")})
        self.assertEqual(self.state(item), ("gone", "gone"))
        self.sink.refuse_data(None)
        self.sink.wait_for_recipient(FORMER_EMPLOYER)

    def test_what_is_on_hold_and_none_of_ours_is_listed_and_left(self):
        item = self.hold()
        with sqlite3.connect(self.instance.directory / "quarantine" / "quarantine.db") as rows:
            rows.execute("UPDATE item SET queue_id = 'zzzzzzzzzzzzzz', mta_copy = 'held' "
                         "WHERE id = ?", (item["id"],))
        rows.close()
        self.assertEqual(self.found(), {(item["queue_id"], "unknown"), (item["id"], "gone")})
        with sqlite3.connect(self.instance.directory / "quarantine" / "quarantine.db") as rows:
            rows.execute("UPDATE item SET queue_id = ? WHERE id = ?",
                         (item["queue_id"], item["id"]))
        rows.close()
        # And what is ours after all is held again, so that it can be decided on.
        self.assertEqual(self.found(), {(item["id"], "found_again")})
        self.assertEqual(self.state(item), ("held", "held"))
        self.decide("delete", item)

    def test_a_command_that_may_not_leaves_it_held_and_says_why(self):
        item = self.hold()
        self.reconcile()
        config = self.instance.config.read_text(encoding="utf-8")
        try:
            self.instance.configure("quarantine.mta", release=toml(
                ["/bin/sh", "-c", "echo 'reserved for the superuser: hr@geheim.example' >&2; exit 1", "{id}"]))
            said = self.decide("release", item, expect=1)
        finally:
            self.instance.config.write_text(config, encoding="utf-8")
        self.assertIn("ended with status 1: reserved for the superuser", said)
        self.assertNotIn("geheim", said + self.instance.journal_text() + str(self.instance.show(item["id"])))
        self.assertIn("hint: who runs this must be allowed to", said)
        self.assertEqual(self.state(item), ("held", "held"))
        self.assertEqual(self.ids_on_hold(), {item["queue_id"]})
        self.assertEqual(self.decision_results(item), [("release", "begun"), ("release", "failed")])
        self.decide("release", item)
        self.sink.wait_for_recipient(FORMER_EMPLOYER)

    def release_cut_off(self, item, script):
        """Has the releasing process killed while `script` runs; it says so by making a file."""
        mark = self.folder / f"{item['id']}.mark"
        done = self.folder / f"{item['id']}.done"
        config = self.instance.config.read_text(encoding="utf-8")
        self.instance.configure("quarantine.mta", release=toml(
            ["/bin/sh", "-c", script, "sh", "{id}", mark, done, *self.release_command]))
        releasing = Process([program("postwacht"), "quarantine", "release", "--config",
                             self.instance.config, item["id"], "--by", "x", "--reason", "x"],
                            self.folder / "release.log")
        try:
            until(mark.exists, "the command to run")
            # What is in the middle of it is left alone.
            self.instance.config.write_text(config, encoding="utf-8")
            self.assertEqual(self.found(), set())
            self.assertEqual(self.state(item)[0], "releasing")
            releasing.signal(signal.SIGKILL)
            releasing.wait(10)
            # Its command goes on, and nobody meddles before that has ended.
            self.assertEqual(self.found(), set())
            self.assertEqual(self.state(item)[0], "releasing")
        finally:
            self.instance.config.write_text(config, encoding="utf-8")
            done.touch()
        until(lambda: self.reconcile() and self.state(item)[0] != "releasing", "an end of it")

    WAIT = 'while [ ! -e "$3" ]; do sleep 0.05; done'

    def test_killed_after_the_command_it_is_found_to_be_released(self):
        item = self.hold()
        self.release_cut_off(
            item, 'mark=$2; done=$3; shift 3; "$@"; : > "$mark"; '
                  'while [ ! -e "$done" ]; do sleep 0.05; done')
        self.assertEqual(self.state(item), ("released", "gone"))
        self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(self.decision_results(item), [("release", "begun"), ("release", "done")])
        self.assertFalse(self.instance.show(item["id"])["possibly_delivered"])
        self.assertEqual(self.found(), set())
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.sink.recipients(), [FORMER_EMPLOYER])

    def test_killed_before_the_command_did_anything_it_is_held_as_before(self):
        item = self.hold()
        self.release_cut_off(item, ': > "$2"; ' + self.WAIT)
        self.assertEqual(self.state(item), ("held", "held"))
        self.assertEqual(self.decision_results(item), [("release", "begun"), ("release", "failed")])
        self.assertEqual(self.ids_on_hold(), {item["queue_id"]})
        self.decide("release", item)
        self.sink.wait_for_recipient(FORMER_EMPLOYER)

    def test_what_could_not_be_removed_is_removed_by_the_next_look(self):
        item = self.hold()
        with self.removal_failing():
            said = self.decide("return", item, expect=1)
        self.assertIn("the item is returned, but the MTA's own could not be removed", said)
        self.sink.wait_for_recipient(people.SENDER)
        self.assertEqual(self.state(item), ("returned", "removing"))
        self.assertEqual(self.ids_on_hold(), {item["queue_id"]})
        self.assertEqual(self.found(), {(item["id"], "removed")})
        self.assertEqual(self.state(item), ("returned", "gone"))
        self.assertEqual(self.ids_on_hold(), set())
        self.assertEqual(self.sink.recipients(), [people.SENDER])

    def test_a_deletion_that_fails_leaves_it_held(self):
        item = self.hold()
        with self.removal_failing():
            self.decide("delete", item, expect=1)
        self.assertEqual(self.state(item)[0], "held")
        self.assertTrue(self.sealed(item))
        self.assertEqual(self.ids_on_hold(), {item["queue_id"]})

    def test_the_log_of_all_that_names_nobody(self):
        item = self.hold()
        self.release_by_hand(item["queue_id"])
        self.reconcile()
        everything = "\n".join([self.instance.log_text(), self.instance.journal_text(),
                                *self.instance.transcripts])
        for value in (people.MARIT.surname, FORMER_EMPLOYER, people.SENDER):
            self.assertNotIn(value, everything)


class PostfixHoldTest(AnyMta, HoldCase, testing.PostfixCase):
    mta = "postfix"

    @classmethod
    def start_servers(cls):
        cls.instance = Instance(cls.folder / "instance", socket=f"inet:{free_port()}@127.0.0.1")
        cls.addClassCleanup(cls.instance.stop)
        cls.server = Postfix(cls.sink.port, milter=cls.instance.socket)
        cls.addClassCleanup(cls.server.close)
        cls.release_command = ["/usr/sbin/postsuper", "-c", cls.server.etc, "-H", "{id}"]
        cls.hold_at_mta(config_directory=f'"{cls.server.etc}"')
        cls.instance.configure("reinject",
                               url=f'"smtp://127.0.0.1:{cls.server.reinjection_port}"')
        cls.instance.start()
        cls.server.start()

    def ids_on_hold(self):
        listed = run(["postqueue", "-c", self.server.etc, "-j"]).stdout.decode()
        return {each["queue_id"] for each in map(json.loads, listed.splitlines())
                if each["queue_name"] == "hold"}

    def release_by_hand(self, queue_id):
        run(["postsuper", "-c", self.server.etc, "-H", queue_id])

    def assert_as_sent(self, message, arrived):
        self.assertEqual(without_received(arrived.data), message)

    def removal_failing(self):
        return configured(self.instance, remove=toml(["/bin/sh", "-c", "exit 75", "{id}"]))

    def test_requeued_by_hand_it_has_another_id_and_is_told(self):
        item = self.hold()
        self.reconcile()
        run(["postsuper", "-c", self.server.etc, "-r", item["queue_id"]])
        run(["postkick", "-c", self.server.etc, "public", "pickup", "W"])
        self.sink.wait_for_recipient(FORMER_EMPLOYER)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.found(), {(item["id"], "gone")})

    def test_an_id_that_was_given_out_again_is_another_message(self):
        item = self.hold()
        with sqlite3.connect(self.instance.directory / "quarantine" / "quarantine.db") as rows:
            rows.execute("UPDATE item SET held_at = held_at - 3 * 86400000, mta_copy = 'held' "
                         "WHERE id = ?", (item["id"],))
        rows.close()
        self.assertEqual(self.found(), {(item["id"], "gone"), (item["queue_id"], "unknown")})
        self.assertEqual(self.ids_on_hold(), {item["queue_id"]})
        self.release_by_hand(item["queue_id"])
        self.sink.wait_for_recipient(FORMER_EMPLOYER)

    def test_without_the_mta_nothing_is_concluded(self):
        item = self.hold()
        self.reconcile()
        with configured(self.instance, list=toml(["/bin/sh", "-c", "echo 'mail system is down' >&2; exit 69"])):
            done = self.instance.run("quarantine", "reconcile")
            self.assertEqual(done.returncode, 1)
            self.assertIn("mail system is down", done.stderr.decode())
            self.assertEqual(self.state(item), ("held", "held"))
            self.decide("release", item, expect=1)
        self.assertEqual(self.state(item), ("held", "held"))

    def test_review_reconciles_by_itself_and_never_decides_on_what_left(self):
        item = self.hold()
        self.release_by_hand(item["queue_id"])
        self.sink.wait_for_recipient(FORMER_EMPLOYER)
        with configured(self.instance, accept_within='"1s"'):
            until(lambda: json.loads(self.instance.command("review", "pass", "--json")) and
                  self.state(item)[0] != "held", "the item to be told of")
        self.assertEqual(self.state(item), ("not_accepted", "gone"))

    def test_the_milter_names_the_item_and_no_person_as_the_reason(self):
        with MilterClient(self.instance.socket) as client:
            client.open_session()
            answer = client.send_message(f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"],
                                         people.maternity_letter(FORMER_EMPLOYER),
                                         queue_id="4gXyZ12abczQ")
        item = self.only_held()
        self.assertTrue(answer.goes_on, answer)
        self.assertEqual(answer.quarantine, f"Postwacht {item['id']}: disclosure")
        self.assertEqual(answer.deleted_recipients, [])
        # Nobody accepted that: the client was none of a mail server's.
        self.assertEqual(self.found(), {(item["id"], "waiting")})
        with configured(self.instance, accept_within='"1s"'):
            until(lambda: self.found() == {(item["id"], "not_accepted")}, "the time to be up")
        self.assertEqual(self.state(item), ("not_accepted", "gone"))
        self.assertTrue(self.sealed(item))

    def test_what_the_mta_could_not_be_told_is_withdrawn(self):
        self.instance.stop()
        self.instance.environment["POSTWACHT_TEST_EOM_DELAY"] = "8000"
        try:
            self.instance.start()
            client = MilterClient(self.instance.socket)
            client.open_session()
            client.send_until_end(
                f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"],
                b"X-Test-Delay: yes\r\n" + people.maternity_letter(FORMER_EMPLOYER),
                queue_id="4gXyZ12abczR")
            client.start_end_of_message()
            self.assertEqual(client.receive_packet()[0], PROGRESS)
            client.reset()
            until(self.newly_held, "the item")
            until(lambda: self.only_held()["state"] == "not_accepted", "its withdrawal")
        finally:
            del self.instance.environment["POSTWACHT_TEST_EOM_DELAY"]
            self.instance.stop()
            self.instance.start()
        item = self.only_held()
        self.assertEqual(self.state(item), ("not_accepted", "gone"))
        self.assertIn("could not be told to hold it", self.instance.show(item["id"])["outcome"])
        self.assertEqual([entry["state"] for entry in self.entries("mta", item)], ["not_accepted"])
        self.assertIn("could not be answered", self.instance.log_text())

    def test_a_queue_id_that_is_none_is_answered_try_again(self):
        for queue_id in ("ALL", "../../etc", "-d", ""):
            with MilterClient(self.instance.socket) as client:
                client.open_session()
                answer = client.send_message(f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"],
                                             people.maternity_letter(FORMER_EMPLOYER),
                                             queue_id=queue_id)
            self.assertTrue(answer.is_tempfail, answer)
        self.assertEqual(self.newly_held(), [])

    def test_an_mta_that_offers_no_hold_is_not_served(self):
        with MilterClient(self.instance.socket) as client:
            with self.assertRaises(ConnectionEnded):
                client.open_session(actions=ALL_ACTIONS & ~QUARANTINE)
                client.send_message(f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"],
                                    people.maternity_letter(FORMER_EMPLOYER))
        self.assertIn("does not let a milter put a message on hold", self.instance.log_text())
        self.assertEqual(self.newly_held(), [])


class SendmailHoldTest(AnyMta, HoldCase):
    mta = "sendmail"

    @classmethod
    def setUpClass(cls):
        reason = sendmail.missing()
        if reason:
            raise unittest.SkipTest(reason)
        super().setUpClass()

    @classmethod
    def start_servers(cls):
        cls.server = sendmail.Sendmail(cls.sink.port, milter="local:/mnt/run/milter.sock")
        cls.addClassCleanup(cls.server.close)
        cls.instance = Instance(cls.folder / "instance",
                                socket=f"unix:{cls.server.folder / 'run' / 'milter.sock'}")
        cls.addClassCleanup(cls.instance.stop)
        cls.release_command = ["/usr/bin/env"] + cls.server.command("-qQ", "-qI{id}", "-Q")
        cls.hold_at_mta(queue_directories=toml([cls.server.folder / "mqueue"]),
                        release=toml(cls.release_command))
        cls.instance.configure("reinject",
                               url=f'"smtp://127.0.0.1:{cls.server.reinjection_port}"')
        cls.instance.start()
        cls.server.start()

    def ids_on_hold(self):
        return {path.name[2:] for path in (self.server.folder / "mqueue").glob("hf*")}

    def release_by_hand(self, queue_id):
        self.server.run("-qQ", f"-qI{queue_id}", "-Q")

    def assert_as_sent(self, message, arrived):
        # Sendmail writes a header anew, and puts a trace of its own in front.
        self.assertEqual(arrived.body, message.partition(b"\r\n\r\n")[2])
        for name in ("From", "To", "Subject", "Message-ID", "Date", "Content-Type"):
            sent = re.search(rb"^%s:[ ]*(.*)\r$" % name.encode(), message, re.MULTILINE | re.I)
            self.assertEqual(arrived.field(name), sent.group(1).decode())

    def removal_failing(self):
        """As to a user that may not write there: the queue's files lie in folders of their own."""
        return LockedFile(next((self.server.folder / "mqueue").glob("hf*")))

    def test_the_queue_shows_which_item_it_is(self):
        item = self.hold()
        self.assertIn(f"Postwacht {item['id']}: disclosure", self.server.run("-bp", "-qQ"))

    def test_nothing_is_left_of_what_was_deleted(self):
        item = self.hold()
        self.decide("delete", item)
        self.assertEqual(list((self.server.folder / "mqueue").glob(f"*{item['queue_id']}")), [])


# Those that systemd/postwacht-hold@.service leaves.
UNIT_RIGHTS = ["setpriv", "--no-new-privs", "--bounding-set",
               "-all,+setuid,+setgid,+dac_override,+dac_read_search,+fowner", "--"]


class HelperSocket:
    """As systemd's Accept=yes: starts postwacht-hold for each connection."""

    def __init__(self, path, config):
        self.config = config
        self.errors = path.parent / "hold.errors"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, open(self.errors, "ab") as errors:
                subprocess.run([*UNIT_RIGHTS, program("postwacht-hold"), "--config", self.config],
                               stdin=connection, stdout=connection, stderr=errors, check=False,
                               timeout=60)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class HelpedHoldTest(HoldCase, testing.PostfixCase):
    """Where review may not touch the queue, and asks postwacht-hold."""
    mta = "postfix"
    ids_on_hold = PostfixHoldTest.ids_on_hold
    test_released = AnyMta.test_held_seen_and_released_it_arrives_as_it_was_sent
    test_deleted = AnyMta.test_deleted_it_is_gone_from_the_queue_and_delivered_to_nobody
    test_a_command_that_may_not = AnyMta.test_a_command_that_may_not_leaves_it_held_and_says_why
    assert_as_sent = PostfixHoldTest.assert_as_sent

    @classmethod
    def start_servers(cls):
        PostfixHoldTest.start_servers.__func__(cls)
        path = cls.folder / "hold.sock"
        cls.helper = HelperSocket(path, cls.instance.config)
        cls.addClassCleanup(cls.helper.close)
        cls.instance.configure("quarantine.mta", socket=f'"unix:{path}"')

    def ask(self, question):
        return run([program("postwacht-hold"), "--config", self.instance.config],
                   stdin=question.encode())

    def test_nothing_but_a_queue_id_can_be_asked_about(self):
        for question in ("release ALL", "release -d", "remove ../x", "release", "delete 4gXyZ12abc",
                         "release 4gXyZ12abc 4gXyZ12abd", "entries 4gXyZ12abc"):
            done = self.ask(question + "\n")
            answer = json.loads(done.stdout)
            self.assertEqual((answer["ok"], answer["code"]), (False, "damaged"), question)
        self.assertEqual(self.ask("").returncode, 2)
        self.assertEqual(self.ask("x" * 4000).returncode, 2)
        self.assertEqual(json.loads(self.ask("remove 4gXyZ12abcd\n").stdout)["code"], "not_found")

    def test_what_others_may_write_is_not_obeyed(self):
        self.instance.config.chmod(0o666)
        try:
            done = self.ask("entries\n")
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"somebody else may write the configuration", done.stderr)
        finally:
            self.instance.config.chmod(0o640)

    def test_without_the_helper_it_stays_held(self):
        item = self.hold()
        with configured(self.instance, socket=f'"unix:{self.folder}/nobody.sock"'):
            said = self.decide("release", item, expect=1)
        self.assertIn("postwacht-hold.socket must be running", said)
        self.assertEqual(self.state(item)[0], "held")


class LockedFile:
    """As long as it lasts another process works on a queue file."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.file = open(self.path, "r+b")  # pylint: disable=consider-using-with
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


class configured:
    """Other keys of [quarantine.mta] for a while."""

    def __init__(self, instance, **keys):
        self.instance, self.keys = instance, keys

    def __enter__(self):
        self.before = self.instance.config.read_text(encoding="utf-8")
        self.instance.configure("quarantine.mta", **self.keys)

    def __exit__(self, *_):
        self.instance.config.write_text(self.before, encoding="utf-8")


if __name__ == "__main__":
    testing.main()
