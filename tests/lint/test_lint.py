#!/usr/bin/env python3
"""Each lint rule passes a small tree that keeps it and reports a tree that breaks it."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

import lint

# A tree of two rooms in which no rule finds anything (but for the files that only a whole project
# has, see required_files).
CLEAN = {
    "CMakeLists.txt": "add_subdirectory(milter/base)\nadd_subdirectory(milter/mail)\n",
    "ARCHITECTURE.md": "# A\n\n## The room law\n\n1. `base/` ground\n2. `mail/` mail\n\n## Next\n\n1. `other/`\n",
    "LICENSE": "                                 Apache License\n",
    "milter/base/CMakeLists.txt": "postwacht_room(base SOURCES a.cpp)\n",
    "milter/base/a.hpp": "// a: the first.\n#pragma once\n\n#include <fmt/format.h>\n\n"
                         "#include <string>\n\nnamespace postwacht {}\n",
    "milter/mail/CMakeLists.txt": "postwacht_room(mail SOURCES b.cpp ROOMS base PKGCONFIG gmime-3.0)\n",
    "milter/mail/b.hpp": "// b: the second.\n#pragma once\n\n#include \"base/a.hpp\"\n\n"
                         "namespace postwacht::mail {}\n",
    "milter/mail/b.cpp": "#include \"mail/b.hpp\"\n\n#include <gmime/gmime.h>\n\n"
                         "namespace postwacht::mail {}\n",
    "tests/support/fake.hpp": "// A fake.\n#pragma once\n\n#include \"base/a.hpp\"\n",
    "tests/unit/mail/b_test.cpp": "// Tests b.\n#include \"mail/b.hpp\"\n\n#include <catch2/catch.hpp>\n\n"
                             "#include \"support/fake.hpp\"\n",
    "tool": "#!/bin/sh\n# Says hello.\necho hello\n",
}


class LintTest(unittest.TestCase):
    def tree(self, changes=None):
        """A folder with the clean tree and some files changed (None: left out)."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name) / "a checkout"
        for name, text in {**CLEAN, **(changes or {})}.items():
            if text is None:
                continue
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            if path.read_bytes().startswith(b"#!"):
                path.chmod(0o755)
        return root

    def run_rule(self, rule, changes=None):
        return lint.findings(self.tree(changes), [rule])

    def assert_reports(self, rule, changes, path, words):
        """The clean tree passes; the changed one has exactly one finding, there, with the words."""
        self.assertEqual([], self.run_rule(rule), f"{rule} on the clean tree")
        found = self.run_rule(rule, changes)
        self.assertEqual(1, len(found), f"{rule}: {[str(finding) for finding in found]}")
        self.assertEqual(path, found[0].path)
        self.assertIn(words, found[0].text)


