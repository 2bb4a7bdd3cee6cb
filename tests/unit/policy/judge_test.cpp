#include "policy/policy.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using match::Confidence;
using match::EvidenceKind;

namespace {

std::string dated_policy() {
    return R"([policy]
name = "dated"
[scope]
own_domains = ["agency.example"]
[categories.now]
terms = ["nu"]
[categories.then]
as_of = "period"
as_of_for = { representative = "today" }
terms = ["toen"]
[categories.always]
as_of = "both"
terms = ["altijd"]
[disclosure]
now = { employer = "accept" }
then = { employer = "accept", representative = "accept" }
always = { employer = "accept", "*" = "quarantine" }
personal_data = { "*" = "quarantine" }
)";
}
constexpr std::uint32_t now_ = 0;
constexpr std::uint32_t then_ = 1;
constexpr std::uint32_t always_ = 2;

}  // namespace

TEST_CASE("a reason says who, what, since when, where, and which line decided", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-7", {benefit}, date(2026, 2, 1), Confidence::medium)
        .to("<hr@jansen.example>", {{related("employer", date(2020, 1, 1), date(2025, 12, 31))}});
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.action == Action::quarantine);
    CHECK(verdict.policy == policy->id());
    REQUIRE(verdict.recipients.size() == 1);
    CHECK(verdict.recipients[0].address == "hr@jansen.example");
    REQUIRE(verdict.recipients[0].reasons.size() == 1);
    const auto& reason = verdict.recipients[0].reasons[0];
    CHECK(reason.rule == "disclosure");
    CHECK(reason.category == "benefit");
    CHECK(reason.subject == "S-7");
    CHECK(reason.confidence == Confidence::medium);
    CHECK(reason.relation == "former_employer");
    CHECK(reason.ended == date(2025, 12, 31));
    CHECK_FALSE(reason.begins.has_value());
    CHECK(reason.as_of == date(2026, 3, 12));
    REQUIRE(reason.evidence.size() == 1);
    CHECK(reason.evidence[0].where == "text, line 3");
    CHECK(reason.place == "small.toml:10");
    CHECK(describe(reason) == "benefit of S-7 to former_employer (ended 2025-12-31)");
    CHECK(verdict.rule_ids() == "disclosure");
}

TEST_CASE("each recipient is judged apart and the strictest is the message's", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {benefit, medical})
        .to("<a@self.example>", {{self()}})
        .to("<hr@jansen.example>", {{related("employer")}})
        .to("<b@agency.example>")
        .to("<b@sub.agency.example>")
        .to("<c@elsewhere.example>");
    const auto verdict = policy->judge(letter.facts);
    REQUIRE(verdict.recipients.size() == 5);
    CHECK(verdict.recipients[0].action == Action::accept);
    CHECK(verdict.recipients[1].action == Action::reject);
    CHECK(verdict.recipients[2].action == Action::accept);
    CHECK(verdict.recipients[3].action == Action::accept);
    CHECK(verdict.recipients[4].action == Action::reject);
    CHECK(verdict.action == Action::reject);
    // The accepting reasons of the employer are left out; of the stranger both are shown,
    // strictest first.
    REQUIRE(verdict.recipients[1].reasons.size() == 1);
    CHECK(verdict.recipients[1].reasons[0].category == "medical");
    REQUIRE(verdict.recipients[4].reasons.size() == 2);
    CHECK(verdict.recipients[4].reasons[0].action == Action::reject);
    CHECK(verdict.recipients[4].reasons[1].action == Action::quarantine);
    CHECK(verdict.recipients[4].reasons[1].relation == "unrelated");
    // Why an accepted recipient was accepted is said too.
    REQUIRE(verdict.recipients[0].reasons.size() == 2);
    CHECK(verdict.recipients[0].reasons[0].relation == "self");
    CHECK(verdict.recipients[0].reasons[0].action == Action::accept);
    CHECK(verdict.recipients[2].reasons[0].relation == "internal");
}

TEST_CASE("without a category the row personal_data decides", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {}).to("<hr@jansen.example>", {{related("employer")}}).to("<x@y.example>");
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].action == Action::tag);
    CHECK(verdict.recipients[1].action == Action::quarantine);
    CHECK(verdict.recipients[1].reasons[0].category == "personal_data");
    CHECK(verdict.subjects[0].categories.empty());
}

