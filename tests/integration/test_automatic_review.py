#!/usr/bin/env python3
"""What review decides without people, and what it leaves to them.

Letters come over the milter protocol; what is released or returned goes to a real listener.
"""

import json
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from milter_client import MilterClient
from review_case import FORMER_EMPLOYER, ReviewCase, unlike_letter
from waiting import until


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

    def change_person(self, row):
        delta = self.folder / "subjects.csv"
        delta.write_text("op,subject_id,bsn,other_ids,initials,given_names,prefix,surname,birth_date,"
                         f"postcode,house_number,emails\n{row}\n", encoding="utf-8")
        self.instance.command("registry", "update", "--delta", delta)

    def test_who_is_not_recognised_any_more_releases_nothing(self):
        """Before the first look and after it; whoever left the registry, and whose record is now
        another's, or has another number."""
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        marit, number = people.MARIT, people.bsn("45678912")
        same = (f"{marit.other_id},{marit.initials},{marit.given_names},{marit.prefix},"
                f"{marit.surname},{marit.birth_date},{marit.postcode},{marit.house_number},"
                f"{marit.email}")
        by_number = (f"Betreft: zwangerschapsuitkering\nBurgerservicenummer: {marit.bsn}\n")
        changes = {"gone": ("delete,S-1042,,,,,,,,,,", people.maternity_text()),
                   "somebody else": (f"upsert,S-1042,{number},,A.,Aleida,,Zwartendijk,1950-01-01,"
                                     "1111AA,1,nieuw@zwart.example", people.maternity_text()),
                   "of the same name": (f"upsert,S-1042,{number},,{marit.initials},"
                                        f"{marit.given_names},{marit.prefix},{marit.surname},"
                                        "1950-01-01,1111AA,1,nieuw@zwart.example",
                                        people.maternity_text()),
                   "another number": (f"upsert,S-1042,{number},{same}", by_number)}
        for looked_at in (False, True):
            for name, (change, text) in changes.items():
                with self.subTest(name, looked_at=looked_at):
                    self.change_person(f"upsert,S-1042,{marit.bsn},{same}")
                    item, = self.hold(message=people.letter(
                        FORMER_EMPLOYER, text=f"{text}Kenmerk {name} {looked_at}.\n"))
                    if looked_at:
                        self.passes()
                    self.change_person(change)
                    self.assertEqual(self.passes()["released"], 0)
                    self.assertEqual(self.state(item), "held")
                    self.assertEqual(self.passes()["released"], 0)

    def test_of_two_people_one_who_vanished_is_remembered(self):
        self.policy('[review]\nauto_release = true\n')
        self.instance.start()
        fatma = people.FATMA
        item, = self.hold(message=people.letter(
            FORMER_EMPLOYER, text=people.maternity_text() + people.maternity_text(fatma)))
        self.passes()
        self.change_person(f"delete,{fatma.subject_id},,,,,,,,,,")
        self.assertEqual(self.passes()["judged_again"], 1)
        self.assertEqual(self.passes()["judged_again"], 0)
        # What speaks against the letter now is gone, but so is one of its people.
        self.correct_registry()
        report = self.passes()
        self.assertEqual((report["judged_again"], report["released"]), (1, 0))
        self.assertEqual(self.state(item), "held")
        # Back, and the former employer's too: then everybody is recognised, and accepted.
        self.correct_registry(f"upsert,S-1042,employer,O-1,,2019-02-01,{people.day(-320)}")
        self.passes()
        self.change_person(
            f"upsert,{fatma.subject_id},{fatma.bsn},{fatma.other_id},{fatma.initials},"
            f"{fatma.given_names},{fatma.prefix},{fatma.surname},{fatma.birth_date},"
            f"{fatma.postcode},{fatma.house_number},{fatma.email}")
        self.correct_registry(f"upsert,{fatma.subject_id},employer,O-1,,2019-02-01,")
        self.assertEqual(self.passes()["released"], 0)
        self.correct_registry()
        self.assertEqual(self.passes()["released"], 1)
        self.assertEqual(self.state(item), "released")

    def test_what_a_person_began_to_decide_on_is_left_to_people(self):
        self.policy('[review]\nauto_release = true\n[review.medium]\neyes = 2\n')
        self.people(anna=["reviewer"], bram=["privacy_officer"])
        self.instance.start()
        item, = self.hold()
        other, = self.hold(message=people.letter(FORMER_EMPLOYER, text=people.maternity_text() +
                                                 "Nogmaals.\n"))
        self.who("bram")
        self.assertIn("1 of 2", self.review("decide", "delete", item["id"], "--reason", "never"))
        self.correct_registry()
        self.assertEqual(self.passes()["released"], 1)
        self.assertEqual((self.state(item), self.state(other)), ("reviewing", "released"))

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


if __name__ == "__main__":
    testing.main()
