// Fuzzes the address parser: any bytes as a path of the envelope and as a header field.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "mail/address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht;
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
    return 0;
}
