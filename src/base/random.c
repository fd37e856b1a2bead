/* See the header. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/assert.h"

void random_fill(void *out, size_t len)
{
    uint8_t *at = out;
    while (len != 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        ASSERT(got > 0);
        at += got;
        len -= (size_t)got;
    }
}

uint64_t random_u64(void)
{
    uint64_t number;
    random_fill(&number, sizeof(number));
    return number;
}

uint64_t random_below(uint64_t bound)
{
    ASSERT(bound != 0);
    /* Numbers past the last whole multiple of the bound would favour small results. */
    uint64_t past = UINT64_MAX - UINT64_MAX % bound;
    uint64_t number;
    do {
        number = random_u64();
    } while (number >= past);
    return number % bound;
}
