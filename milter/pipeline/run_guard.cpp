#include "pipeline/run_guard.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "base/lock_guarded.hpp"

namespace postwacht::pipeline {
namespace {

using Steady = RunBook::Steady;
using policy::RunRule;
using policy::RunTrip;

constexpr std::string_view schema = "postwacht.runs/1";
constexpr std::size_t largest_file = 16U << 20U;
constexpr mode_t file_mode = 0640;
constexpr std::size_t id_digits = 16;
// The longest window there is, and what is added to it.
constexpr std::chrono::hours longest_hold{27};

// Of a letter with more people or recipients than a merge has, the first ones tell enough.
constexpr std::size_t most_subjects = 16;
constexpr std::size_t most_recipients = 8;
constexpr std::size_t most_parties = 32;

// ---- what a letter is

// A sender without what bulk mailers put into it for each recipient (VERP): a tag, or words with a
// number or another address in them.
struct Stem {
    std::string text;
    bool whole = true;  // nothing was left out
};

Stem stem_of(const mail::Address& sender) {
    if (sender.null || sender.invalid) return {{}, false};
    std::string stem;
    bool whole = true;
    std::string word;
    bool number = false;
    const auto end_word = [&] {
        if (!number) stem += word + '-';
        whole = whole && !number;
        word.clear();
        number = false;
    };
    for (const char c : sender.key()) {
        whole = whole && c != '+' && c != '=';
        if (c == '@' || c == '+' || c == '=') break;
        if (c == '-' || c == '.' || c == '_') {
            end_word();
            continue;
        }
        number = number || (c >= '0' && c <= '9');
        word += c;
    }
    end_word();
    return {stem + '@' + sender.domain, whole};
}

// Where the envelope's sender has something of the recipient in it, the From field says who sends:
// u10231@ and u10444@ are two people, and no bulk mailer.
std::string sender_of(const policy::Facts& facts) {
    const Stem sender = stem_of(facts.sender);
    if (facts.header_from.empty()) return sender.text;
    const mail::Address& from = facts.header_from.front();
    return sender.text + ' ' + (sender.whole ? from.domain : from.key());
}

std::uint64_t first_eight(const crypto::Digest& digest) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8U | digest[i];
    return value;
}

void add_party(std::vector<std::uint64_t>& parties, std::uint64_t key) {
    if (parties.size() < most_parties &&
        std::find(parties.begin(), parties.end(), key) == parties.end())
        parties.push_back(key);
}

std::uint64_t party_of(registry::OrganisationNumber organisation, std::uint64_t seed) {
    return mixed(organisation + std::uint64_t{1}, seed);
}

}  // namespace

RunLetter RunGuard::describe(
    const policy::Facts& facts,
    const std::vector<std::vector<registry::OrganisationNumber>>& organisations,
    const extract::Reading& reading) const {
    RunLetter letter;
    letter.sender = first_eight(hash_.hash("sender", sender_of(facts)));
    letter.text = template_of(reading, seed_);
    for (std::size_t i = 0; i < facts.recipients.size(); ++i) {
        const policy::RecipientFacts& recipient = facts.recipients[i];
        const std::string address = recipient.key.empty() ? recipient.address.key() : recipient.key;
        const std::uint64_t key = seeded_hash(address, seed_);
        letter.identity += mixed(key, seed_);  // in any order
        if (i >= most_recipients) continue;
        if (!address.empty()) add_party(letter.addressees, key);
        if (i < organisations.size())
            for (const auto organisation : organisations[i])
                add_party(letter.addressees, party_of(organisation, seed_));
    }
    for (std::size_t i = 0; i < facts.subjects.size(); ++i) {
        const auto& subject = facts.subjects[i].subject;
        if (!subject) continue;
        letter.identity += mixed(seeded_hash(subject->id, seed_), ~seed_);
        if (i >= most_subjects) continue;
        for (const std::string& email : subject->emails)
            add_party(letter.subjects, seeded_hash(email, seed_));
        for (const registry::Relation& relation : subject->relations) {
            if (!relation.email.empty())
                add_party(letter.subjects, seeded_hash(relation.email, seed_));
            if (relation.organisation)
                add_party(letter.subjects, party_of(*relation.organisation, seed_));
        }
    }
    return letter;
}

// ---- the file

namespace {

std::string to_text(const std::vector<RunBook::Record>& records, std::string_view key_check,
                    Steady steady, Instant now) {
    json::Writer out;
    out.begin_object().field("schema", schema).field("key", key_check);
    out.key("runs").begin_array();
    for (const RunBook::Record& record : records) {
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(record.until - steady);
        out.begin_object().field("run", record.trip.run);
        out.field("sender", format("{:016x}", record.sender));
        out.field("template", record.text.to_hex());
        out.field("until", to_iso(now + left + std::chrono::seconds(1)));
        out.field("why", policy::to_string(record.trip.why));
        out.field("count", record.trip.count).field("of", record.trip.of);
        out.field("limit", record.trip.limit).field("fits", record.trip.fits);
        const std::int64_t offset = record.trip.offset;
        out.field("distance", static_cast<std::uint64_t>(offset < 0 ? -offset : offset));
        out.field("before", offset < 0).end_object();
    }
    out.end_array().end_object();
    return out.take() + '\n';
}

std::optional<std::uint64_t> from_hex(std::string_view digits) {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value, /*base=*/16);
    if (digits.size() != id_digits || error != std::errc() || at != end) return std::nullopt;
    return value;
}

