/* Records out of lines. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script_internal.h"

struct script *script_open(const char *path, char *const *labels)
{
    struct script *script = must_allocate(NULL, sizeof *script);
    *script = (struct script){.labels = labels};
    if (!source_open(&script->sources[0], path)) {
        free(script);
        return NULL;
    }
    script->depth = 1;
    return script;
}

void script_close(struct script *script)
{
    while (script->loop_count > 0) {
        struct loop *loop = &script->loops[--script->loop_count];
        free(loop->words);
        free(loop->values);
    }
    while (script->depth > 0)
        source_close(&script->sources[--script->depth]);
    text_free(&script->record.head);
    text_free(&script->record.sql);
    text_free(&script->record.pattern);
    text_free(&script->record.message);
    free(script->record.lines);
    text_free(&script->expanded);
    text_free(&script->result_text);
    text_free(&script->connection);
    free(script);
}

void script_progress(const struct script *script, int *read, int *all)
{
    *read = script->sources[0].next;
    *all = script->sources[0].line_count;
}

/* What follows the first word and its blanks, or NULL when the first word is another. */
static const char *after_word(const char *line, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0)
        return NULL;
    if (line[length] != '\0' && line[length] != ' ' && line[length] != '\t')
        return NULL;
    return line + length + strspn(line + length, " \t");
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t")] == '\0';
}

/* Words of a skipif or onlyif line end where a comment begins. */
static bool names_label(const struct script *script, const char *words)
{
    size_t length = strcspn(words, " \t#");
    for (char *const *label = script->labels; *label != NULL; label++)
        if (strlen(*label) == length && strncmp(*label, words, length) == 0)
            return true;
    return false;
}

/* The SQL lines of a record. True when it ended at "----". */
static bool read_sql(struct script *script)
{
    struct record *record = &script->record;
    const char *line;
    while ((line = script_line(script)) != NULL && !is_blank(line)) {
        if (strcmp(line, "----") == 0)
            return true;
        if (record->sql.length > 0)
            text_add(&record->sql, "\n", 1);
        text_add_string(&record->sql, line);
    }
    return false;
}

/* Result lines to the next blank line. They are copied where a loop's variable may be in
 * them, else they are the file's own. */
static void read_results(struct script *script)
{
    struct record *record = &script->record;
    struct source *source = &script->sources[script->depth - 1];
    const char *line;
    size_t room = 0;
    bool is_copied = script->loop_count > 0;
    while ((line = script_line(script)) != NULL && line[0] != '\0') {
        if (record->line_count == room) {
            room = room > 0 ? 2 * room : 64;
            record->lines = must_allocate(record->lines, room * sizeof(char *));
        }
        /* Offsets first, as the text may still move. */
        record->lines[record->line_count++] = is_copied
                                                  ? (char *)script->result_text.length
                                                  : source->lines[source->next - 1];
        if (is_copied)
            text_add(&script->result_text, line, strlen(line) + 1);
    }
    for (size_t i = 0; is_copied && i < record->line_count; i++)
        record->lines[i] = script->result_text.bytes + (size_t)record->lines[i];
}

static void read_error_text(struct script *script)
{
    struct record *record = &script->record;
    read_results(script);
    record->is_pattern_literal = true;
    text_clear(&record->pattern);
    for (size_t i = 0; i < record->line_count; i++) {
        if (i > 0)
            text_add(&record->pattern, "\n", 1);
        text_add_string(&record->pattern, record->lines[i]);
    }
    record->line_count = 0;
}

static void expect_error(struct record *record, const char *pattern)
{
    record->outcome = OUTCOME_ERROR;
    text_clear(&record->pattern);
    text_add_string(&record->pattern, pattern);
}

static void read_statement(struct script *script, const char *words)
{
    struct record *record = &script->record;
    const char *rest;
    record->kind = RECORD_STATEMENT;
    if (after_word(words, "ok") != NULL)
        record->outcome = OUTCOME_OK;
    else if ((rest = after_word(words, "error")) != NULL)
        expect_error(record, rest);
    else if ((rest = after_word(words, "count")) != NULL) {
        record->outcome = OUTCOME_COUNT;
        record->count = strtoll(rest, NULL, 10);
    } else
        record->kind = RECORD_UNKNOWN;
    bool has_more = read_sql(script);
    if (has_more && record->outcome == OUTCOME_ERROR)
        read_error_text(script);
    else if (has_more)
        read_results(script);
}

/* TYPES [SORTMODE] [LABEL] [retry N backoff T] */
static void parse_query_words(struct script *script, const char *words)
{
    struct record *record = &script->record;
    static const char *const modes[] = {"nosort", "rowsort", "valuesort"};
    text_clear(&record->head);
    text_add_string(&record->head, words);
    char *rest = NULL, *word = strtok_r(record->head.bytes, " \t", &rest);
    record->sort_mode = script->default_sort;
    if (word == NULL)
        return;
    record->types = word;
    word = strtok_r(NULL, " \t", &rest);
    for (int i = 0; word != NULL && i < 3; i++) {
        if (strcmp(word, modes[i]) != 0)
            continue;
        record->sort_mode = (enum sort_mode)i;
        word = strtok_r(NULL, " \t", &rest);
        break;
    }
    if (word != NULL && strcmp(word, "retry") != 0 && word[0] != '#')
        record->label = word;
}

static void read_query(struct script *script, const char *words)
{
    struct record *record = &script->record;
    record->kind = RECORD_QUERY;
    const char *pattern = after_word(words, "error");
    if (pattern != NULL)
        expect_error(record, pattern);
    else
        parse_query_words(script, words);
    bool has_more = read_sql(script);
    if (has_more && pattern != NULL)
        read_error_text(script);
    else if (has_more)
        read_results(script);
}

