#ifndef CATALOG_TABLE_H
#define CATALOG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/id.h"

/* The parts of table, index, view and sequence records. Expressions are kept as SQL text
 * that names columns of the table; texts that are not there are "". Numbers of columns
 * are PostgreSQL's attnum: from 1, never used again once a column is dropped. */

struct record_column {
    uint32_t number;
    const char *name;
    uint32_t type_oid;
    int32_t typmod;
    bool not_null;
    const char *default_sql;
    char identity;                 /* 'a' always, 'd' by default; 0 */
    char generated;                /* 's' stored: default_sql computes it; 0 */
    struct catalog_id sequence_id; /* of serial and identity; none */
    bool is_dropped;               /* its values stay in old rows */
};

struct record_columns {
    struct record_column *items;
    size_t count;
};

/* PostgreSQL's pg_constraint. */
struct record_constraint {
    const char *name;
    uint32_t oid;
    char kind;         /* 'p' primary, 'u' unique, 'c' check, 'f' foreign */
    uint32_t *columns; /* numbers, in key order */
    size_t column_count;
    const char *expression_sql; /* check */
    struct catalog_id index_id; /* primary, unique; foreign: the referenced one */
    struct catalog_id table_id; /* foreign: the referenced table */
    uint32_t *foreign_columns;  /* as many as columns; NULL but for foreign */
    char match;                 /* 's' simple, 'f' full */
    char on_update;             /* 'a' no action, 'r' restrict, 'c' cascade, 'n' set null,
                                   'd' set default */
    char on_delete;
    bool is_deferrable;
    bool is_deferred;
};

struct record_constraints {
    struct record_constraint *items;
    size_t count;
};

struct record_index_part {
    uint32_t number; /* of the column; 0: expression_sql */
    const char *expression_sql;
    bool is_descending;
    bool nulls_first;
};

struct record_index_parts {
    struct record_index_part *items;
    size_t count;
};

/* A relation that a view reads, under the names that it and its columns had when the view
 * was made: the view's text goes on meaning the same after renames and new columns. */
struct record_source {
    const char *schema; /* as written; "": none */
    const char *name;
    struct catalog_id id;
    uint32_t *numbers; /* of the columns, ascending */
    const char **names;
    size_t column_count;
};

struct record_sources {
    struct record_source *items;
    size_t count;
};

#endif
