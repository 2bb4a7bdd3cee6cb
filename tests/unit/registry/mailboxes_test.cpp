#include "registry/mailboxes.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace postwacht::registry {

TEST_CASE("a tag is no part of a mailbox") {
    const Mailboxes mailboxes;
    CHECK(mailboxes.key("jan+post@thuis.example") == "jan@thuis.example");
    CHECK(mailboxes.key("jan+post+twee@thuis.example") == "jan@thuis.example");
    CHECK(mailboxes.key("jan+@thuis.example") == "jan@thuis.example");
    CHECK(mailboxes.key("jan.de.wit+2026@thuis.example") == "jan.de.wit@thuis.example");
    CHECK(mailboxes.key("jan-post@thuis.example") == "jan-post@thuis.example");
    // Nothing would be left.
    CHECK(mailboxes.key("+post@thuis.example") == "+post@thuis.example");
}

TEST_CASE("a number behind a plus says who reads it") {
    const Mailboxes mailboxes;
    CHECK(mailboxes.key("fax+31201234567@poort.example") == "fax+31201234567@poort.example");
    CHECK(mailboxes.key("fax+31201234567@poort.example") !=
          mailboxes.key("fax+31201234568@poort.example"));
    CHECK(mailboxes.key("jan+123456@thuis.example") == "jan@thuis.example");
    CHECK(mailboxes.key("jan+a1234567@thuis.example") == "jan@thuis.example");
}

TEST_CASE("dots count, but not at hosts that ignore them") {
    const Mailboxes mailboxes({"Punt.example", "caf\xC3\xA9.example", "punt.example"});
    CHECK(mailboxes.dotless_domains().size() == 2);
    CHECK(mailboxes.key("j.a.n@punt.example") == "jan@punt.example");
    CHECK(mailboxes.key("j.an+x.y@punt.example") == "jan@punt.example");
    CHECK(mailboxes.key("j.an@sub.punt.example") == "j.an@sub.punt.example");
    CHECK(mailboxes.key("j.an@thuis.example") == "j.an@thuis.example");
    CHECK(mailboxes.key("j.an@xn--caf-dma.example") == "jan@caf\xC3\xA9.example");
    CHECK(mailboxes.key("..@punt.example") == "..@punt.example");
}

TEST_CASE("a key is its own key, and what is no address stays") {
    const Mailboxes mailboxes({"punt.example"});
    for (const std::string address :
         {"j.an+x@punt.example", "fax+1234567+x@poort.example", "a@b@punt.example", "@punt.example",
          "", "geen adres", "x@", "jan+1234567+8@thuis.example", "j.+.n@punt.example"}) {
        INFO(address);
        const std::string key = mailboxes.key(address);
        CHECK(mailboxes.key(key) == key);
    }
    CHECK(mailboxes.key("geen adres") == "geen adres");
}

TEST_CASE("one typing error apart") {
    const std::string address = "jan.jansen@post.example";
    for (const std::string other :
         {"jan.janse@post.example", "an.jansen@post.example", "jan.jansenn@post.example",
          "jan.jansem@post.example", "jna.jansen@post.example", "janjansen@post.example",
          "jan.jansen@posst.example", "jan.jansen@post.exampel", "jan.jansen@post.exampl",
          "jan.jansen@post.examplee", "jan.jans\xC3\xA9n@post.example"}) {
        INFO(other);
        CHECK(differ_in_one_character(address, other));
        CHECK(differ_in_one_character(other, address));
    }
    for (const std::string other :
         {"jan.jansen@post.example", "jan.jans@post.example", "naj.jansen@post.example",
          "jan.jensem@post.example", "jan.jansenxx@post.example", "jan.jnasne@post.example",
          "piet@post.example", "", "j"}) {
        INFO(other);
        CHECK_FALSE(differ_in_one_character(address, other));
        CHECK_FALSE(differ_in_one_character(other, address));
    }
    // Characters, not bytes: both letters have two bytes that differ.
    CHECK(differ_in_one_character("zo\xC3\xAB@x.example", "zo\xD0\xB5@x.example"));
    CHECK(differ_in_one_character("zo\xC3\xAB@x.example", "zo@x.example"));
    CHECK(differ_in_one_character("z\xC3\xABo@x.example", "zo\xC3\xAB@x.example"));
    CHECK_FALSE(differ_in_one_character("", ""));
    CHECK(differ_in_one_character("", "\xC3\xAB"));
}

}  // namespace postwacht::registry
