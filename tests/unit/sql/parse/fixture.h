#ifndef TESTS_UNIT_SQL_PARSE_FIXTURE_H
#define TESTS_UNIT_SQL_PARSE_FIXTURE_H

/* What every test of the parser stands on: an arena and an error, fresh for each. */
#include "base/error.h"
#include "sql/parse/parse.h"
#include "support/unit.h"

static struct arena *arena;
static struct error err;

static inline int set_up(void **state)
{
    (void)state;
    arena = arena_new("test", NULL);
    error_clear(&err);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* The only statement of a text that must parse. */
static inline struct ast_statement *parse(const char *text)
{
    struct ast_statement_list list;
    enum rc rc = sql_parse(arena, bytes_of_text(text), &list, &err);
    if (rc != RC_OK)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(list.count, 1);
    return list.items[0];
}

#endif
