#ifndef CATALOG_RELATION_H
#define CATALOG_RELATION_H

#include "catalog/object.h"

/* The system relations: base relations, whose rows a provider makes from a transaction,
 * and views, whose SQL stands over base relations. The SQL side turns cells into its
 * values by the column's type. */
struct system_column {
    const char *name;
    uint32_t type_oid; /* PostgreSQL's or Materialize's (uint8 16464, mz_aclitem 16566) */
    bool is_nullable;
};

enum system_cell_kind { SYSTEM_CELL_NULL, SYSTEM_CELL_TEXT, SYSTEM_CELL_NUMBER };

/* A boolean is the number 0 or 1; a timestamptz microseconds since 1970, UTC; an array
 * its PostgreSQL text form. */
struct system_cell {
    enum system_cell_kind kind;
    const char *text;
    int64_t number;
};

struct system_relation;
struct system_scan;

/* What the catalog cannot know by itself: SQL printing, and live state. A NULL member
 * makes its column NULL, or its relations empty. Results live in the arena. */
struct system_hooks {
    const char *(*create_sql)(void *argument, struct store_transaction *transaction,
                              const struct catalog_object *object, bool redacted,
                              struct arena *arena);
    /* Rows of a relation that is live: sessions, tunnels, settings, functions. */
    enum rc (*live_rows)(void *argument, const struct system_relation *relation,
                         const struct system_scan *scan, struct error *err);
    void *argument;
};

struct system_sink {
    /* One row, as many cells as columns; cells live until it returns. */
    enum rc (*row)(void *argument, const struct system_cell *cells, struct error *err);
    void *argument;
};

/* A condition `column = value` that stands above the scan: a provider that can find such
 * rows directly gives only them, any other gives all. */
struct system_key {
    size_t column;
    struct system_cell value; /* NULL: no row is asked for */
};

struct system_scan {
    struct store_transaction *transaction;
    const struct system_hooks *hooks; /* may be NULL */
    const struct system_sink *sink;
    const struct system_key *key; /* NULL: every row */
};

enum system_relation_kind {
    SYSTEM_RELATION_BASE, /* rows() reads the catalog */
    SYSTEM_RELATION_LIVE, /* hooks->live_rows() */
    SYSTEM_RELATION_VIEW, /* view_sql, whose columns are the declared ones */
};

struct system_relation {
    enum system_relation_kind kind;
    const char *schema;
    const char *name;
    uint32_t oid; /* PostgreSQL's in pg_catalog; below 20000, never 0, unique */
    const struct system_column *columns;
    size_t column_count;
    enum rc (*rows)(const struct system_scan *scan, struct error *err); /* BASE */
    const char *view_sql;                                               /* VIEW */
};

/* The relation at a place from 0 on, base relations first; NULL past the last. Static. */
const struct system_relation *system_relation_at(size_t index);

/* NULL when there is none. */
const struct system_relation *system_relation_find(const char *schema, const char *name);

#endif
