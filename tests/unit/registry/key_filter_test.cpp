#include "registry/key_filter.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/catch_result.hpp"

namespace postwacht::registry {

TEST_CASE("a filter of keys forgets none and takes few others for one") {
    const auto hash = crypto::KeyedHash::create(crypto::SecretKey::generate().value());
    const KeyFilterHasher hasher(*hash);
    const auto other_hash = crypto::KeyedHash::create(crypto::SecretKey::generate().value());
    const KeyFilterHasher other_hasher(*other_hash);
    constexpr int count = 50'000;
    std::vector<std::uint64_t> hashes;
    for (int i = 0; i < count; ++i) hashes.push_back(hasher(Key::email, std::to_string(i)));
    KeyFilter::Builder builder(hashes.size());
    builder.add(hashes);
    CHECK(builder.bytes().size() % KeyFilter::block_size == 0);
    CHECK(builder.bytes().size() <= count * 12 / 8 + KeyFilter::block_size);
    const KeyFilter filter(builder.bytes());
    int missed = 0;
    int taken = 0;
    int readable = 0;
    for (int i = 0; i < count; ++i) {
        const std::string value = std::to_string(i);
        if (!filter.may_hold(hasher(Key::email, value))) ++missed;
        // Of another kind, and under another key, the value is another one.
        if (filter.may_hold(hasher(Key::bsn, value))) ++taken;
        if (filter.may_hold(other_hasher(Key::email, value))) ++readable;
    }
    CHECK(missed == 0);
    CHECK(taken < count / 60);
    CHECK(readable < count / 60);
}

TEST_CASE("a filter of no keys, and of any bytes") {
    CHECK(KeyFilter::Builder(0).bytes().empty());
    CHECK_FALSE(KeyFilter({}).may_hold(7));
    CHECK_FALSE(KeyFilter("xx").may_hold(7));
    CHECK(KeyFilter(std::string(KeyFilter::block_size, '\xFF')).may_hold(7));
}

}  // namespace postwacht::registry
