#!/usr/bin/env python3
"""contrib/demo and tests/run with a cmake of our own: a build shows progress while it goes on, and
one that fails is shown to fail."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_INS = {
    "id": "echo 0",
    "dpkg-query": 'printf "ii "',  # every package is here
    # Prints 60 steps, waits for a word, and fails.
    "cmake": '[ "$1" = --build ] || exit 0; for i in {1..60}; do echo "$NINJA_STATUS step $i"; done\n'
             'read -r < "$STATE/go_on"; echo "FAILED: error: it broke"; exit 1',
}


class ProgressTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name) / "post wacht"
        programs = pathlib.Path(folder.name) / "bin"
        programs.mkdir()
        for name, body in STAND_INS.items():
            (programs / name).write_text(f"#!/bin/bash\n{body}\n")
            (programs / name).chmod(0o755)
        for name in ("contrib/demo", "contrib/dependencies", "tests/run"):
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.tree / name)
        self.go_on = pathlib.Path(folder.name) / "go_on"
        os.mkfifo(self.go_on)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}",
                            "STATE": folder.name}

    def try_it(self, *command):
        # Opened for both, so that neither side waits for the other to open it.
        go_on = os.open(self.go_on, os.O_RDWR)
        self.addCleanup(os.close, go_on)
        with subprocess.Popen([self.tree / command[0], *command[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=self.environment) as process:
            limit = threading.Timer(20, os.write, (go_on, b"too late\n"))
            limit.start()
            seen = [process.stdout.readline()]
            while seen[-1] and "step" not in seen[-1]:
                seen.append(process.stdout.readline())
            in_time = limit.is_alive()
            limit.cancel()
            os.write(go_on, b"now\n")
            seen += process.stdout.read().splitlines()
        self.assertTrue(in_time, "nothing was shown while the build went on")
        self.assertEqual(1, process.returncode)
        self.assertIn("it broke", "".join(seen))
        self.assertLess(sum("step" in line and "FAILED" not in line for line in seen), 50)

    def test_the_demo(self):
        self.try_it("contrib/demo")

    def test_the_tests(self):
        self.try_it("tests/run", "--quick")


if __name__ == "__main__":
    unittest.main()
