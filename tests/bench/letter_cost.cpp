// What judging one letter costs without a mail server: CPU time for each, and a program to profile.
//
//   letter_cost CONFIG SENDER RECIPIENT COUNT FILE...
//   valgrind --tool=callgrind --toggle-collect='postwacht::pipeline::process_message*' letter_cost
//   ...
//
// The letters go through process_message() as in the milter, quarantine and journal included, in
// one thread, in turn until COUNT were judged. Prints microseconds of CPU for each; asserts
// nothing.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "programs/guard.hpp"

using namespace postwacht;

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "letter_cost: %s\n", why.c_str());
    std::exit(EXIT_FAILURE);
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) give_up("usage: letter_cost CONFIG SENDER RECIPIENT COUNT FILE...");
    const int count = std::atoi(argv[4]);
    if (count < 1) give_up("COUNT is a number from 1");
    auto config = programs::load_config(argv[1]);
    if (!config) give_up(config.error().message());
    auto guard = programs::load_guard(*config, programs::GuardUse::serve);
    if (!guard) give_up(guard.error().message());
    std::vector<std::string> letters;
    for (int i = 5; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        if (!file) give_up("FILE cannot be read");
        letters.emplace_back(std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>());
    }
    mail::Envelope envelope;
    envelope.sender_raw = argv[2];
    envelope.sender = mail::parse_path(argv[2]);
    envelope.recipients.push_back({argv[3], mail::parse_path(argv[3])});
    envelope.queue_id = "BENCH";

    const auto judge = [&](std::size_t number) {
        const auto message = mail::RawMessage::from_bytes(letters[number % letters.size()]);
        const auto outcome = pipeline::process_message(**guard, envelope, message);
        if (!outcome) give_up(outcome.error().message());
    };
    judge(0);  // what is made once is made
    const double before = cpu_seconds();
    for (int i = 0; i < count; ++i) judge(static_cast<std::size_t>(i));
    std::printf("%.1f us of CPU for each letter\n", (cpu_seconds() - before) / count * 1e6);
    return EXIT_SUCCESS;
}
