#!/usr/bin/env python3
"""Held mail and what becomes of it: automatic review, people with roles, senders who answer.

Letters come over the milter protocol; what is released, returned or told goes to a real listener.
"""

import json
import os
import pathlib
import pwd
import shutil
import sqlite3
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from milter_client import MilterClient
from processes import Process
from smtp_sink import SmtpSink
from testing import send_letter
from waiting import until

FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
REVIEW_ADDRESS = f"postwacht@{people.OWN_DOMAIN}"
# Marit's former employer, as if she had never left; and as if she had left long ago.
STAYED = "upsert,S-1042,employer,O-1,,2019-02-01,"
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


class AutomaticTest(ReviewCase):

    def test_a_corrected_registry_releases_what_it_concerns_and_nothing_else(self):
        self.policy('[review]\nauto_release = ["maternity_benefit"]\n')
        self.instance.start()
        letter = people.maternity_letter(FORMER_EMPLOYER)
        item, = self.hold(message=letter)
        other, = self.hold(f"hr@{people.FORMER.domain}",
                           people.maternity_letter(FORMER_EMPLOYER, people.FATMA))
        self.assertEqual(self.passes()["taken_in"], 2)
        self.assertEqual(self.shown(item["id"])["now"]["would"], "quarantine")

        self.correct_registry()
        report = self.passes()
        self.assertEqual((report["judged_again"], report["released"]), (1, 1))
        self.assertEqual(self.state(item), "released")
        self.assertEqual(self.state(other), "held")
        message, = self.sink.messages
        self.assertEqual(message.data, letter)
        self.assertEqual(message.recipients, (FORMER_EMPLOYER,))
        done = self.instance.show(item["id"])
        self.assertEqual(done["decided_by"], "automatic")
        self.assertIn("the registry changed", done["decision_reason"])
        self.assertEqual(self.passes()["judged_again"], 0)

    def test_what_a_policy_does_not_release_is_shown(self):
        self.instance.start()
        item, = self.hold()
        self.passes()
        self.correct_registry()
        self.assertEqual(self.passes()["released"], 0)
        self.assertEqual(self.state(item), "held")
        self.assertEqual(self.shown(item["id"])["now"]["would"], "accept")

    def test_a_changed_policy_is_shown_and_not_done(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        item, = self.hold()
        self.passes()
        file = self.instance.directory / "policy.toml"
        text = file.read_text(encoding="utf-8")
        row = "[disclosure.maternity_benefit]\n"
        self.assertIn(row, text)
        changed = text.replace(row, row + 'former_employer = "accept"\n')
        file.write_text(changed, encoding="utf-8")
        self.assertEqual(self.passes()["judged_again"], 1)
        self.assertEqual(self.state(item), "held")
        self.assertEqual(self.shown(item["id"])["now"]["would"], "accept")
        file.write_text(changed + "policy_change_releases = true\n", encoding="utf-8")
        self.assertEqual(self.passes()["released"], 1)
        self.assertEqual(self.state(item), "released")

    def test_a_second_sending_follows_what_a_person_decided(self):
        self.instance.start()
        text = people.maternity_text()
        first, = self.hold(message=people.letter(FORMER_EMPLOYER, text=text))
        self.passes()
        self.review("decide", "return", first["id"], "--reason", "she left")
        # Another date and message id; and one that says something else.
        again, = self.hold(message=people.letter(FORMER_EMPLOYER, text=text))
        changed, = self.hold(message=people.letter(FORMER_EMPLOYER, text=text + "PS\n"))
        report = self.passes()
        self.assertEqual((report["followed"], report["returned"]), (1, 1))
        self.assertEqual(self.state(again), "returned")
        self.assertEqual(self.state(changed), "held")
        self.assertIn(first["id"], self.instance.show(again["id"])["decision_reason"])

    def test_what_differs_in_anything_but_its_date_follows_nobody(self):
        self.instance.start()
        text = people.maternity_text()
        first, = self.hold(message=people.letter(FORMER_EMPLOYER, text=text))
        self.passes()
        self.review("decide", "release", first["id"], "--reason", "asked")
        report = f"Verslag.\n{text}".encode()
        others = [
            people.letter(FORMER_EMPLOYER, text=text, headers=[("Cc", "iemand@elders.example")]),
            people.letter(FORMER_EMPLOYER, text=text,
                          attachments=[("verslag.txt", "text/plain", report)]),
            people.letter(FORMER_EMPLOYER, text=text).replace(b'charset="utf-8"', b'charset="utf-7"'),
        ]
        for message in others:
            item, = self.hold(message=message)
            self.assertEqual(self.passes()["followed"], 0)
            self.assertEqual(self.state(item), "held")
        item, = self.hold(message=people.letter(FORMER_EMPLOYER, text=text))
        self.assertEqual(self.passes()["followed"], 1)
        # By another registry the same is not the same: what it says of her changed.
        self.correct_registry(f"upsert,S-1042,employer,O-1,,2019-02-01,{people.day(-2)}")
        later, = self.hold(message=people.letter(FORMER_EMPLOYER, text=text))
        self.assertEqual(self.passes()["followed"], 0)
        self.assertEqual(self.state(later), "held")

    def test_nothing_goes_back_to_a_sender_of_another_house(self):
        self.policy('[review]\nreturn_at_once = [ { relation = "other_subject" } ]\n')
        self.instance.start()
        with MilterClient(self.instance.socket) as client:
            client.open_session()
            self.assertTrue(client.send_message(
                "<iemand@elders.example>", [f"<{people.JOOST.email}>"],
                people.maternity_letter(people.JOOST.email)).is_discard)
        item, = self.instance.held()
        self.assertEqual(self.passes()["returned"], 0)
        self.assertIn("none of this house", self.review("decide", "return", item["id"], "--reason",
                                                        "wrong", expect=1))
        self.assertEqual(self.sink.messages, [])
        self.assertEqual(self.state(item), "held")

    def test_what_happened_between_milter_and_review_is_told_apart(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        # The policy became looser while review did not run: that releases nothing.
        item, = self.hold()
        file = self.instance.directory / "policy.toml"
        text = file.read_text(encoding="utf-8")
        row = "[disclosure.maternity_benefit]\n"
        file.write_text(text.replace(row, row + 'former_employer = "accept"\n'), encoding="utf-8")
        self.assertEqual(self.passes()["released"], 0)
        # Nor does the registry then, where the policy of now accepts it either way.
        self.correct_registry(f"upsert,S-1042,employer,O-1,,2019-02-01,{people.day(-2)}")
        self.assertEqual(self.passes()["released"], 0)
        self.assertEqual(self.state(item), "held")
        file.write_text(text, encoding="utf-8")
        self.passes()
        self.instance.reload()
        # The registry was corrected in between: that does.
        other, = self.hold(message=people.letter(FORMER_EMPLOYER, subject="Nogmaals",
                                                 text=people.maternity_text() + "PS\n"))
        self.correct_registry()
        self.assertEqual(self.passes()["released"], 2)
        self.assertEqual(self.state(other), "released")

    def test_who_vanishes_from_the_registry_releases_nothing(self):
        self.policy('[review]\nauto_release = true\naccess = { maternity_benefit = '
                    '["privacy_officer"] }\n')
        self.people(anna=["reviewer"])
        self.instance.start()
        item, = self.hold()
        self.passes()
        delta = self.folder / "subjects.csv"
        delta.write_text("op,subject_id,bsn,surname,birth_date,emails\ndelete,S-1042,,,,\n",
                         encoding="utf-8")
        self.instance.command("registry", "update", "--delta", delta)
        report = self.passes()
        self.assertEqual((report["judged_again"], report["released"]), (1, 0))
        self.assertEqual(self.state(item), "held")
        # What was known to be in it still is.
        self.assertIn("may not open", self.review("show", item["id"], "--content", expect=1))

    def test_without_a_registry_nobody_looks_and_it_is_judged_later(self):
        self.policy('[review]\naccess = { medical = ["privacy_officer"] }\n')
        self.people(anna=["reviewer"])
        self.instance.start()
        item, = self.hold()
        index = self.instance.directory / "registry" / "index.mdb"
        away = index.with_suffix(".away")
        index.rename(away)
        self.passes()
        self.assertIn("may not open", self.review("show", item["id"], "--content", expect=1))
        away.rename(index)
        self.assertEqual(self.passes()["judged_again"], 1)
        self.shown(item["id"], "--content")

    def test_what_is_plainly_wrong_goes_back_at_once(self):
        self.policy('[review]\nreturn_at_once = [ { relation = "other_subject" },\n'
                    '  { relation = "former_employer", ended_for = "365d" } ]\n')
        self.instance.start()
        wrong, = self.hold(people.JOOST.email, people.maternity_letter(people.JOOST.email))
        recent, = self.hold()  # she left 320 days ago
        self.assertEqual(self.passes()["returned"], 1)
        self.assertEqual(self.state(wrong), "returned")
        self.assertEqual(self.state(recent), "held")
        self.assertEqual(self.sink.messages[0].recipients, (people.SENDER,))

    def test_items_of_one_run_are_one_incident_and_one_decision(self):
        self.instance.start()
        items = self.hold(count=4)
        lone, = self.hold(people.JOOST.email, unlike_letter())
        self.passes()
        incidents = sorted(self.queue(), key=lambda incident: incident["undecided"])
        self.assertEqual([incident["undecided"] for incident in incidents], [1, 4])
        run = incidents[1]["incident"]
        listed = json.loads(self.review("show", run, "--json"))["items"]
        self.assertEqual({item["item"] for item in listed}, {item["id"] for item in items})
        # It may have grown since somebody looked at it.
        for number in ((), ("--items", "3")):
            self.assertIn("4 of its items wait", self.review("decide", "release", run, "--reason",
                                                             "all fine", *number, expect=1))
        self.assertEqual(self.sink.messages, [])
        self.review("decide", "return", run, "--reason", "wrong list")
        self.assertEqual({self.state(item) for item in items}, {"returned"})
        self.assertEqual(self.state(lone), "held")
        self.assertEqual([incident["incident"] for incident in self.queue()],
                         [incidents[0]["incident"]])

    def test_a_database_from_yesterday_sends_nothing_twice(self):
        self.instance.start()
        item, = self.hold()
        self.passes()
        database = self.instance.directory / "quarantine" / "quarantine.db"
        saved = self.folder / "saved.db"
        with sqlite3.connect(database) as source, sqlite3.connect(saved) as copy:
            source.backup(copy)
        self.review("decide", "release", item["id"], "--reason", "asked her")
        self.instance.stop()
        for old in database.parent.glob("quarantine.db*"):
            old.unlink()
        shutil.copy(saved, database)
        self.assertEqual(self.state(item), "held")
        self.start_daemon()
        until(lambda: self.state(item) == "released", "the state that the journal knows")
        self.assertIn("PW_REVIEW_RECONCILED", self.daemon.output())
        self.assertEqual(len(self.sink.messages), 1)


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


class SenderTest(ReviewCase):

    def setUp(self):
        super().setUp()
        self.instance.configure("review", notify_senders="true", reply_to=f'"{REVIEW_ADDRESS}"',
                                interval='"1s"', notice_from=f'"{REVIEW_ADDRESS}"')

    def notice(self):
        self.start_daemon()
        return self.sink.wait_for_recipient(people.SENDER, 60)

    def answer(self, notice, line, sender=people.SENDER, expect=0):
        # A second copy of the token with other capitals is no second token.
        to = notice.field("Reply-To")
        if "nogmaals" in line:
            to = to.upper()
        reply = (f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: Re: x\r\n\r\n"
                 f"\r\n{line}\r\n> quoted\r\n").encode()
        return self.review("receive", stdin=reply, expect=expect)

    def test_a_run_yields_one_notice_without_personal_data(self):
        self.instance.start()
        self.hold(count=30)
        notice = self.notice()
        self.assertEqual(notice.sender, "")
        text = notice.data.decode("utf-8")
        self.assertIn("30 berichten", text)
        self.assertIn("geadresseerde 1 van 1", text)
        self.assertIn("Auto-Submitted: auto-generated", text)
        for secret in (*people.MARIT.identifiers(), people.FORMER.domain, people.FORMER.name):
            self.assertNotIn(secret.lower(), text.lower())
        until(lambda: all(incident.get("notified_at") for incident in self.queue()), "the mark")
        before = self.daemon.output().count("PW_REVIEW_PASS")
        self.hold()
        until(lambda: self.daemon.output().count("PW_REVIEW_PASS") > before, "another pass")
        self.assertEqual(len(self.sink.messages), 1)

    def test_a_sender_takes_it_back_and_only_once(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        self.assertIn("only who sent", self.answer(notice, "INTREKKEN", people.JOOST.email, expect=1))
        self.assertIn("says nothing", self.answer(notice, "Goedemorgen", expect=2))
        self.assertIn("returned", self.answer(notice, "intrekken graag"))
        self.assertEqual(self.state(item), "returned")
        self.assertIn("decided already", self.answer(notice, "INTREKKEN", expect=1))

    def test_a_sender_gives_the_right_addressee(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        right = f"hr@{people.CURRENT.domain}"
        self.assertIn("new addressee", self.answer(notice, f"AAN {right}"))
        self.assertEqual(self.state(item), "corrected")
        self.assertEqual(self.sink.messages[-1].recipients, (right,))

    def test_a_confirmation_releases_nothing_by_itself(self):
        self.policy('[review]\nsender_override = ["maternity_benefit"]\n')
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        self.assertIn("BEVESTIG", notice.data.decode("utf-8"))
        self.answer(notice, "BEVESTIG de werkgever vroeg erom")
        self.assertEqual(self.state(item), "held")
        self.assertEqual(self.shown(item["id"])["approvals"][0]["action"], "asks for release")
        self.assertIn("used already", self.answer(notice, "BEVESTIG nogmaals", expect=1))

    def test_a_changed_token_is_none(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        token = notice.field("Reply-To")
        local, _, domain = token.partition("@")
        for other in (f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{domain}", REVIEW_ADDRESS):
            reply = (f"From: <{people.SENDER}>\r\nTo: <{other}>\r\n\r\nINTREKKEN\r\n").encode()
            self.assertIn("not a token", self.review("receive", stdin=reply, expect=1))
        self.assertEqual(self.state(item), "held")


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
