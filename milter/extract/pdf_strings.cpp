#include "extract/pdf_strings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "extract/inflate.hpp"
#include "extract/xml_text.hpp"

namespace postwacht::extract::pdf {
namespace {

using namespace std::string_view_literals;

constexpr auto blanks = "\0\t\n\f\r "sv;
constexpr auto ends_word = "\0\t\n\f\r ()<>[]{}/%"sv;

// What is told of a dictionary's strings, by their keys.
struct Told {
    std::string_view key;
    std::string_view place;
    bool rich = false;  // XHTML
};
constexpr std::array told = {
    Told{"JS", "script", false},
    Told{"RC", "rich text of a comment", true},
    Told{"RV", "rich text of a form field", true},
    Told{"V", "value of a form field", false},
    Told{"DV", "default value of a form field", false},
    Told{"OverlayText", "text over a redaction", false},
    Told{"Contents", "comment", false},
};

std::string decoded(const std::string& raw) {
    if (raw.starts_with("\xFE\xFF") || raw.starts_with("\xFF\xFE") ||
        raw.starts_with("\xEF\xBB\xBF"))
        return text::decode(raw, {}).text;
    return text::decode(raw, "windows-1252").text;
}

struct Dictionary {
    std::string key;
    bool has_value = true;
    int arrays = 0;  // that are open in it
    std::vector<std::pair<std::string, std::string>> strings;
    std::string type;
    std::string filter;
    std::size_t length = 0;         // of the stream that follows
    bool length_elsewhere = false;  // `length` is the object that says it
    bool properties = false;        // of the document
    bool of_file = false;           // the value of /EF
    std::string file_name;
    std::set<std::size_t> files;  // objects that /EF names
};

struct Stream {
    std::size_t object = 0;
    std::string type;
    std::string filter;
    std::string_view packed;
};

class Scanner {
  public:
    explicit Scanner(Collector& out) : out_(&out) {}

    void scan(std::string_view bytes) {
        open_.clear();
        bytes_ = bytes;
        rest_ = bytes;
        while (!rest_.empty() && out_->time_left()) step();
    }

    [[nodiscard]] bool encrypted() const noexcept { return encrypted_; }
    std::vector<Stream> streams;
    std::map<std::size_t, std::string> file_names;  // of the objects that hold attached files
    std::vector<Piece> pieces;

  private:
    void step() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
        if (rest_.empty()) return;
        if (rest_.starts_with("<<")) {
            const bool of_file = !open_.empty() && open_.back().key == "EF";
            open_.emplace_back();
            open_.back().of_file = of_file;
            rest_.remove_prefix(2);
            if (open_.size() > deepest) open_.clear();
        } else if (rest_.starts_with(">>")) {
            rest_.remove_prefix(2);
            close();
        } else if (rest_.front() == '(') {
            take_string(literal());
        } else if (rest_.front() == '<') {
            take_string(hexadecimal());
        } else if (rest_.front() == '/') {
            rest_.remove_prefix(1);
            take_name(word());
        } else if (rest_.front() == '%') {
            rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
        } else if (rest_.front() == '[' || rest_.front() == ']') {
            if (!open_.empty()) open_.back().arrays += rest_.front() == '[' ? 1 : -1;
            rest_.remove_prefix(1);
        } else {
            take_word(word());
        }
    }

    std::string_view word() noexcept {
        const auto end = std::min(rest_.find_first_of(ends_word), rest_.size());
        const auto found = rest_.substr(0, end);
        rest_.remove_prefix(found.empty() && !rest_.empty() && rest_.front() != '/' ? 1 : end);
        return found;
    }

    void take_word(std::string_view found) {
        std::size_t number = 0;
        const auto done = std::from_chars(found.data(), found.data() + found.size(), number);
        if (done.ec == std::errc() && done.ptr == found.data() + found.size()) {
            numbers_ = {numbers_[1], number};
            if (!open_.empty() && open_.back().key == "Length" && !open_.back().has_value)
                open_.back().length = number;
        } else if (found == "obj") {
            object_ = numbers_[0];
            open_.clear();
        } else if (found == "R") {
            if (!open_.empty() && open_.back().of_file) open_.back().files.insert(numbers_[0]);
            if (!open_.empty() && open_.back().key == "Length")
                open_.back().length_elsewhere = true;
        } else if (found == "stream") {
            take_stream();
            return;
        }
        if (!open_.empty()) open_.back().has_value = true;
    }

