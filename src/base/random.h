#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Bytes from the kernel's generator, good for keys. */
void random_fill(void *out, size_t len);
uint64_t random_u64(void);

/* Uniform in 0 .. bound-1; the bound must not be 0. */
uint64_t random_below(uint64_t bound);

#endif
