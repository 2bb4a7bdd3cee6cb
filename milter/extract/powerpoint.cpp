#include "extract/powerpoint.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "extract/binary.hpp"
#include "extract/inflate.hpp"

namespace postwacht::extract {
namespace {

namespace record {
constexpr std::uint16_t document = 0x03E8;
constexpr std::uint16_t slide = 0x03EE;
constexpr std::uint16_t notes = 0x03F0;
constexpr std::uint16_t notes_atom = 0x03F1;
constexpr std::uint16_t slide_persist = 0x03F3;
constexpr std::uint16_t main_master = 0x03F8;
constexpr std::uint16_t slide_show_info = 0x03F9;
constexpr std::uint16_t vba_atom = 0x0400;
constexpr std::uint16_t text_chars = 0x0FA0;
constexpr std::uint16_t text_bytes = 0x0FA8;
constexpr std::uint16_t string = 0x0FBA;
constexpr std::uint16_t handout = 0x0FC9;
constexpr std::uint16_t link = 0x0FD7;
constexpr std::uint16_t header_footer = 0x0FD9;
constexpr std::uint16_t slide_list = 0x0FF0;
constexpr std::uint16_t ole_object = 0x1011;
constexpr std::uint16_t tag_data = 0x138B;
constexpr std::uint16_t persist_directory = 0x1772;
constexpr std::uint16_t comment = 0x2EE0;
constexpr std::uint16_t crypt_session = 0x2F14;
}  // namespace record

constexpr int deepest = 64;

struct Record {
    std::uint16_t type = 0;
    unsigned instance = 0;
    bool container = false;
    std::size_t at = 0;  // of its body
    std::size_t size = 0;
};

class Presentation {
  public:
    Presentation(std::string_view bytes, const std::string& prefix, Collector& out)
        : bytes_(bytes), prefix_(prefix), out_(out) {}

    void read() {
        const auto top = records(0, bytes_.size());
        for (const auto& item : top)
            if (item.type == record::crypt_session) return out_.incomplete(Why::encrypted);
        for (const auto& item : top)
            if (item.type == record::persist_directory) read_directory(item);
        for (const auto& [id, at] : places_) current_.insert(at);
        // The list of slides stands in the document, which may stand behind the slides.
        for (const auto& item : top)
            if (item.type == record::document && is_current(item)) number_slides(item);
        for (const auto& item : top)
            if (item.type == record::slide) note_hidden(item);
        for (const auto& item : top) {
            if (!out_.time_left()) return;
            read_top(item);
        }
        if (!sound_ || top.empty()) out_.incomplete(Why::damaged);
    }

  private:
    struct Place {
        std::string name;
        bool hidden = false;
    };
    // Texts of one place, told together.
    struct Texts {
        std::string shown;
        std::string comments;
        std::string headers;
        std::string links;
        std::string tags;
    };

    std::vector<Record> records(std::size_t at, std::size_t end) {
        std::vector<Record> found;
        constexpr std::size_t head = 8;
        while (at + head <= end) {
            Record item;
            const std::uint16_t version = bytes_.u16(at);
            item.container = (version & 0xFU) == 0xFU;
            item.instance = version >> 4U;
            item.type = bytes_.u16(at + 2);
            const std::uint32_t size = bytes_.u32(at + 4);
            item.at = at + head;
            if (size > end - item.at) sound_ = false;
            item.size = std::min<std::size_t>(size, end - item.at);
            found.push_back(item);
            at = item.at + item.size;
        }
        return found;
    }
    std::vector<Record> inside(const Record& item) { return records(item.at, item.at + item.size); }

    // Whether the bytes are one record behind the other. Tags of other programs hold anything.
    [[nodiscard]] bool records_fill(const Record& item) const {
        std::size_t at = item.at;
        const std::size_t end = item.at + item.size;
        while (at + 8 <= end) at += std::size_t{8} + bytes_.u32(at + 4);
        return at == end;
    }

