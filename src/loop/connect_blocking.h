#ifndef LOOP_CONNECT_BLOCKING_H
#define LOOP_CONNECT_BLOCKING_H

#include "base/clock.h"
#include "base/stage.h"

/* Resolves a name and connects TCP to the first of its addresses that takes it, waiting
 * for both: for threads that may block, never in a loop. The descriptor (non-blocking,
 * close-on-exec, no Nagle delay) is the caller's. RC_FAILED with `failure` filled: stage
 * RESOLVE or CONNECT. The time-out holds for connecting; a look-up has the resolver's. */
enum rc connect_blocking(const char *host, uint16_t port, struct ms timeout,
                         int *descriptor_out, struct stage_failure *failure) MUST_USE;

#endif
