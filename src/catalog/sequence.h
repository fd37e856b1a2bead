#ifndef CATALOG_SEQUENCE_H
#define CATALOG_SEQUENCE_H

#include "catalog/record.h"

struct store_transaction;

/* Values of sequences. Taking one takes no lock and is not undone by a rollback: numbers
 * come from a counter of the store (store/counter.h), whose name is the sequence's run. A
 * run says which value the counter's first number stands for; setval() and ALTER SEQUENCE
 * begin a new one, which is an edit like any other and is undone by a rollback.
 *
 * Rows (docs/CATALOG.md): key space 'q', storage (u64), 'r' -> run (u64), base (i64);
 * key space 'q', storage, 'v' -> run (u64), last value (i64): what was last taken, as far
 * as commits have told. */

/* Begins a run whose first value is `base`. `is_called`: base counts as taken already. */
enum rc catalog_sequence_start(struct store_transaction *transaction,
                               const struct record_sequence *sequence, int64_t base,
                               bool is_called, struct error *err) MUST_USE;

/* 2200H "nextval: reached maximum value of sequence "s" (9)". */
enum rc catalog_sequence_next(struct store_transaction *transaction,
                              const struct catalog_object *object, int64_t *value_out,
                              struct error *err) MUST_USE;

/* What SELECT last_value, is_called FROM the sequence tells. */
enum rc catalog_sequence_read(struct store_transaction *transaction,
                              const struct record_sequence *sequence,
                              int64_t *last_value_out, bool *is_called_out,
                              struct error *err) MUST_USE;

/* Removes the rows of a sequence that was dropped. */
enum rc catalog_sequence_remove(struct store_transaction *transaction, uint64_t storage,
                                struct error *err) MUST_USE;

/* A number that no table, index or sequence has had as its storage. */
enum rc catalog_storage_take(struct store_transaction *transaction, uint64_t *storage_out,
                             struct error *err) MUST_USE;

#endif
