// XmlStream: elements and text of an XML document, piece by piece, without a tree.
//
// Guarantees: takes any bytes; resolves no entity but the five of XML itself, opens nothing,
// bounds depth and lengths (libxml2's limits stay on). After damage it goes on where it can.
//
// Fails: finish() is false where the document is damaged or uses what is not resolved.
//
// Standards: XML 1.0, Namespaces in XML. Names are told without their prefix.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace postwacht::extract {

class XmlAttributes {
  public:
    // `raw` holds five pointers for each attribute: name, prefix, namespace, value, its end.
    XmlAttributes(const unsigned char** raw, int count) noexcept : raw_(raw), count_(count) {}

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(count_); }
    [[nodiscard]] std::string_view name(std::size_t index) const noexcept;
    [[nodiscard]] std::string_view space(std::size_t index) const noexcept;
    [[nodiscard]] std::string value(std::size_t index) const;
    // The value of the first attribute of this local name; empty if there is none.
    [[nodiscard]] std::string get(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const noexcept;

  private:
    const unsigned char** raw_;
    int count_;
};

class XmlHandler {
  public:
    virtual ~XmlHandler() = default;
    virtual void start(std::string_view name, std::string_view space,
                       const XmlAttributes& attributes) = 0;
    virtual void end(std::string_view name) = 0;
    virtual void text(std::string_view text) = 0;
};

class XmlStream {
  public:
    explicit XmlStream(XmlHandler& handler);
    ~XmlStream();
    XmlStream(const XmlStream&) = delete;
    XmlStream& operator=(const XmlStream&) = delete;

    // False where there is no sense in feeding more.
    bool feed(std::string_view piece);
    // Tells the end; whether all of it was well formed.
    bool finish();
    // It ended early where the document defines words of its own that stand for text. What they
    // would grow to is not spent: the part is over budget rather than damaged.
    [[nodiscard]] bool defines_entities() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// "true", "1", "on" and an attribute that is there without a value, as Office writes switches.
[[nodiscard]] bool is_on(std::string_view value) noexcept;

}  // namespace postwacht::extract
