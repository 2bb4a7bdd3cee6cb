#include "quarantine/content.hpp"

#include <optional>

#include "base/format.hpp"

namespace postwacht::quarantine {
namespace {

constexpr std::string_view upper_hex = "0123456789ABCDEF";

bool is_plain(char c) noexcept {
    return c > ' ' && c < '\x7f' && c != '%';
}

std::string escape(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += upper_hex[byte >> 4U];
        out += upper_hex[byte & 15U];
    }
    return out;
}

// Nothing where escape() would not have written it so.
std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_plain(text[i])) {
            out += text[i];
            continue;
        }
        if (text[i] != '%' || text.size() - i < 3) return std::nullopt;
        const std::size_t high = upper_hex.find(text[i + 1]);
        const std::size_t low = upper_hex.find(text[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

// Takes the head apart line by line, in its fixed order.
class HeadReader {
  public:
    explicit HeadReader(std::string_view plain) : rest_(plain) {}

    // The value of the next line if it is this field's; otherwise nothing, and nothing is taken.
    std::optional<std::string> field(std::string_view name) {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        std::string_view line = rest_.substr(0, end);
        if (!line.starts_with(name) || !line.substr(name.size()).starts_with(": "))
            return std::nullopt;
        auto value = unescape(line.substr(name.size() + 2));
        if (value) rest_.remove_prefix(end + 1);
        return value;
    }

    bool empty_line() {
        if (!rest_.starts_with('\n')) return false;
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

Error damaged(std::string_view id, std::string detail) {
    return Error{ErrorCode::damaged, std::string(id), std::move(detail), {}};
}

}  // namespace

std::string write_content_head(const ContentHead& head) {
    std::string text = "Postwacht-Sealed: 1\n";
    const auto field = [&](std::string_view name, std::string_view value) {
        text += format("{}: {}\n", name, escape(value));
    };
    field("Item", head.id);
    field("Queue-Id", head.queue_id);
    field("Held-At", to_iso(head.held_at));
    field("Sender", head.sender_raw);
    for (const auto recipient : head.recipients_raw) field("Recipient", recipient);
    field("Content-Length", std::to_string(head.message_size));
    text += '\n';
    return text;
}

Result<Content> parse_content(std::string_view plain, std::string_view id) {
    HeadReader reader(plain);
    const auto version = reader.field("Postwacht-Sealed");
    if (!version) return damaged(id, "the sealed content is not one of Postwacht's");
    if (*version != "1")
        return Error{ErrorCode::config, std::string(id),
                     "the content was sealed by a newer version of Postwacht", "upgrade this one"};
    const auto item = reader.field("Item");
    if (!item) return damaged(id, "the sealed content does not say which item it is");
    if (*item != id) return damaged(id, "the sealed content belongs to another item");

    Content content;
    const auto queue_id = reader.field("Queue-Id");
    const auto held_at = reader.field("Held-At");
    auto sender = reader.field("Sender");
    if (!queue_id || !held_at || !sender) return damaged(id, "the sealed envelope is damaged");
    content.sender_raw = std::move(*sender);
    while (auto recipient = reader.field("Recipient"))
        content.recipients_raw.push_back(std::move(*recipient));
    const auto length = reader.field("Content-Length");
    if (content.recipients_raw.empty() || !length || !reader.empty_line())
        return damaged(id, "the sealed envelope is damaged");
    if (*length != std::to_string(reader.rest().size()))
        return damaged(id, "the sealed message does not have the length it should have");
    content.message = reader.rest();
    return content;
}

}  // namespace postwacht::quarantine
