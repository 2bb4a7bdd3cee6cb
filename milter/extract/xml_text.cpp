#include "extract/xml_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

constexpr std::size_t longest_declaration = 80;  // of version and charset, which tell nothing
constexpr std::string_view blanks = " \t\r\n";

std::string utf8_of(std::uint32_t code) {
    std::string out;
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return "\xEF\xBF\xBD";
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6U));
        byte(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12U));
        byte(0x80 | ((code >> 6U) & 0x3FU));
        byte(0x80 | (code & 0x3FU));
    } else {
        byte(0xF0 | (code >> 18U));
        byte(0x80 | ((code >> 12U) & 0x3FU));
        byte(0x80 | ((code >> 6U) & 0x3FU));
        byte(0x80 | (code & 0x3FU));
    }
    return out;
}

// The character a reference stands for; empty for an entity of the document's own.
std::string character_of(std::string_view name) {
    using Named = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Named, 5> named = {
        {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}}};
    for (const auto& [known, character] : named)
        if (name == known) return std::string(character);
    if (!name.starts_with('#')) return {};
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto done = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
    if (done.ec != std::errc() || done.ptr != name.data() + name.size()) return {};
    return utf8_of(code);
}

// With its character references decoded, and no others: what a declared value stands for
// (XML 1.0, 4.5).
std::string replacement_of(std::string_view value) {
    std::string out;
    while (!value.empty()) {
        const auto at = value.find("&#");
        out.append(value.substr(0, at));
        if (at == std::string_view::npos) break;
        value.remove_prefix(at);
        const auto end = value.find(';');
        const std::string character =
            end == std::string_view::npos ? std::string() : character_of(value.substr(1, end - 1));
        out += character.empty() ? std::string("&") : character;
        value.remove_prefix(character.empty() ? 1 : end + 1);
    }
    return out;
}

// The words that a document type defines to stand for text, which browsers and office programs put
// in where the text refers to them.
class Entities {
  public:
    // Takes up those that this document type declares.
    void declare(std::string_view type) {
        constexpr std::string_view begin = "<!ENTITY";
        has_subset_ = has_subset_ || type.find('[') != std::string_view::npos;
        for (auto at = type.find(begin); at != std::string_view::npos; at = type.find(begin, at)) {
            at += begin.size();
            auto rest = without_blanks(type.substr(at));
            // Those of the document type itself may define others, in ways that are not followed.
            if (rest.starts_with('%')) unclear_ = true;
            const auto name = rest.substr(0, rest.find_first_of(blanks));
            rest = without_blanks(rest.substr(name.size()));
            // What lies in another file is not in this one.
            if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) continue;
            const auto end = rest.find(rest.front(), 1);
            if (end == std::string_view::npos) continue;
            std::string value = replacement_of(rest.substr(1, end - 1));
            const auto [place, fresh] = values_.emplace(name, value);
            // The first counts, but one of the two may stand in a comment.
            if (!fresh && place->second != value) unclear_ = true;
        }
    }

    [[nodiscard]] bool none() const noexcept { return values_.empty(); }
    [[nodiscard]] bool unclear() const noexcept { return unclear_; }
    [[nodiscard]] bool endless() const noexcept { return endless_; }
    [[nodiscard]] bool has_subset() const noexcept { return has_subset_; }

    // Adds what a word stands for; false for one that is not declared, or costs too much.
    bool append(std::string_view name, std::string& out, int depth);

  private:
    static constexpr int deepest = 16;
    // For all references of a document together. Real ones stand for a name or a sentence.
    static constexpr std::size_t most = std::size_t{1} << 20U;

    static std::string_view without_blanks(std::string_view text) noexcept {
        return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
    }

    std::map<std::string, std::string, std::less<>> values_;
    std::size_t spent_ = 0;
    bool unclear_ = false;
    bool endless_ = false;
    bool has_subset_ = false;
};

void append_decoded(std::string_view raw, std::string& out, Entities& entities, int depth = 0) {
    const std::size_t longest = entities.none() ? 12 : 256;
    while (!raw.empty()) {
        const auto at = raw.find('&');
        out.append(raw.substr(0, at));
        if (at == std::string_view::npos) return;
        raw.remove_prefix(at);
        const auto end = raw.substr(0, longest).find(';');
        const std::string character =
            end == std::string_view::npos ? std::string() : character_of(raw.substr(1, end - 1));
        if (character.empty() && end != std::string_view::npos && !entities.none() &&
            entities.append(raw.substr(1, end - 1), out, depth)) {
            raw.remove_prefix(end + 1);
        } else if (character.empty()) {
            out += '&';
            raw.remove_prefix(1);
        } else {
            out += character;
            raw.remove_prefix(end + 1);
        }
    }
}

