#ifndef SQL_PLAN_PLAN_H
#define SQL_PLAN_PLAN_H

#include "sql/bind/bound_query.h"

/* How a query is carried out: a tree of operators that the executor opens as it is.
 * Read-only once made, so that a prepared statement's plan is run many times, also by
 * several threads; it lives in the planner's arena.
 *
 * Every expression below reads BOUND_SLOT of its operator's input (for a join: the left
 * columns, then the right ones), BOUND_OUTER and BOUND_PARAMETER. BOUND_OUTER n is place
 * n of one array for the whole statement; whoever runs a subplan or the right side of a
 * join again fills it first (plan_binding). */

struct plan;
struct system_relation;

enum plan_kind {
    PLAN_ONE_ROW,  /* one row without columns */
    PLAN_EMPTY,    /* no row: WHERE false */
    PLAN_SYSTEM,   /* scan of a system relation */
    PLAN_VALUES,   /* rows of expressions */
    PLAN_FUNCTION, /* functions in FROM */
    PLAN_FILTER,
    PLAN_PROJECT,
    PLAN_PROJECT_SET, /* the same, with set-returning calls among the expressions */
    PLAN_TABLE,       /* a user's table, by row id */
    PLAN_INDEX,       /* the same by an index */
    PLAN_MODIFY,      /* INSERT, UPDATE, DELETE: the rows that were written */
    PLAN_LOCK,        /* FOR UPDATE, FOR SHARE */
    PLAN_HASH_JOIN,
    PLAN_NESTED_JOIN,
    PLAN_AGGREGATE, /* by hash; without groups: one row always */
    PLAN_WINDOW,    /* over rows sorted by partition and order: its columns, then calls */
    PLAN_SORT,
    PLAN_DISTINCT,    /* by hash, the first of equal rows stays */
    PLAN_DISTINCT_ON, /* over sorted rows: the first of each run */
    PLAN_LIMIT,
    PLAN_APPEND, /* UNION ALL: all rows of all inputs */
    PLAN_INTERSECT,
    PLAN_EXCEPT,
    PLAN_MATERIALIZE, /* keeps its rows for a second reading */
    PLAN_COMMON,      /* rows of a shared WITH query */
    PLAN_RECURSIVE,   /* inputs: first part, repeated part */
    PLAN_WORK,        /* in the repeated part: the rows of the round before */
    PLAN_KIND_COUNT
};

enum plan_join {
    PLAN_JOIN_INNER,
    PLAN_JOIN_LEFT,
    PLAN_JOIN_RIGHT,
    PLAN_JOIN_FULL,
    PLAN_JOIN_SEMI,
    PLAN_JOIN_ANTI
};

/* Before the rows of a subplan are asked for, place `outer` takes the value of the
 * expression in the row at hand. */
struct plan_binding {
    uint32_t outer;
    const struct bound *expression;
};

struct plan_bindings {
    struct plan_binding *items;
    size_t count;
};

/* Equality of a hash key: both sides have the same type after coercion. */
struct plan_key {
    const struct bound *left;  /* over the left input's slots */
    const struct bound *right; /* over the right input's slots, numbered from 0 */
    bool nulls_match;          /* IS NOT DISTINCT FROM */
};

struct plan_sort_key {
    uint32_t slot;
    bool is_descending;
    bool nulls_first;
};

/* What a BOUND_SUBPLAN stands for. Without bindings it is run once per execution. */
struct plan_subquery {
    enum bound_subquery form;
    const struct plan *plan;
    struct plan_bindings bindings;
    /* ANY, ALL: argument 0 of the BOUND_SUBPLAN against the subplan's only column;
     * `comparison` is a BOUND_CALL over slot 0 (that argument) and slot 1 (the column).
     */
    const struct bound *comparison;
    /* ANY by "=" whose values hash: the rows are put into a table once. */
    bool is_hashed;
};

/* Rows of one table, by the slot of their row ids, which may be NULL. */
struct plan_lock {
    const struct table *table;
    uint32_t slot;
    enum bound_lock_strength strength;
    enum bound_lock_wait wait;
};

struct plan {
    enum plan_kind kind;
    const struct type **types; /* of the columns it yields */
    size_t column_count;
    double rows; /* estimates: EXPLAIN and the planner's choices */
    double cost;

