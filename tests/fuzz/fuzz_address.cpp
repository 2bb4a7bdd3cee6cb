// Fuzzes the address parser: any bytes as a path of the envelope and as a header field. What is
// read without GMime, here and of other fields, must be what GMime reads.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "mail/address.hpp"
#include "mail/header_values.hpp"
#include "mail/plain_values.hpp"

namespace {

using namespace postwacht;

// A quoted character takes a value to GMime.
void compare_with_gmime(std::string_view bytes) {
    if (mail::plain_parameters(bytes)) {
        const std::string value = std::string(bytes) + R"(; zz="\q")";
        const auto type = mail::parse_content_type(bytes);
        const auto same_type = mail::parse_content_type(value);
        if (type.type != same_type.type || type.charset != same_type.charset ||
            type.boundary != same_type.boundary || type.names != same_type.names)
            std::abort();
        const auto disposition = mail::parse_disposition(bytes);
        const auto same_disposition = mail::parse_disposition(value);
        if (disposition.attachment != same_disposition.attachment ||
            disposition.names != same_disposition.names)
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto check = [](const mail::Address& address) {
        if (!text::is_valid_utf8(address.local) || !text::is_valid_utf8(address.domain))
            std::abort();
        if ((address.null || address.invalid) != address.key().empty()) std::abort();
        // What is written can be read again, and means the same.
        if (!address.invalid && mail::parse_path(address.to_string()).key() != address.key())
            std::abort();
    };
    check(mail::parse_path(bytes));
    for (const auto& address : mail::parse_address_list(bytes)) check(address);
    compare_with_gmime(bytes);
    return 0;
}
