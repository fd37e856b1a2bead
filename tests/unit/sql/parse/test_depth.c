/* sql/parse/depth: what nests too deeply is 54001, and what is let through is parsed on
 * the stack that SQL_PARSE_STACK_BYTES promises. */
#include <pthread.h>

#include "base/error.h"
#include "sql/parse/parse.h"
#include "sql/parse/scan.h"
#include "support/unit.h"

struct bomb {
    const char *before;
    const char *open;
    const char *middle;
    const char *close;
};

static const struct bomb bombs[] = {
    {"select ", "1+", "1", ""},
    {"select ", "- ", "x", ""},
    {"select ", "not ", "true", ""},
    {"select ", "(", "1", ")"},
    {"select ", "(1+", "1", ")"},
    {"select ", "(select ", "1", ")"},
    {"select ", "exists(select 1 where ", "true", ")"},
    {"select ", "1 in (select ", "1", ")"},
    {"", "select * from (", "select 1", ") x"},
    {"", "with x as (", "select 1", ") select 1"},
    {"select ", "f(", "1", ")"},
    {"select ", "f(a => ", "1", ")"},
    {"select ", "array[", "1", "]"},
    {"select ", "x[", "1", "]"},
    {"select ", "", "x", "[1][2]"},
    {"select ", "row(", "1", ")"},
    {"select ", "case when ", "true", " then 1 end"},
    {"select ", "case ", "1", " when 1 then 1 end"},
    {"select ", "case when true then 1 else ", "1", " end"},
    {"select ", "coalesce(1, ", "1", ")"},
    {"select ", "", "1", "::int"},
    {"select ", "cast(", "1", " as int)"},
    {"select 1::numeric", "(1::numeric", "", ")"},
    {"select ", "", "x", " is null"},
    {"select ", "", "x", " collate \"C\""},
    {"select ", "", "x", " at time zone 'utc'"},
    {"select ", "1 in (", "1", ")"},
    {"select ", "1 = any (", "x", ")"},
    {"select ", "1 between 1 and (", "1", ")"},
    {"select ", "x between (", "1", ") and 2"},
    {"select ", "x like (", "y", ") escape 'a'"},
    {"select ", "(true and ", "true", ")"},
    {"select ", "(a or b and ", "true", ")"},
    {"select ", "f(1) over (partition by ", "1", ")"},
    {"select ", "f(1) over (order by 1 rows between ", "1",
     " preceding and current row)"},
    {"select ", "f(1) filter (where ", "true", ")"},
    {"select ", "f(1) within group (order by ", "1", ")"},
    {"select ", "f(1 order by ", "1", ")"},
    {"select ", "(", "x", ").y"},
    {"select ", "xmlforest(", "x", " as a)"},
    {"select ", "extract(year from ", "x", ")"},
    {"select ", "grouping(", "x", ")"},
    {"select ", "a.b.c(", "x", ")"},
    {"select * from ", "(a join ", "a", " on true)"},
    {"select * from a", "", "", " cross join b"},
    {"select * from ", "a join ", "a", " on true"},
    {"select * from ", "rows from (f((select * from ", "a", ")))"},
    {"select * from ", "f((select * from ", "a", "))"},
    {"select * from ", "lateral (select * from ", "a", ") x"},
    {"select 1", "", "", " union all select 1"},
    {"", "(", "select 1", " union select 1)"},
    {"select 1 group by ", "rollup(", "1", ")"},
    {"select 1 group by ", "grouping sets(", "1", ")"},
    {"values ", "((values ", "(1)", "))"},
    {"select 1 order by ", "(select 1 order by ", "1", ")"},
    {"select 1 limit ", "(select 1 limit ", "1", ")"},
    {"insert into t values ", "((select ", "1", "))"},
    {"create view v as ", "select (", "select 1", ")"},
    {"create table t (a int default ", "(1+", "1", "))"},
    {"explain ", "(", "select 1", ")"},
    {"create secret s as ", "(1+", "1", ")"},
    {"create connection c to kafka (brokers ", "(", "'a'", ")"},
};

enum { BIG = 10 * 1024 };