struct Read {
    RunBook::Record record;
    std::uint64_t id = 0;
    Instant until{};
};

std::optional<Read> read_record(const json::Value& entry) {
    const auto run = entry["run"].string();
    const auto id = from_hex(run.substr(std::min<std::size_t>(run.size(), 2)));
    const auto sender = from_hex(entry["sender"].string());
    const auto until = parse_iso_instant(entry["until"].string());
    const auto why = entry["why"].string();
    const bool shift = why == policy::to_string(RunTrip::Why::shift);
    Read out;
    if (!id || !sender || !until ||
        !RunTemplate::from_hex(entry["template"].string(), out.record.text) ||
        (!shift && why != policy::to_string(RunTrip::Why::share)))
        return std::nullopt;
    out.id = *id;
    out.until = *until;
    out.record.sender = *sender;
    RunTrip& trip = out.record.trip;
    trip.run = run_id(*id);
    trip.why = shift ? RunTrip::Why::shift : RunTrip::Why::share;
    trip.count = entry["count"].number();
    trip.of = entry["of"].number();
    trip.limit = entry["limit"].number();
    trip.fits = entry["fits"].number();
    const auto distance =
        static_cast<std::int64_t>(std::min<std::uint64_t>(entry["distance"].number(), 1000));
    trip.offset = entry["before"].boolean() ? -distance : distance;
    return out;
}

}  // namespace

// ---- the guard

struct RunGuard::State {
    explicit State(std::uint64_t first_id) : book(RunBook(first_id)) {}

    LockGuarded<RunBook> book;
};

RunGuard::RunGuard(std::filesystem::path file, crypto::KeyedHash hash, const Clock& clock)
    : file_(std::move(file)), hash_(std::move(hash)), clock_(clock) {}
RunGuard::~RunGuard() = default;

Result<std::unique_ptr<RunGuard>> RunGuard::open(std::filesystem::path file,
                                                 const crypto::SecretKey& key, const Clock& clock) {
    POSTWACHT_TRY(own_key, key.derive("postwacht run guard"));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(own_key));
    std::unique_ptr<RunGuard> guard(new RunGuard(std::move(file), std::move(hash), clock));
    guard->seed_ = first_eight(guard->hash_.hash("seed", "words"));
    guard->key_check_ = format("{:016x}", first_eight(guard->hash_.hash("check", "key")));
    std::array<std::uint8_t, sizeof(std::uint64_t)> random{};
    POSTWACHT_CHECK(crypto::random_bytes(random));
    std::uint64_t first_id = 0;
    for (const std::uint8_t byte : random) first_id = first_id << 8U | byte;
    guard->state_ = std::make_unique<State>(first_id);
    POSTWACHT_CHECK(guard->load());
    return guard;
}

Result<void> RunGuard::load() {
    std::error_code unknown;
    if (!std::filesystem::exists(file_, unknown) && !unknown) return {};
    const auto wrong = [this](ErrorCode code, const char* what) {
        return Error{code, file_.string(), what,
                     "it says which runs are held; remove it only when none is to be"};
    };
    POSTWACHT_TRY(text, read_file(file_, largest_file));
    const auto document = json::Document::parse(text);
    if (!document || document->root()["schema"].string() != schema)
        return wrong(ErrorCode::damaged, "this is no list of runs, or of another version");
    if (document->root()["key"].string() != key_check_)
        return wrong(ErrorCode::crypto, "it was written under another journal key");
    const json::Value runs = document->root()["runs"];
    const Instant now = clock_.now();
    const Steady steady = clock_.monotonic();
    for (std::size_t i = 0; i < runs.size(); ++i) {
        auto read = read_record(runs.at(i));
        if (!read) return wrong(ErrorCode::damaged, "a run in it does not read");
        if (read->until < now) continue;
        // A clock that was set back would hold the run for years.
        const auto left = std::min<Instant::duration>(read->until - now, longest_hold);
        read->record.until = steady + left;
        state_->book.with([&](RunBook& book) { book.restore(read->record, read->id, steady); });
    }
    written_ = state_->book.with([](RunBook& book) { return book.generation(); });
    return {};
}

Result<RunView> RunGuard::take(const RunLetter& letter, const RunRule& rule) {
    const Steady now = clock_.monotonic();
    return state_->book.with([&](RunBook& book) { return book.take(letter, rule, now); });
}

Result<void> RunGuard::keep(const RunView& view) {
    if (written_ >= view.generation) return {};
    const std::lock_guard lock(writing_);
    if (written_ >= view.generation) return {};  // by somebody who wrote for all that wait here
    const Steady steady = clock_.monotonic();
    const auto [generation, records] = state_->book.with(
        [steady](RunBook& book) { return std::pair(book.generation(), book.records(steady)); });
    POSTWACHT_CHECK(
        write_file_durably(file_, to_text(records, key_check_, steady, clock_.now()), file_mode));
    written_ = generation;
    return {};
}

}  // namespace postwacht::pipeline
