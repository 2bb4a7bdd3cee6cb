#include "extract/ooxml_parts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "extract/html_link.hpp"

namespace postwacht::extract {
namespace {

struct NamedPart {
    std::string_view root;
    PartKind kind;
    std::string_view place;  // "" keeps the owner's; '+' is said behind it
};

constexpr std::array parts = {
    NamedPart{"document", PartKind::text, ""},
    NamedPart{"hdr", PartKind::text, "header"},
    NamedPart{"ftr", PartKind::text, "footer"},
    NamedPart{"footnotes", PartKind::text, "footnotes"},
    NamedPart{"endnotes", PartKind::text, "endnotes"},
    NamedPart{"comments", PartKind::text, "comment"},
    NamedPart{"glossaryDocument", PartKind::text, "building blocks"},
    NamedPart{"sld", PartKind::text, ""},
    NamedPart{"notes", PartKind::text, ""},
    NamedPart{"sldMaster", PartKind::text, "slide master"},
    NamedPart{"sldLayout", PartKind::text, "slide layout"},
    NamedPart{"notesMaster", PartKind::text, "notes master"},
    NamedPart{"handoutMaster", PartKind::text, "handout master"},
    NamedPart{"cmLst", PartKind::text, "+comment"},
    NamedPart{"cmAuthorLst", PartKind::settings, ""},
    NamedPart{"authorLst", PartKind::settings, ""},
    NamedPart{"people", PartKind::settings, ""},
    NamedPart{"chartSpace", PartKind::text, "+chart"},
    NamedPart{"dataModel", PartKind::text, "+diagram"},
    NamedPart{"drawing", PartKind::text, "+diagram"},
    NamedPart{"wsDr", PartKind::text, "+drawing"},
    NamedPart{"userShapes", PartKind::text, "+chart"},
    NamedPart{"settings", PartKind::settings, ""},
    NamedPart{"webSettings", PartKind::settings, ""},
    NamedPart{"numbering", PartKind::settings, ""},
    NamedPart{"styles", PartKind::settings, ""},
    NamedPart{"styleSheet", PartKind::settings, ""},
    NamedPart{"fonts", PartKind::settings, ""},
    NamedPart{"theme", PartKind::settings, ""},
    NamedPart{"themeOverride", PartKind::settings, ""},
    NamedPart{"tblStyleLst", PartKind::settings, ""},
    NamedPart{"presentationPr", PartKind::settings, ""},
    NamedPart{"viewPr", PartKind::settings, ""},
    NamedPart{"layoutDef", PartKind::settings, ""},
    NamedPart{"styleDef", PartKind::settings, ""},
    NamedPart{"colorsDef", PartKind::settings, ""},
    NamedPart{"chartStyle", PartKind::settings, ""},
    NamedPart{"colorStyle", PartKind::settings, ""},
    NamedPart{"commentsEx", PartKind::settings, ""},
    NamedPart{"commentsIds", PartKind::settings, ""},
    NamedPart{"commentsExtensible", PartKind::settings, ""},
    NamedPart{"calcChain", PartKind::settings, ""},
    NamedPart{"Types", PartKind::settings, ""},
    NamedPart{"coreProperties", PartKind::properties, ""},
    NamedPart{"Properties", PartKind::properties, ""},
};

const NamedPart* named(std::string_view root) noexcept {
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [root](const NamedPart& part) { return part.root == root; });
    return found == parts.end() ? nullptr : &*found;
}

// "../media/image1.png" seen from "ppt/slides/", as the name of a part.
std::string resolved(const std::string& folder, std::string target) {
    target = percent_decode(target.substr(0, target.find('#')), false);
    std::replace(target.begin(), target.end(), '\\', '/');
    if (!target.starts_with('/')) target = folder + target;
    std::vector<std::string> path;
    std::string_view rest = target;
    while (!rest.empty()) {
        const auto segment = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
        if (segment == "..") {
            if (!path.empty()) path.pop_back();
        } else if (!segment.empty() && segment != ".") {
            path.emplace_back(segment);
        }
    }
    std::string name;
    for (const auto& segment : path) name += name.empty() ? segment : '/' + segment;
    return name;
}

// Remembers the first element's name.
class Root : public XmlHandler {
  public:
    void start(std::string_view name, std::string_view, const XmlAttributes&) override {
        if (name_.empty()) name_ = name;
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    [[nodiscard]] std::string take() { return std::move(name_); }

  private:
    std::string name_;
};

}  // namespace

std::string root_element(std::string_view begin) {
    using namespace std::string_view_literals;
    // NULs of UTF-16 and byte-order marks may stand before the first '<'.
    const auto first = begin.find_first_not_of(" \t\r\n\0\xEF\xBB\xBF\xFF\xFE"sv);
    if (first == std::string_view::npos || begin[first] != '<') return {};
    Root root;
    XmlStream stream(root);
    stream.feed(begin);
    return root.take();
}

PartKind kind_of_part(std::string_view root) noexcept {
    const auto* part = named(root);
    return part == nullptr ? PartKind::other : part->kind;
}

std::string place_of_root(std::string_view root, const std::string& owner) {
    const auto* part = named(root);
    if (part == nullptr || part->place.empty()) return owner;
    if (!part->place.starts_with('+')) return std::string(part->place);
    return owner + ", " + std::string(part->place.substr(1));
}

Place place_of_relation(std::string_view type, const Place& owner, bool of_main) {
    if (type == "notesSlide") return {"notes of " + owner.where, owner.hidden};
    if (type == "slideMaster" || type == "slideLayout" || type == "notesMaster" ||
        type == "handoutMaster" || type == "theme")
        return {"slide master", true};
    if (type == "customXml" || type == "customXmlProps") return {"custom XML", true};
    if (type == "glossaryDocument") return {"building blocks", true};
    if (type == "pivotTable" || type == "pivotCacheDefinition" || type == "pivotCacheRecords")
        return {"pivot cache", true};
    if (type == "externalLink" || type == "externalLinkPath") return {"external link", true};
    if (type == "table" || type == "queryTable") return {owner.where + ", table", true};
    if (type == "connections") return {"connections", true};
    if (type.starts_with("revision") || type == "usernames") return {"revision log", true};
    // What the workbook or presentation itself refers to is not one of its sheets or slides.
    if (of_main && owner.where != "text") return {"document", owner.hidden};
    return owner;
}

void RelationshipList::start(std::string_view name, std::string_view,
                             const XmlAttributes& attributes) {
    if (name != "Relationship") return;
    Relationship relation;
    relation.id = attributes.get("Id");
    relation.type = attributes.get("Type");
    relation.type.erase(0, relation.type.rfind('/') + 1);
    relation.external = text::ascii_iequals(attributes.get("TargetMode"), "External");
    relation.target = attributes.get("Target");
    if (relation.external) {
        // An address is told as a person would write it: without %20 and the like.
        relation.target = percent_decode(relation.target, false);
    } else {
        relation.target = resolved(folder_, std::move(relation.target));
    }
    list_.push_back(std::move(relation));
}

void IdList::start(std::string_view name, std::string_view, const XmlAttributes& attributes) {
    if (name != element_) return;
    for (std::size_t i = 0; i < attributes.size(); ++i)
        if (attributes.name(i) == "id" && !attributes.space(i).empty())
            ids_.push_back(attributes.value(i));
}

void SlideState::start(std::string_view name, std::string_view, const XmlAttributes& attributes) {
    if (name == "sld" && attributes.has("show")) hidden_ = !is_on(attributes.get("show"));
}

}  // namespace postwacht::extract
