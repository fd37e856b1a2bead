#ifndef SQL_BIND_BOUND_QUERY_H
#define SQL_BIND_BOUND_QUERY_H

#include "sql/bind/bound.h"

/* A typed, resolved query: what the binder makes and the planner reads. Read-only once
 * made; in the arena of its statement. */

struct system_relation; /* catalog/relation.h */
struct table;           /* table.h */
struct bound_modify;    /* bound_modify.h */

/* A column of a result, as RowDescription tells it. */
struct bound_column {
    const char *name;
    const struct type *type; /* never unknown: the binder makes it text */
    int32_t typmod;
    uint32_t relation_oid; /* of the relation it comes from unchanged; 0: none */
    int16_t attribute;     /* its number there, from 1; 0: none */
};

struct bound_columns {
    struct bound_column *items;
    size_t count;
};

enum bound_relation_kind {
    BOUND_RELATION_SYSTEM,
    BOUND_RELATION_TABLE, /* a user's table; its column number columns.count is the row id
                             (int8), which only trees of UPDATE and DELETE refer to */
    BOUND_RELATION_QUERY, /* a subquery, a view, VALUES */
    BOUND_RELATION_FUNCTION,
    BOUND_RELATION_COMMON, /* a reference to a WITH query */
};

/* One entry of a query's range table. */
struct bound_relation {
    enum bound_relation_kind kind;
    const char *alias;            /* as written, or the relation's name */
    struct bound_columns columns; /* renamed by the alias' column list */
    bool is_lateral;              /* may read columns of items to its left (levels 1) */
    union {
        const struct system_relation *system;
        const struct table *table; /* table.h */
        const struct bound_query *query;
        struct {
            const struct bound **calls; /* BOUND_CALL or any scalar expression */
            size_t call_count;          /* several: ROWS FROM */
            const size_t *widths;       /* columns of each call: of a record its fields */
            bool with_ordinality;
        } function;
        struct {
            uint32_t levels; /* 0: of this query's own WITH list */
            uint32_t index;  /* place in that list */
        } common;
    };
};

enum bound_join_kind {
    BOUND_JOIN_INNER, /* CROSS: without a condition */
    BOUND_JOIN_LEFT,
    BOUND_JOIN_RIGHT,
    BOUND_JOIN_FULL,
};

/* The tree of FROM. Items divided by commas are inner joins without a condition. */
struct bound_from {
    bool is_join;
    uint32_t relation; /* leaf: place in the range table */
    enum bound_join_kind kind;
    const struct bound_from *left;
    const struct bound_from *right;
    const struct bound *condition; /* NULL: none. USING has become equalities */
};

struct bound_sort {
    /* In a query the place of a target, in an aggregate of an argument. */
    uint32_t target;
    bool is_descending;
    bool nulls_first;
};

struct bound_common {
    const char *name;
    const struct bound_query *query;
    bool is_recursive; /* the query is a UNION whose right side refers to the name */
    bool is_materialized;
    bool is_modify; /* INSERT, UPDATE, DELETE: run to its end whoever reads it */
    size_t reference_count;
};

enum bound_frame_mode { BOUND_FRAME_RANGE, BOUND_FRAME_ROWS, BOUND_FRAME_GROUPS };

enum bound_frame_end {
    BOUND_FRAME_UNBOUNDED_PRECEDING,
    BOUND_FRAME_OFFSET_PRECEDING,
    BOUND_FRAME_CURRENT_ROW,
    BOUND_FRAME_OFFSET_FOLLOWING,
    BOUND_FRAME_UNBOUNDED_FOLLOWING,
};

enum bound_frame_exclusion {
    BOUND_EXCLUDE_NONE,
    BOUND_EXCLUDE_CURRENT_ROW,
    BOUND_EXCLUDE_GROUP,
    BOUND_EXCLUDE_TIES,
};

/* Which rows around the one at hand a window function reads. */
struct bound_frame {
    enum bound_frame_mode mode;
    enum bound_frame_end start;
    enum bound_frame_end end;
    enum bound_frame_exclusion exclusion;
    const struct bound *start_offset; /* int8; of RANGE what the sort key is shifted by */
    const struct bound *end_offset;
};

/* A window of the query: of WINDOW, or of OVER. Its expressions are like targets. */
struct bound_window {
    const struct bound **partition;
    size_t partition_count;
    const struct bound **order;
    struct bound_sort *sort; /* directions; `target` is the place in `order` */
    size_t order_count;
    struct bound_frame frame;
};

/* FOR UPDATE and its kin: weakest first, as row locks conflict. */
enum bound_lock_strength {
    BOUND_LOCK_KEY_SHARE,
    BOUND_LOCK_SHARE,
    BOUND_LOCK_NO_KEY_UPDATE,
    BOUND_LOCK_UPDATE,
};

enum bound_lock_wait { BOUND_LOCK_WAIT, BOUND_LOCK_SKIP, BOUND_LOCK_NOWAIT };

/* Rows of one table of the range table are locked as they are read. */
struct bound_lock {
    uint32_t relation;
    enum bound_lock_strength strength;
    enum bound_lock_wait wait;
};

/* One of several grouping sets: the places of its groups. */
struct bound_grouping_set {
    const uint32_t *groups;
    size_t count;
};

enum bound_query_kind {
    BOUND_QUERY_SELECT,
    BOUND_QUERY_VALUES,
    BOUND_QUERY_SET,
    BOUND_QUERY_MODIFY, /* only columns and `modify`: bound_modify.h */
};

enum bound_set_operation { BOUND_SET_UNION, BOUND_SET_INTERSECT, BOUND_SET_EXCEPT };

struct bound_query {
    enum bound_query_kind kind;
    struct bound_columns columns; /* the result's; as many as visible targets */

    struct bound_relation *relations; /* the range table */
    size_t relation_count;
    const struct bound_from *from; /* NULL: none */
    const struct bound *where;     /* NULL: none */

    /* The visible targets come first, then those that only ORDER BY, DISTINCT ON or the
     * set operation needs. For VALUES and SET these are columns 0.. of the rows, as
     * BOUND_SLOT. */
    const struct bound **targets;
    size_t target_count;

    /* GROUP BY, or an aggregate anywhere: is_grouped. Targets, HAVING hold
     * BOUND_AGGREGATE and, outside of them, only expressions equal to a group
     * (bound_equal()) or constant ones. */
    bool is_grouped;
    const struct bound **groups;
    size_t group_count;
    const struct bound *having;
    /* GROUPING SETS and its kin; none: the one set of all groups. */
    const struct bound_grouping_set *grouping_sets;
    size_t grouping_set_count;

    struct bound_window *windows; /* what BOUND_WINDOW of the targets refers to */
    size_t window_count;

    const struct bound_lock *locks; /* only tables; the strongest where several ask */
    size_t lock_count;

    bool is_distinct;      /* over the visible targets */
    uint32_t *distinct_on; /* places of targets; is_distinct is false then */
    size_t distinct_on_count;

    const struct bound_sort *order;
    size_t order_count;
    const struct bound *limit; /* int8; NULL: none */
    const struct bound *offset;
    bool with_ties;

    const struct bound ***rows; /* VALUES: row_count rows of columns.count */
    size_t row_count;

    enum bound_set_operation operation; /* SET; both sides have the columns' types */
    bool is_all;
    const struct bound_query *left;
    const struct bound_query *right;

    struct bound_common *commons; /* WITH */
    size_t common_count;

    const struct bound_modify *modify; /* MODIFY; a level further in */
};

/* Structural equality, positions aside: "is this expression the one grouped by". */
bool bound_equal(const struct bound *a, const struct bound *b);

#endif
