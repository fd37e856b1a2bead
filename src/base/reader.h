#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdint.h>

#include "base/bytes.h"

/* Reads typed fields from foreign bytes, in network byte order. The first read past the
 * end makes the reader fail for good: that read and all later ones give zero or empty.
 * The decoder asks reader_done() once, which also insists that nothing is left over.
 * Views that it returns live as long as the bytes it was given. */
struct reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static inline struct reader reader_of(struct bytes bytes)
{
    /* No arithmetic on NULL, not even by 0. */
    const uint8_t *at = bytes.at == NULL ? (const uint8_t *)"" : bytes.at;
    return (struct reader){at, bytes.len, false};
}

uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
struct bytes reader_bytes(struct reader *reader, size_t len);

/* Up to a NUL, which is consumed. "" when no NUL is left: the reader has failed then. */
const char *reader_cstring(struct reader *reader);

/* All that is left. */
struct bytes reader_rest(struct reader *reader);

static inline bool reader_failed(const struct reader *reader)
{
    return reader->failed;
}

/* Nothing failed and nothing is left. */
static inline bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->left == 0;
}

#endif
