#include "programs/review_office.hpp"

#include <sys/stat.h>

#include <array>
#include <mutex>
#include <string>
#include <utility>

#include "base/format.hpp"
#include "base/log.hpp"
#include "policy/policy.hpp"
#include "programs/guard.hpp"

namespace postwacht::programs {
namespace {

// The guard of the configuration, with the policy that its file holds now.
class CurrentGuard {
  public:
    CurrentGuard(Config config, std::shared_ptr<const pipeline::Guard> guard)
        : config_(std::move(config)), guard_(std::move(guard)), seen_(look()) {}

    std::shared_ptr<const pipeline::Guard> get() {
        const std::lock_guard lock(mutex_);
        const SeenPair now = look();
        if (now == seen_) return guard_;
        seen_ = now;
        auto policy = load_policy(config_);
        if (!policy) {
            log::error("PW_REVIEW_POLICY_REFUSED", policy.error());
            return guard_;
        }
        auto renewed = std::make_shared<pipeline::Guard>(*guard_);
        renewed->policy = *std::move(policy);
        guard_ = std::move(renewed);
        log::info("PW_POLICY_LOADED", format("policy={}", guard_->policy->id()));
        return guard_;
    }

  private:
    // What tells that the file or its signature was replaced or written.
    struct Seen {
        ino_t inode = 0;
        off_t size = 0;
        time_t seconds = 0;
        long nanoseconds = 0;
        bool operator==(const Seen&) const = default;
    };
    using SeenPair = std::array<Seen, 2>;

    SeenPair look() const {
        SeenPair seen{};
        const auto file = config_.policy.file.locate();
        if (!file) return seen;
        const std::array<std::string, 2> names{file->string(), file->string() + ".sig"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            struct stat status {};
            if (::stat(names[i].c_str(), &status) == 0)
                seen[i] = {status.st_ino, status.st_size, status.st_mtim.tv_sec,
                           status.st_mtim.tv_nsec};
        }
        return seen;
    }

    Config config_;
    std::mutex mutex_;
    std::shared_ptr<const pipeline::Guard> guard_;
    SeenPair seen_;
};

Result<std::shared_ptr<const pipeline::Guard>> make_guard(const Config& config,
                                                          std::size_t workers) {
    auto guard = std::make_shared<pipeline::Guard>();
    guard->limits = config.extract.limits;
    POSTWACHT_TRY(extractor, start_extractor(&config, workers));
    POSTWACHT_TRY(policy, load_policy(config));
    POSTWACHT_TRY(registry, make_registry(config));
    guard->extractor = std::move(extractor);
    guard->policy = std::move(policy);
    guard->registry = std::move(registry);
    return std::shared_ptr<const pipeline::Guard>(std::move(guard));
}

}  // namespace

Result<ReviewOffice> open_review_office(const Config& config, std::size_t workers) {
    ReviewOffice made;
    review::Office office;
    // The key first: whoever may not read it opens nothing else.
    POSTWACHT_TRY(opener, load_opener(config));
    POSTWACHT_TRY(store, open_existing_store(config));
    POSTWACHT_TRY(directory, config.quarantine.directory.locate());
    POSTWACHT_TRY(casebook, quarantine::Casebook::open(directory));
    POSTWACHT_TRY(journal, open_journal(config));
    POSTWACHT_TRY(journal_directory, config.journal.directory.locate());
    POSTWACHT_TRY(key, load_journal_key(config));
    POSTWACHT_TRY(assessor, review::Assessor::create(key));
    POSTWACHT_TRY(tokens, review::Tokens::create(key));
    POSTWACHT_TRY(guard, make_guard(config, workers));
    const auto current = std::make_shared<CurrentGuard>(config, std::move(guard));
    office.store = std::move(store);
    office.casebook = std::move(casebook);
    office.journal = std::move(journal);
    office.opener = std::move(opener);
    office.assessor = std::move(assessor);
    office.guard = [current] { return current->get(); };
    office.mta = make_mta_queue(config);
    // Without them only what a sender says cannot be kept.
    if (auto sealer = load_sealer(config))
        office.sealer = *std::move(sealer);
    else
        log::warning("PW_REVIEW_NOT_SEALING", sealer.error().message());
    std::shared_ptr<review::Reconciler> reconciler;
    if (office.mta)
        reconciler = std::make_shared<review::Reconciler>(office.store, office.journal, office.mta,
                                                          config.quarantine.mta->accept_within);

    const std::shared_ptr<review::Reinjector> mailer =
        review::make_smtp_reinjector(config.reinject);
    made.tokens = std::move(tokens);
    made.desk = std::make_shared<review::Desk>(std::move(office),
                                               review::People(config.review.people), mailer);
    made.automatic = std::make_shared<review::Automatic>(
        made.desk, std::make_shared<review::Notifier>(config.review.notices, mailer, made.tokens),
        std::move(reconciler));
    made.journal_directory = std::move(journal_directory);
    return made;
}

}  // namespace postwacht::programs
