#include "extract/pdf.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "unit/formats/drawn_letter.hpp"
#include "unit/formats/read_with.hpp"

using namespace postwacht;
using namespace postwacht::extract;

namespace {

std::string stream(const std::string& content, const std::string& entries = {}) {
    return "<< " + entries + " /Length " + std::to_string(content.size()) + " >>\nstream\n" +
           content + "\nendstream";
}

std::string line(int x, int y, const std::string& text) {
    return "BT /F1 12 Tf " + std::to_string(x) + " " + std::to_string(y) + " Td (" + text +
           ") Tj ET\n";
}

// A document with one page: objects 1 catalogue, 2 pages, 3 page, 4 content, 5 font; others follow.
class Pdf {
  public:
    std::string content = line(72, 700, "Beste Anna");
    std::string catalogue;
    std::string page;
    std::string trailer;

    // The number of the new object.
    int add(const std::string& body) {
        others_.push_back(body);
        return static_cast<int>(others_.size()) + 5;
    }

    [[nodiscard]] std::string bytes() const {
        std::vector<std::string> objects = {
            "<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> /Properties << /L1 6 0 R >> "
            "/XObject << /I6 6 0 R >> >> " +
                page + " >>",
            stream(content), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
        objects.insert(objects.end(), others_.begin(), others_.end());
        std::string out = "%PDF-1.7\n";
        std::vector<std::size_t> offsets;
        for (std::size_t i = 0; i < objects.size(); ++i) {
            offsets.push_back(out.size());
            out += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
        }
        const auto table = out.size();
        const auto size = std::to_string(objects.size() + 1);
        out += "xref\n0 " + size + "\n0000000000 65535 f \n";
        for (const auto offset : offsets) out += entry(offset);
        out += "trailer\n<< /Size " + size + " /Root 1 0 R " + trailer + " >>\nstartxref\n" +
               std::to_string(table) + "\n%%EOF\n";
        return out;
    }

    // `before` with object `number` replaced, appended as a revision.
    static std::string revised(std::string before, int number, const std::string& body) {
        const auto last = before.rfind("startxref\n") + 10;
        const auto previous = before.substr(last, before.find('\n', last) - last);
        const auto offset = before.size();
        before += std::to_string(number) + " 0 obj\n" + body + "\nendobj\n";
        const auto table = before.size();
        before += "xref\n" + std::to_string(number) + " 1\n" + entry(offset) +
                  "trailer\n<< /Size 30 /Root 1 0 R /Prev " + previous + " >>\nstartxref\n" +
                  std::to_string(table) + "\n%%EOF\n";
        return before;
    }

  private:
    static std::string entry(std::size_t offset) {
        std::string digits = std::to_string(offset);
        return std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
    }

    std::vector<std::string> others_;
};

// An object with the pixels of `drawing`, and what shows it at a place and in a size.
std::string image_of(const Drawing& drawing) {
    const int width = pixGetWidth(drawing.pix());
    const int height = pixGetHeight(drawing.pix());
    std::string pixels;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            l_uint32 value = 0;
            pixGetPixel(drawing.pix(), x, y, &value);
            pixels += static_cast<char>(value);
        }
    return stream(pixels, "/Type /XObject /Subtype /Image /Width " + std::to_string(width) +
                              " /Height " + std::to_string(height) +
                              " /ColorSpace /DeviceGray /BitsPerComponent 8");
}

std::string picture(int object, int x, int y, int width, int height) {
    return "q " + std::to_string(width) + " 0 0 " + std::to_string(height) + " " +
           std::to_string(x) + " " + std::to_string(y) + " cm /I" + std::to_string(object) +
           " Do Q\n";
}

std::string reference(int number) {
    return std::to_string(number) + " 0 R";
}

}  // namespace

TEST_CASE("a page is read by line, and columns are told apart") {
    Pdf pdf;
    pdf.content = line(72, 700, "Naam") + line(300, 700, "BSN") + line(72, 680, "111222333") +
                  line(300, 680, "123456782") + line(72, 660, "1 2 3 4 5 6 7 8 2");
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.reading.parts.at(0).type == "application/pdf");
    CHECK(read.text("page 1") == "Naam\tBSN\n111222333\t123456782\n123456782");
    CHECK_FALSE(read.hidden("page 1"));
}

