#!/usr/bin/env python3
"""No personal data where there must be none.

Letters of every kind go through the milter: delivered, held, split, released, returned, deleted,
unreadable, broken, refused. Then every file that Postwacht wrote, every line that it logged or
printed, and every reply that it gave a mail server is searched for every identifier in the fixtures.
"""

import json
import pathlib
import re
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from milter_client import ConnectionEnded, MilterClient, split_header
from postfix import Postfix
from postfix import missing as postfix_missing
from processes import Process
from smtp_sink import SmtpSink
from waiting import free_port

EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
SENDER = f"<{people.SENDER}>"


def identifiers():
    """Everything that would tell who a letter is about, from, or for."""
    found = set()
    for person in people.PEOPLE:
        found.update(person.identifiers())
    for organisation in people.ORGANISATIONS:
        found.update((organisation.name, organisation.domain, organisation.address))
    found.update(("mentorschap.example", EMPLOYER, FORMER_EMPLOYER, people.SENDER, "geheim-onderwerp",
                  "geheimebijlage"))
    return sorted(filter(None, found))


def forms(identifier):
    """An identifier as bytes in the encodings that a file may have."""
    text = identifier.lower()
    return {text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"),
            text.encode().hex().encode(), re.sub(r"[^0-9a-z@.]", "", text).encode()}


def leaks_in(content, allowed=()):
    """Identifiers that occur in these bytes, whatever their case."""
    content = content.lower()
    return [identifier for identifier in identifiers() if identifier not in allowed
            and any(form in content for form in forms(identifier) if len(form) > 5)]


class SearchTest(testing.PostwachtTest):
    """A search that finds nothing in anything proves nothing."""

    def test_the_search_finds_what_is_there(self):
        self.assertEqual(leaks_in(people.maternity_letter("x@elders.example"),
                                  allowed=[people.SENDER])[:1], [people.MARIT.bsn])
        for person in people.PEOPLE:
            for identifier in person.identifiers():
                with self.subTest(identifier):
                    self.assertIn(identifier, leaks_in(f"x {identifier.upper()} y".encode()))
                    self.assertIn(identifier, leaks_in(identifier.encode("utf-16-le")))
        self.assertEqual(leaks_in(b"PW_MESSAGE_JUDGED queue=4Q1 verdict=quarantine"), [])


