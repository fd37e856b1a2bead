/* The pool of read transactions. */
#include <pthread.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/snapshot_internal.h"

struct snapshot_pool {
    struct store *store;
    pthread_mutex_t mutex;
    struct list_link used;
    struct list_link idle;
    unsigned used_count;
    unsigned count;
};

struct snapshot_pool *snapshot_pool_new(struct store *store)
{
    struct snapshot_pool *pool = MEM_NEW(struct snapshot_pool);

    pool->store = store;
    pthread_mutex_init(&pool->mutex, NULL);
    list_init(&pool->used);
    list_init(&pool->idle);
    return pool;
}

void snapshot_pool_free(struct snapshot_pool **pool)
{
    if (*pool == NULL)
        return;
    ASSERT(list_is_empty(&(*pool)->used));
    LIST_FOR_EACH(&(*pool)->idle, link)
    {
        struct snapshot *snapshot = LIST_ENTRY(link, struct snapshot, link);
        list_remove(link);
        mdb_txn_abort(snapshot->txn);
        mem_free(snapshot);
    }
    pthread_mutex_destroy(&(*pool)->mutex);
    mem_free(*pool);
    *pool = NULL;
}

/* An idle one, or one more; NULL with *code_out when LMDB has no slot. */
static struct snapshot *renew(struct snapshot_pool *pool, int *code_out)
{
    if (!list_is_empty(&pool->idle)) {
        struct snapshot *snapshot = LIST_ENTRY(pool->idle.next, struct snapshot, link);
        *code_out = mdb_txn_renew(snapshot->txn);
        if (*code_out != 0)
            return NULL;
        list_remove(&snapshot->link);
        return snapshot;
    }
    MDB_txn *txn = NULL;
    *code_out = pool->count >= pool->store->options.max_snapshots
                    ? MDB_READERS_FULL
                    : mdb_txn_begin(pool->store->environment, NULL, MDB_RDONLY, &txn);
    if (*code_out != 0)
        return NULL;
    struct snapshot *snapshot = MEM_NEW(struct snapshot);
    snapshot->txn = txn;
    pool->count++;
    return snapshot;
}

enum rc snapshot_take(struct snapshot_pool *pool, uint64_t transaction_id,
                      struct snapshot **snapshot_out, struct error *err)
{
    int code = 0;

    pthread_mutex_lock(&pool->mutex);
    struct snapshot *snapshot = renew(pool, &code);
    if (snapshot != NULL) {
        snapshot->epoch = mdb_txn_id(snapshot->txn);
        snapshot->transaction_id = transaction_id;
        snapshot->since_us = clock_monotonic_us();
        snapshot->reference_count = 1;
        list_append(&pool->used, &snapshot->link);
        pool->used_count++;
    }
    pthread_mutex_unlock(&pool->mutex);
    *snapshot_out = snapshot;
    if (snapshot != NULL)
        return RC_OK;
    if (code != MDB_READERS_FULL)
        return environment_error(err, code, "take a snapshot");
    error_set(err, SQLSTATE_TOO_MANY_CONNECTIONS, "too many snapshots are in use");
    return error_detail(err, "The store serves %u statements at a time.",
                        pool->store->options.max_snapshots);
}

void snapshot_unref(struct snapshot_pool *pool, struct snapshot **snapshot)
{
    struct snapshot *ended = *snapshot;

    *snapshot = NULL;
    if (ended == NULL || --ended->reference_count != 0)
        return;
    pthread_mutex_lock(&pool->mutex);
    mdb_txn_reset(ended->txn);
    list_remove(&ended->link);
    list_append(&pool->idle, &ended->link);
    pool->used_count--;
    pthread_mutex_unlock(&pool->mutex);
}

enum rc snapshot_get(struct store *store, const struct snapshot *snapshot,
                     struct bytes key, struct bytes *value_out, struct error *err)
{
    MDB_val name = environment_value(key);
    MDB_val value;
    int code = mdb_get(snapshot->txn, store->database, &name, &value);

    if (code == MDB_NOTFOUND)
        return RC_NOTFOUND;
    if (code != 0)
        return environment_error(err, code, "read from the store");
    *value_out = environment_bytes(value);
    return RC_OK;
}

unsigned snapshot_pool_used(struct snapshot_pool *pool, int64_t *oldest_us_out)
{
    int64_t now = clock_monotonic_us();

    *oldest_us_out = 0;
    pthread_mutex_lock(&pool->mutex);
    LIST_FOR_EACH(&pool->used, link)
    {
        int64_t age = now - LIST_ENTRY(link, struct snapshot, link)->since_us;
        if (age > *oldest_us_out)
            *oldest_us_out = age;
    }
    unsigned count = pool->used_count;
    pthread_mutex_unlock(&pool->mutex);
    return count;
}

void store_each_snapshot(struct store *store,
                         void (*visit)(void *argument, uint64_t transaction_id,
                                       uint64_t epoch, int64_t age_us),
                         void *argument)
{
    struct snapshot_pool *pool = store->snapshots;
    int64_t now = clock_monotonic_us();

    pthread_mutex_lock(&pool->mutex);
    LIST_FOR_EACH(&pool->used, link)
    {
        struct snapshot *snapshot = LIST_ENTRY(link, struct snapshot, link);
        visit(argument, snapshot->transaction_id, snapshot->epoch,
              now - snapshot->since_us);
    }
    pthread_mutex_unlock(&pool->mutex);
}
