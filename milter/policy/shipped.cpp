// The policies built into the program. The build writes shipped_data.inc from policies/*.toml: one
// {name, text} for each file.
#include <string_view>
#include <vector>

#include "policy/policy.hpp"

namespace postwacht::policy {
namespace {

struct Shipped {
    std::string_view name;
    std::string_view text;
};

// The last row keeps the array from being empty where no policy was there at build time.
constexpr Shipped shipped[] = {
#include "shipped_data.inc"
    {"", ""}};

}  // namespace

std::string_view shipped_policy(std::string_view name) {
    for (const Shipped& policy : shipped)
        if (policy.name == name) return policy.text;
    return {};
}

std::vector<std::string_view> shipped_policy_names() {
    std::vector<std::string_view> names;
    for (const Shipped& policy : shipped)
        if (!policy.name.empty()) names.push_back(policy.name);
    return names;
}

}  // namespace postwacht::policy
