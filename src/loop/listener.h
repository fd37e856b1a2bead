#ifndef LOOP_LISTENER_H
#define LOOP_LISTENER_H

#include <stdint.h>

#include "base/rc.h"
#include "loop/address.h"

struct error;
struct loop;
struct listener;

enum {
    LISTENER_BATCH = 64,     /* accepts in one turn */
    LISTENER_PAUSE_MS = 100, /* when descriptors ran out (EMFILE and kin) */
};

/* Listens for TCP at "host:port": a numeric address ("[::1]:6875" for IPv6) or
 * "localhost", which is 127.0.0.1 and, where the machine has it, ::1. Port 0 lets the
 * kernel choose.
 *
 * on_accept() gets a descriptor (non-blocking, close-on-exec, no Nagle delay, keepalive)
 * that is the callee's from then on, and the peer as text, for the length of the call. It
 * may call listener_close(). */
enum rc listener_open(struct loop *loop, const char *host_and_port,
                      void (*on_accept)(void *argument, int descriptor, const char *peer),
                      void *argument, struct listener **listener_out,
                      struct error *err) MUST_USE;

/* What the kernel has bound. */
uint16_t listener_port(const struct listener *listener);

/* Clears the pointer; accepts NULL. Connections that were not accepted yet are reset. */
void listener_close(struct listener **listener);

#endif
