/* pgwire/session: what is legal when, what ends a session, skipping until Sync, COPY, and
 * that the way in which bytes arrive changes nothing. */
#include "pgwire/session.h"
#include "pgwire/session_internal.h"
#include "support/unit.h"
#include "unit/pgwire/owner.h"

/* As LITERAL(), for static tables. */
#define CONSTANT(text)                                                                   \
    {                                                                                    \
        (const uint8_t *)(text), sizeof(text) - 1                                        \
    }

#define SYNC      "S\0\0\0\4"
#define FLUSH     "H\0\0\0\4"
#define TERMINATE "X\0\0\0\4"
#define QUERY_ONE "Q\0\0\0\x0dselect 1\0"
#define QUERY_COPY                                                                       \
    "Q\0\0\0\x09"                                                                        \
    "copy\0"
#define QUERY_FAIL                                                                       \
    "Q\0\0\0\x09"                                                                        \
    "fail\0"
#define PARSE_ONE    "P\0\0\0\x10\0select 1\0\0\0"
#define BIND_ONE     "B\0\0\0\x0c\0\0\0\0\0\0\0\0"
#define BIND_BAD     "B\0\0\0\x0b\0\0\0\0\0\0\0"
#define DESCRIBE_ONE "D\0\0\0\6P\0"
#define CLOSE_ONE    "C\0\0\0\6S\0"
#define EXECUTE_ONE  "E\0\0\0\x09\0\0\0\0\0"
#define EXECUTE_COPY                                                                     \
    "E\0\0\0\x0d"                                                                        \
    "copy\0\0\0\0\0"
#define EXECUTE_FAIL                                                                     \
    "E\0\0\0\x0d"                                                                        \
    "fail\0\0\0\0\0"
#define COPY_DATA_ONE "d\0\0\0\6a\n"
#define COPY_DONE     "c\0\0\0\4"
#define COPY_FAIL_WHY "f\0\0\0\x08why\0"
#define FUNCTION_CALL "F\0\0\0\x0e\0\0\0\1\0\0\0\0\0\0"
#define PASSWORD      "p\0\0\0\x07pw\0"

static struct owner owner;

static int begin(void **state)
{
    (void)state;
    owner_init(&owner, PGWIRE_LIMIT_DEFAULT);
    return 0;
}

static int end(void **state)
{
    (void)state;
    owner_fini(&owner);
    return 0;
}

/* The same for a session that is ready, with an empty trace. */
static int begin_ready(void **state)
{
    begin(state);
    owner_feed_copy(&owner, LITERAL(STARTUP_ALICE));
    owner_forget(&owner);
    return 0;
}

/* Feeds a script to the session at hand and compares what came of it. */
#define assert_gives(script, expected)                                                   \
    do {                                                                                 \
        owner_forget(&owner);                                                            \
        owner_feed_copy(&owner, LITERAL(script));                                        \
        assert_string_equal(owner_trace(&owner), expected);                              \
    } while (0)

