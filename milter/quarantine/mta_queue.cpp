#include "quarantine/mta_queue.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "base/command.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "quarantine/mta_helper.hpp"

namespace postwacht::quarantine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_listing = 256U << 20U;
constexpr std::size_t longest_answer = 64U << 10U;

bool is_word(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

Error not_held(std::string_view queue_id) {
    return Error{ErrorCode::not_found, std::string(queue_id), "the MTA does not hold this message",
                 "'postwacht quarantine reconcile' finds out what became of it"};
}

// `text` behind `start`, up to `end`; nothing where either is not there. Cuts it off `text`.
std::optional<std::string_view> between(std::string_view& text, std::string_view start,
                                        std::string_view end) {
    const std::size_t at = text.find(start);
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t from = at + start.size();
    const std::size_t to = text.find(end, from);
    if (to == std::string_view::npos) return std::nullopt;
    const std::string_view found = text.substr(from, to - from);
    text.remove_prefix(to);
    return found;
}

// What a command said, as far as it can be kept: an MTA writes about envelopes, and the rest may
// quote addresses or whatever else a letter had in its fields.
std::string known_words(std::string_view text) {
    constexpr std::array<std::string_view, 14> known{"Released from hold: 1 message",
                                                     "Deleted: 1 message",
                                                     "Released from hold: 0 messages",
                                                     "reserved for the superuser",
                                                     "a password is required",
                                                     "is not allowed to",
                                                     "no new privileges",
                                                     "Operation not permitted",
                                                     "ermission denied",
                                                     "No such file or directory",
                                                     "command not found",
                                                     "Read-only file system",
                                                     "No space left on device",
                                                     "mail system is down"};
    std::string said;
    for (const std::string_view words : known) {
        if (text.find(words) == std::string_view::npos) continue;
        if (!said.empty()) said += ", ";
        said += words == "ermission denied" ? "permission denied" : words;
    }
    return said;
}

std::string behind_colon(std::string_view words) {
    return words.empty() ? std::string() : ": " + std::string(words);
}

// Its own, by commands.
class CommandQueue : public MtaQueue {
  public:
    explicit CommandQueue(MtaSettings settings) : settings_(std::move(settings)) {}
    [[nodiscard]] MtaKind kind() const noexcept override { return settings_.kind; }

  protected:
    // Runs one of the commands for one message that is held, and makes sure of what it did.
    Result<std::string> run(const std::vector<std::string>& command, std::string_view queue_id,
                            std::string_view success, const Lease& lease, bool& uncertain) {
        uncertain = false;
        POSTWACHT_CHECK(require_held(queue_id));
        std::vector<std::string> arguments;
        for (std::string argument : command) {
            constexpr std::string_view place = "{id}";
            for (auto at = argument.find(place); at != std::string::npos;
                 at = argument.find(place, at + queue_id.size()))
                argument.replace(at, place.size(), queue_id);
            arguments.push_back(std::move(argument));
        }
        const auto done =
            run_command(arguments, {settings_.timeout, longest_answer}, lease.lock.get());
        const std::string said = done ? known_words(done->errors + done->output) : std::string();
        if (done && done->status == 0 && !success.empty() &&
            (done->errors + done->output).find(success) != std::string::npos)
            return said;
        // Whatever it said: the queue knows.
        const auto held = is_held(queue_id);
        if (held && !*held) return said.empty() ? "the MTA does not hold it any more" : said;
        uncertain = !held;
        Error error{ErrorCode::delivery, std::string(queue_id), {}, {}};
        if (!done)
            error.detail = format("the MTA still holds it: {}", done.error().message());
        else
            error.detail = format("the MTA still holds it: {} ended with status {}{}",
                                  arguments.front(), done->status, behind_colon(said));
        if (!held)
            error.detail += format("; and its queue cannot be read: {}", held.error().message());
        error.hint =
            "who runs this must be allowed to: see 'The MTA's own hold' in postwacht-review(8)";
        return error;
    }

    Result<bool> is_held(std::string_view queue_id) {
        POSTWACHT_TRY(all, entries());
        return std::any_of(all.begin(), all.end(), [&](const MtaEntry& entry) {
            return entry.held && entry.queue_id == queue_id;
        });
    }

    Result<void> require_held(std::string_view queue_id) {
        if (!is_queue_id(settings_.kind, queue_id))
            return Error{ErrorCode::damaged, "", "this is no queue id of this MTA", {}};
        POSTWACHT_TRY(held, is_held(queue_id));
        return held ? Result<void>{} : not_held(queue_id);
    }

    const MtaSettings settings_;
};

class PostfixQueue final : public CommandQueue {
  public:
    using CommandQueue::CommandQueue;

    Result<std::vector<MtaEntry>> entries() override {
        POSTWACHT_TRY(listed, run_command(settings_.list, {settings_.timeout, longest_listing}));
        // A listing that was cut off must not pass for a short one.
        if (listed.status != 0)
            return Error{ErrorCode::io, settings_.list.front(),
                         format("the MTA's queue could not be listed: it ended with status {}{}",
                                listed.status, behind_colon(known_words(listed.errors))),
                         "is the MTA running, and may this user list its queue "
                         "(authorized_mailq_users)?"};
        return parse_postqueue(listed.output);
    }
    Result<std::string> release(std::string_view queue_id, const Lease& lease,
                                bool& uncertain) override {
        return run(settings_.release, queue_id, "Released from hold: 1 message", lease, uncertain);
    }
    Result<std::string> remove(std::string_view queue_id, const Lease& lease,
                               bool& uncertain) override {
        return run(settings_.remove, queue_id, "Deleted: 1 message", lease, uncertain);
    }
};

// A queue file that nobody else works on, as long as it lives. Sendmail locks by flock(2) or by
// fcntl(2), whichever it was built with.
struct QueueFile {
    UniqueFd fd;

    static Result<QueueFile> lock(const fs::path& file) {
        UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
        if (!fd) return system_error(file.string(), errno);
        struct flock whole {};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || ::fcntl(fd.get(), F_SETLK, &whole) != 0)
            return Error{ErrorCode::conflict, file.string(), "the MTA works on this message",
                         "try again"};
        // What was locked must still be what has this name.
        struct stat opened {};
        struct stat named {};
        if (::fstat(fd.get(), &opened) != 0 || ::lstat(file.c_str(), &named) != 0 ||
            opened.st_ino != named.st_ino || opened.st_dev != named.st_dev ||
            !S_ISREG(opened.st_mode))
            return Error{ErrorCode::conflict, file.string(), "the MTA works on this message",
                         "try again"};
        return QueueFile{std::move(fd)};
    }
};

