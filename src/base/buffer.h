#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/rc.h"

/* A growing run of bytes on the heap: appended at its end, consumed from its start.
 * Numbers are written in network byte order. Growth past the limit marks the buffer as
 * failed; later appends do nothing, and the owner asks buffer_failed() once at the end.
 */
struct buffer {
    uint8_t *memory;
    size_t start; /* first byte not yet consumed */
    size_t end;   /* one past the last byte */
    size_t capacity;
    size_t limit; /* of end - start */
    bool failed;
};

/* Takes no memory until the first append. */
void buffer_init(struct buffer *buffer, size_t limit);
void buffer_fini(struct buffer *buffer);

/* Drops the content; gives the memory back when it is larger than `keep` bytes. */
void buffer_reset(struct buffer *buffer, size_t keep);

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return bytes_of(buffer->memory == NULL ? (const uint8_t *)""
                                           : buffer->memory + buffer->start,
                    buffer->end - buffer->start);
}

static inline size_t buffer_len(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline bool buffer_failed(const struct buffer *buffer)
{
    return buffer->failed;
}

/* Makes room for len bytes and returns where they go, or NULL when the limit is passed.
 * buffer_commit() then says how many were filled. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t len);
void buffer_commit(struct buffer *buffer, size_t len);

void buffer_consume(struct buffer *buffer, size_t len);

void buffer_add(struct buffer *buffer, struct bytes bytes);
void buffer_add_u8(struct buffer *buffer, uint8_t number);
void buffer_add_u16(struct buffer *buffer, uint16_t number);
void buffer_add_u32(struct buffer *buffer, uint32_t number);
void buffer_add_u64(struct buffer *buffer, uint64_t number);
void buffer_add_text(struct buffer *buffer, const char *text);    /* without its NUL */
void buffer_add_cstring(struct buffer *buffer, const char *text); /* with its NUL */
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

/* Overwrites four bytes at `offset` bytes behind the start: for lengths known later. */
void buffer_set_u32(struct buffer *buffer, size_t offset, uint32_t number);

/* Cuts the content down to its first len bytes. */
void buffer_truncate(struct buffer *buffer, size_t len);

#endif
