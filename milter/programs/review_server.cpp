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
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"

namespace postwacht::programs {
namespace {

// A question holds ids and a reason, or a mail that answers a notice.
constexpr std::size_t longest_question = 4U << 20U;
constexpr std::size_t longest_answer = 256U << 20U;
constexpr std::size_t most_at_once = 16;
// Nobody keeps a place by saying nothing.
constexpr std::chrono::seconds patience{10};

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

// Up to the first line end. Error where there is none within the limit or the time.
Result<std::string> read_line(int fd, std::size_t limit, std::optional<std::chrono::seconds> wait) {
    std::string line;
    std::array<char, 65536> buffer{};
    for (;;) {
        pollfd ready{fd, POLLIN, 0};
        const int timeout = wait ? static_cast<int>(std::chrono::milliseconds(*wait).count()) : -1;
        const int polled = ::poll(&ready, 1, timeout);
        if (polled < 0 && errno == EINTR) continue;
        if (polled == 0) return Error{ErrorCode::io, "review socket", "nothing was said", {}};
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("review socket", errno);
        if (count == 0)
            return Error{ErrorCode::io, "review socket", "the connection was closed", {}};
        line.append(buffer.data(), static_cast<std::size_t>(count));
        const std::size_t end = line.find('\n');
        if (end != std::string::npos) return line.substr(0, end);
        if (line.size() > limit)
            return Error{ErrorCode::io, "review socket", "what was said is too long", {}};
    }
}

// The name of the user at the other end; empty where the system does not know.
std::string user_at(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(peer.uid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        return found->pw_name;
    return format("uid {}", peer.uid);
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
    std::size_t in_progress = 0;

    void accept_all();
    void serve(int fd) noexcept;
};

void ReviewServer::State::serve(int fd) noexcept {
    try {
        const auto line = read_line(fd, longest_question, patience);
        Answer made;
        if (line) {
            const auto question = parse_question(*line);
            const std::string user = user_at(fd);
            if (!question)
                made = {1, {}, {question.error()}};
            else if (user.empty())
                made = {1, {}, {Error{ErrorCode::forbidden, "", "it is not known who asks", {}}}};
            else
                made = handler(user, *question);
            (void)write_all(fd, to_json(made));
        }
    } catch (const std::exception&) {
        log::error("PW_REVIEW_FAILED", "a question ended with a fault");
    }
    ::close(fd);
    const std::lock_guard lock(mutex);
    --in_progress;
    ended.notify_all();
}

void ReviewServer::State::accept_all() {
    for (;;) {
        {
            std::unique_lock lock(mutex);
            ended.wait(lock, [this] { return in_progress < most_at_once; });
        }
        std::array<pollfd, 2> ready{pollfd{socket.get(), POLLIN, 0}, pollfd{wake[0], POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
        if (ready[1].revents != 0) return;
        if (ready[0].revents == 0) continue;
        const int fd = ::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        {
            const std::lock_guard lock(mutex);
            ++in_progress;
        }
        std::thread([this, fd] { serve(fd); }).detach();
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
    state_->ended.wait(lock, [this] { return state_->in_progress == 0; });
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

Result<std::optional<Answer>> ask(const std::filesystem::path& socket, const Question& question) {
    const UniqueFd fd = connect_to(socket);
    if (!fd && (errno == ENOENT || errno == ECONNREFUSED)) return std::optional<Answer>();
    if (!fd) {
        Error error = system_error(socket.string(), errno);
        error.hint = "reviewers must be in the group of this socket";
        return error;
    }
    POSTWACHT_CHECK(write_all(fd.get(), to_json(question)));
    POSTWACHT_TRY(line, read_line(fd.get(), longest_answer, std::nullopt));
    POSTWACHT_TRY(answer, parse_answer(line));
    return std::optional(std::move(answer));
}

}  // namespace postwacht::programs
