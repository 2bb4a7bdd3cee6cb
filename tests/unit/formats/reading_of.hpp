// What a reader of a format makes of some bytes, and the questions that tests ask of it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "extract/formats.hpp"

namespace postwacht::extract {

inline Reading reading_of(std::string_view bytes, std::string_view name = "file",
                          const Limits& limits = {}) {
    Budget budget(limits);
    return make_extractor(all_formats())->extract({bytes, {}, {}, name}, budget);
}

inline bool has_text(const Reading& reading, std::string_view where, std::string_view text) {
    return std::any_of(reading.fragments.begin(), reading.fragments.end(), [&](const Fragment& f) {
        return f.where == where && f.text.find(text) != std::string::npos;
    });
}

inline bool has_hidden_text(const Reading& reading, std::string_view where, std::string_view text) {
    return std::any_of(reading.fragments.begin(), reading.fragments.end(), [&](const Fragment& f) {
        return f.hidden && f.where == where && f.text.find(text) != std::string::npos;
    });
}

inline bool has_text_anywhere(const Reading& reading, std::string_view text) {
    return std::any_of(reading.fragments.begin(), reading.fragments.end(),
                       [&](const Fragment& f) { return f.text.find(text) != std::string::npos; });
}

inline bool has_part(const Reading& reading, std::string_view name) {
    return std::any_of(reading.parts.begin(), reading.parts.end(),
                       [&](const PartInfo& part) { return part.name == name; });
}

inline bool is_incomplete(const Reading& reading, Why why) {
    return std::any_of(reading.incomplete.begin(), reading.incomplete.end(),
                       [&](const Incomplete& item) { return item.why == why; });
}

// Little-endian numbers, as all these formats write them.
inline std::string u16le(std::uint64_t value) {
    return {static_cast<char>(value & 0xFFU), static_cast<char>((value >> 8U) & 0xFFU)};
}
inline std::string u32le(std::uint64_t value) {
    return u16le(value) + u16le(value >> 16U);
}
inline std::string utf16le(std::string_view ascii) {
    std::string out;
    for (const char c : ascii) out += std::string{c, '\0'};
    return out;
}

}  // namespace postwacht::extract
