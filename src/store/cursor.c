/* Merging the edits of a transaction over its snapshot. */

#include "store/cursor.h"

#include "base/assert.h"
#include "base/memory.h"
#include "store/key.h"
#include "store/transaction_internal.h"

struct store_cursor {
    struct store_transaction *transaction;
    struct snapshot *snapshot;
    MDB_cursor *snapshot_cursor;
    enum store_direction direction;
    bool is_started;
    bool is_done;
    uint64_t serial; /* edits that are younger are not shown */
    uint64_t removal_count;
    struct overlay_node *node; /* the next candidate among the edits, or NULL */
    bool has_entry;            /* the next candidate of the snapshot */
    struct bytes entry_key;
    struct bytes entry_value;
    size_t lower_len;
    size_t upper_len; /* 0: none */
    uint8_t lower[STORE_KEY_MAX];
    uint8_t upper[STORE_KEY_MAX];
    size_t last_len; /* SERIALIZABLE: how far it has read */
    uint8_t last[STORE_KEY_MAX];
};

static struct bytes lower_of(const struct store_cursor *cursor)
{
    return bytes_of(cursor->lower, cursor->lower_len);
}

static struct bytes upper_of(const struct store_cursor *cursor)
{
    return bytes_of(cursor->upper, cursor->upper_len);
}

static bool is_inside(const struct store_cursor *cursor, struct bytes key)
{
    if (cursor->direction == STORE_BACKWARD)
        return bytes_compare(key, lower_of(cursor)) >= 0;
    return cursor->upper_len == 0 || bytes_compare(key, upper_of(cursor)) < 0;
}

/* ---- the snapshot's side ---- */

static enum rc take_entry(struct store_cursor *cursor, int code, MDB_val key,
                          MDB_val value, struct error *err)
{
    cursor->has_entry = false;
    if (code == MDB_NOTFOUND)
        return RC_OK;
    if (code != 0)
        return environment_error(err, code, "read from the store");
    cursor->entry_key = environment_bytes(key);
    cursor->entry_value = environment_bytes(value);
    cursor->has_entry = is_inside(cursor, cursor->entry_key);
    return RC_OK;
}

static enum rc start_snapshot(struct store_cursor *cursor, struct error *err)
{
    MDB_val value = {0};

    if (cursor->direction == STORE_FORWARD) {
        MDB_val key = environment_value(lower_of(cursor));
        int code = mdb_cursor_get(cursor->snapshot_cursor, &key, &value, MDB_SET_RANGE);
        return take_entry(cursor, code, key, value, err);
    }
    MDB_val key = environment_value(upper_of(cursor));
    int code = MDB_NOTFOUND;
    if (cursor->upper_len != 0)
        code = mdb_cursor_get(cursor->snapshot_cursor, &key, &value, MDB_SET_RANGE);
    if (code == 0)
        code = mdb_cursor_get(cursor->snapshot_cursor, &key, &value, MDB_PREV);
    else if (code == MDB_NOTFOUND)
        code = mdb_cursor_get(cursor->snapshot_cursor, &key, &value, MDB_LAST);
    return take_entry(cursor, code, key, value, err);
}

static enum rc step_snapshot(struct store_cursor *cursor, struct error *err)
{
    MDB_val key = {0};
    MDB_val value = {0};
    int code = mdb_cursor_get(cursor->snapshot_cursor, &key, &value,
                              cursor->direction == STORE_FORWARD ? MDB_NEXT : MDB_PREV);

    return take_entry(cursor, code, key, value, err);
}

/* ---- the edits' side ---- */

static void start_edits(struct store_cursor *cursor)
{
    const struct overlay *overlay = &cursor->transaction->overlay;

    if (cursor->direction == STORE_FORWARD)
        cursor->node = overlay_at_or_after(overlay, lower_of(cursor));
    else if (cursor->upper_len != 0)
        cursor->node = overlay_before(overlay, upper_of(cursor));
    else
        cursor->node = overlay_last(overlay);
    cursor->removal_count = overlay->removal_count;
}

