#include "extract/pdf.hpp"

#include <exception>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "extract/pdf_document.hpp"
#include "extract/pdf_objects.hpp"
#include "extract/pdf_strings.hpp"

namespace postwacht::extract {
namespace {

// Lines that were told already; of what comes later only other lines are news.
class Told {
  public:
    void remember(std::string_view text) {
        for_each_line(text, [this](std::string_view line) { lines_.insert(hash_of(line)); });
    }

    std::string news_of(std::string_view text) {
        std::string news;
        for_each_line(text, [&](std::string_view line) {
            if (!lines_.contains(hash_of(line))) news.append(line).append("\n");
        });
        return news;
    }

    bool remember_file(const pdf::AttachedFile& file) {
        contents_.insert(hash_of(file.bytes));
        return files_.insert(hash_of(file.bytes) ^ hash_of(file.name)).second;
    }
    [[nodiscard]] bool knows_content(const pdf::AttachedFile& file) const {
        return contents_.contains(hash_of(file.bytes));
    }
    [[nodiscard]] std::size_t files() const noexcept { return files_.size(); }

  private:
    static std::size_t hash_of(std::string_view bytes) noexcept {
        return std::hash<std::string_view>{}(bytes);
    }

    template <class Do>
    static void for_each_line(std::string_view text, const Do& act) {
        while (!text.empty()) {
            const auto end = text.find('\n');
            const auto line = text::trim(text.substr(0, end));
            if (!line.empty()) act(line);
            if (end == std::string_view::npos) return;
            text.remove_prefix(end + 1);
        }
    }

    std::unordered_set<std::size_t> lines_;
    std::unordered_set<std::size_t> files_;
    std::unordered_set<std::size_t> contents_;  // of the files
};

void tell_files(const pdf::Contents& contents, std::string_view prefix, Told& told,
                Collector& out) {
    for (const auto& file : contents.files) {
        if (!told.remember_file(file)) continue;
        const std::string name = std::string(prefix) + file.name;
        const bool more = file.whole ? out.add_member(name, file.bytes)
                                     : out.add_unread_member(name, Why::damaged);
        if (!more) return;
    }
}

void tell_current(pdf::Contents& contents, Told& told, Collector& out) {
    for (const auto& piece : contents.pieces) told.remember(piece.text);
    for (auto& piece : contents.pieces)
        if (!out.add_text(std::move(piece.where), std::move(piece.text), piece.hidden, piece.ocr))
            return;
    tell_files(contents, {}, told, out);
    if (contents.damaged || contents.unopened) out.incomplete(Why::damaged);
    if (contents.endless) out.incomplete(Why::over_budget);
    if (contents.unreadable || contents.needs_table) out.incomplete(Why::unsupported);
}

// What stands in the objects of the file, and poppler told nowhere.
void tell_loose(std::string_view bytes, std::string_view all_told, Told& told, Collector& out) {
    constexpr std::size_t most = 5'000;
    auto loose = pdf::read_loose(bytes, out);
    std::size_t unread = 0;
    for (const auto& file : loose.files) {
        if (!file.whole) {
            ++unread;
        } else if (!told.knows_content(file)) {
            told.remember_file(file);
            if (!out.add_member(file.name, file.bytes)) return;
        }
    }
    if (unread > told.files()) out.incomplete(Why::unsupported);
    std::map<std::string, std::string> texts;
    std::size_t count = 0;
    for (auto& piece : loose.pieces) {
        if (!out.time_left()) return;
        if (++count > most) {
            out.incomplete(Why::over_budget);
            break;
        }
        const auto text = text::trim(piece.text);
        if (all_told.find(text) != std::string_view::npos) continue;
        const std::string news = told.news_of(text);
        told.remember(news);
        if (!news.empty()) texts[piece.where] += news;
    }
    for (auto& [where, text] : texts)
        if (!out.add_text(where, std::move(text), true)) return;
}

// What a revision before the last one showed and the last one does not.
void tell_earlier(std::string_view bytes, Told& told, Collector& out) {
    constexpr std::size_t most = 32;
    std::size_t count = 0;
    for (const std::size_t end : pdf::earlier_revisions(bytes)) {
        if (!out.time_left()) return;
        if (++count > most) {
            out.incomplete(Why::over_budget);
            return;
        }
        pdf::Contents contents;
        if (pdf::read_revision(bytes.substr(0, end), false, out, contents) != pdf::Opening::opened)
            continue;
        std::string all;
        for (auto& piece : contents.pieces) {
            std::string news = told.news_of(piece.text);
            if (news.empty()) continue;
            all += news;
            out.add_text(piece.where + ", earlier revision", std::move(news), true);
        }
        told.remember(all);
        tell_files(contents, "earlier revision: ", told, out);
    }
}

// What was cropped away is gone from sight only.
void tell_cropped(std::string_view bytes, Told& told, Collector& out) {
    const std::string whole = pdf::without_cropping(bytes);
    if (whole.empty() || !out.time_left() || !out.take_bytes(whole.size())) return;
    pdf::Contents contents;
    if (pdf::read_revision(whole, false, out, contents) != pdf::Opening::opened) return;
    for (auto& piece : contents.pieces) {
        std::string news = told.news_of(piece.text);
        if (news.empty()) continue;
        told.remember(news);
        out.add_text(piece.where + ", cropped away", std::move(news), true);
    }
}

void read_all(std::string_view bytes, Collector& out) {
    pdf::Contents contents;
    switch (pdf::read_revision(bytes, true, out, contents)) {
        case pdf::Opening::encrypted:
            out.incomplete(Why::encrypted);
            return;
        case pdf::Opening::damaged:
            contents.damaged = true;
            break;
        case pdf::Opening::opened:
            contents.damaged = contents.damaged || pdf::is_cut_off(bytes);
            break;
    }
    const auto xfa = pdf::read_xfa(bytes, out);
    if (!xfa.text.empty()) contents.pieces.push_back({"form (XFA)", xfa.text, false});
    if (!xfa.others.empty()) contents.pieces.push_back({"form (XFA), template", xfa.others, true});
    if (xfa.unread) contents.unreadable = true;
    Told told;
    std::string all_told;
    for (const auto& piece : contents.pieces) all_told.append(piece.text).append("\n");
    tell_current(contents, told, out);
    tell_cropped(bytes, told, out);
    tell_earlier(bytes, told, out);
    tell_loose(bytes, all_told, told, out);
}

}  // namespace

void read_pdf(const Document& document, Collector& out) {
    try {
        read_all(document.bytes, out);
    } catch (const std::bad_alloc&) {
        out.incomplete(Why::over_budget);
    } catch (const std::exception&) {
        out.incomplete(Why::damaged);
    }
}

}  // namespace postwacht::extract
