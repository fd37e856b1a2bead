#ifndef PGWIRE_COPY_H
#define PGWIRE_COPY_H

#include "pgwire/extended.h"
#include "pgwire/message.h"

/* COPY's framing, both ways. Rows inside CopyData are not looked at: a client may cut
 * them where it likes. Source: PostgreSQL 15 manual, 55.2.6 and 55.7. */

/* A view of the client's reason. 08P01 when it has no end. */
enum rc pgwire_copy_fail_parse(struct bytes body, const char **reason_out,
                               struct error *err) MUST_USE;

/* All columns have the same format, as in PostgreSQL's own COPY. */
void pgwire_write_copy_in_response(struct buffer *out, enum pgwire_format format,
                                   uint16_t column_count);
void pgwire_write_copy_out_response(struct buffer *out, enum pgwire_format format,
                                    uint16_t column_count);

/* A whole CopyData. To write one in place: pgwire_message_begin(out,
 * PGWIRE_BACKEND_COPY_DATA), the bytes, pgwire_message_end(). */
void pgwire_write_copy_data(struct buffer *out, struct bytes data);
void pgwire_write_copy_done(struct buffer *out);

#endif
