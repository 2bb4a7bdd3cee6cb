// MtaQueue: messages that the MTA itself holds, in Postfix's hold queue or Sendmail's quarantine.
//
// What is in the queue is asked of the MTA each time, never remembered: administrators work on it
// as well. Postfix is asked by postqueue -j and told by postsuper -H and -d, which touches the hold
// queue alone: what somebody released in the meantime is never removed. Sendmail has no command
// that removes: its queue is read as files (hf<ID> is held, qf<ID> is not), a message is released
// by `sendmail -qQ -qI<ID> -Q` and removed as Sendmail's own qtool does it, df before hf, under the
// locks of a queue runner.
//
// A queue id is checked before it gets near a command line; a command has a time limit, its output
// one of bytes, and no shell in between.
//
// Failure: an Error, and then nothing was done; where that is not sure, `uncertain` is set. Errors:
// not_found (the MTA does not hold it), conflict (the MTA works on it right now), delivery (the
// command failed; the detail quotes the first line of what it said), config, io, damaged (the
// listing is none).
// Limits: of Sendmail, queue groups with more than one folder must be named one by one. A listing
// of Postfix's may have 256 MiB, some 700,000 messages.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "quarantine/store.hpp"

namespace postwacht::quarantine {

struct MtaEntry {
    std::string queue_id;
    bool held = false;
    std::optional<Instant> arrived;  // where the MTA says so, to the second
};

struct MtaSettings {
    MtaKind kind = MtaKind::postfix;
    // Arguments, the program first; "{id}" in them is the queue id.
    std::vector<std::string> list;                         // of Postfix
    std::vector<std::string> release;                      // of both
    std::vector<std::string> remove;                       // of Postfix
    std::vector<std::filesystem::path> queue_directories;  // of Sendmail
    std::chrono::seconds timeout{30};                      // of one command
    // How long after the answer the MTA may take to have it in its queue.
    std::chrono::seconds accept_within{15 * 60};
    std::filesystem::path socket;  // of postwacht-hold, which does it instead; empty: this process
};

// Whether an id has the form that this MTA gives: letters and digits, and of the right length.
[[nodiscard]] bool is_queue_id(MtaKind kind, std::string_view id) noexcept;

class MtaQueue {
  public:
    virtual ~MtaQueue() = default;
    [[nodiscard]] virtual MtaKind kind() const noexcept = 0;
    // All that is in the queue, held or not.
    virtual Result<std::vector<MtaEntry>> entries() = 0;
    // Gives what was said about it. `lease` is kept until the command has ended, whatever becomes
    // of this process.
    virtual Result<std::string> release(std::string_view queue_id, const Lease& lease,
                                        bool& uncertain) = 0;
    virtual Result<std::string> remove(std::string_view queue_id, const Lease& lease,
                                       bool& uncertain) = 0;
};

[[nodiscard]] std::unique_ptr<MtaQueue> make_mta_queue(MtaSettings settings);

// What postqueue -j printed. Error damaged.
Result<std::vector<MtaEntry>> parse_postqueue(std::string_view text);

}  // namespace postwacht::quarantine
