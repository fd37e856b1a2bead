/* base/clock and base/random: time goes on and can be moved; numbers are spread evenly.
 */
#include "base/clock.h"
#include "base/random.h"
#include "support/child.h"
#include "support/unit.h"

static void monotonic_time_never_goes_back(void **state)
{
    (void)state;
    int64_t last_us = clock_monotonic_us();
    for (int i = 0; i < 100000; i++) {
        int64_t now_us = clock_monotonic_us();
        assert_true(now_us >= last_us);
        last_us = now_us;
    }
}

static void wall_time_is_after_this_was_written(void **state)
{
    (void)state;
    /* 2024-01-01, and a century later. */
    assert_true(clock_wall_us() > INT64_C(1704067200) * 1000000);
    assert_true(clock_wall_us() < INT64_C(4859740800) * 1000000);
}

static void tests_may_move_both_clocks(void **state)
{
    (void)state;
    int64_t wall_us = clock_wall_us();
    int64_t monotonic_us = clock_monotonic_us();
    clock_shift_for_test(SECONDS(3600).count * 1000);
    assert_true(clock_wall_us() - wall_us >= INT64_C(3600000000));
    assert_true(clock_monotonic_us() - monotonic_us >= INT64_C(3600000000));
    clock_shift_for_test(0);
    assert_true(clock_wall_us() - wall_us < INT64_C(3600000000));
    assert_int_equal(MS(250).count, 250);
}

static void random_numbers_stay_below_and_are_spread(void **state)
{
    (void)state;
    enum { BOUND = 10, DRAWS = 20000 };
    int counts[BOUND] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t number = random_below(BOUND);
        assert_true(number < BOUND);
        counts[number]++;
    }
    /* Mean 2,000, deviation 42: past ten deviations it is no accident. */
    for (int i = 0; i < BOUND; i++)
        assert_in_range(counts[i], 2000 - 430, 2000 + 430);
    assert_true(random_below(1) == 0);
    assert_true(random_below(UINT64_MAX) < UINT64_MAX);
}

static void random_bytes_fill_all_that_was_asked(void **state)
{
    (void)state;
    uint8_t once[1000];
    uint8_t ever[1000] = {0};
    for (int i = 0; i < 16; i++) {
        random_fill(once, sizeof(once));
        for (size_t at = 0; at < sizeof(once); at++)
            ever[at] |= once[at];
    }
    for (size_t at = 0; at < sizeof(ever); at++)
        assert_int_not_equal(ever[at], 0);
    random_fill(once, 0);
    assert_true(random_u64() != random_u64());
}

static void ask_below_nothing(void *argument)
{
    (void)argument;
    random_below(0);
}

static void a_bound_of_nothing_ends_the_process(void **state)
{
    (void)state;
    assert_true(child_asserts(ask_below_nothing, NULL, "random_below"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_never_goes_back),
        cmocka_unit_test(wall_time_is_after_this_was_written),
        cmocka_unit_test(tests_may_move_both_clocks),
        cmocka_unit_test(random_numbers_stay_below_and_are_spread),
        cmocka_unit_test(random_bytes_fill_all_that_was_asked),
        cmocka_unit_test(a_bound_of_nothing_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
