#include "match/display_name.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "match/names.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {
namespace {

// Nobody's name is longer, and reading names takes time in proportion.
constexpr std::size_t longest_name = 200;

bool has_letter(std::string_view word) {
    return std::any_of(word.begin(), word.end(), [](char c) { return c < '0' || c > '9'; });
}

}  // namespace

bool may_be_called(const registry::Subject& subject, std::string_view display_name) {
    if (display_name.find('@') != std::string_view::npos || display_name.size() > longest_name)
        return true;
    const std::string text = text::fold(display_name);
    const std::vector<std::string> words = registry::name_words(text);
    if (std::none_of(words.begin(), words.end(), has_letter)) return true;
    const NameForms forms = name_forms(subject);
    if (forms.surnames.empty() && forms.given_names.empty()) return true;
    const Span whole{0, static_cast<std::uint32_t>(text.size())};
    if (const auto reading = weigh_names(text, whole, forms))
        return reading->agreement != Agreement::contrary;
    return std::any_of(words.begin(), words.end(), [&forms](const std::string& word) {
        return word.size() > 1 && std::find(forms.given_names.begin(), forms.given_names.end(),
                                            word) != forms.given_names.end();
    });
}

}  // namespace postwacht::match
