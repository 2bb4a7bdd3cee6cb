#include "registry/index.hpp"

#include <utility>

#include "base/text.hpp"

namespace postwacht::registry {
namespace {

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n';
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80U;
}

}  // namespace

const Mailboxes& Index::mailboxes() const {
    static const Mailboxes plain;
    return plain;
}

std::string normalise_other_id(std::string_view value) {
    // The folded form, since that is what a matcher reads.
    std::string normalised = text::fold(value);
    std::erase_if(normalised, is_blank);
    return normalised;
}

std::string shape_of(std::string_view normalised) {
    std::string shape;
    shape.reserve(normalised.size());
    for (const char c : normalised) {
        if (continues_character(c)) continue;
        shape.push_back(is_digit(c) ? '9' : is_letter(c) ? 'a' : c);
    }
    return shape;
}

Result<Addressee> resolve(const Index& index, std::string_view address_key, bool by_address_only) {
    Addressee addressee;
    if (address_key.empty()) return addressee;
    addressee.address = index.mailboxes().key(address_key);
    POSTWACHT_TRY(organisations, index.organisations_at(addressee.address, by_address_only));
    POSTWACHT_TRY(owners, index.find(Key::email, addressee.address));
    addressee.organisations = std::move(organisations);
    addressee.own_address_of = std::move(owners);
    return addressee;
}

Result<std::shared_ptr<const Index>> open_index(const std::filesystem::path& file,
                                                const crypto::SecretKey& key) {
    return Registry(file, key).current();
}

}  // namespace postwacht::registry
