#ifndef SQL_EXEC_RELATIONS_H
#define SQL_EXEC_RELATIONS_H

#include "catalog/relation.h"
#include "sql/exec/settings.h"

/* The rows of the live relations that the SQL side knows: mz_internal.base_types,
 * base_functions, base_operators, base_casts, base_settings. For system_hooks.live_rows:
 * *known_out is false, and nothing was sent, when the relation is another's. `settings`
 * may be NULL: the defaults. */
enum rc sql_live_rows(const struct system_relation *relation,
                      const struct settings *settings, const struct system_scan *scan,
                      bool *known_out, struct error *err) MUST_USE;

/* The functions that pg_type names and no query calls (array_in, ...), for regproc: OID 0
 * and NULL when there is none. */
uint32_t sql_type_function_oid(const char *name);
const char *sql_type_function_name(uint32_t oid);

#endif
