#include "registry/record.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace postwacht::registry {
namespace {

constexpr Date day(int y, unsigned m, unsigned d) {
    return Date(std::chrono::year(y), std::chrono::month(m), std::chrono::day(d));
}

const std::vector<std::string> names{"employer", "representative"};

Subject full_subject() {
    Subject subject;
    subject.id = "S-1042";
    subject.bsn = "010000008";
    subject.other_ids = {"dos-77", "ab12"};
    subject.initials = "Ç.M.";
    subject.given_names = "Çiğdem Maria";
    subject.prefix = "van der";
    subject.surname = std::string(300, 'w');
    subject.partner_prefix = "de";
    subject.partner_surname = "Wit";
    subject.birth_date = day(1938, 2, 28);
    subject.postcode = "1234AB";
    subject.house_number = "12a";
    subject.emails = {"a@b.example"};
    subject.relations = {
        {"representative", {}, "x@y.example", {}, day(2026, 1, 1)},
        {"employer", OrganisationNumber{4'000'000'000}, "", day(1969, 12, 31), {}},
    };
    return subject;
}

}  // namespace

TEST_CASE("a subject comes back as it was") {
    const Subject subject = full_subject();
    const auto again = decode_subject(encode(subject, names), 7, names);
    REQUIRE(again);
    CHECK(again->number == 7);
    CHECK(again->id == subject.id);
    CHECK(again->bsn == subject.bsn);
    CHECK(again->other_ids == subject.other_ids);
    CHECK(again->initials == subject.initials);
    CHECK(again->given_names == subject.given_names);
    CHECK(again->prefix == subject.prefix);
    CHECK(again->surname == subject.surname);
    CHECK(again->partner_prefix == subject.partner_prefix);
    CHECK(again->partner_surname == subject.partner_surname);
    CHECK(again->birth_date == subject.birth_date);
    CHECK(again->postcode == subject.postcode);
    CHECK(again->house_number == subject.house_number);
    CHECK(again->emails == subject.emails);
    REQUIRE(again->relations.size() == 2);
    CHECK(again->relations[0].name == "representative");
    CHECK(again->relations[0].email == "x@y.example");
    CHECK_FALSE(again->relations[0].organisation);
    CHECK_FALSE(again->relations[0].valid_from);
    CHECK(again->relations[0].valid_to == day(2026, 1, 1));
    CHECK(again->relations[1].name == "employer");
    CHECK(again->relations[1].organisation == 4'000'000'000);
    CHECK(again->relations[1].valid_from == day(1969, 12, 31));
    CHECK_FALSE(again->relations[1].valid_to);
}

TEST_CASE("an empty subject comes back empty") {
    const auto again = decode_subject(encode(Subject{}, {}), 0, {});
    REQUIRE(again);
    CHECK(again->bsn.empty());
    CHECK_FALSE(again->birth_date);
    CHECK(again->relations.empty());
}

TEST_CASE("an organisation and a description come back as they were") {
    Organisation organisation;
    organisation.id = "O-1";
    organisation.name = "Bakkerij";
    organisation.domains = {"a.example", "b.example"};
    organisation.addresses = {"x@c.example"};
    organisation.kvk = "12345678";
    organisation.payroll_number = "1L01";
    const auto again = decode_organisation(encode(organisation), 3);
    REQUIRE(again);
    CHECK(again->number == 3);
    CHECK(again->id == organisation.id);
    CHECK(again->name == organisation.name);
    CHECK(again->domains == organisation.domains);
    CHECK(again->addresses == organisation.addresses);
    CHECK(again->kvk == organisation.kvk);
    CHECK(again->payroll_number == organisation.payroll_number);

    Description description;
    description.stats.subjects = 18'000'000'000;
    description.stats.organisations = 2;
    description.stats.relations = 3;
    description.stats.built_at = *parse_iso_instant("2026-11-23T02:00:00Z");
    description.stats.source_as_of = *parse_iso_instant("1969-12-31T23:59:58Z");
    description.stats.source_digest = "abcd";
    description.stats.format = index_format;
    description.other_id_shapes = {"aa-999"};
    description.relation_names = names;
    const auto copy = decode_description(encode(description));
    REQUIRE(copy);
    CHECK(copy->stats.subjects == 18'000'000'000);
    CHECK(copy->stats.organisations == 2);
    CHECK(copy->stats.relations == 3);
    CHECK(copy->stats.built_at == description.stats.built_at);
    CHECK(copy->stats.source_as_of == description.stats.source_as_of);
    CHECK(copy->stats.source_digest == "abcd");
    CHECK(copy->stats.format == index_format);
    CHECK(copy->other_id_shapes == description.other_id_shapes);
    CHECK(copy->relation_names == names);
}

TEST_CASE("a record cut short, with more behind it, or of other names is none") {
    const std::string bytes = encode(full_subject(), names);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_FALSE(decode_subject(bytes.substr(0, size), 0, names));
    }
    CHECK_FALSE(decode_subject(bytes + "x", 0, names));
    CHECK_FALSE(decode_subject(bytes, 0, {"employer"}));
}

TEST_CASE("any bytes may be decoded") {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes;
        for (unsigned i = 0; i < random() % 40; ++i) {
            // Many small and many huge numbers.
            bytes.push_back(static_cast<char>(random() % 3 == 0 ? 0xFF : random() % 5));
        }
        (void)decode_subject(bytes, 0, names);
        (void)decode_organisation(bytes, 0);
        (void)decode_description(bytes);
    }
    CHECK_FALSE(decode_organisation(std::string(11, '\xFF'), 0));
}

}  // namespace postwacht::registry
