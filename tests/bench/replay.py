#!/usr/bin/env python3
"""How long it takes to judge a journal again by another policy.

    tests/bench/replay.py [--bin DIR] [--messages N]

Lets a milter judge a thousand letters to right and wrong addressees, repeats their entries in a
journal of N messages (default a million), and replays that. Prints the time and the messages a
second; asserts nothing.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import people  # noqa: E402
from instance import Instance  # noqa: E402
from milter_client import MilterClient  # noqa: E402

ADDRESSEES = [f"hr@{people.CURRENT.domain}", people.MARIT.email, f"hr@{people.FORMER.domain}",
              "lezer@elders.example"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--messages", type=int, default=1_000_000)
    options = parser.parse_args()
    if options.bin:
        os.environ["POSTWACHT_BIN_DIR"] = str(options.bin.resolve())
    with tempfile.TemporaryDirectory(prefix="postwacht-bench-") as folder:
        instance = Instance(pathlib.Path(folder) / "instance").start()
        try:
            with MilterClient(instance.socket) as client:
                client.open_session()
                for number in range(1000):
                    addressee = ADDRESSEES[number % len(ADDRESSEES)]
                    client.send_message(f"<{people.SENDER}>", [f"<{addressee}>"],
                                        people.maternity_letter(addressee), f"4BENCH{number}")
        finally:
            instance.stop()
        journal = instance.directory / "journal" / "journal.jsonl"
        entries = journal.read_bytes()
        with open(journal, "ab") as file:
            for _ in range(options.messages // 1000 - 1):
                file.write(entries)
        print(f"a journal of {journal.stat().st_size / 1e6:.0f} MB")
        started = time.monotonic()
        print(instance.command("policy", "replay"), end="")
        took = time.monotonic() - started
        print(f"{took:.1f} s, {options.messages / took:.0f} messages a second")


if __name__ == "__main__":
    main()
