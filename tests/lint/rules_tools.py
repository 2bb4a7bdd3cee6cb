"""What other programs say of our files: clang-format, mandoc, bash, systemd-analyze.

A tool that is not installed is a finding, not a pass.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import tomllib

from tree import Finding

HIGHEST_EXPOSURE = 2.0  # a unit must stay below it
# But for what has to be root, and to see network interfaces: Postfix's programs ask for them.
HIGHEST_EXPOSURES = {"postwacht-hold@.service": 2.1}
RATING = re.compile(r"Overall exposure level for (\S+): ([0-9.]+)")


def _run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                          stdin=subprocess.DEVNULL, **options)


def _missing(rule, program, package):
    return Finding(".", 0, rule, f"{program} is not installed (apt-get install {package})")


def clang_format(tree):
    """Every C++ file is as clang-format writes it."""
    if not tree.cpp:
        return
    if not shutil.which("clang-format-14"):
        yield _missing("clang_format", "clang-format-14", "clang-format-14")
        return
    for name in tree.cpp:
        # Files are told apart here because clang-format stops reading its arguments at none.
        done = _run(["clang-format-14", "--dry-run", "-Werror", name], cwd=tree.root)
        if done.returncode != 0:
            place = re.search(r":(\d+):\d+: error", done.stderr)
            yield Finding(name, int(place.group(1)) if place else 0, "clang_format",
                          "differs from clang-format-14")


def man_pages(tree):
    """Man pages are clean under mandoc -Tlint, and every program has one."""
    pages = [name for name in tree.files if re.search(r"\.[1-8]$", name)]
    if not pages:
        return
    if not shutil.which("mandoc"):
        yield _missing("man_pages", "mandoc", "mandoc")
        return
    for name in pages:
        for line in _run(["mandoc", "-Tlint", str(tree.path(name))]).stdout.splitlines():
            # Whether another program's page is installed says nothing about ours.
            if "referenced manual not found" in line:
                continue
            text = re.sub(r"^mandoc: .*?:(?=\d+:\d+: )", "", line)
            place = re.match(r"(\d+):", text)
            yield Finding(name, int(place.group(1)) if place else 0, "man_pages", text)


def shell_syntax(tree):
    """Shell and Python files can be read by their interpreters."""
    for name, language in tree.scripts:
        if language == "sh":
            done = _run(["bash", "-n", str(tree.path(name))])
            if done.returncode != 0:
                yield Finding(name, 0, "shell_syntax", done.stderr.strip().splitlines()[0])
        else:
            try:
                compile(tree.bytes(name), name, "exec")
            except SyntaxError as error:
                yield Finding(name, error.lineno or 0, "shell_syntax", error.msg)


def data_syntax(tree):
    """JSON and TOML files read as such."""
    for name in tree.files:
        if name.startswith("tests/") and not name.startswith("tests/lint/"):
            continue  # test input is often wrong on purpose
        try:
            if name.endswith(".json"):
                json.loads(tree.text(name))
            elif name.endswith((".toml", ".cases", ".toml.example")):
                tomllib.loads(tree.text(name))
        except ValueError as error:
            yield Finding(name, 0, "data_syntax", str(error))


def unit_ratings(tree):
    """systemd-analyze security rates each unit below the limit, with and without its drop-ins."""
    units = tree.under("systemd/", ".service")
    if not units:
        return
    if not shutil.which("systemd-analyze"):
        yield _missing("unit_ratings", "systemd-analyze", "systemd")
        return
    for name in units:
        yield from _rate(tree, name, None)
        # A drop-in for x.service is kept beside it as x.WHAT.conf.
        for drop_in in tree.under(name.removesuffix("service"), ".conf"):
            yield from _rate(tree, name, drop_in)


def _rate(tree, unit, drop_in):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / pathlib.PurePosixPath(unit).name
        # systemd-analyze rates one file, so a drop-in is put behind the unit, where its lines
        # count last just as they do in a running system.
        copy.write_text(tree.text(unit) + (tree.text(drop_in) if drop_in else ""))
        done = _run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(copy)])
    rated = RATING.search(done.stdout)
    where = drop_in or unit
    if not rated:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no rating"]
        yield Finding(where, 0, "unit_ratings", lines[0].replace(folder, "systemd"))
        return
    highest = HIGHEST_EXPOSURES.get(os.path.basename(where), HIGHEST_EXPOSURE)
    if float(rated.group(2)) >= highest:
        yield Finding(where, 0, "unit_ratings",
                      f"exposure {rated.group(2)}, not below {highest}")
    for line in done.stderr.splitlines():
        if re.search(r"Unknown|Failed to parse|Invalid|ignoring", line):
            yield Finding(where, 0, "unit_ratings", line.replace(folder, "systemd"))


def system_files(tree):
    """sysusers and tmpfiles do in an empty system what they say."""
    sysusers = tree.under("systemd/", ".sysusers")
    tmpfiles = tree.under("systemd/", ".tmpfiles") + tree.under("contrib/", ".tmpfiles")
    if not sysusers and not tmpfiles:
        return
    if not shutil.which("systemd-sysusers"):
        yield _missing("system_files", "systemd-sysusers", "systemd")
        return
    with tempfile.TemporaryDirectory() as folder:
        etc = pathlib.Path(folder) / "etc"
        etc.mkdir()
        # The MTA's own user is there before us.
        (etc / "passwd").write_text("postfix:x:101:102::/:/usr/sbin/nologin\n")
        (etc / "group").write_text("postfix:x:102:\n")
        for name in sysusers:
            done = _run(["systemd-sysusers", f"--root={folder}", str(tree.path(name))])
            if done.returncode != 0:
                yield Finding(name, 0, "system_files", done.stderr.strip().replace(folder, ""))
        for name in tmpfiles:
            done = _run(["systemd-tmpfiles", f"--root={folder}", "--create", str(tree.path(name))])
            # Only root can give files away; what does not read is reported to everyone.
            refused = done.returncode != 0 and os.geteuid() == 0
            if refused or "Unknown" in done.stderr or "Invalid" in done.stderr:
                yield Finding(name, 0, "system_files", done.stderr.strip().replace(folder, ""))


RULES = [clang_format, man_pages, shell_syntax, data_syntax, unit_ratings, system_files]
