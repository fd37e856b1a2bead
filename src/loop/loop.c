/* The turn of a loop, posts from other threads, deferred calls, and the loop's thread.
 * libevent only waits for descriptors here: timers are our own (loop/timer.c), because
 * they follow base/clock, which tests move. */
#include "loop/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/loop_internal.h"

struct post {
    struct list_link link;
    const char *name;
    void (*function)(void *argument);
    void *argument;
};

enum { THREAD_NAME_SIZE = 16 }; /* the kernel's limit, with the NUL */

int64_t loop_call_begin(void)
{
    return clock_monotonic_us();
}

void loop_call_end(struct loop *loop, const char *name, int64_t started_us)
{
    int64_t took_us = clock_monotonic_us() - started_us;
    loop->spent_us += took_us;
    loop->call_count++;
    if (took_us >= loop->longest_us) {
        loop->longest_us = took_us;
        loop->longest_name = name;
    }
}

static void call(struct loop *loop, const char *name, void (*function)(void *),
                 void *argument)
{
    int64_t started_us = loop_call_begin();
    function(argument);
    loop_call_end(loop, name, started_us);
}

static void account_begin(struct loop *loop)
{
    loop->spent_us = 0;
    loop->longest_us = 0;
    loop->longest_name = "";
    loop->call_count = 0;
}

static void account_end(const struct loop *loop)
{
    if (loop->spent_us <= INT64_C(1000) * LOOP_SLOW_MS)
        return;
    LOG(LOG_WARN, LOOP_SLOW,
        "loop=%s took_ms=%" PRId64 " callback=%s callback_ms=%" PRId64 " callbacks=%u",
        loop->name, loop->spent_us / 1000, loop->longest_name, loop->longest_us / 1000,
        loop->call_count);
}

/* Moves a whole ring to another head, in order. */
static void take_all(struct list_link *from, struct list_link *to)
{
    list_init(to);
    if (list_is_empty(from))
        return;
    to->next = from->next;
    to->previous = from->previous;
    to->next->previous = to;
    to->previous->next = to;
    list_init(from);
}

static void run_posts(struct loop *loop)
{
    struct list_link taken;
    pthread_mutex_lock(&loop->post_lock);
    take_all(&loop->posts, &taken);
    pthread_mutex_unlock(&loop->post_lock);
    while (!list_is_empty(&taken)) {
        struct post *post = LIST_ENTRY(taken.next, struct post, link);
        list_remove(&post->link);
        call(loop, post->name, post->function, post->argument);
        mem_free(post);
    }
}

static void run_deferred(struct loop *loop)
{
    struct list_link taken;
    take_all(&loop->deferred, &taken);
    while (!list_is_empty(&taken)) {
        struct loop_deferred *deferred =
            LIST_ENTRY(taken.next, struct loop_deferred, link);
        list_remove(&deferred->link);
        call(loop, deferred->name, deferred->function, deferred->argument);
    }
}

static bool has_posts(struct loop *loop)
{
    pthread_mutex_lock(&loop->post_lock);
    bool has = !list_is_empty(&loop->posts);
    pthread_mutex_unlock(&loop->post_lock);
    return has;
}

static void wake_up(const struct loop *loop)
{
    /* Fails only when the counter is full: then the loop is awake already. */
    uint64_t one = 1;
    ssize_t written;
    do
        written = write(loop->wake_descriptor, &one, sizeof(one));
    while (written < 0 && errno == EINTR);
}

static void on_wake(evutil_socket_t descriptor, short what, void *argument)
{
    (void)what;
    (void)argument;
    /* Reading resets the counter; a failure means that it is reset. */
    uint64_t count;
    ssize_t got = read(descriptor, &count, sizeof(count));
    (void)got;
}

static void on_alarm(evutil_socket_t descriptor, short what, void *argument)
{
    (void)descriptor;
    (void)what;
    struct loop *loop = argument;
    loop->alarm_us = 0;
}

/* Sets the alarm; false when it is due already. */
static bool set_alarm(struct loop *loop, int64_t wait_us)
{
    int64_t now_us = clock_monotonic_us();
    int64_t due_us = loop_timer_first_us(loop);
    if (wait_us >= 0 && due_us - now_us > wait_us)
        due_us = now_us + wait_us;
    if (due_us == INT64_MAX)
        return true;
    if (due_us <= now_us)
        return false;
    if (loop->alarm_us == due_us)
        return true;
    int64_t delay_us = due_us - now_us;
    struct timeval delay = {.tv_sec = delay_us / 1000000, .tv_usec = delay_us % 1000000};
    ASSERT(event_add(loop->alarm, &delay) == 0);
    loop->alarm_us = due_us;
    return true;
}

/* wait_us < 0: until something happens. */
static void turn(struct loop *loop, int64_t wait_us)
{
    ASSERT(!loop->is_turning);
    loop->is_turning = true;
    bool may_wait = wait_us != 0 && list_is_empty(&loop->deferred);
    if (may_wait)
        may_wait = set_alarm(loop, wait_us);
    account_begin(loop);
    /* EVLOOP_NONBLOCK by itself goes on for as long as anything is ready. */
    int result =
        event_base_loop(loop->base, EVLOOP_ONCE | (may_wait ? 0 : EVLOOP_NONBLOCK));
    ASSERT(result >= 0);
    loop_timer_run_due(loop);
    run_posts(loop);
    run_deferred(loop);
    account_end(loop);
    loop->is_turning = false;
}

static void own(struct loop *loop)
{
    atomic_store(&loop->owner, (unsigned long)pthread_self());
}

