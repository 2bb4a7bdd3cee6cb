// Workers: threads that run what they are given, in the order in which it was given.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace postwacht::registry {

class Workers {
  public:
    explicit Workers(unsigned threads) {
        for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    // Waits for what was begun; what was not yet is dropped.
    ~Workers() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    // What `task` throws comes out of the future.
    template <class F>
    std::future<std::invoke_result_t<F&>> submit(F task) {
        // std::function wants to copy, a packaged task cannot be copied.
        auto shared =
            std::make_shared<std::packaged_task<std::invoke_result_t<F&>()>>(std::move(task));
        auto result = shared->get_future();
        {
            const std::lock_guard lock(mutex_);
            tasks_.emplace_back([shared] { (*shared)(); });
        }
        wake_.notify_one();
        return result;
    }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
            if (stopping_) return;
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
            task = nullptr;
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace postwacht::registry
