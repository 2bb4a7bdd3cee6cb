#include "programs/config_mta.hpp"

#include <sys/un.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::programs {
namespace {

using quarantine::MtaKind;
using quarantine::MtaSettings;

constexpr std::string_view id_place = "{id}";
constexpr std::chrono::seconds longest{86'400};

Error bad(const toml::Reader& reader, std::string_view key, std::string detail, std::string hint) {
    return reader.error(ErrorCode::config, reader.position(key), std::move(detail),
                        std::move(hint));
}

Result<MtaKind> read_kind(toml::Reader& reader) {
    POSTWACHT_TRY(word, reader.string("kind"));
    for (const MtaKind kind : {MtaKind::postfix, MtaKind::sendmail})
        if (word && *word == to_string(kind)) return kind;
    return bad(reader, "kind", "'kind' does not say which MTA holds the messages",
               "\"postfix\" or \"sendmail\"");
}

// A program with its arguments. `names_id`: it is about one message.
Result<void> read_command(toml::Reader& reader, std::string_view key, bool names_id,
                          std::vector<std::string>& out) {
    POSTWACHT_TRY(given, reader.strings(key));
    if (!given) return {};
    const auto has_id = [](const std::string& argument) {
        return argument.find(id_place) != std::string::npos;
    };
    // By its whole name: who may run it as root must not find another one on the way.
    if (given->empty() || !given->front().starts_with('/') || has_id(given->front()))
        return bad(reader, key, format("'{}' does not begin with the path of a program", key),
                   "a list of arguments, which no shell sees: [\"/usr/sbin/...\", \"...\"]");
    for (const std::string& argument : *given)
        if (argument.find('\0') != std::string::npos)
            return bad(reader, key, format("'{}' holds a NUL", key), {});
    if (names_id != std::any_of(given->begin(), given->end(), has_id))
        return bad(reader, key,
                   names_id ? format("'{}' names no message", key)
                            : format("'{}' is about the whole queue, not one message", key),
                   names_id ? "\"{id}\" is where the queue id goes" : "leave out \"{id}\"");
    out = *std::move(given);
    return {};
}

Result<void> read_time(toml::Reader& reader, std::string_view key, std::chrono::seconds& out) {
    POSTWACHT_TRY(given, reader.duration(key));
    if (!given) return {};
    if (*given < std::chrono::seconds(1) || *given > longest)
        return bad(reader, key, format("'{}' must be from 1s to {}s", key, longest.count()), {});
    out = *given;
    return {};
}

Result<void> read_postfix(toml::Reader& reader, const std::filesystem::path& folder,
                          MtaSettings& out) {
    POSTWACHT_TRY(directory, reader.string("config_directory"));
    out.list = {"/usr/sbin/postqueue", "-j"};
    out.release = {"/usr/sbin/postsuper", "-H", std::string(id_place)};
    out.remove = {"/usr/sbin/postsuper", "-d", std::string(id_place), "hold"};
    if (directory) {
        if (directory->empty())
            return bad(reader, "config_directory", "'config_directory' is empty", {});
        const std::string path = (folder / *directory).lexically_normal().string();
        for (auto* command : {&out.list, &out.release, &out.remove})
            command->insert(command->begin() + 1, {"-c", path});
    }
    POSTWACHT_CHECK(read_command(reader, "list", false, out.list));
    return read_command(reader, "remove", true, out.remove);
}

Result<void> read_sendmail(toml::Reader& reader, const std::filesystem::path& folder,
                           MtaSettings& out) {
    POSTWACHT_TRY(directories, reader.strings("queue_directories"));
    out.release = {"/usr/sbin/sendmail", "-qQ", "-qI{id}", "-Q"};
    out.queue_directories = {"/var/spool/mqueue"};
    if (!directories) return {};
    out.queue_directories.clear();
    for (const std::string& each : *directories)
        out.queue_directories.push_back((folder / each).lexically_normal());
    if (directories->empty() ||
        std::find(directories->begin(), directories->end(), "") != directories->end())
        return bad(reader, "queue_directories", "'queue_directories' names no folder",
                   "[\"/var/spool/mqueue\"], each of them where there are several");
    return {};
}

}  // namespace

Result<MtaSettings> read_mta(toml::Reader reader, const std::filesystem::path& folder) {
    MtaSettings out;
    POSTWACHT_TRY(kind, read_kind(reader));
    out.kind = kind;
    if (kind == MtaKind::postfix) {
        POSTWACHT_CHECK(read_postfix(reader, folder, out));
    } else {
        POSTWACHT_CHECK(read_sendmail(reader, folder, out));
    }
    POSTWACHT_CHECK(read_command(reader, "release", true, out.release));
    POSTWACHT_CHECK(read_time(reader, "timeout", out.timeout));
    POSTWACHT_CHECK(read_time(reader, "accept_within", out.accept_within));
    POSTWACHT_TRY(socket, reader.string("socket"));
    if (socket) {
        constexpr std::string_view unix_kind = "unix:";
        if (!socket->starts_with(unix_kind) || socket->size() == unix_kind.size())
            return bad(reader, "socket", "postwacht-hold listens on a unix socket",
                       "socket = \"unix:/run/postwacht-hold.sock\"");
        out.socket = (folder / socket->substr(unix_kind.size())).lexically_normal();
        if (out.socket.string().size() >= sizeof(sockaddr_un::sun_path))
            return bad(reader, "socket", "the path of this socket is too long",
                       "at most 107 bytes");
    }
    POSTWACHT_CHECK(reader.finish());
    return out;
}

}  // namespace postwacht::programs
