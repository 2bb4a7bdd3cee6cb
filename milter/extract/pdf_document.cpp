// A PDF's own matters: opening it, its pages, layers, outline, structure, properties and files.
#include "extract/pdf_document.hpp"

#include <poppler.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "extract/xml_text.hpp"

namespace postwacht::extract::pdf {
namespace {

using namespace std::string_view_literals;

struct FreeString {
    void operator()(char* text) const noexcept { g_free(text); }
};
using OwnedString = std::unique_ptr<char, FreeString>;
struct Unref {
    void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

// poppler tells of what it could not read only in its messages. They go no further, since they may
// quote the file.
struct Complaints {
    bool broken_stream = false;
    bool needs_table = false;
    bool endless = false;
};
thread_local Complaints complaints;

void hear(const gchar* /*domain*/, GLogLevelFlags /*level*/, const gchar* message, gpointer) {
    const std::string_view text = message == nullptr ? "" : message;
    const auto says = [text](std::string_view words) {
        return text.find(words) != std::string_view::npos;
    };
    // Each of these means that something was passed over; sound files give none of them.
    static constexpr std::array broken = {"in flate stream"sv,
                                          "Unknown filter"sv,
                                          "crypt filter"sv,
                                          "not found but needed"sv,
                                          "find trailer"sv,
                                          "Invalid XRef"sv,
                                          "No font in"sv,
                                          "Unknown font tag"sv,
                                          "resource is not a dictionary"sv,
                                          "Weird page contents"sv,
                                          "XObject '"sv,
                                          "Unknown operator"sv,
                                          "Missing 'endstream'"sv,
                                          "End of file inside"sv,
                                          "Unterminated string"sv,
                                          "Dictionary key must be"sv,
                                          "Illegal character"sv,
                                          "Too few ("sv};
    if (std::any_of(broken.begin(), broken.end(), says)) complaints.broken_stream = true;
    if (says("character collection") || says("CMap file for") || says("language pack"))
        complaints.needs_table = true;
    if (says("Loop in Pages tree") || says("larger than number of objects"))
        complaints.endless = true;
}

void listen_to_poppler() {
    static const guint handler =
        g_log_set_handler("Poppler", static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK), hear, nullptr);
    static_cast<void>(handler);
    complaints = {};
}

struct Layers {
    std::vector<Owned<PopplerLayer>> all;
    std::vector<PopplerLayer*> off;
    std::string titles;
};

constexpr int deepest = 64;            // outlines, layers and structure trees inside each other
constexpr std::size_t most = 200'000;  // of their elements

void find_layers(PopplerLayersIter* iter, int depth, Layers& into) {
    if (iter == nullptr) return;
    do {
        const OwnedString title(poppler_layers_iter_get_title(iter));
        if (title) into.titles.append(title.get()).append("\n");
        Owned<PopplerLayer> layer(poppler_layers_iter_get_layer(iter));
        if (layer) into.titles.append(poppler_layer_get_title(layer.get())).append("\n");
        if (layer) {
            if (!poppler_layer_is_visible(layer.get())) into.off.push_back(layer.get());
            into.all.push_back(std::move(layer));
        }
        if (depth < deepest) {
            auto* child = poppler_layers_iter_get_child(iter);
            find_layers(child, depth + 1, into);
            if (child != nullptr) poppler_layers_iter_free(child);
        }
    } while (into.all.size() < most && poppler_layers_iter_next(iter));
}

Layers find_layers(PopplerDocument* document) {
    Layers layers;
    auto* iter = poppler_layers_iter_new(document);
    find_layers(iter, 0, layers);
    if (iter != nullptr) poppler_layers_iter_free(iter);
    return layers;
}

void read_outline(PopplerIndexIter* iter, int depth, std::size_t& count, std::string& titles,
                  Collector& out, Contents& into) {
    if (iter == nullptr) return;
    do {
        if (auto* action = poppler_index_iter_get_action(iter); action != nullptr) {
            if (action->any.title != nullptr) titles.append(action->any.title).append("\n");
            read_action(action, "outline, link", out, into);
            poppler_action_free(action);
        }
        if (depth < deepest) {
            auto* child = poppler_index_iter_get_child(iter);
            read_outline(child, depth + 1, count, titles, out, into);
            if (child != nullptr) poppler_index_iter_free(child);
        }
    } while (++count < most && out.time_left() && poppler_index_iter_next(iter));
}

void read_structure(PopplerStructureElementIter* iter, int depth, std::size_t& count,
                    Collector& out, Contents& into) {
    if (iter == nullptr) return;
    do {
        const Owned<PopplerStructureElement> element(
            poppler_structure_element_iter_get_element(iter));
        if (element) {
            const OwnedString alternative(poppler_structure_element_get_alt_text(element.get()));
            const OwnedString actual(poppler_structure_element_get_actual_text(element.get()));
            const OwnedString title(poppler_structure_element_get_title(element.get()));
            const OwnedString full(poppler_structure_element_get_abbreviation(element.get()));
            add_piece(out, into, "alternative text", alternative.get(), true);
            add_piece(out, into, "actual text", actual.get(), true);
            add_piece(out, into, "title of a passage", title.get(), true);
            add_piece(out, into, "expanded abbreviation", full.get(), true);
        }
        if (depth < deepest) {
            auto* child = poppler_structure_element_iter_get_child(iter);
            read_structure(child, depth + 1, count, out, into);
            if (child != nullptr) poppler_structure_element_iter_free(child);
        }
    } while (++count < most && out.time_left() && poppler_structure_element_iter_next(iter));
}

void read_properties(PopplerDocument* document, Collector& out, Contents& into) {
    std::string lines;
    const auto add = [&lines](const char* label, const OwnedString& value) {
        if (value && *value != '\0')
            lines.append(label).append(": ").append(value.get()).append("\n");
    };
    add("Title", OwnedString(poppler_document_get_title(document)));
    add("Author", OwnedString(poppler_document_get_author(document)));
    add("Subject", OwnedString(poppler_document_get_subject(document)));
    add("Keywords", OwnedString(poppler_document_get_keywords(document)));
    add("Creator", OwnedString(poppler_document_get_creator(document)));
    add("Producer", OwnedString(poppler_document_get_producer(document)));
    add_piece(out, into, "document properties", lines.c_str(), true);
    const OwnedString metadata(poppler_document_get_metadata(document));
    if (metadata)
        add_piece(out, into, "document properties (XMP)",
                  read_xml_text(metadata.get()).text.c_str(), true);
}

void read_files(PopplerDocument* document, Collector& out, Contents& into) {
    GList* files = poppler_document_get_attachments(document);
    std::size_t found = 0;
    for (GList* at = files; at != nullptr; at = at->next, ++found)
        read_attachment(static_cast<PopplerAttachment*>(at->data), out, into);
    g_list_free(files);
    if (found < poppler_document_get_n_attachments(document)) into.unopened = true;
}

// The lines of `text` that are not lines of `known`.
std::string lines_without(const std::string& text, const std::string& known) {
    std::unordered_set<std::string> lines;
    std::istringstream seen(known);
    std::istringstream all(text);
    std::string line;
    while (std::getline(seen, line)) lines.insert(line);
    std::string news;
    while (std::getline(all, line))
        if (!lines.contains(line)) news.append(line).append("\n");
    return news;
}

void read_hidden_layers(PopplerDocument* document, int index, const Layers& layers,
                        const std::string& shown, Collector& out, Contents& into) {
    for (auto* layer : layers.off) poppler_layer_show(layer);
    TableHead none;
    // A page keeps the text it once had, so another one is asked for.
    const Owned<PopplerPage> page(poppler_document_get_page(document, index));
    if (page)
        add_piece(out, into, "page " + std::to_string(index + 1) + ", layers that are off",
                  lines_without(page_text(page.get(), none).flow, shown).c_str(), true);
    for (auto* layer : layers.off) poppler_layer_hide(layer);
}

void read_pages(PopplerDocument* document, bool scan, Collector& out, Contents& into) {
    constexpr int give_up_after = 1000;  // pages in a row that a broken page tree only promises
    const Layers layers = find_layers(document);
    add_piece(out, into, "names of layers", layers.titles.c_str(), true);
    const int pages = poppler_document_get_n_pages(document);
    if (pages <= 0) into.damaged = true;
    int missing = 0;
    TableHead head;
    for (int i = 0; i < pages && missing < give_up_after && out.time_left(); ++i) {
        if (!out.budget().take_page()) {
            out.incomplete(Why::over_budget);
            return;
        }
        const Owned<PopplerPage> page(poppler_document_get_page(document, i));
        if (!page) {
            into.damaged = true;
            ++missing;
            continue;
        }
        missing = 0;
        const std::string place = "page " + std::to_string(i + 1);
        const PageText shown = page_text(page.get(), head);
        const bool empty = text::trim(shown.flow).empty();
        if (!add_piece(out, into, place, shown.flow.c_str(), false) ||
            !add_piece(out, into, place + ", by row", shown.rows.c_str(), false))
            return;
        if (scan) scan_page(page.get(), place, !empty, out, into);
        read_page_objects(page.get(), place, out, into);
        if (!layers.off.empty()) read_hidden_layers(document, i, layers, shown.flow, out, into);
    }
    // Nobody looked at the rest of what was promised.
    if (missing >= give_up_after) into.endless = true;
}

void read_all(PopplerDocument* document, bool scan, Collector& out, Contents& into) {
    read_pages(document, scan, out, into);
    std::size_t count = 0;
    if (auto* outline = poppler_index_iter_new(document); outline != nullptr) {
        std::string titles;
        read_outline(outline, 0, count, titles, out, into);
        poppler_index_iter_free(outline);
        add_piece(out, into, "outline", titles.c_str(), true);
    }
    count = 0;
    if (auto* structure = poppler_structure_element_iter_new(document); structure != nullptr) {
        read_structure(structure, 0, count, out, into);
        poppler_structure_element_iter_free(structure);
    }
    read_properties(document, out, into);
    read_files(document, out, into);
}

}  // namespace

bool add_piece(Collector& out, Contents& into, std::string where, const char* text, bool hidden) {
    if (text == nullptr || text::trim(text).empty()) return true;
    std::string copy(text);
    if (!out.take_bytes(copy.size())) return false;
    into.pieces.push_back({std::move(where), std::move(copy), hidden});
    return true;
}

void read_attachment(PopplerAttachment* file, Collector& out, Contents& into) {
    const Owned<PopplerAttachment> owned(file);
    AttachedFile found;
    const gchar* name = poppler_attachment_get_name(file);
    if (name != nullptr) found.name = name;
    const gchar* description = poppler_attachment_get_description(file);
    add_piece(out, into, "description of an attached file", description, true);
    struct Target {
        std::string* bytes;
        Collector* out;
    } target{&found.bytes, &out};
    const auto save = [](const gchar* bytes, gsize size, gpointer data,
                         GError** /*error*/) -> gboolean {
        auto* to = static_cast<Target*>(data);
        if (!to->out->take_bytes(size)) return FALSE;
        to->bytes->append(bytes, size);
        return TRUE;
    };
    found.whole = poppler_attachment_save_to_callback(file, save, &target, nullptr) != FALSE;
    const gsize promised = poppler_attachment_get_size(file);
    if (found.bytes.empty() && promised > 0 && promised != static_cast<gsize>(-1))
        found.whole = false;
    into.files.push_back(std::move(found));
}

Opening read_revision(std::string_view bytes, bool scan, Collector& out, Contents& into) {
    listen_to_poppler();
    GBytes* held = g_bytes_new_static(bytes.data(), bytes.size());
    GError* error = nullptr;
    Owned<PopplerDocument> document(poppler_document_new_from_bytes(held, nullptr, &error));
    Opening opening = Opening::opened;
    if (!document) {
        const bool locked = error != nullptr && error->domain == POPPLER_ERROR &&
                            error->code == POPPLER_ERROR_ENCRYPTED;
        opening = locked ? Opening::encrypted : Opening::damaged;
    } else {
        read_all(document.get(), scan, out, into);
    }
    document.reset();
    g_clear_error(&error);
    g_bytes_unref(held);
    into.damaged = into.damaged || complaints.broken_stream;
    into.endless = into.endless || complaints.endless;
    into.needs_table = complaints.needs_table;
    return opening;
}

}  // namespace postwacht::extract::pdf
