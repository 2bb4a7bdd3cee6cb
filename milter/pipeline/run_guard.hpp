// RunGuard: stops a mail merge that goes wrong.
//
// A run is letters of one sender, of a near-identical template, each within a while of the one
// before. Every letter that was judged is taken down here, in the order in which verdicts are
// reached. It went wrong if it is misaddressed; or if it was moved: its recipient fits the subject
// of another letter of the run and not its own, or its subject is whom another letter of the run
// went to, where neither letter fits its own recipient. Both letters of such a pair are moved, so
// that a list that is shifted by any small number of rows shows after its first letters, also where
// parallel sessions deliver it out of order. Once as many letters went wrong as the policy says the
// run has tripped, and is held whole until no letter of it came for the policy's window.
//
// Guarantees: what take() says about a letter takes account of every letter taken before, by
// whichever thread. A run that tripped stays so, whatever else comes, also when the policy is
// loaded anew; and keep() has it on disk, so that a restart does not forget it. Letters that come
// again (same recipients, same subjects) count once, so that a server that tries again trips
// nothing. Memory and time for a letter are bounded.
//
// Failure: where there is no room for one more run that trips, or on disk, an Error (budget, io,
// disk_full): the letter has to wait in the MTA's queue. open() refuses a file that it does not
// understand (damaged), or that is of another key (crypto).
//
// Limits: what was counted of a run that has not tripped is lost in a restart, and when more other
// letters come in between than are remembered (constants below). Two letters that show a shift
// together may come thousands of letters apart (run_astray.hpp), but for those about nobody that
// was found, of which the latest 64 are compared; beyond that misaddressed letters show it alone.
// Of a list in which no two rows that belong together came yet nobody can tell. The file holds no
// addresses: a keyed hash of the sender, the fingerprint, why, and until when.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "extract/reading.hpp"
#include "pipeline/run_book.hpp"
#include "policy/policy.hpp"
#include "registry/types.hpp"

namespace postwacht::pipeline {

class RunGuard {
  public:
    // Reads the runs that had tripped, if the file is there. `key` is secret; keys for hashing are
    // derived from it.
    static Result<std::unique_ptr<RunGuard>> open(std::filesystem::path file,
                                                  const crypto::SecretKey& key,
                                                  const Clock& clock = system_clock());
    ~RunGuard();

    // `organisations` are those that each recipient belongs to; it may be empty.
    [[nodiscard]] RunLetter describe(
        const policy::Facts& facts,
        const std::vector<std::vector<registry::OrganisationNumber>>& organisations,
        const extract::Reading& reading) const;

    // Takes a letter down. Thread-safe; no system call is made in it.
    Result<RunView> take(const RunLetter& letter, const policy::RunRule& rule);
    // Returns when the trip that a letter is held for is on disk. Thread-safe.
    Result<void> keep(const RunView& view);

  private:
    RunGuard(std::filesystem::path file, crypto::KeyedHash hash, const Clock& clock);
    Result<void> load();

    struct State;
    std::filesystem::path file_;
    crypto::KeyedHash hash_;
    const Clock& clock_;
    std::uint64_t seed_ = 0;
    std::string key_check_;
    std::unique_ptr<State> state_;
    std::mutex writing_;
    std::atomic<std::uint64_t> written_{0};  // the generation that is on disk
};

}  // namespace postwacht::pipeline
