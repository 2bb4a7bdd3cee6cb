#include "mail/parts.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace postwacht;
using namespace postwacht::mail;

namespace {

Parsed parse_with(const std::string& message, const Limits& limits = {}) {
    Budget budget(limits);
    return parse(message, budget);
}

const Part* find(const Parsed& parsed, const std::string& path, PartKind kind = PartKind::content) {
    for (const auto& part : parsed.parts)
        if (part.path == path && part.kind == kind) return &part;
    return nullptr;
}

std::string content(const Parsed& parsed, const std::string& path,
                    PartKind kind = PartKind::content) {
    const Part* part = find(parsed, path, kind);
    return part == nullptr ? "(none)" : part->content;
}

bool holds_anywhere(const Parsed& parsed, const std::string& text) {
    return std::any_of(parsed.parts.begin(), parsed.parts.end(), [&](const Part& part) {
        const auto has = [&](const HeaderField& f) {
            return f.text.find(text) != std::string::npos;
        };
        return part.content.find(text) != std::string::npos ||
               std::any_of(part.headers.begin(), part.headers.end(), has);
    });
}

}  // namespace

TEST_CASE("a plain letter is its fields and part 1") {
    const auto parsed = parse_with(
        "From: Uitkering <post@uwv.example>\r\nSubject: "
        "=?utf-8?q?Besluit_=C3=A9=C3=A9n?=\r\n\r\nBeste\r\n");
    REQUIRE(parsed.parts.size() == 2);
    CHECK(parsed.parts[0].path == "0");
    CHECK(parsed.header("subject") == "Besluit \xC3\xA9\xC3\xA9n");
    CHECK(parsed.header("From") == "Uitkering <post@uwv.example>");
    CHECK(parsed.header("Cc").empty());
    CHECK(content(parsed, "1") == "Beste\r\n");
    CHECK(parsed.parts[1].type == "text/plain");
    CHECK(parsed.defects.empty());
}

TEST_CASE("parts are numbered as IMAP numbers them") {
    const auto parsed = parse_with(
        "Content-Type: multipart/mixed; boundary=a\n\nvoor\n--a\n"
        "Content-Type: multipart/alternative; "
        "boundary=b\n\n--b\n\neen\n--b\n\ntwee\n--b--\ntussen\n"
        "--a\nContent-Type: message/rfc822\n\nSubject: binnen\n\ndrie\n--a--\nna\n");
    CHECK(content(parsed, "0", PartKind::preamble) == "voor");
    CHECK(content(parsed, "1.1") == "een");
    CHECK(content(parsed, "1.2") == "twee");
    CHECK(content(parsed, "1", PartKind::epilogue) == "tussen");
    REQUIRE(find(parsed, "2.0", PartKind::headers) != nullptr);
    CHECK(content(parsed, "2.1") == "drie");
    CHECK(content(parsed, "0", PartKind::epilogue) == "na\n");
    CHECK(parsed.defects.empty());
}

TEST_CASE("a nested message is read through its transfer encoding and keeps its file name") {
    // "Subject: binnen\n\nverborgen\n" in base64.
    const auto parsed = parse_with(
        "Content-Type: message/rfc822; name=\"oud.eml\"\nContent-Transfer-Encoding: base64\n\n"
        "U3ViamVjdDogYmlubmVuCgp2ZXJib3JnZW4K\n");
    const Part* headers = find(parsed, "1.0", PartKind::headers);
    REQUIRE(headers != nullptr);
    CHECK(headers->name == "oud.eml");
    CHECK(headers->headers.at(0).text == "binnen");
    CHECK(content(parsed, "1.1") == "verborgen\n");
}

TEST_CASE("a mail that is attached as something else is taken apart as well") {
    const auto parsed = parse_with(
        "Content-Type: application/octet-stream; name=a.bin\n\n"
        "From: a@x.example\nTo: b@y.example\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n");
    CHECK(content(parsed, "1.1") == "hello");
}

