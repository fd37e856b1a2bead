/* pgwire/startup: every first packet, both directions, good and bad. */
#include "pgwire/startup.h"
#include "support/unit.h"
#include "unit/pgwire/owner.h"

static void codes_are_those_of_the_manual(void **state)
{
    (void)state;
    assert_int_equal(pgwire_first_of_code(196608), PGWIRE_FIRST_STARTUP);
    assert_int_equal(pgwire_first_of_code(196610), PGWIRE_FIRST_STARTUP);
    assert_int_equal(pgwire_first_of_code(80877102), PGWIRE_FIRST_CANCEL);
    assert_int_equal(pgwire_first_of_code(80877103), PGWIRE_FIRST_SSL);
    assert_int_equal(pgwire_first_of_code(80877104), PGWIRE_FIRST_GSSENC);
    assert_int_equal(pgwire_first_of_code(131072), PGWIRE_FIRST_UNKNOWN);
    assert_int_equal(pgwire_first_of_code(0), PGWIRE_FIRST_UNKNOWN);
}

static void parameters_are_told_apart(void **state)
{
    (void)state;
    struct pgwire_startup startup;
    struct error err;
    struct bytes packet =
        LITERAL("\0\3\0\0user\0a\0database\0d\0application_name\0psql\0options\0-c "
                "x=1\0_pq_.thing\0on\0DateStyle\0ISO, MDY\0replication\0false\0\0");
    assert_int_equal(pgwire_startup_parse(packet, &startup, &err), RC_OK);
    assert_string_equal(startup.user, "a");
    assert_string_equal(startup.database, "d");
    assert_string_equal(startup.options, "-c x=1");
    assert_string_equal(startup.replication, "false");
    assert_int_equal(startup.unknown_count, 1);
    struct reader at = reader_of(startup.pairs);
    const char *name, *value;
    assert_true(pgwire_startup_next(&at, &name, &value));
    assert_string_equal(name, "application_name");
    assert_string_equal(value, "psql");
    assert_true(pgwire_startup_next(&at, &name, &value));
    assert_string_equal(name, "DateStyle");
    assert_string_equal(value, "ISO, MDY");
    assert_false(pgwire_startup_next(&at, &name, &value));
}

static void absent_parameters_are_null(void **state)
{
    (void)state;
    struct pgwire_startup startup;
    struct error err;
    assert_int_equal(pgwire_startup_parse(LITERAL("\0\3\0\0user\0a\0\0"), &startup, &err),
                     RC_OK);
    assert_null(startup.database);
    assert_null(startup.options);
    assert_null(startup.replication);
    assert_false(pgwire_startup_needs_negotiation(&startup));
}

static void bad_start_ups_have_postgresql_s_words(void **state)
{
    (void)state;
    static const char layout[] =
        "invalid startup packet layout: expected terminator as last byte";
    static const char no_user[] = "no PostgreSQL user name specified in startup packet";
    const struct {
        struct bytes packet;
        enum sqlstate state;
        const char *message;
    } rows[] = {
        {LITERAL("\0\3\0\0"), SQLSTATE_PROTOCOL_VIOLATION, layout},
        {LITERAL("\0\3\0\0user\0a\0"), SQLSTATE_PROTOCOL_VIOLATION, layout},
        {LITERAL("\0\3\0\0user\0a"), SQLSTATE_PROTOCOL_VIOLATION, layout},
        {LITERAL("\0\3\0\0user\0"), SQLSTATE_PROTOCOL_VIOLATION, layout},
        {LITERAL("\0\3\0\0user\0a\0\0\0"), SQLSTATE_PROTOCOL_VIOLATION, layout},
        {LITERAL("\0\3\0\0\0user\0a\0\0"), SQLSTATE_PROTOCOL_VIOLATION, layout},
        {LITERAL("\0\3\0\0\0"), SQLSTATE_INVALID_AUTHORIZATION_SPECIFICATION, no_user},
        {LITERAL("\0\3\0\0user\0\0\0"), SQLSTATE_INVALID_AUTHORIZATION_SPECIFICATION,
         no_user},
        {LITERAL("\0\2\0\0user\0a\0\0"), SQLSTATE_FEATURE_NOT_SUPPORTED,
         "unsupported frontend protocol 2.0: server supports 3.0 to 3.2"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct pgwire_startup startup;
        struct error err;
        assert_int_equal(pgwire_startup_parse(rows[i].packet, &startup, &err), RC_FAILED);
        assert_int_equal(err.state, rows[i].state);
        assert_string_equal(err.message, rows[i].message);
    }
}

static void the_number_of_parameters_is_limited(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct buffer packet;
        buffer_init(&packet, 100000);
        buffer_add(&packet, LITERAL("\0\3\0\0user\0a\0"));
        for (int i = 1; i < PGWIRE_STARTUP_PARAMETERS + over; i++)
            buffer_add(&packet, LITERAL("n\0v\0"));
        buffer_add_u8(&packet, 0);
        struct pgwire_startup startup;
        struct error err;
        enum rc rc = pgwire_startup_parse(buffer_bytes(&packet), &startup, &err);
        assert_int_equal(rc, over ? RC_FAILED : RC_OK);
        if (over)
            assert_int_equal(err.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED);
        buffer_fini(&packet);
    }
}

