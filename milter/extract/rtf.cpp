#include "extract/rtf.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "extract/rtf_object.hpp"
#include "extract/rtf_words.hpp"

namespace postwacht::extract {
namespace {

using rtf::Destination;
using rtf::Goes;

void append_utf8(std::uint32_t code, std::string& out) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (code >= 0x10000) {
        byte(0xF0 | (code >> 18U));
        byte(0x80 | ((code >> 12U) & 0x3FU));
    } else if (code >= 0x800) {
        byte(0xE0 | (code >> 12U));
    }
    if (code >= 0x800)
        byte(0x80 | ((code >> 6U) & 0x3FU));
    else if (code >= 0x80)
        byte(0xC0 | (code >> 6U));
    byte(code >= 0x80 ? 0x80 | (code & 0x3FU) : code);
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct State {
    Goes goes = Goes::body;
    std::string_view where;
    bool aside_hidden = false;
    Goes outer = Goes::body;  // what \ud goes back to
    bool opened = false;      // a destination was opened in this very group
    bool starred = false;
    bool hidden = false;
    bool deleted = false;
    bool white = false;
    bool tiny = false;
    bool in_table = false;
    bool rtf_only = false;  // \htmlrtf: not part of the HTML
    int font = -1;
    int fallback = 1;  // \uc
};

struct Stream {
    std::string where;
    bool hidden = false;
    std::string text;
};

// The fields stand by what they are for.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there is one object for a document
class RtfReader {
  public:
    RtfReader(std::string_view in, Collector& out) : in_(in), out_(&out) {}

    void read() {
        // Shading could be behind white letters; then they may well be seen.
        shaded_ = in_.find("cbpat") != std::string_view::npos ||
                  in_.find("\\highlight") != std::string_view::npos;
        body_ = add_stream("text", false);
        bool more = true;
        while (at_ < in_.size() && more) {
            if ((++steps_ & 0x3FFU) == 0 && !out_->time_left()) break;
            more = step();
        }
        flush();
        if (!stack_.empty() && at_ >= in_.size()) out_->incomplete(Why::damaged);
        tell();
    }

  private:
    bool step() {
        const char c = in_[at_];
        switch (c) {
            case '{':
                return open_group();
            case '}':
                close_group();
                return true;
            case '\\':
                ++at_;
                control();
                return true;
            case '\r':
            case '\n':
            case '\0':
                ++at_;
                return true;
            default:
                ++at_;
                character(c);
                return true;
        }
    }

    bool open_group() {
        constexpr std::size_t deepest = 100'000;
        ++at_;
        flush();
        skip_ = 0;
        if (stack_.size() >= deepest) {
            out_->incomplete(Why::over_budget);
            return false;
        }
        stack_.push_back(now_);
        fresh_ = at_;
        now_.opened = false;
        now_.starred = false;
        if (now_.goes == Goes::both_forms) now_.goes = Goes::nowhere;
        return true;
    }

    void close_group() {
        ++at_;
        flush();
        skip_ = 0;
        if (now_.opened) end_destination();
        if (stack_.empty()) return;
        now_ = stack_.back();
        stack_.pop_back();
        // What follows the group that is the document is shown by nobody.
        if (stack_.empty()) {
            now_ = {};
            now_.goes = Goes::aside;
            now_.where = "behind the end of the document";
            now_.aside_hidden = true;
        }
    }

    void end_destination() {
        if (now_.goes == Goes::aside || now_.goes == Goes::property) {
            auto& text = stream(now_.goes == Goes::property ? "document properties" : now_.where,
                                true_if_hidden());
            if (!text.empty() && text.back() != '\n') text += '\n';
        } else if (now_.goes == Goes::object) {
            rtf::add_object(object_, *out_);
            object_.clear();
        } else if (now_.goes == Goes::picture) {
            rtf::add_picture(object_, *out_);
            object_.clear();
        } else if (now_.goes == Goes::shape_value) {
            end_shape_value();
        }
    }

    bool true_if_hidden() const noexcept {
        return now_.goes == Goes::property || now_.aside_hidden;
    }

    void end_shape_value() {
        const bool drawn = shape_name_.starts_with("gtext");
        if ((drawn || shape_name_.starts_with("wz")) && !shape_value_.empty())
            stream(drawn ? "drawn text" : "description of a shape", !drawn)
                .append(shape_value_)
                .append("\n");
        shape_name_.clear();
        shape_value_.clear();
    }

