#ifndef SQL_BIND_TABLE_H
#define SQL_BIND_TABLE_H

#include "catalog/object.h"
#include "sql/bind/bind.h"

/* A table as the binder, planner and executor see it: made from the catalog's records in
 * one snapshot, read-only, in the arena it was loaded into. Columns are the living ones
 * in order; "place" is an index into them, "number" PostgreSQL's attnum.
 *
 * On disk (docs/FORMAT.md): a row is key space 't', storage (u64), row id (u64) ->
 * values; an index entry key space 'j', storage (u64), the parts in key order
 * (store/key.h) and, unless it is unique and holds no NULL, the row id -> row id. Row ids
 * grow and are never used again; TRUNCATE and rewrites take a new storage number.
 *
 * Whoever reads or changes rows holds a shared lock on the table's record
 * (catalog_row_lock() of catalog_key_id(CATALOG_SPACE_OBJECT, table->id)), whoever
 * changes the definition an exclusive one, which catalog_update() and catalog_drop()
 * take. */

enum { TABLE_SPACE_ROWS = 't', TABLE_SPACE_INDEX = 'j', TABLE_SPACE_SEQUENCE = 'q' };

struct table_column {
    const char *name;
    uint32_t number;
    const struct type *type;
    int32_t typmod;
    bool not_null;
    const char *default_sql; /* "": none */
    char identity;
    char generated;
    struct catalog_id sequence_id;
};

struct table_index_part {
    uint32_t place; /* of the column; UINT32_MAX: expression_sql */
    const char *expression_sql;
    bool is_descending;
    bool nulls_first;
};

struct table_index {
    struct catalog_id id;
    uint32_t oid;
    const char *name;
    uint64_t storage;
    bool is_unique;
    bool is_primary;
    bool nulls_not_distinct;
    const struct table_index_part *parts;
    size_t part_count;
    const char *predicate_sql; /* "": none */
};

/* Checks, and foreign keys in both directions. */
struct table_constraint {
    const char *name;
    char kind; /* 'c', 'f'; 'r': another table's foreign key that points here */
    const char *expression_sql;
    const uint32_t *places; /* of this table's columns */
    const uint32_t *foreign_numbers;
    size_t place_count;
    struct catalog_id other_id; /* the other table */
    char match;
    char on_update;
    char on_delete;
    bool is_deferrable;
    bool is_deferred;
};

struct table {
    struct catalog_id id;
    uint32_t oid;
    const char *schema;
    const char *name;
    uint64_t storage;
    bool is_temporary;
    const struct table_column *columns;
    size_t column_count;
    uint32_t stored_count; /* highest number ever given: rows may be shorter (older) */
    const struct table_index *indexes;
    size_t index_count;
    const struct table_constraint *constraints;
    size_t constraint_count;
    uint64_t row_estimate; /* for the planner */
};

/* From a TABLE object. XX001 when its records contradict each other. */
enum rc table_load(struct arena *arena, struct store_transaction *transaction,
                   const struct catalog_object *object, const struct table **table_out,
                   struct error *err) MUST_USE;

/* Expressions of a table: defaults, checks, index parts. */

enum table_clause {
    TABLE_DEFAULT,   /* no column may be named */
    TABLE_CHECK,     /* boolean */
    TABLE_GENERATED, /* immutable, and over columns that are not generated */
    TABLE_INDEX,     /* immutable */
    TABLE_PREDICATE, /* boolean and immutable: WHERE of an index */
    TABLE_TRANSFORM, /* USING of ALTER COLUMN TYPE */
};

struct table_definition {
    enum table_clause clause;
    const struct table *table;
    const char *column; /* that it makes, for messages; NULL: none */
    /* The type it is assigned to; NULL: boolean or as it is. DEFAULT, GENERATED and
     * TRANSFORM have one. */
    const struct type *type;
};

/* A column of the table is a BOUND_COLUMN of relation 0, numbered by its place. */
enum rc bind_definition(struct arena *arena, const struct bind_surroundings *surroundings,
                        const struct table_definition *about,
                        const struct ast_expression *expression,
                        const struct bound **bound_out, struct error *err) MUST_USE;

/* The same of a stored text. */
enum rc bind_definition_text(struct arena *arena,
                             const struct bind_surroundings *surroundings,
                             const struct table_definition *about, const char *sql,
                             const struct bound **bound_out, struct error *err) MUST_USE;

/* The text to store, in the form of PostgreSQL's ruleutils; an implicit conversion at its
 * top is left out. 0A000 when it has none. */
enum rc table_definition_print(struct arena *arena, const struct table *table,
                               const struct bound *bound, const char **sql_out,
                               struct error *err) MUST_USE;

#endif
