// The re-injector that speaks SMTP, by libcurl.
//
// What matters beside delivery is to know, when it fails, whether the MTA may have the message all
// the same. Until libcurl has been given the last byte it cannot have sent the final dot, and an
// MTA that saw no final dot must not deliver (RFC 5321 section 4.1.1.4): that failure is sure.
// After it, only a reply is sure, and silence is uncertain.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/format.hpp"
#include "base/text.hpp"
#include "review/review.hpp"

namespace postwacht::review {
namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_queue_id(std::string_view word) noexcept {
    return word.size() >= 6 && word.size() <= 40 &&
           std::all_of(word.begin(), word.end(),
                       [](char c) {
                           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  c == '-';
                       }) &&
           std::any_of(word.begin(), word.end(), is_digit);
}

// "5.7.1"
bool is_enhanced_status(std::string_view word) noexcept {
    return word.size() >= 5 && word.size() <= 9 && word[0] >= '2' && word[0] <= '5' &&
           word[1] == '.' && std::count(word.begin(), word.end(), '.') == 2 &&
           is_digit(word.back()) &&
           std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::string_view next_word(std::string_view& rest) {
    rest = text::trim(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

// A reply as far as it can be kept: the code, the enhanced status, and of an acceptance the queue
// id as Postfix
// ("queued as ID"), Sendmail ("ID Message accepted for delivery") and Exim ("OK id=ID") write it.
// The rest of the text may quote addresses.
std::string without_addresses(std::string_view line) {
    std::string kept(next_word(line));
    std::string_view rest = line;
    if (const auto word = next_word(rest); is_enhanced_status(word)) {
        kept += ' ';
        kept += word;
        line = rest;
    }
    std::string_view queue_id;
    if (const auto at = line.find("queued as "); at != std::string_view::npos) {
        rest = line.substr(at + std::string_view("queued as ").size());
        queue_id = next_word(rest);
    } else if (const auto equals = line.find("id="); equals != std::string_view::npos) {
        rest = line.substr(equals + 3);
        queue_id = next_word(rest);
    } else if (line.find("Message accepted") != std::string_view::npos) {
        rest = line;
        queue_id = next_word(rest);
    }
    // A refusal gives no queue id: what looks like one there is something else.
    if (kept.starts_with('2') && is_queue_id(queue_id)) kept += format(" queued as {}", queue_id);
    return kept;
}

// Gives out the message with each line feed that has no carriage return completed. A bare one may
// not be sent (RFC 5321 section 2.3.8): receivers disagree on whether it ends a line, and with
// that on whether a dot after it ends the message.
class LineEndReader {
  public:
    explicit LineEndReader(std::string_view message) : rest_(message) {}

    std::size_t read(char* out, std::size_t room) {
        std::size_t filled = 0;
        while (filled < room && !rest_.empty()) {
            const char c = rest_.front();
            if (c == '\n' && last_ != '\r') {
                out[filled++] = last_ = '\r';
                continue;
            }
            out[filled++] = last_ = c;
            rest_.remove_prefix(1);
        }
        return filled;
    }
    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }

  private:
    std::string_view rest_;
    char last_ = '\0';
};

// One hand-over, as libcurl's callbacks see it. They only note; nothing leaves them but a count.
struct Exchange {
    explicit Exchange(std::string_view message) : reader(message) {}

    LineEndReader reader;
    bool all_given = false;                  // libcurl has the last byte of the message
    std::string command = "the connection";  // the last command sent, by its verb
    bool over = false;                       // QUIT was sent: replies mean nothing any more
    std::string reply;                       // the last complete reply, without addresses
    std::optional<std::string> final_reply;  // the one after the final dot

    static std::size_t read(char* out, std::size_t size, std::size_t count, void* self) noexcept {
        auto& exchange = *static_cast<Exchange*>(self);
        const std::size_t filled = exchange.reader.read(out, size * count);
        exchange.all_given = exchange.reader.done();
        return filled;
    }

    // One line of a reply. An exception must not cross libcurl; a short count makes it give up.
    static std::size_t hear(char* data, std::size_t size, std::size_t count, void* self) noexcept {
        auto& exchange = *static_cast<Exchange*>(self);
        try {
            const std::string_view line(data, size * count);
            const bool whole = line.size() >= 4 && is_digit(line[0]) && is_digit(line[1]) &&
                               is_digit(line[2]) && line[3] != '-';
            if (whole && !exchange.over) {
                exchange.reply = without_addresses(line);
                if (exchange.all_given && !exchange.final_reply)
                    exchange.final_reply = exchange.reply;
            }
        } catch (...) {
            return 0;
        }
        return size * count;
    }

    // Notes which command is under way.
    static int watch(CURL*, curl_infotype type, char* data, std::size_t size, void* self) noexcept {
        if (type != CURLINFO_HEADER_OUT) return 0;
        const std::string_view sent(data, size);
        auto& exchange = *static_cast<Exchange*>(self);
        if (sent.starts_with("QUIT")) exchange.over = true;
        for (const char* verb : {"EHLO", "HELO", "MAIL", "RCPT", "DATA"})
            if (sent.starts_with(verb)) exchange.command.assign(verb);
        return 0;
    }
};

struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;

class RecipientList {
  public:
    RecipientList() = default;
    RecipientList(const RecipientList&) = delete;
    RecipientList& operator=(const RecipientList&) = delete;
    ~RecipientList() { curl_slist_free_all(list_); }

    bool add(const std::string& recipient) {
        curl_slist* const longer = curl_slist_append(list_, recipient.c_str());
        if (longer == nullptr) return false;
        list_ = longer;
        return true;
    }
    [[nodiscard]] curl_slist* get() const noexcept { return list_; }

  private:
    curl_slist* list_ = nullptr;
};

// An address that would end its command early, or that libcurl would take for the end of a string.
bool can_be_sent(std::string_view raw) noexcept {
    return std::none_of(raw.begin(), raw.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

// libcurl's own words for a failure, which quote nothing of the conversation.
std::string reason_of(CURLcode code) {
    return text::ascii_lower(curl_easy_strerror(code));
}

class SmtpReinjector final : public Reinjector {
  public:
    explicit SmtpReinjector(SmtpSettings settings) : settings_(std::move(settings)) {
        // Not thread-safe in older versions, and wanted once per process.
        static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
        (void)initialised;
    }

    Result<std::string> submit(const Submission& submission, bool& uncertain) override;

  private:
    bool configure(CURL* handle, const Submission& submission, const RecipientList& recipients,
                   Exchange& exchange) const;

    SmtpSettings settings_;
};

// The message's size as it goes out, for the SIZE parameter and so that libcurl knows the end.
curl_off_t sent_size(std::string_view message) {
    LineEndReader reader(message);
    std::array<char, 16384> buffer{};
    curl_off_t size = 0;
    while (!reader.done())
        size += static_cast<curl_off_t>(reader.read(buffer.data(), buffer.size()));
    return size;
}

bool SmtpReinjector::configure(CURL* handle, const Submission& submission,
                               const RecipientList& recipients, Exchange& exchange) const {
    // The path of the URL is what libcurl says in EHLO.
    std::string url = settings_.url;
    while (url.ends_with('/')) url.pop_back();
    url += '/' + (settings_.helo.empty() ? "localhost" : settings_.helo);
    const long timeout = static_cast<long>(std::max<std::int64_t>(1, settings_.timeout.count()));
    bool ok = true;
    const auto set = [&](CURLoption option, auto value) {
        ok = ok && curl_easy_setopt(handle, option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp");
    set(CURLOPT_USE_SSL, static_cast<long>(settings_.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (settings_.tls && !settings_.ca_file.empty()) {
        set(CURLOPT_CAINFO, settings_.ca_file.c_str());
        set(CURLOPT_CAPATH, nullptr);
    }
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_MAIL_FROM, submission.sender_raw.empty() ? "<>" : submission.sender_raw.c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_INFILESIZE_LARGE, sent_size(submission.message));
    set(CURLOPT_READFUNCTION, &Exchange::read);
    set(CURLOPT_READDATA, &exchange);
    set(CURLOPT_HEADERFUNCTION, &Exchange::hear);
    set(CURLOPT_HEADERDATA, &exchange);
    set(CURLOPT_DEBUGFUNCTION, &Exchange::watch);
    set(CURLOPT_DEBUGDATA, &exchange);
    set(CURLOPT_VERBOSE, 1L);  // to the function above, and nowhere else
    set(CURLOPT_TIMEOUT, timeout);
    set(CURLOPT_CONNECTTIMEOUT, timeout);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROGRESS, 1L);
    // Where it goes and as whom is for our configuration alone to say.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    return ok;
}

Result<std::string> SmtpReinjector::submit(const Submission& submission, bool& uncertain) {
    uncertain = false;
    const auto refuse = [](std::string detail) {
        return Error{ErrorCode::delivery, "", std::move(detail), {}};
    };
    if (submission.recipients_raw.empty()) return refuse("there is nobody to send it to");
    if (submission.message.empty()) return refuse("there is no message to send");
    RecipientList recipients;
    bool sendable = can_be_sent(submission.sender_raw);
    for (const auto& recipient : submission.recipients_raw)
        sendable = sendable && can_be_sent(recipient) && recipients.add(recipient);
    if (!sendable) return refuse("an address of the envelope cannot be sent over SMTP");

    const EasyHandle handle(curl_easy_init());
    Exchange exchange(submission.message);
    if (!handle || !configure(handle.get(), submission, recipients, exchange))
        return Error{ErrorCode::config, "",
                     "the re-injection listener cannot be used as configured",
                     "[reinject] url is smtp://host:port"};
    const CURLcode code = curl_easy_perform(handle.get());

    // The reply after the final dot decides, whatever befell the connection afterwards.
    const std::string final_reply = exchange.final_reply.value_or(std::string());
    if (final_reply.starts_with('2')) return final_reply;
    if (final_reply.starts_with('4') || final_reply.starts_with('5'))
        return refuse("the MTA answered the message with " + final_reply);
    if (exchange.all_given) {
        uncertain = true;
        return refuse("no answer after the message: " + reason_of(code));
    }
    if (exchange.reply.starts_with('4') || exchange.reply.starts_with('5'))
        return refuse(format("the MTA answered {} with {}", exchange.command, exchange.reply));
    return refuse(format("no delivery, after {}: {}", exchange.command, reason_of(code)));
}

}  // namespace

std::unique_ptr<Reinjector> make_smtp_reinjector(SmtpSettings settings) {
    return std::make_unique<SmtpReinjector>(std::move(settings));
}

}  // namespace postwacht::review
