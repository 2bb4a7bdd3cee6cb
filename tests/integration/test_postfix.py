#!/usr/bin/env python3
"""Letters through a real Postfix: delivered, held, split, released, and every kind of recipient."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from waiting import until

EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"


class PostfixTest(testing.PostfixCase):

    def test_to_the_current_employer_it_is_delivered_unchanged(self):
        message = people.maternity_letter(EMPLOYER)
        self.submit(EMPLOYER, message)
        arrived = self.sink.wait_for_recipient(EMPLOYER)
        self.assertEqual(testing.without_received(arrived.data), message)
        self.assertEqual(self.newly_held(), [])

    def test_to_the_former_employer_it_is_held_explained_and_released(self):
        message = people.maternity_letter(FORMER_EMPLOYER)
        self.submit(FORMER_EMPLOYER, message)
        item = self.only_held()
        self.assertEqual(item["state"], "held")
        self.assertTrue(self.server.queue_is_empty())
        self.assertEqual(self.sink.messages, [])

        shown = self.instance.show(item["id"])
        disclosures = [reason for reason in testing.reasons_of(shown)
                       if reason["rule"] == "disclosure"
                       and reason["category"] == "maternity_benefit"]
        self.assertTrue(disclosures, shown)
        self.assertEqual(disclosures[0]["subject"], people.MARIT.subject_id)
        self.assertEqual(disclosures[0]["relation"], "former_employer")
        self.assertEqual(disclosures[0]["ended"], people.ENDED)
        self.assertTrue(disclosures[0]["evidence"])

        self.instance.release(item["id"])
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(testing.without_received(arrived.data), message)
        self.assertEqual(arrived.sender, people.SENDER)
        self.assertEqual(arrived.recipients, (FORMER_EMPLOYER,))
        self.assertEqual(self.instance.show(item["id"])["state"], "released")
        self.instance.verify_journal()

        # Released once: the same decision again is a conflict, and nothing more arrives.
        self.assertNotEqual(self.instance.run("quarantine", "release", item["id"], "--by", "b",
                                              "--reason", "again").returncode, 0)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(len(self.sink.messages), 1)

    def test_one_wrong_recipient_of_five_is_held_the_others_get_theirs(self):
        right = [EMPLOYER, people.MARIT.email, "voogd@mentorschap.example",
                 f"collega@{people.OWN_DOMAIN}"]
        recipients = right[:2] + [FORMER_EMPLOYER] + right[2:]
        message = people.maternity_letter(recipients)
        self.submit(recipients, message)
        self.sink.wait_for(4)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertCountEqual(self.sink.recipients(), right)
        for arrived in self.sink.messages:
            self.assertEqual(testing.without_received(arrived.data), message)

        item = self.only_held()
        self.assertEqual(item["recipient_count"], 1)
        self.sink.clear()
        self.instance.release(item["id"])
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(testing.without_received(arrived.data), message)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.sink.recipients(), [FORMER_EMPLOYER])

    def test_a_returned_letter_comes_back_to_its_sender_with_a_notice(self):
        self.submit(FORMER_EMPLOYER, people.maternity_letter(FORMER_EMPLOYER))
        item = self.only_held()
        self.instance.command("quarantine", "return", item["id"], "--by", "reviewer",
                              "--reason", "wrong employer")
        notice = self.sink.wait_for_recipient(people.SENDER)
        self.assertEqual(notice.sender, "")
        self.assertIn("multipart/report", notice.field("Content-Type"))
        self.assertEqual(self.instance.show(item["id"])["state"], "returned")
        self.assertNotIn(FORMER_EMPLOYER, self.sink.recipients())
        self.instance.verify_journal()

    def test_a_deleted_letter_goes_nowhere(self):
        self.submit(FORMER_EMPLOYER, people.maternity_letter(FORMER_EMPLOYER))
        item = self.only_held()
        self.instance.command("quarantine", "delete", item["id"], "--by", "reviewer",
                              "--reason", "sent again to the right address")
        self.assertEqual(self.instance.show(item["id"])["state"], "deleted")
        self.assertNotEqual(self.instance.run("quarantine", "release", item["id"], "--by", "b",
                                              "--reason", "too late").returncode, 0)
        self.assertEqual(self.sink.messages, [])
        self.instance.verify_journal()

    def test_a_release_that_the_server_refuses_leaves_the_letter_held(self):
        self.submit(FORMER_EMPLOYER, people.maternity_letter(FORMER_EMPLOYER))
        item = self.only_held()
        url = f'"smtp://127.0.0.1:{self.server.reinjection_port}"'
        self.instance.configure("reinject", url='"smtp://127.0.0.1:9"')
        try:
            refused = self.instance.run("quarantine", "release", item["id"], "--by", "reviewer",
                                        "--reason", "registry corrected")
        finally:
            self.instance.configure("reinject", url=url)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"postwacht: error:", refused.stderr)
        shown = self.instance.show(item["id"])
        self.assertEqual((shown["state"], shown["possibly_delivered"]), ("held", False))
        self.instance.release(item["id"])
        self.sink.wait_for_recipient(FORMER_EMPLOYER)

    def test_the_null_sender_is_judged_too(self):
        self.submit(FORMER_EMPLOYER, people.maternity_letter(FORMER_EMPLOYER), sender="")
        item = self.only_held()
        # Nobody to return it to.
        self.assertNotEqual(self.instance.run("quarantine", "return", item["id"], "--by", "b",
                                              "--reason", "r").returncode, 0)
        self.instance.release(item["id"])
        self.assertEqual(self.sink.wait_for_recipient(FORMER_EMPLOYER).sender, "")

    def test_mail_submitted_with_sendmail_is_judged_too(self):
        message = people.maternity_letter(FORMER_EMPLOYER).replace(b"\r\n", b"\n")
        done = self.server.sendmail(["-i", "-f", people.SENDER, FORMER_EMPLOYER, EMPLOYER], message)
        self.assertEqual(done.returncode, 0, done.stderr)
        arrived = self.sink.wait_for_recipient(EMPLOYER)
        self.assertEqual(arrived.recipients, (EMPLOYER,))
        item = self.only_held()
        self.sink.clear()
        self.instance.release(item["id"])
        arrived = self.sink.wait_for_recipient(FORMER_EMPLOYER)
        self.assertEqual(arrived.body, message.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")[2])

    def test_a_recipient_named_twice(self):
        recipients = [FORMER_EMPLOYER, EMPLOYER, FORMER_EMPLOYER, EMPLOYER]
        self.submit(recipients, people.maternity_letter([FORMER_EMPLOYER, EMPLOYER]))
        self.sink.wait_for_recipient(EMPLOYER)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(set(self.sink.recipients()), {EMPLOYER})
        self.only_held()

    def test_every_way_to_write_the_wrong_recipient_is_held(self):
        domain = people.FORMER.domain
        forms = (f"<HR@{domain.upper()}>", f"<@relay.example,@r2.example:hr@{domain}>",
                 f'<"h r"@{domain}>', f'<"hr"@{domain}>', f"<hr@post.{domain}>",
                 f"<hr%elders@{domain}>", f"<hr@{domain}.>", f"hr@{domain}", f"<hr(x)@{domain}>",
                 f"< hr@{domain} >")
        for form in forms:
            with self.subTest(form):
                self.setUp()
                self.submit([form, EMPLOYER], people.maternity_letter(EMPLOYER))
                self.sink.wait_for_recipient(EMPLOYER)
                until(self.server.queue_is_empty, "an empty queue")
                self.assertEqual(self.sink.recipients(), [EMPLOYER])
                item = self.only_held()
                self.instance.release(item["id"])
                self.sink.wait_for(2)

    def test_an_address_in_utf_8(self):
        recipient = f"jörg@{people.FORMER.domain}"
        self.submit([recipient, EMPLOYER], people.maternity_letter(EMPLOYER),
                    options=["SMTPUTF8", "BODY=8BITMIME"])
        self.sink.wait_for_recipient(EMPLOYER)
        item = self.only_held()
        self.instance.release(item["id"])
        self.sink.wait_for_recipient(recipient)

    def test_a_letter_that_names_nobody_passes(self):
        message = people.newsletter("lezer@elders.example")
        self.submit("lezer@elders.example", message)
        arrived = self.sink.wait_for_recipient("lezer@elders.example")
        self.assertEqual(testing.without_received(arrived.data), message)

    def test_what_nobody_here_can_read_is_held(self):
        message = people.letter(EMPLOYER, text="Zie bijlage.", attachments=[
            ("dossier.bin", "application/octet-stream", bytes(range(256)) * 40)])
        self.submit(EMPLOYER, message)
        reasons = testing.reasons_of(self.instance.show(self.only_held()["id"]))
        self.assertIn(("incomplete", "unsupported"),
                      [(reason["rule"], reason.get("why")) for reason in reasons])

    def test_many_letters_over_one_connection(self):
        import smtplib
        with smtplib.SMTP("127.0.0.1", self.server.port, timeout=120) as client:
            for round_ in range(10):
                wrong = round_ % 2 == 0
                recipient = FORMER_EMPLOYER if wrong else EMPLOYER
                client.sendmail(people.SENDER, [recipient], people.maternity_letter(recipient))
                if round_ == 4:  # half a transaction, taken back
                    client.mail(people.SENDER)
                    client.rcpt(FORMER_EMPLOYER)
                    client.rset()
        self.sink.wait_for(5)
        until(self.server.queue_is_empty, "an empty queue")
        self.assertEqual(self.sink.recipients(), [EMPLOYER] * 5)
        self.assertEqual(len(self.newly_held()), 5)

    def test_the_log_names_the_queue_id_and_the_verdict(self):
        self.submit(FORMER_EMPLOYER, people.maternity_letter(FORMER_EMPLOYER))
        item = self.only_held()
        self.assertTrue(item["queue_id"])
        line = until(lambda: next((line for line in self.instance.log_lines()
                                   if item["queue_id"] in line and "quarantine" in line), None),
                     "a line in the log for this letter")
        self.assertRegex(line, r"disclosure")
        self.assertTrue(re.search(r"\b\d+(\.\d+)? ?ms|ms=\d+", line), line)


if __name__ == "__main__":
    testing.main()
