/* pgwire/row: RowDescription and DataRow, whole and open-coded. */
#include "pgwire/row.h"
#include "support/unit.h"
#include "unit/pgwire/owner.h"

static void columns_are_described(void **state)
{
    (void)state;
    static const struct pgwire_column columns[] = {
        {"id", 20000, 1, 23, 4, -1, PGWIRE_FORMAT_BINARY},
        {"?column?", 0, 0, 25, -1, 54, PGWIRE_FORMAT_TEXT},
    };
    struct buffer out;
    buffer_init(&out, 1000);
    pgwire_write_row_description(&out, columns, 2);
    assert_true(
        bytes_equal(buffer_bytes(&out),
                    LITERAL("T\0\0\0\x36\0\2"
                            "id\0\0\0\x4e\x20\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\1"
                            "?column?\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\0\0\0\x36\0\0")));
    buffer_reset(&out, 0);
    pgwire_write_row_description(&out, NULL, 0);
    assert_true(bytes_equal(buffer_bytes(&out), LITERAL("T\0\0\0\6\0\0")));
    buffer_fini(&out);
}

static void fields_are_whole_null_or_open(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1000);
    buffer_add_text(&out, "..");
    buffer_consume(&out, 1);
    struct pgwire_row row = pgwire_row_begin(&out, 4);
    pgwire_row_field(&row, LITERAL("ab"));
    pgwire_row_null(&row);
    pgwire_row_field_begin(&row);
    buffer_printf(row.open.out, "%d", 123);
    pgwire_row_field_end(&row);
    pgwire_row_field(&row, LITERAL(""));
    pgwire_row_end(&row);
    assert_true(bytes_equal(buffer_bytes(&out), LITERAL(".D\0\0\0\x1b\0\4\0\0\0\2"
                                                        "ab\xff\xff\xff\xff\0\0\0\3"
                                                        "123\0\0\0\0")));
    buffer_fini(&out);
}

static void a_row_may_be_abandoned(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1000);
    struct pgwire_row row = pgwire_row_begin(&out, 1);
    pgwire_row_field(&row, LITERAL("kept"));
    pgwire_row_end(&row);
    size_t len = buffer_len(&out);
    row = pgwire_row_begin(&out, 2);
    pgwire_row_field_begin(&row);
    buffer_add_text(&out, "half");
    pgwire_row_abandon(&row);
    assert_int_equal(buffer_len(&out), len);
    buffer_fini(&out);
}

static void a_row_past_the_limit_marks_the_buffer_wherever_it_stops(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 5 + 2 + 8 + 8; limit++) {
        struct buffer out;
        buffer_init(&out, limit);
        struct pgwire_row row = pgwire_row_begin(&out, 2);
        pgwire_row_field(&row, LITERAL("abcd"));
        pgwire_row_field_begin(&row);
        buffer_add_text(&out, "efgh");
        pgwire_row_field_end(&row);
        pgwire_row_end(&row);
        assert_true(buffer_failed(&out));
        pgwire_row_abandon(&row);
        assert_int_equal(buffer_len(&out), 0);
        buffer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_described),
        cmocka_unit_test(fields_are_whole_null_or_open),
        cmocka_unit_test(a_row_may_be_abandoned),
        cmocka_unit_test(a_row_past_the_limit_marks_the_buffer_wherever_it_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
