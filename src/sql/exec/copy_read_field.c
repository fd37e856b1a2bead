/* COPY FROM in text and CSV: the fields of a line. */
#include "base/ascii.h"
#include "base/memory.h"
#include "sql/exec/copy_read_internal.h"
#include "sql/types/type.h"

struct copy_field *copy_add_field(struct copy_reader *reader)
{
    struct copy_field *field;

    if (reader->field_count == reader->field_capacity) {
        reader->field_capacity = reader->field_capacity * 2 + 16;
        reader->fields = (struct copy_field *)mem_resize(
            reader->fields, reader->field_capacity * sizeof *reader->fields);
    }
    field = &reader->fields[reader->field_count++];
    *field = (struct copy_field){bytes_of("", 0), false};
    return field;
}

/* Texts are written one behind the other; room for all is there from the start, so that
 * they stay where they are. */
struct split {
    struct copy_reader *reader;
    const char *at;
    const char *end;
    char *to;
    bool has_escapes; /* of bytes that may be no whole characters */
};

static struct split begin(struct copy_reader *reader)
{
    struct split split = {.reader = reader,
                          .at = (const char *)reader->line.at,
                          .end = (const char *)reader->line.at + reader->line.len};

    reader->field_count = 0;
    buffer_truncate(&reader->values, 0);
    split.to = (char *)(void *)buffer_reserve(&reader->values, reader->line.len + 1);
    return split;
}

static bool is_null_text(const struct split *split, const char *from, const char *to)
{
    struct bytes null_text = split->reader->source.options->null_text;

    return (size_t)(to - from) == null_text.len &&
           memcmp(from, null_text.at, null_text.len) == 0;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static char read_octal(struct split *split, char first)
{
    int value = first - '0';

    for (int i = 0; i < 2 && split->at < split->end && is_octal(*split->at); i++)
        value = value * 8 + (*split->at++ - '0');
    return (char)(value & 0xff);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)ascii_lower((uint8_t)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char read_hex(struct split *split)
{
    int value = 0;

    if (split->at == split->end || hex_value(*split->at) < 0)
        return 'x';
    for (int i = 0; i < 2 && split->at < split->end && hex_value(*split->at) >= 0; i++)
        value = value * 16 + hex_value(*split->at++);
    return (char)(value & 0xff);
}

/* Behind a backslash. */
static char unescape(struct split *split)
{
    char c = *split->at++;
    char got = c;

    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    case 'x':
        got = read_hex(split);
        break;
    default:
        if (is_octal(c))
            got = read_octal(split, c);
    }
    if (got == '\0' || (got & 0x80) != 0)
        split->has_escapes = true;
    return got;
}

/* True: another field follows. */
static bool next_text(struct split *split, struct copy_field *field)
{
    char delimiter = split->reader->source.options->delimiter;
    const char *from = split->at, *end;
    char *start = split->to;
    bool is_last = false;

    for (;;) {
        end = split->at;
        if (split->at >= split->end) {
            is_last = true;
            break;
        }
        char c = *split->at++;
        if (c == delimiter)
            break;
        if (c == '\\') {
            if (split->at >= split->end)
                continue;
            c = unescape(split);
        }
        *split->to++ = c;
    }
    field->is_null = is_null_text(split, from, end);
    field->bytes = bytes_of(start, (size_t)(split->to - start));
    return !is_last;
}

enum rc copy_split_text(struct copy_reader *reader, struct error *err)
{
    struct split split = begin(reader);
    bool more = reader->source.count > 0 || reader->line.len > 0;

    while (more) {
        struct copy_field *field = copy_add_field(reader);
        split.has_escapes = false;
        more = next_text(&split, field);
        if (split.has_escapes && !field->is_null)
            TRY(type_check_text(field->bytes, err));
    }
    return RC_OK;
}

/* Up to the closing quote. False: there is none. */
static bool read_quoted(struct split *split)
{
    char quote = split->reader->source.options->quote;
    char escape = split->reader->source.options->escape;

    while (split->at < split->end) {
        char c = *split->at++;
        if (c == escape && split->at < split->end &&
            (*split->at == escape || *split->at == quote)) {
            *split->to++ = *split->at++;
            continue;
        }
        if (c == quote)
            return true;
        *split->to++ = c;
    }
    return false;
}

static enum rc next_csv(struct split *split, struct copy_field *field, bool *more_out,
                        struct error *err)
{
    const struct copy_options *options = split->reader->source.options;
    const char *from = split->at, *end;
    char *start = split->to;
    bool is_quoted = false;

    for (;;) {
        end = split->at;
        *more_out = split->at < split->end;
        if (!*more_out)
            break;
        char c = *split->at++;
        if (c == options->delimiter)
            break;
        if (c == options->quote) {
            is_quoted = true;
            if (!read_quoted(split))
                return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                                 "unterminated CSV quoted field");
        } else {
            *split->to++ = c;
        }
    }
    field->is_null = !is_quoted && is_null_text(split, from, end);
    field->bytes = bytes_of(start, (size_t)(split->to - start));
    return RC_OK;
}

static void force(const struct copy_reader *reader, size_t column,
                  struct copy_field *field)
{
    const struct copy_source *source = &reader->source;
    struct bytes null_text = source->options->null_text;

    if (column >= source->count)
        return;
    if (field->is_null && source->force_not_null != NULL &&
        source->force_not_null[column]) {
        field->is_null = false;
        field->bytes = null_text;
    } else if (!field->is_null && source->force_null != NULL &&
               source->force_null[column] && field->bytes.len == null_text.len &&
               memcmp(field->bytes.at, null_text.at, null_text.len) == 0) {
        field->is_null = true;
    }
}

enum rc copy_split_csv(struct copy_reader *reader, struct error *err)
{
    struct split split = begin(reader);
    bool more = reader->source.count > 0 || reader->line.len > 0;

    while (more) {
        struct copy_field *field = copy_add_field(reader);
        TRY(next_csv(&split, field, &more, err));
        force(reader, reader->field_count - 1, field);
    }
    return RC_OK;
}
