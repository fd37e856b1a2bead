/* Columns, rows and parameters as bytes. */
#include "connectors/mysql/row.h"

#include <string.h>

#include "base/assert.h"
#include "base/reader.h"
#include "connectors/mysql/packet.h"
#include "connectors/mysql/wire.h"

enum {
    COLUMN_FIXED_LEN = 12,
    NULL_BITS_SKIPPED = 2, /* the first bits of a binary row's map mean nothing */
    PREPARED_OK_LEN = 12,
    CURSOR_NONE = 0,
    PARAMETER_UNSIGNED = 0x80,
};

/* --- columns ----------------------------------------------------------------------- */

bool mysql_column_parse(struct arena *arena, struct bytes packet,
                        struct mysql_column *column_out)
{
    struct reader reader = reader_of(packet);
    memset(column_out, 0, sizeof(*column_out));
    mysql_read_string(&reader); /* catalog */
    mysql_read_string(&reader); /* schema */
    mysql_read_string(&reader); /* table, as it is called in the query */
    mysql_read_string(&reader); /* table */
    struct bytes name = mysql_read_string(&reader);
    mysql_read_string(&reader); /* column, as it is called in the table */
    bool is_known = mysql_read_length(&reader) == COLUMN_FIXED_LEN;
    column_out->collation = mysql_read_u16(&reader);
    column_out->length = mysql_read_u32(&reader);
    column_out->type = reader_u8(&reader);
    column_out->flags = mysql_read_u16(&reader);
    column_out->decimals = reader_u8(&reader);
    mysql_read_u16(&reader);
    if (!is_known || !reader_done(&reader))
        return false;
    column_out->name = arena_strndup(arena, (const char *)name.at, name.len);
    return true;
}

bool mysql_column_count_parse(struct bytes packet, size_t *count_out)
{
    struct reader reader = reader_of(packet);
    uint64_t count = mysql_read_length(&reader);
    *count_out = (size_t)count;
    return reader_done(&reader) && count > 0 && count <= MYSQL_COLUMNS_MAX;
}

/* --- rows of texts ----------------------------------------------------------------- */

bool mysql_text_row_parse(struct bytes packet, size_t count, struct mysql_value *values)
{
    struct reader reader = reader_of(packet);
    for (size_t i = 0; i < count; i++) {
        bool is_null = false;
        struct bytes text = mysql_read_string_or_null(&reader, &is_null);
        values[i] = (struct mysql_value){.kind = MYSQL_VALUE_BYTES, .bytes = text};
        if (is_null)
            values[i].kind = MYSQL_VALUE_NULL;
    }
    return reader_done(&reader);
}

/* --- binary rows ------------------------------------------------------------------- */

static struct mysql_value integer(uint64_t raw, int bits, bool is_unsigned)
{
    struct mysql_value value = {.kind = MYSQL_VALUE_UNSIGNED, .unsigned_number = raw};
    if (is_unsigned)
        return value;
    uint64_t sign = (uint64_t)1 << (bits - 1);
    value.kind = MYSQL_VALUE_SIGNED;
    value.signed_number = (int64_t)((raw ^ sign) - sign);
    return value;
}

static struct mysql_value read_float(struct reader *reader)
{
    uint32_t raw = mysql_read_u32(reader);
    float number;
    memcpy(&number, &raw, sizeof(number));
    return (struct mysql_value){.kind = MYSQL_VALUE_REAL, .real = (double)number};
}

static struct mysql_value read_double(struct reader *reader)
{
    uint64_t raw = mysql_read_u64(reader);
    struct mysql_value value = {.kind = MYSQL_VALUE_REAL};
    memcpy(&value.real, &raw, sizeof(value.real));
    return value;
}

/* 0, 4, 7 or 11 bytes: what is zero at the end is left out. */
static struct mysql_value read_moment(struct reader *reader)
{
    struct mysql_value value = {.kind = MYSQL_VALUE_TIME};
    uint8_t len = reader_u8(reader);
    if (len != 0 && len != 4 && len != 7 && len != 11)
        reader->failed = true;
    if (len >= 4) {
        value.time.year = mysql_read_u16(reader);
        value.time.month = reader_u8(reader);
        value.time.day = reader_u8(reader);
    }
    if (len >= 7) {
        value.time.hour = reader_u8(reader);
        value.time.minute = reader_u8(reader);
        value.time.second = reader_u8(reader);
    }
    if (len == 11)
        value.time.microsecond = mysql_read_u32(reader);
    return value;
}

/* 0, 8 or 12 bytes. */
static struct mysql_value read_span(struct reader *reader)
{
    struct mysql_value value = {.kind = MYSQL_VALUE_TIME};
    uint8_t len = reader_u8(reader);
    if (len != 0 && len != 8 && len != 12)
        reader->failed = true;
    if (len >= 8) {
        value.time.is_negative = reader_u8(reader) != 0;
        value.time.days = mysql_read_u32(reader);
        value.time.hour = reader_u8(reader);
        value.time.minute = reader_u8(reader);
        value.time.second = reader_u8(reader);
    }
    if (len == 12)
        value.time.microsecond = mysql_read_u32(reader);
    return value;
}

