// coverage: which cells of the disclosure matrix a policy's cases never ask.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/matrix.hpp"
#include "policy/policy.hpp"

namespace postwacht::policy {

class Coverage {
  public:
    explicit Coverage(const Policy& policy) : rows_(written_matrix(policy)) {}

    // Takes note of the cells that decided, or would have.
    void add(const Verdict& verdict);
    // "medical to former_employer", in the order of the matrix; "*" for all that a row leaves out.
    [[nodiscard]] std::vector<std::string> missing() const;
    [[nodiscard]] std::size_t cells() const;

  private:
    std::vector<MatrixRow> rows_;
    std::set<std::pair<std::string, std::string>> seen_;  // category and word
};

}  // namespace postwacht::policy
