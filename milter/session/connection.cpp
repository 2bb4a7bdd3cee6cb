#include "session/connection.hpp"

#include "base/text.hpp"

namespace postwacht::session {

Connection::Connection(std::filesystem::path spool_directory)
    : spool_directory_(std::move(spool_directory)) {}

void Connection::begin_message(std::shared_ptr<const pipeline::Guard> guard,
                               std::string_view sender_raw) {
    abort();
    guard_ = std::move(guard);
    message_.emplace(spool_directory_);
    envelope_.sender_raw = sender_raw;
    envelope_.sender = mail::parse_path(sender_raw);
    envelope_.client = client_;
}

void Connection::add_recipient(std::string_view raw) {
    envelope_.recipients.push_back({std::string(raw), mail::parse_path(raw)});
}

void Connection::keep_failure(const Result<void>& step) {
    if (!step && !failure_) failure_ = step.error();
}

void Connection::fail(const char* step) {
    keep_failure(Error{ErrorCode::internal, step, "the step failed", ""});
}

void Connection::add_header(std::string_view name, std::string_view value) {
    if (!message_ || failure_) return;
    if (text::ascii_iequals(name, "X-Test-Delay")) delay_header_ = true;
    keep_failure(message_->add_header(name, value));
}

void Connection::end_headers() {
    if (!message_ || failure_ || headers_ended_) return;
    headers_ended_ = true;
    keep_failure(message_->end_headers());
}

void Connection::add_body(std::string_view chunk) {
    end_headers();
    if (message_ && !failure_) keep_failure(message_->add_body(chunk));
}

Result<pipeline::Outcome> Connection::finish(std::string_view queue_id, std::string_view auth) {
    end_headers();
    if (failure_) return *failure_;
    if (!message_ || !guard_)
        return Error{ErrorCode::internal, "session", "end of a message that never began", ""};
    envelope_.queue_id = queue_id;
    envelope_.auth = auth;
    return pipeline::process_message(*guard_, envelope_, *message_);
}

Result<void> Connection::withdraw(const pipeline::Outcome& outcome) const {
    return guard_ && !outcome.held_id.empty() ? pipeline::withdraw(*guard_, outcome.held_id)
                                              : Result<void>{};
}

void Connection::abort() noexcept {
    guard_.reset();
    message_.reset();
    envelope_ = {};
    failure_.reset();
    headers_ended_ = false;
    delay_header_ = false;
}

}  // namespace postwacht::session