#define assert_state(name)                                                               \
    assert_int_equal(pgwire_session_state(owner.session), PGWIRE_SESSION_##name)

static void the_state_table_is_closed(void **state)
{
    (void)state;
    machine_check_table(pgwire_session_states, PGWIRE_SESSION_STATE_COUNT);
    uint64_t reached = MACHINE_TO(PGWIRE_SESSION_OPENING);
    for (int i = 0; i < PGWIRE_SESSION_STATE_COUNT; i++) {
        bool is_final = i == PGWIRE_SESSION_FAILED || i == PGWIRE_SESSION_CLOSED;
        assert_int_equal(pgwire_session_states[i].next == 0, is_final);
        reached |= pgwire_session_states[i].next;
    }
    assert_true(reached == MACHINE_TO(PGWIRE_SESSION_STATE_COUNT) - 1);
    for (int i = 0; i < PGWIRE_EVENT_KIND_COUNT; i++)
        assert_non_null(pgwire_event_kind_name((enum pgwire_event_kind)i));
}

static void start_up_leads_to_ready(void **state)
{
    (void)state;
    assert_gives(STARTUP_ALICE, "startup 0/0 0 5:alice 6:(none) 6:(none) 6:(none)\n");
    assert_state(READY);
}

static void a_password_is_asked_for_once(void **state)
{
    (void)state;
    assert_gives(STARTUP_SECRET, "startup 0/0 0 6:secret 6:(none) 6:(none) 6:(none)\n");
    assert_state(AUTHENTICATING);
    owner_forget(&owner);
    owner_feed_copy(&owner, LITERAL(PASSWORD));
    assert_true(bytes_equal(buffer_bytes(&owner.trace), LITERAL("password 3:pw\0\n")));
    assert_state(READY);
    assert_gives(PASSWORD, "FATAL 08P01 \"invalid frontend message type 112\"\n");
}

static void bytes_sent_ahead_wait_for_log_in(void **state)
{
    (void)state;
    struct pgwire_event event;
    struct error err;
    assert_int_equal(pgwire_session_feed(owner.session, LITERAL(STARTUP_ALICE QUERY_ONE)),
                     RC_OK);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
    assert_int_equal(event.kind, PGWIRE_EVENT_STARTUP);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_AGAIN);
    pgwire_session_ready(owner.session);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
    assert_int_equal(event.kind, PGWIRE_EVENT_QUERY);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_AGAIN);
}

static void encryption_may_be_asked_for_in_either_order(void **state)
{
    (void)state;
    assert_gives(SSL_REQUEST, "ssl_request\n");
    assert_gives(GSSENC_REQUEST, "gssenc_request\n");
    assert_true(bytes_equal(buffer_bytes(&owner.out), LITERAL("N")));
    assert_state(PLAIN);
    assert_gives(STARTUP_ALICE, "startup 0/0 0 5:alice 6:(none) 6:(none) 6:(none)\n");
    end(state);
    begin(state);
    assert_gives(GSSENC_REQUEST, "gssenc_request\n");
    owner.accept_tls = true;
    assert_gives(SSL_REQUEST, "ssl_request\n");
    assert_true(bytes_equal(buffer_bytes(&owner.out), LITERAL("S")));
    assert_state(ENCRYPTED);
    assert_gives(CANCEL_REQUEST, "cancel 7 4:abcd\n");
    assert_state(CLOSED);
}

static void encryption_is_asked_for_once(void **state)
{
    (void)state;
    static const char ssl_again[] =
        "FATAL 0A000 \"unsupported frontend protocol 1234.5679: server supports 3.0 to "
        "3.2\"\n";
    assert_gives(SSL_REQUEST, "ssl_request\n");
    assert_gives(SSL_REQUEST, ssl_again);
    end(state);
    begin(state);
    owner.accept_tls = true;
    assert_gives(SSL_REQUEST, "ssl_request\n");
    assert_gives(GSSENC_REQUEST,
                 "FATAL 0A000 \"unsupported frontend protocol 1234.5680: server supports "
                 "3.0 to 3.2\"\n");
}

