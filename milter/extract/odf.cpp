#include "extract/odf.hpp"

#include <set>
#include <utility>

#include "base/text.hpp"
#include "extract/loose_xml.hpp"
#include "extract/odf_text.hpp"
#include "extract/office_text.hpp"
#include "extract/ooxml_parts.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::extract {
namespace {

bool is_odf_type(std::string_view type) noexcept {
    return type.starts_with("application/vnd.oasis.opendocument") ||
           type.starts_with("application/vnd.sun.xml");
}

// Short, and of the characters that a media type is made of (RFC 6838).
bool is_type_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 127;
    return name.size() <= longest &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789./+-_") == name.npos;
}

// The names of members that are encrypted.
class Manifest : public XmlHandler {
  public:
    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "file-entry") path_ = attributes.get("full-path");
        if (name == "encryption-data") encrypted_.insert(path_);
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    [[nodiscard]] const std::set<std::string>& encrypted() const noexcept { return encrypted_; }

  private:
    std::string path_;
    std::set<std::string> encrypted_;
};

// Files inside a flat package.
class FlatMembers : public XmlHandler {
  public:
    explicit FlatMembers(Collector& out) : out_(&out) {}

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "part") part_ = attributes.get("name");
        if (name == "binData") part_ = attributes.get("name");
        inside_ = name == "binaryData" || name == "binData" || name == "docOleData";
        if (inside_) bytes_.clear();
    }
    void end(std::string_view) override {
        if (!inside_) return;
        inside_ = false;
        if (text::ascii_lower(part_).ends_with("vbaproject.bin")) out_->note_macro();
        const std::string bytes = mail::undo_transfer_encoding(bytes_, "base64").content;
        if (!bytes.empty()) out_->add_member(part_.substr(part_.rfind('/') + 1), bytes);
    }
    void text(std::string_view text) override {
        if (inside_) bytes_ += text;
    }

  private:
    Collector* out_;
    std::string part_;
    std::string bytes_;
    bool inside_ = false;
};

std::string peek(const ZipPackage& package, std::size_t member) {
    std::string begin;
    constexpr std::size_t enough = 4096;
    package.peek(member, [&begin](std::string_view piece) {
        begin += piece.substr(0, enough - begin.size());
        return begin.size() < enough;
    });
    return begin;
}

void parse(const ZipPackage& package, std::size_t member, XmlHandler& handler, Collector& out) {
    XmlStream stream(handler);
    package.read(member, [&stream](std::string_view piece) {
        stream.feed(piece);
        return true;
    });
    if (!stream.finish() && !out.budget().exhausted())
        out.incomplete(stream.defines_entities() ? Why::over_budget : Why::damaged);
}

bool is_document_part(std::string_view root) noexcept {
    return root.starts_with("document") || root == "module" || root == "library" ||
           root == "libraries";
}

void read_member(const ZipPackage& package, std::size_t member, const OdfVisibility& visibility,
                 Collector& out) {
    const std::string& name = package.members()[member].name;
    const std::string begin = peek(package, member);
    const std::string root = root_element(begin);
    if ((name.starts_with("Basic/") || name.starts_with("Scripts/")) && !name.ends_with('/'))
        out.note_macro();
    if (is_document_part(root) && root != "document-signatures") {
        const auto folder = name.find('/');
        const bool inner = folder != std::string::npos && name != "META-INF/manifest.xml";
        OdfText reader({inner ? "object '" + name.substr(0, folder) + "'" : "text", false}, out,
                       inner ? OdfVisibility() : visibility);
        parse(package, member, reader, out);
        reader.finish();
    } else if (!root.empty()) {
        LooseXml reader({"part '" + name + "'", true}, out, LooseXml::Attributes::names);
        parse(package, member, reader, out);
        reader.finish();
    } else if (name == "layout-cache" ||
               (begin.starts_with("VCLMTF") && name.starts_with("ObjectReplacements/"))) {
        // Positions of lines, and pictures of what the object itself says.
        package.read(member, [](std::string_view) { return true; });
    } else if (package.members()[member].size > 0 || !begin.empty()) {
        if (begin.starts_with("<?xml") || begin.starts_with("<!DOCTYPE"))
            out.incomplete(begin.find("<!ENTITY") == std::string::npos ? Why::damaged
                                                                       : Why::over_budget);
        package.hand_over(member, name.substr(name.rfind('/') + 1));
    }
}

template <class Handler>
void parse_flat(const Document& document, Handler& reader, Collector& out) {
    XmlStream stream(reader);
    constexpr std::size_t piece = std::size_t{64} << 10U;
    for (std::size_t at = 0; at < document.bytes.size() && out.time_left(); at += piece)
        if (!stream.feed(document.bytes.substr(at, piece))) break;
    if (!stream.finish() && !out.budget().exhausted())
        out.incomplete(stream.defines_entities() ? Why::over_budget : Why::damaged);
}

}  // namespace

bool is_odf(const ZipPackage& package) {
    const auto type = package.find("mimetype");
    if (type) {
        const std::string begin = peek(package, *type);
        if (is_odf_type(begin)) return true;
    }
    return package.find("content.xml") && package.find("META-INF/manifest.xml");
}

void read_odf_package(const ZipPackage& package, Collector& out) {
    // The content says which kind it is, whatever the name says.
    if (const auto type = package.find("mimetype")) {
        const std::string said = peek(package, *type);
        const auto name = text::trim(said);
        if (is_odf_type(name) && is_type_name(name)) out.set_type(std::string(name));
    }
    Manifest manifest;
    const auto listed = package.find("META-INF/manifest.xml");
    if (listed) parse(package, *listed, manifest, out);
    // What the styles hide is known before the text is read; what is wrong with them is told later.
    OdfVisibility visibility;
    if (const auto styles = package.find("styles.xml")) {
        XmlStream stream(visibility);
        package.peek(*styles, [&stream](std::string_view piece) { return stream.feed(piece); });
        static_cast<void>(stream.finish());
    }
    const auto content = package.find("content.xml");
    const auto read = [&](std::size_t member) {
        if (manifest.encrypted().contains(package.members()[member].name))
            out.incomplete(Why::encrypted);
        else
            read_member(package, member, visibility, out);
    };
    if (content)
        read(*content);
    else
        out.incomplete(manifest.encrypted().empty() ? Why::damaged : Why::encrypted);
    for (std::size_t i = 0; i < package.members().size() && out.time_left(); ++i) {
        const auto& member = package.members()[i];
        if (i == content || i == listed || member.is_folder() || member.name == "mimetype")
            continue;
        read(i);
    }
}

void read_flat_office(const Document& document, Collector& out) {
    try {
        constexpr std::size_t head = 4096;
        const std::string root = root_element(document.bytes.substr(0, head));
        if (root == "package" || root == "wordDocument") {
            OfficeText reader({"text", false}, out, nullptr);
            parse_flat(document, reader, out);
            reader.finish();
            FlatMembers members(out);
            parse_flat(document, members, out);
        } else {
            OdfText reader({"text", false}, out);
            parse_flat(document, reader, out);
            reader.finish();
        }
    } catch (...) {
        out.incomplete(Why::over_budget);
    }
}

}  // namespace postwacht::extract
