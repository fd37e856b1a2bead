#ifndef SQL_EXEC_EVALUATE_INTERNAL_H
#define SQL_EXEC_EVALUATE_INTERNAL_H

#include "sql/exec/evaluate.h"

/* Shared by the files that evaluate expressions; see evaluate.h. */

/* Room for the selected rows, none of them NULL. */
void evaluate_vector(const struct evaluation *evaluation, const struct type *type,
                     struct selection selection, struct vector *out);

/* The call of an expression whose `call` member is set. */
struct call evaluate_call_of(const struct evaluation *evaluation,
                             const struct bound *expression);

/* All operands, each a column; *out has argument_count of them. */
enum rc evaluate_arguments(const struct evaluation *evaluation,
                           const struct bound *expression, struct selection selection,
                           struct vector **out, struct error *err) MUST_USE;

enum rc evaluate_quantified(const struct evaluation *evaluation,
                            const struct bound *expression, struct selection selection,
                            struct vector *out, struct error *err) MUST_USE;
enum rc evaluate_array(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err) MUST_USE;
enum rc evaluate_subscript(const struct evaluation *evaluation,
                           const struct bound *expression, struct selection selection,
                           struct vector *out, struct error *err) MUST_USE;

enum rc evaluate_slice(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err) MUST_USE;

/* evaluate_record.c */
enum rc evaluate_row(const struct evaluation *evaluation, const struct bound *expression,
                     struct selection selection, struct vector *out,
                     struct error *err) MUST_USE;
enum rc evaluate_field(const struct evaluation *evaluation,
                       const struct bound *expression, struct selection selection,
                       struct vector *out, struct error *err) MUST_USE;
/* IS [NOT] NULL of records: all fields are, or none is. */
void evaluate_record_test(const struct bound *expression, const struct vector *records,
                          struct selection selection, struct vector *out);

#endif