/* CVE-2021-23222 and its kind: in the same packet, or before the answer is given. */
static void plaintext_behind_a_request_ends_the_session(void **state)
{
    (void)state;
    static const char text[] =
        "FATAL 08P01 \"received unencrypted data after SSL request\"\n";
    assert_gives(SSL_REQUEST STARTUP_ALICE, text);
    assert_int_equal(buffer_bytes(&owner.out).at[0], 'E');
    end(state);
    begin(state);
    assert_gives(SSL_REQUEST "x", text);
    end(state);
    begin(state);
    assert_gives(GSSENC_REQUEST "x",
                 "FATAL 08P01 \"received unencrypted data after GSSAPI encryption "
                 "request\"\n");
    for (int asks_next = 0; asks_next < 2; asks_next++) {
        end(state);
        begin(state);
        struct pgwire_event event;
        struct error err;
        assert_int_equal(pgwire_session_feed(owner.session, LITERAL(SSL_REQUEST)), RC_OK);
        assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
        assert_int_equal(pgwire_session_feed(owner.session, LITERAL("x")), RC_OK);
        if (asks_next)
            assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_FAILED);
        else
            assert_int_equal(
                pgwire_session_answer_tls(owner.session, true, &owner.out, &err),
                RC_FAILED);
        assert_string_equal(err.message, "received unencrypted data after SSL request");
        assert_string_equal(
            err.detail, "This could be either a client-software bug or evidence of an "
                        "attempted man-in-the-middle attack.");
        assert_int_equal(buffer_len(&owner.out), 0);
        assert_state(FAILED);
    }
}

