#!/usr/bin/env python3
"""contrib/dependencies with an apt of our own: what it installs, what it says, what it leaves behind."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "contrib/dependencies"

# Stand-ins for what asks or changes the system. `present` lists the packages that are installed.
STAND_INS = {
    "id": "echo 0",
    "dpkg": "echo amd64",
    "dpkg-query": 'grep -qx "${@: -1}" "$STATE/present" && printf "ii "',
    "apt-get": 'echo "apt-get $*" >> "$STATE/calls"; [ "$1" = "${FAILING:-}" ] && echo "E: $1" && exit 100; :',
    "debconf-set-selections": 'echo "debconf $(cat)" >> "$STATE/calls"',
}


class DependenciesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = pathlib.Path(folder.name) / "state of apt"
        self.temporary = pathlib.Path(folder.name) / "tmp"
        programs = pathlib.Path(folder.name) / "bin"
        for path in (self.state, self.temporary, programs):
            path.mkdir()
        for name, body in STAND_INS.items():
            (programs / name).write_text(f"#!/bin/bash\n{body}\n")
            (programs / name).chmod(0o755)
        (self.state / "present").write_text("")
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}",
                            "STATE": str(self.state), "TMPDIR": str(self.temporary)}

    def run_it(self, *arguments, **environment):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False,
                              env={**self.environment, **environment})
        self.assertEqual([], list(self.temporary.iterdir()), "a temporary file is left behind")
        return done

    def calls(self):
        file = self.state / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def list(self, *groups):
        return self.run_it("list", *groups).stdout.split()

    def test_what_is_missing_is_installed_and_named(self):
        done = self.run_it("install", "build", "run")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        packages = self.list("build", "run")
        self.assertIn(": " + " ".join(packages), done.stdout)
        self.assertEqual("apt-get update", self.calls()[0])
        self.assertTrue(self.calls()[-1].endswith(" ".join(packages)), self.calls())
        self.assertIn("--no-remove", self.calls()[-1])

    def test_nothing_is_asked_of_apt_where_all_is_here(self):
        (self.state / "present").write_text("\n".join(self.list("all")) + "\n")
        done = self.run_it("install", "all")
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))
        self.assertEqual([], self.calls())

    def test_a_postfix_that_is_new_gets_no_configuration(self):
        self.run_it("install", "run")
        self.assertIn("debconf postfix postfix/main_mailer_type select No configuration", self.calls())

    def test_a_postfix_that_is_there_is_left_alone(self):
        (self.state / "present").write_text("postfix\n")
        self.run_it("install", "run")
        self.assertFalse([call for call in self.calls() if call.startswith("debconf")])

    def test_a_failure_of_apt_is_shown(self):
        done = self.run_it("install", "build", FAILING="install")
        self.assertEqual(1, done.returncode)
        self.assertIn("E: install", done.stderr)
        self.assertIn("dependencies: error: ", done.stderr)

    def test_old_package_lists_are_no_failure(self):
        done = self.run_it("install", "build", FAILING="update")
        self.assertEqual(0, done.returncode)
        self.assertIn("warning", done.stderr)

    def test_a_wrong_command_line(self):
        for arguments in ([], ["install"], ["install", "everything"], ["remove", "build"]):
            self.assertEqual(2, self.run_it(*arguments).returncode, arguments)


if __name__ == "__main__":
    unittest.main()
