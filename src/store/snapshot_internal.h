#ifndef STORE_SNAPSHOT_INTERNAL_H
#define STORE_SNAPSHOT_INTERNAL_H

#include "base/list.h"
#include "store/environment_internal.h"

/* LMDB's read transactions, reset and renewed instead of made anew: each keeps its reader
 * slot. The pool may be used from any thread, one snapshot by one thread at a time. */
struct snapshot {
    struct list_link link; /* in the pool's list of used or of idle ones */
    MDB_txn *txn;
    uint64_t epoch; /* the last write that it shows */
    uint64_t transaction_id;
    int64_t since_us;
    unsigned reference_count;
};

struct snapshot_pool *snapshot_pool_new(struct store *store);
void snapshot_pool_free(struct snapshot_pool **pool);

/* The newest state, with one reference. 53300 when every slot is in use. */
enum rc snapshot_take(struct snapshot_pool *pool, uint64_t transaction_id,
                      struct snapshot **snapshot_out, struct error *err) MUST_USE;

static inline struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
    snapshot->reference_count++;
    return snapshot;
}

/* Accepts NULL; clears. */
void snapshot_unref(struct snapshot_pool *pool, struct snapshot **snapshot);

/* RC_NOTFOUND without an error set. */
enum rc snapshot_get(struct store *store, const struct snapshot *snapshot,
                     struct bytes key, struct bytes *value_out,
                     struct error *err) MUST_USE;

unsigned snapshot_pool_used(struct snapshot_pool *pool, int64_t *oldest_us_out);

#endif
