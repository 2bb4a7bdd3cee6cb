// What libmilter really does, and what this file does about it:
//
//   * It reports no difference between "the MTA said so" and "the line broke", calls xxfi_close for
//     connections that never said a word (port probes), and moves a connection from thread to
//     thread. So all state hangs on its context, is made when first needed, and every callback
//     copes with there being none.
//   * *pf0 of negotiate starts as everything the MTA can do, and smfiDesc's flags are ignored once
//     negotiate exists. So what is needed is asked for by name, and an MTA that lacks it is
//     refused: a milter that cannot remove a recipient must not pretend to hold one.
//   * A callback whose reply was negotiated away (SMFIP_NR_*) must return SMFIS_NOREPLY whatever
//     happened. So failures there are kept and answered at end of message.
//   * Sendmail ignores a macro list for end of message unless there is one for end of header.
//   * SIGTERM makes smfi_main return with callbacks still running. So they are counted and waited
//   for.
//   * An exception that leaves a callback ends the process. So none does.
#include "session/session.hpp"

#include <libmilter/mfapi.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/clock.hpp"
#include "base/date.hpp"
#include "base/format.hpp"
#include "base/lock_guarded.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "session/connection.hpp"
#include "session/heartbeat.hpp"
#include "session/socket_address.hpp"

namespace postwacht::session {
namespace {

// Steps of the protocol that need no answer of ours.
constexpr unsigned long no_reply_steps = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR |
                                         SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NR_DATA |
                                         SMFIP_NR_UNKN;
// Steps that an MTA need not tell us of: a message begins with MAIL, and its header ends where its
// body begins. Older MTAs tell all the same.
constexpr unsigned long unwanted_steps =
    SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NOUNKNOWN;
constexpr unsigned long wanted_protocol =
    no_reply_steps | unwanted_steps | SMFIP_HDR_LEADSPC | SMFIP_SKIP;

// libmilter runs one filter per process and gives its callbacks no argument of ours, so what they
// share is reached through one pointer, set for the time of serve().
struct Server {
    Settings settings;
    LockGuarded<GuardPtr> guard;
    std::unique_ptr<Heartbeat> heartbeat;
    std::chrono::milliseconds test_delay{0};
};
Server* server = nullptr;

struct Context {
    explicit Context(const std::filesystem::path& spool) : connection(spool) {}
    Connection connection;
    Pulse pulse;
    unsigned long protocol = 0;  // as negotiated
    unsigned long actions = 0;

    [[nodiscard]] bool no_reply(unsigned long step) const { return (protocol & step) != 0; }
};

Context* context_of(SMFICTX* ctx) {
    return static_cast<Context*>(smfi_getpriv(ctx));
}

Context& ensure_context(SMFICTX* ctx) {
    if (auto* existing = context_of(ctx)) return *existing;
    auto made = std::make_unique<Context>(server->settings.spool_directory);
    made->pulse.progress = [ctx] { (void)smfi_progress(ctx); };
    if (smfi_setpriv(ctx, made.get()) != MI_SUCCESS) throw std::bad_alloc();
    server->heartbeat->add(made->pulse);
    return *made.release();
}

void drop_context(SMFICTX* ctx) {
    const std::unique_ptr<Context> context(context_of(ctx));
    if (!context) return;
    smfi_setpriv(ctx, nullptr);
    server->heartbeat->remove(context->pulse);
}

// For as long as it lives, the heartbeat counts this callback as in flight.
class InFlight {
  public:
    explicit InFlight(Pulse& pulse) : pulse_(pulse) {
        pulse_.busy_since.store(Heartbeat::now(), std::memory_order_release);
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() { pulse_.busy_since.store(0, std::memory_order_release); }

  private:
    Pulse& pulse_;
};

// Lets the heartbeat send progress while a message is judged, and surely none once it is answered.
class Progressing {
  public:
    explicit Progressing(Pulse& pulse) : pulse_(pulse) {
        const std::lock_guard lock(pulse_.writing);
        pulse_.last_progress = Heartbeat::now();
        pulse_.wants_progress.store(true, std::memory_order_release);
    }
    Progressing(const Progressing&) = delete;
    Progressing& operator=(const Progressing&) = delete;
    ~Progressing() {
        const std::lock_guard lock(pulse_.writing);
        pulse_.wants_progress.store(false, std::memory_order_release);
    }

