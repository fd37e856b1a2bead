#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/bytes.h"

/* XXH3, 64 bits: for tables in memory. Never stored, so that it may change. Where a peer
 * chooses the keys, the seed must be random. */
uint64_t hash_bytes(struct bytes bytes, uint64_t seed);

#endif
