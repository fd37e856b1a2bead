#ifndef SQL_TYPES_DATUM_H
#define SQL_TYPES_DATUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* A span of time as PostgreSQL keeps it: months, days and microseconds stay apart. */
struct datum_interval {
    int64_t microseconds;
    int32_t days;
    int32_t months;
};

/* One value of any type; which member counts, the type's storage class tells. Sixteen
 * bytes. `bytes` points into an arena or at a constant, and the datum lives no longer
 * than that. Whether a value is NULL is kept beside the datum, never in it. */
union datum {
    bool boolean;
    int8_t character; /* "char" */
    int16_t int16;
    int32_t int32;
    int64_t int64; /* also timestamptz: microseconds since 2000-01-01 00:00 UTC */
    uint32_t oid;
    uint64_t uint64;
    float float4;
    double float8;
    struct bytes bytes;
    struct datum_interval interval;
};

/* One value that may be NULL. */
struct value {
    union datum datum;
    bool null;
};

enum {
    VECTOR_ROWS_MAX = 1024 /* rows in a batch */
};

struct type;

/* One column of a batch. `nulls` holds one byte a row: 1 is NULL. Both arrays belong to
 * the arena of whoever made the batch. */
struct vector {
    const struct type *type;
    union datum *values;
    uint8_t *nulls;
};

/* The rows of a batch that count. Functions compute these only, so that an error arises
 * only where PostgreSQL would raise it. */
struct selection {
    const uint16_t *rows;
    size_t count;
};

#endif
