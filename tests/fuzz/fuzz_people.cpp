// Fuzzes match() over a small registry: names, birth dates, addresses and numbers in any text, in
// lines and in rows, recognised or not. Each person found must be one of the registry, once, with
// evidence in a part that is there, and read the same a second time.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "match/match.hpp"
#include "support/fake_index.hpp"

using namespace postwacht;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

const FakeIndex& registry_of_six() {
    static const auto* index = [] {
        auto* made = new FakeIndex;
        made->add_organisation("O-1").name("Bakkerij Jansen").domain("jansen.example");
        made->add_subject("S-1")
            .bsn("123456782")
            .initials("J.M.")
            .given_names("Johanna Maria")
            .prefix("de")
            .surname("Wit")
            .born("1990-02-03")
            .home("1234AB", "12a")
            .email("j.dewit@post.example")
            .relation("employer", "O-1", "2020-01-01", "2025-12-31");
        made->add_subject("S-2")
            .bsn("111222333")
            .other_id("KL-204518")
            .initials("A.")
            .surname("Çelik-Özgür")
            .born("1984-12-31")
            .home("9999ZZ", "1");
        made->add_subject("S-3").initials("P.").surname("Ng").born("1970-01-01");
        made->add_subject("S-4")
            .initials("C.")
            .given_names("Cornelia")
            .prefix("van der")
            .surname("Berg")
            .partner("'t", "Hoen")
            .born("2000-02-29")
            .home("1234AB", "12");
        // Their name, day and home are another's as well.
        made->add_subject("S-5")
            .initials("J.")
            .surname("Wit")
            .born("1990-02-03")
            .home("1234AB", "12");
        made->add_subject("S-6").other_id("2045181234").email("wit@post.example");
        return made;
    }();
    return *index;
}

const match::Vocabulary& vocabulary() {
    static const auto compiled = [] {
        match::Words words = match::default_words();
        words.categories = {{"maternity", {"WAZO", "zwangerschap"}, {}},
                            {"medical", {"diagnose"}, {}}};
        return *match::Vocabulary::compile(words);
    }();
    return *compiled;
}

// A form feed begins a fragment, and two of them a part; what each is, its first byte decides.
extract::Reading reading_of(std::string_view text) {
    extract::Reading reading;
    constexpr std::size_t most = 64;
    bool new_part = true;
    while (!text.empty() && reading.fragments.size() < most) {
        if (new_part) {
            extract::PartInfo part;
            part.path = std::to_string(reading.parts.size() + 1);
            if (reading.parts.size() % 2 == 1) part.name = "a.txt";
            part.type = "text/plain";
            reading.parts.push_back(std::move(part));
        }
        const auto end = text.find('\f');
        extract::Fragment fragment;
        fragment.part = static_cast<std::uint32_t>(reading.parts.size() - 1);
        fragment.where = "text";
        fragment.text = text::repair_utf8(text.substr(0, end));
        fragment.hidden = text.front() == '#';
        fragment.ocr = text.front() == '~';
        if (!fragment.text.empty()) reading.fragments.push_back(std::move(fragment));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        new_part = text.starts_with('\f');
        if (new_part) text.remove_prefix(1);
    }
    return reading;
}

match::Findings found_in(const extract::Reading& reading) {
    Budget budget{Limits{}};
    auto findings = match::match(reading, registry_of_six(), vocabulary(), budget);
    require(findings.has_value());
    return std::move(*findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto reading = reading_of({reinterpret_cast<const char*>(data), size});
    const auto findings = found_in(reading);
    require(!findings.over_budget);
    std::set<std::string> seen;
    for (const auto& person : findings.subjects) {
        require(person.subject != nullptr && seen.insert(person.subject->id).second);
        require(!person.evidence.empty() && match::is_primary(person.evidence.front().kind));
        for (const auto& evidence : person.evidence)
            require(evidence.part < reading.parts.size() && !evidence.where.empty() &&
                    text::is_valid_utf8(evidence.where));
        for (const auto category : person.categories) require(category < 2);
        require(!person.period || person.period->ok());
    }
    const auto again = found_in(reading);
    require(again.subjects.size() == findings.subjects.size());
    for (std::size_t i = 0; i < again.subjects.size(); ++i)
        require(again.subjects[i].subject == findings.subjects[i].subject &&
                again.subjects[i].confidence == findings.subjects[i].confidence);
    return 0;
}
