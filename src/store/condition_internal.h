#ifndef STORE_CONDITION_INTERNAL_H
#define STORE_CONDITION_INTERNAL_H

#include "base/crypto.h"
#include "store/environment_internal.h"
#include "store/history_internal.h"

/* What must still hold when the writer lands a transaction. */

/* What a statement expects of a key in the committed state; newest first. */
struct condition {
    struct condition *older;
    size_t size;
    bool is_absent;
    uint8_t digest[CRYPTO_SHA256_LEN]; /* of the value, when not absent */
    size_t key_len;
    uint8_t key[];
};

struct condition_list {
    struct condition *newest;
    size_t count;
};

/* What a SERIALIZABLE transaction has read: ranges of keys, lower <= key < upper. */
struct read_range {
    uint8_t *lower; /* one allocation for both bounds */
    size_t lower_len;
    uint8_t *upper;
    size_t upper_len; /* 0: no bound */
};

enum { READ_RANGES_MAX = 10000 };

struct read_set {
    struct read_range *ranges;
    size_t count;
    size_t capacity;
    bool is_everything; /* too many ranges: any change counts as a conflict */
};

void read_set_add(struct read_set *reads, struct bytes lower, struct bytes upper);
void read_set_add_key(struct read_set *reads, struct bytes key);

/* Puts the ranges in order and joins those that overlap, for read_set_holds(). */
void read_set_sort(struct read_set *reads);
bool read_set_holds(const struct read_set *reads, struct bytes key);
void read_set_fini(struct read_set *reads);

void condition_drop_to(struct store_transaction *transaction, size_t count);

/* Tests everything inside the write transaction. RC_FAILED: 40001, or the disk's error.
 */
enum rc condition_check(struct store_transaction *transaction, MDB_txn *txn,
                        const struct history *history, struct error *err) MUST_USE;

#endif