static void garbage_first_packets_end_the_session(void **state)
{
    end(state);
    static const char bad_length[] = "FATAL 08P01 \"invalid length of startup packet\"\n";
    const struct {
        struct bytes packet;
        const char *trace;
    } rows[] = {
        {LITERAL("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), bad_length},
        {LITERAL("\x16\x03\x01\x02\x00"), bad_length},
        {LITERAL("SSH-2.0-x\r\n"), bad_length},
        {LITERAL("\0\0\0\0"), bad_length},
        {LITERAL("\0\0\0\7"), bad_length},
        {LITERAL("\xff\xff\xff\xff"), bad_length},
        {LITERAL("\x80\0\0\0"), bad_length},
        {LITERAL("\0\0\x27\x15"), bad_length},
        {LITERAL("\0\0\0\x09\x04\xd2\x16\x2fx"), bad_length},
        {LITERAL("\0\0\0\x08\0\0\0\0"),
         "FATAL 0A000 \"unsupported frontend protocol 0.0: "
         "server supports 3.0 to 3.2\"\n"},
        {LITERAL("\0\0\0\x08\0\2\0\0"),
         "FATAL 0A000 \"unsupported frontend protocol 2.0: "
         "server supports 3.0 to 3.2\"\n"},
        {LITERAL("\0\0\0\x0c\x04\xd2\x16\x2e\0\0\0\7"),
         "FATAL 08P01 \"invalid length of query cancel key\"\n"},
        {LITERAL("\0\0\x27\x14"), ""},
        {LITERAL("\0\0\0\x08\0\3\0"), ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        begin(state);
        owner_feed_copy(&owner, rows[i].packet);
        assert_string_equal(owner_trace(&owner), rows[i].trace);
        end(state);
    }
    begin(state);
}

static void an_ended_session_says_so_and_drops_bytes(void **state)
{
    (void)state;
    struct pgwire_event event;
    struct error err;
    assert_int_equal(owner_feed_copy(&owner, LITERAL("GET / HTTP/1.1\r\n\r\n")),
                     RC_FAILED);
    assert_int_equal(owner_feed_copy(&owner, LITERAL(STARTUP_ALICE)), RC_EOF);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_EOF);
    assert_int_equal(pgwire_session_end(owner.session, &err), RC_OK);
    assert_true(pgwire_session_memory(owner.session) < 1024);
}

/* What a client sends behind its Terminate is dropped, not kept. */
static void a_closed_session_holds_nothing(void **state)
{
    (void)state;
    static uint8_t script[5000] = TERMINATE;
    assert_int_equal(owner_feed_copy(&owner, bytes_of(script, sizeof(script))), RC_EOF);
    assert_state(CLOSED);
    assert_true(pgwire_session_memory(owner.session) < 1024);
}

static void every_message_yields_its_event(void **state)
{
    (void)state;
    owner_feed_copy(&owner, LITERAL(QUERY_ONE));
    assert_true(bytes_equal(buffer_bytes(&owner.trace), LITERAL("query 9:select 1\0\n")));
    owner_forget(&owner);
    owner_feed_copy(&owner, LITERAL(PARSE_ONE));
    assert_true(
        bytes_equal(buffer_bytes(&owner.trace), LITERAL("parse 0: 9:select 1\0\n")));
    assert_gives(BIND_ONE DESCRIBE_ONE EXECUTE_ONE CLOSE_ONE FLUSH SYNC,
                 "bind 0: 0: r0\ndescribe P 0:\nexecute 0: 0\nclose S 0:\nflush\nsync\n");
    assert_gives(TERMINATE QUERY_ONE, "terminate\n");
    assert_state(CLOSED);
}

static void an_error_in_an_extended_query_skips_until_sync(void **state)
{
    (void)state;
    assert_gives(
        EXECUTE_FAIL BIND_ONE QUERY_ONE FUNCTION_CALL COPY_DATA_ONE FLUSH EXECUTE_FAIL,
        "execute 4:fail 0\n  -> skipping\n");
    assert_state(SKIPPING);
    assert_false(pgwire_session_statement_failed(owner.session));
    assert_gives(SYNC DESCRIBE_ONE, "sync\ndescribe P 0:\n");
}

static void an_error_in_a_simple_query_does_not_skip(void **state)
{
    (void)state;
    owner_feed_copy(&owner, LITERAL(QUERY_FAIL DESCRIBE_ONE));
    assert_true(bytes_equal(buffer_bytes(&owner.trace),
                            LITERAL("query 5:fail\0\n  -> ready\ndescribe P 0:\n")));
}

static void malformed_messages_fail_their_statement_only(void **state)
{
    (void)state;
    assert_gives(BIND_BAD BIND_ONE SYNC,
                 "refused 08P01 \"insufficient data left in message\"\n  -> skipping\n"
                 "sync\n");
    assert_gives("Q\0\0\0\x05x" DESCRIBE_ONE,
                 "refused 08P01 \"invalid string in message\"\n  -> ready\n"
                 "describe P 0:\n");
    assert_gives("H\0\0\0\x05x" SYNC,
                 "refused 08P01 \"invalid message format\"\n  -> skipping\nsync\n");
    assert_gives(EXECUTE_FAIL "S\0\0\0\x05x" DESCRIBE_ONE,
                 "execute 4:fail 0\n  -> skipping\n"
                 "refused 08P01 \"invalid message format\"\n  -> ready\ndescribe P 0:\n");
    assert_gives(FUNCTION_CALL DESCRIBE_ONE,
                 "refused 0A000 \"function calls by protocol message are not "
                 "supported\"\n  -> ready\ndescribe P 0:\n");
    assert_state(READY);
}

static void copy_takes_its_data_and_ends(void **state)
{
    (void)state;
    assert_gives(EXECUTE_COPY COPY_DATA_ONE FLUSH SYNC COPY_DATA_ONE COPY_DONE SYNC,
                 "execute 4:copy 0\ncopy_data 2:a\n\ncopy_data 2:a\n\ncopy_done\nsync\n");
    assert_gives(EXECUTE_COPY COPY_FAIL_WHY COPY_DATA_ONE SYNC,
                 "execute 4:copy 0\ncopy_fail 3:why\n  -> skipping\nsync\n");
    assert_gives(EXECUTE_COPY "f\0\0\0\4" COPY_DATA_ONE SYNC,
                 "execute 4:copy 0\nrefused 08P01 \"invalid string in message\"\n"
                 "  -> skipping\nsync\n");
    owner_forget(&owner);
    owner_feed_copy(&owner,
                    LITERAL(QUERY_COPY "f\0\0\0\4" COPY_DATA_ONE COPY_DONE DESCRIBE_ONE));
    assert_true(bytes_equal(
        buffer_bytes(&owner.trace),
        LITERAL("query 5:copy\0\nrefused 08P01 \"invalid string in message\"\n"
                "  -> ready\ndescribe P 0:\n")));
    assert_gives(EXECUTE_COPY QUERY_ONE,
                 "execute 4:copy 0\n"
                 "FATAL 08P01 \"unexpected message type 0x51 during COPY from stdin\"\n");
}

/* A row that the owner cannot take fails the COPY; what the client goes on sending is
 * dropped. Two COPYs may stand in one Query. */
static void the_owner_may_fail_or_repeat_a_copy(void **state)
{
    (void)state;
    owner_feed_copy(&owner, LITERAL(QUERY_COPY COPY_DATA_ONE COPY_DONE));
    assert_state(READY);
    pgwire_session_copy_in_begin(owner.session);
    owner_feed_copy(&owner, LITERAL(COPY_DATA_ONE));
    assert_state(COPYING);
    assert_true(pgwire_session_statement_failed(owner.session));
    assert_gives(COPY_DATA_ONE COPY_FAIL_WHY COPY_DONE DESCRIBE_ONE, "describe P 0:\n");
    owner_feed_copy(&owner, LITERAL(EXECUTE_COPY COPY_DATA_ONE));
    assert_false(pgwire_session_statement_failed(owner.session));
    assert_gives(COPY_DATA_ONE COPY_DONE DESCRIBE_ONE SYNC, "sync\n");
}

static void large_messages_are_bounded_before_their_body(void **state)
{
    end(state);
    owner_init(&owner, 20000);
    owner_feed_copy(&owner, LITERAL(STARTUP_ALICE));
    assert_gives("Q\0\0\x4e\x20", "");
    assert_true(pgwire_session_memory(owner.session) < 1024);
    end(state);
    owner_init(&owner, 20000);
    owner_feed_copy(&owner, LITERAL(STARTUP_ALICE));
    assert_gives("Q\0\0\x4e\x21", "FATAL 54000 \"message is too large\"\n");
    assert_string_equal(owner.err.detail,
                        "The Query message has 20001 bytes; the limit is 20000 bytes.");
}

static void a_lender_is_told_to_wait(void **state)
{
    end(state);
    owner_init(&owner, 20000);
    static uint8_t many[PGWIRE_LIMIT_PASSWORD + 2];
    struct pgwire_event event;
    struct error err;
    assert_int_equal(pgwire_session_feed(owner.session, LITERAL(STARTUP_ALICE)), RC_OK);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
    assert_int_equal(pgwire_session_feed(owner.session, bytes_of(many, sizeof(many))),
                     RC_OK);
    assert_int_equal(pgwire_session_feed(owner.session, LITERAL("x")), RC_LIMIT);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_AGAIN);
    assert_int_equal(pgwire_session_feed(owner.session, LITERAL("x")), RC_LIMIT);
    pgwire_session_ready(owner.session);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_FAILED);
}

