#!/usr/bin/env python3
"""A slow letter must not hold up a fast one.

The worker pool of Debian's libmilter hands sessions whose commands arrive together to the same
waiting workers: without a remedy a fast end of message waits for slow ones nearly every time. Here
slow letters and one fast one end at the same instant, many times over.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from milter_client import MilterClient

DELAY = 1.0         # of a slow letter, at its end
ALLOWED = 0.5       # for the fast one
TRIALS = 12
RECIPIENT = "lezer@elders.example"


class HeadOfLineTest(testing.PostwachtTest):

    def ready_to_end(self, instance, slow):
        client = MilterClient(instance.socket)
        self.addCleanup(client.close)
        headers = [("X-Test-Delay", "yes")] if slow else []
        client.open_session()
        client.send_until_end(f"<{people.SENDER}>", [f"<{RECIPIENT}>"],
                              people.newsletter(RECIPIENT, headers=headers))
        return client

    def test_a_fast_letter_does_not_wait_for_slow_ones(self):
        instance = self.make_instance()
        instance.environment["POSTWACHT_TEST_EOM_DELAY"] = str(int(DELAY * 1000))
        instance.start()
        waits = []
        for trial in range(TRIALS):
            slow = [self.ready_to_end(instance, slow=True) for _ in range(2 + trial % 4)]
            fast = self.ready_to_end(instance, slow=False)
            began = time.monotonic()
            for client in slow:
                client.start_end_of_message()
            fast.start_end_of_message()
            self.assertTrue(fast.read_answer().goes_on)
            waits.append(time.monotonic() - began)
            for client in slow:
                self.assertTrue(client.read_answer().goes_on)
            # The slow ones were slow: otherwise this test proves nothing.
            self.assertGreaterEqual(time.monotonic() - began, DELAY)
            for client in slow + [fast]:
                client.close()
        print("seconds that the fast letter waited:", " ".join(f"{wait:.3f}" for wait in waits))
        self.assertLess(max(waits), ALLOWED, waits)


if __name__ == "__main__":
    testing.main()
