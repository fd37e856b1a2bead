#ifndef SQL_TYPES_CAST_H
#define SQL_TYPES_CAST_H

#include "sql/types/type.h"

/* Conversions between types: pg_cast of PostgreSQL 15 and the conversions through text
 * (manual, chapter 10.4 and CREATE CAST). */

/* Where a cast stands; each allows what the ones before it allow. */
enum cast_context { CAST_IMPLICIT, CAST_ASSIGNMENT, CAST_EXPLICIT };

enum cast_way {
    CAST_NONE,     /* there is no such cast in that context */
    CAST_SAME,     /* same type or same bytes: nothing to do */
    CAST_FUNCTION, /* a row of the table */
    CAST_TEXT,     /* output of the one, input of the other */
    CAST_ARRAY,    /* element by element */
};

/* How the values change. */
enum cast_kind {
    CAST_KIND_BINARY,  /* not at all */
    CAST_KIND_NUMBER,  /* between numbers, rounded and checked */
    CAST_KIND_BOOLEAN, /* integer and boolean */
    CAST_KIND_TEXT,    /* output of the one is input of the other */
    CAST_KIND_TIME,    /* between dates, times and intervals */
    CAST_KIND_JSON,    /* from a jsonb that is a number or a boolean */
};

struct cast {
    uint32_t source;
    uint32_t target;
    enum cast_context context;
    uint32_t function; /* pg_cast.castfunc; 0: binary coercible or Materialize's */
    enum cast_kind kind;
};

size_t cast_count(void);
const struct cast *cast_at(size_t index);

/* How a value of `source` becomes one of `target`. *cast_out (may be NULL) is the row. */
enum cast_way cast_find(const struct type *source, const struct type *target,
                        enum cast_context context, const struct cast **cast_out);

/* True when no work is needed at all: same type, or the same bytes implicitly. */
bool cast_is_binary(const struct type *source, const struct type *target);

/* Converts one value that is not NULL; the typmod is applied as well. 42846 "cannot cast
 * type x to y" when there is no way. */
enum rc cast_value(const struct type_context *context, const struct type *source,
                   const struct type *target, int32_t typmod, union datum *datum,
                   struct error *err);

#endif
