#include "programs/review_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "programs/console.hpp"

namespace postwacht::programs {
namespace {

// A question holds ids and a reason, or a mail that answers a notice.
constexpr std::size_t longest_question = 4U << 20U;
constexpr std::size_t longest_answer = 256U << 20U;
constexpr std::size_t most_at_once = 64;
constexpr std::size_t most_of_one_user = 8;
// Those that wait for one of these places.
constexpr std::size_t most_waiting = 256;
constexpr std::size_t most_waiting_of_one_user = 64;
// Nobody keeps a place by saying nothing, or little, or by not listening.
constexpr std::chrono::seconds patience{10};
// Of a client of a busy daemon.
constexpr std::chrono::seconds longest_asking{30};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{2000};

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    std::memcpy(address.sun_path, text.data(), std::min(text.size(), sizeof address.sun_path - 1));
    return address;
}

UniqueFd connect_to(const std::filesystem::path& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path);
    if (fd && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {};
    return fd;
}

// Up to the first line end. Error where there is none within the limit or the time for all of it.
Result<std::string> read_line(int fd, std::size_t limit, std::optional<std::chrono::seconds> wait) {
    using Steady = std::chrono::steady_clock;
    const auto deadline = Steady::now() + wait.value_or(std::chrono::hours(24));
    std::string line;
    std::array<char, 65536> buffer{};
    for (;;) {
        pollfd ready{fd, POLLIN, 0};
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
        const int polled =
            ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (polled < 0 && errno == EINTR) continue;
        if (polled <= 0) return Error{ErrorCode::io, "review socket", "nothing was said", {}};
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("review socket", errno);
        if (count == 0)
            return Error{ErrorCode::io, "review socket", "the connection was closed", {}};
        const std::size_t before = line.size();
        line.append(buffer.data(), static_cast<std::size_t>(count));
        const std::size_t end = line.find('\n', before);
        if (end != std::string::npos) return line.substr(0, end);
        if (line.size() > limit)
            return Error{ErrorCode::io, "review socket", "what was said is too long", {}};
    }
}

std::optional<uid_t> uid_at(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.uid;
}

std::string name_of(uid_t uid) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return format("uid {}", uid);
}

}  // namespace

struct ReviewServer::State {
    Handler handler;
    std::filesystem::path path;
    UniqueFd socket;
    std::array<int, 2> wake{-1, -1};
    std::thread accepting;
    std::mutex mutex;
    std::condition_variable ended;
    struct Waiting {
        int fd = -1;
        uid_t uid = 0;
    };
    std::map<int, uid_t> in_progress;  // by descriptor
    std::deque<Waiting> waiting;       // in their order
    bool stopping = false;

    // With the mutex held.
    [[nodiscard]] bool has_place(uid_t uid) const;
    void start(int fd, uid_t uid);
    void start_those_waiting();
    void turn_away(int fd);

    void accept_all();
    void take(int fd);
    void serve(int fd, uid_t uid) noexcept;
};

void ReviewServer::State::serve(int fd, uid_t uid) noexcept {
    try {
        const auto line = read_line(fd, longest_question, patience);
        if (line) {
            const auto question = parse_question(*line);
            const Answer made = question ? handler(name_of(uid), *question)
                                         : Answer{exit_failure, {}, {question.error()}};
            (void)write_all(fd, to_json(made));
        }
    } catch (const std::exception&) {
        log::error("PW_REVIEW_FAILED", "a question ended with a fault");
    }
    const std::lock_guard lock(mutex);
    in_progress.erase(fd);
    ::close(fd);
    start_those_waiting();
    ended.notify_all();
}

bool ReviewServer::State::has_place(uid_t uid) const {
    const auto theirs = std::count_if(in_progress.begin(), in_progress.end(),
                                      [uid](const auto& each) { return each.second == uid; });
    return in_progress.size() < most_at_once && static_cast<std::size_t>(theirs) < most_of_one_user;
}

void ReviewServer::State::start(int fd, uid_t uid) {
    in_progress.emplace(fd, uid);
    try {
        std::thread([this, fd, uid] { serve(fd, uid); }).detach();
    } catch (const std::exception&) {
        in_progress.erase(fd);
        turn_away(fd);
    }
}

// Those of one user wait for that user's places alone: they hold up nobody else.
void ReviewServer::State::start_those_waiting() {
    for (auto next = waiting.begin(); !stopping && next != waiting.end();) {
        if (!has_place(next->uid)) {
            ++next;
            continue;
        }
        const Waiting one = *next;
        next = waiting.erase(next);
        start(one.fd, one.uid);
    }
}

