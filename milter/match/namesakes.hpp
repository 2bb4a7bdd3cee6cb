// Namesakes: of several people whom a name fits, those whom the rest of the text names. Internal to
// the room.
#pragma once

#include <vector>

#include "match/composites.hpp"
#include "match/evidence.hpp"
#include "match/people.hpp"
#include "match/unit.hpp"

namespace postwacht::match {

// A name that fits several people is that of the one whom something else in the text names too, or
// whose postcode stands within 150 bytes of name and birth date or in the same row. The others are
// taken out of `found`, in which what stands at one place stands together; where nothing decides,
// all stay and are shared. Sets Person::sure.
void drop_namesakes(std::vector<Composite>& found, const std::vector<Primary>& primaries,
                    People& people, const Unit& unit, const std::vector<PostcodeSpan>& postcodes);

}  // namespace postwacht::match
