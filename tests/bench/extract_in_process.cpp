// extract_in_process FILE...: reads files with every format's reader in this very process.
//
// Prints what `postwacht extract --json` prints, a line each. What the sandbox costs is the
// difference between the two; a debugger and a profiler see the readers here without it.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "extract/formats.hpp"

using namespace postwacht;

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "extract_in_process: cannot read %s\n", argv[i]);
            return 2;
        }
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        const std::string path(argv[i]);
        const auto extractor = extract::make_extractor(extract::all_formats());
        Budget budget{Limits{}};
        const auto reading =
            extract::read_file_bytes(bytes, path.substr(path.rfind('/') + 1), *extractor, budget);
        std::puts(reading.to_json().c_str());
    }
    return 0;
}
