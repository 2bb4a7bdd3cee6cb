#!/usr/bin/env python3
"""Each letter of written_letters.py and office_letters.py names whom it names, gives the right kinds of data to
each, and begins its case on the right day."""

import datetime
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import office_letters
import testing
import written_letters
from instance import Instance, program
from letter_case import differences, write_registry

TODAY = "2026-05-20"
TODAY_SECONDS = datetime.datetime.fromisoformat(TODAY).replace(tzinfo=datetime.timezone.utc).timestamp()


class LettersTest(testing.PostwachtTest):
    def judge(self, collection):
        """The verdict about each letter."""
        folder = testing.new_folder(self.addCleanup)
        write_registry(folder / "registry", collection.PEOPLE, collection.BSN, TODAY_SECONDS)
        instance = Instance(folder / "instance", own_domain="uitvoering.example", registry=False)
        instance.build_registry(folder / "registry")
        # So that the verdict tells the day on which the case began, and not the stricter of two.
        policy = instance.directory / "policy.toml"
        policy.write_text(policy.read_text(encoding="utf-8").replace('as_of = "both"', 'as_of = "period"'),
                          encoding="utf-8")
        asked = []
        for number, (_, _, message) in enumerate(collection.LETTERS):
            file = folder / f"{number}.eml"
            file.write_bytes(message)
            asked.append(f"post@uitvoering.example\tx@oud.example\t{TODAY}\t{file}\n")
        done = subprocess.run([program("judge_letters"), instance.config], input="".join(asked).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def assert_read_as_meant(self, collection):
        verdicts = self.judge(collection)
        self.assertEqual(len(verdicts), len(collection.LETTERS))
        for (name, want, _), verdict in zip(collection.LETTERS, verdicts):
            with self.subTest(name):
                self.assertEqual(list(differences(want, verdict, TODAY)), [])

    def test_each_way_of_writing_is_read_as_it_is_meant(self):
        self.assert_read_as_meant(written_letters)

    def test_each_letter_of_an_office_is_read_as_it_is_meant(self):
        self.assert_read_as_meant(office_letters)


if __name__ == "__main__":
    testing.main()
