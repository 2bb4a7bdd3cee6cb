// postwacht registry: build the index from its source, update it, count it, look one value up.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/date.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/keys.hpp"
#include "mail/address.hpp"
#include "policy/policy.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/progress_line.hpp"
#include "programs/subcommand.hpp"
#include "registry/build.hpp"
#include "registry/index.hpp"
#include "registry/postgresql.hpp"
#include "registry/update.hpp"

namespace postwacht::programs {
namespace {

struct RegistryOptions {
    std::string config;
    std::string from;
    std::string delta;
    std::string since;
    std::string max_bad_rows;
    std::optional<std::string> bsn;
    std::optional<std::string> id;
    std::optional<std::string> email;
    bool show = false;
    bool json = false;
};

// How old what the registry says is, in seconds.
std::int64_t age_of(const registry::Stats& stats) {
    const auto age = system_clock().now() - stats.source_as_of;
    return std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(age).count(), 0);
}

void write_stats(json::Writer& writer, const registry::Stats& stats) {
    writer.field("subjects", stats.subjects);
    writer.field("organisations", stats.organisations);
    writer.field("relations", stats.relations);
    writer.field("built_at", to_iso(stats.built_at));
    writer.field("updates", stats.updates);
    writer.key("updated_at");
    if (stats.updates > 0)
        writer.value(to_iso(stats.updated_at));
    else
        writer.null();
    writer.field("as_of", to_iso(stats.source_as_of));
    writer.field("age_s", age_of(stats));
    writer.field("source_sha256", stats.source_digest);
    writer.field("format", stats.format);
}

std::string stats_text(const registry::Stats& stats) {
    std::string updates = format("{}", stats.updates);
    if (stats.updates > 0) updates += format(", the last at {}", to_iso(stats.updated_at));
    return format(
        "subjects       {}\norganisations  {}\nrelations      {}\nbuilt at       {}\n"
        "updates        {}\nsource as of   {}\nage            {} s\nsource sha256  {}\n"
        "format         {}\n",
        stats.subjects, stats.organisations, stats.relations, to_iso(stats.built_at), updates,
        to_iso(stats.source_as_of), age_of(stats), stats.source_digest, stats.format);
}

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failed != std::errc() || end != text.data() + text.size())
        return usage_error(format("{} is not a whole number", option),
                           format("write it in digits: {} 10", option));
    return count;
}

Result<std::uint64_t> parse_max_bad_rows(const RegistryOptions& options) {
    if (options.max_bad_rows.empty()) return std::uint64_t{0};
    return parse_count("--max-bad-rows", options.max_bad_rows);
}

// Tells how far it is, and of bad rows, without either getting into the other's way.
template <class Options>
void report_to(ProgressLine& progress, Options& options) {
    options.progress = [&progress](std::string_view what, double share) {
        progress.show(what, share);
    };
    options.bad_row = [&progress](const registry::BadRow& row) {
        progress.clear();
        print_diagnostic(format("{}:{}:{}: {}", row.file, row.line, row.column, row.what));
    };
}

Result<int> run_build(const RegistryOptions& options) {
    if (options.from.empty())
        return missing_option("--from",
                              "name the folder with subjects.csv, organisations.csv and "
                              "relations.csv");
    registry::BuildOptions build;
    POSTWACHT_TRY(max_bad_rows, parse_max_bad_rows(options));
    build.max_bad_rows = max_bad_rows;
    std::error_code ignored;
    if (registry::is_postgresql(options.from))
        build.open = [&options] { return registry::open_postgresql(options.from); };
    else if (!std::filesystem::is_directory(options.from, ignored))
        return usage_error("--from is not a folder",
                           "name the folder with subjects.csv, organisations.csv and "
                           "relations.csv, or postgresql://...");
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(index, config.registry.index.locate());
    POSTWACHT_TRY(key_file, config.registry.key.locate());
    POSTWACHT_TRY(key, crypto::SecretKey::load(key_file));
    // How addresses are written is the policy's to say, and the index keeps what it said.
    POSTWACHT_TRY(policy, load_policy(config));

    ProgressLine progress;
    build.dotless_domains = policy->dotless_domains();
    // Of a URI no more is ever printed than what it is.
    build.source = build.open ? "postgresql://" : options.from;
    build.index = index;
    report_to(progress, build);
    POSTWACHT_TRY(report, registry::build(build, key));
    progress.clear();
    if (options.json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.registry-build/1");
        write_stats(writer, report.stats);
        writer.field("bad_rows", report.bad_rows).end_object();
        POSTWACHT_CHECK(print(writer.take() + '\n'));
    } else {
        POSTWACHT_CHECK(
            print(stats_text(report.stats) + format("bad rows       {}\n", report.bad_rows)));
    }
    return exit_success;
}

