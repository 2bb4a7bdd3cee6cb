#include "extract/extractor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "extract/cms.hpp"
#include "extract/html.hpp"

namespace postwacht::extract {
namespace {

bool is_sound_or_film(std::string_view type) noexcept {
    return type.starts_with("audio/") || type.starts_with("video/");
}

bool is_text(std::string_view type) noexcept {
    return type.starts_with("text/") || type == "application/xml" || type == "application/json";
}

// Calendar and card lines are folded at 75 bytes, in the middle of words and numbers
// (RFC 5545 section 3.1, RFC 6350 section 3.2).
std::string unfold_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t end = text.substr(i, 2) == "\r\n" ? i + 1 : i;
        if (text[end] == '\n' && end + 1 < text.size() &&
            (text[end + 1] == ' ' || text[end + 1] == '\t'))
            i = end + 1;
        else
            out += text[i];
    }
    return out;
}

// Blocks that can be read only with a key stand inside text.
std::optional<Why> armoured_secret(std::string_view text) noexcept {
    if (text.find("-----BEGIN ") == std::string_view::npos) return std::nullopt;
    if (text.find("-----BEGIN PGP MESSAGE") != std::string_view::npos) return Why::encrypted;
    if (text.find("-----BEGIN PKCS7-----") != std::string_view::npos ||
        text.find("-----BEGIN CMS-----") != std::string_view::npos)
        return Why::unsupported;
    return std::nullopt;
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

void add_text(std::string text, Budget& budget, Extracted& out) {
    if (!budget.take_fragment()) {
        out.incomplete = Why::over_budget;
        return;
    }
    Fragment fragment;
    fragment.where = "text";
    fragment.text = with_plain_line_ends(std::move(text));
    out.fragments.push_back(std::move(fragment));
}

void read_text(const Document& document, Budget& budget, Extracted& out) {
    const bool html = out.type == "text/html";
    const auto charset =
        html && document.charset.empty() ? html_declared_charset(document.bytes) : document.charset;
    text::Decoded decoded = text::decode(document.bytes, charset);
    if (decoded.lossy && mostly_lost(decoded.text)) out.incomplete = Why::damaged;
    if (const auto why = armoured_secret(decoded.text)) out.incomplete = why;
    if (html) {
        bool complete = true;
        out.fragments = read_html(decoded.text, budget, complete);
        if (!complete) out.incomplete = Why::over_budget;
    } else if (out.type == "text/calendar" || out.type == "text/vcard") {
        add_text(unfold_lines(decoded.text), budget, out);
    } else {
        add_text(std::move(decoded.text), budget, out);
    }
}

bool has_extension(std::string_view name, std::string_view extension) {
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos && text::ascii_iequals(name.substr(dot + 1), extension);
}

// Why a format that is not text is not read here.
Why why_unread(const Document& document, std::string_view type) {
    if (type == "application/pkcs7-mime")
        return cms_kind(document.bytes) == CmsKind::encrypted ? Why::encrypted : Why::unsupported;
    const bool pgp = has_extension(document.name, "gpg") || has_extension(document.name, "pgp") ||
                     document.declared_type == "application/pgp-encrypted";
    return pgp && type == "application/octet-stream" ? Why::encrypted : Why::unsupported;
}

class InProcessExtractor final : public Extractor {
  public:
    [[nodiscard]] Extracted extract(const Document& document, Budget& budget) const override {
        Extracted out;
        out.type = detect_type(document);
        if (!budget.time_left()) {
            out.incomplete = Why::over_budget;
        } else if (document.bytes.empty()) {
            return out;
        } else if (is_text(out.type)) {
            read_text(document, budget, out);
        } else if (is_sound_or_film(out.type) || out.type == "application/pkcs7-signature") {
            out.holds_no_text = true;
        } else {
            // A mail program shows what is declared as text, so that is read as well.
            if (document.declared_type.starts_with("text/")) read_text(document, budget, out);
            out.incomplete = why_unread(document, out.type);
        }
        return out;
    }
};

// Fields that programs write for programs: ids, routes, signatures, dates.
bool is_machine_made(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 18> machine_made = {"received",
                                                                      "x-received",
                                                                      "message-id",
                                                                      "in-reply-to",
                                                                      "references",
                                                                      "date",
                                                                      "mime-version",
                                                                      "return-path",
                                                                      "delivered-to",
                                                                      "dkim-signature",
                                                                      "domainkey-signature",
                                                                      "x-google-dkim-signature",
                                                                      "received-spf",
                                                                      "authentication-results",
                                                                      "resent-date",
                                                                      "resent-message-id",
                                                                      "user-agent",
                                                                      "x-mailer"};
    static constexpr std::array<std::string_view, 6> content = {
        "content-type",   "content-transfer-encoding",
        "content-id",     "content-language",
        "content-length", "content-md5"};
    if (name.size() > 4 && text::ascii_iequals(name.substr(0, 4), "arc-")) return true;
    const auto is_name = [name](std::string_view other) {
        return text::ascii_iequals(name, other);
    };
    return std::any_of(machine_made.begin(), machine_made.end(), is_name) ||
           std::any_of(content.begin(), content.end(), is_name);
}

// The name of a field as evidence shows it. Known ones in their usual spelling; of the others only
// names that cannot hold an identifier, since evidence must not quote one.
std::string field_place(std::string_view name) {
    static constexpr std::array<std::string_view, 11> known = {
        "Subject", "From",     "To",       "Cc",        "Bcc",        "Reply-To",
        "Sender",  "Comments", "Keywords", "Resent-To", "Resent-From"};
    for (const auto& usual : known)
        if (text::ascii_iequals(name, usual)) return std::string(usual);
    constexpr std::size_t longest_shown = 40;
    const bool plain = !name.empty() && name.size() <= longest_shown &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
                       });
    return plain ? std::string(name) : std::string("header");
}

