#include "extract/html.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "extract/html_element.hpp"
#include "extract/html_link.hpp"
#include "extract/html_style.hpp"
#include "extract/text_flow.hpp"

// libxml2 calls back for each element and text; no tree is built, so memory and stack do not grow
// with the depth of a document. Each open element has a state that its children inherit, and the
// state says where text goes: to the visible flow, or to the flow of the reason that hides it.

namespace postwacht::extract {
namespace {

// Deeper than people nest, and below the depth at which libxml2's search for the element that an
// end tag closes takes time that grows with the square of a document.
constexpr std::size_t max_depth = 2'000;
// How often the time is looked at.
constexpr std::size_t events_between_checks = 512;

// The places of fragments, as reports and evidence show them.
namespace place {
constexpr const char* text = "text";
constexpr const char* link = "link";
constexpr const char* comment = "comment";
constexpr const char* conditional = "conditional comment";
constexpr const char* frame = "frame";
constexpr const char* script = "script";
constexpr const char* title = "title";
constexpr const char* alternative = "alternative text";
constexpr const char* attribute = "attribute";
constexpr const char* metadata = "metadata";
constexpr const char* form_value = "form value";
constexpr const char* data_uri = "data URI";
constexpr const char* not_displayed = "display:none";
constexpr const char* invisible = "visibility:hidden";
constexpr const char* tiny_font = "zero font size";
constexpr const char* transparent = "opacity:0";
constexpr const char* office_hidden = "mso-hide";
constexpr const char* no_room = "zero size";
constexpr const char* off_screen = "off screen";
constexpr const char* same_colour = "colour of the background";
constexpr const char* not_shown = "not shown";
}  // namespace place

struct State {
    ElementRole role = ElementRole::inlined;
    std::uint16_t columns = 1;  // that a cell takes up
    std::uint16_t rows = 1;
    bool block = false;
    bool preformatted = false;
    const char* hidden = nullptr;  // a reason that no child can lift
    bool invisible = false;        // reasons that a child may lift
    bool tiny = false;
    Colour colour{true, 0x000000};
    Colour background{true, 0xFFFFFF};

    // Null while a reader sees the text.
    [[nodiscard]] const char* reason() const noexcept {
        if (hidden != nullptr) return hidden;
        if (invisible) return place::invisible;
        if (tiny) return place::tiny_font;
        return colour.same_as(background) ? place::same_colour : nullptr;
    }

    // Whether the element takes no room at all, so that the text around it closes up. What is only
    // transparent, tiny or of the background's colour parts lines and cells all the same.
    [[nodiscard]] bool takes_no_room() const noexcept {
        return hidden != nullptr && hidden != place::transparent && hidden != place::off_screen;
    }
};

std::string_view view(const xmlChar* text) noexcept {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

bool is_blank(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
    });
}

// 0 stands for all rows that follow; what is no number is 1.
std::uint16_t span_of(std::string_view value) noexcept {
    value = text::trim(value);
    std::uint16_t span = 1;
    std::from_chars(value.data(), value.data() + value.size(), span);
    return span;
}

// The HTML inside "<!--[if mso]> ... <![endif]-->"; nothing for any other comment.
std::optional<std::string_view> conditional_content(std::string_view comment) noexcept {
    const auto trimmed = text::trim(comment);
    if (!trimmed.starts_with("[if")) return std::nullopt;
    const auto begin = trimmed.find("]>");
    if (begin == std::string_view::npos) return std::nullopt;
    const auto end = trimmed.rfind("<![endif]");
    const auto content = trimmed.substr(begin + 2);
    return end == std::string_view::npos || end < begin + 2 ? content
                                                            : content.substr(0, end - begin - 2);
}

class HtmlReader {
  public:
    explicit HtmlReader(Budget& budget) : budget_(&budget) { open_.emplace_back(); }

