// Builds small OLE2 compound files for tests: streams and storages, one sector each at least.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "unit/formats/reading_of.hpp"

namespace postwacht::extract {

// A node is a storage where it has children, else a stream.
struct OleNode {
    std::string name;
    std::string bytes;
    std::vector<OleNode> children;
};

class OleBuilder {
  public:
    static std::string build(const std::vector<OleNode>& nodes) {
        OleBuilder builder;
        builder.add({"Root Entry", {}, nodes}, 5);
        return builder.file();
    }

  private:
    static constexpr std::size_t sector = 512;
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    struct Entry {
        std::string name;
        unsigned kind = 2;
        std::uint32_t right = none;
        std::uint32_t child = none;
        std::uint32_t start = 0xFFFFFFFE;
        std::size_t size = 0;
    };

    std::uint32_t add(const OleNode& node, unsigned kind) {
        const auto index = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back({node.name, kind, none, none, 0xFFFFFFFE, node.bytes.size()});
        if (!node.bytes.empty()) entries_[index].start = place(node.bytes);
        std::uint32_t before = none;
        for (const auto& child : node.children) {
            const bool storage = !child.children.empty();
            const auto number = add(child, storage ? 1 : 2);
            (before == none ? entries_[index].child : entries_[before].right) = number;
            before = number;
        }
        return index;
    }

    std::uint32_t place(const std::string& bytes) {
        const auto first = static_cast<std::uint32_t>(fat_.size());
        const std::size_t count = (bytes.size() + sector - 1) / sector;
        for (std::size_t i = 0; i < count; ++i)
            fat_.push_back(i + 1 == count ? 0xFFFFFFFE
                                          : static_cast<std::uint32_t>(fat_.size() + 1));
        body_ += bytes;
        body_.resize(fat_.size() * sector);
        return first;
    }

    std::string file() {
        std::string directory;
        for (const auto& entry : entries_) {
            std::string name = utf16le(entry.name);
            name.resize(64);
            directory += name + u16le(entry.name.size() * 2 + 2) + static_cast<char>(entry.kind) +
                         '\x01' + u32le(none) + u32le(entry.right) + u32le(entry.child) +
                         std::string(36, '\0') + u32le(entry.start) + u32le(entry.size) + u32le(0);
        }
        const auto first_of_directory = place(directory);
        // The table itself stands last; it is no more than one sector.
        fat_.push_back(0xFFFFFFFD);
        std::string table;
        for (const auto next : fat_) table += u32le(next);
        table.resize(sector, '\xFF');
        std::string head = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(16, '\0') +
                           u16le(0x3E) + u16le(3) + u16le(0xFFFE) + u16le(9) + u16le(6);
        head.resize(44);
        // Every stream stands in ordinary sectors, however small it is.
        head += u32le(1) + u32le(first_of_directory) + u32le(0) + u32le(0) + u32le(0xFFFFFFFE) +
                u32le(0) + u32le(0xFFFFFFFE) + u32le(0) + u32le(fat_.size() - 1);
        head.resize(sector, '\xFF');
        return head + body_ + table;
    }

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> fat_;
    std::string body_;
};

// A record of Excel.
inline std::string biff(unsigned id, const std::string& body) {
    return u16le(id) + u16le(body.size()) + body;
}
// A record of PowerPoint; version 15 is a container.
inline std::string ppt(unsigned type, const std::string& body, unsigned version = 0,
                       unsigned instance = 0) {
    return u16le(version | instance << 4U) + u16le(type) + u32le(body.size()) + body;
}

}  // namespace postwacht::extract
