#ifndef SQL_FUNCTIONS_JSON_H
#define SQL_FUNCTIONS_JSON_H

#include "sql/functions/implementation.h"
#include "sql/types/json.h"

/* What the functions on JSON share (manual, chapter 9.16). Nothing is kept: all lives in
 * the call's arena. */

/* Opens argument number `at`, a json or a jsonb; of a json, numbers are not read. */
enum rc function_json_open(struct call *call, const struct value *arguments, size_t at,
                           struct json *out, struct error *err);

/* A part of the argument as the result, of the argument's type; NULL gives NULL. */
void function_json_put(struct call *call, struct json *json, struct value *result);
/* The same as text: strings without quotes, JSON's null as NULL. */
enum rc function_json_put_text(struct call *call, struct json *json, struct value *result,
                               struct error *err);

/* Appends any SQL value as json's text, as to_json(). */
enum rc function_json_write(struct call *call, const struct type *type,
                            const struct value *value, struct buffer *out,
                            struct error *err);

/* The text in the buffer as the call's result, a json or a jsonb; frees the buffer. */
enum rc function_json_finish(struct call *call, struct buffer *buffer,
                             struct value *result, struct error *err);

/* The steps of a path: the texts of argument `at`, an array, or of it and what follows.
 * *null_out: one of them is NULL. */
struct value *function_json_path(struct call *call, const struct value *arguments,
                                 size_t at, size_t *count_out, bool *null_out);

/* A path's step as an index into an array; false: it is no integer. */
bool function_json_index(struct bytes step, int32_t *out);

/* The value at an index, negative from the end; NULL when there is none. */
struct json *function_json_item(const struct json *array, int64_t index);

#endif