Result<int> run_update(const RegistryOptions& options) {
    const bool by_stamp = !options.from.empty() || !options.since.empty();
    if (options.delta.empty() && !by_stamp)
        return missing_option("--delta",
                              "name the file or folder with the changes, or --from and --since");
    if (by_stamp && !options.delta.empty())
        return usage_error("--delta is given together with --from or --since",
                           "an update has one source");
    if (by_stamp && (options.since.empty() || !registry::is_postgresql(options.from)))
        return usage_error("--from postgresql://... and --since STAMP go together",
                           "of CSV files, name those of the changes with --delta");
    registry::UpdateOptions update;
    if (by_stamp)
        update.open = [&options] {
            return registry::open_postgresql_changes(options.from, options.since);
        };
    POSTWACHT_TRY(max_bad_rows, parse_max_bad_rows(options));
    update.max_bad_rows = max_bad_rows;
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(index, config.registry.index.locate());
    POSTWACHT_TRY(key_file, config.registry.key.locate());
    POSTWACHT_TRY(key, crypto::SecretKey::load(key_file));
    update.index = index;
    update.delta = by_stamp ? "postgresql://" : options.delta;
    ProgressLine progress;
    report_to(progress, update);
    POSTWACHT_TRY(report, registry::update(update, key));
    progress.clear();
    if (options.json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.registry-update/1");
        writer.field("changed_subjects", report.subjects);
        writer.field("changed_organisations", report.organisations);
        writer.field("changed_relations", report.relations);
        write_stats(writer, report.stats);
        writer.field("bad_rows", report.bad_rows).end_object();
        POSTWACHT_CHECK(print(writer.take() + '\n'));
    } else {
        POSTWACHT_CHECK(print(format("changed        {} subjects, {} organisations, {} relations\n",
                                     report.subjects, report.organisations, report.relations) +
                              stats_text(report.stats) +
                              format("bad rows       {}\n", report.bad_rows)));
    }
    return exit_success;
}

Result<int> run_stats(const RegistryOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(registry, make_registry(config));
    POSTWACHT_TRY(index, registry->current());
    if (options.json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.registry-stats/1");
        write_stats(writer, index->stats());
        writer.end_object();
        POSTWACHT_CHECK(print(writer.take() + '\n'));
    } else {
        POSTWACHT_CHECK(print(stats_text(index->stats())));
    }
    return exit_success;
}

struct Wanted {
    registry::Key key = registry::Key::bsn;
    std::string value;  // normalised as the index wants it
};

// "-" reads the value from stdin, where other users of the machine cannot see it.
Result<std::string> argument_or_stdin(const std::string& argument) {
    if (argument != "-") return argument;
    POSTWACHT_TRY(line, read_all(STDIN_FILENO, 4096));
    return std::string(text::trim(line));
}

Result<Wanted> wanted_bsn(const std::string& written) {
    std::string digits;
    for (const char c : written) {
        if (c >= '0' && c <= '9')
            digits += c;
        else if (c != ' ' && c != '.' && c != '-')
            digits += 'x';  // makes the check below fail
    }
    // Spreadsheets drop a leading zero.
    if (digits.size() == 8) digits.insert(digits.begin(), '0');
    if (digits.size() != 9 || !registry::bsn_valid(digits))
        return usage_error("--bsn is not a BSN: it has to be nine digits that pass the 11-test",
                           "check the number for a typing error");
    return Wanted{registry::Key::bsn, std::move(digits)};
}

Result<Wanted> wanted_value(const RegistryOptions& options) {
    const int given = options.bsn.has_value() + options.id.has_value() + options.email.has_value();
    if (given != 1)
        return usage_error("one of --bsn, --id and --email has to be given",
                           "give the value to look for; '-' reads it from standard input");
    if (options.bsn) {
        POSTWACHT_TRY(written, argument_or_stdin(*options.bsn));
        return wanted_bsn(written);
    }
    if (options.id) {
        POSTWACHT_TRY(written, argument_or_stdin(*options.id));
        std::string value = registry::normalise_other_id(written);
        if (value.empty()) return usage_error("--id is empty", "give the value to look for");
        return Wanted{registry::Key::other_id, std::move(value)};
    }
    POSTWACHT_TRY(written, argument_or_stdin(*options.email));
    std::string value = mail::parse_path(written).key();
    if (value.empty())
        return usage_error("--email is not an e-mail address",
                           "write it as in user@domain.example");
    return Wanted{registry::Key::email, std::move(value)};
}

// A relation with its party: the id of an organisation, or nothing for an address.
struct ShownRelation {
    const registry::Relation* relation = nullptr;
    std::shared_ptr<const registry::Organisation> organisation;
};

Result<std::vector<ShownRelation>> relations_of(const registry::Index& index,
                                                const registry::Subject& subject) {
    std::vector<ShownRelation> out;
    for (const registry::Relation& relation : subject.relations) {
        ShownRelation shown{&relation, nullptr};
        if (relation.organisation) {
            POSTWACHT_TRY(organisation, index.organisation(*relation.organisation));
            shown.organisation = std::move(organisation);
        }
        out.push_back(std::move(shown));
    }
    return out;
}

std::string joined(std::initializer_list<std::string_view> words) {
    std::string out;
    for (const std::string_view word : words)
        if (!word.empty()) out += format("{}{}", out.empty() ? "" : " ", word);
    return out;
}