TEST_CASE("a table that looks like columns of text is read by row as well") {
    Pdf pdf;
    pdf.content.clear();
    for (int row = 0; row < 8; ++row) {
        const int y = 700 - row * 14;
        pdf.content += line(72, y, "Een lange omschrijving van rij " + std::to_string(row));
        pdf.content += line(330, y, "en het antwoord daarop met nummer " + std::to_string(row));
    }
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.has("van rij 3\ten het antwoord daarop met nummer 3\n"));
}

TEST_CASE("properties, metadata and outline of a PDF are hidden") {
    Pdf pdf;
    const int info = pdf.add("<< /Title (Brief 123456782) /Author (Anna) >>");
    const int xmp = pdf.add(stream("<x:xmpmeta><dc:title>over &#49;23</dc:title></x:xmpmeta>",
                                   "/Type /Metadata /Subtype /XML"));
    const int outline = pdf.add("<< /Type /Outlines /First 9 0 R /Last 9 0 R /Count 1 >>");
    pdf.add("<< /Title (Kop van Anna) /Parent 8 0 R /Dest [3 0 R /Fit] >>");
    pdf.trailer = "/Info " + reference(info);
    pdf.catalogue = "/Metadata " + reference(xmp) + " /Outlines " + reference(outline);
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.text("document properties") == "Title: Brief 123456782\nAuthor: Anna\n");
    CHECK(read.text("document properties (XMP)") == "dc:title: over 123\n");
    CHECK(read.text("outline") == "Kop van Anna\n");
    for (const auto* where : {"document properties", "document properties (XMP)", "outline"})
        CHECK(read.hidden(where));
}

TEST_CASE("annotations and links of a PDF are read") {
    Pdf pdf;
    pdf.add("<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /Contents (nota) /T (Jan) >>");
    pdf.add(
        "<< /Type /Annot /Subtype /FreeText /Rect [9 99 20 120] /DA (/F1 9 Tf) /Contents (kader) "
        ">>");
    pdf.add("<< /Type /Annot /Subtype /FreeText /Rect [9 9 20 20] /F 2 /Contents (weg) >>");
    pdf.add(
        "<< /Type /Annot /Subtype /Link /Rect [9 9 20 20] "
        "/A << /S /URI /URI (https://anna.example/123456782) >> >>");
    pdf.page = "/Annots [6 0 R 7 0 R 8 0 R 9 0 R]";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.text("page 1, comment") == "nota");
    CHECK(read.text("page 1, comment (author)") == "Jan");
    CHECK(read.hidden("page 1, comment"));
    CHECK(read.text("page 1, text box") == "kader");
    CHECK_FALSE(read.hidden("page 1, text box"));
    CHECK(read.has("weg"));
    CHECK(read.text("page 1, link") == "https://anna.example/123456782");
    CHECK(read.hidden("page 1, link"));
}

TEST_CASE("form fields of a PDF keep their labels") {
    Pdf pdf;
    pdf.add(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (bsn) /V (123456782) /P 3 0 R "
        "/Rect [9 9 90 20] >>");
    pdf.add(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (x) /TU (Klant) /V (Anna) /F 2 /P 3 0 R "
        "/Rect [9 30 90 40] >>");
    pdf.add(
        "<< /Type /Annot /Subtype /Widget /FT /Ch /Ff 131072 /T (soort) /Opt [(een) (twee)] "
        "/V (twee) /P 3 0 R /Rect [9 50 90 60] >>");
    pdf.page = "/Annots [6 0 R 7 0 R 8 0 R]";
    pdf.catalogue = "/AcroForm << /Fields [6 0 R 7 0 R 8 0 R] >>";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.text("page 1, form fields").find("bsn: 123456782\n") != std::string::npos);
    CHECK(read.text("page 1, form fields").find("soort: twee\n") != std::string::npos);
    CHECK_FALSE(read.hidden("page 1, form fields"));
    CHECK(read.text("page 1, hidden form fields") == "Klant: Anna\n");
    CHECK(read.hidden("page 1, hidden form fields"));
    CHECK(read.text("page 1, choices of form fields") == "soort: een\n");
}

TEST_CASE("an XFA form in a PDF is read") {
    Pdf pdf;
    const int form =
        pdf.add(stream("<xdp:xdp xmlns:xfa='http://www.xfa.org/schema/xfa-data/1.0/'>"
                       "<xfa:data><bsn>&#x31;23456782</bsn></xfa:data></xdp:xdp>"));
    pdf.catalogue = "/AcroForm << /Fields [] /XFA " + reference(form) + " >>";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.text("form (XFA)").find("bsn: 123456782\n") != std::string::npos);

    Pdf without;
    without.catalogue = "/AcroForm << /Fields [] /XFA 4 0 R >>";
    CHECK(read_with_all_formats(without.bytes()).incomplete(Why::unsupported));
}

