#!/usr/bin/env python3
"""Ends of every kind: asked to stop, killed in the middle of a letter, no room left on the disk. Each
is made for real, and no letter may be lost by it: it is delivered, held, or still with its sender.
"""

import pathlib
import re
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from milter_client import PROGRESS, ConnectionEnded, MilterClient
from small_disk import fill, mount_small
from testing import send_letter
from waiting import until

SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
SLOW = [("X-Test-Delay", "yes")]  # with POSTWACHT_TEST_EOM_DELAY


class StopTest(testing.PostwachtTest):

    def test_stopping_waits_for_the_letters_in_hand(self):
        instance = self.make_instance()
        instance.environment["POSTWACHT_TEST_EOM_DELAY"] = "8000"
        instance.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                if instance.process is None:
                    instance.start()
                clients = []
                for recipient in (FORMER_EMPLOYER, EMPLOYER):
                    client = MilterClient(instance.socket)
                    self.addCleanup(client.close)
                    client.open_session()
                    client.send_until_end(SENDER, [f"<{recipient}>"],
                                          people.maternity_letter(recipient, headers=SLOW))
                    clients.append(client)
                for client in clients:
                    client.start_end_of_message()
                process = instance.process
                # Progress is reported from inside the end of a message, and from nowhere else.
                for client in clients:
                    self.assertEqual(client.receive_packet()[0], PROGRESS)
                process.signal(number)
                self.assertTrue(clients[0].read_answer().is_discard)
                self.assertTrue(clients[1].read_answer().goes_on)
                self.assertEqual(process.wait(30), 0)
                instance.stop()
        instance.verify_journal()

    def test_it_starts_again_where_a_killed_one_left_its_socket(self):
        instance = self.make_instance().start()
        instance.kill()
        instance.start()
        self.assert_still_serves(instance)


class KilledAtTheEndTest(testing.PostwachtTest):

    def test_killed_while_it_judges_it_has_promised_nothing(self):
        instance = self.make_instance()
        instance.environment["POSTWACHT_TEST_EOM_DELAY"] = "60000"
        instance.start()
        with self.connect(instance) as client:
            client.send_until_end(SENDER, [f"<{FORMER_EMPLOYER}>"],
                                  people.maternity_letter(FORMER_EMPLOYER, headers=SLOW))
            client.start_end_of_message()
            self.assertEqual(client.receive_packet()[0], PROGRESS)
            instance.kill()
            with self.assertRaises(ConnectionEnded):
                client.read_answer()
        del instance.environment["POSTWACHT_TEST_EOM_DELAY"]
        instance.start()
        self.assert_still_serves(instance)
        self.assertEqual(len(instance.held()), 1)
        instance.verify_journal()


