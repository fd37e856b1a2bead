#ifndef PGWIRE_QUERY_H
#define PGWIRE_QUERY_H

#include "base/buffer.h"
#include "base/error.h"

/* The simple query protocol, and what statements of both protocols end with.
 * Source: PostgreSQL 15 manual, 55.2.2 and 55.7. */

/* A view; `text` is NUL-terminated and not known to be UTF-8. */
struct pgwire_query {
    const char *text;
    size_t len; /* bytes, without the NUL */
};

enum pgwire_transaction {
    PGWIRE_TRANSACTION_IDLE = 'I',
    PGWIRE_TRANSACTION_OPEN = 'T',
    PGWIRE_TRANSACTION_FAILED = 'E',
};

enum rc pgwire_query_parse(struct bytes body, struct pgwire_query *query_out,
                           struct error *err) MUST_USE;

/* FunctionCall is not supported: 0A000. Returns RC_FAILED. */
enum rc pgwire_function_call_refuse(struct error *err);

void pgwire_write_ready_for_query(struct buffer *out, enum pgwire_transaction status);
void pgwire_write_empty_query_response(struct buffer *out);
void pgwire_write_command_complete(struct buffer *out, const char *tag);

#endif
