// What tests of the run guard share: a guard on a clock that stands still, and letters of runs.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "pipeline/run_guard.hpp"
#include "support/catch_result.hpp"
#include "support/fake_clock.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::run_tests {

using namespace std::chrono_literals;
using pipeline::RunGuard;
using pipeline::RunLetter;
using pipeline::RunTemplate;
using pipeline::RunView;
using policy::RunRule;
using policy::RunTrip;

constexpr std::uint64_t nobody = 0;

// A template that is like no other one.
inline RunTemplate template_number(std::uint16_t number) {
    RunTemplate out;
    for (std::size_t i = 0; i < pipeline::template_bins; ++i)
        out.least[i] = static_cast<std::uint16_t>(number * 64 + i);
    return out;
}

// A letter about one person to the address of another; a person is a number from 1.
inline RunLetter letter(std::uint64_t about, std::uint64_t to, bool misaddressed = false) {
    RunLetter out;
    out.sender = 7;
    out.text = template_number(1);
    if (about != nobody) out.subjects = {about * 1000};
    out.addressees = {to * 1000};
    out.identity = about << 32U | to;
    out.misaddressed = misaddressed;
    return out;
}

class World {
  public:
    World() {
        auto made = crypto::SecretKey::generate();
        REQUIRE(made);
        key = std::make_unique<crypto::SecretKey>(*made);
        open();
    }

    // As after a restart.
    void open() {
        auto opened = RunGuard::open(file(), *key, clock);
        REQUIRE(opened);
        guard = std::move(*opened);
    }
    [[nodiscard]] std::filesystem::path file() const { return directory_ / "runs.json"; }

    RunView take(const RunLetter& taken, const RunRule& rule = {}) const {
        auto view = guard->take(taken, rule);
        REQUIRE(view);
        return *view;
    }
    bool holds(const RunLetter& taken, const RunRule& rule = {}) const {
        return take(taken, rule).trip.has_value();
    }
    void trip() const {
        for (std::uint64_t i = 1; i <= 5; ++i) take(letter(i, 900 + i, true));
    }

    FakeClock clock;
    std::unique_ptr<crypto::SecretKey> key;
    std::unique_ptr<RunGuard> guard;

  private:
    TemporaryDirectory directory_;
};

// Row i of a list that is shifted by `rows`: about i, to whom the row that many further is about.
inline std::vector<RunLetter> shifted(std::uint64_t letters, int rows, bool misaddressed = false) {
    std::vector<RunLetter> run;
    for (std::uint64_t i = 101; i <= 100 + letters; ++i)
        run.push_back(letter(i, static_cast<std::uint64_t>(static_cast<std::int64_t>(i) + rows),
                             misaddressed));
    return run;
}

// As parallel sessions deliver a list: no letter comes before one that is `sessions` rows above it.
inline void reorder(std::vector<RunLetter>& run, std::size_t sessions, unsigned seed) {
    std::mt19937 random(seed);
    for (std::size_t i = 0; i + 1 < run.size(); ++i) {
        const std::size_t room = std::min(sessions, run.size() - i);
        std::swap(run[i], run[i + random() % room]);
    }
}

// How many letters leave; REQUIREs that none leaves behind one that is held.
inline std::size_t leaving(const World& world, const std::vector<RunLetter>& run,
                           const RunRule& rule = {}) {
    std::size_t left = 0;
    bool tripped = false;
    for (const RunLetter& each : run) {
        const bool held = world.holds(each, rule);
        REQUIRE((held || !tripped));
        tripped = tripped || held;
        left += held ? 0 : 1;
    }
    return left;
}

}  // namespace postwacht::run_tests
