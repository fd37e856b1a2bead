#ifndef TESTS_UNIT_PGWIRE_OWNER_H
#define TESTS_UNIT_PGWIRE_OWNER_H

/* A stand-in for the server around a session, for unit tests and fuzzing: it reads every
 * byte of each event into a trace, answers by what the event says alone (so that the same
 * bytes always give the same trace), and notes which steps of the machine were taken.
 *
 *   Query "copy"          begins a COPY FROM STDIN     Query "fail"       fails
 *   Execute of "copy"     the same                     Execute of "fail"  fails
 *   start-up of "secret"  is asked for a password      any TLS request owner.accept_tls
 */
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "pgwire/session.h"

/* A literal with NULs inside, without the one behind it. */
#define LITERAL(text) bytes_of((text), sizeof(text) - 1)

struct owner {
    struct pgwire_session *session;
    struct buffer out;
    struct buffer trace;
    struct error err;
    bool accept_tls;
    enum pgwire_session_state before;
    uint64_t steps[PGWIRE_SESSION_STATE_COUNT]; /* a bit for each state that followed */
};

static inline void owner_init(struct owner *owner, size_t message_limit)
{
    *owner = (struct owner){.session = pgwire_session_new(message_limit)};
    buffer_init(&owner->out, 16000000);
    buffer_init(&owner->trace, 64000000);
    error_clear(&owner->err);
}

static inline void owner_fini(struct owner *owner)
{
    pgwire_session_free(&owner->session);
    buffer_fini(&owner->out);
    buffer_fini(&owner->trace);
}

/* To be called after each call that may have moved the session. */
static inline void owner_note_step(struct owner *owner)
{
    enum pgwire_session_state now = pgwire_session_state(owner->session);
    if (now != owner->before)
        owner->steps[owner->before] |= UINT64_C(1) << now;
    owner->before = now;
}

static inline void owner_trace_bytes(struct owner *owner, struct bytes bytes)
{
    buffer_printf(&owner->trace, " %zu:", bytes.len);
    buffer_add(&owner->trace, bytes);
}

static inline void owner_trace_text(struct owner *owner, const char *text)
{
    owner_trace_bytes(owner, text == NULL ? LITERAL("(none)") : bytes_of_text(text));
}

static inline void owner_trace_startup(struct owner *owner,
                                       const struct pgwire_startup *startup)
{
    buffer_printf(&owner->trace, " %d/%d %d", startup->minor_asked, startup->minor,
                  startup->unknown_count);
    owner_trace_text(owner, startup->user);
    owner_trace_text(owner, startup->database);
    owner_trace_text(owner, startup->options);
    owner_trace_text(owner, startup->replication);
    struct reader at = reader_of(startup->pairs);
    const char *name, *value;
    while (pgwire_startup_next(&at, &name, &value)) {
        owner_trace_text(owner, name);
        owner_trace_text(owner, value);
    }
    if (pgwire_startup_needs_negotiation(startup))
        pgwire_write_negotiate_protocol_version(&owner->out, startup);
}

static inline void owner_trace_bind(struct owner *owner, const struct pgwire_bind *bind)
{
    owner_trace_text(owner, bind->portal);
    owner_trace_text(owner, bind->statement);
    struct pgwire_bind_cursor cursor = pgwire_bind_first(bind);
    struct pgwire_value value;
    while (pgwire_bind_next(&cursor, &value)) {
        buffer_printf(&owner->trace, " %c%d", value.is_null ? 'n' : 'v', value.format);
        owner_trace_bytes(owner, value.bytes);
    }
    buffer_printf(&owner->trace, " r%d", bind->result_format_count);
    for (int i = 0; i < bind->result_format_count; i++)
        buffer_printf(&owner->trace, "%d", pgwire_bind_result_format(bind, i));
}

static inline void owner_trace_event(struct owner *owner,
                                     const struct pgwire_event *event)
{
    buffer_add_text(&owner->trace, pgwire_event_kind_name(event->kind));
    switch (event->kind) {
    case PGWIRE_EVENT_CANCEL:
        buffer_printf(&owner->trace, " %u", event->cancel.process_id);
        owner_trace_bytes(owner, event->cancel.key);
        break;
    case PGWIRE_EVENT_STARTUP:
        owner_trace_startup(owner, &event->startup);
        break;
    case PGWIRE_EVENT_PASSWORD:
        owner_trace_bytes(owner, event->password);
        break;
    case PGWIRE_EVENT_QUERY:
        owner_trace_bytes(owner, bytes_of(event->query.text, event->query.len + 1));
        break;
    case PGWIRE_EVENT_PARSE:
        owner_trace_text(owner, event->parse.name);
        owner_trace_bytes(owner,
                          bytes_of(event->parse.query.text, event->parse.query.len + 1));
        for (uint16_t i = 0; i < event->parse.type_count; i++)
            buffer_printf(&owner->trace, " %u", pgwire_parse_type(&event->parse, i));
        break;
    case PGWIRE_EVENT_BIND:
        owner_trace_bind(owner, &event->bind);
        break;
    case PGWIRE_EVENT_DESCRIBE:
    case PGWIRE_EVENT_CLOSE:
        buffer_printf(&owner->trace, " %c", event->target.kind);
        owner_trace_text(owner, event->target.name);
        break;
    case PGWIRE_EVENT_EXECUTE:
        owner_trace_text(owner, event->execute.portal);
        buffer_printf(&owner->trace, " %d", event->execute.max_rows);
        break;
    case PGWIRE_EVENT_COPY_DATA:
        owner_trace_bytes(owner, event->copy_data);
        break;
    case PGWIRE_EVENT_COPY_FAIL:
        owner_trace_text(owner, event->copy_fail);
        break;
    case PGWIRE_EVENT_REFUSED:
        buffer_printf(&owner->trace, " %s \"%s\"", sqlstate_code(owner->err.state),
                      owner->err.message);
        ASSERT(owner->err.reach == ERROR_REACH_STATEMENT);
        break;
    case PGWIRE_EVENT_SSL_REQUEST:
    case PGWIRE_EVENT_GSSENC_REQUEST:
    case PGWIRE_EVENT_FLUSH:
    case PGWIRE_EVENT_SYNC:
    case PGWIRE_EVENT_COPY_DONE:
    case PGWIRE_EVENT_TERMINATE:
        break;
    case PGWIRE_EVENT_KIND_COUNT:
        UNREACHABLE();
    }
    buffer_add_u8(&owner->trace, '\n');
}

