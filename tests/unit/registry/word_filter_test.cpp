#include "registry/word_filter.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace postwacht::registry {

TEST_CASE("a filter forgets no word and takes few others for one") {
    const SipKey key{0x0123456789abcdefU, 0xfedcba9876543210U};
    WordFilter::Builder builder(key);
    constexpr int words = 20'000;
    for (int i = 0; i < words; ++i) builder.add("naam" + std::to_string(i));
    const std::string bytes = builder.finish();
    CHECK(bytes.size() <= words * 4);
    const WordFilter filter(bytes, key);
    int missed = 0;
    int taken = 0;
    int readable = 0;
    const WordFilter other(bytes, {1, 2});
    for (int i = 0; i < words; ++i) {
        if (!filter.may_hold("naam" + std::to_string(i))) ++missed;
        if (filter.may_hold("woord" + std::to_string(i))) ++taken;
        if (other.may_hold("naam" + std::to_string(i))) ++readable;
    }
    CHECK(missed == 0);
    CHECK(taken < words / 300);
    // Without the key the bits tell nothing.
    CHECK(readable < words / 300);
}

TEST_CASE("a filter of nothing, and of any bytes") {
    const SipKey key{1, 2};
    CHECK(WordFilter::Builder(key).finish().empty());
    CHECK_FALSE(WordFilter({}, key).may_hold("x"));
    CHECK(WordFilter("\xFF", key).may_hold("x"));
    CHECK_FALSE(WordFilter(std::string(3, '\0'), key).may_hold(""));
}

}  // namespace postwacht::registry
