#ifndef CATALOG_COMMENT_H
#define CATALOG_COMMENT_H

#include "catalog/record.h"

struct store_transaction;

/* Comments by object and sub id: 0 is the object, n its column n. NULL or "" removes. */
enum rc catalog_comment_set(struct store_transaction *transaction, struct catalog_id id,
                            uint32_t sub_id, const char *text,
                            struct error *err) MUST_USE;

/* RC_NOTFOUND without an error when there is none. */
enum rc catalog_comment_get(struct store_transaction *transaction, struct catalog_id id,
                            uint32_t sub_id, struct arena *arena, const char **text_out,
                            struct error *err) MUST_USE;

enum rc catalog_each_comment(struct store_transaction *transaction,
                             enum rc (*comment)(void *argument, struct catalog_id id,
                                                uint32_t sub_id, struct bytes text,
                                                struct error *err),
                             void *argument, struct error *err) MUST_USE;

#endif
