#ifndef SERVER_PORTAL_H
#define SERVER_PORTAL_H

#include "pgwire/extended.h"
#include "pgwire/row.h"
#include "server/prepared.h"
#include "sql/exec/environment.h"

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
    uint64_t row_count; /* sent by this Execute; its begin sets 0 */

    /* Rows that are all there: of a command, of EXPLAIN, or of a query that was
     * suspended. */
    const struct value **rows;
    size_t rows_count;
    bool has_rows;

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

/* Accepts NULL; clears. */
void portal_free(struct portal **portal);

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
 * RC_EOF: all are sent; RC_AGAIN: `out` is full; RC_LIMIT: time is up, go on elsewhere.
 */
enum rc portal_send(struct portal *portal, const struct portal_limits *limits,
                    struct buffer *out, struct error *err) MUST_USE;

#endif
