#include "extract/collector.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "extract/appended.hpp"
#include "extract/charset.hpp"
#include "extract/claim.hpp"
#include "extract/cms.hpp"
#include "extract/data_link.hpp"
#include "extract/html.hpp"
#include "extract/secret.hpp"
#include "extract/separated.hpp"
#include "extract/structured.hpp"
#include "extract/uuencode.hpp"
#include "extract/xml_text.hpp"
#include "mail/parts.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::extract {
namespace {

bool is_sound_or_film(std::string_view type) noexcept {
    return type.starts_with("audio/") || type.starts_with("video/");
}

bool is_text(std::string_view type) noexcept {
    return type.starts_with("text/") || type == "application/xml" || type == "application/json";
}

// What stands in text in armour: a CMS message is a file inside; an OpenPGP one can be read only
// with a key.
void read_armour(std::string_view text, Collector& out) {
    constexpr std::string_view begin = "-----BEGIN ";
    for (auto at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at)) {
        const auto block = text.substr(at);
        at += begin.size();
        if (block.starts_with("-----BEGIN PGP MESSAGE")) out.incomplete(Why::encrypted);
        for (const std::string_view head : {"-----BEGIN PKCS7-----", "-----BEGIN CMS-----"}) {
            if (!block.starts_with(head)) continue;
            const auto end = block.find("-----END ", head.size());
            if (end == std::string_view::npos) out.incomplete(Why::damaged);
            const auto body = block.substr(head.size(), end - head.size());
            if (!out.add_member({}, mail::undo_transfer_encoding(body, "base64").content)) return;
        }
    }
}

// More than one character in eight undecodable: the charset was not what was declared, and what
// the addressee will read is not known.
bool mostly_lost(std::string_view utf8) noexcept {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::size_t lost = 0;
    for (auto at = utf8.find(replacement); at != std::string_view::npos;
         at = utf8.find(replacement, at + replacement.size()))
        ++lost;
    return lost * 8 * replacement.size() > utf8.size();
}

// CR LF and CR become '\n', as fragments promise.
std::string with_plain_line_ends(std::string text) {
    std::size_t from = text.find('\r');
    if (from == std::string::npos) return text;
    std::size_t to = from;
    while (from < text.size()) {
        const bool pair = from + 1 < text.size() && text[from + 1] == '\n';
        text[to++] = '\n';
        from += pair ? 2 : 1;
        const std::size_t next = std::min(text.find('\r', from), text.size());
        std::memmove(text.data() + to, text.data() + from, next - from);
        to += next - from;
        from = next;
    }
    text.resize(to);
    return text;
}

void read_linked_pictures(std::string_view text, Collector& out) {
    for (const auto& file : linked_pictures(text))
        if (!out.add_member("picture", file.bytes, file.type)) return;
}

void read_xml(std::string_view utf8, Collector& out) {
    XmlText read = read_xml_text(utf8);
    if (read.endless) out.incomplete(Why::over_budget);
    if (read.unclear) out.incomplete(Why::unsupported);
    out.add_text("text", std::move(read.text));
    if (!text::trim(read.comments).empty()) out.add_text("comment", std::move(read.comments), true);
    if (!text::trim(read.declarations).empty())
        out.add_text("document type", std::move(read.declarations), true);
}

bool has_extension(std::string_view name, std::string_view extension) {
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos && text::ascii_iequals(name.substr(dot + 1), extension);
}

// Text as it stands; and of a file of separated values the cells apart, as those of any table are,
// where they cannot be told by one character that parts them in every row. A letter is no table.
void add_plain_text(const Document& document, std::string_view type, std::string text,
                    Collector& out) {
    const bool declared = type == "text/csv" || type == "text/tab-separated-values" ||
                          has_extension(document.name, "csv") ||
                          has_extension(document.name, "tsv");
    std::optional<std::string> rows;
    if (declared || !document.name.empty())
        rows = separated_rows(text, declared ? Separated::declared : Separated::maybe);
    if (rows && *rows == text) rows.reset();
    for (const auto& file : uu_files(text)) {
        if (!file.whole) out.incomplete(Why::damaged);
        if (!out.add_member(file.name, file.bytes)) break;
    }
    if (!out.add_text("text", std::move(text)) || !rows) return;
    if (out.take_bytes(rows->size())) out.add_text("text, by row", std::move(*rows));
}

void read_text(const Document& document, std::string_view type, Collector& out) {
    const bool html = type == "text/html";
    const auto charset = (html || type == "application/xml") && document.charset.empty()
                             ? html_declared_charset(document.bytes)
                             : document.charset;
    std::string guessed;
    // A mail program shows what declares nothing as it shows Windows-1252; what cannot be that is
    // looked at closer.
    if (charset.empty() && !text::is_valid_utf8(document.bytes))
        guessed = likely_charset(document.bytes);
    text::Decoded decoded =
        text::decode(document.bytes, guessed.empty() ? std::string_view(charset) : guessed);
    if (decoded.lossy && mostly_lost(decoded.text)) out.incomplete(Why::damaged);
    read_armour(decoded.text, out);
    if (html) {
        out.add_html(decoded.text);
    } else if (type == "application/xml") {
        read_xml(decoded.text, out);
        read_linked_pictures(decoded.text, out);
    } else if (type == "application/json") {
        out.add_text("text", decode_json(decoded.text));
    } else if (type == "text/calendar" || type == "text/vcard") {
        Card card = read_card(decoded.text);
        out.add_text("text", std::move(card.text));
        for (auto& file : card.files)
            if (!out.add_member(std::move(file.name), file.bytes, file.type)) return;
    } else {
        add_plain_text(document, type, std::move(decoded.text), out);
    }
}

