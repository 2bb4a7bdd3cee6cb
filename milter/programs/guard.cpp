#include "programs/guard.hpp"

#include <system_error>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "crypto/keys.hpp"
#include "crypto/seal.hpp"
#include "extract/extractor.hpp"
#include "extract/worker/pool.hpp"
#include "journal/journal.hpp"
#include "policy/policy.hpp"
#include "quarantine/mta_queue.hpp"
#include "quarantine/store.hpp"
#include "registry/index.hpp"

namespace postwacht::programs {
namespace {

// postwacht-extract beside this program, as in the folder of a build, or else where it is
// installed.
std::filesystem::path installed_worker() {
    constexpr const char* name = "postwacht-extract";
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        auto beside = self.parent_path() / name;
        if (std::filesystem::exists(beside, error)) return beside;
    }
    return std::filesystem::path(POSTWACHT_LIBEXEC_DIR) / name;
}

Result<std::vector<std::filesystem::path>> locate_all(const std::vector<Place>& places) {
    std::vector<std::filesystem::path> paths;
    for (const Place& place : places) {
        POSTWACHT_TRY(path, place.locate());
        paths.push_back(std::move(path));
    }
    return paths;
}

// `hint` is for a file that cannot be read; one that can has hints of its own.
Result<std::shared_ptr<const policy::Policy>> as_policy_error(
    Result<std::shared_ptr<const policy::Policy>> loaded, const std::filesystem::path& file,
    const char* hint) {
    if (loaded) return loaded;
    Error error = std::move(loaded).error();
    // A policy file that is not there is as wrong as one that does not read.
    if (error.code == ErrorCode::io || error.code == ErrorCode::not_found)
        error.code = ErrorCode::policy;
    if (error.hint.empty() && error.where == file.string()) error.hint = hint;
    return error;
}

}  // namespace

Result<std::shared_ptr<const policy::Policy>> load_policy(const std::filesystem::path& file) {
    return as_policy_error(policy::Policy::load(file.string()), file,
                           "name a policy file that you may read");
}

Result<std::shared_ptr<const policy::Policy>> load_policy(const Config& config) {
    POSTWACHT_TRY(file, config.policy.file.locate());
    POSTWACHT_TRY(keys, load_policy_keys(config));
    return as_policy_error(policy::Policy::load(file.string(), keys.get()), file,
                           "check 'file' under [policy] in the configuration");
}

Result<std::shared_ptr<const crypto::SignatureVerifier>> load_policy_keys(const Config& config) {
    std::shared_ptr<const crypto::SignatureVerifier> keys;
    if (config.policy.signed_by.empty()) return keys;
    POSTWACHT_TRY(files, locate_all(config.policy.signed_by));
    POSTWACHT_TRY(loaded, crypto::SignatureVerifier::load(files));
    keys = std::make_shared<const crypto::SignatureVerifier>(std::move(loaded));
    return keys;
}

Result<std::shared_ptr<registry::Registry>> make_registry(const Config& config) {
    POSTWACHT_TRY(index, config.registry.index.locate());
    POSTWACHT_TRY(key_file, config.registry.key.locate());
    POSTWACHT_TRY(key, crypto::SecretKey::load(key_file));
    return std::make_shared<registry::Registry>(std::move(index), std::move(key));
}

Result<crypto::SecretKey> load_journal_key(const Config& config) {
    POSTWACHT_TRY(file, config.journal.key.locate());
    return crypto::SecretKey::load(file);
}

Result<std::shared_ptr<journal::Journal>> open_journal(const Config& config) {
    POSTWACHT_TRY(directory, config.journal.directory.locate());
    POSTWACHT_TRY(key, load_journal_key(config));
    auto journal = journal::Journal::open(directory, key, system_clock(), config.journal.kept);
    if (!journal) return std::move(journal).error();
    return std::shared_ptr<journal::Journal>(*std::move(journal));
}

Result<std::shared_ptr<quarantine::Store>> open_existing_store(const Config& config) {
    POSTWACHT_TRY(directory, config.quarantine.directory.locate());
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored))
        return Error{
            ErrorCode::config, config.quarantine.directory.where,
            format("there is no quarantine at {}", directory.string()),
            "check 'directory' under [quarantine]; 'postwacht init' and the milter make it"};
    // Without certificates: this process opens and decides, it holds nothing new.
    POSTWACHT_TRY(store, quarantine::open_store(directory, {}));
    return std::shared_ptr<quarantine::Store>(std::move(store));
}

