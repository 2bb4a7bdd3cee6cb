#!/usr/bin/env python3
"""A registry that is built from views of a PostgreSQL server, which the test starts itself."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import people
import testing
from instance import program
from postgresql import READER, READER_PASSWORD, PostgreSQL, bin_directory
from processes import run
from waiting import SLOWNESS

SUBJECTS = ("subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,"
            "partner_surname,birth_date,postcode,house_number,emails").split(",")
ORGANISATIONS = "organisation_id,name,domains,addresses,kvk,payroll_number".split(",")
RELATIONS = "subject_id,relation,organisation_id,email,valid_from,valid_to".split(",")

# As an administration might keep them: other names, types and lists than the views have.
TABLES = """
CREATE TABLE person (nr text, bsn text, dossier text, voorletters text, voornamen text,
    voorvoegsel text, naam text, partner_voorvoegsel text, partner_naam text, geboren date,
    postcode text, huisnummer text, mail text[], gewijzigd timestamptz DEFAULT now());
CREATE TABLE firma (nr text, naam text, domeinen text[], adressen text[]);
CREATE TABLE band (persoon text, soort text, firma text, mail text, van date, tot date);
"""
VIEWS = """
CREATE VIEW postwacht_subjects AS SELECT nr AS subject_id, bsn, dossier AS other_ids,
    voorletters AS initials, voornamen AS given_names, voorvoegsel AS prefix, naam AS surname,
    partner_voorvoegsel AS partner_prefix, partner_naam AS partner_surname, geboren AS birth_date,
    postcode, huisnummer AS house_number, array_to_string(mail, ';') AS emails,
    gewijzigd AS changed_at FROM person;
CREATE VIEW postwacht_organisations AS SELECT nr AS organisation_id, naam AS name,
    array_to_string(domeinen, ';') AS domains, array_to_string(adressen, ';') AS addresses
    FROM firma;
CREATE VIEW postwacht_relations AS SELECT persoon AS subject_id, soort AS relation,
    firma AS organisation_id, mail AS email, van AS valid_from, tot AS valid_to FROM band;
