#include "registry/types.hpp"

#include <catch2/catch.hpp>

#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

namespace postwacht::registry {
namespace {

constexpr Date day(int y, unsigned m, unsigned d) {
    return Date(std::chrono::year(y), std::chrono::month(m), std::chrono::day(d));
}

struct People {
    People() {
        index.add_organisation("O-1").domain("jansen.example");
        index.add_organisation("O-2")
            .domain("zorg.jansen.example")
            .address("arts@praktijk.example");
        index.add_subject("S-1")
            .email("johanna@post.example")
            .email("samen@thuis.example")
            .relation("employer", "O-1", "2020-01-01", "2025-12-31")
            .relation("employer", "O-1", "2026-06-01")
            .relation("care_provider", "O-2")
            .relation_by_email("representative", "advocaat@recht.example", "2024-05-06");
        index.add_subject("S-2").email("piet@post.example").email("samen@thuis.example");
    }

    std::vector<Tie> ties_of(SubjectNumber subject, std::string_view address,
                             bool by_address_only = false) {
        return ties(*index.subject(subject).value(),
                    resolve(index, address, by_address_only).value());
    }

    FakeIndex index;
};

const Tie self{Tie::Kind::self, {}, {}, {}};
const Tie other{Tie::Kind::other_subject, {}, {}, {}};

}  // namespace

TEST_CASE("a subject's own address is self to the subject, another subject's to all others") {
    People people;
    CHECK(people.ties_of(0, "johanna@post.example") == std::vector{self});
    CHECK(people.ties_of(1, "johanna@post.example") == std::vector{other});
    CHECK(people.ties_of(1, "piet@post.example") == std::vector{self});
}

TEST_CASE("an address that two subjects share is both") {
    People people;
    CHECK(people.ties_of(0, "samen@thuis.example") == std::vector{self, other});
    CHECK(people.ties_of(1, "samen@thuis.example") == std::vector{self, other});
}

TEST_CASE("a relation holds for the organisation's domain, each time with its own dates") {
    People people;
    const std::vector<Tie> expected{
        {Tie::Kind::relation, "employer", day(2020, 1, 1), day(2025, 12, 31)},
        {Tie::Kind::relation, "employer", day(2026, 6, 1), {}},
    };
    CHECK(people.ties_of(0, "hr@jansen.example") == expected);
    CHECK(people.ties_of(0, "hr@filiaal.jansen.example") == expected);
    CHECK(people.ties_of(1, "hr@jansen.example").empty());
    CHECK(people.ties_of(0, "hr@jansen.example", true).empty());
    CHECK(people.ties_of(0, "hr@anderejansen.example").empty());
}

TEST_CASE("a subdomain that is an organisation's own still lies in the other's domain") {
    People people;
    const auto found = people.ties_of(0, "balie@zorg.jansen.example");
    REQUIRE(found.size() == 3);
    CHECK(found[2] == Tie{Tie::Kind::relation, "care_provider", {}, {}});
}

TEST_CASE("an organisation's address counts also where domains do not") {
    People people;
    CHECK(people.ties_of(0, "arts@praktijk.example", true).size() == 1);
    CHECK(people.ties_of(0, "ander@praktijk.example").empty());
}

TEST_CASE("an address that is nearly one of the subject's") {
    People people;
    const auto near = [&](SubjectNumber subject, std::string_view address) {
        return nearly_registered(*people.index.subject(subject).value(), address);
    };
    CHECK(near(0, "johana@post.example"));
    CHECK(near(0, "johanna@psot.example"));
    CHECK(near(0, "advokaat@recht.example"));
    CHECK(near(1, "piet@pos.example"));
    CHECK_FALSE(near(1, "johana@post.example"));
    CHECK_FALSE(near(0, "johanna@post.example"));
    CHECK_FALSE(near(0, "joanna.p@post.example"));
    CHECK_FALSE(near(0, ""));
    // No address of the registry at all is not one that differs.
    people.index.add_subject("S-3").relation("employer", "O-1");
    CHECK_FALSE(near(2, "a"));
}

TEST_CASE("an addressee is who they are however the address is written") {
    FakeIndex index;
    index.ignore_dots_at({"punt.example"});
    index.add_subject("S-1").email("J.de.Wit+oud@punt.example").email("jo@caf\xC3\xA9.example");
    for (const char* address : {"jdewit@punt.example", "j.dewit+post@punt.example",
                                "jo@xn--caf-dma.example", "jo+uwv@caf\xC3\xA9.example"}) {
        INFO(address);
        const auto addressee = resolve(index, address, true).value();
        CHECK(ties(*index.subject(0).value(), addressee) == std::vector{self});
    }
    CHECK(resolve(index, "j.dewit@anders.example", true).value().own_address_of.empty());
}

TEST_CASE("a relation can be to an e-mail address") {
    People people;
    CHECK(people.ties_of(0, "advocaat@recht.example", true) ==
          std::vector<Tie>{{Tie::Kind::relation, "representative", day(2024, 5, 6), {}}});
    CHECK(people.ties_of(1, "advocaat@recht.example").empty());
}

TEST_CASE("strangers have no ties, and neither has an address that is none") {
    People people;
    CHECK(people.ties_of(0, "wie@elders.example").empty());
    const Addressee nobody = resolve(people.index, "", false).value();
    CHECK(nobody.address.empty());
    CHECK(ties(*people.index.subject(0).value(), nobody).empty());
}

TEST_CASE("an index that fails makes resolving fail") {
    People people;
    people.index.fail_with({ErrorCode::registry_unavailable, "x", "gone", {}});
    CHECK(resolve(people.index, "hr@jansen.example", false).error().code ==
          ErrorCode::registry_unavailable);
}

}  // namespace postwacht::registry
