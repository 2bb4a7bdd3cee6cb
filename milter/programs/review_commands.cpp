#include "programs/review_commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "base/text.hpp"
#include "policy/policy.hpp"
#include "policy/review_rules.hpp"
#include "programs/console.hpp"
#include "programs/item_text.hpp"
#include "review/sender_reply.hpp"

namespace postwacht::programs {
namespace {

using policy::Severity;
using quarantine::Incident;
using quarantine::Item;
using review::Look;

// Options of a command, read once more where it is carried out: the client has found them right.
class Arguments {
  public:
    explicit Arguments(const std::vector<std::string>& args) {
        for (std::size_t i = 1; i < args.size(); ++i) {
            if (!args[i].starts_with("--")) {
                words.push_back(args[i]);
                continue;
            }
            const std::size_t equals = args[i].find('=');
            const std::string name = args[i].substr(0, equals);
            if (equals != std::string::npos)
                options.emplace_back(name, args[i].substr(equals + 1));
            else if (is_flag(name) || i + 1 == args.size())
                options.emplace_back(name, "");
            else
                options.emplace_back(name, args[++i]);
        }
    }

    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] std::string get(std::string_view name) const {
        const auto* found = find(name);
        return found == nullptr ? std::string() : found->second;
    }

    std::vector<std::string> words;

  private:
    static bool is_flag(std::string_view name) {
        return name == "--json" || name == "--evidence" || name == "--content";
    }
    [[nodiscard]] const std::pair<std::string, std::string>* find(std::string_view name) const {
        for (const auto& option : options)
            if (option.first == name) return &option;
        return nullptr;
    }
    std::vector<std::pair<std::string, std::string>> options;
};

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view each = text::trim(list.substr(0, comma));
        if (!each.empty()) out.emplace_back(each);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return out;
}

// What is enough of an id nearly always, behind "I-20261130-".
constexpr std::size_t short_id_at = 11;
constexpr std::size_t short_id = 5;

const char* severity_word(std::uint8_t severity) {
    return policy::to_string(
        static_cast<Severity>(std::min<std::size_t>(severity, policy::severities - 1)));
}

void write_incident(json::Writer& writer, const Incident& incident) {
    writer.begin_object()
        .field("incident", incident.id)
        .field("severity", severity_word(incident.severity))
        .field("undecided", incident.undecided)
        .field("opened_at", to_iso(incident.opened_at))
        .field("last_at", to_iso(incident.last_at))
        .field("rule", incident.rule)
        .field("why", incident.why);
    if (!incident.run.empty()) writer.field("run", incident.run);
    if (incident.escalated_at) writer.field("escalated_at", to_iso(*incident.escalated_at));
    if (incident.notified_at) writer.field("notified_at", to_iso(*incident.notified_at));
    writer.end_object();
}

// What an item is, without what is in it.
void write_short(json::Writer& writer, const Item& item) {
    writer.begin_object()
        .field("item", item.id)
        .field("state", quarantine::to_string(item.state))
        .field("held_at", to_iso(item.held_at))
        .field("queue_id", item.queue_id)
        .field("subject_count", item.subject_count)
        .field("recipient_count", item.recipient_count)
        .field("reason", item.reason)
        .end_object();
}

std::string age(Instant since) {
    const auto seconds = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::seconds>(system_clock().now() - since).count());
    if (seconds < 3600) return format("{}m", seconds / 60);
    if (seconds < std::int64_t{48} * 3600) return format("{}h", seconds / 3600);
    return format("{}d", seconds / 86400);
}

template <class Number>
Result<std::optional<Number>> number_option(const Arguments& arguments, const char* name,
                                            Number most) {
    const std::string text = arguments.get(name);
    if (text.empty()) return std::optional<Number>();
    Number value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || value > most)
        return usage_error(format("{} is not a number up to {}", name, most), "write it in digits");
    return std::optional<Number>(value);
}