static void newer_versions_are_negotiated_down(void **state)
{
    (void)state;
    static const struct {
        uint16_t asked, agreed;
        bool negotiates;
    } rows[] = {
        {0, 0, false}, {1, 1, false}, {2, 2, false}, {3, 2, true}, {9999, 2, true}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buffer packet;
        buffer_init(&packet, 100);
        buffer_add_u16(&packet, 3);
        buffer_add_u16(&packet, rows[i].asked);
        buffer_add(&packet, LITERAL("user\0a\0\0"));
        struct pgwire_startup startup;
        struct error err;
        assert_int_equal(pgwire_startup_parse(buffer_bytes(&packet), &startup, &err),
                         RC_OK);
        assert_int_equal(startup.minor, rows[i].agreed);
        assert_int_equal(pgwire_startup_needs_negotiation(&startup), rows[i].negotiates);
        buffer_fini(&packet);
    }
}

static void negotiation_names_the_unknown_options(void **state)
{
    (void)state;
    struct pgwire_startup startup;
    struct error err;
    assert_int_equal(pgwire_startup_parse(LITERAL("\0\3\0\x09"
                                                  "_pq_.a\0"
                                                  "1\0user\0u\0_pq_.bc\0\0x\0y\0\0"),
                                          &startup, &err),
                     RC_OK);
    struct buffer out;
    buffer_init(&out, 100);
    pgwire_write_negotiate_protocol_version(&out, &startup);
    assert_true(bytes_equal(buffer_bytes(&out),
                            LITERAL("v\0\0\0\x1b\0\3\0\2\0\0\0\2_pq_.a\0_pq_.bc\0")));
    buffer_fini(&out);
}

static void cancel_keys_have_4_to_256_bytes(void **state)
{
    (void)state;
    uint8_t packet[4 + 4 + PGWIRE_CANCEL_KEY_MAX + 1] = {4, 0xd2, 0x16, 0x2e, 0, 0, 1, 2};
    for (size_t len = 4; len <= sizeof(packet); len++) {
        struct pgwire_cancel cancel;
        struct error err;
        bool is_good = len >= 12 && len <= 8 + PGWIRE_CANCEL_KEY_MAX;
        assert_int_equal(pgwire_cancel_parse(bytes_of(packet, len), &cancel, &err),
                         is_good ? RC_OK : RC_FAILED);
        if (is_good) {
            assert_int_equal(cancel.process_id, 258);
            assert_int_equal(cancel.key.len, len - 8);
        } else {
            assert_int_equal(err.state, SQLSTATE_PROTOCOL_VIOLATION);
        }
    }
}

static void backend_key_data_holds_keys_of_both_lengths(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1000);
    pgwire_write_backend_key_data(&out, 0x01020304, LITERAL("abcd"));
    assert_true(bytes_equal(buffer_bytes(&out), LITERAL("K\0\0\0\x0c\1\2\3\4"
                                                        "abcd")));
    buffer_reset(&out, 0);
    uint8_t key[PGWIRE_CANCEL_KEY_MAX] = {0};
    pgwire_write_backend_key_data(&out, 1, bytes_of(key, sizeof(key)));
    assert_int_equal(buffer_len(&out), 5 + 4 + sizeof(key));
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_manual),
        cmocka_unit_test(parameters_are_told_apart),
        cmocka_unit_test(absent_parameters_are_null),
        cmocka_unit_test(bad_start_ups_have_postgresql_s_words),
        cmocka_unit_test(the_number_of_parameters_is_limited),
        cmocka_unit_test(newer_versions_are_negotiated_down),
        cmocka_unit_test(negotiation_names_the_unknown_options),
        cmocka_unit_test(cancel_keys_have_4_to_256_bytes),
        cmocka_unit_test(backend_key_data_holds_keys_of_both_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
