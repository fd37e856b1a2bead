/* sql/parse/scan: tokens, encoding, splitting, fingerprints. */

#include "sql/parse/scan.h"
#include "unit/sql/parse/fixture.h"

static struct scan scan;

static void scan_text(const char *text)
{
    assert_int_equal(sql_scan(arena, bytes_of_text(text), &scan, &err), RC_OK);
}

static void expect_kinds(const char *text, const enum token_kind *kinds, size_t count)
{
    scan_text(text);
    assert_int_equal(scan.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(scan.tokens[i].kind, kinds[i]);
    assert_int_equal(scan.tokens[count].kind, TOKEN_END);
}

#define EXPECT_KINDS(text, ...)                                                          \
    expect_kinds(text, (const enum token_kind[]){__VA_ARGS__},                           \
                 sizeof((const enum token_kind[]){__VA_ARGS__}) /                        \
                     sizeof(enum token_kind))

static void operators_end_as_in_postgresql(void **state)
{
    (void)state;
    EXPECT_KINDS("1+-+-2", TOKEN_INTEGER, TOKEN_OPERATOR, TOKEN_OPERATOR, TOKEN_OPERATOR,
                 TOKEN_OPERATOR, TOKEN_INTEGER);
    EXPECT_KINDS("a ~- b", TOKEN_WORD, TOKEN_OPERATOR, TOKEN_WORD);
    EXPECT_KINDS("a<=-- comment\nb", TOKEN_WORD, TOKEN_OPERATOR, TOKEN_WORD);
    EXPECT_KINDS("a/* c /* d */ */*b", TOKEN_WORD, TOKEN_OPERATOR, TOKEN_WORD);
    EXPECT_KINDS("a::b :c :=d =>e", TOKEN_WORD, TOKEN_TYPECAST, TOKEN_WORD, TOKEN_COLON,
                 TOKEN_WORD, TOKEN_COLON_EQUALS, TOKEN_WORD, TOKEN_EQUALS_GREATER,
                 TOKEN_WORD);
}

static void numbers(void **state)
{
    (void)state;
    EXPECT_KINDS("1 1.5 .5 1. 1e5 1e-5", TOKEN_INTEGER, TOKEN_NUMBER, TOKEN_NUMBER,
                 TOKEN_NUMBER, TOKEN_NUMBER, TOKEN_NUMBER);
    EXPECT_KINDS("1..2", TOKEN_INTEGER, TOKEN_DOT_DOT, TOKEN_INTEGER);
    EXPECT_KINDS("$1 $12", TOKEN_PARAMETER, TOKEN_PARAMETER);
}

static void strings_have_their_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *value;
    } cases[] = {
        {"'a''b'", "a'b"},
        {"'a'\n  'b'", "ab"},
        {"'a' -- c\n 'b'", "ab"},
        {"E'a\\nb\\x41\\101\\u00e9\\''", "a\nbAA\xc3\xa9'"},
        {"e'a''b'", "a'b"},
        {"N'x'", "x"},
        {"$$a'b$$", "a'b"},
        {"$t$a$$b$t$", "a$$b"},
        {"''", ""},
        {"'a\\b'", "a\\b"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        scan_text(cases[i].text);
        assert_int_equal(scan.count, 1);
        assert_int_equal(scan.tokens[0].kind, TOKEN_STRING);
        assert_string_equal(sql_token_string(arena, &scan, 0), cases[i].value);
    }
    scan_text("'a' 'b'");
    assert_int_equal(scan.count, 2);
    scan_text("E'\\ud800'");
    assert_null(sql_token_string(arena, &scan, 0));
    scan_text("E'\\xff'");
    assert_null(sql_token_string(arena, &scan, 0));
}

static void identifiers_fold_and_are_cut(void **state)
{
    (void)state;
    scan_text("Abc \"A\"\"b\" \xc3\x89t\xc3\xa9 "
              "a2345678901234567890123456789012345678901234567890123456789012345");
    assert_string_equal(sql_token_identifier(arena, &scan, 0), "abc");
    assert_string_equal(sql_token_identifier(arena, &scan, 1), "A\"b");
    assert_string_equal(sql_token_identifier(arena, &scan, 2), "\xc3\x89t\xc3\xa9");
    assert_int_equal(strlen(sql_token_identifier(arena, &scan, 3)), 63);
}

