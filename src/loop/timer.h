#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct loop;

/* A one-shot timer, embedded by value in its owner. Resolution 1 ms. Timers of the same
 * moment fire in the order of their arming. The members are loop/timer.c's. */
struct loop_timer {
    struct loop *loop;
    void (*on_due)(void *argument);
    void *argument;
    const char *name;
    int64_t due_us;
    uint64_t order;
    size_t place; /* in the loop's heap, from 1; 0: not armed */
};

/* `name` must be a literal: it is what LOOP_SLOW shows. May be called again while not
 * armed. */
void loop_timer_init(struct loop_timer *timer, struct loop *loop, const char *name,
                     void (*on_due)(void *argument), void *argument);

/* Arms, or arms anew. Durations below 0 count as 0: due in the next turn, or in this one
 * if timers have not had their turn yet. The callback may arm the timer again, and may
 * free it. */
void loop_timer_arm(struct loop_timer *timer, struct ms delay);

/* After it the callback does not come. Also for a zeroed struct. */
void loop_timer_cancel(struct loop_timer *timer);

static inline bool loop_timer_is_armed(const struct loop_timer *timer)
{
    return timer->place != 0;
}

#endif
