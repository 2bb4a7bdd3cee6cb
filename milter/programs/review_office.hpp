// review_office: from the configuration to what reviews held mail.
#pragma once

#include <filesystem>
#include <memory>

#include "programs/config.hpp"
#include "review/automatic.hpp"
#include "review/desk.hpp"

namespace postwacht::programs {

struct ReviewOffice {
    std::shared_ptr<review::Desk> desk;
    std::shared_ptr<review::Automatic> automatic;
    std::shared_ptr<const review::Tokens> tokens;
    std::filesystem::path journal_directory;
};

// Opens the quarantine, the review key, the journal, the policy and the registry's key, and starts
// `workers` processes that read attachments (0: as many as are configured). Each use of the policy
// looks whether its file changed; where the new one does not load the last good one stays, and the
// log says so once. Errors: config, policy, crypto, io, damaged.
Result<ReviewOffice> open_review_office(const Config& config, std::size_t workers);

}  // namespace postwacht::programs
