#ifndef SQL_PARSE_AST_QUERY_H
#define SQL_PARSE_AST_QUERY_H

#include "sql/parse/ast_expression.h"

/* Queries: SELECT, VALUES, TABLE, set operations, and what may stand in FROM. */

struct statement;
struct show_objects;

struct target {
    struct expression *expression; /* a column with has_star, for * and t.* */
    const char *alias;             /* NULL: none given */
    struct span span;
};

struct target_list {
    struct target *items;
    size_t count;
};

struct column_list {
    const char **items;
    size_t count;
};

struct alias {
    const char *name; /* NULL: no alias */
    struct column_list columns;
};

/* One column of `AS t (a int, b text)`. */
struct column_type {
    const char *name;
    struct type_name *type;
    struct name collation;
    struct span span;
};

enum from_kind {
    FROM_RELATION,
    FROM_SUBQUERY,
    FROM_FUNCTION, /* functions: one, or several by ROWS FROM */
    FROM_JOIN,
    FROM_SHOW,        /* Materialize's (SHOW ...) */
    FROM_UNSUPPORTED, /* what: TABLESAMPLE, XMLTABLE, ... */
};

enum join_kind { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_CROSS };

struct relation {
    struct name name;
    bool is_only; /* ONLY t */
};

struct from_function {
    struct expression *call; /* a call, or a value function */
    struct column_type *columns;
    size_t column_count;
};

struct from_functions {
    struct from_function *items;
    size_t count;
    bool with_ordinality;
    bool is_rows_from;
    struct column_type *columns; /* of a single function: AS t (a int, ...) */
    size_t column_count;
};

struct join {
    enum join_kind kind; /* CROSS: no condition at all */
    bool is_natural;
    struct from_item *left;
    struct from_item *right;
    struct column_list using_columns;
    const char *using_alias; /* JOIN ... USING (...) AS x; NULL: none */
    struct expression *on;   /* NULL: none */
};

struct from_item {
    enum from_kind kind;
    bool is_lateral; /* SUBQUERY, FUNCTION */
    struct alias alias;
    struct span span;
    union {
        struct relation relation;
        struct query *subquery;
        struct from_functions functions;
        struct join join;
        struct show_objects *show;
        const char *what;
    };
};

struct from_list {
    struct from_item **items;
    size_t count;
};

enum grouping_kind {
    GROUPING_EXPRESSION,
    GROUPING_EMPTY,
    GROUPING_ROLLUP,
    GROUPING_CUBE,
    GROUPING_SETS
};

/* One item of GROUP BY. SETS nests. ROLLUP and CUBE hold expressions, a row of several
 * columns as EXPRESSION_ROW. */
struct grouping_item {
    enum grouping_kind kind;
    struct expression *expression; /* EXPRESSION */
    struct expression_list list;   /* ROLLUP, CUBE */
    struct grouping_item *sets;    /* SETS */
    size_t set_count;
    struct span span;
};

enum frame_mode { FRAME_NONE, FRAME_RANGE, FRAME_ROWS, FRAME_GROUPS };
enum frame_bound {
    FRAME_UNBOUNDED_PRECEDING,
    FRAME_OFFSET_PRECEDING,
    FRAME_CURRENT_ROW,
    FRAME_OFFSET_FOLLOWING,
    FRAME_UNBOUNDED_FOLLOWING
};
enum frame_exclusion {
    FRAME_EXCLUDE_NONE,
    FRAME_EXCLUDE_CURRENT_ROW,
    FRAME_EXCLUDE_GROUP,
    FRAME_EXCLUDE_TIES
};

struct window {
    const char *name;      /* of WINDOW name AS (...); NULL elsewhere */
    const char *reference; /* OVER name, or the window this one copies; NULL: none */
    bool is_bare_name;     /* OVER name, not OVER (name ...) */
    struct expression_list partition_by;
    struct sort_list order_by;
    enum frame_mode mode; /* NONE: the default frame */
    enum frame_bound start;
    enum frame_bound end;
    enum frame_exclusion exclusion;
    struct expression *start_offset;
    struct expression *end_offset;
    struct span span;
};

/* INTO of SELECT ... INTO t and CREATE TABLE t AS. */
enum persistence { PERSISTENCE_PERMANENT, PERSISTENCE_TEMPORARY, PERSISTENCE_UNLOGGED };

struct select {
    bool is_distinct;
    struct expression_list distinct_on; /* DISTINCT ON (...): is_distinct too */
    struct target_list targets;         /* may be empty: SELECT FROM t */
    struct from_list from;
    struct expression *where;
    struct grouping_item *groups;
    size_t group_count;
    bool is_group_distinct;
    struct expression *having;
    struct window **windows;
    size_t window_count;
    struct name into; /* SELECT ... INTO; count 0: none */
    enum persistence into_persistence;
};

struct values {
    struct expression_list *rows;
    size_t row_count;
};

enum set_operation { SET_UNION, SET_INTERSECT, SET_EXCEPT };

struct set_node {
    enum set_operation operation;
    bool is_all;
    struct query *left;
    struct query *right;
};

enum materialized { MATERIALIZED_DEFAULT, MATERIALIZED_ALWAYS, MATERIALIZED_NEVER };

struct common_table {
    const char *name;
    struct column_list columns;
    enum materialized materialized;
    struct statement *statement; /* a SELECT, INSERT, UPDATE or DELETE */
    const char *unsupported;     /* "SEARCH", "CYCLE"; NULL: none */
    struct span span;
};

struct with_clause {
    struct common_table *items;
    size_t count;
    bool is_recursive;
    struct span span;
};

enum lock_strength { LOCK_KEY_SHARE, LOCK_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE };
enum lock_wait { LOCK_WAIT_BLOCK, LOCK_WAIT_SKIP, LOCK_WAIT_ERROR };

struct locking {
    enum lock_strength strength;
    enum lock_wait wait;
    struct name *relations; /* none: all of FROM */
    size_t relation_count;
};

enum query_kind { QUERY_SELECT, QUERY_VALUES, QUERY_SET };

/* ORDER BY, LIMIT, WITH and locking stand beside each kind. */
struct query {
    enum query_kind kind;
    struct span span;
    union {
        struct select select;
        struct values values;
        struct set_node set;
    };
    struct with_clause *with; /* NULL: none */
    struct sort_list order_by;
    struct expression *limit;  /* NULL: none; LIMIT ALL is a NULL constant */
    struct expression *offset; /* NULL: none */
    bool with_ties;            /* FETCH FIRST n ROWS WITH TIES */
    struct locking *locks;
    size_t lock_count;
};

#endif
