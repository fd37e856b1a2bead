#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

/* One store: a directory with one LMDB environment, in it one ordered key space. The
 * first byte of a key is its key space; space 0 belongs to the store itself
 * (docs/FORMAT.md).
 *
 * Everything in this header may be called from any thread. Bytes are read in a
 * transaction (transaction.h) and changed by handing the transaction to the writer
 * (writer.h). */
struct store;
struct store_transaction;

enum {
    STORE_KEY_MAX = 511, /* bytes; LMDB's limit */
    STORE_CLUSTER_ID_LEN = 16,
    STORE_SPACE_COUNT = 256,
};

/* One step of the on-disk format. Entry i of the list takes version i + 1 to i + 2; it
 * reads and edits in the transaction, which is committed together with the new version. A
 * step that fails leaves the version before it. */
struct store_upgrade {
    const char *name; /* for the log */
    enum rc (*run)(struct store_transaction *transaction, struct error *err);
};

/* Zero means the default everywhere. */
struct store_options {
    size_t map_size;        /* bytes of address space; the file grows sparsely. 64 GiB */
    unsigned max_snapshots; /* reader slots: 2,048 */
    size_t overlay_limit;   /* bytes of uncommitted changes per transaction: 256 MiB */
    size_t lock_limit;      /* locks held by all transactions together: 1,000,000 */
    bool must_exist;        /* refuse to create a store */
    bool must_be_current;   /* refuse to upgrade one */
    /* All upgrades ever, oldest first. A new store has version upgrade_count + 1. The
     * list must outlive the call. */
    const struct store_upgrade *upgrades;
    size_t upgrade_count;
};

/* Opens, and creates when absent, the directory `path` (mode 0700; its parent must exist)
 * and starts the writer's thread. `options` may be NULL. Fails with 55006 when another
 * process, or this one, has it open; 55000 when its format is newer than this program or
 * it is no store; 58030 or 53100 when the disk fails. */
enum rc store_open(const char *path, const struct store_options *options,
                   struct store **store_out, struct error *err) MUST_USE;

/* Lands every queued commit, stops the writer and closes. Every transaction must have
 * ended: one that is left is our bug. Accepts NULL in *store and clears it. */
void store_close(struct store **store);

/* Random, made with the store and never changed; lives as long as the store. */
struct bytes store_cluster_id(const struct store *store);

uint32_t store_format_version(const struct store *store);

/* Number of the last write that is on disk: grows with each group of commits, also across
 * restarts. */
uint64_t store_epoch(const struct store *store);

/* Number of the last write that changed the key space, or of the store's last write
 * before it was opened. It is raised just before that write becomes visible: what was
 * read in a snapshot may be cached under it only as store_transaction_epoch() says. */
uint64_t store_space_epoch(const struct store *store, uint8_t space);

struct store_statistics {
    uint64_t commit_count; /* transactions landed since opening, but for empty ones */
    uint64_t write_count;  /* LMDB write transactions, one sync each */
    uint64_t entry_count;  /* keys */
    size_t page_size;      /* bytes */
    uint64_t page_count;   /* of the file */
    uint64_t free_page_count;
    uint64_t map_size;       /* bytes */
    unsigned snapshot_count; /* in use now */
    unsigned snapshot_limit;
    int64_t oldest_snapshot_us; /* age; 0: there is none */
    uint64_t lock_count;
};

/* Walks the list of free pages, so not for a hot path. Takes a snapshot: 53300. */
enum rc store_statistics_read(struct store *store, struct store_statistics *out,
                              struct error *err) MUST_USE;

/* Calls back for each snapshot in use, in no order: its transaction's number, the epoch
 * that it shows and its age. Called under a lock of the store: the callback must not call
 * into the store. */
void store_each_snapshot(struct store *store,
                         void (*visit)(void *argument, uint64_t transaction_id,
                                       uint64_t epoch, int64_t age_us),
                         void *argument);

#endif
