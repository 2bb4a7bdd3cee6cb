// TOML documents in which every key and value knows its line and column.
//
// The configuration and the policy are read through this one view, so that both report errors
// alike: "policy.toml:12:3: unknown key 'min_confidense'" with the hint "did you mean ...?".
// toml::Document owns plain data; toml++ is seen by toml.cpp alone. Standard: TOML 1.0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"

namespace postwacht::toml {

struct Position {
    std::uint32_t line = 0;  // from 1
    std::uint32_t column = 0;
    // The file, where a table was put together from several; empty for the reader's own. Whoever
    // puts tables together keeps the name alive.
    std::string_view file = {};
};

class Value;
struct Entry;
using Array = std::vector<Value>;
// In the order of the file.
using Entries = std::vector<Entry>;

class Value {
  public:
    using Data = std::variant<std::string, std::int64_t, double, bool, Date, Array, Entries>;
    Data data;
    Position at;

    // "a string", "a table", ... for error texts.
    [[nodiscard]] const char* kind() const noexcept;
};

struct Entry {
    std::string key;
    Position at;
    Value value;
};

// Reads one table: each getter marks its key as known, and finish() reports the first key that
// nobody asked for. The table and the file name must outlive it.
class Reader {
  public:
    Reader(const Entries& entries, Position at, std::string_view file, std::string path);

    // Nothing where the key is absent; an Error where it has another type.
    Result<std::optional<std::string>> string(std::string_view key);
    Result<std::optional<std::int64_t>> integer(std::string_view key, std::int64_t min,
                                                std::int64_t max);
    Result<std::optional<bool>> boolean(std::string_view key);
    Result<std::optional<Date>> date(std::string_view key);
    Result<std::optional<std::vector<std::string>>> strings(std::string_view key);
    // A string that parse_duration() understands.
    Result<std::optional<std::chrono::seconds>> duration(std::string_view key);
    Result<std::optional<Reader>> table(std::string_view key);
    // An array of tables ([[exception]]); empty where absent.
    Result<std::vector<Reader>> tables(std::string_view key);
    // The raw value, marked as known; null where absent.
    const Value* value(std::string_view key);
    [[nodiscard]] const Entries& entries() const { return *entries_; }

    // Marks every key as known, for tables whose keys are names (categories, relations).
    void all_known();
    // An Error for the first unknown key, with the nearest known one as a hint.
    Result<void> finish() const;

    // Where a key stands; the table itself where it is absent.
    [[nodiscard]] Position position(std::string_view key) const;
    [[nodiscard]] Error error(ErrorCode code, Position at, std::string detail,
                              std::string hint = {}) const;
    // "policy" for [policy]; "" for the root.
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Position at() const { return at_; }
    [[nodiscard]] std::string_view file() const { return file_; }
    // The code of the errors this reader makes itself (config unless set).
    void set_error_code(ErrorCode code) { code_ = code; }

  private:
    const Entry* find(std::string_view key);
    Error wrong_type(const Entry& entry, const char* wanted) const;

    const Entries* entries_;
    Position at_;
    std::string_view file_;
    std::string path_;
    ErrorCode code_ = ErrorCode::config;
    std::vector<std::string> known_;
};

class Document {
  public:
    // `file` is used in errors only. `code` is that of the errors, here and in every Reader.
    static Result<Document> parse(std::string_view text, std::string file, ErrorCode code);
    // The document must outlive the reader.
    [[nodiscard]] Reader root() const;
    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    std::string file_;
    Entries entries_;
    ErrorCode code_ = ErrorCode::config;
};

}  // namespace postwacht::toml
