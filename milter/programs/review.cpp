// postwacht review: held mail that waits for people, and what they decide about it.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json_value.hpp"
#include "base/text.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/login_name.hpp"
#include "programs/review_commands.hpp"
#include "programs/review_server.hpp"
#include "programs/subcommand.hpp"
#include "review/desk.hpp"

namespace postwacht::programs {
namespace {

struct ReviewOptions {
    std::vector<std::string> arguments;  // of the program
    std::string config;
    std::vector<std::string> words;
    std::string limit;
    std::string offset;
    std::string severity;
    std::string rule;
    std::string reason;
    std::string outcome;
    std::string to;
    std::string items;
    bool evidence = false;
    bool content = false;
    bool json = false;
};

// What stands behind "review", without the configuration, which is for this program alone.
std::vector<std::string> handed_on(const std::vector<std::string>& arguments) {
    std::vector<std::string> out;
    auto at = std::find(arguments.begin(), arguments.end(), "review");
    if (at != arguments.end()) ++at;
    for (; at != arguments.end(); ++at) {
        if (at->starts_with("--config=")) continue;
        if (*at == "--config") {
            if (std::next(at) != arguments.end()) ++at;
            continue;
        }
        out.push_back(*at);
    }
    return out;
}

// Asks the daemon; without one, does it here.
class Respondent {
  public:
    static Result<Respondent> find(const std::string& config_file) {
        POSTWACHT_TRY(config, load_config(config_file));
        return Respondent(std::move(config));
    }

    Result<Answer> ask(const Question& question) {
        if (!config_.review.socket.empty() && !office_) {
            POSTWACHT_TRY(answered, programs::ask(config_.review.socket, question));
            if (answered) return *std::move(answered);
        }
        if (!office_) {
            auto opened = open_review_office(config_, 1);
            if (!opened) {
                Error error = std::move(opened).error();
                if (!config_.review.socket.empty())
                    error.hint = "no review daemon listens at " + config_.review.socket.string() +
                                 "; start postwacht-review";
                return error;
            }
            office_ = *std::move(opened);
        }
        // The daemon does so at its start. Who only looks need not wait for it.
        const std::string command = question.args.empty() ? "" : question.args.front();
        if (!reconciled_ && command != "queue" && command != "show") {
            POSTWACHT_CHECK(office_->automatic->reconcile(office_->journal_directory));
            reconciled_ = true;
        }
        POSTWACHT_TRY(person, office_->desk->people().find(login_name()));
        return answer(*office_, person, question);
    }

