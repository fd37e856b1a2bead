#ifndef STORE_COUNTER_INTERNAL_H
#define STORE_COUNTER_INTERNAL_H

#include "store/counter.h"
#include "store/environment_internal.h"

struct counter_table *counter_table_new(void);
void counter_table_free(struct counter_table **table);

/* Raises the counters on disk beyond the numbers that the transaction took; an LMDB code.
 */
int counter_apply_claims(const struct store_transaction *transaction, MDB_txn *txn);
void counter_drop_claims(struct store_transaction *transaction);

#endif
