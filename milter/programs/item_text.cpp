#include "programs/item_text.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "programs/console.hpp"

namespace postwacht::programs {

using quarantine::Item;

namespace {

// The stored verdict, one key a line. Only white space is added, so it stays the stored text.
std::string indented(std::string_view json_text) {
    std::string out;
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json_text.size(); ++i) {
        const char c = json_text[i];
        const bool opens = !in_string && (c == '{' || c == '[');
        const bool closes = !in_string && (c == '}' || c == ']');
        const char next = i + 1 < json_text.size() ? json_text[i + 1] : '\0';
        if (opens && (next == '}' || next == ']')) {
            out += c;
            out += json_text[++i];
            continue;
        }
        if (closes) out += '\n' + std::string(2 * (depth -= depth > 0 ? 1 : 0), ' ');
        out += c;
        if (in_string) {
            if (c == '\\' && i + 1 < json_text.size()) out += json_text[++i];
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (opens || c == ',') {
            if (opens) ++depth;
            out += '\n' + std::string(2 * depth, ' ');
        } else if (c == ':') {
            out += ' ';
        }
    }
    return out;
}

}  // namespace

void write_item(json::Writer& writer, const Item& item, const quarantine::Content* content) {
    writer.begin_object().field("id", item.id);
    writer.field("state", quarantine::to_string(item.state));
    writer.field("held_at", to_iso(item.held_at)).field("queue_id", item.queue_id);
    writer.field("rules", item.rules).field("reason", item.reason);
    writer.field("subject_count", item.subject_count);
    writer.field("recipient_count", item.recipient_count).field("bytes", item.bytes);
    writer.field("attempts", item.attempts).field("possibly_delivered", item.possibly_delivered);
    if (item.decided_at) {
        writer.field("decided_by", item.decided_by);
        writer.field("decision_reason", item.decision_reason);
        writer.field("decided_at", to_iso(*item.decided_at));
    }
    if (!item.outcome.empty()) writer.field("outcome", item.outcome);
    if (item.mta) {
        writer.key("mta").begin_object().field("kind", quarantine::to_string(*item.mta));
        writer.field("copy", quarantine::to_string(item.mta_copy)).end_object();
    }
    if (content != nullptr) {
        writer.field("sender", content->sender_raw).key("recipients").begin_array();
        for (const std::string& recipient : content->recipients_raw) writer.value(recipient);
        writer.end_array();
    }
    if (!item.verdict_json.empty()) writer.key("verdict").raw(item.verdict_json);
    writer.end_object();
}

std::string item_text(const Item& item, const quarantine::Content* content) {
    std::string out;
    const auto line = [&out](std::string_view name, std::string_view value) {
        if (!value.empty()) out += format("{:<19} {}\n", name, text::printable(value, 1000));
    };
    line("id", item.id);
    line("state", quarantine::to_string(item.state));
    line("held at", to_iso(item.held_at));
    line("queue id", item.queue_id);
    line("rules", item.rules);
    line("reason", item.reason);
    line("subjects", std::to_string(item.subject_count));
    line("recipients", std::to_string(item.recipient_count));
    line("bytes", std::to_string(item.bytes));
    if (item.attempts > 0) line("attempts", std::to_string(item.attempts));
    if (item.possibly_delivered) line("possibly delivered", "yes: a new try may deliver it twice");
    if (item.decided_at) {
        line("decided by", item.decided_by);
        line("decision", item.decision_reason);
        line("decided at", to_iso(*item.decided_at));
    }
    line("outcome", item.outcome);
    if (item.mta)
        line("message", format("with {}: {}", quarantine::to_string(*item.mta),
                               quarantine::to_string(item.mta_copy)));
    if (content != nullptr) {
        line("sender", content->sender_raw);
        for (const std::string& recipient : content->recipients_raw) line("recipient", recipient);
    }
    if (!item.verdict_json.empty())
        out += "verdict\n" + terminal_safe(indented(item.verdict_json)) + '\n';
    return out;
}

}  // namespace postwacht::programs