  private:
    explicit Respondent(Config config) : config_(std::move(config)) {}
    Config config_;
    std::optional<ReviewOffice> office_;
    bool reconciled_ = false;  // with the journal
};

Result<int> show_answer(const Answer& made) {
    POSTWACHT_CHECK(print(made.out));
    for (const Error& error : made.errors) print_error(program_name, error);
    return made.exit_code;
}

Result<int> run_command(const ReviewOptions& options) {
    POSTWACHT_TRY(respondent, Respondent::find(options.config));
    POSTWACHT_TRY(made, respondent.ask({handed_on(options.arguments), {}}));
    return show_answer(made);
}

std::optional<std::string> ask_line(std::string_view prompt) {
    if (!print(prompt)) return std::nullopt;
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return std::string(text::trim(line));
}

// How many letters of what is named wait, as it is shown; nothing where it is no incident of many.
Result<std::optional<std::uint64_t>> many_waiting(Respondent& respondent, const std::string& id) {
    POSTWACHT_TRY(made, respondent.ask({{"show", id, "--json"}, {}}));
    if (!made.errors.empty()) return made.errors.front();
    POSTWACHT_TRY(document, json::Document::parse(made.out));
    const json::Value incident = document.root()["incident"];
    if (incident["undecided"].number() < 2) return std::optional<std::uint64_t>();
    POSTWACHT_TRY(shown, respondent.ask({{"show", id}, {}}));
    POSTWACHT_CHECK(print(shown.out));
    return std::optional(incident["undecided"].number());
}

// At a terminal what is missing is asked for: the reason, and whether all of an incident is meant.
Result<int> run_decide(const ReviewOptions& options) {
    const bool person = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    // What is refused whatever the reason is refused before anybody types one.
    const bool askable = options.words.size() >= 2 && review::wish_from(options.words.front()) &&
                         (options.words.front() != "correct" || !options.to.empty());
    if (!person || options.json || !askable) return run_command(options);
    POSTWACHT_TRY(respondent, Respondent::find(options.config));
    Question question{handed_on(options.arguments), {}};
    const std::string& action = options.words.front();
    if (options.items.empty() && options.words.size() == 2 &&
        (action == "release" || action == "correct")) {
        POSTWACHT_TRY(count, many_waiting(respondent, options.words[1]));
        if (count) {
            const auto said = ask_line(format("{} all {} of them? [y/N] ", action, *count));
            if (!said || (*said != "y" && *said != "j")) return exit_failure;
            question.args.push_back(format("--items={}", *count));
        }
    }
    if (options.reason.empty()) {
        const auto reason = ask_line("why: ");
        if (!reason || reason->empty()) return exit_failure;
        question.args.push_back("--reason=" + *reason);
    }
    POSTWACHT_TRY(made, respondent.ask(question));
    return show_answer(made);
}

Result<int> run_receive(const ReviewOptions& options) {
    const auto received = [&options]() -> Result<Answer> {
        POSTWACHT_TRY(message, read_input("-"));
        POSTWACHT_TRY(respondent, Respondent::find(options.config));
        return respondent.ask({{"receive"}, std::move(message)});
    };
    const auto made = received();
    if (made) return show_answer(*made);
    // Nobody has read the mail yet.
    print_error(program_name, made.error());
    return exit_try_again;
}

// ---- run: the queue, one incident after the other

constexpr const char* keys =
    "[r]elease  [b]ack to its sender  [d]elete  [c]orrect  [e]vidence  [o]pen  [s]kip  [q]uit: ";

Result<std::vector<std::string>> open_incidents(Respondent& respondent) {
    POSTWACHT_TRY(made, respondent.ask({{"queue", "--json", "--limit", "1000"}, {}}));
    if (!made.errors.empty()) return made.errors.front();
    POSTWACHT_TRY(document, json::Document::parse(made.out));
    const json::Value incidents = document.root()["incidents"];
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < incidents.size(); ++i)
        ids.emplace_back(incidents.at(i)["incident"].string());
    return ids;
}

// The items of an incident that wait; of one, `show` tells more than of the incident.
Result<std::vector<std::string>> waiting_items(Respondent& respondent, const std::string& id) {
    POSTWACHT_TRY(made, respondent.ask({{"show", id, "--json"}, {}}));
    if (!made.errors.empty()) return made.errors.front();
    POSTWACHT_TRY(document, json::Document::parse(made.out));
    const json::Value items = document.root()["items"];
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string_view state = items.at(i)["state"].string();
        if (state == "held" || state == "reviewing" || state == "releasing" || state == "returning")
            ids.emplace_back(items.at(i)["item"].string());
    }
    return ids;
}

enum class Next { again, incident, quit };

// On the items that were shown, whatever came to their incident since.
Result<Next> decide(Respondent& respondent, const std::vector<std::string>& items,
                    const char* action) {
    Question question{{"decide", action}, {}};
    question.args.insert(question.args.end(), items.begin(), items.end());
    if (std::string_view(action) == "correct") {
        const auto to = ask_line("the right addressee: ");
        if (!to) return Next::quit;
        if (to->empty()) return Next::again;
        question.args.push_back("--to=" + *to);
    }
    const auto reason = ask_line("why: ");
    if (!reason) return Next::quit;
    if (reason->empty()) return Next::again;
    question.args.push_back("--reason=" + *reason);
    POSTWACHT_TRY(made, respondent.ask(question));
    POSTWACHT_CHECK(show_answer(made));
    return made.errors.empty() ? Next::incident : Next::again;
}

