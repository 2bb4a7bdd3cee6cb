#include "extract/extractor.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "extract/collector.hpp"

namespace postwacht::extract {
namespace {

class FormatExtractor final : public Extractor {
  public:
    FormatExtractor(std::span<const Format> formats, std::size_t depth)
        : formats_(formats), depth_(depth) {}

    [[nodiscard]] Reading extract(const Document& document, Budget& budget) const override {
        Collector collector(formats_, budget, depth_);
        collector.read(document);
        return collector.take();
    }

  private:
    std::span<const Format> formats_;
    std::size_t depth_;
};

// Fields that programs write for programs: ids, routes, signatures, dates.
bool is_machine_made(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 18> machine_made = {"received",
                                                                      "x-received",
                                                                      "message-id",
                                                                      "in-reply-to",
                                                                      "references",
                                                                      "date",
                                                                      "mime-version",
                                                                      "return-path",
                                                                      "delivered-to",
                                                                      "dkim-signature",
                                                                      "domainkey-signature",
                                                                      "x-google-dkim-signature",
                                                                      "received-spf",
                                                                      "authentication-results",
                                                                      "resent-date",
                                                                      "resent-message-id",
                                                                      "user-agent",
                                                                      "x-mailer"};
    static constexpr std::array<std::string_view, 6> content = {
        "content-type",   "content-transfer-encoding",
        "content-id",     "content-language",
        "content-length", "content-md5"};
    if (name.size() > 4 && text::ascii_iequals(name.substr(0, 4), "arc-")) return true;
    const auto is_name = [name](std::string_view other) {
        return text::ascii_iequals(name, other);
    };
    return std::any_of(machine_made.begin(), machine_made.end(), is_name) ||
           std::any_of(content.begin(), content.end(), is_name);
}

// The name of a field as evidence shows it. Known ones in their usual spelling; of the others only
// names that cannot hold an identifier, since evidence must not quote one.
std::string field_place(std::string_view name) {
    static constexpr std::array<std::string_view, 11> known = {
        "Subject", "From",     "To",       "Cc",        "Bcc",        "Reply-To",
        "Sender",  "Comments", "Keywords", "Resent-To", "Resent-From"};
    for (const auto& usual : known)
        if (text::ascii_iequals(name, usual)) return std::string(usual);
    constexpr std::size_t longest_shown = 40;
    const bool plain = !name.empty() && name.size() <= longest_shown &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
                       });
    return plain ? std::string(name) : std::string("header");
}

// Whether each document has a share of the budget or may use it up.
enum class Sharing { fair, all };

class MessageReader {
  public:
    MessageReader(const Extractor& extractor, Budget& budget, Sharing sharing)
        : extractor_(&extractor), budget_(&budget), sharing_(sharing) {}

    Reading read(const mail::Parsed& message) {
        for (const auto& defect : message.defects) defective_.insert(defect.path);
        for (const auto& part : message.parts) read_part(part);
        for (const auto& defect : message.defects) add_incomplete(defect.path, {}, Why::damaged);
        if (message.over_budget) add_incomplete("0", {}, Why::over_budget);
        return std::move(reading_);
    }

    Reading read(const Document& document) {
        mail::Part part;
        part.path = "1";
        part.name = document.name;
        add_part(part, document.bytes.size());
        read_content(part, document);
        return std::move(reading_);
    }

  private:
    void read_part(const mail::Part& part) {
        add_part(part, part.content.size());
        if (part.kind == mail::PartKind::headers) {
            reading_.parts.back().type = "message/rfc822-headers";
            for (const auto& field : part.headers) add_field(field);
            return;
        }
        const Document document{part.content, part.type, part.charset, part.name};
        if (part.kind == mail::PartKind::content)
            read_content(part, document);
        else
            read_unshown(part, document);
    }

    void add_part(const mail::Part& part, std::uint64_t bytes) {
        PartInfo info;
        info.path = part.path;
        info.name = part.name;
        info.bytes = bytes;
        reading_.parts.push_back(std::move(info));
        if (!part.name.empty()) add_fragment("file name", false, part.name);
    }

    void add_field(const mail::HeaderField& field) {
        if (is_machine_made(field.name) || field.text.empty()) return;
        std::string place = field_place(field.name);
        const bool shown = place != "header" || field.name.empty();
        add_fragment(std::move(place), false, shown ? field.text : field.name + ": " + field.text);
    }