Result<Answer> run_queue(const review::Desk& desk, const review::Person& person,
                         const Arguments& arguments) {
    quarantine::QueueFilter filter;
    POSTWACHT_TRY(limit, number_option<std::uint64_t>(arguments, "--limit", 100'000));
    POSTWACHT_TRY(offset, number_option<std::uint64_t>(arguments, "--offset", 1'000'000'000));
    filter.limit = limit.value_or(filter.limit);
    filter.offset = offset.value_or(0);
    filter.rule = arguments.get("--rule");
    if (const std::string word = arguments.get("--severity"); !word.empty()) {
        const auto severity = policy::severity_from(word);
        if (!severity)
            return usage_error("--severity is not a severity", "low, medium, high or critical");
        filter.least_severity = static_cast<std::uint8_t>(*severity);
    }
    POSTWACHT_TRY(incidents, desk.queue(person, filter));
    POSTWACHT_TRY(counts, desk.counts(person));
    Answer made;
    if (arguments.has("--json")) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.review-queue/1");
        writer.field("open_incidents", counts.incidents).field("undecided_items", counts.items);
        writer.field("unassessed_items", counts.unassessed).key("incidents").begin_array();
        for (const Incident& incident : incidents) write_incident(writer, incident);
        writer.end_array().end_object();
        made.out = writer.take() + '\n';
        return made;
    }
    if (incidents.empty()) {
        made.out = counts.incidents == 0 ? "nothing waits\n"
                                         : format("none of {} incidents\n", counts.incidents);
    } else {
        made.out = format("{:<27}  {:<8}  {:>5}  {:>4}  {}\n", "INCIDENT", "SEVERITY", "ITEMS",
                          "AGE", "WHY");
        for (const Incident& incident : incidents)
            made.out += format("{:<27}  {:<8}  {:>5}  {:>4}  {}\n", incident.id,
                               severity_word(incident.severity), incident.undecided,
                               age(incident.opened_at), text::printable(incident.why));
        if (counts.incidents > incidents.size())
            made.out += format("{} of {} incidents\n", incidents.size(), counts.incidents);
        made.out += "the first digits of an id's last part will do: 'postwacht review show " +
                    incidents.front().id.substr(short_id_at, short_id) + "'\n";
    }
    if (counts.unassessed > 0)
        made.out += format("{} items were not looked at yet\n", counts.unassessed);
    return made;
}

Result<Answer> show_incident(const review::Desk& desk, const review::Person& person,
                             const std::string& id, bool as_json) {
    POSTWACHT_TRY(items, desk.items(person, id));
    POSTWACHT_TRY(incident, desk.office().casebook->incident(id));
    Answer made;
    if (as_json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.review-incident/1").key("incident");
        write_incident(writer, incident);
        writer.key("items").begin_array();
        for (const Item& item : items) write_short(writer, item);
        writer.end_array().end_object();
        made.out = writer.take() + '\n';
        return made;
    }
    made.out = format("incident     {}\nseverity     {}\nopened       {}\nwhy          {}\n",
                      incident.id, severity_word(incident.severity), to_iso(incident.opened_at),
                      text::printable(incident.why, 1000));
    if (!incident.run.empty()) made.out += format("run          {}\n", incident.run);
    made.out += format("undecided    {} of {}\n", incident.undecided, items.size());
    for (const Item& item : items)
        made.out += format("  {}  {:<9}  {}  {}\n", item.id, quarantine::to_string(item.state),
                           item.queue_id.empty() ? "-" : text::printable(item.queue_id),
                           text::printable(item.reason));
    return made;
}

void write_shown(json::Writer& writer, const review::Shown& shown) {
    writer.begin_object().field("schema", "postwacht.review-item/1").key("item");
    write_item(writer, shown.item, shown.content ? &*shown.content : nullptr);
    writer.field("incident", shown.incident.id);
    writer.field("severity", severity_word(shown.assessment.severity));
    writer.key("categories").begin_array();
    for (const std::string& category : shown.assessment.categories) writer.value(category);
    writer.end_array();
    writer.key("now").begin_object().field("would", shown.assessment.would);
    writer.field("reason", shown.assessment.would_reason);
    writer.field("policy", shown.assessment.policy);
    writer.field("registry", shown.assessment.registry.substr(0, 12));
    writer.field("at", to_iso(shown.assessment.assessed_at)).end_object();
    writer.key("approvals").begin_array();
    for (const auto& approval : shown.approvals)
        writer.begin_object()
            .field("who", approval.who)
            .field("action", approval.action)
            .field("reason", approval.reason)
            .field("at", to_iso(approval.at))
            .end_object();
    writer.end_array();
    if (shown.content) writer.field("message", shown.content->message);
    writer.end_object();
}

std::string shown_text(const review::Shown& shown, Look look) {
    std::string out = item_text(shown.item, shown.content ? &*shown.content : nullptr);
    const auto line = [&out](std::string_view name, std::string_view value) {
        if (!value.empty()) out += format("{:<19} {}\n", name, text::printable(value, 1000));
    };
    std::string categories;
    for (const std::string& category : shown.assessment.categories)
        categories += (categories.empty() ? "" : ", ") + category;
    line("incident", shown.incident.id);
    line("severity", severity_word(shown.assessment.severity));
    line("categories", categories);
    line("would now be", shown.assessment.would.empty() ? "not known" : shown.assessment.would);
    line("because", shown.assessment.would_reason);
    line("by policy", shown.assessment.policy);
    for (const auto& approval : shown.approvals)
        line(format("{} wants", text::printable(approval.who, 100)),
             format("{}: {}", approval.action, approval.reason));
    if (look == Look::summary)
        out += "evidence is masked: --evidence shows where, --content the message\n";
    if (shown.content)
        out += "\n" + terminal_safe(text::repair_utf8(shown.content->message)) + '\n';
    return out;
}

Result<Answer> run_show(const review::Desk& desk, const review::Person& person,
                        const Arguments& arguments) {
    if (arguments.words.size() != 1)
        return usage_error("'postwacht review show' takes one ID",
                           "'postwacht review queue' shows them");
    POSTWACHT_TRY(id, desk.named(person, arguments.words.front()));
    const bool as_json = arguments.has("--json");
    const Look look = arguments.has("--content")    ? Look::content
                      : arguments.has("--evidence") ? Look::evidence
                                                    : Look::summary;
    if (id.starts_with("I-") && look != Look::summary)
        return usage_error(
            "an incident has no evidence or content of its own",
            "ask for one of its items: 'postwacht review show " + id + "' lists them");
    if (id.starts_with("I-")) return show_incident(desk, person, id, as_json);
    POSTWACHT_TRY(shown, desk.show(person, id, look));
    Answer made;
    if (as_json) {
        json::Writer writer;
        write_shown(writer, shown);
        made.out = writer.take() + '\n';
    } else {
        made.out = shown_text(shown, look);
    }
    return made;
}

void write_step(json::Writer& writer, const review::Step& step) {
    writer.begin_object()
        .field("item", step.item.id)
        .field("state", quarantine::to_string(step.item.state))
        .field("done", step.done)
        .field("agreed", static_cast<std::uint64_t>(step.agreed))
        .field("needed", static_cast<std::uint64_t>(step.needed));
    if (!step.item.outcome.empty()) writer.field("outcome", step.item.outcome);
    writer.end_object();
}

std::string step_line(const review::Step& step, review::Wish wish) {
    if (!step.done)
        return format("{}: {} of {} agree; it waits for somebody else\n", step.item.id, step.agreed,
                      step.needed);
    std::string line = format("{}: {}", step.item.id, quarantine::to_string(step.item.state));
    if (wish == review::Wish::record) return line + ", and it is recorded what it was\n";
    if (wish == review::Wish::remove && step.item.state != quarantine::State::deleted)
        return line + ", and its sealed content is removed\n";
    if (!step.item.outcome.empty()) line += ": " + text::printable(step.item.outcome);
    return line + '\n';
}

// The items that ids and incidents stand for, those that were decided left out of incidents; where
// it is to be said what they were, the others; and to delete one of which nothing waits any more is
// to delete what is sealed of it. An incident may have grown since somebody looked at it: to send
// on all of it takes their number.
Result<std::vector<std::string>> items_named(const review::Desk& desk, const review::Person& person,
                                             const std::vector<std::string>& ids, review::Wish wish,
                                             std::optional<std::uint64_t> expected) {
    using quarantine::State;
    const bool to_record = wish == review::Wish::record;
    std::vector<std::string> out;
    for (const std::string& word : ids) {
        POSTWACHT_TRY(id, desk.named(person, word));
        if (!id.starts_with("I-")) {
            out.push_back(id);
            continue;
        }
        POSTWACHT_TRY(items, desk.items(person, id));
        const std::size_t before = out.size();
        const bool waiting =
            !to_record && (wish != review::Wish::remove ||
                           std::any_of(items.begin(), items.end(), [](const Item& item) {
                               return quarantine::is_undecided(item.state);
                           }));
        for (const Item& item : items)
            if (quarantine::is_undecided(item.state) == waiting &&
                (to_record || item.state != State::deleted))
                out.push_back(item.id);
        const std::size_t found = out.size() - before;
        if (found == 0)
            return Error{ErrorCode::conflict,
                         id,
                         to_record ? "all of this incident waits for a decision"
                                   : "all of this incident was decided already",
                         {}};
        if (expected && *expected != found)
            return Error{ErrorCode::conflict, id,
                         format("{} of its items wait, and not {}", found, *expected),
                         format("look at them, and say --items {}", found)};
    }
    return out;
}

constexpr std::array outcomes{"false_positive", "near_miss", "confirmed_breach"};

// Of a hand-over whose end the database does not know the journal may. To be called before anybody
// decides anew.
Result<void> settle(const ReviewOffice& office, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        const auto item = office.desk->office().store->find(id);
        if (!item || (item->state != quarantine::State::releasing &&
                      item->state != quarantine::State::returning))
            continue;
        POSTWACHT_CHECK(office.automatic->settle());
        return {};
    }
    return {};
}

Result<Answer> run_decide(const ReviewOffice& office, const review::Person& person,
                          const Arguments& arguments) {
    const review::Desk& desk = *office.desk;
    const auto wish =
        arguments.words.empty() ? std::nullopt : review::wish_from(arguments.words.front());
    if (!wish)
        return usage_error("it is not said what to do",
                           "postwacht review decide release|return|correct|delete|record ID...");
    if (arguments.words.size() < 2)
        return usage_error("ID is missing", "'postwacht review queue' shows incidents and items");
    review::Verb verb{*wish, arguments.get("--reason"), arguments.get("--outcome"),
                      split(arguments.get("--to"))};
    if (!verb.outcome.empty() &&
        std::find(outcomes.begin(), outcomes.end(), verb.outcome) == outcomes.end())
        return usage_error("--outcome is not an outcome",
                           "false_positive, near_miss or confirmed_breach");
    if (!verb.recipients.empty() && *wish != review::Wish::correct)
        return usage_error("--to is for 'correct'", "postwacht review decide correct --to ADDRESS");
    POSTWACHT_TRY(items, number_option<std::uint64_t>(arguments, "--items", 10'000'000));
    const bool sends_on = *wish == review::Wish::release || *wish == review::Wish::correct;
    if (sends_on && !items) items = 1;
    POSTWACHT_TRY(
        ids, items_named(desk, person, {arguments.words.begin() + 1, arguments.words.end()}, *wish,
                         items));
    POSTWACHT_CHECK(settle(office, ids));
    Answer made;
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.review-decision/1");
    writer.key("items").begin_array();
    // Each is decided for itself: one that fails does not stop the others.
    for (const std::string& id : ids) {
        auto step = desk.decide(person, id, verb);
        if (!step) {
            Error error = std::move(step).error();
            if (error.where.empty() && ids.size() > 1) error.where = id;
            made.exit_code = std::max(made.exit_code, exit_code_for(error));
            made.errors.push_back(std::move(error));
        } else if (arguments.has("--json")) {
            write_step(writer, *step);
        } else {
            made.out += step_line(*step, *wish);
        }
    }
    writer.end_array().end_object();
    if (arguments.has("--json")) made.out = writer.take() + '\n';
    return made;
}

Result<Answer> run_pass(const ReviewOffice& office, const review::Person& person,
                        const Arguments& arguments) {
    POSTWACHT_CHECK(review::require(person, {policy::Role::reviewer, policy::Role::privacy_officer},
                                    "have mail reviewed"));
    // Passes do so now and then; who asks for one wants all of it.
    POSTWACHT_CHECK(office.automatic->settle());
    review::PassReport total;
    // Until there is nothing more to do at once.
    for (bool more = true; more;) {
        POSTWACHT_TRY(report, office.automatic->pass());
        total.taken_in += report.taken_in;
        total.judged_again += report.judged_again;
        total.released += report.released;
        total.returned += report.returned;
        total.followed += report.followed;
        total.escalated += report.escalated;
        total.notified += report.notified;
        total.failed += report.failed;
        more = report.more && !report.idle() && report.failed == 0;
    }
    const std::pair<const char*, std::uint64_t> counts[] = {
        {"taken_in", total.taken_in}, {"judged_again", total.judged_again},
        {"released", total.released}, {"returned", total.returned},
        {"followed", total.followed}, {"escalated", total.escalated},
        {"notified", total.notified}, {"failed", total.failed}};
    Answer made;
    made.exit_code = total.failed > 0 ? exit_failure : exit_success;
    if (arguments.has("--json")) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.review-pass/1");
        for (const auto& [name, count] : counts) writer.field(name, count);
        writer.end_object();
        made.out = writer.take() + '\n';
        return made;
    }
    for (const auto& [name, count] : counts)
        if (count > 0) made.out += format("{:<12} {}\n", name, count);
    if (made.out.empty()) made.out = "nothing to do\n";
    return made;
}

// By nobody in particular: the token of the answer says what may be done.
Result<Answer> run_receive(const ReviewOffice& office, const std::string& message) {
    Answer made;
    auto settled = office.automatic->settle();
    auto said = settled ? review::take_reply(*office.desk, *office.tokens, message)
                        : Result<std::string>(std::move(settled).error());
    if (said) {
        made.out = *said + '\n';
        return made;
    }
    made.exit_code = exit_code_of_reply(said.error());
    made.errors.push_back(std::move(said).error());
    return made;
}

Result<Answer> carry_out(const ReviewOffice& office, const review::Person& person,
                         const Question& question) {
    const std::string command = question.args.empty() ? "" : question.args.front();
    const Arguments arguments(question.args);
    if (command == "queue") return run_queue(*office.desk, person, arguments);
    if (command == "show") return run_show(*office.desk, person, arguments);
    if (command == "decide") return run_decide(office, person, arguments);
    if (command == "pass") return run_pass(office, person, arguments);
    if (command == "receive") return run_receive(office, question.input);
    return usage_error("there is no such command", "postwacht review --help");
}

ErrorCode code_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i)
        if (word == to_string(static_cast<ErrorCode>(i))) return static_cast<ErrorCode>(i);
    return ErrorCode::internal;
}

}  // namespace