class Rooms(LintTest):
    def test_the_document_lists_another_order(self):
        text = CLEAN["ARCHITECTURE.md"].replace("`base/`", "`x/`")
        self.assert_reports("room_order", {"ARCHITECTURE.md": text}, "ARCHITECTURE.md", "lists")

    def test_a_folder_that_is_no_room(self):
        self.assert_reports("room_order", {"milter/extra/x.hpp": "// x\n"}, "milter/extra",
                            "does not build")

    def test_a_room_includes_one_below_it(self):
        text = CLEAN["milter/base/a.hpp"].replace("<string>", '"mail/b.hpp"')
        self.assert_reports("room_law", {"milter/base/a.hpp": text}, "milter/base/a.hpp", "below")

    def test_an_include_with_blanks_is_seen_too(self):
        text = CLEAN["milter/base/a.hpp"] + '  #  include   "mail/b.hpp"\n'
        self.assert_reports("room_law", {"milter/base/a.hpp": text}, "milter/base/a.hpp", "below")

    def test_an_include_without_its_room(self):
        text = CLEAN["milter/mail/b.cpp"].replace("mail/b.hpp", "b.hpp")
        self.assert_reports("room_law", {"milter/mail/b.cpp": text}, "milter/mail/b.cpp", "no room")

    def test_an_include_of_nothing(self):
        text = CLEAN["milter/mail/b.cpp"].replace("mail/b.hpp", "mail/c.hpp")
        self.assert_reports("room_law", {"milter/mail/b.cpp": text}, "milter/mail/b.cpp",
                            "does not exist")

    def test_a_room_includes_what_it_does_not_link(self):
        text = "postwacht_room(mail SOURCES b.cpp PKGCONFIG gmime-3.0)\n"
        self.assert_reports("linked_rooms", {"milter/mail/CMakeLists.txt": text},
                            "milter/mail/b.hpp", "does not link")

    def test_a_room_links_one_below_it(self):
        text = "postwacht_room(base SOURCES a.cpp ROOMS mail)\n"
        self.assert_reports("linked_rooms", {"milter/base/CMakeLists.txt": text},
                            "milter/base/CMakeLists.txt", "not a room above")

    def test_a_target_with_another_name_than_its_folder(self):
        text = "postwacht_room(post SOURCES b.cpp ROOMS base)\n"
        self.assert_reports("linked_rooms", {"milter/mail/CMakeLists.txt": text},
                            "milter/mail/CMakeLists.txt", "no postwacht_room(mail")

    def test_a_namespace_with_another_name_than_its_folder(self):
        text = CLEAN["milter/mail/b.hpp"].replace("postwacht::mail", "postwacht::post")
        self.assertEqual([], self.run_rule("namespaces"))
        found = self.run_rule("namespaces", {"milter/mail/b.hpp": text})
        self.assertTrue(found)
        self.assertTrue(all(finding.path == "milter/mail/b.hpp" for finding in found))

    def test_a_library_used_by_a_second_room(self):
        text = CLEAN["milter/base/a.hpp"] + "#include <gmime/gmime.h>\n"
        self.assert_reports("third_party", {"milter/base/a.hpp": text}, "milter/base/a.hpp",
                            "belongs to mail")

    def test_a_library_in_a_header(self):
        text = CLEAN["milter/mail/b.hpp"] + "#include <gmime/gmime.h>\n"
        self.assert_reports("third_party", {"milter/mail/b.hpp": text}, "milter/mail/b.hpp",
                            "in a header")

    def test_an_unknown_library(self):
        text = CLEAN["milter/mail/b.cpp"] + "#include <unheard/of.h>\n"
        self.assert_reports("third_party", {"milter/mail/b.cpp": text}, "milter/mail/b.cpp",
                            "no known library")

    def test_a_unit_test_that_looks_behind_another_wall(self):
        text = CLEAN["tests/unit/mail/b_test.cpp"] + "#include <openssl/evp.h>\n"
        self.assert_reports("third_party", {"tests/unit/mail/b_test.cpp": text},
                            "tests/unit/mail/b_test.cpp", "this tests mail")

    def test_a_unit_test_of_no_room(self):
        self.assert_reports("unit_tests", {"tests/unit/other/x.cpp": "// x\n"},
                            "tests/unit/other/x.cpp", "mirrors no room")

    def test_a_unit_test_that_reaches_below_its_room(self):
        text = '// Tests a.\n#include "base/a.hpp"\n#include "mail/b.hpp"\n'
        self.assert_reports("unit_tests", {"tests/unit/base/a.cpp": text},
                            "tests/unit/base/a.cpp", "below base")

    def test_a_unit_test_that_reaches_below_its_room_through_a_fake(self):
        fake = CLEAN["tests/support/fake.hpp"].replace("base/a.hpp", "mail/b.hpp")
        text = '// Tests a.\n#include "base/a.hpp"\n#include "support/fake.hpp"\n'
        found = self.run_rule("unit_tests", {"tests/support/fake.hpp": fake,
                                             "tests/unit/base/a.cpp": text})
        self.assertEqual(["tests/unit/base/a.cpp"], [finding.path for finding in found])

    def test_a_unit_test_of_more_than_one_header_begins_as_it_likes(self):
        text = CLEAN["tests/unit/mail/b_test.cpp"].replace('"mail/b.hpp"', "<string>")
        self.assertEqual([], self.run_rule("unit_tests", {"tests/unit/mail/golden_test.cpp": text}))

    def test_a_unit_test_that_does_not_include_its_header_first(self):
        text = "// Tests b.\n#include <catch2/catch.hpp>\n\n#include \"mail/b.hpp\"\n"
        self.assert_reports("unit_tests", {"tests/unit/mail/b_test.cpp": text},
                            "tests/unit/mail/b_test.cpp", "the header it tests")


