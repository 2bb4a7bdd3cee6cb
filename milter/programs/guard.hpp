// guard: from the configuration to what judges mail.
#pragma once

#include <memory>
#include <string_view>

#include "programs/config.hpp"
#include "session/session.hpp"

namespace postwacht::programs {

enum class GuardUse {
    judge,  // `postwacht check`: no quarantine, no journal, nothing is written
    serve,  // the milter: quarantine and journal are opened, and made where they are missing
};

// Opens the policy, the registry's key and, to serve, quarantine and journal. A registry index that
// is missing or damaged is not an error here: the policy decides what becomes of mail meanwhile,
// and a milter that refuses to start would leave that to the MTA's defaults. Errors: policy,
// crypto, config, io.
// `run_guard` is that of the guard before, at a reload: what it knows of runs must go on.
Result<session::GuardPtr> load_guard(const Config& config, GuardUse use,
                                     std::shared_ptr<pipeline::RunGuard> run_guard = nullptr);

// What reads attachments: a pool of sandboxed processes. Without a configuration the program's own
// defaults hold; `workers` of 0 stands for as many as are configured. Error (config): it does not
// start.
Result<std::shared_ptr<const extract::Extractor>> start_extractor(const Config* config,
                                                                  std::size_t workers);

// The same, and everything else that serving will need is opened too and let go, the registry
// included: for `postwacht-milter --check`. Writes nothing.
Result<session::GuardPtr> validate(const Config& config);

// Opens the certificate and the private key of [review]. Error (config) where they are not set.
Result<std::shared_ptr<const crypto::Opener>> load_opener(const Config& config);
// The certificates of [quarantine], which the milter seals to. Errors: those of the files.
Result<std::shared_ptr<const crypto::Sealer>> load_sealer(const Config& config);
// The journal's key, and the journal itself for appending.
Result<crypto::SecretKey> load_journal_key(const Config& config);
Result<std::shared_ptr<journal::Journal>> open_journal(const Config& config);
// Error (not_found) where the folder is missing: only `init` and the milter make one.
Result<std::shared_ptr<quarantine::Store>> open_existing_store(const Config& config);
// The queue of the MTA that holds messages itself; null where the configuration names none.
[[nodiscard]] std::shared_ptr<quarantine::MtaQueue> make_mta_queue(const Config& config);
Result<std::shared_ptr<registry::Registry>> make_registry(const Config& config);
// Of a file that anybody named: no signature is asked for.
Result<std::shared_ptr<const policy::Policy>> load_policy(const std::filesystem::path& file);
// The configuration's, signed if it says so. Errors: policy, config, crypto.
Result<std::shared_ptr<const policy::Policy>> load_policy(const Config& config);
// The keys that the configuration's policy must be signed with; null where it need not be.
Result<std::shared_ptr<const crypto::SignatureVerifier>> load_policy_keys(const Config& config);

}  // namespace postwacht::programs
