#ifndef SQL_PARSE_AST_QUERY_H
#define SQL_PARSE_AST_QUERY_H

#include "sql/parse/ast_expression.h"

/* Queries: SELECT, VALUES, TABLE, set operations, and what may stand in FROM. */

struct ast_statement;
struct ast_show_objects;

struct ast_target {
    struct ast_expression *expression; /* a column with has_star, for * and t.* */
    const char *alias;                 /* NULL: none given */
    struct ast_span span;
};

struct ast_target_list {
    struct ast_target *items;
    size_t count;
};

struct ast_column_list {
    const char **items;
    size_t count;
};

struct ast_alias {
    const char *name; /* NULL: no alias */
    struct ast_column_list columns;
};

/* One column of `AS t (a int, b text)`. */
struct ast_column_type {
    const char *name;
    struct ast_type_name *type;
    struct ast_name collation;
    struct ast_span span;
};

enum ast_from_kind {
    FROM_RELATION,
    FROM_SUBQUERY,
    FROM_FUNCTION, /* functions: one, or several by ROWS FROM */
    FROM_JOIN,
    FROM_SHOW,        /* Materialize's (SHOW ...) */
    FROM_UNSUPPORTED, /* what: TABLESAMPLE, XMLTABLE, ... */
};

enum ast_join_kind { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_CROSS };

struct ast_relation {
    struct ast_name name;
    bool is_only; /* ONLY t */
};

struct ast_from_function {
    struct ast_expression *call; /* a call, or a value function */
    struct ast_column_type *columns;
    size_t column_count;
};

struct ast_from_functions {
    struct ast_from_function *items;
    size_t count;
    bool with_ordinality;
    bool is_rows_from;
    struct ast_column_type *columns; /* of a single function: AS t (a int, ...) */
    size_t column_count;
};

struct ast_join {
    enum ast_join_kind kind; /* CROSS: no condition at all */
    bool is_natural;
    struct ast_from_item *left;
    struct ast_from_item *right;
    struct ast_column_list using_columns;
    const char *using_alias;   /* JOIN ... USING (...) AS x; NULL: none */
    struct ast_expression *on; /* NULL: none */
};

struct ast_from_item {
    enum ast_from_kind kind;
    bool is_lateral; /* SUBQUERY, FUNCTION */
    struct ast_alias alias;
    struct ast_span span;
    union {
        struct ast_relation relation;
        struct ast_query *subquery;
        struct ast_from_functions functions;
        struct ast_join join;
        struct ast_show_objects *show;
        const char *what;
    };
};

struct ast_from_list {
    struct ast_from_item **items;
    size_t count;
};

enum ast_grouping_kind {
    GROUPING_EXPRESSION,
    GROUPING_EMPTY,
    GROUPING_ROLLUP,
    GROUPING_CUBE,
    GROUPING_SETS
};

/* One item of GROUP BY. SETS nests. ROLLUP and CUBE hold expressions, a row of several
 * columns as EXPRESSION_ROW. */
struct ast_grouping_item {
    enum ast_grouping_kind kind;
    struct ast_expression *expression; /* EXPRESSION */
    struct ast_expression_list list;   /* ROLLUP, CUBE */
    struct ast_grouping_item *sets;    /* SETS */
    size_t set_count;
    struct ast_span span;
};

enum ast_frame_mode { FRAME_NONE, FRAME_RANGE, FRAME_ROWS, FRAME_GROUPS };
enum ast_frame_bound {
    FRAME_UNBOUNDED_PRECEDING,
    FRAME_OFFSET_PRECEDING,
    FRAME_CURRENT_ROW,
    FRAME_OFFSET_FOLLOWING,
    FRAME_UNBOUNDED_FOLLOWING
};
enum ast_frame_exclusion {
    FRAME_EXCLUDE_NONE,
    FRAME_EXCLUDE_CURRENT_ROW,
    FRAME_EXCLUDE_GROUP,
    FRAME_EXCLUDE_TIES
};

struct ast_window {
    const char *name;      /* of WINDOW name AS (...); NULL elsewhere */
    const char *reference; /* OVER name, or the window this one copies; NULL: none */
    bool is_bare_name;     /* OVER name, not OVER (name ...) */
    struct ast_expression_list partition_by;
    struct ast_sort_list order_by;
    enum ast_frame_mode mode; /* NONE: the default frame */
    enum ast_frame_bound start;
    enum ast_frame_bound end;
    enum ast_frame_exclusion exclusion;
    struct ast_expression *start_offset;
    struct ast_expression *end_offset;
    struct ast_span span;
};

/* INTO of SELECT ... INTO t and CREATE TABLE t AS. */
enum ast_persistence {
    PERSISTENCE_PERMANENT,
    PERSISTENCE_TEMPORARY,
    PERSISTENCE_UNLOGGED
};

struct ast_select {
    bool is_distinct;
    struct ast_expression_list distinct_on; /* DISTINCT ON (...): is_distinct too */
    struct ast_target_list targets;         /* may be empty: SELECT FROM t */
    struct ast_from_list from;
    struct ast_expression *where;
    struct ast_grouping_item *groups;
    size_t group_count;
    bool is_group_distinct;
    struct ast_expression *having;
    struct ast_window **windows;
    size_t window_count;
    struct ast_name into; /* SELECT ... INTO; count 0: none */
    enum ast_persistence into_persistence;
};

struct ast_values {
    struct ast_expression_list *rows;
    size_t row_count;
};

enum ast_set_operation { SET_UNION, SET_INTERSECT, SET_EXCEPT };

struct ast_set_node {
    enum ast_set_operation operation;
    bool is_all;
    struct ast_query *left;
    struct ast_query *right;
};

enum ast_materialized { MATERIALIZED_DEFAULT, MATERIALIZED_ALWAYS, MATERIALIZED_NEVER };

struct ast_common_table {
    const char *name;
    struct ast_column_list columns;
    enum ast_materialized materialized;
    struct ast_statement *statement; /* a SELECT, INSERT, UPDATE or DELETE */
    const char *unsupported;         /* "SEARCH", "CYCLE"; NULL: none */
    struct ast_span span;
};

struct ast_with_clause {
    struct ast_common_table *items;
    size_t count;
    bool is_recursive;
    struct ast_span span;
};

enum ast_lock_strength { LOCK_KEY_SHARE, LOCK_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE };
enum ast_lock_wait { LOCK_WAIT_BLOCK, LOCK_WAIT_SKIP, LOCK_WAIT_ERROR };

struct ast_locking {
    enum ast_lock_strength strength;
    enum ast_lock_wait wait;
    struct ast_name *relations; /* none: all of FROM */
    size_t relation_count;
};

enum ast_query_kind { QUERY_SELECT, QUERY_VALUES, QUERY_SET };

/* ORDER BY, LIMIT, WITH and locking stand beside each kind. */
struct ast_query {
    enum ast_query_kind kind;
    struct ast_span span;
    union {
        struct ast_select select;
        struct ast_values values;
        struct ast_set_node set;
    };
    struct ast_with_clause *with; /* NULL: none */
    struct ast_sort_list order_by;
    struct ast_expression *limit;  /* NULL: none; LIMIT ALL is a NULL constant */
    struct ast_expression *offset; /* NULL: none */
    bool with_ties;                /* FETCH FIRST n ROWS WITH TIES */
    struct ast_locking *locks;
    size_t lock_count;
};

#endif
