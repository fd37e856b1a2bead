/* loop/signals: the three signals are events, SIGPIPE is nothing. */
#include <signal.h>
#include <unistd.h>

#include "loop/signals.h"
#include "unit/loop/turns.h"

struct seen {
    int numbers[8];
    size_t count;
};

static void on_signal(void *argument, int number)
{
    struct seen *seen = argument;
    seen->numbers[seen->count++] = number;
}

static bool has_seen(const struct seen *seen, int number)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->numbers[i] == number)
            return true;
    return false;
}

static void signals_become_events(void **state)
{
    (void)state;
    struct error err;
    struct seen seen = {.count = 0};
    struct signals *signals = NULL;
    struct loop *loop = turns_loop();
    assert_int_equal(signals_open(loop, on_signal, &seen, &signals, &err), RC_OK);
    assert_int_equal(kill(getpid(), SIGPIPE), 0);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    assert_int_equal(kill(getpid(), SIGINT), 0);
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    turns_count(loop, 1);
    assert_int_equal(seen.count, 3);
    assert_true(has_seen(&seen, SIGTERM) && has_seen(&seen, SIGINT) &&
                has_seen(&seen, SIGHUP));
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    turns_count(loop, 1);
    assert_int_equal(seen.count, 4);
    signals_close(&signals);
    signals_close(&signals);
    assert_int_equal(kill(getpid(), SIGTERM), 0); /* stays blocked */
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signals_become_events)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