bool Entities::append(std::string_view name, std::string& out, int depth) {
    const auto found = values_.find(name);
    if (found == values_.end()) return false;
    const std::string_view value = found->second;
    // Each reference costs something, so that many of nothing end as well.
    spent_ += value.size() + 1;
    if (depth >= deepest || spent_ > most) {
        endless_ = true;
        return false;
    }
    // Elements inside would have to be taken apart with those around them.
    if (value.find('<') != std::string_view::npos) unclear_ = true;
    append_decoded(value, out, *this, depth + 1);
    return true;
}

std::string_view local_name(std::string_view name) noexcept {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// Elements that part nothing: runs of word processors and inline markup of the usual vocabularies.
bool is_run(std::string_view name) noexcept {
    for (const auto* run : {"t", "r", "span", "b", "i", "u", "em", "strong", "rPr", "tspan"})
        if (local_name(name) == run) return true;
    return false;
}

class Reader {
  public:
    explicit Reader(std::string_view in) : in_(in) {}

    XmlText read() {
        while (!in_.empty()) {
            if (in_.front() != '<')
                read_characters(in_.substr(0, in_.find('<')));
            else if (in_.starts_with("<!--"))
                read_until(4, "-->", out_.comments);
            else if (in_.starts_with("<![CDATA["))
                read_cdata();
            else if (in_.starts_with("<?xml ") && in_.find("?>") < longest_declaration)
                take(in_.find("?>") + 2);
            else if (in_.starts_with("<?"))
                read_until(2, "?>", out_.declarations);
            else if (in_.starts_with("<!"))
                read_document_type();
            else
                read_tag();
        }
        end_line();
        out_.endless = entities_.endless();
        // Where the document type has no clear end, some of them may be missing.
        out_.unclear = entities_.unclear() || (entities_.has_subset() && !out_.whole);
        return std::move(out_);
    }

  private:
    struct Element {
        std::string name;
        bool has_text = false;
    };

    void take(std::size_t count) { in_.remove_prefix(std::min(count, in_.size())); }

    void end_line() {
        const auto content = text::trim(line_);
        if (!content.empty()) {
            if (!label_.empty()) out_.text.append(label_).append(": ");
            out_.text.append(content).append("\n");
        }
        line_.clear();
        flush_attributes();
    }

    void add(std::string_view text) {
        const bool blank = text.find_first_not_of(blanks) == std::string_view::npos;
        if (blank) {
            if (!line_.empty()) line_.append(text);
            return;
        }
        if (text::trim(line_).empty()) label_ = open_.empty() ? "" : open_.back().name;
        line_.append(text);
        if (!open_.empty()) open_.back().has_text = true;
    }

    void read_characters(std::string_view raw) {
        std::string decoded;
        append_decoded(raw, decoded, entities_);
        add(decoded);
        take(raw.size());
    }

    void read_cdata() {
        const auto end = in_.find("]]>");
        if (end == std::string_view::npos) out_.whole = false;
        const std::size_t from = 9;
        add(in_.substr(from, end == std::string_view::npos ? end : end - from));
        take(end == std::string_view::npos ? in_.size() : end + 3);
    }

    void read_until(std::size_t from, std::string_view closing, std::string& into) {
        const auto end = in_.find(closing, from);
        if (end == std::string_view::npos) out_.whole = false;
        into.append(in_.substr(from, end == std::string_view::npos ? end : end - from));
        into += '\n';
        take(end == std::string_view::npos ? in_.size() : end + closing.size());
    }

    // What the internal subset declares is text that some program might put in, so it is shown raw
    // and with its character references decoded.
    void read_document_type() {
        std::size_t at = 2;
        int brackets = 0;
        char quote = 0;
        for (; at < in_.size(); ++at) {
            const char c = in_[at];
            if (quote != 0) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '[') {
                ++brackets;
            } else if (c == ']') {
                --brackets;
            } else if (c == '>' && brackets <= 0) {
                break;
            }
        }
        if (at >= in_.size()) {
            entities_.declare(in_.substr(0, std::min(in_.find('>'), in_.size())));
            // An apostrophe in a comment of the subset looks like an open quote.
            out_.whole = false;
            at = in_.find('>');
            if (at == std::string_view::npos || ++unclosed_ > most_unclosed) {
                read_rest();
                return;
            }
        }
        const auto type = in_.substr(2, at > 2 ? at - 2 : 0);
        // As they stand: what they stand for is told where the text refers to them.
        Entities none;
        append_decoded(type, out_.declarations, none);
        entities_.declare(type);
        out_.declarations += '\n';
        take(at + 1);
    }

    // Where no markup can end any more, the rest is text: looking for an end again and again would
    // take the square of its length.
    void read_rest() {
        out_.whole = false;
        std::string decoded;
        append_decoded(in_, decoded, entities_);
        add(decoded);
        take(in_.size());
    }

    void read_tag() {
        std::size_t end = 1;
        char quote = 0;
        while (end < in_.size() && (quote != 0 || in_[end] != '>')) {
            if (quote != 0 && in_[end] == quote)
                quote = 0;
            else if (quote == 0 && (in_[end] == '"' || in_[end] == '\''))
                quote = in_[end];
            ++end;
        }
        if (end >= in_.size()) {
            // A quote that was never closed may still have whole tags behind it.
            const auto plain = in_.find('>');
            if (quote == 0 || plain == std::string_view::npos || ++unclosed_ > most_unclosed) {
                read_rest();
                return;
            }
            out_.whole = false;
            end = plain;
        }
        std::string_view tag = in_.substr(1, end - 1);
        take(end + 1);
        if (tag.starts_with('/')) {
            close(text::trim(tag.substr(1)));
            return;
        }
        const bool empty = tag.ends_with('/');
        if (empty) tag.remove_suffix(1);
        const auto name_end = std::min(tag.find_first_of(blanks), tag.size());
        open(tag.substr(0, name_end), tag.substr(name_end), empty);
    }

    void open(std::string_view name, std::string_view attributes, bool empty) {
        const bool inside_text = !open_.empty() && open_.back().has_text;
        const auto local = local_name(name);
        if (empty && (local == "tab" || local == "br" || local == "cr"))
            line_ += local == "tab" ? '\t' : '\n';
        else if (!inside_text && !is_run(name))
            end_line();
        read_attributes(local, attributes);
        if (!empty) open_.push_back({std::string(name), false});
    }

    void close(std::string_view name) {
        bool joined = is_run(name);
        // An end tag without its beginning ends nothing.
        constexpr std::size_t furthest = 64;
        const std::size_t lowest = open_.size() - std::min(open_.size(), furthest);
        std::size_t at = open_.size();
        while (at > lowest && open_[at - 1].name != name) --at;
        if (at > lowest) {
            open_.resize(at - 1);
            joined = joined || (!open_.empty() && open_.back().has_text);
        }
        if (!joined) end_line();
    }

    void read_attributes(std::string_view element, std::string_view rest) {
        for (;;) {
            rest = rest.substr(std::min(rest.find_first_not_of(" \t\r\n/"), rest.size()));
            const auto equals = rest.find('=');
            if (equals == std::string_view::npos) return;
            const auto name = text::trim(rest.substr(0, equals));
            rest = rest.substr(equals + 1);
            rest = rest.substr(std::min(rest.find_first_not_of(blanks), rest.size()));
            if (rest.empty()) return;
            const bool quoted = rest.front() == '"' || rest.front() == '\'';
            const auto end = quoted ? rest.find(rest.front(), 1) : rest.find_first_of(blanks);
            const auto raw = quoted ? rest.substr(1, end == std::string_view::npos ? end : end - 1)
                                    : rest.substr(0, end);
            if (!text::trim(raw).empty()) {
                attributes_.append(element).append(" ").append(name).append(": ");
                append_decoded(raw, attributes_, entities_);
                attributes_ += '\n';
            }
            if (line_.empty()) flush_attributes();
            if (end == std::string_view::npos) return;
            rest = rest.substr(end + (quoted ? 1 : 0));
        }
    }

    // Attributes of markup inside a line wait for its end, so that they do not part it.
    void flush_attributes() {
        out_.text += attributes_;
        attributes_.clear();
    }

    static constexpr int most_unclosed = 64;

    int unclosed_ = 0;  // quotes without an end so far
    Entities entities_;
    std::string_view in_;
    std::vector<Element> open_;
    std::string label_;
    std::string line_;
    std::string attributes_;
    XmlText out_;
};

}  // namespace

XmlText read_xml_text(std::string_view utf8) {
    return Reader(utf8).read();
}

}  // namespace postwacht::extract
