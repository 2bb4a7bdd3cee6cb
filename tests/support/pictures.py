"""Pictures of letters, drawn by cairo through ctypes, so that no binary file needs explaining.

As a program, pictures.py DIRECTORY writes the seeds of tests/fuzz/fuzz_image there.
"""

import ctypes
import pathlib
import struct
import sys
import zlib

_FORMAT_RGB24 = 1


def _cairo():
    cairo = ctypes.CDLL("libcairo.so.2")
    pointer, number, real = ctypes.c_void_p, ctypes.c_int, ctypes.c_double
    for name, result, arguments in (
            ("cairo_image_surface_create", pointer, (number, number, number)),
            ("cairo_image_surface_get_data", pointer, (pointer,)),
            ("cairo_image_surface_get_stride", number, (pointer,)),
            ("cairo_create", pointer, (pointer,)),
            ("cairo_set_source_rgb", None, (pointer, real, real, real)),
            ("cairo_paint", None, (pointer,)),
            ("cairo_select_font_face", None, (pointer, ctypes.c_char_p, number, number)),
            ("cairo_set_font_size", None, (pointer, real)),
            ("cairo_move_to", None, (pointer, real, real)),
            ("cairo_show_text", None, (pointer, ctypes.c_char_p)),
            ("cairo_surface_flush", None, (pointer,)),
            ("cairo_destroy", None, (pointer,)),
            ("cairo_surface_destroy", None, (pointer,))):
        function = getattr(cairo, name)
        function.restype, function.argtypes = result, arguments
    return cairo


class Scan:
    """A page with these lines as a scanner gives it: eight bits of grey for each dot."""

    def __init__(self, lines, dots_per_inch=150):
        size = 12 * dots_per_inch / 72
        longest = max(map(len, lines), default=0)
        self.width = int(size * (0.62 * longest + 4))
        self.height = int(size * 1.5 * (len(lines) + 1))
        cairo = _cairo()
        surface = cairo.cairo_image_surface_create(_FORMAT_RGB24, self.width, self.height)
        context = cairo.cairo_create(surface)
        cairo.cairo_set_source_rgb(context, 1, 1, 1)
        cairo.cairo_paint(context)
        cairo.cairo_set_source_rgb(context, 0, 0, 0)
        cairo.cairo_select_font_face(context, b"sans-serif", 0, 0)
        cairo.cairo_set_font_size(context, size)
        for number, line in enumerate(lines, 1):
            cairo.cairo_move_to(context, size, size * 1.5 * number)
            cairo.cairo_show_text(context, line.encode())
        cairo.cairo_destroy(context)
        cairo.cairo_surface_flush(surface)
        stride = cairo.cairo_image_surface_get_stride(surface)
        pixels = ctypes.string_at(cairo.cairo_image_surface_get_data(surface), stride * self.height)
        cairo.cairo_surface_destroy(surface)
        self.rows = [pixels[y * stride:y * stride + 4 * self.width:4] for y in range(self.height)]

    def png(self):
        def chunk(kind, content):
            check = zlib.crc32(kind + content)
            return len(content).to_bytes(4, "big") + kind + content + check.to_bytes(4, "big")
        head = self.width.to_bytes(4, "big") + self.height.to_bytes(4, "big") + bytes((8, 0, 0, 0, 0))
        rows = b"".join(b"\0" + row for row in self.rows)
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) +
                chunk(b"IEND", b""))


