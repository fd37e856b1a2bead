/* Growable text, and memory that ends the program when there is none: the runner is a
 * tool whose one file either runs to its end or not at all. */
#ifndef SQLLOGIC_TEXT_H
#define SQLLOGIC_TEXT_H

#include <stddef.h>

/* Always ended by NUL once something was added. */
struct text {
    char *bytes;
    size_t length;
    size_t room;
};

void *must_allocate(void *old, size_t size);

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_clear(struct text *text);
void text_free(struct text *text);

#endif
