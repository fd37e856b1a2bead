#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must_allocate(void *old, size_t size)
{
    void *memory = realloc(old, size > 0 ? size : 1);
    if (memory == NULL) {
        fputs("sqllogic-runner: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (text->length + length + 1 > text->room) {
        text->room = 2 * (text->length + length + 1);
        text->bytes = must_allocate(text->bytes, text->room);
    }
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_clear(struct text *text)
{
    text->length = 0;
    text_add(text, "", 0);
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