std::string name_of(const registry::Subject& subject) {
    const std::string& first = subject.given_names.empty() ? subject.initials : subject.given_names;
    return joined({first, subject.prefix, subject.surname});
}

// "2019-05-01 .. 2025-12-31"; an open end is left out.
std::string interval(const registry::Relation& relation) {
    return joined({relation.valid_from ? to_iso(*relation.valid_from) : "", "..",
                   relation.valid_to ? to_iso(*relation.valid_to) : ""});
}

std::string subject_text(const registry::Subject& subject,
                         const std::vector<ShownRelation>& relations, bool show) {
    std::string out = text::printable(subject.id);
    if (show) out += "  " + text::printable(name_of(subject));
    out += '\n';
    for (const ShownRelation& shown : relations) {
        std::string party = "(an address)";
        if (shown.organisation) {
            party = shown.organisation->id;
            if (show) party += format(" ({})", shown.organisation->name);
        } else if (show) {
            party = shown.relation->email;
        }
        out += format("  {:<28}  {:<20}  {}\n", shown.relation->name, text::printable(party),
                      interval(*shown.relation));
    }
    return out;
}

void write_date(json::Writer& writer, std::string_view name, const std::optional<Date>& date) {
    writer.key(name);
    if (date)
        writer.value(to_iso(*date));
    else
        writer.null();
}

void write_subject(json::Writer& writer, const registry::Subject& subject,
                   const std::vector<ShownRelation>& relations, bool show) {
    writer.begin_object().field("subject", subject.id);
    if (show) writer.field("name", name_of(subject));
    writer.key("relations").begin_array();
    for (const ShownRelation& shown : relations) {
        writer.begin_object().field("relation", shown.relation->name);
        writer.key("organisation");
        if (shown.organisation)
            writer.value(shown.organisation->id);
        else
            writer.null();
        if (show && shown.organisation) writer.field("organisation_name", shown.organisation->name);
        if (show && !shown.organisation) writer.field("email", shown.relation->email);
        write_date(writer, "valid_from", shown.relation->valid_from);
        write_date(writer, "valid_to", shown.relation->valid_to);
        writer.end_object();
    }
    writer.end_array().end_object();
}

Result<int> run_lookup(const RegistryOptions& options) {
    POSTWACHT_TRY(wanted, wanted_value(options));
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(registry, make_registry(config));
    POSTWACHT_TRY(index, registry->current());
    if (wanted.key == registry::Key::email) wanted.value = index->mailboxes().key(wanted.value);
    POSTWACHT_TRY(numbers, index->find(wanted.key, wanted.value));
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.registry-lookup/1");
    writer.key("subjects").begin_array();
    std::string out;
    for (const registry::SubjectNumber number : numbers) {
        POSTWACHT_TRY(subject, index->subject(number));
        POSTWACHT_TRY(relations, relations_of(*index, *subject));
        if (options.json)
            write_subject(writer, *subject, relations, options.show);
        else
            out += subject_text(*subject, relations, options.show);
    }
    writer.end_array().end_object();
    POSTWACHT_CHECK(print(options.json ? writer.take() + '\n' : out));
    if (!numbers.empty()) return exit_success;
    return Error{ErrorCode::not_found, "", "no subject of the registry has this value",
                 "'postwacht registry stats' tells how old the registry is"};
}

}  // namespace

void add_registry(Subcommand program, Run& chosen) {
    const auto group = program.group("registry", "Who is registered, and who they have to do with");
    auto options = std::make_shared<RegistryOptions>();
    const auto add_common = [&options](Subcommand command) {
        command.config(options->config);
        command.json(options->json);
    };
    const auto build = group.command("build", "Replace the index by one made from its source",
                                     options, &run_build, chosen);
    add_common(build);
    build.option("--from", options->from, "The folder with the CSV files, or a PostgreSQL database",
                 "DIR|URI");
    build.option("--max-bad-rows", options->max_bad_rows,
                 "How many bad rows may be left out (default 0)", "N");
    add_common(group.command("stats", "Count the index", options, &run_stats, chosen));
    const auto lookup = group.command("lookup", "Find the subjects that have a value", options,
                                      &run_lookup, chosen);
    add_common(lookup);
    lookup.option("--bsn", options->bsn, "A BSN; '-' reads it from standard input", "BSN");
    lookup.option("--id", options->id, "One of the other ids", "ID");
    lookup.option("--email", options->email, "An e-mail address", "ADDRESS");
    lookup.flag("--show", options->show, "Print names and addresses too");
    const auto update = group.command("update", "Bring changes into the index, in use or not",
                                      options, &run_update, chosen);
    add_common(update);
    update.option("--delta", options->delta, "A CSV file with a column 'op', or a folder of such",
                  "FILE|DIR");
    update.option("--from", options->from, "A PostgreSQL database, of which is read what changed",
                  "URI");
    update.option("--since", options->since, "What changed then or later, as its changed_at has it",
                  "STAMP");
    update.option("--max-bad-rows", options->max_bad_rows,
                  "How many bad rows may be left out (default 0)", "N");
}

}  // namespace postwacht::programs
