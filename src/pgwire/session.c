/* The session's machine: which bytes are awaited, which messages are legal, what an error
 * is followed by. Each call takes one step of the machine at most, and ordinary messages
 * take none. */
#include "pgwire/session.h"

#include "base/assert.h"
#include "base/machine.h"
#include "base/memory.h"
#include "pgwire/field_internal.h"
#include "pgwire/input_internal.h"
#include "pgwire/session_internal.h"

struct pgwire_session {
    struct machine machine;
    struct pgwire_input input;
    uint32_t message_limit; /* of a length word */
    /* The message whose statement is running: the latest that was handed out, COPY's data
     * left aside. It tells what an error is followed by. */
    enum pgwire_frontend statement;
};

#define TO(state)   MACHINE_TO(PGWIRE_SESSION_##state)
#define ENDS        (TO(FAILED) | TO(CLOSED))
#define STATE(name) [PGWIRE_SESSION_##name]

/* Time-outs are the owner's: one for all of the start-up, others by its settings. */
const struct machine_state pgwire_session_states[PGWIRE_SESSION_STATE_COUNT] = {
    STATE(OPENING) = {"opening", TO(TLS_ASKED) | TO(GSSENC_ASKED) | TO(STARTING) | ENDS,
                      0, "the first packet is awaited; all kinds are legal"},
    STATE(TLS_ASKED) = {"tls_asked", TO(WITHOUT_TLS) | TO(ENCRYPTED) | ENDS, 0,
                        "the owner owes an answer; no byte may come before it"},
    STATE(GSSENC_ASKED) = {"gssenc_asked", TO(WITHOUT_GSSENC) | ENDS, 0,
                           "the owner owes a refusal; no byte may come before it"},
    STATE(WITHOUT_TLS) = {"without_tls", TO(GSSENC_ASKED_LAST) | TO(STARTING) | ENDS, 0,
                          "TLS was refused; GSSAPI encryption may be asked for"},
    STATE(WITHOUT_GSSENC) = {"without_gssenc", TO(TLS_ASKED_LAST) | TO(STARTING) | ENDS,
                             0, "GSSAPI encryption was refused; TLS may be asked for"},
    STATE(TLS_ASKED_LAST) = {"tls_asked_last", TO(PLAIN) | TO(ENCRYPTED) | ENDS, 0,
                             "as tls_asked, after GSSAPI encryption was refused"},
    STATE(GSSENC_ASKED_LAST) = {"gssenc_asked_last", TO(PLAIN) | ENDS, 0,
                                "as gssenc_asked, after TLS was refused"},
    STATE(PLAIN) = {"plain", TO(STARTING) | ENDS, 0,
                    "both were refused; start-up or cancel is awaited"},
    STATE(ENCRYPTED) = {"encrypted", TO(STARTING) | ENDS, 0,
                        "TLS is on; start-up or cancel is awaited"},
    STATE(STARTING) = {"starting", TO(AUTHENTICATING) | TO(READY) | TO(CLOSED), 0,
                       "the owner looks at the start-up or at a log-in message"},
    STATE(AUTHENTICATING) = {"authenticating", TO(STARTING) | ENDS, 0,
                             "a log-in message is awaited"},
    STATE(READY) = {"ready", TO(SKIPPING) | TO(COPYING) | ENDS, 0,
                    "queries are awaited or running"},
    STATE(SKIPPING) = {"skipping", TO(READY) | ENDS, 0,
                       "an extended query has failed; Sync is awaited"},
    STATE(COPYING) = {"copying", TO(READY) | TO(SKIPPING) | ENDS, 0,
                      "COPY FROM STDIN takes its data"},
    STATE(FAILED) = {"failed", 0, 0, "final: the protocol was violated"},
    STATE(CLOSED) = {"closed", 0, 0, "final: the client has ended the session"},
};

#undef TO
#undef ENDS
#undef STATE

