/* Simple query. See the header. */
#include "pgwire/query.h"

#include "pgwire/field_internal.h"
#include "pgwire/message.h"

enum rc pgwire_query_parse(struct bytes body, struct pgwire_query *query_out,
                           struct error *err)
{
    struct reader reader = reader_of(body);
    TRY(pgwire_field_text(&reader, &query_out->text, err));
    TRY(pgwire_field_end(&reader, err));
    query_out->len = body.len - 1;
    return RC_OK;
}

enum rc pgwire_function_call_refuse(struct error *err)
{
    error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
              "function calls by protocol message are not supported");
    return error_hint(err, "Call the function in a SELECT statement.");
}

void pgwire_write_ready_for_query(struct buffer *out, enum pgwire_transaction status)
{
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_READY_FOR_QUERY);
    buffer_add_u8(out, (uint8_t)status);
    pgwire_message_end(open);
}

void pgwire_write_empty_query_response(struct buffer *out)
{
    pgwire_message_end(pgwire_message_begin(out, PGWIRE_BACKEND_EMPTY_QUERY_RESPONSE));
}

void pgwire_write_command_complete(struct buffer *out, const char *tag)
{
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_COMMAND_COMPLETE);
    buffer_add_cstring(out, tag);
    pgwire_message_end(open);
}
