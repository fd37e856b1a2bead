/* The only caller of clock_gettime. */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

#include "base/assert.h"

static _Atomic int64_t test_shift_us;

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    int rc = clock_gettime(id, &now);
    ASSERT(rc == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 +
           atomic_load(&test_shift_us);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

void clock_shift_for_test(int64_t shift_us)
{
    atomic_store(&test_shift_us, shift_us);
}
