/* The life of one SSH session: states, clocks, failures, retries. What SSH itself wants
 * in each state is in handshake.c, what a channel wants in channel.c. */
#include "tunnel/session.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libssh/server.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "tunnel/session_internal.h"

/* libssh reads 4 KiB a time; so many reads are one turn at most. */
enum { READS_PER_TURN = 256, LIBSSH_READ_LEN = 4096 /* its MAX_BUF_SIZE */ };

#define FAILING                                                                          \
    (MACHINE_TO(TUNNEL_SESSION_BACKING_OFF) | MACHINE_TO(TUNNEL_SESSION_CLOSED))

static const struct machine_state session_states[TUNNEL_SESSION_STATE_COUNT] = {
    [TUNNEL_SESSION_IDLE] = {"idle",
                             MACHINE_TO(TUNNEL_SESSION_RESOLVING) |
                                 MACHINE_TO(TUNNEL_SESSION_CLOSED),
                             0, "nobody needs the tunnel"},
    [TUNNEL_SESSION_RESOLVING] = {"resolving",
                                  MACHINE_TO(TUNNEL_SESSION_CONNECTING) | FAILING, 10000,
                                  "a worker looks the bastion's name up"},
    [TUNNEL_SESSION_CONNECTING] = {"connecting",
                                   MACHINE_TO(TUNNEL_SESSION_EXCHANGING_KEYS) | FAILING,
                                   15000, "TCP to the bastion"},
    [TUNNEL_SESSION_EXCHANGING_KEYS] = {"exchanging-keys",
                                        MACHINE_TO(TUNNEL_SESSION_VERIFYING_HOST) |
                                            FAILING,
                                        15000, "banner and key exchange"},
    [TUNNEL_SESSION_VERIFYING_HOST] = {"verifying-host",
                                       MACHINE_TO(TUNNEL_SESSION_LOGGING_IN) | FAILING, 0,
                                       "the host key is compared, at once"},
    [TUNNEL_SESSION_LOGGING_IN] = {"logging-in",
                                   MACHINE_TO(TUNNEL_SESSION_UP) |
                                       MACHINE_TO(TUNNEL_SESSION_CONNECTING) | FAILING,
                                   15000, "both keys are offered, in turn"},
    [TUNNEL_SESSION_UP] = {"up", MACHINE_TO(TUNNEL_SESSION_IDLE) | FAILING, 0,
                           "channels may be opened; keepalives watch the bastion"},
    [TUNNEL_SESSION_BACKING_OFF] = {"backing-off",
                                    MACHINE_TO(TUNNEL_SESSION_RESOLVING) |
                                        MACHINE_TO(TUNNEL_SESSION_IDLE) |
                                        MACHINE_TO(TUNNEL_SESSION_CLOSED),
                                    0, "the retry timer runs"},
    [TUNNEL_SESSION_CLOSED] = {"closed", 0, 0, "for good"},
};

const char *tunnel_session_state_name(enum tunnel_session_state state)
{
    ASSERT(state >= 0 && state < TUNNEL_SESSION_STATE_COUNT);
    return session_states[state].name;
}

struct ms tunnel_session_delay(int failures, struct ms first, struct ms max)
{
    int64_t delay = first.count;
    for (int i = 1; i < failures && delay < max.count; i++)
        delay *= 2;
    if (delay > max.count)
        delay = max.count;
    int64_t half = delay / 2;
    return MS(half + (int64_t)random_below((uint64_t)(delay - half) + 1));
}

/* --- facts, states, trace ----------------------------------------------------------- */

void tunnel_session_publish(struct tunnel_session *session)
{
    session->facts.state = (enum tunnel_session_state)session->machine.state;
    session->facts.since_wall_us = session->machine.since_wall_us;
    if (session->observer.on_change != NULL)
        session->observer.on_change(session->observer.argument);
}

void tunnel_session_move(struct tunnel_session *session, enum tunnel_session_state next,
                         const char *why)
{
    machine_move(&session->machine, (int)next, why);
    LOG(LOG_DEBUG, TUNNEL_STATE, "tunnel=%s state=%s why=\"%s\"", session->definition->id,
        tunnel_session_state_name(next), why);
    loop_timer_cancel(&session->timer);
    int64_t timeout_ms = session_states[next].timeout_ms;
    int64_t left_ms = (session->deadline_us - clock_monotonic_us()) / 1000;
    if (timeout_ms > 0) {
        int64_t wait_ms = timeout_ms < left_ms ? timeout_ms : left_ms;
        loop_timer_arm(&session->timer, MS(wait_ms > 0 ? wait_ms : 0));
    }
    tunnel_session_publish(session);
}

