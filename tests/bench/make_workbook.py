#!/usr/bin/env python3
"""A workbook as a benefits agency might send it: a row for each of half a million people.

    tests/bench/make_workbook.py [--rows N] [--seed N] FILE.xlsx

Columns: number, name, BSN, birth date, postcode, house number, e-mail address, two amounts, a date and
a remark. Texts are shared strings, numbers and dates have formats of cells, as office programs write
them. The BSNs pass the eleven check and belong to nobody. 500,000 rows make about 50 MB.
"""

import argparse
import random
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

GIVEN = ["Anna", "Bram", "Chaima", "Daan", "Emma", "Finn", "Gerda", "Hassan", "Iris", "Joost", "Karin", "Lars",
         "Marit", "Noor", "Omar", "Pien", "Quinten", "Roos", "Sem", "Tess", "Umut", "Vera", "Wout", "Yara", "Zoë"]
PREFIX = ["", "", "", "van ", "de ", "van der ", "van den ", "ten "]
FIRST = ["Berg", "Dijk", "Groen", "Haan", "Kamp", "Laan", "Molen", "Noord", "Oever", "Poort", "Riet", "Steen", "Veld",
         "Water", "Zand", "Bos", "Brink", "Hout", "Klei", "Meer"]
SECOND = ["", "stra", "ma", "man", "sen", "huis", "zicht", "hof", "beek", "wijk", "dam", "inga", "kerk", "weg", "burg"]
REMARKS = ["dossier volledig", "wacht op formulier", "herbeoordeling in het najaar", "gemachtigde bekend",
           "adres gewijzigd", "bezwaar ingediend", "", "", "", ""]


def bsn(random_):
    while True:
        digits = [random_.randint(0, 9) for _ in range(8)]
        last = sum(d * w for d, w in zip(digits, range(9, 1, -1))) % 11
        if last < 10 and any(digits[:2]):
            return "".join(map(str, digits)) + str(last)


class Strings:
    def __init__(self):
        self.index = {}
        self.count = 0

    def of(self, text):
        self.count += 1
        return self.index.setdefault(text, len(self.index))


def cells_of(number, random_, strings):
    given, surname = random_.choice(GIVEN), random_.choice(FIRST) + random_.choice(SECOND)
    name = f"{random_.choice('ABCDEFGHJKLMNPRSTVW')}.{random_.choice('ABCDEFGHJKLM')}. {random_.choice(PREFIX)}{surname}"
    postcode = f"{random_.randint(1000, 9999)} {random_.choice('ABCDEFGHJK')}{random_.choice('ABCDEFGHJK')}"
    mail = f"{given.lower()}.{surname.lower()}{random_.randint(1, 99999)}@elders.example"
    texts = {"B": name, "C": bsn(random_), "E": postcode, "G": mail}
    if remark := random_.choice(REMARKS):
        texts["K"] = remark
    row = number + 1
    out = [f'<c r="A{row}"><v>{number}</v></c>']
    for column in "BCDEFGHIJK":
        if column in texts:
            out.append(f'<c r="{column}{row}" t="s"><v>{strings.of(texts[column])}</v></c>')
        elif column in "DJ":
            out.append(f'<c r="{column}{row}" s="1"><v>{random_.randint(14000, 45000)}</v></c>')
        elif column == "F":
            out.append(f'<c r="F{row}"><v>{random_.randint(1, 400)}</v></c>')
        elif column in "HI":
            out.append(f'<c r="{column}{row}" s="2"><v>{random_.randint(0, 400000) / 100}</v></c>')
    return f'<row r="{row}" spans="1:11">{"".join(out)}</row>'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("file")
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    strings = Strings()
    with zipfile.ZipFile(options.file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'))
        book.writestr("_rels/.rels", (f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
                                      f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'))
        book.writestr("xl/workbook.xml", (f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Betalingen" '
                                          'sheetId="1" r:id="rId1"/></sheets></workbook>'))
        book.writestr("xl/_rels/workbook.xml.rels", (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
            f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'))
        book.writestr("xl/styles.xml", (
            f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="&quot;€&quot;\\ #,##0.00"/>'
            '</numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
            '</styleSheet>'))
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            titles = ["Nr", "Naam", "BSN", "Geboortedatum", "Postcode", "Huisnr", "E-mail", "Bedrag", "Inhouding",
                      "Ingangsdatum", "Opmerking"]
            head = "".join(f'<c r="{chr(65 + i)}1" t="s"><v>{strings.of(title)}</v></c>' for i, title in enumerate(titles))
            sheet.write(f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'
                        f'<sheetData><row r="1">{head}</row>'.encode())
            for number in range(1, options.rows + 1):
                sheet.write(cells_of(number, random_, strings).encode())
            sheet.write(b"</sheetData></worksheet>")
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as table:
            table.write(f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<sst xmlns="{MAIN}" '
                        f'count="{strings.count}" uniqueCount="{len(strings.index)}">'.encode())
            for text in strings.index:
                table.write(f"<si><t>{text}</t></si>".encode())
            table.write(b"</sst>")


if __name__ == "__main__":
    main()
