#include "registry/csv.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

namespace postwacht::registry::csv {
namespace {

struct Outcome {
    std::vector<std::vector<std::string>> records;
    std::vector<std::string> problems;  // "2:5 a NUL character"
    std::vector<std::string> places;    // of every field: "2:5"
};

Outcome read(std::string_view bytes) {
    Outcome outcome;
    Reader reader(bytes);
    std::vector<Field> record;
    Problem problem;
    while (true) {
        switch (reader.next(record, problem)) {
            case Reader::Next::end:
                CHECK(reader.offset() == bytes.size());
                return outcome;
            case Reader::Next::problem:
                outcome.problems.push_back(std::to_string(problem.line) + ":" +
                                           std::to_string(problem.column) + " " + problem.what);
                break;
            case Reader::Next::record:
                outcome.records.emplace_back();
                for (const Field& field : record) {
                    outcome.records.back().push_back(field.text);
                    outcome.places.push_back(std::to_string(field.line) + ":" +
                                             std::to_string(field.column));
                }
                break;
        }
    }
}

using Records = std::vector<std::vector<std::string>>;
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("records with LF, CRLF, a byte-order mark, and without a last line end") {
    const Records expected{{"a", "b"}, {"1", ""}, {"", "2"}};
    for (const char* bytes : {"a,b\n1,\n,2\n", "a,b\r\n1,\r\n,2\r\n",
                              "\xEF\xBB\xBF"
                              "a,b\n1,\n,2",
                              "\n\na,b\n\n\n1,\r\n\r\n,2"}) {
        const Outcome outcome = read(bytes);
        CHECK(outcome.records == expected);
        CHECK(outcome.problems.empty());
    }
}

TEST_CASE("nothing, and only line ends, are no records") {
    for (const char* bytes : {"", "\n", "\r\n\r\n", "\xEF\xBB\xBF"}) {
        CHECK(read(bytes).records.empty());
        CHECK(read(bytes).problems.empty());
    }
}

TEST_CASE("quoted fields hold commas, quotes and line breaks") {
    const Outcome outcome = read("\"a,b\",\"say \"\"so\"\"\"\r\n\"two\nlines\",\"\"\nx,y\n");
    CHECK(outcome.records == Records{{"a,b", "say \"so\""}, {"two\nlines", ""}, {"x", "y"}});
    CHECK(outcome.places == Texts{"1:1", "1:7", "2:1", "3:8", "4:1", "4:3"});
}

TEST_CASE("the mark at the start counts for no column") {
    CHECK(read("\xEF\xBB\xBF"
               "a,b\n")
              .places == Texts{"1:1", "1:3"});
}

TEST_CASE("what would shift a column is a problem, and the next line is read again") {
    const auto check = [](std::string_view bytes, const std::string& problem) {
        INFO(bytes);
        const Outcome outcome = read(bytes);
        CHECK(outcome.problems == Texts{problem});
        CHECK(outcome.records == Records{{"first", "1"}, {"last", "9"}});
    };
    using namespace std::string_view_literals;
    check("first,1\nab\"c,2\nlast,9\n", "2:3 a quote inside a field that does not begin with one");
    check("first,1\n\"ab\"c,2\nlast,9\n", "2:5 text behind a closing quote");
    check("first,1\n\"ab\" ,2\nlast,9\n", "2:5 text behind a closing quote");
    check("first,1\nab,\0,2\nlast,9\n"sv, "2:4 a NUL character");
    check("first,1\nab,\"x\0\",2\nlast,9\n"sv, "2:6 a NUL character");
    check("first,1\nab\rc,2\nlast,9\n", "2:3 a carriage return without a line feed");
    check("first,1\nx,\"a\nb\"c,2\nlast,9\n", "3:3 text behind a closing quote");
}

TEST_CASE("a file that ends inside quotes says where they began") {
    const Outcome outcome = read("a,b\n1,\"two\n3,4\n");
    CHECK(outcome.records == Records{{"a", "b"}});
    CHECK(outcome.problems == Texts{"2:3 the file ends inside quotes that begin here"});
}

TEST_CASE("a record that was read is not mixed up with the one before") {
    CHECK(read("a,b,c\nd\n\"e\",f\n").records == Records{{"a", "b", "c"}, {"d"}, {"e", "f"}});
}

TEST_CASE("what is written by the rules is read back") {
    std::mt19937 random(20261123);
    const std::string letters = "ab,\"\n\r ;\xC3\xAB";
    for (int round = 0; round < 300; ++round) {
        Records expected;
        std::string bytes;
        for (unsigned row = 0; row < 1 + random() % 5; ++row) {
            expected.emplace_back();
            for (unsigned column = 0; column < 1 + random() % 4; ++column) {
                std::string text;
                for (unsigned i = 0; i < random() % 6; ++i) {
                    text.push_back(letters[random() % letters.size()]);
                }
                expected.back().push_back(text);
                bytes += column == 0 ? "\"" : ",\"";
                for (const char c : text) bytes += c == '"' ? std::string("\"\"") : std::string{c};
                bytes += "\"";
            }
            bytes += round % 2 == 0 ? "\n" : "\r\n";
        }
        const Outcome outcome = read(bytes);
        REQUIRE(outcome.records == expected);
        CHECK(outcome.problems.empty());
    }
}

}  // namespace postwacht::registry::csv
