#include "extract/reading.hpp"

#include "base/json.hpp"

namespace postwacht::extract {

const char* to_string(Why why) noexcept {
    switch (why) {
        case Why::encrypted:
            return "encrypted";
        case Why::damaged:
            return "damaged";
        case Why::unsupported:
            return "unsupported";
        case Why::over_budget:
            return "over_budget";
    }
    return "damaged";
}

namespace {

void write_part(json::Writer& json, const PartInfo& part) {
    json.begin_object()
        .field("part", part.path)
        .field("name", part.name)
        .field("type", part.type)
        .field("bytes", part.bytes)
        .field("macro", part.macro);
    if (!part.claims.empty()) json.field("claims", part.claims);
    json.end_object();
}

void write_fragment(json::Writer& json, const Fragment& fragment, const PartInfo& part) {
    json.begin_object()
        .field("part", part.path)
        .field("name", part.name)
        .field("where", fragment.where)
        .field("hidden", fragment.hidden)
        .field("ocr", fragment.ocr)
        .field("text", fragment.text)
        .end_object();
}

void write_incomplete(json::Writer& json, const Incomplete& incomplete) {
    json.begin_object()
        .field("part", incomplete.path)
        .field("name", incomplete.name)
        .field("why", to_string(incomplete.why))
        .end_object();
}

}  // namespace

std::string Reading::to_json() const {
    json::Writer json;
    json.begin_object().field("schema", "postwacht.extract/1");
    json.key("parts").begin_array();
    for (const auto& part : parts) write_part(json, part);
    json.end_array().key("fragments").begin_array();
    for (const auto& fragment : fragments) write_fragment(json, fragment, parts.at(fragment.part));
    json.end_array().key("incomplete").begin_array();
    for (const auto& item : incomplete) write_incomplete(json, item);
    json.end_array().key("coverage").begin_object();
    json.field("parts", coverage.parts)
        .field("read", coverage.read)
        .field("bytes", coverage.bytes)
        .end_object();
    return json.end_object().take();
}

}  // namespace postwacht::extract
