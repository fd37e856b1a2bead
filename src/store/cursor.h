#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include "store/transaction.h"

/* Walks a range of keys in byte order, the transaction's edits merged over its snapshot.
 *
 * A cursor shows the range as it was when the cursor was opened: edits made while it is
 * open, through whatever path, are allowed and are not seen by it, so an UPDATE never
 * meets the rows it has written (the Halloween problem), as in PostgreSQL, where a
 * command does not see its own changes. store_get() does see them. After a rollback to a
 * mark from before its opening, a cursor no longer shows the edits that were undone. */
struct store_cursor;

enum store_direction { STORE_FORWARD, STORE_BACKWARD };

/* lower <= key < upper. An empty bound is no bound. */
struct store_range {
    struct bytes lower;
    struct bytes upper;
};

/* Copies the bounds. 53300 as in store_transaction_statement(); 54000 for a bound over
 * STORE_KEY_MAX. */
enum rc store_cursor_open(struct store_transaction *transaction, struct store_range range,
                          enum store_direction direction,
                          struct store_cursor **cursor_out, struct error *err) MUST_USE;

/* All keys that begin with the prefix, which must not be empty. */
enum rc store_cursor_open_prefix(struct store_transaction *transaction,
                                 struct bytes prefix, enum store_direction direction,
                                 struct store_cursor **cursor_out,
                                 struct error *err) MUST_USE;

/* Before the first row: shows the edits up to this one only (store_transaction_serial(),
 * whose rules hold). */
void store_cursor_as_of(struct store_cursor *cursor, uint64_t serial);

/* Starts again with another range, the same direction and the same view of the edits. */
enum rc store_cursor_seek(struct store_cursor *cursor, struct store_range range,
                          struct error *err) MUST_USE;

/* RC_NOTFOUND, without an error set, at the end, and again thereafter. `value_out` may be
 * NULL. */
enum rc store_cursor_next(struct store_cursor *cursor, struct bytes *key_out,
                          struct bytes *value_out, struct error *err) MUST_USE;

/* Accepts NULL; clears. */
void store_cursor_close(struct store_cursor **cursor);

#endif