static const char *const event_kind_names[PGWIRE_EVENT_KIND_COUNT] = {
    [PGWIRE_EVENT_SSL_REQUEST] = "ssl_request",
    [PGWIRE_EVENT_GSSENC_REQUEST] = "gssenc_request",
    [PGWIRE_EVENT_CANCEL] = "cancel",
    [PGWIRE_EVENT_STARTUP] = "startup",
    [PGWIRE_EVENT_PASSWORD] = "password",
    [PGWIRE_EVENT_QUERY] = "query",
    [PGWIRE_EVENT_PARSE] = "parse",
    [PGWIRE_EVENT_BIND] = "bind",
    [PGWIRE_EVENT_DESCRIBE] = "describe",
    [PGWIRE_EVENT_EXECUTE] = "execute",
    [PGWIRE_EVENT_CLOSE] = "close",
    [PGWIRE_EVENT_FLUSH] = "flush",
    [PGWIRE_EVENT_SYNC] = "sync",
    [PGWIRE_EVENT_COPY_DATA] = "copy_data",
    [PGWIRE_EVENT_COPY_DONE] = "copy_done",
    [PGWIRE_EVENT_COPY_FAIL] = "copy_fail",
    [PGWIRE_EVENT_REFUSED] = "refused",
    [PGWIRE_EVENT_TERMINATE] = "terminate",
};

static const char man_in_the_middle[] =
    "This could be either a client-software bug or evidence of an attempted "
    "man-in-the-middle attack.";

static bool is_in(const struct pgwire_session *session, enum pgwire_session_state state)
{
    return session->machine.state == (int)state;
}

static void move(struct pgwire_session *session, enum pgwire_session_state next,
                 const char *why)
{
    machine_move(&session->machine, (int)next, why);
}

static bool is_over(const struct pgwire_session *session)
{
    return is_in(session, PGWIRE_SESSION_FAILED) || is_in(session, PGWIRE_SESSION_CLOSED);
}

/* Ends the session with the error that is set. */
static enum rc fail(struct pgwire_session *session, struct error *err)
{
    error_widen(err, ERROR_REACH_SESSION);
    pgwire_input_fini(&session->input);
    move(session, PGWIRE_SESSION_FAILED, "protocol violated");
    return RC_FAILED;
}

static enum rc fail_unencrypted(struct pgwire_session *session, const char *request,
                                struct error *err)
{
    error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "received unencrypted data after %s",
              request);
    error_detail(err, "%s", man_in_the_middle);
    return fail(session, err);
}

/* Where a request for encryption leads; the state itself where it is not legal. */
static enum pgwire_session_state after_request(const struct pgwire_session *session,
                                               enum pgwire_first first)
{
    enum pgwire_session_state state = pgwire_session_state(session);
    bool is_tls = first == PGWIRE_FIRST_SSL;
    if (state == PGWIRE_SESSION_OPENING)
        return is_tls ? PGWIRE_SESSION_TLS_ASKED : PGWIRE_SESSION_GSSENC_ASKED;
    if (state == PGWIRE_SESSION_WITHOUT_TLS && !is_tls)
        return PGWIRE_SESSION_GSSENC_ASKED_LAST;
    if (state == PGWIRE_SESSION_WITHOUT_GSSENC && is_tls)
        return PGWIRE_SESSION_TLS_ASKED_LAST;
    return state;
}

static enum rc bad_startup_length(struct pgwire_session *session, struct error *err)
{
    error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "invalid length of startup packet");
    return fail(session, err);
}

static enum rc take_request(struct pgwire_session *session, enum pgwire_first first,
                            struct bytes packet, struct pgwire_event *event,
                            struct error *err)
{
    bool is_tls = first == PGWIRE_FIRST_SSL;
    enum pgwire_session_state next = after_request(session, first);
    if (next == pgwire_session_state(session)) {
        pgwire_startup_refuse_version(pgwire_field_list_u32(packet, 0), err);
        return fail(session, err);
    }
    if (packet.len != 4)
        return bad_startup_length(session, err);
    if (pgwire_input_hand(&session->input).len != 0)
        return fail_unencrypted(
            session, is_tls ? "SSL request" : "GSSAPI encryption request", err);
    event->kind = is_tls ? PGWIRE_EVENT_SSL_REQUEST : PGWIRE_EVENT_GSSENC_REQUEST;
    move(session, next, "encryption was asked for");
    return RC_OK;
}

