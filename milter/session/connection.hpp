// Connection: one MTA connection, many messages one after the other; no libmilter in sight.
//
// Collects what the callbacks are given and hands a complete message to the pipeline. A failure in
// mid-message (no room to spool) is remembered and becomes the answer at the end, since most
// steps have no reply of their own (SMFIP_NR_*). begin_message() forgets everything about the
// message before: nothing leaks from one to the next, whether it ended by EOM, RSET or a lost line.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "mail/envelope.hpp"
#include "mail/raw_message.hpp"
#include "pipeline/pipeline.hpp"

namespace postwacht::session {

class Connection {
  public:
    explicit Connection(std::filesystem::path spool_directory);

    void set_client(std::string address) { client_ = std::move(address); }

    // `guard` is the configuration this message is judged by, even if a reload comes meanwhile.
    void begin_message(std::shared_ptr<const pipeline::Guard> guard, std::string_view sender_raw);
    void add_recipient(std::string_view raw);
    void add_header(std::string_view name, std::string_view value);
    // Also implied by what comes after: not every MTA tells of it.
    void end_headers();
    void add_body(std::string_view chunk);
    // Remembers that a step failed for a reason of its own (an exception, no memory).
    void fail(const char* step);
    // Whether a step failed: what follows of this message is not needed any more.
    [[nodiscard]] bool failed() const noexcept { return failure_.has_value(); }

    // Whether the MTA has to be able to hold messages itself.
    [[nodiscard]] bool needs_mta_hold() const noexcept { return guard_ && guard_->mta; }

    // Judges and disposes. Any Error is answered tempfail.
    Result<pipeline::Outcome> finish(std::string_view queue_id, std::string_view auth);
    // What finish() stored of it was not promised to the MTA after all.
    Result<void> withdraw(const pipeline::Outcome& outcome) const;
    // Drops the message, if there is one.
    void abort() noexcept;

    [[nodiscard]] const mail::Envelope& envelope() const noexcept { return envelope_; }
    // Whether a header of this name was seen; for tests that slow a message down.
    [[nodiscard]] bool has_delay_header() const noexcept { return delay_header_; }

  private:
    void keep_failure(const Result<void>& step);

    std::filesystem::path spool_directory_;
    std::string client_;
    std::shared_ptr<const pipeline::Guard> guard_;
    mail::Envelope envelope_;
    std::optional<mail::RawMessage> message_;
    std::optional<Error> failure_;
    bool headers_ended_ = false;
    bool delay_header_ = false;
};

}  // namespace postwacht::session
