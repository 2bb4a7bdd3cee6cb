#!/usr/bin/env python3
"""The registry of a milter that runs: updates that it sees with its next letter, builds and updates
that are killed, a key that changes, and what a terminal shows meanwhile."""

import json
import os
import pathlib
import pty
import random
import secrets
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from processes import Process
from testing import send_letter

EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
HEADERS = {
    "subjects.csv": "op,subject_id,bsn,surname,birth_date,emails",
    "organisations.csv": "op,organisation_id,name,domains,addresses",
    "relations.csv": "op,subject_id,relation,organisation_id,email,valid_from,valid_to",
}
# Marit's former employer, as if she had never left.
STAYED = "upsert,S-1042,employer,O-1,,2019-02-01,"
LEFT = f"upsert,S-1042,employer,O-1,,2019-02-01,{people.ENDED}"


class RegistryTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = self.make_instance()
        self.registry = self.instance.directory / "registry"
        self.delta = self.folder / "delta"

    def write_delta(self, **rows):
        """relations=[...] writes relations.csv."""
        self.delta.mkdir(exist_ok=True)
        for file in self.delta.iterdir():
            file.unlink()
        for table, lines in rows.items():
            text = "\n".join([HEADERS[f"{table}.csv"], *lines]) + "\n"
            (self.delta / f"{table}.csv").write_text(text, encoding="utf-8")

    def update(self, *arguments, expect=0, **rows):
        """Gives (standard output, standard error)."""
        self.write_delta(**rows)
        done = self.instance.run("registry", "update", "--delta", self.delta, *arguments)
        output = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, output)
        return output

    def stats(self):
        return json.loads(self.instance.command("registry", "stats", "--json"))

    def files(self):
        return {path.name: path.read_bytes() for path in self.registry.iterdir()}


class UpdateTest(RegistryTest):

    def test_a_running_milter_sees_it_with_its_next_letter(self):
        instance = self.instance.start()
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        self.update(relations=[STAYED])
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).goes_on)
        self.update(relations=[LEFT])
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        self.assertTrue(send_letter(instance, EMPLOYER).goes_on)
        self.update(organisations=["delete,O-2,,,"])
        self.assertTrue(send_letter(instance, EMPLOYER).is_discard)
        self.update(subjects=["delete,S-1042,,,,"])
        self.assertTrue(send_letter(instance, EMPLOYER).goes_on)  # about nobody who is registered
        instance.build_registry()
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        self.assertTrue(send_letter(instance, EMPLOYER).goes_on)
        self.assertEqual(len(self.files()), 1)
        self.assertNotIn("PW_REGISTRY_UNAVAILABLE", instance.log_text())

    def test_verdicts_and_stats_tell_the_age_and_the_source(self):
        sources = []
        for rows in (None, [STAYED], [LEFT]):
            if rows:
                self.update(relations=rows)
            stats = self.stats()
            registry = self.instance.check(people.SENDER, [EMPLOYER],
                                           people.maternity_letter(EMPLOYER))["registry"]
            self.assertEqual(registry["as_of"], stats["as_of"])
            self.assertEqual(registry["source"], stats["source_sha256"][:12])
            self.assertLessEqual(abs(registry["age_s"] - stats["age_s"]), 60)
            sources.append(registry["source"])
        self.assertEqual(len(set(sources)), 3)
        self.assertEqual(stats["updates"], 2)
        report = json.loads(self.update("--json", relations=[STAYED])[0])
        self.assertEqual(report["schema"], "postwacht.registry-update/1")
        self.assertEqual(report["changed_relations"], 1)
        self.assertEqual(report["updates"], 3)

    def test_bad_rows_replace_nothing_and_are_not_shown(self):
        before = self.files()
        _, errors = self.update(
            expect=2,
            subjects=["upsert,S-1,123456789,Onzichtbaar,,", f"upsert,S-2,{people.JOOST.bsn},,,"],
            relations=["upsert,S-niemand,employer,O-1,,,", "upsert,S-1043,employer,O-99,,,",
                       "upsert,S-1043,employer,O-1,,2026-02-01,2026-01-01", STAYED])
        for place in ("subjects.csv:2:12: ", "subjects.csv:3:12: ", "relations.csv:2:8: ",
                      "relations.csv:3:24: ", "relations.csv:4:40: "):
            self.assertIn(place, errors)
        self.assertIn("rows that are bad: 5", errors)
        for value in ("123456789", "Onzichtbaar", people.JOOST.bsn, "niemand", "O-99"):
            self.assertNotIn(value, errors)
        self.assertEqual(self.files(), before)

    def test_a_key_is_changed_by_a_new_build(self):
        instance = self.instance.start()
        key = instance.directory / "keys" / "registry.key"
        key.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        _, errors = self.update(expect=2, relations=[STAYED])
        self.assertIn("was built with another key", errors)
        instance.build_registry()
        instance.reload()
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        self.update(relations=[STAYED])
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).goes_on)


