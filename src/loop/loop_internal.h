#ifndef LOOP_LOOP_INTERNAL_H
#define LOOP_LOOP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/loop.h"

struct event;
struct event_base;
struct loop_timer;

struct loop {
    const char *name;
    struct event_base *base;
    atomic_ulong owner; /* pthread_t of the thread that may touch all this */
    atomic_bool is_stopping;
    bool is_turning;
    bool has_thread;
    pthread_t thread;

    int wake_descriptor; /* an eventfd */
    struct event *wake;
    struct event *alarm; /* for the nearest timer */
    int64_t alarm_us;    /* what it is set to; 0: not pending */

    pthread_mutex_t post_lock; /* guards `posts` */
    struct list_link posts;
    struct list_link deferred;

    struct loop_timer **heap; /* by due_us, then order; heap[0] is unused */
    size_t timer_count;
    size_t heap_capacity;
    uint64_t timer_order;

    size_t watch_count;
    atomic_size_t job_count; /* worker jobs that will report here */

    /* Of this turn. */
    int64_t spent_us;
    int64_t longest_us;
    const char *longest_name;
    unsigned call_count;
};

/* Around every callback; `name` must have been read before it. */
int64_t loop_call_begin(void);
void loop_call_end(struct loop *loop, const char *name, int64_t started_us);

/* timer.c: when the first timer is due (INT64_MAX: none), and calling all that are. */
int64_t loop_timer_first_us(const struct loop *loop);
void loop_timer_run_due(struct loop *loop);

/* socket.c: the words of an errno; no Nagle delay and keepalive for a TCP socket. */
const char *loop_errno_text(int error_number);
void loop_socket_tune(int descriptor);

#endif
