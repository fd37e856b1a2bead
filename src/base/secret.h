#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/bytes.h"
#include "base/rc.h"

struct error;

/* A password or private key in memory: in a bounded pool of its own that is locked
 * against swapping (where the system lets us), left out of core dumps, and wiped on free.
 * A secret has no printing function, and nothing may write one. */
struct secret;

/* `len` is in bytes. RC_LIMIT (53200) when the pool is full; error filled. */
enum rc secret_new(size_t len, struct secret **secret_out, struct error *err) MUST_USE;
enum rc secret_copy(struct bytes value, struct secret **secret_out,
                    struct error *err) MUST_USE;

/* Another holder of the same secret; each holder frees it. Thread-safe. */
struct secret *secret_ref(struct secret *secret);

/* Wipes when the last holder lets go. Accepts NULL. */
void secret_free(struct secret **secret);

/* Valid as long as the caller holds the secret. A NUL stands behind the last byte. */
struct bytes secret_bytes(const struct secret *secret);
uint8_t *secret_fill(struct secret *secret); /* where the maker writes it */

/* Constant in time for equal lengths. */
bool secret_equal(struct bytes a, struct bytes b);

/* Wipes a caller's own copy; never optimised away. */
void secret_wipe(void *memory, size_t len);

/* Pool size in bytes, how much is in use, and whether all of it could be locked. */
struct secret_pool_state {
    size_t size;
    size_t used;
    bool locked;
};
struct secret_pool_state secret_pool_state(void);

#endif
