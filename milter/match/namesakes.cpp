#include "match/namesakes.hpp"

#include <algorithm>
#include <string>

namespace postwacht::match {
namespace {

// How far from a name and birth date a postcode tells whose they are. Not any further: the address
// a letter goes to says nothing about whom it speaks of.
constexpr std::uint32_t postcode_reach = 150;

bool same_place(const Composite& a, const Composite& b) noexcept {
    return a.kind == b.kind && a.begin == b.begin;
}

}  // namespace

void drop_namesakes(std::vector<Composite>& found, const std::vector<Primary>& primaries,
                    People& people, const Unit& unit, const std::vector<PostcodeSpan>& postcodes) {
    if (std::none_of(found.begin(), found.end(), [](const Composite& c) { return c.shared; }))
        return;
    for (const Primary& primary : primaries)
        if (!primary.shared) people[primary.subject].sure = true;
    for (const Composite& composite : found)
        if (!composite.shared) people[composite.person].sure = true;
    const auto by_postcode = [&](const Composite& composite) {
        if (composite.kind != EvidenceKind::name_birth_date) return false;
        const std::string& postcode = people[composite.person].subject->postcode;
        const Line& line = unit.lines()[unit.line_at(composite.begin)];
        const Span window =
            line.row ? Span{line.begin, line.end}
                     : Span{composite.begin > postcode_reach ? composite.begin - postcode_reach : 0,
                            composite.end + postcode_reach};
        return !postcode.empty() && find_postcode(postcodes, window, postcode).has_value();
    };
    const auto is_sure = [&](const Composite& composite) { return people[composite.person].sure; };
    for (auto first = found.begin(); first != found.end();) {
        const auto end = std::find_if(first, found.end(),
                                      [&](const Composite& c) { return !same_place(*first, c); });
        // Leaves those of the shared ones for whom `decides` holds, if there are any.
        const auto leave = [&](auto&& decides) {
            const auto left = std::count_if(
                first, end, [&](const Composite& c) { return c.shared && decides(c); });
            if (left == 0) return false;
            std::for_each(first, end, [&](Composite& c) {
                if (!c.shared) return;
                c.dropped = !decides(c);
                c.shared = left > 1;
            });
            return true;
        };
        if (end - first > 1 && !leave(is_sure)) leave(by_postcode);
        first = end;
    }
    std::erase_if(found, [](const Composite& composite) { return composite.dropped; });
}

}  // namespace postwacht::match
