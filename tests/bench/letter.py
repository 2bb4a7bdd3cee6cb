#!/usr/bin/env python3
"""What judging a letter costs, beside filters that do nothing, in one run.

    tests/bench/letter.py [--bin DIR] [--tools DIR] [--subjects N] [--letters N] [--rounds N] [--html]

Two comparisons, each in alternating rounds so that a drifting machine hits both alike:
  direct   letters sent over the milter protocol on 20 connections, waiting for each reply as an MTA
           does; the figure is the filter's own CPU time (user and system, from /proc) for each
           letter;
  postfix  the same letters sent with smtp-source through a private Postfix to smtp-sink; the figure
           is letters a second.
One of the no-op filters answers each step, as a filter does that negotiates nothing; the other is
silent but at MAIL, RCPT and the end, as Postwacht is.
Letters are 9 KB of plain text, or with --html multipart with a plain and an HTML form, and name one
subject of the registry, another one each time in the direct comparison. Prints medians and their
ratio; asserts nothing.
"""

import argparse
import csv
import datetime
import email.message
import email.policy
import itertools
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import milter_client  # noqa: E402
import waiting  # noqa: E402
from instance import Instance  # noqa: E402
from postfix import Postfix  # noqa: E402
from processes import Process, run  # noqa: E402

OWN_DOMAIN = "uitkering.example"
SENDER = f"brieven@{OWN_DOMAIN}"
SESSIONS = 20
FILLER = ("Wij hebben uw aanvraag ontvangen en beoordeeld. In deze brief leest u wat wij hebben "
          "besloten, waarom wij dat hebben gedaan en wat u kunt doen als u het er niet mee eens "
          "bent. Bewaar deze brief goed. ")


def letter(subject, html=True, size=9000):
    """A maternity decision about one subject, of about `size` bytes."""
    birth = datetime.date.fromisoformat(subject["birth_date"])
    name = " ".join(filter(None, (subject["initials"], subject["prefix"], subject["surname"])))
    opening = [f"Betreft: zwangerschapsuitkering van {name}",
               f"Burgerservicenummer: {subject['bsn']}",
               f"Geboortedatum: {birth.day:02}-{birth.month:02}-{birth.year}",
               "Ingangsdatum: 1 maart 2026", ""]
    line = 2 * len(FILLER) + 8 if html else len(FILLER) + 1
    filler = [FILLER] * max(1, (size - (1200 if html else 600)) // line)
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"Uitkering <{SENDER}>"
    message["To"] = subject["emails"].split(";")[0]
    message["Subject"] = "Beslissing op uw aanvraag"
    message["Message-ID"] = f"<{subject['subject_id']}@{OWN_DOMAIN}>"
    message.set_content("\n".join(opening + filler), cte="8bit")
    if html:
        body = "".join(f"<p>{line}</p>\n" for line in opening + filler)
        message.add_alternative(f"<html><body>{body}</body></html>", subtype="html", cte="8bit")
    return message.as_bytes()


def subjects(directory, count):
    """The first subjects that have an address of their own."""
    with open(directory / "subjects.csv", encoding="utf-8", newline="") as file:
        with_email = (row for row in csv.DictReader(file)
                      if row["emails"] and row["bsn"] and row["birth_date"])
        return list(itertools.islice(with_email, count))


def conversation(sender, recipient, message):
    """All packets of one message, each with the flags by which a milter declines the step and its
    reply (0: it cannot)."""
    head, _, body = message.partition(b"\r\n\r\n")
    packets = [(0, 0, milter_client.packet(b"M", f"<{sender}>".encode() + b"\0")),
               (0, 0, milter_client.packet(b"R", f"<{recipient}>".encode() + b"\0")),
               (milter_client.NO_DATA, milter_client.SILENT_DATA, milter_client.packet(b"T"))]
    for field in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = field.partition(b":")
        packets.append((0, milter_client.SILENT_HEADERS, milter_client.packet(
            b"L", name + b"\0" + value.replace(b"\r\n", b"\n") + b"\0")))
    end = milter_client.packet(b"D", b"Ei\0BENCH\0") + milter_client.packet(b"E")
    return packets + [
        (milter_client.NO_EOH, milter_client.SILENT_EOH, milter_client.packet(b"N")),
        (0, milter_client.SILENT_BODY, milter_client.packet(b"B", body)), (0, 0, end)]


def turns(packets, steps):
    """What is sent in one go, up to each reply that is waited for, under the negotiated steps."""
    pending = b""
    for declined, silent, packet in packets:
        if declined & steps:
            continue
        pending += packet
        if not silent & steps:
            yield pending
            pending = b""


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send_direct(address, conversations, letters):
    """Sends `letters` messages over SESSIONS connections; gives the seconds it took."""
    failures = []

    def session(offset):
        with milter_client.MilterClient(address) as client:
            client.negotiate()
            client.connect()
            client.helo()
            for number in range(offset, letters, SESSIONS):
                packets = conversations[number % len(conversations)]
                for turn in turns(packets, client.steps):
                    client.send(turn)
                    answer = client.read_answer()
                    if not answer.goes_on:
                        failures.append(answer)
    started = time.monotonic()
    threads = [threading.Thread(target=session, args=(offset,)) for offset in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"a letter was not accepted: {failures[0]}")
    return time.monotonic() - started


def send_through_postfix(postfix, file, recipient, letters):
    started = time.monotonic()
    done = run(["smtp-source", "-s", str(SESSIONS), "-m", str(letters), "-f", SENDER, "-t",
                recipient, "-F", file, f"127.0.0.1:{postfix.port}"], timeout=600)
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode())
    return time.monotonic() - started


