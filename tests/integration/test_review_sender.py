#!/usr/bin/env python3
"""Held mail and its senders: what they are told, and what they may have done about it by an answer."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from review_case import REVIEW_ADDRESS, ReviewCase
from waiting import until


class SenderTest(ReviewCase):

    def setUp(self):
        super().setUp()
        self.instance.configure("review", notify_senders="true", reply_to=f'"{REVIEW_ADDRESS}"',
                                interval='"1s"', notice_after='"1s"', notice_from=f'"{REVIEW_ADDRESS}"')

    def notice(self):
        self.start_daemon()
        return self.sink.wait_for_recipient(people.SENDER, 60)

    def answer(self, notice, line, sender=people.SENDER, expect=0, header=""):
        # A second copy of the token with other capitals is no second token.
        to = notice.field("Reply-To")
        if "nogmaals" in line:
            to = to.upper()
        reply = (f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: Re: x\r\n{header}\r\n"
                 f"\r\n{line}\r\n> quoted\r\n").encode()
        return self.review("receive", stdin=reply, expect=expect)

    def test_a_run_yields_one_notice_without_personal_data(self):
        self.instance.start()
        self.hold(count=30)
        notice = self.notice()
        self.assertEqual(notice.sender, "")
        text = notice.data.decode("utf-8")
        self.assertIn("30 berichten", text)
        self.assertIn("geadresseerde 1 van 1", text)
        self.assertIn("Auto-Submitted: auto-generated", text)
        self.assertIn("maternity benefit of a registered person, to a former employer", text)
        for secret in (*people.MARIT.identifiers(), "S-1042", people.FORMER.domain,
                       people.FORMER.name):
            self.assertNotIn(secret.lower(), text.lower())
        until(lambda: all(incident.get("notified_at") for incident in self.queue()), "the mark")
        before = self.daemon.output().count("PW_REVIEW_PASS")
        self.hold()
        until(lambda: self.daemon.output().count("PW_REVIEW_PASS") > before, "another pass")
        self.assertEqual(len(self.sink.messages), 1)

    def test_a_sender_takes_it_back_and_only_once(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        self.assertIn("only who sent", self.answer(notice, "INTREKKEN", people.JOOST.email, expect=1))
        self.assertIn("says nothing", self.answer(notice, "Goedemorgen", expect=2))
        self.assertIn("returned", self.answer(notice, "intrekken."))
        self.assertEqual(self.state(item), "returned")
        self.assertIn("decided already", self.answer(notice, "INTREKKEN", expect=1))

    def test_what_could_not_be_done_can_be_asked_for_again(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        # The MTA keeps the answer in its queue and comes again.
        self.sink.refuse_data("451 4.3.0 not now")
        self.answer(notice, "INTREKKEN", expect=75)
        self.sink.refuse_data("554 5.6.0 never")
        self.answer(notice, "INTREKKEN", expect=1)
        self.sink.refuse_data(None)
        # The sender does.
        self.answer(notice, "AAN geen adres", expect=2)
        self.answer(notice, "AAN geen@adres@ergens", expect=2)
        self.assertIn("may not go there", self.answer(notice, f"AAN {people.JOOST.email}", expect=1))
        self.assertEqual(self.state(item), "held")
        right = f"hr@{people.CURRENT.domain}"
        self.answer(notice, f"AAN {right}")
        self.assertEqual(self.state(item), "corrected")
        self.answer(notice, f"AAN {right}", expect=1)
        self.assertEqual(sum(message.recipients == (right,) for message in self.sink.messages), 1)

    def test_what_may_have_been_delivered_is_not_sent_by_a_sender(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()

        def hang_up(_):
            raise ConnectionError
        self.sink.before_reply = hang_up
        right = f"hr@{people.CURRENT.domain}"
        self.answer(notice, f"AAN {right}", expect=75)
        self.sink.before_reply = None
        before = len(self.sink.messages)
        for line in (f"AAN {right}", "INTREKKEN"):
            self.assertIn("may have been delivered", self.answer(notice, line, expect=1))
        self.assertEqual(len(self.sink.messages), before)
        self.assertEqual(self.state(item), "releasing")

    def test_of_several_only_what_is_left_is_done_again(self):
        self.instance.start()
        items = self.hold(count=4)
        notice = self.notice()
        self.stop_daemon()
        tries = []

        def refuse_the_second(_):
            tries.append(1)
            self.sink.refuse_data("451 4.3.0 not now" if len(tries) == 2 else None)
        self.sink.before_reply = refuse_the_second
        self.answer(notice, "INTREKKEN", expect=75)
        self.assertEqual(sorted(self.state(item) for item in items), ["held"] + 3 * ["returned"])
        self.assertIn("1 item", self.answer(notice, "INTREKKEN"))
        self.assertEqual({self.state(item) for item in items}, {"returned"})
        self.assertEqual(len(tries), 5)

    def test_what_a_program_answers_is_no_wish(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        for header in ("Auto-Submitted: auto-replied (vacation)", "Precedence: bulk",
                       "Precedence: auto_reply", "Precedence: junk", "Precedence: List",
                       "Return-Path: <>"):
            with self.subTest(header):
                self.assertIn("ignored", self.answer(notice, "INTREKKEN", header=header + "\r\n"))
        for line in ("Withdraw requests are handled on Mondays", "To whom it may concern,",
                     "Intrekken kan op maandag.", "AAN allen: vrij tot maandag"):
            with self.subTest(line):
                self.assertIn("says nothing", self.answer(notice, line, expect=2))
        self.assertEqual(self.state(item), "held")
        # A person's mail may say that no program wrote it.
        self.answer(notice, "> quoted\r\nIntrekken!", header="Auto-Submitted: no\r\n")
        self.assertEqual(self.state(item), "returned")

    def test_why_a_sender_confirms_is_kept_like_evidence(self):
        self.policy('[review]\nsender_override = true\n'
                    'access = { maternity_benefit = ["privacy_officer"] }\n')
        self.people(anna=["auditor"], bram=["privacy_officer"])
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        why = f"mevrouw {people.MARIT.full_name}, BSN {people.MARIT.bsn}, vroeg er zelf om"
        self.answer(notice, f"BEVESTIG {why}")
        stored = self.instance.journal_text().encode() + b"".join(
            file.read_bytes() for file in
            (self.instance.directory / "quarantine").glob("quarantine.db*"))
        shown = self.review("show", item["id"]) + self.review("show", item["id"], "--json")
        for secret in people.MARIT.identifiers():
            self.assertFalse(secret.encode() in stored, secret)
            self.assertNotIn(secret, shown)
        self.assertIn("asks for release", shown)
        self.assertIn("may not open", self.review("show", item["id"], "--evidence", expect=1))
        self.assertNotIn('"kind":"access"', self.instance.journal_text())
        self.who("bram")
        wish, = self.shown(item["id"], "--evidence")["approvals"]
        self.assertEqual((wish["who"], wish["reason"]), ("sender", why))
        self.assertIn('"kind":"access"', self.instance.journal_text())

    def test_a_sender_gives_the_right_addressee(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        right = f"hr@{people.CURRENT.domain}"
        self.assertIn("new addressee", self.answer(notice, f"AAN {right}"))
        self.assertEqual(self.state(item), "corrected")
        self.assertEqual(self.sink.messages[-1].recipients, (right,))

    def test_a_confirmation_releases_nothing_by_itself(self):
        self.policy('[review]\nsender_override = ["maternity_benefit"]\n')
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        self.assertIn("BEVESTIG", notice.data.decode("utf-8"))
        self.answer(notice, "BEVESTIG de werkgever vroeg erom")
        self.assertEqual(self.state(item), "held")
        self.assertEqual(self.shown(item["id"])["approvals"][0]["action"], "asks for release")
        self.assertIn("used already", self.answer(notice, "BEVESTIG nogmaals", expect=1))

    def test_a_changed_token_is_none(self):
        self.instance.start()
        item, = self.hold()
        notice = self.notice()
        self.stop_daemon()
        token = notice.field("Reply-To")
        local, _, domain = token.partition("@")
        for other in (f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{domain}", REVIEW_ADDRESS):
            reply = (f"From: <{people.SENDER}>\r\nTo: <{other}>\r\n\r\nINTREKKEN\r\n").encode()
            self.assertIn("not a token", self.review("receive", stdin=reply, expect=1))
        self.assertEqual(self.state(item), "held")


if __name__ == "__main__":
    testing.main()