class MessageReader {
  public:
    MessageReader(const Extractor& extractor, Budget& budget)
        : extractor_(&extractor), budget_(&budget) {}

    Reading read(const mail::Parsed& message) {
        for (const auto& defect : message.defects) defective_.insert(defect.path);
        for (const auto& part : message.parts) read_part(part);
        for (const auto& defect : message.defects) add_incomplete(defect.path, {}, Why::damaged);
        if (message.over_budget) add_incomplete("0", {}, Why::over_budget);
        return std::move(reading_);
    }

    Reading read(const Document& document) {
        mail::Part part;
        part.path = "1";
        part.name = document.name;
        add_part(part, document.bytes.size());
        read_content(part, document);
        return std::move(reading_);
    }

  private:
    void read_part(const mail::Part& part) {
        add_part(part, part.content.size());
        if (part.kind == mail::PartKind::headers) {
            reading_.parts.back().type = "message/rfc822-headers";
            for (const auto& field : part.headers) add_field(field);
            return;
        }
        const Document document{part.content, part.type, part.charset, part.name};
        if (part.kind == mail::PartKind::content)
            read_content(part, document);
        else
            read_unshown(part, document);
    }

    void add_part(const mail::Part& part, std::uint64_t bytes) {
        PartInfo info;
        info.path = part.path;
        info.name = part.name;
        info.bytes = bytes;
        reading_.parts.push_back(std::move(info));
        if (!part.name.empty()) add_fragment("file name", false, part.name);
    }

    void add_field(const mail::HeaderField& field) {
        if (is_machine_made(field.name) || field.text.empty()) return;
        std::string place = field_place(field.name);
        const bool shown = place != "header" || field.name.empty();
        add_fragment(std::move(place), false, shown ? field.text : field.name + ": " + field.text);
    }

    void read_content(const mail::Part& part, const Document& document) {
        Extracted extracted = extractor_->extract(document, *budget_);
        const bool empty = document.bytes.empty();
        keep(std::move(extracted.fragments), {});
        reading_.parts.back().type = std::move(extracted.type);
        if (extracted.holds_no_text) return;
        ++reading_.coverage.parts;
        if (extracted.incomplete) add_incomplete(part.path, part.name, *extracted.incomplete);
        const bool defective = defective_.contains(part.path);
        if (defective) add_incomplete(part.path, part.name, Why::damaged);
        if (extracted.incomplete || defective) return;
        ++reading_.coverage.read;
        if (!empty) reading_.coverage.bytes += document.bytes.size();
    }

    // Preamble and epilogue: text that mail programs do not show.
    void read_unshown(const mail::Part& part, const Document& document) {
        Extracted extracted = extractor_->extract(document, *budget_);
        const bool preamble = part.kind == mail::PartKind::preamble;
        keep(std::move(extracted.fragments), preamble ? "preamble" : "epilogue");
        reading_.parts.back().type = std::move(extracted.type);
        if (extracted.incomplete) add_incomplete(part.path, {}, *extracted.incomplete);
    }

    // Keeps the fragments of the newest part; `place`, if given, stands for theirs and hides them.
    void keep(std::vector<Fragment> fragments, std::string_view place) {
        for (auto& fragment : fragments) {
            fragment.part = newest_part();
            if (!place.empty()) {
                fragment.where = place;
                fragment.hidden = true;
            }
            reading_.fragments.push_back(std::move(fragment));
        }
    }

    void add_fragment(std::string where, bool hidden, std::string text) {
        if (!budget_->take_fragment()) {
            add_incomplete(reading_.parts.back().path, {}, Why::over_budget);
            return;
        }
        Fragment fragment;
        fragment.part = newest_part();
        fragment.where = std::move(where);
        fragment.hidden = hidden;
        fragment.text = std::move(text);
        reading_.fragments.push_back(std::move(fragment));
    }

    // One entry for a path and a reason is enough, however many defects it has.
    void add_incomplete(const std::string& path, const std::string& name, Why why) {
        if (reported_.insert(path + ' ' + to_string(why)).second)
            reading_.incomplete.push_back({path, name, why});
    }

    [[nodiscard]] std::uint32_t newest_part() const {
        return static_cast<std::uint32_t>(reading_.parts.size() - 1);
    }

    const Extractor* extractor_;
    Budget* budget_;
    Reading reading_;
    std::unordered_set<std::string> defective_;  // paths with a defect
    std::unordered_set<std::string> reported_;   // paths and reasons that are in `incomplete`
};

}  // namespace

std::unique_ptr<Extractor> make_in_process_extractor() {
    return std::make_unique<InProcessExtractor>();
}

Reading read_message(const mail::Parsed& message, const Extractor& extractor, Budget& budget) {
    return MessageReader(extractor, budget).read(message);
}

Reading read_file_bytes(std::string_view bytes, std::string_view name, const Extractor& extractor,
                        Budget& budget) {
    if (mail::looks_like_mail(bytes))
        return read_message(mail::parse(bytes, budget), extractor, budget);
    return MessageReader(extractor, budget).read({bytes, {}, {}, name});
}

}  // namespace postwacht::extract
