#include "extract/extractor.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

// What was read of one document, seen from its root.
struct Extracted {
    std::string type;
    std::vector<Fragment> fragments;
    std::optional<Why> incomplete;
    bool holds_no_text = false;
};

Extracted extracted_from(const std::string& bytes, std::string_view declared = {},
                         std::string_view charset = {}, std::string_view name = {}) {
    Budget budget{Limits{}};
    auto reading = make_in_process_extractor()->extract({bytes, declared, charset, name}, budget);
    Extracted out{reading.parts.at(0).type, std::move(reading.fragments), {}, false};
    if (!reading.incomplete.empty()) out.incomplete = reading.incomplete[0].why;
    out.holds_no_text = reading.coverage.parts == 0;
    return out;
}

Reading read(const std::string& message, const Limits& limits = {}) {
    Budget budget(limits);
    const auto extractor = make_in_process_extractor();
    return read_message(mail::parse(message, budget), *extractor, budget);
}

const Fragment* find(const Reading& reading, const std::string& path, const std::string& where) {
    for (const auto& fragment : reading.fragments)
        if (reading.parts.at(fragment.part).path == path && fragment.where == where)
            return &fragment;
    return nullptr;
}

std::string text_of(const Reading& reading, const std::string& path, const std::string& where) {
    const auto* fragment = find(reading, path, where);
    return fragment == nullptr ? "(none)" : fragment->text;
}

bool incomplete(const Reading& reading, const std::string& path, Why why) {
    return std::any_of(reading.incomplete.begin(), reading.incomplete.end(),
                       [&](const Incomplete& i) { return i.path == path && i.why == why; });
}

}  // namespace

TEST_CASE("text is read in the charset it is in") {
    const auto [bytes, charset] = GENERATE(table<std::string, std::string>({
        {"caf\xC3\xA9", "utf-8"},
        {"caf\xC3\xA9", ""},
        {"caf\xE9", "iso-8859-1"},
        {"caf\xE9", "windows-1252"},
        {"caf\xE9", ""},
        {"\xFF\xFE"
         "c\0a\0f\0\xE9\0"s,
         ""},
        {"caf\xE9", "no-such-charset"},
    }));
    INFO(charset);
    const auto extracted = extracted_from(bytes, "text/plain", charset);
    REQUIRE(extracted.fragments.size() == 1);
    CHECK(extracted.fragments[0].text == "caf\xC3\xA9");
    CHECK_FALSE(extracted.incomplete);
}

TEST_CASE("an HTML document may declare its own charset") {
    const auto extracted =
        extracted_from("<html><meta charset=iso-8859-7><p>\xE1\xE2", "application/octet-stream");
    CHECK(extracted.type == "text/html");
    CHECK(extracted.fragments.at(0).text == "\xCE\xB1\xCE\xB2");
}

TEST_CASE("lines of calendars and cards are unfolded") {
    const auto extracted =
        extracted_from("BEGIN:VCALENDAR\r\nSUMMARY:klant 1234\r\n 56782\r\n", "text/calendar");
    CHECK(extracted.fragments.at(0).text.find("123456782\n") != std::string::npos);
}

TEST_CASE("what is not read is never clean") {
    const auto why = [](const Extracted& extracted) { return extracted.incomplete; };
    CHECK(why(extracted_from("%PDF-1.4 ...")) == Why::unsupported);
    CHECK(why(extracted_from("PK\x03\x04...")) == Why::unsupported);
    CHECK(why(extracted_from("\x89PNG\r\n\x1A\n...")) == Why::unsupported);
    CHECK(why(extracted_from("{\\rtf1 tekst}")) == Why::unsupported);
    CHECK(why(extracted_from("\x01\x02\x03\x00"s, "application/x-eigen")) == Why::unsupported);
    CHECK(why(extracted_from("-----BEGIN PGP MESSAGE-----\n\nabc\n")) == Why::encrypted);
    CHECK(why(extracted_from("\x85\x01\x00\x02"s, "application/octet-stream", {}, "a.gpg")) ==
          Why::encrypted);
    const auto enveloped = "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03\xA0\x80"s;
    CHECK(why(extracted_from(enveloped, "application/pkcs7-mime")) == Why::encrypted);
    const auto opaque = "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80"s;
    CHECK(why(extracted_from(opaque, "application/pkcs7-mime")) == Why::unsupported);
    CHECK(why(extracted_from(opaque, "application/pkcs7-signature")) == Why::unsupported);
    CHECK_FALSE(why(extracted_from("")));
    CHECK_FALSE(why(extracted_from("een gewone tekst")));
}

TEST_CASE("text that begins like another format is read and reported") {
    const auto extracted = extracted_from("%PDF- is het begin van een pdf", "text/plain");
    CHECK(extracted.incomplete == Why::unsupported);
    CHECK(extracted.fragments.at(0).text == "%PDF- is het begin van een pdf");
}

TEST_CASE("XML in a body of plain text is shown with its tags") {
    const auto bytes = "<?xml version=\"1.0\"?><brief><nummer>12</nummer></brief>"s;
    CHECK(extracted_from(bytes, "text/plain").fragments.at(0).text == bytes);
    const auto file = extracted_from(bytes, "text/plain", {}, "brief.xml");
    CHECK(file.type == "application/xml");
}

TEST_CASE("sound and film hold no text") {
    const auto extracted = extracted_from("OggS....", "audio/ogg");
    CHECK(extracted.holds_no_text);
    CHECK_FALSE(extracted.incomplete);
    // It is the content that counts.
    CHECK(extracted_from("\x00\x01\x02"s, "audio/ogg").incomplete == Why::unsupported);
}

