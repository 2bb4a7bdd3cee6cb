#include "review/notice.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/address.hpp"
#include "mail/idn.hpp"
#include "review/mail_date.hpp"

namespace postwacht::review {
namespace {

constexpr std::string_view dutch =
    "Dit bericht is niet verzonden.\r\n"
    "\r\n"
    "Postwacht heeft het tegengehouden voordat het de organisatie verliet, omdat het\r\n"
    "gegevens over personen kan bevatten die niet voor de geadresseerde bestemd zijn.\r\n"
    "Na beoordeling is besloten het aan u terug te sturen. Het is bijgevoegd.\r\n"
    "Controleer de geadresseerde en de bijlagen voordat u het opnieuw verstuurt.\r\n";

constexpr std::string_view english =
    "This message was not sent.\r\n"
    "\r\n"
    "Postwacht stopped it before it left the organisation, because it may hold data\r\n"
    "about persons that are not meant for the addressee. After review it was decided to\r\n"
    "return it to you. It is attached. Check the addressee and the attachments before\r\n"
    "you send it again.\r\n";

constexpr std::string_view dutch_possibly =
    "Dit bericht is mogelijk verzonden.\r\n"
    "\r\n"
    "Postwacht had het tegengehouden, omdat het gegevens over personen kan bevatten die\r\n"
    "niet voor de geadresseerde bestemd zijn. Het is daarna vrijgegeven zonder dat zeker\r\n"
    "is of het is aangekomen, en nu is besloten het aan u terug te sturen. Het is\r\n"
    "bijgevoegd. Vraag een beoordelaar na te gaan of de geadresseerde het heeft, en\r\n"
    "verstuur het niet opnieuw voordat dat duidelijk is.\r\n";

constexpr std::string_view english_possibly =
    "This message may have been sent.\r\n"
    "\r\n"
    "Postwacht had stopped it, because it may hold data about persons that are not meant\r\n"
    "for the addressee. It was then released, and whether it arrived is not known; now it\r\n"
    "was decided to return it to you. It is attached. Ask a reviewer to find out whether\r\n"
    "the addressee has it, and do not send it again before that is clear.\r\n";

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A value for one line of a field: nothing in it can end the line.
std::string field_value(std::string_view text) {
    return text::printable(text, 900);
}

// With its domain in ASCII, as every mail program reads it.
std::string written(mail::Address address) {
    address.domain = mail::ascii_domain(address.domain);
    return address.to_string();
}

// "rfc822; hr@jansen.example"; RFC 6533 section 3 for addresses beyond ASCII.
std::string status_address(std::string_view raw) {
    const mail::Address address = mail::parse_path(raw);
    const std::string plain = field_value(address.invalid ? std::string(raw) : written(address));
    if (is_ascii(plain)) return "rfc822; " + plain;
    std::string escaped;
    for (std::size_t i = 0; i < plain.size();) {
        const auto lead = static_cast<unsigned char>(plain[i]);
        if (lead < 0x80) {
            escaped += plain[i++];
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        unsigned point = lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length && i + k < plain.size(); ++k)
            point = (point << 6U) | (static_cast<unsigned char>(plain[i + k]) & 0x3fU);
        escaped += format("\\x{{{:X}}}", point);
        i += length;
    }
    return "utf-8; " + escaped;
}

// One that does not occur in the message, however it was made.
std::string choose_boundary(const NoticeInput& input) {
    for (unsigned attempt = 0;; ++attempt) {
        std::string boundary = format("=_{}_{}", input.item_id, attempt);
        if (input.message.find(boundary) == std::string_view::npos) return boundary;
    }
}

std::string delivery_status(const NoticeInput& input) {
    std::string text = format("Reporting-MTA: dns; {}\r\nArrival-Date: {}\r\n",
                              field_value(input.reporting_host), mail_date(input.held_at));
    // "relayed": handed on, and nobody here will hear what became of it (RFC 3464 section 2.3.3).
    const char* what = input.possibly_sent ? "Action: relayed\r\nStatus: 2.0.0\r\n"
                                             "Diagnostic-Code: x-postwacht; possibly sent\r\n"
                                           : "Action: failed\r\nStatus: 5.7.1\r\n"
                                             "Diagnostic-Code: x-postwacht; not sent after review"
                                             "\r\n";
    for (const auto& recipient : input.recipients_raw)
        text += format("\r\nFinal-Recipient: {}\r\n{}", status_address(recipient), what);
    return text;
}

}  // namespace

std::string make_return_notice(const NoticeInput& input) {
    const mail::Address sender = mail::parse_path(input.sender_raw);
    const std::string host = field_value(input.reporting_host);
    // Every domain that sends mail has a postmaster (RFC 5321 section 4.5.1).
    const std::string from =
        "postmaster@" +
        (sender.domain.empty() ? host : field_value(mail::ascii_domain(sender.domain)));
    const std::string_view encoding = is_ascii(input.message) ? "7bit" : "8bit";
    const std::string boundary = choose_boundary(input);
    const std::string delimiter = "\r\n--" + boundary + "\r\n";

    std::string out;
    out.reserve(input.message.size() + 4096);
    out += format("From: Postwacht <{}>\r\n", from);
    if (!sender.invalid && !sender.null) out += format("To: {}\r\n", field_value(written(sender)));
    out += format(
        "Subject: {6} ({0})\r\n"
        "Date: {1}\r\n"
        "Message-ID: <return.{0}.{2}@{3}>\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
        "\tboundary=\"{4}\"\r\n"
        "Content-Transfer-Encoding: {5}\r\n"
        "\r\n"
        "This is a report in MIME form.\r\n",
        input.item_id, mail_date(input.now),
        std::chrono::duration_cast<std::chrono::seconds>(input.now.time_since_epoch()).count(),
        host, boundary, encoding,
        input.possibly_sent ? "Bericht mogelijk verzonden / Message possibly sent"
                            : "Bericht niet verzonden / Message not sent");
    out += delimiter;
    out += format("Content-Type: text/plain; charset=us-ascii\r\n\r\n{}\r\n{}\r\nPostwacht {}\r\n",
                  input.possibly_sent ? dutch_possibly : dutch,
                  input.possibly_sent ? english_possibly : english, input.item_id);
    out += delimiter;
    out += "Content-Type: message/delivery-status\r\n\r\n";
    out += delivery_status(input);
    out += delimiter;
    out += format(
        "Content-Type: message/rfc822\r\n"
        "Content-Transfer-Encoding: {}\r\n"
        "Content-Disposition: attachment; filename=\"{}.eml\"\r\n"
        "\r\n",
        encoding, input.item_id);
    out += input.message;
    out += "\r\n--" + boundary + "--\r\n";
    return out;
}

}  // namespace postwacht::review
