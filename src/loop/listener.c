/* Accepts TCP connections in batches. When descriptors run out the kernel keeps saying
 * "readable": the listener then looks away for a moment. */
#include "loop/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/loop_internal.h"
#include "loop/timer.h"
#include "loop/watch.h"

enum {
    SOCKETS_MAX = 2,       /* localhost is two addresses */
    LOCALHOST_ATTEMPTS = 8 /* to find a port that is free in both families */
};

struct listening_socket {
    struct listener *listener;
    int descriptor;
    struct loop_watch watch;
};

struct listener {
    struct loop *loop;
    void (*on_accept)(void *argument, int descriptor, const char *peer);
    void *argument;
    struct listening_socket sockets[SOCKETS_MAX];
    size_t socket_count;
    struct loop_timer pause;
    bool has_told_pause; /* once until an accept succeeds again */
    bool is_accepting;   /* a callback may be running */
    bool is_closed;
};

static void release(struct listener *listener)
{
    for (size_t i = 0; i < listener->socket_count; i++) {
        loop_watch_remove(&listener->sockets[i].watch);
        close(listener->sockets[i].descriptor);
    }
    loop_timer_cancel(&listener->pause);
    mem_free(listener);
}

static void pause_begin(struct listener *listener, int error_number)
{
    if (!listener->has_told_pause)
        LOG(LOG_WARN, SERVER_WARNING, "what=accept error=\"%s\"",
            loop_errno_text(error_number));
    listener->has_told_pause = true;
    for (size_t i = 0; i < listener->socket_count; i++)
        loop_watch_change(&listener->sockets[i].watch, LOOP_INTEREST_NONE);
    loop_timer_arm(&listener->pause, MS(LISTENER_PAUSE_MS));
}

static void on_pause_over(void *argument)
{
    struct listener *listener = argument;
    for (size_t i = 0; i < listener->socket_count; i++)
        loop_watch_change(&listener->sockets[i].watch, LOOP_INTEREST_READ);
}

static void hand_over(struct listener *listener, int descriptor,
                      const struct address *peer)
{
    char text[ADDRESS_TEXT_MAX];
    listener->has_told_pause = false;
    loop_socket_tune(descriptor);
    address_print(peer, text);
    listener->on_accept(listener->argument, descriptor, text);
}

/* False: no more for now. accept(2) reports errors of the new connection, too, which are
 * that connection's alone. */
static bool accept_one(struct listener *listener, int descriptor)
{
    struct address peer = {.len = sizeof(peer.storage)};
    int accepted = accept4(descriptor, (struct sockaddr *)&peer.storage, &peer.len,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
        hand_over(listener, accepted, &peer);
        return !listener->is_closed;
    }
    switch (errno) {
    case EAGAIN:
        return false;
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPERM: /* a firewall's rule */
        return true;
    default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM; anything else must not spin either */
        pause_begin(listener, errno);
        return false;
    }
}

static void on_ready(void *argument, struct loop_interest ready)
{
    (void)ready;
    const struct listening_socket *socket = argument;
    struct listener *listener = socket->listener;
    listener->is_accepting = true;
    for (int i = 0; i < LISTENER_BATCH && accept_one(listener, socket->descriptor); i++)
        ;
    listener->is_accepting = false;
    if (listener->is_closed)
        release(listener);
}

static const char *family_name(const struct address *address)
{
    return address->storage.ss_family == AF_INET6 ? "IPv6" : "IPv4";
}

/* The words are PostgreSQL's. */
static enum rc refuse(const char *what, const struct address *address, int error_number,
                      struct error *err)
{
    char text[ADDRESS_TEXT_MAX];
    address_print(address, text);
    return error_set(
        err, error_number == EADDRINUSE ? SQLSTATE_OBJECT_IN_USE : SQLSTATE_SYSTEM_ERROR,
        "could not %s %s address \"%s\": %s", what, family_name(address), text,
        loop_errno_text(error_number));
}