TEST_CASE("the date that counts is set by category and relation", "[judge]") {
    const auto policy = load(dated_policy());
    const auto joined = date(2025, 1, 1);
    const auto left = date(2025, 12, 31);
    const auto judged = [&](std::uint32_t category, std::optional<Date> period,
                            std::vector<registry::Tie> ties) {
        Letter letter;
        letter.about("S-1", {category}, period).to("<hr@jansen.example>", {std::move(ties)});
        return policy->judge(letter.facts).recipients[0];
    };
    struct Row {
        std::uint32_t category;
        std::optional<Date> period;
        std::optional<Date> from, to;
        Action action;
        const char* relation;
    };
    const Row rows[] = {
        {now_, {}, joined, left, Action::quarantine, "former_employer"},
        {now_, date(2025, 6, 1), joined, left, Action::quarantine, "former_employer"},
        {now_, date(2024, 6, 1), joined, {}, Action::accept, "employer"},
        {then_, date(2025, 6, 1), joined, left, Action::accept, "employer"},
        {then_, left, joined, left, Action::accept, "employer"},
        {then_, date(2026, 1, 1), joined, left, Action::quarantine, "former_employer"},
        {then_, date(2024, 12, 31), joined, {}, Action::quarantine, "future_employer"},
        {then_, joined, joined, {}, Action::accept, "employer"},
        {then_, {}, joined, left, Action::quarantine, "former_employer"},
        {always_, date(2025, 6, 1), joined, {}, Action::accept, "employer"},
        {always_, date(2025, 6, 1), joined, left, Action::quarantine, "former_employer"},
        {always_, date(2024, 6, 1), joined, {}, Action::quarantine, "future_employer"},
        {always_, {}, joined, {}, Action::accept, "employer"},
        {always_, date(2027, 1, 1), joined, date(2026, 12, 31), Action::quarantine,
         "former_employer"},
    };
    for (const Row& row : rows) {
        const auto got = judged(row.category, row.period, {related("employer", row.from, row.to)});
        CAPTURE(&row - rows, got.reasons[0].relation);
        CHECK(got.action == row.action);
        CHECK(got.reasons[0].relation == row.relation);
    }
    // The date in the reason is the one that decided.
    CHECK(judged(always_, date(2024, 6, 1), {related("employer", joined)}).reasons[0].as_of ==
          date(2024, 6, 1));
    CHECK(judged(always_, date(2024, 6, 1), {related("employer", joined)}).reasons[0].begins ==
          joined);
    CHECK(judged(always_, date(2025, 6, 1), {related("employer", joined, left)}).reasons[0].as_of ==
          date(2026, 3, 12));
    // Two contracts in a row with one employer hold on both dates.
    CHECK(judged(always_, date(2025, 6, 1),
                 {related("employer", joined, left), related("employer", date(2026, 1, 1))})
              .action == Action::accept);
    // as_of_for: a representative must be one today, whatever the category's date is.
    CHECK(judged(then_, date(2024, 6, 1), {related("representative", joined)}).action ==
          Action::accept);
    CHECK(judged(then_, date(2025, 6, 1), {related("representative", joined, left)}).action ==
          Action::quarantine);
    // Each of two relations goes by its own date.
    CHECK(judged(then_, date(2025, 6, 1),
                 {related("representative", joined, left), related("employer", joined, left)})
              .action == Action::accept);
}

TEST_CASE("of several standings the most permissive counts", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {benefit})
        .to("<a@x.example>", {{related("employer", {}, date(2020, 1, 1)), self()}})
        .to("<b@x.example>", {{other_subject(), related("employer")}})
        .to("<c@agency.example>", {{other_subject()}})
        .to("<d@x.example>", {{other_subject()}})
        .to("<e@x.example>", {{related("never_named")}})
        .to("<f@x.example>", {{related("never_named", {}, date(2020, 1, 1)), other_subject()}});
    const auto verdict = policy->judge(letter.facts);
    const auto first = [&](std::size_t i) { return verdict.recipients[i].reasons[0]; };
    CHECK(first(0).relation == "self");
    CHECK(first(1).relation == "employer");
    CHECK(first(2).relation == "internal");
    CHECK(first(3).relation == "other_subject");
    CHECK(first(3).action == Action::quarantine);
    CHECK(first(4).relation == "never_named");
    CHECK(first(4).action == Action::quarantine);
    CHECK(first(5).relation == "former_never_named");
}

