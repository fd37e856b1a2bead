/* Extended query. See the header. */
#include "pgwire/extended.h"

#include "base/assert.h"
#include "pgwire/field_internal.h"
#include "pgwire/message.h"

enum rc pgwire_parse_parse(struct bytes body, struct pgwire_parse *parse_out,
                           struct error *err)
{
    struct reader reader = reader_of(body);
    TRY(pgwire_field_text(&reader, &parse_out->name, err));
    size_t before = reader.left;
    TRY(pgwire_field_text(&reader, &parse_out->query.text, err));
    parse_out->query.len = before - reader.left - 1;
    TRY(pgwire_field_u16(&reader, &parse_out->type_count, err));
    TRY(pgwire_field_bytes(&reader, (size_t)parse_out->type_count * 4, &parse_out->types,
                           err));
    return pgwire_field_end(&reader, err);
}

/* A count and as many format codes. */
static enum rc read_formats(struct reader *reader, uint16_t *count_out,
                            struct bytes *formats_out, struct error *err)
{
    TRY(pgwire_field_u16(reader, count_out, err));
    return pgwire_field_bytes(reader, (size_t)*count_out * 2, formats_out, err);
}

static enum rc check_formats(uint16_t count, struct bytes formats, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t format = pgwire_field_list_u16(formats, i);
        if (format != PGWIRE_FORMAT_TEXT && format != PGWIRE_FORMAT_BINARY)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "unsupported format code: %d", (int16_t)format);
    }
    return RC_OK;
}

/* The values' bytes as one view; each length is compared with what is left. */
static enum rc read_values(struct reader *reader, struct pgwire_bind *bind,
                           struct error *err)
{
    const uint8_t *first = reader->at;
    for (int i = 0; i < bind->value_count; i++) {
        uint32_t len = 0;
        struct bytes value;
        TRY(pgwire_field_u32(reader, &len, err));
        if (len != UINT32_MAX)
            TRY(pgwire_field_bytes(reader, len, &value, err));
    }
    bind->values = bytes_of(first, (size_t)(reader->at - first));
    return RC_OK;
}

enum rc pgwire_bind_parse(struct bytes body, struct pgwire_bind *bind_out,
                          struct error *err)
{
    struct reader reader = reader_of(body);
    TRY(pgwire_field_text(&reader, &bind_out->portal, err));
    TRY(pgwire_field_text(&reader, &bind_out->statement, err));
    TRY(read_formats(&reader, &bind_out->format_count, &bind_out->formats, err));
    TRY(pgwire_field_u16(&reader, &bind_out->value_count, err));
    if (bind_out->format_count > 1 && bind_out->format_count != bind_out->value_count)
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                         "bind message has %d parameter formats but %d parameters",
                         bind_out->format_count, bind_out->value_count);
    TRY(read_values(&reader, bind_out, err));
    TRY(read_formats(&reader, &bind_out->result_format_count, &bind_out->result_formats,
                     err));
    TRY(pgwire_field_end(&reader, err));
    TRY(check_formats(bind_out->format_count, bind_out->formats, err));
    return check_formats(bind_out->result_format_count, bind_out->result_formats, err);
}

/* Describe and Close have the same layout. */
static enum rc parse_target(struct bytes body, const char *message,
                            struct pgwire_target *target_out, struct error *err)
{
    struct reader reader = reader_of(body);
    uint8_t kind = 0;
    TRY(pgwire_field_u8(&reader, &kind, err));
    TRY(pgwire_field_text(&reader, &target_out->name, err));
    TRY(pgwire_field_end(&reader, err));
    if (kind != PGWIRE_TARGET_STATEMENT && kind != PGWIRE_TARGET_PORTAL)
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                         "invalid %s message subtype %d", message, kind);
    target_out->kind =
        kind == PGWIRE_TARGET_STATEMENT ? PGWIRE_TARGET_STATEMENT : PGWIRE_TARGET_PORTAL;
    return RC_OK;
}

enum rc pgwire_describe_parse(struct bytes body, struct pgwire_target *target_out,
                              struct error *err)
{
    return parse_target(body, "DESCRIBE", target_out, err);
}

enum rc pgwire_close_parse(struct bytes body, struct pgwire_target *target_out,
                           struct error *err)
{
    return parse_target(body, "CLOSE", target_out, err);
}

