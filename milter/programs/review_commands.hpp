// review_commands: `postwacht review ...`, wherever it is carried out.
//
// A command is carried out by the daemon, which has the review key, for whoever the system says is
// at the other end of its socket. Where the configuration names no socket, or nobody listens there,
// it is carried out here, with the files that the calling user may read.
//
// Over the socket go one line of JSON each way: {"args":["queue","--json"],"input":"..."} and
// {"exit":0,"out":"...","errors":[{"code":"conflict","where":"...","detail":"...","hint":"..."}]}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "programs/review_office.hpp"
#include "review/people.hpp"

namespace postwacht::programs {

// EX_TEMPFAIL of sysexits.h: an MTA that pipes a mail into the command keeps it in its queue, and
// whoever finds the daemon busy may try again.
inline constexpr int exit_try_again = 75;

// What a command came to.
struct Answer {
    int exit_code = 0;
    std::string out;
    std::vector<Error> errors;  // each is printed; the exit code knows of them already
};

// A question: what stands behind "postwacht review", without --config and what follows it, and what
// came in on stdin where a command reads it.
struct Question {
    std::vector<std::string> args;
    std::string input;
};

// Carries out a command for a person. Every failure is in the answer.
Answer answer(const ReviewOffice& office, const review::Person& person, const Question& question);

// The exit code of `receive` for a mail that could not be carried out.
[[nodiscard]] int exit_code_of_reply(const Error& error);

[[nodiscard]] std::string to_json(const Question& question);
[[nodiscard]] std::string to_json(const Answer& answer);
Result<Question> parse_question(std::string_view json_line);
Result<Answer> parse_answer(std::string_view json_line);

}  // namespace postwacht::programs
