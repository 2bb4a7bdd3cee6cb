#include "session/socket_address.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

#include "base/unique_fd.hpp"

namespace postwacht::session {
namespace {

constexpr const char* hint = "unix:/path/to/socket, inet:8895@127.0.0.1, inet6:8895@::1 or fd:3";

Error bad(std::string detail) {
    return {ErrorCode::config, "milter.socket", std::move(detail), hint};
}

Result<SocketAddress> unix_address(std::string_view path) {
    SocketAddress address;
    auto* const un = reinterpret_cast<sockaddr_un*>(&address.storage);
    if (path.empty() || path[0] != '/') return bad("a socket path must be absolute");
    if (path.size() >= sizeof un->sun_path) return bad("the socket path is longer than 107 bytes");
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, path.data(), path.size());
    address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return address;
}

Result<SocketAddress> inet_address(std::string_view rest, int family) {
    const auto at = rest.find('@');
    const std::string port(rest.substr(0, at));
    std::string host(at == std::string_view::npos ? std::string_view() : rest.substr(at + 1));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    addrinfo wanted{};
    wanted.ai_family = family;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (port.empty() ||
        getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &wanted, &found) != 0)
        return bad("no such port or host");
    SocketAddress address;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.length = found->ai_addrlen;
    freeaddrinfo(found);
    return address;
}

Result<SocketAddress> inherited_address(std::string_view number) {
    int fd = -1;
    const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), fd);
    SocketAddress address;
    address.length = sizeof address.storage;
    if (failed != std::errc() || end != number.data() + number.size() ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0)
        return bad("no socket was handed over under this number");
    return address;
}

}  // namespace

Result<SocketAddress> parse_socket(std::string_view spec) {
    if (spec.starts_with('/')) return unix_address(spec);
    const auto colon = spec.find(':');
    if (colon == std::string_view::npos) return bad("not a socket");
    const auto kind = spec.substr(0, colon);
    const auto rest = spec.substr(colon + 1);
    if (kind == "unix" || kind == "local") return unix_address(rest);
    if (kind == "inet") return inet_address(rest, AF_INET);
    if (kind == "inet6") return inet_address(rest, AF_INET6);
    if (kind == "fd") return inherited_address(rest);
    return bad("not a kind of socket");
}

Result<void> refuse_if_served(const SocketAddress& address) {
    if (address.storage.ss_family != AF_UNIX) return {};
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const bool answered =
        fd && (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                         address.length) == 0 ||
               errno == EAGAIN);
    if (answered)
        return Error{ErrorCode::conflict, "milter.socket", "another process serves this socket",
                     "is a postwacht-milter running already?"};
    return {};
}

void touch(const SocketAddress& address) noexcept {
    const UniqueFd fd(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd)
        (void)::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                        address.length);
}

}  // namespace postwacht::session
