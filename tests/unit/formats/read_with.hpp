// Reads one document with every format's reader, and looks at what came of it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "extract/formats.hpp"

namespace postwacht::extract {

struct ReadDocument {
    Reading reading;

    [[nodiscard]] const Fragment* find(std::string_view where) const {
        for (const auto& fragment : reading.fragments)
            if (fragment.where == where) return &fragment;
        return nullptr;
    }
    // The text with this place; "(none)" where there is none.
    [[nodiscard]] std::string text(std::string_view where) const {
        const auto* fragment = find(where);
        return fragment == nullptr ? "(none)" : fragment->text;
    }
    [[nodiscard]] bool hidden(std::string_view where) const {
        const auto* fragment = find(where);
        return fragment != nullptr && fragment->hidden;
    }
    [[nodiscard]] std::string all() const {
        std::string text;
        for (const auto& fragment : reading.fragments) text.append(fragment.text).append("\n");
        return text;
    }
    [[nodiscard]] bool has(std::string_view text) const {
        return all().find(text) != std::string::npos;
    }
    [[nodiscard]] bool incomplete(Why why) const {
        return std::any_of(reading.incomplete.begin(), reading.incomplete.end(),
                           [why](const Incomplete& item) { return item.why == why; });
    }
    [[nodiscard]] bool whole() const { return reading.incomplete.empty(); }
};

inline ReadDocument read_with_all_formats(std::string_view bytes, std::string_view name = {},
                                          const Limits& limits = {}) {
    Budget budget(limits);
    Collector collector(all_formats(), budget);
    collector.read({bytes, {}, {}, name});
    return {collector.take()};
}

}  // namespace postwacht::extract
