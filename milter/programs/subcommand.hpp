// subcommand: how a command declares itself and its options. For the command files only.
//
// CLI11 is one header of ten thousand lines and takes ten seconds to compile; it is behind this
// wall, in subcommand.cpp, command_line.cpp and the two mains.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/format.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"

namespace postwacht::programs {

// A word of the command line: the program, a group of commands ("registry"), or a command.
class Subcommand {
  public:
    explicit Subcommand(CLI::App& app) : app_(&app) {}

    // A word that needs another one.
    [[nodiscard]] Subcommand group(const std::string& name, const std::string& what) const;
    // A command with its options; `run` gets them once the command line has been read.
    template <class Options>
    Subcommand command(const std::string& name, const std::string& what,
                       const std::shared_ptr<Options>& options, Result<int> (*run)(const Options&),
                       Run& chosen) const {
        return add(
            name, what, [options, run] { return run(*options); }, chosen);
    }
    // What it takes; each is kept where it points to, which outlives the reading of the command
    // line. A name without dashes is an argument. `type` is what --help calls the value.
    void flag(const std::string& name, bool& value, const std::string& what) const;
    void option(const std::string& name, std::string& value, const std::string& what,
                const std::string& type = "") const;
    void option(const std::string& name, std::optional<std::string>& value, const std::string& what,
                const std::string& type = "") const;
    void option(const std::string& name, std::vector<std::string>& values, const std::string& what,
                const std::string& type = "") const;
    void config(std::string& file) const;
    void json(bool& json) const;

  private:
    [[nodiscard]] Subcommand add(const std::string& name, const std::string& what, Run run,
                                 Run& chosen) const;

    CLI::App* app_;
};

// The Error where an option that has to be there is not.
inline Error missing_option(const std::string& name, const std::string& example) {
    return usage_error(format("{} is missing", name), example);
}

}  // namespace postwacht::programs
