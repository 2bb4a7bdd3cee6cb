#include "match/layout.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hpp"
#include "match/named_places.hpp"

namespace postwacht::match {
namespace {

constexpr std::string_view headers_type = "message/rfc822-headers";
// Of a page so much is looked at for whether a letter begins on it.
constexpr std::size_t longest_head = 8U << 10U;
// A unit is closed when it has this much source text, so that offsets stay far below 4 GB even
// where folding makes a text longer.
constexpr std::size_t most_unit_bytes = 64U << 20U;

// Fields that say whom a message goes to or came by.
bool is_address_field(std::string_view where) {
    static constexpr std::array<std::string_view, 20> fields = {"from",
                                                                "to",
                                                                "cc",
                                                                "bcc",
                                                                "reply-to",
                                                                "sender",
                                                                "resent-from",
                                                                "resent-to",
                                                                "resent-cc",
                                                                "resent-bcc",
                                                                "resent-sender",
                                                                "return-path",
                                                                "delivered-to",
                                                                "envelope-to",
                                                                "x-original-to",
                                                                "errors-to",
                                                                "received",
                                                                "apparently-to",
                                                                "mail-followup-to",
                                                                "disposition-notification-to"};
    return std::any_of(fields.begin(), fields.end(),
                       [where](std::string_view f) { return text::ascii_iequals(f, where); });
}

// '\t', as every table is told; of separated values that nobody parted, ',' or ';', whichever their
// first line has more of.
char separator_of(const extract::PartInfo& part, std::string_view text) {
    const bool named =
        part.name.size() > 4 && text::ascii_iequals(part.name.substr(part.name.size() - 4), ".csv");
    if (!named && part.type != "text/csv") return '\t';
    if (text.find('\t') != std::string_view::npos) return '\t';
    const auto line = text.substr(0, text.find('\n'));
    const auto count = [line](char c) { return std::count(line.begin(), line.end(), c); };
    return count(';') >= count(',') ? ';' : ',';
}

class Planner {
  public:
    explicit Planner(const extract::Reading& reading) : reading_(reading) {
        for (const auto& part : reading.parts)
            if (part.type == headers_type && part.path.size() > 2 && part.path.ends_with(".0"))
                nested_.insert(part.path.substr(0, part.path.size() - 2));
        for (const auto& part : reading.parts) places_.push_back(place_of(part));
        arrange_trees();
    }

    Layout plan() {
        for (const auto& fragment : reading_.fragments) {
            if (fragment.part >= places_.size()) continue;
            const auto& part = reading_.parts[fragment.part];
            // Those of a message inside this one say whom that was from and to, which is data like
            // any other.
            if (part.type == headers_type && enclosing_message(part.path).empty() &&
                is_address_field(fragment.where))
                continue;
            add(fragment, part, places_[fragment.part]);
        }
        const std::size_t units = layout_.units.size();
        for (std::size_t i = 0; i < units; ++i) divide_letters(i);
        return std::move(layout_);
    }

  private:
    struct Place {
        std::uint32_t tree = 0;
        std::string unit;  // parts with the same one are read as one text
    };

    // The message that a part belongs to: "" for the outermost, "2" for one attached as part 2.
    [[nodiscard]] std::string enclosing_message(std::string path) const {
        for (;;) {
            const auto dot = path.rfind('.');
            if (dot == std::string::npos) return {};
            path.resize(dot);
            if (nested_.contains(path)) return path;
        }
    }

    Place place_of(const extract::PartInfo& part) {
        const std::string message = enclosing_message(part.path);
        const bool own_text = part.type == headers_type ||
                              (part.name.empty() && part.type.starts_with("text/")) ||
                              part.path == "0" || part.path.empty();
        Place place;
        place.unit = own_text ? "message " + message : "part " + part.path;
        const std::string& path = own_text ? message : part.path;
        if (!path.empty()) {
            const auto [tree, is_new] = trees_.try_emplace(path, trees_.size() + 1);
            if (is_new) paths_.push_back(path);
            place.tree = tree->second;
        }
        return place;
    }

