/* Heap memory that never fails; see the header for why. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    ASSERT(memory != NULL);
    return memory;
}

void *mem_alloc_array(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    ASSERT(memory != NULL);
    return memory;
}

void *mem_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size == 0 ? 1 : size);
    ASSERT(resized != NULL);
    return resized;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len != 0)
        memcpy(copy, text, len);
    return copy;
}

void mem_free(void *memory)
{
    free(memory);
}