/* PostgreSQL takes a negative number of rows for "all", like zero. */
enum rc pgwire_execute_parse(struct bytes body, struct pgwire_execute *execute_out,
                             struct error *err)
{
    struct reader reader = reader_of(body);
    uint32_t max_rows = 0;
    TRY(pgwire_field_text(&reader, &execute_out->portal, err));
    TRY(pgwire_field_u32(&reader, &max_rows, err));
    TRY(pgwire_field_end(&reader, err));
    execute_out->max_rows = max_rows > INT32_MAX ? 0 : (int32_t)max_rows;
    return RC_OK;
}

uint32_t pgwire_parse_type(const struct pgwire_parse *parse, uint16_t index)
{
    ASSERT(index < parse->type_count);
    return pgwire_field_list_u32(parse->types, index);
}

/* An empty list means text, one code stands for all. */
static enum pgwire_format pick_format(uint16_t count, struct bytes formats, size_t index)
{
    if (count == 0)
        return PGWIRE_FORMAT_TEXT;
    uint16_t format = pgwire_field_list_u16(formats, count == 1 ? 0 : index);
    return format == PGWIRE_FORMAT_BINARY ? PGWIRE_FORMAT_BINARY : PGWIRE_FORMAT_TEXT;
}

struct pgwire_bind_cursor pgwire_bind_first(const struct pgwire_bind *bind)
{
    return (struct pgwire_bind_cursor){bind, reader_of(bind->values), 0};
}

bool pgwire_bind_next(struct pgwire_bind_cursor *cursor, struct pgwire_value *value_out)
{
    const struct pgwire_bind *bind = cursor->bind;
    if (cursor->index == bind->value_count)
        return false;
    uint32_t len = reader_u32(&cursor->reader);
    value_out->is_null = len == UINT32_MAX;
    value_out->bytes = reader_bytes(&cursor->reader, value_out->is_null ? 0 : len);
    value_out->format = pick_format(bind->format_count, bind->formats, cursor->index);
    ASSERT(!reader_failed(&cursor->reader));
    cursor->index++;
    return true;
}

enum rc pgwire_bind_check_values(const struct pgwire_bind *bind, int parameter_count,
                                 struct error *err)
{
    if (bind->value_count == parameter_count)
        return RC_OK;
    return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                     "bind message supplies %d parameters, but prepared statement \"%s\" "
                     "requires %d",
                     bind->value_count, bind->statement, parameter_count);
}

enum rc pgwire_bind_check_results(const struct pgwire_bind *bind, int column_count,
                                  struct error *err)
{
    if (bind->result_format_count <= 1 || bind->result_format_count == column_count)
        return RC_OK;
    return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                     "bind message has %d result formats but query has %d columns",
                     bind->result_format_count, column_count);
}

enum pgwire_format pgwire_bind_result_format(const struct pgwire_bind *bind, int column)
{
    ASSERT(column >= 0 &&
           (bind->result_format_count <= 1 || column < bind->result_format_count));
    return pick_format(bind->result_format_count, bind->result_formats, (size_t)column);
}

static void write_empty(struct buffer *out, enum pgwire_backend message)
{
    pgwire_message_end(pgwire_message_begin(out, message));
}

void pgwire_write_parse_complete(struct buffer *out)
{
    write_empty(out, PGWIRE_BACKEND_PARSE_COMPLETE);
}

void pgwire_write_bind_complete(struct buffer *out)
{
    write_empty(out, PGWIRE_BACKEND_BIND_COMPLETE);
}

void pgwire_write_close_complete(struct buffer *out)
{
    write_empty(out, PGWIRE_BACKEND_CLOSE_COMPLETE);
}

void pgwire_write_no_data(struct buffer *out)
{
    write_empty(out, PGWIRE_BACKEND_NO_DATA);
}

void pgwire_write_portal_suspended(struct buffer *out)
{
    write_empty(out, PGWIRE_BACKEND_PORTAL_SUSPENDED);
}

void pgwire_write_parameter_description(struct buffer *out, const uint32_t *type_oids,
                                        uint16_t count)
{
    struct pgwire_open open =
        pgwire_message_begin(out, PGWIRE_BACKEND_PARAMETER_DESCRIPTION);
    buffer_add_u16(out, count);
    for (size_t i = 0; i < count; i++)
        buffer_add_u32(out, type_oids[i]);
    pgwire_message_end(open);
}
