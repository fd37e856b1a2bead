#ifndef STORE_TRANSACTION_INTERNAL_H
#define STORE_TRANSACTION_INTERNAL_H

#include "base/list.h"
#include "store/condition_internal.h"
#include "store/lock_internal.h"
#include "store/overlay_internal.h"
#include "store/snapshot_internal.h"
#include "store/transaction.h"
#include "store/writer.h"

struct counter_claim;

struct store_transaction {
    struct store *store;
    enum store_isolation isolation;
    uint64_t id;
    struct snapshot *snapshot; /* NULL between statements and before the first read */
    struct overlay overlay;
    unsigned cursor_count;
    struct condition_list conditions;
    struct read_set reads; /* SERIALIZABLE only */
    struct lock_owner owner;
    struct counter_claim *claims;
    uint32_t new_format_version; /* an upgrade's; 0: unchanged */
    struct {                     /* once it was handed to the writer */
        struct list_link link;
        store_commit_done *done;
        void *argument;
        struct error *err; /* NULL: none */
    } commit;
};

/* Takes the snapshot if there is none. */
enum rc transaction_need_snapshot(struct store_transaction *transaction,
                                  struct error *err) MUST_USE;

/* Ends it in all but its locks, which lock_release_all() must have dropped. */
void transaction_free(struct store_transaction **transaction);

/* 54000 for a key that LMDB cannot hold. */
enum rc transaction_check_key(struct bytes key, struct error *err) MUST_USE;

/* 53200; returns RC_LIMIT. */
enum rc transaction_over_limit(const struct store_transaction *transaction,
                               struct error *err) MUST_USE;

#endif
