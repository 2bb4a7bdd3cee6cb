#include "base/result.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace postwacht {

const char* to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::usage:
            return "usage";
        case ErrorCode::config:
            return "config";
        case ErrorCode::policy:
            return "policy";
        case ErrorCode::source:
            return "source";
        case ErrorCode::registry_unavailable:
            return "registry_unavailable";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::io:
            return "io";
        case ErrorCode::disk_full:
            return "disk_full";
        case ErrorCode::crypto:
            return "crypto";
        case ErrorCode::damaged:
            return "damaged";
        case ErrorCode::budget:
            return "budget";
        case ErrorCode::delivery:
            return "delivery";
        case ErrorCode::forbidden:
            return "forbidden";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

std::string Error::message() const {
    return where.empty() ? detail : where + ": " + detail;
}

void throw_exception_from_error(const Error& error, const boost::source_location& at) {
    // Reaching this is a fault of ours, so the place in our code is worth more than a trace.
    throw std::runtime_error(std::string(at.file_name()) + ":" + std::to_string(at.line()) + ": " +
                             error.message());
}

Error system_error(std::string where, int error_number) {
    const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
    // strerror_r's GNU form: thread-safe, and the buffer is only used for unknown numbers.
    char buffer[64];
    const char* text = strerror_r(error_number, buffer, sizeof buffer);
    return Error{full ? ErrorCode::disk_full : ErrorCode::io, std::move(where), text, {}};
}

}  // namespace postwacht
