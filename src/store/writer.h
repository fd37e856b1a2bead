#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/transaction.h"

/* One thread writes. It takes all commits that are queued, tests the conditions of each
 * (transaction.h), applies them in one LMDB write transaction and syncs once; small ones
 * go first, and a write transaction takes no further commit once it is 50 ms old. A
 * single commit is never cut: who writes in bulk commits in parts.
 *
 * A commit that fails does not touch the others of its group. */

/* RC_OK: it is on disk. RC_FAILED: nothing of it is. 40001: a condition did not hold, see
 * store_expect_absent() and enum store_isolation. 53100: the disk or the map is full;
 * reads go on. 58030: the disk failed. `err` lives until the function returns and is
 * cleared when rc is RC_OK. */
typedef void store_commit_done(void *argument, enum rc rc, const struct error *err);

/* Consumes the transaction and clears the pointer. Cursors must be closed. `done` runs on
 * the writer's thread after the sync, once the locks are released, and must not block;
 * for a transaction without edits and conditions it runs before store_commit() returns.
 */
void store_commit(struct store_transaction **transaction, store_commit_done *done,
                  void *argument);

/* The same, waiting: for tools and tests, never on a loop. */
enum rc store_commit_wait(struct store_transaction **transaction,
                          struct error *err) MUST_USE;

#endif
