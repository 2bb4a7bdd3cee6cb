#include "policy/matrix.hpp"

#include "policy/rules.hpp"

namespace postwacht::policy {

std::vector<MatrixRow> written_matrix(const Policy& policy) {
    const Rules& rules = policy.rules();
    std::vector<MatrixRow> rows;
    for (const Row& row : rules.rows) {
        MatrixRow& out = rows.emplace_back();
        out.category = row.category;
        for (const WrittenCell& written : row.written)
            out.cells.push_back({written.word, written.cell.action, written.cell.simulated,
                                 place_of(rules, written.cell.line)});
    }
    return rows;
}

}  // namespace postwacht::policy
