// choose_policy: the policy that a command is about.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "policy/policy.hpp"

namespace postwacht::programs {

struct ChosenPolicy {
    std::filesystem::path file;
    std::shared_ptr<const policy::Policy> policy;
};

// The one named on the command line, or else that of the configuration, which may have to be
// signed.
Result<ChosenPolicy> choose_policy(const std::string& config_file, const std::string& file);

[[nodiscard]] inline const char* to_string(policy::Mode mode) noexcept {
    return mode == policy::Mode::simulate ? "simulate" : "enforce";
}

}  // namespace postwacht::programs
