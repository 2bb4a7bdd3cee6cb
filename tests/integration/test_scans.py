#!/usr/bin/env python3
"""What a picture shows counts as what stands in the letter, within the allowance for scans, and
keeps no other letter waiting."""

import base64
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import documents
import people
import pictures
import testing
from instance import Instance

EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
DECISION = people.maternity_text().split("\n")


def with_attachments(to, *attachments):
    return people.letter(to, text="Beste collega,\n\nZie de bijlage.\n", attachments=attachments)


class ScanTest(testing.PostwachtTest):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(testing.new_folder(cls.addClassCleanup) / "instance").start()
        cls.addClassCleanup(cls.instance.stop)
        cls.scan = pictures.Scan(DECISION)

    def verdict(self, to, *attachments):
        return self.instance.check(people.SENDER, [to], with_attachments(to, *attachments))

    def test_a_scanned_letter_is_judged_like_the_letter(self):
        letter = documents.docx(["Zie het afschrift."])
        for name, type_, content in (
                ("besluit.png", "image/png", self.scan.png()),
                ("besluit.pdf", "application/pdf", pictures.scanned_pdf([self.scan])),
                ("dossier.zip", "application/zip",
                 documents.zip_of({"brief.docx": letter, "scan.png": self.scan.png()}))):
            with self.subTest(name):
                verdict = self.verdict(FORMER_EMPLOYER, (name, type_, content))
                self.assertEqual(verdict["incomplete"], [])
                self.assertEqual(verdict["action"], "quarantine")
                reason = verdict["recipients"][0]["reasons"][0]
                self.assertEqual(reason["relation"], "former_employer")
                self.assertEqual(reason["subject"], people.MARIT.subject_id)
                self.assertEqual(self.verdict(EMPLOYER, (name, type_, content))["action"], "accept")

    def test_the_milter_holds_a_scanned_letter(self):
        message = with_attachments(FORMER_EMPLOYER, ("besluit.png", "image/png", self.scan.png()))
        client = self.connect(self.instance)
        answer = client.send_message(f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"], message)
        self.assertTrue(answer.is_discard, answer)
        client.close()

    def test_a_picture_inside_html_is_judged_like_the_letter(self):
        inside = base64.b64encode(self.scan.png()).decode()
        for to, action in ((FORMER_EMPLOYER, "quarantine"), (EMPLOYER, "accept")):
            message = people.letter(to, text="Zie hieronder.",
                                    html=f'<p>Zie hieronder.</p><img src="data:image/png;base64,{inside}">')
            verdict = self.instance.check(people.SENDER, [to], message)
            self.assertEqual(verdict["incomplete"], [])
            self.assertEqual(verdict["action"], action)

    def test_a_picture_without_words_holds_no_mail(self):
        blank = pictures.Scan([""] * 8)
        self.assertEqual(self.verdict(EMPLOYER, ("foto.png", "image/png", blank.png()))["action"],
                         "accept")

    def test_pages_over_the_allowance_are_over_budget_and_the_rest_is_read(self):
        folder = testing.new_folder(self.addCleanup) / "instance"
        instance = Instance(folder)
        configuration = instance.config.read_text()
        self.assertIn("\nscan_pages = 40 ", configuration)
        instance.config.write_text(configuration.replace("\nscan_pages = 40 ", "\nscan_pages = 1 "))
        other = pictures.Scan(["Bladzijde zonder gegevens van personen"])
        message = with_attachments(
            FORMER_EMPLOYER,
            ("besluit.pdf", "application/pdf", pictures.scanned_pdf([self.scan, other, other])),
            ("noot.txt", "text/plain", f"BSN {people.JOOST.bsn}".encode()))
        verdict = instance.check(people.SENDER, [FORMER_EMPLOYER], message)
        self.assertEqual({item["why"] for item in verdict["incomplete"]}, {"over_budget"})
        self.assertEqual({subject["subject"] for subject in verdict["subjects"]},
                         {people.MARIT.subject_id, people.JOOST.subject_id})

    def test_a_letter_without_scans_overtakes_those_with(self):
        page = pictures.Scan(DECISION)
        scans = with_attachments(EMPLOYER, ("scans.pdf", "application/pdf",
                                            pictures.scanned_pdf([page] * 3)))
        plain = with_attachments(EMPLOYER, ("besluit.pdf", "application/pdf", documents.pdf(DECISION)))

        def send(message):
            client = self.connect(self.instance)
            client.send_message(f"<{people.SENDER}>", [f"<{EMPLOYER}>"], message)
            client.close()
            return time.monotonic()

        ended = []
        threads = [threading.Thread(target=lambda: ended.append(send(scans))) for _ in range(2)]
        for thread in threads:
            thread.start()
        between = [send(plain) for _ in range(3)]
        for thread in threads:
            thread.join()
        self.assertLess(between[-1], max(ended))


if __name__ == "__main__":
    testing.main()
