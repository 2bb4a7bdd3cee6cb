// A worker whose "formats" misbehave, each in its own way, told by a document's first bytes. The
// types are signatures that no other test uses.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "extract/worker/protocol.hpp"
#include "extract/worker/serve.hpp"

using namespace postwacht::extract;

namespace {

// What a sandboxed process was refused, a line for each thing it tried and got.
std::string break_out() {
    std::string got;
    const auto tried = [&got](const char* what, bool succeeded) {
        if (succeeded) got += std::string(what) + '\n';
    };
    tried("internet socket", ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
    tried("internet socket, version 6", ::socket(AF_INET6, SOCK_DGRAM, 0) >= 0);
    tried("unix socket", ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    int pair[2];
    tried("socket pair", ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    tried("read /etc/passwd", ::open("/etc/passwd", O_RDONLY) >= 0);
    tried("read /proc/self/maps", ::open("/proc/self/maps", O_RDONLY) >= 0);
    tried("list /", ::open("/", O_RDONLY | O_DIRECTORY) >= 0);
    tried("write /tmp", ::open("/tmp/postwacht-break-out", O_WRONLY | O_CREAT, 0600) >= 0);
    tried("write /dev/null", ::open("/dev/null", O_WRONLY) >= 0);
    tried("make a folder", ::mkdir("/tmp/postwacht-break-out", 0700) == 0);
    tried("remove a file", ::unlink("/tmp/postwacht-break-out") == 0);
    tried("kill another", ::kill(::getppid(), 0) == 0);
    tried("kill another's thread", ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0) == 0);
    tried("signal another by a descriptor",
          ::fcntl(worker::pool_socket, F_SETOWN, ::getppid()) == 0);
    tried("start a thread", ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr) >= 0);
    tried("write over a table", ::open("/usr/share/fonts", O_RDWR) >= 0);
    tried("rename a file", ::rename("/tmp/postwacht-break-out", "/tmp/postwacht-other") == 0);
    tried("link a file", ::symlink("/etc/passwd", "/tmp/postwacht-break-out") == 0);
    tried("another group", ::setgid(0) == 0);
    tried("another user", ::setuid(0) == 0);
    rlimit wider{RLIM_INFINITY, RLIM_INFINITY};
    tried("wider limits", ::setrlimit(RLIMIT_AS, &wider) == 0);
    tried("be attached to", ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
    tried("outlive its owner", ::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0);
    tried("a real-time priority", ::nice(-5) != -1);
    tried("a file of the kernel", ::memfd_create("x", 0) >= 0);
    tried("memory to run", ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    return got.empty() ? "nothing" : got;
}

void read_break_out(const Document& /*document*/, Collector& out) {
    out.add_text("text", break_out());
}
void read_crash(const Document& /*document*/, Collector& /*out*/) {
    std::abort();
}
void loop() {
    volatile bool going = true;
    while (going) {
    }
}
void read_endlessly(const Document& /*document*/, Collector& /*out*/) {
    loop();
}
void read_greedily(const Document& /*document*/, Collector& out) {
    std::vector<std::string> eaten;
    for (;;) eaten.emplace_back(16U << 20U, 'x');
    out.add_text("text", eaten.front());
}
void read_by_starting(const Document& /*document*/, Collector& out) {
    char program[] = "/bin/true";
    char* arguments[] = {program, nullptr};
    ::execv(program, arguments);
    out.add_text("text", "still here");
}

void say(std::string packet) {
    iovec data{packet.data(), packet.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (::sendmsg(worker::pool_socket, &message, MSG_NOSIGNAL) < 0) std::abort();
}
// Answers of its own, as a parser that somebody took over would give, and what ends a process.
void misbehave(std::string_view how) {
    if (how == "lie") {
        worker::Answer answer;
        answer.bytes = std::uint64_t{1} << 40U;
        say(worker::encode(answer));
    } else if (how == "rubbish") {
        if (::pwrite(worker::pool_socket + 2, "rubbish", 7, 0) != 7) std::abort();
        worker::Answer answer;
        answer.bytes = 7;
        say(worker::encode(answer));
    } else if (how == "nonsense") {
        say(std::string(100, 'x'));
    } else if (how == "flood") {
        for (;;) say(std::string(100, 'x'));
    } else if (how == "greet") {
        for (;;) say(worker::encode(worker::Greeting{true}));
    } else if (how == "ptrace") {
        ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr);
    } else if (how == "unshare") {
        ::unshare(CLONE_NEWUSER);
    } else if (how == "vfork") {
        ::syscall(SYS_vfork);
    } else if (how == "hang up") {
        ::close(worker::pool_socket);
    }
    loop();
}

// Says what it was handed, to see that it is that and all of it.
void read_echo(const Document& document, Collector& out) {
    if (document.bytes.starts_with("%PDF-!")) misbehave(document.bytes.substr(6));
    out.add_text("name", std::string(document.name));
    out.add_text("text", std::string(document.bytes.substr(4)), true);
    out.add_member("binnenin.txt", "tekst van binnen");
    out.note_macro();
}

// Text in charsets whose tables lie in files of their own.
void read_charsets(const Document& /*document*/, Collector& out) {
    out.add_text("text", postwacht::text::decode("c\xB9", "iso-8859-2").text);
    out.add_text("text", postwacht::text::decode("\x93\xFA", "shift_jis").text);
    out.add_text("text", postwacht::text::decode(std::string_view("\x42\x04", 2), "utf-16le").text);
}

// Scans that take all the time they may, and one that breaks its reader.
void read_slow_scan(const Document& /*document*/, Collector& out) {
    out.add_text("text", "words beside it");
    const auto begin = std::chrono::steady_clock::now();
    const auto all = out.budget().scan_time_left();
    if (!out.budget().take_scan_page()) return out.incomplete(Why::over_budget);
    while (std::chrono::steady_clock::now() < begin + all) {
    }
    out.budget().charge_scan(all);
    out.add_text("picture", "words in it", false, true);
}
void read_breaking_scan(const Document& /*document*/, Collector& out) {
    out.add_text("text", "words beside it");
    if (out.budget().take_scan_page()) std::abort();
    out.incomplete(Why::over_budget);
}

constexpr Format formats[] = {
    {"application/x-xz", &read_slow_scan},
    {"application/zstd", &read_breaking_scan},
    {"application/x-bzip2", &read_charsets},
    {"application/x-elf", &read_break_out},
    {"application/vnd.rar", &read_crash},
    {"application/x-archive", &read_endlessly},
    {"application/vnd.ms-tnef", &read_greedily},
    {"application/postscript", &read_by_starting},
    {"application/pdf", &read_echo},
};

}  // namespace

int main(int argc, char** argv) {
    worker::SandboxSettings settings;
    settings.memory = worker::memory_from(argc, argv, 512U << 20U);
    return worker::serve(formats, settings);
}
