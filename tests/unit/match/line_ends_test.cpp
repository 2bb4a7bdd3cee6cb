#include "match/line_ends.hpp"

#include <catch2/catch.hpp>

using namespace postwacht;

namespace {

// Surnames are those of the list, as the filter of a real index tells.
class Surnames final : public registry::Index {
  public:
    [[nodiscard]] bool may_be_surname(std::string_view key) const override {
        return key == "zwanenburg" || key == "jansen" || key == "vries" || key == "wolters";
    }

    // Nothing of this is asked for.
    Result<std::vector<registry::SubjectNumber>> find(registry::Key,
                                                      std::string_view) const override {
        return Error{};
    }
    Result<std::shared_ptr<const registry::Subject>> subject(
        registry::SubjectNumber) const override {
        return Error{};
    }
    Result<std::shared_ptr<const registry::Organisation>> organisation(
        registry::OrganisationNumber) const override {
        return Error{};
    }
    Result<std::vector<registry::OrganisationNumber>> organisations_at(std::string_view,
                                                                       bool) const override {
        return Error{};
    }
    Result<std::vector<registry::SubjectNumber>> subjects_with_id(std::string_view) const override {
        return Error{};
    }
    [[nodiscard]] std::vector<std::string> relation_names() const override { return {}; }
    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return shapes_;
    }
    [[nodiscard]] const registry::Stats& stats() const override { return stats_; }

  private:
    std::vector<std::string> shapes_;
    registry::Stats stats_;
};

std::string joined(std::string_view text) {
    const Surnames index;
    if (!match::may_have_broken_words(text)) return std::string(text);
    std::string out;
    match::join_broken_words(text, index, out);
    return out;
}

}  // namespace

TEST_CASE("a word that is broken over a line end is made whole", "[line_ends]") {
    struct Case {
        std::string_view broken;
        std::string_view whole;
    };
    const auto c = GENERATE(values<Case>({
        {"mevrouw Van Zwanen-\nburg, geboren", "mevrouw Van Zwanenburg,\n geboren"},
        {"> Van Zwanen-\n> burg, geboren", "> Van Zwanenburg,\n>  geboren"},
        {"zieken-\r\ngeld", "ziekengeld\n"},
        {"zieken\xC2\xADgeld en zieken\xC2\xAD\ngeld", "zieken\xC2\xADgeld en ziekengeld\n"},
        {"zieken\xE2\x80\x90\ngeld", "ziekengeld\n"},
        {"ZWANEN-\nBURG", "ZWANENBURG\n"},
        {"ZIEKEN-\nGELD", "ZIEKENGELD\n"},
        {"a-\nb-\nc", "ab-\n\nc"},
        {"zwanen-\nburg zieken-\ngeld.", "zwanenburg\n ziekengeld.\n"},
    }));
    INFO(c.broken);
    CHECK(joined(c.broken) == c.whole);
}

TEST_CASE("a hyphen that belongs to a word stays", "[line_ends]") {
    const std::string_view text =
        GENERATE(as<std::string_view>(), "mevrouw De Vries-\nJansen", "mevrouw Wolters-\nter Hage",
                 "VRIES-\nJANSEN", "vries-\njansen", "zwangerschaps-\nen bevallingsverlof",
                 "WW-\nuitkering", "ZK-4420-\n17", "een streep -\nen verder", "-\nx", "jansen-\n",
                 "\n-\n", "jansen-\n\nvries", "Wit\xC2\xAD\nKade 12", "1-\n2");
    INFO(text);
    CHECK(joined(text) == text);
}