class PrivacyTest(testing.PostwachtTest):

    def letters(self):
        """(recipients, message) of every kind."""
        person, other = people.MARIT, people.JOOST
        yield [EMPLOYER], people.maternity_letter(EMPLOYER)
        yield [FORMER_EMPLOYER], people.maternity_letter(FORMER_EMPLOYER)
        yield [FORMER_EMPLOYER, EMPLOYER, other.email], people.maternity_letter(EMPLOYER)
        yield [other.email], people.letter(
            other.email, subject=f"geheim-onderwerp {person.bsn}", html=(
                f"<p>{person.full_name}</p><p style='display:none'>{person.bsn}</p>"
                f"<!-- {person.postcode} {person.email} -->"),
            text=f"BSN {person.bsn[:4]}.{person.bsn[4:6]}.{person.bsn[6:]}, {person.other_id}")
        yield [person.email], people.letter(
            person.email, text=f"{people.FATMA.full_name}, {people.FATMA.bsn}, "
            f"{people.FATMA.postcode} {people.FATMA.house_number}",
            attachments=[(f"geheimebijlage-{person.bsn}.bin", "application/octet-stream",
                          bytes(range(256)))])
        yield [f"hr@{people.OTHER.domain}"], people.letter(
            f"hr@{people.OTHER.domain}", text=f"{other.email} en {person.email}")
        yield [f'"{person.bsn}"@{people.FORMER.domain}'], people.maternity_letter(EMPLOYER)
        # Broken ones.
        yield [FORMER_EMPLOYER], (f"Subject: {person.bsn}\r\nFrom: {people.SENDER}\r\n"
                                  f"Content-Type: multipart/mixed; boundary={person.bsn}\r\n\r\n"
                                  f"--{person.bsn}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                                  f"@@@@ {person.full_name}\r\n").encode()
        yield [f"<{person.email}> nonsense"], people.maternity_letter(person.email)

    def send_all(self, instance):
        """Sends them over the milter protocol; gives what a mail server would log or add."""
        said = []
        for recipients, message in self.letters():
            with MilterClient(instance.socket) as client:
                client.open_session()
                answers = client.send_until_end(SENDER, [f"<{recipient}>" for recipient in recipients],
                                                message)
                answers.append(client.end_of_message())
                for answer in answers:
                    said += [answer.text, answer.quarantine or "", repr(answer.added_headers)]
        return said

    def fault_all(self, instance):
        """The errors: a registry that is gone, a session that breaks, a policy that is wrong."""
        index = instance.directory / "registry" / "index.mdb"
        away = index.with_suffix(".away")
        index.rename(away)
        said = self.send_all(instance)
        away.rename(index)
        with MilterClient(instance.socket) as client:
            client.open_session()
            client.mail(f"<{people.MARIT.email}>")
            client.rcpt(f"<{people.JOOST.email}>")
            for name, value in split_header(people.maternity_letter(EMPLOYER)):
                client.header(name, value)
        try:
            # To more than libmilter takes there may be no answer at all.
            with MilterClient(instance.socket, timeout=2) as client:
                client.open_session()
                client.mail(f"<{people.MARIT.email}>")
                client.header("Subject", people.MARIT.bsn * 8000)
                client.end_of_message()
        except (ConnectionEnded, OSError):
            pass
        policy = instance.directory / "policy.toml"
        good = policy.read_bytes()
        policy.write_bytes(good + b"\n[nonsense]\n")
        instance.reload()
        policy.write_bytes(good)
        instance.reload()
        return said

    def decide_all(self, instance):
        """Releases, returns, deletes; some of it fails."""
        held = instance.held()
        self.assertGreaterEqual(len(held), 6)
        for item, verb in zip(held, ("release", "return", "delete", "release", "return")):
            instance.run("quarantine", verb, item["id"], "--by", "reviewer", "--reason", "because")
        for item in held:
            instance.run("quarantine", "release", item["id"], "--by", "reviewer", "--reason", "again")

    def look_back(self, instance):
        """Delivered letters that turn out to have gone wrong, and every form of the register."""
        delta = self.folder / "delta.csv"
        delta.write_text("op,subject_id,relation,organisation_id,email,valid_from,valid_to\n"
                         f"upsert,S-1042,employer,O-2,,{people.day(-319)},{people.day(-40)}\n")
        instance.command("registry", "update", "--delta", delta)
        self.assertIn("B-", instance.command("review", "lookback", "--delta", delta, "--record"))
        instance.command("review", "lookback", "--json")
        for form in ([], ["--json"], ["--csv"], ["--html"], ["--register"],
                     ["--register", "--json"], ["--register", "--csv"]):
            self.assertTrue(instance.command("review", "report", *form))

    def review_all(self, instance, sink):
        """The queue and every item with its evidence; what fails too, and notices."""
        instance.configure("review", interval='"1s"', notify_senders="true",
                           escalate_to=f'["functionaris@{people.OWN_DOMAIN}"]')
        policy = instance.directory / "policy.toml"
        policy.write_text(policy.read_text(encoding="utf-8") +
                          '\n[review.medium]\nescalate_after = "1s"\n', encoding="utf-8")
        log = self.folder / "review.log"
        daemon = Process([program("postwacht-review"), "--config", instance.config], log)
        sink.wait_for_recipient(people.SENDER, 60)
        sink.wait_for_recipient(f"functionaris@{people.OWN_DOMAIN}", 60)
        daemon.stop(60)
        instance.transcripts.append(log.read_text(encoding="utf-8"))
        notices = [message for message in sink.messages if b"auto-generated" in message.data]
        self.assertGreater(len(notices), 1)
        for notice in notices:
            self.assertEqual(leaks_in(notice.data, allowed=[people.SENDER]), [])
        for form in ([], ["--json"]):
            instance.run("review", "queue", *form)
            for item in instance.held():
                for look in ([], ["--evidence"]):
                    instance.run("review", "show", item["id"], *look, *form)
                instance.run("review", "decide", "correct", item["id"], "--reason", "r", "--to",
                             people.JOOST.email, *form)
        for incident in json.loads(instance.command("review", "queue", "--json"))["incidents"]:
            instance.run("review", "show", incident["incident"])
        instance.run("review", "receive", stdin=people.maternity_letter(
            f"postwacht+{people.MARIT.bsn}@{people.OWN_DOMAIN}"))

    def bad_registry(self, instance):
        """What `registry build` says of bad rows."""
        source = people.write_registry(self.folder / "bad")
        subjects = source / "subjects.csv"
        text = subjects.read_text(encoding="utf-8")
        person = people.MARIT
        subjects.write_text(text.replace(person.bsn, person.bsn[:-1] + "0")
                            .replace(people.JOOST.birth_date, "2.11.1984")
                            .replace(people.FATMA.email, "fatma at yildirimkaya"), encoding="utf-8")
        done = instance.run("registry", "build", "--from", source)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(leaks_in(done.stderr + done.stdout), [], done.stderr.decode())
        for part in (person.bsn[:-1] + "0", "2.11.1984", "fatma at"):
            self.assertNotIn(part.encode(), done.stderr + done.stdout)

    def assert_no_leaks(self, instance):
        searched = 0
        stores = ["journal", "quarantine", "registry"]
        for store in stores:
            files = [path for path in (instance.directory / store).rglob("*") if path.is_file()]
            self.assertTrue(files, store)
            for path in files:
                self.assertEqual(leaks_in(path.read_bytes()), [], path.name)
                self.assertEqual(leaks_in(path.name.encode()), [])
                searched += 1
                if path.read_bytes()[:6] == b"SQLite":
                    self.assert_no_leaks_in_database(path)
        self.assertEqual(leaks_in(instance.log_text().encode()), [])
        for transcript in instance.transcripts:
            self.assertEqual(leaks_in(transcript.encode()), [], transcript[:500])
        self.assertGreater(searched, 5)

    def assert_no_leaks_in_database(self, path):
        """Cell by cell too: a value may lie across two pages of the file."""
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            tables = [row[0] for row in database.execute(
                "SELECT name FROM sqlite_master WHERE type='table'")]
            self.assertTrue(tables)
            for table in tables:
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    self.assertEqual(leaks_in(repr(row).encode()), [], table)
        finally:
            database.close()

    def test_nothing_leaks_over_the_milter_protocol(self):
        instance = self.make_instance()
        instance.configure("log", level='"debug"')
        with SmtpSink() as sink:
            instance.configure("reinject", url=f'"smtp://127.0.0.1:{sink.port}"')
            instance.start()
            said = self.send_all(instance)
            said += self.fault_all(instance)
            # What a refused release brings back may name the recipient.
            held = instance.held()
            sink.refuse_data(f"451 4.3.0 not now for {FORMER_EMPLOYER} and {people.MARIT.bsn}")
            instance.run("quarantine", "release", held[0]["id"], "--by", "reviewer", "--reason", "r")
            sink.refuse_data(None)
            self.review_all(instance, sink)
            self.decide_all(instance)
        self.bad_registry(instance)
        instance.verify_journal()
        instance.journal_text()
        for item in instance.held(None):
            instance.show(item["id"])
            instance.command("quarantine", "show", item["id"])
        instance.command("quarantine", "list")
        instance.command("registry", "stats")
        self.look_back(instance)
        instance.stop()
        self.assertTrue([text for text in said if text])
        for text in said:
            self.assertEqual(leaks_in(text.encode()), [], text)
        self.assertIn("PW_", instance.log_text())
        self.assert_no_leaks(instance)

    def test_nothing_of_ours_in_the_mail_log(self):
        reason = postfix_missing()
        if reason:
            self.skipTest(reason)
        instance = self.make_instance(socket=f"inet:{free_port()}@127.0.0.1").start()
        with SmtpSink() as sink, Postfix(sink.port, milter=instance.socket) as server:
            index = instance.directory / "registry" / "index.mdb"
            for registry_is_there in (True, False):
                if not registry_is_there:  # then every letter is answered with an error
                    index.rename(index.with_suffix(".away"))
                for recipients, message in self.letters():
                    if "<" not in recipients[0]:
                        server.submit(people.SENDER, recipients, message)
            ours = [line for line in server.maillog_text().splitlines() if "milter" in line]
            self.assertTrue(ours)
            for line in ours:
                # Postfix itself ends such a line with the envelope; before that stands our text.
                text = re.sub(r";? (from|to|orig_to|proto|helo)=.*", "", line)
                self.assertEqual(leaks_in(text.encode()), [], line)


if __name__ == "__main__":
    testing.main()
