/* Conditions of a commit: expected keys, edits on an old snapshot, and what was read. */
#include <stdlib.h>

#include "base/crypto.h"
#include "base/memory.h"
#include "store/condition_internal.h"
#include "store/transaction_internal.h"

static enum rc conflict(struct error *err)
{
    return error_set(err, SQLSTATE_SERIALIZATION_FAILURE,
                     "could not serialize access due to concurrent update");
}

/* ---- what was read ---- */

void read_set_add(struct read_set *reads, struct bytes lower, struct bytes upper)
{
    if (reads->is_everything)
        return;
    if (reads->count == READ_RANGES_MAX) {
        read_set_fini(reads);
        reads->is_everything = true;
        return;
    }
    if (reads->count == reads->capacity) {
        reads->capacity = reads->capacity == 0 ? 16 : reads->capacity * 2;
        reads->ranges =
            mem_resize(reads->ranges, reads->capacity * sizeof(struct read_range));
    }
    uint8_t *bounds = mem_alloc(lower.len + upper.len + 1);
    if (lower.len != 0)
        memcpy(bounds, lower.at, lower.len);
    if (upper.len != 0)
        memcpy(bounds + lower.len, upper.at, upper.len);
    reads->ranges[reads->count++] =
        (struct read_range){bounds, lower.len, bounds + lower.len, upper.len};
}

void read_set_add_key(struct read_set *reads, struct bytes key)
{
    uint8_t after[STORE_KEY_MAX + 1] = {0};

    /* The key with a zero byte behind it is the next key in byte order. */
    size_t len = key.len > STORE_KEY_MAX ? STORE_KEY_MAX : key.len;
    memcpy(after, key.at, len);
    read_set_add(reads, bytes_of(after, len), bytes_of(after, len + 1));
}

static struct bytes lower_of(const struct read_range *range)
{
    return bytes_of(range->lower, range->lower_len);
}

static int compare_ranges(const void *a, const void *b)
{
    return bytes_compare(lower_of(a), lower_of(b));
}

/* An upper bound that is absent is above all. */
static bool ends_after(const struct read_range *range, struct bytes key)
{
    return range->upper_len == 0 ||
           bytes_compare(bytes_of(range->upper, range->upper_len), key) > 0;
}

static void join(struct read_range *into, struct read_range *range)
{
    bool is_longer = into->upper_len != 0 &&
                     (range->upper_len == 0 ||
                      bytes_compare(bytes_of(range->upper, range->upper_len),
                                    bytes_of(into->upper, into->upper_len)) > 0);
    if (is_longer) {
        uint8_t *bounds = mem_alloc(into->lower_len + range->upper_len + 1);
        if (into->lower_len != 0)
            memcpy(bounds, into->lower, into->lower_len);
        if (range->upper_len != 0)
            memcpy(bounds + into->lower_len, range->upper, range->upper_len);
        mem_free(into->lower);
        into->lower = bounds;
        into->upper = bounds + into->lower_len;
        into->upper_len = range->upper_len;
    }
    mem_free(range->lower);
}

void read_set_sort(struct read_set *reads)
{
    size_t kept = 0;

    if (reads->count == 0)
        return;
    qsort(reads->ranges, reads->count, sizeof(struct read_range), compare_ranges);
    for (size_t i = 1; i < reads->count; i++) {
        if (ends_after(&reads->ranges[kept], lower_of(&reads->ranges[i])))
            join(&reads->ranges[kept], &reads->ranges[i]);
        else
            reads->ranges[++kept] = reads->ranges[i];
    }
    reads->count = kept + 1;
}

