// A surname with a typing error in it: how the same person may be named then.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "match/names.hpp"
#include "registry/mailboxes.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {

std::optional<NameForms> misspelled(const NameForms& forms, std::string_view word) {
    if (word.size() < registry::shortest_misspelled) return std::nullopt;
    NameForms changed;
    for (const SurnameForm& form : forms.surnames) {
        for (std::size_t i = 0; i < form.words.size(); ++i) {
            const std::string& own = form.words[i];
            const std::size_t longer = std::max(own.size(), word.size());
            // Cheap to ask, and nearly always enough. A letter has two bytes at most.
            if (own.size() < registry::shortest_misspelled ||
                longer - std::min(own.size(), word.size()) > 2 || registry::is_particle(own) ||
                !registry::differ_in_one_character(own, word))
                continue;
            changed.surnames.push_back(form);
            changed.surnames.back().words[i] = word;
            changed.surnames.back().main = i;
            changed.surnames.back().frail = own.size() < registry::shortest_misspellable;
        }
    }
    if (changed.surnames.empty()) return std::nullopt;
    // The other surname of a double name may stand beside it.
    for (const SurnameForm& form : forms.surnames)
        if (form.partner != changed.surnames.front().partner) changed.surnames.push_back(form);
    changed.given_names = forms.given_names;
    changed.prefixes = forms.prefixes;
    changed.initials = forms.initials;
    changed.more_initials = forms.more_initials;
    changed.sex = forms.sex;
    return changed;
}

}  // namespace postwacht::match