    void read(std::string_view utf8);
    // Every fragment of a nested reading is hidden, for one reason.
    void take_fragments(const char* hidden_because, std::vector<Fragment>& out);
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    // Documents inside the document, still to be read.
    struct Inner {
        const char* reason;
        std::string html;
    };
    [[nodiscard]] std::vector<Inner> take_inner() { return std::move(inner_); }
    void take_files(std::vector<HtmlFile>& files) {
        std::move(files_.begin(), files_.end(), std::back_inserter(files));
    }

  private:
    static HtmlReader& self(void* context) { return *static_cast<HtmlReader*>(context); }
    static void on_start(void* context, const xmlChar* name, const xmlChar** attributes) {
        self(context).start_element(view(name), attributes);
    }
    static void on_end(void* context, const xmlChar* /*name*/) { self(context).end_element(); }
    static void on_text(void* context, const xmlChar* text, int length) {
        self(context).add_text(
            {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)});
    }
    static void on_comment(void* context, const xmlChar* text) {
        self(context).add_comment(view(text));
    }
    static void on_instruction(void* context, const xmlChar* target, const xmlChar* data) {
        auto& reader = self(context);
        reader.add_hidden(place::comment, view(target));
        reader.add_hidden(place::comment, view(data));
    }
    static const htmlSAXHandler& handler();

    void start_element(std::string_view name, const xmlChar** attributes);
    void end_element();
    void add_text(std::string_view text);
    void add_comment(std::string_view text);
    void add_hidden(const char* reason, std::string_view text);
    void add_link(std::string_view url);
    void add_attribute(std::string_view element, std::string_view name, std::string_view value,
                       std::string_view input_type);
    std::string prepare(std::string_view utf8);
    void add_bogus_comment(std::string_view text);
    void begin_in_flow(const State& state, TextFlow& flow);
    void end_in_flow(const State& state, TextFlow& flow);
    void apply_role(State& state);
    void apply_style(const Style& style, State& state);
    TextFlow& hidden_flow(const char* reason);
    // Whether to go on; stops the parser when the budget is spent.
    bool check_budget();

    struct HiddenFlow {
        const char* reason;
        TextFlow flow;
    };

    Budget* budget_;
    htmlParserCtxtPtr parser_ = nullptr;
    std::vector<State> open_;  // the open elements, the document itself first
    TextFlow visible_;
    std::string links_;
    std::vector<HiddenFlow> hidden_;
    const char* last_reason_ = nullptr;  // of the text before, null if that was visible
    StyleSheet sheet_;
    std::string sheet_text_;
    std::vector<Inner> inner_;
    std::vector<HtmlFile> files_;
    std::size_t events_ = 0;
    bool complete_ = true;
};

const htmlSAXHandler& HtmlReader::handler() {
    static const htmlSAXHandler table = [] {
        htmlSAXHandler made;
        std::memset(&made, 0, sizeof made);
        made.startElement = on_start;
        made.endElement = on_end;
        made.characters = on_text;
        made.ignorableWhitespace = on_text;
        made.cdataBlock = on_text;  // what stands in <script> and <style>
        made.comment = on_comment;
        made.processingInstruction = on_instruction;
        made.initialized = 1;
        return made;
    }();
    return table;
}

void HtmlReader::read(std::string_view utf8) {
    static std::once_flag once;
    std::call_once(once, [] { xmlInitParser(); });
    struct Free {
        void operator()(htmlParserCtxtPtr context) const noexcept { htmlFreeParserCtxt(context); }
    };
    const std::unique_ptr<htmlParserCtxt, Free> context(htmlNewParserCtxt());
    const std::string html = prepare(utf8);
    if (!context || html.size() > INT_MAX) {
        complete_ = false;
        return;
    }
    *context->sax = handler();
    context->userData = this;
    parser_ = context.get();
    constexpr int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                            HTML_PARSE_NONET | HTML_PARSE_NOIMPLIED | HTML_PARSE_IGNORE_ENC;
    htmlCtxtReadMemory(context.get(), html.data(), static_cast<int>(html.size()), nullptr, "UTF-8",
                       options);
    parser_ = nullptr;
}

