#include "pipeline/run_astray.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "pipeline/run_book.hpp"

namespace postwacht::pipeline {
namespace {

// Of a letter that is kept for long. A merge has one subject and one recipient.
constexpr std::size_t most_parties_kept = 8;

std::uint64_t bloom_of(const std::vector<std::uint64_t>& keys) noexcept {
    std::uint64_t bits = 0;
    for (const std::uint64_t key : keys) bits |= std::uint64_t{1} << (key & 63U);
    return bits;
}

bool meet(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) noexcept {
    return std::any_of(a.begin(), a.end(), [&b](std::uint64_t key) {
        return std::find(b.begin(), b.end(), key) != b.end();
    });
}

void shorten(std::vector<std::uint64_t>& keys) {
    if (keys.size() > most_parties_kept) keys.resize(most_parties_kept);
    keys.shrink_to_fit();
}

}  // namespace

KeptLetter::KeptLetter(const RunLetter& letter)
    : subjects(letter.subjects),
      addressees(letter.addressees),
      subjects_bloom(bloom_of(subjects)),
      addressees_bloom(bloom_of(addressees)),
      identity(letter.identity),
      fits_own(meet(subjects, addressees)),
      misaddressed(letter.misaddressed) {}

bool KeptLetter::fits(const KeptLetter& other) const noexcept {
    return (addressees_bloom & other.subjects_bloom) != 0 && meet(addressees, other.subjects);
}

void KeptLetter::note_offset(std::int64_t found) noexcept {
    moved = true;
    if (offset == 0 || std::abs(found) < std::abs(offset)) offset = found;
}

void Astray::note(Index& index, const std::vector<std::uint64_t>& keys, std::uint64_t number) {
    for (const std::uint64_t key : keys) {
        auto& numbers = index[key].numbers;
        std::move_backward(numbers.begin(), numbers.end() - 1, numbers.end());
        numbers.front() = number;
    }
}

void Astray::forget(Index& index, const std::vector<std::uint64_t>& keys, std::uint64_t number) {
    for (const std::uint64_t key : keys) {
        const auto found = index.find(key);
        if (found == index.end()) continue;
        auto& numbers = found->second.numbers;
        std::fill(std::remove(numbers.begin(), numbers.end(), number), numbers.end(), none);
        if (numbers.front() == none) index.erase(found);
    }
}

void Astray::add(KeptLetter letter) {
    shorten(letter.subjects);
    shorten(letter.addressees);
    const std::uint64_t number = first_ + letters_.size();
    note(by_subject_, letter.subjects, number);
    note(by_addressee_, letter.addressees, number);
    identities_.insert(letter.identity);
    letters_.push_back(std::move(letter));
}

void Astray::forget_oldest() {
    const KeptLetter& oldest = letters_.front();
    forget(by_subject_, oldest.subjects, first_);
    forget(by_addressee_, oldest.addressees, first_);
    if (const auto known = identities_.find(oldest.identity); known != identities_.end())
        identities_.erase(known);
    letters_.pop_front();
    ++first_;
}

}  // namespace postwacht::pipeline
