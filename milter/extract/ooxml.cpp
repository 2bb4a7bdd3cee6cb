#include "extract/ooxml.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "extract/loose_xml.hpp"
#include "extract/ooxml_parts.hpp"
#include "extract/workbook.hpp"

namespace postwacht::extract {
namespace {

std::string folder_of(std::string_view part) {
    const auto slash = part.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(part.substr(0, slash + 1));
}

std::string last_segment(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

std::map<std::string, std::string> targets_by_id(const std::vector<Relationship>& relations) {
    std::map<std::string, std::string> targets;
    for (const auto& relation : relations) targets.emplace(relation.id, relation.target);
    return targets;
}

}  // namespace

OoxmlReader::OoxmlReader(const ZipPackage& package, Collector& out)
    : package_(&package), out_(&out), workbook_(std::make_unique<Workbook>()) {}

OoxmlReader::~OoxmlReader() = default;

std::string OoxmlReader::beginning_of(std::size_t member) {
    std::string begin;
    constexpr std::size_t enough = 4096;
    // What is wrong with the member is told when all of it is read.
    package_->peek(member, [&begin](std::string_view piece) {
        begin += piece.substr(0, enough - begin.size());
        return begin.size() < enough;
    });
    return begin;
}

void OoxmlReader::parse(std::size_t member, XmlHandler& handler) {
    XmlStream stream(handler);
    // Parsing ends at damage, unpacking goes on: its checksum tells whether more is wrong.
    package_->read(member, [&stream](std::string_view piece) {
        stream.feed(piece);
        return true;
    });
    if (!stream.finish() && !out_->budget().exhausted())
        out_->incomplete(stream.defines_entities() ? Why::over_budget : Why::damaged);
}

std::vector<Relationship> OoxmlReader::relations_of(const std::string& part) {
    const std::string folder = folder_of(part);
    const auto member = package_->find(folder + "_rels/" + last_segment(part) + ".rels");
    if (!member) return {};
    RelationshipList list(folder);
    seen_.insert(*member);
    parse(*member, list);
    return list.take();
}

void OoxmlReader::read() {
    Visit root{0, {"text", false}, {}};
    if (const auto types = package_->find("[Content_Types].xml")) seen_.insert(*types);
    for (const auto& relation : relations_of("")) {
        const auto member = package_->find(relation.target);
        if (relation.external || !member) continue;
        if (relation.type == "officeDocument") {
            main_part_ = relation.target;
            waiting_.push_front({*member, {"text", false}, relation.type});
        } else {
            waiting_.push_back({*member, {"document properties", true}, relation.type});
        }
    }
    std::size_t at = 0;
    while (out_->time_left()) {
        if (waiting_.empty()) {
            // What no relationship leads to is not shown, but it is in the letter.
            while (at < package_->members().size() && seen_.contains(at)) ++at;
            if (at == package_->members().size()) break;
            const auto& name = package_->members()[at].name;
            waiting_.push_back({at, {"part '" + name + "' that nothing refers to", true}, {}});
        }
        const Visit next = std::move(waiting_.front());
        waiting_.pop_front();
        if (!seen_.insert(next.member).second) continue;
        if (package_->members()[next.member].is_folder()) continue;
        visit(next);
        if (out_->budget().exhausted()) break;
    }
    finish_workbook();
}

void OoxmlReader::visit(const Visit& visit) {
    const std::string begin = beginning_of(visit.member);
    const std::string root = root_element(begin);
    const std::string& name = package_->members()[visit.member].name;
    if (visit.relation == "aFChunk") {
        // A whole file of another format that the word processor takes in when it opens.
        package_->hand_over(visit.member, last_segment(name));
    } else if (root == "Relationships") {
        RelationshipList list({});
        parse(visit.member, list);
    } else if (!root.empty()) {
        read_xml(visit, root);
    } else {
        // XML without a root, most likely one behind a document type: its bytes are read as text.
        if (begin.starts_with("<?xml") || begin.starts_with("<!DOCTYPE"))
            out_->incomplete(begin.find("<!ENTITY") == std::string::npos ? Why::damaged
                                                                         : Why::over_budget);
        read_other(visit, begin);
    }
    if (!name.ends_with(".rels")) queue_relations(visit);
}

void OoxmlReader::queue_relations(const Visit& visit) {
    const std::string part = package_->members()[visit.member].name;
    std::vector<Visit> next;
    std::string links;
    for (const auto& relation : relations_of(part)) {
        if (relation.external) {
            if (!links.empty()) links += '\n';
            links += relation.target;
            continue;
        }
        const auto member = package_->find(relation.target);
        if (!member || seen_.contains(*member)) continue;
        const auto known = places_.find(text::ascii_lower(relation.target));
        Place place = known != places_.end()
                          ? known->second
                          : place_of_relation(relation.type, visit.place, part == main_part_);
        next.push_back({*member, std::move(place), relation.type});
    }
    out_->add_text(visit.place.where + ", links", std::move(links), true);
    // The order of the main part outranks the order of its relationships. What all others stand on
    // goes first of all.
    const auto rank = [this](const Visit& item) {
        static constexpr std::array<std::string_view, 2> first = {"styles", "sharedStrings"};
        if (std::find(first.begin(), first.end(), item.relation) != first.end())
            return std::size_t{0};
        const auto lower = text::ascii_lower(package_->members()[item.member].name);
        const auto at = order_.find(lower);
        return at == order_.end() ? order_.size() + 1 : at->second + 1;
    };
    std::vector<std::pair<std::size_t, std::size_t>> ranks;
    for (std::size_t i = 0; i < next.size(); ++i) ranks.emplace_back(rank(next[i]), i);
    std::sort(ranks.begin(), ranks.end());
    for (auto at = ranks.rbegin(); at != ranks.rend(); ++at)
        waiting_.push_front(std::move(next[at->second]));
}

// The name decided between kinds of one family ("docm" or "docx"); the main part decides the
// family.
void OoxmlReader::tell_type(std::string_view family) {
    constexpr std::string_view office = "application/vnd.openxmlformats-officedocument.";
    const auto type = out_->type();
    const auto is_named = [type](std::string_view word) {
        return type.find(word) != std::string_view::npos;
    };
    if (family == "workbook" && !is_named("spreadsheetml") && !is_named("ms-excel"))
        out_->set_type(std::string(office) + "spreadsheetml.sheet");
    if (family == "presentation" && !is_named("presentationml") && !is_named("ms-powerpoint"))
        out_->set_type(std::string(office) + "presentationml.presentation");
    if (family == "document" && !is_named("wordprocessingml") && !is_named("ms-word"))
        out_->set_type(std::string(office) + "wordprocessingml.document");
}

bool OoxmlReader::read_main_part(const Visit& visit, const std::string& root) {
    if (visit.relation == "officeDocument") tell_type(root);
    if (root == "workbook") {
        read_workbook(visit, false);
    } else if (root == "presentation") {
        IdList slides("sldId");
        parse(visit.member, slides);
        const auto targets = targets_by_id(relations_of(package_->members()[visit.member].name));
        std::size_t number = 0;
        for (const auto& id : slides.ids())
            if (const auto found = targets.find(id); found != targets.end())
                name_part(found->second, {"slide " + std::to_string(++number), false});
    } else if (root == "document") {
        // Styles decide what of the text is hidden, so they are read before it.
        for (const auto& relation : relations_of(package_->members()[visit.member].name)) {
            const auto member = package_->find(relation.target);
            if (relation.type != "styles" || !member || has_styles_) continue;
            parse(*member, styles_);
            has_styles_ = true;
        }
        return false;
    } else {
        return false;
    }
    return true;
}

void OoxmlReader::read_xml(const Visit& visit, const std::string& root) {
    if (visit.relation != "styles" && read_main_part(visit, root)) return;
    if (read_workbook_part(visit.member, root, visit.place, *package_, *workbook_, *out_)) return;
    if (root == "wkbk" || root == "macrosheet") out_->note_macro();
    Place place = visit.place;
    switch (kind_of_part(root)) {
        case PartKind::text: {
            place.where = place_of_root(root, place.where);
            if (root == "sld" || root == "notes") {
                SlideState state;
                XmlStream stream(state);
                stream.feed(beginning_of(visit.member));
                if (state.hidden()) {
                    place.where += " (hidden)";
                    place.hidden = true;
                }
            }
            OfficeText reader(std::move(place), *out_, has_styles_ ? &styles_ : nullptr);
            parse(visit.member, reader);
            reader.finish();
            break;
        }
        case PartKind::settings: {
            OfficeText reader({place.where == "text" ? root : place.where + ", " + root, true},
                              *out_, nullptr);
            parse(visit.member, reader);
            reader.finish();
            break;
        }
        case PartKind::properties: {
            LooseXml reader({"document properties", true}, *out_, LooseXml::Attributes::names);
            parse(visit.member, reader);
            reader.finish();
            break;
        }
        case PartKind::other: {
            place.hidden = true;
            // In drawings all attributes but a few are numbers and colours.
            const bool drawing = root == "xml" || root == "svg";
            if (drawing) place.where += ", drawing";
            LooseXml reader(std::move(place), *out_,
                            drawing ? LooseXml::Attributes::names : LooseXml::Attributes::all);
            parse(visit.member, reader);
            reader.finish();
            break;
        }
    }
}

void OoxmlReader::read_other(const Visit& visit, std::string_view begin) {
    const std::string& name = package_->members()[visit.member].name;
    const std::string lower = text::ascii_lower(name);
    if (lower.ends_with("vbaproject.bin")) {
        out_->note_macro();
    } else if (visit.relation == "printerSettings" || visit.relation == "font" ||
               lower.ends_with(".odttf") || lower.ends_with(".fntdata") ||
               lower.find("printersettings") != std::string::npos) {
        // Unpacked for its checksum alone: a printer's settings and a font hold no text.
        package_->read(visit.member, [](std::string_view) { return true; });
        return;
    } else if (read_binary_workbook_part(visit.member, visit.relation, visit.place, *package_,
                                         *workbook_, *out_)) {
        return;
    } else if (visit.relation == "officeDocument" && lower.ends_with(".bin")) {
        tell_type("workbook");
        read_workbook(visit, true);
        return;
    }
    if (begin.empty() && package_->members()[visit.member].size == 0) return;
    package_->hand_over(visit.member, last_segment(name));
}

void OoxmlReader::read_workbook(const Visit& visit, bool binary) {
    if (binary)
        read_binary_workbook(visit.member, *package_, *workbook_, *out_);
    else
        parse(visit.member, *workbook_);
    workbook_->present = true;
    const auto relations = relations_of(package_->members()[visit.member].name);
    const auto targets = targets_by_id(relations);
    for (const auto& sheet : workbook_->sheets)
        if (const auto found = targets.find(sheet.relation); found != targets.end())
            name_part(found->second, sheet.place());
    // Styles and strings, before any sheet that needs them, whatever their order is.
    for (const auto& relation : relations) {
        const auto member = package_->find(relation.target);
        if (!member || (relation.type != "styles" && relation.type != "sharedStrings")) continue;
        if (!seen_.insert(*member).second) continue;
        const std::string root = root_element(beginning_of(*member));
        if (root.empty())
            read_binary_workbook_part(*member, relation.type, {}, *package_, *workbook_, *out_);
        else
            read_workbook_part(*member, root, {}, *package_, *workbook_, *out_);
    }
}

void OoxmlReader::name_part(const std::string& part, Place place) {
    const std::string lower = text::ascii_lower(part);
    order_.emplace(lower, order_.size());
    places_.emplace(lower, std::move(place));
}

void OoxmlReader::finish_workbook() {
    if (workbook_->present) workbook_->add_rest(*out_);
}

}  // namespace postwacht::extract
