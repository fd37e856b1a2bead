#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include "base/buffer.h"
#include "pgwire/session.h"
#include "server/server.h"

/* One client's SQL: its transaction, settings, prepared statements and portals, and the
 * message that is being carried out. Knows no socket. One thread at a time, but for
 * session_cancel(). */
struct session;
struct statement_cache;

enum session_step {
    SESSION_IDLE,    /* the message is answered: give the next one */
    SESSION_MORE,    /* `out` is full: send it, then run again */
    SESSION_WAITING, /* for a lock, a commit or a probe: run again after wake() */
    SESSION_HEAVY,   /* run again in an executor's thread */
    SESSION_FLUSH,   /* as IDLE, and send what is written now */
    SESSION_CLOSE,   /* send what is written, then end the connection */
};

struct session_owner {
    /* Once for each SESSION_WAITING, from any thread, maybe before run() has returned. */
    void (*wake)(void *argument);
    /* Somebody has called session_cancel() through the registry; from any thread. */
    void (*interrupt)(void *argument);
    /* A notification has come: ask session_deliver() when idle; from any thread. */
    void (*ring)(void *argument);
    void *argument;
};

struct session *session_new(struct server *server, const struct session_owner *owner);

/* Not while a wake is owed. Rolls back. Accepts NULL; clears. */
void session_free(struct session **session);

struct session_peer {
    const char *address;
    uint16_t port;
    bool is_encrypted;
};

/* Log-in: user, database and settings of the start-up packet. Writes everything up to the
 * first ReadyForQuery. Errors are FATAL: 3D000, 28000, 22023, 42704. */
enum rc session_start(struct session *session, const struct pgwire_startup *startup,
                      const struct session_peer *peer, struct buffer *out,
                      struct error *err) MUST_USE;

/* Takes a message of the ready phase; the event must live until the call of session_run()
 * that follows, in the loop, which copies what it needs beyond. `refused` is the error of
 * a REFUSED event. */
void session_take(struct session *session, struct pgwire_session *wire,
                  const struct pgwire_event *event, const struct error *refused);

/* Goes on with the message. `cache` is the calling loop's, NULL in an executor, where no
 * statement is HEAVY. */
enum session_step session_run(struct session *session, struct statement_cache *cache,
                              struct buffer *out);

/* Ends the statement under way (57014), or the session (57P01), from any thread; `why` is
 * a literal, the error's message. Whoever waits for a lock must be woken besides. */
void session_cancel(struct session *session, enum sqlstate state, const char *why);

/* True when a lock was waited for, which is now given up: run again. In the loop. */
bool session_leave_wait(struct session *session);

/* Writes the notifications that wait, unless a transaction is open. True: there were
 * some. Between two messages, in the loop. */
bool session_deliver(struct session *session, struct buffer *out);

/* True once session_cancel() was called to end it. */
bool session_is_terminated(const struct session *session);

enum pgwire_transaction session_transaction_status(const struct session *session);

/* Milliseconds, 0: none: of the statement, of an idle transaction, of an idle session. */
struct session_timeouts {
    int64_t statement;
    int64_t lock; /* while a lock is waited for */
    int64_t idle_in_transaction;
    int64_t idle;
};
struct session_timeouts session_timeouts(const struct session *session);

#endif
