// extract_pool [--rounds N] FILE...: what reading a document in the sandbox costs.
//
// Reads each file in turn in this process and through a pool of one worker, in alternating rounds
// of one run, and prints the medians, their difference and their ratio. The worker is the one
// beside this program. Asserts nothing.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "extract/formats.hpp"
#include "extract/worker/pool.hpp"

using namespace postwacht;
using namespace postwacht::extract;

namespace {

double milliseconds(const Extractor& extractor, const Document& document) {
    const auto started = std::chrono::steady_clock::now();
    Budget budget{Limits{}};
    const auto reading = extractor.extract(document, budget);
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started;
    if (reading.parts.empty()) std::abort();
    return took.count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    int rounds = 51;
    std::vector<std::string> files;
    for (int i = 1; i < argc; ++i) {
        if (std::string(argv[i]) == "--rounds" && i + 1 < argc)
            rounds = std::max(1, std::atoi(argv[++i]));
        else
            files.emplace_back(argv[i]);
    }
    worker::PoolSettings settings;
    settings.program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "postwacht-extract";
    settings.workers = 1;
    const auto pool = worker::start_pool(settings);
    if (!pool || files.empty()) {
        std::fprintf(stderr, "extract_pool: %s\n",
                     pool ? "no files" : pool.error().message().c_str());
        return 2;
    }
    const auto here = make_extractor(all_formats());
    for (const auto& name : files) {
        std::ifstream file(name, std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        const std::string last = std::filesystem::path(name).filename().string();
        const Document document{bytes, {}, {}, last};
        std::vector<double> alone;
        std::vector<double> pooled;
        for (int round = 0; round < rounds; ++round) {
            alone.push_back(milliseconds(*here, document));
            pooled.push_back(milliseconds(**pool, document));
        }
        const double a = median(alone);
        const double p = median(pooled);
        std::printf(
            "%-24s %9zu bytes   in-process %9.3f ms   pool %9.3f ms   more %7.3f ms   ratio "
            "%5.2f\n",
            last.c_str(), bytes.size(), a, p, p - a, p / a);
    }
    return 0;
}
