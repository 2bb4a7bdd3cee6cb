#include "extract/smime.hpp"

#include <string>

#include "extract/cms.hpp"
#include "extract/inflate.hpp"

namespace postwacht::extract {
namespace {

// A mail part begins with its fields; anything else was signed as a file.
void add_content(std::string_view bytes, Collector& out) {
    const bool mail =
        bytes.size() > 8 && (bytes.substr(0, 8) == "Content-" || bytes.substr(0, 8) == "content-" ||
                             bytes.substr(0, 5) == "MIME-");
    out.add_member({}, bytes, mail ? "message/rfc822" : "");
}

}  // namespace

void read_smime(const Document& document, Collector& out) {
    if (cms_kind(document.bytes) == CmsKind::encrypted) return out.incomplete(Why::encrypted);
    if (const auto content = cms_signed_content(document.bytes)) {
        if (!content->whole) out.incomplete(Why::damaged);
        return add_content(content->bytes, out);
    }
    if (const auto content = cms_compressed_content(document.bytes)) {
        if (!content->whole) out.incomplete(Why::damaged);
        return add_content(inflate_zlib(content->bytes, out), out);
    }
    out.incomplete(Why::unsupported);
}

}  // namespace postwacht::extract
