#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* The only callers of malloc and free. Small allocations never fail: the process ends
 * with a report instead. Sizes that a peer chooses must be checked against a limit before
 * they come here. All memory comes zeroed. */
void *mem_alloc(size_t size);
void *mem_alloc_array(size_t count, size_t size); /* ends the process on overflow */

/* Grows or shrinks; bytes beyond the old size are *not* zeroed. */
void *mem_resize(void *memory, size_t size);

char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t len);

/* Accepts NULL, and what a foreign library says is to be released with free(). */
void mem_free(void *memory);

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
