#ifndef UNIT_CATALOG_MEMORY_ROWS_H
#define UNIT_CATALOG_MEMORY_ROWS_H

#include "base/memory.h"
#include "catalog/row.h"

/* The catalog's rows in a sorted array, so that its rules are tested without a disk. It
 * takes the place of catalog/row.c in the tests that include it. */
enum { MEMORY_ROWS_MAX = 4096 };

struct memory_row {
    struct catalog_key key;
    uint8_t *value;
    size_t len;
};

struct store_transaction {
    struct memory_row rows[MEMORY_ROWS_MAX];
    size_t count;
    size_t lock_count;
    bool refuses_locks;
};

static size_t memory_place(const struct store_transaction *rows, struct bytes key,
                           bool *found_out)
{
    size_t at = 0;

    while (at < rows->count &&
           bytes_compare(catalog_key_bytes(&rows->rows[at].key), key) < 0)
        at++;
    *found_out =
        at < rows->count && bytes_equal(catalog_key_bytes(&rows->rows[at].key), key);
    return at;
}

enum rc catalog_row_get(struct store_transaction *transaction,
                        const struct catalog_key *key, struct arena *arena,
                        struct bytes *value_out, struct error *err)
{
    bool found = false;
    size_t at = memory_place(transaction, catalog_key_bytes(key), &found);

    (void)err;
    if (!found)
        return RC_NOTFOUND;
    *value_out = arena_bytes(
        arena, bytes_of(transaction->rows[at].value, transaction->rows[at].len));
    return RC_OK;
}

enum rc catalog_row_exists(struct store_transaction *transaction,
                           const struct catalog_key *key, struct error *err)
{
    bool found = false;

    (void)err;
    (void)memory_place(transaction, catalog_key_bytes(key), &found);
    return found ? RC_OK : RC_NOTFOUND;
}

enum rc catalog_row_remove(struct store_transaction *transaction,
                           const struct catalog_key *key, struct error *err)
{
    bool found = false;
    size_t at = memory_place(transaction, catalog_key_bytes(key), &found);

    (void)err;
    if (!found)
        return RC_OK;
    mem_free(transaction->rows[at].value);
    transaction->count--;
    memmove(&transaction->rows[at], &transaction->rows[at + 1],
            (transaction->count - at) * sizeof(transaction->rows[0]));
    return RC_OK;
}

enum rc catalog_row_put(struct store_transaction *transaction,
                        const struct catalog_key *key, struct bytes value,
                        struct error *err)
{
    bool found = false;
    size_t at = 0;

    TRY(catalog_row_remove(transaction, key, err));
    if (transaction->count == MEMORY_ROWS_MAX)
        return error_set(err, SQLSTATE_DISK_FULL, "no room");
    at = memory_place(transaction, catalog_key_bytes(key), &found);
    memmove(&transaction->rows[at + 1], &transaction->rows[at],
            (transaction->count - at) * sizeof(transaction->rows[0]));
    transaction->count++;
    transaction->rows[at].key = *key;
    transaction->rows[at].value = (uint8_t *)mem_alloc(value.len + 1);
    transaction->rows[at].len = value.len;
    if (value.len > 0)
        memcpy(transaction->rows[at].value, value.at, value.len);
    return RC_OK;
}

enum rc catalog_row_each(struct store_transaction *transaction,
                         const struct catalog_key *prefix, catalog_row_visitor *visitor,
                         void *argument, struct error *err)
{
    struct catalog_key next = *prefix;
    bool found = false;

    for (;;) {
        size_t at = memory_place(transaction, catalog_key_bytes(&next), &found);

        if (at == transaction->count ||
            !bytes_has_prefix(catalog_key_bytes(&transaction->rows[at].key),
                              catalog_key_bytes(prefix)))
            return RC_OK;
        next = transaction->rows[at].key;
        TRY(visitor(argument, catalog_key_bytes(&next),
                    bytes_of(transaction->rows[at].value, transaction->rows[at].len),
                    err));
        next.at[next.len++] = 0; /* the least key behind this one */
    }
}

enum rc catalog_row_lock(struct store_transaction *transaction,
                         const struct catalog_key *key, bool is_exclusive,
                         struct error *err)
{
    (void)key;
    (void)is_exclusive;
    (void)err;
    transaction->lock_count++;
    return transaction->refuses_locks ? RC_WAIT : RC_OK;
}

static inline void memory_rows_clear(struct store_transaction *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        mem_free(rows->rows[i].value);
    rows->count = 0;
}

#endif
