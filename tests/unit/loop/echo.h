#ifndef UNIT_LOOP_ECHO_H
#define UNIT_LOOP_ECHO_H

/* One end of a conversation: sends `to_send` bytes of a pattern, checks what comes back,
 * or sends back what comes. Used for plain and TLS streams alike. */

#include "base/buffer.h"
#include "loop/stream.h"
#include "unit/loop/turns.h"

enum { ECHO_CHUNK = 5000, ECHO_BACKLOG = 64 * 1024 };

struct echo {
    struct stream *stream;
    bool returns; /* sends back what comes */
    size_t to_send;
    size_t sent;
    size_t received;
    struct buffer backlog; /* of a returner */
    bool is_complete;      /* a sender has got all back, a returner has seen the end */
    bool has_failed;
    bool has_told_closed;
    struct error err;
};

static inline uint8_t echo_pattern(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

static inline void echo_want(struct echo *echo)
{
    bool write =
        echo->returns ? buffer_len(&echo->backlog) > 0 : echo->sent < echo->to_send;
    bool read = !echo->returns || buffer_len(&echo->backlog) < ECHO_BACKLOG;
    stream_want(echo->stream, (struct loop_interest){read, write});
}

static inline void echo_fail(struct echo *echo)
{
    echo->has_failed = true;
    echo->is_complete = true;
    stream_close(&echo->stream);
}

static inline void echo_take(struct echo *echo, const uint8_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(at[i], echo_pattern(echo->received + i));
    echo->received += count;
    if (echo->returns)
        buffer_add(&echo->backlog, bytes_of(at, count));
}

/* One read for each callback, so that what TLS holds back must be announced anew. */
static inline void echo_on_readable(void *argument)
{
    struct echo *echo = argument;
    uint8_t chunk[ECHO_CHUNK];
    size_t count = 0;
    switch (stream_read(echo->stream, chunk, sizeof(chunk), &count, &echo->err)) {
    case RC_OK:
        echo_take(echo, chunk, count);
        break;
    case RC_AGAIN:
        break;
    case RC_EOF:
        echo->is_complete = true;
        stream_close(&echo->stream);
        return;
    default:
        echo_fail(echo);
        return;
    }
    if (!echo->returns && echo->received == echo->to_send)
        echo->is_complete = true;
    echo_want(echo);
}

static inline void echo_on_writable(void *argument)
{
    struct echo *echo = argument;
    uint8_t chunk[ECHO_CHUNK];
    size_t count = 0;
    struct bytes bytes = buffer_bytes(&echo->backlog);
    if (!echo->returns) {
        size_t left = echo->to_send - echo->sent;
        bytes = bytes_of(chunk, left < ECHO_CHUNK ? left : ECHO_CHUNK);
        for (size_t i = 0; i < bytes.len; i++)
            chunk[i] = echo_pattern(echo->sent + i);
    }
    enum rc rc = stream_write(echo->stream, bytes, &count, &echo->err);
    if (rc != RC_OK && rc != RC_AGAIN) {
        echo_fail(echo);
        return;
    }
    if (rc == RC_OK && echo->returns)
        buffer_consume(&echo->backlog, count);
    else if (rc == RC_OK)
        echo->sent += count;
    echo_want(echo);
}

static inline void echo_on_closed(void *argument)
{
    struct echo *echo = argument;
    echo->has_told_closed = true;
}

static inline void echo_begin(struct echo *echo, struct loop *loop, struct stream *stream,
                              bool returns, size_t to_send)
{
    static const struct stream_callbacks callbacks = {.on_readable = echo_on_readable,
                                                      .on_writable = echo_on_writable,
                                                      .on_closed = echo_on_closed};
    *echo = (struct echo){.stream = stream, .returns = returns, .to_send = to_send};
    error_clear(&echo->err);
    buffer_init(&echo->backlog, 2 * ECHO_BACKLOG);
    stream_watch(stream, loop, "echo", &callbacks, echo);
    echo_want(echo);
}

static inline void echo_end(struct echo *echo)
{
    stream_close(&echo->stream);
    buffer_fini(&echo->backlog);
}

#endif
