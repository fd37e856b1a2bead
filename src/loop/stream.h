#ifndef LOOP_STREAM_H
#define LOOP_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/rc.h"
#include "loop/watch.h"

struct error;
struct loop;

/* A two-way flow of bytes over a connected descriptor, plain or in layers (TLS). Never
 * blocks. Belongs to one thread at a time; while watched, to the loop's. */
struct stream;

enum { STREAM_DESCRIBE_MAX = 256 };

/* Over a connected stream socket (TCP or a socket pair), which must be non-blocking and
 * is the stream's from here on. Never fails. */
struct stream *stream_new(int descriptor);

/* Reads up to `len` bytes (at least 1 is asked for). RC_OK: *count_out > 0. RC_AGAIN:
 * nothing there now. RC_EOF: the peer has ended in an orderly way. RC_FAILED: the
 * connection is broken, and will be for every later call. */
enum rc stream_read(struct stream *stream, void *into, size_t len, size_t *count_out,
                    struct error *err) MUST_USE;

/* Writes what fits now; RC_OK: *count_out > 0 bytes were taken (`bytes` is not empty).
 * After RC_AGAIN the next call must begin with the same bytes, and no fewer: a TLS record
 * of them may be half sent (SSL_write(3)). */
enum rc stream_write(struct stream *stream, struct bytes bytes, size_t *count_out,
                     struct error *err) MUST_USE;

/* Drives what must come before bytes flow (the TLS handshake; nothing for TCP). Calling
 * it is optional: reading and writing do the same. */
enum rc stream_handshake(struct stream *stream, struct error *err) MUST_USE;

/* Ends our direction in order: TLS says close_notify, TCP FIN. RC_AGAIN: call again when
 * writable. Reading goes on. */
enum rc stream_shutdown(struct stream *stream, struct error *err) MUST_USE;

/* Frees the stream with all layers below it and closes the descriptor, without waiting.
 * Allowed inside the stream's own callbacks. Clears the pointer; accepts NULL. */
void stream_close(struct stream **stream);

/* "tcp 127.0.0.1:6875 -> 127.0.0.1:40312", "TLSv1.3 TLS_AES_256_GCM_SHA384 over tcp ..."
 */
void stream_describe(const struct stream *stream, char text_out[STREAM_DESCRIBE_MAX]);

/* For poll() and getpeername(); never to be read, written or closed. */
int stream_descriptor(const struct stream *stream);

/* Bytes that are read from the descriptor, but not yet by the caller: no readiness of the
 * descriptor will announce them. Only owners that poll by themselves need to ask. */
bool stream_has_buffered(const struct stream *stream);

/* Each may be NULL, then nothing is waited for on its behalf. */
struct stream_callbacks {
    void (*on_readable)(void *argument); /* wanted, and stream_read() may yield */
    void (*on_writable)(void *argument); /* wanted, and stream_write() may take */

    /* Comes at most once and only while reading is not wanted (then stream_read() tells):
     * the peer has ended or vanished. Noticed within STREAM_PROBE_MS. Bytes may still be
     * there to read. */
    void (*on_closed)(void *argument);
};

enum { STREAM_PROBE_MS = 1000 };

/* Callbacks come in this loop from now on, never inside this call. Level-triggered: they
 * come again each turn while they are wanted and true. A handshake goes on by itself as
 * long as anything is wanted; its failure comes through the callback that was wanted.
 * `name` must be a literal. */
void stream_watch(struct stream *stream, struct loop *loop, const char *name,
                  const struct stream_callbacks *callbacks, void *argument);

/* Says what is waited for: after stream_watch(), nothing. Cheap when nothing changes. */
void stream_want(struct stream *stream, struct loop_interest wanted);

/* No callback comes after it; the stream may move to another loop. Allowed inside the
 * stream's own callbacks. Also when not watched. */
void stream_unwatch(struct stream *stream);

#endif
