// postwacht quarantine: list and show held messages, and decide about them.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "policy/policy.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/item_text.hpp"
#include "programs/login_name.hpp"
#include "programs/review_office.hpp"
#include "programs/subcommand.hpp"
#include "quarantine/store.hpp"
#include "review/reconcile.hpp"
#include "review/review.hpp"

namespace postwacht::programs {
namespace {

using quarantine::Item;
using quarantine::State;

struct QuarantineOptions {
    std::string config;
    std::string state;
    std::vector<std::string> ids;
    std::string by;
    std::string reason;
    bool envelope = false;
    bool json = false;
};

Result<std::optional<State>> parse_state(const std::string& word) {
    if (word.empty()) return std::optional<State>{};
    std::string known;
    for (const State state : quarantine::all_states) {
        if (word == quarantine::to_string(state)) return std::optional<State>(state);
        known += format("{}{}", known.empty() ? "" : ", ", quarantine::to_string(state));
    }
    return usage_error("--state is not a state", "use one of " + known);
}

std::string list_text(const std::vector<Item>& items) {
    std::string out = format("{:<27}  {:<9}  {:<20}  {:<14}  {}\n", "ID", "STATE", "HELD AT",
                             "QUEUE ID", "REASON");
    for (const Item& item : items)
        out += format(
            "{:<27}  {:<9}  {:<20}  {:<14}  {}{}\n", item.id, quarantine::to_string(item.state),
            to_iso(item.held_at), item.queue_id.empty() ? "-" : text::printable(item.queue_id),
            text::printable(item.reason), item.possibly_delivered ? " (possibly delivered)" : "");
    return out;
}

Result<int> run_list(const QuarantineOptions& options) {
    POSTWACHT_TRY(state, parse_state(options.state));
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(store, open_existing_store(config));
    POSTWACHT_TRY(items, store->list(state));
    if (!options.json) {
        POSTWACHT_CHECK(print(items.empty() ? "nothing\n" : list_text(items)));
        return exit_success;
    }
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.quarantine-list/1");
    writer.key("items").begin_array();
    for (Item& item : items) {
        item.verdict_json.clear();  // `show` has it
        write_item(writer, item, nullptr);
    }
    writer.end_array().end_object();
    POSTWACHT_CHECK(print(writer.take() + '\n'));
    return exit_success;
}

Error missing_id() {
    return missing_option("ID", "'postwacht quarantine list' shows the ids; a beginning will do");
}

Result<int> print_item(const QuarantineOptions& options, const Item& item,
                       const std::optional<quarantine::Content>& content) {
    const quarantine::Content* shown = content ? &*content : nullptr;
    if (options.json) {
        json::Writer writer;
        write_item(writer, item, shown);
        POSTWACHT_CHECK(print(writer.take() + '\n'));
    } else {
        POSTWACHT_CHECK(print(item_text(item, shown)));
    }
    return exit_success;
}

// Where the configuration names people: what is in an item is for those whom the policy lets open
// it, and leaves an entry, as by 'postwacht review show'.
Result<int> show_to_person(const Config& config, const QuarantineOptions& options) {
    POSTWACHT_TRY(person, review::People(config.review.people).find(login_name()));
    if (options.envelope) {
        POSTWACHT_TRY(office, open_review_office(config, 1));
        POSTWACHT_TRY(shown, office.desk->show(person, options.ids.front(), review::Look::content));
        return print_item(options, shown.item, shown.content);
    }
    POSTWACHT_CHECK(review::require(
        person, {policy::Role::reviewer, policy::Role::privacy_officer, policy::Role::auditor},
        "see what is held"));
    POSTWACHT_TRY(store, open_existing_store(config));
    POSTWACHT_TRY(item, store->find(options.ids.front()));
    item.verdict_json.clear();
    POSTWACHT_TRY(printed, print_item(options, item, {}));
    if (!options.json)
        POSTWACHT_CHECK(print("evidence is masked: 'postwacht review show --evidence' shows it\n"));
    return printed;
}

Result<int> run_show(const QuarantineOptions& options) {
    if (options.ids.empty()) return missing_id();
    if (options.ids.size() > 1)
        return usage_error("'postwacht quarantine show' takes one ID", "show them one by one");
    POSTWACHT_TRY(config, load_config(options.config));
    if (!config.review.people.empty()) return show_to_person(config, options);
    POSTWACHT_TRY(store, open_existing_store(config));
    POSTWACHT_TRY(item, store->find(options.ids.front()));
    std::optional<quarantine::Content> content;
    if (options.envelope) {
        POSTWACHT_TRY(opener, load_opener(config));
        POSTWACHT_TRY(opened, store->open(item.id, *opener));
        content = std::move(opened);
    }
    return print_item(options, item, content);
}

enum class Verb { release, give_back, remove };

Result<Item> decide(review::Review& review, Verb verb, const review::Decision& decision) {
    switch (verb) {
        case Verb::release:
            return review.release(decision);
        case Verb::give_back:
            return review.return_to_sender(decision);
        case Verb::remove:
            return review.remove(decision);
    }
    return Error{ErrorCode::internal, "", "no such decision", ""};
}

Result<review::Review> make_review(const Config& config, Verb verb) {
    POSTWACHT_TRY(store, open_existing_store(config));
    POSTWACHT_TRY(journal, open_journal(config));
    std::shared_ptr<const crypto::Opener> opener;
    // What the MTA releases itself need not be opened.
    if (verb == Verb::give_back || (verb == Verb::release && !config.quarantine.mta) ||
        (verb == Verb::release && config.review.private_key)) {
        POSTWACHT_TRY(loaded, load_opener(config));
        opener = std::move(loaded);
    }
    review::Review review(std::move(store), std::move(journal), std::move(opener),
                          review::make_smtp_reinjector(config.reinject));
    review.reach_mta(make_mta_queue(config));
    if (verb == Verb::give_back) {
        POSTWACHT_TRY(policy, load_policy(config));
        review.return_only_to(
            [policy](const mail::Address& sender) { return policy->is_own(sender); });
    }
    return review;
}

std::string decision_line(const Item& item, Verb verb) {
    std::string line = format("{}: {}", item.id, quarantine::to_string(item.state));
    // A deleted item may still carry what the MTA said to an earlier release.
    if (verb != Verb::remove && !item.outcome.empty()) line += ": " + text::printable(item.outcome);
    return line + '\n';
}

// Each id is decided for itself: one that fails does not stop the others.
Result<int> decide_all(const QuarantineOptions& options, Verb verb) {
    if (options.ids.empty()) return missing_id();
    if (text::trim(options.reason).empty())
        return missing_option("--reason", "say why, for the journal: --reason 'asked the sender'");
    const std::string by = options.by.empty() ? login_name() : options.by;
    POSTWACHT_TRY(config, load_config(options.config));
    // Whoever may read the key could otherwise pass by those whom the rules ask.
    if (!config.review.people.empty())
        return Error{ErrorCode::forbidden, config.file,
                     "the configuration names who reviews, and the policy what they may decide",
                     "use 'postwacht review decide'"};
    POSTWACHT_TRY(review, make_review(config, verb));
    int exit_code = exit_success;
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.quarantine-decision/1");
    writer.key("items").begin_array();
    for (const std::string& id : options.ids) {
        const auto item = decide(review, verb, {id, by, options.reason});
        if (!item) {
            Error error = item.error();
            if (error.where.empty()) error.where = id;  // which one of several
            print_error(program_name, error);
            exit_code = std::max(exit_code, exit_code_for(error));
        } else if (options.json) {
            write_item(writer, *item, nullptr);
        } else {
            POSTWACHT_CHECK(print(decision_line(*item, verb)));
        }
    }
    writer.end_array().end_object();
    if (options.json) POSTWACHT_CHECK(print(writer.take() + '\n'));
    return exit_code;
}

Result<int> run_release(const QuarantineOptions& options) {
    return decide_all(options, Verb::release);
}
Result<int> run_return(const QuarantineOptions& options) {
    return decide_all(options, Verb::give_back);
}
Result<int> run_delete(const QuarantineOptions& options) {
    return decide_all(options, Verb::remove);
}

std::string findings_text(const review::Reconciliation& report) {
    std::string out = format("{} on hold, {} of them seen for the first time\n", report.on_hold,
                             report.confirmed);
    if (report.findings.empty()) return out;
    out += format("{:<27}  {:<17}  {:<16}  {:<12}  {}\n", "ID", "QUEUE ID", "FOUND", "STATE",
                  "DETAIL");
    for (const review::Finding& each : report.findings)
        out += format("{:<27}  {:<17}  {:<16}  {:<12}  {}\n", each.item.empty() ? "-" : each.item,
                      text::printable(each.queue_id), each.found,
                      each.state.empty() ? "-" : each.state, text::printable(each.detail, 500));
    return out;
}

Result<int> run_reconcile(const QuarantineOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    std::shared_ptr<quarantine::MtaQueue> mta = make_mta_queue(config);
    if (!mta)
        return Error{ErrorCode::config, config.file, "no MTA holds messages itself here",
                     "[quarantine.mta] says which does"};
    POSTWACHT_TRY(store, open_existing_store(config));
    POSTWACHT_TRY(journal, open_journal(config));
    review::Reconciler reconciler(std::move(store), std::move(journal), std::move(mta),
                                  config.quarantine.mta->accept_within);
    POSTWACHT_TRY(report, reconciler.run());
    const int exit_code = report.failed > 0 ? exit_failure : exit_success;
    if (!options.json) {
        POSTWACHT_CHECK(print(findings_text(report)));
        return exit_code;
    }
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.quarantine-reconcile/1");
    writer.field("on_hold", report.on_hold).field("confirmed", report.confirmed);
    writer.field("changed", report.changed).field("waiting", report.waiting);
    writer.field("failed", report.failed).key("findings").begin_array();
    for (const review::Finding& each : report.findings) {
        writer.begin_object();
        if (!each.item.empty()) writer.field("item", each.item).field("state", each.state);
        writer.field("queue_id", each.queue_id).field("found", each.found);
        writer.field("detail", each.detail).end_object();
    }
    writer.end_array().end_object();
    POSTWACHT_CHECK(print(writer.take() + '\n'));
    return exit_code;
}

}  // namespace

void add_quarantine(Subcommand program, Run& chosen) {
    const auto group = program.group("quarantine", "Held messages");
    auto options = std::make_shared<QuarantineOptions>();
    const auto add_common = [&options](Subcommand command) {
        command.config(options->config);
        command.json(options->json);
    };
    const auto list =
        group.command("list", "List held messages, oldest first", options, &run_list, chosen);
    add_common(list);
    list.option("--state", options->state,
                "Only this state: held, reviewing, releasing, released, returning, returned, "
                "corrected, deleted, gone, not_accepted",
                "STATE");
    const auto show = group.command("show", "Explain one message", options, &run_show, chosen);
    add_common(show);
    show.flag("--envelope", options->envelope,
              "Print sender and recipients too (needs the review key)");
    show.option("ID", options->ids, "The message");

    const auto add_decision = [&](const char* name, const char* what,
                                  Result<int> (*run)(const QuarantineOptions&)) {
        const auto command = group.command(name, what, options, run, chosen);
        add_common(command);
        command.option("--by", options->by, "Who decides (default: the calling user)", "NAME");
        command.option("--reason", options->reason, "Why; kept in the journal", "TEXT");
        command.option("ID", options->ids, "The messages");
    };
    add_decision("release", "Send messages on to the recipients they were held for", &run_release);
    add_decision("return", "Send messages back to their sender", &run_return);
    add_decision("delete", "Remove the content of messages", &run_delete);
    const auto reconcile = group.command(
        "reconcile", "Compare with what the MTA holds itself, and set right what differs", options,
        &run_reconcile, chosen);
    add_common(reconcile);
}

}  // namespace postwacht::programs
