// process_rows(): reads a table with several threads and keeps the order of its rows.
//
// The calling thread takes the file apart and hands batches of records to workers, who check and
// work on them; it takes back what came of each, in order. A row's number is its position among all
// records, well formed or not, so that it is known before the row was looked at, and the same in
// every pass.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "registry/source.hpp"
#include "registry/workers.hpp"

namespace postwacht::registry {

// Records that stand one behind the other.
class RowBatch {
  public:
    [[nodiscard]] std::size_t size() const { return size_; }
    // The number of the first row; the others count on from it.
    [[nodiscard]] std::uint32_t first() const { return first_; }
    // How far into the table it reaches, in bytes, for progress.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }

    [[nodiscard]] Row row(std::size_t i, const Table& table) const {
        const Raw& raw = rows_[i];
        return raw.problem ? Row(table, *raw.problem) : Row(table, raw.fields);
    }

    // Replaces what is in it by the next records; false where there are none.
    bool read(Records& records, std::uint32_t first) {
        constexpr std::size_t most_rows = 512;
        constexpr std::uint64_t most_bytes = 256U << 10U;
        first_ = first;
        const std::uint64_t begin = records.offset();
        for (size_ = 0; size_ < most_rows && records.offset() - begin < most_bytes; ++size_) {
            if (size_ == rows_.size()) rows_.emplace_back();
            Raw& raw = rows_[size_];
            csv::Problem problem;
            const auto next = records.next(raw.fields, problem);
            if (next == csv::Reader::Next::end) break;
            raw.problem.reset();
            if (next == csv::Reader::Next::problem) raw.problem = std::move(problem);
        }
        offset_ = records.offset();
        return size_ > 0;
    }

  private:
    struct Raw {
        std::vector<csv::Field> fields;
        std::optional<csv::Problem> problem;
    };

    std::vector<Raw> rows_;  // never shorter again: the capacity of the fields is reused
    std::size_t size_ = 0;
    std::uint32_t first_ = 0;
    std::uint64_t offset_ = 0;
};

// How many threads are worth having.
[[nodiscard]] inline unsigned worker_count() {
    return std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
}

// prepare(batch) -> Result<With>             here, in order: what goes with the batch
// work(batch, with) -> Done                  in a worker
// take(done, offset) -> Result<void>         here, in order
//
// The first error ends it. Whether all rows came is for TableReader::intact() to say.
template <class Prepare, class Work, class Take>
Result<void> process_rows(const Table& table, Prepare&& prepare, Work&& work, Take&& take) {
    using With = typename std::invoke_result_t<Prepare&, const RowBatch&>::value_type;
    using Done = std::invoke_result_t<Work&, const RowBatch&, With&>;
    struct Finished {
        Done done;
        std::unique_ptr<RowBatch> batch;
    };
    Workers workers(worker_count());
    const std::size_t most_pending = 2 * std::size_t{worker_count()};
    std::deque<std::future<Finished>> pending;
    std::vector<std::unique_ptr<RowBatch>> spare;
    const auto take_oldest = [&]() -> Result<void> {
        Finished finished = pending.front().get();
        pending.pop_front();
        POSTWACHT_CHECK(take(std::move(finished.done), finished.batch->offset()));
        spare.push_back(std::move(finished.batch));
        return {};
    };
    const auto records = table.reader().records();
    std::uint32_t number = 0;
    while (true) {
        if (spare.empty()) spare.push_back(std::make_unique<RowBatch>());
        auto batch = std::move(spare.back());
        spare.pop_back();
        if (!batch->read(*records, number)) break;
        number += static_cast<std::uint32_t>(batch->size());
        auto prepared = prepare(std::as_const(*batch));
        if (!prepared) return std::move(prepared).error();
        pending.push_back(workers.submit(
            [&work, batch = std::move(batch), with = std::move(*prepared)]() mutable {
                Done done = work(std::as_const(*batch), with);
                return Finished{std::move(done), std::move(batch)};
            }));
        if (pending.size() >= most_pending) POSTWACHT_CHECK(take_oldest());
    }
    while (!pending.empty()) POSTWACHT_CHECK(take_oldest());
    return {};
}

// Calls f(row, number) for one row after the other, here.
template <class F>
void for_each_row(const Table& table, F&& f) {
    const auto records = table.reader().records();
    RowBatch batch;
    for (std::uint32_t number = 0; batch.read(*records, number);
         number += static_cast<std::uint32_t>(batch.size()))
        for (std::size_t i = 0; i < batch.size(); ++i) {
            Row row = batch.row(i, table);
            f(row, number + static_cast<std::uint32_t>(i));
        }
}

}  // namespace postwacht::registry
