#include "extract/worker/pool.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <deque>
#include <future>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "extract/worker/process.hpp"
#include "extract/worker/protocol.hpp"

namespace postwacht::extract::worker {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// A worker watches its own time and can say what it had read until then; it is killed a little
// later.
constexpr std::chrono::milliseconds grace{500};
constexpr std::chrono::seconds longest_start{20};
// Parsers take quadratic time with some HTML, and nobody can stop them in this process. A letter's
// own body is smaller than this; what is larger is read where it can be killed.
constexpr std::size_t longest_markup_here = std::size_t{128} << 10U;
constexpr std::size_t longest_answer = 1U << 30U;

// One document on its way. The caller waits for `outcome`; everything else is the pool thread's.
struct Job {
    Request request;
    bool scans = false;  // for the lane of scans
    UniqueFd document;
    UniqueFd answer;
    std::uint64_t worker = 0;  // that it was given to, by number
    std::chrono::milliseconds wall_time;
    std::chrono::milliseconds cpu_time;
    steady_clock::time_point deadline;
    std::promise<std::variant<Answer, Why>> outcome;
};
using JobPtr = std::shared_ptr<Job>;

// What a document that waited may still cost. Scans come first, since they are what it waited for.
Limits after_waiting(Limits limits, std::chrono::milliseconds left) {
    left = std::max(left, std::chrono::milliseconds(0));
    if (left >= limits.wall_time + limits.scan_time) return limits;
    limits.scan_time = std::min(limits.scan_time, left * 3 / 4);
    limits.wall_time = std::min(limits.wall_time, left - limits.scan_time);
    return limits;
}

// An anonymous file with these bytes.
Result<UniqueFd> make_memory_file(std::string_view bytes) {
    UniqueFd fd(::memfd_create("postwacht", MFD_CLOEXEC));
    if (!fd) return system_error("memfd_create", errno);
    POSTWACHT_CHECK(write_all(fd.get(), bytes));
    return fd;
}

// A seat in the pool: a worker, who comes after it, and the document it reads.
class Seat {
  public:
    Seat(asio::io_context& io, bool for_scans) : scans(for_scans), timer(io), socket(io) {}

