/* sql/functions: resolution and evaluation. Each row's expectation is PostgreSQL 15's
 * answer; "!" stands before the text of an error. */

#include "sql/functions/resolve.h"
#include "unit/sql/type_fixture.h"

static const struct {
    const char *name;
    uint32_t types[3]; /* 0 first: a prefix operator */
    const char *texts[3];
    const char *expected;
} rows[] = {
    {"+", {TYPE_INT4, TYPE_INT4}, {"2147483647", "1"}, "!integer out of range"},
    {"+", {TYPE_INT2, TYPE_INT4}, {"5", "6"}, "11"},
    {"/", {TYPE_INT4, TYPE_INT4}, {"-7", "2"}, "-3"},
    {"/", {TYPE_INT4, TYPE_INT4}, {"1", "0"}, "!division by zero"},
    {"%", {TYPE_INT8, TYPE_INT8}, {"-7", "3"}, "-1"},
    {"+", {TYPE_INT4, TYPE_NUMERIC}, {"1", "1.50"}, "2.50"},
    {"/", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1", "3"}, "0.33333333333333333333"},
    {"/", {TYPE_NUMERIC, TYPE_NUMERIC}, {"100000", "3"}, "33333.333333333333"},
    {"/", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1", "0.0003"}, "3333.3333333333333333"},
    {"*", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1.5", "-2.25"}, "-3.375"},
    {"%", {TYPE_NUMERIC, TYPE_NUMERIC}, {"-7.5", "2"}, "-1.5"},
    {"/", {TYPE_FLOAT8, TYPE_FLOAT8}, {"1", "3"}, "0.3333333333333333"},
    {"-", {0, TYPE_INT4}, {"", "-2147483648"}, "!integer out of range"},
    {"=", {TYPE_INT4, TYPE_UNKNOWN}, {"3", "3"}, "t"},
    {"||", {TYPE_TEXT, TYPE_UNKNOWN}, {"a", "b"}, "ab"},
    {"||", {TYPE_TEXT, TYPE_INT4}, {"a", "5"}, "a5"},
    {"<", {TYPE_TEXT, TYPE_TEXT}, {"a", "b"}, "t"},
    {"=", {TYPE_NAME, TYPE_TEXT}, {"pg", "pg"}, "t"},
    {"~", {TYPE_TEXT, TYPE_UNKNOWN}, {"pg_class", "^(pg_.*)$"}, "t"},
    {"!~", {TYPE_TEXT, TYPE_UNKNOWN}, {"pg_class", "^pg_toast"}, "t"},
    {"~*", {TYPE_TEXT, TYPE_UNKNOWN}, {"ABC", "b"}, "t"},
    {"~~", {TYPE_TEXT, TYPE_UNKNOWN}, {"abcd", "a%d"}, "t"},
    {"~~", {TYPE_TEXT, TYPE_UNKNOWN}, {"a%d", "a\\%d"}, "t"},
    {"~~*", {TYPE_TEXT, TYPE_UNKNOWN}, {"ABC", "_b%"}, "t"},
    {"!~~", {TYPE_TEXT, TYPE_UNKNOWN}, {"abc", "%x%"}, "t"},
    {"=", {TYPE__INT4, TYPE_UNKNOWN}, {"{1,2}", "{1,2}"}, "t"},
    {"<", {TYPE__INT4, TYPE__INT4}, {"{1,2}", "{1,3}"}, "t"},
    {"+", {TYPE_INT4, TYPE_TEXT}, {"1", "a"}, "!operator does not exist: integer + text"},
    {"=", {TYPE_OID, TYPE_INT4}, {"3", "3"}, "t"},
    {"=", {TYPE_BOOL, TYPE_TEXT}, {"t", "x"}, "!operator does not exist: boolean = text"},
    {"@", {0, TYPE_INT4}, {"", "-3"}, "3"},
    {"^", {TYPE_INT4, TYPE_INT4}, {"2", "10"}, "1024"},
    {"#", {TYPE_INT4, TYPE_INT4}, {"5", "3"}, "6"},
    {"length", {TYPE_TEXT}, {"žluť"}, "4"},
    {"upper", {TYPE_UNKNOWN}, {"abc"}, "ABC"},
    {"substring", {TYPE_TEXT, TYPE_INT4, TYPE_INT4}, {"abcdef", "-1", "4"}, "ab"},
    {"substr", {TYPE_TEXT, TYPE_INT4}, {"abcdef", "3"}, "cdef"},
    {"left", {TYPE_TEXT, TYPE_INT4}, {"abcdef", "-2"}, "abcd"},
    {"right", {TYPE_TEXT, TYPE_INT4}, {"abcdef", "-2"}, "cdef"},
    {"strpos", {TYPE_TEXT, TYPE_TEXT}, {"high", "ig"}, "2"},
    {"replace", {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, {"aXbX", "X", "yy"}, "ayybyy"},
    {"btrim", {TYPE_TEXT}, {"  a "}, "a"},
    {"btrim", {TYPE_TEXT, TYPE_TEXT}, {"xyaxy", "xy"}, "a"},
    {"split_part", {TYPE_TEXT, TYPE_TEXT, TYPE_INT4}, {"a,b,c", ",", "-1"}, "c"},
    {"split_part",
     {TYPE_TEXT, TYPE_TEXT, TYPE_INT4},
     {"a,b,c", ",", "0"},
     "!field position must not be zero"},
    {"quote_literal", {TYPE_TEXT}, {"a'b\\c"}, "E'a''b\\\\c'"},
    {"repeat", {TYPE_TEXT, TYPE_INT4}, {"ab", "3"}, "ababab"},
    {"reverse", {TYPE_TEXT}, {"abž"}, "žba"},
    {"md5", {TYPE_TEXT}, {"abc"}, "900150983cd24fb0d6963f7d28e17f72"},
    {"ascii", {TYPE_TEXT}, {"ž"}, "382"},
    {"chr", {TYPE_INT4}, {"382"}, "ž"},
    {"concat", {TYPE_TEXT, TYPE_INT4, TYPE_BOOL}, {"a", "1", "t"}, "a1t"},
    {"concat_ws", {TYPE_TEXT, TYPE_TEXT, TYPE_INT4}, {"-", "a", "1"}, "a-1"},
    {"array_to_string", {TYPE__TEXT, TYPE_TEXT}, {"{a,NULL,b}", ","}, "a,b"},
    {"array_to_string",
     {TYPE__TEXT, TYPE_TEXT, TYPE_TEXT},
     {"{a,NULL,b}", ",", "*"},
     "a,*,b"},
    {"array_length", {TYPE__INT4, TYPE_INT4}, {"{1,2,3}", "1"}, "3"},
    {"array_upper", {TYPE__INT4, TYPE_INT4}, {"[2:3]={1,2}", "1"}, "3"},
    {"cardinality", {TYPE__INT4}, {"{{1,2},{3,4}}"}, "4"},
    {"array_position", {TYPE__TEXT, TYPE_TEXT}, {"{a,b}", "b"}, "2"},
    {"abs", {TYPE_NUMERIC}, {"-1.50"}, "1.50"},
    {"round", {TYPE_NUMERIC, TYPE_INT4}, {"1234.567", "-2"}, "1200"},
    {"round", {TYPE_NUMERIC}, {"2.5"}, "3"},
    {"round", {TYPE_FLOAT8}, {"2.5"}, "2"},
    {"trunc", {TYPE_NUMERIC, TYPE_INT4}, {"-1.999", "2"}, "-1.99"},
    {"ceil", {TYPE_NUMERIC}, {"-1.5"}, "-1"},
    {"floor", {TYPE_NUMERIC}, {"-1.5"}, "-2"},
    {"sqrt", {TYPE_NUMERIC}, {"2"}, "1.414213562373095"},
    {"sqrt", {TYPE_NUMERIC}, {"0.0001"}, "0.01000000000000000"},
    {"sqrt", {TYPE_NUMERIC}, {"123456789"}, "11111.11106055556"},
    {"sqrt", {TYPE_FLOAT8}, {"2"}, "1.4142135623730951"},
    {"power", {TYPE_INT4, TYPE_INT4}, {"2", "3"}, "8"},
    {"sign", {TYPE_NUMERIC}, {"-3.2"}, "-1"},
    {"div", {TYPE_NUMERIC, TYPE_NUMERIC}, {"-7.5", "2"}, "-3"},
    {"mod", {TYPE_INT4, TYPE_INT4}, {"7", "-3"}, "1"},
    {"gcd", {TYPE_INT4, TYPE_INT4}, {"12", "-18"}, "6"},
    {"gcd", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1.5", "2.25"}, "0.75"},
    {"string_to_array", {TYPE_TEXT, TYPE_TEXT}, {"a,b,", ","}, "{a,b,\"\"}"},
    {"string_to_array", {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, {"a,b", ",", "b"}, "{a,NULL}"},
    {"array_append", {TYPE__INT4, TYPE_INT4}, {"{1,2}", "3"}, "{1,2,3}"},
    {"array_prepend", {TYPE_INT4, TYPE__INT4}, {"0", "{1,2}"}, "{0,1,2}"},
    {"||", {TYPE__INT4, TYPE_INT4}, {"{1}", "2"}, "{1,2}"},
    {"||", {TYPE_INT4, TYPE__INT4}, {"2", "{1}"}, "{2,1}"},
    {"nosuch", {TYPE_INT4}, {"1"}, "!function nosuch(integer) does not exist"},
    {"length", {TYPE_INT4}, {"1"}, "!function length(integer) does not exist"},
    {"round",
     {TYPE_UNKNOWN},
     {"x"},
     "!invalid input syntax for type double precision: \"x\""},
    {"starts_with", {TYPE_TEXT, TYPE_TEXT}, {"abc", "ab"}, "t"},
    {"octet_length", {TYPE_TEXT}, {"ž"}, "2"},
};

static enum rc resolve(size_t row, struct resolved *out, struct error *err)
{
    const struct type *types[3] = {0};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        types[i] = type_find_oid(rows[row].types[i]);
        count += rows[row].texts[i] != NULL ? 1 : 0;
    }
    struct bytes name = bytes_of_text(rows[row].name);
    if (name.at[0] >= 'a' && name.at[0] <= 'z')
        return resolve_function(arena, name, types, count, out, err);
    return resolve_operator(arena, name, types[0], types[1], out, err);
}

static enum rc evaluate(size_t row, const char **out, struct error *err)
{
    struct resolved resolved = {0};
    TRY(resolve(row, &resolved, err));
    struct value arguments[3] = {0};
    size_t skip = rows[row].types[0] == 0 ? 1 : 0;
    for (size_t i = 0; i < resolved.argument_count; i++) {
        const struct type *type = type_find_oid(rows[row].types[i + skip]);
        TRY(type_input(type, &context, bytes_of_text(rows[row].texts[i + skip]), -1,
                       &arguments[i].datum, err));
        TRY(cast_value(&context, type, resolved.argument_types[i], -1,
                       &arguments[i].datum, err));
    }
    struct call call = {
        .function = resolved.function,
        .arena = arena,
        .types = &context,
        .argument_count = resolved.argument_count,
        .argument_types = resolved.argument_types,
        .result_type = resolved.result_type,
    };
    struct value result = {0};
    TRY(function_evaluate_row(&call, arguments, &result, err));
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    if (!result.null)
        type_output(resolved.result_type, &context, result.datum, &text);
    struct bytes bytes = buffer_bytes(&text);
    *out = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&text);
    return RC_OK;
}

static void answers_as_postgresql(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct error err;
        const char *out = "";
        error_clear(&err);
        if (evaluate(i, &out, &err) != RC_OK)
            out = arena_printf(arena, "!%s", err.message);
        if (strcmp(out, rows[i].expected) != 0) {
            print_error("%s (row %zu): %s, expected %s\n", rows[i].name, i, out,
                        rows[i].expected);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Feeds the texts, NULL pointers as NULL, to an aggregate of one argument. */
static const char *aggregate(const char *name, uint32_t oid, const char *const *texts,
                             size_t count)
{
    struct error err;
    struct resolved resolved = {0};
    const struct type *type = type_find_oid(oid);
    error_clear(&err);
    assert_int_equal(
        resolve_function(arena, bytes_of_text(name), &type, 1, &resolved, &err), RC_OK);
    struct call call = {
        resolved.function,    arena, &context, NULL, 1, resolved.argument_types,
        resolved.result_type, NULL};
    const struct aggregate *run = resolved.function->run.aggregate;
    void *memory = arena_alloc(arena, 1, run->state_size, 16);
    for (size_t i = 0; i < count; i++) {
        struct value value = {.null = texts[i] == NULL};
        if (value.null && resolved.function->strict)
            continue;
        if (!value.null)
            assert_int_equal(type_input(type, &context, bytes_of_text(texts[i]), -1,
                                        &value.datum, &err),
                             RC_OK);
        assert_int_equal(run->step(&call, memory, &value, &err), RC_OK);
    }
    struct value result = {0};
    assert_int_equal(run->final(&call, memory, &result, &err), RC_OK);
    if (result.null)
        return "NULL";
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    type_output(resolved.result_type, &context, result.datum, &text);
    struct bytes bytes = buffer_bytes(&text);
    const char *out = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&text);
    return out;
}

static void aggregates_as_postgresql(void **state)
{
    (void)state;
    static const char *const numbers[] = {"1", "2", NULL, "2"};
    assert_string_equal(aggregate("count", TYPE_INT4, numbers, 4), "3");
    assert_string_equal(aggregate("sum", TYPE_INT4, numbers, 4), "5");
    assert_string_equal(aggregate("sum", TYPE_INT4, numbers, 0), "NULL");
    assert_string_equal(aggregate("avg", TYPE_INT4, numbers, 4), "1.6666666666666667");
    assert_string_equal(aggregate("min", TYPE_INT8, numbers, 4), "1");
    assert_string_equal(aggregate("max", TYPE_TEXT, numbers, 4), "2");
    assert_string_equal(aggregate("array_agg", TYPE_INT4, numbers, 4), "{1,2,NULL,2}");
    assert_string_equal(aggregate("variance", TYPE_INT4, numbers, 4),
                        "0.33333333333333333333");
    assert_string_equal(aggregate("stddev", TYPE_INT4, numbers, 4),
                        "0.57735026918962576451");
    assert_string_equal(aggregate("stddev", TYPE_INT4, numbers, 1), "NULL");
    assert_string_equal(aggregate("var_pop", TYPE_INT4, numbers, 4),
                        "0.22222222222222222222");
    assert_string_equal(aggregate("variance", TYPE_FLOAT8, numbers, 4),
                        "0.3333333333333333");
    assert_string_equal(aggregate("bit_or", TYPE_INT4, numbers, 4), "3");
    assert_string_equal(aggregate("bit_and", TYPE_INT8, numbers, 4), "0");
    assert_string_equal(aggregate("bit_xor", TYPE_INT2, numbers, 4), "1");
    static const char *const spans[] = {"1 day 01:00", "2 days 02:00", NULL, "1 mon"};
    assert_string_equal(aggregate("sum", TYPE_INTERVAL, spans, 4),
                        "1 mon 3 days 03:00:00");
    assert_string_equal(aggregate("avg", TYPE_INTERVAL, spans, 4), "11 days 01:00:00");
    assert_string_equal(aggregate("max", TYPE_INTERVAL, spans, 4), "1 mon");
}

static void every_operator_has_its_function(void **state)
{
    (void)state;
    for (size_t i = 0; i < operator_count(); i++)
        assert_non_null(function_find_oid(operator_at(i)->function));
    for (size_t i = 0; i < function_count(); i++)
        assert_non_null(type_find_oid(function_at(i)->result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_postgresql),
        cmocka_unit_test(aggregates_as_postgresql),
        cmocka_unit_test(every_operator_has_its_function),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
