#!/usr/bin/env python3
"""What review takes when much is held.

    tests/bench/review.py [--bin DIR] [--held N] [--corrected N] [--release N]

Holds a letter about each of --corrected people (default 1,000) and tables that name the people of
all other items, has them taken in, and lays the rows of as many more items in the quarantine's
database as make --held (default 100,000), each about one of those others, with what review wrote
down about them. Then it prints how long these take:

    queue     `postwacht review queue --json`, the daemon running, the whole command
    delta     a pass after a delta that changes the registry for the --corrected people, through the
              daemon, which is asked for the queue again and again meanwhile
    release   --release items (default 1,000) by one decision, through a Postfix, where there is one

Those rows have no sealed message: nobody opens them, since nothing changes about their people. With
--corrected as many as --held there are none, and the delta concerns everything.
"""

import argparse
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import people  # noqa: E402
from instance import Instance, program  # noqa: E402
from made_people import make_people  # noqa: E402
from milter_client import MilterClient  # noqa: E402
from postfix import Postfix  # noqa: E402
from postfix import missing as postfix_missing  # noqa: E402
from processes import Process  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402
from waiting import free_port, until  # noqa: E402

FORMER_EMPLOYER = f"hr@{people.FORMER.domain}"
TABLE_ROWS = 500
MADE_UP = "Q-20200101-"  # the rows that have no sealed message


def hold_all(instance, corrected, others):
    with MilterClient(instance.socket) as client:
        client.open_session()
        for number, person in enumerate(corrected):
            answer = client.send_message(f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"],
                                         people.maternity_letter(FORMER_EMPLOYER, person=person),
                                         f"4BENCH{number}")
            assert answer.is_discard, answer
        for start in range(0, len(others), TABLE_ROWS):
            table = "\n".join(f"BSN {person.bsn}" for person in others[start:start + TABLE_ROWS])
            answer = client.send_message(f"<{people.SENDER}>", [f"<{FORMER_EMPLOYER}>"],
                                         people.letter(FORMER_EMPLOYER, subject="Lijst", text=table))
            assert answer.is_discard, answer


def add_rows(instance, corrected, held):
    """Rows of more items, each about one of the people of the tables."""
    database = sqlite3.connect(instance.directory / "quarantine" / "quarantine.db")
    known = [person.subject_id for person in corrected]
    marks = [row for row in database.execute("SELECT subject, fingerprint FROM assessed_subject")
             if row[0] not in set(known)]
    template = database.execute("SELECT * FROM item WHERE subject_count = 1 LIMIT 1").fetchone()
    columns = [column[1] for column in database.execute("PRAGMA table_info(item)")]
    assessment = list(database.execute("SELECT * FROM assessment WHERE item = ?",
                                       (template[0],)).fetchone())
    more = held - database.execute("SELECT COUNT(*) FROM item").fetchone()[0]
    with database:
        for number in range(more):
            item = f"{MADE_UP}{number:016x}"
            incident = f"I-20200101-{number:016x}"
            row = dict(zip(columns, template), id=item)
            database.execute(f"INSERT INTO item ({','.join(columns)}) VALUES "
                             f"({','.join('?' * len(columns))})", [row[name] for name in columns])
            assessment[0], assessment[1] = item, incident
            database.execute(f"INSERT INTO assessment VALUES ({','.join('?' * len(assessment))})",
                             assessment)
            database.execute(
                "INSERT INTO incident (id, opened_at, last_at, sender, rule, likeness, run, why, "
                "severity, undecided) VALUES (?, ?, ?, 'p-0', 'disclosure', '', '', 'x', ?, 1)",
                (incident, row["held_at"] - number, row["held_at"], number % 4))
            subject, fingerprint = marks[number % len(marks)]
            database.execute("INSERT INTO assessed_subject VALUES (?, ?, ?)",
                             (subject, item, fingerprint))
    database.close()
    return more


