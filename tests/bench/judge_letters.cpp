// judge_letters CONFIG [REPEAT]: judges many letters in one process, as `postwacht check --json`
// judges one.
//
// Reads lines "SENDER <tab> RECIPIENT <tab> DATE <tab> FILE" from standard input, prints a verdict
// for each. With REPEAT each letter is judged so many times more, for a profiler; to standard error
// goes what a judgement took on average, in microseconds of CPU.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "pipeline/pipeline.hpp"
#include "programs/guard.hpp"

using namespace postwacht;

namespace {

[[noreturn]] void stop(const std::string& why) {
    std::fprintf(stderr, "judge_letters: %s\n", why.c_str());
    std::exit(2);
}

std::string take_field(std::string& line) {
    const auto tab = std::min(line.find('\t'), line.size());
    std::string field = line.substr(0, tab);
    line.erase(0, tab + 1);
    return field;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) stop("usage: judge_letters CONFIG [REPEAT] < LIST");
    const int repeat = argc > 2 ? std::atoi(argv[2]) : 0;
    const auto config = programs::load_config(argv[1]);
    if (!config) stop(config.error().detail);
    const auto guard = programs::load_guard(*config, programs::GuardUse::judge);
    if (!guard) stop(guard.error().detail);
    std::clock_t spent = 0;
    long judged = 0;
    for (std::string line; std::getline(std::cin, line);) {
        mail::Envelope envelope;
        envelope.sender_raw = take_field(line);
        envelope.sender = mail::parse_path(envelope.sender_raw);
        const std::string recipient = take_field(line);
        envelope.recipients.push_back({recipient, mail::parse_path(recipient)});
        const auto date = parse_iso_date(take_field(line));
        std::ifstream file(line, std::ios::binary);
        if (!file) stop("cannot read " + line);
        const std::string message((std::istreambuf_iterator<char>(file)), {});
        const std::clock_t start = std::clock();
        auto verdict = pipeline::judge(**guard, envelope, message, date);
        for (int i = 0; i < repeat; ++i)
            verdict = pipeline::judge(**guard, envelope, message, date);
        spent += std::clock() - start;
        judged += repeat + 1;
        if (!verdict) stop(verdict.error().detail);
        std::puts(verdict->to_json(true).c_str());
    }
    if (judged > 0)
        std::fprintf(
            stderr, "%.1f us a letter\n",
            1e6 * static_cast<double>(spent) / CLOCKS_PER_SEC / static_cast<double>(judged));
    return 0;
}