    void take_name(std::string_view name) {
        if (name == "Encrypt") encrypted_ = true;
        if (open_.empty() || open_.back().arrays > 0) {
            // A single filter may stand in an array.
            if (!open_.empty() && open_.back().key == "Filter") open_.back().filter += name;
            return;
        }
        Dictionary& dictionary = open_.back();
        if (!dictionary.has_value) {
            if (dictionary.key == "Type") dictionary.type = name;
            if (dictionary.key == "Filter") dictionary.filter += name;
            dictionary.has_value = true;
            return;
        }
        dictionary.key = name;
        dictionary.has_value = false;
        if (name == "Producer" || name == "Creator") dictionary.properties = true;
    }

    void take_string(std::string raw) {
        if (open_.empty()) return;
        Dictionary& dictionary = open_.back();
        dictionary.has_value = true;
        if (dictionary.key == "UF" || (dictionary.key == "F" && dictionary.file_name.empty()))
            dictionary.file_name = decoded(raw);
        if (dictionary.strings.size() < most_strings)
            dictionary.strings.emplace_back(dictionary.key, std::move(raw));
    }

    void close() {
        if (open_.empty()) return;
        Dictionary done = std::move(open_.back());
        open_.pop_back();
        if (!open_.empty()) {
            open_.back().has_value = true;
            // /EF stands beside the name of the file.
            if (done.of_file) open_.back().files.merge(done.files);
        }
        if (!done.of_file)
            for (const auto object : done.files) file_names[object] = done.file_name;
        tell(done);
        last_ = std::move(done);
    }

    void tell(const Dictionary& dictionary) {
        if (encrypted_) return;
        static constexpr std::array standard = {"Title"sv,        "Author"sv,  "Subject"sv,
                                                "Keywords"sv,     "Creator"sv, "Producer"sv,
                                                "CreationDate"sv, "ModDate"sv};
        std::string properties;
        for (const auto& entry : dictionary.strings) {
            const std::string& key = entry.first;
            const std::string& raw = entry.second;
            const auto known = std::find_if(told.begin(), told.end(),
                                            [&key](const Told& t) { return t.key == key; });
            if (known != told.end()) {
                std::string text = decoded(raw);
                if (known->rich) text = read_xml_text(text).text;
                add(std::string(known->place), std::move(text));
            } else if (dictionary.properties && dictionary.type.empty() &&
                       std::find(standard.begin(), standard.end(), key) == standard.end()) {
                properties.append(decoded(key)).append(": ").append(decoded(raw)).append("\n");
            }
        }
        add("document properties", std::move(properties));
    }

    void add(std::string place, std::string text) {
        if (text::trim(text).empty() || !out_->take_bytes(text.size())) return;
        pieces.push_back({std::move(place), std::move(text), true});
    }

    void take_stream() {
        if (rest_.starts_with('\r')) rest_.remove_prefix(1);
        if (rest_.starts_with('\n')) rest_.remove_prefix(1);
        const auto end = end_of_stream();
        streams.push_back({object_, last_.type, last_.filter, rest_.substr(0, end)});
        rest_.remove_prefix(end);
        last_ = {};
        open_.clear();
    }

    // Where the dictionary says, if it is right: a file inside may have streams of its own.
    [[nodiscard]] std::size_t end_of_stream() const {
        constexpr auto mark = "endstream"sv;
        std::size_t length = last_.length;
        if (last_.length_elsewhere) {
            const auto head = "\n" + std::to_string(length) + " 0 obj";
            const auto at = bytes_.find(head);
            length = 0;
            if (at != std::string_view::npos) {
                auto number = bytes_.substr(at + head.size(), 24);
                number.remove_prefix(std::min(number.find_first_not_of(blanks), number.size()));
                std::from_chars(number.data(), number.data() + number.size(), length);
            }
        }
        if (length > 0 && length < rest_.size()) {
            const auto behind = rest_.substr(length, mark.size() + 2);
            const auto at = behind.find(mark);
            if (at != std::string_view::npos) return length + at;
        }
        return std::min(rest_.find(mark), rest_.size());
    }

