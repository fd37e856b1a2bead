/* Opening, upgrading and closing a store; its numbers. */
#include "store/store.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/counter_internal.h"
#include "store/transaction_internal.h"
#include "store/writer_internal.h"

enum { DEFAULT_SNAPSHOTS = 2048, DEFAULT_LOCKS = 1000000 };

static struct store_options fill_options(const struct store_options *given)
{
    struct store_options options = given == NULL ? (struct store_options){0} : *given;

    if (options.map_size == 0)
        options.map_size = (size_t)64 << 30;
    if (options.max_snapshots == 0)
        options.max_snapshots = DEFAULT_SNAPSHOTS;
    if (options.overlay_limit == 0)
        options.overlay_limit = (size_t)256 << 20;
    if (options.lock_limit == 0)
        options.lock_limit = DEFAULT_LOCKS;
    return options;
}

static enum rc run_upgrade(struct store *store, const struct store_upgrade *upgrade,
                           struct error *err)
{
    struct store_transaction *transaction =
        store_transaction_begin(store, STORE_READ_COMMITTED);
    uint32_t version = store->format_version + 1;

    enum rc rc = upgrade->run(transaction, err);
    if (rc != RC_OK) {
        store_transaction_abort(&transaction);
    } else {
        transaction->new_format_version = version;
        rc = store_commit_wait(&transaction, err);
    }
    if (rc != RC_OK) {
        error_context(err, "could not upgrade the store to format version %u",
                      (unsigned)version);
        return RC_FAILED;
    }
    store->format_version = version;
    LOG(LOG_INFO, STORE_UPGRADED, "version=%u step=\"%s\"", (unsigned)version,
        upgrade->name);
    return RC_OK;
}

static enum rc upgrade(struct store *store, struct error *err)
{
    while (store->format_version <= store->options.upgrade_count)
        TRY(run_upgrade(store, &store->options.upgrades[store->format_version - 1], err));
    return RC_OK;
}

enum rc store_open(const char *path, const struct store_options *options,
                   struct store **store_out, struct error *err)
{
    struct store *store = MEM_NEW(struct store);

    *store_out = NULL;
    store->options = fill_options(options);
    enum rc rc = environment_open(store, path, err);
    if (rc != RC_OK) {
        mem_free(store);
        return rc;
    }
    store->snapshots = snapshot_pool_new(store);
    store->locks = lock_table_new(store->options.lock_limit);
    store->counters = counter_table_new();
    rc = writer_start(store, err);
    if (rc == RC_OK)
        rc = upgrade(store, err);
    if (rc != RC_OK) {
        store_close(&store);
        return rc;
    }
    if (store->is_new)
        LOG(LOG_INFO, STORE_CREATED, "path=\"%s\" version=%u", path,
            (unsigned)store->format_version);
    LOG(LOG_INFO, STORE_OPENED, "path=\"%s\" version=%u", path,
        (unsigned)store->format_version);
    store->options.upgrades = NULL;
    *store_out = store;
    return RC_OK;
}

void store_close(struct store **store)
{
    struct store *closed = *store;

    *store = NULL;
    if (closed == NULL)
        return;
    writer_stop(closed);
    ASSERT(atomic_load(&closed->transaction_count) == 0);
    snapshot_pool_free(&closed->snapshots);
    lock_table_free(&closed->locks);
    counter_table_free(&closed->counters);
    environment_close(closed);
    mem_free(closed);
}

struct bytes store_cluster_id(const struct store *store)
{
    return bytes_of(store->cluster_id, sizeof(store->cluster_id));
}

uint32_t store_format_version(const struct store *store)
{
    return store->format_version;
}

uint64_t store_epoch(const struct store *store)
{
    return atomic_load(&store->epoch);
}

uint64_t store_space_epoch(const struct store *store, uint8_t space)
{
    return atomic_load(&store->space_epochs[space]);
}

static int read_pages(const struct store *store, const struct snapshot *snapshot,
                      struct store_statistics *out)
{
    MDB_stat database;
    MDB_envinfo information;
    int code = mdb_stat(snapshot->txn, store->database, &database);

    if (code == 0)
        code = mdb_env_info(store->environment, &information);
    if (code == 0)
        code = environment_count_free(snapshot->txn, &out->free_page_count);
    if (code != 0)
        return code;
    out->entry_count = database.ms_entries;
    out->page_size = database.ms_psize;
    out->page_count = information.me_last_pgno + 1;
    out->map_size = information.me_mapsize;
    return 0;
}

enum rc store_statistics_read(struct store *store, struct store_statistics *out,
                              struct error *err)
{
    struct snapshot *snapshot = NULL;

    *out = (struct store_statistics){0};
    out->snapshot_count = snapshot_pool_used(store->snapshots, &out->oldest_snapshot_us);
    TRY(snapshot_take(store->snapshots, 0, &snapshot, err));
    int code = read_pages(store, snapshot, out);
    snapshot_unref(store->snapshots, &snapshot);
    if (code != 0)
        return environment_error(err, code, "read from the store");
    out->commit_count = atomic_load(&store->commit_count);
    out->write_count = atomic_load(&store->write_count);
    out->snapshot_limit = store->options.max_snapshots;
    out->lock_count = lock_table_count(store->locks);
    return RC_OK;
}