Result<Next> one_key(Respondent& respondent, const std::vector<std::string>& items, char key) {
    switch (key) {
        case 'r':
            return decide(respondent, items, "release");
        case 'b':
            return decide(respondent, items, "return");
        case 'd':
            return decide(respondent, items, "delete");
        case 'c':
            return decide(respondent, items, "correct");
        case 'e':
        case 'o':
            for (const std::string& item : items) {
                POSTWACHT_TRY(
                    made,
                    respondent.ask({{"show", item, key == 'e' ? "--evidence" : "--content"}, {}}));
                POSTWACHT_CHECK(show_answer(made));
            }
            return Next::again;
        case 's':
            return Next::incident;
        case 'q':
            return Next::quit;
        default:
            return Next::again;
    }
}

Result<int> run_run(const ReviewOptions& options) {
    POSTWACHT_TRY(respondent, Respondent::find(options.config));
    POSTWACHT_TRY(incidents, open_incidents(respondent));
    for (const std::string& id : incidents) {
        POSTWACHT_TRY(items, waiting_items(respondent, id));
        if (items.empty()) continue;  // somebody else was faster
        const bool single = items.size() == 1;
        POSTWACHT_TRY(shown, respondent.ask({{"show", single ? items.front() : id}, {}}));
        POSTWACHT_CHECK(print("\n"));
        POSTWACHT_CHECK(show_answer(shown));
        for (Next next = Next::again; next == Next::again;) {
            const auto line = ask_line(keys);
            if (!line) return exit_success;
            POSTWACHT_TRY(reached,
                          one_key(respondent, items, line->size() == 1 ? line->front() : ' '));
            next = reached;
            if (next == Next::quit) return exit_success;
        }
    }
    POSTWACHT_CHECK(print(incidents.empty() ? "nothing waits\n" : "that was all\n"));
    return exit_success;
}

}  // namespace

void add_review(Subcommand program, Run& chosen, const std::vector<std::string>& arguments) {
    const auto group = program.group("review", "Held messages that wait for people");
    auto options = std::make_shared<ReviewOptions>();
    options->arguments = arguments;
    const auto queue =
        group.command("queue", "What waits, most severe first", options, &run_command, chosen);
    queue.option("--limit", options->limit, "At most so many incidents (default 50)", "N");
    queue.option("--offset", options->offset, "Leave out the first ones", "N");
    queue.option("--severity", options->severity, "low, medium, high, critical, and above", "WORD");
    queue.option("--rule", options->rule, "Held by this rule", "NAME");
    const auto show =
        group.command("show", "An incident, or one message of it", options, &run_command, chosen);
    show.flag("--evidence", options->evidence, "What was found where (is recorded)");
    show.flag("--content", options->content, "The message itself (is recorded)");
    show.option("ID", options->words, "An incident or a message");
    const auto decide = group.command("decide", "Decide on messages, or on whole incidents",
                                      options, &run_decide, chosen);
    decide.option("--reason", options->reason, "Why; kept in the journal; asked for at a terminal",
                  "TEXT");
    decide.option("--outcome", options->outcome,
                  "What it was: false_positive, near_miss, confirmed_breach", "WORD");
    decide.option("--items", options->items,
                  "How many items an incident has that is sent on as a whole (default 1)", "N");
    decide.option("--to", options->to, "Of 'correct': the right addressees, a comma between",
                  "ADDRESS");
    decide.option("ACTION ID", options->words,
                  "release, return, correct, delete or record; of what");
    const auto run =
        group.command("run", "Work through the queue at a terminal", options, &run_run, chosen);
    const auto pass = group.command("pass", "Do at once what the daemon does every few seconds",
                                    options, &run_command, chosen);
    const auto receive =
        group.command("receive", "Take a sender's answer to a notice, a mail on stdin", options,
                      &run_receive, chosen);
    for (const auto& command : {queue, show, decide, run, pass, receive})
        command.config(options->config);
    for (const auto& command : {queue, show, decide, pass}) command.json(options->json);
    add_review_lookback(group, chosen);
    add_review_report(group, chosen);
}

}  // namespace postwacht::programs
