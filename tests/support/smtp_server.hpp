// SmtpServer: an SMTP server on loopback that does what a test tells it to, the wrong things
// included, and remembers what it was sent.
//
// It reads strictly: only CR LF ends a line, only CR LF . CR LF ends a message. It never waits for
// a time: "silent" means that it answers nothing until the client goes away or the test ends.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace postwacht {

struct SmtpScript {
    // What to do instead of the usual, by the verb of the command; "." is the end of the message
    // and "CONNECT" the greeting. A reply to send ("451 4.3.0 later"), or one of:
    static constexpr const char* drop = "drop";      // close the connection
    static constexpr const char* silent = "silent";  // answer nothing
    std::map<std::string, std::string> instead;
    // The same for the nth RCPT only, from 1; 0 for all.
    int nth_recipient = 0;
    std::vector<std::string> extensions{"PIPELINING", "8BITMIME", "SMTPUTF8"};
    // Close the connection after so many bytes of message; 0 for never.
    std::size_t drop_after_bytes = 0;
};

class SmtpServer {
  public:
    struct Mail {
        std::string from;                     // after "MAIL FROM:"
        std::vector<std::string> recipients;  // after "RCPT TO:"
        std::string message;                  // dots undone
    };

    explicit SmtpServer(SmtpScript script = {}) : script_(std::move(script)) {
        listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        int ends[2];
        if (::bind(listener_.get(), generic, length) != 0 || ::listen(listener_.get(), 16) != 0 ||
            ::getsockname(listener_.get(), generic, &length) != 0 || ::pipe(ends) != 0)
            throw std::runtime_error("cannot listen on loopback");
        port_ = ntohs(address.sin_port);
        stop_read_.reset(ends[0]);
        stop_write_.reset(ends[1]);
        thread_ = std::thread([this] { serve(); });
    }
    SmtpServer(const SmtpServer&) = delete;
    SmtpServer& operator=(const SmtpServer&) = delete;
    ~SmtpServer() {
        stop_write_.reset();  // end of file on the other end wakes every wait
        thread_.join();
    }

    [[nodiscard]] std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
    // Messages that reached their final dot, whatever was answered to it.
    [[nodiscard]] std::vector<Mail> mails() const {
        const std::lock_guard guard(mutex_);
        return mails_;
    }
    // Every command line, in order.
    [[nodiscard]] std::vector<std::string> commands() const {
        const std::lock_guard guard(mutex_);
        return commands_;
    }

  private:
    // One connection; each step answers whether to go on.
    struct Connection {
        UniqueFd socket;
        std::string input;
        Mail mail;
    };

    // Whether there is something to read on `fd` before the server is told to stop.
    bool wait_readable(int fd) const {
        pollfd waiting[] = {{fd, POLLIN, 0}, {stop_read_.get(), POLLIN, 0}};
        while (::poll(waiting, 2, -1) < 0)
            if (errno != EINTR) return false;
        return (waiting[1].revents & (POLLIN | POLLHUP)) == 0;
    }

    void serve() {
        while (wait_readable(listener_.get())) {
            Connection connection;
            connection.socket.reset(::accept(listener_.get(), nullptr, nullptr));
            if (connection.socket) converse(connection);
        }
    }

    void converse(Connection& connection) {
        if (!answer(connection, "CONNECT", "220 test ESMTP")) return;
        std::string line;
        int recipients = 0;
        while (read_line(connection, line)) {
            {
                const std::lock_guard guard(mutex_);
                commands_.push_back(line);
            }
            const std::string verb = line.substr(0, 4);
            bool go_on = true;
            if (verb == "EHLO") {
                go_on = answer(connection, verb, greeting());
            } else if (verb == "MAIL") {
                connection.mail = Mail{};
                connection.mail.from = line.substr(std::string_view("MAIL FROM:").size());
                go_on = answer(connection, verb, "250 2.1.0 Ok");
            } else if (verb == "RCPT") {
                connection.mail.recipients.push_back(
                    line.substr(std::string_view("RCPT TO:").size()));
                const bool usual =
                    script_.nth_recipient != 0 && script_.nth_recipient != ++recipients;
                go_on = usual ? send(connection, "250 2.1.5 Ok")
                              : answer(connection, verb, "250 2.1.5 Ok");
            } else if (verb == "DATA") {
                if (!answer(connection, verb, "354 go ahead")) return;
                if (script_.instead.count(verb) != 0) continue;
                if (!read_message(connection)) return;
                go_on = answer(connection, ".", "250 2.0.0 Ok: queued as 4fTest1");
            } else if (verb == "QUIT") {
                send(connection, "221 2.0.0 Bye");
                return;
            } else {
                go_on = answer(connection, verb, "250 2.0.0 Ok");
            }
            if (!go_on) return;
        }
    }

    std::string greeting() const {
        std::string text;
        for (const auto& extension : script_.extensions) text += "250-" + extension + "\r\n";
        return text + "250 HELP";
    }

    bool answer(Connection& connection, const std::string& verb, const std::string& usual) {
        const auto instead = script_.instead.find(verb);
        if (instead == script_.instead.end()) return send(connection, usual);
        if (instead->second == SmtpScript::drop) return false;
        if (instead->second == SmtpScript::silent) {
            while (fill(connection)) {
            }
            return false;
        }
        return send(connection, instead->second);
    }

    static bool send(Connection& connection, std::string text) {
        text += "\r\n";
        return ::send(connection.socket.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }

    bool fill(Connection& connection) const {
        char buffer[4096];
        if (!wait_readable(connection.socket.get())) return false;
        const ssize_t count = ::recv(connection.socket.get(), buffer, sizeof buffer, 0);
        if (count <= 0) return false;
        connection.input.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    bool read_line(Connection& connection, std::string& line) const {
        std::size_t end = 0;
        while ((end = connection.input.find("\r\n")) == std::string::npos)
            if (!fill(connection)) return false;
        line = connection.input.substr(0, end);
        connection.input.erase(0, end + 2);
        return true;
    }

    bool read_message(Connection& connection) {
        std::string line;
        std::string& message = connection.mail.message;
        std::size_t received = connection.input.size();
        for (;;) {
            const std::size_t end = connection.input.find("\r\n");
            if (end == std::string::npos) {
                const std::size_t before = connection.input.size();
                if (!fill(connection)) return false;
                received += connection.input.size() - before;
                if (script_.drop_after_bytes != 0 && received >= script_.drop_after_bytes)
                    return false;
                continue;
            }
            line = connection.input.substr(0, end);
            connection.input.erase(0, end + 2);
            if (line == ".") break;
            if (line.starts_with('.')) line.erase(0, 1);
            message += line + "\r\n";
        }
        const std::lock_guard guard(mutex_);
        mails_.push_back(connection.mail);
        return true;
    }

    const SmtpScript script_;
    UniqueFd listener_;
    UniqueFd stop_read_;
    UniqueFd stop_write_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Mail> mails_;
    std::vector<std::string> commands_;
    std::thread thread_;
};

}  // namespace postwacht