TEST_CASE("a row may name former and future relations", "[judge]") {
    const auto policy = load(replaced(
        small_policy(), R"(benefit = { self)",
        R"(benefit = { former_employer = "tag", future_employer = "reject", unrelated = "tempfail", other_subject = "reject", self)"));
    Letter letter;
    letter.about("S-1", {benefit})
        .to("<a@x.example>", {{related("employer", {}, date(2026, 3, 11))}})
        .to("<b@x.example>", {{related("employer", date(2026, 3, 13))}})
        .to("<c@x.example>")
        .to("<d@x.example>", {{other_subject()}})
        .to("<e@x.example>", {{related("insurer")}});
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].action == Action::tag);
    CHECK(verdict.recipients[1].action == Action::reject);
    CHECK(verdict.recipients[2].action == Action::tempfail);
    CHECK(verdict.recipients[3].action == Action::reject);
    CHECK(verdict.recipients[4].action == Action::quarantine);
    CHECK(verdict.action == Action::tempfail);
    CHECK(policy->strongest_action() == Action::tempfail);
    CHECK(policy->uses_tag());
}

TEST_CASE("addresses that cannot be read are unrelated, whatever the ties say", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {benefit}).to("<>", {{self()}}).to("not an address", {{self()}});
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].reasons[0].relation == "unrelated");
    CHECK(verdict.recipients[1].action == Action::quarantine);
}

TEST_CASE("subjects below min_confidence do not count", "[judge]") {
    const auto medium = load(small_policy());
    const auto low = load(
        replaced(small_policy(), "name = \"small\"", "name = \"small\"\nmin_confidence = \"low\""));
    const auto high = load(replaced(small_policy(), "name = \"small\"",
                                    "name = \"small\"\nmin_confidence = \"high\""));
    Letter letter;
    letter.about("S-1", {benefit}, {}, Confidence::low)
        .about("S-2", {benefit}, {}, Confidence::medium)
        .to("<x@y.example>");
    CHECK(medium->judge(letter.facts).subject_count == 1);
    CHECK(medium->judge(letter.facts).subjects[0].subject == "S-2");
    CHECK(low->judge(letter.facts).subject_count == 2);
    CHECK(high->judge(letter.facts).subject_count == 0);
    CHECK(high->judge(letter.facts).action == Action::accept);
    CHECK(high->judge(letter.facts).recipients[0].reasons.empty());
}

TEST_CASE("subjects are counted against the limit of the relation that lets them pass", "[judge]") {
    const auto policy = load(small_policy(R"([limits]
subjects = { self = 1, employer = 2, action = "reject" }
)"));
    Letter letter;
    for (const char* id : {"S-1", "S-2", "S-3"}) letter.about(id, {benefit});
    const auto employs = std::vector{related("employer")};
    letter.to("<two@x.example>", {employs, employs, {self()}})
        .to("<three@x.example>", {employs, employs, employs})
        .to("<both@x.example>", {employs, employs, {related("employer"), self()}})
        .to("<in@agency.example>", {employs, employs, employs});
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].action == Action::accept);
    REQUIRE(verdict.recipients[1].action == Action::reject);
    const auto& reason = verdict.recipients[1].reasons[0];
    CHECK(reason.rule == "limits.subjects");
    CHECK(reason.relation == "employer");
    CHECK(reason.count == 3);
    CHECK(reason.limit == 2);
    CHECK(reason.place == "small.toml:14");
    CHECK(describe(reason) == "3 subjects to employer, more than 2");
    // Where both would let it pass, the wider limit is the one used.
    CHECK(verdict.recipients[2].action == Action::reject);
    // Colleagues have no limit here.
    CHECK(verdict.recipients[3].action == Action::accept);
    CHECK(verdict.rule_ids() == "limits.subjects");
}

TEST_CASE("visible addresses are counted once, without our own", "[judge]") {
    const auto policy = load(small_policy("[limits]\nvisible_recipients = { max = 2 }\n"));
    const auto judged = [&](std::string_view visible) {
        Letter letter;
        letter.to("<x@y.example>").to("<z@agency.example>");
        letter.facts.visible = mail::parse_address_list(visible);
        return policy->judge(letter.facts);
    };
    CHECK(judged("a@x.example, A@X.EXAMPLE, b@x.example, c@agency.example").action ==
          Action::accept);
    const auto verdict = judged("a@x.example, b@x.example, c@x.example");
    REQUIRE(verdict.recipients[0].action == Action::quarantine);
    CHECK(verdict.recipients[0].reasons[0].rule == "limits.visible_recipients");
    CHECK(verdict.recipients[0].reasons[0].count == 3);
    CHECK(verdict.recipients[1].action == Action::accept);
}

