/* COPY FROM: rows out of bytes; the header, and how many fields there must be. */
#include "sql/exec/copy_read.h"

#include "base/memory.h"
#include "sql/exec/copy_read_internal.h"

struct copy_reader *copy_reader_new(const struct copy_source *source)
{
    struct copy_reader *reader = MEM_NEW(struct copy_reader);

    reader->source = *source;
    buffer_init(&reader->input, COPY_READ_MAX);
    buffer_init(&reader->values, COPY_READ_MAX);
    return reader;
}

void copy_reader_free(struct copy_reader **reader)
{
    struct copy_reader *held = *reader;

    *reader = NULL;
    if (held == NULL)
        return;
    buffer_fini(&held->input);
    buffer_fini(&held->values);
    mem_free(held->fields);
    mem_free(held);
}

static void drop_taken(struct copy_reader *reader)
{
    buffer_consume(&reader->input, reader->taken);
    reader->taken = 0;
    reader->line = bytes_of(NULL, 0);
}

void copy_reader_feed(struct copy_reader *reader, struct bytes bytes)
{
    drop_taken(reader);
    if (!reader->is_over)
        buffer_add(&reader->input, bytes);
}

void copy_reader_finish(struct copy_reader *reader)
{
    drop_taken(reader);
    reader->is_finished = true;
}

uint64_t copy_reader_line(const struct copy_reader *reader)
{
    return reader->line_number;
}

struct bytes copy_reader_text(const struct copy_reader *reader)
{
    return reader->line;
}

static enum rc read_row(struct copy_reader *reader, struct error *err)
{
    drop_taken(reader);
    if (reader->source.options->format == COPY_BINARY)
        return copy_read_binary(reader, err);
    TRY(copy_read_line(reader, err));
    return reader->source.options->format == COPY_CSV ? copy_split_csv(reader, err)
                                                      : copy_split_text(reader, err);
}

static enum rc wrong_name(const struct copy_reader *reader, size_t column,
                          struct error *err)
{
    const struct copy_field *field = &reader->fields[column];
    struct bytes null_text = reader->source.options->null_text;

    if (field->is_null)
        return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                         "column name mismatch in header line field %zu: got null value "
                         "(\"%.*s\"), expected \"%s\"",
                         column + 1, (int)null_text.len, (const char *)null_text.at,
                         reader->source.names[column]);
    return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                     "column name mismatch in header line field %zu: got \"%.*s\", "
                     "expected \"%s\"",
                     column + 1, (int)field->bytes.len, (const char *)field->bytes.at,
                     reader->source.names[column]);
}

static enum rc check_header(struct copy_reader *reader, struct error *err)
{
    if (reader->field_count != reader->source.count)
        return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                         "wrong number of fields in header line: got %zu, expected %zu",
                         reader->field_count, reader->source.count);
    for (size_t i = 0; i < reader->field_count; i++) {
        const struct copy_field *field = &reader->fields[i];
        const char *name = reader->source.names[i];
        if (field->is_null || field->bytes.len != strlen(name) ||
            memcmp(field->bytes.at, name, field->bytes.len) != 0)
            return wrong_name(reader, i, err);
    }
    return RC_OK;
}

/* The line of names; RC_OK also when there is none. */
static enum rc read_header(struct copy_reader *reader, struct error *err)
{
    enum copy_header header = reader->source.options->header;

    if (reader->is_started || reader->source.options->format == COPY_BINARY)
        return RC_OK;
    if (header != COPY_HEADER_NONE) {
        if (header == COPY_HEADER_MATCH) {
            TRY(read_row(reader, err));
            TRY(check_header(reader, err));
        } else {
            drop_taken(reader);
            TRY(copy_read_line(reader, err));
        }
    }
    reader->is_started = true;
    return RC_OK;
}

static enum rc check_count(const struct copy_reader *reader, struct error *err)
{
    if (reader->field_count > reader->source.count)
        return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                         "extra data after last expected column");
    if (reader->field_count < reader->source.count)
        return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                         "missing data for column \"%s\"",
                         reader->source.names[reader->field_count]);
    return RC_OK;
}

enum rc copy_reader_next(struct copy_reader *reader, struct copy_row *row_out,
                         struct error *err)
{
    if (reader->is_over)
        return RC_EOF;
    if (buffer_failed(&reader->input) || buffer_failed(&reader->values))
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "a row of COPY is longer than %d bytes", COPY_READ_MAX);
    TRY(read_header(reader, err));
    TRY(read_row(reader, err));
    TRY(check_count(reader, err));
    row_out->fields = reader->fields;
    row_out->count = reader->field_count;
    return RC_OK;
}
