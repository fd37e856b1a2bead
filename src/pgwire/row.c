/* Rows. See the header. */
#include "pgwire/row.h"

#include "base/assert.h"

enum { LENGTH_LEN = 4 };

void pgwire_write_row_description(struct buffer *out, const struct pgwire_column *columns,
                                  uint16_t count)
{
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_ROW_DESCRIPTION);
    buffer_add_u16(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct pgwire_column *column = &columns[i];
        buffer_add_cstring(out, column->name);
        buffer_add_u32(out, column->table_oid);
        buffer_add_u16(out, column->attribute);
        buffer_add_u32(out, column->type_oid);
        buffer_add_u16(out, (uint16_t)column->type_size);
        buffer_add_u32(out, (uint32_t)column->type_modifier);
        buffer_add_u16(out, (uint16_t)column->format);
    }
    pgwire_message_end(open);
}

static void take_field(struct pgwire_row *row)
{
    ASSERT(row->left > 0);
    row->left--;
}

struct pgwire_row pgwire_row_begin(struct buffer *out, uint16_t column_count)
{
    struct pgwire_row row = {
        .open = pgwire_message_begin(out, PGWIRE_BACKEND_DATA_ROW),
        .left = column_count,
    };
    buffer_add_u16(out, column_count);
    return row;
}

void pgwire_row_null(struct pgwire_row *row)
{
    take_field(row);
    buffer_add_u32(row->open.out, UINT32_MAX);
}

/* A value of 2 GiB cannot be framed; the row's end would refuse it too. */
void pgwire_row_field(struct pgwire_row *row, struct bytes value)
{
    take_field(row);
    if (value.len > INT32_MAX) {
        row->open.out->failed = true;
        return;
    }
    buffer_add_u32(row->open.out, (uint32_t)value.len);
    buffer_add(row->open.out, value);
}

void pgwire_row_field_begin(struct pgwire_row *row)
{
    take_field(row);
    row->field = buffer_len(row->open.out);
    buffer_add_u32(row->open.out, 0);
}

void pgwire_row_field_end(struct pgwire_row *row)
{
    struct buffer *out = row->open.out;
    if (buffer_failed(out))
        return;
    size_t len = buffer_len(out) - row->field - LENGTH_LEN;
    if (len > INT32_MAX)
        out->failed = true;
    else
        buffer_set_u32(out, row->field, (uint32_t)len);
}

void pgwire_row_end(struct pgwire_row *row)
{
    ASSERT(row->left == 0);
    pgwire_message_end(row->open);
}

void pgwire_row_abandon(struct pgwire_row *row)
{
    pgwire_message_abandon(row->open);
}
