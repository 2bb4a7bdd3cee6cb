// postwacht check: what would become of this letter. Judges as the milter does and does nothing.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/address.hpp"
#include "pipeline/pipeline.hpp"
#include "policy/policy.hpp"
#include "policy/verdict.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

constexpr std::size_t shown_evidence = 4;

struct CheckOptions {
    std::string config;
    std::optional<std::string> mail_from;
    std::vector<std::string> recipients;
    std::string at;
    bool json = false;
    std::string file;
};

bool names_a_file(const std::string& word) {
    std::error_code ignored;
    return word == "-" || std::filesystem::exists(word, ignored);
}

// `--rcpt A B FILE`: an option with several values takes FILE for one of them. It is told apart by
// what it is: the word without '@', or, where all or several are without, the last one, if there is
// such a file.
Result<void> take_file_from_recipients(CheckOptions& options) {
    auto& words = options.recipients;
    const auto no_address = [](const std::string& word) {
        return word.find('@') == std::string::npos;
    };
    auto found = std::find_if(words.begin(), words.end(), no_address);
    const bool ambiguous =
        found == words.end() || std::find_if(found + 1, words.end(), no_address) != words.end();
    if (ambiguous && !words.empty() && names_a_file(words.back())) found = words.end() - 1;
    if (found == words.end() || words.size() == 1)
        return missing_option("FILE", "name the mail to judge last, or '-' for standard input");
    options.file = *found;
    words.erase(found);
    return {};
}

Result<mail::Envelope> make_envelope(const CheckOptions& options) {
    mail::Envelope envelope;
    // An empty sender is what the null sender is called on other command lines.
    envelope.sender_raw = options.mail_from->empty() ? "<>" : *options.mail_from;
    envelope.sender = mail::parse_path(envelope.sender_raw);
    if (envelope.sender.invalid)
        return usage_error("--mail-from is not an e-mail address",
                           "write it as in user@domain.example, or '<>' for the null sender");
    for (std::size_t i = 0; i < options.recipients.size(); ++i) {
        mail::Recipient recipient{options.recipients[i], mail::parse_path(options.recipients[i])};
        if (recipient.address.invalid || recipient.address.null)
            return usage_error(format("recipient {} is not an e-mail address", i + 1),
                               "write each as in user@domain.example");
        envelope.recipients.push_back(std::move(recipient));
    }
    return envelope;
}

std::string place_of(const match::Evidence& evidence, const policy::Verdict& verdict) {
    std::string place = match::to_string(evidence.kind);
    if (evidence.part < verdict.parts.size()) {
        const extract::PartInfo& part = verdict.parts[evidence.part];
        place += " in part " + part.path;
        if (!part.name.empty()) place += format(" '{}'", text::printable(part.name));
    }
    if (!evidence.where.empty()) place += ", " + text::printable(evidence.where);
    if (evidence.hidden) place += " (hidden)";
    return place;
}

std::string explain(const policy::Reason& reason, const policy::Verdict& verdict) {
    std::string out = text::printable(policy::describe(reason), 1000);
    std::string places;
    for (std::size_t i = 0; i < std::min(reason.evidence.size(), shown_evidence); ++i)
        places += (i == 0 ? "" : "; ") + place_of(reason.evidence[i], verdict);
    if (reason.evidence.size() > shown_evidence)
        places += format("; and {} more", reason.evidence.size() - shown_evidence);
    if (!places.empty()) out += " [" + places + "]";
    if (!reason.place.empty()) out += " (" + text::printable(reason.place) + ")";
    return out;
}

std::string to_text(const policy::Verdict& verdict) {
    const char* simulated = verdict.mode == policy::Mode::simulate ? " (simulated)" : "";
    std::string out;
    for (const policy::RecipientVerdict& recipient : verdict.recipients) {
        out += format("{}: {}{}", text::printable(recipient.address),
                      policy::to_string(recipient.action), simulated);
        for (std::size_t i = 0; i < recipient.reasons.size(); ++i)
            out += (i == 0 ? ": " : " | ") + explain(recipient.reasons[i], verdict);
        out += '\n';
    }
    return out;
}

int exit_code_of(const policy::Verdict& verdict) {
    // A policy that only simulates lets the mail pass, whatever it would have done.
    if (verdict.mode == policy::Mode::simulate) return exit_success;
    switch (verdict.action) {
        case policy::Action::accept:
        case policy::Action::tag:
            return exit_success;
        case policy::Action::quarantine:
            return exit_quarantine;
        case policy::Action::reject:
            return exit_reject;
        case policy::Action::tempfail:
            return exit_tempfail;
    }
    return exit_tempfail;
}

Result<int> run_check(const CheckOptions& given) {
    CheckOptions options = given;
    if (!options.mail_from)
        return missing_option("--mail-from", "give the sender, as in --mail-from a@b.example");
    if (options.recipients.empty())
        return missing_option("--rcpt", "give each recipient, as in --rcpt a@b.example");
    if (options.file.empty()) POSTWACHT_CHECK(take_file_from_recipients(options));
    POSTWACHT_TRY(envelope, make_envelope(options));
    std::optional<Date> at;
    if (!options.at.empty()) {
        at = parse_iso_date(options.at);
        if (!at)
            return usage_error("--at is not a date", "write it as year-month-day: --at 2026-03-12");
    }
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(guard, load_guard(config, GuardUse::judge));
    POSTWACHT_TRY(message, read_input(options.file));

    // The verdict follows the policy's registry_unavailable, as it would in the milter; the person
    // who asked should hear what is wrong as well.
    if (const auto index = guard->registry->current(); !index)
        print_error(program_name, index.error());
    POSTWACHT_TRY(verdict, pipeline::judge(*guard, envelope, message, at));
    POSTWACHT_CHECK(print(options.json ? verdict.to_json(true) + '\n' : to_text(verdict)));
    return exit_code_of(verdict);
}

}  // namespace

void add_check(Subcommand program, Run& chosen) {
    auto options = std::make_shared<CheckOptions>();
    const auto command =
        program.command("check", "Judge a mail as the milter would, without doing anything",
                        options, &run_check, chosen);
    command.config(options->config);
    command.option("--mail-from", options->mail_from,
                   "The sender of the envelope; '<>' for the null sender", "ADDRESS");
    command.option("--rcpt", options->recipients, "The recipients; may be repeated", "ADDRESS");
    command.option("--at", options->at, "Judge as on this day (default: today)", "DATE");
    command.json(options->json);
    command.option("FILE", options->file, "The mail, or '-' for standard input");
}

}  // namespace postwacht::programs
