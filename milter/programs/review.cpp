// postwacht review: what was delivered wrongly after all, and what there is to report.
#include "programs/commands.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {

void add_review(Subcommand program, Run& chosen) {
    const auto group = program.group("review", "Breaches and near misses");
    add_review_lookback(group, chosen);
    add_review_report(group, chosen);
}

}  // namespace postwacht::programs
