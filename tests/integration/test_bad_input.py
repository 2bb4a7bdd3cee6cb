#!/usr/bin/env python3
"""Wrong use of the two commands, and of the programs where a daemon is involved: one clear line, a
hint, exit status 2, and nothing changed."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import SOURCE_DIRECTORY, program
from processes import Process, run


class CommandTest(testing.PostwachtTest):

    def test_wrong_arguments(self):
        for script in ("contrib/demo", "tests/run", "contrib/dependencies"):
            for arguments in (["--nonsense"], ["nonsense"], ["--quick", "--nonsense"]):
                with self.subTest(script=script, arguments=arguments):
                    done = run([SOURCE_DIRECTORY / script] + arguments, directory=self.folder)
                    self.assertEqual(done.returncode, 2, done)
                    self.assertIn(b"usage:", done.stderr)
                    self.assertEqual(done.stdout, b"")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_help(self):
        for script in ("contrib/demo", "tests/run"):
            done = run([SOURCE_DIRECTORY / script, "--help"], directory=self.folder)
            self.assertEqual(done.returncode, 0, done)
            self.assertIn(b"usage:", done.stdout)


class DaemonTest(testing.PostwachtTest):
    """The milter must not start on what it cannot serve with, and must say what is wrong."""

    def refuse(self, instance):
        done = run([program("postwacht-milter"), "--config", instance.config])
        self.assertEqual(done.returncode, 2, done)
        errors = done.stderr.decode()
        self.assertIn("postwacht-milter: error:", errors)
        return errors

    def test_no_configuration(self):
        done = run([program("postwacht-milter"), "--config", self.folder / "none.toml"])
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(b"none.toml", done.stderr)

    def test_a_broken_configuration_is_named_with_its_line(self):
        instance = self.make_instance(registry=False)
        text = instance.config.read_text(encoding="utf-8")
        for broken in (text + "\n[milter\n", text + "\n[milters]\nx = 1\n"):
            with self.subTest(broken[-20:]):
                instance.config.write_text(broken, encoding="utf-8")
                self.assertRegex(self.refuse(instance), r"postwacht\.toml:\d+")

    def test_a_socket_that_cannot_be(self):
        instance = self.make_instance(registry=False)
        for socket in ("nonsense", "inet:99999999@127.0.0.1", "unix:" + "x" * 200, ""):
            with self.subTest(socket):
                instance.configure("milter", socket=f'"{socket}"')
                self.refuse(instance)

    def test_a_broken_policy(self):
        instance = self.make_instance(registry=False)
        policy = instance.directory / "policy.toml"
        policy.write_text(policy.read_text(encoding="utf-8") + "\n[nonsense]\nx = 1\n",
                          encoding="utf-8")
        self.assertRegex(self.refuse(instance), r"policy\.toml:\d+")

    def test_a_key_that_everyone_may_read(self):
        instance = self.make_instance(registry=False)
        (instance.directory / "keys" / "registry.key").chmod(0o644)
        self.assertIn("registry.key", self.refuse(instance))

    def test_a_worker_that_is_missing_or_is_none(self):
        instance = self.make_instance()
        plain = self.folder / "postwacht-extract"
        plain.write_text("no program", encoding="utf-8")
        for worker in (self.folder / "missing", plain, "/bin/true"):
            with self.subTest(worker):
                instance.configure("extract", worker=f'"{worker}"')
                errors = self.refuse(instance)
                self.assertIn("hint:", errors)
                self.assertIn("[extract]", errors)
                checked = run([program("postwacht-milter"), "--check", "--config", instance.config])
                self.assertEqual(checked.returncode, 2, checked)
                self.assertIn(b"[extract]", checked.stderr)

    def test_a_second_milter_on_the_same_socket_does_not_take_it_away(self):
        instance = self.make_instance().start()
        second = Process([program("postwacht-milter"), "--config", instance.config],
                         self.folder / "second.log")
        self.addCleanup(second.stop)
        self.assertNotEqual(second.wait(30), 0, second.output())
        self.assert_still_serves(instance)

    def test_a_registry_with_bad_rows_replaces_nothing(self):
        instance = self.make_instance()
        index = instance.directory / "registry" / "index.mdb"
        before = index.read_bytes()
        source = people.write_registry(self.folder / "bad")
        with open(source / "subjects.csv", "a", encoding="utf-8") as rows:
            rows.write("S-9,123456789,,,,,Fout,,,,,,\n")
        done = instance.run("registry", "build", "--from", source)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(b"subjects.csv:5:", done.stderr)
        self.assertEqual(index.read_bytes(), before)


if __name__ == "__main__":
    testing.main()
