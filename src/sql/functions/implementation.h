#ifndef SQL_FUNCTIONS_IMPLEMENTATION_H
#define SQL_FUNCTIONS_IMPLEMENTATION_H

#include "sql/functions/function.h"

/* Every implementation that functions.def names, and what they share. */

#define F_SCALAR(name)    FUNCTION_ROW(name);
#define F_AGGREGATE(name) extern const struct aggregate aggregate_##name;
#define F_SET(name)       extern const struct set_function set_##name;
#define F_ENVIRONMENT(name)
#define F(oid, name, kind, implementation, ...) F_##kind(implementation)
#include "sql/functions/functions.def"
#undef F
#undef F_SCALAR
#undef F_AGGREGATE
#undef F_SET
#undef F_ENVIRONMENT

/* 22003 "integer out of range". */
enum rc implementation_range(const char *title, struct error *err);
enum rc implementation_division_by_zero(struct error *err);

/* Copies a buffer's text to the call's arena as the result and frees the buffer; 54000
 * when it grew past its limit. */
enum rc implementation_text(struct call *call, struct buffer *buffer,
                            struct value *result, struct error *err);

#endif
