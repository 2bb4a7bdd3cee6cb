// postwacht-review: the daemon that reviews held mail. See postwacht-review(8).
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>

#include "base/format.hpp"
#include "base/log.hpp"
#include "programs/command_line.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/login_name.hpp"
#include "programs/review_office.hpp"
#include "programs/review_server.hpp"

namespace postwacht::programs {
namespace {

constexpr const char* review_name = "postwacht-review";

void log_pass(const review::PassReport& report) {
    if (report.idle() && report.failed == 0) return;
    log::info("PW_REVIEW_PASS",
              format("taken_in={} judged_again={} released={} returned={} followed={} escalated={} "
                     "notified={} reconciled={} failed={}",
                     report.taken_in, report.judged_again, report.released, report.returned,
                     report.followed, report.escalated, report.notified, report.reconciled,
                     report.failed));
}

// One pass after the other, until a signal to stop. True: at once, there is more to do.
bool wait_for(std::chrono::seconds interval, const sigset_t& stop) {
    timespec time{interval.count(), 0};
    for (;;) {
        const int signal = ::sigtimedwait(&stop, nullptr, &time);
        if (signal > 0) return false;
        if (errno == EAGAIN) return true;
        if (errno != EINTR) return true;
    }
}

Answer answer_user(const ReviewOffice& office, const std::string& user, const Question& question) {
    const review::People& people = office.desk->people();
    // Where nobody is named, a person may do everything: that is for who could do it anyway.
    if (!people.restricted() && user != "root" && user != login_name())
        return {exit_failure,
                {},
                {Error{ErrorCode::forbidden, "", "nobody is named who reviews held mail",
                       "an administrator names people under [[review.person]]"}}};
    // What a sender answers needs no role: it is the token that counts. An MTA runs it as whom it
    // pleases.
    if (!question.args.empty() && question.args.front() == "receive")
        return answer(office, review::Person{user, {}, {}}, question);
    const auto person = people.find(user);
    if (!person) return {exit_failure, {}, {person.error()}};
    return answer(office, *person, question);
}

Result<int> serve(const Config& config) {
    // Before any thread, so that each inherits it and the signal is waited for here alone.
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);

    POSTWACHT_TRY(office, open_review_office(config, 1));
    POSTWACHT_TRY(reconciled, office.automatic->reconcile(office.journal_directory));
    if (reconciled > 0) log::warning("PW_REVIEW_RECONCILED", format("items={}", reconciled));
    std::unique_ptr<ReviewServer> server;
    if (!config.review.socket.empty()) {
        POSTWACHT_TRY(listening,
                      ReviewServer::listen(
                          config.review.socket, config.review.socket_mode_mask,
                          [&office](const std::string& user, const Question& question) -> Answer {
                              return answer_user(office, user, question);
                          }));
        server = std::move(listening);
    }
    sd_notify(0, "READY=1");
    log::info("PW_REVIEW_STARTED", format("people={}", config.review.people.size()));

    bool more = false;
    while (wait_for(more ? std::chrono::seconds(0) : config.review.interval, stop)) {
        const auto report = office.automatic->pass();
        more = report && report->more && !report->idle() && report->failed == 0;
        // The next pass tries again: what is held stays held meanwhile.
        if (!report)
            log::error("PW_REVIEW_FAILED", report.error());
        else
            log_pass(*report);
    }
    sd_notify(0, "STOPPING=1");
    return exit_success;
}

Result<int> run(int argc, const char* const* argv) {
    std::string file = default_config_file;
    CLI::App app("Reviews held mail, in the foreground.", review_name);
    app.allow_extras();
    app.set_version_flag("--version", std::string("postwacht-review ") + POSTWACHT_VERSION,
                         "Print the version");
    app.add_option("--config", file,
                   std::string("The configuration (default ") + default_config_file + ")")
        ->type_name("FILE");
    POSTWACHT_TRY(answered, parse_command_line(app, argc, argv));
    if (answered) return *answered;
    POSTWACHT_TRY(config, load_config(file));
    config.log.ident = review_name;
    log::configure(config.log);
    return serve(config);
}

}  // namespace
}  // namespace postwacht::programs

int main(int argc, char** argv) {
    using namespace postwacht;
    return programs::run_program(programs::review_name, "held mail stays held; start it again",
                                 [&] { return programs::run(argc, argv); });
}
