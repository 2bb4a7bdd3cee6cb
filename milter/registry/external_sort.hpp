// ExternalSort: sorts more than memory holds.
//
// What is added fills a buffer; a full one is sorted and written to a SpillFile as a run, by a
// thread of its own, while the other buffer fills. next() then merges the runs. What fits into one
// buffer never touches the disk. Equal items come in any order.
//
// T is plain data of a few dozen bytes with operator<. Used by one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "registry/spill_file.hpp"

namespace postwacht::registry {

template <class T>
class ExternalSort {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    // Takes at most about `memory` bytes.
    ExternalSort(std::filesystem::path folder, std::size_t memory)
        : folder_(std::move(folder)), capacity_(std::max<std::size_t>(memory / 2 / sizeof(T), 2)) {}
    ExternalSort(const ExternalSort&) = delete;
    ExternalSort& operator=(const ExternalSort&) = delete;
    ~ExternalSort() {
        if (writing_.valid()) writing_.wait();
    }

    // Errors: io, disk_full.
    Result<void> add(const T& item) {
        if (filling_.size() == capacity_) POSTWACHT_CHECK(spill());
        filling_.push_back(item);
        ++count_;
        return {};
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    // Nothing may be added after this.
    Result<void> sort() {
        if (!file_) {
            std::sort(filling_.begin(), filling_.end());
            return {};
        }
        if (!filling_.empty()) POSTWACHT_CHECK(spill());
        POSTWACHT_CHECK(wait());
        release(filling_);
        release(writing_buffer_);
        const std::size_t share = capacity_ * 2 / runs_.size();
        for (Run& run : runs_) {
            run.buffer_size = std::clamp<std::size_t>(share, 1, (1U << 20U) / sizeof(T) + 1);
            POSTWACHT_CHECK(run.refill(*file_));
            heap_.push_back(&run);
        }
        std::make_heap(heap_.begin(), heap_.end(), later);
        return {};
    }

    // The items in ascending order, after sort(). Null at the end; the item is gone with the next
    // call.
    Result<const T*> next() {
        if (!file_) {
            if (position_ == filling_.size()) return nullptr;
            return &filling_[position_++];
        }
        if (heap_.empty()) return nullptr;
        if (taken_) {
            Run& run = *heap_.front();
            if (++run.position == run.buffer.size()) POSTWACHT_CHECK(run.refill(*file_));
            if (run.position == run.buffer.size()) {
                std::pop_heap(heap_.begin(), heap_.end(), later);
                heap_.pop_back();
                if (heap_.empty()) return nullptr;
            } else {
                sift_down();
            }
        }
        taken_ = true;
        return &heap_.front()->front();
    }

  private:
    // A sorted stretch of the file, and the part of it that is in memory.
    struct Run {
        std::uint64_t offset = 0;
        std::uint64_t left = 0;  // items that were not read yet
        std::size_t buffer_size = 0;
        std::size_t position = 0;
        std::vector<T> buffer = {};

        [[nodiscard]] const T& front() const { return buffer[position]; }
        // Afterwards the buffer is empty only if the run has ended.
        Result<void> refill(const SpillFile& file) {
            position = 0;
            buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_size)));
            POSTWACHT_CHECK(file.read(offset, reinterpret_cast<char*>(buffer.data()),
                                      buffer.size() * sizeof(T)));
            offset += buffer.size() * sizeof(T);
            left -= buffer.size();
            return {};
        }
    };

    static bool later(const Run* a, const Run* b) { return b->front() < a->front(); }

    // Puts the front of the heap, which has grown, where it belongs: half of what pop and push
    // cost.
    void sift_down() {
        std::size_t at = 0;
        while (true) {
            std::size_t child = 2 * at + 1;
            if (child >= heap_.size()) return;
            if (child + 1 < heap_.size() && later(heap_[child], heap_[child + 1])) ++child;
            if (!later(heap_[at], heap_[child])) return;
            std::swap(heap_[at], heap_[child]);
            at = child;
        }
    }

    static void release(std::vector<T>& buffer) { std::vector<T>().swap(buffer); }

    Result<void> wait() {
        if (!writing_.valid()) return {};
        return writing_.get();
    }

    // Hands the full buffer to the thread that sorts and writes it.
    Result<void> spill() {
        POSTWACHT_CHECK(wait());
        if (!file_) {
            POSTWACHT_TRY(file, SpillFile::create(folder_));
            file_ = std::move(file);
        }
        std::swap(filling_, writing_buffer_);
        filling_.clear();
        writing_ = std::async(std::launch::async, [this]() -> Result<void> {
            std::sort(writing_buffer_.begin(), writing_buffer_.end());
            runs_.push_back({file_->size(), writing_buffer_.size()});
            return file_->append({reinterpret_cast<const char*>(writing_buffer_.data()),
                                  writing_buffer_.size() * sizeof(T)});
        });
        return {};
    }

    std::filesystem::path folder_;
    std::size_t capacity_;
    std::uint64_t count_ = 0;
    std::vector<T> filling_;
    std::vector<T> writing_buffer_;
    std::future<Result<void>>
        writing_;  // of whoever has writing_buffer_, runs_ and file_ meanwhile
    std::optional<SpillFile> file_;
    std::vector<Run> runs_;
    // Merging.
    std::vector<Run*> heap_;
    std::size_t position_ = 0;
    bool taken_ = false;
};

}  // namespace postwacht::registry