static struct stage_record *last_record(struct tunnel_session *session)
{
    return session->trace.count == 0 ? NULL
                                     : &session->trace.records[session->trace.count - 1];
}

static void end_record(struct tunnel_session *session)
{
    struct stage_record *record = last_record(session);
    if (record != NULL && record->time_us == 0)
        record->time_us = clock_monotonic_us() - session->stage_started_us;
}

void tunnel_session_stage_begin(struct tunnel_session *session, enum stage stage,
                                const char *address)
{
    end_record(session);
    stage_trace_add(&session->trace, session->definition->name, stage,
                    address == NULL ? session->facts.address : address);
    session->stage_started_us = clock_monotonic_us();
}

void tunnel_session_stage_found(struct tunnel_session *session, const char *found)
{
    struct stage_record *record = last_record(session);
    ASSERT(record != NULL);
    stage_record_found(record, found);
}

enum stage tunnel_session_stage(const struct tunnel_session *session)
{
    if (session->trace.count == 0)
        return STAGE_RESOLVE;
    return session->trace.records[session->trace.count - 1].stage;
}

/* --- failing and ending ------------------------------------------------------------- */

static void release_transport(struct tunnel_session *session)
{
    resolve_cancel(&session->resolving);
    connect_cancel(&session->connecting);
    tunnel_handshake_end(session);
}

static void record_failure(struct tunnel_session *session,
                           const struct stage_failure *failure)
{
    struct stage_record *record = last_record(session);
    if (record == NULL || session->machine.state == TUNNEL_SESSION_UP)
        return;
    end_record(session);
    stage_record_fail(record, failure);
}

static bool is_wanted(const struct tunnel_session *session)
{
    return session->is_held || session->channel_count > 0;
}

static void schedule_retry(struct tunnel_session *session)
{
    const struct tunnel_manager_settings *settings = session->home->settings;
    struct tunnel_facts *facts = &session->facts;
    bool is_refusal = stage_cause_is_refusal(facts->last_failure.cause);
    struct ms delay =
        tunnel_session_delay(facts->failures_in_row,
                             is_refusal ? settings->refused_first : settings->retry_first,
                             is_refusal ? settings->refused_max : settings->retry_max);
    facts->next_retry_wall_us = clock_wall_us() + delay.count * 1000;
    loop_timer_arm(&session->timer, delay);
}

void tunnel_session_fail(struct tunnel_session *session,
                         const struct stage_failure *failure)
{
    struct tunnel_facts *facts = &session->facts;
    LOG(LOG_WARN, TUNNEL_FAILED,
        "tunnel=%s host=\"%s\" port=%u stage=\"%s\" cause=%s words=\"%s\" failures=%d",
        session->definition->id, session->definition->host,
        (unsigned)session->definition->port, stage_name(failure->stage),
        stage_cause_name(failure->cause), failure->words, facts->failures_in_row + 1);
    record_failure(session, failure);
    facts->last_failure = *failure;
    facts->failures_in_row++;
    facts->round_trip_us = 0;
    tunnel_session_move(
        session, session->is_retired ? TUNNEL_SESSION_CLOSED : TUNNEL_SESSION_BACKING_OFF,
        failure->words);
    if (!session->is_retired)
        schedule_retry(session);
    tunnel_session_publish(session); /* before the dials say that they are closed */
    tunnel_channel_session_down(session, failure);
    release_transport(session);
    if (session->observer.on_failed != NULL)
        session->observer.on_failed(session->observer.argument);
    if (session->is_retired && session->observer.on_drained != NULL)
        session->observer.on_drained(session->observer.argument);
}

void tunnel_session_fail_with(struct tunnel_session *session, enum stage stage,
                              enum stage_cause cause, const char *words)
{
    struct stage_failure failure;
    stage_failure_set(&failure, stage, cause, words);
    tunnel_session_fail(session, &failure);
}