    void read_content(const mail::Part& part, const Document& document) {
        Reading inner = extract(document);
        const bool defective = defective_.contains(part.path);
        if (defective) add_incomplete(part.path, part.name, Why::damaged);
        // The document itself is the part that is there already.
        reading_.parts.back().type = std::move(inner.parts.front().type);
        reading_.parts.back().macro = inner.parts.front().macro;
        reading_.parts.back().claims = std::move(inner.parts.front().claims);
        const bool whole = std::none_of(inner.incomplete.begin(), inner.incomplete.end(),
                                        [](const Incomplete& i) { return i.path.empty(); });
        if (defective && whole && inner.coverage.read > 0) {
            --inner.coverage.read;
            inner.coverage.bytes -=
                std::min<std::uint64_t>(inner.coverage.bytes, document.bytes.size());
        }
        keep(std::move(inner), part);
    }

    // Whatever the document is, it leaves something of the budget to those behind it.
    Reading extract(const Document& document) {
        if (sharing_ == Sharing::all) return extractor_->extract(document, *budget_);
        Budget own(budget_->share(document.bytes.size()), budget_->clock());
        Reading reading = extractor_->extract(document, own);
        budget_->charge(own.spent());
        return reading;
    }

    // Preamble and epilogue: text that mail programs do not show.
    void read_unshown(const mail::Part& part, const Document& document) {
        Reading inner = extract(document);
        reading_.parts.back().type = std::move(inner.parts.front().type);
        for (auto& fragment : inner.fragments) {
            fragment.where = part.kind == mail::PartKind::preamble ? "preamble" : "epilogue";
            fragment.hidden = true;
        }
        inner.coverage = {};
        keep(std::move(inner), part);
    }

    // Takes in what was read of the newest part and of the files inside it.
    void keep(Reading inner, const mail::Part& part) {
        const std::uint32_t newest = newest_part();
        for (auto& fragment : inner.fragments) {
            // The inner reading's first part is the newest of this one.
            fragment.part += newest;
            reading_.fragments.push_back(std::move(fragment));
        }
        inner.fragments.clear();
        inner.parts.erase(inner.parts.begin());
        for (auto& item : inner.incomplete) {
            if (!item.path.empty()) continue;
            add_incomplete(part.path, part.name, item.why);
        }
        std::erase_if(inner.incomplete, [](const Incomplete& i) { return i.path.empty(); });
        graft(std::move(inner), part.path, reading_);
    }

    void add_fragment(std::string where, bool hidden, std::string text) {
        if (!budget_->take_fragment()) {
            add_incomplete(reading_.parts.back().path, {}, Why::over_budget);
            return;
        }
        Fragment fragment;
        fragment.part = newest_part();
        fragment.where = std::move(where);
        fragment.hidden = hidden;
        fragment.text = std::move(text);
        reading_.fragments.push_back(std::move(fragment));
    }

    // One entry for a path and a reason is enough, however many defects it has.
    void add_incomplete(const std::string& path, const std::string& name, Why why) {
        if (reported_.insert(path + ' ' + to_string(why)).second)
            reading_.incomplete.push_back({path, name, why});
    }

    [[nodiscard]] std::uint32_t newest_part() const {
        return static_cast<std::uint32_t>(reading_.parts.size() - 1);
    }

    const Extractor* extractor_;
    Budget* budget_;
    Sharing sharing_;
    Reading reading_;
    std::unordered_set<std::string> defective_;  // paths with a defect
    std::unordered_set<std::string> reported_;   // paths and reasons that are in `incomplete`
};

}  // namespace

std::unique_ptr<Extractor> make_extractor(std::span<const Format> formats, std::size_t depth) {
    return std::make_unique<FormatExtractor>(formats, depth);
}

std::unique_ptr<Extractor> make_in_process_extractor() {
    return make_extractor({});
}

Reading read_message(const mail::Parsed& message, const Extractor& extractor, Budget& budget) {
    return MessageReader(extractor, budget, Sharing::fair).read(message);
}

Reading read_inner_message(const mail::Parsed& message, const Extractor& extractor,
                           Budget& budget) {
    return MessageReader(extractor, budget, Sharing::all).read(message);
}

Reading read_file_bytes(std::string_view bytes, std::string_view name, const Extractor& extractor,
                        Budget& budget) {
    if (mail::looks_like_mail(bytes))
        return read_message(mail::parse(bytes, budget), extractor, budget);
    return MessageReader(extractor, budget, Sharing::fair).read({bytes, {}, {}, name});
}

}  // namespace postwacht::extract
