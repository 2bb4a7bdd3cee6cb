#include "match/display_name.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

using namespace postwacht;

namespace {

registry::Subject person() {
    FakeIndex index;
    index.add_subject("S-1")
        .initials("J.M.")
        .given_names("Jo\xC3\xABlle Maria")
        .prefix("van der")
        .surname("Meer")
        .partner("de", "Wit")
        .email("x@y.example");
    return *index.subject(0).value();
}

}  // namespace

TEST_CASE("a display name that may be the person's", "[match]") {
    for (const std::string name :
         {"J. van der Meer", "Jo\xC3\xABlle de Wit", "Joelle", "Meer, J.M. van der", "VAN DER MEER",
          "mevr. De Wit-van der Meer", "Maria", "", " ", "06 12345678", "joelle@y.example",
          "Jo\xC3\xABlle & Piet", "van der Meer"}) {
        INFO(name);
        CHECK(match::may_be_called(person(), name));
    }
}

TEST_CASE("a display name that is somebody else's", "[match]") {
    for (const std::string name : {"Piet Jansen", "K. van der Meer", "Salarisadministratie",
                                   "Klaas", "Bakkerij Jansen B.V.", "Meerman, J.M."}) {
        INFO(name);
        CHECK_FALSE(match::may_be_called(person(), name));
    }
    const registry::Subject nameless;
    CHECK(match::may_be_called(nameless, "Piet Jansen"));
}
