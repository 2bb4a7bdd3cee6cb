#!/usr/bin/env python3
"""Past mail judged by another policy: what the milter journalled is enough to judge it again."""

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


class ReplayTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = Instance(self.folder / "instance").start()
        self.addCleanup(self.instance.stop)

    def send(self, recipients, message, queue_id):
        with MilterClient(self.instance.socket) as client:
            client.open_session()
            return client.send_message(SENDER, [f"<{r}>" for r in recipients], message, queue_id)

    def replay(self, *arguments):
        return json.loads(self.instance.command("policy", "replay", "--json", *arguments))

    def policy_with(self, old, new):
        text = (self.instance.directory / "policy.toml").read_text()
        self.assertIn(old, text)
        file = self.folder / "other.toml"
        file.write_text(text.replace(old, new, 1))
        return str(file)

    def test_what_is_tried_out_is_reported_by_rule_and_day(self):
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4TRIALONE")
        self.send([FORMER_EMPLOYER], people.maternity_letter(FORMER_EMPLOYER), "4TRIALTWO")
        trial = self.policy_with('mode = "enforce"', 'mode = "simulate"')
        report = json.loads(self.instance.command("policy", "simulation", "--json",
                                                  "--policy", trial))
        self.assertEqual((report["messages"], report["unknown"]), (2, 0))
        rules = {rule["rule"]: rule for rule in report["rules"]}
        cell = rules["disclosure: maternity_benefit to former_employer"]
        self.assertEqual((cell["held"], cell["alone"], len(cell["days"])), (1, 1, 1))
        self.assertIn("would hold 1", self.instance.command("policy", "simulation",
                                                            "--policy", trial))

    def test_another_policy_is_compared_with_what_was_decided(self):
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4REPLAYONE")
        self.send([FORMER_EMPLOYER], people.maternity_letter(FORMER_EMPLOYER), "4REPLAYTWO")
        self.send([EMPLOYER, FORMER_EMPLOYER], people.maternity_letter(EMPLOYER), "4REPLAYTHREE")
        self.send(["lezer@elders.example"], people.newsletter("lezer@elders.example"), "4REPLAYFOUR")
        held = self.instance.held()
        self.assertEqual(len(held), 2)
        self.instance.command("quarantine", "delete", held[0]["id"], "--reason", "went wrong")

        same = self.replay()
        self.assertEqual((same["messages"], same["unknown"]), (4, 0))
        self.assertEqual((same["held_then"], same["held_now"]), (2, 2))
        self.assertEqual((same["newly_held"], same["newly_passed"]), (0, 0))
        self.assertEqual((same["confirmed"], same["confirmed_and_held"]), (1, 1))
        self.assertEqual(same["rules"], [
            {"rule": "disclosure", "held": 2, "confirmed": 1, "released": 0}])

        row = '[disclosure.maternity_benefit]\nself = "accept"\nrepresentative = "accept"\nemployer = '
        stricter = self.replay("--policy", self.policy_with(f'{row}"accept"', f'{row}"quarantine"'))
        self.assertEqual((stricter["newly_held"], stricter["newly_passed"]), (1, 0))
        self.assertEqual(stricter["examples_newly_held"], ["4REPLAYONE"])

        looser = self.replay("--policy", self.policy_with(
            f'{row}"accept"', f'{row}"accept"\nformer_employer = "accept"'))
        self.assertEqual((looser["newly_held"], looser["newly_passed"]), (0, 2))
        self.assertEqual(looser["confirmed_and_held"], 0)

        self.assertEqual(self.replay("--since", "2199-01-01")["messages"], 0)

    def test_a_line_that_was_changed_stops_it(self):
        self.send([EMPLOYER], people.maternity_letter(EMPLOYER), "4REPLAYONE")
        journal = self.instance.directory / "journal" / "journal.jsonl"
        journal.write_bytes(journal.read_bytes().replace(b'"kind":"message"', b'"kind":"message', 1))
        done = self.instance.run("policy", "replay")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"not JSON", done.stderr)


if __name__ == "__main__":
    testing.main()