    const bool scans;  // in the lane of scans
    std::unique_ptr<Process> process;
    JobPtr job;
    asio::steady_timer timer;
    asio::posix::stream_descriptor socket;  // the process's, watched but not owned
    std::uint64_t turn = 0;                 // handlers of an earlier turn do nothing
    std::uint64_t worker = 0;               // the process's number
    std::chrono::milliseconds cpu_before{0};
};

class Pool final : public Extractor {
  public:
    explicit Pool(PoolSettings settings)
        : settings_(std::move(settings)), work_(asio::make_work_guard(io_)) {
        for (std::size_t i = 0; i < std::max<std::size_t>(1, settings_.workers); ++i)
            seats_.push_back(std::make_unique<Seat>(io_, false));
        for (std::size_t i = 0; i < settings_.scan_workers; ++i)
            seats_.push_back(std::make_unique<Seat>(io_, true));
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() override {
        // Asio may throw where the system refuses; there is nothing left then that could be done.
        try {
            work_.reset();
            io_.stop();
            if (thread_.joinable()) thread_.join();
            for (auto& seat : seats_) release(*seat);
            spare_.reset();
        } catch (const std::exception&) {
            log::write(log::Level::error, "PW_EXTRACT_WORKER", "the pool did not end as it should");
        }
    }

    // The workers are started by the pool's own thread: each ends with the thread that started it.
    // Those for scans are not needed by everybody.
    Result<void> start() {
        std::promise<Result<void>> filled;
        asio::post(io_, [this, &filled] { filled.set_value(fill_all()); });
        // Signals are for the threads that wait for them.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { io_.run(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return filled.get_future().get();
    }

    [[nodiscard]] Reading extract(const Document& document, Budget& budget) const override {
        const std::string type = detect_type(document);
        if (is_read_here(type, document)) {
            auto reading = here_->extract(document, budget);
            if (!holds_unread_files(reading)) return reading;
        }
        if (!budget.time_left()) return unread(document, Why::over_budget);
        Limits quick = budget.left();
        quick.scan_pages = 0;
        quick.scan_time = std::chrono::milliseconds(0);
        auto outcome = hand_over(document, quick, false);
        if (const Why* why = std::get_if<Why>(&outcome)) return unread(document, *why);
        auto& first = std::get<Read>(outcome);
        if (first.spent.scan_refused && settings_.scan_workers > 0 && budget.may_scan())
            return read_scans(document, std::move(first), budget);
        budget.charge(first.spent);
        return std::move(first.reading);
    }

  private:
    // Text in all its forms, and what nobody reads.
    static bool is_read_here(std::string_view type, const Document& document) {
        if (type == "text/html" || document.declared_type == "text/html")
            return document.bytes.size() <= longest_markup_here && type.starts_with("text/");
        return type.starts_with("text/") || type.starts_with("audio/") ||
               type.starts_with("video/") || type == "application/pkcs7-signature";
    }

    // Files inside a text (uuencoded, armoured, in a link, on a card) of formats that only a worker
    // knows: it reads the whole text again.
    static bool holds_unread_files(const Reading& reading) {
        return std::any_of(reading.incomplete.begin(), reading.incomplete.end(),
                           [](const Incomplete& item) {
                               return !item.path.empty() && item.why == Why::unsupported;
                           });
    }

    static Reading unread(const Document& document, Why why) {
        Reading reading;
        PartInfo part;
        part.name = document.name;
        part.type = detect_type(document);
        part.bytes = document.bytes.size();
        reading.parts.push_back(std::move(part));
        reading.incomplete.push_back({{}, std::string(document.name), why});
        reading.coverage.parts = 1;
        return reading;
    }

    // --- On the caller's thread.

    struct Read {
        Reading reading;
        Spent spent;
    };

    // Once more, with its pictures; or else what was read at first.
    Reading read_scans(const Document& document, Read first, Budget& budget) const {
        const auto begin = steady_clock::now();
        auto outcome = hand_over(document, budget.left(), true);
        Read& read = std::holds_alternative<Read>(outcome) ? std::get<Read>(outcome) : first;
        read.spent.scan_time =
            std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
        budget.charge(read.spent);
        return std::move(read.reading);
    }

    std::variant<Read, Why> hand_over(const Document& document, const Limits& limits,
                                      bool scans) const {
        Request request;
        request.bytes = document.bytes.size();
        request.limits = limits;
        request.declared_type = document.declared_type;
        request.charset = document.charset;
        request.name = document.name;
        auto file = make_memory_file(document.bytes);
        auto reply = make_memory_file({});
        if (!file || !reply) {
            log::error("PW_EXTRACT_WORKER", file ? reply.error() : file.error());
            return Why::damaged;
        }
        const auto job = std::make_shared<Job>();
        job->scans = scans;
        job->document = std::move(*file);
        const UniqueFd answer_file(::fcntl(reply->get(), F_DUPFD_CLOEXEC, 0));
        job->answer = std::move(*reply);
        job->wall_time = limits.wall_time + grace;
        job->cpu_time = limits.cpu_time + limits.scan_time + grace;
        job->deadline = steady_clock::now() + limits.scan_time + job->wall_time;
        job->request = std::move(request);
        auto outcome = job->outcome.get_future();
        asio::post(io_, [this, job] { enqueue(job); });
        const auto said = outcome.get();
        if (const Why* why = std::get_if<Why>(&said)) return *why;
        auto taken = take_answer(std::get<Answer>(said), answer_file, document);
        if (std::holds_alternative<Why>(taken))
            asio::post(io_, [this, worker = job->worker] { distrust(worker); });
        return taken;
    }

    static std::variant<Read, Why> take_answer(const Answer& answer, const UniqueFd& file,
                                               const Document& document) {
        struct stat status {};
        // Copied first, so that the worker cannot change what was checked.
        if (answer.bytes > longest_answer || !file || ::fstat(file.get(), &status) != 0 ||
            static_cast<std::uint64_t>(status.st_size) < answer.bytes ||
            ::lseek(file.get(), 0, SEEK_SET) != 0)
            return Why::damaged;
        const auto bytes = read_all(file.get(), longest_answer);
        if (!bytes) return Why::damaged;
        auto reading = decode_reading(*bytes);
        if (!reading) return Why::damaged;
        reading->parts.front().name = document.name;
        return Read{std::move(*reading), answer.spent};
    }

    // --- On the pool's thread.

    void enqueue(const JobPtr& job) const {
        (job->scans ? waiting_scans_ : waiting_).push_back(job);
        hand_out();
    }

    void hand_out() const {
        for (auto& seat : seats_) {
            if (seat->job) continue;
            if (JobPtr job = next_job(seat->scans ? waiting_scans_ : waiting_))
                give(*seat, std::move(job));
        }
    }

    // The next one that still has time; those that waited too long are answered.
    static JobPtr next_job(std::deque<JobPtr>& waiting) {
        while (!waiting.empty()) {
            JobPtr job = std::move(waiting.front());
            waiting.pop_front();
            if (steady_clock::now() < job->deadline) return job;
            job->outcome.set_value(Why::over_budget);
        }
        return nullptr;
    }

    void give(Seat& seat, JobPtr job) const {
        if (job->scans)
            job->request.limits = after_waiting(
                job->request.limits, std::chrono::duration_cast<std::chrono::milliseconds>(
                                         job->deadline - grace - steady_clock::now()));
        else  // Waiting and being read have the same time each, half of what the message has.
            job->deadline = steady_clock::now() + job->wall_time;
        const std::string packet = encode(job->request);
        // A worker may have died while it had nothing to do, and so may the one that stood by: a
        // failure to send is tried again.
        for (int attempt = 0; attempt < 3; ++attempt) {
            if (!seat.process && !fill(seat)) break;
            if (seat.process->send(packet, job->document.get(), job->answer.get())) {
                seat.job = std::move(job);
                seat.job->worker = seat.worker;
                ++seat.process->documents;
                seat.cpu_before = seat.process->cpu_used();
                watch(seat);
                return;
            }
            release(seat);
        }
        job->outcome.set_value(Why::damaged);
    }

    Result<std::unique_ptr<Process>> start_process() const {
        auto started = Process::start(settings_.program, settings_.memory);
        if (!started) log::error("PW_EXTRACT_WORKER", started.error());
        return started;
    }

    // All workers and the one that stands by, each in its sandbox.
    Result<void> fill_all() const {
        for (auto& seat : seats_)
            if (!seat->scans) POSTWACHT_CHECK(fill(*seat));
        POSTWACHT_TRY(spare, start_process());
        spare_ = std::move(spare);
        const auto deadline = steady_clock::now() + longest_start;
        for (auto& seat : seats_)
            if (!seat->scans) POSTWACHT_CHECK(seat->process->wait_for_greeting(deadline));
        return spare_->wait_for_greeting(deadline);
    }

    Result<void> fill(Seat& seat) const {
        // One that recognises words is large and slow for ever after, and not the one that stands
        // by.
        if (spare_ && !seat.scans) {
            seat.process = std::move(spare_);
        } else {
            POSTWACHT_TRY(started, start_process());
            seat.process = std::move(started);
        }
        seat.worker = ++count_;
        constexpr int gives_way = 10;
        if (seat.scans) seat.process->lower_priority(gives_way);
        seat.socket.assign(seat.process->socket());
        return {};
    }

    // After what is waiting: a start takes a while.
    void refill_spare() const {
        asio::post(io_, [this] {
            if (spare_) return;
            if (auto started = start_process()) spare_ = std::move(*started);
        });
    }

    static void release(Seat& seat) {
        ++seat.turn;
        seat.timer.cancel();
        if (seat.socket.is_open()) (void)seat.socket.release();
        seat.process.reset();
    }

    void watch(Seat& seat) const {
        const auto turn = ++seat.turn;
        // A worker has used up its CPU time no sooner than that time is over.
        const auto cpu_left = seat.job->cpu_time - (seat.process->cpu_used() - seat.cpu_before);
        seat.timer.expires_at(std::min(seat.job->deadline, steady_clock::now() + cpu_left));
        seat.timer.async_wait([this, &seat, turn](const boost::system::error_code& error) {
            if (!error && seat.turn == turn) time_is_over(seat);
        });
        seat.socket.async_wait(asio::posix::stream_descriptor::wait_read,
                               [this, &seat, turn](const boost::system::error_code& error) {
                                   if (!error && seat.turn == turn) listen(seat);
                               });
    }

    void time_is_over(Seat& seat) const {
        const auto cpu = seat.process->cpu_used() - seat.cpu_before;
        if (steady_clock::now() < seat.job->deadline && cpu < seat.job->cpu_time)
            return watch(seat);
        bury(seat, Why::over_budget);
    }

    void listen(Seat& seat) const {
        std::array<char, 256> packet;
        const ssize_t size =
            ::recv(seat.process->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) return watch(seat);
        const std::string_view said(packet.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        // One that stood by was not listened to until now.
        if (seat.process->hear_greeting(said)) return watch(seat);
        const auto answer = decode_answer(said);
        if (!answer) return bury(seat, Why::damaged);
        ++seat.turn;
        seat.timer.cancel();
        finish(seat, *answer);
        if (seat.process->documents >= settings_.documents_per_worker) replace(seat);
        hand_out();
    }

    // The worker ended or overstayed: somebody else takes its place.
    void bury(Seat& seat, Why why) const {
        const bool late = why == Why::over_budget;
        const bool hungry = seat.process->end() && !late;
        log::warning("PW_EXTRACT_WORKER_LOST",
                     late ? "reason=time" : (hungry ? "reason=memory" : "reason=ended"));
        finish(seat, hungry ? Why::over_budget : why);
        replace(seat);
        hand_out();
    }

    // One that answered with nonsense may be anywhere but at its work.
    void distrust(std::uint64_t worker) const {
        for (auto& seat : seats_) {
            if (seat->job || !seat->process || seat->worker != worker) continue;
            log::warning("PW_EXTRACT_WORKER_LOST", "reason=nonsense");
            replace(*seat);
        }
    }

    void replace(Seat& seat) const {
        release(seat);
        if (seat.scans) return;  // nobody needs it until the next scan
        (void)fill(seat);        // where that fails it is tried again with the next document
        refill_spare();
    }

    template <class Outcome>
    static void finish(Seat& seat, Outcome outcome) {
        const JobPtr job = std::exchange(seat.job, nullptr);
        job->outcome.set_value(outcome);
    }

    PoolSettings settings_;
    std::unique_ptr<Extractor> here_ = make_in_process_extractor();
    mutable asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    mutable std::vector<std::unique_ptr<Seat>> seats_;
    mutable std::unique_ptr<Process> spare_;  // stands by
    mutable std::uint64_t count_ = 0;         // of processes that took a seat
    mutable std::deque<JobPtr> waiting_;
    mutable std::deque<JobPtr> waiting_scans_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Extractor>> start_pool(const PoolSettings& settings) {
    auto pool = std::make_unique<Pool>(settings);
    POSTWACHT_CHECK(pool->start());
    return std::unique_ptr<Extractor>(std::move(pool));
}

}  // namespace postwacht::extract::worker