// Messages one behind the other, each after a line "From " (RFC 4155).
void read_mbox(std::string_view bytes, Collector& out) {
    while (!bytes.empty()) {
        const auto line = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
        bytes.remove_prefix(line);
        std::size_t end = 0;
        do end = bytes.find("\nFrom ", end + 1);
        while (end != std::string_view::npos && end > 0 && !bytes.substr(0, end).ends_with("\n") &&
               !bytes.substr(0, end).ends_with("\n\r"));
        if (!out.add_member({}, bytes.substr(0, end), "message/rfc822")) return;
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
}

// Why a format that is not text is not read here.
Why why_unread(const Document& document, std::string_view type) {
    if (type == "application/pkcs7-mime")
        return cms_kind(document.bytes) == CmsKind::encrypted ? Why::encrypted : Why::unsupported;
    const bool pgp = has_extension(document.name, "gpg") || has_extension(document.name, "pgp") ||
                     document.declared_type == "application/pgp-encrypted";
    if (is_secret(document.bytes)) return Why::encrypted;
    return pgp && type == "application/octet-stream" ? Why::encrypted : Why::unsupported;
}

}  // namespace

Collector::Collector(std::span<const Format> formats, Budget& budget, std::size_t depth)
    : formats_(formats), budget_(&budget), depth_(depth) {}

void Collector::read(const Document& document) {
    read_part({}, document);
}

Reading Collector::take() {
    return std::move(reading_);
}

bool Collector::add_text(std::string where, std::string text, bool hidden, bool ocr) {
    if (text.empty()) return true;
    if (!budget_->take_fragment() || !budget_->take_text(text.size() + where.size())) {
        incomplete(Why::over_budget);
        return false;
    }
    if (!text::is_valid_utf8(text)) text = text::repair_utf8(text);
    Fragment fragment;
    fragment.part = open_.back().part;
    fragment.where = std::move(where);
    fragment.hidden = hidden;
    fragment.ocr = ocr;
    fragment.text = with_plain_line_ends(std::move(text));
    reading_.fragments.push_back(std::move(fragment));
    return true;
}

void Collector::add_fragments(std::vector<Fragment> fragments) {
    for (auto& fragment : fragments) {
        if (!budget_->take_text(fragment.text.size() + fragment.where.size())) {
            incomplete(Why::over_budget);
            return;
        }
        fragment.part = open_.back().part;
        reading_.fragments.push_back(std::move(fragment));
    }
}

bool Collector::add_html(std::string_view utf8, std::string_view prefix) {
    bool complete = true;
    std::vector<HtmlFile> files;
    auto fragments = read_html(utf8, *budget_, complete, files);
    const bool any = !fragments.empty();
    if (!prefix.empty())
        for (auto& fragment : fragments) fragment.where.insert(0, prefix);
    add_fragments(std::move(fragments));
    if (!complete) incomplete(Why::over_budget);
    for (const auto& file : files)
        if (!add_member({}, file.bytes, file.type)) return any;
    // Pictures that no attribute holds: those of style sheets.
    for (const auto& picture : linked_pictures(utf8)) {
        const bool known = std::any_of(files.begin(), files.end(), [&picture](const auto& file) {
            return file.bytes == picture.bytes;
        });
        if (!known && !add_member("picture", picture.bytes, picture.type)) break;
    }
    return any;
}

std::string Collector::next_member_path() {
    Open& parent = open_.back();
    const std::string number = std::to_string(++parent.members);
    const std::string& path = reading_.parts[parent.part].path;
    return path.empty() ? number : path + '.' + number;
}

bool Collector::add_member(std::string name, std::string_view bytes,
                           std::string_view declared_type) {
    if (!take_bytes(bytes.size())) return false;
    if (!budget_->take_part()) {
        incomplete(Why::over_budget);
        return false;
    }
    if (!text::is_valid_utf8(name)) name = text::decode(name, {}).text;
    // What is nested too deep is not read, but what stands beside it is.
    if (!budget_->depth_allowed(depth_ + open_.size())) {
        add_unread_member(std::move(name), Why::over_budget);
        return true;
    }
    const std::string path = next_member_path();
    read_part(path, Document{bytes, declared_type, {}, name});
    return !budget_->exhausted();
}

