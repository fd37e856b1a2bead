#ifndef SERVER_CURSOR_H
#define SERVER_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sql/parse/ast_session.h"

/* Where a cursor over kept rows stands, and where FETCH and MOVE take it (PostgreSQL 15
 * manual, FETCH; its server's DoPortalRunFetch). */
struct cursor {
    size_t total;    /* rows */
    size_t position; /* 0: before the first; 1 .. total: on a row; total + 1: behind */
    bool may_scroll; /* backwards */
};

/* Rows that the statement yields: `count` of them from `first` (from 0) on, or back. */
struct cursor_range {
    size_t first;
    size_t count;
    bool is_backward;
    bool ran_out; /* it came past the last row, where an error may be waiting */
};

/* 55000 "cursor can only scan forward"; the cursor stays where it is then. A MOVE yields
 * no rows, and counts them as FETCH would. */
enum rc cursor_move(struct cursor *cursor, const struct ast_fetch *fetch, bool is_move,
                    struct cursor_range *range_out, struct error *err) MUST_USE;

#endif