// A refusal for good is not tried again; whatever broke may be whole the next time.
int exit_code_of_reply(const Error& error) {
    switch (error.code) {
        case ErrorCode::usage:
        case ErrorCode::forbidden:
        case ErrorCode::conflict:
        case ErrorCode::not_found:
            return exit_code_for(error);
        case ErrorCode::delivery:
            // "the MTA answered the message with 554 5.6.0": a reply that it gives again.
            return error.detail.find(" with 5") != std::string::npos ? exit_failure
                                                                     : exit_try_again;
        default:
            return exit_try_again;
    }
}

Answer answer(const ReviewOffice& office, const review::Person& person, const Question& question) {
    auto made = carry_out(office, person, question);
    if (made) return *std::move(made);
    Answer failed;
    failed.exit_code = exit_code_for(made.error());
    failed.errors.push_back(std::move(made).error());
    return failed;
}

std::string to_json(const Question& question) {
    json::Writer writer;
    writer.begin_object().key("args").begin_array();
    for (const std::string& argument : question.args) writer.value(argument);
    writer.end_array().field("input", question.input).end_object();
    return writer.take() + '\n';
}

std::string to_json(const Answer& answer) {
    json::Writer writer;
    writer.begin_object().field("exit", answer.exit_code).field("out", answer.out);
    writer.key("errors").begin_array();
    for (const Error& error : answer.errors)
        writer.begin_object()
            .field("code", to_string(error.code))
            .field("where", error.where)
            .field("detail", error.detail)
            .field("hint", error.hint)
            .end_object();
    writer.end_array().end_object();
    return writer.take() + '\n';
}

Result<Question> parse_question(std::string_view json_line) {
    POSTWACHT_TRY(document, json::Document::parse(json_line));
    Question question;
    const json::Value args = document.root()["args"];
    for (std::size_t i = 0; i < args.size(); ++i) question.args.emplace_back(args.at(i).string());
    question.input = document.root()["input"].string();
    return question;
}

Result<Answer> parse_answer(std::string_view json_line) {
    POSTWACHT_TRY(document, json::Document::parse(json_line));
    const json::Value root = document.root();
    if (!root["exit"].is_number() || !root["out"].is_string())
        return Error{ErrorCode::damaged, "", "the review daemon gave no answer", {}};
    Answer made;
    made.exit_code = static_cast<int>(root["exit"].number());
    made.out = root["out"].string();
    const json::Value errors = root["errors"];
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const json::Value each = errors.at(i);
        made.errors.push_back(
            {code_from(each["code"].string()), std::string(each["where"].string()),
             std::string(each["detail"].string()), std::string(each["hint"].string())});
    }
    return made;
}

}  // namespace postwacht::programs
