/* COPY TO: text, CSV and binary rows. */
#include "sql/exec/copy_write.h"

/* The letter behind a backslash for a control character; 0: it stands as it is. */
static char escape_letter(char c)
{
    switch (c) {
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\v':
        return 'v';
    default:
        return 0;
    }
}

static void add_run(struct buffer *out, const char *from, const char *to)
{
    if (to > from)
        buffer_add(out, bytes_of(from, (size_t)(to - from)));
}

static void write_text(const struct copy_writer *writer, struct bytes text,
                       struct buffer *out)
{
    const char *at = (const char *)text.at, *end = at + text.len, *run = at;

    for (; at < end; at++) {
        char letter = escape_letter(*at);
        if (letter == 0 && *at != '\\' && *at != writer->options->delimiter)
            continue;
        add_run(out, run, at);
        buffer_add_u8(out, '\\');
        buffer_add_u8(out, (uint8_t)(letter == 0 ? *at : letter));
        run = at + 1;
    }
    add_run(out, run, end);
}

static bool needs_quotes(const struct copy_writer *writer, struct bytes text)
{
    const struct copy_options *options = writer->options;

    if (text.len == options->null_text.len &&
        memcmp(text.at, options->null_text.at, text.len) == 0)
        return true;
    if (writer->count == 1 && text.len == 2 && memcmp(text.at, "\\.", 2) == 0)
        return true;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.at[i];
        if (c == options->delimiter || c == options->quote || c == '\n' || c == '\r')
            return true;
    }
    return false;
}

static void write_csv(const struct copy_writer *writer, struct bytes text, bool is_forced,
                      struct buffer *out)
{
    const struct copy_options *options = writer->options;
    const char *at = (const char *)text.at, *end = at + text.len, *run = at;

    if (!is_forced && !needs_quotes(writer, text)) {
        buffer_add(out, text);
        return;
    }
    buffer_add_u8(out, (uint8_t)options->quote);
    for (; at < end; at++) {
        if (*at != options->quote && *at != options->escape)
            continue;
        add_run(out, run, at);
        buffer_add_u8(out, (uint8_t)options->escape);
        run = at;
    }
    add_run(out, run, end);
    buffer_add_u8(out, (uint8_t)options->quote);
}

void copy_write_start(const struct copy_writer *writer, struct buffer *out)
{
    static const char signature[] = "PGCOPY\n\377\r\n"; /* with its NUL */

    if (writer->options->format == COPY_BINARY) {
        buffer_add(out, bytes_of(signature, sizeof signature));
        buffer_add_u32(out, 0); /* flags */
        buffer_add_u32(out, 0); /* length of what more the header has */
        return;
    }
    if (writer->options->header == COPY_HEADER_NONE)
        return;
    for (size_t i = 0; i < writer->count; i++) {
        struct bytes name = bytes_of_text(writer->names[i]);
        if (i > 0)
            buffer_add_u8(out, (uint8_t)writer->options->delimiter);
        if (writer->options->format == COPY_CSV)
            write_csv(writer, name, false, out);
        else
            write_text(writer, name, out);
    }
    buffer_add_u8(out, '\n');
}

void copy_write_row_begin(const struct copy_writer *writer, struct buffer *out)
{
    if (writer->options->format == COPY_BINARY)
        buffer_add_u16(out, (uint16_t)writer->count);
}

static void write_binary(const struct copy_writer *writer, size_t column,
                         const struct value *value, struct buffer *out)
{
    size_t length_at = buffer_len(out);

    if (value->null) {
        buffer_add_u32(out, UINT32_MAX);
        return;
    }
    buffer_add_u32(out, 0);
    type_send(writer->types[column], writer->context, value->datum, out);
    if (!buffer_failed(out))
        buffer_set_u32(out, length_at, (uint32_t)(buffer_len(out) - length_at - 4));
}

void copy_write_value(const struct copy_writer *writer, size_t column,
                      const struct value *value, struct buffer *scratch,
                      struct buffer *out)
{
    if (writer->options->format == COPY_BINARY) {
        write_binary(writer, column, value, out);
        return;
    }
    if (column > 0)
        buffer_add_u8(out, (uint8_t)writer->options->delimiter);
    if (value->null) {
        buffer_add(out, writer->options->null_text);
        return;
    }
    buffer_truncate(scratch, 0);
    type_output(writer->types[column], writer->context, value->datum, scratch);
    if (writer->options->format == COPY_CSV)
        write_csv(writer, buffer_bytes(scratch),
                  writer->force_quote != NULL && writer->force_quote[column], out);
    else
        write_text(writer, buffer_bytes(scratch), out);
}

void copy_write_row_end(const struct copy_writer *writer, struct buffer *out)
{
    if (writer->options->format != COPY_BINARY)
        buffer_add_u8(out, '\n');
}

void copy_write_end(const struct copy_writer *writer, struct buffer *out)
{
    if (writer->options->format == COPY_BINARY)
        buffer_add_u16(out, UINT16_MAX);
}
