#ifndef SQL_FUNCTIONS_RESOLVE_H
#define SQL_FUNCTIONS_RESOLVE_H

#include "sql/functions/function.h"
#include "sql/types/cast.h"

/* Which function or operator a call means: PostgreSQL's manual, chapter 10. Literals of
 * no known type come as TYPE_UNKNOWN. */

/* What was found. The caller coerces each argument to argument_types[i] (implicitly) and
 * the call then has result_type. Arrays belong to the arena. */
struct resolved {
    const struct function *function;
    const struct operator_row *operator_row; /* NULL for functions */
    size_t argument_count;
    const struct type **argument_types;
    const struct type *result_type;
};

/* 42883 "function f(integer) does not exist" and 42725 "function f(unknown) is not
 * unique", with PostgreSQL's hints. */
enum rc resolve_function(struct arena *arena, struct bytes name,
                         const struct type *const *types, size_t count,
                         struct resolved *out, struct error *err);

/* `left` is NULL for a prefix operator. */
enum rc resolve_operator(struct arena *arena, struct bytes name, const struct type *left,
                         const struct type *right, struct resolved *out,
                         struct error *err);

/* The common type of UNION, CASE, VALUES, ARRAY (chapter 10.5); 42804 "CASE types text
 * and integer cannot be matched". `construct` is the first word of that message. */
enum rc resolve_common_type(struct arena *arena, const char *construct,
                            const struct type *const *types, size_t count,
                            const struct type **out, struct error *err);

#endif
