#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "store/transaction.h"

/* The lock table, in memory. A key is any bytes: a row's key, a unique value, an object;
 * the store gives it no meaning. Locks are held until the transaction commits (released
 * after the sync) or aborts. */

/* Which excludes which is a table in lock.c; further modes (FOR KEY SHARE, FOR NO KEY
 * UPDATE) are further rows of it. A transaction may hold several modes of one key. */
enum store_lock_mode {
    STORE_LOCK_SHARED,
    STORE_LOCK_EXCLUSIVE,
    STORE_LOCK_MODE_COUNT,
};

enum store_lock_wait {
    STORE_LOCK_WAIT,   /* queue up */
    STORE_LOCK_NOWAIT, /* 55P03 when it is not free */
    STORE_LOCK_SKIP,   /* RC_NOTFOUND, without an error set, when it is not free */
};

/* Whom to tell when a lock that was waited for has been granted. `granted` runs on the
 * thread that released it, inside the lock table: it may post an event and nothing else,
 * least of all call into the store. It may stay NULL: then poll with store_lock(). */
void store_lock_set_notify(struct store_transaction *transaction,
                           void (*granted)(void *argument), void *argument);

/* RC_OK      the lock is held.
 * RC_WAIT    somebody else holds it: a waiter is queued, first come first served. Once
 *            told, roll the statement back to its mark, begin it again
 *            (store_transaction_statement) and ask again. One wait at a time: asking for
 *            another lock gives up the waiting.
 * RC_AGAIN   the lock is held, but somebody has committed under it since this
 *            transaction's snapshot (READ COMMITTED): what was read may be old. Roll the
 *            statement back and run it again as after RC_WAIT.
 * RC_FAILED  40001 "could not serialize access due to concurrent update" in the case of
 *            RC_AGAIN above READ COMMITTED; 40P01 when the wait would close a circle of
 *            waiters; 55P03 for NOWAIT; 53200 when lock_limit is reached.
 * RC_AGAIN and its 40001 may, rarely, come without cause: the table keeps the last commit
 * of a key in a fixed array by hash. */
enum rc store_lock(struct store_transaction *transaction, struct bytes key,
                   enum store_lock_mode mode, enum store_lock_wait wait,
                   struct error *err) MUST_USE;

/* True while a waiter is queued. */
bool store_lock_is_waiting(struct store_transaction *transaction);

/* Leaves the queue (cancel, time-out). Afterwards `granted` will not be called. A lock
 * that was granted meanwhile stays held. */
void store_lock_cancel_wait(struct store_transaction *transaction);

#endif
