#ifndef SQL_BIND_BOUND_MODIFY_H
#define SQL_BIND_BOUND_MODIFY_H

#include "sql/bind/bound_query.h"
#include "sql/bind/table.h"

struct ast_statement;

/* INSERT, UPDATE and DELETE as the binder makes them: a query of kind BOUND_QUERY_MODIFY
 * whose only part is this. Its rows are those that were written: first the table's
 * columns by place as they are now (DELETE: as they were), then the columns of the source
 * from `extra_first` on. RETURNING is a SELECT over such a query. */

enum bound_modify_kind { BOUND_INSERT, BOUND_UPDATE, BOUND_DELETE };

/* ON CONFLICT. */
enum bound_conflict {
    BOUND_CONFLICT_NONE,
    BOUND_CONFLICT_NOTHING,
    BOUND_CONFLICT_UPDATE
};

struct bound_assignment {
    uint32_t place;
    const struct bound *value; /* ON CONFLICT: see below. UPDATE: NULL, it is the source's
                                  column */
};

/* What holds for every row of a table; expressions over slots that are places. */
struct bound_rules {
    const struct bound **generated; /* by place; NULL: not generated */
    bool has_generated;
    const struct bound **checks; /* in order of their names */
    const char **check_names;
    size_t check_count;
};

struct bound_modify {
    enum bound_modify_kind kind;
    const struct table *table;
    const char *alias;
    /* INSERT: a column for each of the table's, defaults included, generated ones NULL.
     * UPDATE and DELETE: the row id, the old values by place, UPDATE's new values in the
     * order of `assignments`; then what RETURNING reads of other relations. */
    const struct bound_query *source;
    struct bound_assignment *assignments;
    size_t assignment_count;
    size_t extra_first; /* in the source's columns */
    struct bound_rules rules;
    /* ON CONFLICT: columns of relation 0: 0.. are the existing row by place,
     * column_count.. the row that was to be inserted ("excluded"). */
    enum bound_conflict conflict;
    size_t *arbiters; /* places of indexes; none: any */
    size_t arbiter_count;
    const struct bound *conflict_where; /* NULL: none */
};

/* Any of SELECT, INSERT, UPDATE, DELETE. Without RETURNING the query has no columns, and
 * a row for each that was written. */
enum rc bind_rows_statement(struct arena *arena,
                            const struct bind_surroundings *surroundings,
                            const struct ast_statement *statement,
                            const struct bound_query **bound_out,
                            struct error *err) MUST_USE;

/* An expression of a table's definition, from its stored text: columns are BOUND_SLOT by
 * place. */
struct table_expression {
    const struct table *table;
    enum table_clause clause;
    const char *sql;
    const char *column;        /* it belongs to; NULL: none */
    const struct type *target; /* brought there by assignment; NULL: as it is */
    int32_t typmod;            /* with target; TYPE_TYPMOD_NONE: none */
};

enum rc bind_table_expression(struct arena *arena, struct store_transaction *transaction,
                              const struct type_context *types,
                              const struct table_expression *expression,
                              const struct bound **bound_out, struct error *err) MUST_USE;

enum rc bind_table_rules(struct arena *arena, struct store_transaction *transaction,
                         const struct type_context *types, const struct table *table,
                         struct bound_rules *rules_out, struct error *err) MUST_USE;

/* The default of a column, its identity's next value included; over no slot. */
struct table_place {
    const struct table *table;
    uint32_t place;
};

enum rc bind_table_default(struct arena *arena, struct store_transaction *transaction,
                           const struct type_context *types, struct table_place at,
                           const struct bound **bound_out, struct error *err) MUST_USE;

#endif
