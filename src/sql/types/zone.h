#ifndef SQL_TYPES_ZONE_H
#define SQL_TYPES_ZONE_H

#include "base/arena.h"

/* Time zones: names and rules by ICU; PostgreSQL's abbreviations and its POSIX forms
 * ("UTC+3" lies west; manual, appendix B.5). Times are microseconds since 2000. */
struct zone;

/* The zone lives in the arena. NULL: no such zone. */
struct zone *zone_open(struct arena *arena, struct bytes name);

/* A zone that is always `offset` seconds east of UTC. */
struct zone *zone_fixed(struct arena *arena, int32_t offset);

/* Seconds east of UTC at the instant. `zone` is a struct zone, so that the function fits
 * struct type_context. */
int32_t zone_offset(void *zone, int64_t utc);

/* Where offset() tells a zone's seconds east at an instant, those of the local time
 * `local`. A time that a change of clocks skips or repeats is read as PostgreSQL does: by
 * the offset before a skip, after a repetition. */
int32_t zone_offset_local(int32_t (*offset)(void *owner, int64_t utc), void *owner,
                          int64_t local);

/* An abbreviation that PostgreSQL knows without a zone ("est", "utc", "z"), any case. */
bool zone_abbreviation(struct bytes name, int32_t *offset_out);

#endif
