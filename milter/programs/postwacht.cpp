// postwacht: the command line for administrators and reviewers. See postwacht(1).
#include <CLI/CLI.hpp>

#include "base/log.hpp"
#include "programs/command_line.hpp"
#include "programs/commands.hpp"
#include "programs/console.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

Result<int> run(int argc, const char* const* argv) {
    Run chosen;
    CLI::App app("Keeps letters about a person from reaching the wrong party.", program_name);
    app.allow_extras();
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", std::string("postwacht ") + POSTWACHT_VERSION,
                         "Print the version");
    const Subcommand program(app);
    add_init(program, chosen);
    add_registry(program, chosen);
    add_check(program, chosen);
    add_extract(program, chosen);
    add_policy(program, chosen);
    add_quarantine(program, chosen);
    add_journal(program, chosen);
    add_review(program, chosen, {argv + 1, argv + argc});

    POSTWACHT_TRY(answered, parse_command_line(app, argc, argv));
    if (answered) return *answered;
    return chosen();
}

}  // namespace
}  // namespace postwacht::programs

int main(int argc, char** argv) {
    using namespace postwacht;
    return programs::run_program(
        programs::program_name, "run it again; if it stays, report the command that did it", [&] {
            // What the rooms log is for daemons; a person at a terminal wants to hear of trouble
            // only.
            log::configure(
                {log::Settings::Target::standard_error, log::Level::warning, "postwacht"});
            return programs::run(argc, argv);
        });
}
