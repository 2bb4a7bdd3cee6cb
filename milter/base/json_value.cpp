#include "base/json_value.hpp"

#include <boost/json.hpp>
#include <optional>

#include "base/format.hpp"

namespace postwacht::json {
namespace {

namespace bj = boost::json;

const bj::value* as_value(const void* value) noexcept {
    return static_cast<const bj::value*>(value);
}

}  // namespace

bool Value::is_string() const noexcept {
    return value_ != nullptr && as_value(value_)->is_string();
}

bool Value::is_number() const noexcept {
    return value_ != nullptr && (as_value(value_)->is_int64() || as_value(value_)->is_uint64());
}

std::string_view Value::string() const noexcept {
    if (!is_string()) return {};
    const bj::string& text = *as_value(value_)->if_string();
    return {text.data(), text.size()};
}

std::uint64_t Value::number() const noexcept {
    if (value_ == nullptr) return 0;
    if (const auto* number = as_value(value_)->if_int64())
        return *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
    const auto* number = as_value(value_)->if_uint64();
    return number == nullptr ? 0 : *number;
}

bool Value::boolean() const noexcept {
    const auto* flag = value_ == nullptr ? nullptr : as_value(value_)->if_bool();
    return flag != nullptr && *flag;
}

std::size_t Value::size() const noexcept {
    if (value_ == nullptr) return 0;
    if (const auto* array = as_value(value_)->if_array()) return array->size();
    if (const auto* object = as_value(value_)->if_object()) return object->size();
    return 0;
}

Value Value::at(std::size_t index) const noexcept {
    const auto* array = value_ == nullptr ? nullptr : as_value(value_)->if_array();
    return array == nullptr || index >= array->size() ? Value() : Value(array->data() + index);
}

Value Value::operator[](std::string_view key) const noexcept {
    const auto* object = value_ == nullptr ? nullptr : as_value(value_)->if_object();
    return object == nullptr ? Value()
                             : Value(object->if_contains(bj::string_view(key.data(), key.size())));
}

// Everything in one buffer that goes away at once.
struct Document::State {
    bj::monotonic_resource memory;
    std::optional<bj::value> root;  // not assigned later: that would copy it out of the buffer
};

Document::Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
    Document document;
    document.state_ = std::make_unique<State>();
    boost::system::error_code error;
    bj::parse_options options;
    options.max_depth = 32;
    State& state = *document.state_;
    bj::value parsed =
        bj::parse(bj::string_view(text.data(), text.size()), error, &state.memory, options);
    if (error) return Error{ErrorCode::damaged, "", format("not JSON: {}", error.message()), {}};
    state.root.emplace(std::move(parsed));
    return document;
}

Value Document::root() const noexcept {
    return Value(&*state_->root);
}

}  // namespace postwacht::json
