#include "programs/rollout.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/date.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "crypto/keys.hpp"
#include "policy/signature.hpp"

namespace postwacht::programs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 16U << 20U;
constexpr std::size_t largest_history = 64U << 20U;
constexpr mode_t usual_mode = 0640;
constexpr const char* history_name = "history.jsonl";
constexpr std::string_view temporary_name = "new.XXXXXX";

// Nothing where there is no such file.
Result<std::optional<std::string>> read_if_there(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(file, ignored))) return std::optional<std::string>();
    POSTWACHT_TRY(text, read_file(file, largest_file));
    return std::optional<std::string>(std::move(text));
}

// What a file in that place should have: what the one that is there has, or else what its folder
// gives to the group that reads it.
struct Ownership {
    uid_t user = static_cast<uid_t>(-1);
    gid_t group = static_cast<gid_t>(-1);
    mode_t mode = usual_mode;
};

Ownership ownership_of(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0)
        return {status.st_uid, status.st_gid, status.st_mode & 07777U};
    const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (::stat(folder.c_str(), &status) == 0) return {static_cast<uid_t>(-1), status.st_gid};
    return {};
}

// Signatures of two versions in one file. What is none would make the others unreadable.
std::string join(const std::string& ours, const std::string& theirs) {
    const bool fits =
        theirs.size() % crypto::signature_size == 0 &&
        ours.size() + theirs.size() <= crypto::most_signatures * crypto::signature_size;
    return fits ? ours + theirs : ours;
}

std::string to_line(const HistoryEntry& entry) {
    json::Writer line;
    line.begin_object().field("at", entry.at).field("what", entry.what);
    line.field("version", entry.version).field("replaced", entry.replaced);
    line.field("policy", entry.policy).field("by", entry.by).field("reason", entry.reason);
    return line.end_object().take() + '\n';
}

Result<HistoryEntry> from_line(std::string_view line) {
    POSTWACHT_TRY(document, json::Document::parse(line));
    const json::Value root = document.root();
    const auto text = [&root](std::string_view key) { return std::string(root[key].string()); };
    return HistoryEntry{text("at"),     text("what"), text("version"), text("replaced"),
                        text("policy"), text("by"),   text("reason")};
}

}  // namespace

std::string PolicyVersion::digest() const {
    return crypto::to_hex(crypto::sha256(text));
}

fs::path cases_beside(const fs::path& policy) {
    fs::path beside = policy;
    return beside.replace_extension(".cases");
}

Result<PolicyVersion> read_policy_version(const fs::path& policy) {
    POSTWACHT_TRY(text, read_file(policy, largest_file));
    POSTWACHT_TRY(signature, read_if_there(policy::signature_file(policy)));
    POSTWACHT_TRY(cases, read_if_there(cases_beside(policy)));
    return PolicyVersion{std::move(text), std::move(signature), std::move(cases)};
}

Rollout::Rollout(fs::path policy)
    : policy_(std::move(policy)), folder_(policy_.string() + ".versions") {}

