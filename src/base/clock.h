#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* A duration. A struct, so that seconds and milliseconds cannot be mixed up. */
struct ms {
    int64_t count;
};

#define MS(number)      ((struct ms){(number)})
#define SECONDS(number) ((struct ms){(int64_t)(number)*1000})

/* Time that never goes back; only differences mean something. Microseconds. */
int64_t clock_monotonic_us(void);

/* Microseconds since 1970-01-01 UTC. */
int64_t clock_wall_us(void);

/* Tests may move both clocks forward; 0 restores real time. */
void clock_shift_for_test(int64_t shift_us);

#endif
