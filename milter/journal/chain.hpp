// Chain: the form of a journal line and of `head`, and the keyed digests that tie them together.
//
// line:  {"n":7,"at":"2026-11-23T02:00:00Z","kind":"message","data":{...},"chain":"<64 hex>"}
// head:  7, padded to 20 digits | blank | chain value of line 7 | blank | digest of both | newline
// The chain value of line n is the keyed digest of the chain value of line n - 1 (64 zeros before
// the first) and of everything in line n before `,"chain"`. Head has a fixed size below a disk
// sector, so that overwriting it in place never leaves half of it.
// start: has the form of head, with a digest that no head has, and tells after which line the kept
// ones begin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"

namespace postwacht::journal {

inline constexpr const char* journal_file = "journal.jsonl";
inline constexpr const char* head_file = "head";
inline constexpr const char* start_file = "start";
// A line is a verdict with its evidence, some kilobytes. Whatever exceeds this was not written
// here.
inline constexpr std::size_t longest_line = 64U << 20U;

// Where the chain stands after some line; as constructed: before the first.
struct Link {
    std::uint64_t n = 0;
    std::string chain = std::string(64, '0');
};

// A line taken apart, not checked against a key. Views into the line.
struct LineParts {
    std::uint64_t n = 0;
    std::string_view text;   // what the chain value is computed over
    std::string_view chain;  // 64 lower-case hexadecimal digits
};
// Nothing where the line does not have the form of one of ours.
[[nodiscard]] std::optional<LineParts> take_apart(std::string_view line) noexcept;

// What a line begins with. Needs its first `line_start_bytes` at most.
struct LineStart {
    std::uint64_t n = 0;
    Instant at{};
};
inline constexpr std::size_t line_start_bytes = 64;
[[nodiscard]] std::optional<LineStart> read_line_start(std::string_view line) noexcept;

// The number that a head or a start gives, unchecked: for who has no key.
[[nodiscard]] std::optional<std::uint64_t> vouched_number(std::string_view bytes) noexcept;

class Chain {
  public:
    static Result<Chain> create(const crypto::SecretKey& journal_key);

    // The line that follows `last`, with its newline; `last` moves on to it. Raw line ends between
    // the tokens of `json_object` become blanks.
    [[nodiscard]] std::string extend(Link& last, Instant at, std::string_view kind,
                                     std::string_view json_object) const;
    // Whether the line's chain value is that of a line after `last`; its number is not looked at.
    [[nodiscard]] bool follows(const Link& last, const LineParts& line) const;

    [[nodiscard]] std::string head(const Link& link) const;
    // Nothing where it is not a head made under this key.
    [[nodiscard]] std::optional<Link> read_head(std::string_view bytes) const;
    // The content of `start`: the kept lines follow `link`.
    [[nodiscard]] std::string start(const Link& link) const;
    [[nodiscard]] std::optional<Link> read_start(std::string_view bytes) const;

    [[nodiscard]] std::string pseudonym(std::string_view address_key) const;
    [[nodiscard]] std::string subject_pseudonym(std::string_view subject_id) const;
    [[nodiscard]] std::string domain_pseudonym(std::string_view domain) const;

  private:
    explicit Chain(crypto::KeyedHash hash) : hash_(std::move(hash)) {}
    [[nodiscard]] std::string digest(std::string_view domain, std::string_view value) const;
    [[nodiscard]] std::string vouch(std::string_view domain, const Link& link) const;
    [[nodiscard]] std::optional<Link> read_vouched(std::string_view domain,
                                                   std::string_view bytes) const;
    [[nodiscard]] std::string short_digest(std::string_view prefix, std::string_view domain,
                                           std::string_view value) const;

    crypto::KeyedHash hash_;
};

}  // namespace postwacht::journal
