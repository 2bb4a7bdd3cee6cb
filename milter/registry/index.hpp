// Index: one immutable registry, opened for lookups. A seam: LMDB here, a live source later, and a
// fake in tests/support.
//
// On disk (format 5, documented in ARCHITECTURE.md): one LMDB file. Keys are HMAC-SHA-256 of the
// normalised value under a key kept elsewhere, records are AES-256-GCM; no identifier is in clear.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "registry/mailboxes.hpp"
#include "registry/types.hpp"

namespace postwacht::registry {

enum class Key { bsn, other_id, email, folded_email, name_birth_date, address };
constexpr std::size_t key_kinds = 6;

struct Stats {
    std::uint64_t subjects = 0;
    std::uint64_t organisations = 0;
    std::uint64_t relations = 0;
    Instant built_at{};         // when the build ended
    Instant source_as_of{};     // the newest modification time of the source and its updates
    std::string source_digest;  // SHA-256 over the source and its updates, hexadecimal
    std::uint32_t format = 0;
    std::uint64_t updates = 0;  // how many there were since the build
    Instant updated_at{};       // when the last one ended; meaningless without any
};

class Index {
  public:
    virtual ~Index() = default;

    // The subjects that have this value. `value` is normalised already: a BSN as nine digits, an
    // other id as normalise_other_id() gives it, an e-mail address as mailboxes() does, one that
    // was read without its diacritics in folded form (only those are found that lost some), a name
    // with a birth date and an address as person_keys.hpp makes them. More than one subject may
    // have it. Thread-safe, without locks. Error: registry_unavailable.
    virtual Result<std::vector<SubjectNumber>> find(Key key, std::string_view value) const = 0;
    virtual Result<std::shared_ptr<const Subject>> subject(SubjectNumber number) const = 0;
    virtual Result<std::shared_ptr<const Organisation>> organisation(
        OrganisationNumber number) const = 0;
    // The organisations that an address belongs to: by address, then, unless `by_address_only`,
    // by its domain and every parent domain.
    virtual Result<std::vector<OrganisationNumber>> organisations_at(
        std::string_view address_key, bool by_address_only) const = 0;

    // The subjects with this subject_id: none or one.
    virtual Result<std::vector<SubjectNumber>> subjects_with_id(std::string_view id) const = 0;
    // The names that relations have here ("employer"), sorted; after updates perhaps some that none
    // has any more.
    [[nodiscard]] virtual std::vector<std::string> relation_names() const = 0;

    // Whether a person may be found by this word (append_name_key()). Costs nanoseconds, so that a
    // matcher can ask it of every word near a date. May say yes to others too.
    [[nodiscard]] virtual bool may_be_surname(std::string_view /*key*/) const { return true; }
    // The shapes that registered other ids have ("aa-999999": letters a, digits 9, rest as it is),
    // so that a matcher need not look up every word. Sorted.
    [[nodiscard]] virtual const std::vector<std::string>& other_id_shapes() const = 0;
    // Which ways to write an address are one address here.
    [[nodiscard]] virtual const Mailboxes& mailboxes() const;
    [[nodiscard]] virtual const Stats& stats() const = 0;
};

// Lower case, without blanks; dots, dashes and slashes kept.
[[nodiscard]] std::string normalise_other_id(std::string_view value);
[[nodiscard]] std::string shape_of(std::string_view normalised);

// Who an address (Address::key()) belongs to. `by_address_only` for domains that identify nobody:
// those of public mailbox providers, and those that many organisations share.
Result<Addressee> resolve(const Index& index, std::string_view address_key, bool by_address_only);

// Opens an index file with its updates. Errors (registry_unavailable): missing (also updates that
// there were), damaged, another format, another key.
Result<std::shared_ptr<const Index>> open_index(const std::filesystem::path& file,
                                                const crypto::SecretKey& key);

// The registry as a running daemon sees it: the newest complete index with its updates, noticed
// when a file is replaced. Readers hold the index they got; it lives until the last of them lets
// go.
class Registry {
  public:
    Registry(std::filesystem::path file, const crypto::SecretKey& key);
    ~Registry();

    // The current index: costs two stat(2) while nothing changed. When a file was replaced by one
    // that cannot be opened, the Error (never the old index: it may be wrong by now).
    // Thread-safe.
    Result<std::shared_ptr<const Index>> current();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::registry
