"""The story that contrib/demo tells once the programs are built.

Seven letters about made-up people (contrib/demo-data) through a private Postfix with Postwacht as its
milter. What is shown as delivered did arrive at a mail server at the other end; what is shown as
held is in the quarantine.
"""

import email
import email.policy
import email.utils
import json
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "contrib" / "demo-data"
sys.path.insert(0, str(ROOT / "tests" / "support"))

from instance import Instance  # noqa: E402: the path comes first
from postfix import Postfix  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402
from waiting import free_port, until  # noqa: E402

OWN_DOMAIN = "uitkering.example"
SENDER = f"brieven@{OWN_DOMAIN}"
TITLES = {
    "1-current-employer.eml": "maternity benefit, to her employer",
    "2-former-employer.eml": "the same, to her former employer",
    "3-five-addressees.eml": "a copy to five, one of them wrong",
    "4-to-herself.eml": "to the woman it is about",
    "5-wrong-number.eml": "with somebody else's number in it",
    "6-newsletter.eml": "a newsletter that names nobody",
    "7-encrypted-attachment.eml": "with a zip that cannot be read",
}
TO_EXPLAIN = "2-former-employer.eml"


class Style:
    """Colour where a person is looking, nothing elsewhere."""

    def __init__(self, on):
        self.on = on

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.on else text

    def bold(self, text):
        return self.paint("1", text)

    def verdict(self, word):
        return self.paint("32" if word.strip() == "delivered" else "33", word)


class Letter:
    def __init__(self, path):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        self.name = path.name
        self.title = TITLES[path.name]
        self.bytes = text.replace(b"\n", b"\r\n")
        parsed = email.message_from_bytes(text, policy=email.policy.default)
        self.message_id = parsed["Message-ID"]
        self.recipients = [address for _, address in email.utils.getaddresses([parsed["To"]])]


def because(reasons):
    """The first reason of a verdict in a few words."""
    if not reasons:
        return "names nobody who is registered"
    reason = reasons[0]
    if reason["rule"] == "disclosure":
        relation = reason["relation"].replace("_", " ")
        ended = f" until {reason['ended']}" if reason.get("ended") else ""
        return (f"{reason['category'].replace('_', ' ')} of {reason['subject']}; "
                f"addressee: {relation}{ended}")
    if reason["rule"] == "incomplete":
        return f"{reason.get('name') or 'a part'} could not be read: {reason['why']}"
    return reason["rule"].replace("_", " ")


def table(rows, style):
    header = ("LETTER", "ADDRESSEE", "VERDICT", "REASON")
    widths = [max(len(row[column]) for row in [header] + rows) for column in range(3)]
    print(style.bold("  ".join(text.ljust(width) for text, width in zip(header, widths))
                     + "  REASON"))
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths)]
        print("  ".join([cells[0], cells[1], style.verdict(cells[2]), row[3]]))


