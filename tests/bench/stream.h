#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

/* What the two ends of a measured stream say to each other, and the bytes they make. For
 * the programs of this folder only.
 *
 * A client sends requests one after the other in one stream. TAKE: `len` bytes follow,
 * the target answers their sum. GIVE: the target sends `len` bytes, then their sum.
 * ECHO: the next `len` bytes come back. Both ends make the same bytes from `seed`, so
 * each can tell a wrong one; every block differs from every other. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include "base/hash.h"
#include "base/memory.h"

enum stream_action { STREAM_TAKE = 1, STREAM_GIVE, STREAM_ECHO };

struct stream_request {
    uint64_t action; /* enum stream_action */
    uint64_t len;    /* of TAKE and GIVE: a multiple of STREAM_BLOCK */
    uint64_t seed;
};

enum { STREAM_BLOCK = 256 * 1024 };

static inline int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline bool send_all(int descriptor, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    while (len > 0) {
        ssize_t sent = send(descriptor, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static inline bool receive_all(int descriptor, void *to, size_t len)
{
    uint8_t *bytes = to;
    while (len > 0) {
        ssize_t got = recv(descriptor, bytes, len, 0);
        if (got <= 0)
            return false;
        bytes += got;
        len -= (size_t)got;
    }
    return true;
}

/* xorshift64 (Marsaglia, 2003). */
static inline void block_fill(uint8_t *block, uint64_t seed)
{
    uint64_t state = seed | 1;
    for (size_t at = 0; at < STREAM_BLOCK; at += sizeof(state)) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(block + at, &state, sizeof(state));
    }
}

static inline uint64_t block_sum(const uint8_t *block, uint64_t sum_before)
{
    return hash_bytes(bytes_of(block, STREAM_BLOCK), sum_before);
}

/* Sends `len` bytes; false when the stream is cut. */
static inline bool stream_send(int descriptor, uint64_t len, uint64_t seed,
                               uint64_t *sum_out)
{
    uint8_t *block = mem_alloc(STREAM_BLOCK);
    uint64_t sum = 0;
    bool is_whole = true;
    block_fill(block, seed);
    for (uint64_t number = 0; number < len / STREAM_BLOCK && is_whole; number++) {
        memcpy(block, &number, sizeof(number));
        sum = block_sum(block, sum);
        is_whole = send_all(descriptor, block, STREAM_BLOCK);
    }
    mem_free(block);
    *sum_out = sum;
    return is_whole;
}

/* Receives `len` bytes; false when the stream is cut. */
static inline bool stream_receive(int descriptor, uint64_t len, uint64_t *sum_out)
{
    uint8_t *block = mem_alloc(STREAM_BLOCK);
    uint64_t sum = 0;
    bool is_whole = true;
    for (uint64_t number = 0; number < len / STREAM_BLOCK && is_whole; number++) {
        is_whole = receive_all(descriptor, block, STREAM_BLOCK);
        sum = block_sum(block, sum);
    }
    mem_free(block);
    *sum_out = sum;
    return is_whole;
}

#endif
