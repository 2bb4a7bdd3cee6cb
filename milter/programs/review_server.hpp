// review_server: the daemon's socket. Who asks is told by the system (SO_PEERCRED).
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "programs/review_commands.hpp"

namespace postwacht::programs {

class ReviewServer {
  public:
    // Takes a question of the user of this name.
    using Handler = std::function<Answer(const std::string& user, const Question& question)>;

    // Nobody holds it up: a few questions of one user at a time, each heard and answered within a
    // time. What is asked for may take as long as it takes. More of them wait their turn, as many
    // as there is room for; beyond that the answer is that it is busy (exit_try_again), and nothing
    // was done.

    // Listens at once; a socket that a dead process left is replaced. Errors: config, io; conflict
    // where somebody listens there already.
    static Result<std::unique_ptr<ReviewServer>> listen(const std::filesystem::path& socket,
                                                        unsigned mode_mask, Handler handler);
    // Waits for the questions in progress.
    ~ReviewServer();

  private:
    ReviewServer();
    struct State;
    std::unique_ptr<State> state_;
};

// Nothing where nobody listens. A busy daemon is asked again for half a minute; then its answer is
// given, with exit_try_again. Errors: io, damaged.
Result<std::optional<Answer>> ask(const std::filesystem::path& socket, const Question& question);

}  // namespace postwacht::programs
