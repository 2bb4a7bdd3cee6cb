// Workbook: what the sheets of a workbook share, and the readers of its parts.
//
// Guarantees: sheets and strings are parsed as they are unpacked, without a tree; what a shared
// string repeats is taken from the budget each time. Fails: as OoxmlReader. Standards: ECMA-376
// part 1 (18), [MS-XLSX], [MS-XLSB]. Limits: colours and conditional formats are not looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/number_format.hpp"
#include "extract/place_flows.hpp"
#include "extract/xml_stream.hpp"
#include "extract/zip_package.hpp"

namespace postwacht::extract {

struct SheetInfo {
    std::string name;
    std::string state;  // "", "hidden", "veryHidden"
    std::string relation;

    [[nodiscard]] Place place() const;
};

// As a handler it reads the workbook part itself.
struct Workbook : public XmlHandler {
    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view text) override;

    void add_string(std::string string);
    // Counted as unpacked; empty where there is no such string or no budget.
    [[nodiscard]] std::string_view shared_string(std::size_t index, Collector& out);
    [[nodiscard]] const NumberFormat& format_of(std::size_t style) const;
    // Names of sheets, defined names, and strings that no cell shows.
    void add_rest(Collector& out);

    bool present = false;
    bool from_1904 = false;
    std::vector<SheetInfo> sheets;
    std::vector<std::string> strings;
    std::vector<bool> used;
    std::vector<NumberFormat> formats;  // of each cell style
    std::string names;                  // defined names, a line each
    // Of the pivot cache whose definition was read last: its fields, and the items that its
    // records point to.
    struct CacheField {
        std::string name;
        std::vector<std::string> items;
    };
    std::vector<CacheField> cache_fields;
    std::string phonetic;

  private:
    std::string text_;
    bool in_name_ = false;
};

// Reads a part if it is one of a workbook: strings, styles, sheets, comments, pivot caches. False
// where it is not.
bool read_workbook_part(std::size_t member, std::string_view root, const Place& place,
                        const ZipPackage& package, Workbook& workbook, Collector& out);
// The same for the parts of a binary workbook, told by how they are referred to.
bool read_binary_workbook_part(std::size_t member, std::string_view relation, const Place& place,
                               const ZipPackage& package, Workbook& workbook, Collector& out);
void read_binary_workbook(std::size_t member, const ZipPackage& package, Workbook& workbook,
                          Collector& out);

// A page's header or footer without its codes for fonts, fields and alignment.
[[nodiscard]] std::string page_header_text(std::string_view code);

}  // namespace postwacht::extract
