// Any XML as lines a person can read: "name: text". Never fails on any bytes, expands no entity of
// a document type, fetches nothing; what is ill-formed is read as far as it makes sense.
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
};

[[nodiscard]] XmlText read_xml_text(std::string_view utf8);

}  // namespace postwacht::extract
