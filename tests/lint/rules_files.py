"""What holds for each file by itself: its head, its size, and what must not be in it."""

import os
import pathlib
import re

from tree import Finding, is_input

LINE_LIMIT = 600
# Files that may be longer, each with the reason.
LONG_FILES = {
    "milter/extract/html.cpp": "one walk over one tree; its styles and links have files of their own",
    "tests/unit/match/match_test.cpp": "one table of letters and what must be found in them",
}
SOURCE_SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".js")

# Folders whose names are too common to say anything about a machine.
COMMON_FOLDERS = {"/", "/build", "/home", "/media", "/mnt", "/opt", "/root", "/src", "/srv",
                  "/tmp", "/usr", "/usr/src", "/var", "/var/tmp"}
# Home folders of people and of root. Spelled so that this line is none itself.
HOME = re.compile(r"(?<![\w.~/-])/(?:hom[e]/[a-z]\w*|User[s]/\w+|roo[t])/")
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KE[Y]-----")

MADE_SUFFIXES = (".o", ".a", ".so", ".d", ".gch", ".pyc", ".gcda", ".gcno", ".profraw", ".mdb",
                 ".db", ".sqlite", ".log", ".pid", ".sock", ".orig", ".rej", ".swp", "~", ".failed")
MADE_NAMES = {"CMakeCache.txt", "build.ninja", "compile_commands.json", "core", "CTestTestfile.cmake",
              "cmake_install.cmake", ".ninja_deps", ".ninja_log", "CMakeUserPresets.json"}
MADE_FOLDERS = {"build", "CMakeFiles", "__pycache__", "Testing"}


def header_comment(tree):
    """Every source opens with a comment that says what it is.

    A .cpp file beside a header of the same name is described by that header, and a unit test by
    the header that it tests and includes first.
    """
    for name in tree.cpp:
        text = tree.text(name)
        described = name.startswith("tests/unit/") or tree.has(name[:-4] + ".hpp")
        if text.strip() and name.endswith(".cpp") and described:
            continue
        if not text.strip():
            yield Finding(name, 0, "header_comment", "the file is empty")
        elif not re.match(r"//\s*\S", text):
            yield Finding(name, 1, "header_comment", "does not open with a // comment")
    for name, language in tree.scripts:
        lines = tree.text(name).splitlines()
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        first = next((line.strip() for line in lines if line.strip(" #")), "")
        opens_well = first.startswith("#") or (language == "python" and re.match(r'r?"""', first))
        if lines and not opens_well:
            yield Finding(name, 1, "header_comment", "does not open with a comment or docstring")


def pragma_once(tree):
    """Every header has #pragma once as its first directive."""
    for name in tree.cpp:
        if not name.endswith(".hpp"):
            continue
        directives = [line.strip() for _, line in tree.lines(name) if line.startswith("#")]
        if not directives or directives[0] != "#pragma once":
            yield Finding(name, 0, "pragma_once", "the first directive is not #pragma once")


def file_length(tree):
    """A file that grows past the limit holds more than one idea, or is listed with a reason."""
    scripts = {name for name, _ in tree.scripts}
    for name in tree.files:
        if is_input(name) or not (name.endswith(SOURCE_SUFFIXES) or name in scripts):
            continue
        count = len(tree.text(name).splitlines())
        if count > LINE_LIMIT and name not in LONG_FILES:
            yield Finding(name, 0, "file_length", f"{count} lines, more than {LINE_LIMIT}")


def machine_paths(tree):
    """No file names the machine it was written on."""
    own = {str(tree.root)}
    parent = str(tree.root.parent)
    if parent not in COMMON_FOLDERS:
        own.add(parent)
    own_paths = re.compile(
        r"(?<![\w./-])(?:" + "|".join(re.escape(path) for path in sorted(own)) + r")(?=[/\s\"'`]|$)",
        re.MULTILINE)
    for name in tree.files:
        if is_input(name) or is_binary(tree, name):
            continue
        for number, line in tree.lines(name):
            match = HOME.search(line) or own_paths.search(line)
            if match:
                yield Finding(name, number, "machine_paths", f"names {match.group(0)}")


def unfinished(tree):
    """No marks of work that was left for later."""
    for name in tree.files:
        if is_input(name) or is_binary(tree, name):
            continue
        for number, line in tree.lines(name):
            match = UNFINISHED.search(line)
            if match:
                yield Finding(name, number, "unfinished", f"{match.group(0)} left")


def tracked_kinds(tree):
    """No generated, binary or secret file is tracked."""
    for name in tree.files:
        path = pathlib.PurePosixPath(name)
        if path.name in MADE_NAMES or MADE_FOLDERS & set(path.parts[:-1]) or (
                name.endswith(MADE_SUFFIXES) and not is_input(name)):
            yield Finding(name, 0, "tracked_kinds", "is generated")
        elif not is_input(name) and is_binary(tree, name):
            yield Finding(name, 0, "tracked_kinds", "is binary; let the test make it")
        elif PRIVATE_KEY.search(tree.bytes(name)):
            yield Finding(name, 0, "tracked_kinds", "holds a private key; let the test make it")


def is_binary(tree, name):
    data = tree.bytes(name)
    if b"\0" in data:
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def line_ends(tree):
    """Text files end their lines in LF, have no trailing blanks, and end in a newline."""
    for name in tree.files:
        if is_input(name) or is_binary(tree, name):
            continue
        data = tree.bytes(name)
        if b"\r" in data:
            yield Finding(name, 0, "line_ends", "has a carriage return")
        if data and not data.endswith(b"\n"):
            yield Finding(name, 0, "line_ends", "does not end in a newline")
        for number, line in tree.lines(name):
            if line.endswith((" ", "\t")) and not name.endswith(".md"):
                yield Finding(name, number, "line_ends", "ends in a blank")


def required_files(tree):
    """What people look for is there."""
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
                 "CMakePresets.json", ".clang-format", ".clang-tidy", ".editorconfig",
                 ".gitattributes", "contrib/demo", "tests/run"):
        if not tree.has(name):
            yield Finding(name, 0, "required_files", "is missing")
    if not tree.has("LICENSE"):
        yield Finding("LICENSE", 0, "required_files", "is missing")
    elif "Apache License" not in tree.text("LICENSE")[:400]:
        yield Finding("LICENSE", 1, "required_files", "is not the Apache License")


def executable_bits(tree):
    """A file with a #! line can be run, and only such a file can."""
    for name in tree.files:
        if is_input(name):
            continue
        runnable = os.access(tree.path(name), os.X_OK)
        interpreted = tree.bytes(name).startswith(b"#!")
        if interpreted and not runnable:
            yield Finding(name, 1, "executable_bits", "has a #! line but is not executable")
        elif runnable and not interpreted:
            yield Finding(name, 0, "executable_bits", "is executable but has no #! line")


RULES = [header_comment, pragma_once, file_length, machine_paths, unfinished, tracked_kinds,
         line_ends, required_files, executable_bits]
