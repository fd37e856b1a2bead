/* Rows and keys of indexes: what is written comes back, and keys sort as values do. */
#include "sql/exec/heap_internal.h"
#include "sql/types/numeric.h"
#include "unit/sql/type_fixture.h"

enum { VALUES_MAX = 64 };

struct ordered {
    const char *type;
    const char *texts[VALUES_MAX]; /* in no order */
};

static const struct ordered cases[] = {
    {"bool", {"t", "f"}},
    {"\"char\"", {"a", "Z", "0"}},
    {"int2", {"-32768", "-1", "0", "1", "32767"}},
    {"int4", {"-2147483648", "-300", "-1", "0", "5", "2147483647"}},
    {"int8", {"-9223372036854775808", "-70000", "0", "1", "9223372036854775807"}},
    {"oid", {"0", "1", "4294967295"}},
    {"float4", {"NaN", "-Infinity", "-1.5", "-0", "0", "1e-30", "2", "Infinity"}},
    {"float8", {"NaN", "-Infinity", "-1e300", "-0", "0", "1e-300", "2.5", "Infinity"}},
    {"numeric",
     {"NaN",
      "Infinity",
      "-Infinity",
      "0",
      "0.00",
      "1",
      "1.0",
      "-1",
      "0.1",
      "0.01",
      "0.001",
      "-0.1",
      "-0.01",
      "12",
      "12.34",
      "12.345",
      "-12.34",
      "-12.345",
      "120",
      "99",
      "100",
      "101",
      "1000000",
      "-1000000",
      "5",
      "5.00",
      "50",
      "0.5",
      "0.05",
      "-5",
      "-50",
      "123456789012345678901234567890",
      "123456789012345678901234567890.5",
      "-123456789012345678901234567890"}},
    {"text", {"", "a", "ab", "b", "A", "a b", "\xC3\xA4", "a\x01"}},
    {"bpchar", {"a", "a  ", "ab ", "b"}},
    {"bytea", {"\\x", "\\x00", "\\x0000", "\\x0001", "\\x01", "\\xff", "\\xff00"}},
    {"date", {"-infinity", "1999-12-31", "2000-01-01", "2026-11-25", "infinity"}},
    {"timestamp", {"-infinity", "1999-12-31 23:59:59.5", "2000-01-01", "infinity"}},
    {"time", {"00:00", "12:30:15.25", "24:00"}},
    {"timetz", {"12:00+00", "12:00+01", "11:00+00", "13:00+01"}},
    {"interval", {"1 day", "24 hours", "1 mon", "30 days", "-1 day", "1 year", "0"}},
    {"uuid",
     {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
      "12345678-0000-0000-0000-000000000000"}},
};

static int sign(int number)
{
    return number < 0 ? -1 : number > 0 ? 1 : 0;
}

static void make_key(const struct index_part *part, struct value value,
                     struct buffer *scratch, struct store_key *key)
{
    store_key_begin(key, 'j');
    index_key_add(key, part, value, scratch);
    assert_false(key->failed);
}

static void check_pairs(const struct index_part *part, const struct value *values,
                        size_t count)
{
    struct buffer scratch;
    buffer_init(&scratch, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            struct store_key a;
            struct store_key b;
            make_key(part, values[i], &scratch, &a);
            make_key(part, values[k], &scratch, &b);
            int wanted = sign(type_compare(part->type, values[i].datum, values[k].datum));
            if ((part->order & STORE_KEY_DESCENDING) != 0)
                wanted = -wanted;
            int got = sign(bytes_compare(store_key_bytes(&a), store_key_bytes(&b)));
            if (got != wanted)
                print_error("%s: %zu and %zu\n", part->type->name, i, k);
            assert_int_equal(got, wanted);
        }
    }
    buffer_fini(&scratch);
}

static const struct type *find_type(const char *name)
{
    const struct type *type = strcmp(name, "\"char\"") == 0
                                  ? type_find_oid(TYPE_CHAR)
                                  : type_find_name(bytes_of_text(name));
    assert_non_null(type);
    return type;
}

