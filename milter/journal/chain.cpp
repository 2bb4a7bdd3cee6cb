#include "journal/chain.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/format.hpp"
#include "base/json.hpp"

namespace postwacht::journal {
namespace {

constexpr std::size_t digest_digits = 64;
constexpr std::string_view number_key = R"({"n":)";
constexpr std::string_view chain_key = R"(,"chain":")";
constexpr std::string_view line_end = R"("})";
constexpr std::size_t head_number_digits = 20;
constexpr std::size_t head_size = head_number_digits + 1 + digest_digits + 1 + digest_digits + 1;

bool is_digest(std::string_view text) noexcept {
    return text.size() == digest_digits && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

// Time does not depend on where they differ.
bool equal_digests(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

}  // namespace

std::optional<LineParts> take_apart(std::string_view line) noexcept {
    constexpr std::size_t tail = chain_key.size() + digest_digits + line_end.size();
    if (line.size() < number_key.size() + tail || !line.starts_with(number_key) ||
        !line.ends_with(line_end))
        return std::nullopt;
    LineParts parts;
    parts.text = line.substr(0, line.size() - tail);
    const std::string_view rest = line.substr(parts.text.size());
    parts.chain = rest.substr(chain_key.size(), digest_digits);
    if (!rest.starts_with(chain_key) || !is_digest(parts.chain)) return std::nullopt;
    const char* const end = parts.text.data() + parts.text.size();
    const auto number = std::from_chars(parts.text.data() + number_key.size(), end, parts.n);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != ',') return std::nullopt;
    return parts;
}

std::optional<LineStart> read_line_start(std::string_view line) noexcept {
    constexpr std::string_view at_key = R"(,"at":")";
    constexpr std::size_t at_digits = std::string_view("2026-11-23T02:00:00Z").size();
    if (!line.starts_with(number_key)) return std::nullopt;
    LineStart start;
    const char* const end = line.data() + line.size();
    const auto number = std::from_chars(line.data() + number_key.size(), end, start.n);
    if (number.ec != std::errc()) return std::nullopt;
    line.remove_prefix(static_cast<std::size_t>(number.ptr - line.data()));
    if (!line.starts_with(at_key)) return std::nullopt;
    const auto at = parse_iso_instant(line.substr(at_key.size(), at_digits));
    if (!at) return std::nullopt;
    start.at = *at;
    return start;
}

Result<Chain> Chain::create(const crypto::SecretKey& journal_key) {
    POSTWACHT_TRY(key, journal_key.derive("postwacht journal"));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(key));
    return Chain(std::move(hash));
}

std::string Chain::digest(std::string_view domain, std::string_view value) const {
    return crypto::to_hex(hash_.hash(domain, value));
}

std::string Chain::extend(Link& last, Instant at, std::string_view kind,
                          std::string_view json_object) const {
    // JSON strings hold no raw line ends, so these can only be white space between tokens.
    std::string data;
    if (json_object.find('\n') != std::string_view::npos ||
        json_object.find('\r') != std::string_view::npos) {
        data = json_object;
        std::replace_if(
            data.begin(), data.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
        json_object = data;
    }
    json::Writer writer;
    writer.begin_object().field("n", last.n + 1).field("at", to_iso(at)).field("kind", kind);
    writer.key("data").raw(json_object);
    std::string line = writer.take();
    last.chain = digest("line", last.chain + line);
    ++last.n;
    line += chain_key;
    line += last.chain;
    line += line_end;
    line += '\n';
    return line;
}

bool Chain::follows(const Link& last, const LineParts& line) const {
    return equal_digests(digest("line", last.chain + std::string(line.text)), line.chain);
}

std::string Chain::vouch(std::string_view domain, const Link& link) const {
    const std::string link_text = format("{:020} {}", link.n, link.chain);
    return format("{} {}\n", link_text, digest(domain, link_text));
}

std::optional<std::uint64_t> vouched_number(std::string_view bytes) noexcept {
    if (bytes.size() != head_size || bytes.back() != '\n') return std::nullopt;
    std::uint64_t n = 0;
    const auto number = std::from_chars(bytes.data(), bytes.data() + head_number_digits, n);
    if (number.ec != std::errc() || number.ptr != bytes.data() + head_number_digits)
        return std::nullopt;
    return n;
}

std::optional<Link> Chain::read_vouched(std::string_view domain, std::string_view bytes) const {
    const auto number = vouched_number(bytes);
    if (!number) return std::nullopt;
    Link link;
    link.n = *number;
    link.chain = bytes.substr(head_number_digits + 1, digest_digits);
    if (!equal_digests(vouch(domain, link), bytes)) return std::nullopt;
    return link;
}

std::string Chain::head(const Link& link) const {
    return vouch("head", link);
}
std::optional<Link> Chain::read_head(std::string_view bytes) const {
    return read_vouched("head", bytes);
}
std::string Chain::start(const Link& link) const {
    return vouch("start", link);
}
std::optional<Link> Chain::read_start(std::string_view bytes) const {
    return read_vouched("start", bytes);
}

// Half of what a key can tell apart is more than there are addresses or people.
std::string Chain::short_digest(std::string_view prefix, std::string_view domain,
                                std::string_view value) const {
    const crypto::Digest whole = hash_.hash(domain, value);
    return std::string(prefix) + crypto::to_hex(std::span(whole).first(8));
}

std::string Chain::pseudonym(std::string_view address_key) const {
    return short_digest("p-", "address", address_key);
}
std::string Chain::subject_pseudonym(std::string_view subject_id) const {
    return short_digest("s-", "subject", subject_id);
}
std::string Chain::domain_pseudonym(std::string_view domain) const {
    return short_digest("d-", "domain", domain);
}

}  // namespace postwacht::journal
