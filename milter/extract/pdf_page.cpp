// The objects that lie on a page of a PDF: annotations, form fields, links, attached files.
#include <poppler.h>

#include <memory>
#include <string>
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

bool is_shown(PopplerAnnot* annotation) noexcept {
    constexpr int not_shown =
        POPPLER_ANNOT_FLAG_INVISIBLE | POPPLER_ANNOT_FLAG_HIDDEN | POPPLER_ANNOT_FLAG_NO_VIEW;
    return (static_cast<int>(poppler_annot_get_flags(annotation)) & not_shown) == 0;
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

void read_choice(PopplerFormField* field, const std::string& where, bool shown, Collector& out,
                 Contents& into) {
    const OwnedString typed(poppler_form_field_choice_get_text(field));
    add_piece(out, into, where, typed.get(), !shown);
    std::string offered;
    constexpr int most = 10'000;
    const int items = poppler_form_field_choice_get_n_items(field);
    for (int i = 0; i < items && i < most; ++i) {
        const OwnedString item(poppler_form_field_choice_get_item(field, i));
        if (!item) continue;
        if (poppler_form_field_choice_is_item_selected(field, i))
            add_piece(out, into, where, item.get(), !shown);
        else
            offered.append(item.get()).append("\n");
    }
    add_piece(out, into, where + " (other choices)", offered.c_str(), true);
}

void read_field(PopplerFormField* field, const std::string& place, bool shown, Collector& out,
                Contents& into) {
    const OwnedString label(poppler_form_field_get_alternate_ui_name(field));
    const OwnedString name(poppler_form_field_get_name(field));
    std::string where = place + ", form field";
    if (name && *name != '\0') where.append(" '").append(name.get()).append("'");
    if (!shown) where += " (hidden)";
    switch (poppler_form_field_get_field_type(field)) {
        case POPPLER_FORM_FIELD_TEXT: {
            const OwnedString text(poppler_form_field_text_get_text(field));
            add_piece(out, into, where, text.get(), !shown);
            break;
        }
        case POPPLER_FORM_FIELD_CHOICE:
            read_choice(field, where, shown, out, into);
            break;
        default:
            break;
    }
    add_piece(out, into, where + " (tooltip)", label.get(), true);
    add_piece(out, into, where + " (name)", name.get(), true);
    read_action(poppler_form_field_get_action(field), where, out, into);
}

}  // namespace

std::string page_text(PopplerPage* page) {
    const OwnedString text(poppler_page_get_text(page));
    std::string out = text ? text.get() : "";
    // A word that is parted at the end of a line is still one word.
    constexpr std::string_view parted = "\xC2\xAD\n";
    for (auto at = out.find(parted); at != std::string::npos; at = out.find(parted, at))
        out.erase(at, parted.size());
    return out;
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

    GList* fields = poppler_page_get_form_field_mapping(page);
    for (GList* at = fields; at != nullptr && out.time_left(); at = at->next) {
        const auto* mapping = static_cast<PopplerFormFieldMapping*>(at->data);
        bool shown = true;
        for (const auto& hidden : hidden_places)
            shown = shown && !same_place(hidden, mapping->area);
        read_field(mapping->field, place, shown, out, into);
    }
    poppler_page_free_form_field_mapping(fields);

    GList* links = poppler_page_get_link_mapping(page);
    for (GList* at = links; at != nullptr && out.time_left(); at = at->next)
        read_action(static_cast<PopplerLinkMapping*>(at->data)->action, place + ", link", out,
                    into);
    poppler_page_free_link_mapping(links);
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
