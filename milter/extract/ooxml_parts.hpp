// What the parts of an Office Open XML package are: by their root element, and by the relationship
// that leads to them. Any bytes give an answer. Standards: ECMA-376 parts 1 and 2, [MS-OE376].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/ooxml.hpp"

namespace postwacht::extract {

enum class PartKind {
    text,        // words in paragraphs
    settings,    // next to none, but what there is may be anything
    properties,  // of the document
    other
};

// The local name of the root element, if these bytes begin an XML document.
[[nodiscard]] std::string root_element(std::string_view begin);
[[nodiscard]] PartKind kind_of_part(std::string_view root) noexcept;
// In words, for a part with this root that belongs to `owner`.
[[nodiscard]] std::string place_of_root(std::string_view root, const std::string& owner);
[[nodiscard]] Place place_of_relation(std::string_view type, const Place& owner, bool of_main);

// _rels/NAME.rels
class RelationshipList : public XmlHandler {
  public:
    explicit RelationshipList(std::string folder) : folder_(std::move(folder)) {}
    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    [[nodiscard]] std::vector<Relationship> take() { return std::move(list_); }

  private:
    std::string folder_;
    std::vector<Relationship> list_;
};

// The relationship ids of all elements of one name, in their order.
class IdList : public XmlHandler {
  public:
    explicit IdList(std::string element) : element_(std::move(element)) {}
    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    [[nodiscard]] const std::vector<std::string>& ids() const noexcept { return ids_; }

  private:
    std::string element_;
    std::vector<std::string> ids_;
};

class SlideState : public XmlHandler {
  public:
    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    [[nodiscard]] bool hidden() const noexcept { return hidden_; }

  private:
    bool hidden_ = false;
};

}  // namespace postwacht::extract