static enum rc take_startup(struct pgwire_session *session, struct bytes packet,
                            struct pgwire_event *event, struct error *err)
{
    if (pgwire_startup_parse(packet, &event->startup, err) != RC_OK)
        return fail(session, err);
    event->kind = PGWIRE_EVENT_STARTUP;
    move(session, PGWIRE_SESSION_STARTING, "start-up packet");
    return RC_OK;
}

static enum rc take_cancel(struct pgwire_session *session, struct bytes packet,
                           struct pgwire_event *event, struct error *err)
{
    if (pgwire_cancel_parse(packet, &event->cancel, err) != RC_OK)
        return fail(session, err);
    event->kind = PGWIRE_EVENT_CANCEL;
    move(session, PGWIRE_SESSION_CLOSED, "cancel request");
    return RC_OK;
}

/* The first packets: a length word, a code, a body. */
static enum rc next_packet(struct pgwire_session *session, struct pgwire_event *event,
                           struct error *err)
{
    struct bytes hand = pgwire_input_hand(&session->input);
    if (hand.len < 4)
        return RC_AGAIN;
    uint32_t len = pgwire_field_list_u32(hand, 0);
    if (len < 8 || len > PGWIRE_LIMIT_STARTUP + 4)
        return bad_startup_length(session, err);
    if (hand.len < len)
        return RC_AGAIN;
    struct bytes packet = pgwire_input_take(&session->input, len);
    packet = bytes_of(packet.at + 4, packet.len - 4);
    uint32_t code = pgwire_field_list_u32(packet, 0);
    enum pgwire_first first = pgwire_first_of_code(code);
    switch (first) {
    case PGWIRE_FIRST_SSL:
    case PGWIRE_FIRST_GSSENC:
        return take_request(session, first, packet, event, err);
    case PGWIRE_FIRST_CANCEL:
        return take_cancel(session, packet, event, err);
    case PGWIRE_FIRST_STARTUP:
        return take_startup(session, packet, event, err);
    case PGWIRE_FIRST_UNKNOWN:
        break;
    }
    pgwire_startup_refuse_version(code, err);
    return fail(session, err);
}

/* While an answer is owed, every byte is one that nothing protects. */
static enum rc next_while_asked(struct pgwire_session *session, const char *request,
                                struct error *err)
{
    if (pgwire_input_hand(&session->input).len != 0)
        return fail_unencrypted(session, request, err);
    return RC_AGAIN;
}

static unsigned phase_of(const struct pgwire_session *session)
{
    switch (pgwire_session_state(session)) {
    case PGWIRE_SESSION_AUTHENTICATING:
        return PGWIRE_PHASE_AUTHENTICATING;
    case PGWIRE_SESSION_READY:
        return PGWIRE_PHASE_READY;
    case PGWIRE_SESSION_SKIPPING:
        return PGWIRE_PHASE_SKIPPING;
    case PGWIRE_SESSION_COPYING:
        return PGWIRE_PHASE_COPYING;
    default:
        UNREACHABLE();
    }
}

static enum rc fail_illegal(struct pgwire_session *session, uint8_t tag, unsigned phase,
                            struct error *err)
{
    if (phase == PGWIRE_PHASE_COPYING)
        error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                  "unexpected message type 0x%02X during COPY from stdin", tag);
    else if (phase == PGWIRE_PHASE_AUTHENTICATING)
        error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                  "expected password response, got message type %d", tag);
    else
        error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "invalid frontend message type %d",
                  tag);
    return fail(session, err);
}