static void test_keys_sort_as_values(void **state)
{
    struct error err;
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct index_part part = {.type = find_type(cases[i].type),
                                  .limit = STORE_KEY_TEXT_LIMIT};
        struct value values[VALUES_MAX] = {{.null = false}};
        size_t count = 0;
        while (count < VALUES_MAX && cases[i].texts[count] != NULL) {
            assert_int_equal(type_input(part.type, &context,
                                        bytes_of_text(cases[i].texts[count]),
                                        TYPE_TYPMOD_NONE, &values[count].datum, &err),
                             RC_OK);
            count++;
        }
        check_pairs(&part, values, count);
        part.order = STORE_KEY_DESCENDING;
        check_pairs(&part, values, count);
        assert_int_equal(index_type_check(part.type, &err), RC_OK);
    }
}

/* Random decimals of all sizes. */
static void test_numeric_keys(void **state)
{
    struct value values[VALUES_MAX] = {{.null = false}};
    struct index_part part = {.type = type_find_oid(TYPE_NUMERIC),
                              .limit = STORE_KEY_TEXT_LIMIT};
    uint32_t random = 7;
    struct error err;
    (void)state;
    for (size_t i = 0; i < VALUES_MAX; i++) {
        char text[64];
        size_t len = 0;
        random = random * 1664525 + 1013904223;
        if ((random >> 9) % 2 == 0)
            text[len++] = '-';
        for (uint32_t k = (random >> 11) % 12; k > 0; k--)
            text[len++] = (char)('0' + (random >> k) % 10);
        text[len++] = '0';
        text[len++] = '.';
        for (uint32_t k = (random >> 15) % 12 + 1; k > 0; k--)
            text[len++] = (char)('0' + (random >> (k + 3)) % 10);
        assert_int_equal(type_input(part.type, &context, bytes_of(text, len),
                                    TYPE_TYPMOD_NONE, &values[i].datum, &err),
                         RC_OK);
    }
    check_pairs(&part, values, VALUES_MAX);
}

/* Texts longer than a part: equal keys only for equal texts, and a prefix for ranges. */
static void test_long_texts(void **state)
{
    struct index_part part = {.type = type_find_oid(TYPE_TEXT), .limit = 16};
    struct buffer scratch;
    struct store_key a;
    struct store_key b;
    (void)state;
    buffer_init(&scratch, 1 << 20);
    struct value one = {.datum.bytes = bytes_of_text("0123456789abcdefghij")};
    struct value other = {.datum.bytes = bytes_of_text("0123456789abcdefghik")};
    make_key(&part, one, &scratch, &a);
    make_key(&part, other, &scratch, &b);
    assert_true(a.is_cut);
    assert_false(bytes_equal(store_key_bytes(&a), store_key_bytes(&b)));
    store_key_begin(&b, 'j');
    assert_true(index_key_add_prefix(&b, &part, one, &scratch));
    assert_true(bytes_has_prefix(store_key_bytes(&a), store_key_bytes(&b)));
    buffer_fini(&scratch);
}

/* ---- rows ---- */

static const char *const row_types[] = {"int4", "text",     "float8", "bool",  "numeric",
                                        "int8", "interval", "int2",   "bytea", "float4"};

static struct table make_table(void)
{
    struct table table = {.name = "t", .column_count = ARRAY_COUNT(row_types)};
    struct table_column *columns =
        ARENA_ARRAY(arena, struct table_column, table.column_count);
    for (uint32_t i = 0; i < table.column_count; i++) {
        columns[i].type = find_type(row_types[i]);
        columns[i].number = 2 * i + 1; /* others were dropped */
        columns[i].default_sql = "";
    }
    table.columns = columns;
    table.stored_count = 2 * (uint32_t)table.column_count;
    return table;
}