class KilledTest(testing.PostfixCase):
    """SIGKILL in the middle of a letter, with a real Postfix in front."""

    def setUp(self):
        super().setUp()
        if self.instance.process is None:
            self.instance.start()

    def kill_in_the_middle(self, recipients, message):
        """Submits a letter whose judgement takes long, and kills the milter meanwhile."""
        self.instance.stop()
        self.instance.environment["POSTWACHT_TEST_EOM_DELAY"] = "30000"
        self.instance.start()
        replies = []
        sender = threading.Thread(target=lambda: replies.append(
            self.server.submit(people.SENDER, recipients, message)))
        message_id = re.search(rb"(?m)^Message-ID: (\S+)", message).group(1).decode()
        sender.start()
        # With this line Postfix has the letter and its cleanup service begins to ask the milter.
        until(lambda: f"message-id={message_id}" in self.server.maillog_text(),
              "the letter inside Postfix")
        self.instance.kill()
        sender.join(60)
        self.assertEqual(len(replies), 1)
        del self.instance.environment["POSTWACHT_TEST_EOM_DELAY"]
        return replies[0]

    def test_the_sender_is_told_to_try_again_and_then_it_works(self):
        message = people.maternity_letter([EMPLOYER, FORMER_EMPLOYER], headers=SLOW)
        code, text = self.kill_in_the_middle([EMPLOYER, FORMER_EMPLOYER], message)
        self.assertEqual(code // 100, 4, text)
        self.assertEqual(self.sink.messages, [])
        self.instance.start()
        self.submit([EMPLOYER, FORMER_EMPLOYER], message)
        self.sink.wait_for_recipient(EMPLOYER)
        self.assertEqual(self.sink.recipients(), [EMPLOYER])
        self.assertEqual(len(self.newly_held()), 1)
        self.instance.verify_journal()

    def test_a_milter_that_is_down(self):
        self.instance.stop()
        code, _ = self.server.submit(people.SENDER, [EMPLOYER], people.maternity_letter(EMPLOYER))
        self.assertEqual(code, 451)
        self.instance.start()
        self.submit(EMPLOYER, people.maternity_letter(EMPLOYER))
        self.sink.wait_for_recipient(EMPLOYER)

    def test_mail_from_sendmail_waits_in_the_queue_while_the_milter_is_down(self):
        self.instance.stop()
        done = self.server.sendmail(["-i", "-f", people.SENDER, EMPLOYER, FORMER_EMPLOYER],
                                    people.maternity_letter(EMPLOYER).replace(b"\r\n", b"\n"))
        self.assertEqual(done.returncode, 0)
        until(lambda: "milter-reject" in self.server.maillog_text()
              or not self.server.queue_is_empty(), "the letter to be tried")
        self.assertEqual(self.sink.messages, [])
        self.instance.start()
        self.server.flush()
        # The pickup service looks again after a minute at most.
        self.sink.wait_for_recipient(EMPLOYER, seconds=150)
        until(lambda: self.newly_held(), "the other copy in the quarantine")
        self.assertEqual(self.sink.recipients(), [EMPLOYER])

    def test_the_mail_server_restarts(self):
        self.sink.refuse_data("451 4.3.0 not now")
        self.submit([EMPLOYER, FORMER_EMPLOYER], people.maternity_letter(EMPLOYER))
        until(lambda: "not now" in self.server.queue(), "the right copy waiting in the queue")
        self.server.stop()
        self.sink.refuse_data(None)
        self.server.start()
        self.server.flush()
        self.sink.wait_for_recipient(EMPLOYER)
        self.assertEqual(self.sink.recipients(), [EMPLOYER])
        item = self.only_held()
        self.instance.release(item["id"])
        self.sink.wait_for_recipient(FORMER_EMPLOYER)


class DiskFullTest(testing.PostwachtTest):

    def full_and_room_again(self, which):
        instance = self.make_instance()
        folder = instance.directory / which
        mount_small(self, folder, "2m")
        self.addCleanup(instance.stop)  # runs before the unmounting
        instance.start()
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        filler = fill(folder)
        # A page that was begun may still have room for a line or two; then nothing goes any more.
        answers = [send_letter(instance, FORMER_EMPLOYER) for _ in range(20)]
        self.assertTrue(all(answer.is_tempfail for answer in answers[-10:]), answers)
        kept = 1 + sum(answer.is_discard for answer in answers)
        self.assertEqual(kept - 1 + sum(answer.is_tempfail for answer in answers), len(answers))
        self.assertTrue(instance.process.is_running())
        self.assertGreaterEqual(len(instance.held()), kept)
        filler.unlink()
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)
        self.assertTrue(send_letter(instance, EMPLOYER).goes_on)
        self.assertGreaterEqual(len(instance.held()), kept + 1)
        instance.stop()
        instance.verify_journal()

    def test_no_room_in_the_quarantine(self):
        self.full_and_room_again("quarantine")

    def test_no_room_for_the_journal(self):
        self.full_and_room_again("journal")

    def test_no_room_for_large_messages(self):
        instance = self.make_instance()
        spool = instance.directory / "spool"
        spool.mkdir()
        mount_small(self, spool, "1m")
        instance.configure("milter", spool_directory='"spool"')
        self.addCleanup(instance.stop)
        instance.start()
        large = people.newsletter(EMPLOYER) + b"Niets bijzonders.\r\n" * 150_000
        self.assertTrue(send_letter(instance, EMPLOYER, large).is_tempfail)
        self.assertTrue(send_letter(instance, EMPLOYER).goes_on)
        self.assertTrue(send_letter(instance, FORMER_EMPLOYER).is_discard)


if __name__ == "__main__":
    testing.main()
