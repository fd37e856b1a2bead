#ifndef SQL_PARSE_AST_EXPRESSION_H
#define SQL_PARSE_AST_EXPRESSION_H

#include "sql/parse/ast_name.h"

/* Expressions as written: nothing is resolved, no type is known yet. */

struct query; /* ast_query.h */
struct window;

enum expression_kind {
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
struct column_reference {
    struct name name;
    bool has_star;
};

/* `left` is NULL for a prefix operator. The name may be qualified: OPERATOR(s.+). */
struct operation {
    struct name name;
    struct expression *left;
    struct expression *right;
};

struct in_list {
    struct expression *left;
    struct expression_list list;
    bool is_negated;
};

enum like_kind { LIKE_LIKE, LIKE_ILIKE, LIKE_SIMILAR };

/* PostgreSQL resolves these as operators ~~, ~~*, ~ (SIMILAR: the pattern goes through
 * similar_to_escape). `escape` is NULL when none was given. */
struct like_match {
    enum like_kind kind;
    bool is_negated;
    struct expression *left;
    struct expression *pattern;
    struct expression *escape;
};

struct between {
    struct expression *value;
    struct expression *low;
    struct expression *high;
    bool is_negated;
    bool is_symmetric;
};

enum sort_direction { SORT_DEFAULT, SORT_ASCENDING, SORT_DESCENDING, SORT_USING };
enum sort_nulls { SORT_NULLS_DEFAULT, SORT_NULLS_FIRST, SORT_NULLS_LAST };

struct sort_item {
    struct expression *expression;
    enum sort_direction direction;
    enum sort_nulls nulls;
    struct name using_operator; /* SORT_USING */
    struct span span;
};

struct sort_list {
    struct sort_item *items;
    size_t count;
};

/* How the call was written; SQL syntax such as EXTRACT(x FROM y) or OVERLAY(...) arrives
 * as a plain call of pg_catalog's function with is_sql_syntax. */
struct call {
    struct name name;
    struct expression_list arguments;
    const char **argument_names; /* per argument, NULL: positional; NULL: none is named */
    bool is_star;                /* count(*) */
    bool is_distinct;
    bool is_variadic;     /* the last argument */
    bool is_within_group; /* `order_by` is WITHIN GROUP's */
    bool is_sql_syntax;
    struct sort_list order_by;
    struct expression *filter; /* NULL: none */
    struct window *over;       /* NULL: no window; a bare name has only `reference` */
};

enum boolean_test { TEST_TRUE, TEST_FALSE, TEST_UNKNOWN, TEST_NULL };

struct test {
    struct expression *operand;
    enum boolean_test kind;
    bool is_negated;
};

struct case_branch {
    struct expression *when;
    struct expression *then;
    struct span span;
};

struct cases {
    struct expression *operand; /* NULL: searched CASE */
    struct case_branch *branches;
    size_t branch_count;
    struct expression *otherwise; /* NULL: no ELSE */
};

struct cast {
    struct expression *operand;
    struct type_name *type;
};

struct collate {
    struct expression *operand;
    struct name collation;
};

enum subquery_kind {
    SUBQUERY_SCALAR,
    SUBQUERY_EXISTS,
    SUBQUERY_ANY, /* left op ANY (query); IN is ANY with operator "=" and is_in */
    SUBQUERY_ALL,
    SUBQUERY_ARRAY, /* ARRAY(query) */
};

/* NOT IN (query) arrives as EXPRESSION_NOT over the ANY. */
struct subquery {
    enum subquery_kind kind;
    struct query *query;
    struct expression *left; /* ANY, ALL */
    struct name operator_name;
    bool is_in;
};

enum indirection_kind {
    INDIRECTION_FIELD,
    INDIRECTION_STAR,
    INDIRECTION_SUBSCRIPT,
    INDIRECTION_SLICE
};

struct indirection_step {
    enum indirection_kind kind;
    const char *field;
    struct expression *lower; /* SUBSCRIPT: the subscript. SLICE: NULL when left out */
    struct expression *upper; /* SLICE only; NULL when left out */
};

struct indirection {
    struct expression *operand;
    struct indirection_step *steps;
    size_t step_count;
};

enum value_function {
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

struct value_function_call {
    enum value_function function;
    int32_t precision; /* -1: none given */
};

struct expression {
    enum expression_kind kind;
    struct span span;
    union {
        struct constant constant;
        struct column_reference column;
        int32_t parameter; /* 1 for $1 */
        struct operation operation;
        struct in_list in;
        struct like_match like;
        struct between between;
        struct call *call;
        struct expression_list list;
        struct expression *operand;
        struct test test;
        struct cases *cases;
        struct cast cast;
        struct collate collate;
        struct subquery *subquery;
        struct indirection indirection;
        struct value_function_call value_function;
        const char *cursor;
        const char *what; /* "XMLPARSE": for the 0A000 message */
    };
};

const char *sql_expression_kind_name(enum expression_kind kind);

/* PostgreSQL's name of the value function's output column: "current_user". */
const char *sql_value_function_name(enum value_function function);

#endif