static char *build(const struct bomb *bomb, size_t count)
{
    size_t len = strlen(bomb->before) + strlen(bomb->middle) +
                 count * (strlen(bomb->open) + strlen(bomb->close)) + 1;
    char *text = test_malloc(len);
    char *at = stpcpy(text, bomb->before);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, bomb->open);
    at = stpcpy(at, bomb->middle);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, bomb->close);
    return text;
}

struct outcome {
    const char *text;
    enum rc rc;
    struct error err;
    size_t depth;
};

static void *parse_work(void *argument)
{
    struct outcome *outcome = argument;
    struct arena *arena = arena_new("test", NULL);
    struct ast_statement_list list;
    error_clear(&outcome->err);
    outcome->rc = sql_parse(arena, bytes_of_text(outcome->text), &list, &outcome->err);
    arena_free(&arena);
    return NULL;
}

static struct outcome parse_on_stack(const char *text)
{
    struct outcome outcome = {.text = text};
    pthread_attr_t attributes;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, SQL_PARSE_STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, parse_work, &outcome), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    return outcome;
}

static bool is_too_deep(const char *text)
{
    struct outcome outcome = parse_on_stack(text);
    if (outcome.rc == RC_OK)
        return false;
    if (outcome.err.state == SQLSTATE_STATEMENT_TOO_COMPLEX) {
        assert_string_equal(outcome.err.message, "stack depth limit exceeded");
        return true;
    }
    return false;
}

static void bombs_are_54001(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bombs); i++) {
        size_t each = strlen(bombs[i].open) + strlen(bombs[i].close);
        size_t count = BIG / each < 2000 ? 2000 : BIG / each;
        char *text = build(&bombs[i], count);
        /* Subscripts behind each other are one list, not a nest. */
        bool is_flat = strcmp(bombs[i].close, "[1][2]") == 0;
        if (is_too_deep(text) == is_flat)
            fail_msg("%s...%s", bombs[i].open, bombs[i].close);
        test_free(text);
    }
}

/* The deepest statement of each form that passes the scan must also survive the parse. */
static void what_passes_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bombs); i++) {
        size_t low = 0;
        size_t high = SQL_DEPTH_MAX;
        while (low < high) {
            size_t middle = (low + high + 1) / 2;
            char *text = build(&bombs[i], middle);
            if (is_too_deep(text))
                high = middle - 1;
            else
                low = middle;
            test_free(text);
        }
        if (low < 100)
            fail_msg("%s...%s: only %zu", bombs[i].open, bombs[i].close, low);
    }
}

static void wide_statements_are_no_bombs(void **state)
{
    (void)state;
    static const struct bomb wide[] = {
        {"select 1 in (1", ", 1", "", ")"},
        {"select a = 1", " or a = 1", "", ""},
        {"select a = 1", " and (a = 1 or b)", "", ""},
        {"insert into t values (1, 'a')", ", (1, -1 + 2)", "", ""},
        {"select 1", ", case when a then b else c end", "", ""},
        {"select 1", "; select 1", "", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wide); i++) {
        struct bomb bomb = wide[i];
        const char *close = bomb.close;
        bomb.close = "";
        char *head = build(&bomb, 5000);
        char *text = test_malloc(strlen(head) + strlen(close) + 1);
        (void)stpcpy(stpcpy(text, head), close);
        struct outcome outcome = parse_on_stack(text);
        if (outcome.rc != RC_OK)
            fail_msg("%s: %s", wide[i].before, outcome.err.message);
        test_free(text);
        test_free(head);
    }
}

static void too_long_is_54000(void **state)
{
    (void)state;
    size_t len = SQL_TEXT_MAX + 1;
    char *text = test_malloc(len + 1);
    memset(text, ' ', len);
    text[len] = 0;
    struct outcome outcome = parse_on_stack(text);
    assert_int_equal(outcome.rc, RC_FAILED);
    assert_int_equal(outcome.err.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED);
    test_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bombs_are_54001),
        cmocka_unit_test(what_passes_is_survived),
        cmocka_unit_test(wide_statements_are_no_bombs),
        cmocka_unit_test(too_long_is_54000),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
