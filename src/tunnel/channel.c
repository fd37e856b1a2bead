/* One dial's channel: opened, pumped between libssh and one end of a socket pair, ended.
 *
 * Two rules of libssh shape this file. Its callbacks run inside nearly every call, so
 * they do no more than send() into the pair and ask for attention; all else happens in
 * tunnel_channel_attend(), when no libssh call is on the stack. And a channel that is
 * still opening must never be freed, nor a refused one closed: a dial that was given up
 * stays in the list until sshd has answered. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "tunnel/session_internal.h"

enum {
    CHUNK_LEN = 4 * (32768 - 10), /* whole packets of sshd's limit less libssh's header */
    UP_TURN_MAX = 256 * 1024,     /* bytes of one channel in one turn */
    UP_BUFFER_MAX = 256 * 1024,   /* written before the channel is open, or not taken */
    LIBSSH_CHANNEL_BASE = 42,     /* its first channel has the number after it */
    OPEN_ATTEMPTS_MAX = 4,
    WINDOW_LIBSSH = 1280000,        /* what libssh itself refills to */
    WINDOWS_MAX = 256 * 1024 * 1024 /* of all channels of one loop together */
};

enum channel_state {
    CHANNEL_WAITING,
    CHANNEL_OPENING,
    CHANNEL_OPEN,
    CHANNEL_ABANDONED,
    CHANNEL_DONE,
    CHANNEL_STATE_COUNT,
};

static const struct machine_state channel_states[CHANNEL_STATE_COUNT] = {
    [CHANNEL_WAITING] = {"waiting",
                         MACHINE_TO(CHANNEL_OPENING) | MACHINE_TO(CHANNEL_DONE), 0,
                         "the session is not up yet; the dial's own clock runs"},
    [CHANNEL_OPENING] = {"opening",
                         MACHINE_TO(CHANNEL_OPEN) | MACHINE_TO(CHANNEL_ABANDONED) |
                             MACHINE_TO(CHANNEL_DONE),
                         0, "the bastion connects to the target; the same clock runs"},
    [CHANNEL_OPEN] = {"open", MACHINE_TO(CHANNEL_DONE), 0, "bytes flow"},
    [CHANNEL_ABANDONED] = {"abandoned", MACHINE_TO(CHANNEL_DONE), 0,
                           "given up, but sshd has not answered yet"},
    [CHANNEL_DONE] = {"done", 0, 0, "freed when the turn ends"},
};

/* Each direction ends by itself. */
enum flow {
    FLOW_OPEN,
    FLOW_ENDING, /* its end was seen; what is buffered still goes out */
    FLOW_ENDED,  /* the other side was told */
    FLOW_BROKEN, /* nobody takes these bytes any more */
};

struct channel {
    struct list_link link; /* session->channels, later session->dead */
    struct list_link attention;
    struct tunnel_session *session;
    struct tunnel_dial *dial;
    struct machine machine;
    struct loop_timer timer;
    int descriptor; /* our end of the pair; -1: closed */
    struct loop_watch watch;
    ssh_channel ssh;   /* NULL: not asked for, or freed */
    uint32_t number;   /* libssh's own; 0: not asked for yet */
    int attempt_count; /* see is_foreign_refusal() */
    struct ssh_channel_callbacks_struct callbacks;
    enum flow up;    /* pair to bastion */
    enum flow down;  /* bastion to pair */
    bool is_blocked; /* the pair takes no more for now */
    bool is_peer_closed;
    struct buffer up_buffer;
    struct buffer down_buffer;
    uint32_t window_used; /* bytes that came since the window was last extended */
};

static void want_attention(struct channel *channel)
{
    if (!list_is_linked(&channel->attention))
        list_append(&channel->session->attention, &channel->attention);
}

/* --- callbacks of libssh: they may call nothing of libssh -------------------------- */

