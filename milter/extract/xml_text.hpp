// Any XML as lines a person can read: "name: text". Never fails on any bytes, fetches nothing; what
// is ill-formed is read as far as it makes sense. Entities that the document type defines are put
// in where the text refers to them, as browsers do, up to a megabyte.
//
// Each element that holds text becomes a line "name: text", each attribute a line "element name:
// value", so that a number keeps the word that says what it is. Text with markup inside it joins
// ("12<b>34</b>" is "1234"), as do the runs of a word processor. Comments, processing instructions
// and the document type are told apart, since no program shows them.
//
// Standards: XML 1.0, fifth edition, without validation.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::extract {

struct XmlText {
    std::string text;
    std::string comments;
    std::string declarations;  // document type and processing instructions
    bool whole = true;         // false where it ends inside markup
    bool endless = false;      // entities that would grow past what is allowed them
    bool unclear = false;      // entities that a program may make more of than what is told
};

[[nodiscard]] XmlText read_xml_text(std::string_view utf8);

}  // namespace postwacht::extract