bool HtmlReader::check_budget() {
    if (!complete_) return false;
    const bool look = ++events_ % events_between_checks == 0;
    if (open_.size() <= max_depth && (!look || budget_->time_left())) return true;
    complete_ = false;
    if (parser_ != nullptr) xmlStopParser(parser_);
    return false;
}

TextFlow& HtmlReader::hidden_flow(const char* reason) {
    for (auto& entry : hidden_)
        if (entry.reason == reason) return entry.flow;
    hidden_.push_back({reason, {}});
    return hidden_.back().flow;
}

void HtmlReader::add_hidden(const char* reason, std::string_view text) {
    TextFlow& flow = hidden_flow(reason);
    flow.line_break();
    flow.text(text, false);
}

// Hidden runs with visible text between them are lines of their own; next to each other they join,
// as they would if they were shown.
void HtmlReader::add_text(std::string_view text) {
    if (!check_budget()) return;
    const State& state = open_.back();
    if (state.role == ElementRole::style) sheet_text_.append(text);
    const char* const reason = state.reason();
    if (reason == nullptr) {
        visible_.text(text, state.preformatted);
    } else {
        TextFlow& flow = hidden_flow(reason);
        if (reason != last_reason_) flow.line_break();
        flow.text(text, state.preformatted);
    }
    if (!is_blank(text)) last_reason_ = reason;
}

void HtmlReader::add_comment(std::string_view text) {
    if (!check_budget()) return;
    if (const auto content = conditional_content(text))
        inner_.push_back({place::conditional, std::string(*content)});
    else
        add_hidden(place::comment, text);
}

// Made ready for libxml2, which differs from browsers in three things: it ends the document at a
// NUL (they leave it out), it shows "<![if !mso]>" and other comments without "--" as text, and it
// puts text that stands in no element into a paragraph, so that a line would begin there.
std::string HtmlReader::prepare(std::string_view utf8) {
    std::string html = "<x>";
    html.reserve(utf8.size() + html.size());
    while (!utf8.empty()) {
        const auto at = utf8.find("<!");
        html.append(utf8.substr(0, at));
        if (at == std::string_view::npos) break;
        utf8.remove_prefix(at);
        const bool comment = utf8.starts_with("<!--");
        const auto end = comment ? utf8.find("-->", 2) : utf8.find('>');
        const auto markup = utf8.substr(0, end == std::string_view::npos ? end : end + 1);
        if (comment)
            html.append(markup);
        else
            add_bogus_comment(markup.substr(2, markup.size() - 2 - (markup.back() == '>' ? 1 : 0)));
        utf8.remove_prefix(markup.size());
    }
    std::erase(html, '\0');
    return html;
}

void HtmlReader::add_bogus_comment(std::string_view text) {
    const auto begins = [text](std::string_view word) {
        return text::ascii_iequals(text.substr(0, word.size()), word);
    };
    if (!begins("doctype") && !begins("[if") && !begins("[endif")) add_hidden(place::comment, text);
}

void HtmlReader::add_link(std::string_view url) {
    if (has_scheme(text::trim(url), "data")) {
        auto data = data_of(url);
        if (!data)
            add_hidden(place::data_uri, url.substr(0, url.find_first_of(",;")));
        else if (!data->bytes.empty())
            files_.push_back({std::move(data->type), std::move(data->bytes)});
        return;
    }
    if (has_scheme(text::trim(url), "javascript")) {
        add_hidden(place::script, percent_decode(url, false));
        return;
    }
    const std::string said = link_text(url);
    if (said.empty()) return;
    if (!links_.empty()) links_ += '\n';
    links_ += said;
}

