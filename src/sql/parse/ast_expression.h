#ifndef SQL_PARSE_AST_EXPRESSION_H
#define SQL_PARSE_AST_EXPRESSION_H

#include "sql/parse/ast_name.h"

/* Expressions as written: nothing is resolved, no type is known yet. */

struct ast_query; /* ast_query.h */
struct ast_window;

enum ast_expression_kind {
    EXPRESSION_CONSTANT,     /* constant */
    EXPRESSION_COLUMN,       /* column */
    EXPRESSION_PARAMETER,    /* parameter */
    EXPRESSION_OPERATOR,     /* operation: a op b, op b */
    EXPRESSION_OPERATOR_ANY, /* operation: a op ANY (array expression) */
    EXPRESSION_OPERATOR_ALL, /* operation: a op ALL (array expression) */
    EXPRESSION_DISTINCT,     /* operation: a IS DISTINCT FROM b; name is "=" */
    EXPRESSION_NOT_DISTINCT,
    EXPRESSION_NULLIF,         /* operation: name is "=" */
    EXPRESSION_IN,             /* in: a [NOT] IN (list) */
    EXPRESSION_LIKE,           /* like: LIKE, ILIKE, SIMILAR TO, each with NOT */
    EXPRESSION_BETWEEN,        /* between */
    EXPRESSION_CALL,           /* call */
    EXPRESSION_AND,            /* list: two or more */
    EXPRESSION_OR,             /* list: two or more */
    EXPRESSION_NOT,            /* operand */
    EXPRESSION_NULL_TEST,      /* test: IS [NOT] NULL */
    EXPRESSION_BOOLEAN_TEST,   /* test: IS [NOT] TRUE/FALSE/UNKNOWN */
    EXPRESSION_CASE,           /* cases */
    EXPRESSION_COALESCE,       /* list */
    EXPRESSION_GREATEST,       /* list */
    EXPRESSION_LEAST,          /* list */
    EXPRESSION_CAST,           /* cast */
    EXPRESSION_COLLATE,        /* collate */
    EXPRESSION_ARRAY,          /* list: ARRAY[...], may be empty */
    EXPRESSION_ROW,            /* list: ROW(...) or (a, b) */
    EXPRESSION_SUBQUERY,       /* subquery */
    EXPRESSION_INDIRECTION,    /* indirection: a[1], a[1:2], (a).b, (a).* */
    EXPRESSION_VALUE_FUNCTION, /* value_function: CURRENT_USER, ... */
    EXPRESSION_GROUPING,       /* list: GROUPING(a, b) */
    EXPRESSION_DEFAULT,        /* DEFAULT in VALUES or SET */
    EXPRESSION_CURRENT_OF,     /* cursor */
    EXPRESSION_UNSUPPORTED,    /* what: parses in PostgreSQL, answered with 0A000 */
    EXPRESSION_KIND_COUNT,
};

/* t.c is parts {"t","c"}; t.* is parts {"t"} and has_star; * alone is no parts. */
struct ast_column_reference {
    struct ast_name name;
    bool has_star;
};

/* `left` is NULL for a prefix operator. The name may be qualified: OPERATOR(s.+). */
struct ast_operation {
    struct ast_name name;
    struct ast_expression *left;
    struct ast_expression *right;
};

struct ast_in_list {
    struct ast_expression *left;
    struct ast_expression_list list;
    bool is_negated;
};

enum ast_like_kind { LIKE_LIKE, LIKE_ILIKE, LIKE_SIMILAR };

/* PostgreSQL resolves these as operators ~~, ~~*, ~ (SIMILAR: the pattern goes through
 * similar_to_escape). `escape` is NULL when none was given. */
struct ast_like_match {
    enum ast_like_kind kind;
    bool is_negated;
    struct ast_expression *left;
    struct ast_expression *pattern;
    struct ast_expression *escape;
};

struct ast_between {
    struct ast_expression *value;
    struct ast_expression *low;
    struct ast_expression *high;
    bool is_negated;
    bool is_symmetric;
};

enum ast_sort_direction { SORT_DEFAULT, SORT_ASCENDING, SORT_DESCENDING, SORT_USING };
enum ast_sort_nulls { SORT_NULLS_DEFAULT, SORT_NULLS_FIRST, SORT_NULLS_LAST };

struct ast_sort_item {
    struct ast_expression *expression;
    enum ast_sort_direction direction;
    enum ast_sort_nulls nulls;
    struct ast_name using_operator; /* SORT_USING */
    struct ast_span span;
};

