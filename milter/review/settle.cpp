// Of Automatic: what the journal knows of items and the database does not.
#include <algorithm>
#include <functional>
#include <map>

#include "base/format.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "review/automatic.hpp"

namespace postwacht::review {
namespace {

using quarantine::Item;
using quarantine::State;

// Each is leased while the journal is read.
constexpr std::size_t most_at_once = 200;
constexpr const char* journal_seen = "journal";

// The number of an entry of the journal; 0 where it has none.
std::uint64_t number_of(std::string_view line) {
    constexpr std::string_view start = R"({"n":)";
    if (!line.starts_with(start)) return 0;
    std::uint64_t number = 0;
    for (const char c : line.substr(start.size())) {
        if (c < '0' || c > '9') break;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

// What the journal tells of an item.
struct Told {
    Wish wish = Wish::release;
    bool done = false;
    std::int64_t open = 0;  // hand-overs of which no end is known
    quarantine::Store::Change change;
};

void hear(const json::Value& data, std::map<std::string, Told>& told) {
    const auto wish = wish_from(data["action"].string());
    const std::string_view result = data["result"].string();
    if (!wish || (result != "begun" && result != "done" && result != "failed")) return;
    Told& item = told[std::string(data["item"].string())];
    if (item.done) return;
    item.wish = *wish;
    item.done = result == "done";
    item.open += result == "begun" ? 1 : result == "failed" ? -1 : 0;
    item.change.by = data["by"].string();
    item.change.reason = data["reason"].string();
    item.change.outcome = data["reply"].string();
}

bool is_in_the_middle(const Item& item) {
    return item.state == State::releasing || item.state == State::returning;
}

// What the row of an item is to be set to, where the journal knows more. What may have been handed
// over is possibly delivered, so that nobody sends it twice without being told.
std::optional<quarantine::Store::Change> lacking(const Item& item, const Told& told) {
    if (!quarantine::is_undecided(item.state)) return std::nullopt;
    quarantine::Store::Change change = told.change;
    change.from = {item.state};
    change.ends_attempt = is_in_the_middle(item);
    const bool gives_back = told.wish == Wish::give_back;
    if (told.done) {
        change.to = told.wish == Wish::release   ? State::released
                    : told.wish == Wish::correct ? State::corrected
                    : gives_back                 ? State::returned
                                                 : State::deleted;
        return change;
    }
    if (told.open <= 0 && is_in_the_middle(item)) {  // the last attempt surely failed
        change.to = State::held;
        return change;
    }
    if (told.open <= 0 || is_in_the_middle(item) || item.possibly_delivered ||
        told.wish == Wish::remove)
        return std::nullopt;
    change.to = gives_back ? State::returning : State::releasing;
    change.begins_attempt = true;
    return change;
}

// What the journal tells of the items of which `wanted` says so, by item; from behind entry `seen`
// on. Gives the number of its last entry.
Result<std::uint64_t> read_journal(const std::filesystem::path& directory, std::uint64_t seen,
                                   const std::function<bool(const std::string&)>& wanted,
                                   std::map<std::string, Told>& told) {
    std::uint64_t last = seen;
    POSTWACHT_CHECK(journal::for_each_entry(directory, [&](std::string_view line) {
        const std::uint64_t number = number_of(line);
        last = std::max(last, number);
        if (number <= seen || line.find(R"("kind":"decision")") == std::string_view::npos) return;
        const auto entry = json::Document::parse(line);
        if (entry && wanted(std::string(entry->root()["data"]["item"].string())))
            hear(entry->root()["data"], told);
    }));
    return last;
}

}  // namespace

// Whoever is in the middle of an item knows better than the journal: what is read of it counts only
// where its lease was taken before. `all` is set to false where one was left for that.
Result<std::uint64_t> Automatic::believe_journal(const std::vector<std::string>& items, bool& all) {
    const Office& office = desk_->office();
    std::vector<quarantine::Lease> leases;
    std::map<std::string, Item> mine;
    for (const std::string& id : items) {
        auto lease = office.store->lease(id);
        if (!lease && lease.error().code == ErrorCode::conflict) all = false;
        if (!lease && lease.error().code != ErrorCode::conflict &&
            lease.error().code != ErrorCode::not_found)
            return lease.error();
        if (!lease) continue;
        POSTWACHT_TRY(item, office.store->find(id));
        leases.push_back(*std::move(lease));
        mine.emplace(id, std::move(item));
    }
    if (mine.empty()) return std::uint64_t{0};
    std::map<std::string, Told> told;
    POSTWACHT_CHECK(read_journal(
        journal_directory_, 0, [&mine](const std::string& id) { return mine.contains(id); }, told));
    std::uint64_t set = 0;
    for (const auto& [id, item] : mine) {
        const auto known = told.find(id);
        const auto change = known == told.end() ? std::nullopt : lacking(item, known->second);
        if (!change) {
            if (is_in_the_middle(item)) unsettled_.emplace(id, item.attempts);
            continue;
        }
        POSTWACHT_CHECK(office.store->change(id, *change));
        ++set;
        log::warning("PW_REVIEW_RECONCILED",
                     format("item={} state={}", id, quarantine::to_string(change->to)));
    }
    return set;
}

Result<std::uint64_t> Automatic::settle() {
    if (journal_directory_.empty()) return std::uint64_t{0};
    const std::lock_guard turn(settling_);
    std::vector<std::string> items;
    for (const State state : {State::releasing, State::returning}) {
        POSTWACHT_TRY(found, desk_->office().store->list(state));
        // Of those that the MTA holds its queue tells more.
        for (const Item& item : found)
            if (!item.mta && !unsettled_.contains({item.id, item.attempts}) &&
                items.size() < most_at_once)
                items.push_back(item.id);
    }
    bool all = true;
    return believe_journal(items, all);
}

Result<std::uint64_t> Automatic::reconcile(const std::filesystem::path& journal_directory) {
    const Office& office = desk_->office();
    const std::lock_guard turn(settling_);
    journal_directory_ = journal_directory;
    // First what has no row gets one: decisions are about those too.
    POSTWACHT_CHECK(office.store->recover());
    POSTWACHT_TRY(seen_text, office.casebook->progress(journal_seen));
    const std::uint64_t seen = number_of(R"({"n":)" + seen_text);
    std::map<std::string, Told> told;
    POSTWACHT_TRY(last,
                  read_journal(
                      journal_directory, seen, [](const std::string&) { return true; }, told));
    std::vector<std::string> behind;
    for (const auto& [id, decision] : told) {
        const auto item = office.store->find(id);
        if (!item && item.error().code == ErrorCode::not_found) continue;
        if (!item) return item.error();
        if (lacking(*item, decision)) behind.push_back(id);
    }
    bool all = true;
    POSTWACHT_TRY(set, believe_journal(behind, all));
    // What somebody acts on is looked at again the next time.
    if (all) POSTWACHT_CHECK(office.casebook->set_progress(journal_seen, std::to_string(last)));
    return set;
}

}  // namespace postwacht::review
