// What the pool and a worker say to each other. Internal to worker/.
//
// One message on the socket pair is one packet (SOCK_SEQPACKET): a greeting of the worker once it
// is in its sandbox; a request with two descriptors, the document and an empty file for the answer;
// an answer with the size of what was written there. All integers are little-endian as the machine
// has them: both ends are one build on one machine. The pool believes nothing of an answer: every
// length is checked against what there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/budget.hpp"
#include "extract/reading.hpp"

namespace postwacht::extract::worker {

// The longest packet. Names and types beyond what fits are cut.
inline constexpr std::size_t longest_packet = 16U << 10U;

struct Request {
    std::uint64_t bytes = 0;  // size of the document
    Limits limits;            // what is left for it
    std::string declared_type;
    std::string charset;
    std::string name;
};

[[nodiscard]] std::string encode(const Request& request);
[[nodiscard]] std::optional<Request> decode_request(std::string_view packet);

struct Greeting {
    bool files_guarded = false;  // by Landlock; without it a worker opens no file at all
};

[[nodiscard]] std::string encode(const Greeting& greeting);
[[nodiscard]] std::optional<Greeting> decode_greeting(std::string_view packet);

struct Answer {
    std::uint64_t bytes = 0;  // size of the encoded reading
    Spent spent;              // for the message's budget to pay
};

[[nodiscard]] std::string encode(const Answer& answer);
[[nodiscard]] std::optional<Answer> decode_answer(std::string_view packet);

[[nodiscard]] std::string encode(const Reading& reading);
// Nothing where the bytes are not a reading with at least one part.
[[nodiscard]] std::optional<Reading> decode_reading(std::string_view bytes);

}  // namespace postwacht::extract::worker