def report(unit, baselines, ours):
    """A line for each no-op filter: its figure, Postwacht's, and their ratio round by round."""
    for name, baseline in baselines.items():
        ratios = sorted(b / a for a, b in zip(baseline, ours))
        print(f"{name:<22} {statistics.median(baseline):9.3f} {unit}   "
              f"postwacht {statistics.median(ours):9.3f} {unit}   "
              f"ratio {statistics.median(ratios):5.2f}  (rounds {ratios[0]:.2f}-{ratios[-1]:.2f})")


def direct_comparison(filters, conversations, options):
    cpu = {name: [] for name in filters}
    for _ in range(options.rounds):
        for name, (process, address) in filters.items():
            before = cpu_seconds(process.pid)
            send_direct(address, conversations, options.letters)
            cpu[name].append((cpu_seconds(process.pid) - before) / options.letters * 1000)
    ours = cpu.pop("postwacht")
    print("Spoken to directly:")
    report("ms of CPU", cpu, ours)


def postfix_comparison(filters, file, recipient, options):
    sink_port = waiting.free_port()
    sink = Process(["smtp-sink", "-u", "postfix", f"127.0.0.1:{sink_port}", "1000"],
                   file.parent / "sink.log")
    rate = {name: [] for name in filters}
    try:
        for _ in range(options.rounds):
            for name, (_, address) in filters.items():
                # The queue is drained to the sink while the next letters arrive, as in production.
                with Postfix(sink_port, address) as postfix:
                    count = options.letters // 10
                    rate[name].append(
                        count / send_through_postfix(postfix, file, recipient, count))
    finally:
        sink.stop()
    ours = rate.pop("postwacht")
    print("Through Postfix:")
    report("letters/s", rate, ours)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs (release build)")
    parser.add_argument("--tools", type=pathlib.Path, default=HERE.parents[1] / "build/dev/bin",
                        help="folder of noop_milter, which a release has not (build/dev/bin)")
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--html", action="store_true", help="letters with an HTML form as well")
    parser.add_argument("--registry", type=pathlib.Path, help="a source folder made before")
    options = parser.parse_args()
    if options.bin:
        os.environ["POSTWACHT_BIN_DIR"] = str(options.bin.resolve())
    work = pathlib.Path(tempfile.mkdtemp(prefix="postwacht-bench-"))
    work.chmod(0o755)
    processes = []
    try:
        source = options.registry or work / "registry"
        if not options.registry:
            print(f"making a registry of {options.subjects} subjects ...", flush=True)
            subprocess.run([sys.executable, HERE / "make_registry.py", "--subjects",
                            str(options.subjects), source], check=True)
        named = subjects(source, 1000)
        instance = Instance(work / "instance", own_domain=OWN_DOMAIN, registry=False)
        instance.configure("milter", socket_mode_mask="0")
        print("building the index ...", flush=True)
        started = time.monotonic()
        instance.build_registry(source)
        print(f"built in {time.monotonic() - started:.1f} s")
        (work / "instance").chmod(0o755)
        instance.start()
        processes.append(instance)
        filters = {}
        for name, arguments in (("no-op", []), ("no-op, silent", ["silent"])):
            socket = work / f"noop{len(filters)}.sock"
            noop = Process([options.tools / "noop_milter", f"unix:{socket}", *arguments],
                           socket.with_suffix(".log"))
            processes.append(noop)
            waiting.until(lambda s=socket: waiting.is_listening(f"unix:{s}"), name, 10)
            socket.chmod(0o777)
            filters[name] = (noop, f"unix:{socket}")
        filters["postwacht"] = (instance.process, instance.socket)

        letters = [letter(subject, options.html) for subject in named]
        print(f"letters of {statistics.mean(map(len, letters)):.0f} bytes")
        conversations = [conversation(SENDER, subject["emails"].split(";")[0], text)
                         for subject, text in zip(named, letters)]
        direct_comparison(filters, conversations, options)
        file = work / "letter.eml"
        file.write_bytes(letters[0].replace(b"\r\n", b"\n"))
        postfix_comparison(filters, file, named[0]["emails"].split(";")[0], options)
    finally:
        for process in reversed(processes):
            process.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
