#ifndef LOOP_STREAM_INTERNAL_H
#define LOOP_STREAM_INTERNAL_H

#include "loop/loop.h"
#include "loop/stream.h"
#include "loop/timer.h"
#include "loop/watch.h"

/* What a kind of stream can do. `stream` is embedded as the first member of its own
 * struct. */
struct stream_ops {
    enum rc (*read)(struct stream *stream, void *into, size_t len, size_t *count_out,
                    struct error *err);
    enum rc (*write)(struct stream *stream, struct bytes bytes, size_t *count_out,
                     struct error *err);
    enum rc (*handshake)(struct stream *stream, struct error *err);
    enum rc (*shutdown)(struct stream *stream, struct error *err);

    /* What the descriptor must be ready for, so that what is wanted can go on. */
    struct loop_interest (*want)(const struct stream *stream,
                                 struct loop_interest wanted);

    /* The other way: the descriptor is ready; which of the wanted can go on? May drive a
     * handshake. */
    struct loop_interest (*ready)(struct stream *stream, struct loop_interest wanted,
                                  struct loop_interest ready);

    bool (*has_buffered)(const struct stream *stream);
    int (*descriptor)(const struct stream *stream);
    void (*describe)(const struct stream *stream, char text_out[STREAM_DESCRIBE_MAX]);

    /* Frees its own struct, and no layer below. */
    void (*close)(struct stream *stream);
};

struct stream {
    const struct stream_ops *ops;
    struct stream *below; /* owned; NULL: the descriptor itself */
    struct error
        *failure; /* the first one, told again to every later call; mostly NULL */

    /* While watched. */
    struct loop *loop; /* NULL: not watched */
    const char *name;
    struct stream_callbacks callbacks;
    void *argument;
    struct loop_interest wanted;
    struct loop_watch watch;
    struct loop_deferred again; /* when the next bytes are in our own buffers */
    struct loop_timer probe;    /* for on_closed */
    bool has_told_closed;
    bool is_calling; /* a callback may be running; closing waits for its return */
    bool is_closed;
};

/* Embeds a new stream in its kind's struct. */
void stream_init(struct stream *stream, const struct stream_ops *ops,
                 struct stream *below);

#endif
