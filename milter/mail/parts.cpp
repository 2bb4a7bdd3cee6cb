#include "mail/parts.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "mail/fields.hpp"
#include "mail/header_values.hpp"
#include "mail/transfer_encoding.hpp"

// How a message is taken apart.
//
// GMime decodes what stands inside header fields (header_values.cpp), but the message is not split
// by its parser: that one skips lines in a header that are no fields, ends a preamble at a NUL and
// gives nothing at all for a message whose first line is no field, so that text which the addressee
// may see would never be read. It also makes an object of every field, which took 58 microseconds
// for a letter of 9 KB, against 10 for the whole of parse() below.
//
// Here a message is a tree of views into its bytes: split_header() finds the fields,
// split_multipart() the children, and only a leaf's decoded content is copied.

namespace postwacht::mail {
namespace {

// Recursion is bounded by this whatever the budget says: a thread's stack is not the budget's.
constexpr std::size_t max_recursion = 200;
// Lines that extend a boundary are kept to be judged at the end; one more than this is a defect.
constexpr std::size_t max_extended_lines = 100;
// RFC 2046 allows 70; real software writes up to a few hundred.
constexpr std::size_t max_guessed_boundary = 500;

std::string_view trim_right(std::string_view text) noexcept {
    const auto last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Without the one line end that belongs to the boundary line behind it.
std::string_view without_line_end(std::string_view text) noexcept {
    if (text.ends_with("\r\n")) return text.substr(0, text.size() - 2);
    if (text.ends_with('\n')) return text.substr(0, text.size() - 1);
    return text;
}

// A line of the body that begins with "--" and a boundary.
struct BoundaryLine {
    enum class Kind { separator, close, extended } kind = Kind::separator;
    std::size_t begin = 0;
    std::size_t end = 0;         // of the line, behind its line end
    std::string_view delimiter;  // the line without "--" before it and blanks behind it
};

// The next such line at or behind `from`.
std::optional<BoundaryLine> find_boundary_line(std::string_view body, std::string_view delimiter,
                                               std::size_t from) {
    for (auto at = body.find(delimiter, from); at != std::string_view::npos;
         at = body.find(delimiter, at + 1)) {
        if (at > 0 && body[at - 1] != '\n') continue;
        const auto line_end = body.find('\n', at);
        BoundaryLine line;
        line.begin = at;
        line.end = line_end == std::string_view::npos ? body.size() : line_end + 1;
        const auto text = trim_right(body.substr(at, line.end - at));
        line.delimiter = text.substr(2);
        const auto behind = text.substr(std::min(text.size(), delimiter.size()));
        line.kind = behind.empty()   ? BoundaryLine::Kind::separator
                    : behind == "--" ? BoundaryLine::Kind::close
                                     : BoundaryLine::Kind::extended;
        return line;
    }
    return std::nullopt;
}

// A multipart's body between its boundary lines. Pieces behind a closing line that a further
// separator begins are parts too: some readers go on there.
struct Pieces {
    enum class Kind { preamble, part, epilogue };
    struct Piece {
        Kind kind = Kind::part;
        std::string_view bytes;
    };
    std::vector<Piece> pieces;
    std::vector<std::string_view> extended_lines;
    bool found = false;
    bool out_of_time = false;
};

Pieces split_multipart(std::string_view body, std::string_view boundary, Budget& budget) {
    const std::string delimiter = "--" + std::string(boundary);
    Pieces out;
    auto kind = Pieces::Kind::preamble;
    std::size_t begin = 0;
    std::size_t from = 0;
    std::size_t lines = 0;
    while (const auto line = find_boundary_line(body, delimiter, from)) {
        from = line->end;
        if (++lines % 256 == 0 && !budget.time_left()) {
            out.out_of_time = true;
            break;
        }
        if (line->kind == BoundaryLine::Kind::extended) {
            if (out.extended_lines.size() <= max_extended_lines)
                out.extended_lines.push_back(line->delimiter);
            continue;
        }
        out.found = true;
        out.pieces.push_back({kind, without_line_end(body.substr(begin, line->begin - begin))});
        begin = line->end;
        kind =
            line->kind == BoundaryLine::Kind::close ? Pieces::Kind::epilogue : Pieces::Kind::part;
    }
    out.pieces.push_back({kind, body.substr(begin)});
    return out;
}

// The boundary that the body seems to use: what stands behind "--" on a line before "Content-...".
std::string_view guess_boundary(std::string_view body) noexcept {
    std::string_view line;
    std::string_view candidate;
    while (next_line(body, line)) {
        constexpr std::string_view content = "content-";
        if (!candidate.empty() && text::ascii_iequals(line.substr(0, content.size()), content))
            return candidate;
        const auto text = trim_right(line);
        candidate = text.starts_with("--") && text.size() <= max_guessed_boundary
                        ? text.substr(2)
                        : std::string_view();
    }
    return {};
}

// Fields that software writes for software; text of people is in the others.
bool is_structural(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 8> structural = {
        "content-type",        "content-transfer-encoding",
        "content-disposition", "content-id",
        "content-language",    "content-length",
        "content-md5",         "mime-version"};
    return std::any_of(structural.begin(), structural.end(),
                       [name](std::string_view s) { return text::ascii_iequals(name, s); });
}

bool is_multipart(std::string_view type) noexcept {
    return type.starts_with("multipart/");
}

bool is_message(std::string_view type) noexcept {
    return type == "message/rfc822" || type == "message/global" || type == "message/news";
}

bool has_mail_extension(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return false;
    const auto extension = name.substr(dot + 1);
    return text::ascii_iequals(extension, "eml") || text::ascii_iequals(extension, "mht") ||
           text::ascii_iequals(extension, "mhtml");
}

std::string child_path(const std::string& parent, std::size_t number) {
    std::string path = parent.empty() ? std::string() : parent + '.';
    return path + std::to_string(number);
}

// What the fields of a message or part say about its body.
struct Entity {
    HeaderBlock header;
    ContentType content_type;
    Disposition disposition;
    std::string_view encoding;
    bool ambiguous = false;  // a field that counts is there twice, with different values

    // The names that a reader may show, the most usual first.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all = disposition.names;
        for (const auto& name : content_type.names)
            if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
        return all;
    }
};

Entity read_entity(std::string_view bytes, std::string_view default_type) {
    Entity entity;
    entity.header = split_header(bytes);
    entity.content_type.type = default_type;
    std::optional<std::string_view> type;
    std::optional<std::string_view> encoding;
    std::optional<std::string_view> disposition;
    const auto take = [&entity](std::optional<std::string_view>& slot, std::string_view value) {
        value = text::trim(value);
        if (!slot)
            slot = value;
        else if (*slot != value)
            entity.ambiguous = true;
    };
    for (const auto& field : entity.header.fields) {
        if (text::ascii_iequals(field.name, "content-type"))
            take(type, field.value);
        else if (text::ascii_iequals(field.name, "content-transfer-encoding"))
            take(encoding, field.value);
        else if (text::ascii_iequals(field.name, "content-disposition"))
            take(disposition, field.value);
    }
    if (type && !type->empty()) entity.content_type = parse_content_type(*type);
    if (disposition) entity.disposition = parse_disposition(*disposition);
    entity.encoding = encoding.value_or(std::string_view());
    return entity;
}

class Reader {
  public:
    explicit Reader(Budget& budget) : budget_(&budget) {}

