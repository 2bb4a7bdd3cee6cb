// subcommand: how a command declares itself to CLI11. For the command files only.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/format.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"

namespace postwacht::programs {

// "registry": a word that needs another one.
inline CLI::App* add_group(CLI::App& app, const std::string& name, const std::string& what) {
    CLI::App* group = app.add_subcommand(name, what);
    group->allow_extras();
    group->require_subcommand(0, 1);
    return group;
}

// A command with its options; `run` gets them once the command line has been read.
template <class Options>
CLI::App* add_command(CLI::App& group, const std::string& name, const std::string& what,
                      const std::shared_ptr<Options>& options, Result<int> (*run)(const Options&),
                      Run& chosen) {
    CLI::App* command = group.add_subcommand(name, what);
    command->allow_extras();
    command->callback(
        [options, run, &chosen] { chosen = [options, run] { return run(*options); }; });
    return command;
}

// A command of the design that is still to be built. It takes any arguments and says so.
inline void add_unavailable(CLI::App& group, const std::string& name, const std::string& what,
                            Run& chosen) {
    CLI::App* command = group.add_subcommand(name, what + " (not available yet)");
    command->prefix_command();
    const std::string full = group.get_name() + " " + name;
    command->callback([full, &chosen] {
        chosen = [full]() -> Result<int> {
            return usage_error(format("'{}' is not available yet", full),
                               "this version does not have it; nothing was done");
        };
    });
}

inline void add_config(CLI::App& command, std::string& config) {
    config = default_config_file;
    command.add_option("--config", config, "The configuration (default " + config + ")")
        ->type_name("FILE");
}

inline void add_json(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "Write JSON");
}

// The Error where an option that has to be there is not.
inline Error missing_option(const std::string& name, const std::string& example) {
    return usage_error(format("{} is missing", name), example);
}

}  // namespace postwacht::programs
