#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "policy/cases.hpp"
#include "policy/policy.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

const std::string folder = POSTWACHT_SOURCE_DIR "/policies/";

std::string file(const std::string& name) {
    auto text = read_file(folder + name);
    if (!text) FAIL(text.error().message());
    return *text;
}

std::shared_ptr<const Policy> shipped() {
    auto policy = Policy::parse(policy::shipped_policy("nl-social-security"), "nl.toml");
    if (!policy) FAIL(policy.error().message());
    return *policy;
}

// The names of the categories that a text is recognised as, sorted.
std::vector<std::string> recognised(const Policy& policy, std::string_view text) {
    std::vector<match::Hit> hits;
    REQUIRE(policy.vocabulary().scan(text::fold(text), hits).has_value());
    std::vector<std::string> names;
    for (const auto& hit : hits)
        if (hit.kind == match::HitKind::category)
            names.push_back(policy.vocabulary().category_names()[hit.category]);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace

TEST_CASE("every shipped policy is built in as it stands, and loads without a warning",
          "[shipped]") {
    const auto names = policy::shipped_policy_names();
    REQUIRE_FALSE(names.empty());
    for (const auto name : names) {
        CAPTURE(name);
        CHECK(policy::shipped_policy(name) == file(std::string(name) + ".toml"));
        const auto policy = Policy::load(folder + std::string(name) + ".toml");
        if (!policy) FAIL(policy.error().message());
        CHECK((*policy)->name() == name);
        for (const auto& warning : (*policy)->warnings())
            if ((*policy)->mode() == policy::Mode::enforce ||
                warning.what.find("mode is simulate") == std::string::npos)
                FAIL_CHECK(warning.where + ": " + warning.what);
    }
    CHECK(policy::shipped_policy("none-such").empty());
}

TEST_CASE("every case of every shipped policy passes", "[shipped]") {
    for (const auto name : policy::shipped_policy_names()) {
        const auto policy = Policy::load(folder + std::string(name) + ".toml");
        REQUIRE(policy.has_value());
        const auto path = std::string(name) + ".cases";
        policy::Coverage coverage(**policy);
        const auto results = policy::run_cases(**policy, file(path), path, &coverage);
        if (!results) FAIL(results.error().message());
        CHECK(results->size() > 30);
        for (const auto& result : *results) {
            CAPTURE(result.where, result.name, result.difference);
            CHECK(result.passed);
        }
        for (const auto& cell : coverage.missing()) FAIL_CHECK("no case covers " + cell);
    }
}

TEST_CASE("the exception that the shipped policy shows works as written", "[shipped][exception]") {
    std::string text(policy::shipped_policy("nl-social-security"));
    // Uncomment it.
    const auto at = text.find("# [[exception]]");
    REQUIRE(at != std::string::npos);
    std::string shown = text.substr(at);
    for (std::size_t i = 0; i != std::string::npos; i = shown.find("\n# ", i))
        shown.erase(i == 0 ? 0 : i + 1, 2);
    const auto policy = load(text.substr(0, at) + shown);
    const auto run = policy::run_cases(*policy, R"(today = 2026-03-12
sender = "uitwisseling@uwv.example"
[[party]]
address = "post@svb.example"
[[case]]
name = "agreed"
subjects = [{ id = "S-1", categories = ["medical", "debts"] }, { id = "S-2" }]
expect = { "post@svb.example" = "accept" }
because = "exception:svb-exchange"
[[case]]
name = "over"
today = 2027-01-01
subjects = [{ id = "S-1" }]
expect = { "post@svb.example" = "quarantine" }
[[case]]
name = "another sender"
sender = "brief@uwv.example"
subjects = [{ id = "S-1" }]
expect = { "post@svb.example" = "quarantine" }
[[case]]
name = "not for what cannot be read"
incomplete = "encrypted"
expect = { "post@svb.example" = "quarantine" }
)",
                                       "x.cases");
    if (!run) FAIL(run.error().message());
    for (const auto& result : *run) {
        CAPTURE(result.name, result.difference);
        CHECK(result.passed);
    }
}

