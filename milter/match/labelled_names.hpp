// Labelled names: what a form or a list says of a surname apart from where it stands. Internal to
// the room.
//
//   Achternaam: Bakker          Achternaam;Straat;Huisnr;Postcode
//   Voorletters: J.H.           Bos;Laan;29;1234AB
#pragma once

#include <cstdint>

#include "match/names.hpp"
#include "match/unit.hpp"

namespace postwacht::match {

class LabelledNames {
  public:
    void begin(const Unit& unit) {
        unit_ = &unit;
        table_first_ = table_end_ = 0;
    }
    // Adds to a reading that nothing beside the surname decided: initials and given names that
    // stand some lines away behind labels of their own, and that the surname stands under the head
    // of a column of names.
    void complete(NameReading& reading, const NameForms& forms);

  private:
    [[nodiscard]] bool is_under_name_header(const NameReading& reading);

    const Unit* unit_ = nullptr;
    // The rows of the table looked at last, so that a long one is not walked for each row.
    std::uint32_t table_first_ = 0;
    std::uint32_t table_end_ = 0;
};

}  // namespace postwacht::match
