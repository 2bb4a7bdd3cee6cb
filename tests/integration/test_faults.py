#!/usr/bin/env python3
"""What breaks, breaks closed: the sender keeps the mail and is told to try again.

Each fault is made for real: SIGKILL in the middle of a letter, a full disk, a registry that is
gone, spoilt or replaced, a broken policy at reload.
"""

import os
import pathlib
import re
import shutil
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from milter_client import PROGRESS, ConnectionEnded, MilterClient
from processes import run
from waiting import until

SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
SLOW = [("X-Test-Delay", "yes")]


def send(instance, recipient, message=None):
    """One letter in a session of its own; gives the answer to its end."""
    with MilterClient(instance.socket) as client:
        client.open_session()
        return client.send_message(SENDER, [f"<{recipient}>"],
                                   message or people.maternity_letter(recipient))


class RegistryFaultTest(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.instance = self.make_instance()
        self.index = self.instance.directory / "registry" / "index.mdb"
        self.assertTrue(self.index.exists())

    def assert_tempfail_and_said_so(self):
        before = len(self.instance.log_lines())
        answer = send(self.instance, EMPLOYER)
        self.assertTrue(answer.is_tempfail, answer)
        until(lambda: [line for line in self.instance.log_lines()[before:] if "egistry" in line
                       or "REGISTRY" in line], "a line in the log about the registry")

    def test_missing_at_the_start(self):
        away = self.index.with_suffix(".away")
        self.index.rename(away)
        self.instance.start()
        self.assert_tempfail_and_said_so()
        away.rename(self.index)
        self.assertTrue(send(self.instance, EMPLOYER).goes_on)

    def test_gone_while_running(self):
        self.instance.start()
        self.assertTrue(send(self.instance, EMPLOYER).goes_on)
        away = self.index.with_suffix(".away")
        self.index.rename(away)
        self.assert_tempfail_and_said_so()
        away.rename(self.index)
        self.assertTrue(send(self.instance, FORMER_EMPLOYER).is_discard)

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
        self.assertTrue(send(self.instance, EMPLOYER).goes_on)

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
        self.assertTrue(send(self.instance, FORMER_EMPLOYER).is_discard)
        # Marit still works there after all.
        corrected = [relation for relation in people.RELATIONS if relation.organisation_id != "O-1"]
        corrected.append(people.Relation("S-1042", "employer", "O-1", "", "2019-02-01", ""))
        self.instance.build_registry(people.write_registry(self.folder / "corrected",
                                                           relations=corrected))
        self.assertTrue(send(self.instance, FORMER_EMPLOYER).goes_on)

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
        self.assertTrue(send(self.instance, FORMER_EMPLOYER).is_discard)
        text = self.policy.read_text(encoding="utf-8")
        changed = text.replace('mode = "enforce"', 'mode = "simulate"')
        self.assertNotEqual(changed, text)
        self.policy.write_text(changed, encoding="utf-8")
        self.instance.reload()
        self.assertTrue(send(self.instance, FORMER_EMPLOYER).goes_on)

    def test_a_broken_policy_is_refused_and_the_last_good_one_stays(self):
        good = self.policy.read_text(encoding="utf-8")
        for broken in ("[policy\n", "", good + '\n[disclosures]\nx = 1\n',
                       good.replace('"enforce"', '"enforced"')):
            with self.subTest(broken[:12]):
                self.policy.write_text(broken, encoding="utf-8")
                line = self.instance.reload()
                self.assertRegex(line, "(?i)fail")
                self.assertTrue(send(self.instance, FORMER_EMPLOYER).is_discard)
                self.assertTrue(send(self.instance, EMPLOYER).goes_on)
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


class StopTest(testing.PostwachtTest):

    def test_stopping_waits_for_the_letters_in_hand(self):
        instance = self.make_instance()
        instance.environment["POSTWACHT_TEST_EOM_DELAY"] = "1500"
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
                # A letter in hand shows as its progress or not at all; what can be seen is that
                # the milter has read the command: its side of the socket is empty.
                until(lambda: _all_read(clients), "the commands to be read")
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


def _all_read(clients):
    """Whether the kernel holds no unread byte of what these clients sent."""
    import array
    import fcntl
    import termios
    for client in clients:
        left = array.array("i", [0])
        fcntl.ioctl(client.fileno(), termios.TIOCOUTQ, left)
        if left[0]:
            return False
    return True


class KilledAtTheEndTest(testing.PostwachtTest):

    def test_killed_while_it_judges_it_has_promised_nothing(self):
        instance = self.make_instance()
        instance.environment["POSTWACHT_TEST_EOM_DELAY"] = "60000"
        instance.start()
        with self.connect(instance) as client:
            client.send_until_end(SENDER, [f"<{FORMER_EMPLOYER}>"],
                                  people.maternity_letter(FORMER_EMPLOYER, headers=SLOW))
            client.start_end_of_message()
            # Progress is reported from inside the end of a message, and from nowhere else.
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

    def mount(self, folder, size):
        """A small file system there, with what the folder held."""
        kept = folder.with_name(folder.name + " kept")
        folder.rename(kept)
        folder.mkdir(mode=0o750)
        mounted = run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=750", "tmpfs", folder])
        if mounted.returncode != 0:
            folder.rmdir()
            kept.rename(folder)
            self.skipTest("mounting is not allowed here: " + mounted.stderr.decode().strip())
        self.addCleanup(run, ["umount", "-l", folder])
        shutil.copytree(kept, folder, dirs_exist_ok=True)

    def fill(self, folder):
        """Leaves no byte there; gives the file that takes all room."""
        filler = folder / "filler"
        with open(filler, "wb", buffering=0) as output:
            try:
                while True:
                    output.write(b"\0" * 4096)
            except OSError:
                pass
        return filler

    def full_and_room_again(self, which):
        if os.geteuid() != 0:
            self.skipTest("mounting needs root")
        instance = self.make_instance()
        folder = instance.directory / which
        self.mount(folder, "2m")
        self.addCleanup(instance.stop)  # runs before the unmounting
        instance.start()
        self.assertTrue(send(instance, FORMER_EMPLOYER).is_discard)
        filler = self.fill(folder)
        # A page that was begun may still have room for a line or two; then nothing goes any more.
        answers = [send(instance, FORMER_EMPLOYER) for _ in range(20)]
        self.assertTrue(all(answer.is_tempfail for answer in answers[-10:]), answers)
        kept = 1 + sum(answer.is_discard for answer in answers)
        self.assertEqual(kept - 1 + sum(answer.is_tempfail for answer in answers), len(answers))
        self.assertTrue(instance.process.is_running())
        self.assertGreaterEqual(len(instance.held()), kept)
        filler.unlink()
        self.assertTrue(send(instance, FORMER_EMPLOYER).is_discard)
        self.assertTrue(send(instance, EMPLOYER).goes_on)
        self.assertGreaterEqual(len(instance.held()), kept + 1)
        instance.stop()
        instance.verify_journal()

    def test_no_room_in_the_quarantine(self):
        self.full_and_room_again("quarantine")

    def test_no_room_for_the_journal(self):
        self.full_and_room_again("journal")

    def test_no_room_for_large_messages(self):
        if os.geteuid() != 0:
            self.skipTest("mounting needs root")
        instance = self.make_instance()
        spool = instance.directory / "spool"
        spool.mkdir()
        self.mount(spool, "1m")
        instance.configure("milter", spool_directory='"spool"')
        self.addCleanup(instance.stop)
        instance.start()
        large = people.newsletter(EMPLOYER) + b"Niets bijzonders.\r\n" * 150_000
        self.assertTrue(send(instance, EMPLOYER, large).is_tempfail)
        self.assertTrue(send(instance, EMPLOYER).goes_on)
        self.assertTrue(send(instance, FORMER_EMPLOYER).is_discard)


if __name__ == "__main__":
    testing.main()
