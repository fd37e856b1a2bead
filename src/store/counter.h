#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include "store/transaction.h"

/* Takes the next number, from 1, of the counter `name` (1 to 64 bytes). No two calls of
 * one run give the same number, whatever becomes of their transactions, and no lock is
 * taken. The number is used up for good when the transaction commits something: its
 * commit raises the counter on disk beyond it. After a restart, numbers taken by
 * transactions that never committed are given again. */
enum rc store_next_id(struct store_transaction *transaction, const char *name,
                      uint64_t *number_out, struct error *err) MUST_USE;

#endif
