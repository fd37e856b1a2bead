#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/bytes.h"

/* A hash map from byte strings to pointers, on the heap. Keys are copied; values belong
 * to the caller. Not for several threads at once. */
struct map;

struct map *map_new(void);
void map_free(struct map **map);

/* The former value under the key, or NULL. A value of NULL is not allowed. */
void *map_put(struct map *map, struct bytes key, void *value);
void *map_find(const struct map *map, struct bytes key);
void *map_remove(struct map *map, struct bytes key);
size_t map_count(const struct map *map);

/* Walks all entries in no order: start with *at = 0, stop when it returns false. The map
 * must not change meanwhile. `key_out` may be NULL. */
bool map_next(const struct map *map, size_t *at, struct bytes *key_out, void **value_out);

#endif