// Nothing was read of what they ask.
void ReviewServer::State::turn_away(int fd) {
    Answer busy;
    busy.exit_code = exit_try_again;
    busy.errors.push_back({ErrorCode::conflict, "", "the review daemon is busy",
                           "try again when fewer commands are running"});
    (void)write_all(fd, to_json(busy));
    ::close(fd);
}

// Of whom the system does not say who it is gets no place.
void ReviewServer::State::take(int fd) {
    const timeval limit{patience.count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto uid = uid_at(fd);
    if (!uid) {
        ::close(fd);
        return;
    }
    const std::lock_guard lock(mutex);
    if (!stopping && has_place(*uid)) {
        start(fd, *uid);
        return;
    }
    const auto theirs = std::count_if(waiting.begin(), waiting.end(),
                                      [&uid](const auto& each) { return each.uid == *uid; });
    if (stopping || waiting.size() >= most_waiting ||
        static_cast<std::size_t>(theirs) >= most_waiting_of_one_user)
        turn_away(fd);
    else
        waiting.push_back({fd, *uid});
}

void ReviewServer::State::accept_all() {
    for (;;) {
        std::array<pollfd, 2> ready{pollfd{socket.get(), POLLIN, 0}, pollfd{wake[0], POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
        if (ready[1].revents != 0) return;
        if (ready[0].revents == 0) continue;
        const int fd = ::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) take(fd);
    }
}

ReviewServer::ReviewServer() = default;

ReviewServer::~ReviewServer() {
    if (!state_) return;
    if (state_->accepting.joinable()) {
        (void)!::write(state_->wake[1], "x", 1);
        state_->accepting.join();
        ::unlink(state_->path.c_str());
    }
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    for (const State::Waiting& each : state_->waiting) state_->turn_away(each.fd);
    state_->waiting.clear();
    // Who has not said what they want need not; answers still go out.
    for (const auto& [fd, uid] : state_->in_progress) ::shutdown(fd, SHUT_RD);
    state_->ended.wait(lock, [this] { return state_->in_progress.empty(); });
    for (const int end : state_->wake)
        if (end >= 0) ::close(end);
}

Result<std::unique_ptr<ReviewServer>> ReviewServer::listen(const std::filesystem::path& socket,
                                                           unsigned mode_mask, Handler handler) {
    const std::string where = socket.string();
    if (connect_to(socket))
        return Error{ErrorCode::conflict, where, "somebody listens there already",
                     "only one review daemon can serve this quarantine"};
    auto server = std::unique_ptr<ReviewServer>(new ReviewServer);
    server->state_ = std::make_unique<State>();
    State& state = *server->state_;
    state.handler = std::move(handler);
    state.path = socket;
    state.socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!state.socket) return system_error(where, errno);
    ::unlink(socket.c_str());
    const sockaddr_un address = address_of(socket);
    // Made with its mode: between bind() and chmod() it would be open to others.
    const mode_t before = ::umask(static_cast<mode_t>(mode_mask));
    const int bound =
        ::bind(state.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int failed = errno;
    ::umask(before);
    if (bound != 0) return system_error(where, failed);
    if (::listen(state.socket.get(), 64) != 0) return system_error(where, errno);
    if (::pipe2(state.wake.data(), O_CLOEXEC) != 0) return system_error(where, errno);
    state.accepting = std::thread([&state] { state.accept_all(); });
    return server;
}

namespace {

Result<std::optional<Answer>> ask_once(const std::filesystem::path& socket,
                                       const std::string& question) {
    const UniqueFd fd = connect_to(socket);
    if (!fd && (errno == ENOENT || errno == ECONNREFUSED)) return std::optional<Answer>();
    if (!fd) {
        Error error = system_error(socket.string(), errno);
        error.hint = "reviewers must be in the group of this socket";
        return error;
    }
    // Who is turned away hears so though not all of the question was taken.
    const auto asked = write_all(fd.get(), question);
    auto line = read_line(fd.get(), longest_answer, std::nullopt);
    if (!asked && !line) return asked.error();
    if (!line) return std::move(line).error();
    POSTWACHT_TRY(answer, parse_answer(*line));
    return std::optional(std::move(answer));
}

bool is_busy(const Answer& answer) {
    return answer.exit_code == exit_try_again && answer.errors.size() == 1 &&
           answer.errors.front().code == ErrorCode::conflict;
}

}  // namespace

Result<std::optional<Answer>> ask(const std::filesystem::path& socket, const Question& question) {
    const std::string line = to_json(question);
    const auto end = std::chrono::steady_clock::now() + longest_asking;
    for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
        POSTWACHT_TRY(answer, ask_once(socket, line));
        if (!answer || !is_busy(*answer) || std::chrono::steady_clock::now() + pause > end)
            return answer;
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace postwacht::programs
