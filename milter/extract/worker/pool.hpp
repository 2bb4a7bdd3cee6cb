// WorkerPool: an Extractor that reads in sandboxed processes started beforehand.
//
// Text, sound and film are read or passed over in this process, and so is HTML without pictures in
// it and of the size that letters have, as nothing is parsed that could break it. All else goes to
// a worker: the document in a memfd, the fragments back in another. A worker reads one document at
// a time and many in its life; a document waits while all are busy. A worker that ends, or
// overstays the time that the document has, is killed and replaced, and the document becomes
// `damaged` or `over_budget`; the message goes on. A worker is replaced, between two documents,
// after a number of them, so that what one document left behind in it does not stay for ever.
//
// No document waits for the start of a worker: one more than the pool needs stands by, takes the
// place of the one that went, and its own successor is started after that.
//
// Recognising words in pictures takes seconds, and no other letter waits for it: a document is read
// without that first, and where something was left unread for that reason, once more in a lane for
// scans, whose few workers are started when the first scan comes and give way to all others. A
// document that finds no place there in time, or breaks its worker, keeps what was read of it
// first.
//
// Guarantee: extract() returns within the budget's wall time, the time for scans that it has left,
// and a little, whatever a worker does. Waiting for the lane is paid from the time for scans.
// Failure: where no worker can be started the document is `damaged`, and PW_EXTRACT_WORKER is
// logged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "extract/extractor.hpp"

namespace postwacht::extract::worker {

struct PoolSettings {
    std::filesystem::path program;  // postwacht-extract
    std::size_t workers = 2;
    std::size_t scan_workers = 1;
    std::uint64_t memory = 1U << 30U;  // address space of each, in bytes
    std::size_t documents_per_worker = 2000;
};

// Starts the workers and waits until they are in their sandboxes. Error: the program is not there,
// does not start, or cannot lock itself in.
Result<std::unique_ptr<Extractor>> start_pool(const PoolSettings& settings);

}  // namespace postwacht::extract::worker
