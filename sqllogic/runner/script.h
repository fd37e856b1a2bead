/* Reads the records of a sqllogictest file: SQLite's form, and what sqllogictest-rs adds.
 *
 * Rules: sqlite.org/sqllogictest "about.wiki"; the README of sqllogictest-rs. Conditions
 * (skipif, onlyif), includes, loops and blank lines are dealt with here; a record whose
 * condition leaves it out comes with `is_skipped`. */
#ifndef SQLLOGIC_SCRIPT_H
#define SQLLOGIC_SCRIPT_H

#include <stdbool.h>

#include "text.h"

enum record_kind {
    RECORD_END,
    RECORD_STATEMENT,
    RECORD_QUERY,
    RECORD_HALT,
    RECORD_SLEEP,
    RECORD_UNKNOWN, /* a directive that the runner does not have; counts as failed */
};

enum outcome { OUTCOME_OK, OUTCOME_ERROR, OUTCOME_COUNT };
enum sort_mode { SORT_NONE, SORT_ROWS, SORT_VALUES };

/* How expected rows are written. Unless a file says it, either is accepted. */
enum result_mode { RESULT_EITHER, RESULT_VALUES, RESULT_ROWS };

/* All that it points to lives until the next script_next. */
struct record {
    enum record_kind kind;
    enum outcome outcome;
    enum sort_mode sort_mode;
    enum result_mode result_mode;
    bool is_skipped;
    const char *path;
    int line;
    struct text head; /* the record's first line, cut into words */
    struct text sql;
    const char *types;      /* letters of a query's columns, or "" where none are given */
    const char *label;      /* or NULL */
    const char *connection; /* or NULL: the first one */
    struct text
        pattern; /* of an expected error: (SQLSTATE), a regular expression, or "" */
    bool is_pattern_literal; /* the pattern is the message itself */
    struct text message; /* from a comment "# message: TEXT", or "": the whole message */
    long long count;     /* rows of OUTCOME_COUNT; milliseconds of RECORD_SLEEP */
    char **lines;        /* expected results */
    size_t line_count;
};

struct script;

/* `labels` are the names that skipif and onlyif know, ended by NULL; not copied. NULL
 * when the file cannot be read, with errno set. */
struct script *script_open(const char *path, char *const *labels);
void script_close(struct script *script);

/* RECORD_END comes at the end of the file, again and again. */
const struct record *script_next(struct script *script);

/* Lines read and lines known, for showing progress. */
void script_progress(const struct script *script, int *read, int *all);

#endif
