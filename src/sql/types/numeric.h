#ifndef SQL_TYPES_NUMERIC_H
#define SQL_TYPES_NUMERIC_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "sql/types/datum.h"

/* NUMERIC on GMP: a whole number divided by 10^scale. The packed form is one byte for the
 * kind, two for the scale (big-endian) and the magnitude, big-endian without leading
 * zeros. Scales of results follow PostgreSQL 15's numeric. */

enum {
    NUMERIC_SCALE_MAX = 16383,   /* digits behind the point */
    NUMERIC_WEIGHT_MAX = 131072, /* digits before it */
};

enum numeric_operation {
    NUMERIC_ADD,
    NUMERIC_SUBTRACT,
    NUMERIC_MULTIPLY,
    NUMERIC_DIVIDE,
    NUMERIC_MODULO,
    NUMERIC_DIVIDE_WHOLE, /* div(): truncated quotient */
    NUMERIC_GCD,
    NUMERIC_LCM,
};

enum numeric_rounding {
    NUMERIC_ROUND, /* half away from zero */
    NUMERIC_TRUNCATE,
    NUMERIC_CEILING,
    NUMERIC_FLOOR,
};

/* Division by zero is 22012, overflow 22003. Results live in the arena. */
enum rc numeric_compute(struct arena *arena, enum numeric_operation operation,
                        struct bytes a, struct bytes b, struct bytes *out,
                        struct error *err);
struct bytes numeric_negate(struct arena *arena, struct bytes a);
struct bytes numeric_absolute(struct arena *arena, struct bytes a);
int numeric_sign(struct bytes a); /* -1, 0, 1 */
bool numeric_is_nan(struct bytes a);
bool numeric_is_infinite(struct bytes a);
int numeric_scale(struct bytes a);

/* To `scale` digits behind the point, negative for tens, hundreds... */
struct bytes numeric_round(struct arena *arena, struct bytes a, int scale,
                           enum numeric_rounding rounding);
/* Without trailing zeros behind the point. */
struct bytes numeric_trim(struct arena *arena, struct bytes a);
enum rc numeric_sqrt(struct arena *arena, struct bytes a, struct bytes *out,
                     struct error *err);

/* Of a number above 0; the scales are PostgreSQL's. */
enum rc numeric_ln(struct arena *arena, struct bytes a, struct bytes *out,
                   struct error *err);
enum rc numeric_log(struct arena *arena, struct bytes base, struct bytes a,
                    struct bytes *out, struct error *err);
enum rc numeric_exp(struct arena *arena, struct bytes a, struct bytes *out,
                    struct error *err);
/* 2201F for 0 to a negative power and a negative number to a part. */
enum rc numeric_power(struct arena *arena, struct bytes base, struct bytes exponent,
                      struct bytes *out, struct error *err);

struct bytes numeric_from_int64(struct arena *arena, int64_t number);
struct bytes numeric_from_uint64(struct arena *arena, uint64_t number);
/* 15 significant digits, or 6 for float4, as PostgreSQL's casts. */
struct bytes numeric_from_double(struct arena *arena, double number, int digits);
/* Rounds; 22003 "integer out of range" with the title of the target, 0A000 for NaN. */
enum rc numeric_to_int64(struct bytes a, int64_t low, int64_t high, const char *title,
                         int64_t *out, struct error *err);
enum rc numeric_to_uint64(struct bytes a, uint64_t *out, struct error *err);
double numeric_to_double(struct bytes a);

int numeric_compare(struct bytes a, struct bytes b); /* NaN is above all */
uint64_t numeric_hash(struct bytes a);

enum rc numeric_parse(struct arena *arena, struct bytes text, struct bytes *out,
                      struct error *err);
void numeric_print(struct bytes a, struct buffer *out);

int numeric_typmod_precision(int32_t typmod);
int numeric_typmod_scale(int32_t typmod);
enum rc numeric_typmod(const int32_t *arguments, size_t count, int32_t *typmod_out,
                       struct error *err);
enum rc numeric_apply_typmod(struct arena *arena, int32_t typmod, struct bytes *number,
                             struct error *err);

#endif