TEST_CASE("fields that people write in are read, each in its place") {
    const auto reading = read(
        "Received: from a.example\nMessage-ID: <1@a.example>\nDate: Mon, 23 Nov 2026 10:00:00 "
        "+0100\n"
        "SUBJECT: Besluit\nfrom: Anna <anna@x.example>\nTo: b@y.example\nX-Notitie: bel Jan\n"
        "X-Klant-123456782: ja\nContent-Description: brief\n\nx\n");
    CHECK(text_of(reading, "0", "Subject") == "Besluit");
    CHECK(text_of(reading, "0", "From") == "Anna <anna@x.example>");
    CHECK(text_of(reading, "0", "To") == "b@y.example");
    CHECK(text_of(reading, "0", "X-Notitie") == "bel Jan");
    CHECK(text_of(reading, "0", "Content-Description") == "brief");
    // A place must not quote an identifier.
    CHECK(text_of(reading, "0", "header") == "X-Klant-123456782: ja");
    CHECK(find(reading, "0", "Received") == nullptr);
    CHECK(find(reading, "0", "Message-ID") == nullptr);
    CHECK(find(reading, "0", "Date") == nullptr);
    CHECK(reading.parts.at(0).type == "message/rfc822-headers");
    CHECK(reading.coverage.parts == 1);
    CHECK(reading.coverage.read == 1);
    CHECK(reading.coverage.bytes == 2);
}

TEST_CASE("file names are text; preamble and epilogue are hidden text") {
    const auto reading = read(
        "Content-Type: multipart/mixed; boundary=b\n\nvooraf\n--b\n"
        "Content-Disposition: attachment; filename=klant-123456782.txt\n\nx\n--b--\nachteraf\n");
    CHECK(text_of(reading, "1", "file name") == "klant-123456782.txt");
    REQUIRE(find(reading, "0", "preamble") != nullptr);
    CHECK(find(reading, "0", "preamble")->hidden);
    CHECK(text_of(reading, "0", "epilogue") == "achteraf\n");
    CHECK(reading.coverage.parts == 1);
}

TEST_CASE("a defect of the message is damage") {
    const auto reading = read("Content-Type: multipart/mixed; boundary=b\n\ntekst");
    CHECK(incomplete(reading, "0", Why::damaged));
    CHECK(text_of(reading, "1", "text") == "tekst");

    const auto encoding = read("Content-Transfer-Encoding: x-eigen\n\ntekst");
    CHECK(incomplete(encoding, "1", Why::damaged));
    CHECK(encoding.incomplete.size() == 1);
    CHECK(encoding.coverage.parts == 1);
    CHECK(encoding.coverage.read == 0);
}

TEST_CASE("a budget that ends is reported") {
    Limits limits;
    limits.fragments = 3;
    const auto reading =
        read("Subject: a\nFrom: b@x.example\nTo: c@y.example\nCc: d@z.example\n\nx\n", limits);
    CHECK(reading.fragments.size() == 3);
    CHECK_FALSE(reading.incomplete.empty());
    CHECK(std::all_of(reading.incomplete.begin(), reading.incomplete.end(),
                      [](const Incomplete& i) { return i.why == Why::over_budget; }));
    CHECK(reading.coverage.read == 0);
}

TEST_CASE("separated values stand as they are, and by row where a quote hides a separator") {
    Budget budget{Limits{}};
    const auto extractor = make_in_process_extractor();
    const auto plain = read_file_bytes("nr;BSN\n1;2\n", "a.csv", *extractor, budget);
    CHECK(text_of(plain, "1", "text") == "nr;BSN\n1;2\n");
    CHECK(text_of(plain, "1", "text, by row") == "(none)");
    const auto quoted = read_file_bytes("naam,BSN\n\"B, A\",2\n", "a.csv", *extractor, budget);
    CHECK(text_of(quoted, "1", "text") == "naam,BSN\n\"B, A\",2\n");
    CHECK(text_of(quoted, "1", "text, by row") == "naam\tBSN\nB, A\t2\n");
}

TEST_CASE("a file is a mail or a document by its content") {
    const auto extractor = make_in_process_extractor();
    Budget budget{Limits{}};
    const auto mail =
        read_file_bytes("From: a@x.example\nSubject: b\n\nc", "x.txt", *extractor, budget);
    CHECK(text_of(mail, "1", "text") == "c");
    const auto document = read_file_bytes("een,twee", "lijst.csv", *extractor, budget);
    REQUIRE(document.parts.size() == 1);
    CHECK(document.parts[0].type == "text/csv");
    CHECK(document.parts[0].bytes == 8);
    CHECK(text_of(document, "1", "text") == "een,twee");
    CHECK(text_of(document, "1", "file name") == "lijst.csv");
}

TEST_CASE("the JSON has the keys other tools rely on, in order") {
    Reading reading;
    reading.parts.push_back({"1", "a.txt", "text/plain", 3, false, ""});
    reading.fragments.push_back({0, "text", true, false, "x\"\n"});
    reading.incomplete.push_back({"2", "b.zip", Why::encrypted});
    reading.coverage = {2, 1, 3};
    CHECK(
        reading.to_json() ==
        R"({"schema":"postwacht.extract/1",)"
        R"("parts":[{"part":"1","name":"a.txt","type":"text/plain","bytes":3,"macro":false}],)"
        R"("fragments":[{"part":"1","name":"a.txt","where":"text","hidden":true,"ocr":false,"text":"x\"\n"}],)"
        R"("incomplete":[{"part":"2","name":"b.zip","why":"encrypted"}],)"
        R"("coverage":{"parts":2,"read":1,"bytes":3}})");
}