static void step_edits(struct store_cursor *cursor)
{
    cursor->node = cursor->direction == STORE_FORWARD ? cursor->node->next[0]
                                                      : cursor->node->previous;
}

/* A rollback took nodes out of the list, perhaps the one we stand on: retired nodes keep
 * their key as long as a cursor is open, so it tells where to go on. */
static void find_place_again(struct store_cursor *cursor)
{
    const struct overlay *overlay = &cursor->transaction->overlay;

    if (cursor->removal_count == overlay->removal_count)
        return;
    cursor->removal_count = overlay->removal_count;
    if (cursor->node == NULL)
        return;
    struct bytes key = overlay_key(cursor->node);
    struct overlay_node *node = overlay_at_or_after(overlay, key);
    if (cursor->direction == STORE_BACKWARD &&
        (node == NULL || !bytes_equal(overlay_key(node), key)))
        node = overlay_before(overlay, key);
    cursor->node = node;
}

/* Goes on to the next edit that the cursor may see; NULL at the end of the range. */
static const struct overlay_version *next_edit(struct store_cursor *cursor)
{
    find_place_again(cursor);
    while (cursor->node != NULL) {
        if (!is_inside(cursor, overlay_key(cursor->node))) {
            cursor->node = NULL;
            return NULL;
        }
        const struct overlay_version *version =
            overlay_visible(cursor->node, cursor->serial);
        if (version != NULL)
            return version;
        step_edits(cursor);
    }
    return NULL;
}

/* ---- both ---- */

/* Negative: the edit comes first; positive: the snapshot's entry; 0: the same key. */
static int compare_sides(const struct store_cursor *cursor,
                         const struct overlay_version *version)
{
    if (version == NULL)
        return 1;
    if (!cursor->has_entry)
        return -1;
    int order = bytes_compare(overlay_key(cursor->node), cursor->entry_key);
    return cursor->direction == STORE_FORWARD ? order : -order;
}

static enum rc start(struct store_cursor *cursor, struct error *err)
{
    cursor->is_started = true;
    start_edits(cursor);
    return start_snapshot(cursor, err);
}

/* One step of the merge: RC_AGAIN when it met a deletion. */
static enum rc merge(struct store_cursor *cursor, struct bytes *key_out,
                     struct bytes *value_out, struct error *err)
{
    const struct overlay_version *version = next_edit(cursor);

    if (version == NULL && !cursor->has_entry)
        return RC_NOTFOUND;
    int order = compare_sides(cursor, version);
    if (order > 0) {
        *key_out = cursor->entry_key;
        *value_out = cursor->entry_value;
        return step_snapshot(cursor, err);
    }
    *key_out = overlay_key(cursor->node);
    *value_out = bytes_of(version->value, version->len);
    step_edits(cursor);
    if (order == 0)
        TRY(step_snapshot(cursor, err));
    return version->is_delete ? RC_AGAIN : RC_OK;
}

static void note_place(struct store_cursor *cursor, struct bytes key)
{
    if (cursor->transaction->isolation != STORE_SERIALIZABLE)
        return;
    memcpy(cursor->last, key.at, key.len);
    cursor->last_len = key.len;
}

enum rc store_cursor_next(struct store_cursor *cursor, struct bytes *key_out,
                          struct bytes *value_out, struct error *err)
{
    struct bytes value;
    enum rc rc = RC_AGAIN;

    if (cursor->is_done)
        return RC_NOTFOUND;
    if (!cursor->is_started)
        TRY(start(cursor, err));
    while (rc == RC_AGAIN)
        rc = merge(cursor, key_out, &value, err);
    if (rc == RC_NOTFOUND)
        cursor->is_done = true;
    if (rc != RC_OK)
        return rc;
    note_place(cursor, *key_out);
    if (value_out != NULL)
        *value_out = value;
    return RC_OK;
}