/* Bytes the pair took; 0 when it is full; all of them when nobody is there to read. */
static size_t send_down(struct channel *channel, const uint8_t *at, size_t len)
{
    ssize_t sent = send(channel->descriptor, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        sent = 0;
    if (sent < 0) {
        channel->down = FLOW_BROKEN;
        want_attention(channel);
        return len;
    }
    if ((size_t)sent < len && !channel->is_blocked)
        want_attention(channel);
    channel->is_blocked = (size_t)sent < len;
    atomic_fetch_add_explicit(&channel->dial->bytes_in, (uint64_t)sent,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&channel->session->counters->bytes_in, (uint64_t)sent,
                              memory_order_relaxed);
    return (size_t)sent;
}

static uint32_t window_of(const struct channel *channel)
{
    size_t share = WINDOWS_MAX / (channel->session->home->channel_count + 1);
    uint32_t window = channel->session->home->settings->window;
    return share < window ? (uint32_t)share : window;
}

static int on_data(ssh_session ssh, ssh_channel handle, void *data, uint32_t len,
                   int is_stderr, void *argument)
{
    (void)ssh;
    (void)handle;
    struct channel *channel = argument;
    int state = channel->machine.state;
    bool is_wanted = state == CHANNEL_OPEN || state == CHANNEL_OPENING;
    if (!is_wanted || is_stderr || channel->down != FLOW_OPEN)
        return (int)len;
    if (buffer_len(&channel->down_buffer) > 0)
        return 0;
    /* Tried even when blocked: a pair takes bytes long before it says it is writable. */
    size_t sent = send_down(channel, data, len);
    channel->window_used += (uint32_t)sent;
    if (channel->window_used >= window_of(channel) / 4)
        want_attention(channel);
    return (int)sent;
}

static void on_eof(ssh_session ssh, ssh_channel handle, void *argument)
{
    (void)ssh;
    (void)handle;
    struct channel *channel = argument;
    if (channel->down == FLOW_OPEN)
        channel->down = FLOW_ENDING;
    want_attention(channel);
}

static void on_close(ssh_session ssh, ssh_channel handle, void *argument)
{
    struct channel *channel = argument;
    channel->is_peer_closed = true;
    on_eof(ssh, handle, argument);
}

/* --- ending ------------------------------------------------------------------------ */

static void close_pair(struct channel *channel)
{
    loop_watch_remove(&channel->watch);
    loop_timer_cancel(&channel->timer);
    if (channel->descriptor >= 0)
        close(channel->descriptor);
    channel->descriptor = -1;
}

static void log_end(struct channel *channel)
{
    struct tunnel_dial_record record;
    tunnel_dial_read(channel->dial, &record);
    LOG(LOG_DEBUG, TUNNEL_DIAL,
        "tunnel=%s dial=%llu host=\"%s\" port=%u state=%s stage=\"%s\" cause=%s "
        "words=\"%s\" bytes_in=%llu bytes_out=%llu",
        record.tunnel_id, (unsigned long long)record.number, record.host,
        (unsigned)record.port, tunnel_dial_state_name(record.state),
        stage_name(record.failure.stage), stage_cause_name(record.failure.cause),
        record.failure.words, (unsigned long long)record.bytes_in,
        (unsigned long long)record.bytes_out);
}

/* Keeps the counts true; `was` is the state that is being left. */
static void count_leaving(struct channel *channel, int was)
{
    struct tunnel_counters *counters = channel->session->counters;
    if (was == CHANNEL_OPEN) {
        atomic_fetch_sub(&counters->channels_open, 1);
        channel->session->home->channel_count--;
    } else {
        atomic_fetch_sub(&counters->dials_waiting, 1);
    }
}

/* The only end of a channel. `failure` may be NULL. Frees libssh's channel, which closes
 * it if it is open and only frees it if it was refused. */
static void finish(struct channel *channel, const struct stage_failure *failure)
{
    struct tunnel_session *session = channel->session;
    int was = channel->machine.state;
    machine_move(&channel->machine, CHANNEL_DONE, failure == NULL ? "end" : "failure");
    close_pair(channel);
    count_leaving(channel, was);
    enum tunnel_dial_state end =
        was == CHANNEL_OPEN ? TUNNEL_DIAL_ENDED : TUNNEL_DIAL_FAILED;
    if (failure == NULL)
        tunnel_dial_move(channel->dial, end);
    else
        tunnel_dial_fail(channel->dial, end, failure);
    if (was != CHANNEL_ABANDONED) {
        if (end == TUNNEL_DIAL_FAILED)
            atomic_fetch_add(&session->counters->dial_failed_count, 1);
        tunnel_dial_report(channel->dial, TUNNEL_DIAL_CLOSED);
        log_end(channel);
    }
    if (channel->ssh != NULL) {
        ssh_remove_channel_callbacks(channel->ssh, &channel->callbacks);
        ssh_channel_free(channel->ssh);
    }
    channel->ssh = NULL;
    list_remove(&channel->attention);
    list_remove(&channel->link);
    list_append(&session->dead, &channel->link);
    session->channel_count--;
    if (session->channel_count == 0)
        session->idle_since_us = clock_monotonic_us();
}

/* The asker or the clock gave up. While sshd owes an answer the channel must stay. */
static void give_up(struct channel *channel, enum stage_cause cause, const char *words)
{
    struct stage_failure failure;
    enum stage stage = STAGE_FORWARD;
    if (channel->machine.state == CHANNEL_WAITING)
        stage = tunnel_session_stage(channel->session);
    stage_failure_set(&failure, stage, cause, words);
    if (channel->machine.state == CHANNEL_WAITING) {
        finish(channel, &failure);
        return;
    }
    machine_move(&channel->machine, CHANNEL_ABANDONED, words);
    tunnel_dial_fail(channel->dial, TUNNEL_DIAL_GIVEN_UP, &failure);
    atomic_fetch_add(&channel->session->counters->dial_failed_count, 1);
    tunnel_dial_report(channel->dial, TUNNEL_DIAL_CLOSED);
    log_end(channel);
    close_pair(channel);
    want_attention(channel);
}

static void on_timeout(void *argument)
{
    struct channel *channel = argument;
    struct tunnel_session *session = channel->session;
    bool is_waiting = channel->machine.state == CHANNEL_WAITING;
    give_up(channel, is_waiting ? STAGE_CAUSE_TIMEOUT : STAGE_CAUSE_TARGET_TIMEOUT,
            "Connection timed out");
    tunnel_session_settle(session);
}

/* --- opening ----------------------------------------------------------------------- */

/* RFC 4254 5.1 reason and sshd's text out of libssh's one line: "Channel opening failure:
 * channel 43 error (2) Connection refused". */
static const char *parse_refusal(const char *line, uint32_t *reason_out)
{
    const char *at = strstr(line, "error (");
    *reason_out = 0;
    if (at == NULL)
        return line;
    char *end = NULL;
    *reason_out = (uint32_t)strtoul(at + strlen("error ("), &end, 10);
    return end != NULL && end[0] == ')' ? end + 1 + (end[1] == ' ') : line;
}

static enum stage_cause connect_cause(const char *text)
{
    static const struct {
        const char *part;
        enum stage_cause cause;
    } known[] = {
        {"Name or service not known", STAGE_CAUSE_TARGET_NAME_UNKNOWN},
        {"name resolution", STAGE_CAUSE_TARGET_NAME_UNKNOWN},
        {"No address associated", STAGE_CAUSE_TARGET_NAME_UNKNOWN},
        {"unknown host", STAGE_CAUSE_TARGET_NAME_UNKNOWN},
        {"refused", STAGE_CAUSE_TARGET_REFUSED},
        {"timed out", STAGE_CAUSE_TARGET_TIMEOUT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (strstr(text, known[i].part) != NULL)
            return known[i].cause;
    }
    return STAGE_CAUSE_TARGET_UNREACHABLE;
}

/* As `ssh -L` words it: "administratively prohibited: open failed". */
static void refusal(struct channel *channel, struct stage_failure *failure)
{
    uint32_t reason = 0;
    ssh_session ssh = channel->session->ssh;
    const char *text = parse_refusal(ssh_get_error(ssh), &reason);
    enum stage_cause cause = STAGE_CAUSE_SESSION_LOST;
    const char *name = NULL;
    if (reason == 1) {
        cause = STAGE_CAUSE_FORWARD_PROHIBITED;
        name = "administratively prohibited";
    } else if (reason == 2) {
        cause = connect_cause(text);
        name = "connect failed";
    } else if (reason == 3) {
        cause = STAGE_CAUSE_FORWARD_PROHIBITED;
        name = "unknown channel type";
    } else if (reason == 4) {
        cause = STAGE_CAUSE_CHANNEL_LIMIT;
        name = "resource shortage";
    }
    char words[STAGE_WORDS_MAX];
    snprintf(words, sizeof(words), "%s%s%s", name == NULL ? "" : name,
             name == NULL ? "" : ": ", text);
    stage_failure_set(failure, STAGE_FORWARD, cause, words);
    failure->reason = reason;
}

static void opened(struct channel *channel)
{
    struct tunnel_session *session = channel->session;
    if (channel->machine.state == CHANNEL_ABANDONED) {
        finish(channel, NULL);
        return;
    }
    machine_move(&channel->machine, CHANNEL_OPEN, "the bastion has confirmed");
    loop_timer_cancel(&channel->timer);
    atomic_fetch_sub(&session->counters->dials_waiting, 1);
    atomic_fetch_add(&session->counters->channels_open, 1);
    session->home->channel_count++;
    channel->window_used = UINT32_MAX / 2;
    tunnel_dial_move(channel->dial, TUNNEL_DIAL_OPEN);
    tunnel_dial_report(channel->dial, TUNNEL_DIAL_OPENED);
}

static void make_channel(struct channel *channel)
{
    channel->ssh = ssh_channel_new(channel->session->ssh);
    ASSERT(channel->ssh != NULL);
    channel->number = 0;
    channel->callbacks.userdata = channel;
    channel->callbacks.channel_data_function = on_data;
    channel->callbacks.channel_eof_function = on_eof;
    channel->callbacks.channel_close_function = on_close;
    ssh_callbacks_init(&channel->callbacks);
    ssh_set_channel_callbacks(channel->ssh, &channel->callbacks);
    want_attention(channel);
}

/* libssh keeps one error for the whole session: when sshd refuses several channels in one
 * packet's breath, only the last one's reason is left, and its line names that channel.
 * The others are asked for again, so that each learns its own reason. */
static bool is_foreign_refusal(struct channel *channel)
{
    const char *at = strstr(ssh_get_error(channel->session->ssh), "channel ");

    if (at == NULL || channel->attempt_count++ >= OPEN_ATTEMPTS_MAX)
        return false;
    return strtoul(at + strlen("channel "), NULL, 10) != channel->number;
}

/* Again and again until sshd has answered. */
static void try_open(struct channel *channel)
{
    const struct tunnel_dial_record *record = &channel->dial->record;
    if (channel->number == 0)
        channel->number = LIBSSH_CHANNEL_BASE + ++channel->session->opened_count;
    int result = ssh_channel_open_forward(channel->ssh, record->host, record->port,
                                          "127.0.0.1", 0);
    if (result == SSH_AGAIN) {
        want_attention(channel);
    } else if (result == SSH_OK) {
        opened(channel);
    } else if (channel->machine.state == CHANNEL_OPENING && is_foreign_refusal(channel)) {
        ssh_channel_free(channel->ssh);
        make_channel(channel);
    } else {
        struct stage_failure failure;
        refusal(channel, &failure);
        finish(channel, &failure);
    }
}

static void begin_open(struct channel *channel)
{
    machine_move(&channel->machine, CHANNEL_OPENING, "the session is up");
    tunnel_dial_move(channel->dial, TUNNEL_DIAL_OPENING);
    make_channel(channel);
}

/* --- pumping down: bastion to pair -------------------------------------------------- */

/* What was taken out of libssh must be kept here if the pair has no room. */
static void deliver(struct channel *channel, const uint8_t *at, size_t len)
{
    size_t sent = 0;
    if (channel->down == FLOW_BROKEN)
        return;
    if (!channel->is_blocked && buffer_len(&channel->down_buffer) == 0)
        sent = send_down(channel, at, len);
    if (sent < len)
        buffer_add(&channel->down_buffer, bytes_of(at + sent, len - sent));
    channel->window_used += (uint32_t)len;
}

/* Lets the bastion run up to a whole window ahead. libssh has no option for it, but a
 * read that asks for more than the window holds extends it (and may read). */
static void extend_window(struct channel *channel)
{
    uint32_t window = window_of(channel);
    bool is_due = channel->window_used >= window / 4 && channel->down == FLOW_OPEN &&
                  !channel->is_blocked && buffer_len(&channel->down_buffer) == 0;
    if (!is_due)
        return;
    channel->window_used = 0;
    if (window <= WINDOW_LIBSSH)
        return;
    uint8_t *scratch = channel->session->home->scratch;
    int got = ssh_channel_read_timeout(channel->ssh, scratch, window, 0, 0);
    if (got > 0)
        deliver(channel, scratch, (size_t)got);
}

static void flush_down(struct channel *channel)
{
    channel->is_blocked = false;
    struct bytes kept = buffer_bytes(&channel->down_buffer);
    if (kept.len > 0) {
        buffer_consume(&channel->down_buffer, send_down(channel, kept.at, kept.len));
        if (buffer_len(&channel->down_buffer) == 0)
            buffer_reset(&channel->down_buffer, 0);
    }
    uint8_t *scratch = channel->session->home->scratch;
    while (!channel->is_blocked && channel->down != FLOW_BROKEN &&
           buffer_len(&channel->down_buffer) == 0) {
        int got = ssh_channel_read_nonblocking(channel->ssh, scratch, UP_TURN_MAX, 0);
        if (got <= 0)
            break;
        deliver(channel, scratch, (size_t)got);
    }
    want_attention(channel);
}

static bool has_down_bytes(struct channel *channel)
{
    return buffer_len(&channel->down_buffer) > 0 || ssh_channel_poll(channel->ssh, 0) > 0;
}

/* The target's end of the stream, once all before it has gone through. */
static void end_down(struct channel *channel)
{
    if (channel->down != FLOW_ENDING || channel->is_blocked)
        return;
    if (has_down_bytes(channel))
        flush_down(channel);
    if (channel->is_blocked || has_down_bytes(channel) || channel->down != FLOW_ENDING)
        return;
    shutdown(channel->descriptor, SHUT_WR);
    channel->down = FLOW_ENDED;
}

/* --- pumping up: pair to bastion ---------------------------------------------------- */

static bool may_write(const struct channel *channel)
{
    return channel->machine.state == CHANNEL_OPEN && !channel->is_peer_closed &&
           (ssh_get_status(channel->session->ssh) & SSH_WRITE_PENDING) == 0 &&
           ssh_channel_window_size(channel->ssh) > 0;
}

/* Bytes that libssh took: fewer than asked while it changes keys or the window is
 * short. */
static size_t write_up(struct channel *channel, const uint8_t *at, size_t len)
{
    uint32_t window = ssh_channel_window_size(channel->ssh);
    uint32_t part = len < window ? (uint32_t)len : window;
    int written = ssh_channel_write(channel->ssh, at, part);
    if (written <= 0)
        return 0;
    atomic_fetch_add_explicit(&channel->dial->bytes_out, (uint64_t)written,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&channel->session->counters->bytes_out, (uint64_t)written,
                              memory_order_relaxed);
    return (size_t)written;
}

static bool flush_up_buffer(struct channel *channel)
{
    while (buffer_len(&channel->up_buffer) > 0 && may_write(channel)) {
        struct bytes kept = buffer_bytes(&channel->up_buffer);
        size_t written = write_up(channel, kept.at, kept.len);
        buffer_consume(&channel->up_buffer, written);
        if (written == 0)
            return false;
    }
    return buffer_len(&channel->up_buffer) == 0;
}

static void consumer_ended(struct channel *channel)
{
    channel->up = FLOW_ENDING;
    struct pollfd state = {.fd = channel->descriptor, .events = POLLOUT};
    if (poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0)
        channel->down = FLOW_BROKEN;
}

/* Bytes read from the pair; 0 when there are none for now, or no more at all. */
static size_t read_up(struct channel *channel, uint8_t *at, size_t len)
{
    ssize_t got = recv(channel->descriptor, at, len, MSG_DONTWAIT);
    if (got > 0)
        return (size_t)got;
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        consumer_ended(channel);
    return 0;
}

static void pump_up(struct channel *channel)
{
    uint8_t *scratch = channel->session->home->scratch;
    size_t budget = UP_TURN_MAX;
    while (budget > 0 && channel->up == FLOW_OPEN && flush_up_buffer(channel) &&
           may_write(channel)) {
        size_t got = read_up(channel, scratch, CHUNK_LEN);
        if (got == 0)
            break;
        /* libssh reads into callbacks while it writes; none of them uses the scratch. */
        size_t written = write_up(channel, scratch, got);
        if (written < got)
            buffer_add(&channel->up_buffer, bytes_of(scratch + written, got - written));
        budget = got < budget ? budget - got : 0;
    }
    if (channel->up == FLOW_ENDING && flush_up_buffer(channel)) {
        if (!channel->is_peer_closed)
            ssh_channel_send_eof(channel->ssh);
        channel->up = FLOW_ENDED;
    }
}

/* Before the channel is open: bytes wait here, so that a consumer's going is seen. */
static void read_early(struct channel *channel)
{
    size_t room = UP_BUFFER_MAX - buffer_len(&channel->up_buffer);
    uint8_t *scratch = channel->session->home->scratch;
    size_t got = read_up(channel, scratch, room < CHUNK_LEN ? room : CHUNK_LEN);
    if (got > 0)
        buffer_add(&channel->up_buffer, bytes_of(scratch, got));
    if (channel->down == FLOW_BROKEN)
        give_up(channel, STAGE_CAUSE_CANCELLED, "whoever asked has gone");
}

/* --- turns ------------------------------------------------------------------------- */

static bool is_up_stuck(const struct channel *channel)
{
    return channel->up == FLOW_ENDING || buffer_len(&channel->up_buffer) > 0 ||
           !may_write(channel);
}

static void choose_events(struct channel *channel)
{
    if (!loop_watch_is_added(&channel->watch))
        return;
    bool is_open = channel->machine.state == CHANNEL_OPEN;
    bool wants_read = channel->up == FLOW_OPEN &&
                      (is_open ? !is_up_stuck(channel)
                               : buffer_len(&channel->up_buffer) < UP_BUFFER_MAX);
    bool wants_write = channel->is_blocked && channel->down != FLOW_BROKEN;
    loop_watch_change(&channel->watch, (struct loop_interest){wants_read, wants_write});
}

static bool is_over(const struct channel *channel)
{
    bool down_over = channel->down == FLOW_ENDED || channel->down == FLOW_BROKEN;
    return down_over && (channel->up == FLOW_ENDED || channel->is_peer_closed);
}

static void attend_open(struct channel *channel)
{
    extend_window(channel);
    pump_up(channel);
    end_down(channel);
    if (is_over(channel)) {
        finish(channel, NULL);
        return;
    }
    bool is_stuck =
        channel->up != FLOW_ENDED && !channel->is_peer_closed && is_up_stuck(channel);
    if (is_stuck)
        want_attention(channel);
    choose_events(channel);
}

static void attend(struct channel *channel)
{
    switch (channel->machine.state) {
    case CHANNEL_OPENING:
    case CHANNEL_ABANDONED:
        try_open(channel);
        if (channel->machine.state == CHANNEL_OPEN)
            attend_open(channel);
        break;
    case CHANNEL_OPEN:
        attend_open(channel);
        break;
    default:
        break;
    }
}

static void on_pair(void *argument, struct loop_interest ready)
{
    struct channel *channel = argument;
    struct tunnel_session *session = channel->session;
    if (channel->machine.state == CHANNEL_OPEN) {
        if (ready.write && channel->is_blocked)
            flush_down(channel);
        want_attention(channel);
    } else {
        read_early(channel);
        if (channel->machine.state != CHANNEL_DONE)
            choose_events(channel);
    }
    tunnel_session_settle(session);
}

struct channel *tunnel_channel_new(struct tunnel_session *session,
                                   struct tunnel_dial *dial, int descriptor)
{
    struct channel *channel = MEM_NEW(struct channel);
    channel->session = session;
    channel->dial = dial;
    channel->descriptor = descriptor;
    machine_init(&channel->machine, dial->tunnel_name, channel_states,
                 CHANNEL_STATE_COUNT, CHANNEL_WAITING);
    buffer_init(&channel->up_buffer, 2 * (size_t)UP_BUFFER_MAX);
    buffer_init(&channel->down_buffer, 2 * (size_t)session->home->settings->window);
    loop_timer_init(&channel->timer, session->home->loop, "tunnel-dial", on_timeout,
                    channel);
    loop_timer_arm(&channel->timer, dial->timeout);
    loop_watch_init(&channel->watch, session->home->loop, "tunnel-channel", on_pair,
                    channel);
    loop_watch_add(&channel->watch, descriptor, LOOP_INTEREST_READ);
    list_append(&session->channels, &channel->link);
    session->channel_count++;
    atomic_fetch_add(&session->counters->dials_waiting, 1);
    atomic_fetch_add(&session->counters->dial_count, 1);
    choose_events(channel);
    if (session->machine.state == TUNNEL_SESSION_UP)
        begin_open(channel);
    return channel;
}

void tunnel_channel_session_up(struct tunnel_session *session)
{
    LIST_FOR_EACH(&session->channels, link)
    {
        struct channel *channel = LIST_ENTRY(link, struct channel, link);
        if (channel->machine.state == CHANNEL_WAITING)
            begin_open(channel);
    }
}

void tunnel_channel_session_down(struct tunnel_session *session,
                                 const struct stage_failure *failure)
{
    /* libssh frees all its channels with the session, opening ones too. */
    while (!list_is_empty(&session->channels)) {
        struct channel *channel =
            LIST_ENTRY(session->channels.next, struct channel, link);
        channel->ssh = NULL;
        finish(channel, failure);
    }
}

void tunnel_channel_attend(struct tunnel_session *session)
{
    /* Who still wants attention afterwards gets it in the next turn, not in this one. */
    struct list_link round;
    list_init(&round);
    while (!list_is_empty(&session->attention)) {
        struct list_link *link = session->attention.next;
        list_remove(link);
        list_append(&round, link);
    }
    while (!list_is_empty(&round)) {
        struct list_link *link = round.next;
        list_remove(link);
        attend(LIST_ENTRY(link, struct channel, attention));
    }
}

void tunnel_channel_free_dead(struct tunnel_session *session)
{
    while (!list_is_empty(&session->dead)) {
        struct channel *channel = LIST_ENTRY(session->dead.next, struct channel, link);
        list_remove(&channel->link);
        buffer_fini(&channel->up_buffer);
        buffer_fini(&channel->down_buffer);
        tunnel_dial_unref(&channel->dial);
        mem_free(channel);
    }
}

void tunnel_channel_sweep(struct tunnel_session *session)
{
    LIST_FOR_EACH(&session->channels, link)
    {
        struct channel *channel = LIST_ENTRY(link, struct channel, link);
        if (channel->machine.state != CHANNEL_OPEN || channel->up == FLOW_OPEN)
            continue;
        struct pollfd state = {.fd = channel->descriptor, .events = POLLOUT};
        if (poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0) {
            channel->down = FLOW_BROKEN;
            want_attention(channel);
        }
    }
}