TEST_CASE("files attached to a PDF are members") {
    Pdf inner;
    inner.content = line(72, 700, "binnenin 123456782");
    Pdf pdf;
    const int file = pdf.add(stream("klant 111222333", "/Type /EmbeddedFile"));
    const int spec = pdf.add("<< /Type /Filespec /F (a.txt) /Desc (lijst van Anna) /EF << /F " +
                             reference(file) + " >> >>");
    const int nested = pdf.add(stream(inner.bytes(), "/Type /EmbeddedFile"));
    const int annotation = pdf.add(
        "<< /Type /Annot /Subtype /FileAttachment /Rect [9 9 20 20] /FS << /Type /Filespec "
        "/F (b.pdf) /EF << /F " +
        reference(nested) + " >> >> >>");
    pdf.page = "/Annots [" + reference(annotation) + "]";
    pdf.catalogue = "/Names << /EmbeddedFiles << /Names [(a.txt) " + reference(spec) + "] >> >>";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    REQUIRE(read.reading.parts.size() == 3);
    CHECK(read.reading.parts[1].name == "b.pdf");
    CHECK(read.reading.parts[2].name == "a.txt");
    CHECK(read.text("text") == "klant 111222333");
    CHECK(read.has("binnenin 123456782"));
    CHECK(read.text("description of an attached file") == "lijst van Anna");
}

TEST_CASE("layers that are switched off are hidden text") {
    Pdf pdf;
    pdf.add("<< /Type /OCG /Name (Concept) >>");
    pdf.content =
        line(72, 700, "zichtbaar") + "/OC /L1 BDC\n" + line(72, 600, "123456782") + "EMC\n";
    pdf.catalogue = "/OCProperties << /OCGs [6 0 R] /D << /Order [6 0 R] /OFF [6 0 R] >> >>";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.text("page 1") == "zichtbaar");
    CHECK(read.text("page 1, layers that are off").find("123456782") != std::string::npos);
    CHECK(read.hidden("page 1, layers that are off"));
}

TEST_CASE("what an earlier revision showed is hidden text") {
    Pdf pdf;
    pdf.content = line(72, 700, "Beste Anna") + line(72, 600, "BSN 123456782");
    const auto revised = Pdf::revised(pdf.bytes(), 4, stream(line(72, 700, "Beste Anna")));
    const auto read = read_with_all_formats(revised);
    CHECK(read.whole());
    CHECK(read.text("page 1") == "Beste Anna");
    CHECK(read.text("page 1, earlier revision") == "BSN 123456782\n");
    CHECK(read.hidden("page 1, earlier revision"));
}

TEST_CASE("what was cropped away is hidden text") {
    Pdf pdf;
    pdf.content = line(72, 700, "Beste Anna") + line(72, 100, "BSN 123456782");
    pdf.page = "/CropBox [0 400 595 842]";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.text("page 1") == "Beste Anna");
    CHECK(read.text("page 1, cropped away") == "BSN 123456782\n");
    CHECK(read.hidden("page 1, cropped away"));
    pdf.page = "/CropBox[ 0 0 595 842 ]";
    CHECK(read_with_all_formats(pdf.bytes()).has("BSN 123456782"));
}

TEST_CASE("a PDF that needs a password is encrypted, not damaged") {
    Pdf pdf;
    pdf.trailer =
        "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] "
        "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" +
        std::string(64, 'a') + "> /U <" + std::string(64, 'b') + "> >>";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.incomplete(Why::encrypted));
    CHECK_FALSE(read.incomplete(Why::damaged));
    CHECK_FALSE(read.has("Anna"));
}

TEST_CASE("a page that shows something and no text is looked at, and may hold no words") {
    const auto [content, looked_at] = GENERATE(table<std::string, bool>({
        {"q 200 0 0 200 72 400 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q\n", true},
        {"72 72 m 200 300 l 300 90 l f\n", true},
        {"", false},
        {line(72, 700, "Anna") + "72 72 m 200 300 l 300 90 l f\n", false},
    }));
    Pdf pdf;
    pdf.content = content;
    CHECK(read_with_all_formats(pdf.bytes()).whole());
    Limits none;
    none.scan_pages = 0;
    CHECK(read_with_all_formats(pdf.bytes(), {}, none).incomplete(Why::over_budget) == looked_at);
}

