// postwacht extract: everything that is read of a mail or a document, and what is not.
#include <filesystem>
#include <string>

#include "base/budget.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "extract/extractor.hpp"
#include "programs/commands.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

struct ExtractOptions {
    bool json = false;
    std::string file;
};

std::string named(const std::string& path, const std::string& name) {
    return name.empty() ? "part " + path : format("part {} '{}'", path, text::printable(name));
}

std::string to_text(const extract::Reading& reading) {
    std::string out;
    for (const extract::Fragment& fragment : reading.fragments) {
        std::string heading = "?";
        if (fragment.part < reading.parts.size()) {
            const extract::PartInfo& part = reading.parts[fragment.part];
            heading = named(part.path, part.name);
        }
        out +=
            format("== {}, {}{}{}\n", heading, text::printable(fragment.where),
                   fragment.hidden ? " (hidden)" : "", fragment.ocr ? " (read from an image)" : "");
        out += terminal_safe(fragment.text);
        if (out.back() != '\n') out += '\n';
    }
    for (const extract::PartInfo& part : reading.parts)
        if (!part.claims.empty())
            out += format("== mismatch: {}: claims to be {}, is {}\n", named(part.path, part.name),
                          text::printable(part.claims), text::printable(part.type));
    for (const extract::Incomplete& incomplete : reading.incomplete)
        out += format("== incomplete: {}: {}\n", named(incomplete.path, incomplete.name),
                      extract::to_string(incomplete.why));
    out += format("== read {} of {} parts, {} bytes\n", reading.coverage.read,
                  reading.coverage.parts, reading.coverage.bytes);
    return out;
}

Result<int> run_extract(const ExtractOptions& options) {
    if (options.file.empty())
        return missing_option("FILE", "name a mail or a document, or '-' for standard input");
    POSTWACHT_TRY(bytes, read_input(options.file));
    const std::string name =
        options.file == "-" ? "" : std::filesystem::path(options.file).filename().string();
    POSTWACHT_TRY(extractor, start_extractor(nullptr, 1));
    Budget budget{Limits{}};
    const extract::Reading reading = extract::read_file_bytes(bytes, name, *extractor, budget);
    POSTWACHT_CHECK(print(options.json ? reading.to_json() + '\n' : to_text(reading)));
    return exit_success;
}

}  // namespace

void add_extract(Subcommand program, Run& chosen) {
    auto options = std::make_shared<ExtractOptions>();
    const auto command = program.command("extract", "Show what is read of a mail or a document",
                                         options, &run_extract, chosen);
    command.json(options->json);
    command.option("FILE", options->file, "The file, or '-' for standard input");
}

}  // namespace postwacht::programs