static void go_idle(struct tunnel_session *session, const char *why)
{
    release_transport(session);
    session->facts.next_retry_wall_us = 0;
    session->facts.round_trip_us = 0;
    tunnel_session_move(session, TUNNEL_SESSION_IDLE, why);
    LOG(LOG_INFO, TUNNEL_CLOSED, "tunnel=%s why=\"%s\"", session->definition->id, why);
}

/* A retired session that has nothing left to carry is over. */
static void drain(struct tunnel_session *session)
{
    bool is_over = session->is_retired && session->channel_count == 0 &&
                   session->machine.state != TUNNEL_SESSION_CLOSED;
    if (!is_over)
        return;
    release_transport(session);
    tunnel_session_move(session, TUNNEL_SESSION_CLOSED, "drained");
    if (session->observer.on_drained != NULL)
        session->observer.on_drained(session->observer.argument);
}

/* --- resolving and connecting ------------------------------------------------------- */

static void on_connected(void *argument, const struct connect_result *result);

static void connect_failed(struct tunnel_session *session,
                           const struct connect_result *result)
{
    char words[STAGE_WORDS_MAX];
    enum stage_cause cause = STAGE_CAUSE_UNREACHABLE;
    if (result->error_number == ECONNREFUSED)
        cause = STAGE_CAUSE_REFUSED;
    else if (result->error_number == ETIMEDOUT)
        cause = STAGE_CAUSE_TIMEOUT;
    snprintf(words, sizeof(words), "connect to host %.128s port %u: %s",
             session->definition->host, (unsigned)session->definition->port,
             result->text);
    tunnel_session_fail_with(session, STAGE_CONNECT, cause, words);
}

static void on_socket(void *argument, struct loop_interest ready)
{
    (void)ready;
    struct tunnel_session *session = argument;
    if (session->machine.state != TUNNEL_SESSION_EXCHANGING_KEYS)
        tunnel_session_dispatch(session);
    tunnel_session_settle(session);
}

static void on_timer(void *argument);

/* --- a session that is up ----------------------------------------------------------- */

static void came_up(struct tunnel_session *session)
{
    struct tunnel_facts *facts = &session->facts;
    end_record(session);
    LOG(LOG_INFO, TUNNEL_UP,
        "tunnel=%s host=\"%s\" address=%s key=%d cipher=%s kex=%s attempts=%d",
        session->definition->id, session->definition->host, facts->address,
        facts->accepted_key, facts->cipher, facts->key_exchange,
        facts->failures_in_row + 1);
    facts->connect_count++;
    facts->failures_in_row = 0;
    facts->next_retry_wall_us = 0;
    session->keepalive_mark = session->raw.in_bytes;
    session->keepalive_sent_us = 0;
    session->keepalive_unanswered = 0;
    session->idle_since_us = clock_monotonic_us();
    loop_timer_arm(&session->timer, session->home->settings->keepalive_interval);
    tunnel_session_publish(session);
    tunnel_channel_session_up(session);
    if (session->observer.on_up != NULL)
        session->observer.on_up(session->observer.argument);
}

static void note_round_trip(struct tunnel_session *session)
{
    if (session->keepalive_sent_us == 0 ||
        session->raw.in_bytes == session->keepalive_mark)
        return;
    session->facts.round_trip_us = clock_monotonic_us() - session->keepalive_sent_us;
    session->keepalive_sent_us = 0;
    tunnel_session_publish(session);
}

static void lose(struct tunnel_session *session, const char *words)
{
    tunnel_session_fail_with(session, STAGE_CARRY, STAGE_CAUSE_SESSION_LOST, words);
}

/* libssh sends a question only when the former one is settled, and settles it in a call
 * of its own: so two calls are one question. */
static void ask_keepalive(struct tunnel_session *session)
{
    if (session->raw.in_bytes == session->keepalive_mark &&
        session->keepalive_sent_us != 0)
        session->keepalive_unanswered++;
    else
        session->keepalive_unanswered = 0;
    if (session->keepalive_unanswered >= session->home->settings->keepalive_count) {
        char words[STAGE_WORDS_MAX];
        snprintf(words, sizeof(words), "Timeout, server %.200s not responding.",
                 session->definition->host);
        lose(session, words);
        return;
    }
    session->keepalive_mark = session->raw.in_bytes;
    if (session->keepalive_sent_us == 0)
        session->keepalive_sent_us = clock_monotonic_us();
    ssh_send_keepalive(session->ssh);
    ssh_send_keepalive(session->ssh);
    loop_timer_arm(&session->timer, session->home->settings->keepalive_interval);
}

