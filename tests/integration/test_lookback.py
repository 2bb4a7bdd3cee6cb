#!/usr/bin/env python3
"""Letters that were delivered before the registry was corrected: they are found, and no others."""

import csv
import io
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import Instance
from milter_client import MilterClient

SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"


class LookbackTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = Instance(self.folder / "instance").start()
        self.addCleanup(self.instance.stop)

    def send(self, recipients, message, queue_id):
        with MilterClient(self.instance.socket) as client:
            client.open_session()
            return client.send_message(SENDER, [f"<{r}>" for r in recipients], message, queue_id)

    def lookback(self, *arguments):
        return json.loads(self.instance.command("review", "lookback", "--json", *arguments))

    def correct(self, last_day):
        """Marit's employment ended; gives the delta that says so."""
        delta = self.folder / "delta.csv"
        delta.write_text("op,subject_id,relation,organisation_id,email,valid_from,valid_to\n"
                         f"upsert,S-1042,employer,O-2,,{people.day(-319)},{last_day}\n")
        self.instance.command("registry", "update", "--delta", delta)
        return delta

    def test_what_a_delta_corrects_is_found_among_what_was_delivered(self):
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4RIGHTTHEN")
        self.send([people.MARIT.email], people.maternity_letter(people.MARIT.email), "4HERSELF")
        self.send([FORMER_EMPLOYER], people.maternity_letter(FORMER_EMPLOYER), "4HELD")
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER, person=people.JOOST), "4JOOST")
        self.send([EMPLOYER, people.MARIT.email, FORMER_EMPLOYER],
                  people.maternity_letter(EMPLOYER), "4SEVERAL")
        self.assertEqual(self.lookback()["breaches"], [])
        self.assertIn("no breach found", self.instance.command("review", "lookback"))

        delta = self.correct(people.day(-40))
        report = self.lookback("--delta", delta)
        self.assertEqual((report["subjects"], report["unknown_subjects"]), (1, 0))
        self.assertEqual(len(report["breaches"]), 1)
        breach = report["breaches"][0]
        self.assertEqual(breach["queue_ids"], ["4RIGHTTHEN", "4SEVERAL"])
        self.assertEqual((breach["cause"], breach["relation"]), ("relation_ended", "employer"))
        self.assertEqual((breach["first"], breach["last"]), (people.day(0), people.day(0)))
        self.assertEqual((breach["messages"], breach["persons"]), (2, {"min": 1, "max": 1}))
        self.assertEqual(breach["categories"], ["maternity_benefit"])
        self.assertEqual(breach["remaining_hours"], 72)
        self.assertFalse(breach["recorded"])

        # Without a delta the same is found, and by its id; once recorded it is known again.
        self.assertEqual(self.lookback()["breaches"][0]["queue_ids"], breach["queue_ids"])
        subjects = self.folder / "subjects"
        subjects.write_text("S-1042\n\nS-1043\nS-9999\n")
        recorded = self.lookback("--subjects", subjects, "--record")
        self.assertEqual(recorded["unknown_subjects"], 1)
        self.assertTrue(recorded["breaches"][0]["recorded"])
        self.assertEqual(recorded["breaches"][0]["breach"], breach["breach"])
        again = self.lookback("--delta", delta, "--record")
        self.assertEqual([b["breach"] for b in again["breaches"]], [breach["breach"]])
        entries = [json.loads(line) for line in self.instance.journal_text().splitlines()]
        self.assertEqual([e["data"]["breach"] for e in entries if e["kind"] == "breach"],
                         [breach["breach"]])
        self.instance.verify_journal()

        # The milter goes on with the same journal, and its next letter is a breach no more.
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4HELDNOW")
        self.assertEqual(self.lookback()["breaches"][0]["queue_ids"], breach["queue_ids"])

    def test_the_employment_ended_later_than_the_letters_speak_of(self):
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4FINE")
        self.assertEqual(self.lookback("--delta", self.correct(people.day(0)))["breaches"], [])

    def test_what_was_held_and_what_was_found_is_in_the_register(self):
        text = self.instance.config.read_text()
        self.assertIn("[reinject]", text)
        self.instance.config.write_text(text.replace(
            "[reinject]", f'contact = "privacy desk"\n[review.departments]\n'
            f'letters = ["{people.SENDER}"]\n[reinject]'))
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4DELIVERED")
        for queue_id in ("4HELDONE", "4HELDTWO"):
            self.send([FORMER_EMPLOYER], people.maternity_letter(FORMER_EMPLOYER), queue_id)
        held = self.instance.held()
        self.instance.command("quarantine", "delete", held[0]["id"], "--reason", "went wrong")
        self.lookback("--delta", self.correct(people.day(-40)), "--record")

        report = json.loads(self.instance.command("review", "report", "--json"))
        now = report["period"]
        self.assertEqual((now["letters"], now["incidents"], now["open"], now["near_miss"],
                          now["probable_breach"]), (3, 3, 1, 1, 1))
        self.assertEqual([row["name"] for row in now["departments"]], ["-", "letters"])
        self.assertEqual([(row["name"], row["precision"]) for row in now["rules"]],
                         [("disclosure", 1.0), ("lookback", None)])
        self.assertIn("near miss", self.instance.command("review", "report"))
        self.assertIn("<svg", self.instance.command("review", "report", "--html"))
        self.assertIn("rules,disclosure,near_miss,1,0\r\n",
                      self.instance.command("review", "report", "--csv"))
        register = json.loads(self.instance.command("review", "report", "--register", "--json"))
        self.assertEqual([entry["outcome"] for entry in register["incidents"]].count("near_miss"), 1)
        self.assertEqual({entry["contact"]["organisation"] for entry in register["incidents"]},
                         {"privacy desk"})
        rows = list(csv.DictReader(io.StringIO(
            self.instance.command("review", "report", "--register", "--csv"), newline="")))
        self.assertEqual(len(rows), 3)
        breach, = (row for row in rows if row["outcome"] == "probable_breach")
        self.assertEqual((breach["queue_ids"], breach["persons_max"]), ("4DELIVERED", "1"))
        self.assertTrue(breach["timeline_notify_by"])
        self.assertEqual(self.instance.command("review", "report", "--register", "--to",
                                               people.day(-5)), "nothing\n")
        done = self.instance.run("review", "report", "--json", "--csv")
        self.assertEqual(done.returncode, 2)

    def test_errors(self):
        for arguments, wanted in (
                (["--since", "yesterday"], b"--since is not a date"),
                (["--delta", "a", "--subjects", "b"], b"--delta and --subjects"),
                (["--delta", self.folder / "nothing.csv"], b"nothing.csv"),
                (["--subjects", self.folder / "nothing"], b"nothing")):
            done = self.instance.run("review", "lookback", *arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(wanted, done.stderr)


if __name__ == "__main__":
    testing.main()