TEST_CASE("no text is lost where a multipart is broken") {
    const std::string text = "klant 123456782";
    const auto [name, message, defect] = GENERATE_COPY(table<std::string, std::string, bool>({
        {"no boundary", "Content-Type: multipart/mixed\n\n" + text, true},
        {"no boundary, lines",
         "Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain\n\n" + text + "\n--x--\n",
         true},
        {"no boundary line", "Content-Type: multipart/mixed; boundary=b\n\n" + text, true},
        {"another boundary",
         "Content-Type: multipart/mixed; boundary=b\n\n--c\nContent-Type: text/plain\n\n" + text +
             "\n--c--\n",
         true},
        {"never closed", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text, false},
        {"after the close", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n" + text,
         false},
        {"a part after the close",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b\n\n" + text, false},
        {"extended boundary",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--bc\n\n" + text + "\n--b--",
         true},
        {"header only", "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + text + "\n--b--",
         false},
        {"NUL in the preamble",
         std::string("Content-Type: multipart/mixed; boundary=b\n\n\0", 45) + text +
             "\n--b\n\nx\n--b--",
         false},
        {"stray header line", "Subject: x\n" + text + "\nContent-Type: text/html\n\nx", false},
        {"blank behind the boundary",
         "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\n" + text + "\n--b-- \n", false},
        {"inner boundary of the outer one",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
         "boundary=b\n\n--b\n\n" +
             text + "\n--b--",
         false},
    }));
    INFO(name);
    const auto parsed = parse_with(message);
    CHECK(holds_anywhere(parsed, text));
    CHECK(parsed.defects.empty() != defect);
}

TEST_CASE("an inner boundary may begin as the outer one does") {
    const auto parsed = parse_with(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
        "boundary=b1\n\n"
        "--b1\n\neen\n--b1--\n--b\n\ntwee\n--b--\n");
    CHECK(content(parsed, "1.1") == "een");
    CHECK(content(parsed, "2") == "twee");
    CHECK(parsed.defects.empty());
}

TEST_CASE("file names are decoded in every form they are sent in") {
    const auto [value, name] = GENERATE(table<std::string, std::string>({
        {"attachment; filename=besluit.pdf", "besluit.pdf"},
        {"attachment; filename=\"besluit jansen.pdf\"", "besluit jansen.pdf"},
        {"attachment; filename*=utf-8''besl%C3%BCit.pdf", "besl\xC3\xBCit.pdf"},
        {"attachment; filename*0*=utf-8''besl%C3; filename*1*=%BCit.pdf", "besl\xC3\xBCit.pdf"},
        {"attachment; filename*0=\"bes\"; filename*1=\"luit.pdf\"", "besluit.pdf"},
        {"attachment; filename=\"=?utf-8?q?besl=C3=BCit=2Epdf?=\"", "besl\xC3\xBCit.pdf"},
        {"attachment; filename=\"=?iso-8859-1?q?besl=FCit=2Epdf?=\"", "besl\xC3\xBCit.pdf"},
        {"attachment; filename=\"besl\xC3\xBCit.pdf\"", "besl\xC3\xBCit.pdf"},
        {"attachment; filename=\"besl\xFCit.pdf\"", "besl\xC3\xBCit.pdf"},
    }));
    INFO(value);
    const auto parsed = parse_with("Content-Disposition: " + value + "\n\nx");
    REQUIRE(find(parsed, "1") != nullptr);
    CHECK(find(parsed, "1")->name == name);
    CHECK(find(parsed, "1")->attachment);
}

TEST_CASE("a second file name and what people write in the fields of a part are read") {
    const auto parsed = parse_with(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=een.txt\n"
        "Content-Disposition: attachment; filename=twee.txt\nContent-Description: dossier "
        "Jansen\n\nx\n--b--\n");
    CHECK(find(parsed, "1")->name == "twee.txt");
    CHECK(find(parsed, "1.MIME", PartKind::headers) != nullptr);
    CHECK(holds_anywhere(parsed, "een.txt"));
    CHECK(holds_anywhere(parsed, "dossier Jansen"));
}

TEST_CASE("ambiguity is a defect") {
    CHECK_FALSE(
        parse_with("Content-Type: text/plain\nContent-Type: text/html\n\nx").defects.empty());
    CHECK(parse_with("Content-Type: text/plain\nContent-Type: text/plain\n\nx").defects.empty());
    CHECK_FALSE(
        parse_with("Content-Type: message/partial; id=a; number=1; total=2\n\nx").defects.empty());
}

TEST_CASE("a digest holds messages without saying so") {
    const auto parsed = parse_with(
        "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: een\n\nx\n--b--\n");
    CHECK(find(parsed, "1.0", PartKind::headers)->headers.at(0).text == "een");
    CHECK(content(parsed, "1.1") == "x");
}

TEST_CASE("limits end the reading, and it says so") {
    std::string many = "Content-Type: multipart/mixed; boundary=b\n\n";
    for (int i = 0; i < 100; ++i) many += "--b\n\nx\n";
    Limits parts;
    parts.parts = 10;
    CHECK(parse_with(many, parts).over_budget);
    CHECK(parse_with(many, parts).parts.size() == 10);
    CHECK_FALSE(parse_with(many).over_budget);

    std::string deep;
    for (int i = 0; i < 100; ++i) {
        const std::string n = std::to_string(i);
        deep += "Content-Type: multipart/mixed; boundary=b" + n + "x\n\n--b" + n + "x\n";
    }
    const auto parsed = parse_with(deep + "\nonderin");
    CHECK(parsed.over_budget);
    CHECK(holds_anywhere(parsed, "onderin"));

    Limits bytes;
    bytes.unpacked_bytes = 100;
    CHECK(parse_with("Subject: a\n\n" + std::string(101, 'x'), bytes).over_budget);
}

TEST_CASE("a mail is told from other files") {
    CHECK(looks_like_mail("From: a@x.example\nSubject: b\n\n"));
    CHECK(looks_like_mail("Received: by x\n"));
    CHECK(looks_like_mail("From a@x.example Mon Nov 23\nReturn-Path: <a@x.example>\n\n"));
    CHECK(looks_like_mail("Content-Type: multipart/mixed;\n boundary=a\n\n"));
    CHECK_FALSE(looks_like_mail("Beste Anna,\n\nFrom: a\n"));
    CHECK_FALSE(looks_like_mail("Let op: morgen\n\ntekst"));
    CHECK_FALSE(looks_like_mail("<html><body>"));
    CHECK_FALSE(looks_like_mail(""));
    CHECK_FALSE(looks_like_mail("\n"));
}
