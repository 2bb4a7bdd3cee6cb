#include "quarantine/mta_helper.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "base/text.hpp"

namespace postwacht::quarantine {
namespace {

constexpr std::size_t longest_answer = 256U << 20U;
// Beyond the time of its commands, of which one operation takes three at most.
constexpr std::chrono::seconds patience{10};
constexpr int commands_of_one = 3;

constexpr std::array<ErrorCode, 6> codes{ErrorCode::not_found, ErrorCode::conflict,
                                         ErrorCode::delivery,  ErrorCode::config,
                                         ErrorCode::io,        ErrorCode::damaged};

ErrorCode code_from(std::string_view word) {
    for (const ErrorCode code : codes)
        if (word == postwacht::to_string(code)) return code;
    return ErrorCode::io;
}

class HelpedQueue final : public MtaQueue {
  public:
    explicit HelpedQueue(MtaSettings settings) : settings_(std::move(settings)) {}
    [[nodiscard]] MtaKind kind() const noexcept override { return settings_.kind; }

    Result<std::vector<MtaEntry>> entries() override {
        bool uncertain = false;
        POSTWACHT_TRY(answer, ask("entries", uncertain));
        const json::Value list = answer.root()["entries"];
        std::vector<MtaEntry> all;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const json::Value each = list.at(i);
            MtaEntry entry{std::string(each["id"].string()), each["held"].boolean(), {}};
            if (each["arrived"].is_number())
                entry.arrived = std::chrono::system_clock::from_time_t(
                    static_cast<time_t>(each["arrived"].number()));
            all.push_back(std::move(entry));
        }
        return all;
    }
    Result<std::string> release(std::string_view queue_id, const Lease&, bool& uncertain) override {
        return act("release", queue_id, uncertain);
    }
    Result<std::string> remove(std::string_view queue_id, const Lease&, bool& uncertain) override {
        return act("remove", queue_id, uncertain);
    }

  private:
    Result<std::string> act(const char* what, std::string_view queue_id, bool& uncertain) {
        uncertain = false;
        if (!is_queue_id(settings_.kind, queue_id))
            return Error{ErrorCode::damaged, "", "this is no queue id of this MTA", {}};
        POSTWACHT_TRY(answer, ask(format("{} {}", what, queue_id), uncertain));
        return std::string(answer.root()["reply"].string());
    }

    Result<json::Document> ask(const std::string& question, bool& uncertain) const {
        const std::string where = settings_.socket.string();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, where.data(),
                    std::min(where.size(), sizeof address.sun_path - 1));
        const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!fd ||
            ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            Error error = system_error(where, errno);
            error.hint = "postwacht-hold.socket must be running, and let this user in";
            return error;
        }
        POSTWACHT_CHECK(write_all(fd.get(), question + '\n'));
        uncertain = true;  // from here on it may have been done
        POSTWACHT_TRY(text, read_answer(fd.get(), where));
        POSTWACHT_TRY(answer, json::Document::parse(text));
        const json::Value root = answer.root();
        uncertain = root["uncertain"].boolean();
        if (root["ok"].boolean()) return answer;
        return Error{code_from(root["code"].string()), std::string(root["where"].string()),
                     text::printable(root["detail"].string(), 500),
                     text::printable(root["hint"].string(), 500)};
    }

    Result<std::string> read_answer(int fd, const std::string& where) const {
        const auto deadline =
            std::chrono::steady_clock::now() + commands_of_one * settings_.timeout + patience;
        std::string text;
        std::array<char, 65536> buffer{};
        for (;;) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            pollfd ready{fd, POLLIN, 0};
            const int polled =
                ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
            if (polled < 0 && errno == EINTR) continue;
            if (polled <= 0) return Error{ErrorCode::io, where, "postwacht-hold took too long", {}};
            const ssize_t count = ::read(fd, buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return system_error(where, errno);
            if (count == 0) {
                if (text.empty() || text.back() != '\n')
                    return Error{ErrorCode::io, where, "postwacht-hold broke off",
                                 "its journal says why: journalctl -u 'postwacht-hold@*'"};
                return text;
            }
            text.append(buffer.data(), static_cast<std::size_t>(count));
            if (text.size() > longest_answer)
                return Error{ErrorCode::io, where, "postwacht-hold said too much", {}};
        }
    }

    const MtaSettings settings_;
};

std::string failure(const Error& error, bool uncertain) {
    json::Writer out;
    out.begin_object()
        .field("ok", false)
        .field("code", postwacht::to_string(error.code))
        .field("where", text::printable(error.where))
        .field("detail", text::printable(error.detail, 500))
        .field("hint", text::printable(error.hint, 500))
        .field("uncertain", uncertain)
        .end_object();
    return out.take() + '\n';
}

}  // namespace

std::unique_ptr<MtaQueue> make_helped_queue(MtaSettings settings) {
    return std::make_unique<HelpedQueue>(std::move(settings));
}

std::string answer_for(MtaQueue& queue, std::string_view question) {
    json::Writer out;
    if (question == "entries") {
        const auto all = queue.entries();
        if (!all) return failure(all.error(), false);
        out.begin_object().field("ok", true).key("entries").begin_array();
        for (const MtaEntry& entry : *all) {
            out.begin_object().field("id", entry.queue_id).field("held", entry.held);
            if (entry.arrived)
                out.field("arrived", static_cast<std::uint64_t>(std::max<std::int64_t>(
                                         0, std::chrono::system_clock::to_time_t(*entry.arrived))));
            out.end_object();
        }
        out.end_array().end_object();
        return out.take() + '\n';
    }
    const std::size_t space = question.find(' ');
    const std::string_view what = question.substr(0, space);
    const std::string_view id =
        space == std::string_view::npos ? std::string_view() : question.substr(space + 1);
    if ((what != "release" && what != "remove") || !is_queue_id(queue.kind(), id))
        return failure({ErrorCode::damaged, "", "this is no question for postwacht-hold", {}},
                       false);
    bool uncertain = false;
    const auto done = what == "release" ? queue.release(id, Lease{}, uncertain)
                                        : queue.remove(id, Lease{}, uncertain);
    if (!done) return failure(done.error(), uncertain);
    out.begin_object().field("ok", true).field("reply", text::printable(*done)).end_object();
    return out.take() + '\n';
}

}  // namespace postwacht::quarantine
