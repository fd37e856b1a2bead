/* A snapshot and an overlay: reads merge, edits go to the overlay. */
#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "store/counter_internal.h"
#include "store/transaction_internal.h"

struct store_transaction *store_transaction_begin(struct store *store,
                                                  enum store_isolation isolation)
{
    struct store_transaction *transaction = MEM_NEW(struct store_transaction);

    transaction->store = store;
    transaction->isolation = isolation;
    transaction->id = atomic_fetch_add(&store->transaction_id, 1) + 1;
    overlay_init(&transaction->overlay, store->options.overlay_limit,
                 transaction->id * UINT64_C(0x9E3779B97F4A7C15));
    lock_owner_init(&transaction->owner, transaction->id);
    atomic_fetch_add(&store->transaction_count, 1);
    /* Counted before the snapshot is taken, so that the writer remembers all that this
     * snapshot will not show. */
    if (isolation == STORE_SERIALIZABLE)
        atomic_fetch_add(&store->serializable_count, 1);
    return transaction;
}

void transaction_free(struct store_transaction **transaction)
{
    struct store_transaction *ended = *transaction;
    struct store *store = ended->store;

    *transaction = NULL;
    ASSERT(ended->cursor_count == 0);
    condition_drop_to(ended, 0);
    overlay_fini(&ended->overlay);
    read_set_fini(&ended->reads);
    counter_drop_claims(ended);
    snapshot_unref(store->snapshots, &ended->snapshot);
    if (ended->isolation == STORE_SERIALIZABLE)
        atomic_fetch_sub(&store->serializable_count, 1);
    mem_free(ended->commit.err);
    mem_free(ended);
    atomic_fetch_sub(&store->transaction_count, 1);
}

void store_transaction_abort(struct store_transaction **transaction)
{
    if (*transaction == NULL)
        return;
    lock_release_all((*transaction)->store->locks, &(*transaction)->owner, 0);
    transaction_free(transaction);
}

enum rc transaction_need_snapshot(struct store_transaction *transaction,
                                  struct error *err)
{
    if (transaction->snapshot != NULL)
        return RC_OK;
    return snapshot_take(transaction->store->snapshots, transaction->id,
                         &transaction->snapshot, err);
}

/* Views of superseded edits end where views of the snapshot end: not before the cursors.
 */
void store_transaction_idle(struct store_transaction *transaction)
{
    if (transaction->cursor_count == 0)
        overlay_free_retired(&transaction->overlay);
    if (transaction->isolation == STORE_READ_COMMITTED)
        snapshot_unref(transaction->store->snapshots, &transaction->snapshot);
}

enum rc store_transaction_statement(struct store_transaction *transaction,
                                    struct error *err)
{
    store_transaction_idle(transaction);
    return transaction_need_snapshot(transaction, err);
}

uint64_t store_transaction_id(const struct store_transaction *transaction)
{
    return transaction->id;
}

enum store_isolation
store_transaction_isolation(const struct store_transaction *transaction)
{
    return transaction->isolation;
}

struct store *store_transaction_store(const struct store_transaction *transaction)
{
    return transaction->store;
}

uint64_t store_transaction_snapshot(const struct store_transaction *transaction)
{
    return transaction->snapshot == NULL ? 0 : transaction->snapshot->epoch;
}

uint64_t store_transaction_epoch(const struct store_transaction *transaction,
                                 uint8_t space)
{
    if (transaction->snapshot == NULL)
        return 0;
    const struct overlay_node *node =
        overlay_at_or_after(&transaction->overlay, bytes_of(&space, 1));
    if (node != NULL && node->key[0] == space)
        return 0;
    uint64_t epoch = atomic_load(&transaction->store->space_epochs[space]);
    return epoch <= transaction->snapshot->epoch ? epoch : 0;
}

bool store_transaction_has_edits(const struct store_transaction *transaction)
{
    return transaction->overlay.node_count != 0 || transaction->new_format_version != 0;
}