    void control() {
        if (at_ >= in_.size()) return;
        const char c = in_[at_];
        if (is_letter(c)) {
            control_word();
            return;
        }
        ++at_;
        if (c == '\'') {
            const int high = at_ < in_.size() ? hex_value(in_[at_]) : -1;
            const int low = at_ + 1 < in_.size() ? hex_value(in_[at_ + 1]) : -1;
            if (high < 0 || low < 0) return;
            at_ += 2;
            character(static_cast<char>(high * 16 + low));
        } else if (c == '\\' || c == '{' || c == '}') {
            character(c);
        } else if (c == '*') {
            // Elsewhere than at the beginning of a group it means nothing.
            now_.starred = fresh_ + 2 == at_;
        } else if (skip_ > 0) {
            --skip_;
        } else if (c == '~') {
            flush();
            put("\xC2\xA0");
        } else if (c == '_') {
            flush();
            put("-");
        } else if (c == '\n' || c == '\r') {
            flush();
            end_paragraph();
        }
    }

    void control_word() {
        const std::size_t from = at_;
        while (at_ < in_.size() && is_letter(in_[at_])) ++at_;
        const auto word = in_.substr(from, at_ - from);
        const std::size_t sign = at_;
        if (at_ < in_.size() && in_[at_] == '-') ++at_;
        while (at_ < in_.size() && in_[at_] >= '0' && in_[at_] <= '9') ++at_;
        long value = 0;
        const auto digits = in_.substr(sign, at_ - sign);
        const auto done = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool has_value = done.ec == std::errc();
        if (!has_value && digits == "-") at_ = sign;
        if (at_ < in_.size() && in_[at_] == ' ') ++at_;
        act(word, has_value, value);
    }

    void act(std::string_view word, bool has_value, long value) {
        constexpr long no_value = 1;
        const long number = has_value ? value : no_value;
        if (word == "bin") {
            binary(has_value ? value : 0);
            return;
        }
        if (word == "u" && has_value) {
            unicode(value);
            return;
        }
        if (skip_ > 0) {
            --skip_;
            return;
        }
        flush();
        if (open_destination(word)) return;
        if (const auto text = rtf::character_of(word); !text.empty())
            put(text);
        else if (!act_on_flow(word))
            act_on_state(word, has_value, number);
    }

    bool open_destination(std::string_view word) {
        const Destination* found = rtf::find_destination(word);
        const bool starred = std::exchange(now_.starred, false);
        if (found == nullptr && !starred) return false;
        if (now_.goes == Goes::nowhere || now_.goes == Goes::fonts || now_.goes == Goes::picture ||
            now_.goes == Goes::object) {
            if (found != nullptr && found->goes == Goes::unicode) now_.goes = now_.outer;
            // Its properties are not its pixels; nor is what only programs that know no pictures of
            // this kind show.
            if (now_.goes == Goes::picture) now_.goes = Goes::nowhere;
            return true;
        }
        if (found == nullptr) {
            // A program that does not know it skips it; the text is in the file all the same.
            now_.goes = Goes::aside;
            now_.where = "part that readers may skip";
            now_.aside_hidden = true;
            now_.opened = true;
            return true;
        }
        if (found->goes == Goes::body || found->goes == Goes::unicode) return true;
        if (found->goes == Goes::both_forms) now_.outer = now_.goes;
        now_.goes = found->goes;
        now_.opened = true;
        if (found->goes == Goes::aside || found->goes == Goes::property) {
            now_.where = found->where;
            now_.aside_hidden = found->hidden;
            now_.in_table = false;
        }
        if (found->goes == Goes::property)
            stream("document properties", true).append(found->where).append(": ");
        return true;
    }

    bool act_on_flow(std::string_view word) {
        if (word == "par" || word == "line" || word == "sect" || word == "page" ||
            word == "column" || word == "softline" || word == "lbr") {
            end_paragraph();
        } else if (word == "cell") {
            put("\t");
        } else if (word == "nestcell" || word == "nestrow") {
            put(" ");
        } else if (word == "row") {
            end_row();
        } else {
            return false;
        }
        return true;
    }