    // Where each object stands; later directories replace what earlier ones say.
    void read_directory(const Record& item) {
        std::size_t at = item.at;
        const std::size_t end = item.at + item.size;
        while (at + 4 <= end) {
            const std::uint32_t head = bytes_.u32(at);
            at += 4;
            std::uint32_t id = head & 0xFFFFFU;
            for (std::uint32_t i = 0; i < head >> 20U && at + 4 <= end; ++i, at += 4)
                places_[id++] = bytes_.u32(at);
        }
    }

    [[nodiscard]] bool is_current(const Record& item) const {
        return current_.empty() || current_.count(static_cast<std::uint32_t>(item.at - 8)) != 0;
    }

    void number_slides(const Record& document) {
        for (const auto& list : inside(document)) {
            if (list.type != record::slide_list) continue;
            std::size_t number = 0;
            for (const auto& item : inside(list)) {
                if (item.type != record::slide_persist || list.instance == 1) continue;
                ++number;
                if (list.instance != 0) continue;
                const auto at = places_.find(bytes_.u32(item.at));
                if (at != places_.end()) slide_numbers_[at->second] = number;
                slide_ids_[bytes_.u32(item.at + 12)] = number;
            }
        }
    }

    void note_hidden(const Record& slide) {
        for (const auto& item : inside(slide)) {
            if (item.type != record::slide_show_info) continue;
            const auto number = slide_numbers_.find(static_cast<std::uint32_t>(slide.at - 8));
            if ((bytes_.u16(item.at + 10) & 4U) != 0 && number != slide_numbers_.end())
                hidden_slides_.insert(number->second);
        }
    }

    [[nodiscard]] Place slide_place(std::size_t number) const {
        const bool hidden = hidden_slides_.count(number) != 0;
        return {"slide " + std::to_string(number) + (hidden ? " (hidden)" : ""), hidden};
    }

    void read_top(const Record& item) {
        Place place;
        switch (item.type) {
            case record::document:
                return read_document(item);
            case record::slide: {
                const auto number = slide_numbers_.find(static_cast<std::uint32_t>(item.at - 8));
                if (number != slide_numbers_.end())
                    place = slide_place(number->second);
                else
                    place = {"slide", !is_current(item)};
                break;
            }
            case record::notes: {
                place.name = "notes";
                for (const auto& child : inside(item)) {
                    if (child.type != record::notes_atom) continue;
                    const auto number = slide_ids_.find(bytes_.u32(child.at));
                    if (number != slide_ids_.end())
                        place.name += " of slide " + std::to_string(number->second);
                }
                break;
            }
            case record::main_master:
                place.name = "master slide";
                break;
            case record::handout:
                place.name = "handout";
                break;
            case record::ole_object:
                return read_object(item);
            default:
                if (!item.container) return;
                place.name = "other text";
        }
        if (!is_current(item)) {
            place.name += ", older version";
            place.hidden = true;
        }
        Texts texts;
        read_texts(item, texts, 0);
        tell(place, texts);
    }

    void read_document(const Record& document) {
        const bool current = is_current(document);
        Texts others;
        for (const auto& item : inside(document)) {
            if (item.type != record::slide_list) {
                read_record(item, others, 0);
                continue;
            }
            read_outline(item, current);
        }
        tell({current ? "presentation" : "presentation, older version", !current}, others);
    }

    // The texts of titles and bodies, listed behind the slide that they belong to.
    void read_outline(const Record& list, bool current) {
        std::size_t number = 0;
        Texts texts;
        const auto finish = [&] {
            Place place{"master slide", false};
            if (list.instance == 0) place = slide_place(number);
            if (list.instance == 2) place = {"notes", false};
            if (!current) place = {place.name + ", older version", true};
            tell(place, texts);
            texts = {};
        };
        for (const auto& item : inside(list)) {
            if (item.type == record::slide_persist) {
                finish();
                ++number;
            } else {
                read_record(item, texts, 0);
            }
        }
        finish();
    }