Result<Rollout> Rollout::begin(fs::path policy) {
    Rollout rollout(std::move(policy));
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(rollout.policy_, ignored)))
        return Error{ErrorCode::conflict, rollout.policy_.string(),
                     "is a symbolic link, which would be replaced by a file",
                     "name the file itself under [policy] in the configuration"};
    if (::mkdir(rollout.folder_.c_str(), 0750) != 0 && errno != EEXIST)
        return system_error(rollout.folder_.string(), errno);
    rollout.lock_.reset(::open(rollout.folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!rollout.lock_) return system_error(rollout.folder_.string(), errno);
    if (::flock(rollout.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return system_error(rollout.folder_.string(), errno);
        return Error{ErrorCode::conflict, rollout.folder_.string(),
                     "another process is putting a policy in place", "try again in a moment"};
    }
    // Nobody else is writing, so what has such a name is left over from a crash.
    for (const auto& entry : fs::directory_iterator(rollout.folder_, ignored))
        if (const auto name = entry.path().filename().string();
            name.size() == temporary_name.size() &&
            name.starts_with(temporary_name.substr(0, temporary_name.find('X'))))
            fs::remove(entry.path(), ignored);
    return rollout;
}

fs::path Rollout::kept(const std::string& digest, const char* ending) const {
    return folder_ / (digest + ending);
}

Result<std::optional<PolicyVersion>> Rollout::present() const {
    std::error_code ignored;
    if (!fs::exists(policy_, ignored)) return std::optional<PolicyVersion>();
    POSTWACHT_TRY(version, read_policy_version(policy_));
    return std::optional<PolicyVersion>(std::move(version));
}

Result<std::vector<HistoryEntry>> Rollout::history() const {
    std::vector<HistoryEntry> entries;
    const fs::path file = folder_ / history_name;
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return entries;
    POSTWACHT_TRY(text, read_file(file, largest_history));
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        auto entry = from_line(rest.substr(0, end));
        if (!entry)
            return Error{ErrorCode::damaged, format("{}:{}", file.string(), entries.size() + 1),
                         "is no line of a policy's history",
                         "the versions themselves are beside it, by their SHA-256"};
        entries.push_back(*std::move(entry));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return entries;
}

Result<PolicyVersion> Rollout::version(const std::string& digest) const {
    POSTWACHT_TRY(text, read_if_there(kept(digest, ".toml")));
    if (!text)
        return Error{ErrorCode::not_found, kept(digest, ".toml").string(),
                     "this version is not there any more", "postwacht policy versions lists them"};
    POSTWACHT_TRY(signature, read_if_there(kept(digest, ".toml.sig")));
    POSTWACHT_TRY(cases, read_if_there(kept(digest, ".cases")));
    PolicyVersion version{*std::move(text), std::move(signature), std::move(cases)};
    if (version.digest() != digest)
        return Error{ErrorCode::damaged,
                     kept(digest, ".toml").string(),
                     "is not what it was when it was kept: its SHA-256 is another",
                     {}};
    return version;
}

Result<std::string> Rollout::previous() const {
    const Error none{ErrorCode::not_found, policy_.string(),
                     "there is no version before the present one",
                     "postwacht policy versions lists what was put in place"};
    POSTWACHT_TRY(now, present());
    POSTWACHT_TRY(entries, history());
    const std::string digest = now ? now->digest() : std::string();
    const auto of_present = [&digest](const HistoryEntry& entry) {
        return entry.version == digest;
    };
    // One that the history knows as replaced alone was there before it all began, or still is,
    // after a crash.
    const auto known = [&digest](const HistoryEntry& entry) {
        return entry.version == digest || entry.replaced == digest;
    };
    if (std::none_of(entries.begin(), entries.end(), known)) {
        if (entries.empty()) return none;
        return entries.back().version;
    }
    // Two rollbacks go two versions back: what counts is how it came first, not that it came back.
    const auto activated =
        std::find_if(entries.rbegin(), entries.rend(), [&](const HistoryEntry& entry) {
            return of_present(entry) && entry.what == "activate" && entry.replaced != digest;
        });
    if (activated == entries.rend() || activated->replaced.empty()) return none;
    return activated->replaced;
}

Result<std::string> Rollout::find(std::string_view beginning) const {
    POSTWACHT_TRY(entries, history());
    std::set<std::string> fitting;
    for (const HistoryEntry& entry : entries)
        for (const std::string& digest : {entry.version, entry.replaced})
            if (!digest.empty() && digest.starts_with(beginning)) fitting.insert(digest);
    if (fitting.size() == 1) return *fitting.begin();
    return Error{
        ErrorCode::not_found, "",
        fitting.empty() ? "no version begins like this" : "several versions begin like this",
        "postwacht policy versions lists them"};
}

Result<void> Rollout::keep(const PolicyVersion& version) {
    const std::string digest = version.digest();
    POSTWACHT_CHECK(write_file_durably(kept(digest, ".toml"), version.text, usual_mode));
    if (version.signature)
        POSTWACHT_CHECK(
            write_file_durably(kept(digest, ".toml.sig"), *version.signature, usual_mode));
    if (version.cases)
        POSTWACHT_CHECK(write_file_durably(kept(digest, ".cases"), *version.cases, usual_mode));
    return {};
}

// As write_file_durably(), with what is in the way made in our own folder: it is cleared there
// after a crash, and nothing strange lies beside the policy.
Result<void> Rollout::replace(const fs::path& file, std::string_view bytes) {
    std::string temporary = (folder_ / temporary_name).string();
    UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return system_error(folder_.string(), errno);
    const auto fail = [&temporary, &file](Error error) {
        ::unlink(temporary.c_str());
        error.where = file.string();
        return error;
    };
    const Ownership wanted = ownership_of(file);
    if (auto written = write_all(fd.get(), bytes); !written)
        return fail(std::move(written).error());
    struct stat made {};
    if (::fstat(fd.get(), &made) != 0) return fail(system_error("", errno));
    const bool other_owner =
        (wanted.user != static_cast<uid_t>(-1) && wanted.user != made.st_uid) ||
        (wanted.group != static_cast<gid_t>(-1) && wanted.group != made.st_gid);
    if (other_owner && ::fchown(fd.get(), wanted.user, wanted.group) != 0) {
        Error error = fail(system_error("", errno));
        error.hint = "its owner and group are to stay as they are: run this as root";
        return error;
    }
    if (::fchmod(fd.get(), wanted.mode) != 0 || ::fsync(fd.get()) != 0)
        return fail(system_error("", errno));
    fd.reset();
    if (::rename(temporary.c_str(), file.c_str()) != 0) return fail(system_error("", errno));
    return sync_directory(file.parent_path());
}

Result<void> Rollout::install(const PolicyVersion& wanted, HistoryEntry entry, const Clock& clock) {
    POSTWACHT_TRY(before, present());
    if (before) POSTWACHT_CHECK(keep(*before));
    POSTWACHT_CHECK(keep(wanted));
    POSTWACHT_TRY(entries, history());
    entry.at = to_iso(std::chrono::floor<std::chrono::seconds>(clock.now()));
    entry.version = wanted.digest();
    entry.replaced = before ? before->digest() : std::string();
    entries.push_back(std::move(entry));
    std::string lines;
    for (const HistoryEntry& line : entries) lines += to_line(line);
    POSTWACHT_CHECK(write_file_durably(folder_ / history_name, lines, usual_mode));

    // Beyond this point the version is kept whatever happens. What follows leaves at every instant
    // a policy whose signature is there.
    const fs::path signature = policy::signature_file(policy_);
    const bool was_signed = before && before->signature;
    if (wanted.signature)
        POSTWACHT_CHECK(replace(signature, was_signed ? join(*wanted.signature, *before->signature)
                                                      : *wanted.signature));
    if (wanted.cases) POSTWACHT_CHECK(replace(cases_beside(policy_), *wanted.cases));
    POSTWACHT_CHECK(replace(policy_, wanted.text));
    if (wanted.signature && was_signed) return replace(signature, *wanted.signature);
    if (was_signed) {
        if (::unlink(signature.c_str()) != 0) return system_error(signature.string(), errno);
        return sync_directory(signature.parent_path());
    }
    return {};
}

}  // namespace postwacht::programs
