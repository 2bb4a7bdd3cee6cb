"""Pictures of letters, drawn by cairo through ctypes, so that no binary file needs explaining."""

import ctypes
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
