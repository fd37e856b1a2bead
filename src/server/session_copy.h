#ifndef SERVER_SESSION_COPY_H
#define SERVER_SESSION_COPY_H

#include "server/session_internal.h"
#include "sql/exec/copy_read.h"
#include "sql/exec/copy_write.h"

/* COPY of a session: what both directions share. */

enum {
    COPY_SHOWN_MAX = 100,        /* bytes of data that an error's context shows */
    COPY_BATCH_ROWS = 256,       /* rows that go in by one INSERT */
    COPY_BATCH_VALUES = 4096,    /* and values */
    COPY_LOOP_BYTES = 16 * 1024, /* more than that is read in an executor's thread */
};

/* The columns of the table or query, in the order of the data. */
struct copy_target {
    const char *table;    /* for messages; NULL: a query */
    const char *relation; /* "schema"."table", quoted */
    const char **names;
    const struct type **types;
    int32_t *typmods;
    size_t count;
};

/* A row that waits to go in. */
struct copy_pending {
    uint64_t line;
    const char *shown; /* the start of its line; NULL: binary */
};

/* COPY FROM under way. */
struct session_copy {
    struct arena *arena;
    struct copy_options options;
    struct copy_target target;
    struct copy_reader *reader;
    size_t buffered; /* bytes that are fed and not read */
    bool wants_data; /* the client's turn */
    bool has_all;    /* CopyDone has come */

    const struct ast_copy *copy;
    struct prepared *insert; /* of insert_rows rows; NULL: none yet */
    size_t insert_rows;
    struct arena *batch; /* of what follows */
    struct value *values;
    struct copy_pending *pending;
    size_t pending_count;
    size_t batch_rows;
    uint64_t inserted;
};

/* session_copy.c: columns of the table that is written or read, checked against the list
 * of the statement. 42P01, 42809, 42703, 42701, 42P10. */
enum rc session_copy_target(struct session *session, struct arena *arena,
                            const struct ast_copy *copy, struct copy_target *target_out,
                            struct error *err) MUST_USE;
/* A statement of our own making. */
struct copy_statement {
    const char *sql;
    struct ast_expression *where; /* replaces its WHERE; NULL: it does not */
    const struct type **types;    /* of its parameters */
    size_t type_count;
};
enum rc session_copy_prepare(struct session *session,
                             const struct copy_statement *statement,
                             struct prepared **prepared_out, struct error *err) MUST_USE;

#endif
