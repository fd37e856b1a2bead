#ifndef SQL_COMMAND_TEMPORARY_H
#define SQL_COMMAND_TEMPORARY_H

#include "base/error.h"

struct store_transaction;

/* Temporary objects live in a schema of their session (catalog/resolve.h). Whoever calls
 * these commits; RC_WAIT and RC_AGAIN from a lock are passed on. */

/* Drops the session's schema with all that is in it; nothing when there is none. At the
 * end of a session, and for DISCARD TEMP. */
enum rc temporary_drop(struct store_transaction *transaction, const char *database,
                       const char *schema, struct error *err) MUST_USE;

/* Drops every such schema: what a server that was killed has left. At start. */
enum rc temporary_drop_all(struct store_transaction *transaction,
                           struct error *err) MUST_USE;

#endif
