"""Files that are small to send and endless to read, made when they are asked for.

bombs() gives name -> a function that makes the bytes. Each is a bomb for every reader that believes
what a file says of itself.
"""

import base64
import bz2
import ctypes
import gzip
import io
import lzma
import struct
import zipfile
import zlib

import documents

MEGABYTE = 1 << 20
GIGABYTE = 1 << 30


def _deflated(unit, times):
    """The raw deflate stream of so many times `unit`, packed once (RFC 1951)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(unit) + packer.flush(zlib.Z_FULL_FLUSH)) * times + b"\x03\x00"


def _zlib(unit, times):
    """The same as RFC 1950 wants it, without a checksum that fits: nobody gets that far."""
    return b"\x78\x9c" + _deflated(unit, times) + bytes(4)


def _zip_with(whole, replaced):
    """The zip file `whole` with these members instead, as {name: (raw deflate stream, size)}."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(whole)) as given:
        for name in given.namelist():
            content = given.read(name)
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            members[name] = (packer.compress(content) + packer.flush(), len(content), zlib.crc32(content))
    members.update({name: (raw, size, zlib.crc32(zlib.decompress(raw, -15)) if size < MEGABYTE * 32 else 0)
                    for name, (raw, size) in replaced.items()})
    out, directory = b"", b""
    for name, (raw, size, checksum) in members.items():
        fields = struct.pack("<HHHHIIIHH", 0, 8, 0, 0, checksum, len(raw), min(size, 0xFFFFFFFE),
                             len(name), 0)
        directory += (b"PK\x01\x02\x14\x00\x14\x00" + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(out))
                      + name.encode())
        out += b"PK\x03\x04\x14\x00" + fields + name.encode() + raw
    return out + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(members), len(members),
                                         len(directory), len(out), 0)


def zeros_gz(total=10 * GIGABYTE):
    """One member whose deflate blocks are copied, since they are all alike."""
    return _repeated(gzip.compress(bytes(64 * MEGABYTE), 9), total // (64 * MEGABYTE))


def zeros_bz2(total=10 * GIGABYTE):
    return _repeated(bz2.compress(bytes(64 * MEGABYTE), 9), total // (64 * MEGABYTE))


def zeros_xz(total=10 * GIGABYTE):
    return _repeated(lzma.compress(bytes(64 * MEGABYTE), preset=1), total // (64 * MEGABYTE))


def zeros_zst(total=10 * GIGABYTE):
    """A frame of blocks that say "this byte, so many times" (RFC 8878, RLE_Block)."""
    head = b"\x28\xb5\x2f\xfd" + bytes([0x00, 0x58])  # no size given, a window of 2 MB
    block = 128 << 10
    count = total // block
    def header(last):
        return struct.pack("<I", (block << 3) | (1 << 1) | last)[:3] + b"\x00"
    return head + header(0) * (count - 1) + header(1)


def _repeated(stream, times):
    """Readers take streams one behind the other as one."""
    return stream * times


def overlapping_zip(entries=2000, size=4 * MEGABYTE):
    """Every entry of the directory names the same data."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(size)) + packed.flush()
    checksum = zlib.crc32(bytes(size))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, checksum, len(data), size, 1, 0) + b"a"
    out = local + data
    directory = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, checksum, len(data), size,
                    len(name), 0, 0, 0, 0, 0, 0) + name
        for name in (f"{number:06}.txt".encode() for number in range(entries)))
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, entries & 0xFFFF, entries & 0xFFFF,
                      len(directory), len(out), 0)
    return out + directory + end


def quoted_overlap_zip(entries=1000, size=8 * MEGABYTE):
    """Each member's stream quotes the header of the next one in a stored block, and ends with it:
    all share one kernel, and no two begin at the same place."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(bytes(size)) + packer.flush()
    out, checksum, length, places = kernel, zlib.crc32(bytes(size)), size, []
    quoted_size = 0
    for number in reversed(range(entries)):
        name = f"{number:06}.txt".encode()
        if quoted_size:
            quoted = out[:quoted_size]
            out = b"\x00" + struct.pack("<HH", quoted_size, 0xFFFF ^ quoted_size) + out
            checksum = _joined_crc(zlib.crc32(quoted), checksum, length)
            length += quoted_size
        head = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, checksum, len(out), length, len(name), 0) + name
        places.append((name, checksum, len(out), length))
        out, quoted_size = head + out, len(head)
    directory = b""
    for name, check, packed, whole in reversed(places):
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, check, packed, whole,
                                 len(name), 0, 0, 0, 0, 0, len(out) - packed - 30 - len(name)) + name
    return out + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, entries, entries, len(directory), len(out), 0)


