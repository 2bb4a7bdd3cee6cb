#include "policy/coverage.hpp"

#include <algorithm>

namespace postwacht::policy {

void Coverage::add(const Verdict& verdict) {
    for (const RecipientVerdict& recipient : verdict.recipients) {
        for (const Reason& reason : recipient.reasons) {
            if (reason.rule != "disclosure") continue;
            const auto row = std::find_if(rows_.begin(), rows_.end(), [&reason](const auto& r) {
                return r.category == reason.category;
            });
            if (row == rows_.end() || row->cells.empty()) continue;
            const auto cell =
                std::find_if(row->cells.begin(), row->cells.end() - 1,
                             [&reason](const auto& c) { return c.word == reason.relation; });
            seen_.emplace(row->category, cell->word);
        }
    }
}

std::vector<std::string> Coverage::missing() const {
    std::vector<std::string> out;
    for (const MatrixRow& row : rows_)
        for (const MatrixCell& cell : row.cells)
            if (seen_.count({row.category, cell.word}) == 0)
                out.push_back(row.category + " to " + cell.word);
    return out;
}

std::size_t Coverage::cells() const {
    std::size_t count = 0;
    for (const MatrixRow& row : rows_) count += row.cells.size();
    return count;
}

}  // namespace postwacht::policy
