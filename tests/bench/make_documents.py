#!/usr/bin/env python3
"""A mixed corpus of made-up documents, as an agency sends them, for tests/bench/extract_pool.

    tests/bench/make_documents.py [--sets N] [--seed N] DIRECTORY

Each set holds a letter of ten pages as PDF of about 100 KB, one as DOCX of about 20 KB, a short DOCX and
PDF, a workbook of 2,000 rows, a text document and a sheet in ODF, RTF, a CSV file, a page of HTML, a mail
with two attachments and a zip file of all of them. The same seed gives the same text.
"""

import argparse
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import bombs
import documents

SYLLABLES = ("aan be ge ver ont uit op in voor na der den sel ling heid lijk baar tijd werk recht plicht dag week maand "
             "jaar geld som deel brief zaak wet regel vraag ant woord per soon huis weg stad land dorp").split()


def words(random_, count):
    return ["".join(random_.choices(SYLLABLES, k=random_.choice((1, 2, 2, 3)))) for _ in range(count)]


def lines(random_, count):
    return [" ".join(words(random_, 11)).capitalize() + "." for _ in range(count)]


def letter_pdf(random_, pages, lines_per_page=58):
    """Pages of text in one of the standard fonts, in streams that are not packed."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Kids [%b] /Count %d >>" % (
                   b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(pages)), pages),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for number in range(pages):
        text = "BT /F1 10 Tf 60 780 Td 13 TL " + " ".join(
            f"({line}) Tj T*" for line in lines(random_, lines_per_page)) + " ET"
        # Kerning, as typesetters leave it, makes a page two or three times as long.
        content = text.replace("e", "e) Tj (").encode()
        objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
                    b"<< /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number),
                    b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)]
    return bombs.pdf_of(objects)


def rows(random_, count):
    yield "Naam", "Dossier", "Bedrag", "Opmerking"
    for _ in range(count):
        yield (" ".join(words(random_, 2)).title(), random_.randint(10**7, 10**8), random_.randint(10, 5000),
               " ".join(words(random_, 4)))


def document_set(random_):
    table = list(rows(random_, 2000))
    files = {
        "brief-10.pdf": letter_pdf(random_, 10),
        "brief-20k.docx": documents.docx(lines(random_, 620)),
        "kort.pdf": letter_pdf(random_, 1),
        "kort.docx": documents.docx(lines(random_, 30)),
        "lijst.xlsx": documents.xlsx({("Lijst", "visible"): table}),
        "brief.odt": bombs.odf("text", "".join(f"<text:p>{line}</text:p>" for line in lines(random_, 300))),
        "lijst.ods": bombs.odf("spreadsheet", '<table:table table:name="Lijst">' + "".join(
            "<table:table-row>" + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
            + "</table:table-row>" for row in table[:500]) + "</table:table>"),
        "brief.rtf": ("{\\rtf1\\ansi " + "\\par\n".join(lines(random_, 300)) + "}").encode(),
        "lijst.csv": "\n".join(";".join(map(str, row)) for row in table).encode(),
        "pagina.html": ("<html><body>" + "".join(f"<p>{line}</p>" for line in lines(random_, 300)) + "</body></html>").encode(),
    }
    files["bijlagen.eml"] = bombs.attached("brief.pdf", files["kort.pdf"], more=[("brief.docx", files["kort.docx"])])
    files["alles.zip"] = documents.zip_of(files)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("directory", type=pathlib.Path)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    for number in range(options.sets):
        for name, content in document_set(random.Random(options.seed * 1000 + number)).items():
            (options.directory / f"{number:03}-{name}").write_bytes(content)


if __name__ == "__main__":
    main()
