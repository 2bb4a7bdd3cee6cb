// Policy: a TOML file made into a pure function from facts to a verdict.
//
// Guarantees: a policy that loads is total: every (category, relation) has an action, and what no
// row names is quarantined. judge() does no I/O, reads no clock, and gives the same verdict for the
// same facts. Errors name file, line and column, and a hint. Format: postwacht.policy in
// ARCHITECTURE.md and the shipped policies/, which are its documentation.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "crypto/signature.hpp"
#include "match/vocabulary.hpp"
#include "policy/verdict.hpp"

namespace postwacht::policy {

// Something that `policy check` should say although the policy loads.
struct Warning {
    std::string where;
    std::string what;
    std::string hint;
    bool note = false;  // nothing is wrong, and somebody may want to know
};

struct ReviewRules;
struct Rules;

// When a merge run has gone wrong ([run_guard]): `letters` of its letters did and at least `share`
// of all so far, or of the latest letters / share ones.
struct RunRule {
    std::uint32_t letters = 5;
    double share = 0.2;
    bool shift = true;                  // letters for a neighbour in the list count as well
    std::chrono::seconds window{3600};  // a run ends when no letter of it came for so long

    bool operator==(const RunRule&) const = default;
};

// Where the files stand that a policy may extend, and whose signatures those need (null: none).
struct Folder {
    std::filesystem::path path;
    const crypto::SignatureVerifier* signed_by = nullptr;
};

class Policy {
  public:
    // `file` is used in messages only. Compiles the terms and patterns too. Such a policy can
    // extend a shipped one; load() also finds a file beside it.
    static Result<std::shared_ptr<const Policy>> parse(std::string_view toml_text,
                                                       std::string file);
    // The same for a text that is to stand in `folder`; whether it is signed is the caller's to
    // ask.
    static Result<std::shared_ptr<const Policy>> parse(std::string_view toml_text, std::string file,
                                                       const Folder& folder);
    // With `signed_by`, the file and each file that it extends need a signature of one of those
    // keys (policy/signature.hpp). Shipped policies are part of the program.
    static Result<std::shared_ptr<const Policy>> load(
        const std::string& path, const crypto::SignatureVerifier* signed_by = nullptr);
    ~Policy();

    // Verdict without parts, coverage and elapsed_ms, which the caller knows.
    [[nodiscard]] Verdict judge(const Facts& facts) const;
    // Makes of the verdict about these facts one about a letter of a run that went wrong: what
    // [run_guard] says, for all recipients but own ones. Changes nothing where there is none.
    void judge_run(const RunTrip& trip, const Facts& facts, Verdict& verdict) const;
    // Whether mail of this sender is judged at all (own domains, a null sender, or an own address
    // in From).
    [[nodiscard]] bool in_scope(const mail::Address& sender,
                                const std::vector<mail::Address>& header_from) const;
    // Whether an address is one of the own domains; not of a null or invalid one.
    [[nodiscard]] bool is_own(const mail::Address& address) const;
    // Whether a domain never identifies an organisation: that of a public mailbox provider, or one
    // that many organisations share.
    [[nodiscard]] bool identifies_nobody(std::string_view domain) const;
    // Domains whose host ignores dots in the name of a mailbox; for registry::BuildOptions.
    [[nodiscard]] const std::vector<std::string>& dotless_domains() const;

    [[nodiscard]] const match::Vocabulary& vocabulary() const;
    [[nodiscard]] const std::string& name() const;
    // "name@<first 12 hexadecimal digits of the SHA-256 of the file>"; of a policy that extends
    // others, of the digests of all of them.
    [[nodiscard]] const std::string& id() const;
    [[nodiscard]] Mode mode() const;
    // Nothing: the policy looks at each letter alone.
    [[nodiscard]] std::optional<RunRule> run_rule() const;
    // What happens to a run that went wrong; nothing where the rule is tried out, or none.
    [[nodiscard]] std::optional<Action> run_action() const;
    // The rule in words, and the line it stands in; empty where there is none.
    [[nodiscard]] std::pair<std::string, std::string> describe_run_rule() const;
    // The strongest thing it may do, so that the session can ask the MTA for it.
    [[nodiscard]] Action strongest_action() const;
    [[nodiscard]] bool uses_tag() const;
    [[nodiscard]] const std::vector<Warning>& warnings() const;
    // Hexadecimal SHA-256: what the digits of id() are the first of.
    [[nodiscard]] const std::string& digest() const;
    // What becomes of what it holds.
    [[nodiscard]] const ReviewRules& review() const;
    // For this room.
    [[nodiscard]] const Rules& rules() const;

  private:
    Policy();
    static Result<std::shared_ptr<const Policy>> make(std::string_view toml_text, std::string file,
                                                      const Folder* folder);
    struct State;
    std::unique_ptr<const State> state_;
};

// Policies built into the program, from policies/*.toml; empty if there is none of that name.
[[nodiscard]] std::string_view shipped_policy(std::string_view name);
[[nodiscard]] std::vector<std::string_view> shipped_policy_names();

}  // namespace postwacht::policy