    void act_on_state(std::string_view word, bool has_value, long number) {
        const bool on = number != 0;
        if (word == "v" || word == "webhidden") {
            now_.hidden = on;
        } else if (word == "deleted") {
            now_.deleted = on;
        } else if (word == "plain") {
            now_.hidden = now_.deleted = now_.white = now_.tiny = false;
            now_.font = default_font_;
        } else if (word == "fs") {
            now_.tiny = has_value && number <= 2;
        } else if (word == "cf") {
            now_.white = has_value && white_.contains(number) && !shaded_;
        } else if (word == "pard") {
            now_.in_table = false;
        } else if (word == "intbl" || word == "itap") {
            now_.in_table = on;
        } else if (word == "uc") {
            now_.fallback = static_cast<int>(std::clamp(number, 0L, 100L));
        } else if (word == "htmlrtf") {
            now_.rtf_only = on;
        } else if (word == "fromhtml") {
            wraps_html_ = true;
        } else {
            act_on_charset(word, number);
        }
    }

    void act_on_charset(std::string_view word, long number) {
        const auto small = static_cast<int>(std::clamp(number, -1L, 100'000L));
        if (word == "ansicpg") {
            if (small > 0) code_page_ = small;
        } else if (word == "mac") {
            code_page_ = 10000;
        } else if (word == "pc") {
            code_page_ = 437;
        } else if (word == "pca") {
            code_page_ = 850;
        } else if (word == "deff") {
            default_font_ = small;
        } else if (word == "f") {
            now_.font = small;
        } else if (now_.goes == Goes::fonts && word == "fcharset") {
            if (const int page = rtf::code_page_of_font(small); page != 0)
                font_pages_[now_.font] = page;
        } else if (now_.goes == Goes::fonts && word == "cpg") {
            font_pages_[now_.font] = small;
        } else if (now_.goes == Goes::colours) {
            if (word == "red" || word == "green" || word == "blue") brightness_ += small;
        }
    }

    void binary(long size) {
        const auto rest = in_.size() - at_;
        const auto count = std::min(rest, static_cast<std::size_t>(std::max(size, 0L)));
        const bool kept = now_.goes == Goes::object || now_.goes == Goes::picture;
        if (kept && out_->take_bytes(count)) object_.append(in_.substr(at_, count));
        at_ += count;
    }

    void unicode(long value) {
        if (skip_ > 0) {
            --skip_;
            return;
        }
        flush();
        skip_ = now_.fallback;
        const auto unit = static_cast<std::uint32_t>(value < 0 ? value + 0x10000 : value);
        if (unit >= 0xD800 && unit < 0xDC00) {
            high_ = unit;
            return;
        }
        std::uint32_t code = unit;
        if (unit >= 0xDC00 && unit < 0xE000)
            code = high_ == 0 ? 0xFFFD : 0x10000 + ((high_ - 0xD800) << 10U) + (unit - 0xDC00);
        high_ = 0;
        if (code == 0 || code > 0x10FFFF) return;
        std::string text;
        append_utf8(code, text);
        put(text);
    }

    void character(char c) {
        if (skip_ > 0) {
            --skip_;
            return;
        }
        switch (now_.goes) {
            case Goes::nowhere:
            case Goes::both_forms:
            case Goes::fonts:
                return;
            case Goes::colours:
                if (c == ';') end_colour();
                return;
            case Goes::object:
            case Goes::picture:
                object_digit(c);
                return;
            default:
                pending_ += c;
        }
    }

    void end_colour() {
        if (std::exchange(brightness_, 0) == 3 * 255) white_.insert(colours_);
        ++colours_;
    }

    void object_digit(char c) {
        const int value = hex_value(c);
        if (value < 0) return;
        if (nibble_ < 0) {
            nibble_ = value;
            return;
        }
        object_ += static_cast<char>(std::exchange(nibble_, -1) * 16 + value);
    }

    // Bytes wait until all of a character in a code page of several bytes is there.
    void flush() {
        if (pending_.empty()) return;
        const bool ascii = std::none_of(pending_.begin(), pending_.end(), [](char c) {
            return static_cast<unsigned char>(c) >= 0x80;
        });
        if (ascii) {
            put(std::exchange(pending_, {}));
            return;
        }
        const auto font = font_pages_.find(now_.font >= 0 ? now_.font : default_font_);
        const int page = font == font_pages_.end() ? code_page_ : font->second;
        put(text::decode(std::exchange(pending_, {}), rtf::charset_of(page)).text);
    }

    std::size_t add_stream(std::string where, bool hidden) {
        streams_.push_back({std::move(where), hidden, {}});
        return streams_.size() - 1;
    }

    std::string& stream(std::string_view where, bool hidden) {
        std::string key = hidden ? "h" : "v";
        const auto [slot, is_new] = named_.try_emplace(key.append(where), streams_.size());
        if (is_new) add_stream(std::string(where), hidden);
        return streams_[slot->second].text;
    }

    std::string_view why_hidden() const noexcept {
        if (now_.deleted) return "deleted text";
        if (now_.hidden) return "hidden text";
        if (now_.white) return "white text";
        if (now_.tiny) return "tiny text";
        return {};
    }

    // The text that is being written to; nullptr where it goes nowhere.
    std::string* target() {
        switch (now_.goes) {
            case Goes::html_tag:
                return wraps_html_ ? &html_ : nullptr;
            case Goes::property:
                return &stream("document properties", true);
            case Goes::shape_name:
                return &shape_name_;
            case Goes::shape_value:
                return &shape_value_;
            case Goes::body:
            case Goes::aside:
                break;
            default:
                return nullptr;
        }
        if (wraps_html_ && now_.goes == Goes::body)
            return now_.rtf_only ? &stream("text for programs without HTML", true) : &html_;
        const auto why = why_hidden();
        if (now_.goes == Goes::aside) {
            if (why.empty() || now_.aside_hidden) return &stream(now_.where, now_.aside_hidden);
            return &stream(std::string(now_.where).append(", ").append(why), true);
        }
        if (!why.empty()) return &stream(why, true);
        if (now_.in_table != body_is_table_) {
            body_is_table_ = now_.in_table;
            body_ = add_stream(
                body_is_table_ ? "table " + std::to_string(++tables_) : std::string("text"), false);
        }
        return &streams_[body_].text;
    }

    void put(std::string_view text) {
        if (auto* to = target(); to != nullptr) to->append(text);
    }

    void end_paragraph() {
        auto* to = target();
        if (to == nullptr) return;
        to->append(now_.in_table ? " " : "\n");
        if (now_.goes != Goes::body || now_.in_table) return;
        // Hidden passages of different paragraphs are different lines.
        for (const auto* why : {"deleted text", "hidden text", "white text", "tiny text"}) {
            const auto known = named_.find(std::string("h") + why);
            if (known == named_.end()) continue;
            auto& passages = streams_[known->second].text;
            if (!passages.empty() && passages.back() != '\n') passages += '\n';
        }
    }

    void end_row() {
        auto* to = target();
        if (to == nullptr) return;
        while (!to->empty() && (to->back() == '\t' || to->back() == ' ')) to->pop_back();
        *to += '\n';
    }

    void tell() {
        if (wraps_html_) out_->add_html(html_);
        for (auto& found : streams_) {
            if (text::trim(found.text).empty()) continue;
            if (!out_->take_bytes(found.text.size())) return;
            if (!out_->add_text(std::move(found.where), std::move(found.text), found.hidden))
                return;
        }
    }

    std::string_view in_;
    Collector* out_;
    std::size_t at_ = 0;
    std::size_t steps_ = 0;
    std::size_t fresh_ = 0;  // where the group began
    State now_;
    std::vector<State> stack_;

    std::string pending_;     // bytes of a code page
    int skip_ = 0;            // characters of a fallback still to come
    std::uint32_t high_ = 0;  // first half of a surrogate pair
    int code_page_ = 1252;
    int default_font_ = -1;
    std::unordered_map<int, int> font_pages_;

    long colours_ = 0;
    int brightness_ = 0;
    std::unordered_set<long> white_;
    bool shaded_ = false;

    std::vector<Stream> streams_;
    std::unordered_map<std::string, std::size_t> named_;  // by visibility and place
    std::size_t body_ = 0;
    bool body_is_table_ = false;
    int tables_ = 0;

    std::string object_;
    int nibble_ = -1;
    std::string shape_name_;
    std::string shape_value_;
    bool wraps_html_ = false;
    std::string html_;
};

}  // namespace

void read_rtf(const Document& document, Collector& out) {
    RtfReader(document.bytes, out).read();
}

}  // namespace postwacht::extract
