#ifndef CATALOG_CHECK_H
#define CATALOG_CHECK_H

#include <stddef.h>

#include "base/error.h"

struct keyring;
struct store_transaction;

/* Verifies names, OIDs, dependencies, parents, owners, counters, comments and sealed
 * values against each other, in one snapshot. `report` gets one line of text per fault;
 * `fault_count_out` their number. The keyring may be NULL or sealed: then sealed values
 * are only checked for form. RC_FAILED only when reading itself failed. */
enum rc catalog_check(struct store_transaction *transaction,
                      const struct keyring *keyring,
                      void (*report)(void *argument, const char *fault), void *argument,
                      size_t *fault_count_out, struct error *err) MUST_USE;

#endif
