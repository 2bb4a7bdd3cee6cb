// mta_helper: what the MTA's queue needs privileges for, asked of a small program that has them.
//
// postwacht-hold(8) is started by systemd for one connection on a local socket, as root. It reads
// one line, "entries", "release ID" or "remove ID", does that by its own configuration, and answers
// with one line of JSON. Nothing of what is asked is more than a queue id, and nothing else can be
// asked: a daemon that was taken over can release or remove what is held, and no more.
//
//   {"ok":true,"reply":"..."}          of "entries" also
//   "entries":[{"id":"...","held":true,"arrived":0}]
//   {"ok":false,"code":"...","detail":"...","hint":"...","uncertain":false}
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "quarantine/mta_queue.hpp"

namespace postwacht::quarantine {

// Asks at settings.socket.
[[nodiscard]] std::unique_ptr<MtaQueue> make_helped_queue(MtaSettings settings);

// The helper's side: the answer, with its line end, to one question without it.
[[nodiscard]] std::string answer_for(MtaQueue& queue, std::string_view question);

}  // namespace postwacht::quarantine
