/* One non-blocking connect(), with a clock. Every result is reported from a turn of the
 * loop, even one that is known at once, so that callers have one order of things. */
#include "loop/connect.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "loop/loop_internal.h"
#include "loop/timer.h"
#include "loop/watch.h"

struct connect {
    struct loop *loop;
    void (*on_connected)(void *argument, const struct connect_result *result);
    void *argument;
    int descriptor; /* -1: none, or given away */
    int error_number;
    struct loop_watch watch;
    struct loop_timer timeout;
    struct loop_deferred report;
    bool is_reporting; /* cancelling inside the callback is harmless */
};

static void release(struct connect *connect)
{
    loop_watch_remove(&connect->watch);
    loop_timer_cancel(&connect->timeout);
    loop_deferred_cancel(&connect->report);
    if (connect->descriptor >= 0)
        close(connect->descriptor);
    mem_free(connect);
}

/* A connect to a free port of this machine can meet itself when the kernel draws that
 * port as the source (TCP's simultaneous open): nobody listens there. */
static bool has_met_itself(int descriptor)
{
    struct address here;
    struct address there;
    return address_of_socket(descriptor, &here) && address_of_peer(descriptor, &there) &&
           here.len == there.len && memcmp(&here.storage, &there.storage, here.len) == 0;
}

static void report(struct connect *connect)
{
    loop_watch_remove(&connect->watch);
    loop_timer_cancel(&connect->timeout);
    if (connect->error_number == 0 && has_met_itself(connect->descriptor))
        connect->error_number = ECONNREFUSED;
    struct connect_result result = {
        .descriptor = -1, .error_number = connect->error_number, .text = ""};
    if (result.error_number == 0) {
        loop_socket_tune(connect->descriptor);
        result.descriptor = connect->descriptor;
        connect->descriptor = -1;
    } else {
        result.text = loop_errno_text(result.error_number);
    }
    connect->is_reporting = true;
    connect->on_connected(connect->argument, &result);
    release(connect);
}

static void on_report(void *argument)
{
    report(argument);
}

static void on_ready(void *argument, struct loop_interest ready)
{
    (void)ready;
    struct connect *connect = argument;
    socklen_t len = sizeof(connect->error_number);
    if (getsockopt(connect->descriptor, SOL_SOCKET, SO_ERROR, &connect->error_number,
                   &len) != 0)
        connect->error_number = errno;
    report(connect);
}

static void on_timeout(void *argument)
{
    struct connect *connect = argument;
    connect->error_number = ETIMEDOUT;
    report(connect);
}

/* True when the outcome must be waited for. */
static bool begin(struct connect *connected, const struct address *address)
{
    connected->descriptor =
        socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connected->descriptor < 0) {
        connected->error_number = errno;
        return false;
    }
    if (connect(connected->descriptor, (const struct sockaddr *)&address->storage,
                address->len) == 0)
        return false;
    if (errno == EINPROGRESS || errno == EINTR)
        return true;
    connected->error_number = errno;
    return false;
}

struct connect *
connect_start(struct loop *loop, const struct address *address, struct ms timeout,
              void (*on_connected)(void *argument, const struct connect_result *result),
              void *argument)
{
    LOOP_OWNS(loop);
    struct connect *connect = MEM_NEW(struct connect);
    connect->loop = loop;
    connect->on_connected = on_connected;
    connect->argument = argument;
    loop_watch_init(&connect->watch, loop, "connect", on_ready, connect);
    loop_timer_init(&connect->timeout, loop, "connect_timeout", on_timeout, connect);
    loop_deferred_init(&connect->report, "connect_report", on_report, connect);
    if (!begin(connect, address)) {
        loop_defer(loop, &connect->report);
        return connect;
    }
    loop_watch_add(&connect->watch, connect->descriptor, LOOP_INTEREST_WRITE);
    if (timeout.count > 0)
        loop_timer_arm(&connect->timeout, timeout);
    return connect;
}

void connect_cancel(struct connect **connect)
{
    struct connect *cancelled = *connect;
    if (cancelled == NULL)
        return;
    *connect = NULL;
    LOOP_OWNS(cancelled->loop);
    if (!cancelled->is_reporting)
        release(cancelled);
}
