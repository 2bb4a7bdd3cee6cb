// A message in the making, matched against a registry, and questions to what was found in it.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "match/match.hpp"
#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

namespace postwacht {

// The categories of vocabulary(), as findings number them.
enum Category : std::uint32_t { maternity, medical, debts };
using Categories = std::vector<std::uint32_t>;

inline const match::Vocabulary& vocabulary() {
    static const auto compiled = [] {
        match::Words words = match::default_words();
        words.categories = {{"maternity", {"zwangerschapsuitkering", "WAZO"}, {}},
                            {"medical", {"diagnose"}, {R"(\bburn-?out\b)"}},
                            {"debts", {"terugvordering"}, {}}};
        return *match::Vocabulary::compile(words);
    }();
    return *compiled;
}

// A message in the making: parts and fragments as the reader of mails gives them.
class Message {
  public:
    Message& field(const std::string& name, const std::string& text) {
        return add("0", "", "message/rfc822-headers", name, text);
    }
    Message& body(const std::string& text, const std::string& path = "1") {
        return add(path, "", "text/plain", "text", text);
    }
    Message& attachment(const std::string& path, const std::string& name, const std::string& text,
                        const std::string& type = "text/plain", const std::string& where = "text") {
        return add(path, name, type, where, text);
    }
    Message& hidden(const std::string& path, const std::string& name, const std::string& text) {
        add(path, name, "text/html", "comment", text);
        reading_.fragments.back().hidden = true;
        return *this;
    }
    Message& add(const std::string& path, const std::string& name, const std::string& type,
                 const std::string& where, const std::string& text) {
        if (reading_.parts.empty() || reading_.parts.back().path != path) {
            extract::PartInfo part;
            part.path = path;
            part.name = name;
            part.type = type;
            reading_.parts.push_back(part);
        }
        extract::Fragment fragment;
        fragment.part = static_cast<std::uint32_t>(reading_.parts.size() - 1);
        fragment.where = where;
        fragment.text = text;
        reading_.fragments.push_back(fragment);
        return *this;
    }

    // What was added last is read from a picture.
    Message& recognised() {
        reading_.fragments.back().ocr = true;
        return *this;
    }

    [[nodiscard]] match::Findings match(const registry::Index& index) const {
        Budget budget{Limits{}};
        auto findings = match::match(reading_, index, vocabulary(), budget);
        REQUIRE(findings);
        return *findings;
    }
    [[nodiscard]] const extract::Reading& reading() const { return reading_; }

  private:
    extract::Reading reading_;
};

inline match::Findings match_body(const registry::Index& index, const std::string& text) {
    return Message().body(text).match(index);
}

inline const match::SubjectFinding* find(const match::Findings& findings, const std::string& id) {
    for (const auto& finding : findings.subjects)
        if (finding.subject->id == id) return &finding;
    return nullptr;
}

// "low", "medium", "high", or "none" if the subject was not found.
inline std::string confidence_in(const match::Findings& findings, const std::string& id) {
    const auto* finding = find(findings, id);
    return finding == nullptr ? "none" : to_string(finding->confidence);
}

inline std::vector<std::uint32_t> categories_of(const match::Findings& findings,
                                                const std::string& id) {
    const auto* finding = find(findings, id);
    REQUIRE(finding != nullptr);
    return finding->categories;
}

inline std::string period_of(const match::Findings& findings, const std::string& id) {
    const auto* finding = find(findings, id);
    REQUIRE(finding != nullptr);
    return finding->period ? to_iso(*finding->period) : "none";
}

inline bool has_evidence(const match::Findings& findings, const std::string& id,
                         match::EvidenceKind kind) {
    const auto* finding = find(findings, id);
    REQUIRE(finding != nullptr);
    return std::any_of(finding->evidence.begin(), finding->evidence.end(),
                       [kind](const match::Evidence& e) { return e.kind == kind; });
}

// Four people that are easily told apart.
inline void fill(FakeIndex& index) {
    index.add_subject("A")
        .bsn("123456782")
        .initials("J.M.")
        .given_names("Johanna Maria")
        .prefix("de")
        .surname("Wit")
        .partner("", "Sch\xC3\xB6nberg")
        .born("1980-05-06")
        .home("1234AB", "5")
        .email("j.dewit@post.example")
        .other_id("KL-4401");
    index.add_subject("B")
        .bsn("111222333")
        .initials("P.")
        .given_names("Pieter")
        .prefix("van den")
        .surname("Oever-Hakkert")
        .born("1948-11-02")
        .home("9876ZX", "1")
        .email("pieter@post.example")
        .other_id("AB123456");
    index.add_subject("C")
        .bsn("999990019")
        .given_names("Carla")
        .surname("Janssen")
        .born("1990-01-31")
        .home("5555CC", "9")
        .other_id("70707");
    index.add_subject("Z").bsn("012345672").given_names("Zoe").surname("Zwart");
}

inline const FakeIndex& the_people() {
    static FakeIndex index;
    if (index.stats().subjects == 0) fill(index);
    return index;
}

}  // namespace postwacht