static void read_row(const struct table *table, const char *const *texts,
                     struct value *values)
{
    struct error err;
    for (size_t i = 0; i < table->column_count; i++) {
        values[i].null = texts[i] == NULL;
        if (texts[i] != NULL)
            assert_int_equal(type_input(table->columns[i].type, &context,
                                        bytes_of_text(texts[i]), TYPE_TYPMOD_NONE,
                                        &values[i].datum, &err),
                             RC_OK);
    }
}

static void test_rows_come_back(void **state)
{
    static const char *const rows[][ARRAY_COUNT(row_types)] = {
        {"1", "one", "1.5", "t", "12.30", "-9000000000", "1 mon", "7", "\\x00ff", "2.5"},
        {"0", "", "0", "f", "0", "0", "0", "0", "\\x", "0"},
        {"-70000", "a text that is longer than seven bytes", NULL, NULL, NULL, "-1", NULL,
         "-300", NULL, "NaN"},
        {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}};
    struct table table = make_table();
    uint32_t places[ARRAY_COUNT(row_types) + 1];
    struct heap_decoder decoder;
    struct buffer bytes;
    struct error err;
    (void)state;
    buffer_init(&bytes, 1 << 20);
    for (uint32_t i = 0; i <= table.column_count; i++)
        places[i] = (uint32_t)table.column_count - i; /* backwards, the row id first */
    struct heap_wanted wanted = {places, table.column_count + 1};
    struct heap heap = {.table = &table};
    struct vector *columns = heap_vectors(arena, &heap, wanted, 1);
    heap_decoder_init(&decoder, arena, &table, wanted);
    for (size_t row = 0; row < ARRAY_COUNT(rows); row++) {
        struct value values[ARRAY_COUNT(row_types)];
        read_row(&table, rows[row], values);
        heap_encode(&table, values, &bytes);
        assert_int_equal(
            heap_decode(&decoder, buffer_bytes(&bytes), 77, columns, 0, &err), RC_OK);
        assert_int_equal(columns[0].values[0].int64, 77);
        for (size_t i = 0; i < table.column_count; i++) {
            const struct vector *column = &columns[table.column_count - i];
            assert_int_equal(column->nulls[0], values[i].null);
            if (!values[i].null)
                assert_int_equal(
                    type_compare(column->type, column->values[0], values[i].datum), 0);
        }
        /* Every cut of it is told apart from a row, or is a shorter one. */
        for (size_t len = 0; len < 2; len++)
            assert_int_equal(heap_decode(&decoder, bytes_of(buffer_bytes(&bytes).at, len),
                                         1, columns, 0, &err),
                             RC_FAILED);
        for (size_t len = 2; len < buffer_len(&bytes); len++) {
            uint8_t *copy = ARENA_ARRAY(arena, uint8_t, len);
            memcpy(copy, buffer_bytes(&bytes).at, len);
            enum rc rc = heap_decode(&decoder, bytes_of(copy, len), 1, columns, 0, &err);
            assert_true(rc == RC_OK || rc == RC_FAILED);
        }
    }
    buffer_fini(&bytes);
}

/* A row from before ADD COLUMN has NULL there. */
static void test_older_rows_are_shorter(void **state)
{
    struct table table = make_table();
    struct table older = table;
    struct heap heap = {.table = &table};
    struct heap_decoder decoder;
    struct buffer bytes;
    struct error err;
    uint32_t place = 9;
    struct value values[ARRAY_COUNT(row_types)] = {{.null = true}};
    struct heap_wanted wanted = {&place, 1};
    (void)state;
    older.column_count = 2;
    buffer_init(&bytes, 1 << 20);
    values[1] = (struct value){.datum.bytes = bytes_of_text("x")};
    heap_encode(&older, values, &bytes);
    struct vector *columns = heap_vectors(arena, &heap, wanted, 1);
    heap_decoder_init(&decoder, arena, &table, wanted);
    assert_int_equal(heap_decode(&decoder, buffer_bytes(&bytes), 1, columns, 0, &err),
                     RC_OK);
    assert_int_equal(columns[0].nulls[0], 1);
    buffer_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_sort_as_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numeric_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_older_rows_are_shorter, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