    const struct plan **inputs;
    size_t input_count;

    union {
        struct {
            const struct system_relation *relation;
            const uint32_t *columns; /* which of its columns, in the order yielded */
            const char *alias;       /* for EXPLAIN */
            const struct bound *key; /* constant or outer; NULL: every row */
            uint32_t key_column;     /* of the relation: column = key */
        } system;
        struct {
            const struct table *table;
            const uint32_t *places; /* of its columns, in the order yielded; as many as
                                       the table has: the row id */
            const char *alias;      /* for EXPLAIN */
            size_t index;           /* INDEX: place in table.indexes */
            /* INDEX: values of the first parts, then at most one of `any` and bounds for
             * the next part; all read no slot. The rows may be more than these. */
            const struct bound **equal;
            size_t equal_count;
            const struct bound *any; /* an array: each of its items in turn */
            const struct bound *lower;
            const struct bound *upper;
            bool lower_inclusive;
            bool upper_inclusive;
            bool is_backward;
        } table;
        struct {
            const struct bound_modify *modify;
            const struct bound **assignments; /* ON CONFLICT: over the row that is there,
                                                 then "excluded" */
            const struct bound *where;        /* NULL: none */
        } modify;
        struct {
            const struct plan_lock *items;
            size_t count;
        } lock;
        struct {
            const struct bound ***rows;
            size_t row_count;
        } values;
        struct {
            const struct bound **calls;
            size_t call_count;
            const size_t *widths; /* columns of each; a record's fields are several;
                                     NULL: one each */
            bool with_ordinality; /* a last column, int8 from 1 */
        } function;
        struct {
            const struct bound *condition;
        } filter;
        struct {
            const struct bound **expressions; /* column_count of them */
        } project;
        struct {
            enum plan_join join;
            const struct plan_key *keys; /* HASH_JOIN: at least one */
            size_t key_count;
            const struct bound *condition; /* the rest of ON; NULL: none */
            struct plan_bindings bindings; /* NESTED_JOIN: the right side is run again
                                              for each left row with these */
            bool nulls_are_equal_to_all;   /* ANTI for NOT IN */
        } join;
        struct {
            const struct bound **groups;
            size_t group_count;
            const struct bound **calls; /* BOUND_AGGREGATE; columns after the groups */
            size_t call_count;
            /* Grouping sets; with them the number of the set (int4) stands between the
             * groups and the calls, and what is not in the set is NULL. */
            const struct bound_grouping_set *sets;
            size_t set_count;
        } aggregate;
        struct {
            const uint32_t *partition; /* slots */
            size_t partition_count;
            const struct plan_sort_key *order;
            size_t order_count;
            struct bound_frame frame;
            const struct bound **calls; /* BOUND_WINDOW */
            size_t call_count;
        } window;
        struct {
            const struct plan_sort_key *keys;
            size_t key_count;
            const struct bound *at_most; /* only so many rows are needed; NULL: all */
        } sort;
        struct {
            const uint32_t *slots; /* DISTINCT_ON: the run is of equal values in these */
            size_t slot_count;
        } distinct;
        struct {
            const struct bound *limit; /* NULL: none */
            const struct bound *offset;
            const uint32_t *ties; /* WITH TIES: the slots that were sorted by */
            size_t tie_count;
        } limit;
        struct {
            bool is_all;
        } set;
        struct {
            uint32_t number; /* place in plan_statement.commons */
        } common;
        struct {
            uint32_t number; /* tells nested recursions apart; WORK has the same */
            bool is_all;
        } recursive;
    };
};

struct plan_statement {
    const struct plan *root;
    const struct plan **commons; /* each is run at most once */
    const bool *must_finish;     /* per common: run to its end whoever reads it */
    bool has_locks;              /* it may wait for a lock after its first row */
    size_t common_count;
    size_t outer_count; /* places of BOUND_OUTER */
    size_t recursive_count;
};

struct error;

/* 54001 for a tree too deep, else it cannot fail for reasons of the query. */
enum rc plan_query(struct arena *arena, const struct bound_query *query,
                   const struct plan_statement **plan_out, struct error *err) MUST_USE;

/* EXPLAIN: one line per item, as PostgreSQL lays them out. */
void plan_explain(struct arena *arena, const struct plan_statement *plan,
                  const char ***lines_out, size_t *count_out);

#endif
