// What the objects of a PDF say that poppler has no words for: properties that somebody added,
// scripts of the document, rich text of comments and fields, fields on no page, and files that no
// list of attached files names.
//
// Reads the objects one behind the other, packed ones too, whatever refers to them; so what an
// editor cut loose and left in the file is found as well. Any bytes may come in. Guarantees: one
// pass, what it unpacks is taken from the budget. Limits: the strings of an encrypted file are not
// read, for which only poppler has the key; its attached files are counted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/pdf_document.hpp"

namespace postwacht::extract::pdf {

struct LooseContents {
    std::vector<Piece> pieces;        // all hidden; some say what poppler has told already
    std::vector<AttachedFile> files;  // all that are attached in whatever way
    bool unreadable = false;          // something is there that cannot be got at
};

[[nodiscard]] LooseContents read_loose(std::string_view bytes, Collector& out);

}  // namespace postwacht::extract::pdf