void HtmlReader::add_attribute(std::string_view element, std::string_view name,
                               std::string_view value, std::string_view input_type) {
    if (value.empty()) return;
    if (name == "href" || name == "action" || name == "formaction") {
        if (element != "link" && element != "base") add_link(value);
    } else if (name == "src" || name == "background" || name == "data" || name == "poster" ||
               name == "xlink:href") {
        if (has_scheme(text::trim(value), "data")) add_link(value);
    } else if (name == "alt") {
        add_hidden(place::alternative, value);
    } else if (name == "content") {
        add_hidden(place::metadata, value);
    } else if (name == "srcdoc") {
        inner_.push_back({place::frame, std::string(value)});
    } else if (name == "value" && element == "input") {
        if (text::ascii_iequals(input_type, "hidden"))
            add_hidden(place::form_value, value);
        else if (open_.back().reason() == nullptr)
            visible_.text(value, false);
        else
            add_hidden(open_.back().reason(), value);
    } else if (name == "title" || name == "aria-label" || name == "aria-description" ||
               name == "placeholder" || name == "summary" || name == "label" || name == "value" ||
               name == "x:num" || name == "x:str" || name == "sdval" || name.starts_with("data-")) {
        add_hidden(place::attribute, value);
    }
}

void HtmlReader::apply_role(State& state) {
    const auto hide = [&state](const char* reason) {
        if (state.hidden == nullptr) state.hidden = reason;
    };
    switch (state.role) {
        case ElementRole::preformatted:
            state.block = true;
            state.preformatted = true;
            break;
        case ElementRole::script:
        case ElementRole::style:
            state.block = true;
            hide(place::script);
            break;
        case ElementRole::title:
            state.block = true;
            hide(place::title);
            break;
        case ElementRole::not_shown:
            hide(place::not_shown);
            break;
        case ElementRole::block:
            state.block = true;
            break;
        default:
            break;
    }
}

void HtmlReader::apply_style(const Style& style, State& state) {
    const auto hide = [&state](bool hidden, const char* reason) {
        if (hidden && state.hidden == nullptr) state.hidden = reason;
    };
    hide(style.displayed == false, place::not_displayed);
    hide(style.transparent == true, place::transparent);
    hide(style.office_hidden == true, place::office_hidden);
    hide(style.no_room == true && style.clipped == true, place::no_room);
    hide(style.off_screen == true, place::off_screen);
    if (style.block && state.role == ElementRole::inlined) state.block = *style.block;
    if (style.visible) state.invisible = !*style.visible;
    if (style.tiny) state.tiny = *style.tiny;
    if (style.colour) state.colour = *style.colour;
    if (style.background) state.background = *style.background;
}

void HtmlReader::start_element(std::string_view name, const xmlChar** attributes) {
    if (!check_budget()) return;
    State state = open_.back();
    state.role = role_of(name);
    state.columns = 1;
    state.rows = 1;
    state.block = false;
    apply_role(state);

    std::string_view style;
    std::string_view classes;
    std::string_view id;
    std::string_view input_type;
    for (const xmlChar** a = attributes; a != nullptr && a[0] != nullptr; a += 2) {
        const auto key = view(a[0]);
        const auto value = view(a[1]);
        if (key == "style") {
            style = value;
        } else if (key == "class") {
            classes = value;
        } else if (key == "id") {
            id = value;
        } else if (key == "type") {
            input_type = value;
        } else if (key == "colspan") {
            state.columns = span_of(value);
        } else if (key == "rowspan") {
            state.rows = span_of(value);
        } else if (key == "hidden") {
            if (state.hidden == nullptr) state.hidden = place::not_displayed;
        } else if (key == "bgcolor") {
            state.background = parse_colour(value).value_or(Colour{});
        } else if (key == "background") {
            state.background = Colour{};
        } else if ((key == "color" && name == "font") || (key == "text" && name == "body")) {
            state.colour = parse_colour(value).value_or(Colour{});
        }
    }
    if (!sheet_.empty()) apply_style(sheet_.match(name, classes, id), state);
    if (!style.empty()) apply_style(parse_declarations(style), state);

    open_.push_back(state);
    if (const char* const reason = state.reason()) begin_in_flow(state, hidden_flow(reason));
    if (!state.takes_no_room()) begin_in_flow(state, visible_);
    for (const xmlChar** a = attributes; a != nullptr && a[0] != nullptr; a += 2)
        add_attribute(name, view(a[0]), view(a[1]), input_type);
}

