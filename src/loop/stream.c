/* What all streams share: remembered failures, and callbacks by readiness. Only the top
 * layer is watched; its layers translate what it wants into what the descriptor must be
 * ready for, and back. */
#include "loop/stream.h"

#include <poll.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop_internal.h"
#include "loop/stream_internal.h"

static enum rc tell_again(const struct stream *stream, struct error *err)
{
    *err = *stream->failure;
    return RC_FAILED;
}

static enum rc remember(struct stream *stream, enum rc rc, const struct error *err)
{
    if (rc == RC_FAILED && stream->failure == NULL) {
        stream->failure = MEM_NEW(struct error);
        *stream->failure = *err;
    }
    return rc;
}

static void destroy(struct stream *stream)
{
    while (stream != NULL) {
        struct stream *below = stream->below;
        mem_free(stream->failure);
        stream->ops->close(stream);
        stream = below;
    }
}

/* What of it anybody is there to be told about. */
static struct loop_interest wanted_now(const struct stream *stream)
{
    return (struct loop_interest){
        .read = stream->wanted.read && stream->callbacks.on_readable != NULL,
        .write = stream->wanted.write && stream->callbacks.on_writable != NULL};
}

static void refresh_probe(struct stream *stream, struct loop_interest wanted)
{
    bool is_needed =
        !wanted.read && !stream->has_told_closed && stream->callbacks.on_closed != NULL;
    if (!is_needed)
        loop_timer_cancel(&stream->probe);
    else if (!loop_timer_is_armed(&stream->probe))
        loop_timer_arm(&stream->probe, MS(STREAM_PROBE_MS));
}

static void refresh(struct stream *stream)
{
    struct loop_interest wanted = wanted_now(stream);
    loop_watch_change(&stream->watch, stream->ops->want(stream, wanted));
    if (wanted.read && stream->ops->has_buffered(stream))
        loop_defer(stream->loop, &stream->again);
    else
        loop_deferred_cancel(&stream->again);
    refresh_probe(stream, wanted);
}

static void leave(struct stream *stream)
{
    stream->is_calling = false;
    if (stream->is_closed)
        destroy(stream);
    else if (stream->loop != NULL)
        refresh(stream);
}

static void on_ready(void *argument, struct loop_interest descriptor_ready)
{
    struct stream *stream = argument;
    struct loop_interest ready =
        stream->ops->ready(stream, wanted_now(stream), descriptor_ready);
    stream->is_calling = true;
    if (ready.read && wanted_now(stream).read)
        stream->callbacks.on_readable(stream->argument);
    if (ready.write && stream->loop != NULL && wanted_now(stream).write)
        stream->callbacks.on_writable(stream->argument);
    leave(stream);
}

static void on_again(void *argument)
{
    on_ready(argument, LOOP_INTEREST_READ);
}

/* poll() and not EPOLLRDHUP in the loop: libevent turns an error of the descriptor into
 * readable and writable, which nobody has asked for here, and would spin. */
static void on_probe(void *argument)
{
    struct stream *stream = argument;
    struct pollfd probe = {.fd = stream_descriptor(stream), .events = POLLRDHUP};
    stream->is_calling = true;
    if (poll(&probe, 1, 0) == 1) {
        stream->has_told_closed = true;
        stream->callbacks.on_closed(stream->argument);
    }
    leave(stream);
}

void stream_init(struct stream *stream, const struct stream_ops *ops,
                 struct stream *below)
{
    *stream = (struct stream){.ops = ops, .below = below};
}

enum rc stream_read(struct stream *stream, void *into, size_t len, size_t *count_out,
                    struct error *err)
{
    ASSERT(len > 0 && !stream->is_closed);
    if (stream->failure != NULL)
        return tell_again(stream, err);
    return remember(stream, stream->ops->read(stream, into, len, count_out, err), err);
}

enum rc stream_write(struct stream *stream, struct bytes bytes, size_t *count_out,
                     struct error *err)
{
    ASSERT(bytes.len > 0 && !stream->is_closed);
    if (stream->failure != NULL)
        return tell_again(stream, err);
    return remember(stream, stream->ops->write(stream, bytes, count_out, err), err);
}

enum rc stream_handshake(struct stream *stream, struct error *err)
{
    ASSERT(!stream->is_closed);
    if (stream->failure != NULL)
        return tell_again(stream, err);
    return remember(stream, stream->ops->handshake(stream, err), err);
}

enum rc stream_shutdown(struct stream *stream, struct error *err)
{
    ASSERT(!stream->is_closed);
    if (stream->failure != NULL)
        return tell_again(stream, err);
    return remember(stream, stream->ops->shutdown(stream, err), err);
}

void stream_close(struct stream **stream)
{
    struct stream *closed = *stream;
    if (closed == NULL)
        return;
    *stream = NULL;
    ASSERT(!closed->is_closed);
    stream_unwatch(closed);
    closed->is_closed = true;
    if (!closed->is_calling)
        destroy(closed);
}

void stream_describe(const struct stream *stream, char text_out[STREAM_DESCRIBE_MAX])
{
    stream->ops->describe(stream, text_out);
}

int stream_descriptor(const struct stream *stream)
{
    return stream->ops->descriptor(stream);
}

bool stream_has_buffered(const struct stream *stream)
{
    return stream->ops->has_buffered(stream);
}

void stream_watch(struct stream *stream, struct loop *loop, const char *name,
                  const struct stream_callbacks *callbacks, void *argument)
{
    LOOP_OWNS(loop);
    ASSERT(stream->loop == NULL && !stream->is_closed);
    stream->loop = loop;
    stream->name = name;
    stream->callbacks = *callbacks;
    stream->argument = argument;
    stream->wanted = LOOP_INTEREST_NONE;
    loop_watch_init(&stream->watch, loop, name, on_ready, stream);
    loop_deferred_init(&stream->again, name, on_again, stream);
    loop_timer_init(&stream->probe, loop, name, on_probe, stream);
    loop_watch_add(&stream->watch, stream_descriptor(stream), LOOP_INTEREST_NONE);
    refresh_probe(stream, LOOP_INTEREST_NONE);
}

void stream_want(struct stream *stream, struct loop_interest wanted)
{
    ASSERT(stream->loop != NULL);
    LOOP_OWNS(stream->loop);
    stream->wanted = wanted;
    if (!stream->is_calling)
        refresh(stream);
}

void stream_unwatch(struct stream *stream)
{
    if (stream->loop == NULL)
        return;
    LOOP_OWNS(stream->loop);
    loop_watch_remove(&stream->watch);
    loop_deferred_cancel(&stream->again);
    loop_timer_cancel(&stream->probe);
    stream->loop = NULL;
    stream->wanted = LOOP_INTEREST_NONE;
}
