#include "match/conditions.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace postwacht::match {
namespace {

using Word = ConditionalHits::Word;

// Words by list and begin, each with the furthest end of those of its list up to it.
class Neighbours {
  public:
    explicit Neighbours(std::vector<Word>& words) : words_(words) {
        std::sort(words_.begin(), words_.end(), [](const Word& a, const Word& b) {
            return std::tie(a.list, a.begin) < std::tie(b.list, b.begin);
        });
        for (std::size_t i = 1; i < words_.size(); ++i)
            if (words_[i].list == words_[i - 1].list)
                words_[i].end = std::max(words_[i].end, words_[i - 1].end);
    }

    // Whether a word of the list stands within the distance of the hit.
    [[nodiscard]] bool has(std::uint32_t list, const Hit& hit, std::uint32_t within) const {
        const std::uint64_t last_begin = std::uint64_t{hit.end} + within;
        const auto behind = std::partition_point(
            words_.begin(), words_.end(), [list, last_begin](const Word& word) {
                return word.list < list || (word.list == list && word.begin <= last_begin);
            });
        if (behind == words_.begin()) return false;
        const Word& word = *(behind - 1);
        return word.list == list && std::uint64_t{word.end} + within >= hit.begin;
    }

  private:
    std::vector<Word>& words_;
};

// Appends the hits of those categories whose words together weigh enough.
void weigh(const std::vector<ConditionalHits::Pending>& weighed,
           const std::vector<CompiledCondition>& conditions, std::vector<Hit>& hits) {
    std::vector<bool> seen(conditions.size());
    std::map<std::uint32_t, std::uint64_t> weights;  // by category
    for (const auto& [hit, number] : weighed) {
        if (seen[number - 1]) continue;
        seen[number - 1] = true;
        weights[hit.category] += conditions[number - 1].weight;
    }
    for (const auto& [hit, number] : weighed)
        if (weights[hit.category] >= conditions[number - 1].threshold) hits.push_back(hit);
}

}  // namespace

void ConditionalHits::resolve(const std::vector<CompiledCondition>& conditions,
                              std::vector<Hit>& hits) {
    const Neighbours neighbours(words);
    std::vector<Pending> weighed;
    for (const auto& [hit, number] : pending) {
        const CompiledCondition& condition = conditions[number - 1];
        if (condition.near != 0 && !neighbours.has(condition.near, hit, condition.within)) continue;
        if (condition.unless != 0 && neighbours.has(condition.unless, hit, condition.within))
            continue;
        if (condition.weight == 0)
            hits.push_back(hit);
        else
            weighed.push_back({hit, number});
    }
    if (!weighed.empty()) weigh(weighed, conditions, hits);
}

}  // namespace postwacht::match
