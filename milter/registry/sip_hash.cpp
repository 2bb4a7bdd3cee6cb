#include "registry/sip_hash.hpp"

#include <bit>
#include <cstring>

namespace postwacht::registry {
namespace {

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void absorb(std::uint64_t block) noexcept {
        v3 ^= block;
        round();
        v0 ^= block;
    }
};

}  // namespace

std::uint64_t sip_hash(std::string_view value, const SipKey& key) noexcept {
    SipState state{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                   key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    const auto byte = [value](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(value[i]));
    };
    std::size_t at = 0;
    for (; at + 8 <= value.size(); at += 8) {
        std::uint64_t block = 0;
        std::memcpy(&block, value.data() + at, sizeof(block));
        state.absorb(block);
    }
    std::uint64_t last = static_cast<std::uint64_t>(value.size()) << 56U;
    for (unsigned i = 0; at + i < value.size(); ++i) last |= byte(at + i) << (8 * i);
    state.absorb(last);
    state.v2 ^= 0xFFU;
    for (int i = 0; i < 3; ++i) state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace postwacht::registry