  private:
    Pulse& pulse_;
};

// Runs one callback: makes sure of a context, counts it as in flight, lets no exception out.
template <class F>
sfsistat guarded(SMFICTX* ctx, const char* step, F&& body) noexcept {
    try {
        Context& context = ensure_context(ctx);
        const InFlight in_flight(context.pulse);
        return body(context);
    } catch (const std::exception&) {
        // The text of an exception may quote what it choked on, so it is not logged.
        log::write(log::Level::error, "PW_CALLBACK_FAILED", step);
    } catch (...) {
        log::write(log::Level::error, "PW_CALLBACK_FAILED", step);
    }
    return SMFIS_TEMPFAIL;
}

// The same for a step whose reply may have been negotiated away.
template <class F>
sfsistat silent_step(SMFICTX* ctx, const char* step, unsigned long no_reply_flag,
                     F&& body) noexcept {
    bool done = false;
    const sfsistat answer = guarded(ctx, step, [&](Context& context) -> sfsistat {
        body(context.connection);
        done = true;
        return SMFIS_CONTINUE;
    });
    auto* const context = context_of(ctx);
    if (!done && context != nullptr) context->connection.fail(step);
    if (context != nullptr && context->no_reply(no_reply_flag)) return SMFIS_NOREPLY;
    return answer;
}

std::string_view text_or_empty(const char* text) {
    return text == nullptr ? std::string_view() : text;
}

// Copied at once: libmilter's pointer dies with a later command.
std::string macro(SMFICTX* ctx, const char* name) {
    return std::string(text_or_empty(smfi_getsymval(ctx, const_cast<char*>(name))));
}

// --- Negotiation and connection

sfsistat refuse(const char* why, const char* hint) {
    log::error("PW_MTA_UNFIT", Error{ErrorCode::config, "negotiate", why, hint});
    return SMFIS_REJECT;
}

sfsistat on_negotiate(SMFICTX* ctx, unsigned long actions, unsigned long protocol, unsigned long,
                      unsigned long, unsigned long* want_actions, unsigned long* want_protocol,
                      unsigned long* f2, unsigned long* f3) noexcept {
    return guarded(ctx, "negotiate", [&](Context& context) -> sfsistat {
        const bool needs_hold =
            server->guard.with([](const GuardPtr& current) { return current->mta.has_value(); });
        if ((actions & SMFIF_DELRCPT) == 0)
            return refuse("the MTA does not let a milter remove a recipient",
                          "every Postfix since 2.3 and Sendmail since 8.13 can");
        if (needs_hold && (actions & SMFIF_QUARANTINE) == 0)
            return refuse("the MTA does not let a milter put a message on hold",
                          "set backend = \"store\" under [quarantine]");
        *want_actions = actions & (SMFIF_DELRCPT | SMFIF_ADDHDRS | SMFIF_SETSYMLIST |
                                   (needs_hold ? SMFIF_QUARANTINE : 0UL));
        *want_protocol = protocol & wanted_protocol;
        *f2 = 0;
        *f3 = 0;
        context.protocol = *want_protocol;
        context.actions = *want_actions;
        if ((actions & SMFIF_SETSYMLIST) != 0) {
            char sender_macros[] = "i {auth_authen}";
            char queue_id[] = "i";
            (void)smfi_setsymlist(ctx, SMFIM_ENVFROM, sender_macros);
            (void)smfi_setsymlist(ctx, SMFIM_EOH, queue_id);
            (void)smfi_setsymlist(ctx, SMFIM_EOM, queue_id);
        }
        return SMFIS_CONTINUE;
    });
}

sfsistat on_connect(SMFICTX* ctx, char*, _SOCK_ADDR*) noexcept {
    return silent_step(ctx, "connect", SMFIP_NR_CONN, [](Connection&) {});
}

sfsistat on_helo(SMFICTX* ctx, char*) noexcept {
    return silent_step(ctx, "helo", SMFIP_NR_HELO, [](Connection&) {});
}

sfsistat on_unknown(SMFICTX* ctx, const char*) noexcept {
    return silent_step(ctx, "unknown", SMFIP_NR_UNKN, [](Connection&) {});
}

sfsistat on_close(SMFICTX* ctx) noexcept {
    // A connection that never said anything has no context, and gets none here.
    try {
        drop_context(ctx);
    } catch (...) {
        log::write(log::Level::error, "PW_CALLBACK_FAILED", "close");
    }
    return SMFIS_CONTINUE;
}

// --- One message

sfsistat on_mail(SMFICTX* ctx, char** arguments) noexcept {
    return guarded(ctx, "mail", [&](Context& context) -> sfsistat {
        auto guard = server->guard.with([](const GuardPtr& current) { return current; });
        const char* sender = arguments == nullptr ? nullptr : arguments[0];
        context.connection.begin_message(std::move(guard), text_or_empty(sender));
        // The configuration was changed since the connection was made.
        if (context.connection.needs_mta_hold() && (context.actions & SMFIF_QUARANTINE) == 0)
            context.connection.fail("quarantine");
        return SMFIS_CONTINUE;
    });
}

sfsistat on_rcpt(SMFICTX* ctx, char** arguments) noexcept {
    return guarded(ctx, "rcpt", [&](Context& context) -> sfsistat {
        const char* recipient = arguments == nullptr ? nullptr : arguments[0];
        context.connection.add_recipient(text_or_empty(recipient));
        return SMFIS_CONTINUE;
    });
}

sfsistat on_data(SMFICTX* ctx) noexcept {
    return silent_step(ctx, "data", SMFIP_NR_DATA, [](Connection&) {});
}

sfsistat on_header(SMFICTX* ctx, char* name, char* value) noexcept {
    auto* const context = context_of(ctx);
    const bool leading_space = context != nullptr && context->no_reply(SMFIP_HDR_LEADSPC);
    return silent_step(ctx, "header", SMFIP_NR_HDR, [&](Connection& connection) {
        if (leading_space) return connection.add_header(text_or_empty(name), text_or_empty(value));
        // An MTA that strips the blank behind the colon will put one there again.
        connection.add_header(text_or_empty(name), " " + std::string(text_or_empty(value)));
    });
}

sfsistat on_end_of_headers(SMFICTX* ctx) noexcept {
    return silent_step(ctx, "eoh", SMFIP_NR_EOH,
                       [](Connection& connection) { connection.end_headers(); });
}

sfsistat on_body(SMFICTX* ctx, unsigned char* bytes, std::size_t size) noexcept {
    const sfsistat answer = silent_step(ctx, "body", SMFIP_NR_BODY, [&](Connection& connection) {
        connection.add_body({reinterpret_cast<const char*>(bytes), size});
    });
    const auto* const context = context_of(ctx);
    const bool enough = context != nullptr && context->connection.failed();
    return answer == SMFIS_CONTINUE && enough && context->no_reply(SMFIP_SKIP) ? SMFIS_SKIP
                                                                               : answer;
}

sfsistat on_abort(SMFICTX* ctx) noexcept {
    if (auto* const context = context_of(ctx)) context->connection.abort();
    return SMFIS_CONTINUE;
}

// --- The answer

void set_reply(SMFICTX* ctx, const char* code, const char* status, const std::string& text) {
    // A failure here leaves the MTA's own words for the same class of answer.
    (void)smfi_setreply(ctx, const_cast<char*>(code), const_cast<char*>(status),
                        const_cast<char*>(text.c_str()));
}

sfsistat answer_tempfail(SMFICTX* ctx) {
    set_reply(ctx, "451", "4.7.1", "Message not checked yet, please try again later");
    return SMFIS_TEMPFAIL;
}

// Removes the recipients whose copy is held. An MTA compares with what it keeps in its queue and
// does not say whether it found that: Postfix keeps no source route, so an address that has one is
// named without it as well. A name that is not there does no harm.
bool remove_recipients(SMFICTX* ctx, const mail::Envelope& envelope,
                       const std::vector<std::size_t>& positions) {
    std::vector<std::string> removed;
    for (const auto position : positions) {
        const std::string& raw = envelope.recipients[position].raw;
        for (std::string name : {raw, mail::without_route(raw)}) {
            if (std::find(removed.begin(), removed.end(), name) != removed.end()) continue;
            if (smfi_delrcpt(ctx, name.data()) != MI_SUCCESS) return false;
            removed.push_back(std::move(name));
        }
    }
    return true;
}

sfsistat answer(SMFICTX* ctx, const mail::Envelope& envelope, const pipeline::Outcome& outcome) {
    switch (outcome.answer) {
        case pipeline::Outcome::Answer::deliver: {
            if (!remove_recipients(ctx, envelope, outcome.drop)) return answer_tempfail(ctx);
            if (outcome.tag) {
                auto value = text::printable(*outcome.tag);
                char name[] = "X-Postwacht";
                if (smfi_addheader(ctx, name, value.data()) != MI_SUCCESS)
                    return answer_tempfail(ctx);
            }
            return SMFIS_CONTINUE;
        }
        case pipeline::Outcome::Answer::discard:
            return SMFIS_DISCARD;
        case pipeline::Outcome::Answer::quarantine: {
            // The MTA shows it: which item it is, and why, in a word.
            auto reason = text::printable(
                format("Postwacht {}: {}", outcome.held_id, outcome.verdict.rule_ids()));
            // Success says that it was sent; that it was done is what reconciling finds out.
            return smfi_quarantine(ctx, reason.data()) == MI_SUCCESS ? SMFIS_CONTINUE
                                                                     : answer_tempfail(ctx);
        }
        case pipeline::Outcome::Answer::reject:
            set_reply(ctx, "550", "5.7.1",
                      "Not sent: the addressee may not receive data about this person");
            return SMFIS_REJECT;
        case pipeline::Outcome::Answer::tempfail:
            break;
    }
    return answer_tempfail(ctx);
}

const char* to_string(pipeline::Outcome::Answer answer) {
    switch (answer) {
        case pipeline::Outcome::Answer::deliver:
            return "deliver";
        case pipeline::Outcome::Answer::discard:
            return "discard";
        case pipeline::Outcome::Answer::reject:
            return "reject";
        case pipeline::Outcome::Answer::tempfail:
            return "tempfail";
        case pipeline::Outcome::Answer::quarantine:
            return "quarantine";
    }
    return "tempfail";
}

// The one line a message leaves in the mail log: no address, no name, no subject line.
void log_outcome(std::string_view queue_id, const mail::Envelope& envelope,
                 const pipeline::Outcome& outcome) {
    const auto& verdict = outcome.verdict;
    log::info(
        "PW_MESSAGE",
        format("queue={} verdict={} answer={} rules={} subjects={} recipients={} dropped={} "
               "held={} incomplete={} mode={} policy={} ms={:.1f}",
               text::printable(queue_id, 64), policy::to_string(verdict.action),
               to_string(outcome.answer), verdict.rule_ids().empty() ? "-" : verdict.rule_ids(),
               verdict.subject_count, envelope.recipients.size(), outcome.drop.size(),
               outcome.held_id.empty() ? "-" : outcome.held_id, verdict.incomplete.size(),
               verdict.mode == policy::Mode::simulate ? "simulate" : "enforce", verdict.policy,
               verdict.elapsed_ms));
}

void log_failure(std::string_view queue_id, const Error& error) {
    log::write(log::Level::error, "PW_MESSAGE_TEMPFAIL",
               format("queue={} error={} at={} detail={}", text::printable(queue_id, 64),
                      postwacht::to_string(error.code), error.where, error.detail));
}

sfsistat on_end_of_message(SMFICTX* ctx) noexcept {
    return guarded(ctx, "eom", [&](Context& context) -> sfsistat {
        auto& connection = context.connection;
        const auto queue_id = macro(ctx, "i");
        const auto auth = macro(ctx, "{auth_authen}");
        Result<pipeline::Outcome> outcome = [&] {
            const Progressing progressing(context.pulse);
            if (server->test_delay.count() > 0 && connection.has_delay_header())
                std::this_thread::sleep_for(server->test_delay);
            return connection.finish(queue_id, auth);
        }();
        if (!outcome) {
            log_failure(queue_id, outcome.error());
            connection.abort();
            return answer_tempfail(ctx);
        }
        const sfsistat status = answer(ctx, connection.envelope(), *outcome);
        if (status == SMFIS_TEMPFAIL && outcome->answer != pipeline::Outcome::Answer::tempfail) {
            log_failure(queue_id,
                        Error{ErrorCode::io, "milter", "the MTA could not be answered", ""});
            if (outcome->answer == pipeline::Outcome::Answer::quarantine) {
                const auto withdrawn = connection.withdraw(*outcome);
                // Reconciling finds that it never came into the queue.
                if (!withdrawn) log_failure(queue_id, withdrawn.error());
            }
        }
        log_outcome(queue_id, connection.envelope(), *outcome);
        connection.abort();
        return status;
    });
}

// --- The process

smfiDesc description() {
    static char name[] = "postwacht";
    smfiDesc desc{};
    desc.xxfi_name = name;
    desc.xxfi_version = SMFI_VERSION;
    desc.xxfi_flags = SMFIF_DELRCPT | SMFIF_ADDHDRS | SMFIF_SETSYMLIST | SMFIF_QUARANTINE;
    desc.xxfi_connect = on_connect;
    desc.xxfi_helo = on_helo;
    desc.xxfi_envfrom = on_mail;
    desc.xxfi_envrcpt = on_rcpt;
    desc.xxfi_header = on_header;
    desc.xxfi_eoh = on_end_of_headers;
    desc.xxfi_body = on_body;
    desc.xxfi_eom = on_end_of_message;
    desc.xxfi_abort = on_abort;
    desc.xxfi_close = on_close;
    desc.xxfi_unknown = on_unknown;
    desc.xxfi_data = on_data;
    desc.xxfi_negotiate = on_negotiate;
    return desc;
}

// Waits for SIGUSR1 and swaps in a new configuration, until stopped.
class Reloader {
  public:
    Reloader(Server& target, const Loader& load) : server_(target), load_(load) {
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { run(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;
    ~Reloader() {
        stopping_ = true;
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
    }

  private:
    void run() {
        sigset_t wanted;
        sigemptyset(&wanted);
        sigaddset(&wanted, SIGUSR1);
        for (;;) {
            int signal = 0;
            if (sigwait(&wanted, &signal) != 0) continue;
            if (stopping_) return;
            reload();
        }
    }
    void reload() {
        auto loaded = load_();
        if (!loaded) {
            Error error = std::move(loaded).error();
            const auto stays =
                server_.guard.with([](const GuardPtr& current) { return current->policy->id(); });
            ++failed_;
            error.detail += format(" (policy={} stays in use since={} reloads_failed={})", stays,
                                   to_iso(since_), failed_);
            log::error("PW_RELOAD_FAILED", error);
            return;
        }
        const auto id = (*loaded)->policy->id();
        // The old configuration is let go outside the lock: the last holder closes its files.
        auto old = server_.guard.with(
            [&](GuardPtr& current) { return std::exchange(current, std::move(*loaded)); });
        old.reset();
        since_ = system_clock().now();
        log::info("PW_RELOADED", "policy=" + id);
    }

    Server& server_;
    const Loader& load_;
    // The thread's own: since when what is in use is, and how many reloads failed since the start.
    Instant since_ = system_clock().now();
    std::uint64_t failed_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

// libmilter's accept loop spins without a word when descriptors run out, so all that the system
// allows are taken.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 1024)
        log::warning("PW_FEW_DESCRIPTORS", format("limit={}", limit.rlim_max));
}

// libmilter moves a connection from thread to thread, so a message is seldom given back by the
// thread that took its memory. With the many heaps that glibc makes by default each letter touches
// cold ones; a heap for each processor is enough.
void share_heaps() {
    const auto processors = std::max(1U, std::thread::hardware_concurrency());
    (void)mallopt(M_ARENA_MAX, static_cast<int>(processors));
}

Error libmilter_error(const char* function, const Settings& settings) {
    return {ErrorCode::config, "milter.socket",
            format("{} refused '{}'", function, text::printable(settings.socket)),
            "is the folder there and writable, and the socket or port free?"};
}

Result<void> open_socket(const Settings& settings) {
    (void)smfi_setmaxdatasize(1U << 20U);  // larger packets would be dropped with their session
    std::string spec =
        settings.socket.starts_with('/') ? "unix:" + settings.socket : settings.socket;
    if (smfi_register(description()) != MI_SUCCESS)
        return libmilter_error("smfi_register", settings);
    if (smfi_settimeout(static_cast<int>(settings.mta_timeout.count())) != MI_SUCCESS ||
        smfi_setbacklog(settings.backlog) != MI_SUCCESS || smfi_setconn(spec.data()) != MI_SUCCESS)
        return libmilter_error("smfi_setconn", settings);
    umask(static_cast<mode_t>(settings.socket_mode_mask));
    if (smfi_opensocket(true) != MI_SUCCESS) return libmilter_error("smfi_opensocket", settings);
    return {};
}

std::chrono::milliseconds test_delay() {
    const auto text = text_or_empty(std::getenv("POSTWACHT_TEST_EOM_DELAY"));
    int milliseconds = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    return std::chrono::milliseconds(std::max(0, milliseconds));
}

}  // namespace

Result<void> serve(const Settings& settings, const Loader& load,
                   const std::function<void()>& ready) {
    // Before any thread: they all inherit this mask, so that SIGUSR1 reaches the reloader only.
    sigset_t reload_signal;
    sigemptyset(&reload_signal);
    sigaddset(&reload_signal, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &reload_signal, nullptr);
    (void)std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    share_heaps();

    POSTWACHT_TRY(guard, load());
    const auto policy_id = guard->policy->id();
    // Never deleted: threads of libmilter may outlive smfi_main, and what they point to must too.
    server = new Server;
    server->settings = settings;
    server->guard.with([&](GuardPtr& current) { current = std::move(guard); });
    server->test_delay = test_delay();

    POSTWACHT_TRY(own_address, parse_socket(settings.socket));
    // A socket that was handed over is ours already, and answers.
    if (!settings.socket.starts_with("fd:")) {
        POSTWACHT_CHECK(refuse_if_served(own_address));
    }
    POSTWACHT_CHECK(open_socket(settings));
    server->heartbeat = std::make_unique<Heartbeat>([own_address] { touch(own_address); });
    log::info("PW_STARTED", format("socket={} policy={}", settings.socket, policy_id));
    // Before the thread that calls `load`, so that the two share nothing. A signal that comes
    // already waits for it.
    ready();
    int status = MI_FAILURE;
    {
        const Reloader reloader(*server, load);
        status = smfi_main();
    }

    const auto left = server->heartbeat->drain(settings.drain_timeout);
    // A callback that has returned still has its answer written by libmilter; there is no way to
    // ask whether it was. An answer cut off costs a retry by the MTA, nothing else.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (left > 0) {
        // What those callbacks use must not be destroyed under them: leave without clean-up. Their
        // messages stay with the MTA, which sees the line break.
        log::warning("PW_DRAIN_TIMEOUT", format("in_flight={}", left));
        std::_Exit(EXIT_FAILURE);
    }
    log::info("PW_STOPPED", format("status={}", status));
    if (status != MI_SUCCESS)
        return Error{ErrorCode::internal, "smfi_main", "the milter library gave up", ""};
    return {};
}

}  // namespace postwacht::session
