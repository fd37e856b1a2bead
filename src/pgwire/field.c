/* See the internal header. */
#include "pgwire/field_internal.h"

static enum rc insufficient(struct error *err)
{
    return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                     "insufficient data left in message");
}

enum rc pgwire_field_text(struct reader *reader, const char **text_out, struct error *err)
{
    *text_out = reader_cstring(reader);
    if (reader_failed(reader))
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "invalid string in message");
    return RC_OK;
}

enum rc pgwire_field_u8(struct reader *reader, uint8_t *number_out, struct error *err)
{
    *number_out = reader_u8(reader);
    if (reader_failed(reader))
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "no data left in message");
    return RC_OK;
}

enum rc pgwire_field_u16(struct reader *reader, uint16_t *number_out, struct error *err)
{
    *number_out = reader_u16(reader);
    return reader_failed(reader) ? insufficient(err) : RC_OK;
}

enum rc pgwire_field_u32(struct reader *reader, uint32_t *number_out, struct error *err)
{
    *number_out = reader_u32(reader);
    return reader_failed(reader) ? insufficient(err) : RC_OK;
}

enum rc pgwire_field_bytes(struct reader *reader, size_t len, struct bytes *bytes_out,
                           struct error *err)
{
    *bytes_out = reader_bytes(reader, len);
    return reader_failed(reader) ? insufficient(err) : RC_OK;
}

enum rc pgwire_field_end(const struct reader *reader, struct error *err)
{
    if (!reader_done(reader))
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION, "invalid message format");
    return RC_OK;
}
