#!/usr/bin/env python3
"""Mail merges of five hundred letters over the real milter: shifted by one row, right, and shifted
from the middle on. Nothing behind the fifth wrong letter leaves."""

import contextlib
import itertools
import json
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import Instance
from milter_client import MilterClient

SENDER = f"<{people.SENDER}>"
ROWS = 500
TRIPS_AT = 5

# The matrix lets everything out: only the run can show what is wrong.
ACCEPTING = """
[policy]
name = "accepting"
[scope]
own_domains = ["{own_domain}"]
[categories.maternity_benefit]
terms = ["zwangerschapsuitkering"]
[disclosure]
maternity_benefit = {{ "*" = "accept" }}
personal_data = {{ "*" = "accept" }}
[incomplete]
registry_stale = {{ older_than = "72h", action = "tempfail" }}
[run_guard]
"""


def made_up_people(count):
    """So many people who share neither number, nor address, nor name and birth date."""
    names = [a + b + c for a, b, c in itertools.product(
        ("Bor", "Del", "Gom", "Hes", "Kla", "Lin", "Mur", "Nes", "Ruk", "Vos"),
        ("ter", "ken", "man", "ber", "sel", "win", "dor", "gel"),
        ("stra", "huis", "veld", "beek", "kamp", "wijk", "zoon", "dijk"))]
    made = []
    for eight in itertools.count(30000000, 7):
        try:
            number = people.bsn(str(eight))
        except ValueError:
            continue
        row = len(made)
        birth = people.datetime.date(1950, 1, 1) + people.datetime.timedelta(days=17 * row)
        made.append(people.Person(
            f"S-{row + 1}", number, f"ZZ-{row:06}", "A.", "Anke" if row % 2 else "Bart",
            "van der" if row % 3 == 0 else "", names[row], birth.isoformat(),
            f"{1000 + row}AB", str(row % 90 + 1), f"bewoner{row}@thuis{row}.example"))
        if len(made) == count:
            return made


PEOPLE = made_up_people(ROWS + 4)


def text_about(person, named_only=False):
    """One letter of the merge: who it is about, what depends on the case, and what is in all."""
    row = int(person.subject_id[2:])
    number = "" if named_only else (f"Burgerservicenummer: {person.bsn}\n"
                                    f"Geboortedatum: {people.dutch_date(person.birth_date)}\n")
    return (f"Geachte {'mevrouw' if row % 2 else 'heer'} {person.prefix} {person.surname},\n\n"
            f"U heeft bij ons een zwangerschapsuitkering aangevraagd. Wij hebben besloten dat u de "
            f"uitkering krijgt.\n{number}\n"
            f"De uitkering is {1000 + row},{row % 90 + 10} euro bruto per maand en gaat in op "
            f"{people.dutch_date(people.day(-row % 60))}.\n"
            + ("Omdat u ook werkt, verrekenen wij uw inkomsten met de uitkering.\n"
               if row % 5 == 0 else "")
            + "Bent u het niet eens met deze beslissing? Dan kunt u bezwaar maken binnen zes weken. "
              "Verandert er iets in uw situatie? Geef dat dan binnen een week aan ons door.\n\n"
              "Met vriendelijke groet,\nAfdeling Brieven\n")


def merge(rows, shift=lambda row: 0, named_only=lambda row: False):
    """(recipient, message) of each row; row i is about person i, and goes to that many further."""
    for row in rows:
        to = PEOPLE[row + shift(row)].email
        yield to, people.letter(to, subject="Beslissing op uw aanvraag",
                                text=text_about(PEOPLE[row], named_only(row)))


