#ifndef SQL_TYPES_ARRAY_H
#define SQL_TYPES_ARRAY_H

#include "sql/types/type.h"

/* Arrays as flat bytes: element type, dimensions, then the items, so that they can be
 * stored and copied as they are. */

struct array {
    const struct type *element;
    uint32_t dimensions; /* 0: empty array */
    int32_t lengths[TYPE_ARRAY_DIMENSIONS_MAX];
    int32_t lowers[TYPE_ARRAY_DIMENSIONS_MAX];
    size_t count;       /* items altogether */
    struct bytes items; /* what array_next() has not yet taken */
};

/* Opens bytes that array_build() or an input made. */
struct array array_open(struct bytes packed);

/* The next item, in row-major order; false at the end. Bytes point into the array. */
bool array_next(struct array *array, struct value *out);

/* Item number `index` (from 0) of a fresh array. */
bool array_item(struct array array, size_t index, struct value *out);

/* Packs `shape->count` items with the shape's element type and dimensions. */
struct bytes array_build(struct arena *arena, const struct array *shape,
                         const struct value *items);

/* One dimension from 1; no item gives the empty array. */
struct bytes array_build_list(struct arena *arena, const struct type *element,
                              const struct value *items, size_t count);

#endif