static void tick(struct tunnel_session *session)
{
    int64_t idle_us = clock_monotonic_us() - session->idle_since_us;
    if (!is_wanted(session) &&
        idle_us >= session->home->settings->idle_timeout.count * 1000) {
        go_idle(session, "idle");
        return;
    }
    tunnel_channel_sweep(session);
    ask_keepalive(session);
}

static bool is_lost(const struct tunnel_session *session)
{
    int status = ssh_get_status(session->ssh);
    return (status & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0 ||
           ssh_is_connected(session->ssh) == 0 ||
           ssh_get_error_code(session->ssh) == SSH_FATAL;
}

static void find_loss(struct tunnel_session *session)
{
    if (session->machine.state != TUNNEL_SESSION_UP || !is_lost(session))
        return;
    const char *text = ssh_get_error(session->ssh);
    char words[STAGE_WORDS_MAX];
    snprintf(words, sizeof(words), "Connection to %.100s closed by remote host%s%.100s",
             session->definition->host, text[0] == '\0' ? "" : ": ", text);
    lose(session, words);
}

void tunnel_session_dispatch(struct tunnel_session *session)
{
    uint64_t first = session->raw.in_bytes;
    uint64_t before;
    int reads = 0;
    do { /* a read of libssh that is not full has emptied the socket */
        before = session->raw.in_bytes;
        if (ssh_event_dopoll(session->event, 0) == SSH_ERROR)
            break;
    } while (session->raw.in_bytes - before >= LIBSSH_READ_LEN &&
             ++reads < READS_PER_TURN && ssh_get_fd(session->ssh) >= 0);
    if (session->raw.in_bytes == first)
        return;
    /* sshd leaves Nagle's algorithm on for forwards: it holds a small packet back, after
     * login and whenever two channels answer at once, until our acknowledgement is in.
     * The kernel delays that by 40 ms, and forgets this wish by and by. */
    int yes = 1;
    setsockopt(session->socket, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
}

static bool wants_write(const struct tunnel_session *session)
{
    return session->has_started_ssh &&
           ((ssh_get_poll_flags(session->ssh) | ssh_get_status(session->ssh)) &
            SSH_WRITE_PENDING) != 0;
}

static void choose_events(struct tunnel_session *session)
{
    if (!loop_watch_is_added(&session->watch) || session->ssh == NULL)
        return;
    loop_watch_change(&session->watch,
                      (struct loop_interest){true, wants_write(session)});
}

/* After each send libssh wants to be told that the socket takes more. It nearly always
 * does: one poll of libssh's own now is cheaper than a turn of the loop for it. */
static void tell_writable(struct tunnel_session *session)
{
    if (!wants_write(session) || ssh_event_dopoll(session->event, 0) == SSH_ERROR)
        return;
    tunnel_channel_attend(session);
}

void tunnel_session_settle(struct tunnel_session *session)
{
    if (session->is_settling)
        return;
    session->is_settling = true;
    int before = session->machine.state;
    tunnel_handshake_step(session);
    if (session->machine.state == TUNNEL_SESSION_UP) {
        if (before != TUNNEL_SESSION_UP)
            came_up(session);
        find_loss(session);
    }
    if (session->machine.state == TUNNEL_SESSION_UP) {
        tunnel_channel_attend(session);
        tell_writable(session);
        note_round_trip(session);
        find_loss(session);
    }
    drain(session);
    tunnel_channel_free_dead(session);
    choose_events(session);
    session->is_settling = false;
}

/* --- starting ----------------------------------------------------------------------- */

static void start_ssh(struct tunnel_session *session, int socket)
{
    int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    tunnel_session_stage_found(session, "connected");
    tunnel_session_stage_begin(session, STAGE_BANNER, NULL);
    tunnel_session_move(session, TUNNEL_SESSION_EXCHANGING_KEYS, "connected");
    if (!tunnel_handshake_begin(session, socket))
        return;
    loop_watch_add(&session->watch, session->socket, LOOP_INTEREST_READ);
}

static void connect_next(struct tunnel_session *session)
{
    const struct address *address = &session->addresses[session->address_next++];
    char text[ADDRESS_TEXT_MAX];
    address_print(address, text);
    snprintf(session->facts.address, sizeof(session->facts.address), "%s", text);
    snprintf(last_record(session)->address, STAGE_ADDRESS_MAX, "%s", text);
    session->connecting =
        connect_start(session->home->loop, address, MS(0), on_connected, session);
}

void tunnel_session_reconnect(struct tunnel_session *session, const char *why)
{
    release_transport(session);
    session->has_reconnected = true;
    if (session->address_next > 0)
        session->address_next--; /* the one that answered */
    tunnel_session_stage_begin(session, STAGE_CONNECT, NULL);
    tunnel_session_move(session, TUNNEL_SESSION_CONNECTING, why);
    connect_next(session);
}

static void on_connected(void *argument, const struct connect_result *result)
{
    struct tunnel_session *session = argument;
    session->connecting = NULL;
    if (result->descriptor >= 0)
        start_ssh(session, result->descriptor);
    else if (session->address_next < session->address_count)
        connect_next(session);
    else
        connect_failed(session, result);
    tunnel_session_settle(session);
}

static void resolve_failed(struct tunnel_session *session,
                           const struct resolve_result *result)
{
    char words[STAGE_WORDS_MAX];
    bool is_unknown = result->code == EAI_NONAME || result->code == EAI_NODATA;
    snprintf(words, sizeof(words), "failed to lookup address information: %.200s",
             result->text);
    tunnel_session_fail_with(
        session, STAGE_RESOLVE,
        is_unknown ? STAGE_CAUSE_NAME_UNKNOWN : STAGE_CAUSE_NAME_LOOKUP_FAILED, words);
}

/* All addresses of the name, as the trace shows them. */
static void keep_addresses(struct tunnel_session *session,
                           const struct resolve_result *result)
{
    char found[STAGE_FOUND_MAX] = "";
    size_t len = 0;
    session->address_count = result->count;
    session->address_next = 0;
    for (size_t i = 0; i < result->count; i++) {
        char text[ADDRESS_TEXT_MAX];
        session->addresses[i] = result->addresses[i];
        address_print(&result->addresses[i], text);
        if (len + strlen(text) + 3 > sizeof(found))
            continue;
        len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%s",
                                len == 0 ? "" : ", ", text);
    }
    tunnel_session_stage_found(session, found);
}

static void on_resolved(void *argument, const struct resolve_result *result)
{
    struct tunnel_session *session = argument;
    session->resolving = NULL;
    if (result->count == 0) {
        resolve_failed(session, result);
    } else {
        keep_addresses(session, result);
        tunnel_session_stage_begin(session, STAGE_CONNECT, NULL);
        tunnel_session_move(session, TUNNEL_SESSION_CONNECTING, "the name is known");
        connect_next(session);
    }
    tunnel_session_settle(session);
}

static void start(struct tunnel_session *session, const char *why)
{
    session->has_reconnected = false;
    const struct tunnel_definition *definition = session->definition;
    char asked[STAGE_ADDRESS_MAX];
    session->trace.count = 0;
    session->facts.next_retry_wall_us = 0;
    session->deadline_us =
        clock_monotonic_us() + session->home->settings->connect_timeout.count * 1000;
    snprintf(asked, sizeof(asked), "%s", definition->host);
    snprintf(session->facts.address, sizeof(session->facts.address), "%.200s:%u",
             definition->host, (unsigned)definition->port);
    tunnel_session_stage_begin(session, STAGE_RESOLVE, asked);
    tunnel_session_move(session, TUNNEL_SESSION_RESOLVING, why);
    session->resolving =
        resolve_start(session->home->workers, session->home->loop, definition->host,
                      definition->port, on_resolved, session);
}

static void on_timer(void *argument)
{
    struct tunnel_session *session = argument;
    switch ((enum tunnel_session_state)session->machine.state) {
    case TUNNEL_SESSION_UP:
        tick(session);
        break;
    case TUNNEL_SESSION_BACKING_OFF:
        if (is_wanted(session))
            start(session, "retry");
        else
            go_idle(session, "nobody waits");
        break;
    case TUNNEL_SESSION_IDLE:
    case TUNNEL_SESSION_CLOSED:
        break;
    default:
        tunnel_handshake_timed_out(session);
        break;
    }
    tunnel_session_settle(session);
}

/* --- the folder's interface --------------------------------------------------------- */

struct tunnel_session *tunnel_session_new(struct tunnel_home *home,
                                          const struct tunnel_definition *definition,
                                          const struct tunnel_observer *observer,
                                          struct tunnel_counters *counters)
{
    struct tunnel_session *session = MEM_NEW(struct tunnel_session);
    session->home = home;
    session->definition = tunnel_definition_copy(definition);
    session->observer = *observer;
    session->counters = counters;
    session->socket = -1;
    session->ssh_socket = -1;
    list_init(&session->channels);
    list_init(&session->attention);
    list_init(&session->dead);
    loop_timer_init(&session->timer, home->loop, "tunnel-session", on_timer, session);
    loop_watch_init(&session->watch, home->loop, "tunnel-session", on_socket, session);
    machine_init(&session->machine, "tunnel-session", session_states,
                 TUNNEL_SESSION_STATE_COUNT, TUNNEL_SESSION_IDLE);
    tunnel_session_publish(session);
    return session;
}

void tunnel_session_free(struct tunnel_session **session)
{
    struct tunnel_session *ended = *session;
    if (ended == NULL)
        return;
    *session = NULL;
    ASSERT(!ended->is_settling);
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_CARRY, STAGE_CAUSE_SHUT_DOWN,
                      "the tunnel was closed");
    tunnel_channel_session_down(ended, &failure);
    release_transport(ended);
    tunnel_channel_free_dead(ended);
    loop_timer_cancel(&ended->timer);
    tunnel_definition_free(&ended->definition);
    mem_free(ended);
}

