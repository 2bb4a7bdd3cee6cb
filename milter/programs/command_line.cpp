#include "programs/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.hpp"
#include "base/text.hpp"
#include "programs/console.hpp"

namespace postwacht::programs {
namespace {

// The word of an option or a command as it may be echoed; empty for anything else.
std::string_view echoable(std::string_view argument) noexcept {
    const std::string_view word = argument.substr(0, argument.find('='));
    const bool harmless = std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
    return harmless && word.size() <= 40 ? word : std::string_view();
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
}

// "postwacht registry build".
std::string full_name(const CLI::App& app) {
    const CLI::App* parent = app.get_parent();
    return parent == nullptr ? app.get_name() : full_name(*parent) + " " + app.get_name();
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string otherwise) {
    const std::string_view nearest = text::nearest(word, known);
    return nearest.empty() ? std::move(otherwise) : format("did you mean '{}'?", nearest);
}

Error unknown_option(const CLI::App& app, std::string_view argument) {
    const std::string_view word = echoable(argument);
    return usage_error(word.empty() ? "unknown option" : format("unknown option '{}'", word),
                       did_you_mean(word, option_names(app),
                                    format("'{} --help' lists the options", full_name(app))));
}

Error unknown_argument(const CLI::App& app, std::string_view argument) {
    const std::vector<std::string> commands = command_names(app);
    if (commands.empty())
        return usage_error(format("'{}' was given one argument too many", full_name(app)),
                           format("'{} --help' shows what it takes", full_name(app)));
    const std::string_view word = echoable(argument);
    return usage_error(
        word.empty() ? "unknown command" : format("unknown command '{}'", word),
        did_you_mean(word, commands, format("the commands are {}", joined(commands))));
}

// The first argument that nothing took, along the commands that were given.
std::optional<Error> left_over(const CLI::App& app) {
    if (app.get_prefix_command()) return std::nullopt;
    const std::vector<std::string> remaining = app.remaining();
    const auto option = std::find_if(
        remaining.begin(), remaining.end(),
        [](const std::string& argument) { return argument.size() > 1 && argument[0] == '-'; });
    if (option != remaining.end()) return unknown_option(app, *option);
    for (const CLI::App* command : app.get_subcommands())
        if (auto error = left_over(*command)) return error;
    if (!remaining.empty()) return unknown_argument(app, remaining.front());
    return std::nullopt;
}

// A group of commands ("postwacht registry") of which none was named.
std::optional<Error> missing_command(const CLI::App& app) {
    const std::vector<CLI::App*> given = app.get_subcommands();
    if (!given.empty()) return missing_command(*given.front());
    const std::vector<std::string> known = command_names(app);
    if (known.empty()) return std::nullopt;
    return usage_error(
        format("'{}' needs a command", full_name(app)),
        format("one of {}; '{} --help' explains them", joined(known), full_name(app)));
}

// CLI11's messages begin with the option's name; what follows may quote the value.
Error option_fault(const CLI::ParseError& fault) {
    const std::string_view message(fault.what());
    const std::string_view option = echoable(message.substr(0, message.find_first_of(": ")));
    const bool missing = message.find("missing") != std::string_view::npos;
    const std::string name = option.empty() ? "an option" : format("option '{}'", option);
    return usage_error(missing ? format("{} needs a value", name)
                               : format("{} was given wrongly, or more than once", name),
                       "--help shows how it is written");
}

}  // namespace

Result<std::optional<int>> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        POSTWACHT_CHECK(print(app.help()));
        return std::optional<int>(exit_success);
    } catch (const CLI::CallForVersion& version) {
        POSTWACHT_CHECK(print(format("{}\n", version.what())));
        return std::optional<int>(exit_success);
    } catch (const CLI::ParseError& fault) {
        if (auto error = left_over(app)) return *std::move(error);
        return option_fault(fault);
    }
    if (auto error = left_over(app)) return *std::move(error);
    if (auto error = missing_command(app)) return *std::move(error);
    return std::optional<int>{};
}

}  // namespace postwacht::programs
