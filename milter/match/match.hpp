// match(): text and registry to findings.
//
// Primary elements: BSN, other ids, e-mail addresses, name with birth date, postcode with house
// number and name (or birth date), each looked up in the registry. Supporting evidence: a keyword
// near by or a column header (for a BSN), name, birth date, postcode of that same record.
// Confidence:
//   high    a primary element and two agreeing pieces of supporting evidence of different kinds; an
//           element made of two values and one further piece; two primary elements of one person
//   medium  a registered BSN and one piece; a registered other id of distinctive form; an e-mail
//           address of a subject; a name and birth date; an address and a name or birth date
//   low     a registered BSN with nothing around it; an other id without a distinctive form
// What only counts once characters that text recognition confuses (O and 0, l and 1) are read as
// each other gives one step less than the table, where nothing else names the person.
// A distinctive id has a letter and three digits, or ten characters with digits among them. One
// without counts as a piece of support beside another element of the same person. A value that
// belongs to several subjects is reported for each, as ambiguous; alone it never gives more than
// medium.
//
// A name is a surname of the person, the own or the partner's, in any spelling (names.hpp). Where
// initials or a given name stand by it they must be the person's: with those of somebody else it is
// no match, and of several people who fit only those count whom initials or given names name. A
// house number is compared without its addition.
// Of namesakes born on one day the one whose postcode stands by it, or whom something else names.
// Of a surname of several words one will do where a title, initial, given name or prefix stands by
// it, and "familie" means all at the address who have one of the names.
// Of people whom the same words name, one is not meant whose given name contradicts the title.
// Where nobody is named as registered, a word of five letters or more in a surname may have one
// typing error, if a title, initial, given name, prefix or another word of it stands by it, and one
// of four letters if initials or a given name of the person do.
//   A birth date has a cue by it or over its column (birth_dates.hpp) and a name in the same line;
//   else, unless in a column, within three lines; else, where at most eight dates have cues, within
//   1500 bytes. A date without a cue counts in a row with the name, or in text right beside it, if
//   it is older than ten years before the registry's day.
//   An address is a postcode with a number in the line or the line above before it, or right
//   behind it or behind "huisnummer", with the name within 1500 bytes, in a row of three or more
//   cells in the row.
//
// What is read as one text: the fields and the unnamed text parts of a message (a nested message
// has its own); every other part by itself. From, To, Cc, Bcc, Reply-To, Sender and their Resent-
// and tracing kin are not searched: whom a letter goes to is not whom it is about. Addresses that a
// reply quotes ("From: X <x@...>") and those in signatures do count.
//
// Near, in bytes of folded text (for European text: characters):
//   keyword     60 before the number or 30 behind, with no other number between; or in a cell above
//               in the same column. "123456782, 111222333 and ..." share the keyword before them.
//   the others  1500 either way where the text is about one to three people; in a row of a list of
//               people (three or more filled cells, or the next row is another person's), the same
//               row; in a text about more people, the lines of the same paragraph, three either
//               way, up to the next line with another person's element. In the last two at most
//               600.
// A surname of up to three letters counts only beside a title, initial, given name or prefix.
//
// Categories of a subject, and the start date of the case (the first date within 40 bytes behind a
// period cue, 6 behind one of up to four letters, or below one in a column, that no cue for another
// date claims; a cue that names a day or date ("eerste ziektedag") comes before others; in "periode
// 1 maart t/m 30 juni 2026" the day without a year; a day without any year in the one that the
// letter's day tells, or else the registry's; where there is none, the first date within 12 bytes
// before a cue that stands behind ("op 1 maart is ingegaan"), and where there is none either, the
// first of a range "5 januari 2026 t/m 26 april 2026"):
//   - those of the message's own text hold for everyone the message is about;
//   - those of a part hold for the people found in it or in what lies in it (a letter in an archive
//     or a mail speaks of its own person, a report of all whose files are attached to it); if it
//     names nobody with more than low confidence, for those found in the same attachment of the top
//     level; if that names nobody, for those of the message's own text, and if that names nobody
//     either, for all;
//   - several letters printed into one document of pages are each such a part, where two or more
//     pages begin a letter (a salutation, or a postcode and a line of reference in the head); what
//     a letter says that names nobody holds for all in the document, and where letters are not told
//     apart so does everything;
//   - if the message is about one person, all of them hold for that one;
//   - in a list of people in rows, what stands in a row holds for that row's people only; rows
//   before
//     the first person, rows with one filled cell and lines that are no rows hold for everyone as
//     above; a row whose first cell is empty goes on with the row above.
//
// A text contradicts itself where it is about one person by more than a bare number and names
// another one where it says whom it is for: in its first salutation, in the lines above its first
// postcode, in its file name. A name counts with a title before it ("Geachte mevrouw De Vries") and
// if it is a registered surname; any surname or given name of the person agrees, also with the
// initials of somebody else or a typing error. The message's own text, if it names nobody, is held
// against the one person of what it covers. Not where the text speaks of a representative, parent,
// employee or the like, nor in hidden or recognised text. In a file name also the number or address
// of another subject counts.
//
// Fails with registry_unavailable, or with `internal` when there is no memory to match with. When
// the budget's wall time ends, Findings::over_budget is set and what was found so far is returned.
// Limits: e-mail addresses with letters outside ASCII are compared without their accents; a name
// alone finds nobody; of a surname one letter may be wrong, of initials and given names none.
#pragma once

#include "base/budget.hpp"
#include "base/result.hpp"
#include "extract/reading.hpp"
#include "match/findings.hpp"
#include "match/vocabulary.hpp"
#include "registry/index.hpp"

namespace postwacht::match {

Result<Findings> match(const extract::Reading& reading, const registry::Index& index,
                       const Vocabulary& vocabulary, Budget& budget);

}  // namespace postwacht::match
