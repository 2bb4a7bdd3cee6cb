// Collector: what the readers of formats write to, and the one way into them. Internal to the room.
//
// read() decides a document's type by its content, makes it a part, and calls the reader of that
// type; a reader tells what it finds with add_text(), hands over files inside with add_member(),
// and says what it could not read with incomplete(). Paths count from the document: it is "", its
// first member "1", that one's second member "1.2". The same Budget goes through all of it: once a
// call answers false it is spent, the part is marked over_budget, and the reader returns.
//
// A reader takes any bytes, throws nothing (a parser's exception or longjmp ends at its own wall),
// guesses no text, fetches nothing, and calls incomplete() rather than stay silent.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.hpp"
#include "extract/extractor.hpp"

namespace postwacht::extract {

class Collector;

// Reads one format. `document.bytes` are of the type it was registered for, as far as the first
// bytes tell.
using Reader = void (*)(const Document& document, Collector& out);

struct Format {
    std::string_view type;  // as detect_type() gives it
    Reader read = nullptr;
};

class Collector {
  public:
    // `formats` must outlive it. `depth` levels of nesting are used up already.
    Collector(std::span<const Format> formats, Budget& budget, std::size_t depth = 0);

    // Reads the document itself; call once, before take().
    void read(const Document& document);
    [[nodiscard]] Reading take();

    // --- For readers; each speaks of the part that is being read.

    // UTF-8 text with its place in words: "page 2, deleted text", "sheet 'Data' (very hidden)".
    // '\n' between lines and rows, '\t' between cells; the rows of a table go together, its header
    // first, as long as they share place and visibility. CR is taken out, ill-formed UTF-8
    // replaced, empty text ignored.
    bool add_text(std::string where, std::string text, bool hidden = false, bool ocr = false);
    // The same for fragments that were counted already; their part is set here.
    void add_fragments(std::vector<Fragment> fragments);
    // The text of an HTML document, `prefix` before each place, and the files in its addresses.
    // False where it has no text.
    bool add_html(std::string_view utf8, std::string_view prefix = {});
    // A file inside: becomes a part of its own and is read at once. Its bytes count as unpacked.
    bool add_member(std::string name, std::string_view bytes, std::string_view declared_type = {});
    // A file inside that could not be got at, named and marked incomplete.
    bool add_unread_member(std::string name, Why why);
    // Something of this part was not read. Several reasons may be given.
    void incomplete(Why why);
    // The type turned out to be a more exact one.
    void set_type(std::string type);
    [[nodiscard]] std::string_view type() const noexcept;
    void note_macro();
    // Nothing here can hold text: sound, film, a detached signature.
    void holds_no_text();

    [[nodiscard]] Budget& budget() noexcept { return *budget_; }
    // False, and the part marked, where the time is over. For loops over anything large.
    bool time_left();
    // False, and the part marked, where so much more may not be unpacked.
    bool take_bytes(std::uint64_t count);

  private:
    struct Open {
        std::uint32_t part = 0;  // index into the reading's parts
        std::uint32_t members = 0;
        bool incomplete = false;
        bool counts = true;  // may hold text
    };

    void read_part(std::string path, const Document& document);
    void read_content(const Document& document);
    void read_appended(const Document& document, std::string_view type);
    void read_mail(const Document& document);
    std::string next_member_path();

    std::span<const Format> formats_;
    Budget* budget_;
    std::size_t depth_;
    std::vector<Open> open_;  // the part being read is the last
    Reading reading_;
};

// An extractor in this process that knows these formats besides text, HTML and mail.
[[nodiscard]] std::unique_ptr<Extractor> make_extractor(std::span<const Format> formats,
                                                        std::size_t depth = 0);

// As read_message(), for a mail that lies in a document: the budget is that document's share.
[[nodiscard]] Reading read_inner_message(const mail::Parsed& message, const Extractor& extractor,
                                         Budget& budget);

// Adds all of `inner`, whose paths count from the part `prefix`.
void graft(Reading inner, const std::string& prefix, Reading& into);

}  // namespace postwacht::extract
