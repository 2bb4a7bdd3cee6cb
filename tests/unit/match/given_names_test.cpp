#include "match/given_names.hpp"

#include <catch2/catch.hpp>

using namespace postwacht::match;

TEST_CASE("names of one sex tell it, and names of both do not", "[names]") {
    CHECK(sex_of_given_name("johanna") == Sex::female);
    CHECK(sex_of_given_name("fatma") == Sex::female);
    CHECK(sex_of_given_name("hendrik") == Sex::male);
    CHECK(sex_of_given_name("krzysztof") == Sex::male);
    for (const char* const both :
         {"anne", "robin", "deniz", "marijn", "jo", "kim", "dominique", "", "j", "vries"}) {
        INFO(both);
        CHECK(sex_of_given_name(both) == Sex::unknown);
    }
    CHECK(sex_of_title("mevr") == Sex::female);
    CHECK(sex_of_title("dhr") == Sex::male);
    // A mister in English, a master of laws in Dutch.
    CHECK(sex_of_title("mr") == Sex::unknown);
    CHECK(sex_of_title("familie") == Sex::unknown);
}