class Files(LintTest):
    def test_a_header_without_a_comment(self):
        text = CLEAN["milter/mail/b.hpp"].split("\n", 1)[1]
        self.assert_reports("header_comment", {"milter/mail/b.hpp": text}, "milter/mail/b.hpp",
                            "does not open")

    def test_a_script_without_a_comment(self):
        self.assert_reports("header_comment", {"tool": "#!/bin/sh\necho hello\n"}, "tool",
                            "does not open")

    def test_a_source_without_its_header_needs_a_comment(self):
        self.assert_reports("header_comment", {"milter/mail/c.cpp": "int x;\n"},
                            "milter/mail/c.cpp", "does not open")

    def test_an_empty_source(self):
        self.assert_reports("header_comment", {"milter/mail/b.cpp": "\n"}, "milter/mail/b.cpp",
                            "is empty")

    def test_a_header_without_pragma_once(self):
        text = CLEAN["milter/mail/b.hpp"].replace("#pragma once\n", "")
        self.assert_reports("pragma_once", {"milter/mail/b.hpp": text}, "milter/mail/b.hpp", "pragma")

    def test_a_long_file(self):
        text = CLEAN["milter/mail/b.cpp"] + "\n" * 600
        self.assert_reports("file_length", {"milter/mail/b.cpp": text}, "milter/mail/b.cpp", "lines")

    def test_a_home_folder(self):
        text = "# R\n\nSee /hom" + "e/joan/notes.\n"
        self.assert_reports("machine_paths", {"README.md": text}, "README.md", "joan")

    def test_the_folder_of_the_checkout(self):
        root = self.tree()
        (root / "README.md").write_text(f"# R\n\nbuilt in {root}/build\n")
        found = lint.findings(root, ["machine_paths"])
        self.assertEqual(["README.md"], [finding.path for finding in found])

    def test_work_left_for_later(self):
        text = CLEAN["milter/mail/b.cpp"] + "// TO" + "DO: the rest\n"
        self.assert_reports("unfinished", {"milter/mail/b.cpp": text}, "milter/mail/b.cpp", "left")

    def test_a_generated_file(self):
        self.assert_reports("tracked_kinds", {"src/CMakeCache.txt": "X\n"}, "src/CMakeCache.txt",
                            "generated")

    def test_a_binary_file(self):
        self.assert_reports("tracked_kinds", {"logo": b"\x89PNG\r\n\x1a\n\0"}, "logo", "binary")

    def test_a_private_key(self):
        text = "-----BEGIN PRIVATE " + "KEY-----\nMA==\n"
        self.assert_reports("tracked_kinds", {"tests/x.pem": text}, "tests/x.pem", "private key")

    def test_binary_test_input_is_fine(self):
        self.assertEqual([], self.run_rule("tracked_kinds", {"tests/golden/a.eml": b"A: \0\xff\r\n"}))

    def test_a_carriage_return(self):
        self.assert_reports("line_ends", {"notes.txt": "one\r\n"}, "notes.txt", "carriage")

    def test_no_newline_at_the_end(self):
        self.assert_reports("line_ends", {"notes.txt": "one"}, "notes.txt", "newline")

    def test_a_blank_at_the_end_of_a_line(self):
        self.assert_reports("line_ends", {"notes.txt": "one \ntwo\n"}, "notes.txt", "blank")

    def test_missing_files_and_another_licence(self):
        found = self.run_rule("required_files", {"LICENSE": "All rights reserved\n"})
        self.assertIn(("LICENSE", "is not the Apache License"),
                      [(finding.path, finding.text) for finding in found])
        self.assertIn(("README.md", "is missing"),
                      [(finding.path, finding.text) for finding in found])

    def test_a_script_that_cannot_be_run(self):
        root = self.tree()
        (root / "tool").chmod(0o644)
        found = lint.findings(root, ["executable_bits"])
        self.assertEqual(["tool"], [finding.path for finding in found])

    def test_a_text_that_can_be_run(self):
        root = self.tree()
        (root / "LICENSE").chmod(0o755)
        found = lint.findings(root, ["executable_bits"])
        self.assertEqual(["LICENSE"], [finding.path for finding in found])


