/* Little-endian numbers and length-encoded strings. */
#include "connectors/mysql/wire.h"

enum {
    LENGTH_PLAIN_MAX = 250,
    LENGTH_NULL = 0xFB, /* in rows; a request for a local file elsewhere */
    LENGTH_U16 = 0xFC,
    LENGTH_U24 = 0xFD,
    LENGTH_U64 = 0xFE,
};

static uint64_t read_number(struct reader *reader, size_t len)
{
    struct bytes bytes = reader_bytes(reader, len);
    uint64_t number = 0;
    for (size_t i = bytes.len; i > 0; i--)
        number = number << 8 | bytes.at[i - 1];
    return number;
}

uint16_t mysql_read_u16(struct reader *reader)
{
    return (uint16_t)read_number(reader, 2);
}

uint32_t mysql_read_u24(struct reader *reader)
{
    return (uint32_t)read_number(reader, 3);
}

uint32_t mysql_read_u32(struct reader *reader)
{
    return (uint32_t)read_number(reader, 4);
}

uint64_t mysql_read_u64(struct reader *reader)
{
    return read_number(reader, 8);
}

static uint64_t read_long_form(struct reader *reader, uint8_t first)
{
    switch (first) {
    case LENGTH_U16:
        return read_number(reader, 2);
    case LENGTH_U24:
        return read_number(reader, 3);
    case LENGTH_U64:
        return read_number(reader, 8);
    default:
        reader->failed = true;
        return 0;
    }
}

uint64_t mysql_read_length(struct reader *reader)
{
    uint8_t first = reader_u8(reader);
    return first <= LENGTH_PLAIN_MAX ? first : read_long_form(reader, first);
}

struct bytes mysql_read_string(struct reader *reader)
{
    uint64_t len = mysql_read_length(reader);
    if (len > reader->left)
        reader->failed = true;
    return reader_bytes(reader, reader->failed ? 0 : (size_t)len);
}

struct bytes mysql_read_string_or_null(struct reader *reader, bool *is_null_out)
{
    *is_null_out = reader->left > 0 && reader->at[0] == LENGTH_NULL;
    if (!*is_null_out)
        return mysql_read_string(reader);
    reader_u8(reader);
    return bytes_of("", 0);
}

static void add_number(struct buffer *buffer, uint64_t number, int len)
{
    for (int i = 0; i < len; i++)
        buffer_add_u8(buffer, (uint8_t)(number >> (8 * i)));
}

void mysql_add_u16(struct buffer *buffer, uint16_t number)
{
    add_number(buffer, number, 2);
}

void mysql_add_u24(struct buffer *buffer, uint32_t number)
{
    add_number(buffer, number, 3);
}

void mysql_add_u32(struct buffer *buffer, uint32_t number)
{
    add_number(buffer, number, 4);
}

void mysql_add_u64(struct buffer *buffer, uint64_t number)
{
    add_number(buffer, number, 8);
}

void mysql_add_length(struct buffer *buffer, uint64_t number)
{
    if (number <= LENGTH_PLAIN_MAX) {
        buffer_add_u8(buffer, (uint8_t)number);
    } else if (number <= UINT16_MAX) {
        buffer_add_u8(buffer, LENGTH_U16);
        add_number(buffer, number, 2);
    } else if (number < (uint64_t)1 << 24) {
        buffer_add_u8(buffer, LENGTH_U24);
        add_number(buffer, number, 3);
    } else {
        buffer_add_u8(buffer, LENGTH_U64);
        add_number(buffer, number, 8);
    }
}

void mysql_add_string(struct buffer *buffer, struct bytes string)
{
    mysql_add_length(buffer, string.len);
    buffer_add(buffer, string);
}
