// json::Writer: writes one JSON document (RFC 8259), keys in the order given.
//
// Contracts of ours fix the order of keys so that a person can read the output and two versions
// can be compared by diff. Strings may hold any bytes: ill-formed UTF-8 is repaired first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postwacht::json {

class Writer {
  public:
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    Writer& value(bool flag);
    Writer& value(std::int64_t number);
    Writer& value(std::uint64_t number);
    Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
    Writer& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
    // Fixed notation with `decimals` digits behind the point.
    Writer& value(double number, int decimals);
    Writer& null();
    // Text that already is JSON, such as a stored verdict.
    Writer& raw(std::string_view json_text);

    template <class T>
    Writer& field(std::string_view name, const T& v) {
        key(name);
        return value(v);
    }

    [[nodiscard]] const std::string& text() const& { return out_; }
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    void separate();

    std::string out_;
};

// A JSON string with its quotes.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace postwacht::json
