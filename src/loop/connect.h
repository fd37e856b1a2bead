#ifndef LOOP_CONNECT_H
#define LOOP_CONNECT_H

#include "base/clock.h"
#include "loop/address.h"

struct connect;
struct loop;

/* Lives during the callback only. */
struct connect_result {
    int descriptor; /* connected, non-blocking, close-on-exec, no Nagle delay, keepalive;
                       the callee's. -1: failed */
    int error_number; /* of errno's; ETIMEDOUT also for our own time-out; 0 on success */
    const char *text; /* strerror()'s words; "" on success */
};

/* Connects TCP to one address. The callback comes once, in the loop, never inside this
 * call; the connect is over then: forget the pointer. timeout 0 or less: none but the
 * kernel's. */
struct connect *
connect_start(struct loop *loop, const struct address *address, struct ms timeout,
              void (*on_connected)(void *argument, const struct connect_result *result),
              void *argument);

/* The callback does not come any more, the descriptor is closed. Clears the pointer;
 * accepts NULL. */
void connect_cancel(struct connect **connect);

#endif
