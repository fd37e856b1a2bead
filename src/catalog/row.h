#ifndef CATALOG_ROW_H
#define CATALOG_ROW_H

#include "base/error.h"
#include "catalog/key.h"

struct store_transaction;

/* The one place where the catalog meets the store: rows by key, in one transaction. */

/* The value lives in the arena. RC_NOTFOUND without an error when the key is absent. */
enum rc catalog_row_get(struct store_transaction *transaction,
                        const struct catalog_key *key, struct arena *arena,
                        struct bytes *value_out, struct error *err) MUST_USE;

/* RC_OK or RC_NOTFOUND, without copying. */
enum rc catalog_row_exists(struct store_transaction *transaction,
                           const struct catalog_key *key, struct error *err) MUST_USE;
enum rc catalog_row_put(struct store_transaction *transaction,
                        const struct catalog_key *key, struct bytes value,
                        struct error *err) MUST_USE;
enum rc catalog_row_remove(struct store_transaction *transaction,
                           const struct catalog_key *key, struct error *err) MUST_USE;

/* Calls back for each row whose key starts with the prefix, in byte order. Key and value
 * live until the callback returns or edits; it may remove the row that it was given, and
 * may not edit others under the prefix. */
typedef enum rc catalog_row_visitor(void *argument, struct bytes key, struct bytes value,
                                    struct error *err);
enum rc catalog_row_each(struct store_transaction *transaction,
                         const struct catalog_key *prefix, catalog_row_visitor *visitor,
                         void *argument, struct error *err) MUST_USE;

/* Locks what the key names until the transaction ends. RC_WAIT when somebody else holds
 * it; a deadlock is 40P01. */
enum rc catalog_row_lock(struct store_transaction *transaction,
                         const struct catalog_key *key, bool is_exclusive,
                         struct error *err) MUST_USE;

#endif
