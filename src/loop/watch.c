/* Descriptors that a loop waits for: one libevent event for each direction, so that
 * turning one on or off is one system call and leaves the other alone. */
#include "loop/watch.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/assert.h"
#include "base/memory.h"
#include "loop/loop_internal.h"

struct loop_watch_events {
    struct event read;
    struct event write;
};

static void call(struct loop_watch *watch, struct loop_interest ready)
{
    struct loop *loop = watch->loop;
    const char *name = watch->name;
    int64_t started_us = loop_call_begin();
    watch->on_ready(watch->argument, ready);
    loop_call_end(loop, name, started_us);
}

static void on_read(evutil_socket_t descriptor, short what, void *argument)
{
    (void)descriptor;
    (void)what;
    call(argument, LOOP_INTEREST_READ);
}

static void on_write(evutil_socket_t descriptor, short what, void *argument)
{
    (void)descriptor;
    (void)what;
    call(argument, LOOP_INTEREST_WRITE);
}

/* Adding fails only for what epoll cannot watch, which is a bug of the caller's, or when
 * the kernel's memory for watches is used up. */
static void set(struct event *event, bool is_on, bool shall_be_on)
{
    if (is_on == shall_be_on)
        return;
    int result = shall_be_on ? event_add(event, NULL) : event_del(event);
    ASSERT(result == 0);
}

void loop_watch_init(struct loop_watch *watch, struct loop *loop, const char *name,
                     void (*on_ready)(void *argument, struct loop_interest ready),
                     void *argument)
{
    *watch = (struct loop_watch){.loop = loop,
                                 .on_ready = on_ready,
                                 .argument = argument,
                                 .name = name,
                                 .descriptor = -1};
}

void loop_watch_add(struct loop_watch *watch, int descriptor,
                    struct loop_interest interest)
{
    LOOP_OWNS(watch->loop);
    ASSERT(watch->events == NULL && descriptor >= 0);
    struct loop_watch_events *events = MEM_NEW(struct loop_watch_events);
    struct event_base *base = watch->loop->base;
    event_assign(&events->read, base, descriptor, EV_READ | EV_PERSIST, on_read, watch);
    event_assign(&events->write, base, descriptor, EV_WRITE | EV_PERSIST, on_write,
                 watch);
    watch->events = events;
    watch->descriptor = descriptor;
    watch->interest = LOOP_INTEREST_NONE;
    watch->loop->watch_count++;
    loop_watch_change(watch, interest);
}

void loop_watch_change(struct loop_watch *watch, struct loop_interest interest)
{
    ASSERT(watch->events != NULL);
    LOOP_OWNS(watch->loop);
    set(&watch->events->read, watch->interest.read, interest.read);
    set(&watch->events->write, watch->interest.write, interest.write);
    watch->interest = interest;
}

void loop_watch_remove(struct loop_watch *watch)
{
    if (watch->events == NULL)
        return;
    loop_watch_change(watch, LOOP_INTEREST_NONE);
    mem_free(watch->events);
    watch->events = NULL;
    watch->descriptor = -1;
    watch->loop->watch_count--;
}
