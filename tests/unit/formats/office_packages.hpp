// Packages of Office Open XML for tests, made of as little as a reader needs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "unit/formats/zip_builder.hpp"

namespace postwacht::tests {

using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::string relation(const std::string& id, const std::string& type,
                            const std::string& target, bool external = false) {
    return "<Relationship Id='" + id +
           "' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/" + type +
           "' Target='" + target + "'" + (external ? " TargetMode='External'" : "") + "/>";
}

inline std::string relations(const std::string& list) {
    return "<Relationships "
           "xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>" +
           list + "</Relationships>";
}

// `main` is the name of the main part. `parts` come after what every package has.
inline std::string package(const std::string& main, const Parts& parts) {
    ZipBuilder zip;
    zip.add("[Content_Types].xml", "<Types/>");
    zip.add("_rels/.rels", relations(relation("r1", "officeDocument", main)), true);
    for (const auto& [name, content] : parts) zip.add(name, content, true);
    return zip.bytes();
}

inline std::string word_part(const std::string& root, const std::string& content) {
    return "<?xml version='1.0'?><w:" + root +
           " xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
           " xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
           " xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>" +
           content + "</w:" + root + ">";
}

inline std::string paragraph(const std::string& text, const std::string& properties = {}) {
    return "<w:p><w:r>" + (properties.empty() ? "" : "<w:rPr>" + properties + "</w:rPr>") +
           "<w:t>" + text + "</w:t></w:r></w:p>";
}

inline std::string word_file(const std::string& body, const Parts& more = {},
                             const std::string& more_relations = {}) {
    Parts parts = {{"word/document.xml", word_part("document", "<w:body>" + body + "</w:body>")},
                   {"word/_rels/document.xml.rels", relations(more_relations)}};
    parts.insert(parts.end(), more.begin(), more.end());
    return package("word/document.xml", parts);
}

// One sheet; `attributes` stand on its element in the workbook.
inline std::string sheet_file(const std::string& sheet, const std::string& attributes = {},
                              const Parts& more = {}, const std::string& more_relations = {}) {
    Parts parts = {
        {"xl/workbook.xml",
         "<workbook xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'>"
         "<sheets><sheet name='Data' sheetId='1' r:id='r1' " +
             attributes +
             "/></sheets><definedNames><definedName name='Secret'>\"123456782\"</definedName>"
             "</definedNames></workbook>"},
        {"xl/_rels/workbook.xml.rels",
         relations(relation("r1", "worksheet", "worksheets/sheet1.xml") + more_relations)},
        {"xl/worksheets/sheet1.xml", "<worksheet>" + sheet + "</worksheet>"}};
    parts.insert(parts.end(), more.begin(), more.end());
    return package("xl/workbook.xml", parts);
}

}  // namespace postwacht::tests
