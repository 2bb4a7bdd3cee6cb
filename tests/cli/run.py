#!/usr/bin/env python3
"""Runs transcripts: commands with what they must print and how they must end.

usage: run.py --bin DIR TRANSCRIPT...      (DIR holds postwacht and postwacht-milter)
       run.py --self-test

A transcript is plain text:

    # a comment
    file NAME            makes a file in the scratch folder; its lines follow, each behind "| "
    | line
    $ command            run by sh(1) in the scratch folder, the programs first on PATH
    exit 2, unchanged    the exit code it must give (0 where the line is missing); "unchanged": no
                         file was made, changed or removed by it
    > line               what it must print on stdout, all of it
    ! line               the same for stderr

Within a line "..." stands for any text; a line that is only "..." stands for any number of lines.
Each transcript has a scratch folder of its own, made fresh and removed afterwards.
"""
import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

TIMEOUT_SECONDS = 60


class BadTranscript(Exception):
    pass


@dataclass
class Command:
    line_number: int
    text: str
    exit_code: int = 0
    unchanged: bool = False
    stdout: list = field(default_factory=list)
    stderr: list = field(default_factory=list)


@dataclass
class File:
    line_number: int
    name: str
    lines: list = field(default_factory=list)


def parse(text):
    """The steps of a transcript, in order."""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        last = steps[-1] if steps else None
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("$ "):
            steps.append(Command(number, line[2:]))
        elif line.startswith("file "):
            steps.append(File(number, line[5:].strip()))
        elif isinstance(last, File) and (line == "|" or line.startswith("| ")):
            last.lines.append(line[2:])
        elif isinstance(last, Command) and (found := re.fullmatch(r"exit (\d+)(, unchanged)?", line)):
            last.exit_code = int(found[1])
            last.unchanged = found[2] is not None
        elif isinstance(last, Command) and (line in (">", "!") or line[:2] in ("> ", "! ")):
            (last.stdout if line[0] == ">" else last.stderr).append(line[2:])
        else:
            raise BadTranscript(f"line {number}: not understood: {line!r}")
    return steps


def matches(expected, actual):
    """Whether the lines agree, with "..." as the wildcard."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else
        "".join(".*?" if piece == "..." else re.escape(piece)
                for piece in re.split(r"(\.\.\.)", line)) + r"\n"
        for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def snapshot(folder):
    """Every path below a folder with all that a write would change about it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_uid, status.st_mtime_ns,
                                                content)
    return found


def shown(lines, mark):
    return "".join(f"    {mark} {line}\n" for line in lines) or f"    {mark} (nothing)\n"


def difference(before, after):
    return sorted(name for name in before.keys() | after.keys()
                  if before.get(name) != after.get(name))


def run_command(command, folder, programs):
    """What was wrong with it; empty if nothing was."""
    before = snapshot(folder) if command.unchanged else None
    environment = dict(os.environ, PATH=f"{programs}{os.pathsep}{os.environ['PATH']}", TZ="UTC",
                       LC_ALL="C.UTF-8")
    environment.pop("CREDENTIALS_DIRECTORY", None)
    try:
        done = subprocess.run(["sh", "-c", command.text], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"  did not end within {TIMEOUT_SECONDS} s\n"
    stdout = done.stdout.decode("utf-8", "backslashreplace").splitlines()
    stderr = done.stderr.decode("utf-8", "backslashreplace").splitlines()
    faults = ""
    if done.returncode != command.exit_code:
        faults += f"  exit code {done.returncode}, expected {command.exit_code}\n"
    for name, mark, expected, actual in (("stdout", ">", command.stdout, stdout),
                                         ("stderr", "!", command.stderr, stderr)):
        if not matches(expected, actual):
            faults += f"  {name} differs; expected\n{shown(expected, mark)}  but got\n{shown(actual, mark)}"
    if faults and "stderr differs" not in faults:
        faults += f"  stderr was\n{shown(stderr, '!')}"
    if before is not None and (changed := difference(before, snapshot(folder))):
        faults += f"  changed what it had to leave alone: {', '.join(changed)}\n"
    return faults


def run_transcript(name, text, programs):
    """The number of commands that failed."""
    failed = 0
    commands = 0
    folder = Path(tempfile.mkdtemp(prefix="postwacht-cli-"))
    try:
        for step in parse(text):
            if isinstance(step, File):
                path = folder / step.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(line + "\n" for line in step.lines), encoding="utf-8")
                continue
            commands += 1
            if faults := run_command(step, folder, programs):
                failed += 1
                print(f"{name}:{step.line_number}: $ {step.text}\n{faults}")
    finally:
        shutil.rmtree(folder)
    if commands == 0:
        raise BadTranscript("there is no command in it")
    print(f"{name}: {commands} commands, {failed} failed")
    return failed


SELF_TESTS = [
    ("exit code", 1, "$ false\n"),
    ("exit code met", 0, "$ false\nexit 1\n"),
    ("stdout is wrong", 1, "$ echo a\n> b\n"),
    ("stdout is not all expected", 1, "$ printf 'a\\nb\\n'\n> a\n"),
    ("stdout is missing", 1, "$ true\n> a\n"),
    ("stderr is unexpected", 1, "$ echo a >&2\n"),
    ("wildcards", 0, "$ printf 'a 12 c\\nx\\ny\\nend\\n'\n> a ... c\n> ...\n> end\n"),
    ("a wildcard is not the whole", 1, "$ printf 'a 12 c\\n'\n> a ... d\n"),
    ("a dot is a dot", 1, "$ echo axb\n> a.b\n"),
    ("unchanged", 0, "file a\n| 1\n$ cat a\nexit 0, unchanged\n> 1\n"),
    ("changed", 1, "file a\n| 1\n$ echo 2 > a\nexit 0, unchanged\n"),
    ("made", 1, "$ touch b\nexit 0, unchanged\n"),
]


def self_test():
    """The runner's own tests: it must see what is wrong, and only that."""
    wrong = [name for name, expected, text in SELF_TESTS
             if run_transcript(f"self-test ({name})", text, "/nonexistent") != expected]
    for text in ("nonsense\n", "> output without a command\n", "# nothing\n"):
        try:
            run_transcript("self-test (bad transcript)", text, "/nonexistent")
            wrong.append(f"accepted {text!r}")
        except BadTranscript:
            pass
    print("self-test:", f"WRONG: {', '.join(wrong)}" if wrong else "ok")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description="Runs transcripts of command lines.")
    parser.add_argument("--bin", type=Path, help="the folder that holds the programs")
    parser.add_argument("--self-test", action="store_true", help="test the runner itself")
    parser.add_argument("transcripts", nargs="*", type=Path)
    options = parser.parse_args()
    if options.self_test:
        return 1 if self_test() else 0
    if options.bin is None or not options.transcripts:
        parser.error("--bin DIR and at least one transcript are needed")
    failed = 0
    for path in options.transcripts:
        try:
            failed += run_transcript(str(path), path.read_text(encoding="utf-8"),
                                     options.bin.resolve())
        except (BadTranscript, OSError) as fault:
            print(f"{path}: {fault}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