static enum rc check_length(struct pgwire_session *session,
                            const struct pgwire_frontend_rule *rule, uint32_t len,
                            struct error *err)
{
    if (len < PGWIRE_LENGTH_MIN || len > rule->limit) {
        error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "invalid message length");
        return fail(session, err);
    }
    if (rule->limit == PGWIRE_LIMIT_LARGE && len > session->message_limit) {
        error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "message is too large");
        error_detail(err, "The %s message has %u bytes; the limit is %u bytes.",
                     rule->name, len, session->message_limit);
        return fail(session, err);
    }
    return RC_OK;
}

static enum rc check_empty(struct bytes body, struct error *err)
{
    struct reader reader = reader_of(body);
    return pgwire_field_end(&reader, err);
}

static const uint8_t event_kind_of[PGWIRE_FRONTEND_COUNT] = {
    [PGWIRE_FRONTEND_QUERY] = PGWIRE_EVENT_QUERY,
    [PGWIRE_FRONTEND_PARSE] = PGWIRE_EVENT_PARSE,
    [PGWIRE_FRONTEND_BIND] = PGWIRE_EVENT_BIND,
    [PGWIRE_FRONTEND_DESCRIBE] = PGWIRE_EVENT_DESCRIBE,
    [PGWIRE_FRONTEND_EXECUTE] = PGWIRE_EVENT_EXECUTE,
    [PGWIRE_FRONTEND_CLOSE] = PGWIRE_EVENT_CLOSE,
    [PGWIRE_FRONTEND_FLUSH] = PGWIRE_EVENT_FLUSH,
    [PGWIRE_FRONTEND_SYNC] = PGWIRE_EVENT_SYNC,
    [PGWIRE_FRONTEND_FUNCTION_CALL] = PGWIRE_EVENT_REFUSED,
    [PGWIRE_FRONTEND_COPY_DATA] = PGWIRE_EVENT_COPY_DATA,
    [PGWIRE_FRONTEND_COPY_DONE] = PGWIRE_EVENT_COPY_DONE,
    [PGWIRE_FRONTEND_COPY_FAIL] = PGWIRE_EVENT_COPY_FAIL,
    [PGWIRE_FRONTEND_PASSWORD] = PGWIRE_EVENT_PASSWORD,
    [PGWIRE_FRONTEND_TERMINATE] = PGWIRE_EVENT_TERMINATE,
};

/* What is inside; the event's kind is set by the caller. */
static enum rc decode(enum pgwire_frontend message, struct bytes body,
                      struct pgwire_event *event, struct error *err)
{
    switch (message) {
    case PGWIRE_FRONTEND_QUERY:
        return pgwire_query_parse(body, &event->query, err);
    case PGWIRE_FRONTEND_PARSE:
        return pgwire_parse_parse(body, &event->parse, err);
    case PGWIRE_FRONTEND_BIND:
        return pgwire_bind_parse(body, &event->bind, err);
    case PGWIRE_FRONTEND_DESCRIBE:
        return pgwire_describe_parse(body, &event->target, err);
    case PGWIRE_FRONTEND_EXECUTE:
        return pgwire_execute_parse(body, &event->execute, err);
    case PGWIRE_FRONTEND_CLOSE:
        return pgwire_close_parse(body, &event->target, err);
    case PGWIRE_FRONTEND_FUNCTION_CALL:
        return pgwire_function_call_refuse(err);
    case PGWIRE_FRONTEND_COPY_FAIL:
        return pgwire_copy_fail_parse(body, &event->copy_fail, err);
    case PGWIRE_FRONTEND_COPY_DATA:
        event->copy_data = body;
        return RC_OK;
    case PGWIRE_FRONTEND_PASSWORD:
        event->password = body;
        return RC_OK;
    case PGWIRE_FRONTEND_TERMINATE:
        return RC_OK;
    case PGWIRE_FRONTEND_FLUSH:
    case PGWIRE_FRONTEND_SYNC:
    case PGWIRE_FRONTEND_COPY_DONE:
        return check_empty(body, err);
    case PGWIRE_FRONTEND_COUNT:
        break;
    }
    UNREACHABLE();
}