void tunnel_session_open(struct tunnel_session *session)
{
    int state = session->machine.state;
    if (session->is_retired)
        return;
    if (state == TUNNEL_SESSION_IDLE || state == TUNNEL_SESSION_BACKING_OFF)
        start(session, "wanted");
    tunnel_session_settle(session);
}

void tunnel_session_hold(struct tunnel_session *session, bool is_held)
{
    session->is_held = is_held;
    session->idle_since_us = clock_monotonic_us();
    if (is_held && session->machine.state == TUNNEL_SESSION_IDLE)
        tunnel_session_open(session);
}

void tunnel_session_update(struct tunnel_session *session,
                           const struct tunnel_definition *definition)
{
    ASSERT(tunnel_definition_same_bastion(session->definition, definition));
    /* A pin that was taken back must not live on in this session. */
    if (session->definition->host_key_count > 0 && definition->host_key_count == 0)
        session->facts.is_first_use = false;
    struct tunnel_definition *former = session->definition;
    session->definition = tunnel_definition_copy(definition);
    tunnel_definition_free(&former);
    session->key_preferred = 0;
    session->facts.failures_in_row = 0;
    if (session->machine.state == TUNNEL_SESSION_BACKING_OFF && is_wanted(session))
        tunnel_session_open(session);
}

