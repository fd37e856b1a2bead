/* COPY framing. See the header. */
#include "pgwire/copy.h"

#include "pgwire/field_internal.h"

/* PostgreSQL does not look at what stands behind the reason; we insist on the end. */
enum rc pgwire_copy_fail_parse(struct bytes body, const char **reason_out,
                               struct error *err)
{
    struct reader reader = reader_of(body);
    TRY(pgwire_field_text(&reader, reason_out, err));
    return pgwire_field_end(&reader, err);
}

static void write_response(struct buffer *out, enum pgwire_backend message,
                           enum pgwire_format format, uint16_t column_count)
{
    struct pgwire_open open = pgwire_message_begin(out, message);
    buffer_add_u8(out, (uint8_t)format);
    buffer_add_u16(out, column_count);
    for (int i = 0; i < column_count; i++)
        buffer_add_u16(out, (uint16_t)format);
    pgwire_message_end(open);
}

void pgwire_write_copy_in_response(struct buffer *out, enum pgwire_format format,
                                   uint16_t column_count)
{
    write_response(out, PGWIRE_BACKEND_COPY_IN_RESPONSE, format, column_count);
}

void pgwire_write_copy_out_response(struct buffer *out, enum pgwire_format format,
                                    uint16_t column_count)
{
    write_response(out, PGWIRE_BACKEND_COPY_OUT_RESPONSE, format, column_count);
}

void pgwire_write_copy_data(struct buffer *out, struct bytes data)
{
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_COPY_DATA);
    buffer_add(out, data);
    pgwire_message_end(open);
}

void pgwire_write_copy_done(struct buffer *out)
{
    pgwire_message_end(pgwire_message_begin(out, PGWIRE_BACKEND_COPY_DONE));
}
