#ifndef SQL_EXEC_EVALUATE_H
#define SQL_EXEC_EVALUATE_H

#include "sql/bind/bound.h"

struct evaluation;

/* What BOUND_LET has computed, innermost first. */
struct evaluation_shared {
    uint32_t number;
    struct vector values;
    const struct evaluation_shared *outer;
};

/* What an evaluation asks of the statement that it is part of. */
struct evaluation_runner {
    void *owner;
    /* Computes the selected rows of a BOUND_SUBPLAN into a vector of the evaluation's
     * arena. */
    enum rc (*subplan)(void *owner, const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err);
    /* Fails once the statement is cancelled or has used up its memory. */
    enum rc (*check)(void *owner, struct error *err);
};

/* What an expression is evaluated against: one batch and the statement around it. */
struct evaluation {
    struct arena *arena; /* of the results: the batch's */
    const struct type_context *types;
    const struct environment *environment;
    const struct vector *columns;           /* the batch, read by SLOT */
    const struct value *parameters;         /* $1 is [0]; the planner checked the count */
    const struct value *outer;              /* read by OUTER */
    const struct evaluation_runner *runner; /* NULL: no subplans, no limits */
    const struct evaluation_shared *shared;
};

/* Computes the selected rows of the expression into a vector of its own; rows that are
 * not selected are undefined. A column's vector is returned as it is, not copied.
 * Operands of AND, OR, CASE and COALESCE are computed only for the rows that PostgreSQL
 * would compute them for, so an error arises only where it would there. */
enum rc evaluate(const struct evaluation *evaluation, const struct bound *expression,
                 struct selection selection, struct vector *out,
                 struct error *err) MUST_USE;

/* Narrows the selection to the rows for which a boolean expression is true. `rows_out`
 * has room for selection.count and may be the selection's own array. */
enum rc evaluate_filter(const struct evaluation *evaluation,
                        const struct bound *condition, struct selection selection,
                        uint16_t *rows_out, size_t *count_out,
                        struct error *err) MUST_USE;

#endif
