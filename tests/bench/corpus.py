#!/usr/bin/env python3
"""How much of a corpus of documents is read as its manifest says.

    tests/bench/corpus.py --reader PROGRAM [--level must] [--only TEXT] [--failed] DIRECTORY

DIRECTORY holds files and MANIFEST.tsv (file, check, level, expect, where, ...; tab separated).
PROGRAM FILE prints what was read as `postwacht extract --json` does, for instance
"build/dev/bin/extract_in_process" or "build/dev/bin/postwacht extract --json". Checks: TEXT,
TEXT_ANY, TEXT_OR_UNSCANNABLE, OCR_TEXT, FILENAME, FILENAME_CONTAINS, UNSCANNABLE, NOT_SILENT, MACRO,
ROBUST. Prints a line per check with what held, and with --failed every row that did not.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import unicodedata


def plain(text):
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text.replace("\u00a0", " "))).strip()


def read(program, file, seconds):
    try:
        done = subprocess.run([*program, file], capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode < 0 or not done.stdout.startswith(b"{"):
        return None
    return json.loads(done.stdout)


def holds(row, reading):
    if reading is None:
        return False
    check, expect = row["check"], plain(row["expect"])
    text = plain(" ".join(part["text"] for part in reading["fragments"]))
    names = [plain(part["name"]) for part in reading["parts"]]
    incomplete = bool(reading["incomplete"])
    if check in ("TEXT", "TEXT_ANY", "TEXT_OR_UNSCANNABLE"):
        wanted = [plain(word) for word in row["expect"].split("||")] if check == "TEXT_ANY" else [expect]
        return any(word in text for word in wanted) or (check == "TEXT_OR_UNSCANNABLE" and incomplete)
    if check == "OCR_TEXT":
        return expect.casefold() in text.casefold()
    if check == "FILENAME":
        return expect in names
    if check == "FILENAME_CONTAINS":
        return any(expect in name for name in names)
    if check == "UNSCANNABLE":
        return incomplete
    if check == "NOT_SILENT":
        return incomplete or any(part["where"] != "file name" for part in reading["fragments"])
    if check == "MACRO":
        return any(part["macro"] for part in reading["parts"])
    return check == "ROBUST"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--reader", required=True)
    parser.add_argument("--level", help="rows of this level only")
    parser.add_argument("--only", help="files whose name contains this")
    parser.add_argument("--failed", action="store_true", help="print what did not hold")
    parser.add_argument("--seconds", type=float, default=60, help="limit for one file")
    options = parser.parse_args()
    lines = (options.directory / "MANIFEST.tsv").read_text(encoding="utf-8").split("\n")
    names = lines[0].split("\t")
    readings = {}
    tally = collections.Counter()
    for line in filter(None, lines[1:]):
        row = dict(zip(names, line.split("\t")))
        if options.level and row["level"] != options.level:
            continue
        if options.only and options.only not in row["file"]:
            continue
        if row["file"] not in readings:
            readings[row["file"]] = read(options.reader.split(), options.directory / row["file"],
                                         options.seconds)
        passed = holds(row, readings[row["file"]])
        tally[row["check"], row["level"], passed] += 1
        if options.failed and not passed:
            state = "" if readings[row["file"]] else "  (no answer)"
            print(f"{row['file']}\t{row['check']}\t{row['level']}\t{row['expect']}\t{row['where']}{state}")
    for check, level in sorted({key[:2] for key in tally}):
        good, bad = tally[check, level, True], tally[check, level, False]
        print(f"{check:<20} {level:<7} {good:4} of {good + bad}")
    for level in sorted({key[1] for key in tally}):
        good = sum(n for key, n in tally.items() if key[1] == level and key[2])
        total = sum(n for key, n in tally.items() if key[1] == level)
        print(f"{'all':<20} {level:<7} {good:4} of {total}  {100 * good / total:.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
