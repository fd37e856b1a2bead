#ifndef STORE_ENVIRONMENT_INTERNAL_H
#define STORE_ENVIRONMENT_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include <lmdb.h>

#include "store/store.h"

/* What the files of this folder share: the open environment. */

struct counter_table;
struct lock_table;
struct snapshot_pool;
struct writer;

struct store {
    MDB_env *environment;
    MDB_dbi database;
    int lock_file; /* holds the flock() while the store is open */
    bool is_new;
    struct store_options options; /* no zeros left */
    uint32_t format_version;
    uint8_t cluster_id[STORE_CLUSTER_ID_LEN];
    _Atomic uint64_t epoch;
    _Atomic uint64_t space_epochs[STORE_SPACE_COUNT];
    _Atomic uint64_t transaction_id; /* the last one given */
    _Atomic size_t transaction_count;
    _Atomic size_t serializable_count;
    _Atomic uint64_t commit_count;
    _Atomic uint64_t write_count;
    struct snapshot_pool *snapshots;
    struct lock_table *locks;
    struct counter_table *counters;
    struct writer *writer;
};

/* The reserved space 0: which record follows. */
enum { STORE_SPACE_RESERVED = 0, STORE_RECORD_FORMAT = 'f', STORE_RECORD_COUNTER = 'c' };

/* Opens directory, lock and environment and reads the reserved record, making it in a new
 * store. Starts nothing. On failure everything that was opened is closed again. */
enum rc environment_open(struct store *store, const char *path,
                         struct error *err) MUST_USE;
void environment_close(struct store *store);

/* Writes the reserved record; an LMDB code. */
int environment_put_format(struct store *store, MDB_txn *txn, uint32_t version);

/* Pages on the list of free ones, as the transaction sees it; an LMDB code. */
int environment_count_free(MDB_txn *txn, uint64_t *count_out);

/* LMDB wants pointers to what it does not change as if it did. */
static inline MDB_val environment_value(struct bytes bytes)
{
    MDB_val value = {.mv_size = bytes.len, .mv_data = NULL};
    memcpy(&value.mv_data, &bytes.at, sizeof(value.mv_data));
    return value;
}

static inline struct bytes environment_bytes(MDB_val value)
{
    return bytes_of(value.mv_size == 0 ? "" : value.mv_data, value.mv_size);
}

/* Turns an LMDB code, not 0, into an error: "could not <what>: <reason>". Logs what an
 * operator must see. Always RC_FAILED. */
enum rc environment_error(struct error *err, int code, const char *what);

/* The same for a failed write: knows a full disk by its free space, too. */
enum rc environment_write_error(const struct store *store, struct error *err, int code);

#endif