class Documents(LintTest):
    LOGGING = CLEAN["milter/mail/b.cpp"] + 'void f() { log::info("PW_MADE_UP", ""); }\n'

    def test_a_log_id_that_the_manual_does_not_know(self):
        self.assert_reports("log_ids", {"milter/mail/b.cpp": self.LOGGING,
                                        "milter/programs/postwacht-milter.8": ".Sh DIAGNOSTICS\n"},
                            "milter/mail/b.cpp", "PW_MADE_UP")

    def test_log_ids_without_a_manual(self):
        self.assert_reports("log_ids", {"milter/mail/b.cpp": self.LOGGING},
                            "milter/programs/postwacht-milter.8", "is missing")

    def test_a_log_id_that_nothing_logs(self):
        self.assert_reports("log_ids", {"milter/programs/postwacht-milter.8": ".It Sy PW_OLD\n"},
                            "milter/programs/postwacht-milter.8", "nothing logs PW_OLD")

    def test_a_log_id_that_is_explained(self):
        self.assertEqual([], self.run_rule(
            "log_ids", {"milter/mail/b.cpp": self.LOGGING,
                        "milter/programs/postwacht-milter.8": ".It Sy PW_MADE_UP\n"}))

    def config(self, code, example, manual):
        return self.run_rule("config_keys", {"milter/programs/config.cpp": code,
                                             "contrib/postwacht.toml.example": example,
                                             "milter/programs/postwacht.conf.5": manual})

    def test_configuration_keys(self):
        code = 'open_table(root, "milter", folder); milter.string("socket");'
        example, manual = '[milter]\n#socket = "x"\n', "milter socket\n"
        self.assertEqual([], self.config(code, example, manual))
        for changed, words in ((("", example, manual), "shown but not read"),
                               ((code, "[milter]\n", manual), "read but not shown"),
                               ((code, example, "milter\n"), "read but not explained")):
            with self.subTest(words):
                self.assertIn(words, " ".join(map(str, self.config(*changed))))

    def test_configuration_keys_of_a_table_in_a_table(self):
        files = {"milter/programs/config.cpp": 'open_table(root, "quarantine", f); table("mta");',
                 "milter/programs/config_mta.cpp": 'read_time(reader, "timeout", out.timeout);',
                 "contrib/postwacht.toml.example": '[quarantine]\n#[quarantine.mta]\n#timeout = "1s"\n',
                 "milter/programs/postwacht.conf.5": "quarantine mta timeout\n"}
        self.assertEqual([], self.run_rule("config_keys", files))
        files["contrib/postwacht.toml.example"] = '[quarantine]\n#[quarantine.mta]\n'
        self.assertIn("read but not shown", " ".join(map(str, self.run_rule("config_keys", files))))

    def policy(self, code, schema, manual):
        return self.run_rule("policy_keys", {"milter/policy/parse.cpp": code,
                                             "policies/postwacht-policy.schema.json": schema,
                                             "milter/programs/postwacht.policy.5": manual})

    def test_policy_keys(self):
        code = 'root.table("scope"); parse_action_or(table, "action", x);'
        schema = '{"properties": {"scope": {"properties": {"action": {}}}}}\n'
        manual = "scope action\n"
        self.assertEqual([], self.policy(code, schema, manual))
        for changed, words in (((code + ' a.strings("near");', schema, manual), "not in the schema"),
                               (('root.table("scope");', schema, manual), "but not read"),
                               ((code, schema, "scope\n"), "but not explained")):
            with self.subTest(words):
                self.assertIn(words, " ".join(map(str, self.policy(*changed))))

    def test_a_dead_link(self):
        self.assert_reports("links", {"README.md": "see [it](docs/gone.md)\n"}, "README.md",
                            "docs/gone.md")

    def test_links_that_work(self):
        text = "[a](LICENSE) [b](milter/mail) [c](https://a.example/x) [d](#here) [e](LICENSE#top)\n"
        self.assertEqual([], self.run_rule("links", {"README.md": text}))


