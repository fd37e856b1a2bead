#ifndef SQL_EXEC_EXECUTE_H
#define SQL_EXEC_EXECUTE_H

#include <stdatomic.h>

#include "catalog/relation.h"
#include "sql/plan/plan.h"

/* Carries out a plan, one batch at a pull. An execution belongs to one thread at a time
 * and may rest between two pulls (a portal). */

struct batch {
    struct vector *columns; /* column_count of the plan's root */
    size_t count;           /* rows, 1 .. VECTOR_ROWS_MAX, dense from 0 */
};

struct execution_settings {
    struct store_transaction *transaction;
    const struct system_hooks *hooks; /* live relations, SQL printing */
    const struct type_context *types; /* its arena is replaced by the executor's own */
    const struct environment *environment;
    const struct value *parameters; /* $1 is [0]; of the types that were bound */
    size_t parameter_count;
    const atomic_int *cancelled; /* an SQLSTATE once it is not 0: 57014 and kin. The
                                    texts are the server's; NULL: never */
    const char *(*cancel_message)(int state);
    size_t memory_limit; /* bytes of one execution, 53200 past it; 0: none */
};

struct execution;

/* The plan must outlive it; the settings are copied, what they point to is borrowed. */
enum rc execution_open(const struct execution_settings *settings,
                       const struct plan_statement *plan,
                       struct execution **execution_out, struct error *err) MUST_USE;

/* The batch lives until the next call. RC_EOF after the last, and again thereafter. An
 * error ends the execution. */
enum rc execution_next(struct execution *execution, struct batch *batch_out,
                       struct error *err) MUST_USE;

/* The error of a statement that settings.cancelled ends; RC_OK while it is not. */
enum rc execution_check_cancelled(const struct execution_settings *settings,
                                  struct error *err) MUST_USE;

/* Past this moment (monotonic; 0: never) the execution ends with an error that means
 * nothing: execution_was_interrupted() tells, and it may be opened anew where it has more
 * time. Looked at as cancelling is. */
void execution_set_deadline(struct execution *execution, int64_t until_us);
bool execution_was_interrupted(const struct execution *execution);

/* Accepts NULL; clears. */
void execution_close(struct execution **execution);

/* One expression without columns or subqueries, such as the value of CREATE SECRET. */
enum rc execution_value(const struct execution_settings *settings, struct arena *arena,
                        const struct bound *expression, struct value *value_out,
                        struct error *err) MUST_USE;

#endif
