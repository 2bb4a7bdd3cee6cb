#!/usr/bin/env python3
"""contrib/check-mta passes the configurations we ship and finds each way around the guard."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "contrib/check-mta"

MAIN = "compatibility_level = 3.6\nmyhostname = mx.example\n"
MASTER = """\
smtp      inet  n       -       y       -       -       smtpd
pickup    unix  n       -       y       60      1       pickup
cleanup   unix  n       -       y       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
smtp      unix  -       -       y       -       -       smtp
"""
SHIPPED_MAIN = (ROOT / "contrib/postfix/main.cf").read_text()
SHIPPED_MASTER = (ROOT / "contrib/postfix/master.cf").read_text()

CF = """\
# made by m4
O DaemonPortOptions=Name=MTA, Family=inet
O DaemonPortOptions=Name=MSA, Port=587, M=E
O DaemonPortOptions=Name=reinject, Family=inet, Addr=127.0.0.1, Port=10025, InputMailFilters=
O InputMailFilters=signer, postwacht
Xsigner, S=inet:8891@127.0.0.1, F=T
Xpostwacht, S=local:/run/postwacht/milter.sock, F=T,
\tT=C:30s;S:10s;R:5m;E:10m
"""
MC = """\
divert(0)dnl
DAEMON_OPTIONS(`Name=MTA, Family=inet')dnl
FEATURE(`no_default_msa')dnl
""" + (ROOT / "contrib/sendmail/postwacht.mc").read_text() + "MAILER(`smtp')dnl\n"


class CheckMtaTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "etc of an MTA"
        self.folder.mkdir()

    def run_it(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)

    def ids(self, *arguments):
        """The ids of the findings, each once; the exit code agrees with them."""
        # Postfix waits until a file that has just been written is a second old.
        for path in self.folder.iterdir():
            os.utime(path, (0, 0))
        done = self.run_it("--json", *arguments)
        self.assertEqual("", done.stderr)
        report = json.loads(done.stdout)
        found = sorted({finding["id"] for finding in report["findings"]})
        self.assertEqual(1 if found else 0, done.returncode)
        for remark in report["findings"] + report["notes"]:
            self.assertTrue(all(remark[key] for key in ("id", "where", "what", "hint")), remark)
        return found


class Postfix(CheckMtaTest):
    def write(self, main="", master="", without=()):
        """The shipped snippets behind a plain Postfix, with lines added or left out."""
        kept = [line for line in SHIPPED_MAIN.splitlines()
                if not line.startswith(tuple(without) or "\0")]
        # Postfix reads the last of two lines for one parameter.
        (self.folder / "main.cf").write_text(MAIN + "\n".join(kept) + "\n" + main)
        (self.folder / "master.cf").write_text(MASTER + SHIPPED_MASTER + master)

    def found(self, main="", master="", without=(), arguments=()):
        self.write(main, master, without)
        return self.ids(*arguments, self.folder)

    def test_what_we_ship_is_fine(self):
        self.assertEqual([], self.found())

    def test_a_plain_postfix_is_not(self):
        (self.folder / "main.cf").write_text(MAIN)
        (self.folder / "master.cf").write_text(MASTER)
        self.assertEqual(["no_guard", "non_smtpd"], self.ids(self.folder))

    def test_accept_while_the_milter_is_away(self):
        self.assertEqual(["default_action"], self.found("milter_default_action = accept\n"))
        self.assertEqual([], self.found("milter_default_action = reject\n"))

    def test_accept_in_the_entry_of_the_milter(self):
        self.assertEqual(["default_action"], self.found(
            "postwacht_milter = { unix:postwacht/milter.sock, default_action=accept }\n"))

    def test_accept_for_one_service(self):
        service = "  -o milter_default_action=accept\n"
        self.write()
        text = (self.folder / "master.cf").read_text()
        (self.folder / "master.cf").write_text(
            text.replace("submissions inet", "587 inet n - y - - smtpd\n"
                         "  -o smtpd_milters=$postwacht_milter\n" + service + "submissions inet"))
        self.assertEqual(["default_action"], self.ids(self.folder))

    def test_a_milter_that_is_named_nowhere(self):
        # $postwacht_milter is then empty, and Postfix does not mind.
        self.assertEqual(["no_guard", "non_smtpd", "unguarded"],
                         self.found(without=["postwacht_milter"]))

    def test_sendmail_submissions(self):
        self.assertEqual(["non_smtpd"], self.found("non_smtpd_milters =\n"))
        self.write()
        master = (self.folder / "master.cf").read_text()
        for old, new in (("pickup    unix  n       -       y       60      1       pickup",
                          "pickup unix n - y 60 1 pickup -o receive_override_options=no_milters"),
                         ("cleanup   unix  n       -       y       -       0       cleanup",
                          "cleanup unix n - y - 0 cleanup -o non_smtpd_milters=")):
            with self.subTest(new):
                self.assertIn(old, master)
                (self.folder / "master.cf").write_text(master.replace(old, new))
                self.assertEqual(["non_smtpd"], self.ids(self.folder))

    def test_milters_switched_off_for_all(self):
        self.assertIn("unguarded", self.found("receive_override_options = no_milters\n"))

    def test_port_25_that_relays_for_others(self):
        self.assertEqual(["unguarded"], self.found("mynetworks = 127.0.0.0/8 [::1]/128 10.0.0.0/8\n"))
        self.assertEqual([], self.found("mynetworks = 127.0.0.0/8 [::1]/128\n"))
        self.assertEqual(["unguarded"], self.found("smtpd_sasl_auth_enable = yes\n"))

    def test_a_service_that_the_caller_names(self):
        self.assertEqual(["unguarded"], self.found(arguments=["--service", "smtp"]))
        self.assertEqual(["service_missing"], self.found(arguments=["--service", "smpt"]))

    def test_another_name_of_the_milter(self):
        main = "postwacht_milter = inet:127.0.0.1:8895\n"
        self.assertEqual(["no_guard", "non_smtpd", "unguarded"], self.found(main))
        self.assertEqual([], self.found(main, arguments=["--milter", "127.0.0.1:8895"]))

    def test_times_that_are_too_short(self):
        self.assertEqual(["timeout"], self.found("milter_content_timeout = 10s\n"))
        self.assertEqual([], self.found("milter_content_timeout = 2m\n"))
        self.assertEqual(["timeout"], self.found(
            "postwacht_milter = { unix:postwacht/milter.sock, command_timeout = 1s }\n"))

    def test_an_old_protocol(self):
        self.assertEqual(["protocol"], self.found("milter_protocol = 2\n"))

    def test_what_happens_behind_the_guard(self):
        self.assertEqual(["content_filter"], self.found("content_filter = smtp:[127.0.0.1]:10024\n"))
        self.assertEqual(["added_recipients"], self.found("always_bcc = archive@else.example\n"))
        self.assertEqual(["milter_maps"], self.found("smtpd_milter_maps = cidr:/etc/postfix/x\n"))

    def test_a_re_injection_listener_for_everyone(self):
        self.write()
        text = (self.folder / "master.cf").read_text()
        for name in ("10025", "192.0.2.1:10025", "[2001:db8::1]:10025"):
            with self.subTest(name):
                (self.folder / "master.cf").write_text(text.replace("127.0.0.1:10025", name))
                self.assertEqual(["open_reinjection"], self.ids(self.folder))
        for name in ("localhost:10025", "[::1]:10025", "127.0.0.2:10025"):
            with self.subTest(name):
                (self.folder / "master.cf").write_text(text.replace("127.0.0.1:10025", name))
                self.assertEqual([], self.ids(self.folder))

    def test_a_listener_for_local_programs(self):
        self.assertEqual(["unguarded"], self.found("inet_interfaces = loopback-only\n"))

    def test_a_folder_that_is_no_postfix(self):
        done = self.run_it(self.folder)
        self.assertEqual(2, done.returncode)
        self.assertIn("check-mta: error:", done.stderr)


class Sendmail(CheckMtaTest):
    def found(self, text, name="sendmail.cf", arguments=()):
        (self.folder / "submit.cf").write_text("")
        (self.folder / name).write_text(text)
        return self.ids(*arguments, self.folder / name)

    def changed(self, old, new):
        self.assertIn(old, CF)
        return self.found(CF.replace(old, new))

    def test_good_ones(self):
        self.assertEqual([], self.found(CF))
        self.assertEqual([], self.found(MC, "sendmail.mc"))

    def test_no_flag(self):
        self.assertEqual(["filter_flag"], self.changed("milter.sock, F=T,", "milter.sock,"))
        self.assertEqual(["filter_flag"], self.found(MC.replace("F=T, ", ""), "sendmail.mc"))

    def test_flags_that_keep_mail_out(self):
        self.assertEqual([], self.changed("milter.sock, F=T,", "milter.sock, F=4,"))
        self.assertEqual([], self.changed("milter.sock, F=T,", "milter.sock, F=R,"))

    def test_times(self):
        self.assertEqual(["timeout"], self.changed("R:5m", "R:5s"))
        self.assertEqual(["timeout"], self.changed("E:10m", "E:20s"))
        self.assertEqual(["timeout"], self.changed("\n\tT=C:30s;S:10s;R:5m;E:10m", ""))

    def test_a_filter_that_nothing_uses(self):
        self.assertEqual(["unguarded"], self.changed("signer, postwacht", "signer"))
        self.assertEqual(["unguarded"], self.found(
            MC.replace("INPUT_MAIL_FILTER", "MAIL_FILTER"), "sendmail.mc"))
        self.assertEqual([], self.found(
            MC.replace("INPUT_MAIL_FILTER", "MAIL_FILTER")
            + "define(`confINPUT_MAIL_FILTERS', `postwacht')dnl\n", "sendmail.mc"))

    def test_a_listener_with_a_list_of_its_own(self):
        self.assertEqual(["open_reinjection"],
                         self.changed("Port=587, M=E", "Port=587, M=E, InputMailFilters=signer"))
        self.assertEqual([], self.changed("Port=587, M=E",
                                          "Port=587, M=E, InputMailFilters=signer;postwacht"))

    def test_a_re_injection_listener_for_everyone(self):
        self.assertEqual(["open_reinjection"], self.changed("Addr=127.0.0.1, ", ""))

    def test_no_filter(self):
        self.assertEqual(["no_guard", "unguarded"], self.found("O DaemonPortOptions=Name=MTA\n"))
        self.assertEqual(["no_guard", "unguarded"], self.found("MAILER(`smtp')dnl\n", "sendmail.mc"))

    def test_a_comment_is_no_setting(self):
        text = MC.replace("INPUT_MAIL_FILTER", "dnl INPUT_MAIL_FILTER")
        self.assertEqual(["no_guard", "unguarded"], self.found(text, "sendmail.mc"))

    def test_no_submission_by_smtp(self):
        (self.folder / "sendmail.cf").write_text(CF)
        self.assertEqual(["sendmail_bm"], self.ids(self.folder / "sendmail.cf"))


class CommandLine(CheckMtaTest):
    def test_wrong_usage(self):
        (self.folder / "notes.txt").write_text("x\n")
        for arguments in (["--no-such-option"], [self.folder / "notes.txt"],
                          [self.folder / "absent.cf"], [self.folder, self.folder]):
            with self.subTest(arguments):
                done = self.run_it(*arguments)
                self.assertEqual(2, done.returncode)
                self.assertEqual("", done.stdout)
                self.assertIn("error:", done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_text_for_people(self):
        (self.folder / "sendmail.cf").write_text(CF.replace("milter.sock, F=T,", "milter.sock,"))
        (self.folder / "submit.cf").write_text("")
        done = self.run_it(self.folder / "sendmail.cf")
        self.assertEqual(1, done.returncode)
        self.assertIn("finding: filter postwacht: without F=T mail passes unchecked", done.stdout)
        self.assertIn("  hint: F=T\n", done.stdout)
        self.assertIn("sendmail.cf: 1 finding\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
