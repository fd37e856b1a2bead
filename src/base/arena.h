#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/rc.h"

/* Memory with one lifetime. Whoever owns an arena names that lifetime in its field's name
 * (session_arena, statement_arena). A function that makes data takes the arena as its
 * first parameter: the result lives as long as the arena, and nobody frees it singly.
 *
 * An arena belongs to one thread at a time. Memory comes zeroed. Built with ARENA_MALLOC,
 * every piece has a malloc of its own, so that the address sanitizer sees each bound. */
struct arena;

/* `name` is for reports and must be a literal. A child is freed with its parent. */
struct arena *arena_new(const char *name, struct arena *parent);
void arena_free(struct arena **arena);

/* Frees everything in the arena, its children included, and keeps one chunk for reuse. */
void arena_reset(struct arena *arena);

/* Registers a release of a foreign handle; hooks run newest first at reset and free. */
void arena_on_reset(struct arena *arena, void (*release)(void *), void *argument);

void *arena_alloc(struct arena *arena, size_t count, size_t size, size_t align);

/* Bytes handed out since the last reset, children included. */
size_t arena_used(const struct arena *arena);

/* Bounds arena_used(): arena_over_limit() tells once it is passed. Allocation itself goes
 * on, so that an error can still be made; 0 means no limit. */
void arena_set_limit(struct arena *arena, size_t limit);
bool arena_over_limit(const struct arena *arena);

/* Copies; the texts are NUL-terminated. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
struct bytes arena_bytes(struct arena *arena, struct bytes bytes);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

#define ARENA_NEW(arena, type)                                                           \
    ((type *)arena_alloc((arena), 1, sizeof(type), alignof(type)))
#define ARENA_ARRAY(arena, type, count)                                                  \
    ((type *)arena_alloc((arena), (count), sizeof(type), alignof(type)))

#endif
