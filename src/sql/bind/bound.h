#ifndef SQL_BIND_BOUND_H
#define SQL_BIND_BOUND_H

#include "sql/functions/function.h"

/* A typed, resolved expression: what the binder makes, the planner rewrites and the
 * executor evaluates. Read-only once made; it lives in the arena of its statement. Every
 * implicit conversion is a node of its own, so no operator below guesses types. */

struct bound_query; /* bound_query.h */
struct bound_sort;
struct plan_subquery; /* plan.h */

enum bound_kind {
    BOUND_CONSTANT,
    BOUND_COLUMN,    /* of a FROM item, here or `levels` queries further out */
    BOUND_SLOT,      /* of the batch at hand: the planner's form of a column */
    BOUND_OUTER,     /* a value that the enclosing plan sets for each of its rows */
    BOUND_PARAMETER, /* $n */
    BOUND_CALL,      /* function or operator */
    BOUND_CAST,
    BOUND_AND,
    BOUND_OR,
    BOUND_NOT,
    BOUND_IS_NULL,    /* IS [NOT] NULL */
    BOUND_IS_BOOLEAN, /* IS [NOT] TRUE | FALSE | UNKNOWN */
    BOUND_DISTINCT,   /* IS [NOT] DISTINCT FROM; the call is the types' "=" */
    BOUND_CASE,
    BOUND_COALESCE,
    BOUND_NULLIF,     /* the call is "="; the first argument is the value */
    BOUND_EXTREME,    /* GREATEST, LEAST */
    BOUND_QUANTIFIED, /* left operator ANY | ALL (array) */
    BOUND_ARRAY,      /* ARRAY[...]; of arrays: one dimension more */
    BOUND_SUBSCRIPT,  /* argument 0 is an array, the others int4: its item; NULL past the
                         bounds, with too few or too many subscripts, or with a NULL */
    BOUND_SUBQUERY,
    BOUND_SUBPLAN,   /* the planner's form of a subquery; arguments as there */
    BOUND_AGGREGATE, /* the planner turns it into a slot of its aggregation */
    BOUND_WINDOW,    /* a call over a window of its query; the planner makes it a slot */
    BOUND_GROUPING,  /* GROUPING(...); the planner gives it the number of the set */
    BOUND_SLICE,     /* argument 0 is an array, then lower and upper bound in turn, int4;
                        a bound that was left out is a NULL of type unknown */
    BOUND_ROW,       /* ROW(...) of type record; `row` has the names */
    BOUND_FIELD,     /* argument 0 is a record, `field` the place in it */
    BOUND_LET,       /* argument 0 is computed once for argument 1, which reads it as
                        BOUND_SHARED of the same number */
    BOUND_SHARED,
};

enum bound_boolean { BOUND_TRUE, BOUND_FALSE, BOUND_UNKNOWN };

enum bound_subquery {
    BOUND_SUBQUERY_SCALAR, /* more than one row: 21000 */
    BOUND_SUBQUERY_EXISTS,
    BOUND_SUBQUERY_ANY, /* also IN; argument 0 is compared by the call */
    BOUND_SUBQUERY_ALL,
    BOUND_SUBQUERY_ARRAY,
};

struct bound {
    enum bound_kind kind;
    const struct type *type;
    int32_t typmod;
    uint32_t position; /* byte in the statement's text + 1; 0: none */

    /* Operands, in written order. CASE: condition, result, condition, result, ...,
     * otherwise; the binder has turned the simple form into comparisons. */
    const struct bound **arguments;
    size_t argument_count;

    union {
        struct value constant;
        struct {
            /* 0: of this query. Each enclosing struct bound_query is a level, the sides
             * of a set operation too; the calls of a function in FROM count as one. */
            uint32_t levels;
            uint32_t relation; /* place in the query's range table */
            uint32_t column;   /* from 0 */
        } column;
        uint32_t slot;      /* SLOT, OUTER */
        uint32_t parameter; /* from 0 */
        struct {
            const struct function *function;
            const struct type **argument_types; /* as many as arguments */
            bool negated;                       /* DISTINCT: IS NOT DISTINCT FROM */
            bool all;                           /* QUANTIFIED: ALL */
        } call;
        struct {
            bool negated;
            enum bound_boolean boolean;
            bool is_field; /* IS_NULL of a record as a whole, not of its fields */
        } test;
        bool is_assignment; /* CAST: what is too long for the typmod is 22001, not cut */
        bool greatest;      /* EXTREME */
        struct {
            enum bound_subquery form;
            const struct bound_query *query;
            const struct function *function; /* ANY, ALL: the comparison */
        } subquery;
        const struct plan_subquery *subplan;
        struct {
            const struct function *function;
            const struct type **argument_types;
            uint32_t levels; /* 0: it aggregates this query's rows */
            bool distinct;
            const struct bound *filter;     /* NULL: none */
            const struct bound_sort *order; /* ORDER BY inside the call */
            size_t order_count;
        } aggregate;
        struct {
            const struct function *function; /* WINDOW or AGGREGATE */
            const struct type **argument_types;
            uint32_t window;            /* place in the query's windows */
            const struct bound *filter; /* NULL: none */
        } window;
        struct {
            uint32_t levels;
            const uint32_t *groups; /* the arguments' places among the groups */
            size_t group_count;
            const int32_t *values; /* the planner's: by number of the grouping set */
        } grouping;
        struct {
            const char *const *names; /* argument_count of them */
        } row;
        uint32_t field;  /* from 0 */
        uint32_t shared; /* LET, SHARED: a number unique in the statement */
    };
};

#endif
