// Reads one package with all formats, and finds things in what was read.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "extract/formats.hpp"

namespace postwacht::tests {

inline extract::Reading reading_of(const std::string& bytes, std::string_view name = {},
                                   const Limits& limits = {}) {
    Budget budget(limits);
    return extract::make_extractor(extract::all_formats())->extract({bytes, {}, {}, name}, budget);
}

// The text at a place, with "(hidden) " before it where it is.
inline std::string text_at(const extract::Reading& reading, std::string_view where) {
    for (const auto& fragment : reading.fragments)
        if (fragment.where == where) return (fragment.hidden ? "(hidden) " : "") + fragment.text;
    std::string places = "nothing there, but at";
    for (const auto& fragment : reading.fragments) places += " [" + fragment.where + "]";
    return places;
}

inline bool holds(const extract::Reading& reading, std::string_view text) {
    return std::any_of(
        reading.fragments.begin(), reading.fragments.end(),
        [text](const extract::Fragment& f) { return f.text.find(text) != std::string::npos; });
}

inline bool is_incomplete(const extract::Reading& reading, extract::Why why) {
    return std::any_of(reading.incomplete.begin(), reading.incomplete.end(),
                       [why](const extract::Incomplete& item) { return item.why == why; });
}

inline bool has_macro(const extract::Reading& reading) {
    return std::any_of(reading.parts.begin(), reading.parts.end(),
                       [](const extract::PartInfo& part) { return part.macro; });
}

}  // namespace postwacht::tests
