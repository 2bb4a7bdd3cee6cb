// Ooxml: word-processing documents, workbooks and presentations in an Office Open XML package.
//
// Parts are visited along their relationships, so that each has its place in words ("notes of slide
// 3", "sheet 'Data' (very hidden)"), and then all that no relationship leads to. What a part is, is
// decided by its root element. Pictures, embedded objects and imported files go on as members;
// macros are noted.
//
// Guarantees: any bytes may come in; everything is taken from the budget. Fails: damage, encrypted
// or unknown parts are told as incomplete, and the rest is read. Standards: ECMA-376 (ISO/IEC
// 29500) strict and transitional, [MS-OE376], [MS-XLSX], [MS-DOCX], [MS-PPTX], [MS-XLSB]. Limits:
// what is drawn by a theme, a master or a conditional format is not weighed for visibility.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "extract/office_text.hpp"
#include "extract/zip_package.hpp"

namespace postwacht::extract {

struct Workbook;

struct Relationship {
    std::string id;
    std::string type;    // its last word: "worksheet", "slide", "image"
    std::string target;  // name of a part, or an address
    bool external = false;
};

class OoxmlReader {
  public:
    OoxmlReader(const ZipPackage& package, Collector& out);
    ~OoxmlReader();
    OoxmlReader(const OoxmlReader&) = delete;
    OoxmlReader& operator=(const OoxmlReader&) = delete;

    void read();

  private:
    struct Visit {
        std::size_t member;
        Place place;
        std::string relation;
    };

    [[nodiscard]] std::vector<Relationship> relations_of(const std::string& part);
    void visit(const Visit& visit);
    void read_xml(const Visit& visit, const std::string& root);
    void tell_type(std::string_view family);
    bool read_main_part(const Visit& visit, const std::string& root);
    void read_workbook(const Visit& visit, bool binary);
    void read_other(const Visit& visit, std::string_view begin);
    void queue_relations(const Visit& visit);
    void parse(std::size_t member, XmlHandler& handler);
    [[nodiscard]] std::string beginning_of(std::size_t member);
    void finish_workbook();
    void name_part(const std::string& part, Place place);

    const ZipPackage* package_;
    Collector* out_;
    std::set<std::size_t> seen_;
    std::deque<Visit> waiting_;
    HiddenStyles styles_;
    bool has_styles_ = false;
    std::map<std::string, Place> places_;       // of parts that the main part names
    std::map<std::string, std::size_t> order_;  // in which it names them
    std::unique_ptr<Workbook> workbook_;
    std::string main_part_;
};

}  // namespace postwacht::extract
