// The address of the milter's own socket, from libmilter's way of writing it.
#pragma once

#include <sys/socket.h>

#include <string_view>

#include "base/result.hpp"

namespace postwacht::session {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

// "unix:/path", "local:/path", "/path", "inet:port@host", "inet6:port@host", "fd:3". Without a
// host: loopback. Error (config) with a hint for anything else.
Result<SocketAddress> parse_socket(std::string_view spec);

// An Error (conflict) where somebody answers at a Unix socket already: libmilter would take its
// place without a word. A socket that a crash left behind is fine.
Result<void> refuse_if_served(const SocketAddress& address);

// Connects without waiting and closes again.
void touch(const SocketAddress& address) noexcept;

}  // namespace postwacht::session
