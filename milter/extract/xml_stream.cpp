#include "extract/xml_stream.hpp"

#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include <algorithm>

namespace postwacht::extract {
namespace {

constexpr std::size_t per_attribute = 5;

std::string_view view(const unsigned char* text) noexcept {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

}  // namespace

std::string_view XmlAttributes::name(std::size_t index) const noexcept {
    return view(raw_[index * per_attribute]);
}

std::string_view XmlAttributes::space(std::size_t index) const noexcept {
    return view(raw_[index * per_attribute + 2]);
}

std::string XmlAttributes::value(std::size_t index) const {
    const auto* begin = reinterpret_cast<const char*>(raw_[index * per_attribute + 3]);
    const auto* end = reinterpret_cast<const char*>(raw_[index * per_attribute + 4]);
    std::string value(begin, end);
    // While entities are not resolved, libxml2 leaves an ampersand as its character reference.
    constexpr std::string_view ampersand = "&#38;";
    for (auto at = value.find(ampersand); at != std::string::npos;
         at = value.find(ampersand, at + 1))
        value.replace(at, ampersand.size(), "&");
    return value;
}

std::string XmlAttributes::get(std::string_view wanted) const {
    for (std::size_t i = 0; i < size(); ++i)
        if (name(i) == wanted) return value(i);
    return {};
}

bool XmlAttributes::has(std::string_view wanted) const noexcept {
    for (std::size_t i = 0; i < size(); ++i)
        if (name(i) == wanted) return true;
    return false;
}

struct XmlStream::State {
    XmlHandler* handler = nullptr;
    xmlParserCtxtPtr context = nullptr;
    bool failed = false;
    bool ended = false;
    bool entities = false;

    // An exception must not pass through libxml2.
    template <class Call>
    void guarded(const Call& call) noexcept {
        if (failed) return;
        try {
            call(*handler);
        } catch (...) {
            failed = true;
            xmlStopParser(context);
        }
    }

    static State& of(void* user) noexcept { return *static_cast<State*>(user); }

    static void on_start(void* user, const xmlChar* name, const xmlChar*, const xmlChar* space, int,
                         const xmlChar**, int count, int, const xmlChar** raw) noexcept {
        of(user).guarded(
            [&](XmlHandler& to) { to.start(view(name), view(space), XmlAttributes(raw, count)); });
    }
    static void on_end(void* user, const xmlChar* name, const xmlChar*, const xmlChar*) noexcept {
        of(user).guarded([&](XmlHandler& to) { to.end(view(name)); });
    }
    static void on_text(void* user, const xmlChar* text, int size) noexcept {
        if (size <= 0) return;
        of(user).guarded([&](XmlHandler& to) {
            to.text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
        });
    }
    // An entity of the document's own would be left out of the text.
    static void on_entity(void* user, const xmlChar*, int, const xmlChar*, const xmlChar*,
                          xmlChar*) noexcept {
        of(user).failed = true;
        of(user).entities = true;
        xmlStopParser(of(user).context);
    }
    static void on_message(void*, const char*, ...) noexcept {}
    static void on_error(void*, xmlErrorPtr) noexcept {}
};

XmlStream::XmlStream(XmlHandler& handler) : state_(std::make_unique<State>()) {
    xmlSAXHandler sax{};
    sax.initialized = XML_SAX2_MAGIC;
    sax.startElementNs = State::on_start;
    sax.endElementNs = State::on_end;
    sax.characters = State::on_text;
    sax.ignorableWhitespace = State::on_text;
    sax.cdataBlock = State::on_text;
    sax.entityDecl = State::on_entity;
    sax.warning = State::on_message;
    sax.error = State::on_message;
    sax.serror = State::on_error;
    state_->handler = &handler;
    state_->context = xmlCreatePushParserCtxt(&sax, state_.get(), nullptr, 0, nullptr);
    if (state_->context == nullptr) {
        state_->failed = true;
        return;
    }
    xmlCtxtUseOptions(state_->context, XML_PARSE_NONET | XML_PARSE_RECOVER | XML_PARSE_NOERROR |
                                           XML_PARSE_NOWARNING);
}

XmlStream::~XmlStream() {
    if (state_->context == nullptr) return;
    if (state_->context->myDoc != nullptr) xmlFreeDoc(state_->context->myDoc);
    xmlFreeParserCtxt(state_->context);
}

bool XmlStream::feed(std::string_view piece) {
    constexpr std::size_t most = std::size_t{1} << 20U;
    while (!piece.empty() && !state_->failed) {
        const auto now = piece.substr(0, most);
        xmlParseChunk(state_->context, now.data(), static_cast<int>(now.size()), 0);
        piece.remove_prefix(now.size());
        if (state_->context->disableSAX != 0) return false;
    }
    return !state_->failed;
}

bool XmlStream::finish() {
    if (state_->context == nullptr) return false;
    if (!state_->ended && !state_->failed) xmlParseChunk(state_->context, nullptr, 0, 1);
    state_->ended = true;
    return !state_->failed && state_->context->wellFormed != 0;
}

bool XmlStream::defines_entities() const noexcept {
    return state_->entities;
}

bool is_on(std::string_view value) noexcept {
    return value.empty() || value == "1" || value == "true" || value == "on";
}

}  // namespace postwacht::extract