    // What lies in what.
    void arrange_trees() {
        layout_.trees.resize(trees_.size() + 1);
        std::unordered_map<std::string, std::uint32_t> attachments;
        for (std::size_t i = 0; i < paths_.size(); ++i) {
            const std::string& path = paths_[i];
            TreePlace& place = layout_.trees[i + 1];
            place.attachment =
                attachments.try_emplace(path.substr(0, path.find('.')), attachments.size() + 1)
                    .first->second;
            for (auto dot = path.rfind('.'); dot != std::string::npos && place.parent == 0;
                 dot = dot == 0 ? std::string::npos : path.rfind('.', dot - 1)) {
                const auto parent = trees_.find(path.substr(0, dot));
                if (parent != trees_.end()) place.parent = parent->second;
            }
        }
        layout_.attachments = static_cast<std::uint32_t>(attachments.size());
    }

    void add(const extract::Fragment& fragment, const extract::PartInfo& part, const Place& place) {
        const auto [slot, is_new] = open_.try_emplace(place.unit, Open{layout_.units.size(), 0});
        if (!is_new && slot->second.bytes + fragment.text.size() > most_unit_bytes)
            slot->second = {layout_.units.size(), 0};
        Open& open = slot->second;
        if (open.unit == layout_.units.size()) {
            layout_.units.emplace_back();
            layout_.units.back().tree = place.tree;
        }
        open.bytes += fragment.text.size();
        layout_.units[open.unit].fragments.push_back(&fragment);
        layout_.units[open.unit].separators.push_back(separator_of(part, fragment.text));
    }

    // Letters that were printed into one document, told apart by the pages on which one begins. A
    // page on which none does goes on with the letter before; what is on no page stays in the
    // document's own text, with the pages before the first letter.
    void divide_letters(std::size_t number) {
        const UnitPlan plan = layout_.units[number];
        std::vector<std::size_t> pages(plan.fragments.size());
        std::vector<std::size_t> starts;
        for (std::size_t i = 0; i < plan.fragments.size(); ++i) {
            pages[i] = page_of(plan.fragments[i]->where);
            if (pages[i] == 0) continue;
            const std::string_view text = plan.fragments[i]->text;
            if (begins_letter(text::fold(text.substr(0, longest_head)))) starts.push_back(pages[i]);
        }
        std::sort(starts.begin(), starts.end());
        starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
        if (starts.size() < 2) return;
        std::vector<UnitPlan> letters(starts.size() + 1);
        for (std::size_t i = 0; i < plan.fragments.size(); ++i) {
            const auto letter = std::upper_bound(starts.begin(), starts.end(), pages[i]);
            UnitPlan& to = letters[static_cast<std::size_t>(letter - starts.begin())];
            to.fragments.push_back(plan.fragments[i]);
            to.separators.push_back(plan.separators[i]);
        }
        const std::uint32_t attachment = layout_.trees[plan.tree].attachment;
        for (std::size_t i = 0; i < letters.size(); ++i) {
            letters[i].tree = plan.tree;
            if (i == 0) continue;
            letters[i].tree = static_cast<std::uint32_t>(layout_.trees.size());
            layout_.trees.push_back({plan.tree, attachment});
            layout_.units.push_back(std::move(letters[i]));
        }
        layout_.units[number] = std::move(letters[0]);
    }

    // 3 of "page 3" and "page 3, note"; 0 where there is none.
    static std::size_t page_of(std::string_view where) {
        constexpr std::string_view word = "page ";
        constexpr std::size_t most_digits = 9;
        std::size_t page = 0;
        if (!where.starts_with(word)) return 0;
        for (const char c : where.substr(word.size(), most_digits)) {
            if (c < '0' || c > '9') break;
            page = page * 10 + static_cast<std::size_t>(c - '0');
        }
        return page;
    }

    struct Open {
        std::size_t unit;
        std::size_t bytes;
    };

    const extract::Reading& reading_;
    std::unordered_set<std::string> nested_;
    std::vector<Place> places_;  // per part
    std::unordered_map<std::string, std::uint32_t> trees_;
    std::vector<std::string> paths_;  // of trees_ from 1, in the order of the message
    std::unordered_map<std::string, Open> open_;
    Layout layout_;
};

}  // namespace

Layout plan_units(const extract::Reading& reading) {
    return Planner(reading).plan();
}

}  // namespace postwacht::match
