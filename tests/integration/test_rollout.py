#!/usr/bin/env python3
"""A policy on its way into a running milter: put in place, taken up, signed, taken back; and killed in
the middle of it, at every system call that changes a file."""

import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from processes import run
from testing import send_letter

FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"

SMALL = """[policy]
name = "small"
mode = "enforce"

[scope]
own_domains = ["agency.example"]

[disclosure]
personal_data = { self = "accept", "*" = "quarantine" }
"""


def openssl(*arguments, folder):
    done = run(["openssl", *arguments], directory=folder)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())


def read_metrics(file):
    """The values of a file in the text format of Prometheus, each of which has its type and help."""
    lines = file.read_text(encoding="utf-8").splitlines()
    values = {}
    for line in lines:
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            values[name] = int(value)
    for kind in ("HELP", "TYPE"):
        described = [line.split()[2] for line in lines if line.startswith(f"# {kind} ")]
        if described != [name.split("{")[0] for name in values]:
            raise AssertionError(f"{kind} does not go with the values: {lines}")
    return values


class RolloutTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = self.make_instance()
        self.policy = self.instance.directory / "policy.toml"
        self.strict = self.policy.read_text(encoding="utf-8")
        self.trial = self.strict.replace('mode = "enforce"', 'mode = "simulate"')
        self.assertNotEqual(self.strict, self.trial)
        self.new = self.instance.directory.parent / "new.toml"

    def activate(self, text, *arguments, expect=0):
        self.new.write_text(text, encoding="utf-8")
        return self.instance.command("policy", "activate", self.new, *arguments, expect=expect)

    def make_keys(self, name):
        folder = self.instance.directory.parent
        openssl("genpkey", "-algorithm", "ed25519", "-out", f"{name}.key", folder=folder)
        os.chmod(folder / f"{name}.key", 0o600)
        openssl("pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub", folder=folder)
        return folder / f"{name}.key", folder / f"{name}.pub"

    def require_signature(self, public_key):
        text = self.instance.config.read_text(encoding="utf-8")
        line = f'[policy]\nsigned_by = ["{public_key}"]'
        self.assertEqual(text.count("[policy]\n"), 1)
        self.instance.config.write_text(text.replace("[policy]", line), encoding="utf-8")

    def sign(self, key, file=None):
        self.instance.run("policy", "sign", "--key", key, file or self.new, config=False)

    def test_it_is_taken_up_by_a_reload_and_taken_back_by_another(self):
        self.instance.start()
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
        self.activate(self.trial)
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
        self.assertIn("PW_RELOADED", self.instance.reload())
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).goes_on)
        self.instance.command("policy", "rollback")
        self.assertIn("PW_RELOADED", self.instance.reload())
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
        self.assertEqual(self.policy.read_text(encoding="utf-8"), self.strict)

    def test_a_policy_that_was_changed_behind_its_signature_is_not_taken_up(self):
        key, public = self.make_keys("signer")
        _, another = self.make_keys("another")
        self.sign(key, self.policy)
        self.require_signature(public)
        self.instance.start()
        self.policy.write_text(self.trial, encoding="utf-8")
        line = self.instance.reload()
        self.assertIn("PW_RELOAD_FAILED", line)
        self.assertIn("signed", line)
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
        # Nor does the milter start with it, or check it.
        self.instance.stop()
        for arguments in ([], ["--check"]):
            done = run([program("postwacht-milter"), "--config", self.instance.config, *arguments])
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(b"signed", done.stderr)
        self.sign(key, self.policy)
        self.instance.start()
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).goes_on)
        # A signature of somebody else is none.
        text = self.instance.config.read_text(encoding="utf-8")
        self.instance.config.write_text(text.replace(str(public), str(another)), encoding="utf-8")
        self.assertIn("PW_RELOAD_FAILED", self.instance.reload())

    def test_monitoring_is_told_which_policy_is_in_force_and_that_a_reload_failed(self):
        file = self.instance.directory.parent / "milter.prom"
        self.instance.configure("milter", metrics_file=f'"{file}"')
        self.instance.start()
        started = read_metrics(file)
        in_force = self.instance.command("policy", "check", "--json")
        info = f'postwacht_policy_info{{policy="{json.loads(in_force)["policy"]}"}}'
        self.assertEqual(started[info], 1)
        self.assertEqual(started["postwacht_reloads_total"], 0)
        self.assertEqual(started["postwacht_last_reload_successful"], 1)
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o644)

        self.policy.write_text("[policy]\nname = 1\n", encoding="utf-8")
        self.assertIn("PW_RELOAD_FAILED", self.instance.reload())
        failed = read_metrics(file)
        self.assertEqual(failed, {**started, "postwacht_reloads_total": 1,
                                  "postwacht_reloads_failed_total": 1,
                                  "postwacht_last_reload_successful": 0})

        self.policy.write_text(self.trial, encoding="utf-8")
        self.assertIn("PW_RELOADED", self.instance.reload())
        mended = read_metrics(file)
        self.assertNotIn(info, mended)
        self.assertEqual(mended["postwacht_reloads_total"], 2)
        self.assertEqual(mended["postwacht_reloads_failed_total"], 1)
        self.assertEqual(mended["postwacht_last_reload_successful"], 1)
        self.assertGreaterEqual(mended["postwacht_policy_loaded_timestamp_seconds"],
                                started["postwacht_policy_loaded_timestamp_seconds"])

        self.instance.stop()
        self.assertFalse(file.exists())

    def test_metrics_that_cannot_be_written_stop_no_mail(self):
        folder = self.instance.directory.parent / "metrics"
        self.instance.configure("milter", metrics_file=f'"{folder}/milter.prom"')
        checked = run([program("postwacht-milter"), "--config", self.instance.config, "--check"])
        self.assertEqual(checked.returncode, 2)
        self.assertIn(b"metrics_file", checked.stderr)
        self.instance.start()
        self.assertIn("PW_METRICS_FAILED", self.instance.log_text())
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)

    def test_killed_at_any_change_of_a_file_there_is_one_policy_that_loads(self):
        # A small one, as it is loaded some hundred times.
        self.strict = SMALL
        self.trial = SMALL.replace("enforce", "simulate")
        self.policy.write_text(self.strict, encoding="utf-8")
        key, public = self.make_keys("signer")
        self.sign(key, self.policy)
        self.require_signature(public)
        self.new.write_text(self.trial, encoding="utf-8")
        self.sign(key)
        seen = set()
        for call in ("mkdir", "rename", "fsync", "fchmod", "unlink"):
            for when in range(1, 30):
                self.instance.run("policy", "rollback")  # to the strict one, where it came that far
                if self.kill_activation(call, when, seen):
                    break
            else:
                self.fail(f"it never came to its end with {call}")
        self.assertEqual(seen, {True, False})

    def kill_activation(self, call, when, seen):
        """Kills it at that call; says whether it had ended before. Whatever it left must load."""
        killed = subprocess.run(
            ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={call}:signal=KILL:when={when}",
             program("postwacht"), "policy", "activate", self.new,
             "--config", self.instance.config],
            capture_output=True, timeout=60, check=False)
        checked = self.instance.run("policy", "check")
        self.assertEqual(checked.returncode, 0, (call, when, checked.stderr))
        text = self.policy.read_text(encoding="utf-8")
        self.assertIn(text, (self.strict, self.trial))
        json.loads(self.instance.command("policy", "versions", "--json"))
        if killed.returncode == 0:
            self.assertEqual(text, self.trial)
            return True
        self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
        seen.add(text == self.trial)
        return False


if __name__ == "__main__":
    testing.main()
