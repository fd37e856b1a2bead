/* The bottom layer: a connected stream socket. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/address.h"
#include "loop/loop_internal.h"
#include "loop/stream_internal.h"

struct descriptor_stream {
    struct stream stream;
    int descriptor;
};

static int descriptor_of(const struct stream *stream)
{
    return ((const struct descriptor_stream *)(const void *)stream)->descriptor;
}

static enum rc socket_read(struct stream *stream, void *into, size_t len,
                           size_t *count_out, struct error *err)
{
    ssize_t count;
    do
        count = recv(descriptor_of(stream), into, len, 0);
    while (count < 0 && errno == EINTR);
    if (count > 0) {
        *count_out = (size_t)count;
        return RC_OK;
    }
    if (count == 0)
        return RC_EOF;
    if (errno == EAGAIN)
        return RC_AGAIN;
    return error_set(err, SQLSTATE_CONNECTION_FAILURE, "could not receive data: %s",
                     loop_errno_text(errno));
}

static enum rc socket_write(struct stream *stream, struct bytes bytes, size_t *count_out,
                            struct error *err)
{
    ssize_t count;
    do
        count = send(descriptor_of(stream), bytes.at, bytes.len, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    if (count > 0) {
        *count_out = (size_t)count;
        return RC_OK;
    }
    if (count == 0 || errno == EAGAIN)
        return RC_AGAIN;
    return error_set(err, SQLSTATE_CONNECTION_FAILURE, "could not send data: %s",
                     loop_errno_text(errno));
}

static enum rc socket_handshake(struct stream *stream, struct error *err)
{
    (void)stream;
    (void)err;
    return RC_OK;
}

static enum rc socket_shutdown(struct stream *stream, struct error *err)
{
    if (shutdown(descriptor_of(stream), SHUT_WR) == 0 || errno == ENOTCONN)
        return RC_OK; /* a peer that is gone needs no farewell */
    return error_set(err, SQLSTATE_CONNECTION_FAILURE,
                     "could not shut the connection down: %s", loop_errno_text(errno));
}

static struct loop_interest socket_want(const struct stream *stream,
                                        struct loop_interest wanted)
{
    (void)stream;
    return wanted;
}

static struct loop_interest socket_ready(struct stream *stream,
                                         struct loop_interest wanted,
                                         struct loop_interest ready)
{
    (void)stream;
    return (struct loop_interest){wanted.read && ready.read, wanted.write && ready.write};
}

static bool socket_has_buffered(const struct stream *stream)
{
    (void)stream;
    return false;
}

static void socket_describe(const struct stream *stream,
                            char text_out[STREAM_DESCRIBE_MAX])
{
    struct address here;
    struct address there;
    char here_text[ADDRESS_TEXT_MAX];
    char there_text[ADDRESS_TEXT_MAX] = "?";
    if (!address_of_socket(descriptor_of(stream), &here)) {
        snprintf(text_out, STREAM_DESCRIBE_MAX, "socket pair");
        return;
    }
    address_print(&here, here_text);
    if (address_of_peer(descriptor_of(stream), &there))
        address_print(&there, there_text);
    snprintf(text_out, STREAM_DESCRIBE_MAX, "tcp %s -> %s", here_text, there_text);
}

static void socket_close(struct stream *stream)
{
    close(descriptor_of(stream));
    mem_free(stream);
}

static const struct stream_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .handshake = socket_handshake,
    .shutdown = socket_shutdown,
    .want = socket_want,
    .ready = socket_ready,
    .has_buffered = socket_has_buffered,
    .descriptor = descriptor_of,
    .describe = socket_describe,
    .close = socket_close,
};

struct stream *stream_new(int descriptor)
{
    ASSERT(descriptor >= 0);
    struct descriptor_stream *made = MEM_NEW(struct descriptor_stream);
    stream_init(&made->stream, &socket_ops, NULL);
    made->descriptor = descriptor;
    return &made->stream;
}