"""


def quoted(value):
    return "NULL" if value in ("", None) else "'" + str(value).replace("'", "''") + "'"


def listed(value):
    return f"string_to_array({quoted(value)}, ';')"


def row(*values):
    return "(" + ",".join(values) + ")"


class PostgresqlTest(testing.PostwachtTest):

    @classmethod
    def setUpClass(cls):
        if bin_directory() is None:
            raise unittest.SkipTest("no PostgreSQL server is installed")
        cls.server = PostgreSQL()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def setUp(self):
        super().setUp()
        self.server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; "
                        f"GRANT USAGE ON SCHEMA public TO {READER};" + TABLES + VIEWS)
        self.instance = self.make_instance()
        self.index = self.instance.directory / "registry" / "index.mdb"

    def fill(self):
        """The people that the CSV files of the other tests hold."""
        self.server.sql(
            "INSERT INTO person VALUES " + ",".join(
                row(*map(quoted, (p.subject_id, p.bsn, p.other_id, p.initials, p.given_names,
                                  p.prefix, p.surname, "", "", p.birth_date, p.postcode,
                                  p.house_number)), listed(p.email)) for p in people.PEOPLE)
            + "; INSERT INTO firma VALUES " + ",".join(
                row(quoted(o.organisation_id), quoted(o.name), listed(o.domain), listed(o.address))
                for o in people.ORGANISATIONS)
            + "; INSERT INTO band VALUES " + ",".join(
                row(*map(quoted, (r.subject_id, r.relation, r.organisation_id, r.email,
                                  r.valid_from, r.valid_to))) for r in people.RELATIONS))

    def build(self, *arguments, uri=None, expect=0):
        """Builds from the server; gives (standard output, standard error)."""
        done = self.instance.run("registry", "build", "--from", uri or self.server.uri(),
                                 *arguments)
        output = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, output)
        return output

    def refused(self, *words, uri=None, expect=2):
        """A build that fails, says these words, and leaves the index as it was."""
        before = self.index.read_bytes()
        _, errors = self.build(uri=uri, expect=expect)
        for word in words:
            self.assertIn(word, errors)
        self.assertEqual(self.index.read_bytes(), before)
        self.assertEqual([path.name for path in self.index.parent.iterdir()
                          if "building" in path.name], [])
        return errors

    def verdicts(self):
        """What would become of letters, without times."""
        found = []
        for organisation in (people.CURRENT, people.FORMER):
            recipient = f"hr@{organisation.domain}"
            verdict = self.instance.check(people.SENDER, [recipient, people.PEOPLE[0].email],
                                          people.maternity_letter(recipient))
            for changing in ("registry", "elapsed_ms"):
                del verdict[changing]
            found.append(verdict)
        return found

    def test_the_same_rows_give_the_same_verdicts(self):
        from_files = self.verdicts()
        stats = json.loads(self.instance.command("registry", "stats", "--json"))
        self.fill()
        report = json.loads(self.build("--json")[0])
        for count in ("subjects", "organisations", "relations"):
            self.assertEqual(report[count], stats[count])
            self.assertGreater(report[count], 0)
        self.assertEqual(report["bad_rows"], 0)
        self.assertEqual(self.verdicts(), from_files)
        self.assertIn("quarantine", [verdict["action"] for verdict in from_files])
        # The digest is that of the rows: the same for the same ones, another for others.
        again = json.loads(self.build("--json")[0])
        self.assertEqual(again["source_sha256"], report["source_sha256"])
        self.server.sql("UPDATE person SET huisnummer = '99' WHERE nr = "
                        + quoted(people.PEOPLE[0].subject_id))
        self.assertNotEqual(json.loads(self.build("--json")[0])["source_sha256"],
                            report["source_sha256"])

    STAMPED_VIEWS = """
    DROP VIEW postwacht_subjects, postwacht_organisations, postwacht_relations;
    ALTER TABLE person ADD weg boolean;
    ALTER TABLE firma ADD gewijzigd timestamptz DEFAULT now(), ADD weg boolean;
    ALTER TABLE band ADD gewijzigd timestamptz DEFAULT now(), ADD weg boolean;
    CREATE VIEW postwacht_subjects AS SELECT nr AS subject_id, bsn, naam AS surname, geboren AS birth_date,
        array_to_string(mail, ';') AS emails, gewijzigd AS changed_at, weg AS deleted FROM person;
    CREATE VIEW postwacht_organisations AS SELECT nr AS organisation_id, naam AS name,
        array_to_string(domeinen, ';') AS domains, array_to_string(adressen, ';') AS addresses,
        gewijzigd AS changed_at, weg AS deleted FROM firma;
    CREATE VIEW postwacht_relations AS SELECT persoon AS subject_id, soort AS relation, firma AS organisation_id,
        mail AS email, van AS valid_from, tot AS valid_to, gewijzigd AS changed_at, weg AS deleted FROM band;
    """

    def update(self, since, expect=0):
        done = self.instance.run("registry", "update", "--json", "--from", self.server.uri(), "--since", since)
        self.assertEqual(done.returncode, expect, done.stderr.decode())
        return json.loads(done.stdout) if expect == 0 else done.stderr.decode()

    def actions(self):
        return [recipient["action"] for verdict in self.verdicts() for recipient in verdict["recipients"]]

    def test_what_changed_is_brought_in(self):
        self.server.sql(self.STAMPED_VIEWS)
        self.fill()
        self.server.sql("UPDATE person SET gewijzigd = '2026-01-01Z'; UPDATE firma SET gewijzigd = '2026-01-01Z'; "
                        "UPDATE band SET gewijzigd = '2026-01-01Z'")
        built = json.loads(self.build("--json")[0])
        before = self.actions()
        self.assertEqual(before.count("quarantine"), 1)
        # Nothing changed since then; then a relation ended that the first letter needs.
        report = self.update("2026-02-01T00:00:00Z")
        self.assertEqual([report["changed_subjects"], report["changed_relations"]], [0, 0])
        current = quoted(people.CURRENT.organisation_id)
        self.server.sql("UPDATE band SET tot = '2020-12-31', van = '2019-01-01', gewijzigd = '2026-03-01Z' "
                        f"WHERE firma = {current} AND persoon = {quoted(people.MARIT.subject_id)}")
        self.server.sql(f"INSERT INTO band VALUES ({quoted(people.MARIT.subject_id)}, 'employer', "
                        f"{quoted(people.FORMER.organisation_id)}, NULL, '2026-01-01', NULL, '2026-03-01Z')")
        self.assertEqual(self.actions(), before)
        report = self.update("2026-03-01T00:00:00Z")
        self.assertEqual(report["changed_relations"], 2)
        self.assertEqual(report["subjects"], built["subjects"])
        self.assertNotEqual(self.actions(), before)
        # Who is marked as deleted is taken away, and left out by the next build.
        self.server.sql("UPDATE person SET weg = true, gewijzigd = '2026-04-01Z' "
                        f"WHERE nr = {quoted(people.MARIT.subject_id)}")
        self.assertEqual(self.update("2026-04-01T00:00:00Z")["subjects"], built["subjects"] - 1)
        self.server.sql("DELETE FROM band WHERE persoon = " + quoted(people.MARIT.subject_id))
        self.assertEqual(json.loads(self.build("--json")[0])["subjects"], built["subjects"] - 1)

    def test_updates_that_cannot_be(self):
        self.fill()
        # The views of the other tests have a stamp in one of three.
        self.assertIn("postwacht_organisations: there is no column changed_at", self.update("2026-01-01", expect=2))
        self.server.sql(self.STAMPED_VIEWS)
        self.build()
        before = self.index.read_bytes()
        for since in ("gisteren om een uur of drie", "'; DROP TABLE person; --", "2026-13-45"):
            self.assertIn("--since: is nothing that the column changed_at", self.update(since, expect=2))
        self.server.sql("UPDATE person SET bsn = '123456789'")
        errors = self.update("2026-01-01", expect=2)
        self.assertIn("postwacht_subjects:1:2: bsn: the BSN fails", errors)
        self.assertNotIn("123456789", errors)
        self.assertEqual(self.index.read_bytes(), before)
        self.assertEqual([path.name for path in self.index.parent.iterdir()], [self.index.name])

    def test_values_of_any_kind(self):
        self.server.sql("INSERT INTO person (nr, naam, mail) VALUES "
                        "('S 1', E'Wit, \"de\"\\n\\\\N; x', ARRAY['zoë@café.example','b@x.example']),"
                        "('', 'Leeg', NULL), ('S-3', 'Smit', ARRAY[]::text[])")
        _, errors = self.build("--max-bad-rows", "1")
        self.assertIn("postwacht_subjects:2:1: subject_id: is empty", errors)
        found = self.instance.command("registry", "lookup", "--show", "--email",
                                      "zoë@xn--caf-dma.example")
        self.assertTrue(found.startswith("S 1 "), found)
        self.assertIn('Wit, "de"', found)

    def test_bad_rows_are_named_and_not_shown(self):
        self.fill()
        secret = "Onzichtbaar"
        self.server.sql(f"INSERT INTO person (nr, bsn, naam) VALUES ('S-x', '123456789', '{secret}');"
                        "INSERT INTO band VALUES ('S-nobody', 'employer', "
                        f"{quoted(people.CURRENT.organisation_id)}, NULL, NULL, NULL)")
        place = len(people.PEOPLE) + 1
        errors = self.refused(
            f"postwacht_subjects:{place}:2: bsn: the BSN fails its check",
            f"postwacht_relations:{len(people.RELATIONS) + 1}:1: subject_id: there is no subject",
            "nothing was replaced")
        for value in (secret, "123456789", "S-nobody"):
            self.assertNotIn(value, errors)

    def test_views_that_are_not_as_they_must_be(self):
        self.fill()
        for change, words in (
                ("DROP VIEW postwacht_relations", ("postwacht_relations", "there is no such view",
                                                   "postwacht.registry(5)")),
                ("CREATE VIEW postwacht_relations AS SELECT persoon AS subject_id FROM band",
                 ("column 'relation' is missing",)),
                ("CREATE OR REPLACE VIEW postwacht_relations AS SELECT persoon AS subject_id, "
                 "soort AS relations FROM band", ("unknown column 'relations'", "'relation'"))):
            with self.subTest(change):
                self.server.sql("DROP VIEW IF EXISTS postwacht_relations; "
                                + change.replace("DROP VIEW p", "DROP VIEW IF EXISTS p"))
                self.refused(*words)

    def test_a_query_that_fails_in_the_middle_shows_no_row(self):
        self.fill()
        # In the third row a value that is no date, which the server's own message quotes.
        self.server.sql(
            "DROP VIEW postwacht_relations; CREATE VIEW postwacht_relations AS SELECT persoon AS "
            "subject_id, soort AS relation, firma AS organisation_id, mail AS email, van AS "
            "valid_from, CASE WHEN row_number() OVER () = 3 THEN ('Jansen' || persoon)::date "
            "ELSE tot END AS valid_to FROM band")
        errors = self.refused("postwacht_relations:3: ", "SQLSTATE 22007")
        self.assertNotIn("Jansen", errors)

    def test_a_connection_that_breaks_in_the_middle(self):
        self.fill()
        self.server.sql(
            "DROP VIEW postwacht_subjects; CREATE VIEW postwacht_subjects AS SELECT nr AS "
            "subject_id, bsn, naam AS surname, geboren AS birth_date, CASE WHEN row_number() "
            "OVER () = 3 THEN pg_terminate_backend(pg_backend_pid())::text END AS emails "
            "FROM person")
        errors = self.refused("postwacht_subjects:")
        self.assertNotIn("there is no subject", errors)

    def test_rows_that_differ_from_pass_to_pass(self):
        self.fill()
        self.server.sql(
            "DROP VIEW postwacht_organisations; CREATE VIEW postwacht_organisations AS SELECT "
            "nr AS organisation_id, random()::text AS name, NULL AS domains, NULL AS addresses "
            "FROM firma")
        self.refused("postwacht_organisations", "the rows changed while they were read")

    def test_no_server_and_no_database(self):
        self.refused("PostgreSQL", uri="postgresql:///postgres?host=/nonexistent&user=x")
        self.refused("nergens", uri=self.server.uri().replace("/postgres?", "/nergens?"))
        self.refused("is not a connection URI", uri="postgresql://[::1")

    def test_passwords_come_from_files_only(self):
        self.fill()
        self.server.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}")
        uri = self.server.uri(user=READER)
        for given in (f"{uri}&password={READER_PASSWORD}",
                      f"postgresql://{READER}:{READER_PASSWORD}@/postgres?host={self.server.folder}",
                      f"postgresql://{READER}:{READER_PASSWORD}@[::1/postgres"):
            errors = self.refused("postgresql://: ", uri=given)
            self.assertNotIn(READER_PASSWORD, errors)
        self.refused("password", uri=uri)
        files = {}
        for name, content in (("wrong", "*:*:*:*:mis"), ("right", f"*:*:*:*:{READER_PASSWORD}"),
                              ("service", f"[uitkering]\nhost={self.server.folder}\n"
                                          f"dbname=postgres\nuser={READER}\n"
                                          f"password={READER_PASSWORD}\n")):
            files[name] = self.folder / name
            files[name].write_text(content, encoding="ascii")
            os.chmod(files[name], 0o600)
        self.instance.environment = {"PGPASSFILE": str(files["wrong"])}
        errors = self.refused("authentication failed", uri=uri)
        self.assertNotIn("mis", errors.replace("permission", ""))
        self.instance.environment = {"PGPASSFILE": str(files["right"])}
        self.build(uri=uri)
        self.instance.environment = {"PGSERVICEFILE": str(files["service"])}
        self.build(uri="postgresql://?service=uitkering")
        self.assertNotIn(READER_PASSWORD, "".join(self.instance.transcripts))

    @unittest.skipIf(SLOWNESS > 1, "a sanitizer takes more memory than is allowed here")
    def test_rows_are_not_kept(self):
        # 180 MB of rows that are all bad: they are read twice, and none reaches the index.
        self.server.sql(
            "DROP VIEW postwacht_subjects; CREATE VIEW postwacht_subjects AS SELECT 'S-' || n AS "
            "subject_id, '123456789' AS bsn, repeat('x', 60000) AS surname, NULL AS birth_date, "
            "NULL AS emails FROM generate_series(1, 3000) AS n")
        # RLIMIT_DATA counts what is allocated, and not the map of the index.
        done = run(["prlimit", f"--data={120 << 20}", "--", program("postwacht"), "registry",
                    "build", "--config", self.instance.config, "--max-bad-rows", "3000", "--from",
                    self.server.uri()])
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn(b"bad rows       3000", done.stdout)


if __name__ == "__main__":
    testing.main()