/* *error_out: errno of the failure. */
static enum rc open_socket(const struct address *address, int *descriptor_out,
                           int *error_out, struct error *err)
{
    int on = 1;
    const char *failed = NULL;
    int descriptor =
        socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        failed = "create a socket for";
    else if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
             (address->storage.ss_family == AF_INET6 &&
              setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0))
        failed = "prepare a socket for";
    else if (bind(descriptor, (const struct sockaddr *)&address->storage, address->len) !=
             0)
        failed = "bind";
    else if (listen(descriptor, SOMAXCONN) != 0)
        failed = "listen on";
    if (failed == NULL) {
        *descriptor_out = descriptor;
        return RC_OK;
    }
    *error_out = errno;
    if (descriptor >= 0)
        close(descriptor);
    return refuse(failed, address, *error_out, err);
}

static enum rc add_address(struct listener *listener, const struct address *address,
                           int *error_out, struct error *err)
{
    ASSERT(listener->socket_count < SOCKETS_MAX);
    struct listening_socket *socket = &listener->sockets[listener->socket_count];
    TRY(open_socket(address, &socket->descriptor, error_out, err));
    socket->listener = listener;
    loop_watch_init(&socket->watch, listener->loop, "listener", on_ready, socket);
    loop_watch_add(&socket->watch, socket->descriptor, LOOP_INTEREST_READ);
    listener->socket_count++;
    return RC_OK;
}

static void drop_sockets(struct listener *listener)
{
    for (size_t i = 0; i < listener->socket_count; i++) {
        loop_watch_remove(&listener->sockets[i].watch);
        close(listener->sockets[i].descriptor);
    }
    listener->socket_count = 0;
}

/* Both families, or whoever takes the other one could stand in for us. A machine without
 * IPv6 is fine. */
static enum rc add_localhost(struct listener *listener, uint16_t port, struct error *err)
{
    struct address v4;
    struct address v6;
    int error_number = 0;
    ASSERT(address_parse("127.0.0.1", port, &v4) && address_parse("::1", port, &v6));
    for (int attempt = 1;; attempt++) {
        TRY(add_address(listener, &v4, &error_number, err));
        address_set_port(&v6, listener_port(listener));
        if (add_address(listener, &v6, &error_number, err) == RC_OK)
            return RC_OK;
        if (error_number == EAFNOSUPPORT || error_number == EADDRNOTAVAIL) {
            error_clear(err);
            return RC_OK;
        }
        if (port != 0 || error_number != EADDRINUSE || attempt == LOCALHOST_ATTEMPTS)
            return RC_FAILED;
        drop_sockets(listener);
    }
}

static enum rc add_all(struct listener *listener, const char *host_and_port,
                       struct error *err)
{
    char host[ADDRESS_HOST_MAX];
    uint16_t port;
    struct address address;
    int error_number = 0;
    if (!address_split(host_and_port, host, &port))
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid listen address: \"%s\"", host_and_port);
    if (strcmp(host, "localhost") == 0)
        return add_localhost(listener, port, err);
    if (!address_parse(host, port, &address)) {
        error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid listen address: \"%s\"",
                  host_and_port);
        return error_hint(err, "Give a numeric address or localhost, and a port.");
    }
    return add_address(listener, &address, &error_number, err);
}

enum rc listener_open(struct loop *loop, const char *host_and_port,
                      void (*on_accept)(void *argument, int descriptor, const char *peer),
                      void *argument, struct listener **listener_out, struct error *err)
{
    LOOP_OWNS(loop);
    struct listener *listener = MEM_NEW(struct listener);
    listener->loop = loop;
    listener->on_accept = on_accept;
    listener->argument = argument;
    loop_timer_init(&listener->pause, loop, "listener_pause", on_pause_over, listener);
    enum rc rc = add_all(listener, host_and_port, err);
    if (rc != RC_OK) {
        release(listener);
        return rc;
    }
    *listener_out = listener;
    return RC_OK;
}

uint16_t listener_port(const struct listener *listener)
{
    struct address address;
    bool is_known = address_of_socket(listener->sockets[0].descriptor, &address);
    ASSERT(is_known);
    return address_port(&address);
}

void listener_close(struct listener **listener)
{
    struct listener *closed = *listener;
    if (closed == NULL)
        return;
    *listener = NULL;
    LOOP_OWNS(closed->loop);
    closed->is_closed = true;
    if (closed->is_accepting)
        drop_sockets(closed); /* the frame below releases the rest */
    else
        release(closed);
}
