/* The catalog's rows are the store's, key for key. */
#include "catalog/row.h"

#include "store/cursor.h"
#include "store/lock.h"

enum rc catalog_row_get(struct store_transaction *transaction,
                        const struct catalog_key *key, struct arena *arena,
                        struct bytes *value_out, struct error *err)
{
    struct bytes view = {NULL, 0};

    TRY(store_get(transaction, catalog_key_bytes(key), &view, err));
    *value_out = arena_bytes(arena, view);
    return RC_OK;
}

enum rc catalog_row_exists(struct store_transaction *transaction,
                           const struct catalog_key *key, struct error *err)
{
    struct bytes view = {NULL, 0};

    return store_get(transaction, catalog_key_bytes(key), &view, err);
}

enum rc catalog_row_put(struct store_transaction *transaction,
                        const struct catalog_key *key, struct bytes value,
                        struct error *err)
{
    return store_put(transaction, catalog_key_bytes(key), value, err);
}

enum rc catalog_row_remove(struct store_transaction *transaction,
                           const struct catalog_key *key, struct error *err)
{
    return store_delete(transaction, catalog_key_bytes(key), err);
}

/* A cursor shows the range as it was at its opening, so that the visitor may remove. */
enum rc catalog_row_each(struct store_transaction *transaction,
                         const struct catalog_key *prefix, catalog_row_visitor *visitor,
                         void *argument, struct error *err)
{
    struct store_cursor *cursor = NULL;
    struct bytes key = {NULL, 0};
    struct bytes value = {NULL, 0};
    enum rc rc = RC_OK;

    TRY(store_cursor_open_prefix(transaction, catalog_key_bytes(prefix), STORE_FORWARD,
                                 &cursor, err));
    while (rc == RC_OK) {
        enum rc next = store_cursor_next(cursor, &key, &value, err);
        if (next == RC_NOTFOUND)
            break;
        rc = next == RC_OK ? visitor(argument, key, value, err) : next;
    }
    store_cursor_close(&cursor);
    return rc;
}

enum rc catalog_row_lock(struct store_transaction *transaction,
                         const struct catalog_key *key, bool is_exclusive,
                         struct error *err)
{
    return store_lock(transaction, catalog_key_bytes(key),
                      is_exclusive ? STORE_LOCK_EXCLUSIVE : STORE_LOCK_SHARED,
                      STORE_LOCK_WAIT, err);
}
