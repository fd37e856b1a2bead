#ifndef SERVER_CACHE_H
#define SERVER_CACHE_H

#include "server/prepared.h"

/* Statements of the simple protocol by their whole text, so that one that comes again is
 * neither parsed nor planned. One per session loop, used by that loop's thread alone;
 * bounded, the least lately used one goes. Whether an entry still holds, its stamp tells.
 */
struct statement_cache;

enum { STATEMENT_CACHE_ENTRIES = 512, STATEMENT_CACHE_TEXT_MAX = 4096 /* bytes */ };

struct statement_cache *statement_cache_new(void);
void statement_cache_free(struct statement_cache **cache);

/* A reference for the caller; NULL: not there. `path` as in prepared_stamp. */
struct prepared *statement_cache_find(struct statement_cache *cache, struct bytes text,
                                      uint64_t path);
void statement_cache_put(struct statement_cache *cache, struct bytes text, uint64_t path,
                         struct prepared *prepared);

#endif
