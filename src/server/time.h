#ifndef SERVER_TIME_H
#define SERVER_TIME_H

#include <stdint.h>

#include "base/clock.h"

/* PostgreSQL counts microseconds from 2000-01-01 UTC, the clock from 1970. */
#define TIME_2000_US INT64_C(946684800000000)

static inline int64_t time_now_us(void)
{
    return clock_wall_us() - TIME_2000_US;
}

#endif
