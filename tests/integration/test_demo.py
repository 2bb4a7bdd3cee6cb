#!/usr/bin/env python3
"""The demo, run as a newcomer runs it: from a path with a space, without a terminal."""

import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import testing
from instance import SOURCE_DIRECTORY
from postfix import missing as postfix_missing
from processes import processes_where, run


def source_files():
    """What a clone would have: everything tracked or new, nothing ignored."""
    listed = run(["git", "-C", SOURCE_DIRECTORY, "-c", f"safe.directory={SOURCE_DIRECTORY}",
                  "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().split("\0") if name]
    # Not a clone: a source archive, of which a build directory is the only thing to leave out.
    return [str(path.relative_to(SOURCE_DIRECTORY)) for path in SOURCE_DIRECTORY.rglob("*")
            if path.is_file() and "build" not in path.relative_to(SOURCE_DIRECTORY).parts]


def promised_table():
    """What became of the letters, as the README shows it."""
    text = (SOURCE_DIRECTORY / "README.md").read_text(encoding="utf-8")
    start = text.index("LETTER ")
    return text[start:text.index("```", start)]


@unittest.skipIf(postfix_missing(), postfix_missing())
class DemoTest(testing.PostwachtTest):

    def test_it_runs_from_a_path_with_a_space_and_leaves_nothing(self):
        clone = self.folder / "a clone"
        for name in source_files():
            target = clone / name
            if (SOURCE_DIRECTORY / name).is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(SOURCE_DIRECTORY / name, target)
        processes = set(processes_where(lambda *_: True))
        users = pathlib.Path("/etc/passwd").read_bytes()
        temporary = set(os.listdir("/tmp"))

        # The compiler's cache finds what another path compiled, since bases differ only in prefix.
        done = run([clone / "contrib" / "demo"], directory="/", timeout=840,
                   environment={"CCACHE_BASEDIR": str(clone), "CCACHE_NOHASHDIR": "1"})
        output = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, output[-6000:] + done.stderr.decode()[-3000:])

        for expected in ("delivered", "held", "former_employer", "released", "arrived"):
            self.assertIn(expected, output)
        self.assertIn(promised_table(), output)

        self.assertEqual(pathlib.Path("/etc/passwd").read_bytes(), users)
        left = [pid for pid in set(processes_where(lambda *_: True)) - processes
                if _mentions(pid, clone)]
        self.assertEqual(left, [])
        self.assertEqual([name for name in set(os.listdir("/tmp")) - temporary
                          if "demo" in name], [])


def _mentions(pid, folder):
    """Whether a process was started from this folder."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as arguments:
            return os.fsencode(folder) in arguments.read()
    except OSError:
        return False


if __name__ == "__main__":
    testing.main()
