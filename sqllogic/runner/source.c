/* Lines of files, and loops over them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script_internal.h"

static bool read_whole(struct source *source, const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    struct text text = {0};
    char block[65536];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        text_add(&text, block, got);
    bool is_read = ferror(file) == 0;
    fclose(file);
    text_add(&text, "", 0);
    source->bytes = text.bytes;
    *length = text.length;
    return is_read;
}

static void add_line(struct source *source, char *line, int *room)
{
    if (source->line_count == *room) {
        *room = *room > 0 ? 2 * *room : 1024;
        source->lines = must_allocate(source->lines, (size_t)*room * sizeof(char *));
    }
    source->lines[source->line_count++] = line;
}

static void split_lines(struct source *source, size_t length)
{
    char *at = source->bytes, *end = source->bytes + length;
    int room = 0;
    while (at < end) {
        char *line = at;
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *stop = newline != NULL ? newline : end;
        at = newline != NULL ? newline + 1 : end;
        if (stop > line && stop[-1] == '\r')
            stop--;
        *stop = '\0';
        add_line(source, line, &room);
    }
}

bool source_open(struct source *source, const char *path)
{
    *source = (struct source){0};
    size_t length = 0;
    if (!read_whole(source, path, &length)) {
        free(source->bytes);
        *source = (struct source){0};
        return false;
    }
    source->path = must_allocate(NULL, strlen(path) + 1);
    strcpy(source->path, path);
    split_lines(source, length);
    return true;
}

void source_close(struct source *source)
{
    free(source->path);
    free(source->bytes);
    free(source->lines);
    *source = (struct source){0};
}

/* The loop whose variable is written at `at` as ${name} or $name, with the length of
 * that. */
static const struct loop *variable_at(const struct script *script, const char *at,
                                      size_t *length)
{
    for (int i = script->loop_count - 1; i >= 0; i--) {
        const struct loop *loop = &script->loops[i];
        size_t name = strlen(loop->name);
        if (at[1] == '{' && strncmp(at + 2, loop->name, name) == 0 &&
            at[2 + name] == '}') {
            *length = name + 3;
            return loop;
        }
    }
    return NULL;
}

static const char *expand(struct script *script, const char *line)
{
    text_clear(&script->expanded);
    while (*line != '\0') {
        size_t length = 0;
        const struct loop *loop =
            *line == '$' ? variable_at(script, line, &length) : NULL;
        if (loop != NULL) {
            text_add_string(&script->expanded, loop->values[loop->at]);
            line += length;
        } else {
            text_add(&script->expanded, line++, 1);
        }
    }
    return script->expanded.bytes;
}

const char *script_line(struct script *script)
{
    struct source *source = &script->sources[script->depth - 1];
    if (source->next >= source->line_count)
        return NULL;
    const char *line = source->lines[source->next++];
    if (script->loop_count == 0 || strchr(line, '$') == NULL)
        return line;
    return expand(script, line);
}

static void add_value(struct loop *loop, char *value)
{
    loop->values =
        must_allocate(loop->values, (size_t)(loop->value_count + 1) * sizeof(char *));
    loop->values[loop->value_count++] = value;
}

/* "0 3" stands for 0, 1, 2. */
static bool list_range(struct loop *loop, char **rest)
{
    char *from_word = strtok_r(NULL, " \t", rest), *to_word = strtok_r(NULL, " \t", rest);
    if (from_word == NULL || to_word == NULL)
        return false;
    long from = strtol(from_word, NULL, 10), to = strtol(to_word, NULL, 10);
    if (to <= from || to - from > 1000000)
        return false;
    size_t head = strlen(loop->name) + 1;
    char *copy = must_allocate(NULL, head + (size_t)(to - from) * 24);
    char *at = copy + head;
    memcpy(copy, loop->name, head);
    for (long i = from; i < to; i++) {
        add_value(loop, at);
        at += snprintf(at, 24, "%ld", i) + 1;
    }
    free(loop->words);
    loop->words = loop->name = copy;
    return true;
}

bool loop_begin(struct script *script, const char *words, bool is_range)
{
    if (script->loop_count == MAX_LOOPS)
        return false;
    struct loop *loop = &script->loops[script->loop_count];
    *loop = (struct loop){0};
    loop->words = must_allocate(NULL, strlen(words) + 1);
    strcpy(loop->words, words);
    char *rest = NULL;
    loop->name = strtok_r(loop->words, " \t", &rest);
    bool is_good = loop->name != NULL;
    if (is_good && is_range)
        is_good = list_range(loop, &rest);
    for (char *word;
         is_good && !is_range && (word = strtok_r(NULL, " \t", &rest)) != NULL;)
        add_value(loop, word);
    if (!is_good || loop->value_count == 0) {
        free(loop->words);
        free(loop->values);
        return false;
    }
    loop->first_line = script->sources[script->depth - 1].next;
    script->loop_count++;
    return true;
}

bool loop_end(struct script *script)
{
    if (script->loop_count == 0)
        return false;
    struct loop *loop = &script->loops[script->loop_count - 1];
    if (++loop->at < loop->value_count) {
        script->sources[script->depth - 1].next = loop->first_line;
        return true;
    }
    free(loop->words);
    free(loop->values);
    script->loop_count--;
    return true;
}
