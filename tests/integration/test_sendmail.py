#!/usr/bin/env python3
"""Letters through a real Sendmail 8.17: held, split, released, and tempfail where we are not there."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import sendmail
import testing
from instance import Instance
from waiting import until

EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"


class SendmailTest(testing.MailServerCase):

    @classmethod
    def setUpClass(cls):
        reason = sendmail.missing()
        if reason:
            raise unittest.SkipTest(reason)
        super().setUpClass()

    @classmethod
    def start_servers(cls):
        # It sees its own folder as /mnt, and so the milter's Unix socket in it.
        cls.server = sendmail.Sendmail(cls.sink.port, milter="local:/mnt/run/milter.sock")
        cls.addClassCleanup(cls.server.close)
        cls.instance = Instance(cls.folder / "instance",
                                socket=f"unix:{cls.server.folder / 'run' / 'milter.sock'}")
        cls.addClassCleanup(cls.instance.stop)
        cls.instance.configure("reinject",
                               url=f'"smtp://127.0.0.1:{cls.server.reinjection_port}"')
        cls.instance.start()
        cls.server.start()

    def body_of(self, message):
        return message.partition(b"\r\n\r\n")[2]

    def assert_header_fields_kept(self, message, arrived):
        """Sendmail writes a header anew, but must not lose or change what it says."""
        for name in ("From", "To", "Subject", "Message-ID", "Date", "Content-Type"):
            sent = next(line.partition(b":")[2].strip().decode() for line in message.split(b"\r\n")
                        if line.lower().startswith(name.lower().encode() + b":"))
            self.assertEqual(arrived.field(name), sent)

    def test_to_the_current_employer_it_is_delivered(self):
        message = people.maternity_letter(EMPLOYER)
        self.submit(EMPLOYER, message)
        arrived = self.sink.wait_for_recipient(EMPLOYER)
        self.assertEqual(arrived.body, self.body_of(message))
        self.assert_header_fields_kept(message, arrived)
        self.assertEqual(self.newly_held(), [])

    def test_to_the_former_employer_it_is_held_and_released(self):
        message = people.maternity_letter(FORMER_EMPLOYER)
        self.submit(FORMER_EMPLOYER, message)
        item = self.only_held()
        self.assertTrue(item["queue_id"])
        self.assertEqual(self.sink.messages, [])
        self.assertIn("former_employer", [reason.get("relation") for reason in
                                          testing.reasons_of(self.instance.show(item["id"]))])
        self.instance.release(item["id"])
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(arrived.body, self.body_of(message))
        self.assert_header_fields_kept(message, arrived)
        self.assertEqual(arrived.sender, people.SENDER)
        self.instance.verify_journal()

    def test_one_wrong_recipient_of_five_is_held_the_others_get_theirs(self):
        right = [EMPLOYER, people.MARIT.email, "voogd@mentorschap.example",
                 f"collega@{people.OWN_DOMAIN}"]
        message = people.maternity_letter(right)
        self.submit(right[:3] + [FORMER_EMPLOYER] + right[3:], message)
        self.sink.wait_for(4)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertCountEqual(self.sink.recipients(), right)
        item = self.only_held()
        self.assertEqual(item["recipient_count"], 1)
        self.sink.clear()
        self.instance.release(item["id"])
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(arrived.body, self.body_of(message))
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.sink.recipients(), [FORMER_EMPLOYER])

    def test_two_wrong_recipients_are_one_held_letter(self):
        wrong = [FORMER_EMPLOYER, f"directie@{people.OTHER.domain}"]
        self.submit(wrong, people.maternity_letter(wrong))
        item = self.only_held()
        self.assertEqual(item["recipient_count"], 2)
        self.instance.release(item["id"])
        self.sink.wait_for(2)
        self.assertCountEqual(self.sink.recipients(), wrong)

    def test_the_null_sender_is_judged_too(self):
        self.submit(FORMER_EMPLOYER, people.maternity_letter(FORMER_EMPLOYER), sender="")
        self.only_held()
        self.assertEqual(self.sink.messages, [])

    def test_without_the_milter_it_says_try_again_later(self):
        self.instance.stop()
        try:
            code, _ = self.server.submit(people.SENDER, [EMPLOYER],
                                         people.maternity_letter(EMPLOYER))
            self.assertEqual(code // 100, 4)
        finally:
            self.instance.start()
        self.submit(EMPLOYER, people.maternity_letter(EMPLOYER))
        self.sink.wait_for_recipient(EMPLOYER)


if __name__ == "__main__":
    testing.main()