class SendmailQueue final : public CommandQueue {
  public:
    using CommandQueue::CommandQueue;

    Result<std::vector<MtaEntry>> entries() override {
        std::vector<MtaEntry> all;
        for (const fs::path& directory : settings_.queue_directories) {
            std::error_code failed;
            const fs::path folder = folder_of(directory, "qf");
            for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
                 entry.increment(failed)) {
                const std::string name = entry->path().filename().string();
                const std::string_view id =
                    std::string_view(name).substr(std::min<std::size_t>(name.size(), 2));
                const bool held = name.starts_with("hf");
                if ((held || name.starts_with("qf")) && is_queue_id(MtaKind::sendmail, id))
                    all.push_back({std::string(id), held, {}});
            }
            if (failed) {
                Error error = system_error(folder.string(), failed.value());
                error.hint =
                    "who asks must be allowed to read the MTA's queue: see 'The MTA's own "
                    "hold' in postwacht-review(8)";
                return error;
            }
        }
        return all;
    }

    Result<std::string> release(std::string_view queue_id, const Lease& lease,
                                bool& uncertain) override {
        uncertain = false;
        // -qI takes any id that contains this one.
        POSTWACHT_TRY(all, entries());
        const auto alike = std::count_if(all.begin(), all.end(), [&](const MtaEntry& entry) {
            return entry.queue_id.find(queue_id) != std::string::npos && entry.queue_id != queue_id;
        });
        if (alike > 0)
            return Error{ErrorCode::conflict, std::string(queue_id),
                         "another message in the queue has an id that contains this one",
                         "try again when it has left"};
        return run(settings_.release, queue_id, {}, lease, uncertain);
    }

    Result<std::string> remove(std::string_view queue_id, const Lease&, bool& uncertain) override {
        uncertain = false;
        if (!is_queue_id(MtaKind::sendmail, queue_id)) return not_held(queue_id);
        for (const fs::path& directory : settings_.queue_directories) {
            const fs::path control = folder_of(directory, "qf") / ("hf" + std::string(queue_id));
            std::error_code failed;
            if (!fs::exists(fs::symlink_status(control, failed))) {
                if (failed && failed != std::errc::no_such_file_or_directory)
                    return system_error(control.string(), failed.value());
                continue;
            }
            POSTWACHT_TRY(locked, QueueFile::lock(control));
            // Cut off in between, the control file without a body is there to try again.
            for (const char* kind : {"df", "xf"}) {
                const fs::path file = folder_of(directory, kind) / (kind + std::string(queue_id));
                if (::unlink(file.c_str()) != 0 && errno != ENOENT)
                    return system_error(file.string(), errno);
            }
            if (::unlink(control.c_str()) != 0) return system_error(control.string(), errno);
            return std::string("removed from the queue");
        }
        return not_held(queue_id);
    }

  private:
    // A queue may have its files apart by kind.
    static fs::path folder_of(const fs::path& directory, const char* kind) {
        std::error_code ignored;
        fs::path apart = directory / kind;
        return fs::is_directory(apart, ignored) ? apart : directory;
    }
};

}  // namespace

