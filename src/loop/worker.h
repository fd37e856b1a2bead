#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/rc.h"

struct error;
struct loop;
struct worker_pool;

enum {
    WORKER_STACK_SIZE = 256 * 1024, /* bytes; the default */
    WORKER_COUNT_MAX = 256,
};

/* Threads for what blocks: name look-ups, fsync, password hashing. `name` must be a
 * literal. stack_size 0: WORKER_STACK_SIZE. Threads block all signals but their own
 * faults. */
enum rc worker_pool_new(const char *name, size_t thread_count, size_t stack_size,
                        struct worker_pool **pool_out, struct error *err) MUST_USE;

/* Cancels what has not started, waits for what has, and ends the threads. All `done`
 * functions are posted before it returns, and called when their loops turn, or are freed:
 * so a pool goes before the loops that its jobs report to. Clears the pointer; accepts
 * NULL. */
void worker_pool_free(struct worker_pool **pool);

/* One piece of work: on the heap (the owner may die before the work is done), embedded in
 * what it needs. From worker_submit() until `done` it belongs to the pool. */
struct worker_job {
    /* In a worker's thread. May use nothing but the job, which nobody else touches then;
     * such functions are named *_work. */
    void (*work)(struct worker_job *job);

    /* In the loop, exactly once for each submitted job, always: frees the job. If
     * is_cancelled, the owner may be gone, and work() may have run or not. */
    void (*done)(struct worker_job *job, bool is_cancelled);

    const char *name; /* a literal */

    /* The rest is loop/worker.c's. */
    struct loop *loop;
    struct worker_pool *pool;
    struct list_link link;
    bool is_cancelled;
};

/* From any thread; `done` comes in `loop`. Jobs start in the order of submission. */
void worker_submit(struct worker_pool *pool, struct loop *loop, struct worker_job *job);

/* From the loop that was submitted to, before `done` has come: the owner lets go. `done`
 * still comes (later, never inside this call), with is_cancelled. Work that runs is not
 * interrupted. */
void worker_cancel(struct worker_job *job);

#endif
