#include "review/sealed_reason.hpp"

#include <charconv>
#include <span>

namespace postwacht::review {
namespace {

constexpr std::string_view mark = "sealed:";

Result<std::string> from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        unsigned value = 0;
        const auto [end, failed] =
            std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
        if (failed != std::errc() || end != digits.data() + i + 2) break;
        bytes += static_cast<char>(value);
    }
    if (2 * bytes.size() != digits.size())
        return Error{ErrorCode::damaged, "", "the sender's reason is not as it was written", {}};
    return bytes;
}

}  // namespace

Result<std::string> seal_reason(const Office& office, std::string_view reason) {
    if (!office.sealer)
        return Error{ErrorCode::config, "",
                     "there is no certificate to seal the sender's reason to",
                     "set 'certificates' under [quarantine]"};
    POSTWACHT_TRY(sealed, office.sealer->seal({reason}));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(sealed.data());
    return std::string(mark) + crypto::to_hex(std::span(bytes, sealed.size()));
}

void unseal_reason(const Office& office, quarantine::Approval& approval, bool open) {
    if (approval.action != asks_for_release) return;
    if (!open) {
        approval.reason = "the reason is masked like evidence";
        return;
    }
    if (!approval.reason.starts_with(mark)) return;
    const auto sealed = from_hex(std::string_view(approval.reason).substr(mark.size()));
    auto reason = sealed ? office.opener->open(*sealed) : Result<std::string>(sealed.error());
    approval.reason = reason ? *std::move(reason) : "the reason does not open with this key";
}

}  // namespace postwacht::review
