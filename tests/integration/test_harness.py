#!/usr/bin/env python3
"""The harness itself: a wait that fails when it should, a sink that keeps every byte, a protocol
client that speaks to a filter which is not ours, processes that are gone afterwards."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import sendmail
import testing
from instance import _with_key, program
from milter_client import CONTINUE, MilterClient
from postfix import Postfix, missing as postfix_missing
from processes import Process, processes_where
from smtp_sink import SmtpSink
from waiting import NotInTime, free_port, is_listening, until


class WaitingTest(unittest.TestCase):
    def test_a_wait_gives_what_came_true(self):
        values = iter([None, 0, "here"])
        self.assertEqual(until(lambda: next(values), "a value"), "here")

    def test_a_wait_fails_at_its_deadline_and_names_what_did_not_happen(self):
        with self.assertRaisesRegex(NotInTime, "a miracle"):
            until(lambda: False, "a miracle", seconds=0.05)


class ProcessTest(testing.PostwachtTest):
    def test_stopping_a_process_ends_its_children_too(self):
        log = self.folder / "log"
        process = Process(["sh", "-c", "sleep 300 & sleep 300"], log)
        until(lambda: len(processes_where(lambda _, session: session == process.pid)) == 3,
              "the shell and its children")
        process.stop()
        self.assertEqual(processes_where(lambda _, session: session == process.pid), [])


class ConfigurationTest(unittest.TestCase):
    TEXT = '[milter]\nsocket = "a" # old\n\n[reinject]\ntimeout = "60s"\n'

    def test_a_key_is_replaced_in_its_table_only(self):
        self.assertIn('[milter]\nsocket = "b"\n\n[reinject]',
                      _with_key(self.TEXT, "milter", "socket", '"b"'))

    def test_a_key_and_a_table_are_added_where_missing(self):
        self.assertIn('[reinject]\nurl = "u"\ntimeout', _with_key(self.TEXT, "reinject", "url", '"u"'))
        self.assertTrue(_with_key(self.TEXT, "log", "level", '"debug"')
                        .endswith('[log]\nlevel = "debug"\n'))


class NoopMilterTest(testing.PostwachtTest):
    """The client, against a filter that does nothing."""

    def setUp(self):
        super().setUp()
        self.socket = f"unix:{self.folder / 'noop.sock'}"
        process = Process([program("noop_milter"), self.socket, "silent"], self.folder / "log")
        self.addCleanup(process.stop)
        until(lambda: is_listening(self.socket), "the filter's socket")

    def test_a_whole_message(self):
        with MilterClient(self.socket) as client:
            client.open_session()
            for _ in range(3):
                answer = client.send_message("<a@b.example>", ["<c@d.example>"],
                                             people.newsletter("c@d.example"))
                self.assertEqual(answer.code, CONTINUE)
            client.quit()

    def test_it_offers_no_more_silence_than_the_mail_server_knows(self):
        with MilterClient(self.socket) as client:
            client.open_session(version=6, steps=0x7F)
            self.assertEqual(client.steps & ~0x7F, 0)
            self.assertEqual(client.send_message("<a@b.example>", ["<c@d.example>"],
                                                 people.newsletter("c@d.example")).code, CONTINUE)


class PeopleTest(unittest.TestCase):
    def test_numbers_pass_the_check(self):
        for person in people.PEOPLE:
            weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
            total = sum(int(digit) * weight for digit, weight in zip(person.bsn, weights))
            self.assertEqual(total % 11, 0, person.subject_id)

    def test_received_fields_are_taken_off_folds_and_all(self):
        data = b"Received: from a\r\n\tby b\r\nReceived: c\r\nSubject: x\r\n\r\nReceived: d\r\n"
        self.assertEqual(testing.without_received(data), b"Subject: x\r\n\r\nReceived: d\r\n")


@unittest.skipIf(postfix_missing(), postfix_missing())
class PostfixTest(unittest.TestCase):
    def test_mail_arrives_as_it_was_sent_and_nothing_is_left(self):
        message = people.newsletter("lezer@elders.example") + b".\r\n..\r\nlast\r\n"
        with SmtpSink() as sink:
            with Postfix(sink.port, milter="") as server:
                self.assertEqual(server.submit(people.SENDER, ["lezer@elders.example"], message)[0],
                                 250)
                arrived = sink.wait_for_recipient("lezer@elders.example")
                self.assertEqual(testing.without_received(arrived.data), message)
                self.assertEqual(arrived.sender, people.SENDER)
                folder = server.folder
        self.assertFalse(os.path.exists(folder))

    def test_refused_mail_stays_in_the_queue_until_it_is_taken(self):
        with SmtpSink() as sink, Postfix(sink.port, milter="") as server:
            sink.refuse_data("451 4.3.0 not now")
            server.submit(people.SENDER, ["lezer@elders.example"],
                          people.newsletter("lezer@elders.example"))
            until(lambda: "not now" in server.queue(), "a deferred message")
            server.stop()
            sink.refuse_data(None)
            server.start()
            server.flush()
            sink.wait_for(1)

    def test_a_milter_that_is_down_means_try_again_later(self):
        with SmtpSink() as sink:
            with Postfix(sink.port, milter=f"inet:{free_port()}@127.0.0.1") as server:
                code, _ = server.submit(people.SENDER, ["lezer@elders.example"],
                                        people.newsletter("lezer@elders.example"))
                self.assertEqual(code, 451)


class SendmailTest(testing.PostwachtTest):
    def test_mail_arrives_and_nothing_is_left(self):
        reason = sendmail.missing()
        if reason:
            self.skipTest(reason)
        noop = Process([program("noop_milter"), f"inet:{(port := free_port())}@127.0.0.1"],
                       self.folder / "log")
        self.addCleanup(noop.stop)
        until(lambda: is_listening(f"inet:{port}@127.0.0.1"), "the filter's socket")
        with SmtpSink() as sink:
            server = sendmail.Sendmail(sink.port, f"inet:{port}@127.0.0.1")
            with server:
                message = people.newsletter("lezer@elders.example")
                self.assertEqual(server.submit(people.SENDER, ["lezer@elders.example"], message)[0],
                                 250, server.maillog_text())
                arrived = sink.wait_for_recipient("lezer@elders.example")
                self.assertEqual(arrived.body, message.partition(b"\r\n\r\n")[2])
                pid = server.pid
        self.assertEqual(processes_where(lambda parent, session: pid in (parent, session)), [])
        self.assertFalse(server.folder.exists())


if __name__ == "__main__":
    testing.main()
