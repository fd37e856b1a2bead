#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

/* cmocka with what its header forgets to include, and what unit tests share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A small generator with a seed, so that a failing run can be repeated: the seed is
 * printed, and CULVERT_SEED sets it. xorshift64* (Vigna, 2014). */
static inline uint64_t unit_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(0x2545F4914F6CDD1D);
}

static inline uint64_t unit_seed(void)
{
    const char *given = getenv("CULVERT_SEED");
    uint64_t seed = given == NULL
                        ? (uint64_t)(uintptr_t)&given ^ UINT64_C(0x9E3779B97F4A7C15)
                        : strtoull(given, NULL, 10);
    if (seed == 0)
        seed = 1;
    print_message("CULVERT_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* Bytes from hexadecimal digits; returns how many. `out` must be large enough. */
static inline size_t unit_hex(const char *digits, uint8_t *out)
{
    size_t len = strlen(digits) / 2;
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return len;
}

#endif
