// Rollout: puts a policy in the place that the configuration names, and keeps what stood there.
//
// Beside policy.toml stands a folder policy.toml.versions. Each version is kept in it by the
// SHA-256 of its bytes (DIGEST.toml, with DIGEST.toml.sig and DIGEST.cases where it has them), and
// history.jsonl has a line for each time that one was put in place, oldest first:
//
//   {"at":"2026-11-30T02:00:00Z","what":"activate","version":"<digest>","replaced":"<digest>",
//    "policy":"nl-social-security@0123456789ab","by":"m.devries","reason":"agreement 2026-7"}
//
// Guarantees: policy.toml is replaced by rename, so that at any instant it is one version whole.
// What it is about to become is durable in the folder and in the history before. Signatures are in
// place at every instant too: policy.toml.sig holds that of the old version and that of the new one
// until the old one is gone. Owner, group and mode stay as they were. One process at a time.
//
// Failure: nothing was changed, or everything was; after a crash the file itself says which.
// Limits: versions are never removed; the folder is on the file system of the policy.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace postwacht::programs {

// A policy file and what belongs to it.
struct PolicyVersion {
    std::string text;
    std::optional<std::string> signature;  // of FILE.sig
    std::optional<std::string> cases;      // of NAME.cases beside NAME.toml

    [[nodiscard]] std::string digest() const;
};

struct HistoryEntry {
    std::string at;        // ISO
    std::string what;      // "activate" or "rollback"
    std::string version;   // its digest
    std::string replaced;  // of what stood there; empty where nothing did
    std::string policy;    // its id
    std::string by;
    std::string reason;  // may be empty
};

// NAME.cases beside NAME.toml.
[[nodiscard]] std::filesystem::path cases_beside(const std::filesystem::path& policy);
// A policy file with its signature and cases. Error: it is not there, or one of them is not to be
// read.
Result<PolicyVersion> read_policy_version(const std::filesystem::path& policy);

class Rollout {
  public:
    // For reading: makes nothing, waits for nobody.
    explicit Rollout(std::filesystem::path policy);
    // For install(). Error (conflict): another process is at it; or the policy is a symbolic link,
    // which a rename would replace.
    static Result<Rollout> begin(std::filesystem::path policy);

    // What stands in the place now; nothing where no file does.
    [[nodiscard]] Result<std::optional<PolicyVersion>> present() const;
    // Oldest first; empty where nothing was ever put in place.
    [[nodiscard]] Result<std::vector<HistoryEntry>> history() const;
    // A version that was kept. Error (not_found).
    [[nodiscard]] Result<PolicyVersion> version(const std::string& digest) const;
    // What rollback goes to: what the present version took the place of, or, where the present one
    // was put there by hand, the last that was put there by us. Error (not_found).
    [[nodiscard]] Result<std::string> previous() const;
    // The one digest among the versions that begins like this. Error (not_found).
    [[nodiscard]] Result<std::string> find(std::string_view beginning) const;

    // Only after begin(). Of `entry`, `at`, `version` and `replaced` are filled in.
    Result<void> install(const PolicyVersion& wanted, HistoryEntry entry,
                         const Clock& clock = system_clock());

  private:
    Result<void> keep(const PolicyVersion& version);
    Result<void> replace(const std::filesystem::path& file, std::string_view bytes);
    [[nodiscard]] std::filesystem::path kept(const std::string& digest, const char* ending) const;

    std::filesystem::path policy_;
    std::filesystem::path folder_;
    UniqueFd lock_;
};

}  // namespace postwacht::programs
