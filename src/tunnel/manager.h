#ifndef TUNNEL_MANAGER_H
#define TUNNEL_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/stage.h"
#include "tunnel/definition.h"
#include "tunnel/dial.h"

struct error;
struct loop;

/* Owns the tunnel loops (threads of their own), one SSH session per definition, and all
 * channels. All functions may be called from any thread unless they say otherwise. */
struct tunnel_manager;

/* A trusted host key that was seen for the first time: the owner stores it and gives it
 * back in the next tunnel_manager_update(). Called in settings.owner. */
typedef void tunnel_on_pin(void *argument, const char *tunnel_id,
                           const struct tunnel_host_key *key);

struct tunnel_manager_settings {
    size_t loop_count;  /* 0: 1 */
    struct loop *owner; /* where on_pin runs; may be NULL, then on_pin is not called */
    tunnel_on_pin *on_pin;
    void *argument;

    /* Zero means the default that is named. */
    struct ms connect_timeout;    /* 30 s: name, TCP, banner, keys and login together */
    struct ms keepalive_interval; /* 10 s of silence, then a question */
    int keepalive_count;          /* 3 unanswered questions end the session */
    struct ms idle_timeout;       /* 300 s without a channel close an unheld session */
    struct ms retry_first;        /* 200 ms, doubled up to ... */
    struct ms retry_max;          /* ... 5 s, after a network fault */
    struct ms refused_first;      /* 5 s, doubled up to ... */
    struct ms refused_max;        /* ... 600 s, after a refused login or host key */
    uint32_t window;              /* 4 MiB: bytes a target may be ahead of its reader */
};

enum rc tunnel_manager_new(const struct tunnel_manager_settings *settings,
                           struct tunnel_manager **manager_out,
                           struct error *err) MUST_USE;

/* Ends every session and dial (each reports CLOSED), stops and joins the loops. Call it
 * from a thread that is none of the tunnel loops, while `owner` and the askers' loops
 * still exist. */
void tunnel_manager_free(struct tunnel_manager **manager);

/* Makes the tunnel known, or changes it (ALTER, ROTATE KEYS, a pinned key). Opens
 * nothing. New keys and host keys count from the next login on; a live session is not
 * cut. A new host, port or user: new dials go there, the old session ends with its last
 * channel. The definition is copied. */
void tunnel_manager_update(struct tunnel_manager *manager,
                           const struct tunnel_definition *definition);

/* DROP CONNECTION: the session and its dials end. Unknown ids are ignored. */
void tunnel_manager_remove(struct tunnel_manager *manager, const char *id);

/* A held tunnel is opened at once, kept open and healed without anybody dialling. Holds
 * are counted. Unknown ids are ignored. */
void tunnel_manager_hold(struct tunnel_manager *manager, const char *id);
void tunnel_manager_release(struct tunnel_manager *manager, const char *id);

/* Ends the wait between two attempts, if there is one. */
void tunnel_manager_retry(struct tunnel_manager *manager, const char *id);

/* --- what is going on ------------------------------------------------------------- */

enum tunnel_session_state {
    TUNNEL_SESSION_IDLE,
    TUNNEL_SESSION_RESOLVING,
    TUNNEL_SESSION_CONNECTING,
    TUNNEL_SESSION_EXCHANGING_KEYS,
    TUNNEL_SESSION_VERIFYING_HOST,
    TUNNEL_SESSION_LOGGING_IN,
    TUNNEL_SESSION_UP,
    TUNNEL_SESSION_BACKING_OFF,
    TUNNEL_SESSION_CLOSED,
    TUNNEL_SESSION_STATE_COUNT,
};

/* "idle", "resolving", ... */
const char *tunnel_session_state_name(enum tunnel_session_state state);

/* One tunnel. Texts live in the arena of the snapshot; NULL or 0: not known (yet). */
struct tunnel_status {
    const char *id;
    const char *name;
    enum tunnel_session_state state;
    int64_t since_wall_us;
    struct stage_failure last_failure; /* stage NONE: there was none */
    int failures_in_row;
    uint64_t connect_count; /* logins that went well */
    uint64_t bytes_in;      /* payload, from targets */
    uint64_t bytes_out;
    size_t channels_open;
    size_t dials_waiting; /* waiting, opening and given up */
    uint64_t dial_count;
    uint64_t dial_failed_count;
    int64_t next_retry_wall_us;
    int64_t round_trip_us; /* of the last keepalive */
    const char *address;   /* "192.0.2.7:22" */
    const char *server_banner;
    const char *cipher;
    const char *key_exchange;
    struct tunnel_host_key host_key; /* as seen; texts NULL before the first */
    int accepted_key;                /* 1 or 2; 0: none yet */
    size_t loop;                     /* number of the loop that owns it */
};

/* Rows in order of id. */
void tunnel_manager_snapshot(struct tunnel_manager *manager, struct arena *arena,
                             struct tunnel_status **rows_out, size_t *count_out);

/* Dials that are not over, and the last 64 that failed, oldest first. */
void tunnel_manager_dials(struct tunnel_manager *manager, struct arena *arena,
                          struct tunnel_dial_record **rows_out, size_t *count_out);

/* --- probing ---------------------------------------------------------------------- */

/* Borrowed by on_done for the call. */
struct tunnel_probe_result {
    struct stage_trace trace;
    struct stage_failure failure;    /* stage NONE: all went well */
    struct tunnel_host_key host_key; /* as seen; texts NULL when it came not so far */
    bool is_first_use;               /* the key was not known; on_pin was told */
    int accepted_key;                /* 1 or 2; 0: none */
};

struct tunnel_probe_request {
    const struct tunnel_definition *definition; /* copied; need not be known */
    const char *target_host; /* NULL: log in and no more; else also forward */
    uint16_t target_port;
    struct ms timeout;  /* of the whole; 0: connect_timeout */
    struct loop *asker; /* where on_done runs; must outlive the probe */
    void (*on_done)(void *argument, const struct tunnel_probe_result *result);
    void *argument;
};

/* VALIDATE and EXPLAIN ANALYZE: always a fresh session, ended afterwards. on_done comes
 * exactly once, whatever happens, unless the asker's loop has stopped. When it went well,
 * a tunnel of the same id that waits to retry does so at once. Returns a number for
 * tunnel_manager_cancel_probe(). */
uint64_t tunnel_manager_probe(struct tunnel_manager *manager,
                              const struct tunnel_probe_request *request);

/* From the asker's loop: on_done comes no more. Unknown numbers are ignored. */
void tunnel_manager_cancel_probe(struct tunnel_manager *manager, uint64_t number);

#endif
