#ifndef SQL_PLAN_EXPLAIN_H
#define SQL_PLAN_EXPLAIN_H

#include "sql/plan/plan.h"

struct arena;
struct buffer;

/* What EXPLAIN shares between the lines and the expressions in them. Texts are in the
 * arena; the long ones are cut, so that nested projections cannot double without end. */

enum { EXPLAIN_NAME_MAX = 400 };

/* The names of an operator's input columns. */
struct names {
    const char **items;
    size_t count;
};

/* A subplan met in an expression, to be shown below the operator. */
struct shown_subplan {
    const struct plan_subquery *subquery;
    const struct plan *owner; /* the operator whose expression holds it */
    size_t number;            /* from 1, over the statement */
    bool is_init;             /* without bindings and not hashed: run once */
};

struct explain {
    struct arena *arena;
    const char **lines;
    size_t line_count;
    size_t line_capacity;
    bool has_prefix;     /* several relations: columns bear their alias */
    const char **outers; /* names of the places, as far as they are known */
    size_t outer_count;
    size_t subplan_count;
    const struct plan *current; /* whose expressions are being read */
    struct shown_subplan *subplans;
    size_t shown_count;
    size_t shown_capacity;
};

/* deparse.c: an expression as SQL-like text. */
const char *deparse(struct explain *explain, const struct names *names,
                    const struct bound *expression);
/* Arguments of the list, divided by ", ". */
const char *deparse_list(struct explain *explain, const struct names *names,
                         const struct bound *const *items, size_t count);

/* explain_table.c: TABLE, INDEX, MODIFY, LOCK. */
const char *table_title(struct explain *explain, const struct plan *plan);
void table_names(struct explain *explain, const struct plan *plan, struct names *names);
/* The Index Cond of INDEX. */
const char *table_condition(struct explain *explain, const struct plan *plan);

#endif
