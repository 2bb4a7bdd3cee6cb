#!/usr/bin/env python3
"""Files that are small to send and endless to read, and files that ask to be fetched from elsewhere:
each ends within the budget, costs itself alone, and touches nothing."""

import ctypes
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import bombs
import documents
import people
import testing
from instance import program

# Neither may need more, whatever comes in: the milter's side, and a worker with its gigabyte.
MOST_MEMORY = 1400 << 20
MOST_CPU = 40

# Small when they are read as they stand, and so read in full.
READ_WHOLE = {"lach.html", "herhaald.ods", "groot.xls", "leeg.xlsx", "opmaak.html", "groot.csv", "veld.eml",
              "woorden.eml"}
# What they say of themselves is a contradiction, which is found before anything is unpacked.
DAMAGED = {"binair.rtf"}


class Read:
    """What a program reads of these bytes, and what that cost."""

    def __init__(self, folder, content, reader="postwacht", name="brief.eml"):
        file, out = folder / name, folder / "read.json"
        file.write_bytes(content)
        arguments = [program(reader), *(["extract", "--json"] if reader == "postwacht" else []), file]
        begin = time.monotonic()
        with open(out, "wb") as output:
            child = subprocess.Popen(arguments, stdout=output, stderr=subprocess.DEVNULL)
            _, self.status, usage = os.wait4(child.pid, 0)
            child.returncode = self.status
        self.seconds = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss * 1024  # the largest of it and the worker it waited for
        self.reading = json.loads(out.read_bytes()) if self.status == 0 else None
        out.unlink()

    @property
    def text(self):
        return "\n".join(fragment["text"] for fragment in self.reading["fragments"])

    def whys(self):
        return {item["why"] for item in self.reading["incomplete"]}


class BombTest(testing.PostwachtTest):
    def assert_bounded(self, read):
        self.assertEqual(read.status, 0)
        self.assertLess(read.memory, MOST_MEMORY)
        self.assertLess(read.cpu, MOST_CPU)

    def assert_told(self, name, read):
        if name in READ_WHOLE:
            self.assertEqual(read.whys(), set(), name)
        else:
            self.assertIn("damaged" if name in DAMAGED else "over_budget", read.whys(), name)

    def test_a_bomb_costs_itself_and_what_is_beside_it_is_read(self):
        for name, make in bombs.bombs().items():
            with self.subTest(name):
                read = Read(self.folder, bombs.attached(
                    name, make(), more=[("besluit.docx", documents.docx(["het besluit erbij"]))]))
                self.assert_bounded(read)
                self.assert_told(name, read)
                self.assertFalse({item["part"].partition(".")[0] for item in read.reading["incomplete"]}
                                 - {"1"}, name)
                self.assertIn("het besluit erbij", read.text)
                self.assertIn("de tekst erna", read.text)

    def test_a_letter_that_is_a_bomb_ends_too(self):
        for name, make in bombs.mails().items():
            with self.subTest(name):
                read = Read(self.folder, make())
                self.assert_bounded(read)
                self.assert_told(name, read)
                if name == "delen.eml":
                    self.assertGreater(read.text.count("tekst"), 5000)
                if name == "woorden.eml":
                    self.assertIn("tekst" * 100_000, read.text)

    def test_what_stands_in_the_last_of_all_cells_is_read(self):
        read = Read(self.folder, bombs.attached("leeg.xlsx", bombs.sparse_xlsx()))
        self.assertIn("laatste cel", read.text)
        repeated = bombs.odf("spreadsheet", '<table:table table:name="Blad1">'
                             '<table:table-row table:number-rows-repeated="1048575"><table:table-cell '
                             'table:number-columns-repeated="16384"/></table:table-row><table:table-row>'
                             '<table:table-cell table:number-columns-repeated="16383"/><table:table-cell>'
                             '<text:p>laatste cel</text:p></table:table-cell></table:table-row></table:table>')
        read = Read(self.folder, bombs.attached("leeg.ods", repeated))
        self.assertIn("laatste cel", read.text)
        self.assertEqual(read.whys(), set())

    def test_a_page_tree_that_holds_itself_is_over_budget_whatever_it_counts(self):
        loop = bombs.looping_pdf()
        for pages in (b"2000000000", b"0000000003", b"0000000001"):
            with self.subTest(pages):
                read = Read(self.folder, loop.replace(b"2000000000", pages), name="lus.pdf")
                self.assertIn("over_budget", read.whys())

    def test_entities_grow_only_so_far(self):
        for name in ("lach.xml", "lach.svg", "lach.html", "kwadraat.xml"):
            with self.subTest(name):
                read = Read(self.folder, bombs.attached(name, bombs.bombs()[name]()))
                self.assertLess(len(read.text), 2 << 20)

    def test_a_letter_of_bombs_is_judged_in_time_and_held(self):
        instance = self.make_instance()
        bomb = bombs.zip_of_zips(levels=4)
        letter = people.letter(f"hr@{people.CURRENT.domain}", text="Zie de bijlagen.",
                               attachments=[(f"{n}.zip", "application/zip", bomb) for n in range(60)])
        instance.configure("extract", wall_time='"6s"')
        begin = time.monotonic()
        verdict = instance.check(people.SENDER, [f"hr@{people.CURRENT.domain}"], letter)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(verdict["action"], "quarantine")
        self.assertEqual({item["why"] for item in verdict["incomplete"]}, {"over_budget"})


