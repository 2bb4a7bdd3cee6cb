#!/usr/bin/env python3
"""Each letter of written_letters.py names whom it names, gives the right kinds of data to each, and begins its
case on the right day."""

import csv
import datetime
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import testing
from instance import Instance, program
from written_letters import BSN, LETTERS, PEOPLE

TODAY = "2026-05-20"
TODAY_SECONDS = datetime.datetime.fromisoformat(TODAY).replace(tzinfo=datetime.timezone.utc).timestamp()
COLUMNS = ("subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,partner_surname,birth_date,"
           "postcode,house_number,emails").split(",")


def write_registry(folder):
    """Everybody left the employer whom the letters go to long ago."""
    folder.mkdir()
    with open(folder / "subjects.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for person, (*names, born, postcode, house, address, other) in PEOPLE.items():
            rows.writerow([person, BSN[person], other, *names, born, postcode, house, address])
    (folder / "organisations.csv").write_text(
        "organisation_id,name,domains,addresses,kvk,payroll_number\nO,Oud,oud.example,,,\n", encoding="utf-8")
    (folder / "relations.csv").write_text(
        "subject_id,relation,organisation_id,email,valid_from,valid_to\n"
        + "".join(f"{person},employer,O,,2010-01-01,2012-12-31\n" for person in PEOPLE), encoding="utf-8")
    # A date without a year is understood by the day that the registry is of.
    for file in folder.iterdir():
        os.utime(file, (TODAY_SECONDS, TODAY_SECONDS))


def differences(want, verdict):
    found = {subject["subject"]: subject for subject in verdict["subjects"] if subject["confidence"] != "low"}
    began = {reason["subject"]: reason["as_of"] for reason in verdict["recipients"][0].get("reasons", [])
             if reason.get("as_of", TODAY) != TODAY}
    if set(found) != set(want):
        yield f"names {sorted(found)}, not {sorted(want)}"
        return
    for person, facts in want.items():
        told = {"cat": found[person]["categories"], "conf": found[person]["confidence"],
                "amb": "ambiguous" in found[person], "per": began.get(person)}
        for fact, value in facts.items():
            if told[fact] != value:
                yield f"{person}: {fact} is {told[fact]}, not {value}"


class LettersTest(testing.PostwachtTest):
    def test_each_letter_is_read_as_it_is_meant(self):
        folder = testing.new_folder(self.addCleanup)
        write_registry(folder / "registry")
        instance = Instance(folder / "instance", own_domain="uitvoering.example", registry=False)
        instance.build_registry(folder / "registry")
        # So that the verdict tells the day on which the case began, and not the stricter of two.
        policy = instance.directory / "policy.toml"
        policy.write_text(policy.read_text(encoding="utf-8").replace('as_of = "both"', 'as_of = "period"'),
                          encoding="utf-8")
        asked = []
        for number, (_, _, message) in enumerate(LETTERS):
            file = folder / f"{number}.eml"
            file.write_bytes(message)
            asked.append(f"post@uitvoering.example\tx@oud.example\t{TODAY}\t{file}\n")
        done = subprocess.run([program("judge_letters"), instance.config], input="".join(asked).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        verdicts = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(verdicts), len(LETTERS))
        for (name, want, _), verdict in zip(LETTERS, verdicts):
            with self.subTest(name):
                self.assertEqual(list(differences(want, verdict)), [])


if __name__ == "__main__":
    testing.main()
