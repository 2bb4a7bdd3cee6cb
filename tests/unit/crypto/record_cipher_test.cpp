#include "crypto/record_cipher.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "support/catch_result.hpp"

namespace postwacht::crypto {
namespace {

RecordCipher new_cipher() {
    return RecordCipher::create(SecretKey::generate().value()).value();
}

}  // namespace

TEST_CASE("a record of any length opens to what was sealed") {
    const RecordCipher cipher = new_cipher();
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 250U, 100'000U}) {
        const std::string plain(size, static_cast<char>('a' + size % 26));
        const std::string sealed = cipher.seal(plain, "subject 7").value();
        CHECK(sealed.size() == size + RecordCipher::overhead);
        CHECK(cipher.open(sealed, "subject 7").value() == plain);
    }
}

TEST_CASE("a record with any bit changed does not open") {
    const RecordCipher cipher = new_cipher();
    const std::string sealed = cipher.seal("Johanna de Wit", "subject 7").value();
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string changed = sealed;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        const auto opened = cipher.open(changed, "subject 7");
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::damaged);
    }
}

TEST_CASE("a record cut short, moved, or of another key does not open") {
    const RecordCipher cipher = new_cipher();
    const std::string sealed = cipher.seal("text", "subject 7").value();
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        CHECK_FALSE(cipher.open(sealed.substr(0, size), "subject 7"));
    }
    CHECK_FALSE(cipher.open(sealed + '\0', "subject 7"));
    CHECK_FALSE(cipher.open(sealed, "subject 8"));
    CHECK_FALSE(cipher.open(sealed, ""));
    CHECK_FALSE(new_cipher().open(sealed, "subject 7"));
}

TEST_CASE("the same record sealed twice looks different each time") {
    const RecordCipher cipher = new_cipher();
    std::set<std::string> nonces;
    for (int i = 0; i < 1000; ++i) nonces.insert(cipher.seal("same", "same")->substr(0, 12));
    CHECK(nonces.size() == 1000);
}

TEST_CASE("records that are sealed one after the other open like others") {
    const RecordCipher cipher = new_cipher();
    auto sealer = cipher.sealer().value();
    std::set<std::string> nonces;
    for (int i = 0; i < 1000; ++i) {
        const std::string plain(static_cast<std::size_t>(i % 40), 'x');
        const std::string context = "subject " + std::to_string(i);
        const std::string sealed = sealer.seal(plain, context).value();
        CHECK(cipher.open(sealed, context).value() == plain);
        CHECK_FALSE(cipher.open(sealed, "subject"));
        nonces.insert(sealed.substr(0, 12));
        nonces.insert(cipher.seal(plain, context)->substr(0, 12));
    }
    CHECK(nonces.size() == 2000);
}

TEST_CASE("an empty record authenticates a long context") {
    const RecordCipher cipher = new_cipher();
    std::string context(3'000'000, 'c');
    const std::string seal = cipher.seal({}, context).value();
    CHECK(cipher.open(seal, context));
    context[2'999'999] = 'd';
    CHECK_FALSE(cipher.open(seal, context));
}

}  // namespace postwacht::crypto