/* control NAME VALUE. False for a name or a value that is not known. */
static bool apply_control(struct script *script, const char *words)
{
    const char *value;
    if ((value = after_word(words, "sortmode")) != NULL) {
        script->default_sort = strcmp(value, "rowsort") == 0     ? SORT_ROWS
                               : strcmp(value, "valuesort") == 0 ? SORT_VALUES
                                                                 : SORT_NONE;
        return true;
    }
    if ((value = after_word(words, "resultmode")) == NULL)
        return false;
    script->result_mode = strcmp(value, "valuewise") == 0 ? RESULT_VALUES : RESULT_ROWS;
    return true;
}

/* A path or pattern, taken from where the including file is. Files are read in the order
 * of their names, so the last is opened first. */
static bool include(struct script *script, const char *pattern)
{
    const char *own = script->sources[script->depth - 1].path, *slash = strrchr(own, '/');
    struct text path = {0};
    if (slash != NULL && pattern[0] != '/')
        text_add(&path, own, (size_t)(slash - own) + 1);
    text_add_string(&path, pattern);
    glob_t found;
    bool is_good = glob(path.bytes, 0, NULL, &found) == 0;
    for (size_t i = is_good ? found.gl_pathc : 0; i > 0 && is_good; i--) {
        is_good = script->depth < MAX_INCLUDES &&
                  source_open(&script->sources[script->depth], found.gl_pathv[i - 1]);
        script->depth += is_good;
    }
    globfree(&found);
    text_free(&path);
    return is_good;
}

/* "10s" or "250ms" */
static void read_sleep(struct record *record, const char *words)
{
    char *unit = NULL;
    double amount = strtod(words, &unit);
    record->kind = RECORD_SLEEP;
    record->count = (long long)(strncmp(unit, "ms", 2) == 0 ? amount : amount * 1000);
}

/* Directives that change how the file is read. True when the line was one that is
 * understood; they take no part in conditions. */
static bool apply_directive(struct script *script, const char *line)
{
    const char *words;
    if (after_word(line, "hash-threshold") != NULL || after_word(line, "subtest") != NULL)
        return true;
    if ((words = after_word(line, "mode")) != NULL) {
        script->result_mode =
            strcmp(words, "cockroach") == 0 ? RESULT_ROWS : RESULT_EITHER;
        return true;
    }
    if ((words = after_word(line, "control")) != NULL)
        return apply_control(script, words);
    if ((words = after_word(line, "include")) != NULL)
        return include(script, words);
    if ((words = after_word(line, "loop")) != NULL)
        return loop_begin(script, words, true);
    if ((words = after_word(line, "foreach")) != NULL)
        return loop_begin(script, words, false);
    if (after_word(line, "endloop") != NULL)
        return loop_end(script);
    return false;
}

/* Lines before a record that concern it alone. */
static bool apply_prefix(struct script *script, const char *line)
{
    const char *words;
    if ((words = after_word(line, "skipif")) != NULL)
        script->record.is_skipped |= names_label(script, words);
    else if ((words = after_word(line, "onlyif")) != NULL)
        script->record.is_skipped |= !names_label(script, words);
    else if ((words = after_word(line, "connection")) != NULL) {
        text_clear(&script->connection);
        text_add_string(&script->connection, words);
        script->record.connection = script->connection.bytes;
    } else
        return false;
    return true;
}

static void read_record(struct script *script, const char *line)
{
    struct record *record = &script->record;
    const char *words;
    record->line = script->sources[script->depth - 1].next;
    record->path = script->sources[script->depth - 1].path;
    record->result_mode = script->result_mode;
    if ((words = after_word(line, "statement")) != NULL)
        read_statement(script, words);
    else if ((words = after_word(line, "query")) != NULL)
        read_query(script, words);
    else if (after_word(line, "halt") != NULL)
        record->kind = RECORD_HALT;
    else if ((words = after_word(line, "sleep")) != NULL)
        read_sleep(record, words);
    else {
        record->kind = RECORD_UNKNOWN;
        text_add_string(&record->sql, line);
    }
}

static void clear_record(struct script *script)
{
    struct record *record = &script->record;
    struct text head = record->head, sql = record->sql, pattern = record->pattern;
    struct text message = record->message;
    char **lines = record->lines;
    *record = (struct record){
        .head = head, .sql = sql, .pattern = pattern, .message = message, .types = ""};
    free(lines);
    text_clear(&record->sql);
    text_clear(&record->pattern);
    text_clear(&record->message);
    text_clear(&script->result_text);
}

/* A comment that other runners pass over: they cannot compare both SQLSTATE and words. */
static void read_comment(struct script *script, const char *line)
{
    static const char mark[] = "# message: ";
    if (strncmp(line, mark, sizeof mark - 1) != 0)
        return;
    text_clear(&script->record.message);
    text_add_string(&script->record.message, line + sizeof mark - 1);
}

const struct record *script_next(struct script *script)
{
    clear_record(script);
    for (;;) {
        const char *line = script_line(script);
        if (line == NULL && script->depth == 1)
            return &script->record;
        if (line == NULL)
            source_close(&script->sources[--script->depth]);
        else if (line[0] == '#')
            read_comment(script, line);
        else if (!is_blank(line) && !apply_prefix(script, line) &&
                 !apply_directive(script, line)) {
            read_record(script, line);
            return &script->record;
        }
    }
}
