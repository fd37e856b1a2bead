/* pgwire/extended: messages of the extended protocol, good and bad, and their answers. */
#include "pgwire/extended.h"
#include "support/unit.h"
#include "unit/pgwire/owner.h"

static void parse_has_name_text_and_types(void **state)
{
    (void)state;
    struct pgwire_parse parse;
    struct error err;
    assert_int_equal(
        pgwire_parse_parse(LITERAL("s1\0select $1\0\0\2\0\0\0\x17\xff\xff\xff\xfe"),
                           &parse, &err),
        RC_OK);
    assert_string_equal(parse.name, "s1");
    assert_string_equal(parse.query.text, "select $1");
    assert_int_equal(parse.query.len, 9);
    assert_int_equal(parse.type_count, 2);
    assert_int_equal(pgwire_parse_type(&parse, 0), 23);
    assert_int_equal(pgwire_parse_type(&parse, 1), 0xfffffffe);
}

static void bind_has_formats_and_values(void **state)
{
    (void)state;
    struct pgwire_bind bind;
    struct error err;
    assert_int_equal(pgwire_bind_parse(LITERAL("p\0s\0"
                                               "\0\3\0\0\0\1\0\0"
                                               "\0\3\0\0\0\2hi\0\0\0\0\xff\xff\xff\xff"
                                               "\0\2\0\1\0\0"),
                                       &bind, &err),
                     RC_OK);
    assert_string_equal(bind.portal, "p");
    assert_string_equal(bind.statement, "s");
    struct pgwire_bind_cursor cursor = pgwire_bind_first(&bind);
    struct pgwire_value value;
    assert_true(pgwire_bind_next(&cursor, &value));
    assert_true(bytes_equal(value.bytes, LITERAL("hi")));
    assert_int_equal(value.format, PGWIRE_FORMAT_TEXT);
    assert_true(pgwire_bind_next(&cursor, &value));
    assert_false(value.is_null);
    assert_int_equal(value.bytes.len, 0);
    assert_int_equal(value.format, PGWIRE_FORMAT_BINARY);
    assert_true(pgwire_bind_next(&cursor, &value));
    assert_true(value.is_null);
    assert_false(pgwire_bind_next(&cursor, &value));
    assert_int_equal(pgwire_bind_result_format(&bind, 0), PGWIRE_FORMAT_BINARY);
    assert_int_equal(pgwire_bind_result_format(&bind, 1), PGWIRE_FORMAT_TEXT);
}

