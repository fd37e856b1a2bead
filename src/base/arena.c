/* Chunked arenas. Chunks double up to a bound; a piece larger than a chunk gets one of
 * its own. Under the address sanitizer what is not handed out is poisoned. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len)   ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

enum { CHUNK_FIRST = 1024, CHUNK_KEPT = 8 * 1024, CHUNK_LAST = 256 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

struct hook {
    struct hook *next;
    void (*release)(void *);
    void *argument;
};

struct arena {
    const char *name;
    struct arena *parent;
    struct arena *children;
    struct arena *next_sibling;
    struct arena *previous_sibling;
    struct chunk *chunks; /* the newest first; only it has room */
    struct hook *hooks;
    size_t used;
    size_t limit;
};

struct arena *arena_new(const char *name, struct arena *parent)
{
    struct arena *arena = MEM_NEW(struct arena);
    arena->name = name;
    arena->parent = parent;
    if (parent != NULL) {
        arena->next_sibling = parent->children;
        if (parent->children != NULL)
            parent->children->previous_sibling = arena;
        parent->children = arena;
    }
    return arena;
}

static void run_hooks(struct arena *arena)
{
    /* A hook may register another one. */
    while (arena->hooks != NULL) {
        struct hook *hook = arena->hooks;
        arena->hooks = hook->next;
        hook->release(hook->argument);
    }
}

static void free_chunk(struct chunk *chunk)
{
    ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->size);
    mem_free(chunk);
}

/* Frees all chunks but the newest that has an ordinary size. */
static void release_chunks(struct arena *arena, bool keep_one)
{
    struct chunk *kept = NULL;
    struct chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        if (keep_one && kept == NULL && chunk->size <= CHUNK_KEPT)
            kept = chunk;
        else
            free_chunk(chunk);
        chunk = next;
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->used = 0;
        ASAN_POISON_MEMORY_REGION(kept->data, kept->size);
    }
    arena->chunks = kept;
}

static void empty(struct arena *arena, bool keep_one)
{
    while (arena->children != NULL) {
        struct arena *child = arena->children;
        arena_free(&child);
    }
    run_hooks(arena);
    release_chunks(arena, keep_one);
    arena->used = 0;
}

void arena_reset(struct arena *arena)
{
    empty(arena, true);
}

void arena_free(struct arena **arena_ref)
{
    struct arena *arena = *arena_ref;
    *arena_ref = NULL;
    if (arena == NULL)
        return;
    empty(arena, false);
    if (arena->previous_sibling != NULL)
        arena->previous_sibling->next_sibling = arena->next_sibling;
    else if (arena->parent != NULL)
        arena->parent->children = arena->next_sibling;
    if (arena->next_sibling != NULL)
        arena->next_sibling->previous_sibling = arena->previous_sibling;
    mem_free(arena);
}

void arena_on_reset(struct arena *arena, void (*release)(void *), void *argument)
{
    struct hook *hook = ARENA_NEW(arena, struct hook);
    hook->release = release;
    hook->argument = argument;
    hook->next = arena->hooks;
    arena->hooks = hook;
}

static struct chunk *add_chunk(struct arena *arena, size_t wanted)
{
    size_t size = arena->chunks == NULL ? CHUNK_FIRST : arena->chunks->size * 2;
    if (size > CHUNK_LAST)
        size = CHUNK_LAST;
    if (size < wanted)
        size = wanted;
#ifdef ARENA_MALLOC
    size = wanted;
#endif
    struct chunk *chunk = mem_resize(NULL, sizeof(struct chunk) + size);
    chunk->size = size;
    chunk->used = 0;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    ASAN_POISON_MEMORY_REGION(chunk->data, chunk->size);
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size, size_t align)
{
    ASSERT(align <= alignof(max_align_t));
    ASSERT(size == 0 || count <= SIZE_MAX / 2 / size);
    size_t len = count * size;
    struct chunk *chunk = arena->chunks;
    size_t at = chunk == NULL ? 0 : (chunk->used + align - 1) & ~(align - 1);
#ifdef ARENA_MALLOC
    chunk = NULL;
#endif
    if (chunk == NULL || at > chunk->size || chunk->size - at < len) {
        chunk = add_chunk(arena, len);
        at = 0;
    }
    uint8_t *memory = (uint8_t *)chunk->data + at;
    chunk->used = at + len;
    arena->used += len;
    ASAN_UNPOISON_MEMORY_REGION(memory, len);
    memset(memory, 0, len);
    return memory;
}

size_t arena_used(const struct arena *arena)
{
    size_t used = arena->used;
    for (struct arena *child = arena->children; child != NULL;
         child = child->next_sibling)
        used += arena_used(child);
    return used;
}

void arena_set_limit(struct arena *arena, size_t limit)
{
    arena->limit = limit;
}

bool arena_over_limit(const struct arena *arena)
{
    return arena->limit != 0 && arena_used(arena) > arena->limit;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1, 1, 1);
    if (len != 0)
        memcpy(copy, text, len);
    return copy;
}

struct bytes arena_bytes(struct arena *arena, struct bytes bytes)
{
    uint8_t *copy = arena_alloc(arena, bytes.len, 1, 1);
    if (bytes.len != 0)
        memcpy(copy, bytes.at, bytes.len);
    return bytes_of(copy, bytes.len);
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    ASSERT(format != NULL);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    ASSERT(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1, 1, 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}
