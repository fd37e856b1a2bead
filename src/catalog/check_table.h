#ifndef CATALOG_CHECK_TABLE_H
#define CATALOG_CHECK_TABLE_H

#include "catalog/record.h"

struct store_transaction;

/* What is wrong with the record of a table, view, index or sequence, in words; NULL in
 * *fault_out: nothing. For check.c. */
enum rc catalog_check_relation(struct store_transaction *transaction,
                               const struct catalog_object *object, struct arena *arena,
                               const char **fault_out, struct error *err) MUST_USE;

#endif