def _joined_crc(first, second, second_size):
    """The CRC-32 of two pieces from their own (zlib's crc32_combine)."""
    combine = ctypes.CDLL("libz.so.1").crc32_combine
    combine.restype, combine.argtypes = ctypes.c_ulong, [ctypes.c_ulong, ctypes.c_ulong, ctypes.c_long]
    return combine(first, second, second_size) & 0xFFFFFFFF


def zip_of_zips(levels=6, width=16, leaf=64 * MEGABYTE):
    """Each level holds `width` of the one below it."""
    content = documents.zip_of({"nul.txt": bytes(leaf)})
    for level in range(levels):
        content = documents.zip_of({f"{level}-{number}.zip": content for number in range(width)})
    return content


def deep_zip(depth=3000):
    content = documents.zip_of({"diep.txt": "tekst"})
    for _ in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("x.zip", content)
        content = out.getvalue()
    return content


def many_members(count=60_000):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number in range(count):
            archive.writestr(f"{number}.txt", b"x")
    return out.getvalue()


LAUGHS = ('<!DOCTYPE a [<!ENTITY l0 "lol">'
          + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
          + "]>")


def laughing_xml():
    return f'<?xml version="1.0"?>{LAUGHS}<a>&l11;</a>'.encode()


def quadratic_xml():
    return (f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "{"x" * 100_000}">]><a>'
            + "&a;" * 100_000 + "</a>").encode()


def laughing_svg():
    return (f'<?xml version="1.0"?>{LAUGHS.replace("DOCTYPE a", "DOCTYPE svg")}'
            '<svg xmlns="http://www.w3.org/2000/svg"><text>&l11;</text></svg>').encode()


def laughing_html():
    return f"{LAUGHS.replace('DOCTYPE a', 'DOCTYPE html')}<html><body>&l11;</body></html>".encode()


def laughing_office(kind):
    """A document of that kind whose main part begins with the entities."""
    whole = {"docx": lambda: documents.docx(["@tekst@"]),
             "xlsx": lambda: documents.xlsx({("Blad1", "visible"): [("@tekst@",)]}),
             "odt": lambda: odf("text", "<text:p>@tekst@</text:p>")}[kind]()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as given, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            content = given.read(name)
            if b"@tekst@" in content:
                content = LAUGHS.encode() + content.replace(b"@tekst@", b"&l11;")
            archive.writestr(name, content)
    return out.getvalue()


def odf(kind, body):
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (f'<?xml version="1.0"?><office:document-content xmlns:office="{space}office:1.0" '
               f'xmlns:text="{space}text:1.0" xmlns:table="{space}table:1.0"><office:body>'
               f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>")
    if content.startswith("<?xml"):
        content = content[len('<?xml version="1.0"?>'):]
    name = f"application/vnd.oasis.opendocument.{kind}"
    return documents.zip_of({
        "mimetype": name, "content.xml": content,
        "META-INF/manifest.xml":
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{name}"/>'
            "</manifest:manifest>"})


def repeated_ods():
    """2^34 cells with the same text, in two attributes, many times over."""
    cell = ('<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
            'table:number-columns-repeated="16384"><text:p>tekst</text:p></table:table-cell>'
            "</table:table-row>")
    return odf("spreadsheet", f'<table:table table:name="Blad1">{cell * 5000}</table:table>')


def pdf_of(objects):
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + (b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n"
                  b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(out)))