bool Collector::add_unread_member(std::string name, Why why) {
    PartInfo info;
    info.path = next_member_path();
    info.name = std::move(name);
    info.type = "application/octet-stream";
    reading_.parts.push_back(info);
    open_.push_back({static_cast<std::uint32_t>(reading_.parts.size() - 1), 0, false, true});
    if (!info.name.empty()) add_text("file name", info.name);
    incomplete(why);
    ++reading_.coverage.parts;
    open_.pop_back();
    return !budget_->exhausted();
}

void Collector::incomplete(Why why) {
    Open& open = open_.back();
    open.incomplete = true;
    const PartInfo& part = reading_.parts[open.part];
    const auto same = [&](const Incomplete& item) {
        return item.path == part.path && item.why == why;
    };
    // Looked for from the end: what is said twice is said soon after.
    if (std::find_if(reading_.incomplete.rbegin(), reading_.incomplete.rend(), same) ==
        reading_.incomplete.rend())
        reading_.incomplete.push_back({part.path, part.name, why});
}

void Collector::set_type(std::string type) {
    reading_.parts[open_.back().part].type = std::move(type);
}

std::string_view Collector::type() const noexcept {
    return reading_.parts[open_.back().part].type;
}

void Collector::note_macro() {
    reading_.parts[open_.back().part].macro = true;
}

void Collector::holds_no_text() {
    open_.back().counts = false;
}

bool Collector::time_left() {
    if (budget_->time_left()) return true;
    incomplete(Why::over_budget);
    return false;
}

bool Collector::take_bytes(std::uint64_t count) {
    if (budget_->take_bytes(count)) return true;
    incomplete(Why::over_budget);
    return false;
}

void Collector::read_part(std::string path, const Document& document) {
    PartInfo info;
    info.path = std::move(path);
    info.name = document.name;
    info.bytes = document.bytes.size();
    reading_.parts.push_back(std::move(info));
    open_.push_back({static_cast<std::uint32_t>(reading_.parts.size() - 1), 0, false, true});
    // The name of the document itself is told by whoever has it.
    if (open_.size() > 1 && !document.name.empty())
        add_text("file name", std::string(document.name));
    read_content(document);
    const Open done = open_.back();
    open_.pop_back();
    PartInfo& part = reading_.parts[done.part];
    if (!document.bytes.empty()) part.claims = false_claim(document, part.type);
    if (!done.counts) return;
    ++reading_.coverage.parts;
    if (done.incomplete) return;
    ++reading_.coverage.read;
    reading_.coverage.bytes += document.bytes.size();
}

// A zip file behind a picture, a PDF or a program opens as well as that does.
void Collector::read_appended(const Document& document, std::string_view type) {
    const bool may_have = type == "application/pdf" || type.starts_with("image/") ||
                          type == "application/x-elf" || type == "application/octet-stream" ||
                          type == "application/vnd.microsoft.portable-executable";
    if (!may_have) return;
    if (const auto begin = zip_behind(document.bytes); begin && *begin > 0)
        add_member("behind the file.zip", document.bytes.substr(*begin));
}

void Collector::read_content(const Document& document) {
    const std::string type = detect_type(document);
    set_type(type);
    if (!time_left() || document.bytes.empty()) return;
    const auto format = std::find_if(formats_.begin(), formats_.end(),
                                     [&type](const Format& f) { return f.type == type; });
    if (format != formats_.end()) {
        // A mail program shows what is declared as text, so that is read as well.
        if (document.declared_type.starts_with("text/") && !is_text(type))
            read_text(document, document.declared_type, *this);
        format->read(document, *this);
    } else if (is_text(type)) {
        read_text(document, type, *this);
    } else if (type == "message/rfc822") {
        read_mail(document);
    } else if (type == "application/mbox") {
        read_mbox(document.bytes, *this);
    } else if (is_sound_or_film(type) || type == "application/pkcs7-signature") {
        holds_no_text();
    } else {
        if (document.declared_type.starts_with("text/"))
            read_text(document, document.declared_type, *this);
        incomplete(why_unread(document, type));
    }
    read_appended(document, type);
}

void Collector::read_mail(const Document& document) {
    const auto inner = make_extractor(formats_, depth_ + open_.size());
    const std::string prefix = reading_.parts[open_.back().part].path;
    graft(read_inner_message(mail::parse(document.bytes, *budget_), *inner, *budget_), prefix,
          reading_);
}

void graft(Reading inner, const std::string& prefix, Reading& into) {
    const auto place = [&prefix](std::string& path) {
        if (path.empty())
            path = prefix;
        else if (!prefix.empty())
            path = prefix + '.' + path;
    };
    const auto first = static_cast<std::uint32_t>(into.parts.size());
    for (auto& part : inner.parts) {
        place(part.path);
        into.parts.push_back(std::move(part));
    }
    for (auto& fragment : inner.fragments) {
        fragment.part += first;
        into.fragments.push_back(std::move(fragment));
    }
    for (auto& item : inner.incomplete) {
        place(item.path);
        into.incomplete.push_back(std::move(item));
    }
    into.coverage.parts += inner.coverage.parts;
    into.coverage.read += inner.coverage.read;
    into.coverage.bytes += inner.coverage.bytes;
}

}  // namespace postwacht::extract