class Watch:
    """Whether a file is opened, by inotify(7)."""
    OPENED = 0x20

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        libc.inotify_add_watch(self.fd, os.fsencode(path), self.OPENED)

    def opened(self):
        try:
            return bool(os.read(self.fd, 4096))
        except BlockingIOError:
            return False

    def close(self):
        os.close(self.fd)


def fetching(http, path):
    """name -> a file that asks for these two."""
    entities = f'<!DOCTYPE a SYSTEM "{http}/a.dtd" [<!ENTITY f SYSTEM "file://{path}"><!ENTITY h SYSTEM "{http}/h">' \
               f'<!ENTITY % p SYSTEM "{http}/p.dtd"> %p;]>'
    def package(whole, changes, more=None):
        import io
        import zipfile
        with zipfile.ZipFile(io.BytesIO(whole)) as given:
            members = {name: given.read(name) for name in given.namelist()}
        for name, change in changes.items():
            members[name] = change(members[name].decode()).encode()
        return documents.zip_of({**members, **(more or {})})
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            + "".join(f'<Relationship Id="r{n}" Type="{office}/{kind}" Target="{target}" TargetMode="External"/>'
                      for n, (kind, target) in enumerate([("attachedTemplate", f"{http}/t.dotm"),
                                                          ("image", f"file://{path}"), ("oleObject", f"file://{path}")]))
            + "</Relationships>")
    pdf = bombs.pdf_of([
        f"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /URI /URI ({http}/o) >> >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [5 0 R 6 0 R] "
        f"/AA << /O << /S /Launch /F ({path}) >> >> >>".encode(),
        f"<< /Length 0 /F << /FS /URL /F ({http}/s) >> >>\nstream\n\nendstream".encode(),
        f"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /GoToR /F ({path}) /D [0 /Fit] >> >>".encode(),
        f"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /SubmitForm /F ({http}/f) >> >>".encode()])
    return {
        "a.xml": f'<?xml version="1.0"?>{entities}<a>&f;&h;</a>'.encode(),
        "a.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{http}/i"/><text>x</text></svg>'.encode(),
        "a.html": f'{entities}<html><head><link rel="stylesheet" href="{http}/s.css"><base href="{http}/"></head><body>'
                  f'<img src="{http}/i.png"><iframe src="file://{path}"></iframe>&f;</body></html>'.encode(),
        "a.docx": package(documents.docx(["tekst"]), {"word/document.xml": lambda xml: entities + xml},
                          {"word/_rels/document.xml.rels": rels, "word/_rels/settings.xml.rels": rels}),
        "a.xlsx": package(documents.xlsx({("Blad1", "visible"): [("x",)]}),
                          {"xl/worksheets/sheet1.xml": lambda xml: entities + xml.replace("<sheetData>", "&f;<sheetData>")}),
        "a.odt": bombs.odf("text", f'<text:section xmlns:xlink="http://www.w3.org/1999/xlink"><text:section-source '
                                   f'xlink:href="file://{path}"/><text:p>&f;</text:p></text:section>'),
        "a.fodt": f'<?xml version="1.0"?>{entities}<office:document xmlns:office="urn:oasis:names:tc:opendocument:'
                  f'xmlns:office:1.0">&f;&h;</office:document>'.encode(),
        "a.rtf": (r"{\rtf1{\*\template " + str(path) + r"}{\field{\*\fldinst INCLUDETEXT " + f'"{path}"'
                  + r"}}{\field{\*\fldinst INCLUDEPICTURE " + f'"{http}/i"' + "}} tekst}").encode(),
        "a.pdf": pdf,
        "a.eml": bombs.HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/external-body; "
                 + f'access-type=local-file; name="{path}"\r\n\r\nContent-Type: text/plain\r\n\r\n--b--\r\n'.encode(),
    }


class FetchTest(testing.PostwachtTest):
    def test_nothing_is_fetched_with_or_without_the_sandbox(self):
        server = socket.create_server(("127.0.0.1", 0))
        server.setblocking(False)
        self.addCleanup(server.close)
        canary = pathlib.Path(str(self.folder).replace(" ", "")).with_name("kanarie")
        canary.write_text("inhoud van de kanarie", encoding="utf-8")
        self.addCleanup(canary.unlink)
        watch = Watch(canary)
        self.addCleanup(watch.close)
        http = f"http://127.0.0.1:{server.getsockname()[1]}"
        for name, content in fetching(http, canary).items():
            for reader in ("postwacht", "extract_in_process"):
                with self.subTest(name, reader=reader):
                    read = Read(self.folder, content, reader, name)
                    self.assertEqual(read.status, 0)
                    self.assertNotIn("inhoud van de kanarie", read.text)
                    self.assertFalse(watch.opened(), "the file was opened")
                    self.assertRaises(BlockingIOError, server.accept)
        # The watch itself works.
        canary.read_text(encoding="utf-8")
        self.assertTrue(watch.opened())


if __name__ == "__main__":
    testing.main()