TEST_CASE("the words of a stamp are read, and a hidden stamp is told of") {
    const auto stamped = [](const std::string& flags) {
        Pdf pdf;
        const auto shown =
            std::to_string(pdf.add(stream("BT /F1 14 Tf 10 40 Td (BSN 123456782) Tj ET",
                                          "/Type /XObject /Subtype /Form /BBox [0 0 200 100] "
                                          "/Resources << /Font << /F1 5 0 R >> >>")));
        const auto stamp =
            std::to_string(pdf.add("<< /Type /Annot /Subtype /Stamp /Rect [100 100 300 200] /F " +
                                   flags + " /AP << /N " + shown + " 0 R >> >>"));
        pdf.page = "/Annots [" + stamp + " 0 R]";
        return pdf;
    };
    const auto read = read_with_all_formats(stamped("4").bytes());
    INFO(read.reading.to_json());
    CHECK(read.whole());
    CHECK(read.text("page 1, stamp") == "BSN 123456782");
    CHECK(read_with_all_formats(stamped("2").bytes()).incomplete(Why::unsupported));
    Limits none;
    none.scan_pages = 0;
    CHECK(read_with_all_formats(stamped("4").bytes(), {}, none).incomplete(Why::over_budget));
    auto alone = stamped("4");
    alone.content.clear();
    CHECK(read_with_all_formats(alone.bytes()).text("page 1") == "BSN 123456782");
}

TEST_CASE("a scanned page of a PDF is recognised, and says so") {
    Pdf pdf;
    pdf.content = picture(pdf.add(image_of(drawn_letter({"BSN 123456782"}))), 72, 500, 400, 100);
    pdf.page = "/Rotate 0";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.text("page 1") == "BSN 123456782");
    REQUIRE(read.find("page 1") != nullptr);
    CHECK(read.find("page 1")->ocr);
}

TEST_CASE("a picture on a page with text is recognised where it has no text of its own") {
    Pdf pdf;
    const int image = pdf.add(image_of(drawn_letter({"BSN 123456782"})));
    const auto large = picture(image, 72, 300, 500, 63);
    pdf.content = line(72, 700, "Zie het afschrift hieronder") + large;
    CHECK(read_with_all_formats(pdf.bytes()).text("page 1, picture") == "BSN 123456782");
    // Of one that is distorted, as a fax is, nobody knows where it lies.
    pdf.content = line(72, 700, "Zie hieronder") + picture(image, 72, 300, 450, 70);
    CHECK(read_with_all_formats(pdf.bytes()).text("page 1, picture") ==
          "Zie hieronder\nBSN 123456782");
    // Scanners write the words that they recognised behind the picture.
    pdf.content = line(80, 330, "BSN 123456782 van de scanner") + large;
    CHECK(read_with_all_formats(pdf.bytes()).find("page 1, picture") == nullptr);
    // A logo.
    pdf.content = line(72, 700, "Geachte heer") + picture(image, 72, 740, 100, 40);
    CHECK(read_with_all_formats(pdf.bytes()).find("page 1, picture") == nullptr);
}

TEST_CASE("page trees that lie end within the budget") {
    const auto count = GENERATE(std::string("2147483647"), "-5", "99999999999", "0");
    Pdf pdf;
    const auto read = read_with_all_formats(Pdf::revised(
        pdf.bytes(), 2, "<< /Type /Pages /Kids [3 0 R 2 0 R] /Count " + count + " >>"));
    CHECK_FALSE(read.whole());
}

TEST_CASE("a PDF that was cut off is never silently clean") {
    Pdf pdf;
    pdf.content = line(72, 700, "Beste Anna") + line(72, 600, "BSN 123456782");
    const auto bytes = pdf.bytes();
    for (std::size_t size = 0; size + 2 < bytes.size(); size += 3) {
        const auto read = read_with_all_formats(bytes.substr(0, size), "brief.pdf");
        INFO(size);
        CHECK((!read.whole() || size < 5 || read.has("123456782")));
    }
    std::string broken = bytes;
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        broken[at] = static_cast<char>(broken[at] ^ 0x15);
        const auto read = read_with_all_formats(broken, "brief.pdf");
        broken[at] = bytes[at];
        CHECK(!read.reading.parts.empty());
    }
}

