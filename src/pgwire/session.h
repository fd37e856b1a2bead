#ifndef PGWIRE_SESSION_H
#define PGWIRE_SESSION_H

#include "pgwire/authentication.h"
#include "pgwire/copy.h"
#include "pgwire/extended.h"
#include "pgwire/message.h"
#include "pgwire/query.h"
#include "pgwire/report.h"
#include "pgwire/row.h"
#include "pgwire/startup.h"

/* The server's side of one connection: bytes go in, events come out. No socket, no clock,
 * no SQL; answers are written with pgwire_write_* into a buffer of the owner's. One
 * thread at a time.
 *
 *   pgwire_session_feed(session, bytes);
 *   while ((rc = pgwire_session_next(session, &event, err)) == RC_OK)
 *       ... act on the event before asking for the next one ...
 *
 * Source: PostgreSQL 15 manual, chapter 55. */
struct pgwire_session;

/* The state table itself is in session.c; these are its rows. */
enum pgwire_session_state {
    PGWIRE_SESSION_OPENING,
    PGWIRE_SESSION_TLS_ASKED,
    PGWIRE_SESSION_GSSENC_ASKED,
    PGWIRE_SESSION_WITHOUT_TLS,
    PGWIRE_SESSION_WITHOUT_GSSENC,
    PGWIRE_SESSION_TLS_ASKED_LAST,
    PGWIRE_SESSION_GSSENC_ASKED_LAST,
    PGWIRE_SESSION_PLAIN,
    PGWIRE_SESSION_ENCRYPTED,
    PGWIRE_SESSION_STARTING,
    PGWIRE_SESSION_AUTHENTICATING,
    PGWIRE_SESSION_READY,
    PGWIRE_SESSION_SKIPPING,
    PGWIRE_SESSION_COPYING,
    PGWIRE_SESSION_FAILED,
    PGWIRE_SESSION_CLOSED,
    PGWIRE_SESSION_STATE_COUNT
};

enum pgwire_event_kind {
    /* Answer with pgwire_session_answer_tls() or pgwire_session_refuse_gssenc(). */
    PGWIRE_EVENT_SSL_REQUEST,
    PGWIRE_EVENT_GSSENC_REQUEST,
    /* .cancel. The session is closed; nothing is answered. */
    PGWIRE_EVENT_CANCEL,
    /* .startup. Then pgwire_session_ask_password() or pgwire_session_ready(). */
    PGWIRE_EVENT_STARTUP,
    /* .password: the body; see authentication.h. Then as after STARTUP. Wipe copies. */
    PGWIRE_EVENT_PASSWORD,
    PGWIRE_EVENT_QUERY,     /* .query */
    PGWIRE_EVENT_PARSE,     /* .parse */
    PGWIRE_EVENT_BIND,      /* .bind */
    PGWIRE_EVENT_DESCRIBE,  /* .target */
    PGWIRE_EVENT_EXECUTE,   /* .execute */
    PGWIRE_EVENT_CLOSE,     /* .target */
    PGWIRE_EVENT_FLUSH,     /* send what is written */
    PGWIRE_EVENT_SYNC,      /* answer with ReadyForQuery and send */
    PGWIRE_EVENT_COPY_DATA, /* .copy_data */
    PGWIRE_EVENT_COPY_DONE, /* the COPY's input is over; messages are legal again */
    PGWIRE_EVENT_COPY_FAIL, /* .copy_fail: the reason. Fail the statement (57014) */
    /* A message that cannot be read or is refused: `err` of pgwire_session_next() is an
     * error of the statement. Write it and call pgwire_session_statement_failed(), as for
     * any failed statement; the transaction fails too. */
    PGWIRE_EVENT_REFUSED,
    PGWIRE_EVENT_TERMINATE, /* the session is closed */
    PGWIRE_EVENT_KIND_COUNT
};

/* Its views live until the next call of feed, keep, next or free. */
struct pgwire_event {
    enum pgwire_event_kind kind;
    union {
        struct pgwire_startup startup;
        struct pgwire_cancel cancel;
        struct bytes password;
        struct pgwire_query query;
        struct pgwire_parse parse;
        struct pgwire_bind bind;
        struct pgwire_target target;
        struct pgwire_execute execute;
        struct bytes copy_data;
        const char *copy_fail;
    };
};

const char *pgwire_event_kind_name(enum pgwire_event_kind kind);

/* `message_limit` bounds the length of Query, Parse, Bind and CopyData in bytes (54000
 * beyond); PGWIRE_LIMIT_DEFAULT is usual. An idle session holds under 1 KiB. */
struct pgwire_session *pgwire_session_new(size_t message_limit);

/* Accepts NULL inside; clears the pointer. */
void pgwire_session_free(struct pgwire_session **session);

/* Lends the session bytes that the peer sent: they must stay as they are until
 * pgwire_session_next() says other than RC_OK, or pgwire_session_keep() is called; only
 * what is left then is copied. A message that lies whole in them is never copied.
 * RC_LIMIT: nothing was taken, because more than a whole message is waiting already. Stop
 * reading from the peer and offer the bytes again after next; it cannot happen once next
 * has said RC_AGAIN in a state in which messages are read. */
enum rc pgwire_session_feed(struct pgwire_session *session, struct bytes bytes) MUST_USE;

/* Copies what is left of the lent bytes, so that the lender may have them back before
 * RC_AGAIN: when a statement goes on elsewhere. */
void pgwire_session_keep(struct pgwire_session *session);

/* RC_OK: an event. RC_AGAIN: more bytes are needed, or the owner owes an answer.
 * RC_FAILED: an error of the session, to be sent before the connection is closed; said
 * once. RC_EOF: nothing more comes, the session has failed or is closed. */
enum rc pgwire_session_next(struct pgwire_session *session, struct pgwire_event *event,
                            struct error *err) MUST_USE;

/* The peer has closed: RC_OK when that is orderly, RC_FAILED (08P01) when it was in the
 * middle of a message. The session is closed afterwards. */
enum rc pgwire_session_end(struct pgwire_session *session, struct error *err) MUST_USE;

/* Writes 'S' or 'N'. RC_FAILED, and nothing is written, when bytes came in behind the
 * request: they were not protected (CVE-2021-23222). After 'S' only decrypted bytes may
 * be fed. */
enum rc pgwire_session_answer_tls(struct pgwire_session *session, bool accepted,
                                  struct buffer *out, struct error *err) MUST_USE;
enum rc pgwire_session_refuse_gssenc(struct pgwire_session *session, struct buffer *out,
                                     struct error *err) MUST_USE;

/* One password or SASL message is awaited; call after writing the request for it. */
void pgwire_session_ask_password(struct pgwire_session *session);

/* Log-in is over; call when the first ReadyForQuery has been written. */
void pgwire_session_ready(struct pgwire_session *session);

/* The statement behind the latest event has failed, and its ErrorResponse is written.
 * True: write ReadyForQuery now. False: the session skips until Sync by itself. Ends a
 * COPY FROM STDIN, the rest of whose data is dropped. */
bool pgwire_session_statement_failed(struct pgwire_session *session);

/* CopyInResponse has been written in answer to the latest event, a QUERY or an EXECUTE.
 * Ends by COPY_DONE, by COPY_FAIL, or by pgwire_session_statement_failed(). */
void pgwire_session_copy_in_begin(struct pgwire_session *session);

enum pgwire_session_state pgwire_session_state(const struct pgwire_session *session);
const char *pgwire_session_state_name(enum pgwire_session_state state);

/* Bytes of memory that the session holds at the moment, itself included. */
size_t pgwire_session_memory(const struct pgwire_session *session);

#endif