static struct mysql_value read_binary(struct reader *reader,
                                      const struct mysql_column *column)
{
    bool is_unsigned = (column->flags & MYSQL_COLUMN_UNSIGNED) != 0;
    switch (column->type) {
    case MYSQL_TYPE_TINY:
        return integer(reader_u8(reader), 8, is_unsigned);
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        return integer(mysql_read_u16(reader), 16, is_unsigned);
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
        return integer(mysql_read_u32(reader), 32, is_unsigned);
    case MYSQL_TYPE_LONGLONG:
        return integer(mysql_read_u64(reader), 64, is_unsigned);
    case MYSQL_TYPE_FLOAT:
        return read_float(reader);
    case MYSQL_TYPE_DOUBLE:
        return read_double(reader);
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return read_moment(reader);
    case MYSQL_TYPE_TIME:
        return read_span(reader);
    case MYSQL_TYPE_NULL:
        return (struct mysql_value){.kind = MYSQL_VALUE_NULL};
    default: /* all others are length-encoded strings */
        return (struct mysql_value){.kind = MYSQL_VALUE_BYTES,
                                    .bytes = mysql_read_string(reader)};
    }
}

bool mysql_binary_row_parse(struct bytes packet, const struct mysql_column *columns,
                            size_t count, struct mysql_value *values)
{
    struct reader reader = reader_of(packet);
    if (reader_u8(&reader) != MYSQL_PACKET_OK)
        return false;
    struct bytes nulls = reader_bytes(&reader, (count + NULL_BITS_SKIPPED + 7) / 8);
    if (reader_failed(&reader))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t bit = i + NULL_BITS_SKIPPED;
        if ((nulls.at[bit / 8] >> (bit % 8) & 1) != 0)
            values[i] = (struct mysql_value){.kind = MYSQL_VALUE_NULL};
        else
            values[i] = read_binary(&reader, &columns[i]);
    }
    return reader_done(&reader);
}

/* --- prepared statements ----------------------------------------------------------- */

bool mysql_prepared_parse(struct bytes packet, struct mysql_prepared *prepared_out)
{
    struct reader reader = reader_of(packet);
    memset(prepared_out, 0, sizeof(*prepared_out));
    if (packet.len < PREPARED_OK_LEN || reader_u8(&reader) != MYSQL_PACKET_OK)
        return false;
    prepared_out->id = mysql_read_u32(&reader);
    prepared_out->column_count = mysql_read_u16(&reader);
    prepared_out->parameter_count = mysql_read_u16(&reader);
    reader_u8(&reader);
    prepared_out->warnings = mysql_read_u16(&reader);
    reader_rest(&reader); /* MySQL 8 may tell more */
    return reader_done(&reader) && prepared_out->column_count <= MYSQL_COLUMNS_MAX &&
           prepared_out->parameter_count <= MYSQL_COLUMNS_MAX;
}

static void add_nulls(struct buffer *out, const struct mysql_value *parameters,
                      size_t count)
{
    for (size_t i = 0; i < count; i += 8) {
        uint8_t bits = 0;
        for (size_t bit = 0; bit < 8 && i + bit < count; bit++) {
            if (parameters[i + bit].kind == MYSQL_VALUE_NULL)
                bits |= (uint8_t)(1U << bit);
        }
        buffer_add_u8(out, bits);
    }
}

static void add_type(struct buffer *out, enum mysql_value_kind kind)
{
    static const uint8_t types[] = {
        [MYSQL_VALUE_NULL] = MYSQL_TYPE_NULL,
        [MYSQL_VALUE_BYTES] = MYSQL_TYPE_VAR_STRING,
        [MYSQL_VALUE_SIGNED] = MYSQL_TYPE_LONGLONG,
        [MYSQL_VALUE_UNSIGNED] = MYSQL_TYPE_LONGLONG,
        [MYSQL_VALUE_REAL] = MYSQL_TYPE_DOUBLE,
    };
    ASSERT((size_t)kind < ARRAY_COUNT(types));
    buffer_add_u8(out, types[kind]);
    buffer_add_u8(out, kind == MYSQL_VALUE_UNSIGNED ? PARAMETER_UNSIGNED : 0);
}

static void add_parameter(struct buffer *out, const struct mysql_value *parameter)
{
    uint64_t raw;
    switch (parameter->kind) {
    case MYSQL_VALUE_BYTES:
        mysql_add_string(out, parameter->bytes);
        break;
    case MYSQL_VALUE_SIGNED:
        mysql_add_u64(out, (uint64_t)parameter->signed_number);
        break;
    case MYSQL_VALUE_UNSIGNED:
        mysql_add_u64(out, parameter->unsigned_number);
        break;
    case MYSQL_VALUE_REAL:
        memcpy(&raw, &parameter->real, sizeof(raw));
        mysql_add_u64(out, raw);
        break;
    case MYSQL_VALUE_NULL:
    case MYSQL_VALUE_TIME:
        break;
    }
}

void mysql_write_execute(struct buffer *out, uint32_t statement_id,
                         const struct mysql_value *parameters, size_t count)
{
    mysql_add_u32(out, statement_id);
    buffer_add_u8(out, CURSOR_NONE);
    mysql_add_u32(out, 1); /* how often */
    if (count == 0)
        return;
    add_nulls(out, parameters, count);
    buffer_add_u8(out, 1); /* the types follow */
    for (size_t i = 0; i < count; i++)
        add_type(out, parameters[i].kind);
    for (size_t i = 0; i < count; i++)
        add_parameter(out, &parameters[i]);
}