void HtmlReader::end_element() {
    if (open_.size() < 2) return;
    const State state = open_.back();
    open_.pop_back();
    if (state.role == ElementRole::style) {
        sheet_.add(sheet_text_);
        sheet_text_.clear();
    }
    if (const char* const reason = state.reason()) end_in_flow(state, hidden_flow(reason));
    if (!state.takes_no_room()) end_in_flow(state, visible_);
}

void HtmlReader::begin_in_flow(const State& state, TextFlow& flow) {
    switch (state.role) {
        case ElementRole::line_break:
            flow.line_break();
            break;
        case ElementRole::table:
            flow.begin_table();
            break;
        case ElementRole::row:
            flow.begin_row();
            break;
        case ElementRole::cell:
            flow.begin_cell(state.columns, state.rows);
            break;
        default:
            if (state.block) flow.block();
    }
}

void HtmlReader::end_in_flow(const State& state, TextFlow& flow) {
    if (state.role == ElementRole::table)
        flow.end_table();
    else if (state.role == ElementRole::cell)
        flow.end_cell();
    else if (state.block)
        flow.block();
}

void HtmlReader::take_fragments(const char* hidden_because, std::vector<Fragment>& out) {
    const auto add = [&](const char* where, bool hidden, std::string text) {
        if (text.empty()) return;
        if (!budget_->take_fragment()) {
            complete_ = false;
            return;
        }
        Fragment fragment;
        fragment.where = hidden_because == nullptr ? where : hidden_because;
        fragment.hidden = hidden || hidden_because != nullptr;
        fragment.text = std::move(text);
        out.push_back(std::move(fragment));
    };
    add(place::text, false, visible_.take());
    add(place::link, false, std::move(links_));
    for (auto& entry : hidden_) add(entry.reason, true, entry.flow.take());
}

}  // namespace

std::vector<Fragment> read_html(std::string_view utf8, Budget& budget, bool& complete,
                                std::vector<HtmlFile>& files) {
    std::string repaired;
    if (!text::is_valid_utf8(utf8)) utf8 = repaired = text::repair_utf8(utf8);
    std::vector<Fragment> fragments;
    HtmlReader document(budget);
    document.read(utf8);
    document.take_fragments(nullptr, fragments);
    document.take_files(files);
    complete = document.complete();
    // Conditional comments and the documents of frames cannot be nested; one level is all there is.
    for (const auto& inner : document.take_inner()) {
        HtmlReader nested(budget);
        nested.read(inner.html);
        nested.take_fragments(inner.reason, fragments);
        nested.take_files(files);
        complete = complete && nested.complete() && budget.time_left();
        if (!complete) break;
    }
    return fragments;
}

std::string_view html_declared_charset(std::string_view bytes) noexcept {
    constexpr std::size_t searched = 1024;
    const auto head = bytes.substr(0, searched);
    constexpr std::string_view words[] = {"charset", "encoding"};
    for (std::size_t i = 0; i < head.size(); ++i) {
        for (const auto word : words) {
            if (!text::ascii_iequals(head.substr(i, word.size()), word)) continue;
            auto rest = head.substr(i + word.size());
            const auto value = rest.find_first_not_of(" \t\r\n");
            if (value == std::string_view::npos || rest[value] != '=') continue;
            rest.remove_prefix(value + 1);
            const auto begin = rest.find_first_not_of(" \t\r\n\"'");
            if (begin == std::string_view::npos) continue;
            rest.remove_prefix(begin);
            return rest.substr(0, rest.find_first_of(" \t\r\n\"';>/?"));
        }
    }
    return {};
}

}  // namespace postwacht::extract