static void copy_bounds(struct store_cursor *cursor, struct store_range range)
{
    /* Without a bound, space 0 still stays hidden. */
    cursor->lower[0] = STORE_SPACE_RESERVED + 1;
    cursor->lower_len = 1;
    if (bytes_compare(range.lower, lower_of(cursor)) > 0) {
        memcpy(cursor->lower, range.lower.at, range.lower.len);
        cursor->lower_len = range.lower.len;
    }
    if (range.upper.len != 0)
        memcpy(cursor->upper, range.upper.at, range.upper.len);
    cursor->upper_len = range.upper.len;
}

static enum rc check_range(struct store_range range, struct error *err)
{
    if (range.lower.len <= STORE_KEY_MAX && range.upper.len <= STORE_KEY_MAX)
        return RC_OK;
    return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "key size exceeds maximum %d",
                     STORE_KEY_MAX);
}

enum rc store_cursor_open(struct store_transaction *transaction, struct store_range range,
                          enum store_direction direction,
                          struct store_cursor **cursor_out, struct error *err)
{
    MDB_cursor *snapshot_cursor = NULL;

    TRY(check_range(range, err));
    TRY(transaction_need_snapshot(transaction, err));
    int code = mdb_cursor_open(transaction->snapshot->txn, transaction->store->database,
                               &snapshot_cursor);
    if (code != 0)
        return environment_error(err, code, "read from the store");
    struct store_cursor *cursor = MEM_NEW(struct store_cursor);
    cursor->transaction = transaction;
    cursor->snapshot = snapshot_ref(transaction->snapshot);
    cursor->snapshot_cursor = snapshot_cursor;
    cursor->direction = direction;
    cursor->serial = transaction->overlay.serial;
    copy_bounds(cursor, range);
    transaction->cursor_count++;
    *cursor_out = cursor;
    return RC_OK;
}

enum rc store_cursor_open_prefix(struct store_transaction *transaction,
                                 struct bytes prefix, enum store_direction direction,
                                 struct store_cursor **cursor_out, struct error *err)
{
    struct store_key end = {0};

    ASSERT(prefix.len != 0);
    store_key_add_raw(&end, prefix);
    store_key_make_end(&end);
    struct store_range range = {prefix, store_key_bytes(&end)};
    return store_cursor_open(transaction, range, direction, cursor_out, err);
}

/* What lies beyond the last row that was asked for has not been read. */
static void note_reads(struct store_cursor *cursor)
{
    struct read_set *reads = &cursor->transaction->reads;
    uint8_t after[STORE_KEY_MAX + 1] = {0};

    if (cursor->transaction->isolation != STORE_SERIALIZABLE || !cursor->is_started)
        return;
    memcpy(after, cursor->last, cursor->last_len);
    if (cursor->is_done || cursor->last_len == 0)
        read_set_add(reads, lower_of(cursor), upper_of(cursor));
    else if (cursor->direction == STORE_FORWARD)
        read_set_add(reads, lower_of(cursor), bytes_of(after, cursor->last_len + 1));
    else
        read_set_add(reads, bytes_of(cursor->last, cursor->last_len), upper_of(cursor));
}

void store_cursor_as_of(struct store_cursor *cursor, uint64_t serial)
{
    cursor->serial = serial;
}

enum rc store_cursor_seek(struct store_cursor *cursor, struct store_range range,
                          struct error *err)
{
    TRY(check_range(range, err));
    note_reads(cursor);
    copy_bounds(cursor, range);
    cursor->is_started = false;
    cursor->is_done = false;
    cursor->has_entry = false;
    cursor->node = NULL;
    cursor->last_len = 0;
    return RC_OK;
}

void store_cursor_close(struct store_cursor **cursor)
{
    struct store_cursor *closed = *cursor;

    *cursor = NULL;
    if (closed == NULL)
        return;
    note_reads(closed);
    mdb_cursor_close(closed->snapshot_cursor);
    snapshot_unref(closed->transaction->store->snapshots, &closed->snapshot);
    closed->transaction->cursor_count--;
    mem_free(closed);
}
