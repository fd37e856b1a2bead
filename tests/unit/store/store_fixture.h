#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/cursor.h"
#include "store/lock.h"
#include "store/store.h"
#include "store/transaction.h"
#include "store/writer.h"
#include "support/unit.h"

/* A store in a directory of its own, and short words for what tests do all the time. */
struct fixture {
    char path[64];
    struct store *store;
    struct error err;
};

static const struct store_options fixture_options = {
    .map_size = (size_t)64 << 20, .max_snapshots = 16, .overlay_limit = 1 << 20};

static inline void fixture_open(struct fixture *fixture,
                                const struct store_options *options)
{
    enum rc rc = store_open(fixture->path, options, &fixture->store, &fixture->err);
    if (rc != RC_OK)
        print_error("%s\n", fixture->err.message);
    assert_int_equal(rc, RC_OK);
}

static inline void fixture_path(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    error_clear(&fixture->err);
    (void)snprintf(fixture->path, sizeof(fixture->path), "/tmp/culvert_store_XXXXXX");
    assert_non_null(mkdtemp(fixture->path));
}

static inline void fixture_init(struct fixture *fixture)
{
    fixture_path(fixture);
    fixture_open(fixture, &fixture_options);
}

static inline void fixture_reopen(struct fixture *fixture)
{
    store_close(&fixture->store);
    fixture_open(fixture, &fixture_options);
}

static inline void fixture_fini(struct fixture *fixture)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "culvert.lock"};
    char file[128];

    store_close(&fixture->store);
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        (void)snprintf(file, sizeof(file), "%s/%s", fixture->path, files[i]);
        unlink(file);
    }
    assert_int_equal(rmdir(fixture->path), 0);
}

static inline struct store_transaction *fixture_begin(struct fixture *fixture,
                                                      enum store_isolation isolation)
{
    struct store_transaction *transaction =
        store_transaction_begin(fixture->store, isolation);
    assert_int_equal(store_transaction_statement(transaction, &fixture->err), RC_OK);
    return transaction;
}

static inline void put(struct store_transaction *transaction, const char *key,
                       const char *value)
{
    struct error err;
    assert_int_equal(
        store_put(transaction, bytes_of_text(key), bytes_of_text(value), &err), RC_OK);
}

static inline void del(struct store_transaction *transaction, const char *key)
{
    struct error err;
    assert_int_equal(store_delete(transaction, bytes_of_text(key), &err), RC_OK);
}

/* "" when absent: tests store no empty values but where they say so. */
static inline void holds(struct store_transaction *transaction, const char *key,
                         const char *value)
{
    struct error err;
    struct bytes found = {0};
    enum rc rc = store_get(transaction, bytes_of_text(key), &found, &err);

    if (value == NULL) {
        assert_int_equal(rc, RC_NOTFOUND);
        return;
    }
    assert_int_equal(rc, RC_OK);
    assert_int_equal(found.len, strlen(value));
    assert_memory_equal(found.at, value, found.len);
}

static inline void commit(struct fixture *fixture, struct store_transaction **transaction)
{
    enum rc rc = store_commit_wait(transaction, &fixture->err);
    if (rc != RC_OK)
        print_error("%s\n", fixture->err.message);
    assert_int_equal(rc, RC_OK);
}

static inline void commit_fails(struct fixture *fixture,
                                struct store_transaction **transaction,
                                enum sqlstate state)
{
    assert_int_equal(store_commit_wait(transaction, &fixture->err), RC_FAILED);
    assert_int_equal(fixture->err.state, state);
}

static inline void put_alone(struct fixture *fixture, const char *key, const char *value)
{
    struct store_transaction *transaction = fixture_begin(fixture, STORE_READ_COMMITTED);
    put(transaction, key, value);
    commit(fixture, &transaction);
}

/* All keys and values of a range as "a=1 b=2 ". */
static inline void holds_range(struct store_transaction *transaction, const char *lower,
                               const char *upper, enum store_direction direction,
                               const char *expected)
{
    struct error err;
    struct store_cursor *cursor = NULL;
    struct store_range range = {bytes_of_text(lower), bytes_of_text(upper)};
    struct bytes key;
    struct bytes value;
    char text[4096] = "";
    size_t used = 0;

    assert_int_equal(store_cursor_open(transaction, range, direction, &cursor, &err),
                     RC_OK);
    while (store_cursor_next(cursor, &key, &value, &err) == RC_OK)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s=%.*s ",
                                 BYTES_PRINT(key), BYTES_PRINT(value));
    store_cursor_close(&cursor);
    assert_string_equal(text, expected);
}

#endif