TEST_CASE("the shipped words recognise what an agency writes", "[shipped]") {
    const auto policy = shipped();
    const std::pair<const char*, std::vector<std::string>> texts[] = {
        {"Uw medewerkster heeft recht op een zwangerschapsuitkering (WAZO).",
         {"maternity_benefit"}},
        {"Betreft: Zwangerschaps- en\nbevallingsverlof van", {"maternity_benefit"}},
        {"WAZO", {"maternity_benefit"}},
        {"ZEZ-uitkering voor zelfstandigen", {"maternity_benefit"}},
        {"We received your application for maternity benefit.", {"maternity_benefit"}},
        {"Op 3 maart is uw medewerker ziek gemeld.", {"sickness_benefit"}},
        {"Beslissing over de Ziektewet-uitkering", {"sickness_benefit"}},
        {"ZW-uitkering", {"sickness_benefit"}},
        {"De WIA-uitkering van mevrouw", {"disability_benefit"}},
        {"een uitkering volgens de WIA.", {"disability_benefit"}},
        {"de WGA of IVA-uitkering", {"disability_benefit"}},
        {"Zijn WAO wordt herzien", {"disability_benefit"}},
        {"mate van arbeidsongeschiktheid: 80%", {"disability_benefit"}},
        {"U krijgt een WW-uitkering.", {"unemployment_benefit"}},
        {"uw recht op WW eindigt", {"unemployment_benefit"}},
        {"Werkloosheidsuitkering", {"unemployment_benefit"}},
        {"unemployment benefits", {"unemployment_benefit"}},
        {"Diagnose: lumbago", {"medical"}},
        {"het medisch rapport", {"medical"}},
        {"Bijgaande medische gegevens", {"medical"}},
        {"Wij leggen loonbeslag op het loon", {"debts"}},
        {"Terugvordering van te veel betaalde", {"debts"}},
        {"kopie van uw paspoort", {"identity"}},
        {"Paspoortnummer NX1234567", {"identity"}},
        {"de beoordeling WIA/WGA is gereed", {"disability_benefit"}},
        {"WIA-beoordeling", {"disability_benefit"}},
        {"Uw DigiD-wachtwoord", {"identity"}},
        {"P<NLDJANSEN<<JOHANNA<<<<<<<<<<", {"identity"}},
        {"Eerste ziektedag: 3 februari 2026", {"sickness_benefit"}},
        {"Betreft: WIA-aanvraag\nEerste ziektedag: 3 februari 2026", {"disability_benefit"}},
        {"Bijlage: kopie van het identiteitsbewijs", {"identity"}},
        {"Uw betalingsregeling is geweigerd", {"debts"}},
        {"aangemeld bij schuldhulpverlening", {"debts"}},
        {"terugvordering van de WAZO-uitkering", {"debts", "maternity_benefit"}},
    };
    for (const auto& [text, categories] : texts) {
        CAPTURE(text);
        CHECK(recognised(*policy, text) == categories);
    }
}

TEST_CASE("the shipped words do not fire on signatures, footers and small talk", "[shipped]") {
    const auto policy = shipped();
    for (const char* text :
         {"Met vriendelijke groet,\nP. de Boer\nMedewerker Klantcontact\nT 088 - 555 01 23",
          "Dit bericht kan vertrouwelijke informatie bevatten. Bent u niet de geadresseerde, "
          "verwijder het dan en meld het de afzender.",
          "Log in met uw DigiD op www.uwv.example/mijn. Kijk ook op uwv.example/wia of "
          "https://www.uwv.example/ww-uitkering-aanvragen/wao.",
          "Volg ons op www.uwv.example. Postbus 58285, 1040 HG Amsterdam. KvK 34360247",
          "Wij geven uw werkgever geen medische gegevens.",
          "Neem een geldig identiteitsbewijs mee naar het spreekuur.",
          "Wilt u een betalingsregeling? Bel ons.",
          "Met vriendelijke groet,\nTeam Inkomen en Schuldhulpverlening",
          "Please consider the environment before printing this e-mail.",
          "Wachtwoord vergeten? E-mail wao@vereniging.example of info@wia.example",
          "De vergadering over de begroting is verzet naar dinsdag.",
          "Dear colleague, the meeting is at ten. Iva brings the coffee."}) {
        CAPTURE(text);
        CHECK(recognised(*policy, text).empty());
    }
}

namespace {

// What stands between ".Bd -literal" and ".Ed" of a manual page, as it is read there.
std::vector<std::string> literal_blocks(const std::string& page) {
    std::ifstream file(page);
    std::vector<std::string> blocks;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(".Bd -literal")) {
            inside = true;
            blocks.emplace_back();
        } else if (line == ".Ed") {
            inside = false;
        } else if (inside) {
            for (const auto& [escape, sign] :
                 {std::pair{"\\(dq", "\""}, {"\\e", "\\"}, {"\\&", ""}, {"\\-", "-"}})
                for (std::size_t at; (at = line.find(escape)) != std::string::npos;)
                    line.replace(at, std::string_view(escape).size(), sign);
            blocks.back() += line + '\n';
        }
    }
    return blocks;
}

}  // namespace

TEST_CASE("the examples of the manual load as they stand", "[shipped]") {
    std::size_t policies = 0;
    std::size_t cases = 0;
    std::shared_ptr<const Policy> small;
    for (const std::string& block :
         literal_blocks(POSTWACHT_SOURCE_DIR "/milter/programs/postwacht.policy.5")) {
        INFO(block);
        if (block.starts_with("["))
            CHECK(toml::Document::parse(block, "example", ErrorCode::policy).has_value());
        if (block.starts_with("[policy]")) {
            ++policies;
            const auto policy = Policy::parse(block, "example");
            if (!policy) FAIL(policy.error().message());
            if ((*policy)->name() == "small") {
                small = *policy;
                for (const auto& warning : small->warnings())
                    FAIL_CHECK(warning.where + ": " + warning.what);
            }
        }
        if (block.starts_with("[[case]]")) {
            ++cases;
            REQUIRE(small);
            const auto results = policy::run_cases(*small, block, "example");
            if (!results) FAIL(results.error().message());
            for (const auto& result : *results) CHECK(result.difference.empty());
        }
    }
    CHECK(policies >= 2);
    CHECK(cases >= 1);
}
