#ifndef CATALOG_COUNTER_H
#define CATALOG_COUNTER_H

#include "catalog/record.h"

struct store_transaction;

/* Counters of the catalog: one of ids for each class (its number is the counter's), and
 * one of OIDs. A counter holds the next free number and only goes up. */
enum { CATALOG_COUNTER_OID = 100, CATALOG_FIRST_OID = 20000 };

/* Takes a number, under an exclusive lock on the counter. */
enum rc catalog_counter_take(struct store_transaction *transaction, uint8_t counter,
                             uint64_t *number_out, struct error *err) MUST_USE;

/* The next free number, without taking it: 1, or CATALOG_FIRST_OID, at first. */
enum rc catalog_counter_read(struct store_transaction *transaction, uint8_t counter,
                             uint64_t *number_out, struct error *err) MUST_USE;
enum rc catalog_counter_write(struct store_transaction *transaction, uint8_t counter,
                              uint64_t number, struct error *err) MUST_USE;

#endif
