#include "extract/worker/serve.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "extract/worker/protocol.hpp"

#ifdef POSTWACHT_SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

namespace postwacht::extract::worker {
namespace {

struct Job {
    Request request;
    UniqueFd document;
    UniqueFd answer;
};

// Nothing where the pool has hung up or said something that is no request.
std::optional<Job> receive() {
    static std::array<char, longest_packet> packet;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    iovec data{packet.data(), packet.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = 0;
    do {
        size = ::recvmsg(pool_socket, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size <= 0) return std::nullopt;
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(2 * sizeof(int)))
        return std::nullopt;
    std::array<int, 2> fds{};
    std::memcpy(fds.data(), CMSG_DATA(header), sizeof(fds));
    Job job;
    job.document.reset(fds[0]);
    job.answer.reset(fds[1]);
    auto request = decode_request({packet.data(), static_cast<std::size_t>(size)});
    if (!request) return std::nullopt;
    job.request = std::move(*request);
    return job;
}

bool send(const std::string& packet) {
    iovec data{const_cast<char*>(packet.data()), packet.size()};  // sendmsg() does not write
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    ssize_t size = 0;
    do {
        size = ::sendmsg(pool_socket, &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    return size == static_cast<ssize_t>(packet.size());
}

class Mapping {
  public:
    Mapping(int fd, std::size_t size) : size_(size) {
        if (size > 0) address_ = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() {
        if (address_ != MAP_FAILED && address_ != nullptr) ::munmap(address_, size_);
    }
    [[nodiscard]] bool ok() const noexcept { return address_ != MAP_FAILED; }
    [[nodiscard]] std::string_view bytes() const noexcept {
        return {static_cast<const char*>(address_), size_};
    }

  private:
    void* address_ = nullptr;
    std::size_t size_;
};

// A reading of a document that took more memory than there is.
Reading too_large(const Request& request) {
    Reading reading;
    PartInfo part;
    part.name = request.name;
    part.type = "application/octet-stream";
    part.bytes = request.bytes;
    reading.parts.push_back(std::move(part));
    reading.incomplete.push_back({{}, request.name, Why::over_budget});
    reading.coverage.parts = 1;
    return reading;
}

bool handle(const Job& job, std::span<const Format> formats) {
    const Request& request = job.request;
    const Mapping mapping(job.document.get(), static_cast<std::size_t>(request.bytes));
    Budget budget(request.limits);
    Reading reading;
    std::string bytes;
    try {
        if (!mapping.ok()) throw std::bad_alloc();
        Collector collector(formats, budget);
        collector.read({mapping.bytes(), request.declared_type, request.charset, request.name});
        reading = collector.take();
        bytes = encode(reading);
    } catch (const std::bad_alloc&) {
        reading = {};
        bytes = encode(too_large(request));
    }
    Answer answer;
    answer.bytes = bytes.size();
    answer.spent = budget.spent();
    answer.spent.cpu_time = budget.cpu_used();
    return write_all(job.answer.get(), bytes).has_value() && send(encode(answer));
}

}  // namespace

std::uint64_t memory_from(int argc, const char* const* argv, std::uint64_t otherwise) {
    if (argc < 2) return otherwise;
    const std::string_view digits = argv[1];
    std::uint64_t memory = otherwise;
    std::from_chars(digits.data(), digits.data() + digits.size(), memory);
    return memory;
}

// Libraries complain on standard error, of every damaged picture. A sanitizer's report is wanted,
// and goes where standard error was.
bool silence_libraries() {
#ifdef POSTWACHT_SANITIZED
    constexpr int reports = 60;
    if (::dup3(STDERR_FILENO, reports, 0) < 0) return false;
    // An address is how the sanitizers' interface takes a descriptor.
    __sanitizer_set_report_fd(
        reinterpret_cast<void*>(static_cast<std::intptr_t>(reports)));  // NOLINT
#endif
    return ::dup3(STDOUT_FILENO, STDERR_FILENO, 0) >= 0;
}

int serve(std::span<const Format> formats, const SandboxSettings& settings) {
    // Where the milter ends without a word, so does the worker.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return 1;
    // What libraries load only when it is first needed cannot be loaded afterwards.
    text::load_charsets();
    const auto entered = enter_sandbox(settings);
    if (!entered) {
        std::fprintf(stderr, "postwacht-extract: error: %s\n", entered.error().message().c_str());
        return 1;
    }
    if (!silence_libraries()) return 1;
    if (!send(encode(Greeting{*entered}))) return 1;
    while (const auto job = receive())
        if (!handle(*job, formats)) return 1;
    return 0;
}

}  // namespace postwacht::extract::worker
