// RawMessage: the bytes of one message as they will leave, put together from what the MTA hands
// over.
//
// Up to `memory_limit` bytes live on the heap; a larger message moves to an unlinked temporary
// file and is mapped for reading, so that two hundred large letters at once do not exhaust the
// gateway. Any failure to store (disk full) is an Error for the caller to turn into tempfail.
// Lines end in CRLF. Not thread-safe; one message has one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace postwacht::mail {

class RawMessage {
  public:
    static constexpr std::size_t default_memory_limit = 256U << 10U;

    // `spool_directory` is where a large message goes (O_TMPFILE, so nothing is left by a crash).
    explicit RawMessage(std::filesystem::path spool_directory,
                        std::size_t memory_limit = default_memory_limit);
    // A whole message from a file or a test: LF line ends are kept as they are.
    static RawMessage from_bytes(std::string bytes);

    RawMessage(RawMessage&&) noexcept;
    RawMessage& operator=(RawMessage&&) noexcept;
    RawMessage(const RawMessage&) = delete;
    RawMessage& operator=(const RawMessage&) = delete;
    ~RawMessage();

    // One header field. `value` as libmilter gives it under SMFIP_HDR_LEADSPC: leading blank kept,
    // folds as "\n" plus white space; they become CRLF here.
    Result<void> add_header(std::string_view name, std::string_view value);
    // The empty line. Called once, after the last header.
    Result<void> end_headers();
    // A chunk of the body, cut anywhere.
    Result<void> add_body(std::string_view chunk);

    // All bytes. Valid until the next add_*() or the end of this object. Maps the file where the
    // message was spooled.
    Result<std::string_view> bytes() const;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    // Whether it has left the heap.
    [[nodiscard]] bool spooled() const noexcept { return static_cast<bool>(file_); }

  private:
    Result<void> append(std::string_view data);

    std::filesystem::path spool_directory_;
    std::size_t memory_limit_ = default_memory_limit;
    std::size_t size_ = 0;
    std::string memory_;
    UniqueFd file_;
    mutable void* mapping_ = nullptr;
    mutable std::size_t mapped_size_ = 0;
};

}  // namespace postwacht::mail