TEST_CASE("what could not be read is decided by why", "[judge]") {
    using extract::Why;
    const auto policy = load(small_policy(R"([incomplete]
encrypted = "reject"
unsupported = "tag"
damaged = "accept"
)"));
    const auto judged = [&](std::vector<extract::Incomplete> items) {
        Letter letter;
        letter.to("<x@y.example>").to("<z@agency.example>");
        letter.facts.incomplete = std::move(items);
        return policy->judge(letter.facts);
    };
    CHECK(judged({{"2", "a", Why::unsupported}}).recipients[0].action == Action::tag);
    CHECK(judged({{"2", "a", Why::damaged}}).action == Action::accept);
    CHECK(judged({{"2", "a", Why::over_budget}}).action == Action::quarantine);
    const auto verdict = judged({{"2", "a.bin", Why::unsupported}, {"3", "b.zip", Why::encrypted}});
    REQUIRE(verdict.recipients[0].reasons.size() == 2);
    CHECK(verdict.recipients[0].reasons[0].part == "3");
    CHECK(verdict.recipients[0].reasons[0].why == "encrypted");
    CHECK(verdict.recipients[0].reasons[0].name == "b.zip");
    CHECK(verdict.recipients[1].action == Action::accept);
    CHECK(verdict.incomplete.size() == 2);
    CHECK(describe(verdict.recipients[0].reasons[0]) == "part 3 could not be read (encrypted)");
}

TEST_CASE("another name where the letter says whom it is for is the person's own mail only",
          "[judge]") {
    using match::NamedAt;
    const auto policy = load(small_policy("[consistency]\naction = \"quarantine\"\n"));
    const auto answers = [&policy](NamedAt at) {
        Letter letter;
        letter.about("S-1", {benefit});
        letter.facts.subjects[0].contradictions = {{at, 0, "text, line 1"}};
        letter.to("<x@post.example>", {{self()}})
            .to("<hr@jansen.example>", {{related("employer")}})
            .to("<colleague@agency.example>", {{self()}});
        const auto verdict = policy->judge(letter.facts);
        std::string all;
        for (const auto& recipient : verdict.recipients)
            all += std::string(to_string(recipient.action)) + ' ';
        return all;
    };
    // An employer's letter greets whoever works there. A number is never a matter of politeness.
    for (const NamedAt at : {NamedAt::salutation, NamedAt::address_block, NamedAt::file_name})
        CHECK(answers(at) == "quarantine accept accept ");
    CHECK(answers(NamedAt::file_number) == "quarantine quarantine accept ");

    Letter letter;
    letter.about("S-1", {benefit}).to("<x@post.example>", {{self()}});
    CHECK(policy->judge(letter.facts).action == Action::accept);
    letter.facts.subjects[0].contradictions = {{NamedAt::address_block, 0, "text, line 2"}};
    const auto reason = policy->judge(letter.facts).recipients[0].reasons[0];
    CHECK(reason.rule == "consistency");
    CHECK(reason.place == "small.toml:14");
    CHECK(describe(reason) == "the address block names somebody else than S-1");
    // Who is not sure enough to count is not compared either, and without the table nobody is.
    letter.facts.subjects[0].confidence = match::Confidence::low;
    CHECK(policy->judge(letter.facts).action == Action::accept);
    letter.facts.subjects[0].confidence = match::Confidence::high;
    CHECK(load(small_policy())->judge(letter.facts).action == Action::accept);
}

TEST_CASE("hidden primary evidence holds for everyone outside", "[judge]") {
    const auto policy = load(small_policy("[hidden_content]\naction = \"reject\"\n"));
    Letter letter;
    letter.about("S-1", {benefit})
        .about("S-2", {benefit})
        .to("<x@y.example>", {{self()}, {self()}});
    letter.to("<z@agency.example>");
    letter.facts.subjects[1].evidence.push_back(
        {1, "sheet 'Data' (hidden)", EvidenceKind::name, true, false});
    CHECK(policy->judge(letter.facts).action == Action::accept);
    letter.facts.subjects[1].evidence.push_back(
        {1, "sheet 'Data' (hidden)", EvidenceKind::email, true, false});
    const auto verdict = policy->judge(letter.facts);
    REQUIRE(verdict.recipients[0].action == Action::reject);
    REQUIRE(verdict.recipients[0].reasons.size() == 1);
    CHECK(verdict.recipients[0].reasons[0].subject == "S-2");
    CHECK(verdict.recipients[0].reasons[0].evidence.size() == 2);
    CHECK(verdict.recipients[1].action == Action::accept);
}

TEST_CASE("a registry that is missing or old decides for every recipient", "[judge]") {
    const auto policy = load(small_policy(R"([incomplete]
registry_stale = { older_than = "2h", action = "quarantine" }
)"));
    Letter letter;
    letter.to("<x@y.example>").to("<z@agency.example>");
    letter.facts.registry.age = std::chrono::hours(2);
    CHECK(policy->judge(letter.facts).action == Action::accept);
    letter.facts.registry.age += std::chrono::seconds(1);
    auto verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].action == Action::quarantine);
    CHECK(verdict.recipients[1].action == Action::quarantine);
    CHECK(verdict.rule_ids() == "registry_stale");
    CHECK(describe(verdict.recipients[0].reasons[0]) == "the registry is 2 h old, more than 2 h");
    letter.facts.registry.available = false;
    verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].action == Action::tempfail);
    CHECK(verdict.recipients[1].action == Action::tempfail);
    CHECK(verdict.rule_ids() == "registry_unavailable");
    CHECK_FALSE(verdict.registry.has_value());
}

