// One revision of a PDF as poppler tells it, taken apart into pieces. Internal to the PDF reader.
//
// Never throws on account of the file; time and bytes are taken from the collector's budget, and
// when that is spent what was read so far stays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/collector.hpp"

// poppler's names for its own types, so that its headers need not be seen here.
// NOLINTBEGIN(bugprone-reserved-identifier): they are poppler's, reserved or not
using PopplerDocument = struct _PopplerDocument;
using PopplerPage = struct _PopplerPage;
using PopplerAction = union _PopplerAction;
using PopplerAttachment = struct _PopplerAttachment;
using PopplerAnnot = struct _PopplerAnnot;
// NOLINTEND(bugprone-reserved-identifier)

namespace postwacht::extract::pdf {

struct Piece {
    std::string where;
    std::string text;
    bool hidden = false;
    bool ocr = false;  // recognised in a picture
};

struct AttachedFile {
    std::string name;
    std::string bytes;
    bool whole = true;
};

struct Contents {
    std::vector<Piece> pieces;
    std::vector<AttachedFile> files;
    bool damaged = false;      // something in it was missing or ill-formed
    bool unreadable = false;   // something is shown that nobody here reads
    bool unopened = false;     // an attached file could not be got at
    bool endless = false;      // its tree of pages holds itself, or promises pages without end
    bool needs_table = false;  // a font whose characters poppler has no table for
};

enum class Opening { opened, encrypted, damaged };

// Everything of the revision that `bytes` ends with.
// `scan` says whether pictures of text are recognised.
[[nodiscard]] Opening read_revision(std::string_view bytes, bool scan, Collector& out,
                                    Contents& into);

// --- The halves of it.
// Adds a piece unless it is blank; false once the budget is spent.
bool add_piece(Collector& out, Contents& into, std::string where, const char* text, bool hidden);
struct PageText {
    std::string flow;  // in reading order: a line each, '\t' where a column begins
    std::string rows;  // by rows across the page, where columns stand beside each other
};

// The first row of a table that may go on on the next page, and where its cells stand.
struct TableHead {
    struct Cell {
        double from;
        double to;
    };
    std::vector<Cell> cells;
    std::string text;
};

// The text that the page shows, without the layers that are switched off. Where a table goes on
// from the page before, `head` is put before its rows, so that its columns keep their names.
PageText page_text(PopplerPage* page, TableHead& head);
// Whether the page shows anything else than text.
bool shows_pictures(PopplerPage* page);
// Recognises what the page shows besides text.
void scan_page(PopplerPage* page, const std::string& place, bool has_text, Collector& out,
               Contents& into);
// Whether a viewer draws it.
bool is_shown(PopplerAnnot* annotation) noexcept;
void read_page_objects(PopplerPage* page, const std::string& place, Collector& out, Contents& into);
void read_action(const PopplerAction* action, const std::string& where, Collector& out,
                 Contents& into);
// Takes hold of `file` and lets it go.
void read_attachment(PopplerAttachment* file, Collector& out, Contents& into);

}  // namespace postwacht::extract::pdf
