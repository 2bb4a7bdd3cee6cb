// Compound: the storages and streams of an OLE2 compound file (MS-CFB), from bytes in memory.
//
// Any bytes give an answer: open() fails only without a header or a directory; a stream whose
// sectors are missing is given as far as it is there, and says so. Every chain ends, since none is
// followed for more sectors than the file has. Names are UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extract/binary.hpp"

namespace postwacht::extract {

class Collector;

class Compound {
  public:
    struct Entry {
        std::string name;
        bool storage = false;
        std::uint32_t start = 0;
        std::uint64_t size = 0;
        std::vector<std::size_t> children;
    };
    struct Stream {
        std::string bytes;
        bool whole = true;
    };
    static constexpr std::size_t root = 0;

    // The bytes must outlive it.
    [[nodiscard]] static std::optional<Compound> open(std::string_view bytes);

    [[nodiscard]] const Entry& entry(std::size_t index) const { return entries_.at(index); }
    // The child of that name, without regard to the case of ASCII letters.
    [[nodiscard]] std::optional<std::size_t> find(std::size_t storage, std::string_view name) const;
    [[nodiscard]] Stream read(std::size_t index) const;
    // Whether the tables of the file itself are in order.
    [[nodiscard]] bool sound() const noexcept { return sound_; }

  private:
    explicit Compound(std::string_view bytes) : file_(bytes) {}
    bool load();
    void load_fat();
    void load_directory();
    void link_children();
    [[nodiscard]] std::string_view sector(std::uint32_t number) const noexcept;
    [[nodiscard]] Stream chain(std::uint32_t start, std::uint64_t size) const;

    Binary file_;
    unsigned sector_shift_ = 9;
    unsigned mini_shift_ = 6;
    std::uint32_t mini_cutoff_ = 4096;
    bool sound_ = true;
    std::vector<std::uint32_t> fat_;
    std::vector<std::uint32_t> mini_fat_;
    std::string mini_stream_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> links_;  // left, right and child of each entry
};

// The bytes of a stream, counted as unpacked; what is missing of them is told as damaged.
[[nodiscard]] std::string stream_bytes(const Compound& file, std::size_t index, Collector& out);
// The same for the child of that name; empty where there is none.
[[nodiscard]] std::string stream_bytes(const Compound& file, std::size_t storage,
                                       std::string_view name, Collector& out);

}  // namespace postwacht::extract
