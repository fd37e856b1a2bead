/* Walking a whole store. */
#include "store/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "store/transaction_internal.h"

struct walk {
    const struct store_check *check;
    struct store *store;
    struct store_transaction *transaction;
    MDB_txn *txn;
    size_t fault_count;
    uint64_t entry_count;
};

static void pass_on(void *argument, const char *fault)
{
    struct walk *walk = argument;

    walk->fault_count++;
    if (walk->check->report != NULL)
        walk->check->report(walk->check->report_argument, fault);
}

static void report(struct walk *walk, const char *format, ...) PRINTF_LIKE(2, 3);

static void report(struct walk *walk, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    pass_on(walk, text);
}

/* A key as hexadecimal digits, cut. */
static const char *print_key(struct bytes key, char text[81])
{
    size_t len = key.len < 40 ? key.len : 40;

    text[0] = '\0';
    for (size_t i = 0; i < len; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", key.at[i]);
    return text;
}

static void check_reserved(struct walk *walk, struct bytes key, struct bytes value)
{
    char text[81];
    bool is_format = key.len == 2 && key.at[1] == STORE_RECORD_FORMAT;
    bool is_counter = key.len > 2 && key.at[1] == STORE_RECORD_COUNTER && value.len == 8;

    if (!is_format && !is_counter)
        report(walk, "unknown record of the store itself: key %s", print_key(key, text));
}

static enum rc run_visitors(struct walk *walk, struct bytes key, struct bytes value)
{
    for (size_t i = 0; i < walk->check->hook_count; i++) {
        const struct store_check_hook *hook = &walk->check->hooks[i];
        if (hook->visit == NULL || key.at[0] < hook->first_space ||
            key.at[0] > hook->last_space)
            continue;
        TRY(hook->visit(hook->argument, key, value, pass_on, walk));
    }
    return RC_OK;
}

static enum rc check_entry(struct walk *walk, struct bytes key, struct bytes value,
                           struct bytes former)
{
    char text[81];

    walk->entry_count++;
    if (key.len == 0 || key.len > STORE_KEY_MAX) {
        report(walk, "a key of %zu bytes", key.len);
        return RC_OK;
    }
    if (former.len != 0 && bytes_compare(former, key) >= 0)
        report(walk, "keys out of order at %s", print_key(key, text));
    /* Touches every page of a value, so that what cannot be read fails here. */
    volatile uint8_t touched = 0;
    for (size_t at = 0; at < value.len; at += 512)
        touched = value.at[at];
    (void)touched;
    if (key.at[0] == STORE_SPACE_RESERVED)
        check_reserved(walk, key, value);
    return run_visitors(walk, key, value);
}

static enum rc walk_entries(struct walk *walk, MDB_cursor *cursor, struct error *err)
{
    MDB_val key = {0};
    MDB_val value = {0};
    uint8_t former[STORE_KEY_MAX];
    size_t former_len = 0;
    int code;

    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        struct bytes name = environment_bytes(key);
        enum rc rc = check_entry(walk, name, environment_bytes(value),
                                 bytes_of(former, former_len));
        if (rc != RC_OK)
            return error_set(err, SQLSTATE_DATA_CORRUPTED, "the check was given up");
        former_len = name.len > sizeof(former) ? 0 : name.len;
        memcpy(former, name.at, former_len);
    }
    if (code == MDB_NOTFOUND)
        return RC_OK;
    return environment_error(err, code, "read from the store");
}

static uint64_t pages_of(const MDB_stat *statistics)
{
    return (uint64_t)statistics->ms_branch_pages + statistics->ms_leaf_pages +
           statistics->ms_overflow_pages;
}

/* Two pages are LMDB's own; every other one is in a tree or on the list of free ones. */
static int check_pages(struct walk *walk)
{
    MDB_stat free_tree;
    MDB_stat tree;
    MDB_envinfo information;
    uint64_t free_count = 0;
    int code = mdb_stat(walk->txn, 0, &free_tree);

    if (code == 0)
        code = mdb_stat(walk->txn, walk->store->database, &tree);
    if (code == 0)
        code = mdb_env_info(walk->store->environment, &information);
    if (code == 0)
        code = environment_count_free(walk->txn, &free_count);
    if (code != 0)
        return code;
    uint64_t known = 2 + pages_of(&free_tree) + pages_of(&tree) + free_count;
    uint64_t found = (uint64_t)information.me_last_pgno + 1;
    if (known != found)
        report(walk, "the file has %" PRIu64 " pages, of which %" PRIu64 " are known",
               found, known);
    if (tree.ms_entries != walk->entry_count)
        report(walk, "the store counts %zu keys, but has %" PRIu64, tree.ms_entries,
               walk->entry_count);
    return 0;
}

static enum rc walk_store(struct walk *walk, struct error *err)
{
    MDB_cursor *cursor = NULL;
    int code = mdb_cursor_open(walk->txn, walk->store->database, &cursor);

    if (code != 0)
        return environment_error(err, code, "read from the store");
    enum rc rc = walk_entries(walk, cursor, err);
    mdb_cursor_close(cursor);
    if (rc != RC_OK)
        return rc;
    code = check_pages(walk);
    return code == 0 ? RC_OK : environment_error(err, code, "read from the store");
}

static enum rc finish_hooks(struct walk *walk, struct error *err)
{
    for (size_t i = 0; i < walk->check->hook_count; i++) {
        const struct store_check_hook *hook = &walk->check->hooks[i];
        if (hook->finish != NULL)
            TRY(hook->finish(hook->argument, walk->transaction, pass_on, walk, err));
    }
    return RC_OK;
}

enum rc store_check_run(const char *path, const struct store_check *check,
                        size_t *fault_count_out, struct error *err)
{
    struct walk walk = {.check = check};
    struct store_options options =
        check->options == NULL ? (struct store_options){0} : *check->options;

    *fault_count_out = 0;
    options.must_exist = true;
    options.must_be_current = true;
    TRY(store_open(path, &options, &walk.store, err));
    walk.transaction = store_transaction_begin(walk.store, STORE_REPEATABLE_READ);
    enum rc rc = store_transaction_statement(walk.transaction, err);
    if (rc == RC_OK) {
        walk.txn = walk.transaction->snapshot->txn;
        rc = walk_store(&walk, err);
    }
    if (rc == RC_OK)
        rc = finish_hooks(&walk, err);
    store_transaction_abort(&walk.transaction);
    store_close(&walk.store);
    *fault_count_out = walk.fault_count;
    return rc;
}
