// [[exception]]: agreed exchanges that the matrix would stop, each with an end date and a reason.
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "policy/parse_tables.hpp"

namespace postwacht::policy {
namespace {

using toml::Reader;

Error missing(const Reader& reader, std::string_view key, const char* hint) {
    return reader.error(ErrorCode::policy, reader.position(key),
                        format("an exception needs '{}'", key), hint);
}

Result<std::string> read_id(Reader& reader, const Rules& rules) {
    POSTWACHT_TRY(id, reader.string("id"));
    if (!id || !is_plain_name(*id))
        return missing(reader, "id", "a name of letters, digits, '.', '_' and '-'");
    for (const Exception& other : rules.exceptions)
        if (other.id == *id)
            return reader.error(ErrorCode::policy, reader.position("id"),
                                format("there are two exceptions '{}'", *id),
                                format("the other one begins in {}", place_of(rules, other.line)));
    return std::move(*id);
}

Result<std::vector<AddressGlob>> read_addresses(Reader& reader, std::string_view key) {
    POSTWACHT_TRY(patterns, reader.strings(key));
    if (!patterns || patterns->empty())
        return missing(reader, key, "a list of addresses, like [\"*@svb.example\"]");
    const auto& items = std::get<toml::Array>(reader.value(key)->data);
    std::vector<AddressGlob> globs;
    for (std::size_t i = 0; i < patterns->size(); ++i) {
        auto glob = AddressGlob::parse((*patterns)[i]);
        if (!glob)
            return reader.error(
                ErrorCode::policy, items[i].at,
                format("'{}' is no pattern for an address", text::printable((*patterns)[i])),
                "an address, in which '*' stands for anything: \"*@svb.example\"");
        globs.push_back(std::move(*glob));
    }
    return globs;
}

Result<std::vector<bool>> read_rows(Reader& reader, const Rules& rules) {
    POSTWACHT_TRY(names, reader.strings("categories"));
    if (!names || names->empty())
        return missing(reader, "categories", "a list of categories, or [\"*\"] for all");
    const auto& items = std::get<toml::Array>(reader.value("categories")->data);
    std::vector<bool> rows(rules.rows.size(), false);
    for (std::size_t i = 0; i < names->size(); ++i) {
        const std::string& name = (*names)[i];
        if (name == "*") {
            rows.assign(rules.rows.size(), true);
            continue;
        }
        const std::size_t row = find_row(rules, name);
        if (row == rules.rows.size())
            return reader.error(ErrorCode::policy, items[i].at,
                                format("unknown category '{}'", text::printable(name)),
                                category_hint(rules, name));
        rows[row] = true;
    }
    return rows;
}

bool has_everyone(const std::vector<AddressGlob>& globs) {
    return std::any_of(globs.begin(), globs.end(),
                       [](const AddressGlob& glob) { return glob.is_everyone(); });
}

// Everybody who can send a letter that is judged: all own domains.
bool has_every_sender(const std::vector<AddressGlob>& globs, const Rules& rules) {
    if (has_everyone(globs)) return true;
    return std::all_of(
        rules.own_domains.begin(), rules.own_domains.end(), [&globs](const std::string& domain) {
            return std::any_of(globs.begin(), globs.end(),
                               [&](const auto& glob) { return glob.is_everyone_at(domain); });
        });
}

// Recipients who share no more than that they could get an address there.
void warn_of_wide_recipients(Reader& reader, const Exception& exception, Rules& rules) {
    const auto& items = std::get<toml::Array>(reader.value("recipients")->data);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto domain = exception.recipients[i].whole_domain();
        if (domain.empty() || !(is_public_suffix(domain) || is_mailbox_provider(rules, domain)))
            continue;
        warn(reader, rules, items[i].at,
             format("exception '{}' holds for everybody at '{}', where anybody can be",
                    exception.id, text::printable(domain)),
             "name the recipients, like \"*@svb.example\"");
    }
}

void warn_of_wide_exception(Reader& reader, const Exception& exception, Rules& rules) {
    // The clock is read for this warning alone; a verdict goes by the date in its facts.
    if (local_date(system_clock().now()) >= exception.expires)
        warn(reader, rules, reader.position("expires"),
             format("exception '{}' has expired and no longer applies", exception.id),
             "remove it, or agree on a new date");
    const bool all_recipients = has_everyone(exception.recipients);
    const bool all_senders = has_everyone(exception.senders);
    if (all_recipients && has_every_sender(exception.senders, rules)) {
        const bool all_rows =
            std::find(exception.rows.begin(), exception.rows.end(), false) == exception.rows.end();
        warn(reader, rules, reader.at(),
             format("exception '{}' holds for every sender and every recipient{}", exception.id,
                    all_rows ? ": the disclosure matrix decides nothing" : ""),
             "name the senders that take part, and the recipients, like \"*@svb.example\"");
        return;
    }
    warn_of_wide_recipients(reader, exception, rules);
    if (all_recipients)
        warn(reader, rules, reader.position("recipients"),
             format("exception '{}' holds for every recipient", exception.id),
             "name the recipients, like \"*@svb.example\"");
    if (all_senders)
        warn(reader, rules, reader.position("senders"),
             format("exception '{}' holds for every sender", exception.id),
             "name the senders that take part");
}

Result<Exception> read_exception(Reader& reader, Rules& rules) {
    Exception exception;
    exception.line = line_of(rules, reader.at());
    POSTWACHT_TRY(id, read_id(reader, rules));
    POSTWACHT_TRY(senders, read_addresses(reader, "senders"));
    POSTWACHT_TRY(recipients, read_addresses(reader, "recipients"));
    POSTWACHT_TRY(rows, read_rows(reader, rules));
    POSTWACHT_TRY(expires, reader.date("expires"));
    if (!expires) return missing(reader, "expires", "a date, like 2027-01-01: nothing is for ever");
    POSTWACHT_TRY(reason, reader.string("reason"));
    if (!reason || text::trim(*reason).empty())
        return missing(reader, "reason", "what was agreed, and where it is written down");
    POSTWACHT_TRY(simulated, parse_simulated(reader));
    POSTWACHT_TRY(owner, reader.string("owner"));
    POSTWACHT_CHECK(reader.finish());
    if (!owner || text::trim(*owner).empty())
        warn(reader, rules, reader.position("owner"), format("exception '{}' has no owner", id),
             "owner = \"who answers for it and is asked before it expires\"");
    exception.id = std::move(id);
    exception.senders = std::move(senders);
    exception.recipients = std::move(recipients);
    exception.rows = std::move(rows);
    exception.expires = *expires;
    exception.simulated = simulated;
    warn_of_wide_exception(reader, exception, rules);
    return exception;
}

}  // namespace

Result<void> parse_exceptions(toml::Reader& root, Rules& rules) {
    POSTWACHT_TRY(tables, root.tables("exception"));
    for (Reader& table : tables) {
        POSTWACHT_TRY(exception, read_exception(table, rules));
        rules.exceptions.push_back(std::move(exception));
    }
    return {};
}

}  // namespace postwacht::policy