/* The step, if any, that a message makes the session take. A Sync ends the skipping even
 * when it cannot be read, as in PostgreSQL. A COPY goes on until its end is readable or
 * the owner has failed it. */
static void step_after(struct pgwire_session *session, enum pgwire_frontend message,
                       bool is_refused)
{
    if (message == PGWIRE_FRONTEND_SYNC && is_in(session, PGWIRE_SESSION_SKIPPING))
        move(session, PGWIRE_SESSION_READY, "sync");
    else if (message == PGWIRE_FRONTEND_COPY_DONE && !is_refused)
        move(session, PGWIRE_SESSION_READY, "copy is done");
    else if (message == PGWIRE_FRONTEND_COPY_FAIL && !is_refused)
        move(session, PGWIRE_SESSION_READY, "copy was given up by the client");
    else if (message == PGWIRE_FRONTEND_PASSWORD)
        move(session, PGWIRE_SESSION_STARTING, "log-in message");
    else if (message == PGWIRE_FRONTEND_TERMINATE)
        move(session, PGWIRE_SESSION_CLOSED, "terminate");
}

static bool is_copy_data(enum pgwire_frontend message)
{
    return message == PGWIRE_FRONTEND_COPY_DATA || message == PGWIRE_FRONTEND_COPY_DONE ||
           message == PGWIRE_FRONTEND_COPY_FAIL;
}

static void take_message(struct pgwire_session *session, enum pgwire_frontend message,
                         size_t len, struct pgwire_event *event, struct error *err)
{
    struct bytes whole = pgwire_input_take(&session->input, len);
    struct bytes body =
        bytes_of(whole.at + PGWIRE_HEADER_LEN, whole.len - PGWIRE_HEADER_LEN);
    session->input.is_secret = message == PGWIRE_FRONTEND_PASSWORD;
    if (!is_copy_data(message))
        session->statement = message;
    bool is_refused = decode(message, body, event, err) != RC_OK;
    event->kind = is_refused ? PGWIRE_EVENT_REFUSED
                             : (enum pgwire_event_kind)event_kind_of[message];
    step_after(session, message, is_refused);
}

/* Type byte and length are judged as soon as they are there, before the body is. */
static enum rc next_message(struct pgwire_session *session, struct pgwire_event *event,
                            struct error *err)
{
    unsigned phase = phase_of(session);
    for (;;) {
        struct bytes hand = pgwire_input_hand(&session->input);
        if (hand.len == 0)
            return RC_AGAIN;
        enum pgwire_frontend message = pgwire_frontend_of_tag(hand.at[0]);
        if (message == PGWIRE_FRONTEND_COUNT)
            return fail_illegal(session, hand.at[0], phase, err);
        const struct pgwire_frontend_rule *rule = pgwire_frontend_rule(message);
        if (((rule->legal | rule->ignored) & phase) == 0)
            return fail_illegal(session, hand.at[0], phase, err);
        if (hand.len < PGWIRE_HEADER_LEN)
            return RC_AGAIN;
        uint32_t len = pgwire_field_list_u32(bytes_of(hand.at + 1, 4), 0);
        TRY(check_length(session, rule, len, err));
        size_t whole_len = (size_t)len + 1;
        if ((rule->ignored & phase) != 0) {
            pgwire_input_discard(&session->input, whole_len);
            continue;
        }
        if (hand.len >= whole_len) {
            take_message(session, message, whole_len, event, err);
            return RC_OK;
        }
        if (phase == PGWIRE_PHASE_AUTHENTICATING)
            pgwire_input_expect(&session->input, whole_len);
        return RC_AGAIN;
    }
}