TEST_CASE("what the objects of a PDF say is told, though no page shows it") {
    Pdf pdf;
    pdf.add("<< /Producer (x) /Title (Brief) /Zaaknummer (123456782) >>");
    pdf.trailer = "/Info 6 0 R";
    pdf.catalogue =
        "/OpenAction << /S /JavaScript /JS (var bsn = '111222333') >> "
        "/AcroForm << /Fields [7 0 R] >>";
    pdf.add("<< /FT /Tx /T (los) /V <FEFF0043006F00720061> /DV (Bram) >>");
    pdf.add(
        "<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /Contents (zie ook) "
        "/RC (<body><p>de \\(echte\\) nota</p></body>) >>");
    pdf.page = "/Annots [8 0 R]";
    const auto read = read_with_all_formats(pdf.bytes());
    CHECK(read.whole());
    CHECK(read.has("Zaaknummer: 123456782"));
    CHECK(read.text("script") == "var bsn = '111222333'\n");
    CHECK(read.hidden("script"));
    CHECK(read.text("value of a form field") == "Cora\n");
    CHECK(read.text("default value of a form field") == "Bram\n");
    CHECK(read.text("rich text of a comment").find("de (echte) nota") != std::string::npos);
    CHECK(read.text("comment") == "(none)");  // said by the annotation already
}

TEST_CASE("a file in a PDF that no list names is a member") {
    Pdf pdf;
    const int file = pdf.add(stream("klant 111222333", "/Type /EmbeddedFile"));
    pdf.add("<< /Type /Filespec /UF (los.txt) /AFRelationship /Data /EF << /F " + reference(file) +
            " >> >>");
    pdf.catalogue = "/AF [7 0 R]";
    const auto read = read_with_all_formats(pdf.bytes());
    REQUIRE(read.reading.parts.size() == 2);
    CHECK(read.reading.parts[1].name == "los.txt");
    CHECK(read.text("text") == "klant 111222333");
    CHECK(read.whole());
}

TEST_CASE("names of layers are read") {
    Pdf pdf;
    pdf.add("<< /Type /OCG /Name (Dossier Anna) >>");
    pdf.catalogue = "/OCProperties << /OCGs [6 0 R] /D << /Order [6 0 R] >> >>";
    CHECK(read_with_all_formats(pdf.bytes()).text("names of layers").find("Dossier Anna") !=
          std::string::npos);
}

TEST_CASE("a table that goes on on the next page keeps the names of its columns") {
    Pdf pdf;
    const auto row = [](int y, const std::string& a, const std::string& b, const std::string& c) {
        return line(72, y, a) + line(200, y, b) + line(330, y, c);
    };
    pdf.content = line(72, 760, "Overzicht") + row(700, "naam", "BSN", "plaats") +
                  row(680, "Anna", "123456782", "Gouda");
    const int next = pdf.add(stream(row(760, "Bram", "111222333", "Delft")));
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents " + reference(next) +
            " /Resources << /Font << /F1 5 0 R >> >> >>");
    const int other = pdf.add(stream(line(72, 760, "Bijlage") + line(72, 700, "zonder tabel")));
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents " + reference(other) +
            " /Resources << /Font << /F1 5 0 R >> >> >>");
    const auto read = read_with_all_formats(
        Pdf::revised(pdf.bytes(), 2, "<< /Type /Pages /Kids [3 0 R 7 0 R 9 0 R] /Count 3 >>"));
    CHECK(read.text("page 2, by row") == "naam\tBSN\tplaats\nBram\t111222333\tDelft\n");
    CHECK(read.text("page 3, by row") == "(none)");
}

TEST_CASE("a page that lost something it needs is damaged, whatever is left of it") {
    Pdf font;
    font.content = line(72, 700, "Beste Anna") + "BT /F9 12 Tf 72 600 Td (123456782) Tj ET\n";
    CHECK(read_with_all_formats(font.bytes()).incomplete(Why::damaged));
    Pdf drawing;
    drawing.content = line(72, 700, "Beste Anna") + "/Kwijt Do\n";
    CHECK(read_with_all_formats(drawing.bytes()).incomplete(Why::damaged));
    Pdf word;
    word.content = line(72, 700, "Beste Anna") + "BT 12 Tz (a) Txj ET\n";
    CHECK(read_with_all_formats(word.bytes()).incomplete(Why::damaged));
    CHECK(read_with_all_formats(Pdf().bytes()).whole());
}
