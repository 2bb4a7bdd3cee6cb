#include "extract/office_zip.hpp"

#include "base/text.hpp"
#include "extract/odf.hpp"
#include "extract/ooxml.hpp"
#include "extract/zip_package.hpp"

namespace postwacht::extract {
namespace {

bool is_ooxml(const ZipPackage& package) {
    return package.find("[Content_Types].xml") && package.find("_rels/.rels");
}

void read_members(const ZipPackage& package, Collector& out) {
    for (std::size_t i = 0; i < package.members().size() && out.time_left(); ++i) {
        const auto& member = package.members()[i];
        if (member.is_folder() && member.size == 0) continue;
        if (!package.hand_over(i, member.name)) return;
    }
}

}  // namespace

void read_zip(const Document& document, Collector& out) {
    try {
        const ZipPackage package(document.bytes, out);
        if (is_ooxml(package))
            OoxmlReader(package, out).read();
        else if (is_odf(package))
            read_odf_package(package, out);
        else
            read_members(package, out);
    } catch (...) {
        // No memory is the one reason left.
        out.incomplete(Why::over_budget);
    }
}

}  // namespace postwacht::extract