static enum rc next_by_state(struct pgwire_session *session, struct pgwire_event *event,
                             struct error *err)
{
    switch (pgwire_session_state(session)) {
    case PGWIRE_SESSION_OPENING:
    case PGWIRE_SESSION_WITHOUT_TLS:
    case PGWIRE_SESSION_WITHOUT_GSSENC:
    case PGWIRE_SESSION_PLAIN:
    case PGWIRE_SESSION_ENCRYPTED:
        return next_packet(session, event, err);
    case PGWIRE_SESSION_TLS_ASKED:
    case PGWIRE_SESSION_TLS_ASKED_LAST:
        return next_while_asked(session, "SSL request", err);
    case PGWIRE_SESSION_GSSENC_ASKED:
    case PGWIRE_SESSION_GSSENC_ASKED_LAST:
        return next_while_asked(session, "GSSAPI encryption request", err);
    case PGWIRE_SESSION_STARTING:
        return RC_AGAIN;
    case PGWIRE_SESSION_AUTHENTICATING:
    case PGWIRE_SESSION_READY:
    case PGWIRE_SESSION_SKIPPING:
    case PGWIRE_SESSION_COPYING:
        return next_message(session, event, err);
    case PGWIRE_SESSION_FAILED:
    case PGWIRE_SESSION_CLOSED:
        return RC_EOF;
    case PGWIRE_SESSION_STATE_COUNT:
        break;
    }
    UNREACHABLE();
}

const char *pgwire_event_kind_name(enum pgwire_event_kind kind)
{
    ASSERT(kind < PGWIRE_EVENT_KIND_COUNT);
    return event_kind_names[kind];
}

struct pgwire_session *pgwire_session_new(size_t message_limit)
{
    struct pgwire_session *session = MEM_NEW(struct pgwire_session);
    machine_init(&session->machine, "pgwire_session", pgwire_session_states,
                 PGWIRE_SESSION_STATE_COUNT, PGWIRE_SESSION_OPENING);
    pgwire_input_init(&session->input);
    session->message_limit =
        message_limit < PGWIRE_LIMIT_LARGE ? (uint32_t)message_limit : PGWIRE_LIMIT_LARGE;
    session->statement = PGWIRE_FRONTEND_SYNC;
    return session;
}

void pgwire_session_free(struct pgwire_session **session)
{
    if (*session == NULL)
        return;
    pgwire_input_fini(&(*session)->input);
    mem_free(*session);
    *session = NULL;
}

/* The longest whole message that the session may have to wait for. Before log-in that is
 * little, whatever the limit for queries is. */
static size_t waiting_limit(const struct pgwire_session *session)
{
    enum pgwire_session_state state = pgwire_session_state(session);
    bool is_logged_in = state == PGWIRE_SESSION_READY ||
                        state == PGWIRE_SESSION_SKIPPING ||
                        state == PGWIRE_SESSION_COPYING;
    if (!is_logged_in)
        return PGWIRE_LIMIT_PASSWORD + 1;
    return (session->message_limit > PGWIRE_LIMIT_SMALL ? session->message_limit
                                                        : PGWIRE_LIMIT_SMALL) +
           (size_t)1;
}

enum rc pgwire_session_feed(struct pgwire_session *session, struct bytes bytes)
{
    if (is_over(session))
        return RC_OK;
    pgwire_input_settle(&session->input);
    if (pgwire_input_hand(&session->input).len > waiting_limit(session))
        return RC_LIMIT;
    pgwire_input_lend(&session->input, bytes);
    return RC_OK;
}

void pgwire_session_keep(struct pgwire_session *session)
{
    pgwire_input_keep(&session->input);
}

enum rc pgwire_session_next(struct pgwire_session *session, struct pgwire_event *event,
                            struct error *err)
{
    pgwire_input_settle(&session->input);
    enum rc rc = next_by_state(session, event, err);
    if (rc == RC_EOF)
        pgwire_input_fini(&session->input);
    else if (rc != RC_OK)
        pgwire_input_keep(&session->input);
    return rc;
}