static void an_idle_session_holds_little(void **state)
{
    (void)state;
    struct buffer big;
    buffer_init(&big, 4000000);
    buffer_add_u8(&big, 'Q');
    buffer_add_u32(&big, 1000004);
    uint8_t *text = buffer_reserve(&big, 1000000);
    memset(text, 'x', 1000000);
    text[999999] = 0;
    buffer_commit(&big, 1000000);
    struct bytes whole = buffer_bytes(&big);
    owner_feed_copy(&owner, bytes_of(whole.at, 600000));
    assert_true(pgwire_session_memory(owner.session) > 600000);
    owner_feed_copy(&owner, bytes_of(whole.at + 600000, whole.len - 600000));
    assert_true(pgwire_session_memory(owner.session) < 1024);
    buffer_fini(&big);
}

static void whole_messages_are_not_copied(void **state)
{
    (void)state;
    struct bytes script = LITERAL(QUERY_ONE SYNC);
    struct pgwire_event event;
    struct error err;
    assert_int_equal(pgwire_session_feed(owner.session, script), RC_OK);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
    assert_ptr_equal(event.query.text, script.at + 5);
    pgwire_session_keep(owner.session);
    assert_true(pgwire_session_memory(owner.session) > 500);
    assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
    assert_int_equal(event.kind, PGWIRE_EVENT_SYNC);
}

