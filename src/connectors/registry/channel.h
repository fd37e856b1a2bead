#ifndef CONNECTORS_REGISTRY_CHANNEL_H
#define CONNECTORS_REGISTRY_CHANNEL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* How libcurl reaches a stream that is dialled already. libcurl 7.88 connects even a
 * socket that it is told is connected, so it is sent to a name in the abstract space of
 * Unix sockets that exists for this one connect: only this process is let in, and the
 * name is gone after it. Bytes are then passed on between that socket and the dialled
 * one, in the thread that drives libcurl. */

enum { CHANNEL_BUFFER_SIZE = 16 * 1024, CHANNEL_FIRST_MAX = 8 };

struct channel_way {
    uint8_t bytes[CHANNEL_BUFFER_SIZE];
    size_t start;
    size_t end;
    bool is_ended; /* its source has no more */
    bool is_shut;  /* and its sink was told */
};

/* Some 32 KiB. */
struct channel {
    int listener; /* -1: the connect is over */
    int near;     /* libcurl's other end; -1: none yet */
    int far;      /* the dialled stream, the caller's */
    struct channel_way up;
    struct channel_way down;
    uint8_t first[CHANNEL_FIRST_MAX]; /* what the target said first */
    size_t first_len;
};

/* `far` is non-blocking, and stays the caller's. */
void channel_init(struct channel *channel, int far);

/* Where libcurl shall connect to. False: no socket was to be had; errno tells. */
bool channel_listen(struct channel *channel, struct sockaddr_un *address_out,
                    socklen_t *len_out);

/* What poll() shall watch; returns how many, two at most. */
size_t channel_watch(const struct channel *channel, struct pollfd watched_out[2]);

/* Accepts and passes on what can be passed on without waiting. */
void channel_step(struct channel *channel);

void channel_fini(struct channel *channel);

#endif