def looping_pdf():
    """A page tree that holds itself."""
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>",
                 b"<< /Type /Pages /Kids [3 0 R 2 0 R 3 0 R] /Count 2000000000 >>",
                 b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1000000000 >>"])


def _stream(content, more=b""):
    return b"<< /Length %d /Filter /FlateDecode %b>>\nstream\n%b\nendstream" % (len(content), more, content)


def _one_page(stream):
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>",
                 b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                 b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                 b"/Resources << /Font << /F1 5 0 R >> >> >>",
                 stream,
                 b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"])


TEXT = b"BT /F1 12 Tf 72 720 Td (tekst) Tj ET\n" * 25_000


def deflated_pdf():
    """A page of three gigabytes of text."""
    return _one_page(_stream(_zlib(TEXT, 3 * GIGABYTE // len(TEXT))))


def twice_deflated_pdf():
    packed = zlib.compress(_zlib(TEXT, 4 * GIGABYTE // len(TEXT)), 1)
    return _one_page(b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%b\nendstream"
                     % (len(packed), packed))


def many_pages_pdf(count=200_000):
    """Pages that share all they have."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    page = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R "
            b"/Resources << /Font << /F1 4 0 R >> >> >>")
    text = b"BT /F1 12 Tf 72 720 Td (tekst) Tj ET"
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>",
                 b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, count),
                 b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
                 b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
                 *([page] * count)])


def _sheet(unit, times):
    """A workbook whose one sheet has these rows again and again."""
    head = (b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH) + _deflated(unit, times)
    return _zip_with(documents.xlsx({("Blad1", "visible"): []}),
                     {"xl/worksheets/sheet1.xml": (raw, len(head) + len(unit) * times)})


def styled_xlsx():
    """Cells without content, as many as there is room for in 2^34 of them."""
    row = b'<row r="1" s="1" customFormat="1">' + b'<c r="A1" s="1"/>' * 16384 + b"</row>"
    return _sheet(row, 3 * GIGABYTE // len(row))


def wide_xlsx():
    """Each row has one cell, at the far right."""
    return _sheet(b'<row r="1"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>' * 1000, 5000)


def sparse_xlsx():
    """2^34 cells by its dimension and its one merged range; text in the last of them."""
    head = (b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            b'<dimension ref="A1:XFD1048576"/><cols><col min="1" max="16384" width="9"/></cols><sheetData>'
            b'<row r="1" spans="1:16384"><c r="A1" t="inlineStr"><is><t>begin</t></is></c></row>'
            b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>laatste cel</t></is></c></row>'
            b'</sheetData><mergeCells count="1"><mergeCell ref="A2:XFD1048575"/></mergeCells></worksheet>')
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return _zip_with(documents.xlsx({("Blad1", "visible"): []}),
                     {"xl/worksheets/sheet1.xml": (packer.compress(head) + packer.flush(), len(head))})


def shared_string_xlsx():
    """One long string in a million cells."""
    whole = documents.xlsx({("Blad1", "visible"): []})
    out = io.BytesIO()
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(io.BytesIO(whole)) as given, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith("workbook.xml.rels"):
                content = content.replace(
                    b"</Relationships>",
                    f'<Relationship Id="rId9" Type="{office}/sharedStrings" '
                    'Target="sharedStrings.xml"/></Relationships>'.encode())
            if name.startswith("xl/worksheets/"):
                content = content.replace(
                    b"<sheetData>", b"<sheetData>" + (b'<row><c t="s"><v>0</v></c></row>' * 1_000_000))
            archive.writestr(name, content)
        archive.writestr("xl/sharedStrings.xml",
                         '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                         f'<si><t>{"tekst " * 200_000}</t></si></sst>')
    return out.getvalue()


def long_docx(size=GIGABYTE):
    """One paragraph."""
    head, tail = documents.docx_body("@").split("@")
    unit = b"tekst en nog " * 100_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = (packer.compress(head.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
           + _deflated(unit, size // len(unit)))
    return _zip_with(documents.docx([]), {"word/document.xml": (raw, len(head) + size + len(tail))})


def deep_docx(depth=200_000):
    """Tables inside each other."""
    inside = "<w:tbl><w:tr><w:tc>" * depth + "<w:p><w:r><w:t>diep</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * depth
    return _docx_body(inside)


def _docx_body(body):
    """A document with this inside its <w:body>."""
    content = documents.docx_body("").replace("<w:p><w:r><w:t></w:t></w:r></w:p>", body).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return _zip_with(documents.docx([]), {"word/document.xml": (packer.compress(content) + packer.flush(), len(content))})


def deep_rtf(depth=5_000_000):
    return b"{\\rtf1 " + b"{\\b " * depth + b"diep" + b"}" * depth + b"}"


def rtf_of_binaries():
    return b"{\\rtf1 " + b"\\bin999999999 x" * 1000 + b" tekst}"


def huge_xls():
    """BIFF8 whose sheet says it has all rows and columns, and repeats one row without end."""
    def record(kind, body):
        return struct.pack("<HH", kind, len(body)) + body
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    dimension = record(0x200, struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0))
    cells = record(0xBD, struct.pack("<HH", 1, 0) + struct.pack("<HI", 15, 0x40240000) * 1000
                   + struct.pack("<H", 999)) * 1000
    bound = record(0x85, struct.pack("<IBBBB", 0, 0, 0, 5, 0) + b"Blad1")
    head = begin + bound
    where = len(head) + 4
    head = begin + record(0x85, struct.pack("<IBBBB", where, 0, 0, 5, 0) + b"Blad1") + record(0x0A, b"")
    return compound({"Workbook": head + sheet + dimension + cells + record(0x0A, b"")})


def compound(streams):
    """An OLE2 file with these streams, each in sectors of its own."""
    sector, fat, directory, body = 512, [], [], b""
    for name, content in streams.items():
        content = content.ljust(4096, b"\0")
        first, count = len(fat), (len(content) + sector - 1) // sector
        fat += [first + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
        body += content.ljust(count * sector, b"\0")
        directory.append((name, 2, first, len(content)))
    entries = b""
    for number, (name, kind, first, size) in enumerate([("Root Entry", 5, 0xFFFFFFFE, 0), *directory]):
        words = name.encode("utf-16-le")
        child = 1 if number == 0 else 0xFFFFFFFF
        entries += (words.ljust(64, b"\0") + struct.pack("<HBBIII", len(words) + 2, kind, 1, 0xFFFFFFFF,
                                                        0xFFFFFFFF, child)
                    + bytes(36) + struct.pack("<IQ", first, size))
    entries = entries.ljust((len(entries) + sector - 1) // sector * sector, b"\0")
    at_directory = len(fat)
    count = len(entries) // sector
    fat += [at_directory + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
    body += entries
    fat_sectors = 1
    while fat_sectors * 128 < len(fat) + fat_sectors:
        fat_sectors += 1
    at_fat = len(fat)
    fat += [0xFFFFFFFD] * fat_sectors
    assert fat_sectors <= 109, "too large for this writer"
    table = b"".join(struct.pack("<I", n) for n in fat).ljust(fat_sectors * sector, b"\xff")
    head = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
            + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
            + struct.pack("<IIIIIIIII", 0, fat_sectors, at_directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0))
    head += b"".join(struct.pack("<I", at_fat + n) for n in range(fat_sectors)).ljust(512 - len(head), b"\xff")
    return head + body + table


def nested_html(depth=100_000):
    return b"<html><body>" + b"<div>" * depth + b"diep" + b"</div>" * depth + b"</body></html>"


def nested_html_tables(depth=20_000):
    return b"<html><body>" + b"<table><tr><td>" * depth + b"diep" + b"</td></tr></table>" * depth


def html_of_css(size=10 * MEGABYTE):
    rules = b"".join(b".a%d p.b%d{display:none;color:#fff}" % (n, n) for n in range(size // 40))
    body = b"".join(b'<p class="b%d">tekst</p>' % n for n in range(50_000))
    return b"<html><style>" + rules + b"</style><body>" + body + b"</body></html>"


def html_of_attributes():
    return b"<html><body><p " + b" ".join(b'a%d="b"' % n for n in range(120_000)) + b">tekst</p></body></html>"


def large_csv(size=100 * MEGABYTE):
    line = b"naam;bsn;bedrag\n" * 1000
    return line * (size // len(line))


def bombs():
    """name -> how it is made. All are attachments."""
    return {
        "nullen.gz": zeros_gz,
        "nullen.bz2": zeros_bz2,
        "nullen.xz": zeros_xz,
        "nullen.zst": zeros_zst,
        "overlap.zip": overlapping_zip,
        "citaat.zip": quoted_overlap_zip,
        "zips.zip": zip_of_zips,
        "diep.zip": deep_zip,
        "veel.zip": many_members,
        "lach.xml": laughing_xml,
        "kwadraat.xml": quadratic_xml,
        "lach.svg": laughing_svg,
        "lach.html": laughing_html,
        "lach.docx": lambda: laughing_office("docx"),
        "lach.xlsx": lambda: laughing_office("xlsx"),
        "lach.odt": lambda: laughing_office("odt"),
        "herhaald.ods": repeated_ods,
        "lus.pdf": looping_pdf,
        "vol.pdf": deflated_pdf,
        "dubbel.pdf": twice_deflated_pdf,
        "bladen.pdf": many_pages_pdf,
        "opmaak.xlsx": styled_xlsx,
        "breed.xlsx": wide_xlsx,
        "leeg.xlsx": sparse_xlsx,
        "gedeeld.xlsx": shared_string_xlsx,
        "lang.docx": long_docx,
        "diep.docx": deep_docx,
        "diep.rtf": deep_rtf,
        "binair.rtf": rtf_of_binaries,
        "groot.xls": huge_xls,
        "diep.html": nested_html,
        "tabellen.html": nested_html_tables,
        "opmaak.html": html_of_css,
        "attributen.html": html_of_attributes,
        "groot.csv": large_csv,
    }


# Mails.

HEAD = b"From: a@agency.example\r\nTo: b@elders.example\r\nSubject: proef\r\nMIME-Version: 1.0\r\n"


def many_parts(count=100_000):
    part = b"--b\r\nContent-Type: text/plain\r\n\r\ntekst\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def nested_multiparts(depth=1000):
    begin = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                     for n in range(depth))
    end = b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))
    return HEAD + begin + b"Content-Type: text/plain\r\n\r\ndiep\r\n" + end


def long_header(size=50 * MEGABYTE):
    return HEAD + b"".join(b"X-Veld-%d: %b\r\n" % (n, b"tekst " * 160) for n in range(size // 1000)) + b"\r\ntekst\r\n"


def one_long_field(size=50 * MEGABYTE):
    return HEAD + b"Keywords: " + b"tekst\r\n " * (size // 8) + b"\r\n\r\ntekst\r\n"


def encoded_words(count=300_000):
    return HEAD + b"Comments: " + b"=?utf-8?B?dGVrc3Q=?=\r\n " * count + b"\r\n\r\ntekst\r\n"


def nested_messages(depth=1000):
    return (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * depth + HEAD + b"\r\ndiep\r\n"


def mails():
    """name -> how it is made. All are whole mails."""
    return {
        "delen.eml": many_parts,
        "multipart.eml": nested_multiparts,
        "kop.eml": long_header,
        "veld.eml": one_long_field,
        "woorden.eml": encoded_words,
        "mail-in-mail.eml": nested_messages,
    }


def attached(name, content, more=()):
    """A mail with these attachments, base64, and a plain text behind them."""
    out = [HEAD, b"Content-Type: multipart/mixed; boundary=grens\r\n\r\n"]
    for part_name, part in ((name, content), *more):
        out.append(b"--grens\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                   + f'Content-Disposition: attachment; filename="{part_name}"\r\n\r\n'.encode())
        out.append(base64.encodebytes(part).replace(b"\n", b"\r\n"))
    out.append(b"--grens\r\nContent-Type: text/plain\r\n\r\nde tekst erna\r\n--grens--\r\n")
    return b"".join(out)
