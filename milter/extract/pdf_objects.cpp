#include "extract/pdf_objects.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_set>
#include <utility>

#include "extract/xml_text.hpp"

namespace postwacht::extract::pdf {
namespace {

constexpr std::string_view end_mark = "%%EOF";
constexpr std::string_view blanks("\0\t\n\f\r ", 6);
constexpr std::size_t tail = 2048;

std::string_view skip_blanks(std::string_view text) noexcept {
    return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

std::optional<std::size_t> number_at(std::string_view text) noexcept {
    text = skip_blanks(text);
    std::size_t value = 0;
    const auto done = std::from_chars(text.data(), text.data() + text.size(), value);
    if (done.ec != std::errc()) return std::nullopt;
    return value;
}

std::string_view linearization(std::string_view bytes) noexcept {
    const auto head = bytes.substr(0, tail);
    return head.find("/Linearized") == std::string_view::npos ? std::string_view() : head;
}

bool ends_a_revision(std::string_view bytes, std::size_t header, std::size_t mark) noexcept {
    const std::size_t from = mark - std::min<std::size_t>(mark, 256);
    const auto before = bytes.substr(from, mark - from);
    constexpr std::string_view word = "startxref";
    const auto start = before.rfind(word);
    if (start == std::string_view::npos) return false;
    const auto offset = number_at(before.substr(start + word.size()));
    if (!offset || *offset == 0 || *offset >= mark - std::min(mark, header)) return false;
    const auto table = skip_blanks(bytes.substr(header + *offset, 64));
    return table.starts_with("xref") || (number_at(table) && table.find("obj") != table.npos);
}

// Inflates at most `most` bytes; what was damaged ends early.
std::string inflate_some(std::string_view packed, std::size_t most) {
    std::string out;
    z_stream stream = {};
    if (inflateInit(&stream) != Z_OK) return out;
    // zlib does not write to its input; its type predates const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), 1U << 30U));
    std::array<char, 16384> block = {};
    int state = Z_OK;
    while (state == Z_OK && out.size() < most) {
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = static_cast<uInt>(std::min(block.size(), most - out.size()));
        const uInt room = stream.avail_out;
        state = inflate(&stream, Z_NO_FLUSH);
        out.append(block.data(), room - stream.avail_out);
        if (room == stream.avail_out) break;
    }
    inflateEnd(&stream);
    return out;
}

bool looks_like_xfa(std::string_view start) noexcept {
    start = skip_blanks(start);
    return start.starts_with('<') && start.find("www.xfa.org") != std::string_view::npos;
}

bool cannot_be_xfa(std::string_view dictionary) noexcept {
    for (const auto* other :
         {"/Image", "/EmbeddedFile", "/FontFile", "/Length1", "/ObjStm", "/XRef"})
        if (dictionary.find(other) != std::string_view::npos) return true;
    return false;
}

// What stands behind a box's name, without blanks.
std::unordered_set<std::string> boxes_of(std::string_view bytes, std::string_view name) {
    constexpr std::size_t longest = 128;
    std::unordered_set<std::string> boxes;
    for (auto at = bytes.find(name); at != std::string_view::npos; at = bytes.find(name, at + 1)) {
        auto box = bytes.substr(at + name.size(), longest);
        box = box.substr(0, box.find(']'));
        std::string plain;
        for (const char c : box)
            if (blanks.find(c) == std::string_view::npos)
                plain += c;
            else if (!plain.empty() && plain.back() != ' ' && plain.back() != '[')
                plain += ' ';
        while (plain.ends_with(' ')) plain.pop_back();
        boxes.insert(std::move(plain));
    }
    return boxes;
}

}  // namespace

std::vector<std::size_t> earlier_revisions(std::string_view bytes) {
    std::vector<std::size_t> ends;
    const std::size_t header = bytes.substr(0, 1024).find("%PDF-");
    if (header == std::string_view::npos) return ends;
    const bool linearized = !linearization(bytes).empty();
    bool first = true;
    for (auto at = bytes.find(end_mark); at != std::string_view::npos;
         at = bytes.find(end_mark, at + end_mark.size())) {
        // The first mark of a linearized file stands behind its first page, not behind a revision.
        const bool of_first_page = linearized && first;
        first = false;
        const std::size_t end = at + end_mark.size();
        const bool last = bytes.find(end_mark, end) == std::string_view::npos;
        if (!last && !of_first_page && ends_a_revision(bytes, header, at)) ends.push_back(end);
    }
    std::reverse(ends.begin(), ends.end());
    return ends;
}

bool is_cut_off(std::string_view bytes) {
    const auto end = bytes.substr(bytes.size() - std::min(bytes.size(), tail));
    if (end.rfind(end_mark) == std::string_view::npos) return true;
    const auto first = linearization(bytes);
    const auto length = first.find("/L ");
    if (length == std::string_view::npos) return false;
    const auto promised = number_at(first.substr(length + 2));
    return promised && *promised > bytes.size();
}

std::string without_cropping(std::string_view bytes) {
    constexpr std::string_view word = "/CropBox";
    if (bytes.find(word) == std::string_view::npos) return {};
    const auto media = boxes_of(bytes, "/MediaBox");
    bool cropped = false;
    for (const auto& box : boxes_of(bytes, word)) cropped = cropped || !media.contains(box);
    if (!cropped) return {};
    // Another word of the same length, so that every offset stays right.
    std::string out(bytes);
    for (auto at = out.find(word); at != std::string::npos; at = out.find(word, at))
        out[at + 1] = 'X';
    return out;
}

XfaText read_xfa(std::string_view bytes, Collector& out) {
    constexpr std::string_view word = "stream";
    constexpr std::size_t longest_dictionary = 4096;
    constexpr std::size_t look_at = 2048;
    constexpr std::size_t longest = std::size_t{32} << 20U;
    XfaText found;
    for (auto at = bytes.find(word); at != std::string_view::npos && out.time_left();
         at = bytes.find(word, at + word.size())) {
        const std::size_t from = at - std::min(at, longest_dictionary);
        auto dictionary = bytes.substr(from, at - from);
        if (dictionary.ends_with("end")) continue;
        const auto object = dictionary.rfind(" obj");
        if (object == std::string_view::npos) continue;
        dictionary.remove_prefix(object);
        if (cannot_be_xfa(dictionary)) continue;
        auto content = bytes.substr(at + word.size());
        if (content.starts_with('\r')) content.remove_prefix(1);
        if (content.starts_with('\n')) content.remove_prefix(1);
        std::string unpacked;
        if (dictionary.find("/FlateDecode") != std::string_view::npos ||
            dictionary.find("/Fl") != std::string_view::npos) {
            if (!looks_like_xfa(inflate_some(content, look_at))) continue;
            unpacked = inflate_some(content, longest);
            if (!out.take_bytes(unpacked.size())) break;
            content = unpacked;
        } else {
            if (!looks_like_xfa(content.substr(0, look_at))) continue;
            content = content.substr(0, content.find("endstream"));
        }
        const bool data = content.find("xfa:data") != std::string_view::npos;
        (data ? found.text : found.others) += read_xml_text(content).text;
    }
    found.unread =
        found.text.empty() && found.others.empty() && bytes.find("/XFA") != std::string_view::npos;
    return found;
}

}  // namespace postwacht::extract::pdf
