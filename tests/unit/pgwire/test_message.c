/* pgwire/message: the lists are sound, every type byte in every phase, framing. */
#include "pgwire/message.h"
#include "support/unit.h"
#include "unit/pgwire/owner.h"

static void the_lists_are_sound(void **state)
{
    (void)state;
    for (int i = 0; i < PGWIRE_FRONTEND_COUNT; i++) {
        const struct pgwire_frontend_rule *rule =
            pgwire_frontend_rule((enum pgwire_frontend)i);
        assert_int_equal(pgwire_frontend_of_tag((uint8_t)rule->tag), i);
        assert_true(rule->legal != 0);
        assert_int_equal(rule->legal & rule->ignored, 0);
        assert_true(rule->limit >= PGWIRE_LENGTH_MIN);
        assert_true(rule->name[0] != '\0');
    }
    for (int i = 0; i < PGWIRE_BACKEND_COUNT; i++) {
        for (int j = 0; j < i; j++)
            assert_int_not_equal(pgwire_backend_tag((enum pgwire_backend)i),
                                 pgwire_backend_tag((enum pgwire_backend)j));
        assert_true(pgwire_backend_name((enum pgwire_backend)i)[0] != '\0');
    }
}

static void the_tags_are_those_of_the_manual(void **state)
{
    (void)state;
    int found = 0;
    for (int tag = 0; tag < 256; tag++) {
        bool is_known = pgwire_frontend_of_tag((uint8_t)tag) != PGWIRE_FRONTEND_COUNT;
        bool is_listed = tag != 0 && strchr("QPBDECHSFdcfpX", tag) != NULL;
        assert_int_equal(is_known, is_listed);
        found += is_known;
    }
    assert_int_equal(found, PGWIRE_FRONTEND_COUNT);
}

/* A session in the state of the phase. */
static void bring_to(struct owner *owner, enum pgwire_phase phase)
{
    if (phase == PGWIRE_PHASE_AUTHENTICATING) {
        owner_feed(owner, LITERAL(STARTUP_SECRET));
        return;
    }
    owner_feed(owner, LITERAL(STARTUP_ALICE));
    if (phase == PGWIRE_PHASE_SKIPPING)
        owner_feed(owner, LITERAL("E\0\0\0\x0d"
                                  "fail\0\0\0\0\0"));
    if (phase == PGWIRE_PHASE_COPYING)
        owner_feed(owner, LITERAL("Q\0\0\0\x09"
                                  "copy\0"));
}

static void illegal_text(enum pgwire_phase phase, int tag, char *text, size_t size)
{
    if (phase == PGWIRE_PHASE_COPYING)
        snprintf(text, size, "unexpected message type 0x%02X during COPY from stdin",
                 (unsigned)tag);
    else if (phase == PGWIRE_PHASE_AUTHENTICATING)
        snprintf(text, size, "expected password response, got message type %d", tag);
    else
        snprintf(text, size, "invalid frontend message type %d", tag);
}

/* Only the type byte is there: it is refused at once, or the rest is awaited. */
static void each_type_byte_is_judged_alone_in_each_phase(void **state)
{
    (void)state;
    static const struct {
        enum pgwire_phase phase;
        const char *legal;
    } rows[] = {
        {PGWIRE_PHASE_AUTHENTICATING, "pX"},
        {PGWIRE_PHASE_READY, "QPBDECHSFdcfX"},
        {PGWIRE_PHASE_SKIPPING, "QPBDECHSFdcfX"},
        {PGWIRE_PHASE_COPYING, "dcfHSX"},
    };
    for (size_t row = 0; row < ARRAY_COUNT(rows); row++) {
        for (int tag = 0; tag < 256; tag++) {
            struct owner owner;
            owner_init(&owner, PGWIRE_LIMIT_DEFAULT);
            bring_to(&owner, rows[row].phase);
            uint8_t octet = (uint8_t)tag;
            enum rc rc = owner_feed_copy(&owner, bytes_of(&octet, 1));
            if (tag != 0 && strchr(rows[row].legal, tag) != NULL) {
                assert_int_equal(rc, RC_AGAIN);
            } else {
                char text[100];
                illegal_text(rows[row].phase, tag, text, sizeof(text));
                assert_int_equal(rc, RC_FAILED);
                assert_int_equal(owner.err.state, SQLSTATE_PROTOCOL_VIOLATION);
                assert_string_equal(owner.err.message, text);
            }
            owner_fini(&owner);
        }
    }
}

