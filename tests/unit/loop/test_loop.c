/* loop/loop: posts across threads, deferred calls, slow turns, ownership, threads. */
#include <pthread.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "support/child.h"
#include "unit/loop/turns.h"

enum { THREADS = 4, POSTS = 2000, STACK_SIZE = 256 * 1024 };

struct counter {
    struct loop *loop;
    int next[THREADS]; /* what each thread must post next */
    int count;
    bool is_complete;
};

struct numbered_post {
    struct counter *counter;
    int thread;
    int number;
};

struct poster {
    pthread_t thread;
    struct counter *counter;
    int number;
};

static void on_post(void *argument)
{
    struct numbered_post *post = argument;
    struct counter *counter = post->counter;
    assert_int_equal(counter->next[post->thread], post->number);
    counter->next[post->thread]++;
    counter->is_complete = ++counter->count == THREADS * POSTS;
    mem_free(post);
}

static void *post_many(void *argument)
{
    const struct poster *poster = argument;
    for (int i = 0; i < POSTS; i++) {
        struct numbered_post *post = MEM_NEW(struct numbered_post);
        *post = (struct numbered_post){poster->counter, poster->number, i};
        loop_post(poster->counter->loop, on_post, post);
    }
    return NULL;
}

static void start_posters(struct poster *posters, struct counter *counter)
{
    for (int i = 0; i < THREADS; i++) {
        posters[i].counter = counter;
        posters[i].number = i;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]),
                         0);
    }
}

static void join_posters(const struct poster *posters)
{
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
}

static void posts_arrive_once_and_in_order(void **state)
{
    (void)state;
    struct counter counter = {.loop = turns_loop()};
    struct poster posters[THREADS];
    start_posters(posters, &counter);
    for (int i = 0; i < 10000 && !counter.is_complete; i++)
        loop_turn(counter.loop, SECONDS(10));
    join_posters(posters);
    assert_int_equal(counter.count, THREADS * POSTS);
    loop_free(&counter.loop);
}

static void posts_left_over_are_run_by_free(void **state)
{
    (void)state;
    struct counter counter = {.loop = turns_loop()};
    struct poster posters[THREADS];
    start_posters(posters, &counter);
    join_posters(posters);
    loop_free(&counter.loop);
    assert_true(counter.is_complete);
}

static void a_loop_runs_in_its_thread(void **state)
{
    (void)state;
    struct error err;
    struct counter counter = {.loop = turns_loop()};
    struct poster posters[THREADS];
    for (int round = 0; round < 2; round++) {
        assert_int_equal(loop_thread_start(counter.loop, STACK_SIZE, &err), RC_OK);
        memset(counter.next, 0, sizeof(counter.next));
        start_posters(posters, &counter);
        join_posters(posters);
        loop_stop(counter.loop);
        loop_thread_join(counter.loop);
        loop_thread_join(counter.loop);
        turns_count(counter.loop, 1); /* what came too late for the thread */
        assert_int_equal(counter.count, (round + 1) * THREADS * POSTS);
    }
    assert_string_equal(loop_name(counter.loop), "test");
    loop_free(&counter.loop);
    assert_null(counter.loop);
    loop_free(&counter.loop);
}

static void stopping_before_running_ends_at_once(void **state)
{
    (void)state;
    struct loop *loop = turns_loop();
    loop_stop(loop);
    loop_run(loop);
    loop_free(&loop);
}

struct mortal {
    struct loop *loop;
    struct loop_deferred reap;
    struct loop_timer timer;
    bool *is_gone;
};

static void reap(void *argument)
{
    struct mortal *mortal = argument;
    *mortal->is_gone = true;
    mem_free(mortal);
}

static void on_last_timer(void *argument)
{
    struct mortal *mortal = argument;
    loop_defer(mortal->loop, &mortal->reap);
    loop_defer(mortal->loop, &mortal->reap);
    assert_false(*mortal->is_gone);
}

