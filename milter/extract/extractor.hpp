// Extractor: the one seam between a part's bytes and its text.
//
// Text, HTML and nested mails are read here, in the process. Every other format is read by a
// sandboxed worker behind this same interface; without one it is reported as Why::unsupported.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.hpp"
#include "extract/reading.hpp"
#include "mail/parts.hpp"

namespace postwacht::extract {

// One file to be read: an attachment, a body, a member of an archive.
struct Document {
    std::string_view bytes;
    std::string_view declared_type;  // lower case; may be wrong
    std::string_view charset;        // declared; may be empty or wrong
    std::string_view name;
};

class Extractor {
  public:
    virtual ~Extractor() = default;
    // What was read of the document and of the files inside it. The first part is the document,
    // with the path "" and without a fragment for its name; those inside count from it: "1", "1.2".
    // Any bytes give an answer; never throws. Thread-safe.
    [[nodiscard]] virtual Reading extract(const Document& document, Budget& budget) const = 0;
};

// Reads text, HTML and mail in this process; all else is unsupported.
[[nodiscard]] std::unique_ptr<Extractor> make_in_process_extractor();

// Reads every part of a parsed message.
[[nodiscard]] Reading read_message(const mail::Parsed& message, const Extractor& extractor,
                                   Budget& budget);
// Reads a file: a mail where its content says so, else a document (part "1").
[[nodiscard]] Reading read_file_bytes(std::string_view bytes, std::string_view name,
                                      const Extractor& extractor, Budget& budget);

// The type by content, with the declared one and the name as tie-breakers: "text/plain",
// "text/html", "application/pdf", "application/octet-stream", ...
[[nodiscard]] std::string detect_type(const Document& document);

}  // namespace postwacht::extract