Result<std::shared_ptr<const crypto::Sealer>> load_sealer(const Config& config) {
    POSTWACHT_TRY(certificates, locate_all(config.quarantine.certificates));
    POSTWACHT_TRY(sealer, crypto::Sealer::load(certificates));
    return std::make_shared<const crypto::Sealer>(std::move(sealer));
}

std::shared_ptr<quarantine::MtaQueue> make_mta_queue(const Config& config) {
    if (!config.quarantine.mta) return nullptr;
    return quarantine::make_mta_queue(*config.quarantine.mta);
}

Result<std::shared_ptr<const crypto::Opener>> load_opener(const Config& config) {
    if (!config.review.certificate || !config.review.private_key)
        return Error{ErrorCode::config, config.file,
                     "[review] names no certificate and private_key, so held mail cannot be opened",
                     "run this where the reviewers' key is, and set both under [review]"};
    POSTWACHT_TRY(certificate, config.review.certificate->locate());
    POSTWACHT_TRY(private_key, config.review.private_key->locate());
    POSTWACHT_TRY(opener, crypto::Opener::load(certificate, private_key));
    return std::make_shared<const crypto::Opener>(std::move(opener));
}

Result<std::shared_ptr<const extract::Extractor>> start_extractor(const Config* config,
                                                                  std::size_t workers) {
    extract::worker::PoolSettings settings;
    settings.workers = workers;
    if (config != nullptr && config->extract.worker) {
        POSTWACHT_TRY(program, config->extract.worker->locate());
        settings.program = std::move(program);
    } else {
        settings.program = installed_worker();
    }
    if (config != nullptr) settings.memory = config->extract.limits.memory;
    if (config != nullptr && workers == 0) settings.workers = config->extract.workers;
    if (config != nullptr) settings.scan_workers = config->extract.scan_workers;
    auto pool = extract::worker::start_pool(settings);
    if (!pool) {
        Error error = std::move(pool).error();
        error.code = ErrorCode::config;
        return error;
    }
    return std::shared_ptr<const extract::Extractor>(std::move(*pool));
}

Result<session::GuardPtr> load_guard(const Config& config, GuardUse use,
                                     std::shared_ptr<pipeline::RunGuard> run_guard) {
    auto guard = std::make_shared<pipeline::Guard>();
    guard->limits = config.extract.limits;
    // For one letter one worker is enough.
    POSTWACHT_TRY(extractor, start_extractor(&config, use == GuardUse::judge ? 1 : 0));
    guard->extractor = std::move(extractor);
    POSTWACHT_TRY(policy, load_policy(config));
    guard->policy = std::move(policy);
    POSTWACHT_TRY(registry, make_registry(config));
    guard->registry = std::move(registry);
    if (use == GuardUse::judge) return session::GuardPtr(std::move(guard));

    POSTWACHT_TRY(directory, config.quarantine.directory.locate());
    POSTWACHT_TRY(certificates, locate_all(config.quarantine.certificates));
    POSTWACHT_TRY(store, quarantine::open_store(directory, certificates));
    guard->store = std::move(store);
    if (config.quarantine.mta_holds) guard->mta = config.quarantine.mta->kind;
    POSTWACHT_TRY(journal, open_journal(config));
    guard->journal = std::move(journal);
    if (!run_guard) {
        POSTWACHT_TRY(key, load_journal_key(config));
        POSTWACHT_TRY(opened, pipeline::RunGuard::open(directory / "runs.json", key));
        run_guard = std::move(opened);
    }
    guard->run_guard = std::move(run_guard);
    return session::GuardPtr(std::move(guard));
}

Result<session::GuardPtr> validate(const Config& config) {
    POSTWACHT_TRY(guard, load_guard(config, GuardUse::judge));
    POSTWACHT_TRY(index, guard->registry->current());
    POSTWACHT_TRY(certificates, locate_all(config.quarantine.certificates));
    POSTWACHT_TRY(sealer, crypto::Sealer::load(certificates));
    POSTWACHT_TRY(key, load_journal_key(config));
    std::error_code ignored;
    if (!std::filesystem::is_directory(config.milter.spool_directory, ignored))
        return Error{ErrorCode::config, config.file,
                     format("the folder {} does not exist", config.milter.spool_directory.string()),
                     "set 'spool_directory' under [milter] to a folder that the milter may write"};
    const auto& metrics_file = config.metrics_file;
    if (!metrics_file.empty() &&
        !std::filesystem::is_directory(metrics_file.parent_path(), ignored))
        return Error{ErrorCode::config, config.file,
                     format("the folder {} does not exist", metrics_file.parent_path().string()),
                     "set 'metrics_file' under [milter] to a file in a folder that the milter may "
                     "write"};
    return guard;
}

}  // namespace postwacht::programs