class Tools(LintTest):
    STYLE = {".clang-format": "BasedOnStyle: Google\n"}

    @unittest.skipUnless(shutil.which("clang-format-14"), "clang-format-14 is not installed")
    def test_another_style(self):
        self.assertEqual([], self.run_rule("clang_format", self.STYLE))
        found = self.run_rule("clang_format", {**self.STYLE, "milter/mail/c.cpp": "int  x ;\n"})
        self.assertEqual([("milter/mail/c.cpp", 1)],
                         [(finding.path, finding.line) for finding in found])

    def test_a_man_page_with_a_mistake(self):
        page = ".Dd November 23, 2026\n.Dt THING 1\n.Os\n.Sh NAME\n.Nm thing\n.Nd does it\n"
        self.assertEqual([], self.run_rule("man_pages", {"thing.1": page}))
        found = self.run_rule("man_pages", {"thing.1": page + ".Xx wrong\n"})
        self.assertEqual([("thing.1", 7)], [(finding.path, finding.line) for finding in found])

    def test_a_shell_script_that_does_not_read(self):
        self.assert_reports("shell_syntax", {"tool": "#!/bin/sh\n# x\nif true; then\n"}, "tool",
                            "syntax error")

    def test_a_python_script_that_does_not_read(self):
        self.assert_reports("shell_syntax", {"x.py": '"""x"""\ndef f(:\n'}, "x.py", "invalid syntax")

    def test_a_toml_file_that_does_not_read(self):
        self.assert_reports("data_syntax", {"policies/x.toml": "a = \n"}, "policies/x.toml", "value")

    def test_a_unit_with_too_much_power(self):
        unit = "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n"
        found = self.run_rule("unit_ratings", {"systemd/x.service": unit})
        self.assertEqual(1, len(found), [str(finding) for finding in found])
        self.assertIn("not below", found[0].text)

    def test_a_unit_that_does_not_read(self):
        unit = "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\nProtectHom=yes\n"
        texts = " ".join(str(finding)
                         for finding in self.run_rule("unit_ratings", {"systemd/x.service": unit}))
        self.assertIn("ProtectHom", texts)


    def test_a_drop_in_that_takes_too_much_back(self):
        root = pathlib.Path(lint.__file__).resolve().parents[2]
        unit = (root / "systemd/postwacht-milter.service").read_text()
        files = {"systemd/x.service": unit}
        self.assertEqual([], self.run_rule("unit_ratings", files))
        files["systemd/x.all.conf"] = ("[Service]\nUser=root\nCapabilityBoundingSet=~\n"
                                       "SystemCallFilter=\nPrivateNetwork=no\nIPAddressDeny=\n")
        found = self.run_rule("unit_ratings", files)
        self.assertEqual(["systemd/x.all.conf"], [finding.path for finding in found])

    def test_a_folder_of_an_unknown_user(self):
        user = "u postwacht - \"x\"\n"
        good = "d /var/lib/p 0750 postwacht postfix -\n"
        files = {"systemd/p.sysusers": user, "systemd/p.tmpfiles": good}
        self.assertEqual([], self.run_rule("system_files", files))
        files["systemd/p.tmpfiles"] = "dx /var/lib/p 0750 postwacht postfix -\n"
        found = self.run_rule("system_files", files)
        self.assertEqual(["systemd/p.tmpfiles"], [finding.path for finding in found])

    def test_a_user_line_that_does_not_read(self):
        self.assert_reports("system_files", {"systemd/p.sysusers": "user postwacht\n"},
                            "systemd/p.sysusers", "p.sysusers:1")


class TheTreeItself(LintTest):
    def test_git_decides_what_is_tracked(self):
        root = self.tree({".gitignore": "/ignored.o\n", "ignored.o": "x\n", "seen.o": "x\n"})
        subprocess.run(["git", "-C", root, "init", "-q"], check=True)
        found = lint.findings(root, ["tracked_kinds"])
        self.assertEqual(["seen.o"], [finding.path for finding in found])

    def test_the_command_line(self):
        program = pathlib.Path(lint.__file__)
        root = self.tree({"notes.txt": "one"})

        def run(*arguments):
            return subprocess.run([sys.executable, "-B", program, "--root", root, *arguments],
                                  capture_output=True, text=True, check=False)

        self.assertEqual(0, run("room_law").returncode)
        self.assertEqual(0, run("room_law", "line_ends", "--skip", "line_ends").returncode)
        failed = run("line_ends")
        self.assertEqual(1, failed.returncode)
        self.assertIn("notes.txt: line_ends: does not end in a newline", failed.stdout)
        self.assertEqual(2, run("no_such_rule").returncode)

    def test_every_rule_says_what_it_is(self):
        for name, rule in lint.RULES.items():
            self.assertTrue(textwrap.dedent(rule.__doc__ or ""), name)


if __name__ == "__main__":
    unittest.main()
