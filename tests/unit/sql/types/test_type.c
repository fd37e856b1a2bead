/* sql/types: text in and out, binary there and back, casts; values are PostgreSQL 15's.
 */

#include "sql/types/cast.h"
#include "sql/types/numeric.h"
#include "unit/sql/type_fixture.h"

static const char *shown(uint32_t oid, union datum datum)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_output(type_find_oid(oid), &context, datum, &out);
    struct bytes bytes = buffer_bytes(&out);
    const char *text = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&out);
    return text;
}

static void reads_and_writes(void **state)
{
    (void)state;
    static const struct {
        uint32_t oid;
        const char *in;
        const char *out;
    } rows[] = {
        {TYPE_BOOL, " TRUE ", "t"},
        {TYPE_BOOL, "of", "f"},
        {TYPE_INT2, "-32768", "-32768"},
        {TYPE_INT4, " 42 ", "42"},
        {TYPE_INT8, "-9223372036854775808", "-9223372036854775808"},
        {TYPE_UINT8, "18446744073709551615", "18446744073709551615"},
        {TYPE_OID, "-1", "4294967295"},
        {TYPE_FLOAT8, "0.1", "0.1"},
        {TYPE_FLOAT8, "1e15", "1e+15"},
        {TYPE_FLOAT8, "123456789012345", "123456789012345"},
        {TYPE_FLOAT8, "0.0001", "0.0001"},
        {TYPE_FLOAT8, "0.00001234", "1.234e-05"},
        {TYPE_FLOAT8, "-0", "-0"},
        {TYPE_FLOAT8, "inf", "Infinity"},
        {TYPE_FLOAT4, "3.14", "3.14"},
        {TYPE_NUMERIC, "1.50", "1.50"},
        {TYPE_NUMERIC, "-.05", "-0.05"},
        {TYPE_NUMERIC, "1.5e3", "1500"},
        {TYPE_NUMERIC, "12e-4", "0.0012"},
        {TYPE_NUMERIC, "nan", "NaN"},
        {TYPE_NUMERIC, "-Infinity", "-Infinity"},
        {TYPE_BYTEA, "a\\\\b\\001", "\\x615c6201"},
        {TYPE_CHAR, "xyz", "x"},
        {TYPE__INT4, "{1, NULL,3}", "{1,NULL,3}"},
        {TYPE__INT4, "{{1,2},{3,4}}", "{{1,2},{3,4}}"},
        {TYPE__INT4, "[0:1]={1,2}", "[0:1]={1,2}"},
        {TYPE__TEXT, "{a,\"b c\",\"NULL\",\"\"}", "{a,\"b c\",\"NULL\",\"\"}"},
        {TYPE__TEXT, "{}", "{}"},
        {TYPE_OIDVECTOR, "1 2 3", "1 2 3"},
        {TYPE_TIMESTAMPTZ, "2024-02-29 12:34:56.789+02", "2024-02-29 10:34:56.789+00"},
        {TYPE_TIMESTAMPTZ, "1999-12-31T23:59:59Z", "1999-12-31 23:59:59+00"},
        {TYPE_TIMESTAMPTZ, "epoch", "1970-01-01 00:00:00+00"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct error err;
        union datum datum = {0};
        union datum back = {0};
        struct buffer binary;
        const struct type *type = type_find_oid(rows[i].oid);
        error_clear(&err);
        enum rc rc =
            type_input(type, &context, bytes_of_text(rows[i].in), -1, &datum, &err);
        assert_string_equal(err.message, "");
        assert_int_equal(rc, RC_OK);
        assert_string_equal(shown(rows[i].oid, datum), rows[i].out);
        buffer_init(&binary, TYPE_VALUE_MAX);
        type_send(type, &context, datum, &binary);
        rc = type_receive(type, &context, buffer_bytes(&binary), -1, &back, &err);
        assert_int_equal(rc, RC_OK);
        assert_string_equal(shown(rows[i].oid, back), rows[i].out);
        assert_int_equal(type_compare(type, datum, back), 0);
        assert_true(type_hash(type, datum) == type_hash(type, back));
        buffer_fini(&binary);
    }
}

static void refuses_with_postgresql_texts(void **state)
{
    (void)state;
    static const struct {
        uint32_t oid;
        const char *in;
        int32_t typmod;
        const char *message;
        enum sqlstate sqlstate;
    } rows[] = {
        {TYPE_INT4, "x", -1, "invalid input syntax for type integer: \"x\"",
         SQLSTATE_INVALID_TEXT_REPRESENTATION},
        {TYPE_INT4, "2147483648", -1,
         "value \"2147483648\" is out of range for type integer",
         SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE},
        {TYPE_BOOL, "maybe", -1, "invalid input syntax for type boolean: \"maybe\"",
         SQLSTATE_INVALID_TEXT_REPRESENTATION},
        {TYPE_NUMERIC, "1.2.3", -1, "invalid input syntax for type numeric: \"1.2.3\"",
         SQLSTATE_INVALID_TEXT_REPRESENTATION},
        {TYPE_NUMERIC, "1000", (3 << 16) + 1 + 4, "numeric field overflow",
         SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE},
        {TYPE_FLOAT8, "1e400", -1, "\"1e400\" is out of range for type double precision",
         SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE},
        {TYPE_VARCHAR, "abcd", 3 + 4, "value too long for type character varying(3)",
         SQLSTATE_STRING_DATA_RIGHT_TRUNCATION},
        {TYPE__INT4, "{1,2", -1, "malformed array literal: \"{1,2\"",
         SQLSTATE_INVALID_TEXT_REPRESENTATION},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct error err;
        union datum datum = {0};
        error_clear(&err);
        enum rc rc = type_input(type_find_oid(rows[i].oid), &context,
                                bytes_of_text(rows[i].in), rows[i].typmod, &datum, &err);
        assert_int_equal(rc, RC_FAILED);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.state, rows[i].sqlstate);
    }
}

static void casts_as_postgresql(void **state)
{
    (void)state;
    const struct type *int4 = type_find_oid(TYPE_INT4);
    const struct type *text = type_find_oid(TYPE_TEXT);
    const struct type *numeric = type_find_oid(TYPE_NUMERIC);
    struct error err;
    union datum datum = {.int32 = 7};
    assert_int_equal(cast_find(int4, numeric, CAST_IMPLICIT, NULL), CAST_FUNCTION);
    assert_int_equal(cast_find(int4, text, CAST_IMPLICIT, NULL), CAST_NONE);
    assert_int_equal(cast_find(int4, text, CAST_ASSIGNMENT, NULL), CAST_TEXT);
    assert_int_equal(cast_find(text, int4, CAST_ASSIGNMENT, NULL), CAST_NONE);
    assert_int_equal(cast_find(text, int4, CAST_EXPLICIT, NULL), CAST_TEXT);
    assert_int_equal(cast_value(&context, int4, numeric, -1, &datum, &err), RC_OK);
    assert_string_equal(shown(TYPE_NUMERIC, datum), "7");
    datum.float8 = 2.5;
    assert_int_equal(
        cast_value(&context, type_find_oid(TYPE_FLOAT8), int4, -1, &datum, &err), RC_OK);
    assert_int_equal(datum.int32, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses_with_postgresql_texts),
        cmocka_unit_test(casts_as_postgresql),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