struct ast_sort_list {
    struct ast_sort_item *items;
    size_t count;
};

/* How the call was written; SQL syntax such as EXTRACT(x FROM y) or OVERLAY(...) arrives
 * as a plain call of pg_catalog's function with is_sql_syntax. */
struct ast_call {
    struct ast_name name;
    struct ast_expression_list arguments;
    const char **argument_names; /* per argument, NULL: positional; NULL: none is named */
    bool is_star;                /* count(*) */
    bool is_distinct;
    bool is_variadic;     /* the last argument */
    bool is_within_group; /* `order_by` is WITHIN GROUP's */
    bool is_sql_syntax;
    struct ast_sort_list order_by;
    struct ast_expression *filter; /* NULL: none */
    struct ast_window *over;       /* NULL: no window; a bare name has only `reference` */
};

enum ast_boolean_test { TEST_TRUE, TEST_FALSE, TEST_UNKNOWN, TEST_NULL };

struct ast_test {
    struct ast_expression *operand;
    enum ast_boolean_test kind;
    bool is_negated;
};

struct ast_case_branch {
    struct ast_expression *when;
    struct ast_expression *then;
    struct ast_span span;
};

struct ast_cases {
    struct ast_expression *operand; /* NULL: searched CASE */
    struct ast_case_branch *branches;
    size_t branch_count;
    struct ast_expression *otherwise; /* NULL: no ELSE */
};

struct ast_cast {
    struct ast_expression *operand;
    struct ast_type_name *type;
};

struct ast_collate {
    struct ast_expression *operand;
    struct ast_name collation;
};

enum ast_subquery_kind {
    SUBQUERY_SCALAR,
    SUBQUERY_EXISTS,
    SUBQUERY_ANY, /* left op ANY (query); IN is ANY with operator "=" and is_in */
    SUBQUERY_ALL,
    SUBQUERY_ARRAY, /* ARRAY(query) */
};

/* NOT IN (query) arrives as EXPRESSION_NOT over the ANY. */
struct ast_subquery {
    enum ast_subquery_kind kind;
    struct ast_query *query;
    struct ast_expression *left; /* ANY, ALL */
    struct ast_name operator_name;
    bool is_in;
};

enum ast_indirection_kind {
    INDIRECTION_FIELD,
    INDIRECTION_STAR,
    INDIRECTION_SUBSCRIPT,
    INDIRECTION_SLICE
};

struct ast_indirection_step {
    enum ast_indirection_kind kind;
    const char *field;
    struct ast_expression
        *lower; /* SUBSCRIPT: the subscript. SLICE: NULL when left out */
    struct ast_expression *upper; /* SLICE only; NULL when left out */
};

struct ast_indirection {
    struct ast_expression *operand;
    struct ast_indirection_step *steps;
    size_t step_count;
};

enum ast_value_function {
    VALUE_CURRENT_DATE,
    VALUE_CURRENT_TIME,
    VALUE_CURRENT_TIMESTAMP,
    VALUE_LOCALTIME,
    VALUE_LOCALTIMESTAMP,
    VALUE_CURRENT_ROLE,
    VALUE_CURRENT_USER,
    VALUE_USER,
    VALUE_SESSION_USER,
    VALUE_CURRENT_CATALOG,
    VALUE_CURRENT_SCHEMA,
};

struct ast_value_function_call {
    enum ast_value_function function;
    int32_t precision; /* -1: none given */
};

struct ast_expression {
    enum ast_expression_kind kind;
    struct ast_span span;
    union {
        struct ast_constant constant;
        struct ast_column_reference column;
        int32_t parameter; /* 1 for $1 */
        struct ast_operation operation;
        struct ast_in_list in;
        struct ast_like_match like;
        struct ast_between between;
        struct ast_call *call;
        struct ast_expression_list list;
        struct ast_expression *operand;
        struct ast_test test;
        struct ast_cases *cases;
        struct ast_cast cast;
        struct ast_collate collate;
        struct ast_subquery *subquery;
        struct ast_indirection indirection;
        struct ast_value_function_call value_function;
        const char *cursor;
        const char *what; /* "XMLPARSE": for the 0A000 message */
    };
};

const char *sql_expression_kind_name(enum ast_expression_kind kind);

/* PostgreSQL's name of the value function's output column: "current_user". */
const char *sql_value_function_name(enum ast_value_function function);

#endif
