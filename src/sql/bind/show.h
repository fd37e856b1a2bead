#ifndef SQL_BIND_SHOW_H
#define SQL_BIND_SHOW_H

#include "sql/bind/bind.h"

/* Materialize's SHOW <objects> is a query over mz_internal.mz_show_*: this makes its
 * tree, in the arena, for the statement and for FROM (SHOW ...) alike. 0A000 for objects
 * that do not exist yet; 3F000, 3D000 for a FROM that names nothing. */
enum rc show_objects_query(struct arena *arena,
                           const struct bind_surroundings *surroundings,
                           const struct ast_show_objects *show,
                           const struct ast_query **query_out,
                           struct error *err) MUST_USE;

#endif
