/* A binary heap of timers per loop, by due time and then by order of arming. Places count
 * from 1, so that a timer with place 0 is not armed and parents are place / 2. */
#include "loop/timer.h"

#include "base/assert.h"
#include "base/memory.h"
#include "loop/loop_internal.h"

enum { FIRST_CAPACITY = 16 };

static bool is_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void put(struct loop *loop, size_t place, struct loop_timer *timer)
{
    loop->heap[place] = timer;
    timer->place = place;
}

static void sift_up(struct loop *loop, size_t place, struct loop_timer *timer)
{
    for (; place > 1 && is_before(timer, loop->heap[place / 2]); place /= 2)
        put(loop, place, loop->heap[place / 2]);
    put(loop, place, timer);
}

static void sift_down(struct loop *loop, size_t place, struct loop_timer *timer)
{
    for (;;) {
        size_t child = 2 * place;
        if (child > loop->timer_count)
            break;
        if (child < loop->timer_count &&
            is_before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!is_before(loop->heap[child], timer))
            break;
        put(loop, place, loop->heap[child]);
        place = child;
    }
    put(loop, place, timer);
}

static void make_room(struct loop *loop)
{
    if (loop->timer_count + 1 < loop->heap_capacity)
        return;
    loop->heap_capacity =
        loop->heap_capacity == 0 ? FIRST_CAPACITY : 2 * loop->heap_capacity;
    loop->heap =
        mem_resize(loop->heap, loop->heap_capacity * sizeof(struct loop_timer *));
}

int64_t loop_timer_first_us(const struct loop *loop)
{
    return loop->timer_count == 0 ? INT64_MAX : loop->heap[1]->due_us;
}

void loop_timer_run_due(struct loop *loop)
{
    if (loop->timer_count == 0)
        return;
    /* A timer that is armed again meanwhile waits for the next turn. */
    int64_t now_us = clock_monotonic_us();
    uint64_t newest = loop->timer_order;
    while (loop->timer_count > 0 && loop->heap[1]->due_us <= now_us &&
           loop->heap[1]->order <= newest) {
        struct loop_timer *timer = loop->heap[1];
        const char *name = timer->name;
        loop_timer_cancel(timer);
        int64_t started_us = loop_call_begin();
        timer->on_due(timer->argument);
        loop_call_end(loop, name, started_us);
    }
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, const char *name,
                     void (*on_due)(void *argument), void *argument)
{
    *timer = (struct loop_timer){
        .loop = loop, .on_due = on_due, .argument = argument, .name = name};
}

void loop_timer_arm(struct loop_timer *timer, struct ms delay)
{
    struct loop *loop = timer->loop;
    LOOP_OWNS(loop);
    loop_timer_cancel(timer);
    make_room(loop);
    int64_t now_us = clock_monotonic_us();
    int64_t most = (INT64_MAX - 1 - now_us) / 1000;
    int64_t count = delay.count < 0 ? 0 : delay.count > most ? most : delay.count;
    timer->due_us = now_us + count * 1000;
    timer->order = ++loop->timer_order;
    loop->timer_count++;
    sift_up(loop, loop->timer_count, timer);
}

void loop_timer_cancel(struct loop_timer *timer)
{
    if (timer->place == 0)
        return;
    struct loop *loop = timer->loop;
    LOOP_OWNS(loop);
    ASSERT(loop->heap[timer->place] == timer);
    struct loop_timer *last = loop->heap[loop->timer_count];
    loop->timer_count--;
    size_t place = timer->place;
    timer->place = 0;
    if (last == timer)
        return;
    if (place > 1 && is_before(last, loop->heap[place / 2]))
        sift_up(loop, place, last);
    else
        sift_down(loop, place, last);
}
