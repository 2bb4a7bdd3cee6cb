#include "extract/uuencode.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "extract/extractor.hpp"

using namespace postwacht;
using namespace postwacht::extract;

namespace {

const std::string encoded =
    "begin 644 brief.txt\n"
    "M:VQA;G0@,3(S-#4V-S@R+\"!E96X@<F5G96P@9&EE(&QA;F=E<B!I<R!D86X@\n"
    "B965N(&5N:V5L92!V86X@=FEJ9F5N=F5E<G1I9R!B>71E<P  \n"
    "`\n"
    "end\n";
const std::string plain =
    "klant 123456782, een regel die langer is dan een enkele van vijfenveertig bytes";

}  // namespace

TEST_CASE("a uuencoded file in text is found") {
    const auto files = uu_files("Beste heer,\n\n" + encoded + "\n" + encoded);
    REQUIRE(files.size() == 2);
    CHECK(files[0].name == "brief.txt");
    CHECK(files[0].bytes == plain);
    CHECK(files[0].whole);
    CHECK(files[1].bytes == plain);
}

TEST_CASE("a uuencoded file without its end says so, and words are none") {
    const auto cut = uu_files(encoded.substr(0, encoded.size() - 20));
    REQUIRE(cut.size() == 1);
    CHECK_FALSE(cut[0].whole);
    CHECK(uu_files("begin 644 maal opnieuw\nwe begin 644 keer\nbegin\n").empty());
    CHECK(uu_files("x " + encoded).empty());
    CHECK(uu_files("begin 644 a").empty());
}

TEST_CASE("files in text, and mails in a mailbox, are members") {
    Budget budget{Limits{}};
    const auto extractor = make_in_process_extractor();
    const auto letter = extractor->extract({"Hallo\n" + encoded, "text/plain", {}, {}}, budget);
    REQUIRE(letter.parts.size() == 2);
    CHECK(letter.parts[1].name == "brief.txt");

    const std::string mailbox =
        "From a@b.example Thu Jan  1 00:00:00 2026\nFrom: a@b.example\nTo: c@b.example\nSubject: "
        "een\n\nregel\nFrom here on\n\n"
        "From a@b.example Thu Jan  1 00:00:01 2026\nFrom: a@b.example\nSubject: twee\n"
        "Content-Transfer-Encoding: base64\n\na2xhbnQ=\n";
    const auto mails = extractor->extract({mailbox, {}, {}, "oud.mbox"}, budget);
    CHECK(mails.parts[0].type == "application/mbox");
    std::string all;
    for (const auto& fragment : mails.fragments) all += fragment.text + '|';
    CHECK(all.find("een|") != std::string::npos);
    CHECK(all.find("From here on") != std::string::npos);
    CHECK(all.find("twee|") != std::string::npos);
    CHECK(all.find("klant") != std::string::npos);
    CHECK(mails.incomplete.empty());
}
