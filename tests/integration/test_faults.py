#!/usr/bin/env python3
"""What is spoilt under a running milter breaks closed: the sender is told to try again.

A registry that is gone, damaged, sealed with another key, or replaced; a broken policy at reload.
"""

import os
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from milter_client import MilterClient
from testing import send_letter
from waiting import until

SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"


class RegistryFaultTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = self.make_instance()
        self.index = self.instance.directory / "registry" / "index.mdb"
        self.assertTrue(self.index.exists())

    def assert_tempfail_and_said_so(self):
        before = len(self.instance.log_lines())
        answer = send_letter(self.instance, EMPLOYER)
        self.assertTrue(answer.is_tempfail, answer)
        until(lambda: [line for line in self.instance.log_lines()[before:] if "egistry" in line
                       or "REGISTRY" in line], "a line in the log about the registry")

    def test_missing_at_the_start(self):
        away = self.index.with_suffix(".away")
        self.index.rename(away)
        self.instance.start()
        self.assert_tempfail_and_said_so()
        away.rename(self.index)
        self.assertTrue(send_letter(self.instance, EMPLOYER).goes_on)

    def test_gone_while_running(self):
        self.instance.start()
        self.assertTrue(send_letter(self.instance, EMPLOYER).goes_on)
        away = self.index.with_suffix(".away")
        self.index.rename(away)
        self.assert_tempfail_and_said_so()
        away.rename(self.index)
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)

    def test_spoilt(self):
        good = self.index.read_bytes()
        spoilt = {"empty": b"", "half": good[:len(good) // 2], "noise": os.urandom(len(good)),
                  "text": b"not an index\n" * 500}
        self.instance.start()
        for name, content in spoilt.items():
            with self.subTest(name):
                # Replaced in one step, as a build does it: bytes under an open map may not change.
                fresh = self.index.with_suffix(".fresh")
                fresh.write_bytes(content)
                fresh.rename(self.index)
                self.assert_tempfail_and_said_so()
        fresh = self.index.with_suffix(".fresh")
        fresh.write_bytes(good)
        fresh.rename(self.index)
        self.assertTrue(send_letter(self.instance, EMPLOYER).goes_on)

    def test_made_with_another_key(self):
        self.instance.start()
        key = self.instance.directory / "keys" / "registry.key"
        kept = key.read_bytes()
        key.write_bytes(os.urandom(32).hex().encode() + b"\n")
        self.instance.build_registry()
        key.write_bytes(kept)
        self.assert_tempfail_and_said_so()

    def test_replaced_while_running(self):
        self.instance.start()
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
        # Marit still works there after all.
        corrected = [relation for relation in people.RELATIONS if relation.organisation_id != "O-1"]
        corrected.append(people.Relation("S-1042", "employer", "O-1", "", "2019-02-01", ""))
        self.instance.build_registry(people.write_registry(self.folder / "corrected",
                                                           relations=corrected))
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).goes_on)

    def test_replaced_again_and_again_under_load(self):
        self.instance.start()
        stop = threading.Event()
        faults = []

        def talk():
            with MilterClient(self.instance.socket) as client:
                client.open_session()
                while not stop.is_set():
                    answer = client.send_message(SENDER, [f"<{EMPLOYER}>"],
                                                 people.maternity_letter(EMPLOYER))
                    if not answer.goes_on:
                        faults.append(answer)

        threads = [threading.Thread(target=talk) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(15):
                self.instance.build_registry()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(faults, [])


class ReloadTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = self.make_instance().start()
        self.policy = self.instance.directory / "policy.toml"

    def test_a_good_policy_is_taken_up(self):
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
        text = self.policy.read_text(encoding="utf-8")
        changed = text.replace('mode = "enforce"', 'mode = "simulate"')
        self.assertNotEqual(changed, text)
        self.policy.write_text(changed, encoding="utf-8")
        self.instance.reload()
        self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).goes_on)

    def test_what_is_held_afterwards_is_known_to_others(self):
        # A reload opens the quarantine a second time, and whoever lists it opens and closes it: the
        # locks of the one must outlive both.
        recipient = f"hr@{people.FORMER.domain}"
        for count in range(1, 4):
            self.assertTrue(testing.send_letter(self.instance, recipient).is_discard)
            self.assertEqual(len(self.instance.held()), count)
            self.instance.reload()
            self.assertEqual(len(self.instance.held()), count)

    def test_a_broken_policy_is_refused_and_the_last_good_one_stays(self):
        good = self.policy.read_text(encoding="utf-8")
        for broken in ("[policy\n", "", good + '\n[disclosures]\nx = 1\n',
                       good.replace('"enforce"', '"enforced"')):
            with self.subTest(broken[:12]):
                self.policy.write_text(broken, encoding="utf-8")
                line = self.instance.reload()
                self.assertRegex(line, "(?i)fail")
                self.assertTrue(send_letter(self.instance, FORMER_EMPLOYER).is_discard)
                self.assertTrue(send_letter(self.instance, EMPLOYER).goes_on)
        self.policy.write_text(good, encoding="utf-8")
        self.assertNotRegex(self.instance.reload(), "(?i)fail")

    def test_a_session_that_was_open_goes_on(self):
        with self.connect(self.instance) as client:
            client.send_until_end(SENDER, [f"<{FORMER_EMPLOYER}>"],
                                  people.maternity_letter(FORMER_EMPLOYER))
            self.instance.reload()
            self.assertTrue(client.end_of_message().is_discard)
            self.assertTrue(client.send_message(SENDER, [f"<{EMPLOYER}>"],
                                                people.maternity_letter(EMPLOYER)).goes_on)


if __name__ == "__main__":
    testing.main()