    void read_texts(const Record& container, Texts& texts, int depth) {
        if (depth > deepest) return out_.incomplete(Why::over_budget);
        for (const auto& item : inside(container)) {
            if (!out_.time_left()) return;
            read_record(item, texts, depth);
        }
    }

    void read_record(const Record& item, Texts& texts, int depth) {
        switch (item.type) {
            case record::text_chars:
                texts.shown += wide(item) + '\n';
                break;
            case record::text_bytes: {
                std::string latin;
                for (const char c : bytes_.piece(item.at, item.size)) {
                    latin += c;
                    latin += '\0';
                }
                texts.shown += text::decode(latin, "utf-16le").text + '\n';
                break;
            }
            case record::comment:
                read_strings(item, texts.comments);
                break;
            case record::header_footer:
                read_strings(item, texts.headers);
                break;
            case record::link:
                read_strings(item, texts.links);
                break;
            case record::string:
                if (const auto name = wide(item); !name.starts_with("___PPT"))
                    texts.tags += name + '\n';
                break;
            case record::ole_object:
                read_object(item);
                break;
            case record::vba_atom:
                if (bytes_.u32(item.at + 4) != 0) out_.note_macro();
                break;
            case record::tag_data:
                // Holds records, though it does not look like a container: comments among them.
                if (records_fill(item)) read_texts(item, texts, depth + 1);
                break;
            default:
                // Unknown containers are entered too, so that no text is passed over.
                if (item.container) read_texts(item, texts, depth + 1);
        }
    }

    void read_strings(const Record& container, std::string& to) {
        for (const auto& item : inside(container))
            if (item.type == record::string) to += wide(item) + '\n';
    }

    [[nodiscard]] std::string wide(const Record& item) const {
        return text::decode(bytes_.piece(item.at, item.size), "utf-16le").text;
    }

    void read_object(const Record& item) {
        const auto bytes = bytes_.piece(item.at, item.size);
        if (item.instance != 1) {
            out_.add_member({}, bytes);
            return;
        }
        constexpr std::size_t size_field = 4;
        if (bytes.size() <= size_field) return out_.incomplete(Why::damaged);
        const auto unpacked = inflate_zlib(bytes.substr(size_field), out_, bytes_.u32(item.at));
        if (!unpacked.empty()) out_.add_member({}, unpacked);
    }

    void tell(const Place& place, Texts& texts) {
        const std::string where = prefix_ + place.name;
        out_.add_text(where, lines(texts.shown), place.hidden);
        out_.add_text(where + ", comments", lines(texts.comments), true);
        out_.add_text(where + ", headers and footers", lines(texts.headers), place.hidden);
        out_.add_text(where + ", links", lines(texts.links), true);
        out_.add_text(where + ", names and tags", lines(texts.tags), true);
    }

    // A vertical tab breaks a line; carriage returns end paragraphs.
    static std::string lines(std::string text) {
        std::replace(text.begin(), text.end(), '\v', '\n');
        return text;
    }

    Binary bytes_;
    const std::string& prefix_;
    Collector& out_;
    bool sound_ = true;
    std::map<std::uint32_t, std::uint32_t> places_;  // of objects by their number
    std::set<std::uint32_t> current_;
    std::map<std::uint32_t, std::size_t> slide_numbers_;  // by where the slide stands
    std::map<std::uint32_t, std::size_t> slide_ids_;
    std::set<std::size_t> hidden_slides_;
};

}  // namespace

void read_powerpoint(std::string_view document, std::string_view user, const std::string& prefix,
                     Collector& out) {
    constexpr std::uint32_t encrypted_token = 0xF3D1C4DF;
    if (Binary(user).u32(12) == encrypted_token) return out.incomplete(Why::encrypted);
    if (document.empty()) return out.incomplete(Why::damaged);
    Presentation(document, prefix, out).read();
}

}  // namespace postwacht::extract
