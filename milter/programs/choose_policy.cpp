#include "programs/choose_policy.hpp"

#include <utility>

#include "programs/config.hpp"
#include "programs/guard.hpp"

namespace postwacht::programs {

Result<ChosenPolicy> choose_policy(const std::string& config_file, const std::string& file) {
    if (!file.empty()) {
        POSTWACHT_TRY(named, load_policy(std::filesystem::path(file)));
        return ChosenPolicy{file, std::move(named)};
    }
    POSTWACHT_TRY(config, load_config(config_file));
    POSTWACHT_TRY(configured, config.policy.file.locate());
    POSTWACHT_TRY(policy, load_policy(config));
    return ChosenPolicy{std::move(configured), std::move(policy)};
}

}  // namespace postwacht::programs
