#ifndef CATALOG_RESOLVE_H
#define CATALOG_RESOLVE_H

#include "catalog/object.h"

/* Names to objects. `schemas` is the search path without the system schemas; pg_catalog
 * comes first and mz_catalog, mz_internal and information_schema last, unless the path
 * names them. The session's schema of temporary tables is searched before all of them; it
 * is there once something was made in it, and "pg_temp" is another name for it. */
struct catalog_path {
    const char *database; /* the session's */
    const char *const *schemas;
    size_t schema_count;
    const char *temporary; /* "pg_temp_7"; NULL: this session has none */
};

/* A name as written; a NULL part was not written. */
struct catalog_name {
    const char *database;
    const char *schema;
    const char *name;
};

/* 3D000 and 3F000 as PostgreSQL says them. A system schema needs no database. */
enum rc catalog_resolve_schema(struct store_transaction *transaction,
                               const struct catalog_path *path,
                               const struct catalog_name *name, struct arena *arena,
                               struct catalog_object **schema_out,
                               struct error *err) MUST_USE;

/* The item of that name: `unknown catalog item 'x'` (XX000) when none is found. */
enum rc catalog_resolve_item(struct store_transaction *transaction,
                             const struct catalog_path *path,
                             const struct catalog_name *name, struct arena *arena,
                             struct catalog_object **object_out,
                             struct error *err) MUST_USE;

/* The same, RC_NOTFOUND without an error when there is none. A schema that was written
 * and does not exist is still 3F000. */
enum rc catalog_resolve_find(struct store_transaction *transaction,
                             const struct catalog_path *path,
                             const struct catalog_name *name, struct arena *arena,
                             struct catalog_object **object_out,
                             struct error *err) MUST_USE;

/* The schema in which CREATE puts a name: the written one, or the first of the path that
 * exists; 3F000 `no schema has been selected to create in`. */
enum rc catalog_resolve_target(struct store_transaction *transaction,
                               const struct catalog_path *path,
                               const struct catalog_name *name, struct arena *arena,
                               struct catalog_object **schema_out,
                               struct error *err) MUST_USE;

#endif
