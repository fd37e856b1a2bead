#ifndef STORE_TRANSACTION_H
#define STORE_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

/* A transaction is a snapshot plus an overlay of its own edits; reads merge the two, so
 * it sees what it wrote. Nothing reaches the disk before store_commit() (writer.h).
 *
 * A transaction belongs to one thread at a time and may be handed on. It ends with
 * store_commit() or store_transaction_abort().
 *
 * Views: what store_get() and cursors return stays valid, whatever is edited or rolled
 * back meanwhile, until the next store_transaction_statement() or the transaction's end;
 * what an open cursor returned, at least until that cursor is closed. */
struct store;
struct store_transaction;

/* PostgreSQL 15, chapter 13.2. */
enum store_isolation {
    STORE_READ_COMMITTED,  /* each statement has a snapshot of its own */
    STORE_REPEATABLE_READ, /* one snapshot; 40001 when a key that it edits has changed */
    STORE_SERIALIZABLE,    /* and 40001 when something that it read has changed */
};

/* Takes no snapshot yet. Cannot fail. */
struct store_transaction *store_transaction_begin(struct store *store,
                                                  enum store_isolation isolation);

/* Drops all edits and locks. Cursors must be closed. Accepts NULL; clears. */
void store_transaction_abort(struct store_transaction **transaction);

/* Begins a statement: under READ COMMITTED takes a new snapshot, above it the only one,
 * at the first statement. A cursor left open keeps the snapshot it was opened on. 53300
 * when every reader slot is taken. A read before the first statement begins one. */
enum rc store_transaction_statement(struct store_transaction *transaction,
                                    struct error *err) MUST_USE;

/* Lets go of the snapshot between two statements, where the isolation level allows it, so
 * that an idle transaction holds no reader slot and no old pages. Ends views. */
void store_transaction_idle(struct store_transaction *transaction);

/* A number that no other transaction of this run has, from 1. */
uint64_t store_transaction_id(const struct store_transaction *transaction);
enum store_isolation
store_transaction_isolation(const struct store_transaction *transaction);
struct store *store_transaction_store(const struct store_transaction *transaction);

/* The write number that the snapshot shows (store_epoch() at its taking); 0: no snapshot.
 */
uint64_t store_transaction_snapshot(const struct store_transaction *transaction);

/* Key of a cache for what is read from a key space: equal numbers mean equal contents. 0
 * means "do not cache": the transaction has no snapshot, has edited the space itself, or
 * its snapshot is older than the last change. */
uint64_t store_transaction_epoch(const struct store_transaction *transaction,
                                 uint8_t space);

/* True when there is something that a commit would write. */
bool store_transaction_has_edits(const struct store_transaction *transaction);

/* Bytes of memory that the edits take. */
size_t store_transaction_used(const struct store_transaction *transaction);

/* RC_NOTFOUND, without an error set, when the key is absent. */
enum rc store_get(struct store_transaction *transaction, struct bytes key,
                  struct bytes *value_out, struct error *err) MUST_USE;

/* The number of the last edit so far, and what the transaction saw when that was the last
 * one: a statement reads as of its beginning, whatever it has written since. Sure only
 * while a mark taken at that number, or a cursor opened then, still stands. */
uint64_t store_transaction_serial(const struct store_transaction *transaction);
enum rc store_get_as_of(struct store_transaction *transaction, struct bytes key,
                        uint64_t serial, struct bytes *value_out,
                        struct error *err) MUST_USE;

/* Whether this transaction has edited the key after that number. */
bool store_is_edited_since(const struct store_transaction *transaction, struct bytes key,
                           uint64_t serial);

/* Both copy what they get. The key must not be empty nor in space 0. 54000 for a key over
 * STORE_KEY_MAX. RC_LIMIT with 53200 once the edits need more than the store's
 * overlay_limit (they do not spill to disk). Deleting an absent key is no error. */
enum rc store_put(struct store_transaction *transaction, struct bytes key,
                  struct bytes value, struct error *err) MUST_USE;
enum rc store_delete(struct store_transaction *transaction, struct bytes key,
                     struct error *err) MUST_USE;

/* A place in the list of edits. Rolling back to a mark restores exactly what the
 * transaction saw when the mark was taken, ends all later marks and keeps this one; locks
 * are kept. Releasing one keeps the edits. Marks nest: release or roll back the inner
 * ones first, or with them. */
struct store_mark {
    size_t undo_count;
    size_t condition_count;
    uint64_t serial;
    uint64_t outer_serial;
};

struct store_mark store_savepoint(struct store_transaction *transaction);
void store_rollback_to(struct store_transaction *transaction, struct store_mark mark);
void store_savepoint_release(struct store_transaction *transaction,
                             struct store_mark mark);

/* Conditions that the writer tests, against what is committed by then and before this
 * transaction's edits, else 40001: the key is absent; the key has the value, or absence,
 * that the current snapshot shows. Rolling back to a mark drops those that are younger.
 * RC_LIMIT and 53200 as for store_put(). */
enum rc store_expect_absent(struct store_transaction *transaction, struct bytes key,
                            struct error *err) MUST_USE;
enum rc store_expect_unchanged(struct store_transaction *transaction, struct bytes key,
                               struct error *err) MUST_USE;

#endif
