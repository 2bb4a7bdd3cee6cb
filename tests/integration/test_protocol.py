#!/usr/bin/env python3
"""The milter protocol at its edges: what no well-behaved mail server sends, and what each must find
afterwards: a milter that still judges."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import milter_client
import people
import testing
import waiting
from instance import Instance
from milter_client import ConnectionEnded, MilterClient, packet
from waiting import until

SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
READER = "lezer@elders.example"


class ProtocolTest(testing.PostwachtTest):
    """One milter for all of it: what one test does to it, the next one must not notice."""

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(testing.new_folder(cls.addClassCleanup) / "instance")
        cls.instance.watch_no_runs().start()
        cls.addClassCleanup(cls.instance.stop)

    def setUp(self):
        super().setUp()
        self._held_before = len(self.instance.held())

    def tearDown(self):
        self.assertTrue(self.instance.process.is_running(), self.instance.log_text()[-3000:])
        self.assert_still_serves(self.instance)

    def newly_held(self):
        return self.instance.held()[self._held_before:]

    # What it asks for.
    def test_it_asks_for_what_it_needs_and_no_more(self):
        client = MilterClient(self.instance.socket)
        self.addCleanup(client.close)
        client.negotiate()
        self.assertTrue(client.actions & milter_client.DELETE_RECIPIENTS)
        self.assertFalse(client.actions & (milter_client.CHANGE_BODY | milter_client.ADD_RECIPIENTS
                                           | milter_client.CHANGE_SENDER))
        silent = (milter_client.SILENT_DATA | milter_client.SILENT_HEADERS
                  | milter_client.SILENT_EOH | milter_client.SILENT_BODY)
        self.assertEqual(client.steps & silent, silent)
        self.assertTrue(client.steps & milter_client.LEADING_SPACE)
        # What a letter is judged without need not be told.
        declined = (milter_client.NO_CONNECT | milter_client.NO_HELO | milter_client.NO_DATA
                    | milter_client.NO_EOH | milter_client.NO_UNKNOWN)
        self.assertEqual(client.steps & declined, declined)
        # Without a list for the end of headers too, Sendmail ignores the one for the end of message.
        asked = [names for names in client.requested_macros.values() if "i" in names]
        self.assertGreaterEqual(len(asked), 2, client.requested_macros)

    def test_a_server_that_knows_no_silence_is_answered_at_every_step(self):
        # 0: it tells of every step, too.
        for steps in (0x7F, 0):
            with self.subTest(steps=steps):
                client = self.connect(self.instance, steps=steps)
                answer = client.send_message(SENDER, [f"<{FORMER_EMPLOYER}>"],
                                             people.maternity_letter(FORMER_EMPLOYER))
                self.assertTrue(answer.is_discard, answer)

    def test_an_old_server_that_cannot_do_what_is_needed_is_refused(self):
        client = MilterClient(self.instance.socket)
        self.addCleanup(client.close)
        refused = False
        try:
            client.negotiate(version=2, actions=milter_client.ADD_HEADERS, steps=0x7F)
            refused = not client.connect().goes_on
        except ConnectionEnded:
            refused = True
        self.assertTrue(refused)
        until(lambda: "PW_MTA_UNFIT" in self.instance.log_text(),
              "a line in the log about the refusal")

    # Who knocks.
    def test_probes(self):
        for _ in range(50):
            waiting.connect(self.instance.socket).close()

    def test_garbage(self):
        for garbage in (b"GET / HTTP/1.0\r\n\r\n", b"EHLO localhost\r\n", b"\0", b"\0" * 64,
                        b"\xff" * 64, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                        packet(b"Z", b"what"), packet(b"E"), packet(b"M", b"<a@b>\0"),
                        b"\0\0\0\0", b"\x7f\xff\xff\xffO"):
            with self.subTest(garbage):
                with waiting.connect(self.instance.socket) as connection:
                    connection.sendall(garbage)
                    connection.shutdown(1)  # no more from us
                    try:
                        connection.recv(4096)
                    except OSError:
                        pass

    def test_garbage_behind_a_good_beginning(self):
        for garbage in (packet(b"Z"), packet(b"R"), packet(b"L", b"no-nul"), packet(b"L"),
                        packet(b"M", b"no-nul"), packet(b"M", b"\0\0\0"), packet(b"C", b"x"),
                        packet(b"D"), packet(b"D", b"Mi\0"), packet(b"O", b"\0\0"), b"\0\0\0\0"):
            with self.subTest(garbage):
                with self.connect(self.instance) as client:
                    client.send(garbage)
                    try:
                        client.mail(SENDER)
                    except (ConnectionEnded, OSError):
                        pass

    def test_the_server_vanishes_at_every_step(self):
        message = people.maternity_letter(FORMER_EMPLOYER)
        steps = (lambda client: client.mail(SENDER),
                 lambda client: client.rcpt(f"<{FORMER_EMPLOYER}>"),
                 lambda client: client.data(),
                 lambda client: client.header("Subject", " half"),
                 lambda client: client.end_of_headers(),
                 lambda client: client.body(message),
                 lambda client: client.start_end_of_message())
        for count in range(len(steps) + 1):
            with self.subTest(count):
                client = MilterClient(self.instance.socket).open_session()
                for step in steps[:count]:
                    step(client)
                client.close()

    def test_a_client_of_an_unknown_kind(self):
        for family in (b"U", b"6", b"L", b"4"):
            with self.subTest(family):
                address = {b"6": "IPv6:2001:db8::1", b"L": "/run/x"}.get(family, "127.0.0.1")
                with MilterClient(self.instance.socket) as client:
                    client.negotiate()
                    client.connect(host="unknown", family=family, address=address)
                    client.helo()
                    answer = client.send_message(SENDER, [f"<{FORMER_EMPLOYER}>"],
                                                 people.maternity_letter(FORMER_EMPLOYER))
                    self.assertTrue(answer.is_discard, answer)

    def test_no_greeting_and_no_macros(self):
        with MilterClient(self.instance.socket) as client:
            client.negotiate()
            client.connect()
            client.mail(SENDER)
            client.rcpt(f"<{FORMER_EMPLOYER}>")
            for name, value in milter_client.split_header(
                    people.maternity_letter(FORMER_EMPLOYER).partition(b"\r\n\r\n")[0]):
                client.header(name, value)
            client.end_of_headers()
            client.body(people.maternity_letter(FORMER_EMPLOYER).partition(b"\r\n\r\n")[2])
            self.assertTrue(client.end_of_message().is_discard)

    # What is in the message.
    def verdict_for(self, message, recipient=FORMER_EMPLOYER):
        with MilterClient(self.instance.socket) as client:
            client.open_session()
            return client.send_message(SENDER, [f"<{recipient}>"], message)

    def test_a_header_field_too_long_for_a_packet(self):
        # An MTA sends no such field; libmilter's answer may be to hang up, but not to let it pass.
        for size in (60_000, 70_000, 2_000_000):
            message = people.maternity_letter(FORMER_EMPLOYER).replace(
                b"Subject:", b"X-Big: " + b"z" * size + b"\r\nSubject:", 1)
            try:
                self.assertFalse(self.verdict_for(message).goes_on, size)
            except (ConnectionEnded, OSError):
                self.assertGreater(size, 65_000)

    def test_odd_header_fields(self):
        base = people.maternity_letter(FORMER_EMPLOYER)
        for odd in (b"X-Empty:\r\n", b"X-Space: \r\n", b"X-Fold: a\r\n b\r\n\tc\r\n",
                    b"X-8bit: \xe9\xff\r\n", b"X-Utf8: \xc3\xa9\r\n", b"From:\r\n",
                    b"Content-Type: multipart/mixed\r\n",
                    b"Content-Type: text/plain; charset=\"x-none\"\r\n"):
            with self.subTest(odd):
                self.assertTrue(self.verdict_for(odd + base).is_discard)

    def test_a_thousand_header_fields(self):
        many = b"".join(b"X-Field-%d: value\r\n" % number for number in range(1000))
        self.assertTrue(self.verdict_for(many + people.maternity_letter(FORMER_EMPLOYER)).is_discard)

    def test_a_message_without_a_body(self):
        self.assertTrue(self.verdict_for(
            b"Subject: leeg\r\nFrom: " + people.SENDER.encode(), READER).goes_on)
        self.assertTrue(self.verdict_for(b"", READER).goes_on)

    def test_the_subject_line_alone_can_be_too_much(self):
        subject = f"Subject: zwangerschapsuitkering BSN {people.MARIT.bsn} {people.MARIT.full_name}"
        self.assertFalse(self.verdict_for(
            subject.encode() + b"\r\nFrom: " + people.SENDER.encode()).goes_on)

    def test_nul_bytes(self):
        message = people.maternity_letter(FORMER_EMPLOYER)
        self.assertTrue(self.verdict_for(message + b"\0\0tail\0\r\n").is_discard)
        self.verdict_for(b"Subject: a\0b\r\n\r\n\0\0\0", READER)

    def test_a_body_that_is_cut_inside_a_line_end(self):
        header, _, body = people.maternity_letter(FORMER_EMPLOYER).partition(b"\r\n\r\n")
        with self.connect(self.instance) as client:
            client.mail(SENDER)
            client.rcpt(f"<{FORMER_EMPLOYER}>")
            for name, value in milter_client.split_header(header):
                client.header(name, value)
            client.end_of_headers()
            for position in range(len(body)):  # a byte at a time
                client.body(body[position:position + 1])
            self.assertTrue(client.end_of_message().is_discard)

    def test_large_bodies_and_what_stands_at_their_end(self):
        filler = b"Deze regel zegt niets over iemand.\r\n"
        for size in (300_000, 20_000_000):
            with self.subTest(size):
                start = people.newsletter(FORMER_EMPLOYER)
                body = filler * (size // len(filler))
                self.assertTrue(self.verdict_for(start + body, READER).goes_on)
                tail = people.maternity_text().replace("\n", "\r\n").encode()
                self.assertTrue(self.verdict_for(start + body + tail).is_discard)
        self.assertGreater(max(item["bytes"] for item in self.newly_held()), 20_000_000)

    # More than one message.
    def test_no_message_leaks_into_the_next(self):
        with self.connect(self.instance) as client:
            for round_ in range(20):
                wrong = round_ % 3 == 0
                recipient = FORMER_EMPLOYER if wrong else EMPLOYER
                answer = client.send_message(SENDER, [f"<{recipient}>"],
                                             people.maternity_letter(recipient))
                self.assertEqual(answer.is_discard, wrong, (round_, answer))
                self.assertEqual(answer.deleted_recipients, [])

    def test_an_aborted_message_leaves_nothing_behind(self):
        with self.connect(self.instance) as client:
            for step in range(5):
                client.mail(SENDER)
                client.rcpt(f"<{FORMER_EMPLOYER}>")
                if step > 0:
                    client.data()
                if step > 1:
                    client.header("Subject", f" zwangerschapsuitkering {people.MARIT.bsn}")
                if step > 2:
                    client.end_of_headers()
                if step > 3:
                    client.body(people.maternity_text().encode())
                client.abort()
                answer = client.send_message(SENDER, [f"<{READER}>"], people.newsletter(READER))
                self.assertTrue(answer.goes_on, answer)
                self.assertEqual(answer.deleted_recipients, [])
        self.assertEqual(self.newly_held(), [])

    def test_the_recipient_to_drop_is_named_as_the_server_named_it(self):
        raw = f"<@relay.example:HR@{people.FORMER.domain.upper()}>"
        with self.connect(self.instance) as client:
            answer = client.send_message(SENDER, [f"<{EMPLOYER}>", raw],
                                         people.maternity_letter(EMPLOYER))
        self.assertTrue(answer.goes_on, answer)
        # Sendmail finds it by this form, Postfix by the one without the route.
        self.assertIn(raw, answer.deleted_recipients)
        self.assertNotIn(f"<{EMPLOYER}>", answer.deleted_recipients)

    def test_recipients_that_are_no_addresses_are_strangers(self):
        for raw in ("<>", "<@>", "<a@>", "nonsense", "<\udcff\udcfe@x>", "<" + "a" * 2000 + "@b>", ""):
            with self.subTest(raw[:20]):
                with self.connect(self.instance) as client:
                    client.mail(SENDER)
                    answer = client.rcpt(raw.encode("utf-8", "surrogateescape"))
                    if answer.goes_on:
                        header, _, body = people.maternity_letter(READER).partition(b"\r\n\r\n")
                        for name, value in milter_client.split_header(header):
                            client.header(name, value)
                        client.end_of_headers()
                        client.body(body)
                        self.assertFalse(client.end_of_message().goes_on)

    def test_many_recipients(self):
        wrong = [f"<persoon{number}@{people.FORMER.domain}>" for number in range(300)]
        with self.connect(self.instance) as client:
            answer = client.send_message(SENDER, [f"<{EMPLOYER}>"] + wrong,
                                         people.maternity_letter(EMPLOYER))
        self.assertTrue(answer.goes_on)
        self.assertEqual(answer.deleted_recipients, wrong)
        self.assertEqual([item["recipient_count"] for item in self.newly_held()], [300])


if __name__ == "__main__":
    testing.main()
