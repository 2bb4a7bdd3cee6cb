// extract_pool [--rounds N] [--together] FILE...: what reading a document in the sandbox costs.
//
// Reads each file in turn in this process, through a pool of one worker, and, where it is a PDF, by
// pdftotext(1) as a process, in alternating rounds of one run, and prints the medians, their
// difference and their ratios. With --together it reads all files one after the other through the
// pool and prints megabytes and documents a second, by the clock and by the CPU time that they
// took. The worker is the one beside this program. Asserts nothing.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

// Milliseconds that `pdftotext FILE -` takes from its start to its end; negative where there is
// none.
double pdftotext_milliseconds(std::string file) {
    const auto started = std::chrono::steady_clock::now();
    std::string program = "pdftotext";
    std::string to = "-";
    char* arguments[] = {program.data(), file.data(), to.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    if (error != 0 || ::waitpid(pid, &status, 0) != pid || status != 0) return -1;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
        .count();
}

std::string content_of(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

double seconds_of(clockid_t clock) {
    timespec used{};
    ::clock_gettime(clock, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// CPU time of this process and of its workers.
double cpu_seconds() {
    double sum = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream children(thread.path() / "children");
        clockid_t clock = 0;
        for (pid_t child = 0; children >> child;)
            if (::clock_getcpuclockid(child, &clock) == 0) sum += seconds_of(clock);
    }
    return sum;
}

// All files through the pool, one after the other, so many times.
void measure_together(const Extractor& pool, const std::vector<std::string>& files, int rounds) {
    std::vector<std::string> contents;
    std::uint64_t bytes = 0;
    for (const auto& name : files) {
        contents.push_back(content_of(name));
        bytes += contents.back().size();
    }
    std::vector<double> wall;
    std::vector<double> cpu;
    std::size_t incomplete = 0;
    for (int round = 0; round < rounds; ++round) {
        const double cpu_before = cpu_seconds();
        const auto started = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < files.size(); ++i) {
            Budget budget{Limits{}};
            const auto reading = read_file_bytes(contents[i], files[i], pool, budget);
            incomplete += reading.incomplete.size();
        }
        wall.push_back(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
        cpu.push_back(cpu_seconds() - cpu_before);
    }
    const double megabytes = static_cast<double>(bytes) / 1e6;
    const auto count = static_cast<double>(files.size());
    std::printf(
        "%zu documents, %.1f MB, %zu incomplete: %.1f MB/s and %.0f documents/s by the clock, %.1f "
        "MB/s and %.0f documents/s of CPU time\n",
        files.size(), megabytes, incomplete, megabytes / median(wall), count / median(wall),
        megabytes / median(cpu), count / median(cpu));
}

}  // namespace

int main(int argc, char** argv) {
    int rounds = 51;
    bool together = false;
    std::vector<std::string> files;
    for (int i = 1; i < argc; ++i) {
        if (std::string(argv[i]) == "--rounds" && i + 1 < argc)
            rounds = std::max(1, std::atoi(argv[++i]));
        else if (std::string(argv[i]) == "--together")
            together = true;
        else
            files.emplace_back(argv[i]);
    }
    worker::PoolSettings settings;
    settings.program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "postwacht-extract";
    settings.workers = 1;
    settings.documents_per_worker = 1'000'000;
    const auto pool = worker::start_pool(settings);
    if (!pool || files.empty()) {
        std::fprintf(stderr, "extract_pool: %s\n",
                     pool ? "no files" : pool.error().message().c_str());
        return 2;
    }
    if (together) {
        measure_together(**pool, files, rounds);
        return 0;
    }
    const auto here = make_extractor(all_formats());
    for (const auto& name : files) {
        const std::string bytes = content_of(name);
        const std::string last = std::filesystem::path(name).filename().string();
        const Document document{bytes, {}, {}, last};
        std::vector<double> alone;
        std::vector<double> pooled;
        std::vector<double> processed;
        for (int round = 0; round < rounds; ++round) {
            alone.push_back(milliseconds(*here, document));
            pooled.push_back(milliseconds(**pool, document));
            if (last.ends_with(".pdf")) processed.push_back(pdftotext_milliseconds(name));
        }
        const double a = median(alone);
        const double p = median(pooled);
        std::printf(
            "%-24s %9zu bytes   in-process %9.3f ms   pool %9.3f ms   more %7.3f ms   ratio "
            "%5.2f",
            last.c_str(), bytes.size(), a, p, p - a, p / a);
        const auto least = [](const std::vector<double>& values) {
            return *std::min_element(values.begin(), values.end());
        };
        // On a busy machine the least of each says more than what is in the middle.
        std::printf("   at best %9.3f and %9.3f ms, ratio %5.2f", least(alone), least(pooled),
                    least(pooled) / least(alone));
        if (!processed.empty()) {
            const double t = median(processed);
            std::printf("   pdftotext %9.3f ms   pool to it %5.2f, at best %5.2f", t, p / t,
                        least(pooled) / least(processed));
        }
        std::puts("");
    }
    return 0;
}
