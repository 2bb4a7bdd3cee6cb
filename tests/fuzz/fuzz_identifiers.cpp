// Fuzzes the scanners of match/identifiers.hpp: any bytes, folded as match() folds them. Spans must
// lie in the text, in order, and hold what they claim.
#include <cstdint>
#include <cstdlib>

#include "base/text.hpp"
#include "match/identifiers.hpp"
#include "registry/build.hpp"

using namespace postwacht;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void require_inside(const match::Span& span, std::string_view text) {
    require(span.begin < span.end && span.end <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string raw = text::repair_utf8({reinterpret_cast<const char*>(data), size});
    const std::string folded = text::fold(raw);
    require(text::is_valid_utf8(folded));

    std::vector<match::BsnCandidate> numbers;
    match::find_bsn_candidates(folded, numbers);
    std::uint32_t last = 0;
    for (const auto& number : numbers) {
        require_inside(number, folded);
        require(number.begin >= last);
        last = number.begin;
        require(registry::bsn_valid({number.digits.data(), number.digits.size()}));
    }
    std::vector<match::EmailSpan> addresses;
    match::find_email_addresses(folded, addresses);
    for (const auto& address : addresses) {
        require_inside(address, folded);
        require(address.address.find('@') != std::string_view::npos);
    }
    static const std::vector<std::string> shapes = {"99-a", "9999", "aa-999999", "aa999999",
                                                    "aaaa"};
    std::vector<match::IdSpan> ids;
    match::find_ids(folded, shapes, ids);
    for (const auto& id : ids) {
        require_inside(id, folded);
        require(!id.normalised.empty());
    }
    std::vector<match::DateSpan> dates;
    match::find_dates(folded, dates);
    for (const auto& date : dates) {
        require_inside(date, folded);
        require(date.date.ok());
    }
    std::vector<match::PostcodeSpan> postcodes;
    match::find_postcodes(folded, postcodes);
    for (const auto& postcode : postcodes) require_inside(postcode, folded);
    return 0;
}
