/* sql/types against PostgreSQL 15's answers, in type_rows.def. What is printed must be
 * read back as the same value, in text and in binary. */
#include "sql/types/datetime.h"
#include "unit/sql/type_fixture.h"

static const struct {
    const char *type;
    const char *text;
    const char *expected;
} rows[] = {
#include "unit/sql/types/type_rows.def"
};

/* "timestamp(2)", "interval day to second" */
static const struct type *read_type(const char *text, int32_t *typmod_out)
{
    static const struct {
        const char *words;
        int32_t fields;
    } fields[] = {
        {" year", DATETIME_FIELD_YEAR},
        {" month", DATETIME_FIELD_MONTH},
        {" day", DATETIME_FIELD_DAY},
        {" year to month", DATETIME_FIELD_YEAR | DATETIME_FIELD_MONTH},
        {" hour to minute", DATETIME_FIELD_HOUR | DATETIME_FIELD_MINUTE},
        {" minute to second", DATETIME_FIELD_MINUTE | DATETIME_FIELD_SECOND},
        {" day to second", DATETIME_FIELD_DAY | DATETIME_FIELD_HOUR |
                               DATETIME_FIELD_MINUTE | DATETIME_FIELD_SECOND},
    };
    struct error err;
    size_t len = strcspn(text, " (");
    struct bytes name = bytes_of(text, len);
    const struct type *type = bytes_equal(name, bytes_of_text("char"))
                                  ? type_find_oid(TYPE_BPCHAR)
                                  : type_find_name(name);
    int32_t arguments[2] = {0};
    size_t count = 0;
    assert_non_null(type);
    if (text[len] == '(') {
        if (type->oid == TYPE_INTERVAL)
            arguments[count++] = DATETIME_FIELDS_ALL;
        arguments[count++] = (int32_t)strtol(text + len + 1, NULL, 10);
    }
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        if (strcmp(text + len, fields[i].words) == 0)
            arguments[count++] = fields[i].fields;
    }
    assert_int_equal(type_typmod(type, arguments, count, typmod_out, &err), RC_OK);
    return type;
}

static const char *print(const struct type *type, union datum datum)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_output(type, &context, datum, &out);
    struct bytes bytes = buffer_bytes(&out);
    const char *text = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&out);
    return text;
}

static void goes_around(const struct type *type, union datum datum, const char *text)
{
    struct error err;
    union datum again;
    struct buffer out;
    assert_int_equal(type_input(type, &context, bytes_of_text(text), -1, &again, &err),
                     RC_OK);
    assert_int_equal(type_compare(type, datum, again), 0);
    assert_int_equal(type_hash(type, datum), type_hash(type, again));
    buffer_init(&out, TYPE_VALUE_MAX);
    type_send(type, &context, datum, &out);
    assert_int_equal(type_receive(type, &context, buffer_bytes(&out), -1, &again, &err),
                     RC_OK);
    buffer_fini(&out);
    assert_string_equal(print(type, again), text);
}

static void reads_as_postgresql(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct error err;
        union datum datum;
        int32_t typmod = -1;
        const struct type *type = read_type(rows[i].type, &typmod);
        const char *out = NULL;
        error_clear(&err);
        enum rc rc =
            type_input(type, &context, bytes_of_text(rows[i].text), typmod, &datum, &err);
        out = rc == RC_OK ? print(type, datum) : arena_printf(arena, "!%s", err.message);
        if (strcmp(out, rows[i].expected) != 0) {
            print_error("%s '%s': %s, expected %s\n", rows[i].type, rows[i].text, out,
                        rows[i].expected);
            wrong++;
        } else if (rc == RC_OK) {
            goes_around(type, datum, out);
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_as_postgresql)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
