#include "extract/office_zip.hpp"

#include "extract/appended.hpp"
#include "extract/archive.hpp"
#include "extract/odf.hpp"
#include "extract/ooxml.hpp"
#include "extract/zip_package.hpp"

namespace postwacht::extract {
namespace {

bool is_ooxml(const ZipPackage& package) {
    return package.find("[Content_Types].xml") && package.find("_rels/.rels");
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
            read_archive(document, out);
        if (const auto rest = behind_zip(document.bytes); !rest.empty())
            out.add_member("behind the archive", rest);
    } catch (...) {
        // No memory is the one reason left.
        out.incomplete(Why::over_budget);
    }
}

}  // namespace postwacht::extract
