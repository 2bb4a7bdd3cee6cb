// The parts of a binary workbook; see workbook.hpp. Standards: [MS-XLSB].
#include "extract/workbook.hpp"

namespace postwacht::extract {

bool read_binary_workbook_part(std::size_t, std::string_view, const Place&, const ZipPackage&,
                               Workbook&, Collector&) {
    return false;
}

void read_binary_workbook(std::size_t, const ZipPackage&, Workbook&, Collector& out) {
    out.incomplete(Why::unsupported);
}

}  // namespace postwacht::extract
