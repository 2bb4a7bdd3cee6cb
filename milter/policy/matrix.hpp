// The disclosure matrix as it is written: what `policy show` prints and `policy test` covers.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.hpp"

namespace postwacht::policy {

struct MatrixCell {
    std::string word;  // "former_employer"; "*" for all that the row does not name
    Action action = Action::quarantine;
    bool simulated = false;
    std::string place;  // "nl.toml:41"
};

struct MatrixRow {
    std::string category;
    std::vector<MatrixCell> cells;  // in the order of the file, "*" last, also where it is left out
};

// A row for each category of the policy, personal_data last.
[[nodiscard]] std::vector<MatrixRow> written_matrix(const Policy& policy);

}  // namespace postwacht::policy