static void a_peer_that_leaves_in_a_message_is_told_apart(void **state)
{
    end(state);
    const struct {
        struct bytes first, rest;
        enum rc rc;
        const char *message;
    } rows[] = {
        {LITERAL(""), LITERAL(""), RC_OK, ""},
        {LITERAL("\0\0"), LITERAL(""), RC_FAILED, "incomplete startup packet"},
        {LITERAL(STARTUP_ALICE), LITERAL(""), RC_OK, ""},
        {LITERAL(STARTUP_ALICE), LITERAL("Q\0\0\0"), RC_FAILED,
         "incomplete message from client"},
        {LITERAL(STARTUP_ALICE),
         LITERAL("d\0\0\0\x09"
                 "x"),
         RC_FAILED, "incomplete message from client"},
        {LITERAL(STARTUP_ALICE), LITERAL(QUERY_COPY), RC_FAILED,
         "unexpected EOF on client connection with an open transaction"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        begin(state);
        owner_feed_copy(&owner, rows[i].first);
        owner_feed_copy(&owner, rows[i].rest);
        struct error err;
        error_clear(&err);
        assert_int_equal(pgwire_session_end(owner.session, &err), rows[i].rc);
        assert_string_equal(err.message, rows[i].message);
        assert_state(CLOSED);
        end(state);
    }
    begin(state);
}

/* While an answer is owed: plaintext comes, or the peer goes. */
static void take_steps_of_owed_answers(void **state, uint64_t *taken)
{
    static const struct bytes asked[][2] = {
        {CONSTANT(SSL_REQUEST), {NULL, 0}},
        {CONSTANT(GSSENC_REQUEST), {NULL, 0}},
        {CONSTANT(SSL_REQUEST), CONSTANT(GSSENC_REQUEST)},
        {CONSTANT(GSSENC_REQUEST), CONSTANT(SSL_REQUEST)},
        {CONSTANT(STARTUP_ALICE), {NULL, 0}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(asked) * 2; i++) {
        const struct bytes *feeds = asked[i / 2];
        struct pgwire_event event;
        struct error err;
        begin(state);
        struct bytes last = feeds[0];
        if (feeds[1].at != NULL) {
            owner_feed_copy(&owner, feeds[0]);
            last = feeds[1];
        }
        assert_int_equal(pgwire_session_feed(owner.session, last), RC_OK);
        assert_int_equal(pgwire_session_next(owner.session, &event, &err), RC_OK);
        owner_note_step(&owner);
        if (i % 2 == 0)
            assert_int_equal(pgwire_session_end(owner.session, &err), RC_OK);
        else
            owner_feed_copy(&owner, LITERAL("x"));
        owner_note_step(&owner);
        for (int j = 0; j < PGWIRE_SESSION_STATE_COUNT; j++)
            taken[j] |= owner.steps[j];
        end(state);
    }
}

/* Every step of the table is taken by some script, each part of which is one feed; "end"
 * is the peer's close. */
static void every_step_of_the_table_is_taken(void **state)
{
    static const struct {
        struct bytes feeds[5];
        bool accept_tls;
    } scripts[] = {
        {{CONSTANT(SSL_REQUEST), CONSTANT(GSSENC_REQUEST), CONSTANT(STARTUP_ALICE)},
         false},
        {{CONSTANT(GSSENC_REQUEST), CONSTANT(SSL_REQUEST), CONSTANT("GET ")}, false},
        {{CONSTANT(GSSENC_REQUEST), CONSTANT(SSL_REQUEST), CONSTANT(CANCEL_REQUEST)},
         false},
        {{CONSTANT(GSSENC_REQUEST), CONSTANT(SSL_REQUEST), CONSTANT("GET ")}, true},
        {{CONSTANT(SSL_REQUEST), CONSTANT(STARTUP_SECRET), CONSTANT("Q")}, true},
        {{CONSTANT(SSL_REQUEST), CONSTANT(CANCEL_REQUEST)}, true},
        {{CONSTANT(SSL_REQUEST), CONSTANT(STARTUP_ALICE), CONSTANT("?")}, false},
        {{CONSTANT(SSL_REQUEST), CONSTANT(CANCEL_REQUEST)}, false},
        {{CONSTANT(SSL_REQUEST), CONSTANT("GET ")}, false},
        {{CONSTANT(GSSENC_REQUEST), CONSTANT(STARTUP_ALICE)}, false},
        {{CONSTANT(GSSENC_REQUEST), CONSTANT(CANCEL_REQUEST)}, false},
        {{CONSTANT(GSSENC_REQUEST), CONSTANT("GET ")}, false},
        {{CONSTANT(CANCEL_REQUEST)}, false},
        {{CONSTANT("GET ")}, false},
        {{CONSTANT(STARTUP_SECRET), CONSTANT(PASSWORD), CONSTANT(TERMINATE)}, false},
        {{CONSTANT(STARTUP_SECRET), CONSTANT(TERMINATE)}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(EXECUTE_FAIL), CONSTANT(SYNC)}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(EXECUTE_FAIL), CONSTANT(TERMINATE)}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(EXECUTE_FAIL), CONSTANT("?")}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(QUERY_COPY), CONSTANT(COPY_DONE)}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(EXECUTE_COPY), CONSTANT("f\0\0\0\4")}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(EXECUTE_COPY), CONSTANT(TERMINATE)}, false},
        {{CONSTANT(STARTUP_ALICE), CONSTANT(EXECUTE_COPY), CONSTANT("?")}, false},
    };
    uint64_t taken[PGWIRE_SESSION_STATE_COUNT] = {0};
    end(state);
    for (size_t i = 0; i < ARRAY_COUNT(scripts); i++) {
        begin(state);
        owner.accept_tls = scripts[i].accept_tls;
        for (size_t feed = 0; feed < 5 && scripts[i].feeds[feed].at != NULL; feed++)
            owner_feed_copy(&owner, scripts[i].feeds[feed]);
        for (int j = 0; j < PGWIRE_SESSION_STATE_COUNT; j++)
            taken[j] |= owner.steps[j];
        end(state);
    }
    take_steps_of_owed_answers(state, taken);
    begin(state);
    for (int i = 0; i < PGWIRE_SESSION_STATE_COUNT; i++) {
        if (taken[i] != pgwire_session_states[i].next)
            print_message(
                "from %s: not taken 0x%llx\n", pgwire_session_states[i].name,
                (unsigned long long)(pgwire_session_states[i].next & ~taken[i]));
        assert_true(taken[i] == pgwire_session_states[i].next);
    }
}

