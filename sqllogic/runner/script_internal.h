/* Shared by the reader's files: lines of open files, and loops. */
#ifndef SQLLOGIC_SCRIPT_INTERNAL_H
#define SQLLOGIC_SCRIPT_INTERNAL_H

#include "script.h"

enum { MAX_INCLUDES = 8, MAX_LOOPS = 8 };

struct source {
    char *path;
    char *bytes;
    char **lines; /* each ended by NUL, without \r */
    int line_count;
    int next;
};

/* loop NAME FROM TO, foreach NAME VALUE...: the body runs once for each value. */
struct loop {
    char *words; /* owns name and values */
    char *name;
    char **values;
    int value_count, at;
    int first_line;
};

struct script {
    struct source sources[MAX_INCLUDES];
    int depth; /* open sources, the last is read */
    struct loop loops[MAX_LOOPS];
    int loop_count;
    char *const *labels;
    enum sort_mode default_sort;
    enum result_mode result_mode;
    struct record record;
    struct text expanded; /* the line with its loop variables replaced */
    struct text result_text;
    struct text connection;
};

bool source_open(struct source *source, const char *path);
void source_close(struct source *source);

/* The next line, or NULL at the end of the innermost file. Variables of loops are
 * replaced. */
const char *script_line(struct script *script);

/* Both take the words behind the directive; false when they make no sense. */
bool loop_begin(struct script *script, const char *words, bool is_range);
bool loop_end(struct script *script);

#endif