/* The longest legal length word is waited for, one more is refused, before any body. */
static void each_length_is_judged_before_its_body(void **state)
{
    (void)state;
    static const enum pgwire_phase phases[] = {PGWIRE_PHASE_AUTHENTICATING,
                                               PGWIRE_PHASE_READY, PGWIRE_PHASE_SKIPPING,
                                               PGWIRE_PHASE_COPYING};
    for (size_t p = 0; p < ARRAY_COUNT(phases); p++) {
        for (int i = 0; i < PGWIRE_FRONTEND_COUNT; i++) {
            const struct pgwire_frontend_rule *rule =
                pgwire_frontend_rule((enum pgwire_frontend)i);
            if (((rule->legal | rule->ignored) & phases[p]) == 0)
                continue;
            const uint32_t bad[] = {0, 1, 3, rule->limit + 1, 0x80000000, 0xFFFFFFFF};
            for (size_t b = 0; b < ARRAY_COUNT(bad) + 1; b++) {
                bool is_good = b == ARRAY_COUNT(bad);
                struct owner owner;
                owner_init(&owner, PGWIRE_LIMIT_LARGE);
                bring_to(&owner, phases[p]);
                struct buffer header;
                buffer_init(&header, 5);
                buffer_add_u8(&header, (uint8_t)rule->tag);
                buffer_add_u32(&header, is_good ? rule->limit : bad[b]);
                enum rc rc = owner_feed_copy(&owner, buffer_bytes(&header));
                assert_int_equal(rc, is_good ? RC_AGAIN : RC_FAILED);
                if (!is_good)
                    assert_string_equal(owner.err.message, "invalid message length");
                buffer_fini(&header);
                owner_fini(&owner);
            }
        }
    }
}

static void a_message_is_framed_by_its_end(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 100);
    buffer_add_text(&out, "before");
    struct pgwire_open open = pgwire_message_begin(&out, PGWIRE_BACKEND_COPY_DATA);
    buffer_add_text(&out, "abc");
    pgwire_message_end(open);
    assert_true(bytes_equal(buffer_bytes(&out), LITERAL("befored\0\0\0\x07"
                                                        "abc")));
    open = pgwire_message_begin(&out, PGWIRE_BACKEND_COPY_DATA);
    buffer_add_text(&out, "dropped");
    pgwire_message_abandon(open);
    assert_true(bytes_equal(buffer_bytes(&out), LITERAL("befored\0\0\0\x07"
                                                        "abc")));
    buffer_fini(&out);
}

static void a_message_past_the_limit_marks_the_buffer(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 9; limit++) {
        struct buffer out;
        buffer_init(&out, limit);
        struct pgwire_open open = pgwire_message_begin(&out, PGWIRE_BACKEND_COPY_DATA);
        buffer_add_text(&out, "abcd");
        pgwire_message_end(open);
        assert_true(buffer_failed(&out));
        pgwire_message_abandon(open);
        assert_int_equal(buffer_len(&out), 0);
        buffer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lists_are_sound),
        cmocka_unit_test(the_tags_are_those_of_the_manual),
        cmocka_unit_test(each_type_byte_is_judged_alone_in_each_phase),
        cmocka_unit_test(each_length_is_judged_before_its_body),
        cmocka_unit_test(a_message_is_framed_by_its_end),
        cmocka_unit_test(a_message_past_the_limit_marks_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
