#include "programs/subcommand.hpp"

#include <CLI/CLI.hpp>
#include <utility>

namespace postwacht::programs {
namespace {

template <class Value>
void add_option(CLI::App& app, const std::string& name, Value& value, const std::string& what,
                const std::string& type) {
    CLI::Option* option = app.add_option(name, value, what);
    if (!type.empty()) option->type_name(type);
}

}  // namespace

Subcommand Subcommand::group(const std::string& name, const std::string& what) const {
    CLI::App* group = app_->add_subcommand(name, what);
    group->allow_extras();
    group->require_subcommand(0, 1);
    return Subcommand(*group);
}

Subcommand Subcommand::add(const std::string& name, const std::string& what, Run run,
                           Run& chosen) const {
    CLI::App* command = app_->add_subcommand(name, what);
    command->allow_extras();
    command->callback([run = std::move(run), &chosen] { chosen = run; });
    return Subcommand(*command);
}

void Subcommand::flag(const std::string& name, bool& value, const std::string& what) const {
    app_->add_flag(name, value, what);
}

void Subcommand::option(const std::string& name, std::string& value, const std::string& what,
                        const std::string& type) const {
    add_option(*app_, name, value, what, type);
}

void Subcommand::option(const std::string& name, std::optional<std::string>& value,
                        const std::string& what, const std::string& type) const {
    add_option(*app_, name, value, what, type);
}

void Subcommand::option(const std::string& name, std::vector<std::string>& values,
                        const std::string& what, const std::string& type) const {
    add_option(*app_, name, values, what, type);
}

void Subcommand::config(std::string& file) const {
    file = default_config_file;
    option("--config", file, "The configuration (default " + file + ")", "FILE");
}

void Subcommand::json(bool& json) const {
    flag("--json", json, "Write JSON");
}

}  // namespace postwacht::programs
