/* See the header. Memory grows by doubling and slides to the front when that makes room.
 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/memory.h"

enum { CAPACITY_FIRST = 512 };

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

void buffer_fini(struct buffer *buffer)
{
    mem_free(buffer->memory);
    *buffer = (struct buffer){.limit = buffer->limit};
}

void buffer_reset(struct buffer *buffer, size_t keep)
{
    if (buffer->capacity > keep) {
        buffer_fini(buffer);
        return;
    }
    buffer->start = 0;
    buffer->end = 0;
    buffer->failed = false;
}

static void slide_to_front(struct buffer *buffer)
{
    size_t len = buffer_len(buffer);
    if (len != 0)
        memmove(buffer->memory, buffer->memory + buffer->start, len);
    buffer->start = 0;
    buffer->end = len;
}

static void grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity == 0 ? CAPACITY_FIRST : buffer->capacity;
    while (capacity < needed)
        capacity *= 2;
    buffer->memory = mem_resize(buffer->memory, capacity);
    buffer->capacity = capacity;
}

/* Room for len bytes of content, which the limit bounds, and `spare` bytes behind them.
 * Content slides only when a good part of the memory was consumed; else it grows. So
 * appending costs the same for each byte, however it is mixed with consuming. */
static uint8_t *make_room(struct buffer *buffer, size_t len, size_t spare)
{
    size_t used = buffer_len(buffer);
    if (buffer->failed || used > buffer->limit || len > buffer->limit - used) {
        buffer->failed = true;
        return NULL;
    }
    if (buffer->memory == NULL) {
        grow(buffer, len + spare);
    } else if (buffer->capacity - buffer->end < len + spare) {
        bool is_worth = buffer->start >= buffer->capacity / 4;
        slide_to_front(buffer);
        size_t needed = buffer->end + len + spare;
        if (needed > buffer->capacity)
            grow(buffer, needed);
        else if (!is_worth)
            grow(buffer, buffer->capacity + 1);
    }
    return buffer->memory + buffer->end;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t len)
{
    return make_room(buffer, len, 0);
}

void buffer_commit(struct buffer *buffer, size_t len)
{
    ASSERT(len <= buffer->capacity - buffer->end);
    buffer->end += len;
}

void buffer_consume(struct buffer *buffer, size_t len)
{
    ASSERT(len <= buffer_len(buffer));
    buffer->start += len;
    if (buffer->start == buffer->end) {
        buffer->start = 0;
        buffer->end = 0;
    }
}

void buffer_add(struct buffer *buffer, struct bytes bytes)
{
    uint8_t *at = buffer_reserve(buffer, bytes.len);
    if (at == NULL || bytes.len == 0)
        return;
    memcpy(at, bytes.at, bytes.len);
    buffer->end += bytes.len;
}

void buffer_add_u8(struct buffer *buffer, uint8_t number)
{
    buffer_add(buffer, bytes_of(&number, 1));
}

void buffer_add_u16(struct buffer *buffer, uint16_t number)
{
    uint8_t octets[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    buffer_add(buffer, bytes_of(octets, sizeof(octets)));
}

void buffer_add_u32(struct buffer *buffer, uint32_t number)
{
    uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                         (uint8_t)(number >> 8), (uint8_t)number};
    buffer_add(buffer, bytes_of(octets, sizeof(octets)));
}

void buffer_add_u64(struct buffer *buffer, uint64_t number)
{
    buffer_add_u32(buffer, (uint32_t)(number >> 32));
    buffer_add_u32(buffer, (uint32_t)number);
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, bytes_of_text(text));
}

void buffer_add_cstring(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, bytes_of(text, strlen(text) + 1));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    ASSERT(len >= 0);
    uint8_t *at = make_room(buffer, (size_t)len, 1);
    if (at != NULL) {
        vsnprintf((char *)at, (size_t)len + 1, format, again);
        buffer->end += (size_t)len;
    }
    va_end(again);
}

void buffer_set_u32(struct buffer *buffer, size_t offset, uint32_t number)
{
    if (buffer->failed)
        return;
    ASSERT(offset + 4 <= buffer_len(buffer));
    uint8_t *at = buffer->memory + buffer->start + offset;
    at[0] = (uint8_t)(number >> 24);
    at[1] = (uint8_t)(number >> 16);
    at[2] = (uint8_t)(number >> 8);
    at[3] = (uint8_t)number;
}

void buffer_truncate(struct buffer *buffer, size_t len)
{
    ASSERT(len <= buffer_len(buffer));
    buffer->end = buffer->start + len;
}
