// postwacht journal: verify the chain, export the entries.
#include "journal/journal.hpp"

#include <optional>
#include <string>

#include "base/format.hpp"
#include "base/json.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

// Entries are written out in pieces of about this size.
constexpr std::size_t output_piece = 1U << 16U;

struct JournalOptions {
    std::string config;
    bool json = false;
};

Result<std::filesystem::path> journal_directory(const Config& config) {
    POSTWACHT_TRY(directory, config.journal.directory.locate());
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored))
        return Error{ErrorCode::config, config.journal.directory.where,
                     format("there is no journal at {}", directory.string()),
                     "check 'directory' under [journal]; 'postwacht init' and the milter make it"};
    return directory;
}

Result<int> run_verify(const JournalOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(directory, journal_directory(config));
    POSTWACHT_TRY(key, load_journal_key(config));
    POSTWACHT_TRY(report, journal::verify(directory, key));
    if (options.json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.journal-verify/1");
        writer.field("first_entry", report.first_entry);
        writer.field("entries", report.entries).field("intact", report.intact);
        if (!report.intact)
            writer.field("first_bad_line", report.first_bad_line).field("what", report.what);
        writer.end_object();
        POSTWACHT_CHECK(print(writer.take() + '\n'));
    } else {
        const std::string entries =
            report.first_entry == 1
                ? format("{} entries", report.entries)
                : format("{} entries from number {} on", report.entries, report.first_entry);
        POSTWACHT_CHECK(print(report.intact ? format("intact: {}\n", entries)
                                            : format("not intact: {}, first fault at line {}: {}\n",
                                                     entries, report.first_bad_line, report.what)));
    }
    return report.intact ? exit_success : exit_failure;
}

Result<int> run_export(const JournalOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(directory, journal_directory(config));
    std::string piece = options.json ? "[" : "";
    bool first = true;
    std::optional<Error> output_error;
    const auto flush_if_full = [&](std::size_t limit) {
        if (output_error || piece.size() < limit) return;
        if (auto printed = print(piece); !printed) output_error = std::move(printed).error();
        piece.clear();
    };
    POSTWACHT_CHECK(journal::for_each_entry(directory, [&](std::string_view line) {
        if (options.json) piece += first ? "\n" : ",\n";
        first = false;
        piece += line;
        if (!options.json) piece += '\n';
        flush_if_full(output_piece);
    }));
    if (options.json) piece += "\n]\n";
    flush_if_full(0);
    if (output_error) return *std::move(output_error);
    return exit_success;
}

Result<int> run_expire(const JournalOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(directory, journal_directory(config));
    if (!config.journal.kept.keep)
        return Error{ErrorCode::config, config.journal.directory.where,
                     "entries are kept without end: 'keep' is not set under [journal]",
                     "add keep = \"730d\" under [journal], for instance"};
    POSTWACHT_TRY(journal, open_journal(config));
    POSTWACHT_TRY(expired, journal->expire());
    if (options.json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.journal-expire/1");
        writer.field("entries", expired.entries).field("first_entry", expired.first_entry);
        POSTWACHT_CHECK(print(writer.end_object().take() + '\n'));
    } else {
        POSTWACHT_CHECK(print(format("removed {} entries, kept from number {} on\n",
                                     expired.entries, expired.first_entry)));
    }
    return exit_success;
}

}  // namespace

void add_journal(Subcommand program, Run& chosen) {
    const auto group = program.group("journal", "What was decided, and why");
    auto options = std::make_shared<JournalOptions>();
    const auto add_common = [&options](Subcommand command) {
        command.config(options->config);
        command.json(options->json);
    };
    add_common(group.command("verify", "Find a changed, missing or moved entry", options,
                             &run_verify, chosen));
    add_common(group.command("export", "Write every entry as a line of JSON (--json: as one array)",
                             options, &run_export, chosen));
    add_common(group.command("expire", "Remove entries that are older than 'keep' in [journal]",
                             options, &run_expire, chosen));
}

}  // namespace postwacht::programs
