#ifndef TUNNEL_SESSION_INTERNAL_H
#define TUNNEL_SESSION_INTERNAL_H

/* Shared by session.c, handshake.c and channel.c only: the three that touch libssh's
 * sessions. */

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "base/buffer.h"
#include "base/list.h"
#include "base/machine.h"
#include "loop/connect.h"
#include "loop/loop.h"
#include "loop/resolve.h"
#include "loop/timer.h"
#include "loop/watch.h"
#include "tunnel/dial_internal.h"
#include "tunnel/session.h"

struct tunnel_session {
    struct tunnel_home *home;
    struct tunnel_definition *definition;
    struct tunnel_observer observer;
    struct tunnel_counters *counters;
    struct machine machine; /* of enum tunnel_session_state */
    struct tunnel_facts facts;
    struct stage_trace trace;
    bool is_held;
    bool is_retired;
    bool is_settling;         /* guards against re-entry of the end of a turn */
    struct loop_timer timer;  /* of the state: time-out, retry, or keepalive */
    int64_t deadline_us;      /* of the attempt as a whole */
    int64_t stage_started_us; /* of the last record of the trace */

    struct resolve *resolving;
    struct connect *connecting;
    struct address addresses[RESOLVE_ADDRESSES_MAX];
    size_t address_count;
    size_t address_next; /* the one to try next */
    int socket; /* our own duplicate; -1: none. libssh owns, or leaks, the other one */
    struct loop_watch watch;

    ssh_session ssh;
    ssh_event event;
    int ssh_socket;                /* what libssh was given */
    struct ssh_counter_struct raw; /* bytes on the wire, libssh adds to it */
    ssh_key keys[TUNNEL_KEY_COUNT];
    int key_tried; /* index; which key is being offered */
    int keys_tried_count;
    bool has_reconnected; /* for the other key, since the session was started */
    int key_preferred;    /* index of the key that was accepted last */

    size_t foreign_len; /* bytes before the banner; RFC 4253 4.2 allows lines */
    char foreign_line[TUNNEL_TEXT_MAX];
    bool has_banner_start;
    bool has_started_ssh; /* libssh has been given the descriptor */

    uint64_t keepalive_mark;   /* raw.in_bytes when the last question was sent */
    int64_t keepalive_sent_us; /* 0: answered */
    int keepalive_unanswered;
    int64_t idle_since_us;

    struct list_link channels;
    size_t channel_count;
    uint32_t opened_count;      /* channels that were asked for, as libssh numbers them */
    struct list_link attention; /* channels to look at when the turn ends */
    struct list_link dead;      /* channels to free when the turn ends */
};

/* --- session.c -------------------------------------------------------------------- */

/* The end of every entry into a session: acts on what callbacks have left, attends to
 * channels, frees dead ones, tells libevent what to wait for. */
void tunnel_session_settle(struct tunnel_session *session);

/* Reads what the socket has (bounded), through libssh. Callbacks run inside. */
void tunnel_session_dispatch(struct tunnel_session *session);

void tunnel_session_fail(struct tunnel_session *session,
                         const struct stage_failure *failure);
void tunnel_session_fail_with(struct tunnel_session *session, enum stage stage,
                              enum stage_cause cause, const char *words);
void tunnel_session_move(struct tunnel_session *session, enum tunnel_session_state next,
                         const char *why);
void tunnel_session_publish(struct tunnel_session *session);

/* Begins again at connecting, with the same address. */
void tunnel_session_reconnect(struct tunnel_session *session, const char *why);

void tunnel_session_stage_begin(struct tunnel_session *session, enum stage stage,
                                const char *address);
void tunnel_session_stage_found(struct tunnel_session *session, const char *found);
enum stage tunnel_session_stage(const struct tunnel_session *session);

/* --- handshake.c ------------------------------------------------------------------ */

/* Takes over a connected socket and starts SSH on it. False: the session has failed. */
bool tunnel_handshake_begin(struct tunnel_session *session, int socket);

/* One step of EXCHANGING_KEYS, VERIFYING_HOST and LOGGING_IN, as often as the state
 * moves. */
void tunnel_handshake_step(struct tunnel_session *session);

/* The words of a stage that took too long. */
void tunnel_handshake_timed_out(struct tunnel_session *session);

/* Frees all that libssh holds. Channels must be finished before. */
void tunnel_handshake_end(struct tunnel_session *session);

/* --- channel.c -------------------------------------------------------------------- */

struct channel;

/* Takes over descriptor and reference. Opens at once if the session is up. */
struct channel *tunnel_channel_new(struct tunnel_session *session,
                                   struct tunnel_dial *dial, int descriptor);

/* The session has come up: waiting channels are opened. */
void tunnel_channel_session_up(struct tunnel_session *session);

/* Ends every channel with this failure. */
void tunnel_channel_session_down(struct tunnel_session *session,
                                 const struct stage_failure *failure);

/* One round over the channels that asked for attention. */
void tunnel_channel_attend(struct tunnel_session *session);
void tunnel_channel_free_dead(struct tunnel_session *session);

/* Finds consumers that have gone without a sign; called now and then. */
void tunnel_channel_sweep(struct tunnel_session *session);

#endif
