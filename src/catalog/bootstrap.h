#ifndef CATALOG_BOOTSTRAP_H
#define CATALOG_BOOTSTRAP_H

#include "base/error.h"

struct store_transaction;

/* Fills a new store with the rows of bootstrap.def; does nothing over a store that has
 * them. The caller commits. */
enum rc catalog_bootstrap(struct store_transaction *transaction,
                          struct error *err) MUST_USE;

#endif
