#include "extract/separated.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::string rows(const std::string& text, Separated sure = Separated::declared) {
    return separated_rows(text, sure).value_or("(none)");
}

}  // namespace

TEST_CASE("cells of separated values are parted by tabs, whatever parted them") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>({
        {"\"nr\";BSN\r\n1;123456782\r\n", "nr\tBSN\n1\t123456782\n"},
        {"\"nr\",BSN\n1,123456782", "nr\tBSN\n1\t123456782"},
        {"nr|BSN\r1|123456782\r", "nr\tBSN\n1\t123456782\n"},
        {"nr\tBSN\n1\t2\n", "nr\tBSN\n1\t2\n"},
        {"bedrag;BSN\n1,50;2\n2,75;3\n", "(none)"},  // told by its first line
        {"a, b;BSN\n1,50;2\n2,75;3\n", "a, b\tBSN\n1,50\t2\n2,75\t3\n"},
        {"Overzicht\n\nnr;BSN\n1;2\n3;4\n", "Overzicht\n\nnr\tBSN\n1\t2\n3\t4\n"},
        {"sep=_\na_b\n", "sep=\t\na\tb\n"},
        {"a;;c,,\n;;\n", "a\t\tc,,\n\t\t\n"},
    }));
    CHECK(rows(text) == expected);
}

TEST_CASE("a quoted cell may hold separators, line ends and quotes") {
    CHECK(rows("naam,BSN\n\"Jansen, A.\",1\nDe Boer,2\n") ==
          "naam\tBSN\nJansen, A.\t1\nDe Boer\t2\n");
    CHECK(rows("a,b\n\"x\ny\",\"zeg \"\"ja\"\"\"\n") == "a\tb\nx y\tzeg \"ja\"\n");
}

TEST_CASE("a quote that is never closed hides no row") {
    CHECK(rows("a;b\n\"c;d\ne;f\n") == "a\tb\n\"c\td\ne\tf\n");
    CHECK(rows("5\" pijp;1\n6\" pijp;2\n") == "5\" pijp\t1\n6\" pijp\t2\n");
    const std::string quotes = std::string(200'000, '"') + ";x\n";
    CHECK(rows(quotes).find("\tx") != std::string::npos);
}

TEST_CASE("a text file is a table only where its lines agree") {
    std::string table;
    for (int i = 0; i < 8; ++i) table += "nr;12345678" + std::to_string(i) + "\n";
    CHECK(rows(table, Separated::maybe).find('\t') != std::string::npos);
    const auto letter =
        "Beste heer,\n\nDank, ook namens haar, voor uw brief.\nWij komen erop terug; "
        "dat duurt even.\n\nMet groet,\nA.\n"s;
    CHECK(rows(letter, Separated::maybe) == "(none)");
    CHECK(rows("een woord\n") == "(none)");
}