/* Without locks, since only posts cross threads; without the environment's say. */
static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    ASSERT(config != NULL);
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static void release(struct loop *loop)
{
    if (loop->wake != NULL)
        event_free(loop->wake);
    if (loop->alarm != NULL)
        event_free(loop->alarm);
    if (loop->base != NULL)
        event_base_free(loop->base);
    if (loop->wake_descriptor >= 0)
        close(loop->wake_descriptor);
    pthread_mutex_destroy(&loop->post_lock);
    mem_free(loop->heap);
    mem_free(loop);
}

enum rc loop_new(const char *name, struct loop **loop_out, struct error *err)
{
    struct loop *loop = MEM_NEW(struct loop);
    loop->name = name;
    list_init(&loop->posts);
    list_init(&loop->deferred);
    pthread_mutex_init(&loop->post_lock, NULL);
    own(loop);
    loop->wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->wake_descriptor >= 0)
        loop->base = new_base();
    if (loop->base == NULL) {
        int error_number = errno;
        release(loop);
        return error_set(err, SQLSTATE_INSUFFICIENT_RESOURCES,
                         "could not make an event loop: %s",
                         loop_errno_text(error_number));
    }
    loop->alarm = evtimer_new(loop->base, on_alarm, loop);
    loop->wake =
        event_new(loop->base, loop->wake_descriptor, EV_READ | EV_PERSIST, on_wake, loop);
    ASSERT(loop->alarm != NULL && loop->wake != NULL);
    ASSERT(event_add(loop->wake, NULL) == 0);
    *loop_out = loop;
    return RC_OK;
}

void loop_free(struct loop **loop)
{
    struct loop *ended = *loop;
    if (ended == NULL)
        return;
    LOOP_OWNS(ended);
    ASSERT(!ended->is_turning && !ended->has_thread);
    while (has_posts(ended) || !list_is_empty(&ended->deferred)) {
        run_posts(ended);
        run_deferred(ended);
    }
    ASSERT(ended->timer_count == 0);
    ASSERT(ended->watch_count == 0);
    ASSERT(atomic_load(&ended->job_count) == 0);
    release(ended);
    *loop = NULL; /* last: what was left over may have used it */
}

void loop_run(struct loop *loop)
{
    own(loop);
    while (!atomic_load(&loop->is_stopping))
        turn(loop, -1);
    atomic_store(&loop->is_stopping, false);
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->is_stopping, true);
    wake_up(loop);
}

void loop_turn(struct loop *loop, struct ms wait_at_most)
{
    LOOP_OWNS(loop);
    if (wait_at_most.count <= 0)
        turn(loop, 0);
    else if (wait_at_most.count > INT64_MAX / 1000)
        turn(loop, -1);
    else
        turn(loop, wait_at_most.count * 1000);
}

const char *loop_name(const struct loop *loop)
{
    return loop->name;
}

static void *thread_main(void *argument)
{
    struct loop *loop = argument;
    char name[THREAD_NAME_SIZE];
    snprintf(name, sizeof(name), "%s", loop->name);
    pthread_setname_np(pthread_self(), name);
    loop_run(loop);
    return NULL;
}

enum rc loop_thread_start(struct loop *loop, size_t stack_size, struct error *err)
{
    LOOP_OWNS(loop);
    ASSERT(!loop->has_thread && !loop->is_turning);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int result = pthread_attr_setstacksize(&attributes, stack_size == 0 ? LOOP_STACK_SIZE
                                                                        : stack_size);
    ASSERT(result == 0);
    atomic_store(&loop->owner, 0);
    result = pthread_create(&loop->thread, &attributes, thread_main, loop);
    pthread_attr_destroy(&attributes);
    if (result != 0) {
        own(loop);
        return error_set(err, SQLSTATE_INSUFFICIENT_RESOURCES,
                         "could not start a thread: %s", loop_errno_text(result));
    }
    loop->has_thread = true;
    return RC_OK;
}

void loop_thread_join(struct loop *loop)
{
    if (!loop->has_thread)
        return;
    int result = pthread_join(loop->thread, NULL);
    ASSERT(result == 0);
    loop->has_thread = false;
    own(loop);
}

void loop_post_named(struct loop *loop, const char *name, void (*function)(void *),
                     void *argument)
{
    struct post *post = MEM_NEW(struct post);
    post->name = name;
    post->function = function;
    post->argument = argument;
    pthread_mutex_lock(&loop->post_lock);
    bool was_empty = list_is_empty(&loop->posts);
    list_append(&loop->posts, &post->link);
    /* Under the lock: once it is released, the loop may run the post and end. */
    if (was_empty)
        wake_up(loop);
    pthread_mutex_unlock(&loop->post_lock);
}

void loop_deferred_init(struct loop_deferred *deferred, const char *name,
                        void (*function)(void *), void *argument)
{
    *deferred =
        (struct loop_deferred){.function = function, .argument = argument, .name = name};
}

void loop_defer(struct loop *loop, struct loop_deferred *deferred)
{
    LOOP_OWNS(loop);
    if (!list_is_linked(&deferred->link))
        list_append(&loop->deferred, &deferred->link);
}

void loop_deferred_cancel(struct loop_deferred *deferred)
{
    list_remove(&deferred->link);
}

void loop_assert_owner(const struct loop *loop, const char *function)
{
    if (atomic_load(&loop->owner) == (unsigned long)pthread_self())
        return;
    assert_failed("the calling thread owns the loop", loop->name, 0, function);
}
