#include "extract/appended.hpp"

#include <algorithm>

#include "extract/binary.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t end_size = 22;
constexpr std::size_t central_size = 46;

std::optional<std::size_t> end_record(std::string_view bytes) noexcept {
    constexpr std::size_t farthest = (std::size_t{64} << 10U) + end_size;
    const std::size_t from = bytes.size() - std::min(bytes.size(), farthest);
    const auto at = bytes.substr(from).rfind("PK\x05\x06"sv);
    if (at == std::string_view::npos) return std::nullopt;
    return from + at;
}

}  // namespace

bool has_zip_end(std::string_view bytes) noexcept {
    return end_record(bytes).has_value();
}

std::optional<std::size_t> zip_behind(std::string_view bytes) noexcept {
    const auto end = end_record(bytes);
    if (!end) return std::nullopt;
    const Binary file(bytes);
    const std::uint64_t size = file.u32(*end + 12);
    const std::uint64_t offset = file.u32(*end + 16);
    if (size < central_size || size > *end) return std::nullopt;
    const std::uint64_t directory = *end - size;
    if (file.piece(directory, 4) != "PK\x01\x02"sv) return std::nullopt;
    const std::uint64_t first = file.u32(directory + 42);
    // Offsets count from the beginning of the zip file, or from that of the whole.
    for (const std::uint64_t at : {directory - std::min(directory, offset) + first, first})
        if (file.piece(at, 4) == "PK\x03\x04"sv) return static_cast<std::size_t>(at);
    return std::nullopt;
}

std::string_view behind_zip(std::string_view bytes) noexcept {
    const auto end = end_record(bytes);
    if (!end) return {};
    const Binary file(bytes);
    const auto rest = file.piece(*end + end_size + file.u16(*end + 20), bytes.size());
    return rest.find_first_not_of("\0 \t\r\n"sv) == std::string_view::npos ? std::string_view()
                                                                           : rest;
}

}  // namespace postwacht::extract
