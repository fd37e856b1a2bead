/* See the header. */
#include "base/reader.h"

struct bytes reader_bytes(struct reader *reader, size_t len)
{
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return bytes_of("", 0);
    }
    struct bytes bytes = bytes_of(reader->at, len);
    reader->at += len;
    reader->left -= len;
    return bytes;
}

static uint64_t read_number(struct reader *reader, size_t len)
{
    struct bytes bytes = reader_bytes(reader, len);
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.len; i++)
        number = number << 8 | bytes.at[i];
    return number;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)read_number(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)read_number(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)read_number(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return read_number(reader, 8);
}

const char *reader_cstring(struct reader *reader)
{
    const uint8_t *nul = NULL;
    if (!reader->failed && reader->left != 0)
        nul = memchr(reader->at, 0, reader->left);
    if (nul == NULL) {
        reader->failed = true;
        return "";
    }
    return (const char *)reader_bytes(reader, (size_t)(nul - reader->at) + 1).at;
}

struct bytes reader_rest(struct reader *reader)
{
    return reader_bytes(reader, reader->failed ? 0 : reader->left);
}
