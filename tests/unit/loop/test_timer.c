/* loop/timer: order, cancelling, arming anew, and the clock that tests move. */
#include "loop/timer.h"
#include "unit/loop/turns.h"

enum { MANY = 500 };

struct fixture {
    struct loop *loop;
    int fired[MANY];
    int fired_count;
};

struct numbered {
    struct loop_timer timer;
    struct fixture *fixture;
    int number;
};

static void on_due(void *argument)
{
    struct numbered *numbered = argument;
    numbered->fixture->fired[numbered->fixture->fired_count++] = numbered->number;
}

static void start(struct numbered *numbered, struct fixture *fixture, int number)
{
    numbered->fixture = fixture;
    numbered->number = number;
    loop_timer_init(&numbered->timer, fixture->loop, "numbered", on_due, numbered);
}

static int teardown(void **state)
{
    (void)state;
    turns_shift(MS(0));
    return 0;
}

static void fires_in_order_of_time_and_arming(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = turns_loop()};
    static const int64_t delays[] = {3000, 1000, 2000, 1000, 0};
    static const int order[] = {4, 1, 3, 2, 0};
    struct numbered timers[5];
    for (int i = 0; i < 5; i++) {
        start(&timers[i], &fixture, i);
        loop_timer_arm(&timers[i].timer, MS(delays[i]));
        assert_true(loop_timer_is_armed(&timers[i].timer));
    }
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.fired_count, 1);
    turns_shift(MS(3100));
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.fired_count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fixture.fired[i], order[i]);
        assert_false(loop_timer_is_armed(&timers[i].timer));
    }
    loop_free(&fixture.loop);
}

static void cancelled_timers_stay_silent(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = turns_loop()};
    uint64_t seed = unit_seed();
    static struct numbered timers[MANY];
    bool is_cancelled[MANY] = {false};
    int64_t delays[MANY];
    for (int i = 0; i < MANY; i++) {
        start(&timers[i], &fixture, i);
        delays[i] = (int64_t)(unit_random(&seed) % 1000);
        loop_timer_arm(&timers[i].timer, MS(1000 + delays[i]));
    }
    int cancelled_count = 0;
    for (int i = 0; i < MANY; i++) {
        if (unit_random(&seed) % 2 != 0)
            continue;
        loop_timer_cancel(&timers[i].timer);
        loop_timer_cancel(&timers[i].timer);
        is_cancelled[i] = true;
        cancelled_count++;
    }
    turns_shift(MS(5000));
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.fired_count, MANY - cancelled_count);
    for (int i = 0; i < fixture.fired_count; i++) {
        assert_false(is_cancelled[fixture.fired[i]]);
        if (i > 0)
            assert_true(delays[fixture.fired[i - 1]] <= delays[fixture.fired[i]]);
    }
    loop_free(&fixture.loop);
}

static void arm_again(void *argument)
{
    struct numbered *numbered = argument;
    on_due(numbered);
    loop_timer_arm(&numbered->timer, MS(0));
}

static void a_timer_of_zero_that_arms_itself_fires_once_a_turn(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = turns_loop()};
    struct numbered numbered = {.fixture = &fixture};
    loop_timer_init(&numbered.timer, fixture.loop, "again", arm_again, &numbered);
    loop_timer_arm(&numbered.timer, MS(-5));
    turns_count(fixture.loop, 3);
    assert_int_equal(fixture.fired_count, 3);
    loop_timer_cancel(&numbered.timer);
    loop_free(&fixture.loop);
}

static void set_flag(void *argument)
{
    *(bool *)argument = true;
}

static void real_time_wakes_a_waiting_loop(void **state)
{
    (void)state;
    struct loop *loop = turns_loop();
    struct loop_timer timer;
    bool is_due = false;
    loop_timer_init(&timer, loop, "short", set_flag, &is_due);
    int64_t before_us = clock_monotonic_us();
    loop_timer_arm(&timer, MS(20));
    while (!is_due)
        loop_turn(loop, SECONDS(10));
    int64_t took_us = clock_monotonic_us() - before_us;
    assert_true(took_us >= INT64_C(20) * 1000);
    assert_true(took_us < INT64_C(5000) * 1000);
    /* No overflow for the longest of all. */
    loop_timer_arm(&timer, MS(INT64_MAX));
    assert_true(loop_timer_is_armed(&timer));
    loop_timer_cancel(&timer);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(fires_in_order_of_time_and_arming, teardown),
        cmocka_unit_test_teardown(cancelled_timers_stay_silent, teardown),
        cmocka_unit_test(a_timer_of_zero_that_arms_itself_fires_once_a_turn),
        cmocka_unit_test(real_time_wakes_a_waiting_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
