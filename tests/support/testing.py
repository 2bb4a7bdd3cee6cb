"""The base of the integration tests: folders that vanish, instances that are stopped, helpers.

A test file begins with
    import testing
after putting tests/support on its path, and ends with testing.main().
"""

import pathlib
import shutil
import sys
import tempfile
import unittest

import people
from instance import Instance
from milter_client import MilterClient
from postfix import Postfix
from postfix import missing as postfix_missing
from smtp_sink import SmtpSink
from waiting import free_port


class PostwachtTest(unittest.TestCase):
    """Every test gets `self.folder`, with a space in its name, removed at the end."""

    maxDiff = 4000

    def setUp(self):
        self.folder = new_folder(self.addCleanup)

    def make_instance(self, **arguments):
        """An instance that is stopped at the end, if the test has not done so."""
        instance = Instance(self.folder / "instance", **arguments)
        self.addCleanup(instance.stop)
        return instance

    def connect(self, instance, **negotiation):
        """A milter client past its greeting."""
        client = MilterClient(instance.socket)
        self.addCleanup(client.close)
        return client.open_session(**negotiation)

    def assert_still_serves(self, instance):
        """Whatever was done to it, the next letters must be judged as ever."""
        with MilterClient(instance.socket) as client:
            client.open_session()
            clean = client.send_message(f"<{people.SENDER}>", ["<lezer@elders.example>"],
                                        people.newsletter("lezer@elders.example"))
            self.assertTrue(clean.goes_on, clean)
            held = client.send_message(f"<{people.SENDER}>", [f"<hr@{people.FORMER.domain}>"],
                                       people.maternity_letter(f"hr@{people.FORMER.domain}"))
            self.assertTrue(held.is_discard, held)


def send_letter(instance, recipient, message=None):
    """One letter in a session of its own, about maternity benefit where no other is given; gives
    the answer to its end."""
    with MilterClient(instance.socket) as client:
        client.open_session()
        return client.send_message(f"<{people.SENDER}>", [f"<{recipient}>"],
                                   message or people.maternity_letter(recipient))


class MailServerCase(unittest.TestCase):
    """A mail server, a milter and a sink, shared by the tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = new_folder(cls.addClassCleanup)
        cls.sink = SmtpSink()
        cls.addClassCleanup(cls.sink.close)
        cls.start_servers()

    @classmethod
    def start_servers(cls):
        """Starts cls.server and cls.instance; each mail server does it its own way."""
        raise NotImplementedError

    def setUp(self):
        self.sink.refuse_data(None)
        self.sink.clear()
        self._known = {item["id"] for item in self.instance.held(None)}

    def newly_held(self):
        """Items that this test brought into the quarantine."""
        return [item for item in self.instance.held(None) if item["id"] not in self._known]

    def submit(self, recipients, message, sender=people.SENDER, **more):
        """Sends a letter that the mail server must take."""
        recipients = [recipients] if isinstance(recipients, str) else list(recipients)
        code, text = self.server.submit(sender, recipients, message, **more)
        self.assertEqual(code, 250, text)

    def only_held(self):
        items = self.newly_held()
        self.assertEqual(len(items), 1, items)
        return items[0]


class PostfixCase(MailServerCase):
    """A private Postfix in front of a milter on a TCP socket."""

    @classmethod
    def setUpClass(cls):
        reason = postfix_missing()
        if reason:
            raise unittest.SkipTest(reason)
        super().setUpClass()

    @classmethod
    def start_servers(cls):
        # Postfix's processes run as `postfix`, which may not enter the instance's folder.
        cls.instance = Instance(cls.folder / "instance", socket=f"inet:{free_port()}@127.0.0.1")
        cls.addClassCleanup(cls.instance.stop)
        cls.server = Postfix(cls.sink.port, milter=cls.instance.socket)
        cls.addClassCleanup(cls.server.close)
        cls.instance.watch_no_runs()
        cls.instance.configure("reinject",
                               url=f'"smtp://127.0.0.1:{cls.server.reinjection_port}"')
        cls.instance.start()
        cls.server.start()


def new_folder(add_cleanup):
    """A folder with a space in its name, removed when the test is over."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="post wacht "))
    add_cleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


def without_received(data):
    """A message without the Received fields that servers on its way put in front."""
    while data.lower().startswith(b"received:"):
        end = data.index(b"\r\n") + 2
        while data[end:end + 1] in (b" ", b"\t"):
            end = data.index(b"\r\n", end) + 2
        data = data[end:]
    return data


def reasons_of(shown):
    """All reasons in the verdict of a held item, as `quarantine show --json` gives it."""
    return [reason for recipient in shown["verdict"]["recipients"]
            for reason in recipient["reasons"]]


def main():
    """Runs the tests of the calling file; verbose, since ctest shows the output on failure only."""
    unittest.main(module=sys.modules["__main__"], verbosity=2)