def scanned_pdf(scans):
    """A PDF with nothing but a picture on each page, as scanners make it."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for scan in scans:
        page, content, image = len(objects) + 1, len(objects) + 2, len(objects) + 3
        kids.append(b"%d 0 R" % page)
        height = 500 * scan.height // scan.width
        shown = b"q 500 0 0 %d 40 %d cm /Scan Do Q" % (height, 800 - height)
        pixels = zlib.compress(b"".join(scan.rows))
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << /Scan %d 0 R >> >> >>" % (content, image),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
            b"/BitsPerComponent 8 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
            % (scan.width, scan.height, len(pixels), pixels)]
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
                  b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(out)))


# The fuzzer's seeds: small pictures of every format, kept by leptonica.

_BMP, _TIFF_G4, _TIFF_LZW, _GIF, _WEBP, _JPEG = 1, 8, 9, 13, 15, 2


def _png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _kept(png, form, bits=None):
    """The picture in another format of leptonica's."""
    lept, libc = ctypes.CDLL("liblept.so.5"), ctypes.CDLL(None)
    lept.pixReadMem.restype = lept.pixThresholdToBinary.restype = ctypes.c_void_p
    lept.pixReadMem.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    lept.pixThresholdToBinary.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lept.pixWriteMem.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    libc.free.argtypes = [ctypes.c_void_p]
    pix = lept.pixReadMem(png, len(png))
    if bits == 1:
        pix = lept.pixThresholdToBinary(pix, 128)
    out, size = ctypes.c_void_p(), ctypes.c_size_t()
    assert lept.pixWriteMem(ctypes.byref(out), ctypes.byref(size), pix, form) == 0
    content = ctypes.string_at(out, size.value)
    libc.free(out)
    return content


def _tiled_tiff(scan, side=16):
    """One picture in squares of `side` dots, from left to right and down."""
    tiles = b"".join(b"".join(row[left:left + side].ljust(side, b"\xff") for row in scan.rows[top:top + side])
                     .ljust(side * side, b"\xff")
                     for top in range(0, scan.height, side) for left in range(0, scan.width, side))
    count = len(tiles) // side ** 2
    lists = 8 + len(tiles)
    fields = ((256, 1, scan.width), (257, 1, scan.height), (258, 1, 8), (259, 1, 1), (262, 1, 1), (277, 1, 1),
              (322, 1, side), (323, 1, side), (324, count, lists), (325, count, lists + 4 * count))
    return (b"II*\0" + struct.pack("<I", lists + 8 * count) + tiles
            + b"".join(struct.pack("<I", 8 + n * side ** 2) for n in range(count))
            + struct.pack("<I", side ** 2) * count + struct.pack("<H", len(fields))
            + b"".join(struct.pack("<HHII", tag, 4, n, value) for tag, n, value in fields) + bytes(4))


def seeds():
    """name -> content."""
    scan = Scan(["Anna"], 24)
    png = scan.png()
    exif = (b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, 5, 26, 0) + b"Anna\0")
    noted = png[:33] + _png_chunk(b"tEXt", b"Comment\0Anna") + _png_chunk(b"eXIf", exif) + _png_chunk(
        b"zTXt", b"Comment\0\0" + zlib.compress(b"Anna")) + png[33:]
    jpeg, gif = _kept(png, _JPEG), _kept(png, _GIF)
    behind_head = 13 + (3 << ((gif[10] & 7) + 1))
    page = _kept(png, _TIFF_G4, bits=1)
    return {
        "a.bmp": _kept(png, _BMP, bits=1), "a.webp": _kept(png, _WEBP), "a.gif": gif,
        "tiles.tif": _tiled_tiff(scan),
        "moving.gif": gif[:-1] + gif[behind_head:-1] + b"\x21\xfe\x04Anna\0;",
        "notes.png": noted,
        "moving.png": png[:-12] + _png_chunk(b"fdAT", bytes(4) + b"Anna") + png[-12:],
        # A chunk that says it is two gigabytes long.
        "promise.png": png[:33] + b"\x70\0\0\0iTXt" + png[33:],
        "notes.jpg": jpeg[:2] + b"\xff\xfe\0\x06Anna\xff\xe1" + struct.pack(">H", len(exif) + 8)
                     + b"Exif\0\0" + exif + jpeg[2:],
        "grey.tif": _kept(png, _TIFF_LZW), "bits.tif": page,
    }


if __name__ == "__main__":
    for seed, content in seeds().items():
        (pathlib.Path(sys.argv[1]) / seed).write_bytes(content)
