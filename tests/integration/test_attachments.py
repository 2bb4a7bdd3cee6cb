#!/usr/bin/env python3
"""What stands in attachments counts as what stands in the letter, and a reader of attachments that
breaks costs no letter."""

import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import documents
import people
import testing
from instance import Instance
from waiting import until

SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
DECISION = people.maternity_text().split("\n")
LIST = [("Naam", "BSN", "Soort uitkering"),
        *((person.full_name, person.bsn, "zwangerschapsuitkering") for person in people.PEOPLE)]


def with_attachment(to, name, type_, content):
    return people.letter(to, text="Beste collega,\n\nZie de bijlage.\n",
                         attachments=[(name, type_, content)])


def workers_of(pid):
    return [int(child) for thread in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (thread / "children").read_text().split()]


def has_ended(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


class AttachmentTest(testing.PostwachtTest):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(testing.new_folder(cls.addClassCleanup) / "instance").start()
        cls.addClassCleanup(cls.instance.stop)

    def verdict(self, to, name, type_, content):
        return self.instance.check(people.SENDER, [to], with_attachment(to, name, type_, content))

    def test_the_letter_as_an_attachment_is_judged_like_the_letter(self):
        for name, type_, content in (
                ("besluit.pdf", "application/pdf", documents.pdf(DECISION)),
                ("besluit.docx", documents.DOCX, documents.docx(DECISION)),
                ("dossier.zip", "application/zip",
                 documents.zip_of({"map/besluit.docx": documents.docx(DECISION)})),
                ("besluit.dat", "application/octet-stream", documents.pdf(DECISION))):
            with self.subTest(name):
                verdict = self.verdict(FORMER_EMPLOYER, name, type_, content)
                self.assertEqual(verdict["incomplete"], [])
                self.assertEqual(verdict["action"], "quarantine")
                reason = verdict["recipients"][0]["reasons"][0]
                self.assertEqual(reason["relation"], "former_employer")
                self.assertEqual(reason["subject"], people.MARIT.subject_id)
                self.assertEqual(self.verdict(EMPLOYER, name, type_, content)["action"], "accept")

    def test_a_hidden_sheet_is_found_and_named(self):
        book = documents.xlsx({("Planning", "visible"): [("Week", "Zaal"), (12, "B")],
                               ("Gegevens", "veryHidden"): LIST})
        verdict = self.verdict(EMPLOYER, "planning.xlsx", documents.XLSX, book)
        self.assertEqual(verdict["subject_count"], len(people.PEOPLE))
        self.assertEqual(verdict["action"], "quarantine")
        reasons = [reason for recipient in verdict["recipients"] for reason in recipient["reasons"]]
        self.assertIn("hidden_content", {reason["rule"] for reason in reasons})
        places = {item["where"] for subject in verdict["subjects"] for item in subject["evidence"]}
        self.assertTrue(any("Gegevens" in place and "very hidden" in place for place in places),
                        places)

    def test_a_number_kept_as_a_number_has_lost_its_zero_and_is_found(self):
        short = people.bsn("01234567")
        self.assertTrue(short.startswith("0"))
        registry = testing.new_folder(self.addCleanup) / "registry"
        person = people.dataclasses.replace(people.JOOST, subject_id="S-2001", bsn=short)
        people.write_registry(registry, people=(*people.PEOPLE, person))
        self.instance.build_registry(registry)
        self.addCleanup(self.instance.build_registry)
        book = documents.xlsx({("Blad1", "visible"): [("BSN", "Bedrag"), (int(short), 100)]})
        verdict = self.verdict("iemand@elders.example", "lijst.xlsx", documents.XLSX, book)
        self.assertEqual([subject["subject"] for subject in verdict["subjects"]], ["S-2001"])

    def test_what_is_damaged_or_locked_is_held_for_that(self):
        for name, type_, content in (
                ("besluit.pdf", "application/pdf", documents.pdf(DECISION)[:200]),
                ("besluit.docx", documents.DOCX, documents.docx(DECISION)[:-60])):
            with self.subTest(name):
                verdict = self.verdict(EMPLOYER, name, type_, content)
                self.assertEqual({item["why"] for item in verdict["incomplete"]}, {"damaged"})
                self.assertEqual(verdict["action"], "quarantine")

    def test_workers_that_are_killed_are_replaced_and_the_milter_goes_on(self):
        message = with_attachment(FORMER_EMPLOYER, "besluit.pdf", "application/pdf",
                                  documents.pdf(DECISION))
        pid = self.instance.process.pid
        for _ in range(3):
            killed = workers_of(pid)
            self.assertTrue(killed)
            for worker in killed:
                os.kill(worker, signal.SIGKILL)
            # One that is only about to end may still be handed a document, which then is damaged.
            until(lambda gone=killed: all(has_ended(worker) for worker in gone),
                  "the workers to end", 10)
            client = self.connect(self.instance)
            answer = client.send_message(SENDER, [f"<{FORMER_EMPLOYER}>"], message)
            self.assertTrue(answer.is_discard, answer)
            client.close()
        reasons = [self.instance.show(item["id"])["verdict"]["incomplete"]
                   for item in self.instance.held()]
        self.assertEqual(reasons, [[], [], []])
        self.assertTrue(self.instance.process.is_running())

    def test_workers_end_with_the_milter(self):
        instance = Instance(testing.new_folder(self.addCleanup) / "instance").start()
        workers = workers_of(instance.process.pid)
        self.assertTrue(workers)
        instance.kill()
        until(lambda: not any(pathlib.Path(f"/proc/{worker}/exe").exists() for worker in workers),
              "the workers of a milter that was killed to end", 10)


if __name__ == "__main__":
    testing.main()
