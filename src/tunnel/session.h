#ifndef TUNNEL_SESSION_H
#define TUNNEL_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/stage.h"
#include "tunnel/definition.h"
#include "tunnel/manager.h"

struct loop;
struct tunnel_dial;
struct worker_pool;

/* One SSH session and its channels. For this folder only; every function must be called
 * in the loop of its home. */
struct tunnel_session;

/* One tunnel loop and what its sessions share. */
struct tunnel_home {
    struct loop *loop;
    struct worker_pool *workers; /* for name look-ups */
    size_t number;
    const struct tunnel_manager_settings *settings; /* all defaults filled in */
    uint8_t *scratch;     /* settings->window bytes; used within one call only */
    size_t channel_count; /* open ones: shares out the memory for windows */
};

/* Live counts; read from any thread. They outlive the session. */
struct tunnel_counters {
    _Atomic uint64_t bytes_in;
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t dial_count;
    _Atomic uint64_t dial_failed_count;
    _Atomic size_t channels_open;
    _Atomic size_t dials_waiting;
};

enum { TUNNEL_TEXT_MAX = 256, TUNNEL_HOST_KEY_MAX = 4096 };

/* What is known of a session: a plain value, copied out for others to read. */
struct tunnel_facts {
    enum tunnel_session_state state;
    int64_t since_wall_us;
    struct stage_failure last_failure;
    int failures_in_row;
    uint64_t connect_count;
    int64_t next_retry_wall_us;
    int64_t round_trip_us;
    int accepted_key;
    bool is_first_use; /* the host key was pinned by this session */
    char address[TUNNEL_TEXT_MAX];
    char server_banner[TUNNEL_TEXT_MAX];
    char cipher[64];
    char key_exchange[64];
    char host_key_type[64];
    char host_key[TUNNEL_HOST_KEY_MAX];
    char fingerprint[64];
};

/* Called in the loop. None of them may free the session. NULL members are skipped. */
struct tunnel_observer {
    void (*on_change)(void *argument); /* the facts have changed */
    void (*on_up)(void *argument);
    void (*on_failed)(void *argument); /* an attempt, or the session that was up */
    void (*on_pin)(void *argument, const struct tunnel_host_key *key);
    void (*on_drained)(void *argument); /* a retired session has nothing left to do */
    void *argument;
};

/* Copies the definition and the observer. Does nothing yet. */
struct tunnel_session *tunnel_session_new(struct tunnel_home *home,
                                          const struct tunnel_definition *definition,
                                          const struct tunnel_observer *observer,
                                          struct tunnel_counters *counters);

/* Cuts all channels (cause shut_down) and ends the session. Not from an observer. */
void tunnel_session_free(struct tunnel_session **session);

/* Opens it if it is idle, and ends the wait between attempts. */
void tunnel_session_open(struct tunnel_session *session);

/* A held session is opened, kept open and healed. */
void tunnel_session_hold(struct tunnel_session *session, bool is_held);

/* The next login uses the new definition; its bastion must be the same. */
void tunnel_session_update(struct tunnel_session *session,
                           const struct tunnel_definition *definition);

/* Takes no new dials; reports to this observer from now on. on_drained comes once its
 * channels have ended, perhaps within this call. */
void tunnel_session_retire(struct tunnel_session *session,
                           const struct tunnel_observer *observer);
bool tunnel_session_is_closed(const struct tunnel_session *session);

/* Takes over the descriptor and a reference of the dial. */
void tunnel_session_dial(struct tunnel_session *session, struct tunnel_dial *dial,
                         int descriptor);

const struct tunnel_facts *tunnel_session_facts(const struct tunnel_session *session);
const struct stage_trace *tunnel_session_trace(const struct tunnel_session *session);

/* How long to wait after this many failures in a row, jitter included: between half and
 * the whole of first * 2^(failures - 1), never over max. */
struct ms tunnel_session_delay(int failures, struct ms first, struct ms max);

#endif