def seconds_of(work):
    start = time.monotonic()
    result = work()
    return time.monotonic() - start, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--held", type=int, default=100_000)
    parser.add_argument("--corrected", type=int, default=1_000)
    parser.add_argument("--release", type=int, default=1_000)
    options = parser.parse_args()
    if options.bin:
        os.environ["POSTWACHT_BIN_DIR"] = str(options.bin.resolve())
    with tempfile.TemporaryDirectory(prefix="postwacht-bench-") as folder, SmtpSink() as sink:
        folder = pathlib.Path(folder)
        everybody = make_people(options.held)
        corrected, others = everybody[:options.corrected], everybody[options.corrected:]
        source = people.write_registry(
            folder / "source", people=everybody,
            relations=[people.Relation(person.subject_id, "employer", "O-1", "", "2015-05-01",
                                       people.ENDED) for person in corrected])
        instance = Instance(folder / "instance", registry=False,
                            socket=f"inet:{free_port()}@127.0.0.1")
        instance.build_registry(source)
        policy = instance.directory / "policy.toml"
        policy.write_text(policy.read_text() + '\n[run_guard]\nmode = "simulate"\n'
                          if "[run_guard]" not in policy.read_text() else
                          policy.read_text().replace("[run_guard]\n",
                                                     '[run_guard]\nmode = "simulate"\n', 1))
        instance.configure("review", socket='"unix:review.sock"', interval='"1h"')
        postfix = None
        if not postfix_missing():
            postfix = Postfix(sink.port, milter=instance.socket)
            instance.configure("reinject",
                               url=f'"smtp://127.0.0.1:{postfix.reinjection_port}"')
        instance.start()
        try:
            hold_all(instance, corrected, others)
            taken, report = seconds_of(
                lambda: json.loads(instance.command("review", "pass", "--json")))
            print(f"taken in  {report['taken_in']} items in {taken:.1f} s")
            rows = add_rows(instance, corrected, options.held)
            print(f"rows      {rows} more")

            daemon = Process([program("postwacht-review"), "--config", instance.config],
                             folder / "review.log")
            until(lambda: (instance.directory / "review.sock").exists(), "the socket", 120)
            command = [program("postwacht"), "review", "queue", "--json", "--config",
                       instance.config]
            times = [seconds_of(lambda: subprocess.run(command, check=True, capture_output=True))[0]
                     for _ in range(11)]
            print(f"queue     {1000 * sorted(times)[5]:.0f} ms (median of 11)")

            delta = folder / "relations.csv"
            delta.write_text(
                "op,subject_id,relation,organisation_id,email,valid_from,valid_to\n" +
                "".join(f"upsert,{person.subject_id},employer,O-1,,2015-05-01,{people.day(-1)}\n"
                        for person in corrected), encoding="utf-8")
            instance.command("registry", "update", "--delta", delta)
            start = time.monotonic()
            judging = subprocess.Popen([program("postwacht"), "review", "pass", "--json", "--config",
                                        instance.config], stdout=subprocess.PIPE)
            times = []
            while judging.poll() is None:
                times.append(seconds_of(
                    lambda: subprocess.run(command, check=True, capture_output=True))[0])
            report = json.loads(judging.communicate()[0])
            print(f"delta     {report['judged_again']} items judged again in "
                  f"{time.monotonic() - start:.1f} s")
            if times:
                print(f"          meanwhile the queue took {1000 * statistics.median(times):.0f} ms, "
                      f"{1000 * max(times):.0f} ms at most ({len(times)} times)")
            daemon.stop(60)

            if postfix is not None:
                postfix.start()
                ids = [item["id"] for item in instance.held("held")
                       if not item["id"].startswith(MADE_UP) and item["subject_count"] == 1]
                ids = ids[:options.release]
                taken, _ = seconds_of(lambda: instance.command(
                    "review", "decide", "release", "--reason", "bench", *ids))
                print(f"release   {len(ids)} items handed to Postfix in {taken:.1f} s")
                taken, _ = seconds_of(lambda: sink.wait_for(len(ids), seconds=300))
                print(f"          the last delivered {taken:.1f} s later")
        finally:
            instance.stop()
            if postfix is not None:
                postfix.close()


if __name__ == "__main__":
    main()
