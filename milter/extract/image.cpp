#include "extract/image.hpp"

#include <string>
#include <utility>

#include "extract/image_notes.hpp"
#include "extract/picture.hpp"
#include "extract/recognition.hpp"

namespace postwacht::extract {
namespace {

// False where there is no sense in going on.
bool read_page(const Unpacked& page, std::string where, Collector& out) {
    if (page.state == Unpacking::too_large) {
        out.incomplete(Why::over_budget);
        return true;
    }
    if (page.state != Unpacking::done) out.incomplete(Why::damaged);
    if (page.more) out.incomplete(Why::unsupported);
    if (!page.picture || page.picture.is_blank()) return true;
    Words words = recognise(page.picture, out.budget());
    if (words.missing) out.incomplete(*words.missing);
    return out.add_text(std::move(where), std::move(words.text), false, true) && !words.missing;
}

}  // namespace

void read_image(const Document& document, Collector& out) {
    const std::string type(out.type());
    read_image_notes(document, out);
    for (int index = 0; out.time_left(); ++index) {
        const Unpacked page = unpack_picture(document.bytes, type, index);
        const bool only = index == 0 && page.last;
        const std::string one = type == "image/gif" ? "frame " : "page ";
        if (!read_page(page, only ? "picture" : one + std::to_string(index + 1), out) || page.last)
            return;
    }
}

}  // namespace postwacht::extract