/* --- however the bytes arrive, the events are the same --- */

static uint64_t seed;

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(unit_random(&seed) >> 33) % bound;
}

/* Mostly good messages, some damaged ones. */
static void make_stream(struct buffer *stream)
{
    static const struct bytes good[] = {
        CONSTANT(QUERY_ONE),      CONSTANT(QUERY_COPY),    CONSTANT(QUERY_FAIL),
        CONSTANT(PARSE_ONE),      CONSTANT(BIND_ONE),      CONSTANT(BIND_BAD),
        CONSTANT(DESCRIBE_ONE),   CONSTANT(CLOSE_ONE),     CONSTANT(EXECUTE_ONE),
        CONSTANT(EXECUTE_COPY),   CONSTANT(EXECUTE_FAIL),  CONSTANT(COPY_DATA_ONE),
        CONSTANT(COPY_DONE),      CONSTANT(COPY_FAIL_WHY), CONSTANT(FUNCTION_CALL),
        CONSTANT(SYNC),           CONSTANT(FLUSH),         CONSTANT("f\0\0\0\4"),
        CONSTANT("S\0\0\0\x05x"), CONSTANT(COPY_DATA_ONE),
    };
    buffer_add(stream, random_below(2) ? LITERAL(STARTUP_ALICE)
                                       : LITERAL(STARTUP_SECRET PASSWORD));
    uint32_t count = random_below(60);
    for (uint32_t i = 0; i < count; i++)
        buffer_add(stream, good[random_below((uint32_t)ARRAY_COUNT(good))]);
    if (random_below(3) == 0)
        stream->memory[stream->start + random_below((uint32_t)buffer_len(stream))] =
            (uint8_t)random_below(256);
    if (random_below(4) == 0)
        buffer_add(stream, LITERAL(TERMINATE));
}

