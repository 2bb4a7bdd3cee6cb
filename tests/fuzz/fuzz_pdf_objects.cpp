// Fuzzes our own look at the objects of a PDF, without poppler, which has a target of its own.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.hpp"
#include "extract/collector.hpp"
#include "extract/pdf_objects.hpp"
#include "extract/pdf_strings.hpp"

namespace {

using namespace postwacht;
using namespace postwacht::extract;

void read_objects(const Document& document, Collector& out) {
    for (const auto end : pdf::earlier_revisions(document.bytes))
        if (end > document.bytes.size()) std::abort();
    static_cast<void>(pdf::is_cut_off(document.bytes));
    static_cast<void>(pdf::without_cropping(document.bytes));
    static_cast<void>(pdf::read_xfa(document.bytes, out));
    const auto loose = pdf::read_loose(document.bytes, out);
    for (const auto& piece : loose.pieces)
        if (!piece.hidden || piece.where.empty() || !text::is_valid_utf8(piece.text)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::array formats = {Format{"application/pdf", read_objects}};
    const std::string bytes = "%PDF-1.7\n" + std::string(reinterpret_cast<const char*>(data), size);
    Limits limits;
    limits.unpacked_bytes = std::uint64_t{16} << 20U;
    Budget budget(limits);
    Collector collector(formats, budget);
    collector.read({bytes, {}, {}, {}});
    static_cast<void>(collector.take());
    return 0;
}
