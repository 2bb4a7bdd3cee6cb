#!/usr/bin/env python3
"""How long it takes to look back over a journal.

    tests/bench/lookback.py [--bin DIR] [--messages N] [--subjects N]

Lets a milter judge a letter about each of a number of people (default 1,000) to their employer,
spreads their entries ten times over a journal of N messages (default a million) among those of
others, ends all their employments with a delta, and looks back: once while the index beside the
journal has to be made, once more while it is there, and once after another thousand letters. Prints
times and sizes; asserts nothing but that as many letters were found. Entries are repeated, so that
the chain is not that of a real journal; a look-back does not ask for it.
"""

import argparse
import json
import os
import pathlib
import random
import re
import resource
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import people  # noqa: E402
from instance import Instance  # noqa: E402
from made_people import make_people  # noqa: E402
from milter_client import MilterClient  # noqa: E402

EMPLOYER = f"hr@{people.CURRENT.domain}"
LETTERS_EACH = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--subjects", type=int, default=1_000)
    parser.add_argument("--directory", help="where there is room for 2 KB a message")
    options = parser.parse_args()
    if options.bin:
        os.environ["POSTWACHT_BIN_DIR"] = str(options.bin.resolve())
    with tempfile.TemporaryDirectory(prefix="postwacht-bench-", dir=options.directory) as folder:
        folder = pathlib.Path(folder)
        corrected = make_people(options.subjects)
        source = people.write_registry(
            folder / "source", people=corrected,
            relations=[people.Relation(p.subject_id, "employer", "O-2", "", "2015-05-01", "")
                       for p in corrected])
        instance = Instance(folder / "instance", registry=False)
        instance.build_registry(source)
        instance.start()
        try:
            with MilterClient(instance.socket) as client:
                client.open_session()
                for number, person in enumerate(corrected):
                    client.send_message(f"<{people.SENDER}>", [f"<{EMPLOYER}>"],
                                        people.maternity_letter(EMPLOYER, person=person),
                                        f"4BENCH{number}")
        finally:
            instance.stop()
        journal = instance.directory / "journal" / "journal.jsonl"
        entries = journal.read_bytes().splitlines(keepends=True)
        if not all(b'"answer":"deliver"' in entry for entry in entries):
            sys.exit("the letters were not delivered")
        entries = [entry[entry.index(b","):] for entry in entries]  # behind the number
        halves = [re.split(rb"s-[0-9a-f]{16}", entry) for entry in entries]
        # Every so many letters one of a person who will be corrected.
        wanted = options.subjects * LETTERS_EACH
        every = max(1, options.messages // wanted)
        chance = random.Random(7)
        with open(journal, "wb") as file:
            for number in range(options.messages):
                if number % every == 0 and number // every < wanted:
                    file.write(b'{"n":%d%b' % (number + 1, entries[number // every % len(entries)]))
                else:
                    before, after = halves[number % len(halves)]
                    file.write(b'{"n":%d%bs-%016x%b'
                               % (number + 1, before, chance.getrandbits(64), after))
        print(f"a journal of {options.messages} messages, {journal.stat().st_size / 1e6:.0f} MB",
              flush=True)
        delta = folder / "delta.csv"
        delta.write_text("op,subject_id,relation,organisation_id,email,valid_from,valid_to\n" + "".join(
            f"upsert,{p.subject_id},employer,O-2,,2015-05-01,{people.day(-60)}\n" for p in corrected))
        instance.command("registry", "update", "--delta", delta)

        def look(what):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = time.monotonic()
            report = json.loads(instance.command("review", "lookback", "--json", "--delta", delta))
            took = time.monotonic() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found = sum(breach["messages"] for breach in report["breaches"])
            print(f"{what}: {took:.2f} s, {cpu:.2f} s of CPU time; {report['subjects']} subjects, "
                  f"{report['messages']} letters about them, {found} in breaches; "
                  f"{report['indexed_bytes'] / 1e6:.0f} MB indexed", flush=True)
            return report["messages"]

        count = look("with the index to be made")
        if count != min(wanted, -(-options.messages // every)):
            sys.exit("not as many letters were found as there are")
        look("with the index there")
        with open(journal, "ab") as file:
            for number, (before, after) in enumerate(halves):
                file.write(b'{"n":%d%bs-%016x%b' % (options.messages + number + 1, before,
                                                    chance.getrandbits(64), after))
        look("after a thousand letters more")
        runs = list((journal.parent / "lookback").glob("*.run"))
        print(f"an index of {sum(run.stat().st_size for run in runs) / 1e6:.0f} MB in {len(runs)} "
              f"runs; at most {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3:.0f} MB "
              "of memory in any command")


if __name__ == "__main__":
    main()
