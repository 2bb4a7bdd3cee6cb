"""Small documents as attachments, made here so that no binary file needs explaining."""

import io
import zipfile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zip_of(members):
    """A zip file of {name: bytes or text}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _escape(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _package(main, main_type, members):
    types = (f'<Types xmlns="{_PACKAGE}/content-types">'
             '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             f'<Default Extension="xml" ContentType="application/xml"/>'
             f'<Override PartName="/{main}" ContentType="{main_type}.main+xml"/></Types>')
    rels = (f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="{main}"/></Relationships>')
    return zip_of({"[Content_Types].xml": types, "_rels/.rels": rels, **members})


def xlsx(sheets):
    """A workbook of {(name, state): rows}; state is "visible", "hidden" or "veryHidden"."""
    book, rels, members = [], [], {}
    for number, ((name, state), rows) in enumerate(sheets.items(), 1):
        book.append(f'<sheet name="{_escape(name)}" sheetId="{number}" state="{state}" r:id="rId{number}"/>')
        rels.append(f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
                    f'Target="worksheets/sheet{number}.xml"/>')
        cells = []
        for row_number, row in enumerate(rows, 1):
            columns = "".join(
                f'<c r="{chr(65 + i)}{row_number}"><v>{value}</v></c>' if isinstance(value, int) else
                f'<c r="{chr(65 + i)}{row_number}" t="inlineStr"><is><t>{_escape(value)}</t></is></c>'
                for i, value in enumerate(row))
            cells.append(f'<row r="{row_number}">{columns}</row>')
        members[f"xl/worksheets/sheet{number}.xml"] = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<sheetData>{"".join(cells)}</sheetData></worksheet>')
    members["xl/workbook.xml"] = (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{_OFFICE}"><sheets>{"".join(book)}</sheets></workbook>')
    members["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(rels)}</Relationships>')
    return _package("xl/workbook.xml", XLSX, members)


def docx_body(*paragraphs):
    """The main part of a letter."""
    body = "".join(f"<w:p><w:r><w:t>{_escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    return ('<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body>{body}</w:body></w:document>")


def docx(paragraphs):
    """A letter of paragraphs."""
    return _package("word/document.xml", DOCX, {"word/document.xml": docx_body(*paragraphs)})


def pdf(lines):
    """One page of lines."""
    def quoted(line):
        return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    text = "BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({quoted(line)}) Tj T*" for line in lines) + " ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>",
               "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
               "/Resources << /Font << /F1 5 0 R >> >> >>",
               f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += (f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
            f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n")
    return out.encode("latin-1")
