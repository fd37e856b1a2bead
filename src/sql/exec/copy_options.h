#ifndef SQL_EXEC_COPY_OPTIONS_H
#define SQL_EXEC_COPY_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "sql/parse/ast_statement.h"

/* What COPY's options mean (PostgreSQL 15 manual, COPY); its checks, in its order. */

enum copy_format { COPY_TEXT, COPY_CSV, COPY_BINARY };
enum copy_header { COPY_HEADER_NONE, COPY_HEADER_TRUE, COPY_HEADER_MATCH };

struct copy_options {
    enum copy_format format;
    enum copy_header header;
    char delimiter;
    char quote; /* CSV */
    char escape;
    struct bytes null_text;
    /* As written; copy_mark_columns() finds what they mean. */
    bool force_quote_all;
    struct ast_text_list force_quote;
    struct ast_text_list force_not_null;
    struct ast_text_list force_null;
};

/* Texts point into the tree. `text` is the query string, for positions. 42601, 22023,
 * 0A000. */
enum rc copy_options_read(const struct ast_copy *copy, struct bytes text,
                          struct copy_options *options_out, struct error *err) MUST_USE;

/* The columns of a COPY, for lists of some of them. */
struct copy_columns {
    const char *const *names;
    size_t count;
    const char *relation; /* NULL: a query */
    bool is_listed;       /* the statement names them, and may leave some out */
};

/* Sets the flag of each column that the list names. 42P10 "FORCE_QUOTE column "x" not
 * referenced by COPY" (`option` is its first word), or 42703. */
enum rc copy_mark_columns(const struct ast_text_list *list, const char *option,
                          const struct copy_columns *columns, bool *flags,
                          struct error *err) MUST_USE;

#endif
