#!/usr/bin/env python3
"""Two hundred sessions at once: every one is answered rightly, and nothing stays open or grows."""

import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from milter_client import MilterClient
from waiting import SLOWNESS, until

SESSIONS = 200
LETTERS = 3
SENDER = f"<{people.SENDER}>"
EMPLOYER = f"hr@{people.CURRENT.domain}"
FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"


class ConcurrencyTest(testing.PostwachtTest):

    def burst(self, instance):
        """All sessions open and have sent their first letter before any ends it. Gives the wrong
        or missing answers."""
        barrier = threading.Barrier(SESSIONS)
        faults = []

        def talk(number):
            try:
                with MilterClient(instance.socket, timeout=120) as client:
                    client.open_session()
                    for letter in range(LETTERS):
                        wrong = (number + letter) % 4 == 0
                        recipient = FORMER_EMPLOYER if wrong else EMPLOYER
                        client.send_until_end(SENDER, [f"<{recipient}>"],
                                              people.maternity_letter(recipient),
                                              queue_id=f"4Q{number}X{letter}")
                        if letter == 0:
                            barrier.wait(120)
                        answer = client.end_of_message()
                        if answer.is_discard != wrong or not (wrong or answer.goes_on):
                            faults.append((number, letter, answer))
                    client.quit()
            except Exception as error:  # a thread's exception would else be lost
                barrier.abort()
                faults.append((number, repr(error)))

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(SESSIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return faults

    def test_two_hundred_sessions(self):
        instance = self.make_instance().start()
        self.assert_still_serves(instance)  # opens what is opened once
        descriptors = instance.process.open_descriptors()
        held = len(instance.held())

        self.assertEqual(self.burst(instance), [])
        expected = sum((number + letter) % 4 == 0 for number in range(SESSIONS)
                       for letter in range(LETTERS))
        self.assertEqual(len(instance.held()) - held, expected)
        until(lambda: instance.process.open_descriptors() <= descriptors,
              f"no more than {descriptors} open descriptors")

        # What a burst needs it may keep, but the next one must not need more again.
        after_first = instance.process.resident_kib()
        for _ in range(2):
            self.assertEqual(self.burst(instance), [])
        until(lambda: instance.process.open_descriptors() <= descriptors,
              f"no more than {descriptors} open descriptors")
        growth = instance.process.resident_kib() - after_first
        print(f"descriptors {descriptors}, resident {after_first} KiB after one burst, "
              f"{growth:+d} KiB after three")
        if SLOWNESS == 1:  # a sanitizer keeps freed memory back
            self.assertLess(growth, 48 * 1024)

        instance.stop()
        instance.verify_journal()
        # One entry for every letter, no queue id lost or doubled.
        entries = instance.journal_text().splitlines()
        self.assertEqual(len(entries), 2 + 3 * SESSIONS * LETTERS)


if __name__ == "__main__":
    testing.main()
