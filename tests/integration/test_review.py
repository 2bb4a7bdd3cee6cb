#!/usr/bin/env python3
"""Held mail and people: reviewers with roles, and the daemon that they ask. Senders are in test_review_sender.py.

Letters come over the milter protocol; what is released, returned or told goes to a real listener.
"""

import json
import os
import pathlib
import pty
import pwd
import re
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from milter_client import MilterClient
from processes import Process
from review_case import FORMER_EMPLOYER, NUMBERS, ReviewCase, unlike_letter
from smtp_sink import SmtpSink
from waiting import until


class PeopleTest(ReviewCase):

    def test_four_eyes(self):
        self.policy('[review.medium]\neyes = 2\n')
        self.people(anna=["reviewer"], bram=["privacy_officer"], cees=["auditor"])
        self.instance.start()
        item, = self.hold()
        self.passes()
        self.assertIn("1 of 2", self.review("decide", "release", item["id"], "--reason", "fine"))
        self.assertIn("1 of 2", self.review("decide", "release", item["id"], "--reason", "really"))
        self.assertEqual(self.state(item), "reviewing")
        self.assertEqual(self.sink.messages, [])
        self.who("cees")
        self.assertIn("may not release",
                      self.review("decide", "release", item["id"], "--reason", "me too", expect=1))
        self.who("dora")
        self.assertIn("has no role", self.review("queue", expect=1))
        self.who("bram")
        self.assertEqual([approval["who"] for approval in self.shown(item["id"])["approvals"]],
                         ["anna"])
        self.review("decide", "release", item["id"], "--reason", "asked the employer")
        self.assertEqual(self.state(item), "released")
        self.assertEqual(len(self.sink.messages), 1)
        self.assertEqual(self.decisions()[-1]["agreed"], ["bram", "anna"])

    def test_who_lost_the_role_agrees_no_longer(self):
        self.policy('[review.medium]\neyes = 2\n')
        self.people(anna=["reviewer"], bram=["reviewer"])
        self.instance.start()
        item, = self.hold()
        self.review("decide", "release", item["id"], "--reason", "fine")
        config = self.instance.config
        config.write_text(config.read_text().replace('name = "anna"\nroles = ["reviewer"]',
                                                     'name = "anna"\nroles = ["auditor"]'))
        self.who("bram")
        self.assertIn("1 of 2", self.review("decide", "release", item["id"], "--reason", "fine"))
        self.assertEqual(self.sink.messages, [])

    def test_nobody_releases_their_own_mail(self):
        self.people(anna=["reviewer"], bram=["reviewer"])
        self.instance.start()
        item, = self.hold(message=people.maternity_letter(
            FORMER_EMPLOYER, headers=[("Reply-To", f"Anna <anna@{people.OWN_DOMAIN}>")]))
        self.passes()
        self.assertIn("sent themselves",
                      self.review("decide", "release", item["id"], "--reason", "mine", expect=1))
        self.assertEqual(self.sink.messages, [])
        self.who("bram")
        self.review("decide", "release", item["id"], "--reason", "checked")
        self.assertEqual(len(self.sink.messages), 1)

    def test_their_own_mail_is_theirs_however_they_are_named_in_it(self):
        self.people(anna=["reviewer"])
        self.instance.start()
        anna = f"anna@{people.OWN_DOMAIN}"
        tagged = f"anna+brief@{people.OWN_DOMAIN}"
        office = f"From: {people.SENDER}\r\n"
        for sender, fields in ((tagged, office), (people.SENDER, office + f"From: {anna}\r\n"),
                               (people.SENDER, f"From: {people.SENDER}, Anna <{anna}>\r\n"),
                               (people.SENDER, office + f"Sender: {tagged}\r\n"),
                               (people.SENDER, office + f"Sender: x@y.example\r\nSENDER: {anna}\r\n"),
                               (people.SENDER, office + f"Resent-From: {anna}\r\n"),
                               (people.SENDER, office + f"Resent-Sender: {anna}\r\n")):
            with self.subTest(sender=sender, fields=fields):
                letter = people.letter(FORMER_EMPLOYER, text=people.maternity_text() +
                                       f"Kenmerk {next(NUMBERS)}.\n")
                message = fields.encode() + re.sub(rb"(?m)^From: .*\r\n", b"", letter, count=1)
                before = {item["id"] for item in self.instance.held()}
                with MilterClient(self.instance.socket) as client:
                    client.open_session()
                    client.send_message(f"<{sender}>", [f"<{FORMER_EMPLOYER}>"], message)
                item, = (each for each in self.instance.held() if each["id"] not in before)
                self.assertIn("sent themselves", self.review(
                    "decide", "release", item["id"], "--reason", "mine", expect=1))
        self.assertEqual(self.sink.messages, [])

    def test_content_needs_the_role_and_leaves_a_trace_first(self):
        self.policy('[review]\naccess = { maternity_benefit = ["privacy_officer"] }\n')
        self.people(anna=["reviewer"], bram=["privacy_officer"], cees=["auditor"])
        self.instance.start()
        item, = self.hold()
        self.passes()
        self.assertNotIn("verdict", self.shown(item["id"])["item"])
        for name, look in (("anna", "--content"), ("anna", "--evidence"), ("cees", "--content")):
            self.who(name)
            error = self.review("show", item["id"], look, expect=1)
            self.assertIn("may not open", error)
            self.assertNotIn(people.MARIT.bsn, error)
        self.assertNotIn('"kind":"access"', self.instance.journal_text())
        self.who("bram")
        self.assertIn(people.MARIT.bsn, self.shown(item["id"], "--content")["message"])
        entry = [json.loads(line) for line in self.instance.journal_text().splitlines()
                 if '"kind":"access"' in line][-1]["data"]
        self.assertEqual((entry["item"], entry["by"], entry["what"]),
                         (item["id"], "bram", "content"))

    def test_no_other_command_shows_what_takes_a_role(self):
        self.policy('[review]\naccess = { maternity_benefit = ["privacy_officer"] }\n')
        self.people(anna=["reviewer"], bram=["privacy_officer"], cees=["auditor"])
        self.instance.start()
        item, = self.hold()
        accesses = lambda: self.instance.journal_text().count('"kind":"access"')
        show = lambda *more: self.instance.run("quarantine", "show", item["id"], *more)
        plain = show().stdout.decode()
        self.assertIn("held", plain)
        self.assertNotIn("birth_date", plain)
        self.assertNotIn("verdict", json.loads(show("--json").stdout))
        refused = show("--envelope")
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertIn(b"may not open", refused.stderr)
        self.assertEqual(accesses(), 0)
        self.who("bram")
        shown = json.loads(show("--envelope", "--json").stdout)
        self.assertIn(FORMER_EMPLOYER, shown["recipients"][0])
        self.assertEqual(accesses(), 1)
        # What counts and lists them is for those with a role, and to record is to decide.
        self.who("cees")
        self.review("report")
        self.assertIn("may not record", self.review("lookback", "--record", expect=1))
        self.who("mallory")
        for command in (["report"], ["report", "--register"], ["lookback"]):
            self.assertIn("no role", self.review(*command, expect=1))
        self.assertIn(b"no role", show().stderr)

    def test_what_is_sealed_of_a_finished_item_can_be_deleted(self):
        self.people(anna=["reviewer"], bram=["privacy_officer"])
        self.instance.start()
        item, = self.hold()
        sealed = self.instance.directory / "quarantine" / "items" / (item["id"] + ".cms")
        self.review("decide", "release", item["id"], "--reason", "fine")
        self.assertTrue(sealed.exists())
        delete = ("decide", "delete", item["id"], "--reason", "kept long enough")
        self.assertIn("may not delete", self.review(*delete, expect=1))
        self.assertTrue(sealed.exists())
        self.who("bram")
        self.assertIn("sealed content is removed", self.review(*delete))
        self.assertFalse(sealed.exists())
        self.assertEqual(self.state(item), "released")
        self.assertEqual([(each["action"], each["result"]) for each in self.decisions()][-2:],
                         [("delete", "begun"), ("delete", "done")])
        # It was held for nothing all the same.
        listed, = json.loads(self.review("report", "--register", "--json"))["incidents"]
        self.assertEqual(listed["outcome"], "false_positive")

    def test_to_send_on_takes_the_role_for_what_is_in_it(self):
        self.policy('[review]\naccess = { maternity_benefit = ["privacy_officer"] }\n')
        self.people(anna=["reviewer"], bram=["privacy_officer"])
        self.instance.start()
        item, = self.hold()
        self.passes()
        own = f"anna@{people.OWN_DOMAIN}"
        for wish in (["correct", "--to", own], ["release"]):
            self.assertIn("may not send on",
                          self.review("decide", *wish, item["id"], "--reason", "r", expect=1))
        self.who("bram")
        self.assertIn("whom it was held for", self.review(
            "decide", "correct", item["id"], "--to", FORMER_EMPLOYER, "--reason", "r", expect=1))
        self.assertEqual(self.sink.messages, [])

    def test_a_right_addressee_is_judged_like_a_new_letter(self):
        self.instance.start()
        item, = self.hold()
        self.passes()
        error = self.review("decide", "correct", item["id"], "--to", people.JOOST.email,
                            "--reason", "a try", expect=1)
        self.assertIn("may not go there either", error)
        self.assertEqual(self.state(item), "held")
        right = f"hr@{people.CURRENT.domain}"
        self.review("decide", "correct", item["id"], "--to", right, "--reason", "new employer")
        self.assertEqual(self.state(item), "corrected")
        self.assertEqual(self.sink.messages[0].recipients, (right,))

    def test_the_queue_is_worked_through_at_a_terminal(self):
        self.instance.start()
        self.hold()
        self.hold(people.JOOST.email, unlike_letter())
        self.passes()
        text = self.review("run", stdin=b"e\nb\nshe left\ns\n")
        self.assertIn("returned", text)
        self.assertIn("that was all", text)
        states = sorted(self.state(item) for item in self.instance.held(None))
        self.assertEqual(states, ["held", "returned"])

    def at_terminal(self, *arguments, keys, expect):
        """Runs `postwacht review` at a terminal at which these lines are typed; gives what it showed."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [program("postwacht"), "review", *arguments, "--config", self.instance.config],
            stdin=theirs, stdout=theirs, stderr=theirs,
            env={**os.environ, **self.instance.environment})
        os.close(theirs)
        os.write(ours, keys)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # it has ended
            pass
        os.close(ours)
        self.assertEqual(process.wait(60), expect, shown)
        return shown.decode()

    def test_at_a_terminal_what_is_missing_is_asked_for(self):
        self.instance.start()
        items = self.hold(count=3)
        self.passes()
        incident, = self.queue()
        short = incident["incident"][11:16]
        decide = ("decide", "release", short)
        self.assertIn("all 3 of them?", self.at_terminal(*decide, keys=b"n\n", expect=1))
        self.at_terminal(*decide, keys=b"y\n\n", expect=1)  # for no reason
        self.assertEqual(self.sink.messages, [])
        # Where nobody can be asked it takes all of it, as ever.
        self.assertIn("--items 3", self.review(*decide, "--reason", "r", expect=1))
        self.assertIn("released", self.at_terminal(*decide, keys=b"y\nasked them\n", expect=0))
        self.assertEqual({self.state(item) for item in items}, {"released"})
        self.assertEqual(self.instance.show(items[0]["id"])["decision_reason"], "asked them")

    def test_what_is_refused_anyway_is_not_asked_for(self):
        self.instance.start()
        item, = self.hold()
        self.passes()
        for decide, why in ((("decide", "burn", item["id"]), "not said what to do"),
                            (("decide", "correct", item["id"]), "who is to have it")):
            shown = self.at_terminal(*decide, keys=b"a reason\n", expect=2)
            self.assertIn(why, shown)
            self.assertNotIn("why:", shown)

    def test_what_never_left_is_no_breach(self):
        self.instance.start()
        item, = self.hold()
        breach = ("--reason", "x", "--outcome", "confirmed_breach")
        for wish in ("return", "delete"):
            self.assertIn("it never left",
                          self.review("decide", wish, item["id"], *breach, expect=2))
        self.assertIn("waits for a decision",
                      self.review("decide", "record", item["id"], *breach, expect=1))
        self.review("decide", "release", item["id"], "--reason", "fine")
        self.assertIn("decide record", self.review("decide", "return", item["id"], *breach, expect=1))
        self.assertIn("recorded", self.review("decide", "record", item["id"], *breach))
        listed, = json.loads(self.review("report", "--register", "--json"))["incidents"]
        self.assertEqual(listed["outcome"], "confirmed_breach")

    def test_a_page_without_any_does_not_say_that_nothing_waits(self):
        self.instance.start()
        self.assertEqual(self.review("queue"), "nothing waits\n")
        self.hold()
        self.passes()
        for page in (("--offset", "1000"), ("--severity", "critical"), ("--rule", "x"),
                     ("--limit", "0")):
            self.assertEqual(self.review("queue", *page), "none of 1 incidents\n")
        incident, = self.queue()
        for look in ("--content", "--evidence"):
            self.assertIn("one of its items",
                          self.review("show", incident["incident"], look, expect=2))

    def test_ids_may_be_shortened(self):
        self.people(anna=["reviewer"])
        self.instance.start()
        item, = self.hold()
        self.passes()
        self.assertEqual(self.shown(item["id"][11:17])["item"]["id"], item["id"])
        self.assertEqual(self.shown(item["id"][:20])["item"]["id"], item["id"])
        for wrong in (item["id"][11:14], "ffff" if item["id"][11:15] != "ffff" else "eeee", "%"):
            self.assertIn("no such", self.review("show", wrong, expect=1))
        # Who has no role does not hear whether there is such an item.
        self.who("dora")
        self.assertIn("has no role", self.review("show", item["id"][11:17], expect=1))
        self.assertIn("has no role", self.review("show", "ffff", expect=1))

    def test_two_at_once_release_once(self):
        self.instance.start()
        item, = self.hold()
        self.passes()
        decide = [program("postwacht"), "review", "decide", "release", item["id"], "--reason",
                  "fine", "--config", self.instance.config]
        both = [Process(decide, self.folder / f"{name}.log",
                        environment={**self.instance.environment, "SUDO_USER": name})
                for name in ("anna", "bram")]
        statuses = sorted(process.wait(30) for process in both)
        self.assertEqual(statuses, [0, 1], [process.output() for process in both])
        self.assertEqual(len(self.sink.messages), 1)
        self.assertEqual(self.state(item), "released")


class DaemonTest(ReviewCase):

    def test_commands_go_through_the_daemon_as_who_the_system_says(self):
        self.instance.configure("review", socket='"unix:review.sock"')
        me = pwd.getpwuid(os.getuid()).pw_name
        self.people(**{me: ["reviewer"], "anna": ["reviewer"]})
        self.policy('[review.medium]\neyes = 2\n')
        self.instance.start()
        item, = self.hold()
        self.start_daemon()
        until(lambda: (self.instance.directory / "review.sock").exists(), "the socket")
        until(self.queue, "the item in the queue")
        # What the environment says counts for nothing there.
        self.who("anna")
        self.assertIn("1 of 2", self.review("decide", "release", item["id"], "--reason", "fine"))
        self.assertEqual([approval["who"] for approval in self.shown(item["id"])["approvals"]],
                         [me])
        self.stop_daemon()
        self.assertFalse((self.instance.directory / "review.sock").exists())

    def test_a_crowd_waits_its_turn(self):
        """More commands of one user at once than the daemon has places for."""
        count = 14
        self.instance.configure("review", socket='"unix:review.sock"')
        me = pwd.getpwuid(os.getuid()).pw_name
        self.people(anna=["reviewer"], **{me: ["reviewer"]})
        self.instance.start()
        items = self.hold(count=count)
        self.start_daemon()
        socket = self.instance.directory / "review.sock"
        until(socket.exists, "the socket")
        until(lambda: not json.loads(self.review("queue", "--json"))["unassessed_items"],
              "the first look")

        def connected():
            with open("/proc/net/unix", encoding="ascii", errors="replace") as sockets:
                return sum(line.rstrip().endswith(str(socket)) for line in sockets) - 1
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.sink.before_reply = lambda _: go_on.wait(60)
        asking = [Process([program("postwacht"), "review", "decide", "release", item["id"],
                           "--reason", "a test", "--config", self.instance.config],
                          self.folder / f"{item['id']}.log",
                          environment=self.instance.environment) for item in items]
        until(lambda: connected() >= count or any(not each.is_running() for each in asking),
              "all to be connected", 60)
        go_on.set()
        for each in asking:
            until(lambda process=each: not process.is_running(), "the answer", 60)
        self.assertEqual([self.state(item) for item in items], count * ["released"],
                         [each.output() for each in asking])
        self.assertEqual(len(self.sink.messages), count)

    def test_killed_at_any_time_it_goes_on_where_it_was(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.configure("review", interval='"1s"')
        self.instance.start()
        items = self.hold(count=12)
        self.passes()
        self.correct_registry()
        for count in range(1, 40):
            daemon = self.start_daemon()
            until(lambda: len(self.sink.messages) >= min(count, len(items)) or
                  all(self.state(item) != "held" for item in items), "some progress", 60)
            daemon.kill()
            self.daemon = None
            if all(self.state(item) != "held" for item in items):
                break
        states = [self.instance.show(item["id"]) for item in items]
        for item in states:
            # In the middle of a hand-over it says so, and waits for people.
            self.assertTrue(item["state"] == "released" or item["possibly_delivered"], item)
        released = sum(item["state"] == "released" for item in states)
        self.assertGreaterEqual(len(self.sink.messages), released)
        begun = [entry["item"] for entry in self.decisions() if entry["result"] == "begun"]
        self.assertLessEqual(len(self.sink.messages), len(begun))
        self.instance.verify_journal()

    def test_a_listener_that_is_down_or_refuses_loses_nothing(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        item, = self.hold()
        self.passes()
        self.correct_registry()
        self.sink.refuse_data("451 4.3.0 not now")
        report = json.loads(self.instance.run("review", "pass", "--json").stdout)
        self.assertEqual(report["failed"], 1)
        self.assertEqual(self.state(item), "held")
        self.sink.refuse_data(None)
        self.sink.refuse_recipient(FORMER_EMPLOYER, "550 5.1.1 unknown")
        self.assertIn("550", self.review("decide", "release", item["id"], "--reason", "now",
                                         expect=1))
        self.assertEqual(self.state(item), "held")
        self.sink.refuse_recipient(FORMER_EMPLOYER, None)
        self.review("decide", "release", item["id"], "--reason", "now")
        self.assertEqual(self.state(item), "released")

    def test_with_tls_required_nothing_goes_in_clear(self):
        self.instance.start()
        item, = self.hold()
        self.passes()
        key, certificate = self.folder / "mta.key", self.folder / "mta.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        decide = ("decide", "release", item["id"], "--reason", "fine")
        # One that offers none, and one whose certificate nobody vouches for.
        self.instance.configure("reinject", tls='"required"')
        self.review(*decide, expect=1)
        with SmtpSink(tls=context) as secure:
            self.instance.configure("reinject", url=f'"smtp://localhost:{secure.port}"')
            self.review(*decide, expect=1)
            self.assertEqual(self.sink.messages + secure.messages, [])
            self.assertEqual(self.state(item), "held")
            self.instance.configure("reinject", ca_file=f'"{certificate}"')
            # A certificate of another name.
            self.instance.configure("reinject", url=f'"smtp://127.0.0.1:{secure.port}"')
            self.review(*decide, expect=1)
            self.instance.configure("reinject", url=f'"smtp://localhost:{secure.port}"')
            self.review(*decide)
            self.assertEqual(self.state(item), "released")
            self.assertEqual(len(secure.messages), 1)

    def test_a_wrong_or_missing_key_shows_and_changes_nothing(self):
        self.instance.start()
        item, = self.hold()
        key = self.instance.directory / "keys" / "review.key"
        away = key.with_suffix(".away")
        key.rename(away)
        self.assertNotEqual(self.instance.run("review", "queue").returncode, 0)
        daemon = self.start_daemon()
        self.assertEqual(daemon.wait(30), 2)
        self.assertIn("review.key", daemon.output())
        self.daemon = None
        away.rename(key)
        self.assertEqual(self.state(item), "held")
        self.assertEqual(self.sink.messages, [])


if __name__ == "__main__":
    testing.main()
