#include "match/conditions.hpp"

#include <algorithm>
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

}  // namespace

void ConditionalHits::resolve(const std::vector<CompiledCondition>& conditions,
                              std::vector<Hit>& hits) {
    const Neighbours neighbours(words);
    for (const auto& [hit, number] : pending) {
        const CompiledCondition& condition = conditions[number - 1];
        if (condition.near != 0 && !neighbours.has(condition.near, hit, condition.within)) continue;
        if (condition.unless != 0 && neighbours.has(condition.unless, hit, condition.within))
            continue;
        hits.push_back(hit);
    }
}

}  // namespace postwacht::match