TEST_CASE("mail from elsewhere is accepted with that reason and nothing else", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {medical}).to("<x@y.example>");
    letter.facts.registry.available = false;
    letter.facts.sender = mail::parse_path("<client@post.example>");
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.action == Action::accept);
    REQUIRE(verdict.recipients[0].reasons.size() == 1);
    CHECK(verdict.recipients[0].reasons[0].rule == "scope");
    CHECK(verdict.subjects.empty());

    CHECK(policy->in_scope(mail::parse_path("<>"), {}));
    CHECK(policy->in_scope(mail::parse_path("<a@agency.example>"), {}));
    CHECK(policy->in_scope(mail::parse_path("<a@SUB.Agency.example>"), {}));
    CHECK(policy->in_scope(mail::parse_path("what is this"), {}));
    CHECK_FALSE(policy->in_scope(mail::parse_path("<a@notagency.example>"), {}));
    CHECK_FALSE(policy->in_scope(mail::parse_path("<a@agency.example.org>"), {}));
    CHECK(policy->in_scope(mail::parse_path("<a@b.example>"),
                           mail::parse_address_list("Agency <info@agency.example>")));
}

TEST_CASE("simulate says what would be done", "[judge]") {
    const auto policy =
        load(replaced(small_policy(), "name = \"small\"", "name = \"small\"\nmode = \"simulate\""));
    Letter letter;
    letter.about("S-1", {benefit}).to("<x@y.example>");
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.mode == policy::Mode::simulate);
    CHECK(verdict.action == Action::quarantine);
}

TEST_CASE("reasons are bounded while counts stay exact", "[judge]") {
    const auto policy = load(small_policy("[limits]\nsubjects = { unrelated = 100 }\n"));
    Letter letter;
    for (int i = 0; i < 15'000; ++i) letter.about("S-" + std::to_string(i), {benefit, medical});
    for (int i = 0; i < 30; ++i)
        letter.facts.incomplete.push_back({"2", "", extract::Why::damaged});
    letter.to("<x@y.example>");
    auto verdict = policy->judge(letter.facts);
    CHECK(verdict.subject_count == 15'000);
    CHECK(verdict.subjects.size() == 100);
    const auto& reasons = verdict.recipients[0].reasons;
    CHECK(reasons.size() == 100);
    CHECK(std::is_sorted(reasons.begin(), reasons.end(),
                         [](const auto& a, const auto& b) { return a.action > b.action; }));
    CHECK(reasons[0].subject == "S-0");
    CHECK(reasons[0].category == "medical");
    const auto limit = std::find_if(reasons.begin(), reasons.end(),
                                    [](const auto& r) { return r.rule == "limits.subjects"; });
    REQUIRE(limit != reasons.end());
    CHECK(limit->count == 15'000);
    // Many recipients share what there is.
    letter.facts.subjects.resize(200);
    for (int i = 0; i < 2'000; ++i) letter.to("<x@y.example>");
    verdict = policy->judge(letter.facts);
    std::size_t all = 0;
    for (const auto& recipient : verdict.recipients) all += recipient.reasons.size();
    CHECK(all <= 20'000);
    CHECK(verdict.recipients.back().action == Action::reject);
    CHECK_FALSE(verdict.recipients.back().reasons.empty());
}

TEST_CASE("facts that do not fit the policy are judged as strictly as any", "[judge]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {17, 4'000'000'000U}).to("<x@y.example>", {});
    letter.facts.subjects[0].subject = nullptr;
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.action == Action::quarantine);
    CHECK(verdict.recipients[0].reasons[0].category == "personal_data");
    Letter nobody;
    CHECK(policy->judge(nobody.facts).action == Action::accept);
}