static void broken_tokens_reach_the_end(void **state)
{
    (void)state;
    static const char *const texts[] = {"'abc",   "\"abc",  "/* a /* b */", "$t$ abc $$",
                                        "E'a\\'", "U&'abc", "B'01"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        scan_text(texts[i]);
        assert_int_equal(scan.count, 1);
        assert_int_equal(scan.tokens[0].kind, TOKEN_BROKEN);
        assert_int_equal(scan.tokens[0].to, strlen(texts[i]));
    }
}

static void bad_encoding_is_22021(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *message;
    } cases[] = {
        {"a\xc3(", 3, "invalid byte sequence for encoding \"UTF8\": 0xc3 0x28"},
        {"a\xff", 2, "invalid byte sequence for encoding \"UTF8\": 0xff"},
        {"\xe2\x82", 2, "invalid byte sequence for encoding \"UTF8\": 0xe2 0x82"},
        {"\xf0\x9f\x98", 3,
         "invalid byte sequence for encoding \"UTF8\": 0xf0 0x9f 0x98"},
        {"a\0b", 3, "invalid byte sequence for encoding \"UTF8\": 0x00"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bytes text = bytes_of(cases[i].text, cases[i].len);
        assert_int_equal(sql_scan(arena, text, &scan, &err), RC_FAILED);
        assert_int_equal(err.state, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void splits_where_statements_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {
        {"", 0},
        {" -- nothing\n /* at all */ ", 0},
        {";;", 0},
        {"select 1", 1},
        {"select 1;", 1},
        {"select ';'; select $$;$$; select \";\"; -- ;\n/* ; */", 3},
        {"create rule r as on insert to t do (select 1; select 2); select 3", 2},
        {"create function f() begin atomic select 1; select case when true then 1 end; "
         "end; select 2",
         2},
        {"begin; commit; end", 3},
        {"select 'abc; select 2", 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct scan_statement_list list;
        scan_text(cases[i].text);
        sql_scan_split(arena, &scan, &list);
        assert_int_equal(list.count, cases[i].count);
    }
}

static const char *fingerprint(const char *text)
{
    struct scan_statement_list list;
    struct buffer out;
    scan_text(text);
    sql_scan_split(arena, &scan, &list);
    buffer_init(&out, 1000);
    sql_scan_fingerprint(&scan, &list.items[0], &out);
    buffer_add_u8(&out, 0);
    const char *result = arena_strdup(arena, (const char *)buffer_bytes(&out).at);
    buffer_fini(&out);
    return result;
}

static void fingerprints_see_classes_not_values(void **state)
{
    (void)state;
    assert_string_equal(fingerprint("SELECT a FROM t WHERE id = 7"),
                        fingerprint("select  a from T /* x */ where Id=12;"));
    assert_string_not_equal(fingerprint("select 1"), fingerprint("select 3000000000"));
    assert_string_equal(fingerprint("select 2147483647"), fingerprint("select 0000001"));
    assert_string_not_equal(fingerprint("select 1"), fingerprint("select 1.0"));
    assert_string_not_equal(fingerprint("select 1"), fingerprint("select '1'"));
    assert_string_not_equal(fingerprint("select \"A\""), fingerprint("select \"a\""));
    assert_string_not_equal(fingerprint("select a b"), fingerprint("select ab"));
}

static void positions_count_characters(void **state)
{
    (void)state;
    struct bytes text = bytes_of_text("\xc3\xa9 x");
    assert_int_equal(sql_scan_position(text, 0), 1);
    assert_int_equal(sql_scan_position(text, 3), 3);
    assert_int_equal(sql_scan_position(text, 99), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(operators_end_as_in_postgresql), TEST(numbers),
        TEST(strings_have_their_values),      TEST(identifiers_fold_and_are_cut),
        TEST(broken_tokens_reach_the_end),    TEST(bad_encoding_is_22021),
        TEST(splits_where_statements_end),    TEST(fingerprints_see_classes_not_values),
        TEST(positions_count_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
