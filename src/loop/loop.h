#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/rc.h"

struct error;

/* One event loop over libevent, run by one thread at a time. Everything in this folder
 * belongs to a loop and is touched by that loop's thread alone, but for what says
 * "thread-safe". Time is base/clock's.
 *
 * A turn: wait for descriptors, call their watches, then the timers that are due, then
 * what other threads have posted, then the deferred calls. Nothing in it may block. A
 * turn whose callbacks took over 100 ms together is logged as LOOP_SLOW, with the name
 * of the slowest one.
 *
 * A callback may not free the object that called it, unless that object's header allows
 * it (stream_close(), connect_cancel() and the like do): it defers that with
 * loop_defer().
 */
struct loop;

enum {
    LOOP_SLOW_MS = 100,
    LOOP_STACK_SIZE = 8 * 1024 * 1024, /* bytes; what a loop's thread gets by default */
};

/* `name` must be a literal, or outlive the loop; the first 15 bytes name its thread. The
 * caller's thread owns the loop until loop_run() or loop_thread_start(). Fails when
 * descriptors ran out. */
enum rc loop_new(const char *name, struct loop **loop_out, struct error *err) MUST_USE;

/* All watches, timers and objects of the loop must be gone, and worker jobs that report
 * to it done (asserted). What is still posted or deferred is called first, by the calling
 * thread, so that arguments are freed. Clears the pointer; accepts NULL. */
void loop_free(struct loop **loop);

/* Turns until loop_stop(). The calling thread owns the loop from here on. */
void loop_run(struct loop *loop);

/* Ends loop_run() after the current turn; before it runs: at once. Thread-safe. */
void loop_stop(struct loop *loop);

/* One turn, waiting no longer than this; for tests and for start-up. */
void loop_turn(struct loop *loop, struct ms wait_at_most);

const char *loop_name(const struct loop *loop);

/* Runs the loop in a thread of its own, with a stack of this many bytes (0:
 * LOOP_STACK_SIZE). The caller may touch the loop no more until the join, except by
 * loop_post() and loop_stop(). */
enum rc loop_thread_start(struct loop *loop, size_t stack_size,
                          struct error *err) MUST_USE;

/* Waits for the end of the loop's thread; the caller then owns the loop. loop_stop() is
 * the caller's, too. Does nothing when there is no thread. */
void loop_thread_join(struct loop *loop);

/* Calls function(argument) in the loop, once, in the order of posting. Thread-safe, and
 * wakes the loop with one write per batch. The post carries the function's name. A post
 * cannot be taken back: `argument` must live until then. */
#define loop_post(loop, function, argument)                                              \
    loop_post_named((loop), #function, (function), (argument))
void loop_post_named(struct loop *loop, const char *name, void (*function)(void *),
                     void *argument);

/* A call at the end of a turn, embedded in what it is about: the way for an object to be
 * freed by its own callback, or to go on later once its budget is used up. What is
 * deferred by a deferred call comes at the end of the next turn, which does not wait. */
struct loop_deferred {
    struct list_link link;
    void (*function)(void *argument);
    void *argument;
    const char *name;
};

/* `name` must be a literal. The function may free the struct. */
void loop_deferred_init(struct loop_deferred *deferred, const char *name,
                        void (*function)(void *), void *argument);
void loop_defer(struct loop *loop, struct loop_deferred *deferred); /* once, if twice */
void loop_deferred_cancel(struct loop_deferred *deferred);

/* Asserts that the calling thread owns the loop: the first line of every step that may
 * only run there. */
#define LOOP_OWNS(loop) loop_assert_owner((loop), __func__)
void loop_assert_owner(const struct loop *loop, const char *function);

#endif