    // `prefix` is the path at which the message is nested, empty for the message itself.
    void read_message(std::string_view bytes, const std::string& prefix, std::string name,
                      std::size_t depth);
    Parsed finish();

  private:
    void read_part(std::string_view bytes, const std::string& path, std::string_view default_type,
                   std::size_t depth);
    void read_body(const Entity& entity, const std::string& leaf_path,
                   const std::string& multipart_path, std::size_t depth);
    void read_multipart(const Entity& entity, std::string_view body, const std::string& path,
                        std::size_t depth);
    void read_pieces(const Entity& entity, const Pieces& pieces, const std::string& path,
                     std::size_t depth);
    void read_leaf(const Entity& entity, const std::string& path, std::size_t depth);

    void note_header_defects(const Entity& entity, const std::string& path);
    void add_part_fields(const Entity& entity, const std::string& path);
    void add_text(PartKind kind, std::string_view bytes, const std::string& path);
    void add_defect(const std::string& path, std::string_view what);
    // Adds the part if the budget has room for it.
    void add(Part part);

    Budget* budget_;
    Parsed parsed_;
    std::vector<std::string> boundaries_;  // all that the message declares
    struct ExtendedLine {
        std::string path;
        std::string delimiter;
    };
    std::vector<ExtendedLine> extended_lines_;
};

void Reader::add(Part part) {
    if (!budget_->time_left() || !budget_->take_part() ||
        !budget_->take_bytes(part.content.size())) {
        parsed_.over_budget = true;
        return;
    }
    parsed_.parts.push_back(std::move(part));
}

void Reader::add_text(PartKind kind, std::string_view bytes, const std::string& path) {
    if (text::trim(bytes).empty()) return;
    Part part;
    part.path = path;
    part.kind = kind;
    part.type = "text/plain";
    part.content = bytes;
    add(std::move(part));
}

void Reader::add_defect(const std::string& path, std::string_view what) {
    parsed_.defects.push_back({path, std::string(what)});
}

void Reader::note_header_defects(const Entity& entity, const std::string& path) {
    if (entity.ambiguous) add_defect(path, "two values for one MIME field");
    if (entity.header.bare_cr) add_defect(path, "bare CR in the header");
    if (entity.header.cut) parsed_.over_budget = true;
}

std::vector<HeaderField> decode_fields(const HeaderBlock& block) {
    std::vector<HeaderField> fields;
    fields.reserve(block.fields.size() + 1);
    for (const auto& field : block.fields)
        fields.push_back({text::repair_utf8(field.name), decode_text(field.value)});
    if (!block.stray_lines.empty())
        fields.push_back({"", text::decode(block.stray_lines, {}).text});
    return fields;
}

void Reader::read_message(std::string_view bytes, const std::string& prefix, std::string name,
                          std::size_t depth) {
    const Entity entity = read_entity(bytes, "text/plain");
    Part headers;
    headers.path = prefix.empty() ? "0" : prefix + ".0";
    headers.kind = PartKind::headers;
    headers.type = prefix.empty() ? "" : "message/rfc822";
    headers.name = std::move(name);
    headers.headers = decode_fields(entity.header);
    note_header_defects(entity, headers.path);
    add(std::move(headers));
    read_body(entity, child_path(prefix, 1), prefix, depth);
}

// The fields of a part matter to a reader only where people write in them.
void Reader::add_part_fields(const Entity& entity, const std::string& path) {
    Part part;
    for (const auto& field : entity.header.fields)
        if (!is_structural(field.name))
            part.headers.push_back({text::repair_utf8(field.name), decode_text(field.value)});
    if (!entity.header.stray_lines.empty())
        part.headers.push_back({"", text::decode(entity.header.stray_lines, {}).text});
    const auto names = entity.names();
    for (std::size_t i = 1; i < names.size(); ++i)
        part.headers.push_back({"Content-Disposition", names[i]});
    if (part.headers.empty()) return;
    part.path = path + ".MIME";
    part.kind = PartKind::headers;
    add(std::move(part));
}

void Reader::read_part(std::string_view bytes, const std::string& path,
                       std::string_view default_type, std::size_t depth) {
    // A part may also begin with its body: then there is no empty line, or it comes first.
    const Entity entity = read_entity(bytes, default_type);
    note_header_defects(entity, path);
    add_part_fields(entity, path);
    read_body(entity, path, path, depth);
}

void Reader::read_body(const Entity& entity, const std::string& leaf_path,
                       const std::string& multipart_path, std::size_t depth) {
    if (is_multipart(entity.content_type.type))
        read_multipart(entity, entity.header.body, multipart_path, depth);
    else
        read_leaf(entity, leaf_path, depth);
}

void Reader::read_multipart(const Entity& entity, std::string_view body, const std::string& path,
                            std::size_t depth) {
    const std::string shown_path = path.empty() ? "0" : path;
    if (depth >= max_recursion || !budget_->depth_allowed(depth + 1)) {
        parsed_.over_budget = true;
        add_text(PartKind::content, body, shown_path);
        return;
    }
    const std::string_view declared = trim_right(entity.content_type.boundary);
    Pieces pieces;
    if (!declared.empty()) {
        boundaries_.emplace_back(declared);
        pieces = split_multipart(body, declared, *budget_);
    }
    std::string decoded;
    if (!pieces.found && !declared.empty() && !entity.encoding.empty()) {
        // A transfer encoding is not allowed here, but some software applies it.
        decoded = undo_transfer_encoding(body, entity.encoding).content;
        pieces = split_multipart(decoded, declared, *budget_);
    }
    if (!pieces.found && !text::trim(body).empty()) {
        add_defect(shown_path, declared.empty() ? "multipart without boundary"
                                                : "multipart without a boundary line");
        const std::string_view guessed = guess_boundary(body);
        if (!guessed.empty()) {
            boundaries_.emplace_back(guessed);
            pieces = split_multipart(body, guessed, *budget_);
        }
    }
    if (!pieces.found) {
        add_text(PartKind::content, body, path.empty() ? "1" : path);
        return;
    }
    read_pieces(entity, pieces, path, depth);
}

void Reader::read_pieces(const Entity& entity, const Pieces& pieces, const std::string& path,
                         std::size_t depth) {
    const std::string shown_path = path.empty() ? "0" : path;
    if (pieces.out_of_time) parsed_.over_budget = true;
    for (const auto& line : pieces.extended_lines)
        if (extended_lines_.size() <= max_extended_lines)
            extended_lines_.push_back({shown_path, std::string(line)});
    const std::string_view child_type = entity.content_type.type == "multipart/digest"
                                            ? std::string_view("message/rfc822")
                                            : std::string_view("text/plain");
    std::size_t number = 0;
    for (const auto& piece : pieces.pieces) {
        if (budget_->exhausted()) {
            parsed_.over_budget = true;
            return;
        }
        if (piece.kind == Pieces::Kind::preamble)
            add_text(PartKind::preamble, piece.bytes, shown_path);
        else if (piece.kind == Pieces::Kind::epilogue)
            add_text(PartKind::epilogue, piece.bytes, shown_path);
        else
            read_part(piece.bytes, child_path(path, ++number), child_type, depth + 1);
    }
}

void Reader::read_leaf(const Entity& entity, const std::string& path, std::size_t depth) {
    const auto& type = entity.content_type.type;
    Undone undone = undo_transfer_encoding(entity.header.body, entity.encoding);
    if (undone.defect != nullptr) add_defect(path, undone.defect);
    if (type == "message/partial") add_defect(path, "a fragment of a message");

    auto names = entity.names();
    std::string name = names.empty() ? std::string() : std::move(names.front());
    const bool nested =
        is_message(type) || ((!type.starts_with("text/") || has_mail_extension(name)) &&
                             looks_like_mail(undone.content));
    if (nested && depth < max_recursion && budget_->depth_allowed(depth + 1)) {
        read_message(undone.content, path, std::move(name), depth + 1);
    } else {
        if (nested) parsed_.over_budget = true;
        Part part;
        part.path = path;
        part.name = std::move(name);
        part.type = type;
        part.charset = entity.content_type.charset;
        part.attachment = entity.disposition.attachment;
        part.content = std::move(undone.content);
        add(std::move(part));
    }
    add_text(PartKind::content, undone.foreign, path);
}

// A line that begins with a boundary and goes on is a boundary line to some readers, unless it is
// one of another multipart ("a" and "a1").
Parsed Reader::finish() {
    if (extended_lines_.size() > max_extended_lines)
        add_defect(extended_lines_.front().path, "too many lines that extend a boundary");
    for (const auto& line : extended_lines_) {
        const bool declared =
            std::any_of(boundaries_.begin(), boundaries_.end(), [&line](const std::string& known) {
                return line.delimiter == known || line.delimiter == known + "--";
            });
        if (!declared) add_defect(line.path, "a line extends the boundary");
    }
    return std::move(parsed_);
}

}  // namespace

std::string_view Parsed::header(std::string_view name) const noexcept {
    if (parts.empty() || parts.front().kind != PartKind::headers) return {};
    for (const auto& field : parts.front().headers)
        if (text::ascii_iequals(field.name, name)) return field.text;
    return {};
}

Parsed parse(std::string_view message, Budget& budget) {
    // Where there are more parts than can be, those that were found are still read.
    Budget own(budget.share(message.size()), budget.clock());
    Reader reader(own);
    reader.read_message(message, {}, {}, 0);
    budget.charge(own.spent());
    return reader.finish();
}

namespace {

// "Content-Type: multipart/...": no other file begins with such a field.
bool is_multipart_field(std::string_view line, std::string_view name) noexcept {
    constexpr std::string_view multipart = "multipart/";
    if (!text::ascii_iequals(name, "content-type")) return false;
    const auto value = text::trim(line.substr(line.find(':') + 1));
    return text::ascii_iequals(value.substr(0, multipart.size()), multipart);
}

}  // namespace

bool looks_like_mail(std::string_view bytes) noexcept {
    static constexpr std::array<std::string_view, 7> sure = {
        "received",     "message-id",     "mime-version", "return-path",
        "delivered-to", "dkim-signature", "x-mailer"};
    static constexpr std::array<std::string_view, 9> likely = {
        "from",    "to",           "cc",
        "subject", "date",         "reply-to",
        "sender",  "content-type", "content-transfer-encoding"};
    const auto is_in = [](const auto& list, std::string_view name) {
        return std::any_of(list.begin(), list.end(),
                           [name](std::string_view n) { return text::ascii_iequals(n, name); });
    };
    // Enough for any header that begins a mail; a text of gigabytes is not searched for more.
    constexpr std::size_t max_lines = 200;
    bool any_field = false;
    std::size_t likely_count = 0;
    std::string_view line;
    std::string_view name;
    for (std::size_t number = 0; number < max_lines && next_line(bytes, line); ++number) {
        if (number == 0 && line.starts_with("From ")) continue;
        if (line.empty()) break;
        if (any_field && (line.front() == ' ' || line.front() == '\t')) continue;
        if (!is_field_line(line, name)) return false;
        any_field = true;
        if (is_in(sure, name) || is_multipart_field(line, name)) return true;
        if (is_in(likely, name)) ++likely_count;
    }
    return likely_count >= 2;
}

}  // namespace postwacht::mail
