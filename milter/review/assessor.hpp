// Assessor: judges a held item by today's registry and policy, for review.
//
// It opens the item, has the pipeline judge what is in it for the recipients it is held for, and
// says what review goes by. Nothing is changed. What leaves this room of an item is pseudonyms,
// keyed digests, counts and verdicts without addresses.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/keys.hpp"
#include "crypto/seal.hpp"
#include "journal/journal.hpp"
#include "pipeline/pipeline.hpp"
#include "quarantine/casebook.hpp"
#include "quarantine/store.hpp"

namespace postwacht::review {

struct Assessed {
    quarantine::Assessment assessment;  // without incident and time
    policy::Verdict verdict;
    std::string likeness;  // keyed; the same for letters of one template; empty where it has none
};

class Assessor {
  public:
    // Error: crypto.
    static Result<std::unique_ptr<Assessor>> create(const crypto::SecretKey& journal_key);

    // Errors: those of opening and judging; then nothing is known about the item.
    Result<Assessed> assess(const pipeline::Guard& guard, const journal::Journal& journal,
                            const quarantine::Item& item, const quarantine::Content& content) const;

    // Of all that the registry says about a subject and about the organisations it is related to.
    Result<std::string> fingerprint(const registry::Index& index,
                                    const registry::Subject& subject) const;
    // Of the subject with this id; empty where there is none any more.
    Result<std::string> fingerprint(const registry::Index& index,
                                    std::string_view subject_id) const;

  private:
    explicit Assessor(crypto::KeyedHash hash) : hash_(std::move(hash)) {}
    [[nodiscard]] std::string digest(std::string_view kind, std::string_view value) const;

    crypto::KeyedHash hash_;
};

// The envelope of an item's content, to be judged.
[[nodiscard]] mail::Envelope envelope_of(const quarantine::Item& item,
                                         const quarantine::Content& content);

}  // namespace postwacht::review