class KilledTest(RegistryTest):

    def killed(self, *arguments):
        """Starts a command and kills it at some time before its end would come; whether it was
        still at work."""
        command = [program("postwacht"), *arguments, "--config", self.instance.config]
        started = time.monotonic()
        self.assertEqual(subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode, 0)
        whole = time.monotonic() - started
        process = Process(command, self.folder / "killed.log")
        moment = time.monotonic() + whole * random.random()
        while time.monotonic() < moment and process.is_running():
            time.sleep(0.0005)
        was_running = process.is_running()
        process.kill()
        return was_running

    def test_killed_updates_and_builds_leave_all_or_nothing(self):
        instance = self.instance.start()
        cut_off = 0
        for stays in (True, False) * 8:
            self.write_delta(relations=[STAYED if stays else LEFT])
            before = self.stats()["updates"]
            cut_off += self.killed("registry", "update", "--delta", self.delta)
            # The first one went through; of the second all or nothing.
            self.assertIn(self.stats()["updates"] - before, (1, 2))
            answer = send_letter(instance, FORMER_EMPLOYER)
            self.assertTrue(answer.goes_on if stays else answer.is_discard, answer)
        self.assertGreater(cut_off, 0)
        self.update(relations=[STAYED])
        cut_off = 0
        for _ in range(8):
            cut_off += self.killed("registry", "build", "--from", instance.source)
            self.assertEqual(self.stats()["updates"], 0)
            self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        self.assertGreater(cut_off, 0)
        # What they left behind is gone with the next that ends well.
        instance.build_registry()
        self.assertEqual(list(self.files()), ["index.mdb"])


class TerminalTest(RegistryTest):

    def shown_on_a_terminal(self, *arguments):
        ours, its = pty.openpty()
        with subprocess.Popen([program("postwacht"), *arguments, "--config", self.instance.config],
                              stdout=subprocess.DEVNULL, stderr=its) as process:
            os.close(its)
            shown = b""
            while True:
                try:
                    some = os.read(ours, 4096)
                except OSError:  # the end of a terminal
                    break
                if not some:
                    break
                shown += some
        os.close(ours)
        self.assertEqual(process.returncode, 0, shown)
        return shown.decode()

    def test_progress_is_shown(self):
        self.write_delta(relations=[STAYED])
        for arguments, words in (
                (("build", "--from", self.instance.source),
                 ("checking subjects", "writing subjects", "sealing the index")),
                (("update", "--delta", self.delta), ("opening the index", "writing updates"))):
            shown = self.shown_on_a_terminal("registry", *arguments)
            for word in words:
                self.assertIn(word, shown)
            self.assertIn(" %", shown)
            # The line is wiped away at the end.
            self.assertTrue(shown.endswith("\r\x1b[K"), shown)


if __name__ == "__main__":
    testing.main()