/* Feeds in pieces of up to `most` bytes, of a size drawn each time. */
static void feed_in_pieces(struct owner *pieces_owner, struct bytes stream, uint32_t most)
{
    while (stream.len > 0) {
        size_t len = most == 1 ? 1 : 1 + random_below(most);
        if (len > stream.len)
            len = stream.len;
        owner_feed_copy(pieces_owner, bytes_of(stream.at, len));
        stream = bytes_of(stream.at + len, stream.len - len);
    }
}

static void pieces_give_the_same_events_as_the_whole(void **state)
{
    (void)state;
    seed = unit_seed();
    for (int round = 0; round < 1500; round++) {
        struct buffer stream;
        buffer_init(&stream, 100000);
        make_stream(&stream);
        struct owner whole, pieces;
        owner_init(&whole, PGWIRE_LIMIT_DEFAULT);
        owner_init(&pieces, PGWIRE_LIMIT_DEFAULT);
        owner_feed_copy(&whole, buffer_bytes(&stream));
        static const uint32_t most[] = {1, 3, 40};
        feed_in_pieces(&pieces, buffer_bytes(&stream), most[round % 3]);
        assert_true(bytes_equal(buffer_bytes(&whole.trace), buffer_bytes(&pieces.trace)));
        assert_true(bytes_equal(buffer_bytes(&whole.out), buffer_bytes(&pieces.out)));
        assert_int_equal(pgwire_session_state(whole.session),
                         pgwire_session_state(pieces.session));
        owner_fini(&whole);
        owner_fini(&pieces);
        buffer_fini(&stream);
    }
}

#define OPENING(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define READY(test)   cmocka_unit_test_setup_teardown(test, begin_ready, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_table_is_closed),
        OPENING(start_up_leads_to_ready),
        OPENING(a_password_is_asked_for_once),
        OPENING(bytes_sent_ahead_wait_for_log_in),
        OPENING(encryption_may_be_asked_for_in_either_order),
        OPENING(encryption_is_asked_for_once),
        OPENING(plaintext_behind_a_request_ends_the_session),
        OPENING(garbage_first_packets_end_the_session),
        OPENING(an_ended_session_says_so_and_drops_bytes),
        READY(a_closed_session_holds_nothing),
        READY(every_message_yields_its_event),
        READY(an_error_in_an_extended_query_skips_until_sync),
        READY(an_error_in_a_simple_query_does_not_skip),
        READY(malformed_messages_fail_their_statement_only),
        READY(copy_takes_its_data_and_ends),
        READY(the_owner_may_fail_or_repeat_a_copy),
        OPENING(large_messages_are_bounded_before_their_body),
        OPENING(a_lender_is_told_to_wait),
        READY(an_idle_session_holds_little),
        READY(whole_messages_are_not_copied),
        OPENING(a_peer_that_leaves_in_a_message_is_told_apart),
        OPENING(every_step_of_the_table_is_taken),
        cmocka_unit_test(pieces_give_the_same_events_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