enum rc pgwire_session_end(struct pgwire_session *session, struct error *err)
{
    if (is_over(session)) {
        pgwire_input_fini(&session->input);
        return RC_OK;
    }
    pgwire_input_settle(&session->input);
    bool is_cut =
        pgwire_input_hand(&session->input).len != 0 || session->input.discard != 0;
    bool is_copying = is_in(session, PGWIRE_SESSION_COPYING);
    bool is_opening = pgwire_session_state(session) < PGWIRE_SESSION_STARTING;
    pgwire_input_fini(&session->input);
    move(session, PGWIRE_SESSION_CLOSED, "the peer has closed");
    if (is_cut)
        error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                  is_opening ? "incomplete startup packet"
                             : "incomplete message from client");
    else if (is_copying)
        error_set(err, SQLSTATE_CONNECTION_FAILURE,
                  "unexpected EOF on client connection with an open transaction");
    else
        return RC_OK;
    error_widen(err, ERROR_REACH_SESSION);
    return RC_FAILED;
}

enum rc pgwire_session_answer_tls(struct pgwire_session *session, bool accepted,
                                  struct buffer *out, struct error *err)
{
    bool is_last = is_in(session, PGWIRE_SESSION_TLS_ASKED_LAST);
    ASSERT(is_last || is_in(session, PGWIRE_SESSION_TLS_ASKED));
    pgwire_input_settle(&session->input);
    if (next_while_asked(session, "SSL request", err) == RC_FAILED)
        return RC_FAILED;
    buffer_add_u8(out, accepted ? 'S' : 'N');
    if (accepted)
        move(session, PGWIRE_SESSION_ENCRYPTED, "tls was accepted");
    else
        move(session, is_last ? PGWIRE_SESSION_PLAIN : PGWIRE_SESSION_WITHOUT_TLS,
             "tls was refused");
    return RC_OK;
}

enum rc pgwire_session_refuse_gssenc(struct pgwire_session *session, struct buffer *out,
                                     struct error *err)
{
    bool is_last = is_in(session, PGWIRE_SESSION_GSSENC_ASKED_LAST);
    ASSERT(is_last || is_in(session, PGWIRE_SESSION_GSSENC_ASKED));
    pgwire_input_settle(&session->input);
    if (next_while_asked(session, "GSSAPI encryption request", err) == RC_FAILED)
        return RC_FAILED;
    buffer_add_u8(out, 'N');
    move(session, is_last ? PGWIRE_SESSION_PLAIN : PGWIRE_SESSION_WITHOUT_GSSENC,
         "gssapi encryption was refused");
    return RC_OK;
}

void pgwire_session_ask_password(struct pgwire_session *session)
{
    move(session, PGWIRE_SESSION_AUTHENTICATING, "a log-in message was asked for");
}

void pgwire_session_ready(struct pgwire_session *session)
{
    ASSERT(is_in(session, PGWIRE_SESSION_STARTING));
    move(session, PGWIRE_SESSION_READY, "logged in");
}

bool pgwire_session_statement_failed(struct pgwire_session *session)
{
    if (is_in(session, PGWIRE_SESSION_SKIPPING))
        return false;
    bool is_copying = is_in(session, PGWIRE_SESSION_COPYING);
    ASSERT(is_copying || is_in(session, PGWIRE_SESSION_READY));
    if (pgwire_frontend_rule(session->statement)->until_sync) {
        move(session, PGWIRE_SESSION_SKIPPING, "an extended query has failed");
        return false;
    }
    if (is_copying)
        move(session, PGWIRE_SESSION_READY, "copy has failed");
    return true;
}

void pgwire_session_copy_in_begin(struct pgwire_session *session)
{
    ASSERT(session->statement == PGWIRE_FRONTEND_QUERY ||
           session->statement == PGWIRE_FRONTEND_EXECUTE);
    move(session, PGWIRE_SESSION_COPYING, "copy from stdin begins");
}

enum pgwire_session_state pgwire_session_state(const struct pgwire_session *session)
{
    return (enum pgwire_session_state)session->machine.state;
}

const char *pgwire_session_state_name(enum pgwire_session_state state)
{
    ASSERT(state < PGWIRE_SESSION_STATE_COUNT);
    return pgwire_session_states[state].name;
}

size_t pgwire_session_memory(const struct pgwire_session *session)
{
    return sizeof(*session) + session->input.held.capacity;
}
