#ifndef SERVER_PORTAL_H
#define SERVER_PORTAL_H

#include "pgwire/extended.h"
#include "pgwire/row.h"
#include "server/prepared.h"
#include "sql/exec/copy_write.h"
#include "sql/exec/environment.h"

/* COPY TO: the portal's rows go out in this form. */
struct portal_copy {
    struct copy_options options;
    struct copy_writer writer;
    struct buffer scratch;
    bool is_started;
};

/* A portal: a prepared statement with its parameters, under way (PostgreSQL 15 manual,
 * chapter 55.2.3). Belongs to its session; one thread at a time. */
struct portal {
    char *name;
    struct prepared *prepared;
    struct arena *arena; /* of parameters, formats and kept rows */
    struct value *parameters;
    enum pgwire_format *formats; /* of the result columns */

    struct session_environment session; /* what the three below point into */
    struct environment environment;
    struct type_context types;
    struct execution_settings settings;

    struct execution *execution; /* NULL: not begun, or over */
    struct batch batch;
    size_t at; /* next row of the batch, or of the kept rows */
    bool is_begun;
    bool is_done;
    bool is_interrupted; /* it failed for want of time alone: until_us */
    bool must_repeat;   /* with RC_WAIT: the lock is held, only the snapshot is too old */
    uint64_t row_count; /* sent by this Execute; its begin sets 0 */

    /* Rows that are all there: of a command, of EXPLAIN, or of a query that was
     * suspended. */
    const struct value **rows;
    size_t rows_count;
    bool has_rows;

    /* In the session's list of portals and cursors. */
    unsigned options;      /* of enum ast_cursor_option; those of DECLARE */
    bool is_cursor;        /* made by DECLARE */
    bool is_held;          /* its transaction is committed, the rows are kept */
    size_t depth;          /* savepoints around it */
    int64_t created_us;    /* since 2000 */
    bool has_failed;       /* a FETCH from it did: it cannot be run */
    struct error *failure; /* what comes behind the last of the kept rows; NULL: none */

    struct portal_copy *copy;  /* COPY TO; NULL: rows are DataRows */
    struct parsed_text *outer; /* the COPY's text, which the options point into */

    bool is_probed;                /* command_context.is_probed */
    struct command_result command; /* of a COMMAND, once run */
};

struct portal_source {
    struct prepared *prepared;            /* a reference is taken */
    const struct bind_surroundings *bind; /* for reg* input */
    const struct session_environment *session;
    struct execution_settings settings;
};

/* Without parameters, every column as text. */
struct portal *portal_new(const char *name, const struct portal_source *source);

/* With those of a Bind message, whose counts have been checked. 22P02, 22P03, ... */
enum rc portal_bind(struct portal *portal, const struct pgwire_bind *bind,
                    struct error *err) MUST_USE;

/* The formats that the message asks for alone. */
void portal_format(struct portal *portal, const struct pgwire_bind *bind);

/* Accepts NULL; clears. */
void portal_free(struct portal **portal);

/* Runs a query to its end and keeps the rows, so that the portal may outlive its snapshot
 * and be read backwards. A failure of the query's own is kept behind them; RC_WAIT and
 * RC_AGAIN of a lock, and a cancel, are passed on. */
enum rc portal_keep(struct portal *portal, struct error *err) MUST_USE;

/* Runs a statement to its end; how many rows it yielded. */
enum rc portal_exhaust(struct portal *portal, uint64_t *count_out,
                       struct error *err) MUST_USE;

/* Its rows are to go out as a COPY's. `copy` is of its arena. */
void portal_copy_out(struct portal *portal, struct portal_copy *copy);

/* Rows for a portal that has kept none yet: ARENA_ARRAY of its arena. */
void portal_give_rows(struct portal *portal, const struct value **rows, size_t count);

/* Puts it back to its start, for a statement that is run again. */
void portal_rewind(struct portal *portal);

/* The transaction that it reads from now on. */
void portal_set_transaction(struct portal *portal, struct store_transaction *transaction);

void portal_describe(const struct portal *portal, struct buffer *out);
void prepared_describe(const struct prepared *prepared, struct buffer *out);

struct portal_limits {
    uint64_t max_rows; /* of this Execute; 0: all */
    size_t out_bytes;  /* RC_AGAIN once that much is written */
    int64_t until_us;  /* monotonic; RC_LIMIT when it is past this; 0: never */
};

/* Sends rows of a query, or kept rows. RC_OK: max_rows are sent and more may come;
 * RC_EOF: all are sent; RC_AGAIN: `out` is full; RC_LIMIT: time is up, go on elsewhere;
 * RC_WAIT: a lock is in the way, nothing was sent: undo it and run it again, at once when
 * `must_repeat` is set. */
enum rc portal_send(struct portal *portal, const struct portal_limits *limits,
                    struct buffer *out, struct error *err) MUST_USE;

#endif
