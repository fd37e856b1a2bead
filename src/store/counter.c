/* Counters: the number lives in memory, the disk has what commits have used. */
#include <pthread.h>

#include "base/assert.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/reader.h"
#include "store/counter_internal.h"
#include "store/transaction_internal.h"

enum { NAME_MAX_LEN = 64, KEY_LEN = 2 };

struct counter {
    uint64_t next;
    size_t key_len;
    uint8_t key[KEY_LEN + NAME_MAX_LEN];
};

struct counter_table {
    pthread_mutex_t mutex;
    struct map *counters; /* by key; none ever leaves */
};

/* The highest number that a transaction took from a counter. */
struct counter_claim {
    struct counter_claim *next;
    struct counter *counter;
    uint64_t number;
};

struct counter_table *counter_table_new(void)
{
    struct counter_table *table = MEM_NEW(struct counter_table);

    pthread_mutex_init(&table->mutex, NULL);
    table->counters = map_new();
    return table;
}

void counter_table_free(struct counter_table **table)
{
    size_t at = 0;
    void *counter = NULL;

    if (*table == NULL)
        return;
    while (map_next((*table)->counters, &at, NULL, &counter))
        mem_free(counter);
    map_free(&(*table)->counters);
    pthread_mutex_destroy(&(*table)->mutex);
    mem_free(*table);
    *table = NULL;
}

static int decode(MDB_val value, uint64_t *next_out)
{
    struct reader reader = reader_of(environment_bytes(value));

    *next_out = reader_u64(&reader);
    return reader_done(&reader) && *next_out != 0 ? 0 : MDB_CORRUPTED;
}

/* The newest committed state, not the transaction's: others may have used more. */
static enum rc load(struct store *store, struct counter *counter, struct error *err)
{
    struct snapshot *snapshot = NULL;
    struct bytes value;

    TRY(snapshot_take(store->snapshots, 0, &snapshot, err));
    enum rc rc = snapshot_get(store, snapshot, bytes_of(counter->key, counter->key_len),
                              &value, err);
    if (rc == RC_OK && decode(environment_value(value), &counter->next) != 0)
        rc = error_set(err, SQLSTATE_DATA_CORRUPTED, "a counter is damaged");
    if (rc == RC_NOTFOUND) {
        counter->next = 1;
        rc = RC_OK;
    }
    snapshot_unref(store->snapshots, &snapshot);
    return rc;
}

static enum rc find(struct store *store, const struct counter *wanted,
                    struct counter **counter_out, struct error *err)
{
    struct bytes key = bytes_of(wanted->key, wanted->key_len);
    struct counter *counter = map_find(store->counters->counters, key);

    if (counter == NULL) {
        counter = MEM_NEW(struct counter);
        *counter = *wanted;
        enum rc rc = load(store, counter, err);
        if (rc != RC_OK) {
            mem_free(counter);
            return rc;
        }
        map_put(store->counters->counters, key, counter);
    }
    *counter_out = counter;
    return RC_OK;
}

static void claim(struct store_transaction *transaction, struct counter *counter,
                  uint64_t number)
{
    struct counter_claim *claim = transaction->claims;

    while (claim != NULL && claim->counter != counter)
        claim = claim->next;
    if (claim == NULL) {
        claim = MEM_NEW(struct counter_claim);
        claim->counter = counter;
        claim->next = transaction->claims;
        transaction->claims = claim;
    }
    claim->number = number;
}

enum rc store_next_id(struct store_transaction *transaction, const char *name,
                      uint64_t *number_out, struct error *err)
{
    struct counter_table *table = transaction->store->counters;
    struct counter wanted = {.key = {STORE_SPACE_RESERVED, STORE_RECORD_COUNTER}};
    struct counter *counter = NULL;
    size_t len = strlen(name);

    ASSERT(len != 0 && len <= NAME_MAX_LEN);
    memcpy(wanted.key + KEY_LEN, name, len);
    wanted.key_len = KEY_LEN + len;
    pthread_mutex_lock(&table->mutex);
    enum rc rc = find(transaction->store, &wanted, &counter, err);
    if (rc == RC_OK)
        *number_out = counter->next++;
    pthread_mutex_unlock(&table->mutex);
    if (rc == RC_OK)
        claim(transaction, counter, *number_out);
    return rc;
}

static int raise_counter(const struct store *store, MDB_txn *txn,
                         const struct counter_claim *claim)
{
    const struct counter *counter = claim->counter;
    MDB_val key = environment_value(bytes_of(counter->key, counter->key_len));
    MDB_val value;
    uint64_t next = 0;
    uint8_t record[8];
    int code = mdb_get(txn, store->database, &key, &value);

    if (code == 0)
        code = decode(value, &next);
    else if (code == MDB_NOTFOUND)
        code = 0;
    if (code != 0 || next > claim->number)
        return code;
    for (unsigned i = 0; i < sizeof(record); i++)
        record[i] = (uint8_t)((claim->number + 1) >> (8 * (7 - i)));
    value = environment_value(bytes_of(record, sizeof(record)));
    return mdb_put(txn, store->database, &key, &value, 0);
}

int counter_apply_claims(const struct store_transaction *transaction, MDB_txn *txn)
{
    for (const struct counter_claim *claim = transaction->claims; claim != NULL;
         claim = claim->next) {
        int code = raise_counter(transaction->store, txn, claim);
        if (code != 0)
            return code;
    }
    return 0;
}

void counter_drop_claims(struct store_transaction *transaction)
{
    while (transaction->claims != NULL) {
        struct counter_claim *claim = transaction->claims;
        transaction->claims = claim->next;
        mem_free(claim);
    }
}