/* Lists of no, one and n codes, for parameters and for results. */
static void format_lists_may_be_short(void **state)
{
    (void)state;
    const struct {
        struct bytes body;
        enum pgwire_format first, second, result;
    } rows[] = {
        {LITERAL("\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0},
        {LITERAL("\0\0\0\1\0\1\0\2\0\0\0\0\0\0\0\0\0\1\0\1"), 1, 1, 1},
        {LITERAL("\0\0\0\2\0\1\0\0\0\2\0\0\0\0\0\0\0\0\0\1\0\0"), 1, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct pgwire_bind bind;
        struct error err;
        struct pgwire_value value;
        assert_int_equal(pgwire_bind_parse(rows[i].body, &bind, &err), RC_OK);
        struct pgwire_bind_cursor cursor = pgwire_bind_first(&bind);
        assert_true(pgwire_bind_next(&cursor, &value));
        assert_int_equal(value.format, rows[i].first);
        assert_true(pgwire_bind_next(&cursor, &value));
        assert_int_equal(value.format, rows[i].second);
        assert_int_equal(pgwire_bind_result_format(&bind, 7), rows[i].result);
        assert_int_equal(pgwire_bind_check_results(&bind, 8, &err), RC_OK);
    }
}

static void bad_binds_have_postgresql_s_words(void **state)
{
    (void)state;
    const struct {
        struct bytes body;
        enum sqlstate state;
        const char *message;
    } rows[] = {
        {LITERAL("\0\0\0\2\0\0\0\0\0\3"), SQLSTATE_PROTOCOL_VIOLATION,
         "bind message has 2 parameter formats but 3 parameters"},
        {LITERAL("\0\0\0\2\0\0\0\0\0\0\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "bind message has 2 parameter formats but 0 parameters"},
        {LITERAL("p"), SQLSTATE_PROTOCOL_VIOLATION, "invalid string in message"},
        {LITERAL("p\0s"), SQLSTATE_PROTOCOL_VIOLATION, "invalid string in message"},
        {LITERAL("\0\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\xff\xff\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\0\0\xff\xff\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\0\0\0\1\0\0\0\5abc\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\0\0\0\1\xff\xff\xff\xfe\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\0\0\0\1\x7f\xff\xff\xff\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\0\0\0\0"), SQLSTATE_PROTOCOL_VIOLATION,
         "insufficient data left in message"},
        {LITERAL("\0\0\0\0\0\0\0\0x"), SQLSTATE_PROTOCOL_VIOLATION,
         "invalid message format"},
        {LITERAL("\0\0\0\1\0\2\0\0\0\0"), SQLSTATE_INVALID_PARAMETER_VALUE,
         "unsupported format code: 2"},
        {LITERAL("\0\0\0\0\0\0\0\1\xff\xff"), SQLSTATE_INVALID_PARAMETER_VALUE,
         "unsupported format code: -1"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct pgwire_bind bind;
        struct error err;
        assert_int_equal(pgwire_bind_parse(rows[i].body, &bind, &err), RC_FAILED);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.state, rows[i].state);
        assert_int_equal(err.reach, ERROR_REACH_STATEMENT);
    }
}

static void bind_is_checked_against_its_statement(void **state)
{
    (void)state;
    struct pgwire_bind bind;
    struct error err;
    assert_int_equal(
        pgwire_bind_parse(LITERAL("\0st\0\0\0\0\1\0\0\0\0\0\2\0\0\0\1"), &bind, &err),
        RC_OK);
    assert_int_equal(pgwire_bind_check_values(&bind, 1, &err), RC_OK);
    assert_int_equal(pgwire_bind_check_values(&bind, 3, &err), RC_FAILED);
    assert_string_equal(err.message, "bind message supplies 1 parameters, but prepared "
                                     "statement \"st\" requires 3");
    assert_int_equal(pgwire_bind_check_results(&bind, 2, &err), RC_OK);
    assert_int_equal(pgwire_bind_check_results(&bind, 3, &err), RC_FAILED);
    assert_string_equal(err.message,
                        "bind message has 2 result formats but query has 3 columns");
}

static void describe_and_close_name_their_target(void **state)
{
    (void)state;
    struct pgwire_target target;
    struct error err;
    assert_int_equal(pgwire_describe_parse(LITERAL("Sx\0"), &target, &err), RC_OK);
    assert_int_equal(target.kind, PGWIRE_TARGET_STATEMENT);
    assert_string_equal(target.name, "x");
    assert_int_equal(pgwire_close_parse(LITERAL("P\0"), &target, &err), RC_OK);
    assert_int_equal(target.kind, PGWIRE_TARGET_PORTAL);
    assert_string_equal(target.name, "");
    assert_int_equal(pgwire_describe_parse(LITERAL("Xx\0"), &target, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid DESCRIBE message subtype 88");
    assert_int_equal(pgwire_close_parse(LITERAL("Xx\0"), &target, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid CLOSE message subtype 88");
    assert_int_equal(pgwire_close_parse(LITERAL(""), &target, &err), RC_FAILED);
    assert_string_equal(err.message, "no data left in message");
    assert_int_equal(pgwire_close_parse(LITERAL("Sx"), &target, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid string in message");
    assert_int_equal(pgwire_close_parse(LITERAL("Sx\0y"), &target, &err), RC_FAILED);
    assert_string_equal(err.message, "invalid message format");
}

static void execute_has_a_row_limit(void **state)
{
    (void)state;
    const struct {
        struct bytes body;
        int32_t max_rows;
    } rows[] = {
        {LITERAL("c\0\0\0\0\0"), 0},
        {LITERAL("c\0\0\0\0\x32"), 50},
        {LITERAL("c\0\x7f\xff\xff\xff"), INT32_MAX},
        {LITERAL("c\0\xff\xff\xff\xff"), 0},
        {LITERAL("c\0\x80\0\0\0"), 0},
    };
    struct pgwire_execute execute;
    struct error err;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(pgwire_execute_parse(rows[i].body, &execute, &err), RC_OK);
        assert_string_equal(execute.portal, "c");
        assert_int_equal(execute.max_rows, rows[i].max_rows);
    }
    assert_int_equal(pgwire_execute_parse(LITERAL("c\0\0\0\0"), &execute, &err),
                     RC_FAILED);
    assert_string_equal(err.message, "insufficient data left in message");
}

static void bad_parses_have_postgresql_s_words(void **state)
{
    (void)state;
    const struct {
        struct bytes body;
        const char *message;
    } rows[] = {
        {LITERAL(""), "invalid string in message"},
        {LITERAL("s\0q"), "invalid string in message"},
        {LITERAL("s\0q\0\0"), "insufficient data left in message"},
        {LITERAL("s\0q\0\0\2\0\0\0\1"), "insufficient data left in message"},
        {LITERAL("s\0q\0\xff\xff"), "insufficient data left in message"},
        {LITERAL("s\0q\0\0\0\0"), "invalid message format"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct pgwire_parse parse;
        struct error err;
        assert_int_equal(pgwire_parse_parse(rows[i].body, &parse, &err), RC_FAILED);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.state, SQLSTATE_PROTOCOL_VIOLATION);
    }
}

static void answers_are_framed(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1000);
    pgwire_write_parse_complete(&out);
    pgwire_write_bind_complete(&out);
    pgwire_write_close_complete(&out);
    pgwire_write_no_data(&out);
    pgwire_write_portal_suspended(&out);
    static const uint32_t oids[] = {23, 0xfffffffe};
    pgwire_write_parameter_description(&out, oids, 2);
    pgwire_write_parameter_description(&out, NULL, 0);
    assert_true(bytes_equal(buffer_bytes(&out),
                            LITERAL("1\0\0\0\4"
                                    "2\0\0\0\4"
                                    "3\0\0\0\4"
                                    "n\0\0\0\4"
                                    "s\0\0\0\4"
                                    "t\0\0\0\x0e\0\2\0\0\0\x17\xff\xff\xff\xfe"
                                    "t\0\0\0\6\0\0")));
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_has_name_text_and_types),
        cmocka_unit_test(bind_has_formats_and_values),
        cmocka_unit_test(format_lists_may_be_short),
        cmocka_unit_test(bad_binds_have_postgresql_s_words),
        cmocka_unit_test(bind_is_checked_against_its_statement),
        cmocka_unit_test(describe_and_close_name_their_target),
        cmocka_unit_test(execute_has_a_row_limit),
        cmocka_unit_test(bad_parses_have_postgresql_s_words),
        cmocka_unit_test(answers_are_framed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