static void an_object_dies_at_the_end_of_the_turn(void **state)
{
    (void)state;
    struct loop *loop = turns_loop();
    bool is_gone = false;
    struct mortal *mortal = MEM_NEW(struct mortal);
    mortal->loop = loop;
    mortal->is_gone = &is_gone;
    loop_deferred_init(&mortal->reap, "reap", reap, mortal);
    loop_timer_init(&mortal->timer, loop, "last", on_last_timer, mortal);
    loop_timer_arm(&mortal->timer, MS(0));
    turns_count(loop, 1);
    assert_true(is_gone);
    loop_free(&loop);
}

struct repeater {
    struct loop *loop;
    struct loop_deferred again;
    int count;
};

static void repeat(void *argument)
{
    struct repeater *repeater = argument;
    repeater->count++;
    loop_defer(repeater->loop, &repeater->again);
}

static void deferring_in_a_deferred_call_does_not_wait_nor_starve(void **state)
{
    (void)state;
    struct repeater repeater = {.loop = turns_loop()};
    loop_deferred_init(&repeater.again, "again", repeat, &repeater);
    loop_defer(repeater.loop, &repeater.again);
    for (int i = 1; i <= 5; i++) {
        loop_turn(repeater.loop, SECONDS(100));
        assert_int_equal(repeater.count, i);
    }
    loop_deferred_cancel(&repeater.again);
    turns_count(repeater.loop, 2);
    assert_int_equal(repeater.count, 5);
    loop_free(&repeater.loop);
}

static void dawdle(void *argument)
{
    (void)argument;
    turns_shift(MS(250));
}

static void hurry(void *argument)
{
    (void)argument;
}

static void keep_line(void *argument, enum log_level level, enum log_event event,
                      const char *line)
{
    (void)level;
    if (event == EVENT_LOOP_SLOW)
        snprintf(argument, 512, "%s", line);
}

static void a_slow_turn_is_logged_with_its_cause(void **state)
{
    (void)state;
    struct loop *loop = turns_loop();
    char line[512] = "";
    uint64_t before = log_event_count(EVENT_LOOP_SLOW);
    log_set_listener(keep_line, line);
    loop_post(loop, hurry, NULL);
    turns_count(loop, 1);
    assert_int_equal(log_event_count(EVENT_LOOP_SLOW), before);
    loop_post(loop, hurry, NULL);
    loop_post(loop, dawdle, NULL);
    loop_post(loop, hurry, NULL);
    turns_count(loop, 1);
    log_set_listener(NULL, NULL);
    turns_shift(MS(0));
    assert_int_equal(log_event_count(EVENT_LOOP_SLOW), before + 1);
    assert_non_null(strstr(line, "loop=test"));
    assert_non_null(strstr(line, "callback=dawdle"));
    assert_non_null(strstr(line, "callbacks=3"));
    loop_free(&loop);
}

static void *touch_from_elsewhere(void *argument)
{
    LOOP_OWNS(argument);
    return NULL;
}

static void misuse_by_another_thread(void *argument)
{
    pthread_t thread;
    struct loop *loop = turns_loop();
    (void)argument;
    LOOP_OWNS(loop);
    pthread_create(&thread, NULL, touch_from_elsewhere, loop);
    pthread_join(thread, NULL);
}

static void misuse_by_freeing_early(void *argument)
{
    struct loop *loop = turns_loop();
    static struct loop_timer timer;
    (void)argument;
    loop_timer_init(&timer, loop, "left", hurry, NULL);
    loop_timer_arm(&timer, SECONDS(1));
    loop_free(&loop);
}

static void misuse_ends_the_process(void **state)
{
    (void)state;
    assert_true(child_asserts(misuse_by_another_thread, NULL, "owns the loop"));
    assert_true(child_asserts(misuse_by_freeing_early, NULL, "timer_count"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_ends_the_process),
        cmocka_unit_test(posts_arrive_once_and_in_order),
        cmocka_unit_test(posts_left_over_are_run_by_free),
        cmocka_unit_test(a_loop_runs_in_its_thread),
        cmocka_unit_test(stopping_before_running_ends_at_once),
        cmocka_unit_test(an_object_dies_at_the_end_of_the_turn),
        cmocka_unit_test(deferring_in_a_deferred_call_does_not_wait_nor_starve),
        cmocka_unit_test(a_slow_turn_is_logged_with_its_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
