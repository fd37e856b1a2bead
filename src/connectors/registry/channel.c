/* One connect of libcurl's, led to a dialled stream. */
#include "connectors/registry/channel.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void channel_init(struct channel *channel, int far)
{
    memset(channel, 0, sizeof(*channel));
    channel->listener = -1;
    channel->near = -1;
    channel->far = far;
}

/* A bind of the family alone makes the kernel choose an abstract name: unix(7). */
bool channel_listen(struct channel *channel, struct sockaddr_un *address_out,
                    socklen_t *len_out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct sockaddr *at = (struct sockaddr *)(void *)address_out;
    channel->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *len_out = sizeof(*address_out);
    return channel->listener >= 0 &&
           bind(channel->listener, (struct sockaddr *)(void *)&address,
                sizeof(address.sun_family)) == 0 &&
           listen(channel->listener, 8) == 0 &&
           getsockname(channel->listener, at, len_out) == 0;
}

static bool is_ours(int fd)
{
    struct ucred peer = {.pid = 0};
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           peer.pid == getpid();
}

/* A stranger who came first is turned away. */
static void accept_near(struct channel *channel)
{
    while (channel->listener >= 0) {
        int fd = accept4(channel->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (!is_ours(fd)) {
            close(fd);
            continue;
        }
        channel->near = fd;
        close(channel->listener);
        channel->listener = -1;
    }
}

/* True when something moved. */
static bool take(struct channel_way *way, int from)
{
    if (way->is_ended || way->end > way->start)
        return false;
    ssize_t got = recv(from, way->bytes, sizeof(way->bytes), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    way->start = 0;
    way->end = got > 0 ? (size_t)got : 0;
    way->is_ended = got <= 0;
    return true;
}

static bool give(struct channel_way *way, int to)
{
    if (way->end == way->start) {
        if (way->is_ended && !way->is_shut)
            shutdown(to, SHUT_WR);
        way->is_shut = way->is_ended;
        return false;
    }
    ssize_t sent = send(to, way->bytes + way->start, way->end - way->start,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (sent < 0) { /* nobody takes it: the other way will tell of the end */
        way->start = way->end;
        way->is_ended = true;
        return true;
    }
    way->start += (size_t)sent;
    return true;
}

static void keep_first(struct channel *channel)
{
    const struct channel_way *down = &channel->down;
    for (size_t i = down->start; i < down->end && channel->first_len < CHANNEL_FIRST_MAX;
         i++)
        channel->first[channel->first_len++] = down->bytes[i];
}

void channel_step(struct channel *channel)
{
    bool has_moved = true;
    accept_near(channel);
    while (channel->near >= 0 && has_moved) {
        bool took_up = take(&channel->up, channel->near);
        bool took_down = take(&channel->down, channel->far);
        if (took_down)
            keep_first(channel);
        bool gave_up = give(&channel->up, channel->far);
        bool gave_down = give(&channel->down, channel->near);
        has_moved = took_up || took_down || gave_up || gave_down;
    }
}

static short events_of(const struct channel_way *in, const struct channel_way *out)
{
    bool wants_in = !in->is_ended && in->end == in->start;
    bool wants_out = out->end > out->start;
    return (short)((wants_in ? POLLIN : 0) | (wants_out ? POLLOUT : 0));
}

size_t channel_watch(const struct channel *channel, struct pollfd watched_out[2])
{
    size_t count = 0;
    if (channel->near < 0) {
        watched_out[0] = (struct pollfd){.fd = channel->listener, .events = POLLIN};
        return channel->listener < 0 ? 0 : 1;
    }
    short near = events_of(&channel->up, &channel->down);
    short far = events_of(&channel->down, &channel->up);
    if (near != 0)
        watched_out[count++] = (struct pollfd){.fd = channel->near, .events = near};
    if (far != 0)
        watched_out[count++] = (struct pollfd){.fd = channel->far, .events = far};
    return count;
}

void channel_fini(struct channel *channel)
{
    if (channel->listener >= 0)
        close(channel->listener);
    if (channel->near >= 0)
        close(channel->near);
    channel_init(channel, -1);
}
