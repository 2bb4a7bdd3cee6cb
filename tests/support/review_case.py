"""The base of the tests of review: an instance whose released mail goes to a listener, and people who
call its commands."""

import json

import people
import testing
from instance import program
from processes import Process
from smtp_sink import SmtpSink
from testing import send_letter

FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
REVIEW_ADDRESS = f"postwacht@{people.OWN_DOMAIN}"
# Marit's former employer, as if she had never left; and as if she had left long ago.
STAYED = "upsert,S-1042,employer,O-1,,2019-02-01,"
COLUMNS = "op,subject_id,relation,organisation_id,email,valid_from,valid_to"


def unlike_letter():
    """Held too, and of no run with the letters about maternity benefit."""
    return people.letter(people.JOOST.email, subject="Afspraak", text=(
        f"Beste meneer, op dinsdag om tien uur verwachten wij {people.FATMA.full_name}, geboren op "
        f"{people.dutch_date(people.FATMA.birth_date)}, aan de balie. Neemt u de brief mee?\n"))


class ReviewCase(testing.PostwachtTest):

    def setUp(self):
        super().setUp()
        self.sink = SmtpSink()
        self.addCleanup(self.sink.close)
        self.instance = self.make_instance().watch_no_runs()
        self.instance.configure("reinject", url=f'"smtp://127.0.0.1:{self.sink.port}"')
        self.daemon = None
        # Nobody at a terminal is root here; sudo says who it is.
        self.who("anna")

    def who(self, name):
        self.instance.environment["SUDO_USER"] = name

    def policy(self, text):
        file = self.instance.directory / "policy.toml"
        file.write_text(file.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")

    def people(self, **roles):
        """anna=["reviewer"] and so on; an address each of the own domain."""
        text = self.instance.config.read_text(encoding="utf-8")
        for name, theirs in roles.items():
            text += (f'\n[[review.person]]\nname = "{name}"\nroles = {json.dumps(theirs)}\n'
                     f'addresses = ["{name}@{people.OWN_DOMAIN}"]\n')
        self.instance.config.write_text(text, encoding="utf-8")

    def hold(self, recipient=FORMER_EMPLOYER, message=None, count=1):
        """Sends a letter that is held; gives the items that are held then."""
        before = {item["id"] for item in self.instance.held(None)}
        for _ in range(count):
            self.assertTrue(send_letter(self.instance, recipient, message).is_discard)
        return [item for item in self.instance.held(None) if item["id"] not in before]

    def correct_registry(self, row=STAYED):
        delta = self.folder / "relations.csv"
        delta.write_text(f"{COLUMNS}\n{row}\n", encoding="utf-8")
        self.instance.command("registry", "update", "--delta", delta)

    def review(self, *arguments, expect=0, stdin=b""):
        done = self.instance.run("review", *arguments, stdin=stdin)
        text = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, text)
        return text[0] if expect == 0 else text[1]

    def passes(self):
        return json.loads(self.review("pass", "--json"))

    def shown(self, item, *more):
        return json.loads(self.review("show", item, "--json", *more))

    def queue(self):
        return json.loads(self.review("queue", "--json"))["incidents"]

    def state(self, item):
        return self.instance.show(item["id"])["state"]

    def start_daemon(self):
        self.daemon = Process([program("postwacht-review"), "--config", self.instance.config],
                              self.folder / "review.log", environment=self.instance.environment)
        self.addCleanup(self.stop_daemon)
        return self.daemon

    def stop_daemon(self):
        daemon, self.daemon = self.daemon, None
        if daemon is not None:
            self.assertEqual(daemon.stop(60), 0, daemon.output()[-4000:])

    def decisions(self):
        entries = [json.loads(line) for line in self.instance.journal_text().splitlines()]
        return [entry["data"] for entry in entries if entry["kind"] == "decision"]