class Demo:
    def __init__(self, folder, style):
        self.folder = folder
        self.style = style
        self.sink = SmtpSink()
        self.instance = None
        self.server = None

    def close(self):
        """Ends everything that was started, the last first."""
        for part in (self.server, self.sink):
            if part is not None:
                part.close()
        if self.instance is not None:
            self.instance.stop()

    def heading(self, number, text):
        print()
        print(self.style.bold(f"== {number}. {text}"))

    def show(self, *command):
        """Prints a command as one would type it, and what it answers."""
        words = [f"'{word}'" if " " in word else word for word in command]
        print(self.style.bold(f"$ postwacht {' '.join(words)}"))
        print(self.instance.command(*command).rstrip())

    def set_up(self):
        self.heading(3, "A registry, a milter, and a private Postfix")
        self.instance = Instance(self.folder / "post wacht", own_domain=OWN_DOMAIN, registry=False,
                                 socket=f"inet:{free_port()}@127.0.0.1")
        # Copied, so that the files are of today: a registry of last week would be refused as stale.
        source = self.folder / "registry"
        source.mkdir()
        for file in (DATA / "registry").iterdir():
            shutil.copyfile(file, source / file.name)
        self.instance.build_registry(source)
        stats = json.loads(self.instance.command("registry", "stats", "--json"))
        print(f"Registry: {stats['subjects']} people, {stats['organisations']} organisations, "
              f"{stats['relations']} relations, all of them made up.")
        self.server = Postfix(self.sink.port, milter=self.instance.socket)
        self.instance.configure(
            "reinject", url=f'"smtp://127.0.0.1:{self.server.reinjection_port}"')
        self.instance.start()
        self.server.start()
        print(f"Postfix listens on 127.0.0.1:{self.server.port}, "
              f"the milter on {self.instance.socket}.")

    def send(self, letters):
        self.heading(4, "Seven letters leave the agency")
        for letter in letters:
            code, text = self.server.submit(SENDER, letter.recipients, letter.bytes)
            if code != 250:
                raise RuntimeError(f"Postfix did not take {letter.name}: {code} {text}")
        until(self.server.queue_is_empty, "all letters delivered or held")

    def outcome(self, letter):
        """Rows of the table: what happened to each copy, and why."""
        delivered = {recipient for message in self.sink.messages
                     if message.field("Message-ID") == letter.message_id
                     for recipient in message.recipients}
        verdict = self.instance.check(SENDER, letter.recipients, letter.bytes)
        first = f"{letter.name[0]} {letter.title}"
        for recipient in verdict["recipients"]:
            word = "delivered" if recipient["address"] in delivered else "held"
            yield (first, recipient["address"], word, because(recipient["reasons"]))
            first = ""

    def held_item_of(self, letter):
        """The letter as it lies in the quarantine, found by the queue id in Postfix's log."""
        for line in self.server.maillog_text().splitlines():
            if f"message-id={letter.message_id}" in line:
                queue_id = line.split(": ")[1]
                for item in self.instance.held():
                    if item["queue_id"] == queue_id:
                        return item
        raise RuntimeError(f"{letter.name} is not in the quarantine")

    def explain(self, item, letter):
        self.heading(6, f"Why letter {letter.name[0]} is held")
        print(self.style.bold(f"$ postwacht quarantine show {item['id']}"))
        text = self.instance.command("quarantine", "show", item["id"])
        print(text.partition("\nverdict\n")[0].rstrip())
        shown = self.instance.show(item["id"])
        for recipient in shown["verdict"]["recipients"]:
            for reason in recipient["reasons"]:
                self.explain_reason(reason)

    def explain_reason(self, reason):
        """One reason in sentences, down to the line of the policy."""
        print()
        print(f"The letter is about {reason['subject']} ({reason['confidence']} confidence):")
        for piece in reason["evidence"]:
            print(f"  {piece['kind'].replace('_', ' ')} (part {piece['part']}: {piece['where']})")
        ended = f", until {reason['ended']}" if reason.get("ended") else ""
        print(f"It says: {reason['category'].replace('_', ' ')}. "
              f"To this person the addressee is: {reason['relation'].replace('_', ' ')}{ended}.")
        file, _, line = reason["place"].rpartition(":")
        policy = (self.instance.directory / file).read_text(encoding="utf-8").splitlines()
        print(f"{reason['place']} decides: {policy[int(line) - 1].strip()}")

    def release(self, item, letter):
        self.heading(7, "Suppose it was right after all: release it")
        recipient = letter.recipients[0]
        self.sink.clear()
        self.show("quarantine", "release", item["id"], "--reason", "asked the employer")
        arrived = self.sink.wait_for_recipient(recipient)
        same = arrived.body == letter.bytes.partition(b"\r\n\r\n")[2]
        print(f"It arrived at {recipient}, {len(arrived.data)} bytes, "
              f"{'its text unchanged' if same else 'BUT ITS TEXT CHANGED'}.")
        self.show("journal", "verify")

    def run(self):
        letters = [Letter(DATA / "letters" / name) for name in TITLES]
        self.set_up()
        self.send(letters)
        table([row for letter in letters for row in self.outcome(letter)], self.style)

        self.heading(5, "What is held")
        self.show("quarantine", "list")
        letter = next(letter for letter in letters if letter.name == TO_EXPLAIN)
        item = self.held_item_of(letter)
        self.explain(item, letter)
        self.release(item, letter)


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postwacht demo "))
    demo = Demo(folder, Style(sys.stdout.isatty()))
    try:
        demo.run()
        if "--keep" in sys.argv[1:]:
            print(f"\nEverything is still running: SMTP on 127.0.0.1:{demo.server.port}, "
                  f"configuration in '{demo.instance.config}'.")
            input("Press Enter to end and remove it. ")
    finally:
        demo.close()
        shutil.rmtree(folder, ignore_errors=True)
    print("\nThe servers are stopped and everything they wrote is removed.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
