#ifndef SQL_TYPES_RECORD_H
#define SQL_TYPES_RECORD_H

#include "sql/types/type.h"

/* Rows as values, of type record: flat bytes that hold each field's type, so that they
 * can be stored, copied and shown as they are. */

struct record {
    size_t count;        /* fields altogether */
    struct bytes fields; /* what record_next() has not yet taken */
};

/* Opens bytes that record_build() made. */
struct record record_open(struct bytes packed);

/* The next field; false at the end. Bytes point into the record. */
bool record_next(struct record *record, const struct type **type_out, struct value *out);

struct bytes record_build(struct arena *arena, const struct type *const *types,
                          const struct value *values, size_t count);

#endif