    // "(a (b) \) c)"
    std::string literal() {
        std::string out;
        int depth = 0;
        std::size_t i = 0;
        for (; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (c == '\\' && i + 1 < rest_.size()) {
                escape(++i, out);
                continue;
            }
            if (c == '(' && depth++ == 0) continue;
            if (c == ')' && --depth == 0) break;
            out += c;
        }
        rest_.remove_prefix(std::min(i + 1, rest_.size()));
        return out;
    }

    void escape(std::size_t& i, std::string& out) const {
        const char c = rest_[i];
        if (c >= '0' && c <= '7') {
            unsigned code = 0;
            std::size_t end = i;
            while (end < rest_.size() && end < i + 3 && rest_[end] >= '0' && rest_[end] <= '7')
                code = code * 8 + static_cast<unsigned>(rest_[end++] - '0');
            out += static_cast<char>(code & 0xFFU);
            i = end - 1;
        } else if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < rest_.size() && rest_[i + 1] == '\n') ++i;
        } else {
            constexpr auto letters = "nrtbf"sv;
            constexpr auto meant = "\n\r\t\b\f"sv;
            const auto at = letters.find(c);
            out += at == std::string_view::npos ? c : meant[at];
        }
    }

    std::string hexadecimal() {
        const auto end = std::min(rest_.find('>'), rest_.size());
        std::string out;
        unsigned byte = 0;
        int digits = 0;
        for (const char c : rest_.substr(1, end > 0 ? end - 1 : 0)) {
            const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
            const bool digit = lower >= '0' && lower <= '9';
            if (!digit && (lower < 'a' || lower > 'f')) continue;
            byte = byte * 16 + static_cast<unsigned>(digit ? lower - '0' : lower - 'a' + 10);
            if (++digits % 2 != 0) continue;
            out += static_cast<char>(byte & 0xFFU);
            byte = 0;
        }
        if (digits % 2 != 0) out += static_cast<char>(byte * 16 & 0xFFU);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return out;
    }

    static constexpr std::size_t deepest = 256;
    static constexpr std::size_t most_strings = 4096;  // of one dictionary
    Collector* out_;
    std::string_view bytes_;
    std::string_view rest_;
    std::vector<Dictionary> open_;
    Dictionary last_;
    std::array<std::size_t, 2> numbers_ = {};
    std::size_t object_ = 0;
    bool encrypted_ = false;
};

// The content of a stream; nothing where it is packed in a way that is not known here.
std::optional<std::string> unpacked(const Stream& stream, Collector& out) {
    if (stream.filter.empty()) {
        auto content = stream.packed;
        if (content.ends_with('\n')) content.remove_suffix(1);
        if (content.ends_with('\r')) content.remove_suffix(1);
        return std::string(content);
    }
    if (stream.filter != "FlateDecode" && stream.filter != "Fl") return std::nullopt;
    std::string content = inflate_zlib(stream.packed, out);
    if (!out.take_bytes(content.size())) return std::nullopt;
    return content;
}

}  // namespace

LooseContents read_loose(std::string_view bytes, Collector& out) {
    LooseContents found;
    Scanner scanner(out);
    scanner.scan(bytes);
    const std::vector<Stream> streams = std::exchange(scanner.streams, {});
    for (const auto& stream : streams) {
        if (stream.type != "ObjStm" || scanner.encrypted() || !out.time_left()) continue;
        if (const auto objects = unpacked(stream, out)) scanner.scan(*objects);
    }
    for (const auto& stream : streams) {
        const auto name = scanner.file_names.find(stream.object);
        const bool named = name != scanner.file_names.end();
        if ((!named && stream.type != "EmbeddedFile") || !out.time_left()) continue;
        AttachedFile file;
        if (named) file.name = name->second;
        auto content = scanner.encrypted() ? std::nullopt : unpacked(stream, out);
        file.whole = content.has_value();
        if (content) file.bytes = std::move(*content);
        found.files.push_back(std::move(file));
    }
    found.pieces = std::move(scanner.pieces);
    return found;
}

}  // namespace postwacht::extract::pdf