bool tunnel_session_is_closed(const struct tunnel_session *session)
{
    return session->machine.state == TUNNEL_SESSION_CLOSED;
}

void tunnel_session_retire(struct tunnel_session *session,
                           const struct tunnel_observer *observer)
{
    session->observer = *observer;
    session->is_retired = true;
    tunnel_session_settle(session);
}

/* Right after a refused login or host key another try would only anger the bastion. */
static bool is_too_soon(const struct tunnel_session *session)
{
    const struct tunnel_facts *facts = &session->facts;
    if (session->machine.state != TUNNEL_SESSION_BACKING_OFF ||
        !stage_cause_is_refusal(facts->last_failure.cause))
        return false;
    int64_t age_us = clock_monotonic_us() - session->machine.since_us;
    return age_us < session->home->settings->refused_first.count * 1000;
}

void tunnel_session_dial(struct tunnel_session *session, struct tunnel_dial *dial,
                         int descriptor)
{
    ASSERT(!session->is_retired);
    tunnel_channel_new(session, dial, descriptor);
    if (is_too_soon(session))
        tunnel_channel_session_down(session, &session->facts.last_failure);
    else
        tunnel_session_open(session);
    tunnel_session_settle(session);
}

const struct tunnel_facts *tunnel_session_facts(const struct tunnel_session *session)
{
    return &session->facts;
}

const struct stage_trace *tunnel_session_trace(const struct tunnel_session *session)
{
    return &session->trace;
}
