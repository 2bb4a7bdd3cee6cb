// LooseXml: all character data of an XML part of which only the outline is known.
//
// Each element's text is a line; with Attributes::all the values of attributes are too, each with
// its name. For properties, custom XML, connections, revision logs and whatever a later edition of
// a standard adds. Guarantees: bounded by its input; never fails. Standards: none beyond XML 1.0.
#pragma once

#include <string>

#include "extract/place_flows.hpp"
#include "extract/xml_stream.hpp"

namespace postwacht::extract {

class LooseXml : public XmlHandler {
  public:
    enum class Attributes { none, names, all };

    LooseXml(Place place, Collector& out, Attributes attributes)
        : place_(std::move(place)), out_(&out), attributes_(attributes) {}

    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view text) override;
    void finish();

  private:
    void end_line();

    Place place_;
    Collector* out_;
    Attributes attributes_;
    std::string all_;
    std::string line_;
    unsigned skipped_ = 0;
};

}  // namespace postwacht::extract
