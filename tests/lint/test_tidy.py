#!/usr/bin/env python3
"""tests/lint/tidy runs clang-tidy over what changed, and only over that."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parent / "tidy"

# Stands in for clang-tidy: notes which source it was given, and finds fault with the word "bad" in
# it and in the header beside it.
CLANG_TIDY = """\
#!/bin/sh
case $1 in --version) cat "$(dirname "$0")/version"; exit ;; esac
shift 3
echo "${1##*/}" >>"$(dirname "$0")/asked"
if grep -Hn bad "$1" "$(dirname "$1")/a.hpp" | sed 's/:bad/:1: error: is bad/' | grep .; then exit 1; fi
"""


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve() / "a checkout"
        self.tools = pathlib.Path(folder.name) / "tools"
        self.write(".clang-tidy", "Checks: one\n")
        self.write("milter/base/a.hpp", '#include "base/b.hpp"\n')
        self.write("milter/base/b.hpp", "\n")
        self.write("milter/base/one.cpp", '#include "base/a.hpp"\n#include <vector>\n')
        self.write("milter/base/two.cpp", '  #  include "a.hpp"\n')
        self.write("milter/base/three.cpp", "\n")
        self.configure("one", "two", "three")
        for name, text in (("clang-tidy-14", CLANG_TIDY), ("version", "14\n")):
            path = self.tools / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def configure(self, *sources, option="-O0"):
        self.write("build/tidy/compile_commands.json", json.dumps(
            [{"file": f"{self.root}/milter/base/{name}.cpp", "directory": f"{self.root}/build/tidy",
              "command": f"clang++ '-I{self.root}/milter' {option} -c '{name}.cpp'"}
             for name in sources]))

    def run_it(self, *arguments):
        environment = dict(os.environ, PATH=f"{self.tools}:{os.environ['PATH']}",
                           GIT_CEILING_DIRECTORIES=str(self.root.parent))
        return subprocess.run([PROGRAM, "--root", self.root, *arguments], capture_output=True,
                              text=True, check=False, env=environment)

    def asked(self):
        """The sources that clang-tidy was given since the last call."""
        path = self.tools / "asked"
        names = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return names

    def assert_checks(self, *sources):
        done = self.run_it()
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual(sorted(f"{source}.cpp" for source in sources), sorted(self.asked()))

    def test_what_changed_is_checked(self):
        self.assert_checks("one", "two", "three")
        self.assert_checks()
        self.write("milter/base/three.cpp", "int x;\n")
        self.assert_checks("three")
        self.write("milter/base/b.hpp", "int x;\n")
        self.assert_checks("one", "two")

    def test_what_else_decides_counts_as_a_change(self):
        self.assert_checks("one", "two", "three")
        self.write(".clang-tidy", "Checks: two\n")
        self.assert_checks("one", "two", "three")
        self.configure("one", "two", "three", option="-O3")
        self.assert_checks("one", "two", "three")
        (self.tools / "version").write_text("15\n")
        self.assert_checks("one", "two", "three")

    def test_a_finding_fails_until_it_is_gone(self):
        self.write("milter/base/three.cpp", "bad\n")
        for sources in (["one.cpp", "three.cpp", "two.cpp"], ["three.cpp"]):
            done = self.run_it()
            self.assertEqual(1, done.returncode)
            self.assertIn("milter/base/three.cpp:1:1: error: is bad\n", done.stdout)
            self.assertIn(" 1 not clean\n", done.stdout)
            self.assertEqual(sources, sorted(self.asked()))
        self.write("milter/base/three.cpp", "good\n")
        self.assert_checks("three")

    def test_a_finding_in_a_header_is_said_once(self):
        self.write("milter/base/a.hpp", "bad\n")
        done = self.run_it()
        self.assertEqual(1, done.returncode)
        self.assertEqual(1, done.stdout.count("milter/base/a.hpp:1:1: error: is bad\n"), done.stdout)

    def test_a_crash_is_no_pass(self):
        (self.tools / "clang-tidy-14").write_text(
            "#!/bin/sh\n[ \"$1\" = --version ] || { echo ouch >&2; exit 139; }\n")
        for _ in range(2):
            done = self.run_it()
            self.assertEqual(1, done.returncode)
            self.assertIn("exited with 139\nouch\n", done.stdout)

    def test_a_budget(self):
        done = self.run_it("--budget", "0")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("3 sources: 0 unchanged, 0 checked, 3 left for another day", done.stdout)
        self.assertEqual([], self.asked())
        self.assertEqual(0, self.run_it("--budget", "1000").returncode)
        self.assertEqual(3, len(self.asked()))

    def test_with_a_budget_what_was_touched_last_comes_first(self):
        def git(*arguments):
            subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@a.example", "-C",
                            self.root, *arguments], check=True, capture_output=True)

        git("init", "-q")
        git("add", "milter")
        for number in range(11):
            git("commit", "-q", "--allow-empty", "-m", str(number))
        for source in ("one", "two", "three"):
            with self.subTest(source):
                self.write(f"milter/base/{source}.cpp", "int touched;\n")
                self.assertEqual(0, self.run_it("--jobs", "1", "--budget", "1000").returncode)
                self.assertEqual(f"{source}.cpp", self.asked()[0])
                git("checkout", "-q", "--", "milter")
                self.write(".clang-tidy", f"Checks: {source}\n")

    def test_what_is_missing_is_said(self):
        self.write("milter/base/four.cpp", "\n")
        done = self.run_it()
        self.assertEqual(2, done.returncode)
        self.assertIn("does not know milter/base/four.cpp\nhint: ", done.stderr)
        (self.root / "build/tidy/compile_commands.json").unlink()
        done = self.run_it()
        self.assertEqual(2, done.returncode)
        self.assertIn("compile_commands.json is missing\nhint: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