class RunsTest(testing.PostwachtTest):

    def start(self, policy=None):
        instance = Instance(self.folder / "instance", registry=False)
        self.addCleanup(instance.stop)
        instance.build_registry(people.write_registry(
            self.folder / "source", people=PEOPLE, organisations=(), relations=()))
        if policy:
            (instance.directory / "policy.toml").write_text(
                policy.format(own_domain=people.OWN_DOMAIN), encoding="utf-8")
        return instance.start()

    def send(self, instance, letters):
        """Sends them in one session; gives for each whether it left."""
        left = []
        with MilterClient(instance.socket) as client:
            client.open_session()
            for number, (to, message) in enumerate(letters):
                answer = client.send_message(SENDER, [f"<{to}>"], message, f"4Q{number}")
                self.assertTrue(answer.is_discard or answer.goes_on, answer)
                left.append(answer.goes_on)
        return left

    def assert_one_run(self, instance, why):
        """All that is held is of one run, and the guard's reason says why. Gives the reasons."""
        runs = set()
        reasons = []
        for item in (instance.held()[0], *instance.held()[-3:]):
            verdict = instance.show(item["id"])["verdict"]
            runs.add(verdict["run"])
            reasons += [reason for recipient in verdict["recipients"]
                        for reason in recipient["reasons"] if reason["rule"] == "run_guard"]
        self.assertEqual(len(runs), 1, runs)
        self.assertTrue(reasons)
        for reason in reasons:
            self.assertEqual(reason["why"], why)
            self.assertIn(reason["run"], runs)
            self.assertEqual(reason["limit"], TRIPS_AT)
        return reasons

    def test_a_run_that_is_shifted_by_one_row(self):
        instance = self.start()
        left = self.send(instance, merge(range(ROWS), shift=lambda row: 1))
        self.assertEqual(left.count(True), 0)
        held = instance.held()
        self.assertEqual(len(held), ROWS)
        for item in held[TRIPS_AT - 1:]:
            self.assertEqual(item["rules"], "disclosure,run_guard")
        self.assertEqual(held[0]["rules"], "disclosure")
        # Right ones too.
        self.assertEqual(self.send(instance, merge([ROWS + 1])), [False])
        self.assertEqual(instance.held()[-1]["rules"], "run_guard")
        self.assertIn("the recipient of each letter fits the subject of the letter after it (4 of 5)",
                      instance.held()[-1]["reason"])
        self.assert_one_run(instance, "shift")
        # Another letter of that sender is not of the run.
        self.assertTrue(testing.send_letter(instance, "lezer@elders.example",
                                            people.newsletter("lezer@elders.example")).goes_on)

    def test_a_shift_that_the_matrix_lets_pass(self):
        instance = self.start(ACCEPTING)
        left = self.send(instance, merge(range(1, ROWS), shift=lambda row: -1))
        self.assertEqual(left, [True] * (TRIPS_AT - 1) + [False] * (ROWS - TRIPS_AT))
        reason = self.assert_one_run(instance, "shift")[0]
        self.assertEqual((reason["offset"], reason["count"], reason["fits"]), (-1, 5, 4))
        self.assertTrue(reason["place"].startswith("policy.toml:"), reason)
        entry = json.loads(instance.journal_text().splitlines()[-1])["data"]
        self.assertEqual((entry["run"], entry["run_guard"]), (reason["run"], "quarantine"))
        # Neither a new configuration nor a crash forgets the run.
        self.assertIn("PW_RELOADED", instance.reload())
        self.assertEqual(self.send(instance, merge([ROWS])), [False])
        instance.kill()
        instance.start()
        self.assertEqual(self.send(instance, merge([ROWS + 1])), [False])
        self.assertEqual(self.assert_one_run(instance, "shift")[0]["run"], reason["run"])
        # What is kept of it names nobody.
        kept = (instance.directory / "quarantine" / "runs.json").read_text(encoding="utf-8")
        self.assertNotIn(people.OWN_DOMAIN, kept)
        for person in PEOPLE[:9]:
            for word in person.identifiers():
                self.assertNotIn(word, kept)
        # A replay by a policy that watches runs holds what the run held.
        report = json.loads(instance.command("policy", "replay", "--json"))
        self.assertEqual(report["newly_passed"], 0, report)
        self.assertEqual(report["newly_held"], 0, report)
        self.assertEqual(report["held_then"], report["held_now"])

    def test_a_shift_in_which_every_other_letter_names_nobody_that_is_found(self):
        instance = self.start(ACCEPTING)
        left = self.send(instance, merge(range(60), shift=lambda row: 1,
                                         named_only=lambda row: row % 2 == 0))
        self.assertLessEqual(left.count(True), TRIPS_AT)
        self.assertEqual(sorted(left, reverse=True), left)

    def test_a_right_run_leaves(self):
        for policy in (None, ACCEPTING):
            with self.subTest(policy=policy):
                self.folder = testing.new_folder(self.addCleanup)
                instance = self.start(policy)
                self.assertEqual(self.send(instance, merge(range(ROWS))), [True] * ROWS)
                self.assertEqual(instance.held(), [])

    def test_a_shift_that_begins_in_the_middle(self):
        middle = ROWS // 2
        shift = lambda row: 1 if row >= middle else 0
        for policy, leaving in ((None, middle), (ACCEPTING, middle + TRIPS_AT - 1)):
            with self.subTest(policy=policy):
                self.folder = testing.new_folder(self.addCleanup)
                instance = self.start(policy)
                left = self.send(instance, merge(range(ROWS), shift=shift))
                self.assertEqual(left, [True] * leaving + [False] * (ROWS - leaving))
                self.assertEqual(self.send(instance, merge([ROWS + 1])), [False])
                self.assert_one_run(instance, "shift")

    def test_a_run_over_parallel_sessions(self):
        # Where the matrix finds nothing wrong, and sessions overtake each other.
        sessions = 10
        instance = self.start(ACCEPTING)
        left = []
        letters = list(merge(range(ROWS), shift=lambda row: 1))
        # Each session takes the next letter of the list, as those of a mail server do.
        waiting = iter(letters)
        taking = threading.Lock()

        def next_letters():
            while True:
                with taking:
                    letter = next(waiting, None)
                if letter is None:
                    return
                yield letter

        def talk():
            left.extend(self.send(instance, next_letters()))

        threads = [threading.Thread(target=talk) for _ in range(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(left), ROWS)
        # Which letters are neighbours among the first is for the scheduler to say.
        self.assertLess(left.count(True), 4 * sessions)
        self.assert_one_run(instance, "shift")


    # Connections of a merge, and by how many of its own letters each lags behind the one before. Where
    # they lag by thirty, rows that are neighbours come more than a hundred letters apart.
    CONNECTIONS = 4
    LAGS = (0, 30)

    def deal_out(self, rows, lag):
        """Pairs of connection and row, in the order in which the letters come."""
        rows = list(rows)
        order = []
        for tick in range(len(rows)):
            for connection in range(self.CONNECTIONS):
                at = (tick - connection * lag) * self.CONNECTIONS + connection
                if tick >= connection * lag and at < len(rows):
                    order.append((connection, rows[at]))
        self.assertEqual(len(order), len(rows))
        return order

    def send_over_connections(self, instance, lag, shift):
        """Gives (row, whether it left) in the order of their coming."""
        left = []
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(MilterClient(instance.socket))
                       for _ in range(self.CONNECTIONS)]
            for client in clients:
                client.open_session()
            for connection, row in self.deal_out(range(ROWS), lag):
                (to, message), = merge([row], shift=lambda _: shift)
                answer = clients[connection].send_message(SENDER, [f"<{to}>"], message, f"4Q{row}")
                self.assertTrue(answer.is_discard or answer.goes_on, answer)
                left.append((row, answer.goes_on))
        return left

    def test_connections_that_lag_behind_each_other(self):
        for lag in self.LAGS:
            with self.subTest(lag=lag):
                self.folder = testing.new_folder(self.addCleanup)
                instance = self.start(ACCEPTING)
                came = set()
                known = 0
                for row, left in self.send_over_connections(instance, lag, shift=1):
                    # That one is wrong shows by a neighbour; behind the fifth none leaves.
                    self.assertFalse(left and known >= TRIPS_AT, (row, known))
                    known += row - 1 in came or row + 1 in came
                    came.add(row)
                self.assert_one_run(instance, "shift")

    def test_a_right_run_over_connections_leaves(self):
        instance = self.start(ACCEPTING)
        for lag in self.LAGS:
            left = self.send_over_connections(instance, lag, shift=0)
            self.assertTrue(all(gone for _, gone in left))
        self.assertEqual(instance.held(), [])


if __name__ == "__main__":
    testing.main()