bool read_set_holds(const struct read_set *reads, struct bytes key)
{
    size_t low = 0;
    size_t high = reads->count;

    if (reads->is_everything)
        return true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bytes_compare(lower_of(&reads->ranges[middle]), key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && ends_after(&reads->ranges[low - 1], key);
}

void read_set_fini(struct read_set *reads)
{
    for (size_t i = 0; i < reads->count; i++)
        mem_free(reads->ranges[i].lower);
    mem_free(reads->ranges);
    *reads = (struct read_set){0};
}

static bool was_read(const void *argument, struct bytes key)
{
    return read_set_holds(argument, key);
}

static enum rc check_reads(const struct store_transaction *transaction,
                           const struct history *history, struct error *err)
{
    if (transaction->isolation != STORE_SERIALIZABLE || transaction->snapshot == NULL)
        return RC_OK;
    uint64_t since = transaction->snapshot->epoch;
    if (since >= history->floor &&
        !history_any(history, since, was_read, &transaction->reads))
        return RC_OK;
    error_set(err, SQLSTATE_SERIALIZATION_FAILURE,
              "could not serialize access due to read/write dependencies among "
              "transactions");
    return error_hint(err, "The transaction might succeed if retried.");
}

/* ---- what was expected ---- */

static enum rc add(struct store_transaction *transaction, struct bytes key,
                   const struct bytes *value, struct error *err)
{
    size_t size = sizeof(struct condition) + key.len;

    if (!overlay_charge(&transaction->overlay, size))
        return transaction_over_limit(transaction, err);
    struct condition *condition = mem_alloc(size);
    condition->size = size;
    condition->is_absent = value == NULL;
    if (value != NULL)
        crypto_sha256(*value, condition->digest);
    condition->key_len = key.len;
    memcpy(condition->key, key.at, key.len);
    condition->older = transaction->conditions.newest;
    transaction->conditions.newest = condition;
    transaction->conditions.count++;
    return RC_OK;
}

enum rc store_expect_absent(struct store_transaction *transaction, struct bytes key,
                            struct error *err)
{
    TRY(transaction_check_key(key, err));
    return add(transaction, key, NULL, err);
}

enum rc store_expect_unchanged(struct store_transaction *transaction, struct bytes key,
                               struct error *err)
{
    struct bytes value;

    TRY(transaction_check_key(key, err));
    TRY(transaction_need_snapshot(transaction, err));
    enum rc rc =
        snapshot_get(transaction->store, transaction->snapshot, key, &value, err);
    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    return add(transaction, key, rc == RC_OK ? &value : NULL, err);
}

void condition_drop_to(struct store_transaction *transaction, size_t count)
{
    struct condition_list *list = &transaction->conditions;

    while (list->count > count) {
        struct condition *condition = list->newest;
        list->newest = condition->older;
        list->count--;
        transaction->overlay.used -= condition->size;
        mem_free(condition);
    }
}

/* The committed value; NULL in at: absent. An LMDB code. */
static int read_committed(const struct store *store, MDB_txn *txn, struct bytes key,
                          struct bytes *value_out)
{
    MDB_val name = environment_value(key);
    MDB_val value;
    int code = mdb_get(txn, store->database, &name, &value);

    *value_out = code == 0 ? environment_bytes(value) : (struct bytes){NULL, 0};
    return code == MDB_NOTFOUND ? 0 : code;
}

static enum rc check_expected(const struct store_transaction *transaction, MDB_txn *txn,
                              struct error *err)
{
    for (const struct condition *condition = transaction->conditions.newest;
         condition != NULL; condition = condition->older) {
        struct bytes value;
        uint8_t digest[CRYPTO_SHA256_LEN];
        int code = read_committed(transaction->store, txn,
                                  bytes_of(condition->key, condition->key_len), &value);
        if (code != 0)
            return environment_error(err, code, "read from the store");
        if ((value.at == NULL) != condition->is_absent)
            return conflict(err);
        if (value.at == NULL)
            continue;
        crypto_sha256(value, digest);
        if (memcmp(digest, condition->digest, sizeof(digest)) != 0)
            return conflict(err);
    }
    return RC_OK;
}

/* ---- what was edited on an old snapshot ---- */

static enum rc check_edits(const struct store_transaction *transaction, MDB_txn *txn,
                           struct error *err)
{
    const struct store *store = transaction->store;

    if (transaction->isolation == STORE_READ_COMMITTED || transaction->snapshot == NULL)
        return RC_OK;
    for (const struct overlay_node *node = transaction->overlay.first[0]; node != NULL;
         node = node->next[0]) {
        struct bytes seen;
        struct bytes now;
        int code =
            read_committed(store, transaction->snapshot->txn, overlay_key(node), &seen);
        if (code == 0)
            code = read_committed(store, txn, overlay_key(node), &now);
        if (code != 0)
            return environment_error(err, code, "read from the store");
        bool is_same = seen.at == NULL || now.at == NULL ? seen.at == now.at
                                                         : bytes_equal(seen, now);
        if (!is_same)
            return conflict(err);
    }
    return RC_OK;
}

enum rc condition_check(struct store_transaction *transaction, MDB_txn *txn,
                        const struct history *history, struct error *err)
{
    TRY(check_expected(transaction, txn, err));
    TRY(check_edits(transaction, txn, err));
    return check_reads(transaction, history, err);
}
