// json::Document: one JSON text that was read (RFC 8259), for what this program wrote itself.
//
// A Value is a view into its Document. What is not there, or is of another kind, reads as null: an
// empty string, 0, false, or a container of nothing, so that optional fields need no second look.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.hpp"

namespace postwacht::json {

class Value {
  public:
    Value() = default;

    [[nodiscard]] bool is_string() const noexcept;
    [[nodiscard]] bool is_number() const noexcept;
    [[nodiscard]] std::string_view string() const noexcept;
    [[nodiscard]] std::uint64_t number() const noexcept;  // 0 where it is negative or broken
    [[nodiscard]] bool boolean() const noexcept;

    // Of an array or object: how many values it has.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] Value at(std::size_t index) const noexcept;             // of an array
    [[nodiscard]] Value operator[](std::string_view key) const noexcept;  // of an object

  private:
    friend class Document;
    explicit Value(const void* value) : value_(value) {}
    const void* value_ = nullptr;
};

class Document {
  public:
    // Error (damaged): it is no JSON, and where. No more than 32 levels deep.
    static Result<Document> parse(std::string_view text);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    ~Document();

    [[nodiscard]] Value root() const noexcept;

  private:
    Document();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::json
