// Reading: all that was read of a message or a document, and all that was not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

// Why something could not be read. Never "clean": the policy decides what happens.
enum class Why { encrypted, damaged, unsupported, over_budget };
[[nodiscard]] const char* to_string(Why why) noexcept;

struct PartInfo {
    std::string path;  // "2", "2.1"
    std::string name;  // file name as the reader sees it; empty if none
    std::string type;  // by content: "text/html", "application/pdf"
    std::uint64_t bytes = 0;
    bool macro = false;
    // What its name or its declared type claims, where the content is of another kind; else empty.
    std::string claims;
};

// A run of text with one place. Matching never looks across two fragments of different parts.
struct Fragment {
    std::uint32_t part = 0;  // index into Reading::parts
    std::string where;       // in words: "Subject", "text", "page 2, deleted text"
    bool hidden = false;     // a person who opens the part does not see it at once
    bool ocr = false;
    std::string text;  // UTF-8; '\n' between lines, '\t' between cells of a row
};

struct Incomplete {
    std::string path;
    std::string name;
    Why why = Why::damaged;
};

struct Coverage {
    std::uint64_t parts = 0;  // that might hold text
    std::uint64_t read = 0;   // of those, read in full
    std::uint64_t bytes = 0;  // decoded bytes of the parts that were read
};

struct Reading {
    std::vector<PartInfo> parts;
    std::vector<Fragment> fragments;
    std::vector<Incomplete> incomplete;
    Coverage coverage;

    // `postwacht extract --json`: schema postwacht.extract/1.
    [[nodiscard]] std::string to_json() const;
};

}  // namespace postwacht::extract
