#ifndef UNIT_CATALOG_CATALOG_FIXTURE_H
#define UNIT_CATALOG_CATALOG_FIXTURE_H

#include "base/arena.h"
#include "catalog/bootstrap.h"
#include "catalog/row.h"
#include "unit/store/store_fixture.h"

/* A store in a folder of its own with a bootstrapped catalog, and one transaction on it
 * that is never committed. */
struct catalog_fixture {
    struct fixture store;
    struct store_transaction *transaction;
};

static inline void catalog_fixture_init(struct catalog_fixture *fixture)
{
    static const struct store_options options = {.map_size = (size_t)64 << 20};
    struct store_transaction *first = NULL;

    fixture_path(&fixture->store);
    fixture_open(&fixture->store, &options);
    first = fixture_begin(&fixture->store, STORE_READ_COMMITTED);
    assert_int_equal(catalog_bootstrap(first, &fixture->store.err), RC_OK);
    commit(&fixture->store, &first);
    fixture->transaction = fixture_begin(&fixture->store, STORE_READ_COMMITTED);
}

static inline void catalog_fixture_fini(struct catalog_fixture *fixture)
{
    store_transaction_abort(&fixture->transaction);
    fixture_fini(&fixture->store);
}

/* Every row of the catalog as the transaction sees it, copied into the arena. */
struct catalog_rows {
    struct arena *arena;
    struct catalog_key *keys;
    struct bytes *values;
    size_t count;
};

enum { CATALOG_ROWS_MAX = 4096 };

static inline enum rc catalog_rows_add(void *argument, struct bytes key,
                                       struct bytes value, struct error *err)
{
    struct catalog_rows *rows = (struct catalog_rows *)argument;

    (void)err;
    assert_true(rows->count < CATALOG_ROWS_MAX && key.len <= CATALOG_KEY_MAX);
    memcpy(rows->keys[rows->count].at, key.at, key.len);
    rows->keys[rows->count].len = key.len;
    rows->values[rows->count++] = arena_bytes(rows->arena, value);
    return RC_OK;
}

static inline struct catalog_rows catalog_rows_read(struct store_transaction *transaction,
                                                    struct arena *arena)
{
    struct catalog_rows rows = {arena,
                                ARENA_ARRAY(arena, struct catalog_key, CATALOG_ROWS_MAX),
                                ARENA_ARRAY(arena, struct bytes, CATALOG_ROWS_MAX), 0};
    struct error err;

    for (const char *space = "onidecskhr"; *space != '\0'; space++) {
        struct catalog_key prefix = catalog_key_space((enum catalog_space) * space);

        assert_int_equal(
            catalog_row_each(transaction, &prefix, catalog_rows_add, &rows, &err), RC_OK);
    }
    return rows;
}

#endif
