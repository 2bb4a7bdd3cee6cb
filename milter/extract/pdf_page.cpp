// The objects that lie on a page of a PDF: annotations, form fields, links, attached files.
#include <poppler.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extract/pdf_document.hpp"

namespace postwacht::extract::pdf {
namespace {

struct FreeString {
    void operator()(char* text) const noexcept { g_free(text); }
};
using OwnedString = std::unique_ptr<char, FreeString>;

bool same_place(const PopplerRectangle& a, const PopplerRectangle& b) noexcept {
    return a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2;
}

const char* kind_of(PopplerAnnot* annotation) noexcept {
    switch (poppler_annot_get_annot_type(annotation)) {
        case POPPLER_ANNOT_FREE_TEXT:
            return "text box";
        case POPPLER_ANNOT_HIGHLIGHT:
        case POPPLER_ANNOT_UNDERLINE:
        case POPPLER_ANNOT_SQUIGGLY:
            return "comment on marked text";
        case POPPLER_ANNOT_STRIKE_OUT:
            return "comment on struck-out text";
        case POPPLER_ANNOT_STAMP:
            return "stamp";
        case POPPLER_ANNOT_LINK:
            return "link";
        case POPPLER_ANNOT_WIDGET:
            return "form field";
        case POPPLER_ANNOT_FILE_ATTACHMENT:
            return "attached file";
        case POPPLER_ANNOT_WATERMARK:
            return "watermark";
        default:
            return "comment";
    }
}

void read_annotation(PopplerAnnot* annotation, const std::string& place, Collector& out,
                     Contents& into) {
    const std::string where = place + ", " + kind_of(annotation);
    const bool text_box = poppler_annot_get_annot_type(annotation) == POPPLER_ANNOT_FREE_TEXT;
    const OwnedString contents(poppler_annot_get_contents(annotation));
    add_piece(out, into, where, contents.get(), !(text_box && is_shown(annotation)));
    if (POPPLER_IS_ANNOT_MARKUP(annotation)) {
        auto* markup = POPPLER_ANNOT_MARKUP(annotation);
        const OwnedString author(poppler_annot_markup_get_label(markup));
        const OwnedString subject(poppler_annot_markup_get_subject(markup));
        add_piece(out, into, where + " (author)", author.get(), true);
        add_piece(out, into, where + " (subject)", subject.get(), true);
    }
    if (POPPLER_IS_ANNOT_MOVIE(annotation)) {
        const OwnedString title(poppler_annot_movie_get_title(POPPLER_ANNOT_MOVIE(annotation)));
        add_piece(out, into, where + " (title)", title.get(), true);
    }
    if (POPPLER_IS_ANNOT_SCREEN(annotation))
        read_action(poppler_annot_screen_get_action(POPPLER_ANNOT_SCREEN(annotation)),
                    place + ", screen", out, into);
    if (POPPLER_IS_ANNOT_FILE_ATTACHMENT(annotation)) {
        auto* file =
            poppler_annot_file_attachment_get_attachment(POPPLER_ANNOT_FILE_ATTACHMENT(annotation));
        if (file != nullptr)
            read_attachment(file, out, into);
        else
            into.unopened = true;
    }
}

// The fields of a page go together, so that a value keeps its neighbours.
struct Fields {
    std::string shown;
    std::string hidden;
    std::string choices;  // that were not taken
    std::string names;
};

void add_line(std::string& lines, std::string_view label, const char* value) {
    if (value == nullptr || *value == '\0') return;
    if (!label.empty()) lines.append(label).append(": ");
    lines.append(value).append("\n");
}

void read_choice(PopplerFormField* field, std::string_view label, std::string& values,
                 std::string& choices) {
    const OwnedString typed(poppler_form_field_choice_get_text(field));
    add_line(values, label, typed.get());
    constexpr int most = 10'000;
    const int items = poppler_form_field_choice_get_n_items(field);
    for (int i = 0; i < items && i < most; ++i) {
        const OwnedString item(poppler_form_field_choice_get_item(field, i));
        if (poppler_form_field_choice_is_item_selected(field, i))
            add_line(values, label, item.get());
        else
            add_line(choices, label, item.get());
    }
}

// What a person is told to fill in: the tooltip, else the last word of the field's name.
std::string label_of(const char* tooltip, const char* name) {
    if (tooltip != nullptr && *tooltip != '\0') return tooltip;
    std::string_view last = name == nullptr ? std::string_view() : name;
    if (const auto dot = last.rfind('.'); dot != std::string_view::npos)
        last.remove_prefix(dot + 1);
    return std::string(last.substr(0, last.find('[')));
}

void read_field(PopplerFormField* field, const std::string& place, bool shown, Fields& fields,
                Collector& out, Contents& into) {
    const OwnedString tooltip(poppler_form_field_get_alternate_ui_name(field));
    const OwnedString name(poppler_form_field_get_name(field));
    const std::string label = label_of(tooltip.get(), name.get());
    std::string& values = shown ? fields.shown : fields.hidden;
    switch (poppler_form_field_get_field_type(field)) {
        case POPPLER_FORM_FIELD_TEXT: {
            const OwnedString text(poppler_form_field_text_get_text(field));
            add_line(values, label, text.get());
            break;
        }
        case POPPLER_FORM_FIELD_CHOICE:
            read_choice(field, label, values, fields.choices);
            break;
        case POPPLER_FORM_FIELD_BUTTON:
            if (poppler_form_field_button_get_state(field) != FALSE) add_line(values, label, "x");
            break;
        default:
            break;
    }
    add_line(fields.names, {}, name.get());
    add_line(fields.names, {}, tooltip.get());
    read_action(poppler_form_field_get_action(field), place + ", form field", out, into);
}

}  // namespace

bool is_shown(PopplerAnnot* annotation) noexcept {
    constexpr int not_shown =
        POPPLER_ANNOT_FLAG_INVISIBLE | POPPLER_ANNOT_FLAG_HIDDEN | POPPLER_ANNOT_FLAG_NO_VIEW;
    return (static_cast<int>(poppler_annot_get_flags(annotation)) & not_shown) == 0;
}

void read_page_objects(PopplerPage* page, const std::string& place, Collector& out,
                       Contents& into) {
    std::vector<PopplerRectangle> hidden_places;
    GList* annotations = poppler_page_get_annot_mapping(page);
    for (GList* at = annotations; at != nullptr && out.time_left(); at = at->next) {
        const auto* mapping = static_cast<PopplerAnnotMapping*>(at->data);
        if (!is_shown(mapping->annot)) hidden_places.push_back(mapping->area);
        read_annotation(mapping->annot, place, out, into);
    }
    poppler_page_free_annot_mapping(annotations);

    Fields told;
    GList* fields = poppler_page_get_form_field_mapping(page);
    for (GList* at = fields; at != nullptr && out.time_left(); at = at->next) {
        const auto* mapping = static_cast<PopplerFormFieldMapping*>(at->data);
        bool shown = true;
        for (const auto& hidden : hidden_places)
            shown = shown && !same_place(hidden, mapping->area);
        read_field(mapping->field, place, shown, told, out, into);
    }
    poppler_page_free_form_field_mapping(fields);
    add_piece(out, into, place + ", form fields", told.shown.c_str(), false);
    add_piece(out, into, place + ", hidden form fields", told.hidden.c_str(), true);
    add_piece(out, into, place + ", choices of form fields", told.choices.c_str(), true);
    add_piece(out, into, place + ", names of form fields", told.names.c_str(), true);

    GList* links = poppler_page_get_link_mapping(page);
    for (GList* at = links; at != nullptr && out.time_left(); at = at->next)
        read_action(static_cast<PopplerLinkMapping*>(at->data)->action, place + ", link", out,
                    into);
    poppler_page_free_link_mapping(links);
}

bool shows_pictures(PopplerPage* page) {
    GList* images = poppler_page_get_image_mapping(page);
    const bool any = images != nullptr;
    poppler_page_free_image_mapping(images);
    if (any) return true;
    // Letters may be drawn as shapes, and annotations have contents of their own; a rule or a dot
    // is no letter.
    GList* annotations = poppler_page_get_annot_mapping(page);
    const bool annotated = annotations != nullptr;
    poppler_page_free_annot_mapping(annotations);
    constexpr double least = 4;
    PopplerRectangle ink;
    return annotated || (poppler_page_get_bounding_box(page, &ink) != FALSE &&
                         ink.x2 - ink.x1 > least && ink.y2 - ink.y1 > least);
}

void read_action(const PopplerAction* action, const std::string& where, Collector& out,
                 Contents& into) {
    if (action == nullptr) return;
    switch (action->type) {
        case POPPLER_ACTION_URI:
            add_piece(out, into, where, action->uri.uri, true);
            break;
        case POPPLER_ACTION_GOTO_REMOTE:
            add_piece(out, into, where, action->goto_remote.file_name, true);
            break;
        case POPPLER_ACTION_LAUNCH:
            add_piece(out, into, where, action->launch.file_name, true);
            add_piece(out, into, where, action->launch.params, true);
            break;
        case POPPLER_ACTION_JAVASCRIPT:
            add_piece(out, into, where + " (script)", action->javascript.script, true);
            break;
        default:
            break;
    }
}

}  // namespace postwacht::extract::pdf
