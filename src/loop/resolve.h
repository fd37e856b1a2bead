#ifndef LOOP_RESOLVE_H
#define LOOP_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "loop/address.h"

struct loop;
struct resolve;
struct worker_pool;

enum { RESOLVE_ADDRESSES_MAX = 32 }; /* further addresses of a name are not used */

/* Lives during the callback only. */
struct resolve_result {
    const struct address *addresses; /* in the order to try (RFC 6724) */
    size_t count;                    /* 0: failed, and the next two say why */
    int code;                        /* EAI_*; 0 on success */
    const char *text;                /* gai_strerror(); "" on success */
};

/* Looks a name up with getaddrinfo() in a worker. The callback comes once, in the loop,
 * never inside this call; the resolve is over then: forget the pointer. Numeric addresses
 * go the same way. */
struct resolve *resolve_start(struct worker_pool *pool, struct loop *loop,
                              const char *host, uint16_t port,
                              void (*on_resolved)(void *argument,
                                                  const struct resolve_result *result),
                              void *argument);

/* The callback does not come any more. Clears the pointer; accepts NULL. */
void resolve_cancel(struct resolve **resolve);

#endif