size_t store_transaction_used(const struct store_transaction *transaction)
{
    return transaction->overlay.used;
}

enum rc transaction_check_key(struct bytes key, struct error *err)
{
    ASSERT(key.len != 0 && key.at[0] != STORE_SPACE_RESERVED);
    if (key.len <= STORE_KEY_MAX)
        return RC_OK;
    return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                     "key size %zu exceeds maximum %d", key.len, STORE_KEY_MAX);
}

enum rc transaction_over_limit(const struct store_transaction *transaction,
                               struct error *err)
{
    error_set(err, SQLSTATE_OUT_OF_MEMORY, "out of memory");
    error_detail(err, "The changes of one transaction may take %zu bytes.",
                 transaction->overlay.limit);
    error_hint(err, "Commit in smaller parts.");
    return RC_LIMIT;
}

enum rc store_get_as_of(struct store_transaction *transaction, struct bytes key,
                        uint64_t serial, struct bytes *value_out, struct error *err)
{
    TRY(transaction_check_key(key, err));
    TRY(transaction_need_snapshot(transaction, err));
    if (transaction->isolation == STORE_SERIALIZABLE)
        read_set_add_key(&transaction->reads, key);
    const struct overlay_node *node = overlay_find(&transaction->overlay, key);
    const struct overlay_version *version =
        node == NULL ? NULL : overlay_visible(node, serial);
    if (version == NULL)
        return snapshot_get(transaction->store, transaction->snapshot, key, value_out,
                            err);
    if (version->is_delete)
        return RC_NOTFOUND;
    *value_out = bytes_of(version->value, version->len);
    return RC_OK;
}

enum rc store_get(struct store_transaction *transaction, struct bytes key,
                  struct bytes *value_out, struct error *err)
{
    return store_get_as_of(transaction, key, transaction->overlay.serial, value_out, err);
}

bool store_is_edited_since(const struct store_transaction *transaction, struct bytes key,
                           uint64_t serial)
{
    const struct overlay_node *node = overlay_find(&transaction->overlay, key);

    return node != NULL && node->newest != NULL && node->newest->serial > serial;
}

uint64_t store_transaction_serial(const struct store_transaction *transaction)
{
    return transaction->overlay.serial;
}

static enum rc edit(struct store_transaction *transaction, struct bytes key,
                    const struct bytes *value, struct error *err)
{
    TRY(transaction_check_key(key, err));
    /* The writer compares with this snapshot; a blind edit has one, too. */
    if (transaction->isolation != STORE_READ_COMMITTED)
        TRY(transaction_need_snapshot(transaction, err));
    if (!overlay_edit(&transaction->overlay, key, value, transaction->cursor_count != 0))
        return transaction_over_limit(transaction, err);
    return RC_OK;
}

enum rc store_put(struct store_transaction *transaction, struct bytes key,
                  struct bytes value, struct error *err)
{
    return edit(transaction, key, &value, err);
}

enum rc store_delete(struct store_transaction *transaction, struct bytes key,
                     struct error *err)
{
    return edit(transaction, key, NULL, err);
}

struct store_mark store_savepoint(struct store_transaction *transaction)
{
    struct overlay *overlay = &transaction->overlay;
    struct store_mark mark = {
        .undo_count = overlay->undo_count,
        .condition_count = transaction->conditions.count,
        .serial = overlay->serial,
        .outer_serial = overlay->last_mark_serial,
    };

    overlay->last_mark_serial = overlay->serial;
    return mark;
}

void store_rollback_to(struct store_transaction *transaction, struct store_mark mark)
{
    overlay_undo(&transaction->overlay, mark.undo_count);
    transaction->overlay.last_mark_serial = mark.serial;
    condition_drop_to(transaction, mark.condition_count);
}

void store_savepoint_release(struct store_transaction *transaction,
                             struct store_mark mark)
{
    transaction->overlay.last_mark_serial = mark.outer_serial;
}