static inline void owner_fail_statement(struct owner *owner)
{
    pgwire_write_error(&owner->out, &owner->err);
    bool is_ready = pgwire_session_statement_failed(owner->session);
    buffer_printf(&owner->trace, "  -> %s\n", is_ready ? "ready" : "skipping");
    if (is_ready)
        pgwire_write_ready_for_query(&owner->out, PGWIRE_TRANSACTION_FAILED);
}

static inline void owner_run_statement(struct owner *owner, const char *text)
{
    if (strcmp(text, "copy") == 0) {
        pgwire_write_copy_in_response(&owner->out, PGWIRE_FORMAT_TEXT, 2);
        pgwire_session_copy_in_begin(owner->session);
    } else if (strcmp(text, "fail") == 0) {
        error_set(&owner->err, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
        owner_fail_statement(owner);
    }
}

static inline void owner_refuse(struct owner *owner, enum rc rc)
{
    if (rc == RC_OK)
        return;
    pgwire_write_error(&owner->out, &owner->err);
    buffer_printf(&owner->trace, "FATAL %s \"%s\"\n", sqlstate_code(owner->err.state),
                  owner->err.message);
    ASSERT(owner->err.reach == ERROR_REACH_SESSION);
}

static inline void owner_act(struct owner *owner, const struct pgwire_event *event)
{
    switch (event->kind) {
    case PGWIRE_EVENT_SSL_REQUEST:
        owner_refuse(owner, pgwire_session_answer_tls(owner->session, owner->accept_tls,
                                                      &owner->out, &owner->err));
        break;
    case PGWIRE_EVENT_GSSENC_REQUEST:
        owner_refuse(owner, pgwire_session_refuse_gssenc(owner->session, &owner->out,
                                                         &owner->err));
        break;
    case PGWIRE_EVENT_STARTUP:
        if (strcmp(event->startup.user, "secret") == 0) {
            pgwire_write_authentication_cleartext(&owner->out);
            pgwire_session_ask_password(owner->session);
        } else {
            pgwire_session_ready(owner->session);
        }
        break;
    case PGWIRE_EVENT_PASSWORD:
        pgwire_session_ready(owner->session);
        break;
    case PGWIRE_EVENT_QUERY:
        owner_run_statement(owner, event->query.text);
        break;
    case PGWIRE_EVENT_EXECUTE:
        owner_run_statement(owner, event->execute.portal);
        break;
    case PGWIRE_EVENT_COPY_FAIL:
        error_set(&owner->err, SQLSTATE_QUERY_CANCELED, "COPY from stdin failed: %s",
                  event->copy_fail);
        owner_fail_statement(owner);
        break;
    case PGWIRE_EVENT_REFUSED:
        owner_fail_statement(owner);
        break;
    default:
        break;
    }
}

/* Hands the bytes in and acts on all events. Returns what the last next said. */
static inline enum rc owner_feed(struct owner *owner, struct bytes bytes)
{
    enum rc rc = pgwire_session_feed(owner->session, bytes);
    ASSERT(rc == RC_OK);
    struct pgwire_event event;
    while ((rc = pgwire_session_next(owner->session, &event, &owner->err)) == RC_OK) {
        owner_note_step(owner);
        owner_trace_event(owner, &event);
        owner_act(owner, &event);
        owner_note_step(owner);
    }
    owner_note_step(owner);
    if (rc == RC_FAILED)
        owner_refuse(owner, rc);
    return rc;
}

/* The same from memory of exactly that size, which is gone afterwards: a view kept too
 * long, or a read past the end, is then seen by the address sanitizer. */
static inline enum rc owner_feed_copy(struct owner *owner, struct bytes bytes)
{
    uint8_t *copy = mem_resize(NULL, bytes.len);
    if (bytes.len != 0)
        memcpy(copy, bytes.at, bytes.len);
    enum rc rc = owner_feed(owner, bytes_of(copy, bytes.len));
    mem_free(copy);
    return rc;
}

/* What has been traced since the last call of owner_forget(), as a text. */
static inline const char *owner_trace(struct owner *owner)
{
    uint8_t *at = buffer_reserve(&owner->trace, 1);
    ASSERT(at != NULL);
    *at = 0;
    return (const char *)buffer_bytes(&owner->trace).at;
}

static inline void owner_forget(struct owner *owner)
{
    buffer_reset(&owner->out, 0);
    buffer_reset(&owner->trace, 0);
}

/* First packets. */
#define STARTUP_ALICE  "\0\0\0\x14\0\3\0\0user\0alice\0\0"
#define STARTUP_SECRET "\0\0\0\x15\0\3\0\0user\0secret\0\0"
#define SSL_REQUEST    "\0\0\0\x08\x04\xd2\x16\x2f"
#define GSSENC_REQUEST "\0\0\0\x08\x04\xd2\x16\x30"
#define CANCEL_REQUEST                                                                   \
    "\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x07"                                               \
    "abcd"

#endif