bool is_queue_id(MtaKind kind, std::string_view id) noexcept {
    // Of Postfix: short ones are at least five hexadecimal digits of microseconds and an inode,
    // long ones ten digits more. Shorter ones would be its word ALL.
    const std::size_t least = kind == MtaKind::postfix ? 6 : 12;
    return id.size() >= least && id.size() <= 32 && is_word(id);
}

// By what stands before the first address: a line's addresses may hold any bytes.
Result<std::vector<MtaEntry>> parse_postqueue(std::string_view text) {
    std::vector<MtaEntry> all;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const auto damaged = [number] {
            return Error{ErrorCode::damaged,
                         format("line {}", number),
                         "the listing of the MTA's queue is not that of postqueue -j",
                         {}};
        };
        if (!line.starts_with(R"({"queue_name": ")")) return damaged();
        const auto queue = between(line, R"({"queue_name": ")", "\"");
        const auto id = between(line, R"("queue_id": ")", "\"");
        const auto arrival = between(line, R"("arrival_time": )", ",");
        std::int64_t seconds = 0;
        if (!queue || !id || !arrival || !is_word(*id) ||
            std::from_chars(arrival->data(), arrival->data() + arrival->size(), seconds).ec !=
                std::errc())
            return damaged();
        all.push_back({std::string(*id), *queue == "hold",
                       std::chrono::system_clock::from_time_t(static_cast<time_t>(seconds))});
    }
    return all;
}

std::unique_ptr<MtaQueue> make_mta_queue(MtaSettings settings) {
    if (!settings.socket.empty()) return make_helped_queue(std::move(settings));
    if (settings.kind == MtaKind::sendmail)
        return std::make_unique<SendmailQueue>(std::move(settings));
    return std::make_unique<PostfixQueue>(std::move(settings));
}

}  // namespace postwacht::quarantine
