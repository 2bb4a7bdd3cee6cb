#include "session/socket_address.hpp"

#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

using namespace postwacht;
using session::parse_socket;

TEST_CASE("every way of writing a socket is read") {
    for (const auto* spec : {"unix:/run/p w/s", "local:/run/p w/s", "/run/p w/s"}) {
        const auto address = parse_socket(spec);
        REQUIRE(address);
        const auto* un = reinterpret_cast<const sockaddr_un*>(&address->storage);
        CHECK(std::string(un->sun_path) == "/run/p w/s");
    }
    const auto inet = parse_socket("inet:8895@127.0.0.1");
    REQUIRE(inet);
    const auto* in = reinterpret_cast<const sockaddr_in*>(&inet->storage);
    CHECK(ntohs(in->sin_port) == 8895);
    CHECK(ntohl(in->sin_addr.s_addr) == INADDR_LOOPBACK);
    CHECK(parse_socket("inet:8895"));
    CHECK(parse_socket("inet6:8895@::1"));
}

TEST_CASE("what is no socket is refused with a hint") {
    for (const auto* spec : {"", "8895", "unix:", "unix:relative", "inet:", "inet:port@127.0.0.1",
                             "fd:x", "fd:9999", "tcp:1@h"}) {
        const auto address = parse_socket(spec);
        REQUIRE_FALSE(address);
        CHECK(address.error().code == ErrorCode::config);
        CHECK_FALSE(address.error().hint.empty());
    }
    CHECK_FALSE(parse_socket("unix:/" + std::string(108, 'x')));
}

TEST_CASE("a socket that was handed over is found by its number") {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&in), sizeof in) == 0);
    REQUIRE(::listen(fd, 1) == 0);
    const auto address = parse_socket("fd:" + std::to_string(fd));
    REQUIRE(address);
    session::touch(*address);
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const int accepted = ::accept(fd, reinterpret_cast<sockaddr*>(&peer), &length);
    CHECK(accepted >= 0);
    ::close(accepted);
    ::close(fd);
}

TEST_CASE("a socket that somebody serves is not taken over, one left behind is") {
    const TemporaryDirectory directory;
    const auto address = parse_socket((directory / "s").string());
    REQUIRE(address.has_value());
    CHECK(session::refuse_if_served(*address).has_value());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address->storage), address->length) == 0);
    REQUIRE(::listen(fd, 1) == 0);
    const auto served = session::refuse_if_served(*address);
    REQUIRE_FALSE(served.has_value());
    CHECK(served.error().code == ErrorCode::conflict);
    ::close(fd);
    CHECK(session::refuse_if_served(*address).has_value());
}
