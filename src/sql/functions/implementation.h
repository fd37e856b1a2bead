#ifndef SQL_FUNCTIONS_IMPLEMENTATION_H
#define SQL_FUNCTIONS_IMPLEMENTATION_H

#include "sql/functions/function.h"

/* Every implementation that functions.def names, and what they share. */

#define F_SCALAR(name)    FUNCTION_ROW(name);
#define F_AGGREGATE(name) extern const struct aggregate aggregate_##name;
#define F_SET(name)       extern const struct set_function set_##name;
#define F_ENVIRONMENT(name)
#define F_WINDOW(name)
#define F(oid, name, kind, implementation, ...) F_##kind(implementation)
#include "sql/functions/functions.def"
#undef F
#undef F_SCALAR
#undef F_AGGREGATE
#undef F_SET
#undef F_ENVIRONMENT
#undef F_WINDOW

/* 42883 "could not identify an equality operator for type json", of a type or of an
 * array's items; `order`: "a comparison function". */
enum rc implementation_comparable(const struct type *type, bool order, struct error *err);

/* 22003 "integer out of range". */
enum rc implementation_range(const char *title, struct error *err);
enum rc implementation_division_by_zero(struct error *err);

/* Copies a buffer's text to the call's arena as the result and frees the buffer; 54000
 * when it grew past its limit. */
enum rc implementation_text(struct call *call, struct buffer *buffer,
                            struct value *result, struct error *err);

/* Common pieces of functions on text; both count characters. */
struct bytes implementation_skip(struct bytes text, size_t characters);
struct bytes implementation_take(struct bytes text, size_t characters);
bool implementation_find(struct bytes text, struct bytes word, size_t *at_out);

/* The regular expression of a SIMILAR TO pattern (and its escape). `lazy`: for
 * substring(), whose part before the first mark is as short as can be. */
enum rc implementation_similar(struct call *call, const struct value *arguments,
                               bool lazy, struct value *result, struct error *err);

/* The order of a date, timestamp or timestamptz and another of them. */
int implementation_order_times(const struct call *call, const struct value *arguments);

/* interval / number, with parts of months and days carried down. */
enum rc implementation_interval_divide(struct datum_interval interval, double by,
                                       struct datum_interval *out, struct error *err);

/* A whole number of any width, and the same into the result's type (22003). */
int64_t implementation_whole(const struct type *type, union datum datum);
enum rc implementation_put_whole(const struct call *call, int64_t number, bool overflowed,
                                 struct value *result, struct error *err);

#endif
